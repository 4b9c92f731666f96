"""A study nobody wrote code for: imported images of another organ, two cuts, three created sets, an unequal design."""

import csv
import json

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from neuroturing.cut.files import check_folder
from neuroturing.cut.images import read_images
from neuroturing.errors import InputError

STUDY = """
title: Kidney
cuts:
  axial: {rule: images, images: real/axial, labels: real/axial.tsv}
  coronal: {rule: images, images: real/coronal}
data:
  ax: {label: Axial, cut: axial}
  co: {label: Coronal, cut: coronal}
models:
  ax: [{recipe: alpha, images: made/alpha, label: Alpha}, {recipe: beta, images: made/beta, label: Beta}]
  co: [{recipe: alpha, images: made/coronal, label: Alpha}]
samples: {real: 12}
reader_study:
  readers: [anna, ben]
  groups: {anna: radiologist}
  practice: 2
  repeats: 2
  blocks:
    - {dataset: ax, recipe: alpha, real: 5, created: 3}
    - {dataset: ax, recipe: beta, images: 6, created_share: [0.5, 0.5]}
    - {dataset: co, recipe: alpha, real: 2, created: 4}
tables:
  turing:
    title: Real or created
    rows: model
    unit: count
    columns: [dataset, recipe, kind, reader, real_as_real, real_as_synt, synt_as_real, synt_as_synt, accuracy, p_value, d_prime]
    published: printed.tsv
figures:
  sheet: {figure: montage, title: Sheet, groups: [{dataset: ax}, {dataset: ax, recipe: beta}, {dataset: co, recipe: alpha}], across: 2,
  columns: 3, rows: 1}
measures:
  grey: {measure: intensity}
comparisons:
  compared:
    of: grey
    quantities: {grey: mean_grey}
    rows: [{set: "Axial, Alpha"}, {set: "Axial, Beta"}, {set: Coronal}]
    contrast: ["Axial, Alpha", "Axial, Beta"]
    minimum: 2
    resamples: 200
"""


def write_images(folder, count, shape, rng, brighter=0):
    folder.mkdir(parents=True)
    rows, columns = np.indices(shape)
    for k in range(count):
        radius = np.hypot((rows / shape[0] - 0.5) * 2.4, (columns / shape[1] - 0.5) * 3)
        noise = rng.normal(0, 12, shape)
        picture = np.where(radius < 1, np.clip(120 + brighter + 40 * np.cos(6 * radius) + rng.normal(0, 8) + noise, 10, 255), 0)
        Image.fromarray(picture.astype(np.uint8)).save(folder / f"slice{k:02d}.png")


@pytest.fixture
def kidney(tmp_path_factory):
    """The study's folder, outside the project."""
    folder, rng = tmp_path_factory.mktemp("elsewhere") / "kidney", np.random.default_rng(1)
    write_images(folder / "real/axial", 16, (40, 32), rng)
    write_images(folder / "real/coronal", 12, (24, 24), rng)
    write_images(folder / "made/alpha", 9, (40, 32), rng, 3)
    write_images(folder / "made/beta", 7, (40, 32), rng, 60)
    write_images(folder / "made/coronal", 5, (24, 24), rng)
    table = [["image", "subject"], *([f"slice{k:02d}.png", f"p{k // 2}"] for k in range(16))]
    (folder / "real/axial.tsv").write_text("\n".join("\t".join(row) for row in table) + "\n")
    printed = [
        ["dataset", "recipe", "reader", "real_as_real", "real_as_synt", "synt_as_real", "synt_as_synt", "accuracy"],
        ["Axial, 40x32", "Alpha", "radiologist", "8", "2", "3", "7", "75"],
        ["Coronal, 24x24", "Alpha", "radiologist", "5", "5", "5", "5", "50"],
    ]
    (folder / "printed.tsv").write_text("\n".join("\t".join(row) for row in printed) + "\n")
    (folder / "study.yaml").write_text(STUDY)
    return folder


@pytest.mark.slow
@pytest.mark.wet
def test_a_study_is_a_folder(snakemake, checkout, write, kidney):
    mine = write("mine.yaml", {"studies": [str(kidney)]})
    run = snakemake("--configfile", mine)
    assert run.returncode == 0, run.stdout
    base = checkout / "results/kidney"
    key = pd.read_csv(base / "quiz_keys/anna.tsv", sep="\t")
    test = key[key["block"] == "test"]
    assert list(test[test["repeat_of"].notna()]["part"]) == [1, 2], "two images come twice"
    test = test[test["repeat_of"].isna()]
    counts = test.groupby(["dataset", "recipe", "truth"]).size().to_dict()
    assert counts == {
        **{("ax", "alpha", "real"): 5, ("ax", "alpha", "created"): 3, ("ax", "beta", "real"): 3, ("ax", "beta", "created"): 3},
        **{("co", "alpha", "real"): 2, ("co", "alpha", "created"): 4},
    }
    assert len(key) - len(test) == 2 + 2
    assert len(list((base / "quiz/anna/images").glob("*.png"))) == len(key)
    assert len({path.stat().st_size for path in (base / "quiz/anna/images").glob("*.png")}) == 2, "a length for each size of image"
    table = pd.read_csv(base / "turing.tsv", sep="\t")
    assert list(table["kind"]) == ["published", "published"]
    compared = pd.read_csv(base / "compared.tsv", sep="\t")
    assert list(compared["dataset"]) == ["Axial, Alpha", "Axial, Beta", "Coronal"]
    assert list(compared["n_created"]) == [9, 7, 5]
    assert abs(compared["effect_size"][1]) > abs(compared["effect_size"][0])
    assert compared["effect_size"][1] == 1
    assert (base / "sheet.png").stat().st_size > 1000
    assert (checkout / "results/report.html").stat().st_size > 50_000
    audited = pd.read_csv(base / "audit.tsv", sep="\t")
    assert set(audited["verdict"]) == {"follows", "worked out here"} and (base / "audit.html").stat().st_size > 3000
    items = pd.read_csv(base / "checklist.tsv", sep="\t", index_col="item")
    assert "imported from" in items["answer"]["7"] and "anna (radiologist)" in items["answer"]["R1"] and items["status"]["37"] == "answered"
    page = (base / "compared.html").read_text()
    assert "One training stands behind each row" in page

    # A reader answers: the same command adds rows.
    blank = list(csv.DictReader(open(base / "quiz/anna/answers.csv", encoding="utf-8")))
    truth = dict(zip(key["image_id"], key["truth"], strict=True))
    for row in blank:
        row["answer"], row["confidence"] = truth[row["image_id"]], 4
    answers = checkout / "responses/kidney/anna.csv"
    answers.parent.mkdir(parents=True)
    with open(answers, "w", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, blank[0])
        writer.writeheader()
        writer.writerows(blank)
    run = snakemake("--configfile", mine)
    assert run.returncode == 0, run.stdout
    table = pd.read_csv(base / "turing.tsv", sep="\t")
    mine_rows = table[table["reader"] == "anna"]
    assert list(mine_rows["accuracy"]) == [1, 1, 1]
    judged = pd.read_csv(base / "judgements.tsv", sep="\t")
    assert len(judged) == len(blank) == 8 + 6 + 6 + 2 and set(judged["reader_group"]) == {"radiologist"}
    assert list(mine_rows[["real_as_real", "synt_as_synt"]].sum(axis=1)) == [8, 6, 6], "the second showing is not scored"
    assert "accuracy 100" in pd.read_csv(base / "checklist.tsv", sep="\t", index_col="item")["answer"]["37"]
    assert set(judged["kind"]) == {"human"}
    assert json.loads((base / "protocol.json").read_text())["repeats"] == 2
    again = pd.read_csv(base / "reading.tsv", sep="\t").query("quantity == 'same_answer_again'")
    assert list(again["n"]) == [2, 2] and list(again["value"]) == [1, 1]
    across = pd.read_csv(base / "mrmc.tsv", sep="\t")
    assert list(across["readers"].unique()) == [1] and "Alpha" in set(across["recipe"])
    assert "BEGIN DATA:" in (base / "readings.imrmc").read_text() and (base / "sizing.png").stat().st_size > 10_000
    assert json.dumps(sorted(judged.columns[:10])) == json.dumps(
        sorted(["study", "reader", "kind", "image", "truth", "answer", "confidence", "ms", "block", "recipe"])
    )


def test_a_quantity_that_is_not_measured_is_refused_before_anything_runs(snakemake, write, kidney):
    (kidney / "study.yaml").write_text(STUDY.replace("mean_grey", "mean_gray"))
    run = snakemake("--dry-run", "--configfile", write("mine.yaml", {"studies": [str(kidney)]}))
    assert run.returncode == 1 and "comparisons.compared.quantities" in run.stdout and "did you mean 'mean_grey'" in run.stdout


def test_images_and_tables_are_looked_at_before_anything_runs(snakemake, write, kidney):
    mine = write("mine.yaml", {"studies": [str(kidney)]})
    damage(kidney, "colour")
    run = snakemake("--dry-run", "--configfile", mine)
    assert run.returncode == 1 and "slice03.png" in run.stdout and "colour" in run.stdout
    (kidney / "study.yaml").write_text(STUDY.replace("real/axial.tsv", "real/axial").replace("made/beta", "made/alpha"))
    run = snakemake("--dry-run", "--configfile", mine)
    assert run.returncode == 1 and "cuts.axial.labels" in run.stdout and "a file" in run.stdout


def damage(folder, what):
    """Make one thing wrong with the study's images."""
    path = folder / "made/beta/slice03.png"
    image = Image.open(path).convert("L")
    if what == "colour":
        image.convert("RGB").save(path)
    elif what == "alpha":
        image.convert("LA").save(path)
    elif what == "16-bit":
        Image.fromarray(np.asarray(image).astype(np.uint16) * 256).save(path)
    elif what == "size":
        image.resize((32, 32)).save(path)
    elif what == "text":
        path.write_text("not a picture")


@pytest.mark.parametrize("what", ["colour", "alpha", "16-bit", "size", "text"])
def test_imported_images_that_cannot_be_used_are_named(tmp_path, kidney, what):
    assert read_images(kidney / "made/beta").count == 7
    check_folder(kidney / "made/beta")
    damage(kidney, what)
    said = []
    for look in (read_images, check_folder):  # of every pixel; of the first bytes, while Snakemake plans
        with pytest.raises(InputError, match="slice03.png") as error:
            look(kidney / "made/beta")
        said.append(str(error.value))
    assert said[0] == said[1] or what == "text"
