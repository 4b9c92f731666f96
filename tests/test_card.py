"""A generator's card: what its files say, nothing that they do not say, and readable by people, programs and medigan."""

import html
import json
import re
import shutil
import zipfile
from pathlib import Path

import h5py
import numpy as np
import pytest
from image_sets import plane_set

import card
from neuroturing.card.data import geometry, read_data
from neuroturing.card.markdown import escaped
from neuroturing.card.medigan import identifier
from neuroturing.card.results import human_accuracy, readers
from neuroturing.card.saved import describe_generator
from neuroturing.card.words import copying_is_excluded
from neuroturing.copying.words import NO_SIGN
from neuroturing.errors import InputError
from neuroturing.imageset import ImageSet, make_labels, write_imageset
from neuroturing.io.files import write_table
from neuroturing.provenance import closure
from neuroturing.read.judgements import COLUMNS

RECIPE = {"name": "gan", "label": "A GAN", "algorithm": "dcgan", "latent": 5, "latent_distribution": "uniform", "epochs": None, "batch": 4}
SPEC = {"rule": "levels", "field_mm": 32.0, "size": 16}


def saved(path, latent=5):
    """A file as Keras writes it, of 6 + 4 numbers, without Keras."""
    path.parent.mkdir(parents=True, exist_ok=True)
    layer = {"class_name": "InputLayer", "config": {"batch_shape": [None, latent]}}
    weights = path.with_suffix(".h5")
    with h5py.File(weights, "w") as file:
        file["layers/dense/vars/0"], file["layers/dense/vars/1"] = np.zeros((2, 3)), np.zeros(4)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("config.json", json.dumps({"config": {"layers": [layer, {"class_name": "Dense", "config": {}}]}}))
        archive.writestr("metadata.json", json.dumps({"keras_version": "3.12.0"}))
        archive.write(weights, "model.weights.h5")
    weights.unlink()
    return path


def judged(reader, kind, right, wrong, recipe="gan"):
    """Judgements of one reader on as many real as created images: `right` of each kind told, `wrong` not."""
    rows = []
    for truth, other in (("real", "created"), ("created", "real")):
        rows += [{"truth": truth, "answer": truth}] * right + [{"truth": truth, "answer": other}] * wrong
    return [dict.fromkeys(COLUMNS, "") | row | {"reader": reader, "kind": kind, "dataset": "brain", "recipe": recipe} for row in rows]


@pytest.fixture
def study(tmp_path):
    """A study's files, with what main of the script takes; change what a test is about."""
    subjects = ["a", "a", "b", "c", "d", "e"]
    known = {
        "subject": subjects,
        "scan": subjects,
        "group": ["ill", "ill", "well", "well", "ill", "well"],
        "split": ["train"] * 4 + ["held_out"] * 2,
        "contrast": ["t1"] * 5 + ["t2"],
    }
    images = np.zeros((6, 16, 16), np.uint8) + 9
    cut, samples = tmp_path / "cut.npz", tmp_path / "samples.npz"
    write_imageset(cut, ImageSet(images, make_labels(6, source="real", **known), SPEC | {"images": "/home/anna/scans"}))
    write_imageset(samples, ImageSet(images[:3], make_labels(3, dataset="brain", source="gan"), {}, 7))
    write_table(tmp_path / "history.tsv", [{"step": 10}, {"step": 40}])
    (tmp_path / "env.yaml").write_text("dependencies:\n  - python=3.11\n  - keras=3.12\n")
    out = {name: tmp_path / "out" / name for name in ("card.md", "card.json", "medigan.json")}
    arguments = {
        "generator": saved(tmp_path / "generator.keras"),
        "samples": samples,
        "history": tmp_path / "history.tsv",
        "cut": cut,
        "software": tmp_path / "env.yaml",
        **{name: [] for name in ("realism", "copying", "use", "judgements")},
        **dict(zip(("card", "record", "collection"), out.values(), strict=True)),
        "recipe": RECIPE,
        "study": {"title": "Study X", "citation": "Doe 2020"},
        "dataset": "brain",
        "label": "Brain",
        "where": {},
        "simulated": False,
        "seed": 3,
        "trained_by": "0011223344556677",
    }

    def make(**changes):
        card.main(**(arguments | changes))
        texts = [path.read_text(encoding="utf-8") for path in out.values()]
        return texts[0], json.loads(texts[1], parse_constant=pytest.fail), json.loads(texts[2], parse_constant=pytest.fail)

    make.folder = tmp_path
    return make


def tables(folder, verdict="copies", **copying):
    """Tables of realism, copying and use, each with a row of another model too."""
    place = {"dataset": "brain", "recipe": "gan"}
    other = {"dataset": "brain", "recipe": "gan~2"}
    whole = {"value": 2.5, "low": 2.0, "high": 3.0, "real_vs_real": 0.4, "real_low": 0.1, "real_high": 0.9, "better": "low", "n_real": 60}
    realism = [
        place | {"measure": "coverage", "feature_space": "pixels"} | whole | {"value": float("nan"), "low": None, "high": None},
        place | {"measure": "kernel_distance", "feature_space": "encoder"} | whole,
        other | {"measure": "kernel_distance", "feature_space": "encoder"} | whole | {"value": 8.125},
    ]
    sentence = "Three of 90 created images are copies."
    rows = [other | {"verdict": NO_SIGN, "sentence": "None."}, place | {"verdict": verdict, "sentence": sentence} | copying]
    gain = {"ratio": 1.0, "metric": "AUC", "value": 0.7}
    use = [
        {"task": "group", "recipe": "gan", "datasets": "brain, other", "arm": "real", "sentence": "They do not help."} | gain,
        {"task": "group", "recipe": "gan", "datasets": "brain, other", "arm": "created", "sentence": "In detail."} | gain,
        {"task": "sex", "recipe": "gan", "datasets": "brain", "sentence": "Not examined: one class."},
        {"task": "age", "recipe": "gan~2", "datasets": "brain", "arm": "real", "sentence": "Another."} | gain,
        {"task": "age", "recipe": "gan", "datasets": "other", "arm": "real", "sentence": "Another."} | gain,
    ]
    found = {}
    for name, lines in (("realism", realism), ("copying", rows), ("use", use)):
        columns = list(dict.fromkeys(key for line in lines for key in line))
        write_table(folder / f"{name}.tsv", lines, columns)
        found[name] = [folder / f"{name}.tsv"]
    return found


def test_what_is_not_known_is_said(study):
    text, record, _ = study()
    assert record["realism"] == record["use"] == record["readers"]["human"] == [] and record["copying"] is None
    for said in ("Not measured", "Not examined", "No human reader has judged", "do not share", "licence", "diagnosis"):
        assert said in text
    assert "simulated" not in text.casefold()
    assert set(record["for_the_authors"]) == {"licence", "consent", "contact", "acquisition", "dates"} and record["licence"] is None


def test_counts_are_of_subjects_by_group_and_side(study):
    text, record, _ = study()
    train, held_out = record["data"]["sides"]["train"], record["data"]["sides"]["held_out"]
    assert train == {"images": 4, "scans": 3, "subjects": 3, "groups": {"ill": 1, "well": 2}}
    assert held_out == {"images": 2, "scans": 2, "subjects": 2, "groups": {"ill": 1, "well": 1}}
    assert "| Trained on | 3 | 3 | 4 | ill: 1, well: 2 |" in text
    assert "No subject was held out" not in text
    text, record, _ = study(where={"contrast": "t2"})
    assert record["data"]["sides"]["held_out"]["subjects"] == 1 and record["data"]["sides"]["train"]["images"] == 0
    text, record, _ = study(where={"subject": ["a", "b"]})
    assert "No subject was held out" in text


def test_numbers_of_turned_planes(tmp_path):
    data = read_data(plane_set(tmp_path / "planes.npz"), {})
    assert data["sides"]["train"] == {"images": 98, "scans": 1, "subjects": 1, "groups": {"": 1}}


def test_geometry_says_what_a_cut_knows_alone():
    assert geometry(SPEC) == {"plane": "axial", "pixel_mm": 2}
    assert geometry({"rule": "planes", "field_mm": 240, "size": 128}) == {"plane": "axial", "pixel_mm": 1.875}
    assert geometry({"rule": "sections", "plane": "sagittal", "size": 64}) == {"plane": "sagittal", "pixel_mm": None}
    assert geometry({"rule": "images"}) == {"plane": None, "pixel_mm": None}


def test_the_file_is_described(study, tmp_path):
    text, record, _ = study()
    path = tmp_path / "generator.keras"
    assert record["file"] == describe_generator(path)
    assert (record["file"]["parameters"], record["file"]["latent"], record["file"]["bytes"]) == (10, 5, path.stat().st_size)
    assert record["file"]["sha256"] in text and record["model"]["updates"] == 40
    assert record["create"] == {
        "algorithm": "dcgan", "latent": 5, "latent_distribution": "uniform", "height": 16, "width": 16,
        "labels": {"dataset": "brain", "source": "gan"},
    }  # fmt: skip


def test_rows_of_this_model_alone_the_kernel_distance_first(study):
    text, record, _ = study(**tables(study.folder))
    assert [row["measure"] for row in record["realism"]] == ["kernel_distance", "coverage"]
    assert record["realism"][1]["value"] is None and record["realism"][0]["n_real"] == 60
    assert "kernel distance (encoder): **2.5 (2 to 3)**; groups of real subjects give 0.4 (0.1 to 0.9)." in text.replace("\\", "")
    assert "8.125" not in text and "8.12" not in text
    assert "Three of 90 created images are copies." in text in text
    assert "- group: They do not help.\n- sex: Not examined: one class." in text and len(record["use"]) == 3
    assert "Another." not in text and "In detail." not in text


def test_sharing_is_advised_against_unless_copying_was_excluded(study):
    warned = "do not share"
    assert warned in study(**tables(study.folder))[0]
    assert warned in study(**tables(study.folder, verdict=""))[0]
    text, record, metadata = study(**tables(study.folder, verdict=NO_SIGN))
    assert warned not in text and warned not in json.dumps(metadata)
    assert copying_is_excluded(record["copying"]) and not copying_is_excluded(None)


def test_the_copied_subject_has_no_name(study):
    sentence = "40 % of the copies are of subject sub-0.7 (C_T = 0.7)."
    found = tables(study.folder, most_copied_subject="sub-0.7", most_copied_share=0.4, sentence=sentence)
    text, record, metadata = study(**found, where={"scan": ["a", "b"], "group": ["ill", "well"]})
    assert record["copying"]["sentence"] == "40 % of the copies are of one subject (C_T = 0.7)."
    assert "sub-0.7" not in text + json.dumps([record, metadata]) and record["copying"]["most_copied_share"] == 0.4
    assert record["data"]["where"] == {"group": ["ill", "well"]} and record["data"]["sides"]["train"]["subjects"] == 2


def test_a_subject_called_by_a_number_takes_no_number_from_the_sentence(study):
    sentence = "12 of 100 created images (12.0 %) lie closer; 40 % of the copies are of subject 12 (C_T = 0.7)."
    _, record, _ = study(**tables(study.folder, most_copied_subject="12", most_copied_share=0.4, sentence=sentence))
    assert record["copying"]["sentence"] == sentence.replace("subject 12", "one subject")


def test_people_are_kept_apart_from_model_observers_and_have_no_names(study):
    path = study.folder / "judgements.tsv"
    rows = judged("Dr. Anna", "human", 9, 1) + judged("Bela", "human", 5, 5) + judged("cho", "model", 10, 0)
    write_table(path, rows + judged("Dr. Anna", "human", 1, 9, recipe="other"), COLUMNS)
    text, record, metadata = study(judgements=[path])
    assert [(row["reader"], row["accuracy"], row["n_real"]) for row in record["readers"]["human"]] == [
        ("Reader 1", 0.9, 10),
        ("Reader 2", 0.5, 10),
    ]
    assert [(row["reader"], row["accuracy"]) for row in record["readers"]["model"]] == [("cho", 1.0)]
    assert next(iter(metadata.values()))["selection"]["performance"]["turing_test"] == pytest.approx(0.7)
    assert not re.search("anna|bela", text + json.dumps([record, metadata]), re.IGNORECASE)
    assert "2 human readers; 1 model observer." in text


def test_a_model_observer_is_no_turing_test(study):
    path = study.folder / "judgements.tsv"
    write_table(path, judged("cho", "model", 10, 0), COLUMNS)
    text, record, metadata = study(judgements=[path])
    assert next(iter(metadata.values()))["selection"]["performance"]["turing_test"] is None
    assert "No human reader has judged" in text and len(record["readers"]["model"]) == 1
    assert human_accuracy(readers([path], "brain", "gan")["human"]) is None


def test_simulated_images_are_said_to_be(study):
    text, record, metadata = study(simulated=True)
    assert "were simulated" in text and "consent" not in record["for_the_authors"]
    assert "of no person" in record["privacy"]
    assert next(iter(metadata.values()))["selection"]["dataset_type"] == "simulated"


def test_images_made_elsewhere_have_a_card_too(study):
    recipe = {"name": "theirs", "images": "/home/anna/theirs"}
    text, record, metadata = study(generator=[], history=[], recipe=recipe)
    assert record["file"] is record["create"] is record["code"] is record["model"]["algorithm"] is None
    assert "Made elsewhere" in text and "SHA-256" not in text
    assert "/home" not in text + json.dumps([record, metadata])
    assert next(iter(metadata.values()))["execution"]["model_name"] == ""


def test_the_same_inputs_give_the_same_bytes(study):
    first = study(**tables(study.folder))
    assert study(**tables(study.folder)) == first


@pytest.mark.parametrize("nasty", ["a|b", "<script>x</script>", "[x](http://y)", "**bold** `code`", "line\n# title", "&lt; ~~x~~ !$"])
def test_names_are_text_and_nothing_else(study, nasty):
    text, record, _ = study(label=nasty, study={"title": nasty, "citation": nasty}, recipe=RECIPE | {"output": nasty})
    assert record["data"]["label"] == nasty
    assert re.sub(r"\\(.)", r"\1", escaped(nasty)) == " ".join(nasty.split())
    bare = re.sub(r"\\.", "", text.replace(escaped(nasty), ""))
    assert nasty not in text or nasty == escaped(nasty)
    assert "<" not in bare and html.unescape(bare) == bare
    lines = [re.sub(r"\\.", "", line) for line in text.splitlines() if line.startswith("|")]
    assert {line.count("|") for line in lines} <= {3, 6}
    assert sum(line.startswith("# ") for line in text.splitlines()) == 1


def test_every_key_that_medigan_asks_for(study):
    _, record, metadata = study(**tables(study.folder))
    ((name, entry),) = metadata.items()
    assert re.fullmatch(r"\d{5}_[A-Z0-9_]+", name) and 13 <= len(name) <= 30 and name == identifier(record)
    execution = entry["execution"]
    assert {"package_link", "extension", "package_name", "model_name", "dependencies", "generate_method", "image_size"} <= set(execution)
    assert execution["package_name"] and execution["dependencies"] == ["keras==3.12"]
    assert execution["generate_method"]["args"]["base"] == ["model_file", "num_samples", "output_path", "save_images"]
    performance = entry["selection"]["performance"]
    assert set(performance) == {"SSIM", "MSE", "NSME", "PSNR", "IS", "FID", "turing_test", "downstream_task"}
    assert set(performance["downstream_task"]) == {"CLF", "SEG"}
    assert {
        "use_cases", "organ", "modality", "vendors", "centres", "function", "condition", "dataset", "augmentations", "generates", "height",
        "width", "depth", "type", "license", "year", "privacy", "tags",
    } <= set(entry["selection"])  # fmt: skip
    assert set(entry["description"]) == {
        "title", "provided_date", "trained_date", "provided_after_epoch", "version", "publication", "doi", "comment",
    }  # fmt: skip


NAMES = [("g", "d", ""), ("x" * 40, "y" * 40, "z"), ("é~2", "a b", "Ü"), ("wgan", "t1", "T")]


@pytest.mark.parametrize(("recipe", "dataset", "title"), NAMES)
def test_medigan_names_are_of_the_length_it_takes(recipe, dataset, title):
    name = identifier({"model": {"recipe": recipe}, "data": {"dataset": dataset}, "study": {"title": title}})
    assert re.fullmatch(r"\d{5}_[A-Z0-9_]+", name) and 13 <= len(name) <= 30


def test_bad_files_are_named(study, tmp_path):
    with pytest.raises(InputError, match="no such file"):
        study(generator=tmp_path / "none.keras")
    with pytest.raises(InputError, match="9 latent numbers"):
        study(generator=saved(tmp_path / "other" / "generator.keras", latent=9))
    broken = shutil.copy(tmp_path / "generator.keras", tmp_path / "broken.keras")
    with open(broken, "r+b") as stream:
        stream.truncate(200)
    with pytest.raises(InputError, match="not readable as a generator"):
        study(generator=broken)
    with pytest.raises(InputError, match="image set"):
        study(cut=broken)


def test_weights_in_other_files_are_not_read(tmp_path):
    path = saved(tmp_path / "generator.keras")
    with h5py.File(tmp_path / "links.h5", "w") as file:
        file["away"] = h5py.ExternalLink("/etc/passwd", "/")
        file["soft"] = h5py.SoftLink("/away")
        file["own"] = np.zeros(2)
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in ("config.json", "metadata.json")}
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
        archive.write(tmp_path / "links.h5", "model.weights.h5")
    assert describe_generator(path)["parameters"] == 2


def test_a_card_is_written_without_tensorflow():
    assert not closure(Path(card.__file__))[1] & {"tensorflow", "keras"}
