"""What a generator was trained on: images and subjects of each side of the split, and where a picture lies in a head."""

import json
import zipfile

import numpy as np

from ..errors import InputError
from ..geometry.planes import PlaneGrid
from ..imageset import HELD_OUT, TRAIN

# Directions of rows (downwards) and columns (to the right) of a picture, RAS, as the cuts make it.
DIRECTIONS = {
    "axial": ((0, -1, 0), (-1, 0, 0)),
    "coronal": ((0, 0, -1), (-1, 0, 0)),
    "sagittal": ((0, 0, -1), (0, -1, 0)),
}
TURNED = ("planes", "levels")
# Where files of a user's machine lie is not the card's business.
PATHS = ("images", "labels")


def read_data(path, where):
    """Numbers of images and subjects of a data set; its pixels are not read.

    Parameters
    ----------
    path : path
        Image set of the cut that the data set is of, pictures or turned planes.
    where : dict
        Wanted values by label.

    Returns
    -------
    dict
        sides: for train and held_out images, scans, subjects, and groups (subjects by group); contrasts; spec, how the images were made.

    Raises
    ------
    InputError
        Not an image set.
    """
    try:
        with np.load(path, allow_pickle=False) as archive:
            labels = {name: archive[name] for name in {"subject", "scan", "split", "group", "contrast", *where}}
            spec, each = json.loads(str(archive["spec"])), 1
            if "grid" in archive.files:
                stored = json.loads(str(archive["grid"]))
                each = PlaneGrid(**{key: tuple(value) if isinstance(value, list) else value for key, value in stored.items()}).count
    except (OSError, ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile) as error:
        raise InputError(path, f"not readable ({error})", "an image set", "delete it and run the pipeline again") from error
    chosen = np.ones(len(labels["split"]), bool)
    for name, wanted in where.items():
        chosen &= np.isin(labels[name], wanted)
    sides = {side: _counts(labels, chosen & (labels["split"] == side), each) for side in (TRAIN, HELD_OUT)}
    return {
        "sides": sides,
        "contrasts": sorted(set(labels["contrast"][chosen].tolist()) - {""}),
        "spec": {key: value for key, value in spec.items() if key not in PATHS},
    }


def _counts(labels, mask, each):
    """Images, scans, subjects and subjects by group where a boolean array is true."""
    groups = {}
    for group, subject in zip(labels["group"][mask].tolist(), labels["subject"][mask].tolist(), strict=True):
        groups.setdefault(group, set()).add(subject)
    return {
        "images": int(mask.sum()) * each,
        "scans": len(set(labels["scan"][mask].tolist())),
        "subjects": len(set(labels["subject"][mask].tolist())),
        "groups": {group: len(groups[group]) for group in sorted(groups)},
    }


def geometry(spec):
    """Plane of a cut's pictures, and edge length of a pixel in mm; None where a cut does not say it.

    Sections are scaled in height and width each by itself, so that their pixels have no one size.

    Returns
    -------
    dict
        plane (a name in DIRECTIONS), pixel_mm.
    """
    if spec.get("rule") in TURNED:
        return {"plane": "axial", "pixel_mm": spec["field_mm"] / spec["size"]}
    return {"plane": spec.get("plane") if spec.get("plane") in DIRECTIONS else None, "pixel_mm": None}
