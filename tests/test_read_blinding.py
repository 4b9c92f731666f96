"""The blinding audit: each planted leak is found by its name, clean quizzes stay within chance, and texture is no leak."""

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from scipy.ndimage import gaussian_filter

from blinding import main as blinding_main
from neuroturing.errors import InputError
from neuroturing.io.files import write_png, write_table
from neuroturing.read.blinding import COLUMNS, CUE, CUES, LEAK, NOTHING, TOGETHER, audit
from neuroturing.read.design import KEY_COLUMNS, draw_names

SIZE, IMAGES = 24, 60


def pictures(seed, count=IMAGES, width=1.5):
    """Discs of smooth texture before black, as brains are."""
    rng, across = np.random.default_rng(seed), np.arange(SIZE) - (SIZE - 1) / 2
    inside = np.hypot(across, across[:, None]) < SIZE * 0.42
    smooth = np.array([gaussian_filter(image, width) for image in rng.normal(size=(count, SIZE, SIZE))])
    return np.where(inside, np.clip(120 + 200 * smooth + rng.normal(0, 5, (count, 1, 1)), 10, 250), 0).astype(np.uint8)


def quiz(folder, images, is_real, save=write_png, reader="anna"):
    """Write a quiz of one block; gives what `audit` takes."""
    names = draw_names(reader, 1, list(images))
    (folder / "images").mkdir(parents=True)
    for name, image, real in zip(names, images, is_real, strict=True):
        save(folder / "images" / f"{name}.png", image, *([real] if save is not write_png else []))
    truth = np.where(is_real, "real", "created")
    rows = {
        "image_id": names,
        "truth": truth,
        "block": "test",
        "order": range(1, len(names) + 1),
        "dataset": "brain",
        "recipe": "gan",
        "size": "24x24",
    }
    table = pd.DataFrame(rows | {"source_index": 0, "part": 1}).reindex(columns=list(KEY_COLUMNS), fill_value="")
    write_table(folder / f"{reader}.tsv", table)
    return {reader: (folder / "images", folder / f"{reader}.tsv")}


def found(quizzes, verdict=LEAK):
    return {row["cue"] for row in audit(quizzes, {}, {}) if row["verdict"] == verdict}


@pytest.fixture
def clean():
    rng = np.random.default_rng(4)
    return pictures(1), rng.permutation(np.arange(IMAGES) < IMAGES // 2)


def test_a_clean_quiz_stays_within_chance(tmp_path, clean):
    rows = audit(quiz(tmp_path, *clean), {"brain": "Brain"}, {"gan": "GAN"})
    assert [row["cue"] for row in rows] == [*CUES, *TOGETHER]
    assert {row["verdict"] for row in rows} == {NOTHING}
    assert all(row["low"] <= 0.5 <= row["high"] for row in rows if row["cue"] in ("file_length", "minimum", "border", "order", *TOGETHER))
    assert {row["cue"] for row in rows if row["method"] == "the same of all"} == {
        *("file_length", "minimum", "border", "cut_heads"),
    }


def test_an_image_that_comes_twice_counts_once(tmp_path, clean):
    images, is_real = clean
    again = np.r_[np.arange(IMAGES), np.arange(0, IMAGES, 3)]
    once, twice = quiz(tmp_path / "once", images, is_real), quiz(tmp_path / "twice", images[again], is_real[again])
    path = twice["anna"][1]
    table = pd.read_csv(path, sep="\t", keep_default_na=False)
    table["repeat_of"] = [*[""] * IMAGES, *table["image_id"].iloc[again[IMAGES:]]]
    write_table(path, table)
    rows = [{row["cue"]: row for row in audit(made, {}, {})} for made in (once, twice)]
    same = [name for name in CUES if name not in ("name", "order")]
    assert [rows[0][name]["p"] for name in same] == [rows[1][name]["p"] for name in same]
    assert rows[1]["mean"]["n_real"] == is_real.sum()


def test_planted_leaks_are_each_found(tmp_path, clean):
    images, is_real = clean
    levels, border = images.copy(), images.copy()
    levels[is_real, :2, 0] = (3, 5)  # two levels that a created image does not have
    assert "darkest_above" in found(quiz(tmp_path / "levels", levels, is_real))
    border[is_real, 0] += 1
    assert {"border", "file and grey levels"} <= found(quiz(tmp_path / "border", border, is_real))
    assert {"order", "file and grey levels"} <= found(quiz(tmp_path / "order", images, np.sort(is_real)))
    few = images.copy()
    few[~is_real] = few[~is_real] // 4 * 4  # a created image has a quarter of the levels
    assert {"grey_levels", "histogram_gaps"} <= found(quiz(tmp_path / "gaps", few, is_real))

    def compressed(path, image, real):
        Image.fromarray(image).save(path, compress_level=0 if real else 9)

    assert "file_length" in found(quiz(tmp_path / "length", images, is_real, compressed))


def test_heads_that_the_border_cuts_are_named_and_are_no_leak(tmp_path, clean):
    """A black border does not hide them from the audit."""
    images, is_real = clean
    wide = images.copy()
    wide[~is_real, 1, 8:16] = 90
    quizzes = quiz(tmp_path, wide, is_real)
    assert "cut_heads" in found(quizzes, CUE)
    assert not {"border", "cut_heads"} & found(quizzes)
    blinding_main(*zip(*quizzes.values(), strict=True), tmp_path / "blinding.tsv", tmp_path / "blinding.html", {}, {}, 0)
    page = " ".join((tmp_path / "blinding.html").read_text().split())
    assert "<b>To be seen in the images themselves</b>: mean grey level of the pixels next to the border" in page
    assert "No eye sees it" not in page


def test_rougher_texture_is_named_and_is_no_leak(tmp_path, clean):
    _, is_real = clean
    images = np.where(is_real[:, None, None], pictures(1), pictures(2, width=0.8))
    assert "edges" in found(quiz(tmp_path, images, is_real), CUE)
    assert "file_length" not in found(quiz(tmp_path / "again", images, is_real))


@pytest.mark.slow
def test_chance_is_held_over_many_clean_quizzes(tmp_path):
    rng = np.random.default_rng(0)
    leaks = sum(bool(found(quiz(tmp_path / str(k), pictures(k), rng.permutation(np.arange(IMAGES) < 30)))) for k in range(40))
    assert leaks <= 6  # 2 are expected, 7 or more in 1 of 250


def test_the_page_names_what_leaks(tmp_path, clean):
    images, is_real = clean
    (folder, key) = quiz(tmp_path, images, np.sort(is_real), reader="ben")["ben"]
    outputs = tmp_path / "blinding.tsv", tmp_path / "blinding.html"
    blinding_main([folder], [key], *outputs, {"brain": "<b>Brain"}, {"gan": "GAN"}, 0)
    table = pd.read_csv(outputs[0], sep="\t")
    assert list(table.columns) == list(COLUMNS) and len(table) == len(CUES) + len(TOGETHER)
    page = outputs[1].read_text()
    assert "<b>Place in the quiz</b>: by this the quiz of ben can" in " ".join(page.split())
    assert "&lt;b&gt;Brain" in page
    assert "No eye sees it" in page and "To be seen in the images themselves" not in page
    next(folder.glob("*.png")).write_bytes(b"no picture")
    with pytest.raises(InputError, match="a picture of the quiz"):
        audit({"ben": (folder, key)}, {}, {})
