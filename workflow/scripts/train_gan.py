"""Train one recipe on one data set.

Input: the data set. Outputs: generator.keras, history.tsv, curves.png, progress.png. State, undeclared: see neuroturing.gan.state.
"""

import hashlib
import logging
import os
import shutil
from pathlib import Path

from neuroturing.gan import recipes
from neuroturing.gan.algorithms import ALGORITHMS
from neuroturing.gan.monitor import draw_curves, draw_progress, write_history
from neuroturing.gan.train import CHECKPOINT_SECONDS, Trainer, prepare_tensorflow
from neuroturing.runlog import log_to
from neuroturing.slices.sampler import open_source


def main(dataset, generator, history, curves, progress, recipe, seed, state, threads, code, checkpoint_seconds=CHECKPOINT_SECONDS):
    """Train, or go on training, and write what came of it.

    Parameters
    ----------
    dataset, generator, history, curves, progress : path
    recipe : dict
    seed : int
    state : path
        Folder of the training's state; removed when the training has ended well.
    threads : int
    code : str
        Hash of the code: a training is not resumed by other code.
    checkpoint_seconds : float
        Least time between two states.
    """
    precision = recipes.resolve_precision(recipe["precision"], prepare_tensorflow(seed, threads))
    with open(dataset, "rb") as stream:
        fingerprint = hashlib.file_digest(stream, "sha256").hexdigest()
    name = recipes.identity(recipe=recipe, seed=seed, precision=precision, dataset=fingerprint, code=code)
    source = open_source(dataset)
    total = recipes.total_steps(recipe, source.count)
    logging.info("%d images of %d x %d, %d steps, %s, state %s", source.count, source.size, source.size, total, precision, name)
    gan = ALGORITHMS[recipe["algorithm"]](recipe, precision, seed)
    logging.info("generator: %s parameters", f"{gan.generator.count_params():,}")
    trainer = Trainer(gan, source, total, seed, Path(state) / f"{name}.npz", checkpoint_seconds)
    rows, sheet = trainer.run()
    # Saved to compute in float32 wherever it is opened, however it was trained.
    portable = gan.build_generator(recipe, "float32", portable=True)
    portable.set_weights(gan.generator.get_weights())
    partial = Path(generator).with_name(".partial-generator.keras")
    portable.save(partial)
    os.replace(partial, generator)
    write_history(history, rows)
    label = recipe.get("label", recipe["algorithm"].upper())
    real = {"spread": trainer.watch.real_spread, "similarity": trainer.watch.real_similarity}
    draw_curves(curves, rows, f"{label}, {source.size} x {source.size}, {total:,} updates of {recipe['batch']} images", real)
    draw_progress(progress, sheet)
    shutil.rmtree(state, ignore_errors=True)


if "snakemake" in globals():
    with log_to(snakemake.log[0]):  # noqa: F821
        main(
            *(snakemake.input.dataset, snakemake.output.generator, snakemake.output.history),  # noqa: F821
            *(snakemake.output.curves, snakemake.output.progress, snakemake.params.recipe, snakemake.params.seed),  # noqa: F821
            *(snakemake.params.state, snakemake.threads, snakemake.params.code),  # noqa: F821
        )
