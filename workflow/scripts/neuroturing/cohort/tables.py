"""Which scans a study has: from a table, a BIDS folder, or the simulation. Read while Snakemake plans, so standard library only."""

import csv
import re
from pathlib import Path

from ..errors import InputError, nearest

COLUMNS = ("subject", "scan", "group", "t1w", "landmarks", "ac_x", "ac_y", "ac_z", "pc_x", "pc_y", "pc_z", "plane_offset_mm")
REQUIRED = ("subject", "scan", "t1w")
NUMBERS = COLUMNS[5:]
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_+-]*")
NIFTI = (".nii", ".nii.gz")


def read_rows(path):
    """Header and rows of a tab-separated table, as dicts of stripped strings; blank lines are passed over."""
    path = Path(path)
    if not path.exists():
        raise InputError(
            path, "no such file", "a tab-separated cohort table", "config/README.md shows one; paths are relative to where you run"
        )
    with open(path, encoding="utf-8-sig", newline="") as stream:
        rows = [row for row in csv.reader(stream, delimiter="\t") if any(cell.strip() for cell in row)]
    if not rows:
        raise InputError(path, "an empty file", "a header line and a line per scan", "config/cohort.example.tsv is an example")
    header = [name.strip() for name in rows[0]]
    if len(rows) == 1:
        raise InputError(path, "a header without scans", "a line per scan", "is the table saved as tab-separated text?")
    for number, row in enumerate(rows[1:], 2):
        if len(row) > len(header) and any(cell.strip() for cell in row[len(header) :]):
            raise InputError(
                f"{path}, line {number}", f"{len(row)} cells", f"at most {len(header)}, as in the header", "is there a tab too many?"
            )
    return header, [dict(zip(header, [cell.strip() for cell in row] + [""] * len(header), strict=False)) for row in rows[1:]]


def check_columns(path, header, known, required):
    """Raise InputError for a column that is not known or comes twice, or a required one that is not there."""
    for name in header:
        if header.count(name) > 1:
            raise InputError(path, f"column '{name}' twice", "each column once", "rename or delete one")
        if name not in known:
            raise InputError(path, f"unknown column '{name}'", f"columns {', '.join(known)}", nearest(name, known))
    for name in required:
        if name not in header:
            raise InputError(path, f"no column '{name}'", f"at least {', '.join(required)}", nearest(name, header))


def check_name(where, key, name):
    """Raise InputError for a name that cannot be part of a file name on every system."""
    if not NAME.fullmatch(name):
        raise InputError(where, f"{key} '{name}'", "letters, digits, _, + and -, no other sign", "it names files: rename it in the table")


def read_table(path):
    """Read a cohort table: subject, scan, group, t1w, and what else COLUMNS names.

    Paths of images and landmark files are taken relative to the table's own folder.

    Returns
    -------
    list of dict
        One per scan, every key of COLUMNS; numbers as float or None, empty cells as "".

    Raises
    ------
    InputError
        Unknown or missing column; bad name; scan named twice; file listed twice; half a landmark.
    """
    header, rows = read_rows(path)
    check_columns(path, header, COLUMNS, REQUIRED)
    scans = []
    for number, row in enumerate(rows, 2):
        place = f"{path}, line {number}"
        scan = {name: row.get(name, "") for name in COLUMNS}
        for name in NUMBERS:
            scan[name] = _number(place, name, scan[name])
        given = [name for name in NUMBERS[:6] if scan[name] is not None]
        if given and len(given) < 6:
            raise InputError(
                place, f"only {', '.join(given)}", "all six of ac_x to pc_z, or none", "fill the row, or name a landmarks file"
            )
        if given and scan["landmarks"]:
            raise InputError(place, "a landmarks file and coordinates", "one of them", "empty the cell that you do not mean")
        for name in ("t1w", "landmarks"):
            scan[name] = str(Path(path).parent / scan[name]) if scan[name] else ""
        scans.append(scan)
    return _checked(scans, path)


def _number(place, name, text):
    if not text:
        return None
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if not abs(value) < 1e6:
        raise InputError(f"{place}, column {name}", text, "a number in millimetres", "use a point, not a comma, for decimals")
    return value


def read_bids(folder):
    """Find the T1-weighted scans of a BIDS folder: sub-*/[ses-*/]anat/*_T1w.nii[.gz].

    Groups come from the `group` column of participants.tsv where there is one. A scan is named as its file, without `_T1w`.

    Returns
    -------
    list of dict
        As `read_table`.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise InputError(
            folder, "no such folder", "a BIDS folder", "check cohorts in your configuration; paths are relative to where you run"
        )
    groups = {}
    if (folder / "participants.tsv").exists():
        header, rows = read_rows(folder / "participants.tsv")
        if "participant_id" in header and "group" in header:
            groups = {row["participant_id"]: row["group"] for row in rows}
    files = [path for anat in ("sub-*/anat", "sub-*/ses-*/anat") for end in NIFTI for path in folder.glob(f"{anat}/*_T1w{end}")]
    if not files:
        raise InputError(
            folder,
            "no sub-*/[ses-*/]anat/*_T1w.nii[.gz]",
            "T1-weighted scans in BIDS layout",
            "is this the folder with dataset_description.json?",
        )
    scans = []
    for path in sorted(files):
        subject = path.relative_to(folder).parts[0]
        scan = dict.fromkeys(COLUMNS, "") | dict.fromkeys(NUMBERS)
        scan |= {"subject": subject, "scan": path.name.split("_T1w")[0], "group": groups.get(subject, ""), "t1w": str(path)}
        scans.append(scan)
    return _checked(scans, folder)


def _checked(scans, where):
    """Scans whose names can be file names, and of which none is listed twice."""
    names, files = {}, {}
    for scan in scans:
        for key in ("subject", "scan"):
            check_name(where, key, scan[key])
        if not scan["t1w"]:
            raise InputError(where, f"scan '{scan['scan']}' without a file", "a path in column t1w", "delete the line or name the file")
        if scan["scan"] in names:
            raise InputError(
                where, f"two scans named '{scan['scan']}'", "a name of its own for each", f"files: {names[scan['scan']]}, {scan['t1w']}"
            )
        file = Path(scan["t1w"]).resolve()
        if file in files:
            raise InputError(
                where, f"the same file twice, as '{files[file]}' and '{scan['scan']}': {scan['t1w']}", "each scan once", "delete one line"
            )
        if not scan["t1w"].endswith(NIFTI):
            raise InputError(
                where,
                f"scan '{scan['scan']}': {scan['t1w']}",
                "a name that ends in .nii or .nii.gz",
                "convert it, with dcm2niix or 3D Slicer",
            )
        for key in ("t1w", "landmarks"):
            if scan[key] and not Path(scan[key]).is_file():
                raise InputError(
                    where, f"scan '{scan['scan']}': no file {scan[key]}", "an existing file", "paths are relative to the table's folder"
                )
        names[scan["scan"]], files[file] = scan["t1w"], scan["scan"]
    return scans
