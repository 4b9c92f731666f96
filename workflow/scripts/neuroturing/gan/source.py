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
        position = origin[:, :, None, None] + linear[:, 1, :, None, None] * pixel[:, None] + linear[:, 2, :, None, None] * pixel
        shape = tf.gather(self._shape, scan)[:, :, None, None]
        inside = tf.reduce_all((position >= 0) & (position <= tf.cast(shape - 1, tf.float32)), axis=1)
        corner = tf.clip_by_value(tf.cast(tf.floor(position), tf.int32), 0, shape - 2)
        part = position - tf.cast(corner, tf.float32)
        values = self._trilinear(scan, shape, corner, part)
        return _scaled(tf.floor(tf.where(inside, values, 0.0) * (255 / 65535) + 0.5))

    def _trilinear(self, scan, shape, corner, part):
        """Weighted sum of the eight voxels around each position, shape (n, size, size)."""
        integer = self._start.dtype
        stride = [tf.cast(shape[:, 1] * shape[:, 2], integer), tf.cast(shape[:, 2], integer), tf.ones_like(shape[:, 0], integer)]
        base = tf.gather(self._start, scan)[:, None, None]
        base += sum(tf.cast(corner[:, axis], integer) * stride[axis] for axis in range(3))
        total = 0.0
        for i in (0, 1):
            for j in (0, 1):
                for k in (0, 1):
                    weight = 1.0
                    for axis, step in enumerate((i, j, k)):
                        weight *= part[:, axis] if step else 1 - part[:, axis]
                    value = tf.gather(self._voxels, base + i * stride[0] + j * stride[1] + k * stride[2])
                    total += weight * tf.cast(value, tf.float32)
        return total
