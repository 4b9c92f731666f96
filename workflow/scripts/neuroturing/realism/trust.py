"""Which measures can be trusted on a data set: the corruption ladders of `ladders`, by the measures of this package."""

import logging
import time

import numpy as np

from ..errors import InputError
from ..features.remembered import Remembered
from ..read.observers import hotelling
from . import ladders
from .distances import dimensions, principal
from .measures import ALIKE, MEASURES, Material, values

COLUMNS = ("dataset", *ladders.COLUMNS)
EVERYWHERE = "all measures"


def trust(dataset, images, subjects, training, spaces, seed, cost=None, corruptions=ladders.CORRUPTIONS):
    """Climb the ladders with every measure but the network's, which would have to learn anew on each of some hundred rungs.

    Parameters
    ----------
    dataset : str
    images : numpy.ndarray, uint8, shape (n, height, width)
        All real images.
    subjects : sequence of str, length n
    training : numpy.ndarray, uint8, shape (m, height, width)
        Whose principal components the Frechet distance sees.
    spaces : dict of str
        From `spaces.fit`; those that are text are left out.
    seed : int
    cost : ladders.Cost, optional
    corruptions : dict, optional

    Returns
    -------
    list of dict
        COLUMNS; a single row whose verdict says why, where ladders cannot be climbed.
    """
    started = time.monotonic()
    cost = cost or ladders.Cost()
    evaluate = evaluator(training, {name: space for name, space in spaces.items() if not isinstance(space, str)}, cost.each)
    better = {name: direction for name, (direction, _, _) in MEASURES.items()}
    observer = ladders.detectability(lambda part: hotelling.outputs(part, {}), hotelling.fit)
    try:
        rungs = ladders.climb(images, subjects, evaluate, better, seed, cost, observer, corruptions)
    except InputError as error:
        logging.warning("Which measures to trust is not examined: %s", error)
        return [{"dataset": dataset, "measure": EVERYWHERE, "corruption": ladders.ALL, "verdict": f"skipped: {error.found}"}]
    logging.info("%s: which measures to trust, %.1f s.", dataset, time.monotonic() - started)
    return [{"dataset": dataset} | row for row in ladders.verdicts(rungs)]


def evaluator(training, spaces, each):
    """Every measure but the network's, as `ladders.climb` wants it: images that come again keep their features.

    Parameters
    ----------
    training : numpy.ndarray, uint8, shape (m, height, width)
    spaces : dict of str to fitted space
    each : int
        Images of a group.
    """
    known = {name: space.transform(training) for name, space in spaces.items()}
    axes = {name: principal(found, dimensions(each, found.shape[1])) for name, found in known.items()}
    features = {name: Remembered(space.transform) for name, space in spaces.items()}

    def evaluate(reference, examined, subject, rng):
        count = len(reference)
        images = np.concatenate([reference, examined])
        material = Material(
            images,
            np.unique(subject, return_inverse=True)[1],
            {name: transform(images) for name, transform in features.items()},
            axes,
            count + np.arange(min(ALIKE, len(examined))),
        )
        return values(material, np.arange(count), count + np.arange(len(examined)), rng)

    return evaluate
