"""The SPECT rules' scripts from archives to tables, page and figures."""

import numpy as np
import pandas as pd
import pytest
import spect_compare
import spect_figures
import spect_quantify
from neuroturing.spect import compare
from neuroturing.spect.archives import read_quantification, read_real
from neuroturing.spect.figures import distribution_figure, samples_figure
from neuroturing.spect.quantify import PATTERNS
from PIL import Image
from spect_phantom import defect, grey, perfusion, scan

from neuroturing.errors import InputError

SETTINGS = {"threshold": 0.46, "max_tilt_deg": 20}
COMPARE = {"margins": {"MC": 0.03, "LR": 0.03}, "minimum": 5, "resamples": 200, "confidence": 0.95, "seed": 1}
CELLS = [(dataset, pattern) for dataset in "AB" for pattern in PATTERNS]


def made(level, pattern, seed):
    activity, brain = perfusion(level)
    sides = {"normal": [], "unilateral": [180 * (seed % 2)], "bilateral": [0, 180]}[pattern]
    for side in sides:
        activity = activity * defect(side, 22, 40, 0.5)
    return grey(scan(activity, brain, seed=seed)[0])


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    """Six subjects a pattern at BG and COR, created images of the same kind, one of them empty; the folder after all three scripts."""
    folder = tmp_path_factory.mktemp("werner2022")
    rows = [(pattern, level, f"{pattern}-{number}") for pattern in PATTERNS for number in range(6) for level in ("BG", "COR")]
    pattern, level, subject = (np.array(column) for column in zip(*rows, strict=True))
    images = np.stack([made(row[1], row[0], index) for index, row in enumerate(rows)])
    name = np.array([f"{row[2]}_{row[1]}" for row in rows])
    scale = np.linspace(0.5, 1, len(rows))
    real = {"images": images, "subject": subject, "pattern": pattern, "level": level, "name": name, "counts_scale": scale, "seed": 0}
    np.savez(folder / "real.npz", **real)
    paths = [folder / f"{dataset}_{pattern}.npz" for dataset, pattern in CELLS]
    for path, (dataset, pattern) in zip(paths, CELLS, strict=True):
        created = np.stack([made("COR" if dataset == "B" or seed % 2 else "BG", pattern, 100 + seed) for seed in range(6)])
        if (dataset, pattern) == ("B", "normal"):
            created[5] = 0
        np.savez(path, images=created, seed=0)
    spect_quantify.main(folder / "real.npz", paths, folder / "quantification.tsv", CELLS, "image_maximum", SETTINGS)
    outputs = [folder / name for name in ("comparison.tsv", "comparison_b_reference.tsv", "comparison.html")]
    spect_compare.main(folder / "quantification.tsv", *outputs, "COR", "image_maximum", COMPARE, "A made cohort.")
    outputs = [folder / f"figure_{name}.png" for name in ("created", "mean_counts", "lr_ratio")]
    spect_figures.main(folder / "quantification.tsv", paths, *outputs, CELLS, "image_maximum")
    return folder


def test_quantification_has_a_row_for_every_image(study):
    table = pd.read_csv(study / "quantification.tsv", sep="\t")
    assert list(table.columns[:6]) == ["image", "source", "pattern", "level", "mean_counts", "lr_ratio"]
    assert table.groupby("source").size().to_dict() == {"real": 36, "A": 18, "B": 18}
    assert table["image"].is_unique
    assert table.loc[table["source"] != "real", "level"].isna().all()
    excluded = table[table["note"].notna()]
    assert excluded["image"].tolist() == ["B_normal_00005"] and excluded[["mean_counts", "lr_ratio"]].isna().all(axis=None)
    assert table["mean_counts"].dropna().between(0.4, 0.9).all()
    asymmetry = np.abs(np.log(table["lr_ratio"])).groupby(table["pattern"]).median()
    assert asymmetry["unilateral"] > 3 * max(asymmetry["normal"], asymmetry["bilateral"])


def test_comparison_reads_back_with_every_promised_cell(study):
    table = pd.read_csv(study / "comparison.tsv", sep="\t", keep_default_na=False)
    assert len(table) == 12 and (table["published_p"] != "").all()
    cell = table[(table["quantity"] == "MC") & (table["dataset"] == "B") & (table["pattern"] == "normal")].iloc[0]
    assert cell["n_created"] == 5 and "1 of 6 created images excluded" in cell["note"]
    assert len(pd.read_csv(study / "comparison_b_reference.tsv", sep="\t")) == 12
    assert "A made cohort." in (study / "comparison.html").read_text(encoding="utf-8")
    assert not list(study.glob(".partial*"))


@pytest.mark.parametrize("name", ["created", "mean_counts", "lr_ratio"])
def test_figures_are_pictures_with_something_on_them(study, name):
    picture = np.asarray(Image.open(study / f"figure_{name}.png").convert("L"))
    assert picture.shape[1] > 1200 and 0.01 < np.mean(picture < 250) < 0.9


def test_same_input_gives_the_same_bytes(study, tmp_path):
    paths = [tmp_path / name for name in ("comparison.tsv", "b.tsv", "page.html")]
    spect_compare.main(study / "quantification.tsv", *paths, "COR", "image_maximum", COMPARE, "A made cohort.")
    assert paths[0].read_bytes() == (study / "comparison.tsv").read_bytes()


def test_figures_stand_where_patterns_are_missing_or_few(study):
    table = read_quantification(study / "quantification.tsv")
    few = table[(table["pattern"] == "normal") & (table["source"] != "A")].head(3)
    panels = distribution_figure(few, "lr_ratio").axes
    assert [label.get_text().split()[-1] for label in panels[0].get_xticklabels()][2] == "0"
    figure = samples_figure({("A", "normal"): np.zeros((2, 16, 16), np.uint8)})
    assert len(figure.axes) == 2
    assert sum(text.get_text() == "no created images" for text in figure.texts) == 5


def test_archives_that_cannot_be_used_are_named(study, tmp_path):
    with np.load(study / "real.npz") as archive:
        arrays = dict(archive)
    np.savez(tmp_path / "lacking.npz", **{name: array for name, array in arrays.items() if name != "level"})
    with pytest.raises(InputError, match="no array 'level'"):
        read_real(tmp_path / "lacking.npz")
    np.savez(tmp_path / "twice.npz", **arrays | {"name": np.full(len(arrays["name"]), "same")})
    with pytest.raises(InputError, match="36 images named 'same'"):
        read_real(tmp_path / "twice.npz")
    np.savez(tmp_path / "short.npz", **arrays | {"subject": arrays["subject"][:-1]})
    with pytest.raises(InputError, match="35 values of 'subject' for 36 images"):
        read_real(tmp_path / "short.npz")
    (tmp_path / "broken.npz").write_bytes(b"PK\x03\x04")
    with pytest.raises(InputError, match="not readable"):
        read_real(tmp_path / "broken.npz")
    np.savez(tmp_path / "empty.npz", images=np.zeros((3, 64, 64), np.uint8), seed=0)


def test_a_model_that_makes_no_brain_leaves_its_own_cells_untested(study, tmp_path, caplog):
    np.savez(tmp_path / "empty.npz", images=np.zeros((6, 64, 64), np.uint8), seed=0)
    paths = [tmp_path / "empty.npz", study / "A_unilateral.npz"]
    cells = [("A", "normal"), ("A", "unilateral")]
    spect_quantify.main(study / "real.npz", paths, tmp_path / "t.tsv", cells, "image_maximum", SETTINGS)
    assert "6 of 6 created images" in caplog.text and "train longer" in caplog.text
    twelve = compare.comparison(read_quantification(tmp_path / "t.tsv"), b_reference="COR", **COMPARE)
    twelve = twelve.set_index(["quantity", "dataset", "pattern"])
    assert twelve.loc["MC", "A", "normal"]["verdict"] == "not tested"
    assert "6 of 6 created images excluded" in twelve.loc["MC", "A", "normal"]["note"]
    assert twelve.loc["MC", "A", "unilateral"]["verdict"] != "not tested"
    assert "no created images" in twelve.loc["MC", "B", "normal"]["note"]
