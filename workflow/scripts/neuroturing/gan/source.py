"""Images to train on: turned planes sampled inside the TensorFlow graph, so that millions of them need no room on disk, or a stack."""

import numpy as np
import tensorflow as tf

from ..imageset import BLACK_LEVEL, PlaneSet


def open_source(images):
    """A source of batches of an image set, whichever kind it is.

    Parameters
    ----------
    images : ImageSet or PlaneSet

    Returns
    -------
    StackSource or PlaneSource
        With `count`, `size` (height and width) and `batch(indices)`.
    """
    return (PlaneSource if isinstance(images, PlaneSet) else StackSource)(images)


class StackSource:
    """Images held in memory as 8-bit grey and scaled when they are asked for.

    Parameters
    ----------
    images : ImageSet

    Attributes
    ----------
    count : int
        Number of images.
    size : tuple of int
        Height and width in pixels.
    """

    def __init__(self, images):
        self.count, self.size = images.count, images.size
        self._images = tf.constant(images.images)

    def batch(self, indices):
        """The images with these numbers.

        Parameters
        ----------
        indices : tf.Tensor, int64, shape (n,)

        Returns
        -------
        tf.Tensor, float32, shape (n, height, width, 1), in [-1, 1], on 256 grey levels of which the lowest are 0 (see `imageset`)
        """
        return _scaled(tf.cast(tf.gather(self._images, indices), tf.float32))


def _scaled(grey):
    """Grey levels (n, height, width), float32, as images (n, height, width, 1) in [-1, 1]; what is nearly black is black."""
    return tf.where(grey < BLACK_LEVEL, 0.0, grey)[..., None] * (2 / 255) - 1


class PlaneSource:
    """Turned planes, each sampled once from its raw scan when it is asked for.

    Parameters
    ----------
    images : PlaneSet

    Attributes
    ----------
    count : int
        Number of images: scans times images per scan.
    size : tuple of int
        Height and width in pixels.
    """

    def __init__(self, images):
        self.grid, self.count, self.size = images.grid, images.count, images.size
        voxels = [scan["voxels"] for scan in images.scans]
        start = np.cumsum([0, *(part.size for part in voxels)])
        # 32-bit positions gather faster; only a cohort of over two thousand million voxels needs 64.
        integer = np.int32 if start[-1] < 2**31 else np.int64
        self._voxels = tf.constant(np.concatenate([part.ravel() for part in voxels]))
        self._level = 255 / self._voxels.dtype.max
        self._start = tf.constant(start[:-1].astype(integer))
        self._shape = tf.constant(np.array([part.shape for part in voxels], np.int32))
        self._matrix = tf.constant(np.array([scan["matrix"] for scan in images.scans], np.float32))
        self._frames = tf.constant(self.grid.frames().astype(np.float32))
        self._compiled = tf.function(self._sample, jit_compile=True, autograph=False)

    def batch(self, indices):
        """Sample the images with these numbers by trilinear interpolation; what lies outside the scan is black.

        Parameters
        ----------
        indices : tf.Tensor, int64, shape (n,)

        Returns
        -------
        tf.Tensor, float32, shape (n, size, size, 1), in [-1, 1], on 256 grey levels of which the lowest are 0 (see `imageset`)
        """
        return self._compiled(tf.convert_to_tensor(indices, tf.int64))

    def _sample(self, indices):
        scan = indices // self.grid.count
        frame = tf.gather(self._frames, indices % self.grid.count)
        matrix = tf.gather(self._matrix, scan)
        # One affine per image: pixel -> turned plane -> AC-PC frame -> voxel; sums, since three products are too few for a matrix library.
        linear = tf.reduce_sum(matrix[:, None, :, :3] * frame[:, :, None, :], -1)
        origin = linear[:, 0] + matrix[:, :, 3]
        pixel = tf.range(self.size[0], dtype=tf.float32)
        shape = tf.gather(self._shape, scan)[:, :, None, None]
        # The axes apart, not stacked: so all that follows becomes one loop over the pixels, without a pass through memory between.
        inside, corner, part = True, [], []
        for axis in range(3):
            step = linear[:, 1:, axis, None, None]
            position = origin[:, axis, None, None] + step[:, 0] * pixel[:, None] + step[:, 1] * pixel
            inside &= (position >= 0) & (position <= tf.cast(shape[:, axis] - 1, tf.float32))
            corner.append(tf.clip_by_value(tf.cast(position, tf.int32), 0, shape[:, axis] - 2))
            part.append(position - tf.cast(corner[-1], tf.float32))
        values = self._trilinear(scan, shape, corner, part)
        return _scaled(tf.floor(tf.where(inside, values, 0.0) * self._level + 0.5))

    def _trilinear(self, scan, shape, corner, part):
        """Mean of the eight voxels around each position, weighted by how near they are, shape (n, size, size)."""
        integer = self._start.dtype
        row, column = (tf.cast(shape[:, axis], integer) for axis in (1, 2))
        corner = [tf.cast(index, integer) for index in corner]
        base = tf.gather(self._start, scan)[:, None, None] + (corner[0] * row + corner[1]) * column + corner[2]

        def between(offset, *steps):
            if not steps:
                return tf.cast(tf.gather(self._voxels, base + offset), tf.float32)
            first, last = between(offset, *steps[1:]), between(offset + steps[0], *steps[1:])
            return first + part[3 - len(steps)] * (last - first)

        return between(0, row * column, column, 1)
