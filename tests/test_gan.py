"""Networks as described, losses by hand, data order, and a training that can be killed at any moment."""

import copy
import math
from pathlib import Path

import numpy as np
import pytest
import yaml
from gan_training import assert_survives_kills

from neuroturing.errors import InputError, TrainingError
from neuroturing.gan import recipes, state
from neuroturing.gan.monitor import Watch, sheet_steps
from neuroturing.gan.order import BatchOrder

ROOT = Path(__file__).resolve().parents[1]
DEMO = yaml.safe_load((ROOT / "config.yaml").read_text())["recipes"]["dcgan_r1_64"]
PUBLISHED = yaml.safe_load((ROOT / "config/published.yaml").read_text())["recipes"]
TINY = DEMO | {"size": 16, "base_filters": 4, "latent": 8, "batch": 8, "steps": 60, "precision": "float32"}


@pytest.mark.parametrize(
    ("reading", "size", "parameters"), [("R1", 64, 1.49), ("R1", 128, 2.73), ("R1", 256, 7.70), ("R2", 128, 5.18), ("R2", 256, 7.66)]
)
def test_generator_is_as_described(reading, size, parameters):
    """Parameter counts by hand from the layer sizes of each reading, in millions."""
    from neuroturing.gan.networks import dcgan

    recipe = PUBLISHED["dcgan_r1_128"] | {"reading": reading, "size": size}
    model = dcgan.generator(recipe, "float32")
    trained = sum(math.prod(variable.shape) for variable in model.trainable_variables)
    assert abs(trained / 1e6 - parameters) < 0.006
    assert model.output_shape == (None, size, size, 1)
    judge = dcgan.discriminator(recipe, "float32")
    assert judge.output_shape == (None, 1)
    norms = [layer for layer in judge.layers if "normalization" in layer.name]
    assert len(norms) == recipes.LEVELS[reading]
    assert norms[0].momentum == recipe["norm_momentum"]


def test_losses_by_hand():
    from neuroturing.gan.losses import discriminator_loss, generator_loss

    real, created = np.array([[2.0], [-1.0]], np.float32), np.array([[0.5], [0.0]], np.float32)
    soft = [math.log1p(math.exp(-2)), math.log1p(math.exp(1)), math.log1p(math.exp(0.5)), math.log(2)]
    assert float(discriminator_loss(real, created)) == pytest.approx(sum(soft[:2]) / 2 + sum(soft[2:]) / 2, rel=1e-6)
    assert float(generator_loss(created)) == pytest.approx((math.log1p(math.exp(-0.5)) + math.log(2)) / 2, rel=1e-6)


def test_update_follows_the_gradient():
    """One step of the discriminator is Adam's first step on the loss written out with its own networks."""
    import keras
    import tensorflow as tf

    from neuroturing.gan.algorithms.dcgan import DCGAN
    from neuroturing.gan.noise import draw_noise

    keras.utils.set_random_seed(3)
    gan = DCGAN(TINY | {"input_noise": 0}, "float32", seed=5)
    twin, maker = keras.models.clone_model(gan.discriminator), keras.models.clone_model(gan.generator)
    twin.set_weights(gan.discriminator.get_weights())
    maker.set_weights(gan.generator.get_weights())
    real = tf.random.stateless_uniform((TINY["batch"], 16, 16, 1), (1, 2), -1, 1)
    with tf.GradientTape() as tape:
        on_real = twin(real, training=True)
        on_created = twin(maker(draw_noise(TINY, TINY["batch"], 5, 0, 0), training=True), training=True)
        loss = tf.reduce_mean(tf.math.softplus(-on_real)) + tf.reduce_mean(tf.math.softplus(on_created))
    before = [variable.numpy() for variable in twin.trainable_variables]
    gradients = tape.gradient(loss, twin.trainable_variables)
    told = gan.train_step(lambda: real, 0)
    assert float(told["discriminator_loss"]) == pytest.approx(float(loss), rel=1e-5)
    for old, new, gradient in zip(before, gan.discriminator.trainable_variables, gradients, strict=True):
        clear = np.abs(gradient.numpy()) > 1e-4
        step = new.numpy() - old
        assert np.allclose(step[clear], -TINY["learning_rate"] * np.sign(gradient.numpy()[clear]), rtol=0.02, atol=1e-6)


def test_fused_normalisation_is_keras_own():
    import keras
    import tensorflow as tf

    from neuroturing.gan.networks.layers import batch_normalisation

    fast, plain = (batch_normalisation(TINY, "float32", portable) for portable in (False, True))
    inputs = tf.random.stateless_normal((4, 8, 8, 3), (1, 2)) * 3 + 1
    assert np.allclose(fast(inputs, training=True), plain(inputs, training=True), atol=1e-5)
    assert np.allclose(fast.moving_mean, plain.moving_mean, atol=1e-6)
    assert np.allclose(fast.moving_variance, plain.moving_variance, rtol=4 / 256)
    assert np.allclose(fast(inputs, training=False), keras.ops.convert_to_numpy(plain(inputs, training=False)), atol=0.02)


def test_noise_depends_on_seed_step_and_draw_alone():
    from neuroturing.gan.noise import draw_noise

    base = draw_noise(TINY, 4, 1, 7, 0).numpy()
    assert np.array_equal(base, draw_noise(TINY, 4, 1, 7, 0).numpy())
    assert not np.array_equal(base, draw_noise(TINY, 4, 2, 7, 0).numpy())
    assert not np.array_equal(base, draw_noise(TINY, 4, 1, 8, 0).numpy())
    assert not np.array_equal(base, draw_noise(TINY, 4, 1, 7, 1).numpy())
    many = draw_noise(TINY, 20_000, 1, 0).numpy()
    assert (many.min() >= -1, many.max() < 1) == (True, True)
    assert abs(many.std() - 1 / math.sqrt(3)) < 0.01


def test_every_image_is_seen_once_an_epoch_and_order_resumes():
    order = BatchOrder(103, 10, seed=4)
    first = np.concatenate([order.next() for _ in range(10)])
    assert len(set(first.tolist())) == 100
    second = np.concatenate([order.next() for _ in range(10)])
    assert not np.array_equal(first, second)
    again = BatchOrder(103, 10, seed=4, position=13)
    assert np.array_equal(again.next(), second[30:40])
    with pytest.raises(InputError, match="5 images"):
        BatchOrder(5, 10, 1)


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ({"size": 48}, "48(.|\n)*16 times a power of two"),
        ({"reading": "R2", "size": 16}, "32 times"),
        ({"epochs": 1}, "both steps and epochs"),
    ],
)
def test_impossible_recipe_is_refused(change, found):
    with pytest.raises(InputError, match=found):
        recipes.check_recipe(DEMO | change)
    without = {key: value for key, value in DEMO.items() if key != "steps"}
    with pytest.raises(InputError, match="neither"):
        recipes.check_recipe(without)


def test_shipped_recipes_and_the_length_of_the_published_training():
    for recipe in [DEMO, *PUBLISHED.values()]:
        recipes.check_recipe(recipe)
    assert recipes.total_steps(PUBLISHED["dcgan_r1_128"], 4_656_960) == 35 * (4_656_960 // 64)


def test_precision(tmp_path):
    (tmp_path / "new").write_text("flags: avx512f avx512_bf16")
    (tmp_path / "old").write_text("flags: avx2")
    assert recipes.resolve_precision("auto", False, tmp_path / "new") == "mixed_bfloat16"
    assert recipes.resolve_precision("auto", False, tmp_path / "old") == "float32"
    assert recipes.resolve_precision("auto", True, tmp_path / "old") == "mixed_bfloat16"
    assert recipes.resolve_precision("float32", True, tmp_path / "new") == "float32"


def test_watch_stops_on_nan_and_collapse():
    with pytest.raises(TrainingError, match="step 3: generator_loss is nan"):
        Watch().check({"step": 3, "generator_loss": float("nan"), "spread": 0.1})
    watch = Watch()
    watch.real_spread = 0.5
    for step in range(1, 40):
        watch.check({"step": step, "spread": 0.001 if step < 30 else 0.2})
    with pytest.raises(TrainingError, match="same image"):
        for step in range(40, 60):
            watch.check({"step": step, "spread": 0.001})
    assert max(sheet_steps(1000)) == 1000


def test_state_is_whole_or_absent(tmp_path):
    import keras

    value = keras.Variable(np.arange(3.0, dtype="float32"))
    path = tmp_path / "state" / "a.npz"
    assert state.load(path, [value]) is None
    state.save(path, [value], {"step": 3, "sheet": np.zeros((1, 2), np.uint8)})
    (path.parent / ".partial-a.npz").write_bytes(b"half")
    value.assign(np.zeros(3, np.float32))
    (path.parent / "torn.npz").write_bytes(path.read_bytes()[:50])
    assert state.load(path.parent / "torn.npz", [value]) is None
    record = state.load(path, [value])
    assert (record["step"], record["sheet"].shape) == (3, (1, 2))
    assert value.numpy().tolist() == [0, 1, 2]


def test_killed_training_ends_with_the_same_weights(tmp_path, dataset):
    assert_survives_kills(tmp_path, dataset, TINY, kills=3)


def test_changed_recipe_does_not_resume(dataset):
    one, other = (recipes.identity(recipe=recipe, seed=1) for recipe in (TINY, copy.deepcopy(TINY) | {"beta_1": 0.6}))
    assert one != other


def test_created_images_are_8_bit_and_seeded(dataset):
    from neuroturing.gan.sample import create_images

    from neuroturing.gan.networks import dcgan

    model = dcgan.generator(TINY, "float32")
    images = create_images(model, TINY, 70, 1)
    assert (images.shape, images.dtype) == ((70, 16, 16), np.uint8)
    assert np.array_equal(images, create_images(model, TINY, 70, 1))
    assert not np.array_equal(images, create_images(model, TINY, 70, 2))
