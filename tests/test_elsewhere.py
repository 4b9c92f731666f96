"""Images from another framework: folders of PNG files get realism, copying, a quiz and a card from one study's folder."""

import json

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from scipy import ndimage

STUDY = """
title: Elsewhere
split: {held_out: 0.3}
cuts:
  planes: {rule: images, images: real, labels: real.tsv}
data:
  planes: {label: Planes, cut: planes}
models:
  planes:
    - {recipe: honest, images: made/honest, label: Honest}
    - {recipe: copier, images: made/copier, label: Copier}
    - {recipe: blurred, images: made/blurred, label: Blurred}
samples: {real: 60}
examination: {images: 60, encoder_steps: 40, repeats: 2}
reader_study:
  readers: [anna]
  practice: 0
  blocks: [{dataset: planes, recipe: honest, real: 6, created: 6}]
"""
SUBJECTS, EACH, SIZE = 30, 4, 32


def subject_image(shape, rng):
    """One image of a subject: an ellipse with a texture and a bright spot of the subject's own."""
    rows, columns = np.indices((SIZE, SIZE)) - (SIZE - 1) / 2
    tall, wide, angle, ring, x, y = shape
    across, down = columns * np.cos(angle) + rows * np.sin(angle), rows * np.cos(angle) - columns * np.sin(angle)
    radius = np.hypot(down / tall, across / wide)
    spot = 70 * np.exp(-((rows - y + rng.normal(0, 0.3)) ** 2 + (columns - x + rng.normal(0, 0.3)) ** 2) / 6)
    picture = 110 + 30 * np.cos(ring * radius) + spot + ndimage.gaussian_filter(rng.normal(0, 12, (SIZE, SIZE)), 0.7)
    return np.where(radius < 1, np.clip(picture, 10, 255), 0).astype(np.uint8)


def subject_shape(rng):
    return (*rng.uniform((11, 9), (15, 13)), rng.uniform(-0.3, 0.3), rng.uniform(4, 8), *rng.uniform(-5, 5, 2))


def save(folder, images):
    folder.mkdir(parents=True)
    for k, image in enumerate(images):
        Image.fromarray(image).save(folder / f"{k:03d}.png")


@pytest.fixture
def elsewhere(tmp_path_factory):
    """The study's folder: 30 subjects of whom the last 9 were not trained on, and what three generators made."""
    folder, rng = tmp_path_factory.mktemp("elsewhere") / "planes", np.random.default_rng(2)
    subjects = [subject_shape(rng) for _ in range(SUBJECTS)]
    real = [subject_image(shape, rng) for shape in subjects for _ in range(EACH)]
    save(folder / "real", real)
    sides = ["train"] * 21 + ["held_out"] * 9
    rows = [f"{k:03d}.png\tp{k // EACH:02d}\t{sides[k // EACH]}" for k in range(len(real))]
    (folder / "real.tsv").write_text("\n".join(["image\tsubject\tsplit", *rows]) + "\n")
    honest = [subject_image(subject_shape(rng), rng) for _ in range(60)]
    save(folder / "made/honest", honest)
    # The training images themselves, half of them turned over.
    copied = [real[k] if k % 2 else np.ascontiguousarray(real[k][:, ::-1]) for k in rng.permutation(21 * EACH)[:60]]
    save(folder / "made/copier", copied)
    save(folder / "made/blurred", [ndimage.gaussian_filter(image, 1.2) for image in honest])
    (folder / "study.yaml").write_text(STUDY)
    return folder


@pytest.mark.slow
@pytest.mark.wet
def test_a_folder_of_images_gets_realism_copying_a_quiz_and_a_card(snakemake, checkout, write, elsewhere):
    run = snakemake("--configfile", write("mine.yaml", {"studies": [str(elsewhere)]}))
    assert run.returncode == 0, run.stdout
    base = checkout / "results" / elsewhere.name

    realism = pd.read_csv(base / "realism.tsv", sep="\t").set_index(["recipe", "measure", "feature_space"])
    assert set(realism["side"]) == {"held out"} and set(realism["subjects"]) == {9}
    assert {"pixels", "encoder", "radiomics", "images"} == set(realism.index.get_level_values("feature_space"))
    distance, sharp = (realism.xs(key, level="measure") for key in ("kernel_distance", "high_frequency_ratio"))
    for space in ("encoder", "radiomics"):
        assert distance.loc[("blurred", space), "value"] > distance.loc[("honest", space), "value"]
    assert distance.loc[("blurred", "radiomics"), "low"] > distance.loc[("blurred", "radiomics"), "real_high"]
    assert sharp.loc[("blurred", "images"), "high"] < 0.8 < sharp.loc[("honest", "images"), "value"] < 1.25
    told = realism.xs("c2st_cnn", level="measure")["p_value"].droplevel("feature_space")
    assert told["blurred"] < 0.05 < told["honest"]
    assert len(pd.read_csv(base / "measures.tsv", sep="\t")) > 50

    copying = pd.read_csv(base / "copying.tsv", sep="\t").set_index("recipe")
    assert list(copying["copies"][["copier", "blurred"]]) == [60, 0] and copying.loc["honest", "copies"] < 5
    assert copying.loc["copier", "c_t_p"] < 1e-6 < 0.05 < copying.loc["honest", "c_t_p"]
    assert list(copying["identical"]) == [0, 60, 0]
    assert list(copying["verdict"]) == ["cannot be said", "copies", "cannot be said"], "the reference has 36 images, too few to acquit"
    images = pd.read_csv(base / "copying_images.tsv", sep="\t").query("recipe == 'copier'")
    assert len(images) == 60 and set(images["copy"]) == {"yes"} and set(images["nearest_subject"]) <= {f"p{k:02d}" for k in range(21)}
    assert (base / "copying.png").stat().st_size > 10_000

    assert (base / "quiz/anna/index.html").is_file() and len(list((base / "quiz/anna/images").glob("*.png"))) == 12
    cards = {recipe: (base / f"models/planes/{recipe}/card.md").read_text() for recipe in ("honest", "copier", "blurred")}
    assert all("held out" in card or "held-out" in card for card in cards.values())
    assert "60 of 60 created images are real images pixel for pixel" in cards["copier"] and "pixel for pixel" not in cards["honest"]
    record = json.loads((base / "models/planes/copier/card.json").read_text())
    assert record["copying"]["verdict"] == "copies"
    assert "60 of 60 created images are real images" in (base / "summary.html").read_text()
    assert (checkout / "results/report.html").stat().st_size > 50_000
