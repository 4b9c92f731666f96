"""Scans from a BraTS folder as released, in any year's naming."""

import csv
import os
import re
from pathlib import Path

from ..errors import InputError

SEQUENCES = ("t1", "t1c", "t2", "flair")
LAYOUTS = (
    "VSD.*.MR_{T1,T1c,T2,Flair}.*.mha (2015, 2016), *_{t1,t1ce,t2,flair}.nii.gz (2017 to 2021) or *-{t1n,t1c,t2w,t2f}.nii.gz (2023 on)"
)
TOKENS = {"t1": "t1", "t1n": "t1", "t1c": "t1c", "t1ce": "t1c", "t2": "t2", "t2w": "t2", "t2f": "flair", "flair": "flair"}
NUMBERED = re.compile(r"()VSD\..*\.MR_(t1|t1c|t2|flair)\.\d+(?:\.mha|\.mhd|\.nii|\.nii\.gz)?", re.IGNORECASE)
NAMED = re.compile(r"(?:(.+)[_-])?(t1|t1n|t1c|t1ce|t2|t2w|t2f|flair)(?:\.mha|\.mhd|\.nii|\.nii\.gz)", re.IGNORECASE)
# One patient's examinations: BraTS 2015 and 2016 end in a number of days or a visit, BraTS 2023 on in a time point.
VISIT = re.compile(r"(brats_(?:2013|tcia)_pat\d+)_\d+|(BraTS-[A-Za-z]+-\d{5})-\d{3}", re.IGNORECASE)


def read_brats(spec, contrasts, align, group):
    """Find the cases of a BraTS folder as released; other files are passed over.

    A scan is named as its folder (2015, 2016) or as its files (2017 on); the subject is that name without the visit, since some releases
    hold several of one patient. The group is the grade, that of the HGG or LGG folder the case lies in, or of name_mapping.csv (2019, 2020);
    later releases have none.

    Parameters
    ----------
    spec : dict
        brats: path; grades: which of HGG and LGG to take (Han 2018 takes HGG alone, section 3.1; cases without a grade are always taken).
    contrasts : list of str
        Of t1, t1c, t2, flair.
    align, group
        As in `cohort.read_cohort`.

    Returns
    -------
    list of dict
        By name; a sequence that a case lacks has an empty path.

    Raises
    ------
    InputError
        No folder; no case in it, or none of these grades; two files for one sequence; a contrast that BraTS does not have.
    """
    folder = Path(spec["brats"])
    if not folder.is_dir():
        hint = "check cohorts in your configuration; paths are relative to where you run"
        raise InputError(folder, "no such folder", "a BraTS folder", hint)
    for contrast in contrasts:
        if contrast not in SEQUENCES:
            raise InputError(folder, f"images of contrast {contrast}", f"of {', '.join(SEQUENCES)}", "name the files in a table")
    listed = _listed_grades(folder / "name_mapping.csv")
    cases = {}
    for path in _walk(folder):
        found = _recognised(path)
        if not found or path.name.startswith("."):
            continue
        home, name, sequence = found
        folders = {part.upper() for part in home.relative_to(folder).parts} & {"HGG", "LGG"}
        grade = min(folders) if folders else listed.get(name, "")
        blank = {"subject": _patient(name), "scan": name, "group": grade, "images": dict.fromkeys(contrasts, "")}
        case = cases.setdefault((home, name), blank)
        if sequence not in contrasts:
            continue
        if case["images"][sequence]:
            found = f"two {sequence} files of case '{name}': {case['images'][sequence]}, {path}"
            raise InputError(home, found, "one", "move the other out of the folder")
        case["images"][sequence] = str(path)
    if not cases:
        raise InputError(folder, "no BraTS case", LAYOUTS, "is this the folder of the cases, unpacked? else name the files in a table")
    kept = [case for case in cases.values() if not case["group"] or case["group"] in spec["grades"]]
    if not kept:
        present = ", ".join(sorted({case["group"] for case in cases.values()}))
        hint = "set grades of this cohort in your configuration"
        raise InputError(folder, f"cases of grade {present} only", f"grade {', '.join(spec['grades'])}", hint)
    return sorted(kept, key=lambda case: case["scan"])


def _walk(folder):
    """Every file below a folder, by name; links are followed, but into no folder twice."""
    seen, files = set(), []
    for home, folders, names in os.walk(folder, followlinks=True):
        real = os.path.realpath(home)
        if real in seen:
            folders.clear()
            continue
        seen.add(real)
        files += [Path(home, name) for name in names]
    return sorted(files)


def _recognised(path):
    """Folder and name of the case, and the sequence, that a file belongs to, or None."""
    match = NUMBERED.fullmatch(path.name) or NAMED.fullmatch(path.name)
    if not match:
        return None
    home, name = path.parent, match[1]
    if home.suffix and (NUMBERED.fullmatch(home.name) or NAMED.fullmatch(home.name)):  # a folder of its own for each sequence
        home, name = home.parent, None
    return home, name or home.name, TOKENS[match[2].lower()]


def _patient(name):
    match = VISIT.fullmatch(name)
    return (match[1] or match[2]) if match else name


def _listed_grades(path):
    """Grade by case name from the mapping table of BraTS 2019 and 2020, where there is one."""
    if not path.is_file():
        return {}
    with open(path, encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.DictReader(stream))
    return {name: row["Grade"].strip().upper() for row in rows if row.get("Grade") for key, name in row.items() if key != "Grade"}
