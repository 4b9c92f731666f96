"""The stack of real slices of a study, and the training sets that are cells of it."""

import json
import logging

import numpy as np

from ..errors import InputError, nearest
from ..slices.sections import write_stack
from .masks import NoSectionError
from .quantify import quantify_image

LABELS = ("subject", "pattern", "level", "name", "counts_scale")
SCALINGS = ("image_maximum", "global")
# Not stated in the abstract: chosen because left/right differences of healthy brains reach about 3 %.
PHYSIOLOGICAL = 0.03


def check_slice(picture, scan, level):
    """See that a slice can be measured, before any model is trained on it, and that a defect lies where the cohort table says.

    Parameters
    ----------
    picture : numpy.ndarray, shape (height, width)
        Counts, as `levels.cut_level` gives.
    scan : dict
        Row of the cohort: spect, scan, side.
    level : str

    Raises
    ------
    InputError
        No brain section in the slice.
    """
    try:
        ratio = quantify_image(picture)["lr_ratio"]
    except NoSectionError as error:
        hint = "look at its levels picture: is the plane inside the head? give another height in the cohort table, or leave the level out"
        raise InputError(scan["spect"], f"at level {level} {error}", "an axial slice of a perfused brain", hint) from error
    away = {"left": ratio, "right": 1 / ratio}.get(scan["side"], 0)
    # The cerebellum opposite to a defect may lose counts too (crossed diaschisis).
    if level != "CER" and away > 1 + PHYSIOLOGICAL:
        text = "%s: side %s in the cohort table, but left/right is %.3f at %s: is the side wrong, or the image flipped?"
        logging.warning(text, scan["scan"], scan["side"], ratio, level)


def scaled(pictures, scaling):
    """Pictures of counts as 8-bit grey.

    Parameters
    ----------
    pictures : numpy.ndarray, float32, shape (n, height, width)
        Counts, none negative.
    scaling : str
        `image_maximum`: the brightest pixel of each picture becomes 255; `global`: the brightest of all. Not stated in the abstract of
        Werner et al. 2022: the first is the default because counts follow dose and time as much as perfusion.

    Returns
    -------
    images : numpy.ndarray, uint8, shape (n, height, width)
    counts_scale : numpy.ndarray, float64, shape (n,)
        Counts per grey level.

    Raises
    ------
    InputError
        Unknown scaling.
    """
    if scaling not in SCALINGS:
        raise InputError("config: scaling", f"'{scaling}'", f"one of {', '.join(SCALINGS)}", nearest(scaling, SCALINGS))
    white = pictures.max(axis=(1, 2)).astype(float)
    if scaling == "global":
        white[:] = white.max()
    grey = np.floor(pictures / white[:, None, None].astype(np.float32) * np.float32(255) + np.float32(0.5))
    return np.clip(grey, 0, 255).astype(np.uint8), white / 255


def write_slices(path, images, labels, spec):
    """Write slices in the form that the training stage opens (see `slices.stack.StackSource`), whole or not at all.

    Parameters
    ----------
    path : path
        .npz
    images : numpy.ndarray, uint8, shape (n, size, size)
    labels : dict
        LABELS and `scan`, each of length n.
    spec : dict
        Settings the slices were cut with.
    """
    # To the training stage a slice is an axial section of a scan; its level stands where other studies have the sequence.
    known = {"sequence": labels["level"], "section": np.zeros(len(images), int)}
    write_stack(path, images, known | labels, {"plane": "axial"} | spec)


def select(path, pattern, levels):
    """Rows of a stack that have one pattern and one of some levels.

    Returns
    -------
    images : numpy.ndarray, uint8, shape (n, size, size)
    labels : dict
    spec : dict
        That of the stack, with `pattern` and `levels`.

    Raises
    ------
    InputError
        No such slice.
    """
    with np.load(path) as archive:
        rows = (archive["pattern"] == pattern) & np.isin(archive["level"], levels)
        if not rows.any():
            found = f"no {pattern} slice at {', '.join(levels)}"
            raise InputError(path, found, "one at least", "leave this data set out of the study, or add such scans to the cohort table")
        labels = {name: archive[name][rows] for name in (*LABELS, "scan")}
        return archive["images"][rows], labels, json.loads(str(archive["spec"])) | {"pattern": pattern, "levels": list(levels)}
