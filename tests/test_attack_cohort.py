"""Cohorts under attack: tables in any encoding with anything in their cells, and folders of files with hostile names."""

import os
import shutil

import pytest
from attack import NAMES, attacked, bounded, names
from hypothesis import strategies as st

from neuroturing.cohort import read_cohort
from neuroturing.cohort.rows import NAME
from neuroturing.errors import InputError

LEVELS = {
    "rule": "levels",
    "heights_mm": {"BG": 5, "COR": 35},
    "left_out": {"b": ["COR"]},
    "sides": {"a": ["left", "right"], "b": ["both"]},
}
GROUP = {"name": "pattern", "values": ["a", "b"]}
KINDS = {"heads": (["t1w"], {"rule": "acpc"}, None), "cases": (["t1", "flair"], None, None), "levels": (["spect"], LEVELS, GROUP)}
COLUMNS = {
    "heads": ["subject", "scan", "group", "t1w", "landmarks", "ac_x", "ac_y", "ac_z", "pc_x", "pc_y", "pc_z", "plane_offset_mm"],
    "cases": ["subject", "scan", "group", "t1", "flair"],
    "levels": ["subject", "scan", "pattern", "spect", "level", "side", "bg_mm", "bg_slice", "cor_mm"],
}
CODINGS = ["utf-8", "utf-8", "utf-8", "utf-8-sig", "latin-1", "utf-16", "utf-16-le", "utf-32", "cp932"]
WORDS = ["p1", "p2", "a", "b", "a.nii", "b.nii.gz", "c.mha", "BG,COR", "left", "3", "-2.5", "x" * 140_000, ""]
cells = st.sampled_from(WORDS) | names


@st.composite
def tables(draw):
    """Kind, and bytes of a table of it."""
    kind = draw(st.sampled_from(sorted(KINDS)))
    header = draw(st.one_of(st.just(COLUMNS[kind]), st.lists(st.one_of(st.sampled_from(COLUMNS[kind]), names), max_size=8)))
    rows = draw(st.lists(st.lists(cells, min_size=len(header), max_size=len(header) + 1), max_size=3))
    separator, end = draw(st.sampled_from(["\t", "\t", "\t", ",", ";", " "])), draw(st.sampled_from(["\n", "\r\n", "\r", "\n\n", "\x0b"]))
    text = end.join(separator.join(row) for row in [header, *rows])
    return kind, text.encode(draw(st.sampled_from(CODINGS)), "replace")


def take(spec, kind):
    """Rows of a cohort whose names can be names of files, whatever the attack."""
    with bounded():
        for row in read_cohort(spec, *KINDS[kind], where="mine.yaml: cohorts.x"):
            assert NAME.fullmatch(row["subject"]) and NAME.fullmatch(row["scan"])
            assert all(os.path.isfile(path) and not set("{}") & set(path) for path in row["images"].values())


@attacked(50, table=tables(), allow=st.booleans())
def test_tables(folder, table, allow):
    for name in ("a.nii", "b.nii.gz", "c.mha"):
        (folder / name).touch()
    kind, content = table
    (folder / "cohort.tsv").write_bytes(content)
    take({"table": str(folder / "cohort.tsv"), "allow_missing": allow}, kind)


ENTITIES = ["sub-01_T1w.nii.gz", "sub-01_ses-1_T1w.nii", "sub-01_ce-x_T1w.nii", "sub-01_FLAIR.nii", "sub-01_spect.nii", "c_t1.nii.gz"]
PLACES = ["sub-01/anat", "sub-01/ses-1/anat", "sub-/anat", "HGG/c", "LGG/c", "", "sub-01"]
usable = names.map(lambda name: name.encode("utf-8", "replace")[:200].decode("utf-8", "ignore"))
usable = usable.filter(lambda name: name.strip("./") and "\0" not in name)


@attacked(20, files=st.lists(st.tuples(st.sampled_from(PLACES), usable | st.sampled_from(ENTITIES), usable), max_size=5), table=tables())
def test_folders(folder, files, table):
    """Files and folders of any name, with a participants.tsv and a name_mapping.csv of any content."""
    place = folder / "scans"
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir()
    for home, name, other in files:
        for part in (f"{home}/{name}", f"{home}/{other}_T1w.nii.gz", f"{home}/{other}/x_t1.nii", f"sub-{other}/anat/sub-{other}_T1w.nii"):
            path = place / part.lstrip("/")
            if path.resolve().is_relative_to(place.resolve()) and not any(parent.is_file() for parent in path.parents):
                path.parent.mkdir(parents=True, exist_ok=True)
                path.is_dir() or path.touch()
    for name in ("participants.tsv", "name_mapping.csv"):
        if not (place / name).exists():
            (place / name).write_bytes(table[1])
    for source, kinds in (("bids", KINDS), ("brats", ["cases"])):
        for kind in kinds:
            take({source: str(place)}, kind)


def test_scans_that_differ_by_capitals_alone_are_refused(tmp_path):
    for name in "ab":
        (tmp_path / f"{name}.nii").touch()
    (tmp_path / "cohort.tsv").write_text("subject\tt1w\nAnna\ta.nii\nanna\tb.nii\n")
    with pytest.raises(InputError, match="line 3(.|\n)*two scans named 'anna'(.|\n)*capitals apart"):
        read_cohort({"table": tmp_path / "cohort.tsv"}, *KINDS["heads"])


@pytest.mark.parametrize("source", ["table", "bids", "brats"])
@pytest.mark.parametrize("name", NAMES, ids=range(len(NAMES)))
def test_a_source_of_any_name(tmp_path, monkeypatch, source, name):
    monkeypatch.chdir(tmp_path)
    if name:
        take({source: name}, "cases")


@pytest.mark.parametrize("source", ["table", "bids", "brats"])
def test_links_without_end(tmp_path, source):
    (tmp_path / "one").symlink_to("two")
    (tmp_path / "two").symlink_to("one")
    with pytest.raises(InputError, match="one"):
        read_cohort({source: str(tmp_path / "one")}, *KINDS["cases"])
