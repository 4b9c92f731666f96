"""A study's table of readers: the printed rows beside this run's.

Inputs: the judgements (.tsv); where the study has them, the printed rows (published.tsv), those of other tables that may hold the same
rows, and the notes on them (Jinja2 fragment).
Outputs: the table (.tsv) and the same as a page (.html).
"""

import logging
from pathlib import Path

from neuroturing.io.files import write_table
from neuroturing.read import tables
from neuroturing.read.audit import facts
from neuroturing.read.contrasts import contrast
from neuroturing.read.judgements import read_judgements, sessions_of
from neuroturing.read.printed import read_printed
from neuroturing.read.responses import check_readers
from neuroturing.read.score import COLUMNS, HUMAN, PUBLISHED
from neuroturing.render.table_page import write_page
from neuroturing.runlog import run


def main(judgements, published, elsewhere, notes, table, page, spec, datasets, recipes, readers, split, remarks=()):
    """Score every reader who has answered and write the table and its page.

    Parameters
    ----------
    judgements, table, page : path
    published, elsewhere, notes : path or list of path
        None or one, any number, none or one.
    spec : dict
        The study's table: title, rows (reader, model), unit (percent, count), columns (all where empty); where it has them
        published_title, printed (images, created_share of a reader), contrast (between, first, second).
    datasets, recipes : dict of str to str
        What the table calls each.
    readers : list of str
        Quizzes, by reader and phase where there are any; those that have no answers are named on the page.
    split : str or dict
        The study's: "none", or held_out.
    remarks : list of str
        Lines on the cohort, for the page.
    """
    published, elsewhere, notes = map(_paths, (published, elsewhere, notes))
    check_readers(readers)
    tables.check_columns(spec["columns"])
    rows = read_printed(published[0], spec["unit"]) if published else []
    answers = read_judgements(judgements)
    further = [name for name in tables.WHOSE if name in answers and name not in spec["columns"]]
    columns = [*(spec["columns"] or COLUMNS), *further]
    judged = tables.judged_records(answers, spec, datasets, recipes)
    waiting = [quiz for quiz in readers if quiz not in sessions_of(answers)]
    records = [*tables.printed_records(rows, spec), *judged]
    tables.check_told_apart(records, columns)
    groups = tables.in_groups(records, spec)
    contrasts = [(title, contrast(part, **spec["contrast"])) for title, part in groups] if spec.get("contrast") else []
    others = {Path(path).parent.name: read_printed(path, "count") for path in elsewhere}
    known = facts(rows, spec, others) if rows else {}
    alone = not any(record["kind"] == HUMAN for record in judged)
    write_table(table, tables.as_text(records, columns, alone), columns)
    kept = [(title, pairs) for title, pairs in contrasts if pairs]
    # The notes speak of the printed rows.
    fragment = notes[0] if notes and rows else None
    write_page(
        page, spec | {"columns": spec["columns"] and columns}, groups, kept, known, fragment, waiting, [*tables.remarks(split), *remarks]
    )
    counts = [sum((record["kind"] == PUBLISHED) is printed for record in records) for printed in (True, False)]
    logging.info("%d printed rows, %d of this run's readers.", *counts)


def _paths(given):
    """One path, several or none as a list."""
    return [given] if isinstance(given, str | Path) else list(given or [])


if "snakemake" in globals():
    run(main, snakemake)
