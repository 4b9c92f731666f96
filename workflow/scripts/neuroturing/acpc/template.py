"""The ICBM152 template that ships inside nilearn, and where its commissures are. World coordinates are RAS millimetres."""

import functools

import numpy as np
from scipy import ndimage

from ..volumes import Volume

# Centres of the commissures as placed by the AFIDs project on MNI152NLin2009bSym. The template is exactly symmetric, so the placed
# x of -0.12 and 0.14 mm are set to 0: kept, they would turn every scan by half a degree.
AC = (0.0, 2.552, -4.817)
PC = (0.0, -25.124, -2.096)

MASK_MARGIN_MM = 3  # lets the registration see the dark rim round the brain, and keeps a whole head's skull out


@functools.cache
def template():
    """Brain-extracted T1 and brain mask of ICBM152 2009a, symmetric, on its 1 mm grid; nothing is downloaded.

    Returns
    -------
    t1, mask : Volume
        Intensities 0 to 1; 0 or 1.
    """
    from nilearn.datasets import load_mni152_brain_mask, load_mni152_template

    t1, mask = load_mni152_template(resolution=1), load_mni152_brain_mask(resolution=1)
    return (
        Volume(np.asarray(t1.dataobj, np.float32), t1.affine, "ICBM152 T1"),
        Volume(np.asarray(mask.dataobj, np.float32), mask.affine, "ICBM152 brain mask"),
    )


@functools.cache
def dilated_mask():
    """The brain mask grown by MASK_MARGIN_MM.

    Returns
    -------
    Volume
        0 or 1.
    """
    mask = template()[1]
    grown = ndimage.binary_dilation(mask.data > 0.5, iterations=MASK_MARGIN_MM)
    return Volume(grown.astype(np.float32), mask.affine, "ICBM152 brain mask, dilated")
