"""Images as points of a feature space, with the pair matrices that every statistic of two groups of them is read from."""

from functools import cached_property

import numpy as np


class Pool:
    """Points, and which unit each belongs to.

    Attributes
    ----------
    features : numpy.ndarray, float64, shape (n, d)
    units : numpy.ndarray of int, shape (n,)
        Subject of a real image; a created image is a unit of its own.

    A matrix is made once, and groups are chosen by index: leaving a subject out costs no new distance.
    """

    def __init__(self, features, units):
        self.features, self.units = np.asarray(features, float), np.asarray(units)

    @cached_property
    def squared(self):
        """Squared Euclidean distances, shape (n, n)."""
        norms = np.sum(self.features**2, axis=1)
        return np.maximum(norms[:, None] + norms - 2 * self.features @ self.features.T, 0)

    @cached_property
    def kernel(self):
        """The cubic kernel (x'y / d + 1)^3 of Binkowski et al. (2018, section 4), shape (n, n)."""
        return (self.features @ self.features.T / self.features.shape[1] + 1) ** 3

    def apart(self, rows, columns):
        """Whether two images are of different units, shape (rows, columns)."""
        return self.units[rows][:, None] != self.units[columns]
