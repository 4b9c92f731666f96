"""Networks as described, losses by hand, data order, and a training that can be killed at any moment."""

import copy
import json
import math
import os
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from gan_training import assert_same, kill_after_a_state, start, states, train
from image_sets import blocks, image_set, plane_set

from neuroturing.config.merge import at_size, read_yaml
from neuroturing.errors import InputError, TrainingError
from neuroturing.gan import recipes, state
from neuroturing.gan.algorithms import ALGORITHMS
from neuroturing.gan.monitor import Watch, sheet_steps
from neuroturing.gan.order import BatchOrder

ROOT = Path(__file__).resolve().parents[1]
RECIPES = {path.stem: read_yaml(path) for path in sorted((ROOT / "recipes").glob("*.yaml"))}
PUBLISHED = at_size(RECIPES["dcgan"], "paper")
DEMO = {key: value for key, value in at_size(RECIPES["dcgan"], "demo").items() if value is not None}
OWN = DEMO | {"base_filters": 4, "latent": 8, "batch": 8, "steps": 40, "precision": "float32"}
TINY = OWN | {"size": 16}


@pytest.mark.parametrize(
    ("reading", "size", "parameters"), [("R1", 64, 1.49), ("R1", 128, 2.73), ("R1", 256, 7.70), ("R2", 128, 5.18), ("R2", 256, 7.66)]
)
def test_generator_is_as_described(reading, size, parameters):
    """Parameter counts by hand from the layer sizes of each reading, in millions."""
    from neuroturing.gan.networks import dcgan

    recipe = PUBLISHED | {"reading": reading, "size": size}
    model = dcgan.generator(recipe, "float32")
    trained = sum(math.prod(variable.shape) for variable in model.trainable_variables)
    assert abs(trained / 1e6 - parameters) < 0.006
    assert model.output_shape == (None, size, size, 1)
    judge = dcgan.discriminator(recipe, "float32")
    assert judge.output_shape == (None, 1)
    norms = [layer for layer in judge.layers if "normalization" in layer.name]
    assert len(norms) == dcgan.LEVELS[reading]
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
        ({"epochs": 1}, "both steps and epochs"),
        ({"steps": None}, "neither steps nor epochs"),
        ({"base_filters": 0}, "base_filters"),
        ({"size": 64}, "size"),
        ({"reading": "R3"}, "reading"),
    ],
)
def test_impossible_recipe_is_refused(change, found):
    options, keys = ALGORITHMS.options("dcgan"), {key: value for key, value in DEMO.items() if key != "algorithm"}
    options(**keys)
    with pytest.raises(ValueError, match=found):
        options(**keys | change)


def test_size_of_the_images_must_fit_the_networks():
    options = ALGORITHMS.options("dcgan")
    options.check_size(16, DEMO)
    with pytest.raises(ValueError, match="16, 32, 64"):
        options.check_size(48, DEMO)
    with pytest.raises(ValueError, match="R2"):
        options.check_size(16, DEMO | {"reading": "R2"})
    options.check_size(32, DEMO | {"reading": "R2"})


def test_shipped_recipes_and_the_length_of_the_published_training():
    for name, content in RECIPES.items():
        for size in ("demo", "paper"):
            recipe = {key: value for key, value in at_size(content, size).items() if value is not None}
            options = ALGORITHMS.options(recipe.pop("algorithm"))
            options.for_size(options(**recipe).model_dump(), 64)
        assert name
    total = ALGORITHMS["dcgan"].total_steps(PUBLISHED | {"steps": None}, 4_656_960)
    assert total == 35 * (4_656_960 // 64)


def test_precision(tmp_path):
    (tmp_path / "new").write_text("flags: avx512f avx512_bf16")
    (tmp_path / "old").write_text("flags: avx2")
    assert recipes.resolve_precision("auto", None, tmp_path / "new") == "mixed_bfloat16"
    assert recipes.resolve_precision("auto", None, tmp_path / "old") == "float32"
    assert recipes.resolve_precision("auto", None, tmp_path / "missing") == "float32"
    # A GPU decides by what it can, whatever the processor beside it: before Ampere bfloat16 is slower and no smaller.
    for capability, found in {(8, 0): "mixed_bfloat16", (9, 0): "mixed_bfloat16", (7, 5): "float32", (0, 0): "float32"}.items():
        assert recipes.resolve_precision("auto", capability, tmp_path / "new") == found
    assert recipes.resolve_precision("float32", (9, 0), tmp_path / "new") == "float32"
    assert recipes.resolve_precision("bfloat16", (7, 0), tmp_path / "old") == "mixed_bfloat16"


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


@pytest.fixture
def value():
    import keras

    return keras.Variable(np.arange(3.0, dtype="float32"))


def saved_twice(path, value):
    """Two states, of step 3 and step 4."""
    for step in (3, 4):
        value.assign(np.full(3, step, np.float32))
        state.save(path, [value], {"step": step, "sheet": np.full((1, 2), step, np.uint8)})
    value.assign(np.zeros(3, np.float32))


def test_state_is_whole_or_absent(tmp_path, value):
    path = tmp_path / "state" / "a.npz"
    assert state.load(path, [value]) is None
    saved_twice(path, value)
    (path.parent / ".partial-a.npz").write_bytes(b"half")
    record = state.load(path, [value])
    assert (record["step"], record["sheet"].tolist(), value.numpy().tolist()) == (4, [[4, 4]], [4, 4, 4])


def damaged(content, how):
    """Bytes of a state that a disk or a crash has changed."""
    if how == "half":
        return content[: len(content) // 2]
    if how == "empty":
        return b""
    place = {"first": 3, "middle": len(content) // 2, "last": len(content) - 1}[how]
    return content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :]


@pytest.mark.parametrize("how", ["half", "empty", "first", "middle", "last"])
def test_damaged_state_gives_way_to_the_one_before(tmp_path, value, caplog, how):
    path = tmp_path / "a.npz"
    saved_twice(path, value)
    path.write_bytes(damaged(path.read_bytes(), how))
    record = state.load(path, [value])
    assert (record["step"], record["sheet"].tolist(), value.numpy().tolist()) == (3, [[3, 3]], [3, 3, 3])
    assert "cannot be read" in caplog.text
    before = path.with_name("a-before.npz")
    before.write_bytes(damaged(before.read_bytes(), how))
    value.assign(np.zeros(3, np.float32))
    assert state.load(path, [value]) is None
    assert value.numpy().tolist() == [0, 0, 0], "nothing is put back of a state that is not whole"


def test_state_of_another_model_is_not_put_back(tmp_path, value):
    import keras

    saved_twice(tmp_path / "a.npz", value)
    other = keras.Variable(np.zeros(4, np.float32))
    assert state.load(tmp_path / "a.npz", [other]) is None
    assert state.load(tmp_path / "a.npz", [value, other]) is None
    assert state.load(tmp_path / "a.npz", []) is None
    assert value.numpy().tolist() == [0, 0, 0]


def test_killed_and_damaged_trainings_end_with_the_same_weights(tmp_path):
    """Killed at three moments, its newest state spoilt once; and every state spoilt: to the bit what came of one that was left alone."""
    images, (whole, killed, spoilt) = plane_set(tmp_path / "set.npz"), (tmp_path / name for name in ("whole", "killed", "spoilt"))
    with ThreadPoolExecutor(2) as pool:
        alone = pool.submit(train, whole, images, OWN)
        assert kill_after_a_state(start(killed, images, OWN), killed, 0.1, least=2)
        newest, before = sorted(states(killed), key=lambda path: path.stem.endswith("-before"))
        shutil.copytree(killed, spoilt)
        newest.write_bytes(damaged(newest.read_bytes(), "middle"))
        for path in states(spoilt):
            path.write_bytes(damaged(path.read_bytes(), "half"))
        anew = pool.submit(train, spoilt, images, OWN)
        train(killed, images, OWN, kills=2)
        assert len(alone.result()) == len(anew.result()) == OWN["steps"]
    assert_same(killed, whole)
    assert_same(spoilt, whole)


def test_two_trainings_of_one_model_do_not_meet(tmp_path):
    with state.held(tmp_path / "state"):
        with pytest.raises(TrainingError, match=f"process {os.getpid()} on .* is training this model already(.|\n)*Hint"):
            with state.held(tmp_path / "state"):
                pass
    with state.held(tmp_path / "state"):
        pass


def test_progress_says_how_far_it_is(tmp_path, monkeypatch):
    from neuroturing.gan import train as loop

    now = [100.0]
    monkeypatch.setattr(loop.time, "monotonic", lambda: now[0])
    path, written = tmp_path / "progress.json", []
    progress = loop.Progress(path, "model", 10, 110)
    assert json.loads(path.read_text()) == {"name": "model", "step": 10, "total": 110, "images_per_s": None, "seconds_left": None}
    for step in range(11, 42):
        now[0] += 0.25
        progress.show(step, 8 * (step - 10))
        record = json.loads(path.read_text())
        written += [record["step"]] if record["step"] not in (10, *written) else []
    assert written == list(range(15, 42, 4)), "once a second"
    assert record == {"name": "model", "step": 39, "total": 110, "images_per_s": 32.0, "seconds_left": 18}


def test_changed_recipe_does_not_resume():
    one, other = (recipes.identity(recipe=recipe, seed=1) for recipe in (TINY, copy.deepcopy(TINY) | {"beta_1": 0.6}))
    assert one != other


def test_training_sees_its_subjects_and_its_groups_alone(tmp_path, monkeypatch):
    """Images of other groups and of subjects that are held out may be anything: the training does not change by a bit."""
    import train_gan

    images, other = blocks(24, 16), blocks(24, 16, seed=1)
    labels = {"group": ["a", "b", "a"] * 8, "split": ["train", "train", "held_out"] * 8}
    changed = np.where((np.arange(24) % 3 == 0)[:, None, None], images, other)
    # What a file holds beside them changes the name of the state, and nothing else.
    paths = {name: image_set(tmp_path / f"{name}.npz", content, **labels) for name, content in (("one", images), ("other", changed))}
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda name: train(tmp_path / name, paths[name], OWN | {"steps": 6}, where={"group": "a"}), paths))
    assert_same(tmp_path / "one", tmp_path / "other")
    monkeypatch.setattr(train_gan, "prepare_training", lambda seed, threads: None)
    places = [tmp_path / name for name in ("generator", "record")]
    with pytest.raises(InputError, match="no image with group 'c'"):
        train_gan.main(tmp_path / "one.npz", *places, OWN, {"group": "c"}, 1, tmp_path / "state", 1, "code")
    wide = image_set(tmp_path / "wide.npz", blocks(8, 16)[:, :8])
    with pytest.raises(InputError, match="8 x 16 pixels(.|\n)*squares"):
        train_gan.main(wide, *places, OWN, {}, 1, tmp_path / "state", 1, "code")


def test_what_came_of_a_training_is_shown_in_the_same_bytes(tmp_path):
    """Apart from speed, which the table has and no picture."""
    import draw_training
    from neuroturing.gan.record import read_record, write_record

    shown = {}
    for name, speed in (("one", 40.0), ("two", 41.0)):
        history = [{"step": step, "epoch": step / 4, "generator_loss": 1 / step, "images_per_s": speed} for step in (1, 2, 3)]
        sheet = [(step, np.full((2, 8, 8), step, np.uint8)) for step in (0, 3)]
        write_record(tmp_path / f"{name}.npz", history, sheet, "DCGAN", {"spread": 0.1}, {"reference": "train"})
        known = read_record(tmp_path / f"{name}.npz")
        assert known["history"] == history and [step for step, _ in known["sheet"]] == [0, 3]
        files = [tmp_path / f"{name}.{end}" for end in ("tsv", "curves.png", "progress.png")]
        draw_training.main(tmp_path / f"{name}.npz", *files)
        shown[name] = [path.read_bytes() for path in files]
    assert [one == two for one, two in zip(*shown.values(), strict=True)] == [False, True, True]
    with pytest.raises(InputError, match="no record of a training"):
        read_record(image_set(tmp_path / "set.npz", blocks(2, 8)))


def test_created_images_are_8_bit_seeded_and_black_where_nearly_black():
    from neuroturing.gan.base import GAN
    from neuroturing.gan.networks import dcgan
    from neuroturing.gan.noise import draw_noise
    from neuroturing.imageset import BLACK_LEVEL

    model = dcgan.generator(TINY, "float32")
    images = GAN.create(model, TINY, 70, 1)
    assert (images.shape, images.dtype) == ((70, 16, 16), np.uint8)
    assert np.array_equal(images, GAN.create(model, TINY, 70, 1))
    assert not np.array_equal(images, GAN.create(model, TINY, 70, 2))
    assert np.array_equal(images[:5], GAN.create(model, TINY, 5, 1)), "fewer images are the first of many"

    class Ramp(GAN):
        @classmethod
        def make(cls, generator, latent):
            ramp = np.arange(256, dtype=np.float32).reshape(1, 16, 16, 1) / 127.5 - 1
            return np.repeat(ramp, len(latent), 0)

    assert len(draw_noise(TINY, 3, 1, 0)) == 3
    made = Ramp.create(None, TINY, 3, 1)
    levels = np.arange(256)
    assert np.array_equal(made[2].ravel(), np.where(levels < BLACK_LEVEL, 0, levels))


def test_a_file_that_is_no_generator_is_refused(tmp_path):
    from neuroturing.gan.saved import load_generator

    with pytest.raises(InputError, match="no such file"):
        load_generator(tmp_path / "none.keras")
    (tmp_path / "half.keras").write_bytes(b"PK")
    with pytest.raises(InputError, match="not readable as a generator"):
        load_generator(tmp_path / "half.keras")
