"""What generators do wrong, done to real images on purpose and by degrees.

Each corruption is `corrupt(images, severity, generator, reference=None)`:

- images : uint8, shape (n, height, width);
- severity : from 0, where the images come back as they were, to 1;
- generator : numpy.random.Generator; the same state gives nested corruptions, so that a higher severity keeps what a lower one did;
- reference : the images that a generator would have learned from, uint8, shape (m, height, width); `copies` alone needs them.

It gives uint8, shape (n, height, width), by the same path to 8 bits and the same black level as real and created images. Widths are shares
of the smaller side, so that a severity means the same at any size; all of them are chosen here: 1 is plain to the eye, 0.25 hardly seen.
"""

import numpy as np
from scipy.ndimage import gaussian_filter

from ..errors import InputError
from ..imageset import to_uint8

BLUR = 0.04  # standard deviation, share of the smaller side: 2.6 pixels of 64
NOISE = 25  # standard deviation in grey levels
DISTINCT = 4  # images that are left of all
CHECKERBOARD = 0.15  # share of the grey level, up and down
SHARPENED, EDGE = 2.0, 0.015  # share of an image's detail that is added to it; width of detail, share of the smaller side


def blur(images, severity, generator, reference=None):
    """Gaussian blur of up to 4 % of the smaller side."""
    width = severity * BLUR * min(images.shape[1:])
    return _eight_bit(gaussian_filter(images.astype(np.float32), width, axes=(1, 2)), images, severity)


def noise(images, severity, generator, reference=None):
    """White Gaussian noise of up to 25 grey levels."""
    added = generator.normal(0, NOISE, images.shape).astype(np.float32)
    return _eight_bit(images + np.float32(severity) * added, images, severity)


def mode_drop(images, severity, generator, reference=None):
    """Fewer distinct images, each as often as the others: n to the power 1 - severity times 4 to that of severity, at random."""
    count = len(images)
    kept = round(count ** (1 - severity) * min(DISTINCT, count) ** severity)
    order = generator.permutation(count)
    # The kept images stay where they are; others become one of them.
    source = np.arange(count)
    source[order] = order[np.arange(count) % kept]
    return images[source]


def copies(images, severity, generator, reference=None):
    """A share of the images, the severity, replaced by images of the reference, each once before any comes again.

    Raises
    ------
    InputError
        No reference, or one of another size.
    """
    if reference is None or not len(reference) or reference.shape[1:] != images.shape[1:]:
        found = "no reference images" if reference is None or not len(reference) else f"reference images of shape {reference.shape[1:]}"
        raise InputError("corruption copies", found, f"some of shape {images.shape[1:]}", "give the training images as reference")
    count = len(images)
    replaced = generator.permutation(count)[: round(severity * count)]
    drawn = generator.permutation(len(reference))[np.arange(count) % len(reference)]
    copied = images.copy()
    copied[replaced] = reference[drawn[: len(replaced)]]
    return copied


def checkerboard(images, severity, generator, reference=None):
    """Every second row and column brighter, the others darker, by up to 15 % each: what transposed convolutions of uneven overlap leave
    (Odena, Dumoulin and Olah 2016, Deconvolution and checkerboard artifacts, Distill)."""
    down, across = (1 + severity * CHECKERBOARD * (1 - 2 * (np.arange(length) % 2)) for length in images.shape[1:])
    return _eight_bit(images * (down[:, None] * across), images, severity)


def sharpened(images, severity, generator, reference=None):
    """Unsharp masking: up to twice the detail finer than 1.5 % of the smaller side is added, which overshoots at edges."""
    values = images.astype(np.float32)
    detail = values - gaussian_filter(values, EDGE * min(images.shape[1:]), axes=(1, 2))
    return _eight_bit(values + severity * SHARPENED * detail, images, severity)


REPEATING = ("mode_drop", "copies")  # after which one image may stand in several places
CORRUPTIONS = {
    "blur": blur,
    "noise": noise,
    "mode_drop": mode_drop,
    "copies": copies,
    "checkerboard": checkerboard,
    "sharpened": sharpened,
}


def _eight_bit(values, images, severity):
    """Grey levels by the one path to 8 bits; nothing is done to what is not corrupted."""
    return images.copy() if severity == 0 else to_uint8(values / 127.5 - 1)
