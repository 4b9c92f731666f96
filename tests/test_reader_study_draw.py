"""Drawing a quiz: which images, in which order, and what a reader gets to see."""

import struct

import numpy as np
import pandas as pd
import pytest
from neuroturing.reader_study.draw import check_readers, draw_created, draw_quiz, draw_spread
from neuroturing.reader_study.pools import Pool, read_created, read_pools, read_real
from neuroturing.reader_study.quiz_files import quiz_pixels, read_key, write_png, write_quiz
from PIL import Image
from scipy import stats

from draw_quiz import main as draw_quiz_main
from neuroturing.errors import InputError

QUIZ = {"images": 50, "training_cases": 10, "created_share": [0.4, 0.6]}


def noise(count, size=16, seed=0):
    return np.random.default_rng(seed).integers(0, 256, (count, size, size), dtype=np.uint8)


def real_pool(count=60, subjects=12):
    subject = np.array([f"subject{i % subjects}" for i in range(count)])
    return Pool(noise(count, seed=1), np.char.add(subject, "_scan"), subject, "real.npz")


def created_pool(count=60):
    return Pool(noise(count, seed=2), np.full(count, ""), np.full(count, ""), "created.npz")


def save_pools(folder, real=60, created=60):
    pool = real_pool(real)
    np.savez(folder / "real.npz", images=pool.images, scan=pool.scan, subject=pool.subject, seed=1)
    np.savez(folder / "created.npz", images=created_pool(created).images, seed=1)
    return folder / "real.npz", folder / "created.npz"


def test_a_quiz_has_the_counts_asked_for_and_shows_no_image_twice():
    key = draw_quiz("reader1", real_pool(), created_pool(), seed=7)
    test, training = key[key["block"] == "test"], key[key["block"] == "training"]
    assert (len(test), len(training)) == (50, 10)
    assert 20 <= (test["truth"] == "created").sum() <= 30
    assert (training["truth"] == "created").sum() == 5
    assert not key.duplicated(["truth", "source_index"]).any()
    assert key["image_id"].is_unique
    assert list(test["order"]) == list(range(1, 51))
    assert list(key["block"]) == ["training"] * 10 + ["test"] * 50


def test_every_number_of_created_images_in_the_window_is_equally_likely():
    rng = np.random.default_rng(0)
    drawn = [draw_created(rng, 50, 0.4, 0.6) for _ in range(2200)]
    values, counts = np.unique(drawn, return_counts=True)
    assert list(values) == list(range(20, 31))
    assert stats.chisquare(counts).pvalue > 0.001


@pytest.mark.parametrize(("images", "low", "high", "only"), [(20, 0.55, 0.55, 11), (50, 1, 1, 50), (50, 0, 0, 0), (100, 0.29, 0.29, 29)])
def test_a_window_of_one_number_gives_that_number(images, low, high, only):
    assert draw_created(np.random.default_rng(0), images, low, high) == only


def test_the_draw_depends_on_seed_and_name_alone():
    real, created = real_pool(), created_pool()
    first = draw_quiz("reader1", real, created, seed=7)
    other = draw_quiz("reader2", real, created, seed=7)
    pd.testing.assert_frame_equal(first, draw_quiz("reader1", real, created, seed=7))
    for changed in (other, draw_quiz("reader1", real, created, seed=8)):
        assert list(changed["source_index"]) != list(first["source_index"])
        assert not set(changed["image_id"]) & set(first["image_id"])


def test_real_images_are_spread_over_the_subjects():
    subject = np.array(["a"] * 100 + ["b"] * 3 + ["c"] * 20)
    drawn = subject[draw_spread(np.random.default_rng(0), subject, 15)]
    assert {name: int((drawn == name).sum()) for name in "abc"} == {"a": 6, "b": 3, "c": 6}
    assert set(drawn[:3]) == {"a", "b", "c"}
    key = draw_quiz("reader1", real_pool(), created_pool(), seed=7)
    seen = key.loc[key["truth"] == "real", "subject"].value_counts()
    assert len(seen) == 12 and seen.max() - seen.min() <= 1


def test_names_and_order_say_nothing_of_truth():
    real, created = real_pool(), created_pool()
    by_name, by_order = {"real": [], "created": []}, {"real": [], "created": []}
    for reader in range(60):
        key = draw_quiz(f"reader{reader}", real, created, seed=7)
        key = key[key["block"] == "test"].assign(rank=lambda frame: frame["image_id"].rank())
        for truth in by_name:
            by_name[truth] += list(key.loc[key["truth"] == truth, "rank"])
            by_order[truth] += list(key.loc[key["truth"] == truth, "order"])
        assert key["image_id"].str.fullmatch("[a-z]{10}").all()
        assert abs(stats.spearmanr(key["rank"], key["order"])[0]) < 0.6
    for ranks in (by_name, by_order):
        assert stats.mannwhitneyu(ranks["real"], ranks["created"]).pvalue > 0.001


def test_names_change_with_the_images_so_that_old_answers_are_known():
    real, created = real_pool(), created_pool()
    before = draw_quiz("reader1", real, created, seed=7)
    created.images = created.images ^ 1
    after = draw_quiz("reader1", real, created, seed=7)
    assert list(before["source_index"]) == list(after["source_index"])
    assert not set(before["image_id"]) & set(after["image_id"])


def png_chunks(data):
    at, names = 8, []
    while at < len(data):
        names.append(data[at + 4 : at + 8])
        at += 12 + struct.unpack(">I", data[at : at + 4])[0]
    return names


def test_pictures_are_pixels_and_nothing_else(tmp_path):
    pixels = noise(1, size=128)[0]
    write_png(tmp_path / "a.png", pixels)
    write_png(tmp_path / "b.png", pixels.copy())
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()
    assert set(png_chunks((tmp_path / "a.png").read_bytes())) == {b"IHDR", b"IDAT", b"IEND"}
    with Image.open(tmp_path / "a.png") as image:
        assert image.mode == "L"
        np.testing.assert_array_equal(np.asarray(image), pixels)


def test_the_readers_folder_holds_no_truth_of_the_test(tmp_path):
    real, created = save_pools(tmp_path)
    folder = tmp_path / "quiz" / "reader1"
    draw_quiz_main(real, created, folder / "answers.csv", tmp_path / "quiz_keys" / "reader1.tsv", "reader1", 7, QUIZ)
    key = read_key(tmp_path / "quiz_keys" / "reader1.tsv")
    test, training = key[key["block"] == "test"], key[key["block"] == "training"]
    assert sorted(path.name for path in folder.iterdir()) == ["answers.csv", "images", "training.csv"]
    assert sorted(path.stem for path in (folder / "images").iterdir()) == sorted(key["image_id"])
    form = pd.read_csv(folder / "answers.csv", dtype=str, keep_default_na=False)
    assert list(form.columns) == ["image_id", "answer", "confidence", "reasons", "response_ms"]
    assert list(form["image_id"]) == list(test["image_id"]) and (form.drop(columns="image_id") == "").all(axis=None)
    told = pd.read_csv(folder / "training.csv")
    assert dict(zip(told["image_id"], told["truth"], strict=True)) == dict(zip(training["image_id"], training["truth"], strict=True))
    for name, pixels in zip(key["image_id"], quiz_pixels(key, *read_pools(real, created)), strict=True):
        with Image.open(folder / "images" / f"{name}.png") as image:
            assert (image.mode, image.size) == ("L", (16, 16))
            np.testing.assert_array_equal(np.asarray(image), pixels)


def test_drawing_again_replaces_the_pictures_and_leaves_other_files(tmp_path):
    real, created = real_pool(), created_pool()
    folder = tmp_path / "reader1"
    write_quiz(folder, tmp_path / "key.tsv", draw_quiz("reader1", real, created, seed=7), real, created)
    (folder / "index.html").write_text("page")
    key = draw_quiz("reader1", real, created, seed=8)
    write_quiz(folder, tmp_path / "key.tsv", key, real, created)
    assert (folder / "index.html").read_text() == "page"
    assert sorted(path.stem for path in (folder / "images").iterdir()) == sorted(key["image_id"])
    pd.testing.assert_frame_equal(read_key(tmp_path / "key.tsv"), key, check_dtype=False)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"created_share": [0.4, 1.2]}, ["created_share", "0.4 to 1.2", "maximum <= 1"]),
        ({"created_share": [0.6, 0.4]}, ["created_share", "0.6 to 0.4"]),
        ({"created_share": [-0.1, 0.4]}, ["created_share"]),
        ({"images": 1}, ["no whole number", "1 images"]),
        ({"images": 0}, ["0 images"]),
        ({"training_cases": -1}, ["-1 training"]),
        ({"images": 150}, ["real.npz", "60 real images", "at least", "reader1"]),
    ],
)
def test_an_impossible_quiz_is_refused_and_nothing_written(tmp_path, change, words):
    real, created = save_pools(tmp_path)
    with pytest.raises(InputError) as error:
        draw_quiz_main(
            real, created, tmp_path / "quiz" / "answers.csv", tmp_path / "keys" / "reader1.tsv", "reader1", 7, {**QUIZ, **change}
        )
    assert all(word in str(error.value) for word in words), error.value
    assert not (tmp_path / "quiz").exists() and not (tmp_path / "keys").exists()


def test_too_few_created_images_are_named(tmp_path):
    with pytest.raises(InputError, match="created.npz\n.*9 created images\n.*at least"):
        draw_quiz("reader1", real_pool(), created_pool(9), seed=7)


@pytest.mark.parametrize(
    ("readers", "word"),
    [([], "no reader"), (["a b"], "'a b'"), (["../a"], "'../a'"), ([""], "''"), (["Anna", "anna"], "the same name twice")],
)
def test_unfit_readers_are_refused(readers, word):
    with pytest.raises(InputError, match=word):
        check_readers(readers)
    check_readers(["NR1", "radiologist-2", "Łukasz"])


def test_unfit_archives_are_refused(tmp_path):
    images, names = noise(3), np.array(["a", "b", "c"])
    np.savez(tmp_path / "no_subject.npz", images=images, scan=names)
    np.savez(tmp_path / "short.npz", images=images, scan=names[:2], subject=names)
    np.savez(tmp_path / "floats.npz", images=images / 255.0)
    np.savez(tmp_path / "none.npz", images=images[:0])
    np.save(tmp_path / "plain.npz.npy", images)
    (tmp_path / "truncated.npz").write_bytes((tmp_path / "floats.npz").read_bytes()[:300])
    (tmp_path / "empty.npz").write_bytes(b"")
    for name, read, word in (
        ("no_subject.npz", read_real, "no array 'subject'"),
        ("short.npz", read_real, "'scan' of shape"),
        ("floats.npz", read_created, "float64"),
        ("none.npz", read_created, r"\(0, 16, 16\)"),
        ("plain.npz.npy", read_created, "not readable"),
        ("truncated.npz", read_created, "not readable"),
        ("empty.npz", read_created, "not readable"),
        ("missing.npz", read_created, "no such file"),
    ):
        with pytest.raises(InputError, match=word):
            read(tmp_path / name)


def test_real_and_created_images_of_different_size_are_refused(tmp_path):
    real, _ = save_pools(tmp_path)
    np.savez(tmp_path / "larger.npz", images=noise(60, size=32))
    with pytest.raises(InputError, match=r"\(32, 32\) pixels"):
        read_pools(real, tmp_path / "larger.npz")


def test_a_file_that_is_no_key_is_refused(tmp_path):
    (tmp_path / "key.tsv").write_text("image_id\ttruth\nabc\treal\n")
    for name in ("key.tsv", "missing.tsv"):
        with pytest.raises(InputError, match="draw_quiz"):
            read_key(tmp_path / name)
