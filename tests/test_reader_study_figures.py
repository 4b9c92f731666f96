"""The quiz sheet and the flow chart: what they show, pixel by pixel where that can be said."""

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from koshino_figure1a import main as figure1a_main
from neuroturing.errors import InputError
from neuroturing.reader_study.pools import Pool
from neuroturing.reader_study.sheet import draw_panels, draw_sheet, save_figure
from quiz_sheet import main as quiz_sheet_main


def blobs(count, size, seed=0):
    """Smooth bright blobs on black, uint8."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[:size, :size] / size
    centres = rng.uniform(0.35, 0.65, (count, 2, 1, 1))
    return (255 * np.exp(-((x - centres[:, 0]) ** 2 + (y - centres[:, 1]) ** 2) / 0.02)).astype(np.uint8)


@pytest.fixture
def pools(tmp_path):
    subject = np.array([f"subject{i % 6}" for i in range(12)])
    np.savez(tmp_path / "real.npz", images=blobs(12, 64), scan=np.char.add(subject, "_scan"), subject=subject)
    np.savez(tmp_path / "created.npz", images=blobs(12, 64, seed=1))
    return tmp_path / "real.npz", tmp_path / "created.npz"


def pixels_of(path):
    with Image.open(path) as image:
        return np.asarray(image.convert("L"))


@pytest.mark.parametrize(("size", "count"), [(400, 5), (391, 2)])
def test_images_of_full_size_are_shown_pixel_for_pixel(tmp_path, size, count):
    pictures = blobs(count, size) // 2 + 40
    save_figure(tmp_path / "sheet.png", draw_sheet(pictures, columns=4))
    sheet = pixels_of(tmp_path / "sheet.png")
    columns, gap, band = min(count, 4), size // 24, size // 7
    rows = -(-count // columns)
    assert sheet.shape == (rows * (size + band) + gap, columns * (size + gap) + gap)
    for i, picture in enumerate(pictures):
        top, left = (i // columns) * (size + band) + band, gap + (i % columns) * (size + gap)
        np.testing.assert_array_equal(sheet[top : top + size, left : left + size], picture)
        letter = sheet[top - band : top, left : left + size]
        assert letter.max() == 255 and letter.min() < 60
    empty = sheet[(count - 1) // columns * (size + band) :, gap + ((count - 1) % columns + 1) * (size + gap) :]
    assert (empty == 255).all()


def test_small_images_are_enlarged_by_a_whole_number_on_one_grey_scale(tmp_path):
    pictures = np.stack([np.full((64, 64), level, np.uint8) for level in (30, 200)])
    save_figure(tmp_path / "sheet.png", draw_sheet(pictures))
    sheet = pixels_of(tmp_path / "sheet.png")
    side, gap, band = 384, 16, 54
    assert sheet.shape == (side + band + gap, 2 * (side + gap) + gap)
    assert (sheet[band : band + side, gap : gap + side] == 30).all()
    assert (sheet[band : band + side, 2 * gap + side : 2 * (gap + side)] == 200).all()


def test_the_sheet_and_its_key(tmp_path, pools):
    for name in ("a", "b"):
        quiz_sheet_main(*pools, tmp_path / f"{name}.png", tmp_path / f"{name}.tsv", 3, 8, 5)
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()
    key = pd.read_csv(tmp_path / "a.tsv", sep="\t", keep_default_na=False)
    assert list(key.columns) == ["panel", "truth", "source_index", "scan"]
    assert "".join(key["panel"]) == "abcdefgh"
    assert (key["truth"] == "created").sum() == 5
    assert key.loc[key["truth"] == "real", "scan"].nunique() == 3 and (key.loc[key["truth"] == "created", "scan"] == "").all()
    assert not key.duplicated(["truth", "source_index"]).any()
    assert pixels_of(tmp_path / "a.png").shape == (2 * (384 + 54) + 16, 4 * (384 + 16) + 16)


def test_created_panels_take_every_place():
    pool = Pool(blobs(12, 16), np.full(12, "s"), np.full(12, "s"), "pool.npz")
    keys = [draw_panels(pool, pool, seed)["truth"] for seed in range(200)]
    share = np.mean([key == "created" for key in keys], axis=0)
    assert np.all(np.abs(share - 5 / 8) < 0.15)


@pytest.mark.parametrize(
    ("panels", "created", "word"), [(0, 0, "0 panels"), (27, 5, "27 panels"), (4, 5, "5 of them"), (26, 5, "or more for the sheet")]
)
def test_impossible_sheets_are_refused(tmp_path, pools, panels, created, word):
    with pytest.raises(InputError, match=word):
        quiz_sheet_main(*pools, tmp_path / "sheet.png", tmp_path / "key.tsv", 3, panels, created)
    assert not (tmp_path / "sheet.png").exists() and not (tmp_path / "key.tsv").exists()


def test_the_flow_chart_shows_this_runs_images(tmp_path, pools):
    for name in ("a", "b"):
        figure1a_main(*pools, tmp_path / f"{name}.png", 3, 100)
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()
    chart = pixels_of(tmp_path / "a.png")
    assert chart.shape == (int(94 / 25.4 * 300), int(174 / 25.4 * 300))
    np.savez(tmp_path / "black.npz", images=np.zeros((12, 64, 64), np.uint8))
    figure1a_main(pools[0], tmp_path / "black.npz", tmp_path / "black.png", 3, 100)
    changed = np.argwhere(pixels_of(tmp_path / "black.png") != chart)
    mm = 25.4 / 300
    # Only the stack of created images, 60 to 93 mm from the left and 12 to 42 mm from the bottom, may differ.
    assert len(changed) > 1000
    assert changed[:, 1].min() * mm >= 60 and changed[:, 1].max() * mm <= 93.1
    assert 94 - changed[:, 0].max() * mm >= 11.9 and 94 - changed[:, 0].min() * mm <= 42.1


def test_a_flow_chart_of_too_few_images_is_refused(tmp_path, pools):
    np.savez(tmp_path / "two.npz", images=blobs(2, 64))
    with pytest.raises(InputError, match="at least 3"):
        figure1a_main(pools[0], tmp_path / "two.npz", tmp_path / "a.png", 3, 100)
    assert not (tmp_path / "a.png").exists()
