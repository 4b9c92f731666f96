"""Write out every training image of one scan as PNG, with the same pixels that training samples.

Input: a data set. Output: a folder of PNG files and images.tsv, which says how each was cut.
"""

import csv
import logging
import os
import shutil
from pathlib import Path

import numpy as np
from PIL import Image

from neuroturing.runlog import log_to
from neuroturing.slices.sampler import open_source, to_uint8

BATCH = 64


def main(dataset_path, folder, scan):
    """Fill the folder beside its place and move it there when it is complete."""
    source = open_source(dataset_path)
    per_scan = source.grid.count
    first = source.scan.tolist().index(scan) * per_scan
    partial = Path(f"{folder}.partial-{os.getpid()}")
    partial.mkdir(parents=True)
    rows = []
    for start in range(0, per_scan, BATCH):
        numbers = first + np.minimum(np.arange(start, start + BATCH), per_scan - 1)
        for number, image in zip(numbers[: per_scan - start], to_uint8(source.batch(numbers)), strict=False):
            name = f"{number - first:06d}.png"
            Image.fromarray(image).save(partial / name)
            rows.append({"file": name, "index": number, **source.describe(number)})
    with open(partial / "images.tsv", "w", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, rows[0].keys(), delimiter="\t", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    shutil.rmtree(folder, ignore_errors=True)
    os.replace(partial, folder)
    logging.info("%s: %d images", scan, len(rows))


if "snakemake" in globals():
    with log_to(snakemake.log[0]):  # noqa: F821
        main(snakemake.input.dataset, snakemake.output.folder, snakemake.wildcards.scan)  # noqa: F821
