"""Simulate one scan of a cohort, and write what is true of it.

Inputs: none; the templates come with nilearn.
Outputs: an image for each contrast (.nii.gz, int16), the mask of the lesion (.nii.gz, uint8), the truth (.json).
"""

import logging

import numpy as np

from neuroturing.io.files import write_json
from neuroturing.io.volumes import write_volume
from neuroturing.runlog import run
from phantom import PHANTOMS


def main(images, mask, truth, phantom, case, settings, seed):
    """Simulate and write.

    Parameters
    ----------
    images : list of path
        In the order of `phantom.plan.CONTRASTS`.
    mask, truth : path
    phantom : str
        Which of PHANTOMS.
    case : dict
        Row of `phantom.plan.plan_cohort`.
    settings : dict
        Of the cohort.
    seed : int
    """
    volumes, known, lesion = PHANTOMS[phantom](case, settings, seed)
    for path, volume in zip(images, volumes.values(), strict=True):
        write_volume(path, volume.data, volume.affine, np.int16)
    write_volume(mask, lesion, volume.affine, np.uint8)
    write_json(truth, known)
    logging.info("%s: %s, age %s", case["scan"], case["group"], case["age"])


if "snakemake" in globals():
    run(main, snakemake)
