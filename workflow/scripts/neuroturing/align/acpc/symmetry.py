"""The midsagittal plane by the mirror symmetry of the brain. World coordinates are RAS millimetres."""

import functools

import numpy as np
from scipy import ndimage, optimize

from ...geometry.frames import moved
from ...geometry.grids import pooled, positions, sampler
from ...geometry.template import AC, PC, template
from ...io.volumes import Volume

# Weights fall off sideways, because the hemispheres differ far from the midline, and round the commissures, because the frame is theirs:
# grid, Gaussian width sideways, and round the commissures, mm; first the wider and coarser.
SWEEPS = ((3.0, 15.0, 40.0), (2.0, 10.0, 50.0))
SMOOTHING_MM = 1.0


def midsagittal_plane(volume, matrix):
    """Plane about which the middle of the brain mirrors itself best, sought from where the registration puts it.

    Parameters
    ----------
    volume : Volume
    matrix : numpy.ndarray, shape (4, 4)
        Template RAS mm to world.

    Returns
    -------
    normal, point : numpy.ndarray, shape (3,)
        Unit normal to the subject's right, and a point of the plane.
    correlation : float
        Between the brain and its mirror image, weighted.
    """
    small = pooled(volume, 2.0)
    data = np.minimum(small.data, np.percentile(small.data, 99.5))
    read = sampler(Volume(ndimage.gaussian_filter(data, SMOOTHING_MM / small.voxel_mm), small.affine, small.path))
    normal = np.linalg.inv(matrix[:3, :3])[0]
    normal /= np.linalg.norm(normal)
    point, correlation = moved(matrix, (np.array(AC) + np.array(PC)) / 2), 0.0
    for spacing, sideways, reach in SWEEPS:
        places, weights = _weighted_brain(spacing, sideways, reach)
        normal, point, correlation = _refine(read, moved(matrix, places), weights, normal, point)
    return normal, point, correlation


def _refine(read, places, weights, normal, point):
    """Best plane near a given one for weighted world points: its normal, a point of it, and the mirror correlation."""
    here = standardised(read(places), weights)
    forward, upward = np.linalg.svd(normal[None])[2][1:]

    def plane(parameters):
        tilted = normal + parameters[0] * forward + parameters[1] * upward
        return tilted / np.linalg.norm(tilted), point + parameters[2] * 50 * normal  # 50 mm: a shift then counts like a tilt

    def loss(parameters):
        tilted, foot = plane(parameters)
        mirrored = places - 2 * ((places - foot) @ tilted)[:, None] * tilted
        return -float(np.sum(weights * here * standardised(read(mirrored), weights)))

    simplex = np.vstack([np.zeros(3), 0.05 * np.eye(3)])
    best = optimize.minimize(loss, np.zeros(3), method="Nelder-Mead", options={"initial_simplex": simplex, "xatol": 5e-4, "fatol": 1e-5})
    return *plane(best.x), -float(best.fun)


@functools.cache
def _weighted_brain(spacing, sideways, reach):
    """Template points of the brain, shape (n, 3), and their weights, sum 1."""
    mask = pooled(template("mask"), spacing)
    places = positions(mask, mask.data > 0.5)
    away = places - (np.array(AC) + np.array(PC)) / 2
    weights = np.exp(-(away[:, 0] ** 2) / (2 * sideways**2) - np.sum(away[:, 1:] ** 2, 1) / (2 * reach**2))
    near = weights > 0.02
    return places[near], weights[near] / weights[near].sum()


def standardised(values, weights):
    """Values with weighted mean 0 and weighted variance 1; weights add up to 1."""
    values = values - np.sum(weights * values)
    return values / np.sqrt(np.sum(weights * values**2) + 1e-12)
