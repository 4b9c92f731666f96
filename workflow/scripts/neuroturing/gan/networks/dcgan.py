"""The networks of DCGAN (Radford 2015, arXiv 1511.06434) as Koshino 2018 describes them, in two readings.

Koshino: uniform noise of 100 numbers, a dense layer, four fractionally strided convolutions of 5 x 5 with the numbers 256, 128, 64 and 32,
ReLU and at the output tanh, batch normalisation throughout; in the discriminator leaky ReLU of slope 0.2, and no batch normalisation at its
output alone.

R1: the four numbers are the depths that enter the four fractionally strided convolutions, as in Radford's Figure 1: dense to
    s0 x s0 x 256, then 256 -> 128 -> 64 -> 32 -> image; size = 16 s0.
R2: they are the depths that leave them: dense to s0 x s0 x 512, then 512 -> 256 -> 128 -> 64 -> 32, and a fifth makes the image;
    size = 32 s0.

The discriminator's layers are not stated: chosen as the generator's mirror image, as in Radford's figure read backwards.
"""

import keras
from keras import layers

from .layers import batch_normalisation, doubling, halving

LEVELS = {"R1": 4, "R2": 5}


def depths(recipe):
    """Channels that enter each fractionally strided convolution, first to last; each doubles the size."""
    return [recipe["base_filters"] * 2**level for level in reversed(range(LEVELS[recipe["reading"]]))]


def _initialiser(recipe):
    return keras.initializers.RandomNormal(stddev=recipe["weight_stddev"])


def generator(recipe, dtype, portable=False):
    """Build the generator: noise (n, latent) to images (n, size, size, 1) in [-1, 1], float32.

    Parameters
    ----------
    recipe : dict
        reading, size, latent, base_filters, kernel, weight_stddev, norm_momentum, norm_epsilon.
    dtype : str
        Keras dtype policy of the hidden layers; weights and images are float32 under any.
    portable : bool
        Built of Keras' own layers alone, to be saved.

    Returns
    -------
    keras.Model
    """
    widths = depths(recipe)
    start = recipe["size"] // 2 ** len(widths)
    noise = values = keras.Input((recipe["latent"],), name="noise")
    values = layers.Dense(start * start * widths[0], kernel_initializer=_initialiser(recipe), dtype=dtype)(values)
    values = layers.Reshape((start, start, widths[0]), dtype=dtype)(values)
    for channels in [*widths[1:], 1]:
        values = batch_normalisation(recipe, dtype, portable)(values)
        values = layers.ReLU(dtype=dtype)(values)
        values = doubling(channels, recipe["kernel"], portable, kernel_initializer=_initialiser(recipe), dtype=dtype)(values)
    return keras.Model(noise, layers.Activation("tanh", dtype="float32", name="image")(values), name="generator")


def discriminator(recipe, dtype):
    """Build the discriminator: images (n, size, size, 1) to logits (n, 1), float32, positive for "real".

    Parameters
    ----------
    recipe : dict
        As for `generator`, and leak.
    dtype : str

    Returns
    -------
    keras.Model
    """
    image = values = keras.Input((recipe["size"], recipe["size"], 1), name="image")
    for channels in reversed(depths(recipe)):
        values = halving(channels, recipe["kernel"], kernel_initializer=_initialiser(recipe), dtype=dtype)(values)
        values = batch_normalisation(recipe, dtype)(values)
        values = layers.LeakyReLU(recipe["leak"], dtype="float32")(values)
    values = layers.Flatten(dtype=dtype)(values)
    logits = layers.Dense(1, kernel_initializer=_initialiser(recipe), dtype="float32")(values)
    return keras.Model(image, logits, name="discriminator")
