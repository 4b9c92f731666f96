"""Sample planes from volumes inside the TensorFlow graph, so that millions of images need no room on disk."""

import numpy as np
import tensorflow as tf

from .dataset import read_plane_grid
from .stack import StackSource


class PlaneSource:
    """Images of a plane data set, each sampled once from its raw scan when it is asked for.

    Attributes
    ----------
    count : int
        Number of images: scans times images per scan.
    size : int
        Height and width in pixels.
    """

    def __init__(self, path):
        with np.load(path) as archive:
            self.grid = read_plane_grid(archive)
            self.scan, self.subject = archive["scan"], archive["subject"]
            self.count, self.size = len(self.scan) * self.grid.count, self.grid.size
            # 32-bit positions gather faster; only a cohort of over two thousand million voxels needs 64.
            integer = np.int32 if archive["voxels"].size < 2**31 else np.int64
            self._voxels = tf.constant(archive["voxels"])
            self._start = tf.constant(archive["start"].astype(integer))
            self._shape = tf.constant(archive["shape"])
            self._matrix = tf.constant(archive["matrix"].astype(np.float32))
            self._frames = tf.constant(self.grid.frames().astype(np.float32))
        self._compiled = tf.function(self._sample, jit_compile=True, autograph=False)

    def describe(self, index):
        """Scan, subject, and pose of one image number, as a dict of plain values."""
        pose = {key: value[0].item() for key, value in self.grid.pose(index % self.grid.count).items()}
        scan = index // self.grid.count
        return {"scan": str(self.scan[scan]), "subject": str(self.subject[scan]), **pose}

    def batch(self, indices):
        """Sample the images with these numbers by trilinear interpolation; what lies outside the scan is black.

        Parameters
        ----------
        indices : tf.Tensor, int64, shape (n,)

        Returns
        -------
        tf.Tensor, float32, shape (n, size, size, 1), in [-1, 1], on 256 grey levels
        """
        return self._compiled(tf.convert_to_tensor(indices, tf.int64))

    def _sample(self, indices):
        scan = indices // self.grid.count
        frame = tf.gather(self._frames, indices % self.grid.count)
        matrix = tf.gather(self._matrix, scan)
        # One affine per image: pixel -> turned plane -> AC-PC frame -> voxel; sums, since three products are too few for a matrix library.
        linear = tf.reduce_sum(matrix[:, None, :, :3] * frame[:, :, None, :], -1)
        origin = linear[:, 0] + matrix[:, :, 3]
        pixel = tf.range(self.size, dtype=tf.float32)
        position = origin[:, :, None, None] + linear[:, 1, :, None, None] * pixel[:, None] + linear[:, 2, :, None, None] * pixel
        shape = tf.gather(self._shape, scan)[:, :, None, None]
        inside = tf.reduce_all((position >= 0) & (position <= tf.cast(shape - 1, tf.float32)), axis=1)
        corner = tf.clip_by_value(tf.cast(tf.floor(position), tf.int32), 0, shape - 2)
        part = position - tf.cast(corner, tf.float32)
        values = self._trilinear(scan, shape, corner, part)
        grey = tf.floor(tf.where(inside, values, 0.0) * (255 / 65535) + 0.5)
        return grey[..., None] * (2 / 255) - 1

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


def to_uint8(images):
    """Images in [-1, 1] as 8-bit grey, by the one rule that real and created images share.

    Parameters
    ----------
    images : array_like, shape (n, height, width, 1) or (n, height, width)
        Values outside [-1, 1] are clipped.

    Returns
    -------
    numpy.ndarray, uint8, shape (n, height, width)
    """
    images = np.asarray(images, np.float32)
    images = images[..., 0] if images.ndim == 4 else images
    return np.floor((np.clip(images, -1, 1) + 1) * np.float32(127.5) + np.float32(0.5)).astype(np.uint8)


def open_source(path):
    """Open a training set written by the `slices` stage as a source of images, whichever kind it is."""
    with np.load(path) as archive:
        stacked = "kind" in archive
    return StackSource(path) if stacked else PlaneSource(path)
