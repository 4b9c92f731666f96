"""How many readers and images a study needs, as a table and a figure (see neuroturing.read.planning).

Input: the judgements (.tsv), once two people have answered; else none, so that it is known before anything is trained.
Outputs: power by readers and images (.tsv, .png).
"""

import logging

from neuroturing.io.files import write_figure, write_table
from neuroturing.read.judgements import read_judgements
from neuroturing.read.planning import COLUMNS, sizing
from neuroturing.render.power_figure import draw
from neuroturing.runlog import run


def main(judgements, table, figure, study, endpoint, settings, own, same_set, datasets):
    """Work out the power and write it.

    Parameters
    ----------
    judgements : list of path
        None or one.
    table, figure : path
        Written.
    study, endpoint : str
    settings : dict
        effect, margin, structure, readers, cases: see `planning.sizing`.
    own : list of (int, int)
        Readers and images that the study has.
    same_set : bool
    datasets : dict of str to str
        What figures call each data set.
    """
    pilot = read_judgements(judgements[0]) if judgements else None
    rows = sizing(study, endpoint, **settings, own=[tuple(size) for size in own], same_set=same_set, judgements=pilot)
    write_table(table, [row | {"dataset": datasets.get(row.get("dataset"), row.get("dataset"))} for row in rows], COLUMNS)
    write_figure(figure, draw(rows, datasets), chart=True)
    logging.info("%d sizes for %d aims.", len(rows), len({row["aim"] for row in rows}))


if "snakemake" in globals():
    run(main, snakemake)
