"""The sheets of real and created images and the chart of their applications: what they show, pixel by pixel where that can be said."""

import numpy as np
import pytest
from PIL import Image

from han_figure1 import main as figure1_main
from image_sheet import main as sheet_main
from neuroturing.errors import InputError
from neuroturing.reader_study.image_sheet import GAP, HEADING, draw_groups, pick_images
from neuroturing.reader_study.sheet import save_figure


def flat(levels, size):
    """One image of a single grey for each level."""
    return np.stack([np.full((size, size), level, np.uint8) for level in levels])


def shown(path):
    with Image.open(path) as image:
        return np.asarray(image.convert("L"))


@pytest.fixture
def archives(tmp_path):
    """Real images whose grey is ten times the sequence's number plus the subject's; created ones of 200 and more."""
    sequence, subject = np.repeat(["t1", "t1c", "t2", "flair"], 6), np.tile(["a", "b", "c"], 8)
    level = 20 * np.repeat([1, 2, 3, 4], 6) + np.tile([0, 1, 2], 8)
    np.savez(tmp_path / "real.npz", images=flat(level, 64), scan=subject, subject=subject, sequence=sequence)
    np.savez(tmp_path / "created.npz", images=flat(range(200, 224), 32))
    return tmp_path / "real.npz", tmp_path / "created.npz"


def test_images_of_different_sizes_are_shown_equally_large_each_in_its_place(tmp_path):
    groups = [("T1", "Real, 64 × 64", flat([40, 60, 80], 64)), ("Concat", "Real, 32 × 32", flat([100, 120, 140, 160], 32))]
    save_figure(tmp_path / "sheet.png", draw_groups(groups, across=2, columns=2))
    sheet = shown(tmp_path / "sheet.png")
    tile, between = 512, 4 * GAP
    assert sheet.shape == (HEADING + 2 * (tile + GAP) + between + GAP, 2 * (2 * tile + GAP + between) + between)
    for g, levels in enumerate(([40, 60, 80, 255], [100, 120, 140, 160])):
        for k, level in enumerate(levels):
            left, top = between + g * (2 * tile + GAP + between) + k % 2 * (tile + GAP), GAP + HEADING + k // 2 * (tile + GAP)
            assert (sheet[top : top + tile, left : left + tile] == level).all(), (g, k)
        heading = sheet[: GAP + HEADING, between + g * (2 * tile + GAP + between) :][:, :tile]
        assert heading.min() < 60 and heading.max() == 255


def test_an_image_is_enlarged_by_a_whole_number_and_centred(tmp_path):
    """Beside images of 64 pixels, those of 48 are shown 5 times as large in a place of 4 x 64."""
    groups = [("A", "", flat([50] * 8, 64)), ("B", "", flat([90] * 8, 48))]
    save_figure(tmp_path / "sheet.png", draw_groups(groups, across=1, columns=8))
    sheet = shown(tmp_path / "sheet.png")
    rows, columns = np.nonzero(sheet[-(256 + 6 * GAP) :] == 90)
    assert rows.size == 8 * 240**2 and columns.min() == 4 * GAP + 8 and np.unique(rows).size == 240


def test_images_are_drawn_evenly_and_never_twice(archives):
    """Eight of the 24 real ones: two of each sequence; six of one sequence: two of each subject."""
    mixed = pick_images(archives[0], True, None, 8, seed=3)[:, 0, 0]
    assert sorted(mixed // 20) == [1, 1, 2, 2, 3, 3, 4, 4]
    assert sorted(np.unique(mixed % 20, return_counts=True)[1]) == [2, 3, 3]
    assert sorted(pick_images(archives[0], True, "t2", 6, seed=3)[:, 0, 0]) == [60, 60, 61, 61, 62, 62]
    assert sorted(pick_images(archives[0], True, "t2", 3, seed=3)[:, 0, 0]) == [60, 61, 62]
    created = pick_images(archives[1], False, None, 24, seed=3)[:, 0, 0]
    assert sorted(created) == list(range(200, 224)) and list(created) != sorted(created)


def test_a_sheet_from_archives(tmp_path, archives):
    groups = [
        {"label": "T1c", "kind": "Original", "real": True, "sequence": "t1c"},
        {"label": "Sagittal", "kind": "WGAN", "real": False, "sequence": None},
    ]
    for name in ("a", "b"):
        sheet_main(archives, tmp_path / f"{name}.png", groups, {"across": 1, "columns": 4, "rows": 1}, 5)
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()
    sheet = shown(tmp_path / "a.png")
    assert np.isin(sheet[GAP + HEADING + 5], [40, 41, 42, 255]).all()
    assert (sheet[-4 * GAP - GAP - 20 - GAP] >= 200).all() and (sheet[-4 * GAP - GAP - 20 - GAP] < 224).sum() > 1900


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"sequence": "pd"}, ["real.npz", "0 images of sequence 'pd'"]),
        ({"sequence": "t1"}, ["6 images of sequence 't1'", "9 for the sheet"]),
        ({"real": False, "archive": 1, "rows": 9}, ["created.npz", "24 images", "27 for the sheet"]),
    ],
)
def test_too_few_images_are_named_and_nothing_is_written(tmp_path, archives, change, words):
    group = {"label": "T1", "kind": "Real", "real": change.get("real", True), "sequence": change.get("sequence")}
    layout = {"across": 1, "columns": 3, "rows": change.get("rows", 3)}
    with pytest.raises(InputError) as error:
        sheet_main([archives[change.get("archive", 0)]], tmp_path / "sheet.png", [group], layout, 5)
    assert all(word in str(error.value) for word in words), error.value
    assert not (tmp_path / "sheet.png").exists()


def test_the_chart_of_applications_shows_this_runs_images(tmp_path, archives):
    np.savez(tmp_path / "created.npz", images=flat([200] * 5, 64))
    for name in ("a", "b"):
        figure1_main(archives[0], tmp_path / "created.npz", tmp_path / f"{name}.png", 3)
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()
    chart = shown(tmp_path / "a.png")
    mm = 300 / 25.4
    assert chart.shape == (int(78 * mm), int(174 * mm))
    for x, y, created in ((16, 63, 0), (16, 42, 0), (16, 20, 0), (77, 63, 1), (77, 42, 1), (112, 52, 0), (135, 52, 1), (112, 14, 1)):
        level = chart[int((78 - y) * mm), int(x * mm)]
        assert level == 200 if created else 20 <= level <= 82, (x, y)
