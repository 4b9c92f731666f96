"""Draw one reader's Visual Turing Test from the real and the created images of each of a study's models.

Inputs: the archives of real and of created images (.npz), one of each for a model, in the order of the models.
Outputs: images/ (PNG under meaningless names) and answers.csv (blank form) for the reader; the key (.tsv) that a reader never gets.
"""

import logging
from pathlib import Path

from neuroturing.reader_study.pools import read_pools
from neuroturing.reader_study.turing_test import Model, draw_turing_test, write_turing_test
from neuroturing.runlog import log_to


def main(real, created, form, key_path, reader, seed, models, of_each):
    """Draw and write the test of `reader` into the folder of `form`.

    `models` holds dicts of dataset and recipe; `of_each` is the number of real, and of created, images for each of them.
    """
    pools = [read_pools(*paths) for paths in zip(real, created, strict=True)]
    models = [Model(model["dataset"], model["recipe"], *pair) for model, pair in zip(models, pools, strict=True)]
    key = draw_turing_test(reader, models, seed, of_each)
    write_turing_test(Path(form).parent, key_path, key, models)
    for (dataset, recipe), block in key[key["truth"] == "real"].groupby(["dataset", "recipe"], sort=False):
        sequences = ", ".join(f"{number} {name}" for name, number in block["sequence"].value_counts().items())
        subjects = block["subject"].nunique()
        logging.info("Reader %s, %s on %s: real images of %d subjects (%s).", reader, recipe, dataset, subjects, sequences)


if "snakemake" in globals():
    with log_to(snakemake.log[0]):  # noqa: F821
        main(
            snakemake.input.real,  # noqa: F821
            snakemake.input.created,  # noqa: F821
            snakemake.output.form,  # noqa: F821
            snakemake.output.key,  # noqa: F821
            snakemake.wildcards.reader,  # noqa: F821
            snakemake.params.seed,  # noqa: F821
            snakemake.params.models,  # noqa: F821
            snakemake.params.of_each,  # noqa: F821
        )
