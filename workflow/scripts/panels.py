"""A quiz sheet: lettered panels, real and created images mixed.

Inputs: image sets of real and of created images (.npz).
Outputs: the sheet (.png) and its key (.tsv: panel, truth, source_index, scan, recipe).
"""

import logging

from neuroturing.io.files import write_figure, write_table
from neuroturing.render.figures.panels import KEY_COLUMNS, draw
from neuroturing.render.figures.pick import read_images
from neuroturing.runlog import run


def main(images, figure, key, options, labels, seed):
    """Draw the panels, the sheet and its key.

    Parameters
    ----------
    images : list of path
        Real images of one data set, then those that each recipe created for it.
    figure, key : path
        Written.
    options : dict
        See `neuroturing.render.figures.panels.Options`.
    labels : list of dict
        recipe of each of `images`, None for the real ones, see `neuroturing.config.figures.plan_figure`.
    seed : int
    """
    real, *created = [read_images(path) for path in images]
    recipes = [label["recipe"] for label in labels if label["recipe"]]
    sheet, rows = draw(real, list(zip(recipes, created, strict=True)), options, seed)
    write_figure(figure, sheet)
    write_table(key, rows, KEY_COLUMNS)
    logging.info("%d panels; created: %s.", len(rows), ", ".join(row["panel"] for row in rows if row["truth"] == "created") or "none")


if "snakemake" in globals():
    run(main, snakemake)
