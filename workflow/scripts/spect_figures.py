"""Figures of the SPECT study (Werner et al. 2022): created samples, distributions of mean counts and of left/right ratios.

Inputs: the table of measurements (.tsv) and one archive of created slices for each dataset and pattern (.npz).
Outputs: three figures (.png).
"""

import logging

from neuroturing.runlog import log_to
from neuroturing.spect.archives import read_created, read_quantification
from neuroturing.spect.figures import distribution_figure, samples_figure, save_figure


def main(quantification, created, samples, mean_counts, lr_ratio, cells, normalisation):
    """Draw the figures.

    Parameters
    ----------
    quantification : path
    created : list of path
    samples, mean_counts, lr_ratio : path
        Written.
    cells : list of (str, str)
        Dataset and pattern of each path in `created`.
    normalisation : str
        `image_maximum` or `global`.
    """
    table = read_quantification(quantification)
    images = {tuple(cell): read_created(path) for path, cell in zip(created, cells, strict=True)}
    save_figure(samples, samples_figure(images))
    save_figure(mean_counts, distribution_figure(table, "mean_counts", normalisation))
    save_figure(lr_ratio, distribution_figure(table, "lr_ratio"))
    logging.info("%d images drawn as points.", len(table))


if "snakemake" in globals():
    with log_to(snakemake.log[0]):  # noqa: F821
        main(
            snakemake.input.quantification,  # noqa: F821
            snakemake.input.created,  # noqa: F821
            snakemake.output.samples,  # noqa: F821
            snakemake.output.mean_counts,  # noqa: F821
            snakemake.output.lr_ratio,  # noqa: F821
            snakemake.params.cells,  # noqa: F821
            snakemake.params.normalisation,  # noqa: F821
        )
