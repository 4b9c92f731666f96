"""Fields on regular grids: random ones that are smooth, and linear interpolation at points in mm."""

import zlib
from dataclasses import dataclass

import numpy as np
from scipy import ndimage

CHUNK = 1 << 16  # voxels at a time: what the processor's cache holds


def generator_for(seed, *names):
    """A random generator that follows from a seed and names (of a subject, of a purpose), and from nothing else."""
    return np.random.default_rng([int(seed), *(zlib.crc32(str(name).encode()) for name in names)])


@dataclass
class Field:
    """Values on a regular grid in template space.

    Attributes
    ----------
    values : numpy.ndarray, float32, shape (i, j, k)
    origin : array_like, shape (3,)
        RAS mm of the first grid point.
    spacing : float
        mm, the same along each axis.
    """

    values: np.ndarray
    origin: tuple
    spacing: float

    def at(self, points):
        """Linear interpolation at points, shape (3, n), RAS mm; beyond the grid the nearest value. Returns float32, shape (n,)."""
        index = (points - np.asarray(self.origin, np.float32)[:, None]) / np.float32(self.spacing)
        return ndimage.map_coordinates(self.values, index, order=1, mode="nearest", output=np.float32)


def grid_points(origin, spacing, shape):
    """Positions of a grid's points, float32, shape (3, n), RAS mm."""
    axes = [np.float32(start) + np.float32(spacing) * np.arange(size, dtype=np.float32) for start, size in zip(origin, shape, strict=True)]
    return np.stack(np.meshgrid(*axes, indexing="ij")).reshape(3, -1)


def voxel_positions(affine, shape, index):
    """Positions of voxels by flat index, float32, shape (3, n)."""
    affine = np.asarray(affine, np.float32)
    voxels = np.stack(np.unravel_index(index, shape)).astype(np.float32)
    return affine[:3, :3] @ voxels + affine[:3, 3:]


def near_voxels(affine, shape, is_near):
    """Which voxels of a grid are in or near something, found on every fourth voxel.

    Parameters
    ----------
    affine : array_like, shape (4, 4)
    shape : tuple of int
    is_near : callable
        (points, shape (3, n); reach, mm that a found voxel stands for) to bool, shape (n,).

    Returns
    -------
    numpy.ndarray, bool, of that shape
    """
    coarse = tuple(-(-size // 4) for size in shape)
    step = np.array(affine, float)
    step[:3, 3] += step[:3, :3] @ np.full(3, 1.5)
    step[:3, :3] *= 4
    near = is_near(voxel_positions(step, coarse, np.arange(np.prod(coarse))), 0.5 * np.linalg.norm(step[:3, :3])).reshape(coarse)
    for axis in range(3):
        near = np.repeat(near, 4, axis=axis)
    return near[tuple(slice(size) for size in shape)]


def side_name(sign):
    """The patient's side by the sign of x."""
    return "right" if sign > 0 else "left"


def smooth_noise(generator, shape, sigma):
    """White noise blurred with a Gaussian of `sigma` grid points, periodic, scaled to mean 0 and standard deviation 1; float32."""
    noise = ndimage.gaussian_filter(generator.standard_normal(shape, dtype=np.float32), sigma, mode="wrap")
    return (noise - noise.mean()) / noise.std()


def ramp(values, low, high):
    """Rise smoothly from 0 at `low` to 1 at `high` (cubic smoothstep)."""
    t = np.clip((values - low) / (high - low), 0, 1)
    return t * t * (3 - 2 * t)


def noise_field(generator, origin, extent, blur):
    """Smooth noise over a box as a Field, on a grid as coarse as its blur allows.

    Parameters
    ----------
    generator : numpy.random.Generator
    origin, extent : array_like, shape (3,)
        RAS mm of the box's corner, and its edges in mm.
    blur : float
        Standard deviation of the Gaussian, mm.
    """
    spacing = blur / 1.3
    return Field(smooth_noise(generator, tuple(int(edge / spacing) + 2 for edge in extent), 1.3), tuple(origin), spacing)
