"""Convolution with spectral normalisation (Miyato et al., ICLR 2018, arXiv 1802.05957), and noise injection."""

import keras
import tensorflow as tf

from .layers import convolve_doubled


class SpectralConv2D(keras.layers.Layer):
    """A convolution without bias whose kernel is divided by its largest singular value.

    The kernel is read as a matrix with a column for each output channel. One power iteration per call in training keeps `direction`, the
    right singular vector, close to the true one; it is a weight of the layer, so that a resumed training has it (Miyato 2018, algorithm 1).

    Parameters
    ----------
    filters : int
    size : int
        Height and width of the kernel in pixels.
    strides : int
    padding : str
        same (zeros around, as many as a stride of 1 or a halving needs) or valid.
    columns : int, optional
        Columns of the matrix where they are not `filters`: a kernel that spreads one vector over several pixels has them as rows.
    stddev : float
        Standard deviation of the first weights.
    """

    def __init__(self, filters, size, strides=1, padding="same", columns=None, stddev=0.02, **options):
        super().__init__(**options)
        self.filters, self.size, self.strides, self.padding = filters, size, strides, padding
        self.columns, self.stddev = columns or filters, stddev

    def build(self, shape):
        """Make the kernel and the singular vector, float32 under any policy."""
        normal = keras.initializers.RandomNormal
        kernel = (self.size, self.size, shape[-1], self.filters)
        self.kernel = self.add_weight(name="kernel", shape=kernel, initializer=normal(stddev=self.stddev), autocast=False)
        self.direction = self.add_weight(
            name="direction", shape=(self.columns, 1), initializer=normal(stddev=1.0), trainable=False, autocast=False
        )

    def normalised(self, training=False):
        """The kernel divided by its largest singular value; takes a power iteration first in training."""
        kernel = tf.convert_to_tensor(self.kernel)
        matrix = tf.reshape(kernel, (-1, self.columns))
        left = tf.stop_gradient(tf.math.l2_normalize(matrix @ self.direction))
        # The gradient of |left^T W| with left held fixed is left right^T, as in Miyato 2018.
        right = tf.matmul(matrix, left, transpose_a=True)
        largest = tf.norm(right)
        if training:
            self.direction.assign(tf.stop_gradient(right / largest))
        return kernel * tf.math.reciprocal(largest)

    def call(self, inputs, training=None):
        """Convolve (n, height, width, channels)."""
        kernel = tf.cast(self.normalised(training), inputs.dtype)
        if inputs.shape[1] == self.size and self.padding == "valid":
            # One position: a product of matrices is several times as quick on a processor.
            flat = tf.reshape(inputs, (-1, self.size**2 * inputs.shape[3])) @ tf.reshape(kernel, (-1, self.filters))
            return flat[:, None, None]
        return tf.nn.conv2d(inputs, kernel, self.strides, self.padding.upper())

    def compute_output_shape(self, shape):
        """As a convolution's."""
        margin = self.size - 1 if self.padding == "valid" else 0
        return (shape[0], *(-(-(side - margin) // self.strides) for side in shape[1:3]), self.filters)


class SpectralUpConv2D(SpectralConv2D):
    """Double height and width by repeating pixels, then convolve by a 3 x 3 kernel: see `convolve_doubled`."""

    def __init__(self, filters, **options):
        super().__init__(filters, 3, **options)

    def call(self, inputs, training=None):
        """Features (n, height, width, channels) to (n, 2 height, 2 width, filters)."""
        return convolve_doubled(inputs, self.normalised(training))

    def compute_output_shape(self, shape):
        """Twice the height and width."""
        return (shape[0], 2 * shape[1], 2 * shape[2], self.filters)


@keras.saving.register_keras_serializable(package="neuroturing")
class NoiseInjection(keras.layers.Layer):
    """Add normal noise, one number per pixel for all channels, times one learned strength that starts at 0 (Karras 2019, as FastGAN does).

    The noise has no state: its key is taken from the latent numbers, so that the same latent numbers give the same image, in a training
    that was interrupted and at any other time. In training one key serves a batch, which is quicker; otherwise each image has its own, so
    that it does not matter which others are made with it.

    Parameters
    ----------
    place : int
        Tells the layers of one generator apart.
    """

    def __init__(self, place, **options):
        super().__init__(**options)
        self.place = place

    def build(self, shapes):
        """Make the strength."""
        self.strength = self.add_weight(name="strength", shape=(), initializer="zeros")

    def call(self, inputs, training=None):
        """Features (n, height, width, channels) and latent numbers (n, latent) to features."""
        features, latent = inputs
        keys = tf.bitcast(tf.cast(latent[:, :2], tf.float32), tf.int32) + (0, self.place)
        count, height, width, _ = features.shape
        if training:
            noise = tf.random.stateless_normal((count or tf.shape(features)[0], height, width, 1), keys[0])
        else:
            noise = tf.map_fn(lambda key: tf.random.stateless_normal((height, width, 1), key), keys, fn_output_signature=tf.float32)
        return features + self.strength * tf.cast(noise, features.dtype)

    def compute_output_shape(self, shapes):
        """The features'."""
        return shapes[0]

    def get_config(self):
        """What a saved model needs to make the layer again."""
        return super().get_config() | {"place": self.place}
