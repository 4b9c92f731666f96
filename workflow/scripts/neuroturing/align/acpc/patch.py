"""Find a commissure by its own pattern, near where the registration puts it. World coordinates are RAS millimetres."""

import numpy as np
from scipy import optimize

from ...geometry.frames import moved
from ...geometry.grids import sampler
from ...geometry.template import template
from ...io.volumes import Volume
from .symmetry import standardised

# Width of the Gaussian window, its grid, how far it is searched, and in what steps, all mm. The surroundings also find the in-plane
# affine shape of the place (tilt of the lamina, thickness of the commissure), the commissure alone then settles the last half millimetre.
WIDE = {"sigma": 4.0, "spacing": 1.0, "search": 4.0, "step": 0.75}
NARROW = {"sigma": 2.0, "spacing": 0.5, "search": 1.5, "step": 0.5}
# Correlation given up per mm^2 from the start of a sweep, which decides between equals, and per squared change of shape.
SHIFT_PENALTY, SHAPE_PENALTY = 0.002, 0.3


def match(volume, matrix, normal, point, landmark):
    """Move a template landmark within the midsagittal plane to where the scan looks most like the template round it.

    Parameters
    ----------
    volume : Volume
    matrix : numpy.ndarray, shape (4, 4)
        Template RAS mm to world, good to a few mm.
    normal, point : numpy.ndarray, shape (3,)
        The midsagittal plane.
    landmark : array_like, shape (3,)
        Template RAS mm.

    Returns
    -------
    found : numpy.ndarray, shape (3,)
        World mm, on the plane.
    correlation : float
        Gaussian-weighted normalised cross-correlation there, of the wider window.
    """
    landmark = np.asarray(landmark, float)
    matrix = _onto_plane(matrix, normal, point, landmark)
    near = _cropped(volume, moved(matrix, landmark), reach=35.0)
    shift, shape, correlation = _sweep(near, matrix, landmark, np.zeros(2), None, **WIDE)
    shift, _, _ = _sweep(near, matrix, landmark, shift, shape, **NARROW)
    return moved(matrix, landmark + [0.0, *shift]), correlation


def _sweep(volume, matrix, landmark, start, shape, sigma, spacing, search, step):
    """Best shift (y, z in template mm) near a given one, in-plane shape (2x2, found where None is given), and the correlation there."""
    ticks = np.arange(-2 * sigma, 2 * sigma + spacing / 2, spacing)
    offsets = np.stack(np.meshgrid(ticks, ticks, ticks, indexing="ij"), -1).reshape(-1, 3)
    offsets = offsets[np.linalg.norm(offsets, axis=1) <= 2 * sigma]
    weights = np.exp(-np.sum(offsets**2, 1) / (2 * sigma**2))
    weights /= weights.sum()
    wanted = standardised(sampler(template("t1"))(landmark + offsets), weights)
    read = sampler(volume)

    def correlation(shift, shape):
        places = np.column_stack([offsets[:, 0], offsets[:, 1:] @ shape.T + shift]) + landmark
        return float(np.sum(weights * wanted * standardised(read(moved(matrix, places)), weights)))

    def unpacked(parameters):
        return parameters[:2], np.eye(2) + parameters[2:].reshape(2, 2) if shape is None else shape

    def loss(parameters):
        penalty = SHIFT_PENALTY * np.sum((parameters[:2] - start) ** 2) + SHAPE_PENALTY * np.sum(parameters[2:] ** 2)
        return penalty - correlation(*unpacked(parameters))

    ticks = np.arange(-search, search + step / 2, step)
    unshaped = np.zeros(4 if shape is None else 0)
    first = min((np.concatenate([start + [y, z], unshaped]) for y in ticks for z in ticks if np.hypot(y, z) <= search), key=loss)
    simplex = first + np.vstack([np.zeros(len(first)), np.diag([0.6 * step] * 2 + [0.1] * len(unshaped))])
    options = {"initial_simplex": simplex, "xatol": 0.005, "fatol": 1e-5, "maxfev": 600}
    best = optimize.minimize(loss, first, method="Nelder-Mead", options=options)
    shift, shape = unpacked(best.x)
    return shift, shape, correlation(shift, shape)


def _onto_plane(matrix, normal, point, landmark):
    """The matrix changed as little as needed for the template's midsagittal plane to fall on the scan's, near a landmark."""
    flat = matrix.copy()
    flat[:3, 0] = normal * np.linalg.norm(matrix[:3, 0])
    flat[:3, 1:3] -= np.outer(normal, normal @ matrix[:3, 1:3])
    target = moved(matrix, landmark)
    target -= ((target - point) @ normal) * normal
    flat[:3, 3] = target - flat[:3, :3] @ landmark
    return flat


def _cropped(volume, centre, reach):
    """The part of a volume within `reach` mm of a world point: filtering the whole scan for two patches would take longer than all else."""
    inverse = np.linalg.inv(volume.affine)
    voxel, radius = moved(inverse, centre), np.linalg.norm(inverse[:3, :3], axis=1) * reach
    low = np.clip(np.floor(voxel - radius), 0, np.array(volume.data.shape) - 2).astype(int)
    high = np.clip(np.ceil(voxel + radius) + 1, low + 2, volume.data.shape).astype(int)
    affine = volume.affine.copy()
    affine[:3, 3] = moved(volume.affine, low)
    return Volume(volume.data[low[0] : high[0], low[1] : high[1], low[2] : high[2]], affine, volume.path)
