"""Training images changed as a generator that copies might change them: are they found?

Not stated anywhere: the kinds and sizes of change are chosen as small enough that a person would still call the picture the same.
"""

import numpy as np
from scipy import ndimage

from ..imageset import blackened

MOST = 50
DEGREES = (3, 8)
SHIFT_SHARE = 0.05  # of each side, at most
ZOOM = 1.05
BLUR_SHARE = 1 / 64  # standard deviation, of the shorter side
GAIN, OFFSET = (0.8, 1.2), 10


def exact(image, rng):
    """As it is."""
    return image


def flipped(image, rng):
    """Left to right."""
    return image[:, ::-1]


def rotated(image, rng):
    """By 3 to 8 degrees either way, cubic interpolation."""
    return ndimage.rotate(image, rng.choice([-1, 1]) * rng.uniform(*DEGREES), reshape=False, order=3)


def shifted(image, rng):
    """By up to a twentieth of each side, cubic interpolation."""
    return ndimage.shift(image, [rng.uniform(-1, 1) * SHIFT_SHARE * length for length in image.shape], order=3)


def scaled(image, rng):
    """Enlarged by a twentieth about the middle, cubic interpolation."""
    matrix = np.eye(2) / ZOOM
    middle = (np.array(image.shape) - 1) / 2
    return ndimage.affine_transform(image, matrix, middle - matrix @ middle, order=3)


def blurred(image, rng):
    """By a Gaussian of one pixel of 64."""
    return ndimage.gaussian_filter(image, BLUR_SHARE * min(image.shape))


def intensity(image, rng):
    """Contrast by up to a fifth, brightness by up to ten grey levels; black stays black."""
    return np.where(image > 0, image * rng.uniform(*GAIN) + rng.uniform(-OFFSET, OFFSET), 0)


KINDS = {
    "exact": exact,
    "flipped": flipped,
    "rotated": rotated,
    "shifted": shifted,
    "scaled": scaled,
    "blurred": blurred,
    "intensity": intensity,
}


def chosen(images, seed):
    """Numbers of at most 50 training images, drawn at random of those that are not of one grey level, in order."""
    shown = np.flatnonzero(images.reshape(len(images), -1).std(axis=1) > 0)
    return np.sort(np.random.default_rng([seed, 1]).permutation(shown)[:MOST])


def plant(images, seed):
    """Every image changed in every way.

    Parameters
    ----------
    images : numpy.ndarray, uint8, shape (n, height, width)
    seed : int

    Returns
    -------
    dict of numpy.ndarray, uint8, shape (n, height, width)
        Of each of `KINDS`, rounded and blackened to 8 bits as all images are.
    """
    planted = {}
    for number, (name, change) in enumerate(KINDS.items()):
        rng = np.random.default_rng([seed, 2, number])
        changed = [change(image, rng) for image in images.astype(np.float32)]
        planted[name] = blackened(np.clip(np.rint(np.array(changed).reshape(images.shape)), 0, 255).astype(np.uint8))
    return planted
