"""The quicker forms of a training step give the numbers of Keras' own layers and of the plain step."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from neuroturing.gan.algorithms.began import BEGAN
from neuroturing.gan.losses import began_discriminator_loss, reconstruction_error
from neuroturing.gan.networks import layers
from neuroturing.gan.noise import draw_noise


def outcome(layer, inputs, towards):
    """Outputs, and gradients of the inputs and every weight."""
    with tf.GradientTape() as tape:
        tape.watch(inputs)
        outputs = layer(inputs)
    return [outputs, *tape.gradient(outputs, [inputs, *layer.trainable_variables], towards(outputs.shape))]


def assert_same(quick, plain, inputs):
    """Two layers with the weights of one give the same, compiled or not; sums of float32 in another order differ in the last digits."""
    plain.build(inputs.shape)
    quick.build(inputs.shape)
    generator = tf.random.Generator.from_seed(3)
    quick.set_weights([generator.normal(weight.shape) for weight in plain.weights])
    plain.set_weights(quick.get_weights())
    towards = tf.random.Generator.from_seed(4).normal(plain.compute_output_shape(inputs.shape))
    assert quick.compute_output_shape(inputs.shape) == plain.compute_output_shape(inputs.shape)
    expected = outcome(plain, inputs, lambda shape: towards)
    for run in (outcome, tf.function(outcome, autograph=False)):
        for got, wanted in zip(run(quick, inputs, lambda shape: towards), expected, strict=True):
            np.testing.assert_allclose(got, wanted, rtol=1e-4, atol=1e-5 * float(tf.reduce_max(tf.abs(wanted))))


def maps(*shape):
    return tf.random.Generator.from_seed(2).normal(shape)


@pytest.mark.parametrize("size", [2, 3, 4, 5, 6, 7, 11])
@pytest.mark.parametrize("shape", [(2, 16, 16, 1), (2, 12, 12, 3), (64, 8, 8, 3), (70, 8, 8, 2), (2, 2, 2, 1)])
def test_halving_is_keras_own(size, shape):
    plain = keras.layers.Conv2D(5, size, strides=2, padding="same")
    assert_same(layers.halving(5, size), plain, maps(*shape))


@pytest.mark.parametrize("size", [2, 3, 4, 5, 6, 7, 11])
@pytest.mark.parametrize(("shape", "filters"), [((2, 8, 8, 3), 1), ((2, 6, 6, 3), 1), ((2, 1, 1, 3), 1), ((64, 4, 4, 3), 5)])
def test_doubling_is_keras_own(size, shape, filters):
    quick, plain = (layers.doubling(filters, size, portable) for portable in (False, True))
    assert type(plain) is keras.layers.Conv2DTranspose
    assert_same(quick, plain, maps(*shape))


def test_product_of_matrices_is_keras_own_convolution():
    quick, plain = (layers.first_maps(5, 4, portable, use_bias=False) for portable in (False, True))
    assert_same(quick, plain, maps(3, 1, 1, 7))


def test_convolution_of_doubled_maps_is_keras_own():
    plain = keras.Sequential([keras.layers.UpSampling2D(2), keras.layers.Conv2D(5, 3, padding="same")])
    assert_same(layers.DoubledConv2D(5, 3, padding="same"), plain, maps(3, 4, 4, 7))


def test_one_pass_back_gives_began_both_gradients():
    numbers = {"base_filters": 4, "embedding": 8, "gamma": 0.5, "lambda_k": 0.01, "learning_rate": 1e-3, "halve_every": 9}
    numbers |= {"learning_rate_floor": 1e-3, "beta_1": 0.5, "beta_2": 0.999, "epsilon": 1e-8, "batch": 3, "size": 16, "latent": 6}
    gan = BEGAN(numbers | {"latent_distribution": "uniform"}, "float32", 5)
    gan.k.assign(0.3)
    real = maps(3, 16, 16, 1)
    with tf.GradientTape(persistent=True) as tape:
        created = gan.generator(draw_noise(gan.recipe, 3, 5, 0), training=True)
        on_real, on_created = (reconstruction_error(images, gan.discriminator(images, training=True)) for images in (real, created))
        loss = began_discriminator_loss(on_real, on_created, gan.k)
    expected = {}
    for name, value in (("generator", on_created), ("discriminator", loss)):
        expected[name] = tape.gradient(value, getattr(gan, name).trainable_variables)
    told = gan.train_step(lambda: real, 0)
    assert float(told["discriminator_loss"]) == pytest.approx(float(loss), rel=1e-5)
    for name, gradients in expected.items():
        # Adam's first moments after one update are (1 - beta_1) of the gradient.
        for moment, gradient in zip(getattr(gan, f"{name}_optimiser").slots[0], gradients, strict=True):
            np.testing.assert_allclose(moment, gradient / 2, rtol=1e-3, atol=1e-5 * float(tf.reduce_max(tf.abs(gradient))))
