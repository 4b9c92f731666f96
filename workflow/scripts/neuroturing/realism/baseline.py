"""What two groups of real subjects look like to every measure: what a perfect generator could be expected to reach."""

import logging
import time

import numpy as np

from . import classify
from .measures import ALIKE, IMAGES, values
from .network import Network

SPLITS, NETWORK_SPLITS = 20, 4


class Baseline:
    """Random divisions of real subjects into two groups.

    The first group has as many subjects as the real side of the comparison, or more where it takes more to have as many images; the second
    has the others. Of each as many images are drawn, the number of the comparison where there are so many.

    Parameters
    ----------
    real : Images
        All real images, of held-out and of training subjects; of four subjects at least.
    subjects : int
        On the real side of the comparison.
    count : int
        Images on each of its sides.
    seed : int

    Attributes
    ----------
    splits : list of (numpy.ndarray, numpy.ndarray)
        Image numbers of both groups of each division.
    count : int
        Least number of images in a group.
    alike : numpy.ndarray of int
        Images whose pairs MS-SSIM compares.
    """

    def __init__(self, real, subjects, count, seed):
        rng = np.random.default_rng([seed, 4])
        self.real, self.seed, self.wanted = real, seed, count
        self.splits = [_divided(real.units, subjects, count, rng) for _ in range(SPLITS)]
        self.count = min(len(first) for first, _ in self.splits)
        # Half of them are in a group, about.
        self.alike = np.sort(rng.permutation(len(real.images))[: 2 * ALIKE])

    def values(self, material):
        """real_vs_real, real_low, real_high and a note for each measure and space.

        Parameters
        ----------
        material : Material
            Of all real images.

        Returns
        -------
        dict of (str, str) to dict
            The mean over 20 divisions and the range of the middle 95 % of them; of the network, 4 divisions and no range.
        """
        started = time.monotonic()
        found = [values(material, first, second, np.random.default_rng([self.seed, 5, k])) for k, (first, second) in enumerate(self.splits)]
        rows = {}
        for key in found[0]:
            drawn = np.array([part[key] for part in found])
            drawn = drawn[np.isfinite(drawn)]
            if len(drawn):
                low, high = np.quantile(drawn, [0.025, 0.975])
                rows[key] = {"real_vs_real": float(drawn.mean()), "real_low": float(low), "real_high": float(high)}
        rows["c2st_cnn", IMAGES] = {"real_vs_real": self._network(), "note": f"real_vs_real: {NETWORK_SPLITS} divisions"}
        if self.count < self.wanted:
            for row in rows.values():
                row["note"] = "; ".join(filter(None, [row.get("note"), f"real_vs_real: groups of {self.count} images"]))
        logging.info("Real subjects against real subjects: %d divisions, %.1f s.", SPLITS, time.monotonic() - started)
        return rows

    def _network(self):
        network = Network(self.real.images, [self.seed, 6])
        found = []
        for k, groups in enumerate(self.splits[:NETWORK_SPLITS]):
            rng = np.random.default_rng([self.seed, 7, k])
            found.append(classify.tell(network.classify, self.real.units, *groups, rng, both=False).accuracy(*groups))
        return float(np.mean(found))


def _divided(units, subjects, count, rng):
    """Image numbers of two groups of different subjects, of equal size, `count` at most."""
    names = rng.permutation(np.unique(units))
    images = np.cumsum([np.sum(units == name) for name in names])
    enough = np.searchsorted(images, min(count, images[-1] // 2)) + 1
    # Two subjects at least are left for the second group.
    taken = int(np.clip(max(min(subjects, len(names) // 2), enough), 2, len(names) - 2))
    sides = [np.flatnonzero(np.isin(units, part)) for part in (names[:taken], names[taken:])]
    size = min(count, *map(len, sides))
    return tuple(np.sort(rng.permutation(side)[:size]) for side in sides)
