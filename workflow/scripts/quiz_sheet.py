"""The quiz sheet of Koshino et al. 2018, Figure 1B: lettered panels, real and created mixed.

Inputs: the archives of real and created images (.npz).
Outputs: the sheet (.png) and its key (.tsv: panel, truth, source_index, scan).
"""

import logging

from neuroturing.reader_study.pools import read_pools
from neuroturing.reader_study.quiz_files import quiz_pixels, write_table
from neuroturing.reader_study.sheet import draw_panels, draw_sheet, save_figure
from neuroturing.runlog import log_to


def main(real, created, figure, key_path, seed, panels, created_panels):
    """Draw the panels, the sheet and its key."""
    real, created = read_pools(real, created)
    key = draw_panels(real, created, seed, panels, created_panels)
    save_figure(figure, draw_sheet(quiz_pixels(key, real, created)))
    write_table(key_path, key, "\t")
    logging.info("%d panels; created: %s.", len(key), ", ".join(key.loc[key["truth"] == "created", "panel"]) or "none")


if "snakemake" in globals():
    with log_to(snakemake.log[0]):  # noqa: F821
        main(
            snakemake.input.real,  # noqa: F821
            snakemake.input.created,  # noqa: F821
            snakemake.output.figure,  # noqa: F821
            snakemake.output.key,  # noqa: F821
            snakemake.params.seed,  # noqa: F821
            snakemake.params.panels,  # noqa: F821
            snakemake.params.created_panels,  # noqa: F821
        )
