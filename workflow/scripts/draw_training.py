"""Show how one training went.

Input: what train_gan wrote beside the generator. Outputs: history.tsv, curves.png, progress.png.
"""

import logging

from neuroturing.gan.drawing import draw_curves, draw_progress
from neuroturing.gan.record import read_record
from neuroturing.io.files import write_table
from neuroturing.runlog import run


def main(record, history, curves, progress):
    """Write the history as a table, and draw it and the samples over time.

    Parameters
    ----------
    record : path
    history, curves, progress : path
        Written.
    """
    known = read_record(record)
    write_table(history, known["history"])
    draw_curves(curves, known["history"], known["title"], known["real"], known["quality"])
    draw_progress(progress, known["sheet"])
    logging.info("%d rows, samples of %d moments.", len(known["history"]), len(known["sheet"]))


if "snakemake" in globals():
    run(main, snakemake)
