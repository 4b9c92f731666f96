"""Images of any size as input of one size."""

import numpy as np

from ..errors import InputError
from ..imageset import check_images

WHERE = "features of images"


def check_training(images, least):
    """Raise InputError unless training images are uint8, shape (n, height, width), `least` of them at least, and not all the same."""
    check_images(WHERE, images)
    if len(images) < least:
        hint = "cut more images, or leave this feature space out"
        raise InputError(WHERE, f"{len(images)} training images", f"{least} at least", hint)
    if (images == images[0]).all():
        raise InputError(WHERE, f"{len(images)} training images that are all the same", "different images", "look at how they were made")


def check_size(images, size):
    """Raise InputError unless images are uint8 and of the training images' (height, width)."""
    check_images(WHERE, images)
    if images.shape[1:] != tuple(size):
        found, expected = (" x ".join(map(str, pixels)) for pixels in (images.shape[1:], size))
        raise InputError(WHERE, f"images of {found} pixels", expected, "compare images of one size")


def averaged(images, largest):
    """Images in [0, 1], averaged over square cells so that neither side is much longer than `largest` pixels.

    Parameters
    ----------
    images : numpy.ndarray, uint8, shape (n, height, width)
    largest : int

    Returns
    -------
    numpy.ndarray, float32, shape (n, rows, columns)
        Cells are of max(1, round(longer side / largest)) pixels; what is left over at the right and bottom is cut off.
    """
    count, height, width = images.shape
    cell = min(max(1, round(max(height, width) / largest)), height, width)
    rows, columns = height // cell, width // cell
    cells = images[:, : rows * cell, : columns * cell].reshape(count, rows, cell, columns, cell)
    return cells.mean(axis=(2, 4), dtype=np.float32) / np.float32(255)
