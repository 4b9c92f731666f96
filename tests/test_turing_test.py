"""Drawing a Visual Turing Test: which images, in which order, and what a reader gets to see."""

import numpy as np
import pandas as pd
import pytest
from draw_turing_test import main as draw_main
from neuroturing.reader_study.answers import read_answers
from neuroturing.reader_study.pools import Pool, read_real
from neuroturing.reader_study.quiz_files import read_key
from neuroturing.reader_study.turing_test import KEY_COLUMNS, Model, draw_balanced, draw_turing_test, pixels_of
from PIL import Image
from scipy import stats

from neuroturing.errors import InputError

SEQUENCES = ["t1", "t1c", "t2", "flair"]


def real_pool(sequences, subjects=10, each=20, size=8, seed=1, path="real.npz"):
    """`each` noise images of each subject and sequence."""
    names = [(f"subject{i}", sequence) for i in range(subjects) for sequence in sequences for _ in range(each)]
    subject, sequence = np.array(names).T
    images = np.random.default_rng(seed).integers(0, 256, (len(names), size, size), dtype=np.uint8)
    return Pool(images, np.char.add(subject, "_scan"), subject, path, sequence)


def created_pool(count=80, size=8, seed=2):
    images = np.random.default_rng(seed).integers(0, 256, (count, size, size), dtype=np.uint8)
    return Pool(images, np.full(count, ""), np.full(count, ""), "created.npz")


@pytest.fixture
def models():
    """Two recipes on one sequence and on the mixture of four, and one of them on a smaller mixture."""
    t1, mixed, small = real_pool(["t1"]), real_pool(SEQUENCES, seed=3), real_pool(SEQUENCES, size=4, seed=4)
    models = [
        Model(name, recipe, pool, created_pool(seed=i + 5))
        for i, (name, pool) in enumerate((("t1", t1), ("mixed", mixed)))
        for recipe in ("dcgan", "wgan")
    ]
    return [*models, Model("small", "wgan", small, created_pool(size=4))]


def save(folder, models):
    paths = {"real": [], "created": []}
    for i, model in enumerate(models):
        for kind, pool in (("real", model.real), ("created", model.created)):
            paths[kind].append(folder / f"{kind}{i}.npz")
            labels = {"scan": pool.scan, "subject": pool.subject, "sequence": pool.sequence} if kind == "real" else {}
            np.savez(paths[kind][-1], images=pool.images, seed=1, **labels)
    return paths["real"], paths["created"]


def test_each_model_has_a_block_of_fifty_and_fifty(models):
    key = draw_turing_test("reader1", models, seed=7)
    assert tuple(key.columns) == KEY_COLUMNS
    assert len(key) == 500 and set(key["block"]) == {"test"} and key["image_id"].is_unique
    assert list(key["order"]) == list(range(1, 501))
    assert (key.groupby(["dataset", "recipe", "truth"]).size() == 50).all()
    runs = (key[["dataset", "recipe"]] != key[["dataset", "recipe"]].shift()).any(axis=1).sum()
    assert runs == 5
    assert dict(key.groupby("dataset")["size"].first()) == {"t1": "8x8", "mixed": "8x8", "small": "4x4"}


def test_real_images_of_a_mixture_are_in_equal_proportion_and_the_seed_draws_the_rest(models):
    larger = {sequence: 0 for sequence in SEQUENCES}
    for seed in range(60):
        drawn = draw_balanced(np.random.default_rng(seed), models[2].real.sequence, models[2].real.subject, 50)
        counts = pd.Series(models[2].real.sequence[drawn]).value_counts()
        assert sorted(counts) == [12, 12, 13, 13] and len(set(drawn)) == 50
        for sequence in counts.index[counts == 13]:
            larger[sequence] += 1
    assert stats.chisquare(list(larger.values())).pvalue > 0.001
    key = draw_turing_test("reader1", models, seed=7)
    for _, block in key[(key["dataset"] != "t1") & (key["truth"] == "real")].groupby(["dataset", "recipe"]):
        assert sorted(block["sequence"].value_counts()) == [12, 12, 13, 13]
    assert set(key.loc[key["truth"] == "created", "sequence"]) == {""}


def test_real_images_are_spread_over_the_subjects(models):
    """Ten subjects and 50 images: five of each, over all sequences together."""
    key = draw_turing_test("reader1", models, seed=7)
    for _, block in key[key["truth"] == "real"].groupby(["dataset", "recipe"]):
        assert list(block["subject"].value_counts()) == [5] * 10


def test_no_real_image_comes_twice_even_from_another_data_set(models):
    """The mixture holds the very images of the single sequence; all but a hundred of those are needed."""
    mixed, t1 = models[2].real, models[0].real
    mixed.images[mixed.sequence == "t1"] = t1.images
    for seed in range(5):
        key = draw_turing_test("reader1", models, seed)
        shown = [image.tobytes() for image, truth in zip(pixels_of(key, models), key["truth"], strict=True) if truth == "real"]
        assert len(set(shown)) == len(shown) == 250


def test_a_small_cohort_shows_real_images_again_in_another_block_only_and_says_so(models, caplog):
    t1 = models[0].real
    different = t1.images.copy()
    t1.images[:] = different[np.arange(200) % 60]
    key = draw_turing_test("reader1", models, 0)
    shown = pd.Series([image.tobytes() for image in pixels_of(key, models)])[key["truth"] == "real"]
    blocks = key.loc[key["truth"] == "real", ["dataset", "recipe"]].agg(" ".join, axis=1)
    assert not pd.DataFrame({"image": shown, "block": blocks}).duplicated().any()
    again = shown.duplicated().sum()
    assert again >= 2 * 50 - 60
    assert f"{again} of the 50 real images for" in caplog.text
    t1.images[:] = different[np.arange(200) % 49]
    with pytest.raises(InputError, match="49 of t1 that differ, of 200 images"):
        draw_turing_test("reader1", models, 0)


def test_names_and_order_say_nothing_of_truth(models):
    by_name, by_order = {"real": [], "created": []}, {"real": [], "created": []}
    for reader in range(12):
        key = draw_turing_test(f"reader{reader}", models, seed=7)
        key = key.assign(rank=key["image_id"].rank(), place=key.groupby(["dataset", "recipe"]).cumcount())
        for truth in by_name:
            by_name[truth] += list(key.loc[key["truth"] == truth, "rank"])
            by_order[truth] += list(key.loc[key["truth"] == truth, "place"])
    for ranks in (by_name, by_order):
        assert stats.mannwhitneyu(ranks["real"], ranks["created"]).pvalue > 0.001


def test_the_draw_depends_on_seed_and_name_alone(models):
    first = draw_turing_test("reader1", models, seed=7)
    pd.testing.assert_frame_equal(first, draw_turing_test("reader1", models, seed=7))
    blocks = set()
    for reader, seed in (("reader2", 7), ("reader1", 8), ("reader3", 7), ("reader4", 7)):
        other = draw_turing_test(reader, models, seed)
        assert list(other["source_index"]) != list(first["source_index"])
        assert not set(other["image_id"]) & set(first["image_id"])
        blocks.add(tuple(other[["dataset", "recipe"]].drop_duplicates().itertuples(index=False, name=None)))
    assert len(blocks) > 1


def test_the_readers_folder_holds_the_images_and_no_truth(tmp_path, models):
    real, created = save(tmp_path, models)
    folder, key_path = tmp_path / "quiz" / "reader1", tmp_path / "quiz_keys" / "reader1.tsv"
    names = [{"dataset": model.dataset, "recipe": model.recipe} for model in models]
    draw_main(real, created, folder / "answers.csv", key_path, "reader1", 7, names, 50)
    key = read_key(key_path, KEY_COLUMNS)
    assert sorted(path.name for path in folder.iterdir()) == ["answers.csv", "images"]
    form = pd.read_csv(folder / "answers.csv", dtype=str, keep_default_na=False)
    assert list(form.columns) == ["image_id", "answer", "confidence", "reasons", "response_ms"]
    assert list(form["image_id"]) == list(key["image_id"]) and (form.drop(columns="image_id") == "").all(axis=None)
    assert sorted(path.stem for path in (folder / "images").iterdir()) == sorted(key["image_id"])
    for name, pixels in zip(key["image_id"], pixels_of(key, models), strict=True):
        with Image.open(folder / "images" / f"{name}.png") as image:
            assert image.mode == "L"
            np.testing.assert_array_equal(np.asarray(image), pixels)
    form["answer"] = "real"
    form.to_csv(tmp_path / "reader1.csv", index=False)
    answers = read_answers(tmp_path / "reader1.csv", key)
    assert len(answers) == 500 and {"dataset", "recipe", "size"} <= set(answers.columns)


def test_a_key_of_another_kind_of_quiz_is_refused(tmp_path, models):
    real, created = save(tmp_path, models[:1])
    draw_main(real, created, tmp_path / "a" / "answers.csv", tmp_path / "k.tsv", "r", 7, [{"dataset": "t1", "recipe": "dcgan"}], 50)
    with pytest.raises(InputError, match="draw_turing_test"):
        read_key(tmp_path / "k.tsv")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"of_each": 0}, ["0 images of each kind", "50"]),
        ({"of_each": 90}, ["created.npz", "80 created images", "at least 90", "on t1"]),
        ({"models": []}, ["no model"]),
        ({"models": "twice"}, ["dcgan on t1, dcgan on t1", "each once"]),
        ({"reader": "a b"}, ["'a b'"]),
    ],
)
def test_an_impossible_test_is_refused(models, change, words):
    if change.get("models") == "twice":
        change = {"models": [models[0], models[0]]}
    with pytest.raises(InputError) as error:
        draw_turing_test(**{"reader": "reader1", "models": models, "seed": 7, "of_each": 50} | change)
    assert all(word in str(error.value) for word in words), error.value


def test_a_mixture_whose_sequences_are_not_told_is_refused(tmp_path, models):
    pool = models[0].real
    np.savez(tmp_path / "real.npz", images=pool.images, scan=pool.scan, subject=pool.subject)
    models[0].real = read_real(tmp_path / "real.npz")
    assert set(models[0].real.sequence) == {""}
    with pytest.raises(InputError, match="real.npz\n.*sequence is not told"):
        draw_turing_test("reader1", models, 7)
    np.savez(tmp_path / "short.npz", images=pool.images, scan=pool.scan, subject=pool.subject, sequence=pool.sequence[:3])
    with pytest.raises(InputError, match="'sequence' of shape"):
        read_real(tmp_path / "short.npz")


def test_too_few_images_of_one_sequence_are_named(models):
    pool = models[2].real
    flair = np.flatnonzero(pool.sequence == "flair")
    pool.sequence[flair[10:]] = "t2"
    with pytest.raises(InputError, match="of flair.*of t1.*that differ"):
        draw_turing_test("reader1", models, 7)
