"""Draw one reader's quiz from the real and the created images of each of its blocks.

Inputs: image sets of real and of created images (.npz), one of each for a block, in the order of the blocks. Outputs: the folder of
images (PNG under meaningless names), the blank form (.csv) and the practice cases' truth (.csv) for the reader; the key (.tsv) that a
reader never gets.
"""

import logging

from neuroturing.read.design import TEST, draw_quiz, quiz_pixels
from neuroturing.read.quiz_files import read_pools, write_quiz
from neuroturing.runlog import run


def main(real, created, images, form, training, key, reader, blocks, practice, seed):
    """Draw and write the quiz of `reader`; `blocks` and `practice` as in `neuroturing.read.design.draw_quiz`."""
    pools = read_pools(real, created)
    drawn = draw_quiz(reader, pools, blocks, practice, seed)
    write_quiz(images, form, training, key, drawn, quiz_pixels(drawn, blocks, pools))
    test = drawn[drawn["block"] == TEST]
    for part, block in test.groupby("part"):
        real_ones = block[block["truth"] == "real"]
        contrasts = ", ".join(f"{count} {name}" for name, count in real_ones["contrast"].value_counts().items())
        logging.info(
            "Reader %s, block %d: %s on %s, %d images created, %d real ones of %d subjects (%s).",
            *(reader, part, block["recipe"].iloc[0], block["dataset"].iloc[0], len(block) - len(real_ones), len(real_ones)),
            *(real_ones["subject"].nunique(), contrasts),
        )
    logging.info("Reader %s: %d test images, %d practice cases.", reader, len(test), len(drawn) - len(test))


if "snakemake" in globals():
    run(main, snakemake)
