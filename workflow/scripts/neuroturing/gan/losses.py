"""What the networks minimise. Each function takes the discriminator's raw outputs and gives one number."""

import tensorflow as tf


def _cross_entropy(logits, label):
    return tf.reduce_mean(tf.nn.sigmoid_cross_entropy_with_logits(logits=logits, labels=tf.fill(tf.shape(logits), label)))


def discriminator_loss(real, created):
    """Cross-entropy of telling real (1) from created (0); Goodfellow et al. 2014, equation 1."""
    return _cross_entropy(real, 1.0) + _cross_entropy(created, 0.0)


def generator_loss(created):
    """Non-saturating loss, -mean log D(G(z)); Goodfellow et al. 2014, section 3."""
    return _cross_entropy(created, 1.0)
