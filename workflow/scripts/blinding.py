"""A blinding audit of a study's quizzes: can they be won without looking at anatomy? (see neuroturing.read.blinding)

Inputs: the folders of pictures that readers get, and the keys (.tsv), in one order. Outputs: the table (.tsv) and the same as a page
(.html).
"""

import logging
from pathlib import Path

from neuroturing.io.files import write_table
from neuroturing.read.blinding import COLUMNS, CUE, CUES, LEAK, TOGETHER, audit
from neuroturing.render.blinding_page import write_page
from neuroturing.runlog import run


def main(images, quiz_keys, table, page, datasets, recipes, seed):
    """Try every cue on every quiz and write what was found.

    Parameters
    ----------
    images, quiz_keys : list of path
        Of each reader; keys are named after them.
    table, page : path
        Written.
    datasets, recipes : dict of str to str
        What the table calls each.
    seed : int
    """
    quizzes = {Path(key).stem: (folder, key) for folder, key in zip(images, quiz_keys, strict=True)}
    rows = audit(quizzes, datasets, recipes, seed)
    write_table(table, rows, COLUMNS)
    write_page(page, rows, CUES, list(TOGETHER), LEAK, CUE)
    logging.info("%d cues tried on %d quizzes; %d leaks.", len(rows), len(quizzes), sum(row["verdict"] == LEAK for row in rows))


if "snakemake" in globals():
    run(main, snakemake)
