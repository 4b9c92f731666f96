"""See that the real images of a cut can be measured as the study asks (see neuroturing.measure), before anything is trained on them.

Input: the images of a cut (.npz). Output: an empty file, written where every measure can measure every image.
"""

import logging
from pathlib import Path

from neuroturing.imageset import ImageSet, read_imageset
from neuroturing.measure import check_real
from neuroturing.runlog import run


def main(images, checked, measures):
    """Check and say so.

    Parameters
    ----------
    images : path
    checked : path
        Written.
    measures : list of list
        Name of each measure, and its options.
    """
    real = read_imageset(images)
    # Turned planes are too many to measure: what is drawn of them is.
    for name, settings in measures if isinstance(real, ImageSet) else ():
        check_real(name, real, settings)
        logging.info("%s: %d real images can be measured.", name, real.count)
    Path(checked).touch()


if "snakemake" in globals():
    run(main, snakemake)
