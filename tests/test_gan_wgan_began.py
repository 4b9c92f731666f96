"""DCGAN of 4 x 4 filters, WGAN and BEGAN: networks as described, losses and updates by hand, and toy data."""

import math

import numpy as np
import pytest

from neuroturing.gan.algorithms import ALGORITHMS
from neuroturing.gan.drawing import draw_curves
from neuroturing.gan.monitor import similarity, spread
from neuroturing.gan.schedules import critic_updates, halved_learning_rate

NOISE = {"latent": 8, "latent_distribution": "normal"}
NETWORKS = {"size": 16, "base_filters": 4, "weight_stddev": 0.02, "norm_momentum": 0.9, "norm_epsilon": 1e-5} | NOISE
LENGTH = {"batch": 8, "steps": 25, "precision": "float32"}
ADAM = {"learning_rate": 2e-4, "beta_1": 0.5, "beta_2": 0.999, "epsilon": 1e-8}
OUTER = {"output": "linear", "discriminator_activation": "elu", "leak": 1.0}
ELU_TINY = {"algorithm": "dcgan4x4", "generator_updates": 1} | OUTER | NETWORKS | ADAM | LENGTH
CRITIC = {"clip": 0.01, "critic_updates": 2, "long_critic_updates": 3, "long_before": 2, "long_every": 10}
RMSPROP = {"learning_rate": 5e-5, "rho": 0.99, "epsilon": 1e-8}
WGAN_OUTER = {"output": "tanh", "discriminator_activation": "leaky_relu", "leak": 0.2}
WGAN_TINY = {"algorithm": "wgan"} | WGAN_OUTER | CRITIC | RMSPROP | NETWORKS | LENGTH
BALANCE = {"gamma": 0.5, "lambda_k": 0.001, "halve_every": 10, "learning_rate_floor": 2e-5}
BEGAN_NETWORKS = {"size": 16, "latent": 6, "latent_distribution": "uniform", "base_filters": 4, "embedding": 6}
BEGAN_TINY = {"algorithm": "began"} | BEGAN_NETWORKS | BALANCE | ADAM | LENGTH
TINY = {"dcgan4x4": ELU_TINY, "wgan": WGAN_TINY, "began": BEGAN_TINY}


def trained(model):
    return sum(math.prod(variable.shape) for variable in model.trainable_variables)


@pytest.mark.parametrize(
    ("size", "width", "generator", "discriminator"),
    [(64, 64, 3_574_656, 2_763_520), (64, 32, 1_099_200, 693_632), (128, 32, 3_606_976, 2_795_904)],
)
def test_networks_of_4x4_filters_are_as_described(size, width, generator, discriminator):
    """4 x 4 x (channels in x channels out) a layer and 2 a normalised channel; 64 wide at 64 x 64 it is PyTorch's DCGAN for grey images."""
    from neuroturing.gan.networks import dcgan4x4

    recipe = ELU_TINY | {"size": size, "base_filters": width, "latent": 100}
    channels = dcgan4x4.depths(recipe)
    by_hand = 16 * (100 * channels[0] + sum(a * b for a, b in zip(channels, [*channels[1:], 1], strict=True))) + 2 * sum(channels)
    model, judge = dcgan4x4.generator(recipe, "float32"), dcgan4x4.discriminator(recipe, "float32")
    assert (trained(model), trained(judge)) == (generator, discriminator)
    assert generator == by_hand
    assert (model.output_shape, judge.output_shape) == ((None, size, size, 1), (None, 1))
    assert {layer.kernel_size for layer in [*model.layers, *judge.layers] if "conv" in layer.name} == {(4, 4)}
    assert [layer.__class__.__name__ for layer in judge.layers].count("ELU") == len(channels)
    assert sum("normalization" in layer.name for layer in judge.layers) == len(channels) - 1


@pytest.mark.parametrize(
    ("size", "width", "embedding", "generator", "autoencoder"), [(64, 128, 64, 1_714_305, 13_400_769), (16, 4, 6, 2_421, 6_863)]
)
def test_began_networks_are_as_described(size, width, embedding, generator, autoencoder):
    """Counts by hand: dense to 8 x 8 maps, two 3 x 3 convolutions a size, one to the image; the encoder widens by `width` a size."""
    from neuroturing.gan.networks import began

    def convolution(entering, leaving):
        return 9 * entering * leaving + leaving

    levels = int(math.log2(size)) - 2
    decoder = (embedding + 1) * 64 * width + 2 * levels * convolution(width, width) + convolution(width, 1)
    widths = [width, *(width * level for level in range(1, levels + 1))]
    encoder = convolution(1, width) + (64 * widths[-1] + 1) * embedding
    encoder += sum(convolution(a, b) + convolution(b, b) for a, b in zip(widths, widths[1:], strict=False))
    encoder += sum(convolution(channels, channels) for channels in widths[1:-1])
    assert (generator, autoencoder) == (decoder, encoder + decoder)
    recipe = BEGAN_TINY | {"size": size, "base_filters": width, "embedding": embedding, "latent": embedding}
    model, judge = began.generator(recipe, "float32"), began.autoencoder(recipe, "float32")
    assert (trained(model), trained(judge)) == (generator, autoencoder)
    assert model.output_shape == judge.output_shape == (None, size, size, 1)
    assert not any("normalization" in layer.name or "transpose" in layer.name for layer in [*model.layers, *judge.layers])


def test_losses_by_hand():
    from neuroturing.gan import losses

    real, created = np.array([[2.0], [-1.0]], np.float32), np.array([[0.5], [0.25]], np.float32)
    assert float(losses.critic_loss(real, created)) == 0.375 - 0.5
    assert float(losses.score_loss(created)) == -0.375
    assert float(losses.reconstruction_error(real, created)) == (1.5 + 1.25) / 2
    assert float(losses.began_discriminator_loss(0.8, 0.5, 0.25)) == pytest.approx(0.675)
    # 0.25 + 0.1 (0.5 x 0.8 - 0.5) = 0.24, and M = 0.8 + |0.4 - 0.5| = 0.9
    assert float(losses.began_next_k(0.25, 0.8, 0.5, 0.5, 0.1)) == pytest.approx(0.24)
    assert float(losses.began_convergence(0.8, 0.5, 0.5)) == pytest.approx(0.9)
    assert float(losses.began_next_k(0.01, 0.8, 0.9, 0.5, 0.1)) == 0
    assert float(losses.began_next_k(0.99, 0.8, 0.0, 0.5, 0.1)) == 1


def test_critic_has_time_at_first_and_now_and_then():
    published = {"critic_updates": 5, "long_critic_updates": 100, "long_before": 25, "long_every": 500}
    steps = [critic_updates(published, step) for step in range(1001)]
    assert [step for step, count in enumerate(steps) if count == 100] == [*range(25), 500, 1000]
    assert set(steps) == {5, 100}
    epochs = published | {"epochs": 100, "batch": 64}
    total = ALGORITHMS["wgan"].total_steps(epochs, 61_600)
    used = sum(critic_updates(published, step) for step in range(total))
    assert (total, 96_200 <= used < 96_200 + 5) == (18_081, True)
    assert ALGORITHMS["dcgan4x4"].total_steps({"epochs": 100, "batch": 64}, 61_600) == 96_200


def test_learning_rate_halves_to_its_floor():
    recipe = {"learning_rate": 8e-5, "halve_every": 100_000, "learning_rate_floor": 2e-5}
    rates = [halved_learning_rate(recipe, step) for step in (0, 99_999, 100_000, 200_000, 300_000)]
    assert rates == [8e-5, 8e-5, 4e-5, 2e-5, 2e-5]


def real_batches(count=40):
    import tensorflow as tf

    return iter([tf.random.stateless_uniform((8, 16, 16, 1), (7, k), -1, 1) for k in range(count)])


def test_weights_are_clipped_before_every_critic_step_and_the_schedule_is_kept():
    import keras
    import tensorflow as tf

    from neuroturing.gan.algorithms.wgan import WGAN

    before_steps, clip = [], np.float32(WGAN_TINY["clip"])

    class Watched(WGAN):
        def _apply(self, optimiser, tape, loss, model):
            before_steps.append((model.name, max(np.abs(variable.numpy()).max() for variable in self.critic.trainable_variables)))
            WGAN._apply(optimiser, tape, loss, model)

    keras.utils.set_random_seed(3)
    gan, images = Watched(WGAN_TINY | {"learning_rate": 0.01}, "float32", 5), real_batches()
    for variable in gan.critic.trainable_variables:
        variable.assign(np.full(variable.shape, -0.5, np.float32))
    statistics = gan.critic.non_trainable_variables[1]
    statistics.assign(np.full(statistics.shape, 3.0, np.float32))
    assert float(gan.clip_weights()) == 1
    assert all((variable.numpy() == -clip).all() for variable in gan.critic.trainable_variables)
    assert (statistics.numpy() == 3).all(), "the moving statistics are no trained weights"
    tf.config.run_functions_eagerly(True)
    try:
        told = [gan.train_step(lambda: next(images), step) for step in range(4)]
    finally:
        tf.config.run_functions_eagerly(False)
    names = "".join(name[0] for name, _ in before_steps)
    assert names == "dddgdddgddgddg"
    assert all(largest <= clip for name, largest in before_steps if name == "discriminator")
    after = [largest for name, largest in before_steps if name == "generator"]
    assert max(after) > clip, "the last step is not clipped, as in the authors' program"
    assert len(list(images)) == 40 - 10
    assert all(0 < float(row["weights_at_clip"]) <= 1 for row in told)


def twins(*models):
    import keras

    copies = [keras.models.clone_model(model) for model in models]
    for copy, model in zip(copies, models, strict=True):
        copy.set_weights(model.get_weights())
    return copies


def test_critic_and_generator_follow_pytorchs_rmsprop():
    """First update of each, from its own networks' gradient: -lr g / (sqrt((1 - rho) g^2) + epsilon)."""
    import keras
    import tensorflow as tf

    from neuroturing.gan.algorithms.wgan import WGAN
    from neuroturing.gan.noise import draw_noise

    def updated(model, gradients):
        squares = [(1 - 0.99) * gradient.numpy() ** 2 for gradient in gradients]
        steps = [gradient.numpy() / (np.sqrt(square) + 1e-8) for gradient, square in zip(gradients, squares, strict=True)]
        return [variable.numpy() - 5e-5 * step for variable, step in zip(model.trainable_variables, steps, strict=True)]

    keras.utils.set_random_seed(3)
    recipe = WGAN_TINY | {"long_before": 0, "critic_updates": 1, "clip": 0.5, "weight_stddev": 0.2}
    gan, real = WGAN(recipe, "float32", 5), next(real_batches())
    critic, maker = twins(gan.critic, gan.generator)
    for variable in critic.trainable_variables:
        variable.assign(tf.clip_by_value(variable, -0.5, 0.5))
    with tf.GradientTape() as tape:
        on_created = critic(maker(draw_noise(recipe, 8, 5, 1, 1), training=True), training=True)
        loss = tf.reduce_mean(on_created) - tf.reduce_mean(critic(real, training=True))
    expected = updated(critic, tape.gradient(loss, critic.trainable_variables))
    told = gan.train_step(lambda: real, 1)
    assert float(told["wasserstein_estimate"]) == pytest.approx(-float(loss), rel=1e-4)
    for variable, wanted in zip(gan.critic.trainable_variables, expected, strict=True):
        # A gradient that is nothing but rounding has no sign to compare.
        assert np.mean(np.abs(variable.numpy() - wanted) < 1e-6) > 0.99
    critic.set_weights(gan.critic.get_weights())
    with tf.GradientTape() as tape:
        loss = -tf.reduce_mean(critic(maker(draw_noise(recipe, 8, 5, 1, 0), training=True), training=True))
    assert float(told["generator_loss"]) == pytest.approx(float(loss), rel=1e-4)
    expected = updated(maker, tape.gradient(loss, maker.trainable_variables))
    for variable, wanted in zip(gan.generator.trainable_variables, expected, strict=True):
        assert np.mean(np.abs(variable.numpy() - wanted) < 1e-6) > 0.99


def test_small_gradients_move_the_critic_as_large_ones_do():
    """PyTorch adds epsilon beside the root of RMSprop's denominator; under it, as Keras does, it would all but stop a clipped critic."""
    import tensorflow as tf

    from neuroturing.gan.algorithms.wgan import WGAN

    gan = WGAN(WGAN_TINY, "float32", 5)
    weights = gan.critic.trainable_variables
    before = [variable.numpy() for variable in weights]
    gan.critic_optimiser.apply_gradients((tf.fill(variable.shape, 1e-5), variable) for variable in weights)
    for old, variable in zip(before, weights, strict=True):
        assert np.allclose(variable.numpy() - old, -5e-5 * 1e-5 / (0.1 * 1e-5 + 1e-8), rtol=0.02)


def test_began_update_follows_its_gradients_and_k():
    """Both networks take Adam's first step (its size the learning rate, its sign the gradient's) from the same weights; k follows after."""
    import keras
    import tensorflow as tf

    from neuroturing.gan.algorithms.began import BEGAN
    from neuroturing.gan.noise import draw_noise

    keras.utils.set_random_seed(3)
    gan, real = BEGAN(BEGAN_TINY, "float32", 5), next(real_batches())
    gan.k.assign(0.3)
    judge, maker = twins(gan.discriminator, gan.generator)
    with tf.GradientTape(persistent=True) as tape:
        created = maker(draw_noise(BEGAN_TINY, 8, 5, 25), training=True)
        on_real = tf.reduce_mean(tf.abs(real - judge(real, training=True)))
        on_created = tf.reduce_mean(tf.abs(created - judge(created, training=True)))
        loss = on_real - 0.3 * on_created
    wanted = {judge: tape.gradient(loss, judge.trainable_variables), maker: tape.gradient(on_created, maker.trainable_variables)}
    told = gan.train_step(lambda: real, 25)
    assert float(told["discriminator_loss"]) == pytest.approx(float(loss), rel=1e-5)
    assert float(told["generator_loss"]) == pytest.approx(float(on_created), rel=1e-5)
    assert float(gan.k.numpy()) == pytest.approx(0.3 + 0.001 * (0.5 * float(on_real) - float(on_created)), abs=1e-7)
    assert float(told["k"]) == float(gan.k.numpy())
    assert float(told["convergence"]) == pytest.approx(float(on_real) + abs(0.5 * float(on_real) - float(on_created)), rel=1e-5)
    rate = 2e-4 / 4  # halved twice by update 25
    for old, new in ((judge, gan.discriminator), (maker, gan.generator)):
        for before, after, gradient in zip(old.trainable_variables, new.trainable_variables, wanted[old], strict=True):
            clear = np.abs(gradient.numpy()) > 3e-5
            assert clear.any()
            assert np.allclose((after.numpy() - before.numpy())[clear], -rate * np.sign(gradient.numpy()[clear]), rtol=0.02, atol=1e-7)
    assert any(variable is gan.k for variable in gan.variables()), "k is part of what a resumed training needs"


def reference_networks(weights, noise, real):
    """Cross-entropies of the DCGAN of 4 x 4 filters at 16 x 16, in numpy: its two networks as loops over the taps of each filter."""
    first, gain, shift, second, gain2, shift2, last, conv, conv2, gain3, shift3, verdict = weights

    def normalised(maps, gain, shift):
        return gain * (maps - maps.mean((0, 1, 2))) / np.sqrt(maps.var((0, 1, 2)) + 1e-5) + shift

    def enlarged(maps, kernel):
        """Each value adds kernel x value to a 4 x 4 patch, patches two apart; the outermost ring is cut off."""
        n, height, width, _ = maps.shape
        result = np.zeros((n, 2 * height + 2, 2 * width + 2, kernel.shape[2]))
        for i in range(4):
            for j in range(4):
                result[:, i : i + 2 * height : 2, j : j + 2 * width : 2] += maps @ kernel[i, j].T
        return result[:, 1:-1, 1:-1]

    def reduced(maps, kernel):
        """Weighted sums of 4 x 4 patches, two apart, with a ring of zeros about the map."""
        padded = np.pad(maps, ((0, 0), (1, 1), (1, 1), (0, 0)))
        height, width = maps.shape[1], maps.shape[2]
        return sum(padded[:, i : i + height : 2, j : j + width : 2] @ kernel[i, j] for i in range(4) for j in range(4))

    def elu(values):
        return np.where(values > 0, values, np.expm1(np.minimum(values, 0)))

    def judged(images):
        maps = elu(normalised(reduced(elu(reduced(images, conv)), conv2), gain3, shift3))
        return np.einsum("nijc,ijco->no", maps, verdict)

    maps = np.einsum("nz,ijcz->nijc", noise, first)
    maps = np.maximum(normalised(maps, gain, shift), 0)
    maps = np.maximum(normalised(enlarged(maps, second), gain2, shift2), 0)
    created = enlarged(maps, last)
    on_real, on_created = judged(real), judged(created)
    return np.logaddexp(0, -on_real).mean() + np.logaddexp(0, on_created).mean(), np.logaddexp(0, -on_created).mean()


def test_gradients_match_a_reference():
    """Slopes of a double-precision numpy model along a random direction of each weight array, against TensorFlow's gradients."""
    import keras
    import tensorflow as tf

    from neuroturing.gan.losses import discriminator_loss, generator_loss
    from neuroturing.gan.networks import dcgan4x4

    keras.utils.set_random_seed(3)
    recipe, rng = ELU_TINY | {"weight_stddev": 0.2}, np.random.default_rng(0)
    maker, judge = dcgan4x4.generator(recipe, "float32"), dcgan4x4.discriminator(recipe, "float32")
    noise, real = rng.standard_normal((4, 8)), rng.uniform(-1, 1, (4, 16, 16, 1))
    with tf.GradientTape(persistent=True) as tape:
        created = maker(np.float32(noise), training=True)
        on_created = judge(created, training=True)
        told, made = discriminator_loss(judge(np.float32(real), training=True), on_created), generator_loss(on_created)
    variables = [*maker.trainable_variables, *judge.trainable_variables]
    gradients = [
        *tape.gradient(made, maker.trainable_variables),
        *tape.gradient(told, judge.trainable_variables),
    ]
    weights = [variable.numpy().astype(float) for variable in variables]
    assert reference_networks(weights, noise, real) == pytest.approx((float(told), float(made)), rel=1e-4)
    for place, gradient in enumerate(gradients):
        direction, ends = rng.standard_normal(gradient.shape), []
        for sign in (1, -1):
            moved = [weight + sign * 1e-5 * direction if k == place else weight for k, weight in enumerate(weights)]
            ends.append(reference_networks(moved, noise, real)[place < len(maker.trainable_variables)])
        assert np.sum(gradient.numpy() * direction) == pytest.approx((ends[0] - ends[1]) / 2e-5, rel=2e-3, abs=2e-4), variables[place].path


def test_collapse_shows_as_similarity():
    rng = np.random.default_rng(0)
    image = rng.random((1, 8, 8, 1))
    assert similarity(np.repeat(image, 5, 0)) == pytest.approx(1)
    assert similarity(np.concatenate([image, 1 - image])) == pytest.approx(-1)
    assert abs(similarity(rng.random((30, 8, 8, 1)))) < 0.05
    assert similarity(np.zeros((3, 8, 8, 1))) == 0
    assert spread(np.concatenate([image, image + 0.5])) == pytest.approx(0.25)


@pytest.mark.parametrize("algorithm", TINY)
def test_recipes_are_checked(algorithm):
    recipe = {key: value for key, value in TINY[algorithm].items() if key not in ("algorithm", "size")}
    options = ALGORITHMS.options(algorithm)
    options(**recipe | {"label": "shown in tables"})
    with pytest.raises(ValueError, match="both steps and epochs"):
        options(**recipe | {"epochs": 1})
    with pytest.raises(ValueError, match="batch"):
        options(**{key: value for key, value in recipe.items() if key != "batch"})
    with pytest.raises(ValueError, match="learning_rat"):
        options(**recipe | {"learning_rat": 1})
    options.check_size(64, recipe)
    with pytest.raises(ValueError, match="squares of 16, 32"):
        options.check_size(48, recipe)


def test_curves_show_real_images_and_the_bounds(tmp_path):
    row = {"wasserstein_estimate": 0.5, "weights_at_clip": 0.2, "generator_loss": 0.1, "spread": 0.2, "similarity": 0.3}
    row |= {"pixel_min": -1.0, "pixel_max": 1.2, "pixels_outside": 0.01}
    history = [{"step": step, "epoch": step / 8} | row for step in range(1, 9)]
    draw_curves(tmp_path / "curves.png", history, "WGAN", {"spread": 0.3, "similarity": 0.4})
    assert (tmp_path / "curves.png").stat().st_size > 10_000
