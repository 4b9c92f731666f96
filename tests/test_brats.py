"""Tables and folders of multi-sequence cases: what is found, and what is refused."""

import logging
from pathlib import Path

import pytest
import yaml

from neuroturing.cohort.brats import SEQUENCES, planned_images, read_brats_folder, read_brats_table
from neuroturing.errors import InputError

HEADER = "subject\tt1\tt1c\tt2\tflair\n"
ROOT = Path(__file__).resolve().parents[1]
REAL = ROOT / "../shared/data/multisequence"
CONFIGS = "config.yaml", "config/published.yaml"


@pytest.fixture
def folder(tmp_path):
    for case in ("a", "b"):
        for sequence in SEQUENCES:
            (tmp_path / f"{case}_{sequence}.nii.gz").touch()
    (tmp_path / "marks.txt").touch()
    return tmp_path


def line(subject, case, **other):
    return "\t".join([subject, *(other.get(name, f"{case}_{name}.nii.gz") for name in SEQUENCES)]) + "\n"


def table(folder, text):
    (folder / "cases.tsv").write_text(text, encoding="utf-8")
    return folder / "cases.tsv"


def touch(root, *names):
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).touch()


def test_reads_table_with_paths_beside_it(folder):
    touch(folder, "scans/ä b.MHA")
    first, second = read_brats_table(table(folder, "\ufeff" + HEADER + line("p1", "a") + "\n" + line("p2", "b", t2="scans/ä b.MHA")))
    assert first == {"subject": "p1", "patient": "p1", "grade": ""} | {name: str(folder / f"a_{name}.nii.gz") for name in SEQUENCES}
    assert second["t2"] == str(folder / "scans/ä b.MHA")


BAD = {
    "unknown column": ("subject\tt1\tt1c\tt2\tflare\n" + line("p", "a"), "unknown column 'flare'(.|\n)*'flair'"),
    "missing column": ("subject\tt1\tt1c\tt2\n" + "p\ta\tb\tc\n", "no column 'flair'"),
    "column twice": ("subject\tt1\tt1\tt2\tflair\n" + line("p", "a"), "column 't1' twice"),
    "subject twice": (HEADER + line("p", "a") + line("p", "b"), "two cases named 'p'"),
    "file twice in a row": (HEADER + line("p", "a", t1c="./a_t1.nii.gz"), "same file twice, as subject 'p', t1 and subject 'p', t1c"),
    "file twice": (HEADER + line("p", "a") + line("q", "b", t2="a_t2.nii.gz"), "same file twice"),
    "missing sequence": (HEADER + line("p", "a") + line("q", "b", t2=""), "subject 'q' without t2"),
    "missing file": (HEADER + line("p", "a", t1="none.nii"), "subject 'p' without t1 .*no file .*none.nii"),
    "wrong kind": (HEADER + line("p", "a", flair="marks.txt"), "marks.txt(.|\n)*.mha"),
    "slash": (HEADER + line("p/1", "a"), "subject 'p/1'"),
    "no name": (HEADER + line("", "a"), "subject ''"),
    "too many cells": (HEADER + line("p", "a").strip() + "\tmore\n", "6 cells"),
    "empty": ("", "empty file"),
    "header alone": (HEADER, "header without"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_table_is_refused(folder, name):
    text, found = BAD[name]
    with pytest.raises(InputError, match=found) as caught:
        read_brats_table(table(folder, text))
    assert "cases.tsv" in str(caught.value)


@pytest.mark.parametrize("cell", ["", "none.nii.gz"])
def test_others_go_on_without_an_incomplete_subject_if_allowed(folder, caplog, cell):
    path = table(folder, HEADER + line("p", "a") + line("q", "b", t2=cell))
    with caplog.at_level(logging.WARNING):
        assert [case["subject"] for case in read_brats_table(path, allow_missing=True)] == ["p"]
    assert "subject 'q' without t2" in caplog.text
    with pytest.raises(InputError, match="no subject with all four"):
        read_brats_table(table(folder, HEADER + line("q", "b", t2=cell)), allow_missing=True)


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


@pytest.mark.parametrize("release", RELEASES)
def test_finds_the_cases_of_every_release(tmp_path, release):
    files, expected, (t1, flair) = RELEASES[release]
    touch(tmp_path, *files)
    cases = read_brats_folder(tmp_path)
    assert [(case["subject"], case["patient"], case["grade"]) for case in cases] == expected
    assert cases[0]["t1"].startswith(str(tmp_path / t1))
    assert cases[0]["flair"].endswith(flair)
    assert len({case[name] for case in cases for name in SEQUENCES}) == 4 * len(cases)


def test_grade_chooses(tmp_path):
    touch(tmp_path, *RELEASES["2018"][0])
    assert [case["grade"] for case in read_brats_folder(tmp_path, grades=["LGG"])] == ["LGG"]
    assert len(read_brats_folder(tmp_path, grades=["HGG", "LGG"])) == 2
    with pytest.raises(InputError, match="cases of grade LGG only"):
        read_brats_folder(_only_low_grade(tmp_path))


def _only_low_grade(tmp_path):
    touch(tmp_path / "low", *named("LGG/Brats18_TCIA09_1", "_", OF_2018))
    return tmp_path / "low"


def test_grade_of_2020_stands_in_its_mapping_table(tmp_path):
    for number in (1, 2):
        touch(tmp_path, *named(f"BraTS20_Training_00{number}", "_", OF_2018, ".nii"))
    (tmp_path / "name_mapping.csv").write_text(
        "Grade,BraTS_2019_subject_ID,BraTS_2020_subject_ID\nLGG,BraTS19_x,BraTS20_Training_001\nHGG,NA,BraTS20_Training_002\n"
    )
    assert [case["subject"] for case in read_brats_folder(tmp_path)] == ["BraTS20_Training_002"]


def test_bad_folder_is_refused(tmp_path, caplog):
    with pytest.raises(InputError, match="no such folder"):
        read_brats_folder(tmp_path / "none")
    with pytest.raises(InputError, match="no BraTS case"):
        read_brats_folder(tmp_path)
    touch(tmp_path, *named("HGG/p", "_", OF_2018))
    touch(tmp_path, "HGG/q/q_t1.nii.gz", "HGG/q/q_t2.nii.gz")
    with pytest.raises(InputError, match="subject 'q' without t1c, flair"):
        read_brats_folder(tmp_path)
    assert [case["subject"] for case in read_brats_folder(tmp_path, allow_missing=True)] == ["p"]
    assert "without t1c, flair" in caplog.text
    touch(tmp_path, "HGG/p/p_t1.nii")
    with pytest.raises(InputError, match="two t1 files of case 'p'"):
        read_brats_folder(tmp_path)


def test_two_cases_with_one_name(tmp_path):
    touch(tmp_path, *named("one/p", "_", OF_2018), *named("two/p", "_", OF_2018))
    with pytest.raises(InputError, match="two cases named 'p'"):
        read_brats_folder(tmp_path)


def test_counts_of_the_paper_follow_from_220_patients(tmp_path):
    for number in range(220):
        touch(tmp_path, *(f"HGG/c{number:03d}/c{number:03d}_{end}.nii.gz" for end in OF_2018))
    text = HEADER + "".join(f"c{n:03d}\t" + "\t".join(f"HGG/c{n:03d}/c{n:03d}_{end}.nii.gz" for end in OF_2018) + "\n" for n in range(220))
    demo, changes = (yaml.safe_load((ROOT / name).read_text(encoding="utf-8"))["studies"]["han2018"] for name in CONFIGS)
    wanted = {"t1": 15_400, "t1c": 15_400, "t2": 15_400, "flair": 15_400, "concat128": 61_600, "concat64": 61_600}
    for cases in (read_brats_folder(tmp_path), read_brats_table(table(tmp_path, text))):
        for name, count in wanted.items():
            sections = demo["datasets"][name]["sections"] | changes.get("datasets", {}).get(name, {}).get("sections", {})
            assert planned_images(cases, sections) == count


@pytest.mark.skipif(not REAL.is_dir(), reason="no real cases in ../shared/data/multisequence")
def test_finds_the_real_cases():
    assert [case["subject"] for case in read_brats_folder(REAL)] == ["case-1", "case-2"]
