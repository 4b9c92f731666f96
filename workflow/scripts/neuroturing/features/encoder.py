"""An encoder that learns from the run's own real training images what makes two pictures the same: SimCLR (Chen et al. 2020, A simple
framework for contrastive learning of visual representations, ICML).

Each step takes a batch of images and changes each twice at random; the encoder learns to tell which two pictures of a batch come from one
image. With z the outputs of a small head after the embedding, scaled to length 1, the loss of a pair (i, j) is NT-Xent (their section 2.1,
equation 1):

    l(i, j) = -log( exp(z_i . z_j / T) / sum over k other than i of exp(z_i . z_k / T) )

What an image may be changed by is what the features are to overlook, so it is chosen for anatomy:

- turned, moved, and made larger (which crops it) or smaller, a little, as heads lie in scanners; brighter or of another contrast, as scans
  are. Black stays black;
- never mirrored: front and back differ in a sagittal plane, and the side of a lesion in any;
- no blur or noise, and no erased part: those are what generators do wrong, so the features must see them.

The network is four convolutions of stride 2 and a dense layer: 0.1 million weights, for hundreds of images and a minute at most on a
processor. Steps are a fixed number, so that the cost does not grow with the images.
"""

import numpy as np

from ..errors import InputError
from .sizes import WHERE, averaged, check_size, check_training

LEAST = 8
SIZE, DIMENSIONS = 64, 64
FILTERS = (16, 32, 64, 64)
STEPS, BATCH, RATE, TEMPERATURE = 300, 64, 2e-3, 0.2
TURN, SHIFT, ZOOM, GAIN, GAMMA = np.deg2rad(10), 0.06, 0.15, 0.2, 0.25


class Encoder:
    """Embeddings of a contrastive encoder, each of the 64 in standard deviations of the training images, from their mean.

    Attributes
    ----------
    size : tuple of int
        Height and width in pixels of the images; they are brought to 64 x 64, their shape kept.
    network : keras.Model
        Images in [0, 1], shape (n, 64, 64, 1), to embeddings.
    losses : numpy.ndarray, shape (steps,)
        NT-Xent of each step.
    """

    def __init__(self, size, network, losses, mean, scale):
        self.size, self.network, self.losses, self.mean, self.scale = size, network, losses, mean, scale

    @classmethod
    def fit(cls, images, labels, seed, steps=STEPS):
        """See the package. Labels are not used. Raises InputError for fewer than eight images, or images that are all the same."""
        check_training(images, LEAST)
        network = build(seed)
        losses = _train(network, _square(images), seed, steps)
        if not np.isfinite(losses).all():
            raise InputError(WHERE, "an encoder whose training diverged", "a finite loss", "leave out the feature space encoder")
        found = _embedded(network, images)
        scale = found.std(axis=0)
        # An output that is the same of all training images tells nothing of others in units of its own.
        scale[scale < 1e-6] = 1
        return cls(images.shape[1:], network, losses, found.mean(axis=0), scale)

    def transform(self, images):
        """See the package. InputError where images have another size."""
        check_size(images, self.size)
        return (_embedded(self.network, images) - self.mean) / self.scale


def _embedded(network, images):
    # Without keras' predict, whose preparation takes longer than some hundred images.
    parts = np.array_split(_square(images), -(-len(images) // 256))
    return np.concatenate([network(part, training=False).numpy() for part in parts]).astype(float)


def _square(images):
    """Images in [0, 1] of 64 x 64 pixels, black beside those that are not square: float32, shape (n, 64, 64, 1)."""
    import tensorflow as tf

    small = averaged(images, SIZE)[..., None]
    return tf.image.resize_with_pad(small, SIZE, SIZE, antialias=True).numpy() if small.shape[1:3] != (SIZE, SIZE) else small


def build(seed):
    """The encoder before it has learned: a keras.Model, (n, 64, 64, 1) to (n, 64)."""
    import keras
    from keras import layers

    def drawn(number):
        return keras.initializers.GlorotUniform(seed=np.random.default_rng([seed, number]).integers(2**31).item())

    outputs = inputs = keras.Input((SIZE, SIZE, 1))
    for number, filters in enumerate(FILTERS):
        outputs = layers.Conv2D(filters, 3, 2, "same", use_bias=False, kernel_initializer=drawn(number))(outputs)
        outputs = layers.ReLU()(layers.BatchNormalization(momentum=0.9)(outputs))
    outputs = layers.Dense(DIMENSIONS, kernel_initializer=drawn(len(FILTERS)))(layers.Flatten()(outputs))
    return keras.Model(inputs, outputs)


def _train(network, images, seed, steps):
    """Let a network learn from images, shape (n, 64, 64, 1); gives the loss of each step."""
    import keras
    import tensorflow as tf

    tf.config.experimental.enable_op_determinism()
    rng = np.random.default_rng([seed, len(FILTERS) + 1])
    first, second = (keras.initializers.GlorotUniform(seed=rng.integers(2**31).item()) for _ in range(2))
    head = keras.Sequential(
        [keras.layers.Dense(DIMENSIONS, "relu", kernel_initializer=first), keras.layers.Dense(32, kernel_initializer=second)]
    )
    head.build((None, DIMENSIONS))
    optimiser = keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(RATE, steps))
    variables = network.trainable_variables + head.trainable_variables
    optimiser.build(variables)

    @tf.function
    def step(batch, moves, gains, gammas):
        with tf.GradientTape() as tape:
            loss = nt_xent(head(network(_changed(batch, moves, gains, gammas), training=True), training=True))
        optimiser.apply_gradients(zip(tape.gradient(loss, variables), variables, strict=True))
        return loss

    count = min(BATCH, len(images))
    losses = []
    for chosen in _batches(len(images), count, steps, rng):
        gains = rng.uniform(1 - GAIN, 1 + GAIN, (2 * count, 1, 1, 1))
        gammas = np.exp(rng.uniform(-GAMMA, GAMMA, (2 * count, 1, 1, 1)))
        arrays = np.tile(images[chosen], (2, 1, 1, 1)), _moves(2 * count, rng), gains, gammas
        losses.append(float(step(*(tf.constant(array, tf.float32) for array in arrays))))
    return np.array(losses)


def _batches(images, count, steps, rng):
    """Numbers of `count` images for each step; every image once before any comes again, but for what an epoch leaves over."""
    order = np.zeros(0, int)
    for _ in range(steps):
        order = order if len(order) >= count else rng.permutation(images)
        yield order[:count]
        order = order[count:]


def _moves(count, rng):
    """Affine maps about the middle, from pixels of a changed picture to those of the image: shape (count, 8), as TensorFlow has them."""
    turn, zoom = rng.uniform(-TURN, TURN, count), np.exp(rng.uniform(-ZOOM, ZOOM, count))
    shift = rng.uniform(-SHIFT, SHIFT, (2, count)) * SIZE
    across, along = np.cos(turn) / zoom, np.sin(turn) / zoom
    middle = (SIZE - 1) / 2
    x = middle - across * middle + along * middle + shift[0]
    y = middle - along * middle - across * middle + shift[1]
    nought = np.zeros(count)
    return np.stack([across, -along, x, along, across, y, nought, nought], axis=1)


def _changed(batch, moves, gains, gammas):
    import tensorflow as tf

    moved = tf.raw_ops.ImageProjectiveTransformV3(
        images=batch, transforms=moves, output_shape=[SIZE, SIZE], fill_value=0.0, interpolation="BILINEAR", fill_mode="CONSTANT"
    )
    # Not of 0 itself, where a power below 1 has no derivative; none is needed, but a NaN would spread.
    return tf.clip_by_value(gains * tf.maximum(moved, 1e-6) ** gammas, 0.0, 1.0)


def nt_xent(outputs, temperature=TEMPERATURE):
    """Normalised temperature-scaled cross entropy of pairs (k, n + k) of 2 n outputs, mean over all (Chen et al. 2020, equation 1).

    Parameters
    ----------
    outputs : tensor, shape (2 n, d)
    temperature : float
        0.2, chosen: their table 5 finds 0.1 to 0.5 best, less with larger batches.

    Returns
    -------
    tensor, scalar
    """
    import tensorflow as tf

    outputs = tf.math.l2_normalize(outputs, axis=1)
    count = tf.shape(outputs)[0]
    likeness = tf.matmul(outputs, outputs, transpose_b=True) / temperature - 1e9 * tf.eye(count)
    partner = (tf.range(count) + count // 2) % count
    return tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(partner, likeness))
