"""Cases of a BraTS folder as released, in whatever year's naming."""

import os
import re
from pathlib import Path

from ..errors import InputError
from .rows import read_rows
from .tables import extras

SEQUENCES = ("t1", "t1c", "t2", "flair")
LAYOUTS = (
    "VSD.*.MR_{T1,T1c,T2,Flair}.*.mha (2015, 2016), *_{t1,t1ce,t2,flair}.nii.gz (2017 to 2021) or *-{t1n,t1c,t2w,t2f}.nii.gz (2023 on)"
)
TOKENS = {"t1": "t1", "t1n": "t1", "t1c": "t1c", "t1ce": "t1c", "t2": "t2", "t2w": "t2", "t2f": "flair", "flair": "flair"}
NUMBERED = re.compile(r"()VSD\..*\.MR_(t1|t1c|t2|flair)\.\d+(?:\.mha|\.mhd|\.nii|\.nii\.gz)?", re.IGNORECASE)
NAMED = re.compile(r"(?:(.+)[_-])?(t1|t1n|t1c|t1ce|t2|t2w|t2f|flair)(?:\.mha|\.mhd|\.nii|\.nii\.gz)", re.IGNORECASE)
# One patient's examinations: BraTS 2015 and 2016 end in a number of days or a visit, BraTS 2023 on in a time point.
VISIT = re.compile(r"(brats_(?:2013|tcia)_pat\d+)_\d+|(BraTS-[A-Za-z]+-\d{5})-\d{3}", re.IGNORECASE)


def read_brats(spec, wanted):
    """Find the cases of a BraTS folder; other files are passed over.

    A case, the scan of a row, is named as its folder (2015, 2016) or as its files (2017 on); its subject is that name without the visit,
    since some releases hold several of one patient. Its group is the grade: that of the HGG or LGG folder the case lies in, or of
    name_mapping.csv (2019, 2020); later releases have none.

    Parameters
    ----------
    spec : dict
        brats: the folder; grades: which of HGG and LGG to take (Han 2018 takes HGG alone, section 3.1). Cases without a grade are always
        taken.
    wanted : rows.Wanted

    Returns
    -------
    list of (str, dict)
        Folder, for messages, and row (see `cohort`), by name.

    Raises
    ------
    InputError
        No folder, or one that leads back into itself; no case in it, or none of these grades; two files for one sequence.
    """
    folder, grades = Path(spec["brats"]), spec.get("grades", ("HGG",))
    if not os.path.isdir(folder):
        hint = "check cohorts in your configuration; paths are relative to where you run"
        raise InputError(folder, "no such folder", "a BraTS folder", hint)
    other = [contrast for contrast in wanted.contrasts if contrast not in SEQUENCES]
    if other:
        raise InputError(folder, f"contrast {other[0]} of a BraTS folder", f"some of {', '.join(SEQUENCES)}", "name the files in a table")
    cases = _cases(folder)
    if not cases:
        raise InputError(folder, "no BraTS case", LAYOUTS, "is this the folder of the cases, unpacked? else name the files in a table")
    kept = [case for case in cases if not case["group"] or case["group"] in grades]
    if not kept:
        present = ", ".join(sorted({case["group"] for case in cases}))
        hint = "set grades of this cohort in your configuration"
        raise InputError(folder, f"cases of grade {present} only", f"grade {', '.join(grades)}", hint)
    rows = []
    for case in sorted(kept, key=lambda case: case["scan"]):
        group = wanted.group_of(f"{folder}, case {case['scan']}", case["group"])
        images = {name: case["images"].get(name, "") for name in wanted.contrasts}
        rows.append((str(folder), case | {"group": group, "images": images} | extras(str(folder), group, wanted, {})))
    return rows


def _cases(folder):
    """Every case of a folder, with the files of its sequences."""
    listed = _listed_grades(folder / "name_mapping.csv")
    cases = {}
    for path in sorted(_walked(folder)):
        found = _recognised(path)
        if not found or path.name.startswith("."):
            continue
        home, name, sequence = found
        folders = {part.upper() for part in home.relative_to(folder).parts} & {"HGG", "LGG"}
        grade = min(folders) if folders else listed.get(name, "")
        case = cases.setdefault((home, name), {"subject": _patient(name), "scan": name, "group": grade, "images": {}})
        if sequence in case["images"]:
            found = f"two {sequence} files of case '{name}': {case['images'][sequence]}, {path}"
            raise InputError(home, found, "one", "move the other out of the folder")
        case["images"][sequence] = str(path)
    return list(cases.values())


def _walked(folder):
    """Every file below a folder, through links too, unless one leads back to a folder that it lies in."""
    for home, folders, names in os.walk(folder, followlinks=True):
        here = os.path.realpath(home)
        for name in folders:
            link = os.path.join(home, name)
            if os.path.islink(link) and f"{here}/".startswith(f"{os.path.realpath(link)}/"):
                hint = "delete the link: files would be found in it without end"
                raise InputError(link, "a link to a folder that holds it", "folders that do not lead back into themselves", hint)
        yield from (Path(home, name) for name in names)


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
    if not os.path.isfile(path):
        return {}
    rows = [cells for _, cells in read_rows(path, ",")[1]]
    return {name: row["Grade"].upper() for row in rows if row.get("Grade") for key, name in row.items() if key != "Grade"}
