"""Statistics of batch normalisation for a network that was not itself trained, such as an average of weights over time.

Moving statistics are those of the activations of the weights that were trained; averaged weights give others. They are measured anew from
many images of fresh noise (as Wu and Johnson 2021, arXiv 2105.07576, section 3, do for a trained network).
"""

import keras
import numpy as np

from .noise import draw_noise

BATCH = 64
BATCHES = 32
STATISTICS_DRAW = 4_000_037


def measure_statistics(generator, recipe, seed):
    """Set the statistics of every batch normalisation of a generator to those of 2,048 images of fresh noise.

    Parameters
    ----------
    generator : keras.Model
        Of Keras' own layers; its batch normalisations are changed.
    recipe : dict
        latent, latent_distribution.
    seed : int
    """
    layers = [layer for layer in generator.layers if isinstance(layer, keras.layers.BatchNormalization)]
    if not layers:
        return
    momentum = [layer.momentum for layer in layers]
    means, squares = ([np.zeros(layer.moving_mean.shape) for layer in layers] for _ in range(2))
    for layer in layers:
        layer.momentum = 0.0  # each batch leaves its own statistics behind
    for k in range(BATCHES):
        generator(draw_noise(recipe, BATCH, seed, k, STATISTICS_DRAW), training=True)
        for layer, mean, square in zip(layers, means, squares, strict=True):
            of_batch = layer.moving_mean.numpy().astype(float)
            mean += of_batch / BATCHES
            square += (layer.moving_variance.numpy() + of_batch**2) / BATCHES
    for layer, kept, mean, square in zip(layers, momentum, means, squares, strict=True):
        layer.momentum = kept
        layer.moving_mean.assign(mean.astype(np.float32))
        layer.moving_variance.assign(np.maximum(square - mean**2, 0).astype(np.float32))
