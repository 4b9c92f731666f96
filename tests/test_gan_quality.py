"""Quality while a generator is trained: when it is measured, what it tells apart, which weights are saved, and what is shown of it."""

import csv

import numpy as np
import pytest
from gan_faults import Fault, run, train_through
from image_sets import blocks, image_set, plane_set, scan, smooth
from scipy.ndimage import gaussian_filter
from test_gan_interrupted import tiny

from neuroturing.gan import state
from neuroturing.gan.keeping import Keeper
from neuroturing.gan.quality import Quality, plan_moments
from neuroturing.imageset import read_imageset, select


@pytest.fixture(scope="module", autouse=True)
def _no_gpu():
    pytest.importorskip("tensorflow").config.set_visible_devices([], "GPU")


def subjects(count, each, seed):
    """Smooth images, those of one subject alike: uint8 (n, 32, 32) in random order, and their subjects."""
    rng = np.random.default_rng(seed)
    own = gaussian_filter(rng.standard_normal((count, 1, 32, 32)), (0, 0, 4, 4)) * 8
    values = own + gaussian_filter(rng.standard_normal((count, each, 32, 32)), (0, 0, 3, 3)) * 3
    images = np.uint8(np.clip(127 + 60 * values, 0, 255)).reshape(-1, 32, 32)
    order = rng.permutation(len(images))
    return images[order], np.repeat([f"s{k}" for k in range(count)], each)[order]


@pytest.mark.parametrize(
    ("total", "batch", "count", "images"), [(4500, 16, 12, 256), (1000, 16, 12, 128), (600, 8, 6, 128), (40, 4, 4, 128), (2, 2, 2, 128)]
)
def test_moments_are_rows_of_the_history_and_cost_little(total, batch, count, images):
    from neuroturing.gan.train import log_steps

    moments, each = plan_moments(log_steps(total), total, batch)
    assert (len(moments), each, moments[-1]) == (count, images, total)
    assert set(moments) <= set(log_steps(total))
    assert np.ptp(np.diff([0, *moments])) <= 2 * (log_steps(total)[0])
    assert count <= 4 or count * images <= total * batch / 6


def test_images_of_many_passes_are_looked_at_less_often():
    from neuroturing.gan.train import log_steps

    rows = log_steps(4500, 10)
    assert (len(log_steps(4500)), len(rows), rows[-1]) == (196, 20, 4500)
    moments, images = plan_moments(rows, 4500, 16, 10)
    assert set(moments) <= set(rows) and len(moments) * images * 10 <= 4500 * 16 / 6
    assert len(log_steps(4500, 1000)) == 4, "a row for each of four moments at least"


def test_what_is_wrong_with_images_is_farther_away():
    """Images of new subjects are as near as halves of the real ones are; fewer subjects, one image and noise are ever farther."""
    images, names = subjects(30, 8, 0)
    quality = Quality(images, names, None, 1)
    fresh = quality.measure(subjects(128, 1, 1)[0])
    few = quality.measure(images[np.isin(names, ["s0", "s1", "s2", "s3"])])
    one = quality.measure(np.repeat(images[:1], 128, 0))
    noise = quality.measure(np.random.default_rng(0).integers(0, 256, (128, 32, 32), np.uint8))
    assert (quality.reference, quality.count) == ("train", 240)
    assert abs(quality.real["kernel_distance"]) < 0.2 * few["kernel_distance"]
    assert abs(fresh["kernel_distance"]) < 0.2 * few["kernel_distance"]
    assert few["kernel_distance"] < one["kernel_distance"] and 2 * abs(fresh["kernel_distance"]) < noise["kernel_distance"]
    assert fresh["coverage"] > 0.9 > few["coverage"] > one["coverage"]


def test_validation_subjects_are_what_is_compared_with():
    images, names = subjects(30, 8, 0)
    other = subjects(10, 8, 2)
    quality = Quality(images, names, other, 1)
    assert (quality.reference, quality.count) == ("validation", 80)
    assert quality.measure(other[0])["kernel_distance"] < quality.measure(images[:80])["kernel_distance"]
    assert quality.real == Quality(images, names, None, 1).real, "halves are of training subjects"


def test_few_subjects_and_images():
    images, _ = subjects(1, 12, 0)
    quality = Quality(images, np.repeat("s", 12), None, 1)
    assert quality.real == {} and np.isfinite(list(quality.measure(images).values())).all()
    assert Quality(images[:4], np.repeat("s", 4), None, 1).measure(images)["coverage"] is None


@pytest.mark.parametrize("validation", [True, False])
def test_real_images_are_drawn_once_each_with_their_subjects(tmp_path, validation, caplog):
    from neuroturing.gan.reference import draw_images, open_quality, split_off
    from neuroturing.gan.source import open_source

    scans = [scan(name, smooth((40, 70, 70), k), split="validation" if name == "c" else "train") for k, name in enumerate("abc")]
    every = read_imageset(plane_set(tmp_path / "planes.npz", scans[: 2 + validation]))
    training = select(every, {}, "train")
    source = open_source(training)
    drawn, names = draw_images(training, source, 150, 16, 3)
    assert (drawn.shape, drawn.dtype, set(names)) == ((150, 16, 16), np.uint8, {"a", "b"})
    assert len({image.tobytes() for image in drawn}) > 140, "a few planes that turn about the axis of sight are alike"
    own = {image.tobytes() for image in draw_images(select(every, {"scan": "a"}), open_source(select(every, {"scan": "a"})), 98, 16, 1)[0]}
    assert [image.tobytes() in own for image in drawn] == (names == "a").tolist()
    kept = split_off(every, {})
    assert (kept is None) != validation
    quality = open_quality(training, source, kept, 16, 1)
    assert (quality.reference, quality.count) == (("validation", 98) if validation else ("train", 196))
    few = select(read_imageset(image_set(tmp_path / "few.npz", blocks(4, 16), split="validation")), {}, "validation")
    assert open_quality(training, source, few, 16, 1).reference == "train" and "too few" in caplog.text


class Generator:
    """Weights that say which update they are of."""

    def __init__(self):
        self.step = 0

    def get_weights(self):
        """An array and, as Keras has it of a weight without shape, a number."""
        return [np.full(2, self.step), np.float32(self.step)]


def test_the_rule_keeps_the_nearest_after_a_third_and_the_first_of_equal_ones(tmp_path):
    generator, best, last = Generator(), Keeper("best", 60), Keeper("last", 60)
    for step, distance in ((10, 0.1), (20, 0.1), (30, 0.9), (40, 0.4), (50, 0.4), (60, 0.7)):
        generator.step = step
        best.look(step, distance, generator)
        last.look(step, distance, generator)
    assert (best.step, best.distance, best.weights[0].tolist()) == (40, 0.4, [40, 40])
    assert (last.step, last.distance, last.weights) == (60, 0.7, None)
    for keeper in (best, last, Keeper("best", 60)):
        other = Keeper(keeper.rule, 60)
        state.save(tmp_path / "state.npz", [], keeper.record())
        other.restore(state.load(tmp_path / "state.npz", []))
        assert (other.step, other.distance) == (keeper.step, keeper.distance)
        assert all(np.array_equal(a, b) for a, b in zip(other.weights or [], keeper.weights or [], strict=True))


class Told:
    """Says what it was told of each moment, and keeps the generator's weights then."""

    reference, count, real = "validation", 1, {}

    def __init__(self, distances):
        self.distances, self.gan, self.seen, self.images = list(distances), None, [], []

    def measure(self, created):
        """The next distance."""
        self.seen.append(self.gan.generator.get_weights())
        self.images.append(created)
        return {"kernel_distance": self.distances[len(self.seen) - 1], "coverage": 0.5}


@pytest.mark.parametrize("algorithm", ["dcgan", "fastgan", "ddpm"])
def test_what_is_saved_is_what_was_measured(algorithm, tmp_path):
    """Weights of the moment that was best; made into images by the saved generator they are those that were measured."""
    from neuroturing.gan.algorithms import ALGORITHMS
    from neuroturing.gan.noise import draw_noise
    from neuroturing.gan.source import open_source
    from neuroturing.gan.train import QUALITY_DRAW, Trainer

    recipe, size = tiny(algorithm, 8)
    source = open_source(read_imageset(image_set(tmp_path / "set.npz", blocks(12, size))))
    told, gan = Told([1, 7, 3, 5]), ALGORITHMS[algorithm](recipe | {"keep": "best", "size": size}, "float32", 4)
    told.gan = gan
    trainer = Trainer(gan, source, told, 8, tmp_path / "state.npz")
    history, _ = trainer.run()
    assert [row["step"] for row in history if row["kernel_distance"] is not None] == [2, 4, 6, 8]
    assert {row["step"]: row["kept"] for row in history} == {step: 1 if step == 6 else None for step in range(1, 9)}
    assert trainer.examined() == {"reference": "validation", "reference_images": 1, "created_images": 128, "keep": "best", "kept": 6}
    finished, now = trainer.finished(), gan.finished()
    kept, latest = (ALGORITHMS[algorithm](recipe | {"size": size}, "float32", 4).finished(weights) for weights in told.seen[2:])
    assert all(np.array_equal(a, b) for a, b in zip(finished.get_weights(), kept.get_weights(), strict=True))
    assert all(np.array_equal(a, b) for a, b in zip(now.get_weights(), latest.get_weights(), strict=True))
    assert not np.array_equal(finished.trainable_weights[0], now.trainable_weights[0])
    made = np.asarray(gan.make(finished, draw_noise(recipe, 64, 4, 0, QUALITY_DRAW)))[..., 0]
    # FastGAN is measured by the statistics of the images themselves, and saved with those of many; DDPM in fewer steps.
    apart = np.abs((made + 1) * 127.5 - told.images[2][:64]).mean()
    assert apart < (1 if algorithm == "dcgan" else 8), apart
    assert len(told.images[0]) == 128 and np.array_equal(told.images[3], trainer.previews()), "of the same noise at each moment"


def test_interrupted_training_keeps_the_same_weights_and_shows_quality(tmp_path):
    import draw_training
    from neuroturing.gan.record import read_record

    recipe, size = tiny("dcgan", 20)
    split = ["train"] * 12 + ["validation"] * 12 + ["held_out"] * 4
    images, recipe = image_set(tmp_path / "set.npz", blocks(28, size), split=split), recipe | {"keep": "best"}
    whole, hurt = tmp_path / "whole", tmp_path / "hurt"
    assert run(whole, images, recipe) == 0
    # After the first moment that may be kept, at 10, and after a later one.
    assert train_through(hurt, images, recipe, [Fault("terminate", 3, 0), Fault("kill", 11, 0), Fault("terminate", 17, 0)]) == 3
    assert (hurt / "generator.keras").read_bytes() == (whole / "generator.keras").read_bytes()
    known = read_record(whole / "training.npz")
    assert known["quality"] | {"kept": 0} == {
        "reference": "validation", "reference_images": 12, "created_images": 128, "keep": "best", "kept": 0
    }  # fmt: skip
    shown = {}
    for folder in (whole, hurt):
        files = [folder / name for name in ("history.tsv", "curves.png", "progress.png")]
        draw_training.main(folder / "training.npz", *files)
        with open(files[0]) as stream:
            table = [{key: value for key, value in row.items() if key != "images_per_s"} for row in csv.DictReader(stream, delimiter="\t")]
        shown[folder] = [table, *(path.read_bytes() for path in files[1:])]
    assert shown[whole] == shown[hurt]
    table = shown[whole][0]
    assert [row["step"] for row in table if row["kept"] == "1"] == [str(known["quality"]["kept"])]
    distances = {int(row["step"]): float(row["kernel_distance"]) for row in table}
    assert known["quality"]["kept"] == min((10, 15, 20), key=distances.get)


def test_curves_are_drawn_where_quality_was_not_measured_at_each_row(tmp_path):
    from neuroturing.gan.drawing import draw_curves

    history = [
        {"step": k, "epoch": k, "generator_loss": 1 / k, "kernel_distance": None if k % 2 else 1 / k, "coverage": None, "kept": None}
        for k in range(1, 7)
    ]
    history[5] |= {"kept": 1}
    draw_curves(tmp_path / "a.png", history, "made up", {"kernel_distance": 0.1}, {"reference": "train"})
    draw_curves(tmp_path / "b.png", history[:1], "no moment at all", {}, {"reference": "validation"})
    assert (tmp_path / "a.png").stat().st_size > (tmp_path / "b.png").stat().st_size > 1000


@pytest.mark.parametrize("images", [np.zeros((2, 16, 16), np.uint8), np.zeros((9, 16, 16), np.uint8)])
def test_what_cannot_be_measured_stops_no_training(images):
    quality = Quality(images, np.arange(len(images)).astype(str), None, 1)
    assert quality.real == {} and quality.count == 0
    assert quality.measure(images) == {"kernel_distance": None, "coverage": None}
