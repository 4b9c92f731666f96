"""Cohort tables and BIDS folders: what is found, and what is refused."""

import pytest

from neuroturing.cohort.tables import read_bids, read_table
from neuroturing.errors import InputError

HEADER = "subject\tscan\tgroup\tt1w\n"


@pytest.fixture
def folder(tmp_path):
    for name in ("a.nii", "b.nii.gz", "c d ä.nii", "marks.fcsv"):
        (tmp_path / name).touch()
    return tmp_path


def table(folder, text):
    (folder / "cohort.tsv").write_text(text, encoding="utf-8")
    return folder / "cohort.tsv"


def test_reads_table_with_paths_beside_it(folder):
    text = "\ufeffsubject\tscan\tgroup\tt1w\tlandmarks\tplane_offset_mm\n"
    text += "p1\tp1_1\thealthy\ta.nii\tmarks.fcsv\t\n\np1\tp1_2\t\tc d ä.nii\t\t4.5\n"
    first, second = read_table(table(folder, text))
    assert (first["scan"], first["t1w"], first["landmarks"]) == ("p1_1", str(folder / "a.nii"), str(folder / "marks.fcsv"))
    assert first["plane_offset_mm"] is None
    assert (second["plane_offset_mm"], second["group"], second["landmarks"]) == (4.5, "", "")


def test_reads_coordinates(folder):
    text = "subject\tscan\tt1w\tac_x\tac_y\tac_z\tpc_x\tpc_y\tpc_z\np\ts\ta.nii\t1\t2\t-3.5\t0\t-25\t0\n"
    assert read_table(table(folder, text))[0]["ac_z"] == -3.5


BAD = {
    "unknown column": ("subject\tscan\tt1\n p\ts\ta.nii\n", "unknown column 't1'(.|\n)*'t1w'"),
    "missing column": ("subject\tt1w\np\ta.nii\n", "no column 'scan'"),
    "scan twice": (HEADER + "p\ts\t\ta.nii\nq\ts\t\tb.nii.gz\n", "two scans named 's'"),
    "file twice": (HEADER + "p\ts\t\ta.nii\nq\tt\t\t./a.nii\n", "same file twice"),
    "missing file": (HEADER + "p\ts\t\tnone.nii\n", "no file .*none.nii"),
    "no path": (HEADER + "p\ts\t\t\n", "without a file"),
    "slash": (HEADER + "p/1\ts\t\ta.nii\n", "subject 'p/1'"),
    "dots": (HEADER + "..\ts\t\ta.nii\n", r"subject '\.\.'"),
    "no name": (HEADER + "p\t\t\ta.nii\n", "scan ''"),
    "wrong kind": (HEADER + "p\ts\t\tmarks.fcsv\n", "ends in .nii"),
    "too many cells": (HEADER + "p\ts\t\ta.nii\tmore\n", "5 cells"),
    "empty": ("", "empty file"),
    "header alone": (HEADER, "header without scans"),
    "half a landmark": ("subject\tscan\tt1w\tac_x\np\ts\ta.nii\t1\n", "only ac_x"),
    "comma": ("subject\tscan\tt1w\tplane_offset_mm\np\ts\ta.nii\t1,5\n", "1,5"),
    "nan": ("subject\tscan\tt1w\tplane_offset_mm\np\ts\ta.nii\tnan\n", "nan"),
    "both landmarks": (
        "subject\tscan\tt1w\tlandmarks\tac_x\tac_y\tac_z\tpc_x\tpc_y\tpc_z\np\ts\ta.nii\tmarks.fcsv\t1\t2\t3\t4\t5\t6\n",
        "landmarks file and coordinates",
    ),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_table_is_refused(folder, name):
    text, found = BAD[name]
    with pytest.raises(InputError, match=found) as caught:
        read_table(table(folder, text))
    assert "cohort.tsv" in str(caught.value)


def test_missing_table_and_folder(tmp_path):
    with pytest.raises(InputError, match="no such file"):
        read_table(tmp_path / "none.tsv")
    with pytest.raises(InputError, match="no such folder"):
        read_bids(tmp_path / "none")
    with pytest.raises(InputError, match="T1w"):
        read_bids(tmp_path)


def test_finds_bids_subjects_sessions_and_groups(tmp_path):
    for path in (
        "sub-01/anat/sub-01_T1w.nii.gz",
        "sub-02/ses-1/anat/sub-02_ses-1_T1w.nii",
        "sub-02/ses-2/anat/sub-02_ses-2_acq-x_T1w.nii.gz",
    ):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).touch()
    (tmp_path / "sub-01/anat/sub-01_T2w.nii.gz").touch()
    (tmp_path / "derivatives/sub-09/anat").mkdir(parents=True)
    (tmp_path / "derivatives/sub-09/anat/sub-09_T1w.nii.gz").touch()
    (tmp_path / "participants.tsv").write_text("participant_id\tage\tgroup\nsub-01\t60\tcontrol\n")
    scans = read_bids(tmp_path)
    assert [scan["scan"] for scan in scans] == ["sub-01", "sub-02_ses-1", "sub-02_ses-2_acq-x"]
    assert [scan["subject"] for scan in scans] == ["sub-01", "sub-02", "sub-02"]
    assert [scan["group"] for scan in scans] == ["control", "", ""]
