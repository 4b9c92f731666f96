"""The pixels that a classifier sees, and whether they may be mirrored."""

import numpy as np
from PIL import Image

PIXELS = 48  # most, of the classifier's images a side; chosen because an update then takes 5 ms on one core
LIKE_ITS_MIRROR = 0.9  # correlation of the mean image with its mirror
SIDE_NAMES = ("left", "right", "l", "r")


def fitted(pixels, square):
    """An image, uint8, of any size on a black square of `square` pixels a side, as large as it fits."""
    height, width = pixels.shape
    if (height, width) != (square, square):
        side = max(height, width)
        canvas = np.zeros((side, side), np.uint8)
        top, left = (side - height) // 2, (side - width) // 2
        canvas[top : top + height, left : left + width] = pixels
        # Pillow widens the kernel where it makes an image smaller.
        pixels = np.asarray(Image.fromarray(canvas).resize((square, square), Image.Resampling.BILINEAR))
    return pixels


def mirrored(pixels, classes):
    """Whether images may be mirrored: no class is named after a side, and the mean image is like its mirror, so that none is a profile."""
    words = {word for name in classes for word in name.lower().replace("_", " ").replace("-", " ").split()}
    mean = pixels.mean(axis=0)
    if words.intersection(SIDE_NAMES) or not mean.std():
        return False
    return bool(np.corrcoef(mean.ravel(), mean[:, ::-1].ravel())[0, 1] > LIKE_ITS_MIRROR)
