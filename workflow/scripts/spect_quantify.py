"""Mean counts and left/right ratio of every real and created SPECT slice (Werner et al. 2022).

Inputs: the archive of real slices (.npz: images, subject, pattern, level, name, counts_scale) and one archive of created slices for each
dataset and pattern (.npz: images).
Output: the table of measurements (.tsv), a row for each image.
"""

import logging

import pandas as pd

from neuroturing.runlog import log_to
from neuroturing.spect.archives import read_created, read_real, write_table
from neuroturing.spect.quantify import normalise, quantify


def main(real, created, table, cells, normalisation, settings):
    """Measure and write.

    Parameters
    ----------
    real : path
    created : list of path
    table : path
        Written.
    cells : list of (str, str)
        Dataset (A or B) and pattern of each path in `created`.
    normalisation : str
        `image_maximum` or `global`.
    settings : dict
        threshold, max_tilt_deg.
    """
    archive = read_real(real)
    measured = quantify(
        archive.images, archive.name, "real", archive.pattern, archive.level, archive.subject, archive.counts_scale, **settings
    )
    frames = []
    for path, (dataset, pattern) in zip(created, cells, strict=True):
        images = read_created(path)
        names = [f"{dataset}_{pattern}_{index:05d}" for index in range(len(images))]
        frames.append(quantify(images, names, dataset, pattern, **settings))
        _report_excluded(path, frames[-1])
    result = normalise(measured, pd.concat(frames, ignore_index=True), normalisation)
    write_table(table, result)
    logging.info("%d real and %d created images.", len(measured), len(result) - len(measured))


def _report_excluded(path, frame):
    """Warn of images without a brain section; a model that makes nothing else leaves its cells untested, and the other models theirs."""
    excluded = frame[frame["note"] != ""]
    if len(excluded):
        hint = " Look at the samples: train longer, or with another seed." if len(excluded) == len(frame) else ""
        text = "%s: %d of %d created images have no brain section and are %s.%s"
        logging.warning(text, path, len(excluded), len(frame), excluded["note"].iloc[0], hint)


if "snakemake" in globals():
    with log_to(snakemake.log[0]):  # noqa: F821
        main(
            snakemake.input.real,  # noqa: F821
            snakemake.input.created,  # noqa: F821
            snakemake.output.table,  # noqa: F821
            snakemake.params.cells,  # noqa: F821
            snakemake.params.normalisation,  # noqa: F821
            snakemake.params.settings,  # noqa: F821
        )
