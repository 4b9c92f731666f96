"""One table of scans, whatever the images: T1-weighted heads, cases of several sequences, perfusion scans."""

import os
from pathlib import Path

from ..config.checks import check_path
from ..errors import InputError, nearest
from .rows import ACPC, COORDINATES, SIDES, check_columns, group_column, read_rows

LARGEST_MM = 1e4  # what lies further away is no coordinate in millimetres


def read_table(spec, wanted):
    """Read a table of scans, tab-separated, a scan per line; paths are relative to the table's own folder.

    Columns: subject; scan (optional where subject tells scans apart); group, or what the study calls it; one for each contrast: its file.

    - Where scans are aligned to AC-PC: landmarks (a 3D Slicer file) or ac_x, ac_y, ac_z, pc_x, pc_y, pc_z (world RAS mm); plane_offset_mm.
    - Where levels of perfusion scans are taken: level, those to take, with commas between several (empty: all that the group has; a file
      that holds a single slice needs exactly one); side (left, right, both); {level}_mm, the height of a level as z in the scan's world, or
      {level}_slice, its slice, counted from below from 0. Without either it is found by registration. A scan that is not named has its
      subject's name, followed by the level where there is one only, so that slices of a subject need no names.

    Returns
    -------
    list of (str, dict)
        File and line, and row (see `cohort`); images that no cell names are ''.

    Raises
    ------
    InputError
        What `rows.read_rows` refuses; unknown or missing column; unknown group, level or side, or a side that contradicts the group; a bad
        number; half a landmark.
    """
    path = spec["table"]
    header, lines = read_rows(path)
    named = group_column(path, header, wanted.group_name)
    known = ["subject", "scan", named or wanted.group_name, *wanted.contrasts, *(ACPC if wanted.acpc else ()), *_level_columns(wanted)]
    check_columns(path, header, known, ["subject", *([named or wanted.group_name] if wanted.groups else ()), *wanted.contrasts])
    return [(place, _row(place, Path(path).parent, cells, named, wanted)) for place, cells in lines]


def _row(place, folder, cells, named, wanted):
    group = wanted.group_of(place, cells.get(named, "") if named else "")
    row = {"subject": cells["subject"], "scan": cells.get("scan", ""), "group": group}
    row["images"] = {name: str(folder / cells[name]) if cells[name] else "" for name in wanted.contrasts}
    row |= extras(place, group, wanted, cells)
    if row.get("landmarks"):
        row["landmarks"] = str(folder / row["landmarks"])
        check_path(place, row["landmarks"])
        if not os.path.isfile(row["landmarks"]):
            raise InputError(place, f"no file {row['landmarks']}", "an existing file", "paths are relative to the table's folder")
    levels = row.get("levels", ())
    row["scan"] = row["scan"] or (f"{row['subject']}_{levels[0]}" if len(levels) == 1 else row["subject"])
    return row


def extras(place, group, wanted, cells):
    """What the alignment of a study needs of a scan.

    Parameters
    ----------
    place : str
        For messages.
    group : str
    wanted : rows.Wanted
    cells : dict of str to str
        By column; those that are not there are as if empty.

    Returns
    -------
    dict
    """
    found = {}
    if wanted.acpc:
        found |= {"landmarks": cells.get("landmarks", "")}
        found |= {name: _number(place, name, cells.get(name, "")) for name in ACPC[1:]}
        given = [name for name in COORDINATES if found[name] is not None]
        if given and len(given) < len(COORDINATES):
            raise InputError(
                place, f"only {', '.join(given)}", "all six of ac_x to pc_z, or none", "fill the row, or name a landmarks file"
            )
        if given and found["landmarks"]:
            raise InputError(place, "a landmarks file and coordinates", "one of them", "empty the cell that you do not mean")
    if wanted.levels:
        levels = _levels(place, group, wanted, cells.get("level", ""))
        side = _side(place, group, wanted, cells.get("side", "").lower())
        found |= {"levels": levels, "side": side, "heights": _heights(place, wanted, levels, cells)}
    return found


def _level_columns(wanted):
    if not wanted.levels:
        return []
    return ["level", "side", *(f"{level.lower()}_{unit}" for unit in ("mm", "slice") for level in wanted.levels)]


def _levels(place, group, wanted, cell):
    names = [name.strip() for name in cell.split(",") if name.strip()]
    if not names:
        return [level for level in wanted.levels if level not in wanted.left_out.get(group, ())]
    own = {level.lower(): level for level in wanted.levels}
    for name in names:
        if name.lower() not in own:
            raise InputError(f"{place}, column level", f"'{name}'", f"one of {', '.join(wanted.levels)}", nearest(name, wanted.levels))
    chosen = [own[name.lower()] for name in names]
    for level in chosen:
        if chosen.count(level) > 1:
            raise InputError(f"{place}, column level", f"{level} twice", "each level once", "delete one")
    return [level for level in wanted.levels if level in chosen]


def _side(place, group, wanted, side):
    allowed = wanted.sides.get(group, SIDES)
    if not side:
        # A group whose only side is both, such as a bilateral pattern, needs no cell.
        return allowed[0] if len(allowed) == 1 else ""
    if side not in SIDES:
        raise InputError(f"{place}, column side", f"'{side}'", f"one of {', '.join(SIDES)}", nearest(side, SIDES))
    if side not in allowed:
        found, expected = f"'{side}' where {wanted.group_name} is {group}", " or ".join(allowed) or "no side"
        raise InputError(f"{place}, column side", found, expected, f"which of {wanted.group_name} and side is meant?")
    return side


def _heights(place, wanted, levels, cells):
    heights = {}
    for unit in ("mm", "slice"):
        for level in wanted.levels:
            column = f"{level.lower()}_{unit}"
            text = cells.get(column, "")
            if not text:
                continue
            if level not in levels:
                hint = f"add {level} to the levels, or empty the cell"
                raise InputError(f"{place}, column {column}", text, f"no height for {level}, which is not a level of this line", hint)
            if level in heights:
                hint = "empty the cell that you do not mean"
                raise InputError(f"{place}, column {column}", "a height in mm and a slice", "one of them", hint)
            heights[level] = {unit: _number(place, column, text) if unit == "mm" else _count(place, column, text)}
    return heights


def _number(place, column, text):
    if not text:
        return None
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if not abs(value) < LARGEST_MM:
        raise InputError(f"{place}, column {column}", text, "a number in millimetres", "use a point, not a comma, for decimals")
    return value


def _count(place, column, text):
    if not (text.isascii() and text.isdigit() and len(text) < 6):
        hint = "slices are counted from below, the lowest is 0"
        raise InputError(f"{place}, column {column}", text, "a whole number from 0", hint)
    return int(text)
