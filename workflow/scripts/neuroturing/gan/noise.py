"""The generator's random input, drawn without a state: the same seed and step give the same numbers, whatever was drawn before."""

import tensorflow as tf


def draw_noise(recipe, count, seed, step, draw=0):
    """Noise for one update.

    Parameters
    ----------
    recipe : dict
        latent, latent_distribution ("uniform" on [-1, 1), or "normal").
    count : int
    seed : int
    step : int or tf.Tensor
    draw : int or tf.Tensor
        Tells several draws of one step apart.

    Returns
    -------
    tf.Tensor, float32, shape (count, latent)
    """
    shape = (count, recipe["latent"])
    key = _key(seed, step, draw)
    if recipe["latent_distribution"] == "uniform":
        return tf.random.stateless_uniform(shape, key, -1, 1)
    return tf.random.stateless_normal(shape, key)


def draw_normal(shape, seed, step, draw=0):
    """Standard normal numbers of any shape, float32; `seed`, `step` and `draw` as in `draw_noise`."""
    return tf.random.stateless_normal(shape, _key(seed, step, draw))


def _key(seed, step, draw):
    start = tf.stack([tf.constant(seed, tf.int64), tf.cast(step, tf.int64)])
    return tf.random.experimental.stateless_fold_in(start, tf.cast(draw, tf.int64))
