"""Ask whether created images help a classifier (see neuroturing.use).

Inputs: image sets (.npz) of real images to test on, of those of the subjects that models were trained on, and of created images.
Output: the table (.tsv), a row for each way of training and metric.
"""

import logging

from neuroturing.errors import InputError
from neuroturing.gan.device import prepare_training
from neuroturing.imageset import read_imageset
from neuroturing.io.files import write_table
from neuroturing.runlog import run
from neuroturing.use import COLUMNS
from neuroturing.use.examine import examine


def main(real, training, created, table, sets, side, seed, repeats=3, ratios=(0.5, 1, 2), steps=None):
    """Train, test and write.

    Parameters
    ----------
    real, training : list of path
        One file of each data set, its label dataset saying which.
    created : list of path
    table : path
        Written.
    sets : list of dict
        For each of `created`: dataset, recipe, label (what tables call it).
    side : str
        "held out" where `real` are of subjects that no model has seen, otherwise "trained on".
    seed : int
    repeats : int
        Draws of training subjects, of images and of first weights.
    ratios : list of float
        Created images for each real one.
    steps : int, optional
        Updates of each classifier.
    """
    prepare_training(seed, 1)
    made = [read_imageset(path) for path in created]
    if len(made) != len(sets):
        raise InputError("use: sets", f"{len(sets)} sets for {len(made)} files", "one for each file", "name them in the order of the files")
    rows = examine(_by_dataset(real, sets), _by_dataset(training, sets), made, sets, side, seed, repeats, ratios, steps)
    write_table(table, rows, COLUMNS)
    logging.info("%d rows.", len(rows))


def _by_dataset(paths, sets):
    """Image sets of real images by the name of their data set; InputError where one is not there."""
    found = {}
    for path in paths:
        images = read_imageset(path)
        found[str(images["dataset"][0])] = images
    for entry in sets:
        if entry["dataset"] not in found:
            known = ", ".join(found) or "no file"
            raise InputError("use: real images", known, f"those of '{entry['dataset']}' too", "name a file of each data set")
    return found


if "snakemake" in globals():
    run(main, snakemake)
