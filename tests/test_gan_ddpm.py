"""A diffusion model: noise and its removal by hand, the network, updates, toys that it learns, and a generator that is saved."""

import math

import numpy as np
import pytest

from neuroturing.gan import diffusion
from neuroturing.gan.algorithms import ALGORITHMS

SCHEDULE = {"times": 1000, "beta_first": 1e-4, "beta_last": 0.02}
NETWORK = {"base_filters": 4, "widths": [1, 2], "blocks": 1, "patch": 2, "attention": 4, "groups": 2, "norm_epsilon": 1e-5}
ADAM = {"learning_rate": 0.005, "beta_1": 0.9, "beta_2": 0.999, "epsilon": 1e-8}
TINY = {"algorithm": "ddpm", "size": 16, "latent": 256, "latent_distribution": "normal", "prediction": "velocity", "sampling_steps": 6}
TINY |= SCHEDULE | NETWORK | ADAM | {"average": 0.9, "batch": 8, "steps": 6, "precision": "float32"}


@pytest.fixture
def tf():
    import keras
    import tensorflow

    keras.utils.set_random_seed(1)
    return tensorflow


@pytest.fixture
def model(tf):
    from neuroturing.gan.algorithms.ddpm import DDPM

    def built(**changes):
        keras_seed = changes.pop("seed", 5)
        return DDPM(TINY | changes, "float32", keras_seed)

    return built


def normal(tf, *shape, seed=0):
    return tf.random.stateless_normal(shape, (seed, 1))


def test_schedule_has_the_values_of_the_paper():
    signal, noise = diffusion.levels(SCHEDULE)
    assert np.allclose(signal**2 + noise**2, 1)
    assert signal[0] ** 2 == pytest.approx(1 - 1e-4)
    assert signal[1] ** 2 == pytest.approx((1 - 1e-4) * (1 - 1e-4 - (0.02 - 1e-4) / 999))
    # The logarithm of what is left, of the sums of b, b^2 / 2 and b^3 / 3 over all betas b: 10.05, 0.067 and 0.0007.
    assert signal[-1] ** 2 == pytest.approx(math.exp(-10.1177), rel=1e-3)
    assert np.all(np.diff(signal) < 0)
    assert diffusion.visited(1000, 5).tolist() == [999, 749, 500, 250, 0]
    assert diffusion.visited(1000, 1).tolist() == [999]
    assert diffusion.visited(3, 3).tolist() == [2, 1, 0]


@pytest.mark.parametrize("prediction", ["epsilon", "velocity"])
def test_a_perfect_prediction_gives_the_image_and_its_noise(prediction):
    rng = np.random.default_rng(1)
    image, noise = rng.uniform(-1, 1, (4, 4)), rng.normal(size=(4, 4))
    known = list(zip(*diffusion.levels(SCHEDULE), strict=True))
    for level in (known[0], known[500], known[999]):
        mixed = level[0] * image + level[1] * noise
        said = diffusion.wanted(prediction, image, noise, level)
        assert np.allclose(diffusion.cleaned(prediction, mixed, said, level), image, atol=1e-10)
        later = known[100]
        assert np.allclose(diffusion.stepped(mixed, image, level, later), later[0] * image + later[1] * noise)
        assert np.allclose(diffusion.stepped(mixed, image, level, (1, 0)), image)


def perfect(keras, layers, prediction, image, size):
    """A network that knows the one image there is: it says what noise is in a mixture of it."""
    signal, noise = diffusion.levels(SCHEDULE)

    class Perfect(layers.Layer):
        def call(self, inputs):
            mixed, time = inputs
            time = keras.ops.cast(time[:, :, None, None], "int32")
            level = [keras.ops.take(keras.ops.convert_to_tensor(each, "float32"), time) for each in (signal, noise)]
            return diffusion.wanted(prediction, image, (mixed - level[0] * image) / level[1], level)

    inputs = [keras.Input((size, size, 1)), keras.Input((1,))]
    return keras.Model(inputs, Perfect()(inputs))


@pytest.mark.parametrize("count", [1, 2, 10])
@pytest.mark.parametrize("prediction", ["epsilon", "velocity"])
def test_images_of_a_perfect_network_are_the_data(tf, prediction, count):
    import keras

    from neuroturing.gan.networks import ddpm

    image = tf.tanh(normal(tf, 1, 8, 8, 1))
    recipe = TINY | {"size": 8, "prediction": prediction}
    generator = ddpm.generator(perfect(keras, keras.layers, prediction, image, 8), recipe, count)
    made = generator(normal(tf, 5, 64, seed=3), training=False)
    assert np.abs(made - image).max() < (1e-3 if prediction == "epsilon" else 1e-5), "epsilon is divided by what is left of the image"


def test_images_are_those_of_a_loop_by_hand(tf, model):
    """DDIM in the words of its paper, equation 12 without noise of its own; and in the middle of a batch or alone."""
    gan = model()
    for variable in gan.average.trainable_variables:
        variable.assign(variable + 0.05 * normal(tf, *variable.shape, seed=variable.shape.num_elements() if variable.shape else 1))
    latent = normal(tf, 3, 256, seed=9)
    generator = gan.finished()
    mixed = latent.numpy().reshape(3, 16, 16, 1)
    signal, noise = diffusion.levels(TINY)
    times = diffusion.visited(1000, 6)
    for time, later in zip(times, [*times[1:], None], strict=True):
        said = gan.average([mixed, np.full((3, 1), time, np.float32)]).numpy()
        clean = np.clip(signal[time] * mixed - noise[time] * said, -1, 1)
        epsilon = (mixed - signal[time] * clean) / noise[time]
        mixed = clean if later is None else signal[later] * clean + noise[later] * epsilon
    made = generator(latent, training=False).numpy()
    assert np.abs(made - mixed).max() < 2e-3
    assert np.abs(made).max() <= 1
    assert np.abs(made[0] - made[1]).max() > 0.1
    assert np.abs(generator(latent[1:2], training=False) - made[1:2]).max() < 1e-4


@pytest.mark.parametrize("change", [{}, {"patch": 1, "widths": [1, 2, 2], "blocks": 2, "attention": 0}])
def test_network_has_the_layers_described(tf, change):
    """Weights of every layer by hand, and nothing said before it has learnt anything."""
    from neuroturing.gan.networks import ddpm

    recipe = TINY | change
    network = ddpm.network(recipe, "float32")
    base, depths, patch = 4, [4 * width for width in recipe["widths"]], recipe["patch"]
    wave = max(2, base // 2)

    def convolution(ins, outs, size):
        return size**2 * ins * outs + outs

    def block(ins, outs, side):
        total = 2 * ins + convolution(ins, outs, 3) + 16 * outs + outs + 2 * outs + convolution(outs, outs, 3)
        total += convolution(ins, outs, 1) if ins != outs else 0
        return total + (2 * outs + 4 * (outs * outs + outs) if side == recipe["attention"] else 0)

    size = 3 if patch == 1 else 2 * patch
    total = (2 * wave * 16 + 16) + (16 * 16 + 16) + convolution(1, depths[0], size) + 2 * depths[0] + convolution(depths[0], 1, size)
    side, now, kept = 16 // patch, depths[0], [depths[0]]
    for level, depth in enumerate(depths):
        if level:
            total, side, now = total + convolution(now, depth, 4), side // 2, depth
            kept.append(now)
        for _ in range(recipe["blocks"]):
            total, now = total + block(now, depth, side), depth
            kept.append(now)
    total += block(now, now, side)
    for level, depth in reversed(list(enumerate(depths))):
        for _ in range(recipe["blocks"] + 1):
            total, now = total + block(now + kept.pop(), depth, side), depth
        if level:
            total, side, now = total + convolution(now, depths[level - 1], 4), side * 2, depths[level - 1]
    assert network.count_params() == total
    assert network.output_shape == (None, 16, 16, 1)
    assert not np.any(network([normal(tf, 2, 16, 16, 1), tf.constant([[3.0], [700.0]])]))


def test_lean_normalisation_is_keras_own(tf):
    import keras

    from neuroturing.gan.networks.layers import LeanGroupNormalization

    inputs = 3 + 2 * normal(tf, 4, 6, 6, 8)
    for groups in (1, 4, 8):
        lean, own = (kind(groups, epsilon=1e-5) for kind in (LeanGroupNormalization, keras.layers.GroupNormalization))
        made = []
        for layer in (lean, own):
            layer.build(inputs.shape)
            layer.gamma.assign(1 + 0.3 * normal(tf, 8, seed=2))
            layer.beta.assign(normal(tf, 8, seed=4))
            with tf.GradientTape() as tape:
                tape.watch(inputs)
                values = layer(inputs)
                total = tf.reduce_sum(values * normal(tf, *inputs.shape, seed=7))
            made.append([values, *tape.gradient(total, [inputs, *layer.trainable_variables])])
        assert all(np.allclose(a, b, atol=2e-4) for a, b in zip(*made, strict=True))


def test_an_update_by_hand(tf, model):
    gan = model()
    real = tf.tanh(normal(tf, 8, 16, 16, 1))
    mixed, time, target = gan.mixture(real, tf.constant(3))
    signal, noise = (each[time.numpy().astype(int)][..., None, None] for each in diffusion.levels(TINY))
    assert np.ptp(np.diff(np.sort(time.numpy().ravel()))) <= 2, "times are spread over all there are"
    added = (mixed - signal * real) / noise
    assert np.abs(target - (signal * added - noise * real)).max() < 1e-3
    assert abs(np.mean(added)) < 0.1 and np.std(added) == pytest.approx(1, abs=0.05)
    assert all(np.array_equal(a, b) for a, b in zip(gan.mixture(real, tf.constant(3)), (mixed, time, target), strict=True))
    assert not np.array_equal(gan.mixture(real, tf.constant(4))[0], mixed)
    first = [variable.numpy() for variable in gan.trained.trainable_variables]
    told = gan.train_step(lambda: real, 3)
    assert float(told["denoising_loss"]) == pytest.approx(float(tf.reduce_mean(target**2)), rel=1e-5), "it says nothing at first"
    moved = 0
    for old, new, mean in zip(first, gan.trained.trainable_variables, gan.average.trainable_variables, strict=True):
        moved += not np.array_equal(old, new)
        assert np.allclose(mean, 0.9 * old + 0.1 * new.numpy(), atol=1e-7)
    assert moved


def test_times_are_each_as_likely(tf, model):
    gan = model(times=4, sampling_steps=2)
    real = tf.zeros((8, 16, 16, 1))
    drawn = np.concatenate([gan.mixture(real, tf.constant(step))[1].numpy().ravel() for step in range(100)])
    assert np.bincount(drawn.astype(int), minlength=4).tolist() == [200] * 4


@pytest.mark.parametrize("prediction", ["epsilon", "velocity"])
def test_loss_falls_and_one_image_is_learnt(tf, model, prediction):
    """All images are one, but for a little: what is made of noise is near it, the average of what is near their mean."""
    small = {"size": 8, "latent": 64, "base_filters": 8, "widths": [2], "patch": 1, "attention": 0}
    gan = model(**small, prediction=prediction, average=0.95, sampling_steps=10)
    one = np.full((8, 8, 1), -0.6, np.float32)
    one[2:6, 3:5] = 0.7
    losses = []
    for step in range(200):
        real = one + 0.05 * normal(tf, 8, 8, 8, 1, seed=step)
        losses.append(float(gan.train_step(lambda: real, step)["denoising_loss"]))  # noqa: B023
    assert np.mean(losses[-20:]) < 0.4 * np.mean(losses[:5])
    made = np.asarray(gan.make(gan.finished(), normal(tf, 32, 64, seed=77)))
    assert np.abs(made.mean(0) - one).mean() < 0.15
    assert np.corrcoef(made.mean(0).ravel(), one.ravel())[0, 1] > 0.97


def test_what_is_saved_makes_the_same_images(tf, model, tmp_path):
    from neuroturing.card.saved import describe_generator
    from neuroturing.gan.algorithms.ddpm import DDPM
    from neuroturing.gan.saved import load_generator, save_generator

    gan = model()
    for step in range(3):
        gan.train_step(lambda: tf.tanh(normal(tf, 8, 16, 16, 1)), step)
    finished = gan.finished()
    for name in ("first", "second"):
        save_generator(tmp_path / f"{name}.keras", gan.finished())
    assert (tmp_path / "first.keras").read_bytes() == (tmp_path / "second.keras").read_bytes()
    loaded = load_generator(tmp_path / "first.keras")
    latent = normal(tf, 4, 256)
    assert np.array_equal(loaded(latent, training=False), finished(latent, training=False))
    assert all(np.array_equal(a, b) for a, b in zip(loaded.get_weights(), gan.average.get_weights(), strict=True))
    images = DDPM.create(loaded, TINY, 5, 1)
    assert (images.shape, images.dtype) == ((5, 16, 16), np.uint8)
    assert np.array_equal(images, DDPM.create(finished, TINY, 5, 1))
    known = describe_generator(tmp_path / "first.keras")
    assert (known["latent"], known["parameters"]) == (256, gan.average.count_params())


def test_looked_at_in_fewer_passes(tf, model):
    gan = model(sampling_steps=25)
    few, many = (next(layer for layer in each.layers if layer.name == "image") for each in (gan.generator, gan.finished()))
    assert (len(few.times), len(many.times)) == (gan.passes, 25)
    assert len(next(layer for layer in model().generator.layers if layer.name == "image").times) == 6, "no more than it is saved with"


@pytest.mark.parametrize(
    ("change", "wrong"),
    [
        ({"latent_distribution": "uniform"}, "normal"),
        ({"sampling_steps": 900, "times": 800}, "at most times"),
        ({"widths": []}, "at least 1"),
    ],
)
def test_impossible_recipe_is_refused(change, wrong):
    options = ALGORITHMS.options("ddpm")
    keys = {key: value for key, value in TINY.items() if key not in ("algorithm", "size")}
    options(**keys)
    with pytest.raises(ValueError, match=wrong):
        options(**keys | change)
    options.check_size(16, keys)
    with pytest.raises(ValueError, match="latent: 1024 for 32 x 32"):
        options.check_size(32, keys)
    with pytest.raises(ValueError, match="images made elsewhere"):
        options.for_size(keys | {"latent": None}, None)
    assert options.for_size(keys | {"latent": None}, 16) == keys == options.for_size(keys, None)
    with pytest.raises(ValueError, match="multiples of 32"):
        options.check_size(16, keys | {"widths": [1] * 5})
