"""Let a model observer sit a quiz of its own, drawn as the readers' are (see neuroturing.read.observers).

Inputs: image sets of real and of created images (.npz), one of each for a block, in the order of the blocks. Output: its judgements (.tsv).
"""

import logging

from neuroturing.io.files import write_table
from neuroturing.read.judgements import as_judgements
from neuroturing.read.observers.sitting import sit
from neuroturing.read.quiz_files import read_pools
from neuroturing.runlog import run


def main(real, created, judgements, study, reader, observer, settings, blocks, practice, seed):
    """Draw, judge and write.

    Parameters
    ----------
    real, created : list of path
    judgements : path
        Written.
    study, reader : str
        What the tables call the study, and the observer.
    observer : str
        A name in `neuroturing.read.observers.OBSERVERS`.
    settings : dict
        The observer's options.
    blocks, practice, seed
        As in `neuroturing.read.design.draw_quiz`.
    """
    table = sit(reader, observer, settings, read_pools(real, created), blocks, practice, seed)
    write_table(judgements, as_judgements(table, study), digits=9)
    right = (table["answer"] == table["truth"]).mean() if len(table) else float("nan")
    logging.info("%s judged %d images, %.0f %% of them rightly.", reader, len(table), 100 * right)


if "snakemake" in globals():
    run(main, snakemake)
