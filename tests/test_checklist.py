"""The reporting checklist: answers come from a study's files, change with them, and none is a constant."""

import html
import json
import re
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from checklist import main as checklist_main
from neuroturing import plan
from neuroturing.checklist.answers import ANSWERED, ANSWERS, COLUMNS, IN_PART, OPEN, fill_in
from neuroturing.checklist.items import ITEMS
from neuroturing.checklist.known import Known, read_images, read_software
from neuroturing.checklist.words import words
from neuroturing.errors import InputError
from neuroturing.geometry.planes import PlaneGrid
from neuroturing.imageset import ImageSet, PlaneSet, make_labels, write_imageset
from neuroturing.io.files import read_table, write_table
from neuroturing.read.design import KEY_COLUMNS
from neuroturing.read.judgements import COLUMNS as JUDGED

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="module")
def studies():
    return plan.load(ROOT, {}, "test")["studies"]


def key(dataset, recipe, real, created, start=0, **columns):
    """A key; with a phase it is of reader1."""
    columns |= {"reader": "reader1"} if "phase" in columns else {}
    rows = [{"truth": "real", "source_index": start + k} for k in range(real)] + [
        {"truth": "created", "source_index": k} for k in range(created)
    ]
    return pd.DataFrame(rows).assign(dataset=dataset, recipe=recipe, **columns)


def judged(dataset, recipe, reader, *answers, reasons="", confidence=np.nan):
    """Judgements of (truth, answer, how many)."""
    rows = [{"truth": truth, "answer": answer} for truth, answer, count in answers for _ in range(count)]
    return pd.DataFrame(rows).assign(
        dataset=dataset, recipe=recipe, reader=reader, kind="human", reasons=reasons, confidence=confidence, ms=np.nan
    )


def images(train, held_out, subjects, size=(64, 64)):
    names = {"train": {f"s{k}" for k in range(subjects)}, "held_out": {f"h{k}" for k in range(subjects)} if held_out else set()}
    return {"images": {"train": train, "held_out": held_out}, "subjects": names, "size": size}


def training(steps, keras):
    return {"steps": steps, "epochs": steps / 100, "images_per_s": 100.0, "keras": keras}


def scans(group, count, side):
    return [{"scan": f"{group}{k}", "subject": f"{group}{k}", "group": group, "split": side} for k in range(count)]


@pytest.fixture
def one(studies):
    """A study of turned planes with two readers, who have answered."""
    pair = ("basal_ganglia", "dcgan")
    answers = [("real", "real", 12), ("real", "created", 8), ("created", "created", 14), ("created", "real", 15), ("created", "unknown", 1)]
    return Known(
        study=studies["koshino2018"],
        cohort={"simulate": {"phantom": "t1", "shape": [8, 8, 8]}},
        rows=scans("healthy", 3, "train") + scans("patient", 2, "held_out"),
        run={"size": "demo", "seed": 1},
        images={pair[0]: images(90, 30, 3)},
        created={pair: {"images": 50, "seed": 1}},
        trainings={pair: training(4500, "3.1")},
        software={"tensorflow": "2.19.1"},
        keys={"reader1": key(*pair, 20, 30), "reader2": key(*pair, 25, 25)},
        judgements=judged(*pair, "reader1", *answers, reasons="distortion", confidence=4),
        protocol="a" * 64,
    )


@pytest.fixture
def other(studies):
    """A study of levels, compared by measurements, with a reader who has answered on sections of it."""
    pair = ("A_normal", "fastgan")
    study = studies["werner2022"] | {"reader_study": studies["han2018"]["reader_study"] | {"practice": 4}, "split": {"held_out": 0.25}}
    return Known(
        study=study,
        cohort={"table": "mine.tsv", "allow_missing": True, "grades": ["LGG"], "simulate": {"phantom": "spect", "shape": [9, 9, 9]}},
        rows=scans("normal", 4, "train") + scans("bilateral", 2, "train"),
        run={"size": "paper", "seed": 2},
        images={name: images(40, 10, 4, (128, 128)) for name in study["data"]},
        created={pair: {"images": 70, "seed": 2}},
        trainings={(name, "fastgan"): training(600, "3.2") for name in study["data"]},
        software={"tensorflow": "2.20"},
        keys={"reader1": key(*pair, 10, 10)},
        judgements=judged(*pair, "reader1", ("real", "real", 9), ("real", "created", 1), ("created", "created", 10)),
        comparisons={"comparison": pd.DataFrame({"verdict": ["undecided", "equivalent"]})},
        protocol="b" * 64,
    )


def test_every_number_of_the_checklist_is_there_once():
    numbers = [number for number, *_ in ITEMS]
    assert numbers[:44] == [str(k) for k in range(1, 45)] and numbers[44:] == ["R1", "R2", "R3", "R4"]
    assert set(ANSWERS) <= set(numbers)
    assert all(authors for number, *_, authors in ITEMS if number not in ANSWERS), "what files do not answer, authors must"


def test_no_answer_is_a_constant(one, other):
    """Every function answers one of two studies at least, and nothing that it says of one does it say of the other."""
    for number, answer in ANSWERS.items():
        first, second = answer(one), answer(other)
        assert (first or second) and first != second, (number, first)
        assert all(text == "" or text.endswith((".", "settings.html.")) for text in (first, second)), number


def test_a_study_of_which_nothing_is_known_is_left_to_the_authors(studies):
    bare = {part: {} for part in ("cuts", "data", "trained", "tables", "comparisons")}
    bare |= {"cohort": None, "contrasts": [], "group": {"name": "group", "values": []}, "align": None, "split": {"held_out": 0.2}}
    bare |= {"reader_study": None, "samples": studies["han2018"]["samples"], "file": "study.yaml", "citation": ""}
    lines = fill_in(Known(study=bare, run={"size": "paper", "seed": 1}))
    said = {line["item"]: line["answer"] for line in lines if line["answer"]}
    assert set(said) == {"10", "42"} and all(line["for_the_authors"] for line in lines if line["status"] == OPEN)


SESSIONS = {"phases": {"untold": {"blocks": [], "apart": True}, "told": {"blocks": ["one"], "apart": False}}, "washout_days": 14}
SHARED = {"train": {"a", "b"}, "held_out": {"b"}}


def changed(known, **study):
    return replace(known, study=known.study | study)


@pytest.mark.parametrize(
    ("item", "change", "found"),
    [
        ("7", lambda k: replace(k, cohort={"bids": "my/bids"}), "bids my/bids; 5 scans of 5 subjects"),
        ("5", lambda k: replace(k, cohort={"bids": "my/bids", "simulate": {"phantom": "t1"}}), ""),
        ("9", lambda k: changed(k, cuts={"c": {"rule": "planes", "size": 99}}), "Cut c: rule planes, size 99."),
        ("12", lambda k: replace(k, judgements=None), "A scan without t1w is an error."),
        ("18", lambda k: replace(k, keys={"a": key("d", "r", 3, 2), "b": key("d", "r", 2, 2, 1)}), "4 images are shown to several of 2"),
        ("18", lambda k: replace(k, keys={"a": pd.concat([key("d", "r", 3, 2)] * 2)}), "5 twice to one"),
        ("19", lambda k: changed(k, split="none"), "Not divided: all 3 subjects"),
        ("20", lambda k: replace(k, images={"d": images(1, 1, 2) | {"subjects": SHARED}}), "1 of 2 are on both"),
        ("21", lambda k: replace(k, keys={"a": key("d", "r", 50, 50)}), "a: 100 test images of 1 model (at 50 % right, a 95 % interval of"),
        ("23", lambda k: replace(k, software={"tensorflow": "9.9"}), "tensorflow 9.9"),
        ("25", lambda k: replace(k, trainings={("basal_ganglia", "dcgan"): training(77, "3")}), "90 images, 77 updates, 0.77 epochs"),
        ("27", lambda k: replace(k, trainings={}), ""),
        ("35", lambda k: replace(k, rows=scans("healthy", 7, "train")), "healthy: 7 subjects, 7 scans."),
        ("36", lambda k: replace(k, rows=scans("old", 2, "train") + scans("new", 3, "held_out")), "old 2 subjects. held_out: new 3"),
        ("37", lambda k: k, "reader1 (human), 50 images: accuracy 53 (39 to 66) %"),
        ("38", lambda k: k, "sensitivity 60 (39 to 78) %"),
        ("39", lambda k: k, "human: 8 of 20 real images called created, 15 of 29 created ones called real."),
        ("40", lambda k: k, "1 of 2 readers have not answered"),
        ("40", lambda k: replace(k, keys={"reader1": k.keys["reader1"]}), "One reader: nothing can be said of others"),
        ("31", lambda k: k, "a reason for 50 of 50 images: distortion (50)"),
        ("R1", lambda k: replace(k, judgements=None), "answers have come back from none"),
        ("R2", lambda k: replace(k, keys={"a": key("d", "r", 3, 2), "b": key("d", "r", 3, 2)[::-1]}), "1 set of images for 2 readers"),
        ("21", lambda k: replace(k, keys={"a": key("d", "r", 1, 2).assign(repeat_of=["x", "", ""])}), "a: 2 test images of 1 model"),
        ("18", lambda k: replace(k, keys={name: key("d", "r", 3, 2, phase=name) for name in "ab"}), "0 images are shown to several of 1"),
        ("18", lambda k: replace(k, keys={name: key("d", "r", 3, 2, phase=name) for name in "ab"}), "5 twice to one"),
        ("37", lambda k: replace(k, judgements=k.judgements.assign(phase="told")), "reader1, told (human), 50 images"),
        ("40", lambda k: replace(k, keys={"reader1_told": key("d", "r", 1, 1, phase="told")}), "1 of 1 readers have not answered"),
        ("40", lambda k: replace(k, keys={name: key("d", "r", 1, 1, phase=name) for name in "ab"}), "One reader: nothing"),
        ("R2", lambda k: changed(k, reader_study=k.study["reader_study"] | SESSIONS), "told: other blocks, drawn from all images."),
        ("R3", lambda k: changed(k, reader_study=k.study["reader_study"] | {"practice": 6}), "6 cases"),
        ("R4", lambda k: k, "Of 50 answers, so many have: confidence 50, time 0, reasons 50."),
    ],
)  # fmt: skip
def test_an_answer_follows_its_study(one, item, change, found):
    answer = ANSWERS[item](change(one))
    assert answer == "" if found == "" else found in answer


def test_status_says_who_must_still_answer(one):
    lines = {line["item"]: line for line in fill_in(one)}
    assert lines["9"]["status"] == ANSWERED and lines["9"]["for_the_authors"] == ""
    assert lines["7"]["status"] == IN_PART and lines["7"]["for_the_authors"] == "institution, dates, and access"
    assert lines["44"]["status"] == OPEN and lines["44"]["answer"] == ""
    silent = {line["item"]: line for line in fill_in(replace(one, judgements=None))}
    assert silent["37"]["status"] == OPEN and "hold nothing" in silent["37"]["for_the_authors"]


def test_settings_in_words():
    assert words({"a": 1.0, "b": [1, 2], "c": {"d": True}, "e": None, "f": []}) == "a 1, b (1, 2), c (d yes)"


# Files.


def test_images_are_counted_by_side_and_label_without_their_pixels(tmp_path):
    known = {"subject": np.array(list("aabbc")), "split": np.array(["train"] * 4 + ["held_out"]), "group": np.array(list("xxxyx"))}
    write_imageset(tmp_path / "a.npz", ImageSet(np.zeros((5, 6, 8), np.uint8), make_labels(5, **known)))
    found = read_images(tmp_path / "a.npz", {"group": ["x"]})
    subjects = {"train": {"a", "b"}, "validation": set(), "held_out": {"c"}}
    assert found == {"images": {"train": 3, "validation": 0, "held_out": 1}, "subjects": subjects, "size": (6, 8)}
    axis = {"first": -1, "last": 1, "step": 1}
    grid = PlaneGrid.from_config(
        {"size": 16, "field_mm": 100, "centre_y_mm": 0, "plane_offset_mm": 0, "yaw_deg": axis, "pitch_deg": axis, "roll_deg": axis}
        | {"planes_mm": [0, 2], "flip": True}
    )
    labels = {name: value[0] for name, value in make_labels(1, subject="a", split="train").items()}
    scan = {"voxels": np.zeros((2, 2, 2), np.uint16), "matrix": np.eye(4)[:3]} | labels
    write_imageset(tmp_path / "b.npz", PlaneSet([scan, scan | {"subject": "b", "split": "held_out"}], grid))
    assert read_images(tmp_path / "b.npz", {})["images"] == {"train": 27 * 4, "validation": 0, "held_out": 27 * 4}
    (tmp_path / "c.npz").write_bytes(b"PK")
    with pytest.raises(InputError, match="c.npz"):
        read_images(tmp_path / "c.npz", {})


def test_versions_are_read_from_an_environment(tmp_path):
    (tmp_path / "e.yaml").write_text("channels: [conda-forge]\ndependencies:\n  - tensorflow=2.19.1\n  - python=3.11\n")
    assert read_software(tmp_path / "e.yaml") == {"tensorflow": "2.19.1", "python": "3.11"}


def test_the_page_is_made_from_the_files_of_a_run(tmp_path, studies):
    """A study's files as a run leaves them; markup in a reason is text on the page."""
    study = studies["koshino2018"] | {"title": "Head & neck"}
    labels = make_labels(4, subject=np.array(list("aabc")), split=np.array(["train", "train", "train", "held_out"]))
    write_imageset(tmp_path / "cut.npz", ImageSet(np.zeros((4, 16, 16), np.uint8), labels))
    write_imageset(tmp_path / "made.npz", ImageSet(np.zeros((3, 16, 16), np.uint8), make_labels(3, source="dcgan"), seed=5))
    write_table(tmp_path / "history.tsv", [{"step": step, "epoch": step / 10, "images_per_s": 5.0} for step in (10, 20)])
    with zipfile.ZipFile(tmp_path / "generator.keras", "w") as archive:
        archive.writestr("metadata.json", json.dumps({"keras_version": "3.99"}))
    rows = [
        {"image_id": name, "truth": truth, "block": "test", "order": 1, "part": 1, "source_index": 0}
        for name, truth in (("b", "real"), ("c", "created"))
    ]
    blank = dict.fromkeys(KEY_COLUMNS, "") | {"dataset": "basal_ganglia", "recipe": "dcgan"}
    write_table(tmp_path / "reader1.tsv", [blank | row for row in rows], KEY_COLUMNS)
    answers = dict.fromkeys(JUDGED, "") | {"kind": "human", "reader": "reader1", "dataset": "basal_ganglia", "recipe": "dcgan"}
    answers |= {"truth": "real", "answer": "created", "reasons": "<script>alert(1)</script>"}
    write_table(tmp_path / "judgements.tsv", [answers], JUDGED)
    checklist_main(
        study["file"], [tmp_path / "cut.npz"], [tmp_path / "made.npz"], [tmp_path / "history.tsv"], [tmp_path / "generator.keras"],
        ROOT / "envs/train_gan.yaml", [tmp_path / "reader1.tsv"], [tmp_path / "judgements.tsv"], [],
        tmp_path / "c.tsv", tmp_path / "c.html",
        study, {"table": "cohort.tsv"}, scans("", 2, "train"), {"size": "paper", "seed": 3}, ["basal_ganglia"],
        ["basal_ganglia/dcgan"], ["basal_ganglia/dcgan"],
    )  # fmt: skip
    lines = read_table(tmp_path / "c.tsv", COLUMNS).to_dict("records")
    answers = {line["item"]: line["answer"] for line in lines}
    assert len(lines) == len(ITEMS) and "Keras 3.99" in answers["23"] and "3 images, 20 updates, 2 epochs" in answers["25"]
    assert "1 of 1 real images called created" in answers["39"] and "no group: 2 subjects" in answers["35"]
    page = (tmp_path / "c.html").read_text(encoding="utf-8")
    assert not re.search(r"https?:|src=|href=|@import|<script", page)
    text = re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", re.sub(r"<style>.*?</style>", "", page, flags=re.S))))
    assert "Head & neck: reporting checklist" in text and "<script>alert(1)</script> (1)" in text
    assert "For the authors: funding and roles." in text and f"{len(ITEMS)} items:" in text
