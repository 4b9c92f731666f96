"""The work flow chart of Koshino et al. 2018, Figure 1A, with this run's own images.

Inputs: the archives of real and created images (.npz).
Output: the chart (.png).
"""

import numpy as np

from neuroturing.reader_study.flow import draw_flow, pick_images
from neuroturing.reader_study.pools import read_pools
from neuroturing.reader_study.sheet import save_figure
from neuroturing.runlog import log_to


def main(real, created, figure, seed, latent):
    """Draw the chart; `latent` is the number of random numbers that the generator takes."""
    real, created = pick_images(*read_pools(real, created), seed)
    noise = np.random.default_rng(seed).uniform(-1, 1, latent)
    save_figure(figure, draw_flow(real, created, noise))


if "snakemake" in globals():
    with log_to(snakemake.log[0]):  # noqa: F821
        main(
            snakemake.input.real,  # noqa: F821
            snakemake.input.created,  # noqa: F821
            snakemake.output.figure,  # noqa: F821
            snakemake.params.seed,  # noqa: F821
            snakemake.params.latent,  # noqa: F821
        )
