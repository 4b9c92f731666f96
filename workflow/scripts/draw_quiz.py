"""Draw one reader's quiz from the real and the created images of each of its blocks.

Inputs: image sets of real and of created images (.npz), one of each for a block, in the order of the blocks; the protocol (.json).
Outputs: the page (.html) for the reader; for who would rather work without it, the folder of images (PNG under meaningless names), the
blank form (.csv) and the practice cases' truth (.csv); the key (.tsv) that a reader never gets.
"""

import logging

from neuroturing.read.design import TEST, draw_quiz, quiz_pixels
from neuroturing.read.page.build import write_page
from neuroturing.read.phases import shown_before
from neuroturing.read.quiz_files import file_hash, quiz_name, read_pools, write_quiz
from neuroturing.runlog import run


def main(
    real, created, protocol, page, images, form, training, key, reader, title, blocks, practice, shown, seed, design=None, session=None
):
    """Draw and write the quiz of `reader`; `blocks`, `practice` and, in `design`, same_set and repeats as in `read.design.draw_quiz`;
    `shown` is the page's. Where a study has phases, `session` says whose quiz it is: reader, phase, apart, and `earlier`, those of theirs
    before it (see `read.phases.shown_before`), whose image sets come first among `real` and `created`."""
    pools, design, session = read_pools(real, created), design or {}, session or {}
    earlier, pools = pools[: -len(blocks)], pools[-len(blocks) :]
    whose = {name: session[name] for name in ("reader", "phase") if session}
    if session:
        before, told = shown_before(session["earlier"], earlier, seed, design)
        design = design | {"phase": session["phase"], "seen": before if session["apart"] else told}
    drawn = draw_quiz(reader, pools, blocks, practice, seed, **design)
    pixels = quiz_pixels(drawn, blocks, pools)
    names = {"quiz_id": quiz_name(reader, drawn, pixels), "protocol_hash": file_hash(protocol)}
    write_quiz(images, form, training, key, drawn.assign(**names, **whose), pixels)
    write_page(page, drawn, images, reader, title, shown, **names)
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
