"""Layers that the networks share.

Activations with a slope below 0 compute in float32 wherever they stand: on a processor, TensorFlow's gradients of the leaky and the
exponential linear unit take two to five times as long in bfloat16, a third of a small network's step.
"""

import keras
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
