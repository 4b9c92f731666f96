"""Every measure by name, and the values of those that are read from two groups of images."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from . import classify, distances, manifold, spectra, structure
from .pool import Pool

IMAGES = "images"
LOW, HIGH, AS_REAL = "low", "high", "as_real"
# Direction, and the range that an interval cannot leave.
MEASURES = {
    "kernel_distance": (LOW, None, None),
    "frechet_distance": (LOW, 0, None),
    "precision": (HIGH, 0, 1),
    "recall": (HIGH, 0, 1),
    "density": (AS_REAL, 0, None),
    "coverage": (HIGH, 0, 1),
    "c2st_neighbours": (LOW, 0, 1),
    "c2st_logistic": (LOW, 0, 1),
    "c2st_cnn": (LOW, 0, 1),
    "ms_ssim": (AS_REAL, 0, 1),
    "spectrum_distance": (LOW, 0, None),
    "high_frequency_ratio": (AS_REAL, 0, None),
    "grey_distance": (LOW, 0, 255),
}
SHARES = ("precision", "recall", "coverage", "c2st_neighbours", "c2st_logistic", "c2st_cnn")
IN_SPACES = ("kernel_distance", "frechet_distance", *manifold.NAMES, "c2st_neighbours", "c2st_logistic")
OF_IMAGES = ("c2st_cnn", "ms_ssim", "spectrum_distance", "high_frequency_ratio", "grey_distance")
CLASSIFIERS = {"c2st_neighbours": classify.neighbours, "c2st_logistic": classify.logistic}
# Images of a group whose pairs are compared: 780 pairs.
ALIKE = 40


@dataclass(frozen=True)
class Statistic:
    """Measures that are read together.

    Attributes
    ----------
    names : tuple of str
    space : str
        A feature space, or `images`.
    function : callable
        (reference, examined), arrays of image numbers, to a value for each name.
    """

    names: tuple
    space: str
    function: object


class Material:
    """Images with all that measures read from them.

    Parameters
    ----------
    images : numpy.ndarray, uint8, shape (n, height, width)
    units : numpy.ndarray of int, shape (n,)
        Subject of a real image; a created one is a unit of its own.
    features : dict of str to numpy.ndarray, shape (n, d)
        Of each feature space.
    axes : dict of str to numpy.ndarray, shape (d, components)
        Of each space, what the Frechet distance sees (see `distances.principal`).
    alike : numpy.ndarray of int
        Images whose pairs MS-SSIM compares.
    """

    def __init__(self, images, units, features, axes, alike):
        self.images, self.units, self.alike = images, np.asarray(units), np.asarray(alike)
        self.pools = {space: Pool(values, units) for space, values in features.items()}
        self.reduced = {space: Pool(values @ axes[space], units) for space, values in features.items()}

    @cached_property
    def similar(self):
        """MS-SSIM of the pairs of `alike`."""
        return structure.similarity(self.images[self.alike])

    @cached_property
    def statistics(self):
        """The statistics of all spaces, but for the classifiers: list of Statistic."""
        found = []
        for space, pool in self.pools.items():
            found += [
                Statistic(("kernel_distance",), space, _of(distances.kernel_distance, pool)),
                Statistic(("frechet_distance",), space, _of(distances.frechet_distance, self.reduced[space])),
                Statistic(manifold.NAMES, space, lambda reference, examined, pool=pool: manifold.manifold(pool, reference, examined)),
            ]
        power, frequency = spectra.radial_power(self.images)
        shares = spectra.grey_levels(self.images)
        return [
            *found,
            Statistic(("ms_ssim",), IMAGES, self._similarity),
            Statistic(("spectrum_distance", "high_frequency_ratio"), IMAGES, lambda *groups: spectra.spectrum(power, frequency, *groups)),
            Statistic(("grey_distance",), IMAGES, lambda *groups: (spectra.grey_distance(shares, *groups),)),
        ]

    @cached_property
    def classifiers(self):
        """Name, space and classifier (see `classify.tell`) of those that learn from features."""
        return [(name, space, make(pool)) for space, pool in self.pools.items() for name, make in CLASSIFIERS.items()]

    def _similarity(self, reference, examined):
        chosen = np.isin(self.alike, examined)
        return (structure.mean_similarity(self.similar[np.ix_(chosen, chosen)], self.units[self.alike[chosen]]),)


def _of(function, pool):
    return lambda reference, examined: (function(pool, reference, examined),)


def values(material, reference, examined, rng):
    """Every measure but the network's, of two groups of images.

    Parameters
    ----------
    material : Material
    reference, examined : numpy.ndarray of int
        Image numbers.
    rng : numpy.random.Generator
        Of the halves that classifiers tell.

    Returns
    -------
    dict of (str, str) to float
        By measure and space.
    """
    found = {}
    for statistic in material.statistics:
        found |= {
            (name, statistic.space): value for name, value in zip(statistic.names, statistic.function(reference, examined), strict=True)
        }
    for name, space, classifier in material.classifiers:
        found[name, space] = classify.tell(classifier, material.units, reference, examined, rng).accuracy(reference, examined)
    return found
