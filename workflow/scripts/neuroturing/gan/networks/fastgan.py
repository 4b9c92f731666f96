"""The networks of FastGAN (Liu, Zhu, Song, Elgammal, ICLR 2021, arXiv 2101.04775) for one grey channel at 64, 128 or 256 pixels.

Werner 2022 used "modified light-weight GAN (FastGAN)"; the abstract does not say what was modified. The source makes 256, 512 and
1024 pixels in colour. Chosen for a smaller image of size R: the generator ends at R, with its small head at R/2; a skip-layer excitation
is kept where it ends at or below R; the discriminator halves R until 8 x 8 features remain, its small path R/2; the decoders of the
reconstruction end at R/2. At 256 the layers are the source's, but for the grey channel.

A convolution of the source with kernel 4 and stride 2 pads one pixel on each side, which "same" padding of an even side does too.
"""

import keras
import tensorflow as tf
from keras import layers

from .layers import FusedBatchNormalization
from .spectral import NoiseInjection, SpectralConv2D, SpectralUpConv2D

# Channels at each height of the generator's maps, in multiples of generator_filters.
GENERATOR_WIDTH = {4: 16, 8: 8, 16: 4, 32: 2, 64: 2, 128: 1, 256: 0.5}
NOISY = (8, 32, 128)
EXCITED_BY = {64: 4, 128: 8, 256: 16}
FEATURE_SIDE = 8


class _Parts:
    """Layers with a recipe's numbers; `portable` builds the same arithmetic of a trained network from Keras' own layers.

    Sigmoid and leaky ReLU compute in float32 under any policy: on a processor, TensorFlow takes two to three times as long in bfloat16.
    """

    def __init__(self, recipe, dtype, portable=False):
        self.recipe, self.dtype, self.portable, self.count = recipe, dtype, portable, 0

    def _name(self, kind):
        self.count += 1
        return f"{kind}_{self.count}"

    def convolution(self, values, filters, size, strides=1, padding="same", columns=None, dtype=None):
        options = {"strides": strides, "padding": padding, "dtype": dtype or self.dtype, "name": self._name("convolution")}
        if self.portable:
            return layers.Conv2D(filters, size, use_bias=False, **options)(values)
        return SpectralConv2D(filters, size, columns=columns, stddev=self.recipe["weight_stddev"], **options)(values)

    def doubled(self, values, filters):
        """Every pixel four times, then a convolution of 3 x 3 pixels."""
        if self.portable:
            return self.convolution(layers.UpSampling2D(2, dtype=self.dtype)(values), filters, 3)
        name = self._name("convolution")
        return SpectralUpConv2D(filters, stddev=self.recipe["weight_stddev"], dtype=self.dtype, name=name)(values)

    def normalisation(self, values):
        kind = layers.BatchNormalization if self.portable else FusedBatchNormalization
        gain = keras.initializers.RandomNormal(1.0, self.recipe["weight_stddev"])
        options = {"momentum": self.recipe["norm_momentum"], "epsilon": self.recipe["norm_epsilon"], "gamma_initializer": gain}
        return kind(**options, dtype=self.dtype, name=self._name("normalisation"))(values)

    def leaky(self, values):
        return layers.LeakyReLU(self.recipe["leak"], dtype="float32")(values)

    def noise(self, values, latent):
        name = self._name("noise")
        return NoiseInjection(self.count, dtype=self.dtype, name=name)([values, latent])

    def gated(self, values):
        """Gated linear unit: the first half of the channels times the sigmoid of the second."""
        passed, gate = keras.ops.split(values, 2, axis=-1)
        return layers.Multiply(dtype=self.dtype)([passed, layers.Activation("sigmoid", dtype="float32")(gate)])

    def up(self, values, channels, latent=None):
        """Twice the size; with `latent`, FastGAN's block of two convolutions with noise."""
        values = self.doubled(values, 2 * channels)
        if latent is None:
            return self.gated(self.normalisation(values))
        values = self.gated(self.normalisation(self.noise(values, latent)))
        return self.gated(self.normalisation(self.noise(self.convolution(values, 2 * channels, 3), latent)))

    def excited(self, values, by):
        """Skip-layer excitation: `values` times one factor per channel, made from the map `by`."""
        channels = values.shape[-1]
        factor = layers.AveragePooling2D(by.shape[1] // 4, dtype=self.dtype)(by) if by.shape[1] > 4 else by
        factor = layers.Activation("silu", dtype=self.dtype)(self.convolution(factor, channels, 4, padding="valid"))
        factor = layers.Activation("sigmoid", dtype=self.dtype)(self.convolution(factor, channels, 1, padding="valid"))
        return layers.Multiply(dtype=self.dtype)([values, factor])

    def down(self, values, channels):
        """Half the size by one convolution."""
        return self.leaky(self.normalisation(self.convolution(values, channels, 4, 2)))

    def down_two_ways(self, values, channels):
        """Half the size, the average of two convolutions one after the other and of a pooled 1 x 1 convolution."""
        main = self.leaky(self.normalisation(self.convolution(self.down(values, channels), channels, 3)))
        direct = layers.AveragePooling2D(2, dtype=self.dtype)(values)
        direct = self.leaky(self.normalisation(self.convolution(direct, channels, 1)))
        return layers.Average(dtype=self.dtype)([main, direct])


def generator(recipe, dtype, portable=False):
    """Build the generator: latent numbers (n, latent) to images in about [-1, 1], float32.

    Parameters
    ----------
    recipe : dict
        size, latent, generator_filters, weight_stddev, norm_momentum, norm_epsilon, output (linear or tanh).
    dtype : str
        Keras dtype policy of the hidden layers.
    portable : bool
        Give only the full image, from Keras' own layers and `NoiseInjection`, with kernels that are already divided by their singular value
        (see `fold`).

    Returns
    -------
    keras.Model
        To [(n, size, size, 1), (n, size / 2, size / 2, 1)]; the first alone where portable.
    """
    parts, size, filters = _Parts(recipe, dtype, portable), recipe["size"], recipe["generator_filters"]
    width = {side: int(filters * factor) for side, factor in GENERATOR_WIDTH.items()}
    latent = keras.Input((recipe["latent"],), name="noise")
    # A transposed convolution of one pixel to 4 x 4 is a dense layer.
    values = layers.Reshape((1, 1, recipe["latent"]), dtype=dtype)(latent)
    values = parts.convolution(values, 16 * 2 * width[4], 1, padding="valid", columns=2 * width[4])
    values = layers.Reshape((4, 4, 2 * width[4]), dtype=dtype)(values)
    maps, side = {4: parts.gated(parts.normalisation(values))}, 4
    while side < size:
        side *= 2
        maps[side] = parts.up(maps[side // 2], width[side], latent if side in NOISY else None)
        if side in EXCITED_BY:
            maps[side] = parts.excited(maps[side], maps[EXCITED_BY[side]])
    image = layers.Activation(recipe["output"], dtype="float32", name="image")(parts.convolution(maps[size], 1, 3))
    if portable:
        return keras.Model(latent, image, name="generator")
    small = layers.Activation(recipe["output"], dtype="float32", name="small")(parts.convolution(maps[size // 2], 1, 1))
    return keras.Model(latent, [image, small], name="generator")


def fold(trained, portable):
    """Give a portable generator the weights of a trained one, each kernel divided by its singular value."""
    for target in portable.layers:
        if not target.weights:
            continue
        source = trained.get_layer(target.name)
        if isinstance(source, SpectralConv2D):
            target.kernel.assign(source.normalised())
        else:
            for old, new in zip(source.weights, target.weights, strict=True):
                new.assign(old)


def discriminator(recipe, dtype):
    """Build the discriminator: an image in both sizes to logits, positive for "real", and the maps that the decoders read.

    Parameters
    ----------
    recipe : dict
        size, discriminator_filters, leak, weight_stddev, norm_momentum, norm_epsilon.
    dtype : str

    Returns
    -------
    keras.Model
        From [(n, size, size, 1), (n, size / 2, size / 2, 1)] to [logits (n, 50) float32: 5 x 5 of the image and 5 x 5 of the small one,
        features 8 x 8, features 16 x 16, small path's features 8 x 8].
    """
    parts, size, filters = _Parts(recipe, dtype), recipe["size"], recipe["discriminator_filters"]
    image, small = keras.Input((size, size, 1), name="image"), keras.Input((size // 2, size // 2, 1), name="small")
    maps, side = {size: parts.leaky(parts.convolution(image, filters * 64 // size, 3))}, size
    while side > FEATURE_SIDE:
        side //= 2
        maps[side] = parts.down_two_ways(maps[2 * side], filters * 64 // side)
        if 8 * side <= size:
            maps[side] = parts.excited(maps[side], maps[8 * side])
    values, side = parts.leaky(parts.convolution(small, filters * 128 // size, 4, 2)), size // 4
    while side > FEATURE_SIDE:
        side //= 2
        values = parts.down(values, filters * 32 // side)
    judged = parts.leaky(parts.normalisation(parts.convolution(maps[FEATURE_SIDE], 16 * filters, 1)))
    logits = [parts.convolution(features, 1, 4, padding="valid", dtype="float32") for features in (judged, values)]
    logits = layers.Concatenate(dtype="float32", name="logits")([layers.Flatten(dtype="float32")(each) for each in logits])
    return keras.Model([image, small], [logits, maps[FEATURE_SIDE], maps[2 * FEATURE_SIDE], values], name="discriminator")


def decoder(recipe, dtype, channels, name):
    """Build a decoder of the self-supervised reconstruction: features (n, 8, 8, channels) to images (n, size / 2, size / 2, 1), float32."""
    parts, filters, side = _Parts(recipe, dtype), recipe["discriminator_filters"], FEATURE_SIDE
    features = values = keras.Input((FEATURE_SIDE, FEATURE_SIDE, channels))
    for factor in (2, 1, 1, 0.5):
        if side < recipe["size"] // 2:
            values, side = parts.up(values, int(factor * filters)), 2 * side
    image = layers.Activation("tanh", dtype="float32")(parts.convolution(values, 1, 3))
    return keras.Model(features, image, name=name)


def quadrant(values, part):
    """A quarter of square maps (n, side, side, channels): part 0 to 3 is upper left, upper right, lower left, lower right."""
    half = values.shape[1] // 2
    row, column = part // 2 * half, part % 2 * half
    return tf.slice(values, (0, row, column, 0), (values.shape[0] or -1, half, half, values.shape[3]))
