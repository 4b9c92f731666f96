"""The printed figures of a study's paper, worked out again: which follow from others, which contradict them, which cannot be known.

Inputs: the printed rows of the study's tables and comparisons (published.tsv), those of other tables that may hold the same rows, and
printed sums (sums.tsv), where the study has them.
Outputs: every figure with its verdict (.tsv) and the same as a page (.html).
"""

import logging
from pathlib import Path

from neuroturing.io.files import read_table, write_table
from neuroturing.read.printed import read_printed
from neuroturing.read.recompute import COLUMNS, CONTRADICTS, check_p_values, check_sums, check_table
from neuroturing.render.audit_page import write_page
from neuroturing.runlog import run


def main(printed, sums, table, page, title, tables, comparisons, group):
    """Audit every printed row of a study and write the verdicts.

    Parameters
    ----------
    printed : list of path
        Files that `tables` and `comparisons` name, so that one that changes is seen.
    sums : list of path
        None or one.
    table, page : path
    title : str
        The study's.
    tables : dict of dict
        The study's tables with printed rows by name: title, unit, published, elsewhere, printed (images, created_share).
    comparisons : dict of dict
        Its comparisons with printed values by name: title, published.
    group : str
        What the study calls groups of subjects, a column of a comparison's printed values.
    """
    parts = []
    for name, spec in tables.items():
        others = {Path(path).parent.name: read_printed(path, "count") for path in spec["elsewhere"]}
        parts.append((spec["title"] or name, check_table(name, read_printed(spec["published"], spec["unit"]), spec, others)))
    for name, spec in _once(comparisons):
        rows = read_table(spec["published"], ("quantity", "dataset", group, "published_p")).to_dict("records")
        rows = [row | {"figure": f"P of {row['quantity']}, {row[group]}"} for row in rows]
        parts.append((spec["title"] or name, check_p_values(name, rows)))
    parts += [("Sums and products in the text", check_sums(path)) for path in sums]
    lines = [line for _, part in parts for line in part]
    write_table(table, lines, COLUMNS)
    write_page(page, f"{title}: the printed numbers, worked out again", parts)
    wrong = sum(line["verdict"] == CONTRADICTS for line in lines)
    logging.info("%d figures, %d of them contradict others.", len(lines), wrong)


def _once(comparisons):
    """Comparisons by name, the first of those that show the same printed values."""
    files = {}
    for name, spec in comparisons.items():
        files.setdefault(spec["published"], (name, spec))
    return files.values()


if "snakemake" in globals():
    run(main, snakemake)
