"""Images on disk as a source of images: the stack is held in memory as 8-bit grey and scaled when asked for."""

import json

import numpy as np
import tensorflow as tf


class StackSource:
    """Images of a section data set, with the interface of PlaneSource.

    Attributes
    ----------
    count : int
        Number of images.
    size : int
        Height and width in pixels.
    spec : dict
        The settings that the images were cut with.
    subject, scan, sequence : numpy.ndarray of str, shape (count,)
    section : numpy.ndarray of int, shape (count,)
    """

    def __init__(self, path):
        with np.load(path) as archive:
            images = archive["images"]
            self.subject, self.scan, self.sequence = archive["subject"], archive["scan"], archive["sequence"]
            self.section, self.spec = archive["section"], json.loads(str(archive["spec"]))
        self.count, self.size = images.shape[:2]
        self._images = tf.constant(images)

    def describe(self, index):
        """Scan, subject, sequence, plane and section number of one image, as a dict of plain values."""
        named = {key: str(getattr(self, key)[index]) for key in ("scan", "subject", "sequence")}
        return {**named, "plane": self.spec["plane"], "section": int(self.section[index])}

    def batch(self, indices):
        """The images with these numbers.

        Parameters
        ----------
        indices : tf.Tensor, int64, shape (n,)

        Returns
        -------
        tf.Tensor, float32, shape (n, size, size, 1), in [-1, 1], on 256 grey levels
        """
        grey = tf.cast(tf.gather(self._images, indices), tf.float32)
        return grey[..., None] * (2 / 255) - 1
