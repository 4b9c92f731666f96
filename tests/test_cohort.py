"""Cohort tables, BIDS folders and BraTS folders: what is found, and what is refused."""

import logging
from pathlib import Path

import pytest
import yaml

from neuroturing.cohort import read_cohort
from neuroturing.cohort.rows import Wanted
from neuroturing.config import model
from neuroturing.errors import InputError

SEQUENCES = ("t1", "t1c", "t2", "flair")
REAL = Path(__file__).resolve().parents[2] / "shared/data/multisequence"
ACPC = {"rule": "acpc"}
LEVELS = {
    "rule": "levels",
    "heights_mm": {"CER": -30, "BG": 5, "COR": 35},
    "left_out": {"bilateral": ["CER"]},
    "sides": {"normal": [], "unilateral": ["left", "right"], "bilateral": ["both"]},
}
PATTERN = {"name": "pattern", "values": ["normal", "unilateral", "bilateral"]}


def touch(root, *names):
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).touch()


@pytest.fixture
def folder(tmp_path):
    touch(
        tmp_path,
        "a.nii",
        "b.nii.gz",
        "c d ä.nii",
        "marks.fcsv",
        "x{scan}.nii",
        *(f"{case}_{name}.nii.gz" for case in "pq" for name in SEQUENCES),
    )
    (tmp_path / "loop.nii").symlink_to("loop.nii")
    return tmp_path


def heads(folder, text, **spec):
    """Rows of a table of T1-weighted heads."""
    (folder / "cohort.tsv").write_text(text, encoding="utf-8")
    return read_cohort({"table": folder / "cohort.tsv"} | spec, ["t1w"], ACPC)


def cases(folder, text, **spec):
    """Rows of a table of four sequences."""
    (folder / "cohort.tsv").write_text(text, encoding="utf-8")
    return read_cohort({"table": folder / "cohort.tsv"} | spec, SEQUENCES)


def perfusion(folder, text, align=LEVELS, group=PATTERN):
    """Rows of a table of perfusion scans."""
    (folder / "cohort.tsv").write_text(text, encoding="utf-8")
    return read_cohort({"table": folder / "cohort.tsv"}, ["spect"], align, group)


# --- tables of heads

HEADER = "subject\tscan\tgroup\tt1w\n"


def test_reads_table_with_paths_beside_it(folder):
    text = "\ufeffsubject\tscan\tgroup\tt1w\tlandmarks\tplane_offset_mm\n"
    text += "p1\tp1_1\thealthy\ta.nii\tmarks.fcsv\t\n\np1\tp1_2\t\tc d ä.nii\t\t4.5\n"
    first, second = heads(folder, text)
    assert first == {
        **{"subject": "p1", "scan": "p1_1", "group": "healthy", "images": {"t1w": str(folder / "a.nii")}},
        **{"landmarks": str(folder / "marks.fcsv"), "plane_offset_mm": None},
        **dict.fromkeys(("ac_x", "ac_y", "ac_z", "pc_x", "pc_y", "pc_z")),
    }
    assert (second["plane_offset_mm"], second["group"], second["landmarks"]) == (4.5, "", "")
    assert second["images"]["t1w"].endswith("c d ä.nii")


def test_reads_coordinates_and_takes_the_subject_for_a_scan_without_a_name(folder):
    row = heads(folder, "subject\tt1w\tac_x\tac_y\tac_z\tpc_x\tpc_y\tpc_z\np\ta.nii\t1\t2\t-3.5\t0\t-25\t0\n")[0]
    assert row["ac_z"] == -3.5 and row["scan"] == "p"


def test_what_no_study_asks_for_is_no_column(folder):
    text = "subject\tt1w\tplane_offset_mm\np\ta.nii\t4\n"
    (folder / "cohort.tsv").write_text(text)
    with pytest.raises(InputError, match="unknown column 'plane_offset_mm'"):
        read_cohort({"table": folder / "cohort.tsv"}, ["t1w"])
    with pytest.raises(InputError, match="cohorts.x(.|\n)*a contrast called 'level'"):
        read_cohort({"table": folder / "cohort.tsv"}, ["level"], LEVELS, None, "cohorts.x")
    with pytest.raises(InputError, match="cohorts.x(.|\n)*no source"):
        read_cohort({"table": None, "bids": None}, ["t1w"], where="cohorts.x")


def test_any_contrast_is_a_column(folder):
    (folder / "cohort.tsv").write_text("subject\tpet\np\ta.nii\n")
    assert read_cohort({"table": folder / "cohort.tsv"}, ["pet"])[0]["images"] == {"pet": str(folder / "a.nii")}


BAD_HEADS = {
    "unknown column": ("subject\tscan\tt1\n p\ts\ta.nii\n", "unknown column 't1'(.|\n)*'t1w'"),
    "missing column": ("subject\tscan\np\ts\n", "no column 't1w'"),
    "scan twice": (HEADER + "p\ts\t\ta.nii\nq\ts\t\tb.nii.gz\n", "line 3(.|\n)*two scans named 's'(.|\n)*a.nii, .*b.nii.gz"),
    "subject twice": ("subject\tt1w\np\ta.nii\np\tb.nii.gz\n", "two scans named 'p'(.|\n)*name each scan"),
    "file twice": (HEADER + "p\ts\t\ta.nii\nq\tt\t\t./a.nii\n", "same file twice, as scan 's' and scan 't'"),
    "missing file": (HEADER + "p\ts\t\tnone.nii\n", "scan 's' without t1w .no file: .*none.nii"),
    "link to itself": (HEADER + "p\ts\t\tloop.nii\n", "line 2(.|\n)*link to nowhere or to itself: .*loop.nii"),
    "no path": (HEADER + "p\ts\t\t\n", "scan 's' without t1w"),
    "slash": (HEADER + "p/1\ts\t\ta.nii\n", "subject 'p/1'"),
    "dots": (HEADER + "..\ts\t\ta.nii\n", r"subject '\.\.'"),
    "no name": (HEADER + "\ts\t\ta.nii\n", "subject ''"),
    "wrong kind": (HEADER + "p\ts\t\tmarks.fcsv\n", "scan 's': .*marks.fcsv(.|\n)*ends in .nii"),
    "braces": (HEADER + "p\ts\t\tx{scan}.nii\n", r"without \{ and \}"),
    "too many cells": (HEADER + "\np\ts\t\ta.nii\tmore\n", "line 3(.|\n)*5 cells"),
    "empty": ("", "empty file"),
    "header alone": (HEADER, "header without scans"),
    "half a landmark": ("subject\tscan\tt1w\tac_x\np\ts\ta.nii\t1\n", "only ac_x"),
    "comma": ("subject\tscan\tt1w\tplane_offset_mm\np\ts\ta.nii\t1,5\n", "column plane_offset_mm(.|\n)*1,5"),
    "nan": ("subject\tscan\tt1w\tplane_offset_mm\np\ts\ta.nii\tnan\n", "nan"),
    "no landmarks": ("subject\tt1w\tlandmarks\np\ta.nii\tnone.fcsv\n", "no file .*none.fcsv"),
    "both landmarks": (
        "subject\tscan\tt1w\tlandmarks\tac_x\tac_y\tac_z\tpc_x\tpc_y\tpc_z\np\ts\ta.nii\tmarks.fcsv\t1\t2\t3\t4\t5\t6\n",
        "landmarks file and coordinates",
    ),
    "open quotation": (HEADER + 'p\t"s\t\ta.nii\n' + "q\tt\t\tb.nii.gz\n" * 11000, "line [0-9]+(.|\n)*field larger than field limit"),
    "quotation over lines": (HEADER + 'p\t"s\t\ta.nii\n' + "q\tt\t\tb.nii.gz\n", "line 3(.|\n)*a cell over several lines"),
}


@pytest.mark.parametrize("name", BAD_HEADS)
def test_bad_table_of_heads_is_refused(folder, name):
    text, found = BAD_HEADS[name]
    with pytest.raises(InputError, match=found) as caught:
        heads(folder, text)
    assert "cohort.tsv" in str(caught.value) and "hint:" in str(caught.value)


@pytest.mark.parametrize(
    ("content", "found"),
    [
        ((HEADER + "p\ts\tkränk\ta.nii\n").encode("latin-1"), "not UTF-8 but another encoding.*line 2"),
        ((HEADER + "p\ts\t\ta.nii\n").encode("utf-16"), "not UTF-8 but UTF-16"),
        ((HEADER + "p\ts\t\ta.nii\n").encode("utf-16-le"), "zero bytes"),
        ((HEADER + f"p\ts\t{'x' * 140_000}\ta.nii\n").encode(), "line 2(.|\n)*field larger than field limit"),
    ],
)
def test_what_is_no_utf8_table_is_named(folder, content, found):
    (folder / "cohort.tsv").write_bytes(content)
    with pytest.raises(InputError, match=found) as caught:
        read_cohort({"table": folder / "cohort.tsv"}, ["t1w"])
    assert str(folder / "cohort.tsv") in str(caught.value)


def test_missing_and_unreadable_tables_and_folders(folder):
    with pytest.raises(InputError, match="no such file"):
        read_cohort({"table": folder / "none.tsv"}, ["t1w"])
    with pytest.raises(InputError, match="loop.nii(.|\n)*not readable .*links"):
        read_cohort({"table": folder / "loop.nii"}, ["t1w"])
    with pytest.raises(InputError, match="not readable .*directory"):
        read_cohort({"table": folder}, ["t1w"])
    for kind in ("bids", "brats"):
        for path in (folder / "none", folder / "loop.nii"):
            with pytest.raises(InputError, match="no such folder"):
                read_cohort({kind: path}, ["t1"])


# --- groups


def test_groups_are_the_studys_own(folder, caplog):
    text = "subject\tpattern\tt1w\np\tHealthy\ta.nii\nq\tpatient\tb.nii.gz\n"
    (folder / "cohort.tsv").write_text(text)
    values = {"name": "pattern", "values": ["healthy", "patient", "other"]}
    rows = read_cohort({"table": folder / "cohort.tsv"}, ["t1w"], None, values)
    assert [row["group"] for row in rows] == ["healthy", "patient"]
    assert "no scan of pattern 'other'" in caplog.text
    assert [row["group"] for row in read_cohort({"table": folder / "cohort.tsv"}, ["t1w"], None, {"name": "pattern"})] == [
        "Healthy",
        "patient",
    ]
    (folder / "cohort.tsv").write_text(text.replace("pattern", "group"))
    assert read_cohort({"table": folder / "cohort.tsv"}, ["t1w"], None, values)[1]["group"] == "patient"
    (folder / "cohort.tsv").write_text("subject\tpattern\tgroup\tt1w\np\tx\ty\ta.nii\n")
    with pytest.raises(InputError, match="columns 'pattern' and 'group'"):
        read_cohort({"table": folder / "cohort.tsv"}, ["t1w"], None, values)
    (folder / "cohort.tsv").write_text("subject\tt1w\np\ta.nii\n")
    with pytest.raises(InputError, match="no column 'pattern'"):
        read_cohort({"table": folder / "cohort.tsv"}, ["t1w"], None, values)


# --- tables of several sequences

CASES = "subject\tt1\tt1c\tt2\tflair\n"


def line(subject, case, **other):
    return "\t".join([subject, *(other.get(name, f"{case}_{name}.nii.gz") for name in SEQUENCES)]) + "\n"


def test_reads_a_table_of_cases(folder):
    touch(folder, "scans/ä b.MHA")
    first, second = cases(folder, "\ufeff" + CASES + line("p1", "p") + "\n" + line("p2", "q", t2="scans/ä b.MHA"))
    images = {name: str(folder / f"p_{name}.nii.gz") for name in SEQUENCES}
    assert first == {"subject": "p1", "scan": "p1", "group": "", "images": images}
    assert second["images"]["t2"] == str(folder / "scans/ä b.MHA")


BAD_CASES = {
    "unknown column": ("subject\tt1\tt1c\tt2\tflare\n" + line("p", "p"), "unknown column 'flare'(.|\n)*'flair'"),
    "missing column": ("subject\tt1\tt1c\tt2\n" + "p\ta\tb\tc\n", "no column 'flair'"),
    "column twice": ("subject\tt1\tt1\tt2\tflair\n" + line("p", "p"), "column 't1' twice"),
    "subject twice": (CASES + line("p", "p") + line("p", "q"), "two scans named 'p'"),
    "file twice in a row": (CASES + line("p", "p", t1c="./p_t1.nii.gz"), "same file twice, as scan 'p', t1 and scan 'p', t1c"),
    "file twice": (CASES + line("p", "p") + line("q", "q", t2="p_t2.nii.gz"), "same file twice"),
    "missing sequence": (CASES + line("p", "p") + line("q", "q", t2=""), "scan 'q' without t2"),
    "missing file": (CASES + line("p", "p", t1="none.nii"), "scan 'p' without t1 .*no file.*none.nii"),
    "wrong kind": (CASES + line("p", "p", flair="marks.fcsv"), "marks.fcsv(.|\n)*.mha"),
    "slash": (CASES + line("p/1", "p"), "subject 'p/1'"),
    "no name": (CASES + line("", "p"), "subject ''"),
    "too many cells": (CASES + line("p", "p").strip() + "\tmore\n", "6 cells"),
}


@pytest.mark.parametrize("name", BAD_CASES)
def test_bad_table_of_cases_is_refused(folder, name):
    text, found = BAD_CASES[name]
    with pytest.raises(InputError, match=found) as caught:
        cases(folder, text)
    assert "cohort.tsv" in str(caught.value)


@pytest.mark.parametrize("cell", ["", "none.nii.gz"])
def test_others_go_on_without_an_incomplete_scan_if_allowed(folder, caplog, cell):
    with caplog.at_level(logging.WARNING):
        rows = cases(folder, CASES + line("p", "p") + line("q", "q", t2=cell), allow_missing=True)
    assert [row["subject"] for row in rows] == ["p"] and "scan 'q' without t2" in caplog.text
    with pytest.raises(InputError, match="no scan that has t1, t1c, t2, flair"):
        cases(folder, CASES + line("q", "q", t2=cell), allow_missing=True)


# --- tables of perfusion scans

LEVEL_HEADER = "subject\tpattern\tspect\tlevel\tside\tbg_mm\tbg_slice\n"
BAD_LEVELS = {
    "unknown pattern": ("s\tunilaterl\ta.nii\n", "column pattern(.|\n)*did you mean 'unilateral'"),
    "no pattern": ("s\t\ta.nii\n", "column pattern(.|\n)*no value"),
    "unknown level": ("s\tnormal\ta.nii\tCERE\n", "did you mean 'CER'"),
    "unknown side": ("s\tunilateral\ta.nii\t\tlft\n", "did you mean 'left'"),
    "side of a normal": ("s\tnormal\ta.nii\t\tleft\n", "'left' where pattern is normal(.|\n)*no side"),
    "side of a bilateral": ("s\tbilateral\ta.nii\t\tright\n", "'right' where pattern is bilateral(.|\n)*both"),
    "level twice": ("s\tnormal\ta.nii\tBG,BG\n", "BG twice"),
    "not a number": ("s\tnormal\ta.nii\t\t\t1,5\n", "column bg_mm(.|\n)*1,5(.|\n)*a number in millimetres"),
    "not a slice": ("s\tnormal\ta.nii\t\t\t\t-1\n", "column bg_slice(.|\n)*a whole number from 0"),
    "two heights": ("s\tnormal\ta.nii\t\t\t5\t7\n", "a height in mm and a slice"),
    "height of no level": ("s\tnormal\ta.nii\tCOR\t\t5\n", "no height for BG"),
    "same file": ("s\tnormal\ta.nii\ns2\tnormal\t./a.nii\n", "same file twice"),
    "same image": ("s\tnormal\ta.nii\ns\tnormal\tb.nii.gz\tCOR\n", "two images named 's_COR'"),
    "same scan": ("s\tnormal\ta.nii\ns\tnormal\tb.nii.gz\n", "two scans named 's"),
    "no file": ("s\tnormal\tc.nii\n", "no file: .*c.nii"),
    "no path": ("s\tnormal\t\n", "scan 's' without spect"),
    "wrong kind": ("s\tnormal\tmarks.fcsv\n", "ends in .nii"),
    "bad name": ("s/1\tnormal\ta.nii\n", "subject 's/1'"),
}


@pytest.mark.parametrize("name", BAD_LEVELS)
def test_bad_table_of_perfusion_scans_is_refused(folder, name):
    lines, found = BAD_LEVELS[name]
    with pytest.raises(InputError, match=found) as caught:
        perfusion(folder, LEVEL_HEADER + lines)
    assert "cohort.tsv" in str(caught.value)


def test_table_reads_levels_sides_and_heights(folder):
    touch(folder, *(f"{name}.nii" for name in "cdef"))
    lines = "s\tNormal\tc.nii\nt\tbilateral\td.nii\nu\tunilateral\te.nii\tcor, bg\tright\t\t12\nt\tbilateral\tf.nii\tCER\n"
    found = perfusion(folder, LEVEL_HEADER + lines)
    assert [row["scan"] for row in found] == ["s", "t", "u", "t_CER"] and [row["subject"] for row in found] == ["s", "t", "u", "t"]
    assert [row["levels"] for row in found] == [["CER", "BG", "COR"], ["BG", "COR"], ["BG", "COR"], ["CER"]]
    assert [row["side"] for row in found] == ["", "both", "right", "both"] and found[2]["heights"] == {"BG": {"slice": 12}}
    assert [row["group"] for row in found] == ["normal", "bilateral", "unilateral", "bilateral"]


def test_levels_and_groups_of_another_study_are_no_code(folder):
    align = {"rule": "levels", "heights_mm": {"Thalamus": 8, "Vertex": 60}}
    text = "subject\tgroup\tspect\tlevel\tside\tthalamus_mm\np\tx\ta.nii\t\tleft\t9.5\nq\ty\tb.nii.gz\tvertex\n"
    first, second = perfusion(folder, text, align, None)
    assert first["levels"] == ["Thalamus", "Vertex"] and first["heights"] == {"Thalamus": {"mm": 9.5}} and first["side"] == "left"
    assert (second["scan"], second["levels"], second["side"]) == ("q_Vertex", ["Vertex"], "")
    with pytest.raises(InputError, match="differ by more than capitals"):
        perfusion(folder, text, {"rule": "levels", "heights_mm": {"BG": 1, "bg": 2}}, None)
    with pytest.raises(InputError, match="left_out.normal(.|\n)*did you mean 'CER'"):
        perfusion(folder, text, LEVELS | {"left_out": {"normal": ["CERE"]}}, None)


# --- BIDS


def test_finds_bids_subjects_sessions_and_groups(tmp_path):
    touch(tmp_path, "sub-01/anat/sub-01_T1w.nii.gz", "sub-02/ses-1/anat/sub-02_ses-1_T1w.nii")
    touch(tmp_path, "sub-02/ses-2/anat/sub-02_ses-2_acq-x_T1w.nii.gz", "sub-01/anat/sub-01_T2w.nii.gz")
    touch(tmp_path, "derivatives/sub-09/anat/sub-09_T1w.nii.gz", "sub-01/anat/sub-01_ce-gd_T1w.nii.gz")
    (tmp_path / "participants.tsv").write_text("participant_id\tage\tgroup\nsub-01\t60\tcontrol\n")
    rows = read_cohort({"bids": tmp_path}, ["t1w"], ACPC)
    assert [row["scan"] for row in rows] == ["sub-01", "sub-02_ses-1", "sub-02_ses-2_acq-x"]
    assert [row["subject"] for row in rows] == ["sub-01", "sub-02", "sub-02"]
    assert [row["group"] for row in rows] == ["control", "", ""]
    assert rows[0]["images"] == {"t1w": str(tmp_path / "sub-01/anat/sub-01_T1w.nii.gz")} and rows[0]["plane_offset_mm"] is None
    with pytest.raises(InputError, match="participants.tsv, sub-02, column group(.|\n)*no value"):
        read_cohort({"bids": tmp_path}, ["t1w"], ACPC, {"name": "group", "values": ["control", "patient"]})


def session(root, *files):
    touch(root, *(f"{place}/anat/{place.replace('/', '_')}_{end}.nii.gz" for place, end in files))


def test_finds_the_sequences_of_bids_sessions(tmp_path, caplog):
    ends = ("T1w", "acq-late_ce-gadolinium_T1w", "T2w", "FLAIR")
    session(tmp_path, *((f"sub-0{number}/ses-a", end) for number in (1, 2) for end in ends))
    rows = read_cohort({"bids": tmp_path}, SEQUENCES)
    assert [row["scan"] for row in rows] == ["sub-01_ses-a", "sub-02_ses-a"]
    assert [Path(rows[0]["images"][name]).name.split("ses-a_")[1] for name in SEQUENCES] == [f"{end}.nii.gz" for end in ends]
    session(tmp_path, ("sub-03", "T1w"))
    with pytest.raises(InputError, match="scan 'sub-03' without t1c, t2, flair"):
        read_cohort({"bids": tmp_path}, SEQUENCES)
    assert len(read_cohort({"bids": tmp_path, "allow_missing": True}, SEQUENCES)) == 2 and "sub-03" in caplog.text


def test_runs_of_a_bids_session_belong_together_by_their_entities(tmp_path):
    session(tmp_path, *(("sub-01", f"run-{run}_{suffix}") for run in (1, 2) for suffix in ("T1w", "T2w")))
    rows = read_cohort({"bids": tmp_path}, ["t1", "t2"])
    assert [row["scan"] for row in rows] == ["sub-01_run-1", "sub-01_run-2"]
    assert all(len({Path(path).name.split("_")[1] for path in row["images"].values()}) == 1 for row in rows)
    touch(tmp_path, "sub-01/anat/sub-01_run-1_T1w.nii")
    with pytest.raises(InputError, match="two files of contrast t1"):
        read_cohort({"bids": tmp_path}, ["t1", "t2"])


def test_finds_perfusion_scans_and_says_what_it_looked_for(tmp_path):
    touch(tmp_path, "sub-01/pet/sub-01_trc-ECD_pet.nii.gz", "sub-02/pet/sub-02_spect.nii.gz")
    rows = read_cohort({"bids": tmp_path}, ["spect"], LEVELS)
    assert [row["scan"] for row in rows] == ["sub-01_trc-ECD", "sub-02"] and rows[0]["levels"] == ["CER", "BG", "COR"]
    assert [row["scan"] for row in read_cohort({"bids": tmp_path}, ["pet"])] == ["sub-01_trc-ECD"]
    for contrast, words in (("t1c", "_ce-.*T1w"), ("t1w", "T1w .without ce"), ("bold", "_bold")):
        with pytest.raises(InputError, match=words):
            read_cohort({"bids": tmp_path}, [contrast])


# --- BraTS


def vsd(case, number):
    names = [f"VSD.Brain.XX.O.MR_{name}.{number + i}" for i, name in enumerate(("T1", "T1c", "T2", "Flair"))]
    return [f"{case}/{name}/{name}.mha" for name in names] + [f"{case}/VSD.Brain_3more.XX.O.OT.1/VSD.Brain_3more.XX.O.OT.1.mha"]


def named(case, joint, ends, suffix=".nii.gz"):
    return [f"{case}/{Path(case).name}{joint}{end}{suffix}" for end in (*ends, "seg")]


OF_2018 = ("t1", "t1ce", "t2", "flair")
OF_2023 = ("t1n", "t1c", "t2w", "t2f")
RELEASES = {
    "2015": (
        vsd("HGG/brats_tcia_pat153_0002", 100) + vsd("HGG/brats_tcia_pat153_0181", 200) + vsd("LGG/brats_2013_pat0001_1", 300),
        [("brats_tcia_pat153_0002", "brats_tcia_pat153", "HGG"), ("brats_tcia_pat153_0181", "brats_tcia_pat153", "HGG")],
        ("HGG/brats_tcia_pat153_0002/VSD.Brain.XX.O.MR_T1.100/", "MR_Flair.103.mha"),
    ),
    "2018": (
        named("data/HGG/Brats18_2013_2_1", "_", OF_2018) + named("data/LGG/Brats18_TCIA09_1", "_", OF_2018),
        [("Brats18_2013_2_1", "Brats18_2013_2_1", "HGG")],
        ("data/HGG/Brats18_2013_2_1/Brats18_2013_2_1_t1.nii.gz", "_flair.nii.gz"),
    ),
    "2021": (
        named("BraTS2021_00000", "_", OF_2018) + named("BraTS2021_00002", "_", OF_2018) + ["BraTS2021_00000/._BraTS2021_00000_t1.nii.gz"],
        [("BraTS2021_00000", "BraTS2021_00000", ""), ("BraTS2021_00002", "BraTS2021_00002", "")],
        ("BraTS2021_00000/BraTS2021_00000_t1.nii.gz", "_flair.nii.gz"),
    ),
    "2023": (
        named("BraTS-GLI-00002-000", "-", OF_2023) + named("BraTS-GLI-00002-001", "-", OF_2023),
        [("BraTS-GLI-00002-000", "BraTS-GLI-00002", ""), ("BraTS-GLI-00002-001", "BraTS-GLI-00002", "")],
        ("BraTS-GLI-00002-000/BraTS-GLI-00002-000-t1n.nii.gz", "-t2f.nii.gz"),
    ),
    "one folder": (
        [f"{case}_{end}.mhd" for case in ("x", "y") for end in OF_2018] + ["x_t1.raw"],
        [("x", "x", ""), ("y", "y", "")],
        ("x_t1.mhd", "x_flair.mhd"),
    ),
    "bare names": ([f"x/{end}.nii" for end in OF_2018], [("x", "x", "")], ("x/t1.nii", "x/flair.nii")),
}


def brats(folder, contrasts=SEQUENCES, **spec):
    return read_cohort({"brats": folder, "grades": ["HGG"]} | spec, contrasts)


@pytest.mark.parametrize("release", RELEASES)
def test_finds_the_cases_of_every_release(tmp_path, release):
    files, expected, (t1, flair) = RELEASES[release]
    touch(tmp_path, *files)
    rows = brats(tmp_path)
    assert [(row["scan"], row["subject"], row["group"]) for row in rows] == expected
    assert rows[0]["images"]["t1"].startswith(str(tmp_path / t1))
    assert rows[0]["images"]["flair"].endswith(flair)
    assert len({path for row in rows for path in row["images"].values()}) == 4 * len(rows)


def test_grade_chooses(tmp_path):
    touch(tmp_path, *RELEASES["2018"][0])
    assert [row["group"] for row in brats(tmp_path, grades=["LGG"])] == ["LGG"]
    assert len(brats(tmp_path, grades=["HGG", "LGG"])) == 2
    touch(tmp_path / "low", *named("LGG/Brats18_TCIA09_1", "_", OF_2018))
    with pytest.raises(InputError, match="cases of grade LGG only"):
        brats(tmp_path / "low")


def test_grade_of_2020_stands_in_its_mapping_table(tmp_path):
    for number in (1, 2):
        touch(tmp_path, *named(f"BraTS20_Training_00{number}", "_", OF_2018, ".nii"))
    (tmp_path / "name_mapping.csv").write_text(
        "Grade,BraTS_2019_subject_ID,BraTS_2020_subject_ID\nLGG,BraTS19_x,BraTS20_Training_001\nHGG,NA,BraTS20_Training_002\n"
    )
    assert [row["scan"] for row in brats(tmp_path)] == ["BraTS20_Training_002"]


def test_bad_brats_folder_is_refused(tmp_path, caplog):
    with pytest.raises(InputError, match="no BraTS case"):
        brats(tmp_path)
    touch(tmp_path, *named("HGG/p", "_", OF_2018))
    touch(tmp_path, "HGG/q/q_t1.nii.gz", "HGG/q/q_t2.nii.gz")
    with pytest.raises(InputError, match="scan 'q' without t1c, flair"):
        brats(tmp_path)
    assert [row["scan"] for row in brats(tmp_path, allow_missing=True)] == ["p"]
    assert "without t1c, flair" in caplog.text
    assert [row["scan"] for row in brats(tmp_path, ["t1", "t2"])] == ["p", "q"]
    with pytest.raises(InputError, match="contrast pet of a BraTS folder"):
        brats(tmp_path, ["t1", "pet"])
    touch(tmp_path, "HGG/p/p_t1.nii")
    with pytest.raises(InputError, match="two t1 files of case 'p'"):
        brats(tmp_path)


def test_two_cases_with_one_name(tmp_path):
    touch(tmp_path, *named("one/p", "_", OF_2018), *named("two/p", "_", OF_2018))
    with pytest.raises(InputError, match="two scans named 'p'"):
        brats(tmp_path)


def test_a_link_out_of_the_folder_is_followed_and_one_back_into_it_is_named(tmp_path):
    touch(tmp_path / "elsewhere", *named("p", "_", OF_2018))
    (tmp_path / "data").mkdir()
    (tmp_path / "data/HGG").symlink_to(tmp_path / "elsewhere")
    assert [row["scan"] for row in brats(tmp_path / "data")] == ["p"]
    (tmp_path / "elsewhere/p/back").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(InputError, match="data/HGG/p/back(.|\n)*a link to a folder that holds it"):
        brats(tmp_path / "data")


@pytest.mark.skipif(not REAL.is_dir(), reason="no real cases in ../shared/data/multisequence")
def test_finds_the_real_cases():
    assert [row["scan"] for row in brats(REAL)] == ["case-1", "case-2"]


def test_levels_that_a_study_leaves_out_reach_its_cohort():
    study = yaml.safe_load((Path(__file__).parents[1] / "studies/werner2022/study.yaml").read_text())
    align = model.Align(**study["align"]).model_dump()
    assert Wanted.of("cohorts", ["spect"], align, study["group"]).left_out == {"bilateral": ["CER"]}
