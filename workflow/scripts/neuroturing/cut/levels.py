"""Axial levels of perfusion scans: one picture of each level, sampled once from the raw scan where the align stage placed it."""

import logging
from typing import Literal

import numpy as np

from ..config.types import Field, Options
from ..errors import InputError
from ..geometry.frames import plane_affine, resample
from ..imageset import ImageSet, blackened
from ..io.counts import read_scan
from .labels import image_name, scan_labels


class Options(Options):
    """Axial levels of perfusion scans."""

    size: int = Field(ge=16, le=1024, description="height and width of an image in pixels")
    field_mm: float = Field(ge=50, le=500, description="height and width of the field of view, mm")
    scaling: Literal["image_maximum", "global"] = Field(
        description="image_maximum (each image's brightest pixel is white) or global (that of all images of its contrast)"
    )


def cut(rows, aligned, spec, split):
    """The levels of each scan that the align stage placed.

    Returns
    -------
    ImageSet
        With the labels `counts_scale`, counts per grey level, and `side`, of a defect by the cohort table.

    Raises
    ------
    InputError
        A scan that cannot be read or has no levels; a level without counts.
    """
    pictures, labels = [], []
    for row, record in zip(rows, aligned, strict=True):
        if not record or not record.get("planes"):
            hint = "rule: levels needs align: {rule: levels, ...} in the study"
            raise InputError(f"scan {row['scan']}", "no levels", "levels placed by the align stage", hint)
        for contrast, path in row["images"].items():
            volume, _ = read_scan(path)
            for level, plane in record["planes"].items():
                pictures.append(cut_level(volume, plane, spec["size"], spec["field_mm"]))
                if pictures[-1].max() <= 0:
                    hint = "look at its levels picture: is the plane inside the head? give another height in the cohort table"
                    raise InputError(path, f"no counts at level {level}", "an axial slice of a perfused brain", hint)
                # A scan that is named after its one level does not name it twice.
                parts = [] if row["scan"].endswith(f"_{level}") else [level]
                known = {"image": image_name(row, contrast, *parts), "level": level, "side": row.get("side") or ""}
                labels.append(scan_labels(row, contrast, split, **known))
    arrays = {name: np.array([label[name] for label in labels]) for name in labels[0]}
    images, arrays["counts_scale"] = scaled(np.stack(pictures), spec["scaling"], arrays["contrast"])
    logging.info("%d images of %d scans", len(images), len(rows))
    return ImageSet(blackened(images), arrays, {"rule": "levels", **spec})


def cut_level(volume, plane, size, field_mm):
    """Sample one level once from the raw scan, trilinear.

    Parameters
    ----------
    volume : Volume
    plane : dict
        centre (world mm), posterior and left (unit vectors, the picture's down and right).
    size : int
    field_mm : float

    Returns
    -------
    numpy.ndarray, float32, shape (size, size)
        Counts; 0 outside the scan. Front at the top, patient's left on the right (radiological view).
    """
    affine = plane_affine(plane["centre"], plane["posterior"], plane["left"], size, field_mm / size)
    return resample(volume, affine, (size, size, 1))[:, :, 0]


def scaled(pictures, scaling, contrast):
    """Pictures of counts as 8-bit grey.

    Parameters
    ----------
    pictures : numpy.ndarray, float32, shape (n, height, width)
        Counts, none negative.
    scaling : str
        `image_maximum`: the brightest pixel of each picture becomes 255; `global`: the brightest of all of its contrast. Not stated in the
        abstract of Werner et al. 2022: the first is the default because counts follow dose and time as much as perfusion.
    contrast : numpy.ndarray of str, shape (n,)

    Returns
    -------
    images : numpy.ndarray, uint8, shape (n, height, width)
    counts_scale : numpy.ndarray, float64, shape (n,)
        Counts per grey level.
    """
    white = pictures.max(axis=(1, 2)).astype(float)
    if scaling == "global":
        for name in np.unique(contrast):
            white[contrast == name] = white[contrast == name].max()
    grey = np.floor(pictures / white[:, None, None].astype(np.float32) * np.float32(255) + np.float32(0.5))
    return np.clip(grey, 0, 255).astype(np.uint8), white / 255
