"""Write out every real image of one scan as PNG, with the same pixels that training sees.

Input: the images of a cut. Output: a folder of PNG files and images.tsv, which says how each was cut.
"""

import logging

import numpy as np

from neuroturing.imageset import PlaneSet, read_imageset, select, to_uint8
from neuroturing.io.files import complete, write_png, write_table
from neuroturing.runlog import run

BATCH = 64


def main(cut, folder, scan):
    """Fill the folder beside its place and move it there when it is complete.

    Parameters
    ----------
    cut, folder : path
    scan : str
    """
    images = select(read_imageset(cut), {"scan": scan})
    rows = []
    with complete(folder) as partial:
        partial.mkdir(parents=True)
        for number, pixels in enumerate(every(images)):
            rows.append({"file": f"{number:06d}.png", "index": number, **images.describe(number)})
            write_png(partial / rows[-1]["file"], pixels)
        write_table(partial / "images.tsv", rows)
    logging.info("%s: %d images", scan, len(rows))


def every(images):
    """Each image, uint8 (height, width)."""
    if not isinstance(images, PlaneSet):
        yield from images.images
        return
    from neuroturing.gan.device import take_memory_as_needed
    from neuroturing.gan.source import open_source

    take_memory_as_needed()
    source = open_source(images)
    for start in range(0, images.count, BATCH):
        # The last batch is filled up: another length would be compiled for.
        numbers = np.minimum(np.arange(start, start + BATCH), images.count - 1)
        yield from to_uint8(source.batch(numbers))[: images.count - start]


if "snakemake" in globals():
    run(main, snakemake)
