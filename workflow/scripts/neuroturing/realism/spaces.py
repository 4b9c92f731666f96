"""The feature spaces of a study: each is fitted once on what is to be had of training images, and says where it could not be."""

import logging
import time

import numpy as np

from ..errors import InputError
from ..features import SPACES

# The spaces that are learned by training a network, once for all data sets of one size together; the others are of each data set.
SHARED = ("encoder",)
LARGEST = 2000


def fit(training, seed, steps=None):
    """Fit every space of `neuroturing.features.SPACES`.

    Parameters
    ----------
    training : dict of str to ImageSet
        Real training images of each data set.
    seed : int
    steps : int, optional
        Updates of the spaces that are learned; their own number otherwise.

    Returns
    -------
    dict of str to dict
        For each data set, by name of the space: the fitted space, or text that says why there is none.
    """
    found = {dataset: {} for dataset in training}
    sizes = {}
    for dataset, images in training.items():
        sizes.setdefault(tuple(images.size), []).append(dataset)
    for name in SPACES:
        groups = list(sizes.values()) if name in SHARED else [[dataset] for dataset in training]
        for group in groups:
            more = {"steps": steps} if steps and name in SHARED else {}
            space = _fitted(name, [training[dataset] for dataset in group], seed, more)
            for dataset in group:
                found[dataset][name] = space
    return found


def _fitted(name, sets, seed, more):
    started = time.monotonic()
    images = np.concatenate([images.images for images in sets])
    shared = [label for label in sets[0].labels if all(label in images.labels for images in sets)]
    labels = {label: np.concatenate([images[label] for images in sets]) for label in shared}
    if len(images) > LARGEST:
        chosen = np.sort(np.random.default_rng([seed, len(images)]).choice(len(images), LARGEST, replace=False))
        images, labels = images[chosen], {label: values[chosen] for label, values in labels.items()}
    try:
        space = SPACES[name].fit(images, labels, seed, **more)
    except InputError as error:
        logging.warning("The feature space %s is skipped: %s", name, error)
        return f"skipped: no feature space {name} ({error.found})"
    logging.info("Feature space %s: %d training images, %.1f s.", name, len(images), time.monotonic() - started)
    return space
