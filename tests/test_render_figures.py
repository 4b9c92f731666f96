"""Figures: what they show, pixel by pixel where that can be said."""

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from figure import main as figure_main
from neuroturing.config.figures import plan_figure
from neuroturing.errors import InputError
from neuroturing.imageset import ImageSet, make_labels, write_imageset
from neuroturing.io.files import write_figure, write_table
from neuroturing.render.figures import FIGURES, montage, panels
from neuroturing.render.figures.distributions import draw as draw_distributions
from neuroturing.render.figures.montage import BETWEEN, GAP, HEADING, Group
from neuroturing.render.figures.pick import pick
from panels import main as panels_main


def flat(levels, size):
    """One image of a single grey for each level."""
    return np.stack([np.full(np.broadcast_to(size, 2), level, np.uint8) for level in levels])


def blobs(count, size, seed=0):
    """Smooth bright blobs on black, uint8."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[:size, :size] / size
    centres = rng.uniform(0.35, 0.65, (count, 2, 1, 1))
    return (255 * np.exp(-((x - centres[:, 0]) ** 2 + (y - centres[:, 1]) ** 2) / 0.02)).astype(np.uint8)


def square(picture, level):
    """First and last row, first and last column of the place that is filled with one grey; letters have but few pixels of it."""
    rows, columns = (np.flatnonzero((picture == level).sum(axis=axis) > 20) for axis in (1, 0))
    return rows[0], rows[-1], columns[0], columns[-1]


def images_of(pixels, path="images.npz", **labels):
    return ImageSet(pixels, make_labels(len(pixels), **labels), path=str(path))


def write(path, pixels, **labels):
    write_imageset(path, images_of(pixels, path, **labels))
    return path


def shown(path):
    with Image.open(path) as image:
        return np.asarray(image.convert("L"))


@pytest.fixture
def pools(tmp_path):
    """Twelve real images of six subjects, twelve created ones."""
    subject = np.array([f"subject{i % 6}" for i in range(12)])
    real = write(tmp_path / "real.npz", blobs(12, 64), subject=subject, scan=np.char.add(subject, "_scan"), source="real")
    return real, write(tmp_path / "created.npz", blobs(12, 64, seed=1), source="dcgan")


@pytest.fixture
def archives(tmp_path):
    """Real images whose grey is twenty times the contrast's number plus the subject's; created ones of 200 and more."""
    contrast, subject = np.repeat(["t1", "t1c", "t2", "flair"], 6), np.tile(["a", "b", "c"], 8)
    level = 20 * np.repeat([1, 2, 3, 4], 6) + np.tile([0, 1, 2], 8)
    real = write(tmp_path / "real.npz", flat(level, 64), contrast=contrast, subject=subject, scan=subject, source="real")
    return real, write(tmp_path / "created.npz", flat(range(200, 224), 32), source="wgan")


def label(name="T1", kind="Real", recipe=None, **where):
    return {"label": name, "kind": kind, "dataset": "d", "recipe": recipe, "where": where, "row": "", "column": 0}


# What is drawn.


def test_images_are_drawn_evenly_and_never_twice(archives):
    """Eight of the 24 real ones: two of each contrast; six of one contrast: two of each subject."""
    with np.load(archives[0]) as archive:
        images = images_of(archive["images"], contrast=archive["contrast"], subject=archive["subject"])
    mixed = images.images[pick(np.random.default_rng(3), images, 8)][:, 0, 0]
    assert sorted(mixed // 20) == [1, 1, 2, 2, 3, 3, 4, 4]
    assert sorted(np.unique(mixed % 20, return_counts=True)[1]) == [2, 3, 3]
    one = images.where(contrast="t2")
    assert sorted(one.images[pick(np.random.default_rng(3), one, 6)][:, 0, 0]) == [60, 60, 61, 61, 62, 62]
    assert sorted(one.images[pick(np.random.default_rng(3), one, 3)][:, 0, 0]) == [60, 61, 62]
    created = images_of(flat(range(200, 224), 32))
    drawn = created.images[pick(np.random.default_rng(3), created, 24)][:, 0, 0]
    assert sorted(drawn) == list(range(200, 224)) and list(drawn) != sorted(drawn)


def test_a_contrast_with_few_images_gives_what_it_has():
    images = images_of(flat(range(10, 22), 8), contrast=["rare"] * 2 + ["common"] * 10)
    drawn = pick(np.random.default_rng(0), images, 9)
    assert len(set(drawn)) == 9 and (drawn < 2).sum() == 2
    assert len(pick(np.random.default_rng(0), images, 20)) == 12


# Montage.


def test_images_of_different_sizes_are_shown_equally_large_each_in_its_place(tmp_path):
    groups = [Group("T1", "Real, 64 × 64", flat([40, 60, 80], 64)), Group("Concat", "Real, 32 × 32", flat([100, 120, 140, 160], 32))]
    write_figure(tmp_path / "sheet.png", montage.arrange(groups, across=2, columns=2).figure)
    sheet = shown(tmp_path / "sheet.png")
    tile = 512
    assert sheet.shape == (2 * GAP + HEADING + 2 * (tile + GAP) + BETWEEN, 2 * (2 * tile + GAP + BETWEEN) + BETWEEN)
    for g, levels in enumerate(([40, 60, 80, 255], [100, 120, 140, 160])):
        for k, level in enumerate(levels):
            left, top = BETWEEN + g * (2 * tile + GAP + BETWEEN) + k % 2 * (tile + GAP), GAP + HEADING + k // 2 * (tile + GAP)
            assert (sheet[top : top + tile, left : left + tile] == level).all(), (g, k)
        heading = sheet[: GAP + HEADING, BETWEEN + g * (2 * tile + GAP + BETWEEN) :][:, :tile]
        assert heading.min() < 60 and heading.max() == 255


def test_an_image_is_enlarged_by_a_whole_number_and_centred(tmp_path):
    """Beside images of 64 pixels, those of 48 are shown 5 times as large in a place of 4 x 64."""
    groups = [Group("A", "", flat([50] * 8, 64)), Group("B", "", flat([90] * 8, 48))]
    write_figure(tmp_path / "sheet.png", montage.arrange(groups, across=1, columns=8).figure)
    sheet = shown(tmp_path / "sheet.png")
    rows, columns = np.nonzero(sheet[-(256 + 6 * GAP) :] == 90)
    assert rows.size == 8 * 240**2 and columns.min() == BETWEEN + 8 and np.unique(rows).size == 240


def test_images_that_are_not_square_fill_a_place_of_their_shape(tmp_path):
    groups = [Group("A", "", flat([50, 60, 70], (32, 64))), Group("B", "", flat([90], (32, 64)))]
    write_figure(tmp_path / "sheet.png", montage.arrange(groups, across=2, columns=2).figure)
    sheet = shown(tmp_path / "sheet.png")
    height, width = 256, 512
    assert sheet.shape[0] == 2 * GAP + HEADING + 2 * (height + GAP) + BETWEEN
    top, left = GAP + HEADING, BETWEEN
    assert (sheet[top : top + height, left : left + width] == 50).all()
    assert (sheet[top + height + GAP :][:height, left : left + width] == 70).all()
    top, bottom, left, right = square(sheet, 90)
    assert (bottom - top + 1, right - left + 1) == (height, width)


def test_groups_of_a_table_stand_in_lines_and_columns_headed_once(tmp_path):
    """The second line lacks its first group: the other one stays in its column."""
    groups = [Group("A", "", flat([50], 64), "Normal", 0), Group("B", "", flat([90], 64), "Normal", 1)]
    groups += [Group("B", "", flat([130], 64), "Bilateral", 1)]
    sheet = montage.arrange(groups, across=1, columns=1, note="Patient's left on the right.")
    assert [text.get_text() for text in sheet.figure.texts if text.get_text()] == [
        "Normal",
        "Bilateral",
        "A",
        "B",
        "Patient's left on the right.",
    ]
    write_figure(tmp_path / "sheet.png", sheet.figure)
    picture = shown(tmp_path / "sheet.png")
    first, second, third = (square(picture, level) for level in (50, 90, 130))
    assert first[:2] == second[:2] and first[3] < second[2]
    assert third[2:] == second[2:] and third[0] == second[1] + 1 + GAP


def test_a_sheet_from_files(tmp_path, archives):
    labels = [label("T1c", contrast="t1c"), label("Sagittal", "WGAN", "wgan")]
    for name in ("a", "b"):
        figure_main(archives, [], tmp_path / f"{name}.png", "montage", {"groups": "real", "columns": 4, "rows": 1}, labels, 5)
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()
    sheet = shown(tmp_path / "a.png")
    assert np.isin(sheet[GAP + HEADING + 5], [40, 41, 42, 255]).all()
    last = sheet[-BETWEEN - 2 * GAP - 20]
    assert (last >= 200).all() and (last < 224).sum() > 1900


def test_a_group_with_fewer_images_than_places_shows_what_it_has_and_the_log_says_so(tmp_path, archives, caplog):
    options = {"groups": "real", "columns": 4, "rows": 2}
    figure_main(archives[:1], [], tmp_path / "sheet.png", "montage", options, [label(contrast="t1")], 5)
    assert "real.npz: 6 images for the 8 places of 'T1'" in caplog.text
    tile, sheet = 512, shown(tmp_path / "sheet.png")[GAP + HEADING :]
    assert np.isin(sheet, [20, 21, 22]).sum() == 6 * tile**2


@pytest.mark.parametrize(
    ("labels", "words"),
    [
        ([label(contrast="pd")], ["real.npz", "no image with contrast 'pd'"]),
        ([label(level_mm="3")], ["no label 'level_mm'"]),
        ([], ["no group"]),
    ],
)
def test_what_a_sheet_cannot_show_is_named_and_nothing_is_written(tmp_path, archives, labels, words):
    with pytest.raises(InputError) as error:
        figure_main(archives[: len(labels)], [], tmp_path / "sheet.png", "montage", {"groups": "real"}, labels, 5)
    assert all(word in str(error.value) for word in words), error.value
    assert not (tmp_path / "sheet.png").exists()


def test_scans_are_no_images(tmp_path, pools):
    from neuroturing.geometry.planes import PlaneGrid
    from neuroturing.imageset import PlaneSet

    still = {"first": 0, "last": 0, "step": 1}
    spec = {"size": 4, "field_mm": 4, "centre_y_mm": 0, "planes_mm": [0], "flip": False} | dict.fromkeys(
        ("yaw_deg", "pitch_deg", "roll_deg"), still
    )
    scan = {"voxels": np.zeros((3, 3, 3), np.uint16), "matrix": np.eye(3, 4)} | {
        name: value.item() for name, value in make_labels(1).items()
    }
    write_imageset(tmp_path / "scans.npz", PlaneSet([scan], PlaneGrid.from_config(spec)))
    with pytest.raises(InputError, match="scans that planes are sampled from"):
        figure_main([tmp_path / "scans.npz"], [], tmp_path / "a.png", "montage", {"groups": "real"}, [label()], 1)


# The quiz sheet.


@pytest.mark.parametrize(("size", "count"), [(400, 5), (391, 2)])
def test_panels_of_full_size_are_shown_pixel_for_pixel(tmp_path, size, count):
    pictures = blobs(count, size) // 2 + 40
    write_figure(tmp_path / "sheet.png", panels.arrange(pictures, columns=4).figure)
    sheet = shown(tmp_path / "sheet.png")
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


def test_small_panels_are_enlarged_by_a_whole_number_on_one_grey_scale(tmp_path):
    write_figure(tmp_path / "sheet.png", panels.arrange(flat([30, 200], 64)).figure)
    sheet = shown(tmp_path / "sheet.png")
    side, gap, band = 384, 16, 54
    assert sheet.shape == (side + band + gap, 2 * (side + gap) + gap)
    assert (sheet[band : band + side, gap : gap + side] == 30).all()
    assert (sheet[band : band + side, 2 * gap + side : 2 * (gap + side)] == 200).all()


LABELS = [label(), label(recipe="dcgan")]


def test_the_sheet_and_its_key(tmp_path, pools):
    for name in ("a", "b"):
        panels_main(pools, tmp_path / f"{name}.png", tmp_path / f"{name}.tsv", {"panels": 8, "created_panels": 5}, LABELS, 3)
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()
    key = pd.read_csv(tmp_path / "a.tsv", sep="\t", keep_default_na=False)
    assert list(key.columns[:4]) == ["panel", "truth", "source_index", "scan"]
    assert "".join(key["panel"]) == "abcdefgh"
    assert (key["truth"] == "created").sum() == 5
    assert key.loc[key["truth"] == "real", "scan"].nunique() == 3 and (key.loc[key["truth"] == "created", "scan"] == "").all()
    assert not key.duplicated(["truth", "source_index"]).any()
    sheet, side, gap, band = shown(tmp_path / "a.png"), 384, 16, 54
    assert sheet.shape == (2 * (side + band) + gap, 4 * (side + gap) + gap)
    for i, row in key.iterrows():
        with np.load(pools[row["truth"] == "created"]) as archive:
            expected = np.asarray(Image.fromarray(archive["images"][row["source_index"]]).resize((side, side), Image.Resampling.LANCZOS))
        top, left = i // 4 * (side + band) + band, gap + i % 4 * (side + gap)
        np.testing.assert_array_equal(sheet[top : top + side, left : left + side], expected)


def test_created_panels_take_every_place():
    pool = images_of(blobs(12, 16))
    keys = [panels.draw(pool, [("r", pool)], {"panels": 8, "created_panels": 5}, seed)[1] for seed in range(150)]
    share = np.mean([[row["truth"] == "created" for row in key] for key in keys], axis=0)
    assert np.all(np.abs(share - 5 / 8) < 0.16)


def test_panels_of_several_recipes_are_of_each_alike():
    pool = images_of(blobs(12, 16))
    _, key = panels.draw(pool, [("one", pool), ("two", pool)], {"panels": 9, "created_panels": 5}, 1)
    assert sorted(np.unique([row["recipe"] for row in key if row["truth"] == "created"], return_counts=True)[1]) == [2, 3]
    assert all((row["recipe"] == "") == (row["truth"] == "real") for row in key)


@pytest.mark.parametrize(
    ("chosen", "word"),
    [({"panels": 26, "created_panels": 5}, "or more for the sheet"), ({"panels": 20, "created_panels": 13}, "12 images")],
)
def test_too_few_images_for_a_sheet_are_refused(tmp_path, pools, chosen, word):
    with pytest.raises(InputError, match=word):
        panels_main(pools, tmp_path / "sheet.png", tmp_path / "key.tsv", chosen, LABELS, 3)
    assert not (tmp_path / "sheet.png").exists() and not (tmp_path / "key.tsv").exists()


@pytest.mark.parametrize("chosen", [{"panels": 0, "created_panels": 0}, {"panels": 27}, {"panels": 4, "created_panels": 5}])
def test_impossible_sheets_are_refused_by_their_options(chosen):
    with pytest.raises(ValueError, match="panels"):
        FIGURES.options("panels").model_validate(chosen)


def test_a_size_that_would_tell_the_truth_is_refused(pools):
    with pytest.raises(InputError, match="would tell the truth"):
        panels.draw(images_of(blobs(12, 16)), [("r", images_of(blobs(12, 32)))], {}, 1)


# Flow charts.


def test_the_flow_chart_shows_this_runs_images(tmp_path, pools):
    labels = [label(), label(recipe="dcgan") | {"latent": 100}]
    options = {"scans": "Scans", "aligned": "aligned", "cut": "turned"}
    for name in ("a", "b"):
        figure_main(pools, [], tmp_path / f"{name}.png", "workflow", options, labels, 3)
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()
    chart = shown(tmp_path / "a.png")
    assert chart.shape == (int(94 / 25.4 * 300), int(174 / 25.4 * 300))
    black = write(tmp_path / "black.npz", np.zeros((12, 64, 64), np.uint8), source="dcgan")
    figure_main([pools[0], black], [], tmp_path / "black.png", "workflow", options, labels, 3)
    changed = np.argwhere(shown(tmp_path / "black.png") != chart)
    mm = 25.4 / 300
    # Only the stack of created images, 60 to 93 mm from the left and 12 to 42 mm from the bottom, may differ.
    assert len(changed) > 1000
    assert changed[:, 1].min() * mm >= 60 and changed[:, 1].max() * mm <= 93.1
    assert 94 - changed[:, 0].max() * mm >= 11.9 and 94 - changed[:, 0].min() * mm <= 42.1


def test_the_flow_chart_tells_how_many_random_numbers_where_it_is_known(pools):
    images = [images_of(blobs(4, 32)), images_of(blobs(4, 32))]
    told = [FIGURES["workflow"](images, [], [label(), label() | extra], {}, 1) for extra in ({"latent": 64}, {"latent": None}, {})]
    words = [[text.get_text() for text in figure.axes[0].texts] for figure in told]
    assert "64 random numbers" in words[0] and "random numbers" in words[1] and "random numbers" in words[2]


@pytest.mark.parametrize("kind", ["workflow", "applications"])
def test_charts_of_too_few_images_are_refused(tmp_path, pools, kind):
    two = write(tmp_path / "two.npz", blobs(2, 64))
    with pytest.raises(InputError, match="at least 3"):
        figure_main([pools[0], two], [], tmp_path / "a.png", kind, {}, LABELS, 3)
    with pytest.raises(InputError, match="1 sets of images"):
        figure_main(pools[:1], [], tmp_path / "a.png", kind, {}, LABELS[:1], 3)
    assert not (tmp_path / "a.png").exists()


def test_the_chart_of_applications_shows_this_runs_images(tmp_path, archives):
    created = write(tmp_path / "created.npz", flat([200] * 5, (64, 48)))
    for name in ("a", "b"):
        figure_main([archives[0], created], [], tmp_path / f"{name}.png", "applications", {}, LABELS, 3)
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()
    chart = shown(tmp_path / "a.png")
    mm = 300 / 25.4
    assert chart.shape == (int(78 * mm), int(174 * mm))
    for x, y, is_created in ((16, 63, 0), (16, 42, 0), (16, 20, 0), (77, 63, 1), (77, 42, 1), (112, 52, 0), (135, 52, 1), (112, 14, 1)):
        level = chart[int((78 - y) * mm), int(x * mm)]
        assert level == 200 if is_created else 20 <= level <= 82, (x, y)


# Distributions.

STUDY = {
    "group": {"name": "pattern", "values": ["normal", "bilateral"]},
    "data": {
        "A_normal": {"label": "A", "where": {"group": "normal", "level": ["BG", "COR"]}},
        "A_bilateral": {"label": "A", "where": {"group": "bilateral", "level": ["BG", "COR"]}},
        "B_normal": {"label": "B", "where": {"group": "normal", "level": ["COR"]}},
        "B_bilateral": {"label": "B", "where": {"group": "bilateral", "level": ["COR"]}},
    },
    "models": dict.fromkeys(("A_normal", "A_bilateral", "B_normal", "B_bilateral"), ["fastgan"]),
    "sets": [{"dataset": name, "label": name[0]} for name in ("A_normal", "A_bilateral", "B_normal", "B_bilateral")],
}


@pytest.fixture
def measured():
    rng = np.random.default_rng(0)
    rows = [("real", "normal", level, 1.0) for level in ("BG", "COR") for _ in range(8)]
    rows += [("A", "normal", "", 2.0)] * 16 + [("B", "normal", "", 3.0)] * 12 + [("real", "bilateral", "BG", 1.0)] * 3
    table = pd.DataFrame(rows, columns=["source", "pattern", "level", "lr_ratio"])
    table["lr_ratio"] += rng.normal(0, 0.01, len(table))
    table.loc[0, "lr_ratio"] = np.nan
    return table


def test_distributions_draw_every_image_as_a_point_in_its_panel_and_series(measured):
    plan = plan_figure("ratio", {"figure": "distributions", "of": "q", "quantity": "lr_ratio", "line": 1}, STUDY, {})
    assert plan["measures"] == ["q"] and plan["images"] == []
    figure = draw_distributions([], [measured], plan["labels"], plan["options"], 1)
    normal, bilateral = figure.axes
    assert [axes.get_title() for axes in figure.axes] == ["Normal", "Bilateral"]
    ticks = [tick.get_text().replace("\n", " ") for tick in normal.get_xticklabels()]
    assert ticks == ["Real, as A n = 15", "Real, as B n = 8", "Created, A n = 16", "Created, B n = 12"]
    assert [tick.get_text().split()[-1] for tick in bilateral.get_xticklabels()] == ["3", "0", "0", "0"]
    points = [collection.get_offsets() for collection in normal.collections if len(collection.get_offsets()) > 1]
    values = [np.asarray(each)[:, 1] for each in points if len(each) in (15, 8, 16, 12)]
    for drawn, mean in zip(values, (1, 1, 2, 3), strict=True):
        assert np.abs(drawn - mean).max() < 0.05
    # Violins and boxes where there are ten points or more, a line at 1.
    assert len(normal.lines) == 3 * 6 + 1


def test_series_and_panels_may_be_named(measured):
    series = [{"label": "COR", "where": {"source": "real", "level": "COR"}}, {"label": "both", "where": {"source": ["A", "B"]}}]
    plan = plan_figure("x", {"figure": "distributions", "of": "q", "quantity": "lr_ratio", "panels": "level", "series": series}, STUDY, {})
    figure = draw_distributions([], [measured], plan["labels"], plan["options"], 1)
    assert [axes.get_title() for axes in figure.axes] == ["BG", "COR", ""]
    assert [tick.get_text().split()[-1] for tick in figure.axes[1].get_xticklabels()] == ["8", "0"]


def test_a_figure_of_measurements_from_their_file(tmp_path, measured):
    write_table(tmp_path / "q.tsv", measured)
    plan = plan_figure("ratio", {"figure": "distributions", "of": "q", "quantity": "lr_ratio"}, STUDY, {})
    figure_main([], [tmp_path / "q.tsv"], tmp_path / "a.png", "distributions", plan["options"], plan["labels"], 1)
    picture = shown(tmp_path / "a.png")
    assert picture.shape[1] > 900 and 0.01 < np.mean(picture < 250) < 0.9
    with pytest.raises(InputError, match="no column 'count'"):
        figure_main(
            [], [tmp_path / "q.tsv"], tmp_path / "a.png", "distributions", plan["options"] | {"quantity": "count"}, plan["labels"], 1
        )
    labels = [{"label": "x", "real": True, "where": [{"levels": "COR"}]}]
    with pytest.raises(InputError, match="did you mean 'level'"):
        figure_main([], [tmp_path / "q.tsv"], tmp_path / "a.png", "distributions", plan["options"], labels, 1)


def test_options_of_every_figure_can_be_read_without_running_it():
    assert set(FIGURES) == {"workflow", "panels", "montage", "applications", "distributions"}
    for name in FIGURES:
        assert all(field.description for field in FIGURES.options(name).model_fields.values()), name
    with pytest.raises(ValueError, match="extra"):
        FIGURES.options("montage").model_validate({"groups": "real", "accross": 2})
