"""Layers that the networks share.

Activations with a slope below 0 compute in float32 wherever they stand: on a processor, TensorFlow's gradients of the leaky and the
exponential linear unit take two to five times as long in bfloat16, a third of a small network's step.
"""

import keras
import numpy as np
import tensorflow as tf


class FusedBatchNormalization(keras.layers.BatchNormalization):
    """Keras' batch normalisation of maps (n, height, width, channels) by TensorFlow's one fused kernel.

    Keras composes the same arithmetic from elementwise operations, which takes a quarter of a small network's step. Weights and meaning
    are the parent's; the moving variance averages the unbiased variances of the batches (n - 1), as TensorFlow 1's fused kernel did.
    """

    def call(self, inputs, training=None, mask=None):
        """Normalise by the batch's statistics in training, by the moving ones otherwise."""
        scale, offset = (tf.cast(tf.convert_to_tensor(weight), tf.float32) for weight in (self.gamma, self.beta))
        kernel = tf.raw_ops.FusedBatchNormV3
        if not training:
            mean, variance = tf.convert_to_tensor(self.moving_mean), tf.convert_to_tensor(self.moving_variance)
            return kernel(x=inputs, scale=scale, offset=offset, mean=mean, variance=variance, epsilon=self.epsilon, is_training=False)[0]
        outputs, mean, variance, *_ = kernel(
            x=inputs, scale=scale, offset=offset, mean=[], variance=[], epsilon=self.epsilon, is_training=True
        )
        self.moving_mean.assign(self.moving_mean * self.momentum + mean * (1.0 - self.momentum))
        self.moving_variance.assign(self.moving_variance * self.momentum + variance * (1.0 - self.momentum))
        return outputs


def batch_normalisation(recipe, dtype, portable=False, **options):
    """Batch normalisation by a recipe's `norm_momentum` and `norm_epsilon`; `portable` makes Keras' own layer, which any Keras can load."""
    layer = keras.layers.BatchNormalization if portable else FusedBatchNormalization
    return layer(momentum=recipe["norm_momentum"], epsilon=recipe["norm_epsilon"], dtype=dtype, **options)


BLOCK = 4
# From this many places in a batch of maps of this size or less, a product of matrices is the quicker gradient of a kernel.
SMALL_SIDE, MANY_PLACES = 4, 1024


def _before(size):
    """Rows of zeros above an even number of them where a kernel of `size` halves it under "same" padding."""
    return max(size - 2, 0) // 2


def _enlarged(values, kernel):
    """Transposed convolution: values (n, side, side, channels) to (n, 2 side, 2 side, entering).

    To images, of one channel, by a convolution that makes blocks of 4 x 4 pixels at every second place: the same sums with some zeros in
    them, in a quarter of the time that a processor takes for the transposed form.
    """
    (size, _, entering, channels), side = kernel.shape, values.shape[1]
    count = values.shape[0] or tf.shape(values)[0]
    if entering > 1 or side % 2:
        return tf.nn.conv2d_transpose(values, kernel, (count, 2 * side, 2 * side, entering), 2, "SAME")
    # Row j of a block has number j + before - 2 i of the kernel from the map's row i, counted from the block's first.
    before = _before(size)
    first, last = -((size - 1 - before) // 2), (BLOCK - 1 + before) // 2
    rows = [[j + before - 2 * i for j in range(BLOCK)] for i in range(first, last + 1)]
    chosen = (np.reshape(rows, (-1, 1)) == np.arange(size)).astype(np.float32)
    wide = tf.constant(np.kron(chosen, chosen)) @ tf.reshape(tf.cast(kernel, tf.float32), (-1, channels))
    wide = tf.transpose(tf.reshape(wide, (len(rows), BLOCK, len(rows), BLOCK, channels)), (0, 2, 4, 1, 3))
    wide = tf.cast(tf.reshape(wide, (len(rows), len(rows), channels, BLOCK**2)), values.dtype)
    blocks = tf.nn.conv2d(values, wide, 2, [[0, 0], [-first, last - 1], [-first, last - 1], [0, 0]])
    blocks = tf.transpose(tf.reshape(blocks, (count, side // 2, side // 2, BLOCK, BLOCK)), (0, 1, 3, 2, 4))
    return tf.reshape(blocks, (count, 2 * side, 2 * side, 1))


def _kernel_gradient(large, small, shape):
    """Gradient of a kernel of `shape` between maps (n, 2 side, 2 side, entering) and (n, side, side, channels)."""
    count, side, _, channels = small.shape
    size, _, entering, _ = shape
    if count is None or side > SMALL_SIDE or count * side**2 < MANY_PLACES or entering == 1:
        options = {"filter_sizes": shape, "strides": [1, 2, 2, 1], "padding": "SAME"}
        return tf.raw_ops.Conv2DBackpropFilter(input=large, out_backprop=small, **options)
    # Maps by parity of row and column, so that what one number of the kernel meets is one piece of memory.
    half = side + (size - 1) // 2
    around = [_before(size), 2 * half - 2 * side - _before(size)]
    parity = tf.transpose(tf.pad(large, [[0, 0], around, around, [0, 0]]), (3, 1, 2, 0))
    parity = tf.reshape(parity, (entering, half, 2, half, 2, count))
    pieces = [(slice(place // 2, place // 2 + side), place % 2) for place in range(size)]
    met = [parity[:, *row, *column] for row in pieces for column in pieces]
    product = tf.reshape(tf.stack(met), (-1, count * side**2)) @ tf.reshape(tf.transpose(small, (1, 2, 0, 3)), (-1, channels))
    return tf.reshape(product, shape)


@tf.custom_gradient
def halve(values, kernel):
    """Convolution with stride 2 and "same" padding of maps of even size."""
    return tf.nn.conv2d(values, kernel, 2, "SAME"), lambda small: (_enlarged(small, kernel), _kernel_gradient(values, small, kernel.shape))


@tf.custom_gradient
def double(values, kernel):
    """Transpose of `halve`."""
    return _enlarged(values, kernel), lambda large: (tf.nn.conv2d(large, kernel, 2, "SAME"), _kernel_gradient(large, values, kernel.shape))


class HalvingConv2D(keras.layers.Conv2D):
    """Keras' convolution with stride 2 and "same" padding, the same sums in a quicker order: see `_enlarged`, `_kernel_gradient`."""

    def convolution_op(self, inputs, kernel):
        """Convolve (n, side, side, channels)."""
        return halve(tf.convert_to_tensor(inputs), tf.convert_to_tensor(kernel))


def halving(filters, size, **options):
    """Convolution that halves the size."""
    return HalvingConv2D(filters, size, strides=2, padding="same", **options)


class DoublingConv2DTranspose(keras.layers.Conv2DTranspose):
    """Keras' transposed convolution with stride 2 and "same" padding: see `HalvingConv2D`."""

    def call(self, inputs):
        """Enlarge (n, side, side, channels)."""
        values = double(tf.convert_to_tensor(inputs), tf.convert_to_tensor(self.kernel))
        return values + tf.cast(self.bias, values.dtype) if self.use_bias else values


def doubling(filters, size, portable=False, **options):
    """Transposed convolution that doubles the size; `portable` makes Keras' own layer, which any Keras can load."""
    layer = keras.layers.Conv2DTranspose if portable else DoublingConv2DTranspose
    return layer(filters, size, strides=2, padding="same", **options)


class FirstMaps(keras.layers.Conv2DTranspose):
    """Keras' transposed convolution of maps of one value each, without bias, as a product of matrices."""

    def call(self, inputs):
        """Spread (n, 1, 1, channels) over (n, size, size, filters)."""
        kernel = tf.convert_to_tensor(self.kernel)
        flat = tf.matmul(inputs[:, 0, 0], tf.reshape(kernel, (-1, kernel.shape[3])), transpose_b=True)
        return tf.reshape(flat, (-1, *kernel.shape[:3]))


def first_maps(filters, size, portable=False, **options):
    """Transposed convolution of one value a channel; `portable` as in `doubling`."""
    return (keras.layers.Conv2DTranspose if portable else FirstMaps)(filters, size, **options)


# Rows: what each row of a 3-row kernel adds to a 4-row one where every input row comes twice.
DOUBLED = ((0.0, 0.0, 1.0), (0.0, 1.0, 1.0), (1.0, 1.0, 0.0), (1.0, 0.0, 0.0))


def convolve_doubled(values, kernel):
    """Every value four times, then a 3 x 3 kernel (3, 3, entering, channels), float32: the same numbers from one transposed convolution.

    It adds up 4 products a pixel where the two steps add up 9, and trains twice as fast on a processor.
    """
    _, _, entering, channels = kernel.shape
    wide = tf.constant(np.kron(DOUBLED, DOUBLED), tf.float32) @ tf.reshape(kernel, (9, -1))
    wide = tf.transpose(tf.reshape(tf.cast(wide, values.dtype), (4, 4, entering, channels)), (0, 1, 3, 2))
    shape = (values.shape[0] or tf.shape(values)[0], 2 * values.shape[1], 2 * values.shape[2], channels)
    return tf.nn.conv2d_transpose(values, wide, shape, 2, "SAME")


class DoubledConv2D(keras.layers.Conv2D):
    """Keras' convolution by 3 x 3 of maps whose every value is repeated four times: see `convolve_doubled`."""

    def convolution_op(self, inputs, kernel):
        """Enlarge (n, height, width, channels)."""
        return convolve_doubled(tf.convert_to_tensor(inputs), tf.cast(kernel, tf.float32))

    def compute_output_shape(self, shape):
        """Twice the height and width."""
        return (shape[0], 2 * shape[1], 2 * shape[2], self.filters)


class LeanGroupNormalization(keras.layers.GroupNormalization):
    """Keras' group normalisation of maps (n, height, width, channels): the same numbers in one product and one sum a pixel.

    Keras composes it from thirty operations, of which several pass over all maps. Weights and meaning are the parent's; statistics are
    float32 under any policy, as its own are.
    """

    def call(self, inputs):
        """Normalise each image's groups of channels by their own mean and variance."""
        values, shape = tf.cast(inputs, tf.float32), (-1, self.groups, inputs.shape[-1] // self.groups)
        mean, square = (
            tf.reduce_mean(tf.reshape(tf.reduce_mean(each, (1, 2)), shape), -1, keepdims=True) for each in (values, tf.square(values))
        )
        gamma, beta = (tf.reshape(tf.cast(tf.convert_to_tensor(weight), tf.float32), shape) for weight in (self.gamma, self.beta))
        scale = gamma * tf.math.rsqrt(tf.maximum(square - mean**2, 0.0) + self.epsilon)
        offset = beta - mean * scale
        scale, offset = (tf.cast(tf.reshape(each, (-1, 1, 1, inputs.shape[-1])), inputs.dtype) for each in (scale, offset))
        return inputs * scale + offset
