"""How real and how varied created images are while a generator is trained: two numbers beside the losses, at a dozen moments.

Both are of the space of the principal components of real training images (`features.pixels`). The noise is the same at each moment, and is
not the noise that samples are created from later: what chooses a generator must not be what it is examined by.
"""

import logging

import numpy as np

from ..errors import InputError
from ..features.pixels import Pixels
from ..imageset import TRAIN, VALIDATION
from ..realism.distances import kernel_distance
from ..realism.manifold import NAMES, NEIGHBOURS, manifold
from ..realism.pool import Pool

MOMENTS, LEAST_MOMENTS = 12, 4
IMAGES, FEW_IMAGES = 256, 128
SHARE = 1 / 6
HALVINGS, LEAST_SUBJECTS = 10, 4
TRAINING_IMAGES, REFERENCE_IMAGES = 512, 256
COLUMNS = ("kernel_distance", "coverage")


def plan_moments(rows, total, batch, passes=1):
    """When quality is measured, and of how many created images, so that all of them cost a few percent of the training.

    All are at most a sixth of the images that the training creates to learn from, as many times fewer as an image takes passes, but for
    trainings so short that four moments of 128 images are more.

    Parameters
    ----------
    rows : list of int
        Updates after which a history row is written, `total` among them.
    total : int
        Updates of the training.
    batch : int
        Images of an update.
    passes : int
        Of a network in which an image is made.

    Returns
    -------
    moments : list of int
        Of `rows`, evenly spaced, the last update among them.
    images : int
    """
    affordable = SHARE * total * batch / passes
    images = IMAGES if MOMENTS * IMAGES <= affordable else FEW_IMAGES
    count = int(np.clip(affordable / images, LEAST_MOMENTS, MOMENTS))
    rows = np.array(rows)
    return sorted({int(rows[np.argmin(np.abs(rows - total * k / count))]) for k in range(1, count + 1)}), images


class Quality:
    """Compare created images with real ones by the kernel distance and the coverage of `realism`.

    Parameters
    ----------
    training : numpy.ndarray, uint8, shape (n, height, width)
        Of the images that are trained on, in random order.
    subjects : numpy.ndarray, shape (n,)
        Theirs.
    validation : (numpy.ndarray, numpy.ndarray), or None
        The same of subjects that are neither trained on nor examined later.
    seed : int

    Attributes
    ----------
    reference : str
        Which real images created ones are compared with: validation, or train where there are none.
    count : int
        Their number.
    real : dict
        Kernel distance and coverage of random halves of the training subjects, means over ten; without what so few subjects cannot tell.

    Where there are fewer than three training images, or all are the same, nothing is measured: a training must not fail for it.
    """

    def __init__(self, training, subjects, validation, seed):
        self.reference = TRAIN if validation is None else VALIDATION
        self.real, self.count, self._space = {}, 0, None
        try:
            self._space = Pixels.fit(training, {}, seed)
        except InputError as error:
            logging.warning("How real created images are is not measured on the way: %s", error.found)
            return
        features = self._space.transform(training)
        self.real = _halves(features, subjects, seed)
        if validation is not None:
            features, subjects = self._space.transform(validation[0]), validation[1]
        self._features, self._units = features[:REFERENCE_IMAGES], _units(subjects[:REFERENCE_IMAGES])
        self.count = len(self._features)

    def measure(self, created):
        """Kernel distance and coverage of created images, uint8 (n, height, width); None where too few real images cannot tell."""
        if self._space is None:
            return dict.fromkeys(COLUMNS)
        units = np.concatenate([self._units, -1 - np.arange(len(created))])
        values = _measured(Pool(np.concatenate([self._features, self._space.transform(created)]), units), self.count)
        return {name: value if np.isfinite(value) else None for name, value in zip(COLUMNS, values, strict=True)}


def _units(subjects):
    """Number of each image's subject; of the image itself where subjects are too few for neighbours of others."""
    _, units, images = np.unique(subjects, return_inverse=True, return_counts=True)
    return units if len(units) - images.max() >= NEIGHBOURS else np.arange(len(units))


def _measured(pool, count):
    """Both measures of the first `count` images of a pool and the rest; coverage of as many of each, as its authors advise."""
    one, other = np.arange(count), np.arange(count, len(pool.units))
    same = min(len(one), len(other))
    return kernel_distance(pool, one, other), manifold(pool, one[:same], other[:same])[NAMES.index("coverage")]


def _halves(features, subjects, seed):
    """Means of both measures over random halves of four or more subjects."""
    names, found = np.unique(subjects), []
    for k in range(HALVINGS if len(names) >= LEAST_SUBJECTS else 0):
        chosen = np.random.default_rng([seed, k]).permutation(names)[: len(names) // 2]
        order = np.argsort(~np.isin(subjects, chosen), kind="stable")
        pool = Pool(features[order], np.unique(subjects[order], return_inverse=True)[1])
        found.append(_measured(pool, int(np.isin(subjects, chosen).sum())))
    known = {name: values[np.isfinite(values)] for name, values in zip(COLUMNS, np.array(found).reshape(-1, 2).T, strict=True)}
    return {name: float(values.mean()) for name, values in known.items() if len(values)}
