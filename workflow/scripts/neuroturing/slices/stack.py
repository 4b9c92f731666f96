"""Images on disk as a source of images: the stack is held in memory as 8-bit grey and scaled when asked for."""

import json
import logging
import os
from pathlib import Path

import numpy as np


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
        import tensorflow as tf

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
        import tensorflow as tf

        grey = tf.cast(tf.gather(self._images, indices), tf.float32)
        return grey[..., None] * (2 / 255) - 1


def write_stack(path, images, labels, spec):
    """Write images and what they show as one file, under its name only when it is complete.

    Parameters
    ----------
    path : path
        .npz
    images : numpy.ndarray, uint8, shape (n, size, size)
    labels : dict of sequence, each of length n
        subject, scan, sequence, section.
    spec : dict
        Settings the images were cut with.
    """
    path = Path(path)
    partial = path.with_name(f".partial-{os.getpid()}-{path.name}")
    with open(partial, "wb") as stream:
        arrays = {name: np.array(values) for name, values in labels.items()}
        np.savez(stream, kind="stack", images=images, spec=json.dumps(spec), **arrays)
    os.replace(partial, path)
    logging.info("%s: %d images, %.0f MB", path.name, len(images), images.nbytes / 1e6)
