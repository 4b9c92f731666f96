"""Which multi-sequence cases a study has: from a table or a BraTS folder. Read while Snakemake plans, so standard library only."""

import csv
import logging
import os
import re
from pathlib import Path

from ..errors import InputError
from .tables import check_columns, check_name, read_rows

SEQUENCES = ("t1", "t1c", "t2", "flair")
COLUMNS = ("subject", *SEQUENCES)
IMAGES = (".nii", ".nii.gz", ".mha", ".mhd")
LAYOUTS = (
    "VSD.*.MR_{T1,T1c,T2,Flair}.*.mha (2015, 2016), *_{t1,t1ce,t2,flair}.nii.gz (2017 to 2021) or *-{t1n,t1c,t2w,t2f}.nii.gz (2023 on)"
)
TOKENS = {"t1": "t1", "t1n": "t1", "t1c": "t1c", "t1ce": "t1c", "t2": "t2", "t2w": "t2", "t2f": "flair", "flair": "flair"}
NUMBERED = re.compile(r"()VSD\..*\.MR_(t1|t1c|t2|flair)\.\d+(?:\.mha|\.mhd|\.nii|\.nii\.gz)?", re.IGNORECASE)
NAMED = re.compile(r"(?:(.+)[_-])?(t1|t1n|t1c|t1ce|t2|t2w|t2f|flair)(?:\.mha|\.mhd|\.nii|\.nii\.gz)", re.IGNORECASE)
# One patient's examinations: BraTS 2015 and 2016 end in a number of days or a visit, BraTS 2023 on in a time point.
VISIT = re.compile(r"(brats_(?:2013|tcia)_pat\d+)_\d+|(BraTS-[A-Za-z]+-\d{5})-\d{3}", re.IGNORECASE)


def read_brats_table(path, allow_missing=False):
    """Read a table of cases: columns subject, t1, t1c, t2, flair. Paths are relative to the table's own folder.

    Parameters
    ----------
    path : path
        Tab-separated, a case per line.
    allow_missing : bool
        Leave out, with a warning, a subject that lacks a sequence, and go on with the others.

    Returns
    -------
    list of dict
        One per case: subject, the paths t1, t1c, t2 and flair, patient (the subject), grade ("").

    Raises
    ------
    InputError
        Unknown or missing column; bad name; subject named twice; file listed twice or of another format; sequence missing.
    """
    header, rows = read_rows(path)
    check_columns(path, header, COLUMNS, COLUMNS)
    cases = []
    for row in rows:
        files = {name: str(Path(path).parent / row[name]) if row[name] else "" for name in SEQUENCES}
        cases.append({"subject": row["subject"], "patient": row["subject"], "grade": "", **files})
    return _checked(cases, path, allow_missing)


def read_brats_folder(folder, grades=("HGG",), allow_missing=False):
    """Find the cases of a BraTS folder as released, in whatever year's naming; other files are passed over.

    A case is named as its folder (2015, 2016) or as its files (2017 on). The grade is that of the HGG or LGG folder the case
    lies in, or of name_mapping.csv (2019, 2020); later releases have none.

    Parameters
    ----------
    folder : path
    grades : iterable of str
        Which of HGG and LGG to take; Han 2018 takes HGG alone (section 3.1). Cases without a grade are always taken.
    allow_missing : bool
        As in `read_brats_table`.

    Returns
    -------
    list of dict
        As `read_brats_table`, by name; `patient` is the case name without the visit, since some releases hold several of one patient.

    Raises
    ------
    InputError
        No folder; no case in it, or none of these grades; two cases with one name; two files for one sequence; sequence missing.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise InputError(
            folder, "no such folder", "a BraTS folder", "check cohorts in your configuration; paths are relative to where you run"
        )
    listed = _listed_grades(folder / "name_mapping.csv")
    cases = {}
    for path in sorted(Path(home, name) for home, _, names in os.walk(folder, followlinks=True) for name in names):
        found = _recognised(path)
        if not found or path.name.startswith("."):
            continue
        home, name, sequence = found
        folders = {part.upper() for part in home.relative_to(folder).parts} & {"HGG", "LGG"}
        grade = min(folders) if folders else listed.get(name, "")
        case = cases.setdefault((home, name), {"subject": name, "patient": _patient(name), "grade": grade} | dict.fromkeys(SEQUENCES, ""))
        if case[sequence]:
            raise InputError(
                home, f"two {sequence} files of case '{name}': {case[sequence]}, {path}", "one", "move the other out of the folder"
            )
        case[sequence] = str(path)
    if not cases:
        raise InputError(folder, "no BraTS case", LAYOUTS, "is this the folder of the cases, unpacked? else name the files in a table")
    kept = [case for case in cases.values() if not case["grade"] or case["grade"] in grades]
    if not kept:
        present = ", ".join(sorted({case["grade"] for case in cases.values()}))
        raise InputError(
            folder, f"cases of grade {present} only", f"grade {', '.join(grades)}", "set grades of this cohort in your configuration"
        )
    return _checked(sorted(kept, key=lambda case: case["subject"]), folder, allow_missing)


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


def _checked(cases, where, allow_missing):
    """Cases that are complete, whose names can be file names, and of which none is listed twice."""
    names, files, kept = set(), {}, []
    for case in cases:
        subject = case["subject"]
        check_name(where, "subject", subject)
        if subject in names:
            raise InputError(where, f"two cases named '{subject}'", "a name of its own for each", "rename one, or take it out")
        names.add(subject)
        for sequence in SEQUENCES:
            _check_file(where, f"subject '{subject}', {sequence}", case[sequence], files)
        missing = [sequence for sequence in SEQUENCES if not case[sequence] or not Path(case[sequence]).is_file()]
        if not missing:
            kept.append(case)
            continue
        found = f"subject '{subject}' without {', '.join(f'{name} (no file {case[name]})' if case[name] else name for name in missing)}"
        if not allow_missing:
            raise InputError(
                where, found, "all of t1, t1c, t2, flair", "supply it, or set allow_missing: true to go on without this subject"
            )
        logging.getLogger(__name__).warning("%s: %s: left out.", where, found)
    if not kept:
        raise InputError(
            where, "no subject with all four sequences", "at least one", "check the columns, and the paths relative to the table's folder"
        )
    return kept


def _check_file(where, owner, path, seen):
    """Raise InputError for a file of another format, or one that was seen before."""
    if not path:
        return
    if not path.lower().endswith(IMAGES):
        raise InputError(where, f"{owner}: {path}", f"a name that ends in {', '.join(IMAGES)}", "convert it, with dcm2niix or 3D Slicer")
    file = Path(path).resolve()
    if file in seen:
        raise InputError(
            where, f"the same file twice, as {seen[file]} and {owner}: {path}", "each file once", "one of them is another sequence's file"
        )
    seen[file] = owner


def planned_images(cases, spec):
    """Number of images of a section data set, by arithmetic alone.

    Parameters
    ----------
    cases : list of dict
    spec : dict
        sequences, first, last (see neuroturing.slices.sections).

    Returns
    -------
    int
        Cases times sequences times sections: 220 x 70 = 15,400 a sequence and 61,600 for four in Han 2018, section 3.2.1.
    """
    return len(cases) * len(spec["sequences"]) * max(0, spec["last"] - spec["first"] + 1)
