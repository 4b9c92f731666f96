"""Everything that a study's judgements say, in one long table beside the papers' own (see neuroturing.read.reading).

Input: the judgements (.tsv). Output: the table (.tsv).
"""

import logging

from neuroturing.io.files import write_table
from neuroturing.read.groups import group_means
from neuroturing.read.judgements import read_judgements
from neuroturing.read.phases import by_phase
from neuroturing.read.reading import COLUMNS, reading
from neuroturing.runlog import run


def main(judgements, table, datasets, recipes, seed=0):
    """Score each phase by itself, and write.

    Parameters
    ----------
    judgements, table : path
    datasets, recipes : dict of str to str
        What the table calls each.
    seed : int
    """
    answers, rows = read_judgements(judgements), []
    for phase, part in by_phase(answers).items():
        read = reading(part, datasets, recipes, seed)
        rows += [row | {"phase": phase} for row in [*read, *group_means(read, part)]]
    write_table(table, rows, [*COLUMNS, "phase"] if "phase" in answers else COLUMNS)
    logging.info("%d quantities of %d readers.", len(rows), len({row["reader"] for row in rows}))


if "snakemake" in globals():
    run(main, snakemake)
