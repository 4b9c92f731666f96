"""A small classifier of images, the same of every arm: what differs between arms is what it is trained on.

Four convolutions of stride 2 and one hidden layer, Adam with a rate that falls to nothing, one number of updates whatever the number of
images: with epochs in their place an arm with more images would train longer, and gain by that alone. There is no batch normalisation,
because its statistics of a mixed batch would be those of neither real nor created images. Chosen because it fits 400 images in seconds on
one core; no paper gives it.
"""

import functools

import keras
import numpy as np
import tensorflow as tf

from ..gan.adam import FusedAdam

BATCH, STEPS, RATE = 32, 200, 2e-3
FILTERS, HIDDEN = (8, 16, 32, 32), 32
SHIFT, TURN_DEG, GAIN, OFFSET = 0.06, 8.0, 0.15, 0.1  # most, as a share of the side; degrees; factor about 1; on a scale of [-1, 1]
PREDICTED = 256


@functools.lru_cache
def classifier(side, classes):
    """The one `Classifier` for images of `side` x `side` pixels and so many classes: its graph is traced once in a process."""
    return Classifier(side, classes)


class Classifier:
    """A network that is trained anew, from other weights, as often as one likes.

    Parameters
    ----------
    side : int
        Height and width of images in pixels.
    classes : int
    """

    def __init__(self, side, classes):
        convolutions = [keras.layers.Conv2D(count, 3, strides=2, padding="same", activation="relu") for count in FILTERS]
        head = [keras.layers.Flatten(), keras.layers.Dense(HIDDEN, activation="relu"), keras.layers.Dense(classes)]
        self.network = keras.Sequential([keras.Input((side, side, 1)), *convolutions, *head])
        self.rate = tf.Variable(RATE, trainable=False)
        self.adam = FusedAdam(self.network.trainable_variables, self.rate, 0.9, 0.999, 1e-7)
        self.side = side
        batches = (None, None)
        # Shapes that fit any number of images and updates, so that nothing is traced twice.
        self._steps = tf.function(
            self._train,
            input_signature=[
                tf.TensorSpec((None, side, side), tf.uint8),
                tf.TensorSpec((None,), tf.int32),
                tf.TensorSpec(batches, tf.int32),
                tf.TensorSpec((*batches, 8)),
                tf.TensorSpec((*batches, 2)),
            ],
        )
        self._scores = tf.function(
            lambda images: tf.nn.softmax(self.network(images)), input_signature=[tf.TensorSpec((PREDICTED, side, side, 1))]
        )

    def fit(self, images, truth, order, seed, augmented=False, mirrored=False):
        """Train from new weights.

        Parameters
        ----------
        images : numpy.ndarray, uint8, shape (n, side, side)
        truth : numpy.ndarray of int, shape (n,)
        order : numpy.ndarray of int, shape (steps, batch)
            Which images each update sees.
        seed : sequence of int
            Of the weights and of the augmentation.
        augmented, mirrored : bool
            Whether images are shifted, turned and made brighter or darker; whether half of these are mirrored too.
        """
        self._begin(np.random.default_rng([*seed, 0]))
        rng = np.random.default_rng([*seed, 1])
        moves, gains = distortions(rng, order.size, self.side, augmented, mirrored)
        moves, gains = (values.reshape(*order.shape, -1) for values in (moves, gains))
        self._steps(*map(tf.constant, (images, truth.astype(np.int32), order.astype(np.int32), moves, gains)))

    def predict(self, images):
        """Probability of each class, shape (n, classes), of images, uint8, shape (n, side, side)."""
        padded = np.resize(images, (-(-len(images) // PREDICTED) * PREDICTED, *images.shape[1:]))
        parts = padded.reshape(-1, PREDICTED, *images.shape[1:], 1)
        return np.concatenate([self._scores(_scaled(tf.constant(part))).numpy() for part in parts])[: len(images)]

    def _begin(self, rng):
        """Draw weights (He et al., ICCV 2015, section 2.2) and forget what Adam remembers."""
        weights = []
        for variable in self.network.trainable_variables:
            spread = np.sqrt(2 / np.prod(variable.shape[:-1])) if len(variable.shape) > 1 else 0
            weights.append(rng.normal(0, 1, variable.shape).astype(np.float32) * np.float32(spread))
        self.network.set_weights(weights)
        for power, beta in zip(self.adam.powers, ("beta1", "beta2"), strict=True):
            power.assign(self.adam.options[beta])
        for slot in (*self.adam.slots[0], *self.adam.slots[1]):
            slot.assign(tf.zeros(slot.shape))

    def _train(self, images, truth, order, moves, gains):
        """Every update, in one graph: between graphs, calls would take longer than so small a network."""
        steps = tf.shape(order)[0]
        for number in tf.range(steps):
            self.rate.assign(RATE * (1 - tf.cast(number / steps, tf.float32)))
            chosen = order[number]
            self._update(tf.gather(images, chosen), tf.gather(truth, chosen), moves[number], gains[number])

    def _update(self, images, truth, moves, gains):
        """One step down the cross-entropy."""
        images = tf.raw_ops.ImageProjectiveTransformV3(
            images=_scaled(images[..., None]),
            transforms=moves,
            output_shape=[self.side, self.side],
            fill_value=-1.0,
            interpolation="BILINEAR",
            fill_mode="CONSTANT",
        )
        images = tf.clip_by_value((images + 1) * gains[:, :1, None, None] - 1 + gains[:, 1:, None, None], -1, 1)
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(truth, self.network(images)))
        self.adam.apply(tape.gradient(loss, self.network.trainable_variables))


def _scaled(images):
    """8-bit grey as [-1, 1]."""
    return tf.cast(images, tf.float32) / 127.5 - 1


def distortions(rng, count, side, augmented, mirrored):
    """Classic augmentation: a turn, a shift and a change of brightness of each image, or none.

    Parameters
    ----------
    rng : numpy.random.Generator
    count, side : int
    augmented, mirrored : bool

    Returns
    -------
    moves : numpy.ndarray, float32, shape (count, 8)
        Rows of the projective transforms from new to old pixels, as TensorFlow takes them.
    gains : numpy.ndarray, float32, shape (count, 2)
        Factor of the grey level above black, and what is added.
    """
    moves, gains = np.zeros((count, 8), np.float32), np.zeros((count, 2), np.float32)
    moves[:, [0, 4]], gains[:, 0] = 1, 1
    if not augmented:
        return moves, gains
    angle = np.deg2rad(rng.uniform(-TURN_DEG, TURN_DEG, count))
    shift = rng.uniform(-SHIFT, SHIFT, (count, 2)) * side
    flip = np.where(rng.random(count) < 0.5, -1, 1) if mirrored else np.ones(count)
    cosine, sine, middle = np.cos(angle), np.sin(angle), (side - 1) / 2
    moves[:, 0], moves[:, 1] = cosine * flip, -sine
    moves[:, 3], moves[:, 4] = sine * flip, cosine
    moves[:, 2] = middle - moves[:, :2].sum(axis=1) * middle + shift[:, 0]
    moves[:, 5] = middle - moves[:, 3:5].sum(axis=1) * middle + shift[:, 1]
    gains[:, 0], gains[:, 1] = rng.uniform(1 - GAIN, 1 + GAIN, count), rng.uniform(-OFFSET, OFFSET, count)
    return moves, gains
