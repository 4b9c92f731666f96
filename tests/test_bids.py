"""Aligned scans as a BIDS derivative: names without signs, no two alike; what BIDS asks of each image; the validator's word."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import nibabel
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import acpc_bids
from neuroturing.align.acpc.bids import bids_names, image_path
from neuroturing.align.acpc.frame import reslice_grid
from neuroturing.cohort.bids import read_bids
from neuroturing.cohort.rows import Wanted
from neuroturing.errors import InputError
from neuroturing.io.files import read_table, write_json
from neuroturing.io.volumes import write_volume

VALIDATOR = shutil.which("bids-validator-deno", path=os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")]))
OFFLINE = ["unshare", "--map-root-user", "--net"]
NAMES = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9_+-]{0,5}", fullmatch=True)
STEM = re.compile(r"(sub-[A-Za-z0-9]+)/(?:(ses-[A-Za-z0-9]+)/)?anat/\1(?:_(ses-[A-Za-z0-9]+))?_space-ACPC_desc-preproc_T1w")
SCANS = [
    ("sub-01", "sub-01"),
    ("p_2", "p_2_acute"),
    ("p_2", "p_2_chronic"),
    ("p2", "p2"),
    ("sub-3", "sub-3_ses-1_run-2"),
    ("P-2", "x+1"),
]


def record(distance=25.5):
    frame = {"ac": [1.0, 2.0, 3.0], "pc": [1.0, 2.0 - distance, 3.0], "midsagittal_normal": [1, 0, 0], "acpc_to_world": np.eye(4).tolist()}
    return frame | {
        "pitch_deg": 0.0,
        "roll_deg": 0.0,
        "yaw_deg": 0.0,
        "ac_pc_mm": distance,
        "method": "manual",
        "warnings": [],
        "quality": {},
    }


@pytest.fixture
def derivative(tmp_path):
    """A derivative that the script wrote of small volumes on the grid of resliced scans."""
    affine, shape = reslice_grid()
    rows, resliced, landmarks = [], [], []
    for subject, scan in SCANS:
        rows.append({"subject": subject, "scan": scan, "group": "patient" if subject == "p_2" else ""})
        resliced.append(tmp_path / f"acpc/{scan}_acpc.nii.gz")
        landmarks.append(tmp_path / f"acpc/{scan}_landmarks.json")
        write_volume(resliced[-1], np.zeros(shape), affine, np.uint8)
        write_json(landmarks[-1], record())
    acpc_bids.main(resliced, landmarks, tmp_path / "bids", rows)
    return tmp_path / "bids"


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(NAMES, NAMES), min_size=1, max_size=12, unique_by=lambda pair: pair[1]))
def test_any_names_give_labels_of_which_no_two_are_alike(pairs):
    names = bids_names([{"subject": subject, "scan": scan} for subject, scan in pairs])
    assert set(names) == {scan for _, scan in pairs}
    paths = [image_path(*label) for label in names.values()]
    assert len({path.lower() for path in paths}) == len(pairs), "nor alike but for capitals"
    for path in paths:
        match = STEM.fullmatch(path)
        assert match and match[2] == match[3]
    by_label = {}
    for subject, scan in pairs:
        assert by_label.setdefault(names[scan][0], subject) == subject, "a label for each subject"
    assert len(by_label) == len({subject for subject, _ in pairs})


def test_names_stay_as_near_as_can_be():
    names = bids_names([{"subject": subject, "scan": scan} for subject, scan in SCANS])
    assert names["sub-01"] == ("sub-01", "")
    assert {names["p_2_acute"][1], names["p_2_chronic"][1]} == {"ses-acute", "ses-chronic"}
    assert names["sub-3_ses-1_run-2"] == ("sub-3", "ses-1run2")
    assert len({names[scan][0] for scan in ("p_2_acute", "p2", "x+1")}) == 3
    assert bids_names([{"subject": "sub-001", "scan": "sub-001_1"}]) == {"sub-001_1": ("sub-001", "ses-1")}, "a pseudonym"


def test_what_bids_asks_is_there(derivative):
    description = json.loads((derivative / "dataset_description.json").read_text())
    assert (description["DatasetType"], description["GeneratedBy"][0]["Name"]) == ("derivative", "NeuroTuring")
    assert (derivative / "README").stat().st_size > 150
    people = read_table(derivative / "participants.tsv")
    assert people["participant_id"].tolist() == sorted(path.name for path in derivative.glob("sub-*"))
    assert dict(zip(people["name"], people["group"], strict=True)) == {
        "sub-01": "n/a",
        "sub-3": "n/a",
        "p_2": "patient",
        "p2": "n/a",
        "P-2": "n/a",
    }
    images = sorted(derivative.rglob("*.nii.gz"))
    assert len(images) == len(SCANS)
    for path in images:
        assert STEM.fullmatch(str(path.relative_to(derivative)).removesuffix(".nii.gz"))
        sidecar = json.loads(path.with_name(path.name.replace(".nii.gz", ".json")).read_text())
        assert sidecar["SkullStripped"] is False
        marks = sidecar["AnatomicalLandmarkCoordinates"]
        assert np.allclose(nibabel.load(path).affine @ [*marks["AC"], 1], [0, 0, 0, 1]), "voxels of this image, as BIDS has it"
        assert np.allclose(nibabel.load(path).affine @ [*marks["PC"], 1], [0, -25.5, 0, 1])
        assert sidecar["Alignment"]["ac"] == [1.0, 2.0, 3.0]
    found = read_bids({"bids": str(derivative)}, Wanted(("t1w",)))
    assert len(found) == len(SCANS), "the pipeline reads it as a cohort"


def test_an_image_takes_no_second_room_where_it_can(tmp_path, monkeypatch):
    (tmp_path / "a").write_text("image")
    acpc_bids.place(tmp_path / "a", tmp_path / "b")
    assert (tmp_path / "b").samefile(tmp_path / "a")

    def refuse(*paths):
        raise OSError("no links here")

    monkeypatch.setattr(os, "link", refuse)
    acpc_bids.place(tmp_path / "a", tmp_path / "c")
    assert (tmp_path / "c").read_text() == "image" and not (tmp_path / "c").samefile(tmp_path / "a")


def test_a_damaged_record_leaves_no_folder(tmp_path):
    (tmp_path / "a.json").write_text("{}")
    with pytest.raises(InputError, match="a.json"):
        acpc_bids.main([tmp_path / "a.nii.gz"], [tmp_path / "a.json"], tmp_path / "bids", [{"subject": "a", "scan": "a", "group": ""}])
    assert [path.name for path in tmp_path.iterdir()] == ["a.json"]


@pytest.mark.skipif(not VALIDATOR, reason="no bids-validator-deno on PATH: pip install bids-validator-deno (150 MB), into any environment")
def test_the_validator_passes_it_with_the_network_off(derivative, tmp_path):
    offline = OFFLINE if subprocess.run([*OFFLINE, "true"], capture_output=True).returncode == 0 else []
    (derivative / ".snakemake_timestamp").touch()
    command = [*offline, VALIDATOR, "--format", "json", str(derivative)]
    environment = os.environ | {"DENO_DIR": str(tmp_path / "deno"), "DENO_NO_UPDATE_CHECK": "1"}
    run = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=300)
    issues = json.loads(run.stdout)["issues"]["issues"]
    assert run.returncode == 0, run.stdout[-3000:] + run.stderr[-1000:]
    assert [issue for issue in issues if issue.get("severity") == "error"] == []
    next(derivative.rglob("*.json")).with_name("not_bids.nii.gz").write_bytes(b"x")
    assert subprocess.run(command, capture_output=True, env=environment, timeout=300).returncode != 0, "and it would say if it were not"
