"""A reporting checklist of a study, filled in from its own files; what only the authors can add is left open and named.

Inputs: the study's file; the image sets of its cuts and those its models made; the history and generator of each training; the
environment that trainings ask for; the keys of its quizzes, its judgements and its comparisons, where it has them.
Outputs: every item with its answer (.tsv) and the same as a page (.html).
"""

import logging

from neuroturing.checklist.answers import COLUMNS, OPEN, fill_in
from neuroturing.checklist.known import read_known
from neuroturing.io.files import write_table
from neuroturing.render.checklist_page import write_page
from neuroturing.runlog import run


def main(
    study, real, created, histories, generators, software, quiz_keys, judgements, comparisons, table, page,
    resolved, cohort, rows, run_settings, datasets, models, trained,
):  # fmt: skip
    """Fill in the checklist and write it.

    Parameters
    ----------
    study, software, table, page : path
    real, created, histories, generators : list of path
        Of `datasets`, of `models`, and two of `trained`, in their order.
    quiz_keys, comparisons : list of path
    judgements : list of path
        None or one.
    resolved : dict
        The study as it was run, see `plan.load`.
    cohort : dict
    rows : list of dict
        Scans of the cohort: scan, subject, group, split.
    run_settings : dict
        size, seed.
    datasets : list of str
    models, trained : list of str
        "data set/recipe".
    """
    lines = fill_in(
        read_known(
            resolved | {"file": study},
            cohort,
            rows,
            run_settings,
            dict(zip(datasets, real, strict=True)),
            dict(zip(models, created, strict=True)),
            dict(zip(trained, zip(histories, generators, strict=True), strict=True)),
            software,
            quiz_keys,
            judgements,
            comparisons,
        )
    )
    write_table(table, lines, COLUMNS)
    write_page(page, f"{resolved['title']}: reporting checklist", lines)
    logging.info("%d of %d items are for the authors alone.", sum(line["status"] == OPEN for line in lines), len(lines))


if "snakemake" in globals():
    run(main, snakemake)
