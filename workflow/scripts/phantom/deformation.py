"""A person's own brain shape: a smooth invertible map between the person's head and the template, from a stationary velocity field.

The map is the exponential of the field, by scaling and squaring (Arsigny et al., MICCAI 2006): invertible where the field is smooth. In the
deep brain, at the skull and outside, the field has no component across x = 0, so that the midsagittal plane stays a plane; only the gyri on
both sides of the interhemispheric fissure reach a little across it, as they do in a person.
"""

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from .fields import Field, grid_points, ramp, smooth_noise

ORIGIN, SPACING, SHAPE = (-112.0, -152.0, -192.0), 4.0, (57, 72, 78)
SQUARINGS = 6
# Components of shape variation: blur in mm, root mean square in mm, and the share that both halves have in common (mirror images).
# Not stated: chosen by eye beside real brains; the finest is that of single gyri.
GLOBAL = (30.0, 1.5, 0.8)
LOBAR = (13.0, 1.7, 0.5)
GYRAL = (6.0, 1.5, 0.15)


@dataclass
class Deformation:
    """Map of points in a person's head to the template.

    Attributes
    ----------
    scale : numpy.ndarray, shape (3,)
        Size of the head along x, y, z, relative to the template.
    displacement : tuple of three Field
        mm, in the template after the scaling.
    """

    scale: np.ndarray
    displacement: tuple

    def to_template(self, points):
        """Points in head space to template space, shape (3, n), mm."""
        scaled = points / np.asarray(self.scale, points.dtype)[:, None]
        return scaled + np.stack([field.at(scaled) for field in self.displacement])

    def to_head(self, points):
        """Points in template space to head space, shape (3, n), mm: the inverse by fixed-point iteration, to a thousandth of a mm."""
        scale = np.asarray(self.scale)[:, None]
        target = np.asarray(points, float)
        found = target.copy()
        for _ in range(200):
            step = target - (found + np.stack([field.at(found) for field in self.displacement]))
            found = found + 0.7 * step
            if np.abs(step).max() < 1e-4:
                break
        return found * scale

    def jacobian(self):
        """Determinant of the displacement's gradient at the inner grid points: positive everywhere where the map is invertible."""
        gradient = np.stack([np.stack(np.gradient(field.values, SPACING)) for field in self.displacement])
        matrices = np.moveaxis(gradient, (0, 1), (-2, -1)) + np.eye(3)
        return np.linalg.det(matrices)


def velocity_points():
    """Positions of the velocity field's grid points, shape (3, n), mm in template space."""
    return grid_points(ORIGIN, SPACING, SHAPE)


def random_velocity(generator, cortex, bank):
    """Draw the shape variation of one person.

    Parameters
    ----------
    generator : numpy.random.Generator
    cortex : numpy.ndarray, shape SHAPE
        1 in the cortex, 0 deep in the brain and outside it: where lobes and gyri vary in shape.
    bank : numpy.ndarray, shape SHAPE
        1 in the cortex on the banks of the interhemispheric fissure, 0 elsewhere: where gyri may cross the midsagittal plane.

    Returns
    -------
    numpy.ndarray, float32, shape (3, i, j, k)
        mm.
    """
    windows = 1.0, 0.15 + 0.85 * cortex, cortex
    velocity = np.zeros((3, *SHAPE), np.float32)
    for (blur, size, common), window in zip((GLOBAL, LOBAR, GYRAL), windows, strict=True):
        own, mirrored = _noise_vector(generator, blur), _mirror(_noise_vector(generator, blur))
        noise = np.float32(size) * window * (np.sqrt(common) * mirrored + np.sqrt(1 - common) * own)
        noise[0] *= np.maximum(_beside_midline(), 1.3 * bank if window is cortex else 0)
        velocity += noise
    return velocity


def _beside_midline():
    """0 in the midsagittal plane, rising to 1 at 14 mm; shape (i, 1, 1)."""
    return ramp(np.abs(ORIGIN[0] + SPACING * np.arange(SHAPE[0], dtype=np.float32)), 0, 14)[:, None, None]


def _noise_vector(generator, blur):
    return np.stack([smooth_noise(generator, SHAPE, blur / SPACING) for _ in range(3)])


def _mirror(vector):
    """The part of a vector field that is its own mirror image about x = 0, at the original root mean square."""
    sign = np.array([-1, 1, 1], np.float32)[:, None, None, None]
    return (vector + sign * vector[:, ::-1]) / np.float32(np.sqrt(2))


def push(potential, points):
    """Velocity of the template's points that moves what is seen away from high values of a potential: its unit-free gradient, in mm.

    Parameters
    ----------
    potential : Field
    points : numpy.ndarray, shape (3, n)

    Returns
    -------
    numpy.ndarray, float32, shape (3, i, j, k)
    """
    step = np.float32(2.0)
    parts = []
    for axis in range(3):
        offset = np.zeros((3, 1), np.float32)
        offset[axis] = step
        parts.append((potential.at(points + offset) - potential.at(points - offset)) / (2 * step))
    gradient = np.stack(parts).reshape(3, *SHAPE)
    gradient[0] *= _beside_midline()
    return gradient


def integrate(velocity, scale):
    """Exponential of a velocity field (see the module's docstring), as a map of head space to template space."""
    displacement = velocity / np.float32(2**SQUARINGS)
    grid = np.indices(SHAPE, dtype=np.float32)
    for _ in range(SQUARINGS):
        moved = grid + displacement / np.float32(SPACING)
        displacement = displacement + np.stack(
            [ndimage.map_coordinates(part, moved, order=1, mode="nearest", output=np.float32) for part in displacement]
        )
    return Deformation(np.asarray(scale, float), tuple(Field(part, ORIGIN, SPACING) for part in displacement))
