"""The ICBM152 template that ships inside nilearn, and where its commissures are. World coordinates are RAS millimetres.

mni_icbm152_tal_nlin_sym_09a (Fonov et al., NeuroImage 2011;54:313): brain-extracted, exactly symmetric about x = 0.
"""

import functools
from pathlib import Path

import nibabel
import nilearn
import numpy as np
from scipy import ndimage

from ..io.volumes import Volume

# Centres of the commissures as placed by the AFIDs project on MNI152NLin2009bSym (Lau et al., Hum Brain Mapp 2019;40:4163). The template is
# exactly symmetric, so the placed x of -0.12 and 0.14 mm are set to 0: kept, they would turn every scan by half a degree.
AC = (0.0, 2.552, -4.817)
PC = (0.0, -25.124, -2.096)

MASK_MARGIN_MM = 3  # lets a registration see the dark rim round the brain, and keeps a whole head's skull out
BRAIN_LEVEL = 0.2  # of the T1 map's maximum: the threshold of nilearn's load_mni152_brain_mask
_FILES = {"t1": "t1", "grey": "gm", "white": "wm"}


@functools.cache
def template(name):
    """One map of the template on its 1 mm grid; nothing is downloaded.

    The files are read as nilearn's own loaders read them; importing these takes longer than most rules have to do.

    Parameters
    ----------
    name : str
        t1: T1-weighted average; grey, white: share of grey and of white matter; mask: the brain.

    Returns
    -------
    Volume
        0 to 1; the mask 0 or 1.
    """
    if name == "mask":
        t1 = template("t1")
        return Volume((t1.data > BRAIN_LEVEL).astype(np.float32), t1.affine, "ICBM152 brain mask")
    file = Path(nilearn.__file__).parent / f"datasets/data/mni_icbm152_{_FILES[name]}_tal_nlin_sym_09a_converted.nii.gz"
    image = nibabel.load(file)
    data = np.asarray(image.dataobj).astype(np.float32)
    return Volume(data / data.max(), np.array(image.affine, float), f"ICBM152 {name}")


@functools.cache
def dilated_mask():
    """The brain mask grown by MASK_MARGIN_MM.

    Returns
    -------
    Volume
        0 or 1.
    """
    mask = template("mask")
    grown = ndimage.binary_dilation(mask.data > 0.5, iterations=MASK_MARGIN_MM)
    return Volume(grown.astype(np.float32), mask.affine, "ICBM152 brain mask, dilated")
