"""How real the created images of a study are (see neuroturing.realism), and which measures tell that at its size.

Inputs: image sets (.npz) of real, of training and of created images.
Outputs: the table of realism, a row for each model, measure and feature space; the table of how far each measure is to be trusted (.tsv).
"""

import logging
from pathlib import Path

import numpy as np

from neuroturing.errors import InputError
from neuroturing.gan.device import prepare_training
from neuroturing.io.files import write_table
from neuroturing.measure.table import read_images
from neuroturing.realism import spaces
from neuroturing.realism.examination import COLUMNS, TRAINED_ON, examine
from neuroturing.realism.trainings import with_spread
from neuroturing.realism.trust import COLUMNS as TRUST
from neuroturing.realism.trust import trust as examine_measures
from neuroturing.runlog import run


def main(real, training, created, table, trust, sets, side, options, seed=0, ladders=None, threads=1):
    """Measure and write.

    Parameters
    ----------
    real, training : list of path
        Real images, and real images of the subjects that models were trained on, of each data set; the files are called after it.
    created : list of path
    table, trust : path
        Written: realism.tsv and measures.tsv.
    sets : list of dict
        For each of `created`: dataset and recipe.
    side : str
        `held out`, or `trained on` where real and training images are of the same subjects.
    options : dict
        images, the most of a group; encoder_steps, updates of the space that is learned.
    seed : int
        The study's.
    ladders : list of str, optional
        Data sets that measures are put to the test on; the one of most real images where none is named.
    threads : int

    Raises
    ------
    InputError
        A file that cannot be read, created images of a data set without real ones or of another size.
    """
    prepare_training(seed, threads)
    reals, trained = ({Path(path).stem: read_images(path) for path in paths} for paths in (real, training))
    if set(reals) != set(trained):
        raise InputError(
            "realism", f"training images of {', '.join(trained)}", f"those of {', '.join(reals)}", "one file for each data set"
        )
    models = {dataset: {} for dataset in reals}
    for path, known in zip(created, sets, strict=True):
        if known["dataset"] not in models:
            raise InputError(path, f"created images of {known['dataset']}", f"data sets {', '.join(models)}", "give their real images too")
        models[known["dataset"]][known["recipe"]] = read_images(path)
    fitted = spaces.fit(trained, seed, options["encoder_steps"])
    rows, trusted = [], []
    for dataset, images in reals.items():
        rows += examine(dataset, images, trained[dataset], models[dataset], fitted[dataset], side, seed, options["images"])
    write_table(table, with_spread(rows), COLUMNS)
    for dataset in ladders or [max(reals, key=lambda name: reals[name].count + trained[name].count)]:
        trusted += _trusted(dataset, reals[dataset], trained[dataset], fitted[dataset], side, seed)
    write_table(trust, trusted, TRUST)
    logging.info("%d models of %d data sets, %s.", len(created), len(reals), "on trained-on subjects" if side == TRAINED_ON else "held out")


def _trusted(dataset, real, training, spaces, side, seed):
    sets = [real] if side == TRAINED_ON else [real, training]
    images = np.concatenate([part.images for part in sets])
    subjects = np.concatenate([part["subject"] for part in sets])
    return examine_measures(dataset, images, subjects, training.images, spaces, seed)


if "snakemake" in globals():
    run(main, snakemake)
