"""The networks of BEGAN (Berthelot 2017, arXiv 1703.10717) as the program github.com/carpedm20/BEGAN-tensorflow builds them.

The discriminator is an autoencoder, and its decoder has the form of the generator. Convolutions are 3 x 3, with ELU; sizes are doubled by
repeating pixels and halved by strides; there is neither batch normalisation nor a transposed convolution, and the outputs are linear.
MIRU 2017 names BEGAN and states nothing of it. Activations compute in float32 under any policy: see `layers`.
"""

import math

import keras
from keras import layers

from .layers import DoubledConv2D

START = 8


def levels(recipe):
    """Number of map sizes, from 8 x 8 to the image's."""
    return int(math.log2(recipe["size"] // START)) + 1


def _convolve(values, channels, dtype, strides=1):
    values = layers.Conv2D(channels, 3, strides=strides, padding="same", dtype=dtype)(values)
    return layers.ELU(dtype="float32")(values)


def _convolve_doubled(values, channels, dtype, portable):
    if portable:
        return _convolve(layers.UpSampling2D(2, dtype=dtype)(values), channels, dtype)
    return layers.ELU(dtype="float32")(DoubledConv2D(channels, 3, padding="same", dtype=dtype)(values))


def _decode(code, recipe, dtype, portable=False):
    """Grow an image out of a vector: two convolutions at each size, doubled in between."""
    channels = recipe["base_filters"]
    values = layers.Dense(START * START * channels, dtype=dtype)(code)
    values = layers.Reshape((START, START, channels), dtype=dtype)(values)
    for level in range(levels(recipe)):
        values = _convolve_doubled(values, channels, dtype, portable) if level else _convolve(values, channels, dtype)
        values = _convolve(values, channels, dtype)
    values = layers.Conv2D(1, 3, padding="same", dtype=dtype)(values)
    return layers.Activation("linear", dtype="float32", name="image")(values)


def generator(recipe, dtype, portable=False):
    """Build the generator: noise (n, latent) to images (n, size, size, 1), float32; [-1, 1] is black to white.

    Parameters
    ----------
    recipe : dict
        size, latent, base_filters.
    dtype : str
        Keras dtype policy of the hidden layers; weights and images are float32 under any.
    portable : bool
        Built of Keras' own layers alone, to be saved.

    Returns
    -------
    keras.Model
    """
    noise = keras.Input((recipe["latent"],), name="noise")
    return keras.Model(noise, _decode(noise, recipe, dtype, portable), name="generator")


def autoencoder(recipe, dtype):
    """Build the discriminator: images (n, size, size, 1) to what it restores of them by way of `embedding` numbers, float32.

    Parameters
    ----------
    recipe : dict
        As for `generator`, and embedding.
    dtype : str

    Returns
    -------
    keras.Model
    """
    image = keras.Input((recipe["size"], recipe["size"], 1), name="input_image")
    values = _convolve(image, recipe["base_filters"], dtype)
    for level in range(1, levels(recipe) + 1):
        channels = recipe["base_filters"] * level
        values = _convolve(_convolve(values, channels, dtype), channels, dtype)
        values = _convolve(values, channels, dtype, strides=2) if level < levels(recipe) else values
    code = layers.Dense(recipe["embedding"], dtype=dtype)(layers.Flatten(dtype=dtype)(values))
    return keras.Model(image, _decode(code, recipe, dtype), name="autoencoder")
