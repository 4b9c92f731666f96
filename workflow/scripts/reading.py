"""Everything that a study's judgements say, in one long table beside the papers' own (see neuroturing.read.reading).

Input: the judgements (.tsv). Output: the table (.tsv).
"""

import logging

from neuroturing.io.files import write_table
from neuroturing.read.judgements import read_judgements
from neuroturing.read.reading import COLUMNS, reading
from neuroturing.runlog import run


def main(judgements, table, datasets, recipes, seed=0):
    """Score and write.

    Parameters
    ----------
    judgements, table : path
    datasets, recipes : dict of str to str
        What the table calls each.
    seed : int
    """
    rows = reading(read_judgements(judgements), datasets, recipes, seed)
    write_table(table, rows, COLUMNS)
    logging.info("%d quantities of %d readers.", len(rows), len({row["reader"] for row in rows}))


if "snakemake" in globals():
    run(main, snakemake)
