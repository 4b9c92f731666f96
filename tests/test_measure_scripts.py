"""The scripts that measure and compare, from image sets to tables and page; the generic measure; the table of measurements."""

import numpy as np
import pandas as pd
import pytest
from measurements import GROUP, LEVELS, PATTERNS, SETS, SPEC, comparison
from spect_phantom import defect, grey, perfusion, scan

import check_images
import compare
import measure
from neuroturing.errors import InputError
from neuroturing.geometry.planes import PlaneGrid
from neuroturing.imageset import REAL, TRAIN, ImageSet, PlaneSet, make_labels, write_imageset
from neuroturing.io.files import read_table, write_table
from neuroturing.measure import MEASURES, intensity, quantities
from neuroturing.measure.comparison import compare as compared
from neuroturing.measure.table import joined, pair, read_real, tabulate

NUMBERS = ("mean_counts", "lr_ratio")


def made(level, pattern, seed):
    activity, brain = perfusion(level)
    sides = {"normal": [], "unilateral": [180 * (seed % 2)], "bilateral": [0, 180]}[pattern]
    for side in sides:
        activity = activity * defect(side, 22, 40, 0.5)
    return grey(scan(activity, brain, seed=seed)[0])


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    """Five subjects a pattern at BG and COR, created images of the same kind, one of them empty; the folder after both scripts."""
    folder = tmp_path_factory.mktemp("study")
    rows = [(pattern, level, f"{pattern}-{number}") for pattern in PATTERNS for number in range(5) for level in ("BG", "COR")]
    pattern, level, subject = (np.array(column) for column in zip(*rows, strict=True))
    images = np.stack([made(row[1], row[0], index) for index, row in enumerate(rows)])
    known = {"image": [f"{row[2]}_{row[1]}" for row in rows], "scan": subject, "subject": subject, "group": pattern, "level": level}
    labels = make_labels(len(rows), **known, source=REAL, split=TRAIN, contrast="spect", counts_scale=np.linspace(0.5, 1, len(rows)))
    write_imageset(folder / "real.npz", ImageSet(images, labels))
    paths = []
    for entry in SETS:
        name, pattern = entry["label"], entry["where"]["group"]
        created = np.stack([made("COR" if name == "B" or seed % 2 else "BG", pattern, 100 + seed) for seed in range(6)])
        if entry["dataset"] == "B_normal":
            created[5] = 0
        paths.append(folder / f"{entry['dataset']}.npz")
        labels = make_labels(6, dataset=entry["dataset"], source="fastgan", group=pattern)
        write_imageset(paths[-1], ImageSet(created, labels, {}, 1))
    measure.main(folder / "real.npz", paths, folder / "quantification.tsv", "perfusion", {}, SETS, "pattern", 1)
    run_compare(folder, paths)
    return folder


def run_compare(folder, paths, name="comparison"):
    outputs = folder / f"{name}.tsv", folder / f"{name}.html"
    published = folder / "published.tsv"
    write_table(published, [{"quantity": "MC", "dataset": "A", "pattern": "normal", "published_p": "P = 0.8"}])
    images = [folder / "real.npz", *paths]
    more = {"measure": "perfusion", "published": published, "notes": [], "remarks": ["A made cohort."], "images": images}
    compare.main(folder / "quantification.tsv", *outputs, SPEC, SETS, GROUP, 1, **more, contrast=folder / f"{name}_contrast.tsv")


def test_quantification_has_a_row_for_every_image(study):
    table = pd.read_csv(study / "quantification.tsv", sep="\t")
    assert list(table.columns[:6]) == ["image", "source", "pattern", "level", "mean_counts", "lr_ratio"]
    assert {"subject", "scan", "dataset", "recipe", "split", "counts_scale", "note"} < set(table.columns)
    assert table.groupby("source").size().to_dict() == {"real": 30, "A": 18, "B": 18}
    assert table["image"].is_unique
    created = table[table["source"] != "real"]
    assert created["level"].isna().all() and created["subject"].isna().all() and set(created["recipe"]) == {"fastgan"}
    assert set(created["dataset"]) == {entry["dataset"] for entry in SETS}
    excluded = table[table["note"].notna()]
    assert excluded["image"].tolist() == ["B_normal_00005"] and excluded[["mean_counts", "lr_ratio"]].isna().all(axis=None)
    assert table["mean_counts"].dropna().between(0.4, 0.9).all()
    asymmetry = np.abs(np.log(table["lr_ratio"])).groupby(table["pattern"]).median()
    assert asymmetry["unilateral"] > 3 * max(asymmetry["normal"], asymmetry["bilateral"])


def test_comparison_reads_back_with_every_promised_row(study):
    table = pd.read_csv(study / "comparison.tsv", sep="\t", keep_default_na=False)
    assert len(table) == 12 and (table["published_p"] != "").sum() == 1
    cell = table[(table["quantity"] == "MC") & (table["dataset"] == "B") & (table["pattern"] == "normal")].iloc[0]
    assert cell["n_created"] == 5 and "1 of 6 created images excluded" in cell["note"]
    assert len(pd.read_csv(study / "comparison_contrast.tsv", sep="\t")) == 6
    text = (study / "comparison.html").read_text(encoding="utf-8")
    assert "A made cohort." in text and "One training stands behind each row" in text
    # Half of the created images were made at either level; nothing but the pictures tells.
    for pattern in PATTERNS:
        assert f"A, {pattern}: of 6 created images, by estimate, BG 50 %, COR 50 %" in text
    assert not list(study.glob(".partial*"))


def test_same_input_gives_the_same_bytes(study):
    run_compare(study, [study / f"{entry['dataset']}.npz" for entry in SETS], "again")
    for ending in (".tsv", ".html", "_contrast.tsv"):
        assert (study / f"again{ending}").read_bytes() == (study / f"comparison{ending}").read_bytes()


def test_a_model_that_makes_no_brain_leaves_its_own_rows_untested(study, tmp_path, caplog):
    empty = ImageSet(np.zeros((6, 64, 64), np.uint8), make_labels(6, dataset="A_normal", source="fastgan", group="normal"))
    write_imageset(tmp_path / "empty.npz", empty)
    paths = [tmp_path / "empty.npz", study / "A_unilateral.npz"]
    measure.main(study / "real.npz", paths, tmp_path / "t.tsv", "perfusion", {}, SETS[:2], "pattern", 1)
    assert "6 of 6 created images" in caplog.text and "train longer" in caplog.text
    table = read_table(tmp_path / "t.tsv", (), NUMBERS)
    rows = compared(table, comparison(), 1).set_index(["quantity", "dataset", "pattern"])
    assert rows.loc["MC", "A", "normal"]["verdict"] == "not tested"
    assert "6 of 6 created images excluded" in rows.loc["MC", "A", "normal"]["note"]
    assert rows.loc["MC", "A", "unilateral"]["verdict"] != "not tested"
    assert "no created images" in rows.loc["MC", "B", "normal"]["note"]


def test_grey_levels_of_what_is_not_background(tmp_path):
    picture = np.zeros((10, 10), np.uint8)
    picture[:5] = 100
    picture[0] = 200
    real = ImageSet(np.stack([picture, np.zeros_like(picture)]), make_labels(2, image=["a", "b"], source=REAL))
    write_imageset(tmp_path / "real.npz", real)
    write_imageset(tmp_path / "made.npz", ImageSet(picture[None], make_labels(1)))
    sets = [{"dataset": "liver", "label": "GAN", "recipe": "gan", "where": {}}]
    measure.main(str(tmp_path / "real.npz"), [tmp_path / "made.npz"], tmp_path / "t.tsv", "intensity", {}, sets, None, 1)
    table = read_table(tmp_path / "t.tsv", ("group",), tuple(intensity.QUANTITIES))
    assert list(table.columns[4:8]) == list(intensity.QUANTITIES) == list(quantities("intensity"))
    assert table["image"].tolist() == ["a", "b", "liver_00000"] and table["source"].tolist() == [REAL, REAL, "GAN"]
    first = table.loc[0, list(intensity.QUANTITIES)].astype(float)
    assert list(first) == pytest.approx([120, 40, 100, 0.5])
    assert list(table.loc[2, list(intensity.QUANTITIES)]) == list(first)
    assert table.loc[1, "note"] == "excluded: nothing above grey level 0" and np.isnan(table.loc[1, "mean_grey"])
    assert table.loc[1, "background_share"] == 1
    brighter = intensity.measure(real, [], {"background": 100})
    assert brighter["mean_grey"][0] == 200 and brighter["background_share"][0] == 0.9


@pytest.mark.parametrize("name", MEASURES)
def test_every_measure_keeps_its_promises(name, study):
    real = read_real(study / "real.npz")[0].take(np.arange(2))
    table = MEASURES[name](real, [real], {}, 1)
    assert list(table.columns) == [*quantities(name), "note"] and len(table) == 4
    # A created image has no counts of its own; all else is measured alike.
    alike = [column for column in quantities(name) if column != "mean_counts_global"]
    assert np.array_equal(table.loc[:1, alike], table.loc[2:, alike]) and table[alike].notna().all(axis=None)
    assert MEASURES.options(name).model_validate({}).model_dump()
    assert all(MEASURES.options(name).model_fields[key].description for key in MEASURES.options(name).model_fields)


def test_real_images_of_several_sets_count_once(tmp_path):
    pictures = np.arange(3 * 16, dtype=np.uint8).reshape(3, 4, 4)
    for name, rows in (("a", [0, 1]), ("b", [1, 2])):
        labels = make_labels(2, image=[f"image-{row}" for row in rows], source=REAL, dataset=name)
        write_imageset(tmp_path / f"{name}.npz", ImageSet(pictures[rows], labels | ({"section": np.array(rows)} if name == "a" else {})))
    [both] = read_real([tmp_path / "a.npz", tmp_path / "b.npz"])
    assert both["image"].tolist() == ["image-0", "image-1", "image-2"] and np.array_equal(both.images, pictures)
    assert "section" not in both.labels
    labels = make_labels(2, image=["image-0", "image-2"], source=REAL)
    write_imageset(tmp_path / "other.npz", ImageSet(pictures[1:], labels))
    [apart] = read_real([tmp_path / "a.npz", tmp_path / "other.npz"])
    assert apart["image"].tolist() == ["image-0", "image-1", "other_image-0", "image-2"]
    write_imageset(tmp_path / "made.npz", ImageSet(pictures, make_labels(3, source="gan")))
    with pytest.raises(InputError, match="created images"):
        read_real([tmp_path / "a.npz", tmp_path / "made.npz"])
    write_imageset(tmp_path / "large.npz", ImageSet(np.ones((1, 8, 8), np.uint8), make_labels(1, image="large", source=REAL)))
    sizes = read_real([tmp_path / "a.npz", tmp_path / "large.npz"])
    assert [images.size for images in sizes] == [(4, 4), (8, 8)]
    assert [mine for _, mine in pair(sizes, [sizes[1], sizes[0], sizes[1]])] == [[1], [0, 2]]
    with pytest.raises(InputError, match="8 x 8 pixels(.|\n)*4 x 4 pixels, as real images have"):
        pair(sizes[:1], sizes[1:])
    still = {"first": 0, "last": 0, "step": 1}
    grid = PlaneGrid.from_config(
        {
            "size": 16,
            "field_mm": 60,
            "centre_y_mm": 0,
            "planes_mm": [0],
            "flip": False,
            "yaw_deg": still,
            "pitch_deg": still,
            "roll_deg": still,
        }
    )
    one = {name: values[0].item() for name, values in make_labels(1, scan="s", source=REAL).items()}
    scans = [one | {"voxels": np.zeros((4, 4, 4), np.uint16), "matrix": np.eye(4)[:3]}]
    write_imageset(tmp_path / "planes.npz", PlaneSet(scans, grid))
    with pytest.raises(InputError, match="turned planes"):
        read_real(tmp_path / "planes.npz")


def test_created_images_of_one_name_are_told_apart():
    picture = np.ones((1, 4, 4), np.uint8)
    real = ImageSet(picture, make_labels(1, image="r", source=REAL, group="tumour"))
    created = [ImageSet(picture, make_labels(1, image="00000", level="BG")), ImageSet(picture, make_labels(1, image="00000", group="none"))]
    sets = [
        {"dataset": "D", "label": "D gan", "recipe": "gan", "where": {"group": "tumour"}},
        {"dataset": "D", "label": "D wgan", "recipe": "wgan", "where": {"group": ["tumour", "none"]}},
    ]
    table = joined([tabulate(real, created, sets, pd.DataFrame({"value": [1.0, 2.0, 3.0], "note": ""}), "kind")])
    assert table["image"].tolist() == ["r", "D_gan_00000", "D_wgan_00000"]
    assert table["kind"].tolist() == ["tumour", "tumour", "none"] and table["level"].tolist() == ["", "BG", ""]
    assert table["value"].tolist() == [1, 2, 3] and list(table.columns[:5]) == ["image", "source", "kind", "level", "value"]
    with pytest.raises(InputError, match="two images named"):
        joined([tabulate(real, created, [sets[0], sets[0]], pd.DataFrame({"value": [1.0, 2.0, 3.0], "note": ""}), "kind")])


def test_levels_of_sets_are_those_of_the_study():
    assert {entry["dataset"]: entry["where"]["level"] for entry in SETS}["B_bilateral"] == LEVELS["B"]


def test_images_that_cannot_be_measured_are_found_before_a_training(study, tmp_path):
    check_images.main(study / "real.npz", tmp_path / "checked", [["perfusion", {}], ["intensity", {}]])
    assert (tmp_path / "checked").exists()
    real = read_real(study / "real.npz")[0]
    real.images[2] = 0
    write_imageset(tmp_path / "real.npz", real)
    with pytest.raises(InputError, match="real.npz(.|\n)*is the plane inside the head"):
        check_images.main(tmp_path / "real.npz", tmp_path / "not", [["perfusion", {}]])
    assert not (tmp_path / "not").exists()
