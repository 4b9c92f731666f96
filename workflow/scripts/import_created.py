"""Take created images that were made elsewhere, by any program.

Input: a folder of 8-bit grey PNG or NIfTI slices, or an .npz (see neuroturing.cut.images). Output: .npz of images with their labels.
"""

import logging

from neuroturing.cut.images import read_images
from neuroturing.errors import InputError
from neuroturing.imageset import ImageSet, make_labels, read_imageset, write_imageset
from neuroturing.runlog import run


def main(made, images, labels, real=None):
    """Read, label and write.

    Parameters
    ----------
    made, images : path
    labels : dict
        What is known of all of them: dataset, source (the name of what made them), group and contrast where there is one.
    real : path, optional
        Image set whose size in pixels they must have: another size would tell them apart.

    Raises
    ------
    InputError
    """
    taken = read_images(made)
    if real and read_imageset(real).size != taken.size:
        found, expected = ("{} x {} pixels".format(*size) for size in (taken.size, read_imageset(real).size))
        raise InputError(made, found, f"{expected}, as the real images", "resize them, or set size in the cut")
    write_imageset(images, ImageSet(taken.images, make_labels(taken.count, **labels, image=taken["image"].tolist()), {"imported": True}))
    logging.info("%d images of %d x %d", taken.count, *taken.size)


if "snakemake" in globals():
    run(main, snakemake)
