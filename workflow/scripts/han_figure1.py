"""The applications of created images (Han et al. 2018, Figure 1), drawn with this run's images.

Inputs: the archives of real and created images (.npz).
Output: the chart (.png).
"""

from neuroturing.reader_study.applications import draw_applications
from neuroturing.reader_study.flow import pick_images
from neuroturing.reader_study.pools import read_pools
from neuroturing.reader_study.sheet import save_figure
from neuroturing.runlog import log_to


def main(real, created, figure, seed):
    """Draw the chart with three real and three created images, drawn at random."""
    save_figure(figure, draw_applications(*pick_images(*read_pools(real, created), seed)))


if "snakemake" in globals():
    with log_to(snakemake.log[0]):  # noqa: F821
        main(
            snakemake.input.real,  # noqa: F821
            snakemake.input.created,  # noqa: F821
            snakemake.output.figure,  # noqa: F821
            snakemake.params.seed,  # noqa: F821
        )
