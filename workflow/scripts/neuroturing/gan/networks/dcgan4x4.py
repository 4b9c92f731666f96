"""The networks of DCGAN with all filters 4 x 4 and no dense layer, as Han 2018 has them, and as WGAN's authors have them.

Han 2018 takes DCGAN's architecture without tanh in the generator, with ELU in the discriminator, all filters of 4 x 4 and half the
channels; the WGAN of Han 2018 and of MIRU 2017 has the same architecture as their DCGAN. Filters of 4 x 4 throughout are those of DCGAN in
PyTorch, which WGAN's authors use too (github.com/martinarjovsky/WassersteinGAN, models/dcgan.py), so that layout is taken: the noise is a 1
x 1 map, a 4 x 4 convolution makes the first map of it, and another the verdict of the last one. Every other convolution doubles or halves
the size; there are no biases, and batch normalisation is everywhere but at the image and the verdict.
"""

import math

import keras
from keras import layers

from .layers import batch_normalisation, doubling, first_maps, halving


def depths(recipe):
    """Channels of the maps from 4 x 4 up to half the image's size; each has half the channels of the one before, the last base_filters."""
    return [recipe["base_filters"] * 2**level for level in reversed(range(int(math.log2(recipe["size"])) - 2))]


def _options(recipe, dtype):
    return {"use_bias": False, "kernel_initializer": keras.initializers.RandomNormal(stddev=recipe["weight_stddev"]), "dtype": dtype}


def _normalise(values, recipe, dtype, portable=False):
    gains = keras.initializers.RandomNormal(mean=1.0, stddev=recipe["weight_stddev"])
    return batch_normalisation(recipe, dtype, portable, gamma_initializer=gains)(values)


def generator(recipe, dtype, portable=False):
    """Build the generator: noise (n, latent) to images (n, size, size, 1), float32; [-1, 1] is black to white.

    Parameters
    ----------
    recipe : dict
        size, latent, base_filters, output ("tanh", or "linear": values beyond [-1, 1] are clipped where images are saved), weight_stddev
        (also of the gains of batch normalisation about 1), norm_momentum, norm_epsilon.
    dtype : str
        Keras dtype policy of the hidden layers; weights and images are float32 under any.
    portable : bool
        Built of Keras' own layers alone, to be saved.

    Returns
    -------
    keras.Model
    """
    noise = keras.Input((recipe["latent"],), name="noise")
    values = layers.Reshape((1, 1, recipe["latent"]), dtype=dtype)(noise)
    for level, channels in enumerate(depths(recipe)):
        enlarge = doubling if level else first_maps
        values = enlarge(channels, 4, portable=portable, **_options(recipe, dtype))(values)
        values = layers.ReLU(dtype=dtype)(_normalise(values, recipe, dtype, portable))
    values = doubling(1, 4, portable=portable, **_options(recipe, dtype))(values)
    return keras.Model(noise, layers.Activation(recipe["output"], dtype="float32", name="image")(values), name="generator")


def discriminator(recipe, dtype):
    """Build the discriminator, or WGAN's critic: images (n, size, size, 1) to raw outputs (n, 1), float32, larger for "real".

    Parameters
    ----------
    recipe : dict
        As for `generator`, and discriminator_activation ("elu" or "leaky_relu") with leak, its slope just below 0.
    dtype : str

    Returns
    -------
    keras.Model
    """
    activation = {"elu": layers.ELU, "leaky_relu": layers.LeakyReLU}[recipe["discriminator_activation"]]
    image = values = keras.Input((recipe["size"], recipe["size"], 1), name="image")
    for level, channels in enumerate(reversed(depths(recipe))):
        values = halving(channels, 4, **_options(recipe, dtype))(values)
        values = values if level == 0 else _normalise(values, recipe, dtype)
        values = activation(recipe["leak"], dtype="float32")(values)
    verdict = layers.Conv2D(1, 4, padding="valid", **_options(recipe, "float32"))(values)
    return keras.Model(image, layers.Flatten(dtype="float32")(verdict), name="discriminator")
