"""Create images with a trained generator."""

import numpy as np

from ..slices.sampler import to_uint8
from .networks import spectral  # noqa: F401  Keras can load a generator that has its layers
from .noise import draw_noise

BATCH = 64
SAMPLE_DRAW = 2_000_003


def create_images(generator, recipe, count, seed):
    """Create images from fresh noise, by the 8-bit path that real images take.

    Parameters
    ----------
    generator : keras.Model
    recipe : dict
        latent, latent_distribution.
    count : int
    seed : int

    Returns
    -------
    numpy.ndarray, uint8, shape (count, size, size)
    """
    batches = range(-(-count // BATCH))
    return np.concatenate([to_uint8(generator(draw_noise(recipe, BATCH, seed, k, SAMPLE_DRAW), training=False)) for k in batches])[:count]
