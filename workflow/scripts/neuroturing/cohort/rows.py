"""What every reader of a cohort shares: reading a table's cells, and checking names, groups and files."""

import csv
import io
import logging
import os
import re
from dataclasses import dataclass
from pathlib import Path

from ..config.checks import check_path
from ..errors import InputError, nearest

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_+-]*")
NIFTI = (".nii", ".nii.gz")
IMAGES = (*NIFTI, ".mha", ".mhd")
COORDINATES = ("ac_x", "ac_y", "ac_z", "pc_x", "pc_y", "pc_z")
ACPC = ("landmarks", *COORDINATES, "plane_offset_mm")
SIDES = ("left", "right", "both")
RESERVED = ("subject", "scan", "group", "level", "side", *ACPC)


@dataclass(frozen=True)
class Wanted:
    """What the studies that use a cohort need to know of each scan.

    Attributes
    ----------
    contrasts : tuple of str
    group_name : str
        What a table may call the column `group`.
    groups : tuple of str
        The groups there are; empty: any, or none.
    acpc : bool
        Scans are aligned to AC-PC.
    levels : tuple of str
        Of perfusion scans; empty where none are taken.
    left_out, sides : dict of list of str
        By group: the levels that it does not have; the sides that it may have.
    """

    contrasts: tuple
    group_name: str = "group"
    groups: tuple = ()
    acpc: bool = False
    levels: tuple = ()
    left_out: dict = None
    sides: dict = None

    @classmethod
    def of(cls, where, contrasts, align, group):
        """From the blocks of a study; parameters as `cohort.read_cohort`."""
        align, group = align or {}, group or {}
        levels = tuple(align.get("heights_mm") or ())
        taken = {*RESERVED, group.get("name", "group"), *(f"{level.lower()}_{unit}" for level in levels for unit in ("mm", "slice"))}
        for contrast in contrasts:
            if contrast in taken:
                raise InputError(where, f"a contrast called '{contrast}'", "a name that is no column's already", "rename the contrast")
        if len({level.lower() for level in levels}) < len(levels):
            hint = "rename one: columns of a cohort table are named after them in small letters"
            raise InputError(where, f"levels {', '.join(levels)}", "names that differ by more than capitals", hint)
        for value, names in (align.get("left_out") or {}).items():
            for name in names:
                if name not in levels:
                    raise InputError(f"{where}, align.left_out.{value}", f"'{name}'", "a level of heights_mm", nearest(name, levels))
        return cls(
            tuple(contrasts),
            group.get("name") or "group",
            tuple(group.get("values") or ()),
            align.get("rule") == "acpc",
            levels,
            align.get("left_out") or {},
            align.get("sides") or {},
        )

    def group_of(self, place, text):
        """The group that a cell names, in the study's own spelling."""
        if not self.groups:
            return text
        known = {value.lower(): value for value in self.groups}
        if text.lower() not in known:
            found = f"'{text}'" if text else "no value"
            raise InputError(f"{place}, column {self.group_name}", found, f"one of {', '.join(self.groups)}", nearest(text, self.groups))
        return known[text.lower()]


def read_rows(path, separator="\t"):
    """Header and rows of a table.

    Returns
    -------
    header : list of str
    rows : list of (str, dict)
        File and line, for messages, and the stripped cells by column; blank lines are passed over.

    Raises
    ------
    InputError
        Missing, unreadable, empty; not UTF-8; a cell too long; more cells than columns; a header alone.
    """
    text = _read_text(Path(path))
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    lines = []
    try:
        for cells in reader:
            if any("\n" in cell for cell in cells):
                hint = "is a quotation mark left open?"
                raise InputError(f"{path}, line {reader.line_num}", "a cell over several lines", "each scan in a line of its own", hint)
            if any(cell.strip() for cell in cells):
                lines.append((f"{path}, line {reader.line_num}", [cell.strip() for cell in cells]))
    except csv.Error as error:
        hint = "is a quotation mark left open?"
        raise InputError(f"{path}, line {reader.line_num}", str(error), "cells of ordinary length", hint) from error
    if not lines:
        raise InputError(path, "an empty file", "a header line and a line per scan", "config/README.md shows a table")
    header = lines[0][1]
    if len(lines) == 1:
        raise InputError(path, "a header without scans", "a line per scan", "is the table saved as tab-separated text?")
    for place, cells in lines[1:]:
        if any(cells[len(header) :]):
            raise InputError(place, f"{len(cells)} cells", f"at most {len(header)}, as in the header", "is there a tab too many?")
    return header, [(place, dict(zip(header, cells + [""] * len(header), strict=False))) for place, cells in lines[1:]]


def _read_text(path):
    """Text of a UTF-8 file, with or without a byte-order mark."""
    expected = "a tab-separated table in UTF-8"
    try:
        content = path.read_bytes()
    except FileNotFoundError as error:
        hint = "check cohorts in your configuration; paths are relative to where you run"
        raise InputError(path, "no such file", expected, hint) from error
    except (OSError, ValueError) as error:
        found = f"not readable ({getattr(error, 'strerror', error)})"
        raise InputError(path, found, expected, "a folder, a link to itself, no permission, or a name that no file can have?") from error
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        kind = "UTF-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "another encoding, or no text"
        found = f"not UTF-8 but {kind} (byte {error.start + 1}, line {content.count(10, 0, error.start) + 1})"
        raise InputError(path, found, expected, "save it anew as UTF-8 text, tab-delimited") from error
    if "\0" in text:
        raise InputError(path, "zero bytes, as of UTF-16 or of no text", expected, "save it anew as UTF-8 text, tab-delimited")
    return text


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


def group_column(path, header, group_name):
    """Which column of a table holds the group, under either name; None where there is none."""
    found = [name for name in dict.fromkeys((group_name, "group")) if name in header]
    if len(found) > 1:
        raise InputError(path, f"columns '{found[0]}' and '{found[1]}'", "one of them", "both name the group: delete one")
    return found[0] if found else None


def checked(rows, source, wanted, allow_missing):
    """Rows that are complete, whose names can be file names, and of which no scan, image or file is there twice.

    Parameters
    ----------
    rows : list of (str, dict)
        Place for messages, and row.
    source : path
        Table or folder, for messages.
    wanted : Wanted
    allow_missing : bool
        Leave out, with a warning, a scan that lacks a contrast, and go on with the others.

    Returns
    -------
    list of dict
    """
    scans, names, files, kept = {}, {}, {}, []
    for place, row in rows:
        for key in ("subject", "scan"):
            if not NAME.fullmatch(row[key]):
                found = f"{key} '{row[key]}'"
                raise InputError(place, found, "letters, digits, _, + and -, no other sign", "it names files: rename it in the table")
        _check_twice(place, row, scans, names)
        for contrast, path in row["images"].items():
            owner = f"scan '{row['scan']}'" + (f", {contrast}" if len(wanted.contrasts) > 1 else "")
            _check_file(place, owner, path, files)
        missing = [_absence(contrast, row["images"].get(contrast)) for contrast in wanted.contrasts]
        missing = [text for text in missing if text]
        if not missing:
            kept.append(row)
            continue
        found = f"scan '{row['scan']}' without {', '.join(missing)}"
        if not allow_missing:
            hint = "supply it (paths are relative to the table's folder), or set allow_missing: true to go on without this scan"
            raise InputError(place, found, f"an existing file of {', '.join(wanted.contrasts)}", hint)
        logging.getLogger(__name__).warning("%s: %s: left out.", place, found)
    if not kept:
        hint = "check the columns, and the paths relative to the table's folder"
        raise InputError(source, f"no scan that has {', '.join(wanted.contrasts)}", "at least one", hint)
    return kept


def _check_twice(place, row, scans, names):
    """Raise InputError where a scan, or an image of one of its levels, is named as another."""
    files = ", ".join(path for path in row["images"].values() if path)
    if row["scan"].casefold() in scans:
        hint = f"name each scan in column scan, capitals apart, or delete one; files: {scans[row['scan'].casefold()]}, {files}"
        raise InputError(place, f"two scans named '{row['scan']}'", "a name of its own for each", hint)
    scans[row["scan"].casefold()] = files
    for level in row.get("levels", ()):
        name = row["scan"] if row["scan"].endswith(f"_{level}") else f"{row['scan']}_{level}"
        if name in names:
            hint = f"name each scan in column scan, or delete one; files: {names[name]}, {files}"
            raise InputError(place, f"two images named '{name}'", "a name of its own for each", hint)
        names[name] = files


def _check_file(place, owner, path, seen):
    """Raise InputError for a file of another format, one that was seen before, or a path that Snakemake would read as a pattern."""
    if not path:
        return
    check_path(place, path)
    if not path.lower().endswith(IMAGES):
        hint = "convert it, with dcm2niix or 3D Slicer"
        raise InputError(place, f"{owner}: {path}", f"a name that ends in {', '.join(IMAGES)}", hint)
    file = os.path.realpath(path)
    if file in seen:
        found = f"the same file twice, as {seen[file]} and {owner}: {path}"
        raise InputError(place, found, "each file once", "delete one line, or name the file that you mean")
    seen[file] = owner


def _absence(contrast, path):
    """What to say of an image that is not there; '' where it is."""
    if not path:
        return contrast
    if os.path.isfile(path):
        return ""
    return f"{contrast} ({'a link to nowhere or to itself' if os.path.islink(path) else 'no file'}: {path})"
