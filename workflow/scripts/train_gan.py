"""Train one recipe on one data set.

Input: the images of a cut. Outputs: generator.keras, and training.npz, which draw_training shows. State, undeclared: see
neuroturing.gan.state.
"""

import hashlib
import logging
import shutil
from pathlib import Path

from neuroturing.errors import InputError
from neuroturing.gan import recipes
from neuroturing.gan.algorithms import ALGORITHMS
from neuroturing.gan.average import averaged
from neuroturing.gan.device import compute_capability, prepare_training
from neuroturing.gan.ending import Ending
from neuroturing.gan.keeping import BEST
from neuroturing.gan.record import write_record
from neuroturing.gan.reference import open_quality, split_off
from neuroturing.gan.saved import save_generator
from neuroturing.gan.source import open_source
from neuroturing.gan.state import held
from neuroturing.gan.train import CHECKPOINT_SECONDS, Trainer
from neuroturing.imageset import TRAIN, read_imageset, select
from neuroturing.runlog import run

COPIES = (
    "keep: best without validation subjects chooses by images that are trained on, to which copies of them are nearest. "
    "Hint: keep some subjects for it, split: {held_out: 0.2, validation: 0.1}."
)


def main(
    images, generator, record, recipe, where, seed, state, threads, code, name="", runtime=None, checkpoint_seconds=CHECKPOINT_SECONDS
):
    """Train, or go on training, and write what came of it.

    Parameters
    ----------
    images, generator, record : path
    recipe : dict
    where : dict
        Labels of the images of the cut that are trained on; those that are kept from training are left out. Validation images among them
        are what quality is measured against, if there are any.
    seed : int
    state : path
        Folder of the training's state, and of progress.json, which says how far it is; removed when the training has ended well.
    threads : int
    code : str
        Hash of the code: a training is not resumed by other code.
    name : str
        What the progress calls it.
    runtime : number, optional
        Minutes that a batch job may take; a training that needs longer is saved in time, and ends with TrainingStopped.
    checkpoint_seconds : float
        Least time between two states.
    """
    prepare_training(seed, threads)
    precision = recipes.resolve_precision(recipe["precision"], compute_capability())
    every = read_imageset(images)
    training = select(every, where, TRAIN)
    source = open_source(training)
    recipe = sized(recipe, *source.size)
    with open(images, "rb") as stream:
        fingerprint = hashlib.file_digest(stream, "sha256").hexdigest()
    identity = recipes.identity(recipe=recipe, where=where, seed=seed, precision=precision, images=fingerprint, code=code)
    algorithm = ALGORITHMS[recipe["algorithm"]]
    total = algorithm.total_steps(recipe, source.count)
    logging.info("%d images of %d x %d, %d steps, %s, state %s", source.count, *source.size, total, precision, identity)
    with held(state), Ending(runtime) as ending:
        gan = averaged(algorithm(recipe, precision, seed))
        logging.info("generator: %s parameters", f"{gan.generator.count_params():,}")
        quality = open_quality(training, source, split_off(every, where), recipe["batch"], seed)
        if recipe.get("keep") == BEST and quality.reference == TRAIN:
            logging.warning(COPIES)
        trainer = Trainer(gan, source, quality, total, Path(state) / f"{identity}.npz", name, checkpoint_seconds, ending)
        rows, sheet = trainer.run()
        save_generator(generator, trainer.finished())
        label = recipe.get("label") or recipe["algorithm"].upper()
        real = {"spread": trainer.watch.real_spread, "similarity": trainer.watch.real_similarity} | quality.real
        title = "{}, {} x {}, {:,} updates of {} images".format(label, *source.size, total, recipe["batch"])
        write_record(record, rows, sheet, title, real, trainer.examined())
        # Snakemake makes anew what it did not see come to its end; that takes no time where the state is there.
        if not ending.is_orphan():
            shutil.rmtree(state, ignore_errors=True)


def sized(recipe, height, width):
    """A recipe with the size of its images; InputError where its networks cannot be built for it."""
    try:
        if height != width:
            raise ValueError("its networks make squares")
        ALGORITHMS.options(recipe["algorithm"]).check_size(height, recipe)
    except ValueError as error:
        where, hint = f"recipe {recipe.get('label') or recipe['algorithm']}", "set size in the cut, or resize images made elsewhere"
        raise InputError(where, f"images of {height} x {width} pixels", error, hint) from error
    return recipe | {"size": height}


if "snakemake" in globals():
    run(main, snakemake)
