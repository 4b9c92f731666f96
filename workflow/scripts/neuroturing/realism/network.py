"""A small convolutional network that tells two groups of images by what no feature may show, such as a pattern of the upsampling."""

import numpy as np

FILTERS, KERNEL = (8, 16, 32), 3
STEPS, EACH, RATE, LEAK = 120, 16, 3e-3, 0.1
LARGEST, BATCH = 64, 128


class Network:
    """Three convolutions of stride 2, the mean over places, one output; trained for 120 steps of 16 images of each group by Adam.

    Images are seen at full size up to about 64 pixels, and averaged down to that otherwise. The graph is compiled once for a size of images
    and used for every training.

    Parameters
    ----------
    images : numpy.ndarray, uint8, shape (n, height, width)
        All that are seen or told.
    seed : int or sequence of int
        Of first weights and the order of images.
    """

    def __init__(self, images, seed):
        from ..features.sizes import averaged

        small = averaged(images, LARGEST)[..., None]
        # Of all images together, which says nothing of which group one is of.
        self.images = (small - small.mean()) / max(float(small.std()), 1e-6)
        self.seed = seed

    def classify(self, reference, examined, told):
        """Train on two groups and score others; as `classify.tell` wants it."""
        rng = np.random.default_rng(self.seed)
        train, score, variables, slots = _compiled(self.images.shape[1:3])
        for variable in variables:
            variable.assign(_initial(variable.shape, rng))
        for slot in slots:
            slot.assign(np.zeros(slot.shape, np.float32))
        for step in range(STEPS):
            drawn = np.concatenate([rng.choice(reference, EACH), rng.choice(examined, EACH)])
            train(self.images[drawn], np.float32(step + 1))
        padded = np.resize(told, -(-len(told) // BATCH) * BATCH)
        return np.concatenate([score(self.images[part]).numpy() for part in padded.reshape(-1, BATCH)])[: len(told)].astype(float)


def _initial(shape, rng):
    """He's initial weights (He et al., ICCV 2015, equation 10); biases are 0."""
    fan_in = int(np.prod(shape[:-1]))
    return (rng.normal(0, np.sqrt(2 / fan_in), shape) if len(shape) > 1 else np.zeros(shape)).astype(np.float32)


_graphs = {}


def _compiled(size):
    if size not in _graphs:
        _graphs[size] = _build(size)
    return _graphs[size]


def _build(size):
    """Graphs that train and score, their variables, and Adam's two moments of each (Kingma and Ba, ICLR 2015, algorithm 1)."""
    import tensorflow as tf

    shapes = [(KERNEL, KERNEL, *pair) for pair in zip((1, *FILTERS), FILTERS, strict=False)] + [(FILTERS[-1], 1)]
    weights = [tf.Variable(tf.zeros(shape)) for shape in shapes]
    biases = [tf.Variable(tf.zeros(shape[-1:])) for shape in shapes]
    variables = weights + biases
    slots = [tf.Variable(tf.zeros(variable.shape)) for variable in variables for _ in range(2)]

    def logits(images):
        for weight, bias in zip(weights[:-1], biases[:-1], strict=True):
            images = tf.nn.conv2d(images, weight, 2, "SAME") + bias
            images = tf.maximum(images, LEAK * images)
        return (tf.reduce_mean(images, (1, 2)) @ weights[-1] + biases[-1])[:, 0]

    @tf.function(autograph=False, input_signature=[tf.TensorSpec((2 * EACH, *size, 1)), tf.TensorSpec(())])
    def train(images, step):
        truth = tf.concat([tf.ones(EACH), tf.zeros(EACH)], 0)
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(tf.nn.sigmoid_cross_entropy_with_logits(truth, logits(images)))
        for k, (variable, gradient) in enumerate(zip(variables, tape.gradient(loss, variables), strict=True)):
            mean, square = slots[2 * k], slots[2 * k + 1]
            mean.assign(0.9 * mean + 0.1 * gradient)
            square.assign(0.999 * square + 0.001 * gradient**2)
            ahead = (mean / (1 - 0.9**step)) / (tf.sqrt(square / (1 - 0.999**step)) + 1e-7)
            variable.assign_sub(RATE * ahead)

    @tf.function(autograph=False, input_signature=[tf.TensorSpec((BATCH, *size, 1))])
    def score(images):
        return logits(images)

    return train, score, variables, slots
