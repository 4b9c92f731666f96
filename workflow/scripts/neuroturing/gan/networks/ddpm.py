"""The network of a denoising diffusion model (Ho, Jain, Abbeel, NeurIPS 2020, arXiv 2006.11239), and the generator that is made of it.

A U-Net of residual blocks that are told the time: group normalisation, SiLU, convolutions of 3 x 3, self-attention where the maps are
small. Chosen otherwise than there: the first convolution may make one pixel of `patch` x `patch`, and the last the reverse, because most
of the work of a small network is at full size; halving and doubling are convolutions of 4 x 4; no dropout.
"""

import math

import keras
import numpy as np
import tensorflow as tf
from keras import layers

from ..diffusion import cleaned, levels, stepped, visited
from .layers import LeanGroupNormalization

LONGEST_WAVE = 10_000
TIME_WIDTH = 4


@keras.saving.register_keras_serializable(package="neuroturing")
class Waves(keras.layers.Layer):
    """Times (n, 1) as sines and cosines of so many waves each, their lengths from 1 to 10,000 in equal ratios: (n, 2 count)."""

    def __init__(self, count, **options):
        super().__init__(**options)
        self.count = count

    def call(self, time):
        """Positions of times on the waves."""
        angles = time * tf.constant(LONGEST_WAVE ** -np.linspace(0, 1, self.count), tf.float32)
        return tf.concat([tf.sin(angles), tf.cos(angles)], -1)

    def compute_output_shape(self, shape):
        """Two for each wave."""
        return (shape[0], 2 * self.count)

    def get_config(self):
        """What a saved model needs to make the layer again."""
        return super().get_config() | {"count": self.count}


class _Parts:
    """Layers with a recipe's numbers; each has a name of its own, so that the same weights are saved in the same bytes."""

    def __init__(self, recipe, dtype, portable):
        self.recipe, self.dtype, self.portable, self.count = recipe, dtype, portable, 0

    def options(self, kind, dtype=None):
        """Name and precision of a layer."""
        self.count += 1
        return {"name": f"{kind}_{self.count}", "dtype": dtype or self.dtype}

    def convolution(self, values, filters, size, **options):
        return layers.Conv2D(filters, size, padding="same", **options, **self.options("convolution"))(values)

    def normalised(self, values):
        """Group normalisation, in as many of the recipe's groups as divide the depth."""
        kind = layers.GroupNormalization if self.portable else LeanGroupNormalization
        groups = math.gcd(self.recipe["groups"], values.shape[-1])
        return kind(groups, epsilon=self.recipe["norm_epsilon"], **self.options("normalisation"))(values)

    def active(self, values):
        """Group normalisation and SiLU, float32 as in `layers`."""
        return layers.Activation("silu", **self.options("activation", "float32"))(self.normalised(values))

    def sum(self, *values):
        return layers.Add(**self.options("sum"))(values)

    def block(self, values, time, filters):
        """Residual block; self-attention after it at the recipe's size."""
        shortcut = values if values.shape[-1] == filters else self.convolution(values, filters, 1)
        values = self.convolution(self.active(values), filters, 3)
        told = layers.Dense(filters, **self.options("told"))(time)
        values = self.active(self.sum(values, layers.Reshape((1, 1, filters), **self.options("told_map"))(told)))
        # A block starts as nothing but its shortcut.
        values = self.sum(shortcut, self.convolution(values, filters, 3, kernel_initializer="zeros"))
        return self.attended(values) if values.shape[1] == self.recipe["attention"] else values

    def attended(self, values):
        """Self-attention over all pixels of a map, float32; it starts as nothing."""
        _, height, width, depth = values.shape
        read, flat = self.normalised(values), layers.Reshape((height * width, depth), **self.options("pixels"))
        query, key, value = (flat(self.convolution(read, depth, 1)) for _ in range(3))
        query = layers.Rescaling(depth**-0.5, **self.options("query"))(query)
        seen = layers.Attention(**self.options("attention", "float32"))([query, value, key])
        seen = layers.Reshape((height, width, depth), **self.options("map"))(seen)
        return self.sum(values, self.convolution(seen, depth, 1, kernel_initializer="zeros"))

    def reduced(self, values, filters, strides):
        """Height and width divided by `strides`, by a convolution."""
        return self.convolution(values, filters, 2 * strides if strides > 1 else 3, strides=strides)

    def enlarged(self, values, filters, strides, dtype=None, **options):
        """The reverse of `reduced`."""
        size, options = 2 * strides if strides > 1 else 3, options | self.options("enlarged", dtype)
        return layers.Conv2DTranspose(filters, size, strides, padding="same", **options)(values)

    def time(self, time):
        """Times (n, 1) as waves, then two dense layers."""
        width = self.recipe["base_filters"]
        values = Waves(max(2, width // 2), **self.options("waves", "float32"))(time)
        for _ in range(2):
            values = layers.Dense(TIME_WIDTH * width, activation="silu", **self.options("time"))(values)
        return values


def network(recipe, dtype, portable=False):
    """Build the network: [mixtures of image and noise (n, size, size, 1), times (n, 1)] to (n, size, size, 1), float32.

    Parameters
    ----------
    recipe : dict
        size, patch, base_filters, widths (depth at each size, in multiples of base_filters), blocks (at each size), attention (height of
        the maps that have it), groups, norm_epsilon.
    dtype : str
        Keras dtype policy of the hidden layers.
    portable : bool
        Built of Keras' own layers alone, to be saved.

    Returns
    -------
    keras.Model
    """
    parts, size, patch = _Parts(recipe, dtype, portable), recipe["size"], recipe["patch"]
    depths = [recipe["base_filters"] * width for width in recipe["widths"]]
    mixed, when = keras.Input((size, size, 1), name="mixed"), keras.Input((1,), name="time")
    time = parts.time(when)
    values = parts.reduced(mixed, depths[0], patch)
    kept = [values]
    for level, depth in enumerate(depths):
        if level:
            values = parts.reduced(values, depth, 2)
            kept.append(values)
        for _ in range(recipe["blocks"]):
            values = parts.block(values, time, depth)
            kept.append(values)
    values = parts.block(values, time, depths[-1])
    for level, depth in reversed(list(enumerate(depths))):
        for _ in range(recipe["blocks"] + 1):
            values = parts.block(layers.Concatenate(**parts.options("joined"))([values, kept.pop()]), time, depth)
        if level:
            values = parts.enlarged(values, depths[level - 1], 2)
    said = parts.enlarged(parts.active(values), 1, patch, "float32", kernel_initializer="zeros")
    return keras.Model([mixed, when], said, name="network")


@keras.saving.register_keras_serializable(package="neuroturing")
class Denoising(keras.layers.Layer):
    """The whole way from noise to image by DDIM: an image follows from its noise alone.

    Parameters
    ----------
    network : keras.Model
        From `network`; the layer has its weights, and no others.
    prediction : str
        What the network says: see `diffusion`.
    times : list of int
        At which it is asked, the noisiest first.
    levels : list of (float, float)
        Amplitudes of image and noise at these times, and those of the image that is made.
    """

    def __init__(self, network, prediction, times, levels, **options):
        super().__init__(**options)
        self.network, self.prediction, self.times, self.levels = network, prediction, list(times), [list(level) for level in levels]

    def call(self, noise):
        """Noise (n, size, size, 1) to images."""
        return self._denoised(noise)

    # Compiled also where the model is called for its images alone: operation by operation it takes several times as long.
    @tf.function(autograph=False)
    def _denoised(self, noise):
        levels, times = tf.constant(self.levels, tf.float32), tf.constant(self.times, tf.float32)

        def step(k, mixed):
            said = self.network([mixed, tf.fill((tf.shape(mixed)[0], 1), times[k])], training=False)
            clean = tf.clip_by_value(cleaned(self.prediction, mixed, said, levels[k]), -1.0, 1.0)
            return k + 1, stepped(mixed, clean, levels[k], levels[k + 1])

        # One at a time, since they follow from each other; a loop in the graph, since the network is traced only once for all of them.
        return tf.while_loop(lambda k, _: k < len(self.times), step, (0, noise), parallel_iterations=1)[1]

    def compute_output_shape(self, shape):
        """The noise's."""
        return shape

    def get_config(self):
        """What a saved model needs to make the layer again."""
        network = keras.saving.serialize_keras_object(self.network)
        known = {"network": network, "prediction": self.prediction, "times": self.times, "levels": self.levels}
        return super().get_config() | known

    @classmethod
    def from_config(cls, config):
        """Make the layer again."""
        return cls(keras.saving.deserialize_keras_object(config.pop("network")), **config)


def generator(model, recipe, count):
    """Build a generator of a network: latent numbers (n, size * size), the noise, to images (n, size, size, 1), float32.

    Parameters
    ----------
    model : keras.Model
        From `network`.
    recipe : dict
        size, prediction, and what `diffusion.levels` reads.
    count : int
        Times at which the network is asked.
    """
    times = visited(recipe["times"], count)
    known = np.stack(levels(recipe), 1)[times].tolist()
    latent = keras.Input((recipe["size"] ** 2,), name="noise")
    noise = layers.Reshape((recipe["size"], recipe["size"], 1), dtype="float32", name="map")(latent)
    image = Denoising(model, recipe["prediction"], times.tolist(), [*known, [1.0, 0.0]], dtype="float32", name="image")(noise)
    return keras.Model(latent, image, name="generator")
