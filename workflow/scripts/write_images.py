"""Write out every training image of one scan as PNG, with the same pixels that training samples.

Input: the images of a cut. Output: a folder of PNG files and images.tsv, which says how each was cut.
"""

import logging

import numpy as np

from neuroturing.gan.source import open_source
from neuroturing.imageset import read_imageset, to_uint8
from neuroturing.io.files import complete, write_png, write_table
from neuroturing.runlog import run

BATCH = 64


def main(cut, folder, scan):
    """Fill the folder beside its place and move it there when it is complete."""
    planes = read_imageset(cut).where(scan=scan)
    source, rows = open_source(planes), []
    with complete(folder) as partial:
        partial.mkdir()
        for start in range(0, planes.count, BATCH):
            numbers = np.minimum(np.arange(start, start + BATCH), planes.count - 1)
            for number, image in zip(range(start, min(start + BATCH, planes.count)), to_uint8(source.batch(numbers)), strict=False):
                name = f"{number:06d}.png"
                write_png(partial / name, image)
                rows.append({"file": name, "index": number, **planes.describe(number)})
        write_table(partial / "images.tsv", rows)
    logging.info("%s: %d images", scan, len(rows))


if "snakemake" in globals():
    run(main, snakemake)
