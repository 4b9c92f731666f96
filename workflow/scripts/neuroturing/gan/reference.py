"""Real images that created ones are compared with while a generator is trained."""

import logging

import numpy as np

from ..imageset import VALIDATION, PlaneSet, to_uint8
from .quality import NEIGHBOURS, REFERENCE_IMAGES, TRAINING_IMAGES, Quality
from .source import open_source

LEAST_VALIDATION = 2 * NEIGHBOURS


def open_quality(training, source, validation, batch, seed):
    """What measures the created images of a training.

    Parameters
    ----------
    training : ImageSet or PlaneSet
        What is trained on.
    source : source.StackSource or source.PlaneSource
        Of `training`.
    validation : ImageSet or PlaneSet, or None
        Of subjects that are kept from training for this; fewer than ten images are not used.
    batch : int
        Images that a source is asked for at once: what a source compiles, it compiles for one number.
    seed : int

    Returns
    -------
    quality.Quality
    """
    if validation is not None and validation.count < LEAST_VALIDATION:
        logging.warning("%d validation images are too few to compare with; images that are trained on are taken.", validation.count)
        validation = None
    images, subjects = draw_images(training, source, TRAINING_IMAGES, batch, seed)
    wanted = None if validation is None else draw_images(validation, open_source(validation), REFERENCE_IMAGES, batch, seed)
    quality = Quality(images, subjects, wanted, seed)
    logging.info("quality: %d %s images, those of %d training subjects", quality.count, quality.reference, len(set(subjects.tolist())))
    return quality


def split_off(images, where):
    """The validation images of a cut whose labels fit, or None where the study has no such share of its subjects."""
    if VALIDATION not in images["split"]:
        return None
    chosen = images.where(**where)
    return chosen.where(split=VALIDATION) if VALIDATION in chosen["split"] else None


def draw_images(images, source, count, batch, seed):
    """Images at random, none twice, and their subjects.

    Returns
    -------
    drawn : numpy.ndarray, uint8, shape (n, height, width)
        `count`, or all where there are no more.
    subjects : numpy.ndarray, shape (n,)
    """
    numbers = np.random.default_rng([seed, count]).choice(source.count, min(count, source.count), replace=False)
    parts = [numbers[k : k + batch] for k in range(0, len(numbers), batch)]
    drawn = [to_uint8(source.batch(np.resize(part, batch)))[: len(part)] for part in parts]
    # A plane set has a label for each scan, of many images.
    each = images.grid.count if isinstance(images, PlaneSet) else 1
    return np.concatenate(drawn), images["subject"][numbers // each]
