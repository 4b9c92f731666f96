"""A figure with this run's images or measurements: a work flow, a montage, applications, distributions.

Inputs: image sets (.npz) in the order of their labels, or tables of measurements (.tsv).
Output: the figure (.png).
"""

import logging

from neuroturing.io.files import read_table, write_figure
from neuroturing.render.figures import FIGURES
from neuroturing.render.figures.pick import read_images
from neuroturing.runlog import run


def main(images, tables, figure, kind, options, labels, seed):
    """Read what the figure shows and draw it.

    Parameters
    ----------
    images : list of path
        One for each label of a figure of images.
    tables : list of path
    figure : path
        Written.
    kind : str
        A name of `neuroturing.render.figures.FIGURES`.
    options : dict
        Its options.
    labels : list of dict
        See `neuroturing.config.figures.plan_figure`.
    seed : int
    """
    sets = [read_images(path) for path in images]
    numbers = [options["quantity"]] if "quantity" in options else []
    frames = [read_table(path, columns=numbers, numbers=numbers) for path in tables]
    write_figure(figure, FIGURES[kind](sets, frames, labels, options, seed))
    logging.info("%s with %d groups or series.", kind, len(labels))


if "snakemake" in globals():
    run(main, snakemake)
