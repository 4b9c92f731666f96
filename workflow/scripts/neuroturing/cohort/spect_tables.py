"""Which perfusion scans a study has, from a table. Read while Snakemake plans, so standard library only."""

from pathlib import Path

from ..errors import InputError, nearest
from .plan import PATTERNS
from .tables import NIFTI, check_columns, check_name, read_rows

LEVELS = ("CER", "BG", "COR")
SIDES = ("left", "right", "both")
MM, SLICES = {f"{level.lower()}_mm": level for level in LEVELS}, {f"{level.lower()}_slice": level for level in LEVELS}
COLUMNS = ("subject", "scan", "pattern", "spect", "level", "side", *MM, *SLICES)
REQUIRED = ("subject", "pattern", "spect")


def read_spect_table(path):
    """Read a table of perfusion scans: subject, pattern, spect, and what else COLUMNS names. Paths are relative to the table's folder.

    `level` names the levels to take, with commas between several; empty means all, without CER in a bilateral pattern (the study has no
    such image). A single slice needs exactly one. `cer_mm` and the like give a level's height as z in the scan's world, mm; `cer_slice` its
    slice, counted from below from 0; without either it is found by registration. `scan` names a scan where a subject has several; empty, it
    is the subject, followed by the level where there is one only, so that slices of a subject need no names.

    Parameters
    ----------
    path : path
        Tab-separated, a scan per line.

    Returns
    -------
    list of dict
        subject, scan, pattern, side ('' where not given), spect (path), levels (list), heights (by level, `{"mm": z}` or `{"slice": n}`).

    Raises
    ------
    InputError
        Unknown or missing column; unknown pattern, level or side, or a side that contradicts the pattern; bad name or number; image or file
        listed twice; missing file.
    """
    header, rows = read_rows(path)
    check_columns(path, header, COLUMNS, REQUIRED)
    scans = []
    for number, row in enumerate(rows, 2):
        place = f"{path}, line {number}"
        pattern = _known(place, "pattern", row["pattern"].lower(), PATTERNS)
        subject = row["subject"]
        levels = _levels(place, row, pattern)
        name = row.get("scan", "") or (f"{subject}_{levels[0]}" if len(levels) == 1 else subject)
        scan = {"subject": subject, "scan": name, "pattern": pattern, "side": _side(place, row, pattern), "levels": levels}
        scan["spect"] = str(Path(path).parent / row["spect"]) if row["spect"] else ""
        scan["heights"] = _heights(place, row, levels)
        scans.append(scan)
    return _checked(scans, path)


def _known(place, column, name, known):
    if name not in known:
        raise InputError(f"{place}, column {column}", f"'{name}'", f"one of {', '.join(known)}", nearest(name, known))
    return name


def _side(place, row, pattern):
    text = row.get("side", "").lower()
    if not text:
        return {"bilateral": "both"}.get(pattern, "")
    side = _known(place, "side", text, SIDES)
    if side not in {"normal": (), "unilateral": SIDES[:2], "bilateral": SIDES[2:]}[pattern]:
        expected = {"normal": "no side", "unilateral": "left or right", "bilateral": "both, or no side"}[pattern]
        raise InputError(f"{place}, column side", f"'{side}' in a {pattern} pattern", expected, "which of pattern and side is meant?")
    return side


def _levels(place, row, pattern):
    names = [name.strip().upper() for name in row.get("level", "").split(",") if name.strip()]
    if not names:
        return [level for level in LEVELS if pattern != "bilateral" or level != "CER"]
    for name in names:
        _known(place, "level", name, LEVELS)
        if names.count(name) > 1:
            raise InputError(f"{place}, column level", f"{name} twice", "each level once", "delete one")
    return [level for level in LEVELS if level in names]


def _heights(place, row, levels):
    heights = {}
    for kind, columns in (("mm", MM), ("slice", SLICES)):
        for column, level in columns.items():
            text = row.get(column, "")
            if not text:
                continue
            if level not in levels:
                hint = f"add {level} to the levels, or empty the cell"
                raise InputError(f"{place}, column {column}", text, f"no height for {level}, which is not a level of this line", hint)
            if level in heights:
                hint = "empty the cell that you do not mean"
                raise InputError(f"{place}, column {column}", "a height in mm and a slice", "one of them", hint)
            heights[level] = {kind: _number(f"{place}, column {column}", text, kind)}
    return heights


def _number(where, text, kind):
    try:
        value = float(text) if kind == "mm" else int(text)
    except ValueError:
        value = float("nan")
    if not (abs(value) < 1e4 if kind == "mm" else value >= 0):
        if kind == "mm":
            raise InputError(where, text, "a number in millimetres", "use a point, not a comma, for decimals")
        raise InputError(where, text, "a whole number from 0", "slices are counted from below, the lowest is 0")
    return value


def image_name(scan, level):
    """Name of the image of a level: that of the scan and the level, which is not said twice."""
    return scan if scan.endswith(f"_{level}") else f"{scan}_{level}"


def _checked(scans, where):
    """Scans whose names can be file names, whose files exist, and of which no file or image is listed twice."""
    images, files = {}, {}
    for scan in scans:
        for key in ("subject", "scan"):
            check_name(where, key, scan[key])
        _check_file(scan, where)
        file = Path(scan["spect"]).resolve()
        if file in files:
            found = f"the same file twice, as '{files[file]}' and '{scan['scan']}': {scan['spect']}"
            raise InputError(where, found, "each file once", "delete one line; several levels of one file go into one line, with commas")
        files[file] = scan["scan"]
        for image in {image_name(scan["scan"], level) for level in scan["levels"]} | {scan["scan"]}:
            if image in images:
                hint = f"name each scan in column scan, or delete one; files: {images[image]}, {scan['spect']}"
                raise InputError(where, f"two scans or images named '{image}'", "a name of its own for each", hint)
            images[image] = scan["spect"]
    return scans


def _check_file(scan, where):
    if not scan["spect"]:
        raise InputError(where, f"scan '{scan['scan']}' without a file", "a path in column spect", "delete the line or name the file")
    if not scan["spect"].endswith(NIFTI):
        hint = "convert it, with dcm2niix or 3D Slicer"
        raise InputError(where, f"scan '{scan['scan']}': {scan['spect']}", "a name that ends in .nii or .nii.gz", hint)
    if not Path(scan["spect"]).is_file():
        hint = "paths are relative to the table's folder"
        raise InputError(where, f"scan '{scan['scan']}': no file {scan['spect']}", "an existing file", hint)


def count_images(scans):
    """Number of images by pattern and level, a dict of dicts."""
    return {
        pattern: {level: sum(scan["pattern"] == pattern and level in scan["levels"] for scan in scans) for level in LEVELS}
        for pattern in PATTERNS
    }


def cohort_doubts(scans, published=None):
    """What a person should know about a cohort that can be used all the same.

    Parameters
    ----------
    scans : list of dict
        From `read_spect_table` or `plan.planned_spect`.
    published : dict of dict of int, optional
        Number of images by pattern and level, where the cohort claims to be that of Werner 2022.

    Returns
    -------
    list of str
        A pattern or a cell without images; cerebellar images of a bilateral pattern; counts that differ from the paper's, where the cohort
        claims to be the paper's.
    """
    counts, doubts = count_images(scans), []
    for pattern in PATTERNS:
        total = sum(counts[pattern].values())
        if not total:
            doubts.append(f"no {pattern} pattern: its models and comparisons cannot be made")
        elif not counts[pattern]["COR"]:
            doubts.append(f"no {pattern} image at COR: data set B of this pattern is empty")
    if counts["bilateral"]["CER"]:
        doubts.append(f"{counts['bilateral']['CER']} bilateral images at CER; the study of Werner 2022 has none")
    for pattern, level in ((pattern, level) for pattern in PATTERNS for level in LEVELS) if published else ():
        found, printed = counts[pattern][level], published[pattern][level]
        if found != printed:
            doubts.append(f"{found} {pattern} images at {level}, {printed} in Werner 2022")
    return doubts
