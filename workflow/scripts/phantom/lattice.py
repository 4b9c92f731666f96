"""Smooth fields on every second or third voxel of a scanner's grid, interpolated to all: the shape of a head at a fraction of the cost."""

import numpy as np

from .fields import CHUNK, voxel_positions

# Not stated: chosen because a head's deformation and distances change so slowly that its interpolation over 3 mm is off by 0.05 mm.
STEP_MM = 3.0


class Lattice:
    """Fields on a coarse lattice of a grid, ready to be read slice by slice.

    Parameters
    ----------
    affine : array_like, shape (4, 4)
        Voxel index to the space in which the fields are evaluated, mm.
    shape : tuple of int
        Of the grid.
    evaluate : callable
        Points, float32, shape (3, n), to the fields there, shape (fields, n).
    """

    def __init__(self, affine, shape, evaluate):
        voxel = np.linalg.norm(np.asarray(affine)[:3, :3], axis=0)
        self.shape = tuple(shape)
        self.steps = np.maximum(1, (STEP_MM / voxel + 1e-6).astype(int))
        nodes = tuple(size if step == 1 else (size - 1) // int(step) + 2 for size, step in zip(shape, self.steps, strict=True))
        coarse = np.asarray(affine, float) @ np.diag([*self.steps, 1.0])
        count = int(np.prod(nodes))
        parts = [np.arange(first, min(first + CHUNK, count)) for first in range(0, count, CHUNK)]
        values = np.concatenate([evaluate(voxel_positions(coarse, nodes, part)) for part in parts], axis=1)
        values = values.reshape(-1, *nodes)
        for axis in (2, 1):
            values = interpolated(values, axis + 1, np.arange(self.shape[axis]) / self.steps[axis])
        self.values = values

    def slices(self, first, last):
        """The fields in slices `first` to `last` - 1 of the first axis, float32, shape (fields, slices, j, k)."""
        return interpolated(self.values, 1, np.arange(first, last) / self.steps[0])


def interpolated(values, axis, places):
    """Linear interpolation along one axis of an array, at places in units of its index, none beyond the last."""
    low = np.minimum(places.astype(int), values.shape[axis] - 2)
    share = (places - low).astype(values.dtype)
    if not share.any():
        return values.take(low, axis)
    if share.max() == 1 and not (share % 1).any():
        return values.take(places.astype(int), axis)
    start = values.take(low, axis)
    step = values.take(low + 1, axis)
    step -= start
    step *= share.reshape([-1 if dimension == axis else 1 for dimension in range(values.ndim)])
    return start + step


def head_chunks(index, shape):
    """Runs of slices along the first axis that hold up to some CHUNK of the voxels with these flat indices.

    Returns
    -------
    list of (int, int, slice)
        First slice, last slice + 1, and which of the indices lie in them.
    """
    plane = int(np.prod(shape[1:]))
    bounds = np.searchsorted(index, np.arange(shape[0] + 1) * plane)
    chunks, first = [], 0
    for number in range(1, shape[0] + 1):
        if number == shape[0] or bounds[number + 1] - bounds[first] > CHUNK:
            if bounds[number] > bounds[first]:
                chunks.append((first, number, slice(int(bounds[first]), int(bounds[number]))))
            first = number
    return chunks
