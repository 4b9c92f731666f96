"""Which scans a cohort has: readers of tables, BIDS folders and BraTS folders. Read while Snakemake plans: the standard library alone.

A row is a dict: subject (the person, the unit of independence), scan (one examination), group, images (path by contrast). Where a study
aligns scans to AC-PC it also has landmarks (path of a 3D Slicer file, or ''), ac_x to pc_z and plane_offset_mm (numbers or None); where it
takes levels of perfusion scans, levels (list), heights (by level, `{"mm": z}` or `{"slice": n}`) and side ('', left, right, both).

A reader, `(spec, wanted)`, takes a cohort's block and `rows.Wanted`, and gives (place, row) pairs: where a row was found, for messages.
"""

import logging

from ..errors import InputError
from ..registry import Registry
from .rows import Wanted, checked

COHORTS = Registry(__name__, table="tables:read_table", bids="bids:read_bids", brats="brats:read_brats")


def read_cohort(spec, contrasts, align=None, group=None, where="cohorts"):
    """Scans of one cohort.

    Parameters
    ----------
    spec : dict
        One of table, bids and brats: a path; allow_missing: leave out, with a warning, a scan that lacks a contrast; grades (brats).
    contrasts : sequence of str
        Of the studies that use the cohort, such as t1w, or t1, t1c, t2 and flair.
    align : dict, optional
        Of the study: rule (acpc or levels); of levels: heights_mm, left_out, sides (see `config.model.Align`).
    group : dict, optional
        Of the study: name, what it calls a group; values, the groups there are (empty: any).
    where : str
        Of the cohort in the configuration, for messages.

    Returns
    -------
    list of dict
        Rows, complete and checked.

    Raises
    ------
    InputError
        No source; what the source's reader refuses; a bad name; a scan named twice; a file that is missing, of another format, or there
        twice.
    """
    kind = next((name for name in COHORTS if spec.get(name)), None)
    if kind is None:
        raise InputError(where, "no source", f"one of {', '.join(COHORTS)}", "name your cohort table: table: cohort.tsv")
    wanted = Wanted.of(where, contrasts, align, group)
    rows = checked(COHORTS[kind](spec, wanted), spec[kind], wanted, spec.get("allow_missing", False))
    for value in wanted.groups:
        if not any(row["group"] == value for row in rows):
            text = "%s: no scan of %s '%s': what needs it cannot be made."
            logging.getLogger(__name__).warning(text, spec[kind], wanted.group_name, value)
    return rows
