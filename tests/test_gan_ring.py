"""WGAN and BEGAN against eight Gaussians on a ring, a distribution of which a GAN that learns the wrong thing misses a part."""

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ["CUDA_VISIBLE_DEVICES"] = ""

import numpy as np
import pytest

MODES = 8
RADIUS = 0.25  # a point lies near a mode within this distance; the modes lie 0.77 apart
WGAN_RING = {
    "latent": 2,
    "latent_distribution": "normal",
    "batch": 256,
    "learning_rate": 5e-4,
    "rho": 0.99,
    "epsilon": 1e-8,
    "clip": 0.2,
    "critic_updates": 5,
    "long_critic_updates": 50,
    "long_before": 10,
    "long_every": 500,
}
BEGAN_RING = {
    "latent": 2,
    "latent_distribution": "uniform",
    "batch": 256,
    "gamma": 0.5,
    "lambda_k": 0.01,
    "learning_rate": 1e-3,
    "halve_every": 10_000,
    "learning_rate_floor": 1e-3,
    "beta_1": 0.5,
    "beta_2": 0.999,
    "epsilon": 1e-8,
}


def centres():
    """Modes on the unit circle, (MODES, 2)."""
    angles = 2 * np.pi * np.arange(MODES) / MODES
    return np.stack([np.cos(angles), np.sin(angles)], 1)


def real_points(batch, spread, seed):
    """Endless batches of points about the modes, each mode as likely as any other."""
    rng = np.random.default_rng(seed)
    while True:
        yield np.float32(centres()[rng.integers(0, MODES, batch)] + spread * rng.standard_normal((batch, 2)))


def train(gan, updates, spread, seed):
    """Train, then give the share of 4,000 created points that lie near a mode, and the share of these that each mode holds."""
    import tensorflow as tf

    from neuroturing.gan.noise import draw_noise

    points = real_points(gan.recipe["batch"], spread, seed)
    for step in range(updates):
        gan.train_step(lambda: tf.constant(next(points)), step)
    created = gan.generator(draw_noise(gan.recipe, 4000, seed, 0, 99), training=False).numpy()
    distance = np.linalg.norm(created[:, None] - centres(), axis=2)
    near = distance.min(1) < RADIUS
    return near.mean(), np.bincount(distance.argmin(1)[near], minlength=MODES) / max(1, near.sum())


def perceptron(inputs, outputs):
    """Two hidden layers of 64."""
    import keras
    from keras import layers

    hidden = [layers.Dense(64, activation="relu", kernel_initializer="he_normal") for _ in range(2)]
    return keras.Sequential([keras.Input((inputs,)), *hidden, layers.Dense(outputs)])


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_wgan_covers_a_ring(seed):
    """Six seeds gave 0.69 to 0.88 near a mode and at least 0.06 in each; with the sign of either loss turned, none is near."""
    import keras

    from neuroturing.gan.algorithms.wgan import WGAN

    class OnPoints(WGAN):
        build_generator = staticmethod(lambda recipe, dtype: perceptron(recipe["latent"], 2))
        build_critic = staticmethod(lambda recipe, dtype: perceptron(2, 1))

    keras.utils.set_random_seed(seed)
    near, shares = train(OnPoints(WGAN_RING, "float32", seed), 3000, 0.05, seed)
    assert near > 0.5
    assert shares.min() > 0.04, shares


def scatter(recipe, dtype):
    """Generator whose points are strewn over the disc and move almost one by one: one hidden layer of sines, a small last step.

    One whose points move together runs into whichever mode the autoencoder restores first, and seldom comes back.
    """
    import keras
    from keras import layers
    from keras.initializers import RandomNormal, RandomUniform

    width, pace = 512, 0.2
    waves = {"activation": keras.ops.sin, "kernel_initializer": RandomNormal(stddev=8), "bias_initializer": RandomUniform(-np.pi, np.pi)}
    last = layers.Dense(2, use_bias=False, kernel_initializer=RandomNormal(stddev=1 / (pace * width**0.5)))
    return keras.Sequential([keras.Input((recipe["latent"],)), layers.Dense(width, **waves), last, layers.Rescaling(pace)])


def codebook(recipe, dtype):
    """Autoencoder whose code says at which of 32 places a point lies; by two free numbers it would restore any point."""
    import keras
    import tensorflow as tf
    from keras import layers

    return keras.Sequential(
        [
            keras.Input((2,)),
            layers.Dense(128, activation="relu", kernel_initializer="he_normal"),
            layers.Dense(32, activation=lambda values: tf.nn.softmax(5 * values)),
            layers.Dense(2),
        ]
    )


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_began_covers_a_ring(seed):
    """The points start strewn over the disc, 0.2 of them near a mode, and are to gather at the modes without leaving any.

    Points that start close together BEGAN often leaves at one mode. Eight seeds gave 0.55 to 0.66 near a mode, at least 0.029 in each,
    and k below 0.01; with the sign of the generator's loss or of either part of the autoencoder's turned, no point is near a mode, and
    with that of k's update turned, k ends at 1.
    """
    import keras

    from neuroturing.gan.algorithms.began import BEGAN

    class OnPoints(BEGAN):
        build_generator, build_discriminator = staticmethod(scatter), staticmethod(codebook)

    keras.utils.set_random_seed(seed)
    gan = OnPoints(BEGAN_RING, "float32", seed)
    at_first = train(gan, 0, 0.1, seed)[0]
    near, shares = train(gan, 2500, 0.1, seed)
    assert at_first < 0.3
    assert near > 0.45
    assert float(gan.k.numpy()) < 0.5
    assert shares.min() > 0.02, shares
