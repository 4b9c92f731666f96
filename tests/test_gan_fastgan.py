"""FastGAN: the arithmetic of each block, losses and augmentation by hand, the average, and a training that can be killed."""

import math

import numpy as np
import pytest

from neuroturing.gan.algorithms import ALGORITHMS

TINY = {
    **{
        "algorithm": "fastgan",
        "size": 64,
        "latent": 8,
        "latent_distribution": "normal",
        "generator_filters": 4,
        "discriminator_filters": 4,
    },
    **{"output": "linear", "leak": 0.2, "weight_stddev": 0.02, "norm_momentum": 0.9, "norm_epsilon": 1e-5, "learning_rate": 2e-4},
    **{"beta_1": 0.5, "beta_2": 0.999, "epsilon": 1e-8, "margin": [0.8, 1.0], "reconstruction_absolute": 1.0, "average": 0.9},
    **{
        "reconstruction_structural": 1.0,
        "augment": ["translation"],
        "augment_fill": -1,
        "flip": False,
        "batch": 4,
        "steps": 6,
        "precision": "float32",
    },
}


@pytest.fixture
def tf():
    import keras
    import tensorflow

    keras.utils.set_random_seed(1)
    return tensorflow


@pytest.fixture
def parts():
    from neuroturing.gan.networks.fastgan import _Parts

    return _Parts(TINY, "float32")


def normal(tf, *shape, seed=0):
    return tf.random.stateless_normal(shape, (seed, 1))


def sigmoid(values):
    return 1 / (1 + np.exp(-np.asarray(values, np.float64)))


def trained_count(model):
    return sum(math.prod(variable.shape) for variable in model.trainable_variables)


@pytest.mark.parametrize(
    ("size", "filters", "made", "judged"),
    [(64, 32, 9_152_388, 1_979_552), (128, 32, 9_339_750, 2_079_056), (256, 64, 29_127_142, 8_385_360)],
)
def test_networks_have_the_layers_described(size, filters, made, judged):
    from neuroturing.gan.networks import fastgan

    recipe = TINY | {"size": size, "latent": 256, "generator_filters": filters, "discriminator_filters": filters}
    generator, discriminator = fastgan.generator(recipe, "float32"), fastgan.discriminator(recipe, "float32")
    assert generator.output_shape == [(None, size, size, 1), (None, size // 2, size // 2, 1)]
    assert [shape[1:] for shape in discriminator.output_shape] == [(50,), (8, 8, 8 * filters), (16, 16, 4 * filters), (8, 8, 4 * filters)]
    assert trained_count(generator) == generator_count(size, filters, 256) == made
    assert trained_count(discriminator) == discriminator_count(size, filters) == judged
    decoder = fastgan.decoder(recipe, "float32", 8 * filters, "big")
    assert decoder.output_shape == (None, size // 2, size // 2, 1)


def generator_count(size, f, latent):
    """Layer by layer: kernels without bias, a gain and an offset for each channel that is normalised, a strength for each noise."""
    width = {4: 16 * f, 8: 8 * f, 16: 4 * f, 32: 2 * f, 64: 2 * f, 128: f, 256: f // 2}
    total = latent * 16 * 2 * width[4] + 2 * 2 * width[4]
    for side in (side for side in width if 4 < side <= size):
        ins, out = width[side // 2], 2 * width[side]
        total += 9 * ins * out + 2 * out
        if side in (8, 32, 128):
            total += 9 * width[side] * out + 2 * out + 2
        if side >= 64:
            total += 16 * width[side // 16] * width[side] + width[side] ** 2
    return total + 9 * width[size] + width[size // 2]


def discriminator_count(size, f):
    """Layer by layer, as `generator_count`."""
    width = {side: f * 64 // side for side in (8, 16, 32, 64, 128, 256)}
    total, side = 9 * width[size], size
    while side > 8:
        side //= 2
        ins, out = width[2 * side], width[side]
        total += 16 * ins * out + 9 * out * out + ins * out + 3 * 2 * out
        if 8 * side <= size:
            total += 16 * width[8 * side] * out + out * out
    total += 8 * f * 16 * f + 2 * 16 * f + 16 * 16 * f
    side = size // 4
    total += 16 * f * 32 // side
    while side > 8:
        side //= 2
        total += 16 * (f * 16 // side) * (f * 32 // side) + 2 * f * 32 // side
    return total + 16 * 4 * f


def test_kernel_is_divided_by_its_largest_singular_value(tf):
    from neuroturing.gan.networks.spectral import SpectralConv2D

    layer, inputs = SpectralConv2D(6, 3), normal(tf, 2, 8, 8, 5)
    for _ in range(60):
        layer(inputs, training=True)
    matrix = layer.kernel.numpy().reshape(45, 6)
    assert np.linalg.svd(layer.normalised().numpy().reshape(45, 6), compute_uv=False)[0] == pytest.approx(1, abs=1e-5)
    left, values, right = np.linalg.svd(matrix)
    weight = normal(tf, 45, 6, seed=3)
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(tf.reshape(layer.normalised(), (45, 6)) * weight)
    # d(W/s) = dW/s - W (u^T dW v)/s^2 (Miyato 2018).
    expected = weight / values[0] - np.sum(weight * matrix) / values[0] ** 2 * np.outer(left[:, 0], right[0])
    assert np.allclose(tape.gradient(loss, layer.kernel).numpy().reshape(45, 6), expected, rtol=1e-3, atol=2e-3)
    direction = layer.direction.numpy()
    layer(inputs, training=False)
    assert np.array_equal(direction, layer.direction.numpy())


def test_one_position_is_a_product_of_matrices(tf):
    from neuroturing.gan.networks.spectral import SpectralConv2D

    layer, inputs = SpectralConv2D(6, 4, padding="valid"), normal(tf, 2, 4, 4, 5)
    made = layer(inputs, training=False)
    assert np.allclose(made, tf.nn.conv2d(inputs, layer.normalised(), 1, "VALID"), atol=1e-5)
    assert made.shape == layer.compute_output_shape(inputs.shape)


def test_transposed_convolution_is_doubling_and_convolving(tf):
    from neuroturing.gan.networks.spectral import SpectralUpConv2D

    layer, inputs = SpectralUpConv2D(6), normal(tf, 2, 5, 5, 3)
    made = layer(inputs, training=False)
    doubled = np.repeat(np.repeat(inputs, 2, 1), 2, 2)
    assert np.allclose(made, tf.nn.conv2d(doubled, layer.normalised(), 1, "SAME"), atol=1e-5)
    assert made.shape == layer.compute_output_shape(inputs.shape)


def test_gate_and_excitation_by_hand(tf, parts):
    import keras

    values, by = keras.Input((64, 64, 6)), keras.Input((8, 8, 10))
    gated = keras.Model(values, parts.gated(values))
    inputs = normal(tf, 2, 64, 64, 6).numpy()
    assert np.allclose(gated(inputs), inputs[..., :3] * sigmoid(inputs[..., 3:]), atol=1e-6)
    excited = keras.Model([values, by], parts.excited(values, by))
    first, second = (layer.normalised().numpy() for layer in excited.layers if layer.weights)
    small = normal(tf, 2, 8, 8, 10, seed=5).numpy()
    pooled = small.reshape(2, 4, 2, 4, 2, 10).mean((2, 4))
    hidden = np.einsum("nijc,ijcd->nd", pooled, first)
    factor = sigmoid((hidden * sigmoid(hidden)) @ second[0, 0])
    assert np.allclose(excited([inputs, small]), inputs * factor[:, None, None], atol=1e-5)


def test_down_block_averages_its_two_ways(tf, parts):
    import keras

    values = keras.Input((8, 8, 3))
    block = keras.Model(values, parts.down_two_ways(values, 5))
    kernels = [layer.normalised() for layer in block.layers if "convolution" in layer.name]
    by_size = {kernel.shape[0]: kernel for kernel in kernels}
    order = {layer.name: layer for layer in block.layers}
    gains = [order[name].gamma.numpy() / math.sqrt(1 + 1e-5) for name in sorted(name for name in order if "normalisation" in name)]

    def leaky(x):
        return np.maximum(x, 0.2 * x)

    inputs = normal(tf, 2, 8, 8, 3)
    padded = np.pad(inputs, ((0, 0), (1, 1), (1, 1), (0, 0)))
    main = leaky(tf.nn.conv2d(padded, by_size[4], 2, "VALID") * gains[0])
    main = leaky(tf.nn.conv2d(main, by_size[3], 1, "SAME") * gains[1])
    direct = inputs.numpy().reshape(2, 4, 2, 4, 2, 3).mean((2, 4)) @ by_size[1].numpy()[0, 0]
    assert np.allclose(block(inputs, training=False), (main + leaky(direct * gains[2])) / 2, atol=1e-4)


def test_noise_is_known_from_the_latent_numbers(tf):
    from neuroturing.gan.networks.spectral import NoiseInjection

    layer, other = NoiseInjection(1), NoiseInjection(2)
    features, latent = tf.zeros((3, 16, 16, 4)), normal(tf, 3, 8)
    assert not np.any(layer([features, latent]))
    layer.strength.assign(0.5)
    other([features, latent])
    other.strength.assign(0.5)
    noise = layer([features, latent]).numpy()
    assert np.array_equal(noise, layer([features, latent]).numpy())
    assert np.array_equal(noise[..., 0], noise[..., 3])
    assert not np.array_equal(noise[0], noise[1])
    assert not np.array_equal(noise, other([features, latent]).numpy())
    assert not np.array_equal(noise, layer([features, latent + 1]).numpy())
    assert noise.std() == pytest.approx(0.5, rel=0.1)


def test_quadrants_of_maps_and_images_belong_together(tf):
    from neuroturing.gan.networks.fastgan import quadrant

    image = tf.range(64.0 * 64)
    image = tf.reshape(image, (1, 64, 64, 1))
    maps = image[:, ::4, ::4]
    corners = []
    for part in range(4):
        of_image, of_maps = quadrant(image, tf.constant(part)), quadrant(maps, tf.constant(part))
        assert of_maps.shape == (1, 8, 8, 1)
        assert np.array_equal(of_image[:, ::4, ::4], of_maps)
        corners.append(float(of_image[0, 0, 0, 0]))
    assert corners == [0, 32, 32 * 64, 32 * 64 + 32]
    from neuroturing.gan.algorithms.fastgan import FastGAN

    assert {int(FastGAN.quadrant_number((7, step))) for step in range(60)} == {0, 1, 2, 3}


def test_losses_by_hand(tf):
    from neuroturing.gan.losses import hinge_loss, reconstruction_loss, score_loss

    real, created = tf.constant([[2.0, 0.5], [-1.0, 1.0]]), tf.constant([[-3.0, 0.25], [-0.5, -1.0]])
    assert float(hinge_loss(real, created, (1, 2), (1.0, 1.0))) == pytest.approx((0 + 0.5 + 2 + 0) / 4 + (0 + 1.25 + 0.5 + 0) / 4)
    flat = tf.zeros((2000, 2))
    assert float(hinge_loss(flat, flat, (1, 2), (0.8, 1.0))) == pytest.approx(1.8, abs=0.01)
    margins = [float(hinge_loss(flat[:1, :1], flat[:1, :1] - 2, (k, 2), (0.8, 1.0))) for k in range(50)]
    assert (min(margins) >= 0.8, max(margins) <= 1.0, max(margins) - min(margins) > 0.1) == (True, True, True)
    assert float(score_loss(created)) == pytest.approx(4.25 / 4)
    image = tf.tanh(normal(tf, 2, 32, 32, 1))
    assert float(reconstruction_loss(image, image, 1.0, 1.0)) == pytest.approx(0, abs=1e-6)
    assert float(reconstruction_loss(image, image - 0.25, 2.0, 0.0)) == pytest.approx(0.5, rel=1e-5)
    # Two flat images: SSIM is its luminance term alone, (2ab + c)/(a^2 + b^2 + c) with c = 0.01^2.
    grey, black = tf.zeros((1, 32, 32, 1)), tf.fill((1, 32, 32, 1), -1.0)
    assert float(reconstruction_loss(grey, black, 0.0, 1.0)) == pytest.approx(1 - 1e-4 / (0.25 + 1e-4), rel=1e-4)


def test_translation_shifts_whole_pixels_and_fills_with_zero(tf):
    from neuroturing.gan.augment import augment

    images = 2 + tf.random.stateless_uniform((40, 16, 16, 1), (1, 2))
    moved = augment(images, ["translation"], 0, tf.constant([3, 4])).numpy()[..., 0]
    padded, found = np.pad(images.numpy()[..., 0], ((0, 0), (2, 2), (2, 2))), []
    for image, source in zip(moved, padded, strict=True):
        fits = [(i, j) for i in range(5) for j in range(5) if np.array_equal(image, source[i : i + 16, j : j + 16])]
        assert len(fits) == 1
        found += fits
    black = augment(images - 8, ["translation"], -8.0, tf.constant([3, 4])).numpy()[..., 0]
    assert np.allclose(black, moved - 8, atol=1e-6)
    assert {i for i, _ in found} == {j for _, j in found} == set(range(5))


def test_augmentation_is_seeded_and_lets_the_gradient_through(tf):
    from neuroturing.gan.augment import CHANGES, augment, flip

    images, key = tf.tanh(normal(tf, 6, 32, 32, 1)), tf.constant([3, 4])
    assert augment(images, [], -1, key) is images
    for name in CHANGES:
        with tf.GradientTape() as tape:
            tape.watch(images)
            changed = augment(images, [name], 0, key)
            total = tf.reduce_sum(changed**2)
        assert np.array_equal(changed, augment(images, [name], 0, key))
        assert not np.array_equal(changed, augment(images, [name], 0, key + 1))
        assert np.any(tape.gradient(total, images))
    brighter = augment(images, ["brightness"], -1, key) - images
    assert np.allclose(brighter, brighter[:, :1, :1], atol=1e-6)
    assert np.all(np.abs(brighter) <= 0.5 + 1e-6)
    stretched = augment(images, ["contrast"], -1, key)
    assert np.allclose(tf.reduce_mean(stretched, (1, 2)), tf.reduce_mean(images, (1, 2)), atol=1e-6)
    ratio = tf.math.reduce_std(stretched, (1, 2, 3)) / tf.math.reduce_std(images, (1, 2, 3))
    assert np.all((ratio > 0.5 - 1e-5) & (ratio < 1.5 + 1e-5))
    hole = augment(tf.ones_like(images), ["cutout"], 0, key).numpy() == 0
    assert np.all((hole.sum((1, 2, 3)) > 0) & (hole.sum((1, 2, 3)) <= 36))
    mirrored = flip(images, key).numpy()
    turned = [np.array_equal(a, b[:, ::-1]) for a, b in zip(mirrored, images.numpy(), strict=True)]
    assert 0 < sum(turned) < 6
    assert all(t or np.array_equal(a, b) for t, a, b in zip(turned, mirrored, images.numpy(), strict=True))


def test_fused_adam_is_keras_own(tf):
    import keras

    from neuroturing.gan.adam import FusedAdam

    options = {"learning_rate": 0.01, "beta_1": 0.5, "beta_2": 0.999, "epsilon": 1e-8}
    fast, plain = ([keras.Variable(normal(tf, 3, 4, seed=k)) for k in range(2)] for _ in range(2))
    fused, own = FusedAdam(fast, **options), keras.optimizers.Adam(**options)
    for step in range(5):
        gradients = [normal(tf, 3, 4, seed=10 * step + k) for k in range(2)]
        fused.apply(gradients)
        own.apply_gradients(zip(gradients, plain, strict=True))
    assert all(np.allclose(a, b, atol=1e-6) for a, b in zip(fast, plain, strict=True))


def test_average_follows_and_is_what_is_saved(tf, tmp_path):
    import keras

    from neuroturing.gan.algorithms.fastgan import FastGAN

    gan = FastGAN(TINY, "float32", seed=5)
    real = tf.tanh(normal(tf, 4, 64, 64, 1))
    first = [variable.numpy() for variable in gan.trained.trainable_variables]
    told = gan.train_step(lambda: real, 0)
    assert set(told) == {"discriminator_loss", "generator_loss", "reconstruction_loss", "real_as_real", "created_as_created"}
    for old, new, mean in zip(first, gan.trained.trainable_variables, gan.average.trainable_variables, strict=True):
        assert not np.array_equal(old, new.numpy())
        assert np.allclose(mean.numpy(), 0.9 * old + 0.1 * new.numpy(), atol=1e-7)
    for copy, trained in zip(gan.average.non_trainable_variables, gan.trained.non_trainable_variables, strict=True):
        assert np.array_equal(copy.numpy(), trained.numpy())
    for layer in gan.average.layers:
        if "noise_" in layer.name:
            layer.strength.assign(0.3)
    latent = normal(tf, 4, 8)
    image = gan.average(latent, training=False)[0].numpy()
    assert np.allclose(gan.generator(latent, training=False), image, atol=2e-5)
    finished = gan.finished()
    for new, mean in zip(finished.trainable_variables, gan.generator.trainable_variables, strict=True):
        assert np.array_equal(new, mean), "what is saved has the average's weights"
    finished.save(tmp_path / "generator.keras")
    loaded = keras.saving.load_model(tmp_path / "generator.keras", compile=False)
    assert np.allclose(loaded(latent, training=False), finished(latent, training=False), atol=2e-5)
    images = FastGAN.create(loaded, TINY, 5, 1)
    assert (images.shape, images.dtype) == ((5, 64, 64), np.uint8)
    assert np.array_equal(images, FastGAN.create(loaded, TINY, 5, 1))


def test_average_has_statistics_of_its_own(tf):
    """Each normalisation of the saved generator makes of fresh noise maps of mean 0 and variance 1; the trained one's would not."""
    import keras

    from neuroturing.gan.algorithms.fastgan import FastGAN

    def normalised(model):
        """Mean and variance of the input of each normalisation over its moving ones, by layer, on noise of another seed."""
        layers = [layer for layer in model.layers if isinstance(layer, keras.layers.BatchNormalization)]
        maps = keras.Model(model.inputs, [layer.input for layer in layers])
        values = [np.concatenate(parts) for parts in zip(*(maps(normal(tf, 64, 8, seed=k), training=False) for k in range(8)), strict=True)]
        apart = [np.abs(v.mean((0, 1, 2)) - layer.moving_mean.numpy()).mean() / v.std() for v, layer in zip(values, layers, strict=True)]
        ratio = [v.var((0, 1, 2)).mean() / layer.moving_variance.numpy().mean() for v, layer in zip(values, layers, strict=True)]
        return np.array(apart), np.array(ratio)

    gan = FastGAN(TINY | {"learning_rate": 0.01}, "float32", seed=5)
    for step in range(4):
        gan.train_step(lambda: tf.tanh(normal(tf, 4, 64, 64, 1)), step)
    apart, ratio = normalised(gan.finished())
    copied, copied_ratio = normalised(gan.generator)
    assert apart.max() < 0.1, apart
    assert np.abs(np.log(ratio)).max() < 0.25, ratio
    assert np.abs(np.log(copied_ratio)).max() > 2 * np.abs(np.log(ratio)).max() or copied.max() > 2 * apart.max()
    again = gan.finished()
    assert all(np.array_equal(a, b) for a, b in zip(gan.finished().get_weights(), again.get_weights(), strict=True)), "seeded"


def test_an_image_does_not_depend_on_those_made_with_it(tf):
    from neuroturing.gan.algorithms.fastgan import FastGAN
    from neuroturing.imageset import to_uint8

    gan = FastGAN(TINY, "float32", seed=5)
    model = gan.finished()
    for layer in model.layers:
        if "noise_" in layer.name:
            layer.strength.assign(0.5)
    latent = normal(tf, 12, 8)
    together = FastGAN.make(model, latent).numpy()
    turned = FastGAN.make(model, latent[::-1]).numpy()[::-1]
    alone = np.concatenate([FastGAN.make(model, latent[k : k + 1]).numpy() for k in range(12)])
    for other in (turned, alone):
        assert np.abs(together - other).max() < 1e-4
        assert np.abs(to_uint8(together).astype(int) - to_uint8(other)).max() <= 8  # at most the step from nearly black to black
    assert np.abs(together[0] - together[1]).max() > 0.01


@pytest.mark.parametrize(
    ("change", "wrong"),
    [({"augment": ["colour"]}, "colour"), ({"margin": [1.0]}, "at least 2"), ({"margin": [1.0, 0.8]}, "least margin first")],
)
def test_impossible_recipe_is_refused(change, wrong):
    options = ALGORITHMS.options("fastgan")
    keys = {key: value for key, value in TINY.items() if key not in ("algorithm", "size")}
    options(**keys)
    with pytest.raises(ValueError, match=wrong):
        options(**keys | change)
    options.check_size(64, keys)
    with pytest.raises(ValueError, match="64, 128, 256"):
        options.check_size(32, keys)
