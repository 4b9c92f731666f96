"""Fields on regular grids: random ones that are smooth, and linear interpolation at points in mm."""

import zlib
from dataclasses import dataclass

import numpy as np
from scipy import ndimage


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
