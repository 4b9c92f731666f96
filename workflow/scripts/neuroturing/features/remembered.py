"""Features computed once for each distinct image."""

import hashlib

import numpy as np


class Remembered:
    """A `transform` that knows the images it has seen: corruption ladders show it the same ones many times.

    Attributes
    ----------
    transform : callable
        uint8 images, shape (n, height, width), to an array of shape (n, d), each image by itself.
    """

    def __init__(self, transform):
        self.transform, self.known = transform, {}

    def __call__(self, images):
        """Features of images, shape (n, d)."""
        names = [hashlib.blake2b(image.tobytes() + repr(image.shape).encode(), digest_size=16).digest() for image in images]
        new = {name: number for number, name in enumerate(names) if name not in self.known}
        if new:
            self.known |= dict(zip(new, self.transform(images[list(new.values())]), strict=True))
        return np.array([self.known[name] for name in names])
