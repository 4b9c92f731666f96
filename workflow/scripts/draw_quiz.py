"""Draw one reader's quiz from the real and the created images of a study.

Inputs: the archives of real and created images (.npz).
Outputs: images/ (PNG under meaningless names), answers.csv (blank form) and training.csv (practice, truth told) for the reader;
the key (.tsv) that a reader never gets.
"""

import logging
from pathlib import Path

from neuroturing.reader_study.draw import draw_quiz
from neuroturing.reader_study.pools import read_pools
from neuroturing.reader_study.quiz_files import write_quiz
from neuroturing.runlog import log_to


def main(real, created, form, key_path, reader, seed, quiz):
    """Draw and write the quiz of `reader` into the folder of `form`.

    `quiz` holds images, training_cases and created_share (least, largest).
    """
    real, created = read_pools(real, created)
    key = draw_quiz(reader, real, created, seed, quiz["images"], quiz["training_cases"], quiz["created_share"])
    test = key[key["block"] == "test"]
    write_quiz(Path(form).parent, key_path, key, real, created)
    subjects = test.loc[test["truth"] == "real", "subject"].nunique()
    logging.info(
        "Reader %s: %d test images, %d of them created; real ones of %d subjects; %d training cases.",
        *(reader, len(test), (test["truth"] == "created").sum(), subjects, len(key) - len(test)),
    )


if "snakemake" in globals():
    with log_to(snakemake.log[0]):  # noqa: F821
        main(
            snakemake.input.real,  # noqa: F821
            snakemake.input.created,  # noqa: F821
            snakemake.output.form,  # noqa: F821
            snakemake.output.key,  # noqa: F821
            snakemake.wildcards.reader,  # noqa: F821
            snakemake.params.seed,  # noqa: F821
            snakemake.params.quiz,  # noqa: F821
        )
