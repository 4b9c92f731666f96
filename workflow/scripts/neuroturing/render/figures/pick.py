"""Which images a figure shows: drawn at random, so that nobody has chosen the best."""

from collections import Counter

import numpy as np

from ...errors import InputError
from ...imageset import ImageSet, read_imageset


def read_images(path):
    """Read an ImageSet. Raises InputError where the file holds none, or scans instead of images."""
    images = read_imageset(path)
    if not isinstance(images, ImageSet):
        raise InputError(path, "scans that planes are sampled from", "images", "name the file of drawn images, under real/ or samples/")
    return images


def pick(rng, images, count):
    """Draw images: as many of each contrast as can be, of as many subjects as there are, none twice.

    Parameters
    ----------
    rng : numpy.random.Generator
    images : ImageSet
    count : int

    Returns
    -------
    numpy.ndarray of int
        Indices in the order drawn, contrasts in turn; fewer than `count` where there are fewer images.
    """
    shuffled = rng.permutation(images.count)
    subject, contrast = images["subject"], images["contrast"]
    left = [list(shuffled[contrast[shuffled] == name]) for name in rng.permutation(np.unique(contrast))]
    shown, drawn = Counter(), []
    while len(drawn) < count and any(left):
        for candidates in left:
            if candidates and len(drawn) < count:
                index = min(candidates, key=lambda candidate: shown[subject[candidate]])
                candidates.remove(index)
                shown[subject[index]] += 1
                drawn.append(index)
    return np.array(drawn, int)


def pick_pixels(rng, images, count):
    """The pixels of `count` images, uint8, shape (count, height, width), by `pick`. Raises InputError where there are fewer."""
    if images.count < count:
        raise InputError(images.path, f"{images.count} images", f"at least {count} for the figure", "sample more images")
    return images.images[pick(rng, images, count)]


def pick_both(seed, images, count):
    """Pixels of `count` real and of `count` created images, from a figure's two image sets. Raises InputError where one is missing."""
    if len(images) != 2:
        raise InputError(
            "figures", f"{len(images)} sets of images", "real images and created ones", "the data set has no scan, or no model"
        )
    rng = np.random.default_rng(seed)
    return [pick_pixels(rng, each, count) for each in images]
