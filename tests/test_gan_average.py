"""An average of a generator's weights: what it holds after an update, what is made with it, and for whom there is none."""

from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf

from neuroturing.config.merge import at_size, read_yaml
from neuroturing.gan.algorithms import ALGORITHMS
from neuroturing.gan.average import Averaged, averaged
from neuroturing.gan.noise import draw_noise

RECIPES = [read_yaml(path) for path in sorted((Path(__file__).resolve().parents[1] / "recipes").glob("*.yaml"))]
SEED = 5


def begun(algorithm, average):
    """A narrow GAN of an algorithm before its first update, and a batch of images."""
    shipped = next(recipe for recipe in RECIPES if recipe["algorithm"] == algorithm)
    recipe = {key: value for key, value in at_size(shipped, "demo").items() if value is not None}
    size = min(ALGORITHMS.options(algorithm).SIZES)
    recipe |= {key: 4 for key in recipe if key.endswith("filters")} | {"batch": 4, "size": size, "average": average}
    images = np.random.default_rng(SEED).uniform(-1, 1, (4, size, size, 1)).astype(np.float32)
    return averaged(ALGORITHMS[algorithm](recipe, "float32", SEED)), lambda: tf.constant(images)


def trained_weights(gan):
    return [np.array(variable) for variable in gan.generator.trainable_variables]


@pytest.mark.parametrize("algorithm", [name for name in ALGORITHMS if not ALGORITHMS[name].AVERAGES])
def test_average_follows_the_trained_weights(algorithm):
    gan, next_batch = begun(algorithm, 0.75)
    expected = trained_weights(gan)
    for step in range(3):
        gan.train_step(next_batch, step)
        expected = [0.75 * slow + 0.25 * fast for slow, fast in zip(expected, trained_weights(gan.gan), strict=True)]
    for found, wanted in zip(trained_weights(gan), expected, strict=True):
        np.testing.assert_allclose(found, wanted, rtol=1e-4, atol=1e-6)
    assert any(not np.allclose(*pair, atol=1e-5) for pair in zip(expected, trained_weights(gan.gan), strict=True))


def test_images_are_made_with_the_average():
    gan, next_batch = begun("dcgan", 0.75)
    for step in range(3):
        gan.train_step(next_batch, step)
    saved, noise = gan.finished(), draw_noise(gan.recipe, 256, SEED, 0)
    for found, wanted in zip(saved.trainable_variables, trained_weights(gan), strict=True):
        np.testing.assert_array_equal(np.array(found), wanted)
    # The statistics are of 2,048 images there, and of these 256 here.
    made, previewed = saved(noise, training=False).numpy(), gan.preview(noise).numpy()
    assert np.abs(made - previewed).mean() < 0.2 * made.std()


def test_no_average_where_none_is_asked_for_or_the_algorithm_has_its_own():
    assert not isinstance(begun("wgan", 0)[0], Averaged)
    assert not isinstance(begun("fastgan", 0.9)[0], Averaged)
