"""Copying: planted copies are found where they were put, honest images are not called copies, and what cannot be examined says so."""

import numpy as np
import pandas as pd
import pytest
from scipy import ndimage, stats
from scipy.ndimage import gaussian_filter

from copying import main as copying_main
from neuroturing.copying import planted, poses
from neuroturing.copying.examine import COLUMNS, HELD, IMAGE_COLUMNS, OTHERS, examine, prepare
from neuroturing.copying.identical import fingerprints, identical
from neuroturing.copying.reference import share_below, three_sample, threshold
from neuroturing.copying.search import Matches, nearest
from neuroturing.copying.words import COPIES, NO_SIGN, UNKNOWN
from neuroturing.errors import InputError
from neuroturing.imageset import HELD_OUT, TRAIN, ImageSet, blackened, make_labels, write_imageset

MADE = {"dataset": "brain", "recipe": "gan", "label": "Brain, GAN"}


def people(seed, subjects, images, size=(20, 20), split=TRAIN, name="p", alike=0.4):
    """Heads of smooth texture on black; those of one subject share most of it."""
    rng = np.random.default_rng(seed)
    down, right = (np.linspace(-1, 1, length) for length in size)
    pictures = []
    for _ in range(subjects):
        own = gaussian_filter(rng.normal(size=size), min(size) / 16)
        inside = (down[:, None] / rng.uniform(0.75, 0.9)) ** 2 + (right / rng.uniform(0.6, 0.8)) ** 2 < 1
        for _ in range(images):
            texture = own + alike * gaussian_filter(rng.normal(size=size), min(size) / 16)
            pictures.append(np.where(inside, np.clip(120 + 250 * min(size) / 16 * texture, 20, 250), 0))
    names = np.repeat([f"{name}{k}" for k in range(subjects)], images)
    labels = make_labels(len(pictures), source="real", split=split, subject=names, image=[f"{name}_{k}" for k in range(len(pictures))])
    return ImageSet(blackened(np.array(pictures).astype(np.uint8)), labels)


def made(images):
    names = [f"c{k}" for k in range(len(images))]
    return ImageSet(images, make_labels(len(images), source="gan", image=names))


def examined(created, reference, side=HELD):
    return examine(created, reference, MADE, side, 5)


@pytest.fixture(scope="module")
def training():
    return people(1, 8, 8)


@pytest.fixture(scope="module")
def reference(training):
    return prepare(people(2, 8, 10, split=HELD_OUT, name="h"), training, HELD, 5)


def test_a_similarity_is_described_as_what_a_person_sees():
    image = np.zeros((1, 41, 41), np.float32)
    image[0, 20, 30] = 1
    turn, right, down, zoom = np.deg2rad(10), 3.0, -2.0, 1.05
    a = np.array([np.exp(1j * turn) / zoom])
    b = -a * (right + 1j * down)
    assert np.allclose(np.ravel(poses.described(a, b)), [10, right, down, zoom])
    # Counter-clockwise takes what is right of the middle up.
    laid = poses.warped(image, a, b)[0]
    row, column = np.unravel_index(laid.argmax(), laid.shape)
    assert (row, column) == (round(20 + down - 10.5 * np.sin(turn)), round(20 + right + 10.5 * np.cos(turn)))


@pytest.mark.parametrize("size", [(12, 12), (9, 14)])
def test_the_matrix_of_a_similarity_does_what_warping_does(size):
    images = np.random.default_rng(3).random((2, *size)).astype(np.float32)
    a, b = np.exp(0.1j) * 1.03, 0.7 - 1.2j
    expected = poses.warped(images, np.full(2, a), np.full(2, b))
    assert np.allclose((poses.warp_matrix(a, b, size) @ images.reshape(2, -1).T).T.reshape(images.shape), expected, atol=1e-4)


def test_the_distance_is_that_of_the_correlation(training):
    images = training.images[:6]
    pairs = nearest(images, images, np.arange(6), ~np.eye(6, dtype=bool))
    at_rest = np.sqrt(2 * (1 - np.corrcoef(images.reshape(6, -1)))) + 9 * np.eye(6)
    assert np.all(pairs.distance <= at_rest.min(axis=1) + 1e-3)
    same = nearest(images, images, np.arange(6))
    assert np.array_equal(same.index, np.arange(6)) and same.distance.max() < 0.01 and not same.flipped.any()


@pytest.mark.parametrize("size", [(32, 32), (48, 64), (150, 130)])
def test_planted_copies_are_found_with_their_pose(size):
    training = people(4, 4, 2, size).images
    shift, angle = (round(size[0] / 32), -round(size[1] / 32)), 6.0
    turned = np.clip(ndimage.rotate(training[:, :, ::-1].astype(float), angle, axes=(2, 1), reshape=False, order=1), 0, 255)
    moved = np.roll(training, shift, axis=(1, 2))
    found = nearest(np.concatenate([turned.astype(np.uint8), moved]), training, np.arange(8))
    assert np.array_equal(found.index, np.tile(np.arange(8), 2))
    assert found.flipped[:8].all() and not found.flipped[8:].any()
    degrees, right, down, zoom = poses.described(found.a, found.b)
    # ndimage turns from its second axis, given here as down, to the first: clockwise or not is its own convention.
    assert np.allclose(np.abs(degrees[:8]), angle, atol=0.5) and np.allclose(zoom, 1, atol=0.01)
    assert np.allclose(down[8:], shift[0], atol=0.2) and np.allclose(right[8:], shift[1], atol=0.2)


def test_every_kind_of_planted_copy_is_found(reference):
    assert set(reference.recalls) == {*planted.KINDS, "undrawn"}
    assert all(reference.recalls[kind] >= 0.9 for kind in planted.KINDS), reference.recalls


def test_the_training_images_themselves_are_copies(reference, training):
    row, images, _ = examined(made(training.images), reference)
    assert row["share"] == 1 and row["verdict"] == COPIES and row["c_t"] < -4 and row["c_t_p"] < 1e-4
    assert [image["nearest_image"] for image in images] == training["image"].tolist()
    assert {image["copy"] for image in images} == {"yes"} and max(image["distance"] for image in images) < 0.01


def test_one_real_image_among_created_ones_is_enough_whatever_the_reference(training):
    few = prepare(people(2, 2, 3, split=HELD_OUT, name="h"), training, HELD, 5)
    honest = people(6, 20, 1).images
    assert examined(made(honest), few)[0]["verdict"] == UNKNOWN
    undrawn = people(9, 3, 2)
    more = prepare(people(2, 2, 3, split=HELD_OUT, name="h"), training, HELD, 5, undrawn)
    for stolen in (training.images[5], training.images[5][::-1], np.rot90(training.images[5], 3), few.images.images[2], undrawn.images[1]):
        row, *_ = examined(made(np.concatenate([honest, stolen[None]])), more)
        assert row["identical"] == 1 and row["verdict"] == COPIES and "1 of 21 created images are real images" in row["sentence"]
    assert row["identical"] == 1 and examined(made(undrawn.images), few)[0]["identical"] == 0
    almost = training.images[5].copy()
    almost[10, 10] += 1
    black = np.zeros_like(almost)
    assert not identical(np.array([almost, black]), fingerprints(np.array([training.images[5], black]))).any()
    assert not identical(training.images[:, :12], fingerprints(training.images[:, :, :12])).any(), "other parts of the images"


def test_one_training_image_but_for_a_grey_level_is_enough(reference, training):
    honest = people(6, 59, 1).images
    stolen = np.where(training.images[5] > 0, training.images[5] + np.random.default_rng(1).integers(0, 2, (20, 20)), 0).astype(np.uint8)
    assert examined(made(honest), reference)[0]["near"] == 0
    row, *_ = examined(made(np.concatenate([honest, stolen[None]])), reference)
    assert (row["identical"], row["near"], row["verdict"]) == (0, 1, COPIES) and row["share_low"] <= 0.01
    assert "1 of 60 created images are a training image but for little" in row["sentence"]


def test_images_of_people_not_seen_are_no_copies(reference):
    row, *_ = examined(made(people(6, 80, 1).images), reference)
    assert row["verdict"] == NO_SIGN and row["share"] < 0.05 and row["share_low"] <= 0.01 < row["share_high"]
    assert f"{row['copies']} of 80 created images" in row["sentence"]


def test_blurred_images_of_people_not_seen_are_not_called_copies(training):
    grainy = [people(seed, 8, 10, split=split, name=name) for seed, split, name in ((1, TRAIN, "p"), (2, HELD_OUT, "h"))]
    noise = np.random.default_rng(3).normal(0, 40, (2, 80, 20, 20))
    grainy = [ImageSet(np.clip(part.images + more, 0, 255).astype(np.uint8), part.labels) for part, more in zip(grainy, noise, strict=True)]
    reference = prepare(grainy[1], grainy[0], HELD, 5)
    row, images, matches = examined(made(people(6, 80, 1).images), reference)
    # Without the grain that two real pictures have, all are nearer than those are to each other.
    assert np.mean(matches.distance < reference.threshold[0]) > 0.5 and row["share"] < 0.1
    assert row["verdict"] == UNKNOWN and "blurred" in row["sentence"]


def test_copies_among_honest_images_are_counted_and_the_subject_named(reference, training):
    honest = people(7, 60, 1).images
    mine = training.images[training["subject"] == "p3"][:, :, ::-1]
    row, *_ = examined(made(np.concatenate([honest, mine])), reference)
    assert row["copies"] - 8 <= 3 and row["copies"] >= 8 and row["verdict"] == COPIES
    assert row["most_copied_subject"] == "p3" and 8 / row["copies"] <= row["most_copied_share"] <= 1


def test_nobody_held_out_takes_the_other_subjects(training, caplog):
    reference = prepare(training, training, "trained on", 5)
    assert reference.kind == OTHERS and reference.matches.distance.min() > 0.05
    subject = np.array(reference.subjects)
    assert np.all(subject[reference.matches.index] != subject)
    row, *_ = examined(made(people(8, 60, 1).images), reference, "trained on")
    assert row["verdict"] == NO_SIGN and row["reference"] == OTHERS and row["side"] == "trained on"
    assert examined(made(training.images), reference, "trained on")[0]["share"] == 1
    assert prepare(training, training, HELD, 5).kind == OTHERS and "no held-out image" in caplog.text


def test_pictures_that_show_nothing_are_no_copies_and_give_numbers(reference, training):
    for created in (np.zeros((9, 20, 20), np.uint8), np.full((9, 20, 20), 77, np.uint8)):
        row, images, _ = examined(made(created), reference)
        assert row["share"] == 0 and {round(image["distance"], 3) for image in images} == {1.414}
        assert np.isfinite([row["c_t"], row["c_t_p"], row["share_high"]]).all()
    alike = made(np.repeat(people(9, 1, 1).images, 30, axis=0))
    assert np.isfinite(examined(alike, reference)[0]["c_t"])


def test_all_real_images_alike_or_black_cannot_be_examined(training):
    for picture in (training.images[:1], np.zeros((1, 20, 20), np.uint8)):
        same = ImageSet(np.repeat(picture, training.count, axis=0), training.labels)
        row, *_ = examined(made(people(6, 5, 1).images), prepare(same, same, "trained on", 5), "trained on")
        assert row["verdict"] == UNKNOWN and "cannot be said" in row["sentence"]


@pytest.mark.parametrize(("subjects", "images"), [(1, 60), (4, 5)])
def test_too_few_people_cannot_be_said(training, subjects, images):
    reference = prepare(people(3, subjects, images, split=HELD_OUT, name="h"), training, HELD, 5)
    row, *_ = examined(made(people(6, 9, 1).images), reference)
    assert row["verdict"] == UNKNOWN and f"{subjects * images} images of {subjects} held-out subjects" in row["sentence"]


def test_of_one_created_image_only_a_copy_can_be_named(reference, training):
    row, *_ = examined(made(people(6, 1, 1).images), reference)
    assert row["verdict"] == UNKNOWN and "only one created image" in row["sentence"] and np.isnan(row["c_t"])
    assert examined(made(training.images[3:4]), reference)[0]["verdict"] == COPIES


def test_one_training_subject_without_anybody_else(training):
    alone = training.where(subject="p1")
    row, *_ = examined(made(training.images[:4]), prepare(alone, alone, "trained on", 5), "trained on")
    assert row["verdict"] == UNKNOWN and row["n_reference"] == 0 and np.isnan(row["threshold"])


def test_another_size_is_refused(training, reference):
    for call in (
        lambda: examined(made(np.zeros((3, 20, 16), np.uint8)), reference),
        lambda: prepare(people(2, 2, 2, (16, 16), HELD_OUT), training, HELD, 5),
    ):
        with pytest.raises(InputError, match="16 pixels"):
            call()


def test_the_threshold_lets_one_in_a_hundred_pass_and_counts_subjects_alike():
    rng = np.random.default_rng(2)
    distance = rng.random(4000)
    assert threshold(distance, np.arange(4000) % 40)[0] == pytest.approx(0.01, abs=0.004)
    # One subject of many images, all far, changes as little as one of few.
    few, many = (np.r_[np.arange(1, 100.0), np.full(n, 500.0)] for n in (1, 900))
    assert threshold(few, np.r_[np.arange(99), [99]])[0] == threshold(many, np.r_[np.arange(99), np.full(900, 99)])[0] == 1
    value, low, high = threshold(distance, np.arange(4000) % 40)
    assert low <= value <= high
    # The second is as near to another subject.
    found = Matches(np.zeros(4, int), np.array([0.9 * value, 0.9 * value, 1, 1]), *[np.zeros(4)] * 3, np.array([0.1, 1, 0.1, 1]))
    copies, share, below, above = share_below(found, (value, value, high), (0.5, 0.5, 0.5))
    assert (copies, share) == (1, 0.25) and 0 < below < 0.25 < above < 1


def test_a_clustered_reference_widens_the_test():
    rng = np.random.default_rng(4)
    created, reference = rng.normal(size=100) - 0.4, np.repeat(rng.normal(size=5), 20)
    clustered, apart = (three_sample(created, reference, subject) for subject in (np.repeat(np.arange(5), 20), np.arange(100)))
    assert abs(clustered[0]) < abs(apart[0])
    assert clustered[1] == pytest.approx(stats.norm.cdf(clustered[0]), rel=1e-6)


def test_the_script_writes_tables_and_a_sheet_the_same_each_time(tmp_path, training):
    (tmp_path / "real").mkdir()
    (tmp_path / "training").mkdir()
    write_imageset(tmp_path / "real/brain.npz", people(2, 6, 10, split=HELD_OUT, name="h"))
    write_imageset(tmp_path / "training/brain.npz", training)
    write_imageset(tmp_path / "gan.npz", made(np.concatenate([people(7, 20, 1).images, training.images[:4]])))
    written = []
    for turn in "ab":
        paths = [tmp_path / f"{turn}{name}" for name in ("table.tsv", "images.tsv", "sheet.png")]
        copying_main(str(tmp_path / "real/brain.npz"), [tmp_path / "training/brain.npz"], [tmp_path / "gan.npz"], *paths, [MADE], HELD, 3)
        written.append([path.read_bytes() for path in paths])
    assert written[0] == written[1]
    table, images = (pd.read_csv(path, sep="\t") for path in paths[:2])
    assert tuple(table.columns) == COLUMNS and tuple(images.columns) == IMAGE_COLUMNS
    assert table["copies"][0] == (images["copy"] == "yes").sum() >= 4
    with pytest.raises(InputError, match="no real images of data set 'brian'"):
        wrong = [MADE | {"dataset": "brian"}]
        copying_main(tmp_path / "real/brain.npz", tmp_path / "training/brain.npz", tmp_path / "gan.npz", *paths, wrong, HELD, 3)


@pytest.mark.slow
@pytest.mark.parametrize("side", [HELD, "trained on"])
def test_an_honest_generator_has_uniform_p_and_a_copier_small(side, monkeypatch):
    monkeypatch.setattr(planted, "MOST", 1)  # the least that the verdict needs
    rows = {"honest": [], "half": [], "copier": []}
    for turn in range(40):
        training = people([turn, 1], 8, 8, (16, 16))
        real = people([turn, 2], 8, 8, (16, 16), HELD_OUT, "h") if side == HELD else training
        reference = prepare(real, training, side, turn)
        fresh = people([turn, 3], 60, 1, (16, 16)).images
        copies = training.images[np.random.default_rng(turn).integers(0, training.count, 60)]
        for name, images in (("honest", fresh), ("half", np.concatenate([fresh[:30], copies[:30]])), ("copier", copies)):
            rows[name].append(examined(made(images), reference, side)[0])
    p_values = {name: np.array([row["c_t_p"] for row in found]) for name, found in rows.items()}
    called = {name: np.mean([row["verdict"] == COPIES for row in found]) for name, found in rows.items()}
    # What chance gives an honest test less than once in 200 times fails: not uniform, more than 6 of 40 below 5 %.
    assert stats.kstest(p_values["honest"], "uniform").pvalue > 0.005
    assert np.sum(p_values["honest"] < 0.05) <= 6
    assert p_values["copier"].max() < 0.001
    # Eight subjects do not always show by the test alone that half are copies; the share of copies does.
    assert np.mean(p_values["half"] < 0.05) >= 0.8
    assert called["honest"] <= 0.05 and called["half"] == called["copier"] == 1
