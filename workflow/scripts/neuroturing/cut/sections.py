"""Sections of a volume along an anatomical axis, as Han 2018 and MIRU 2017 cut them: a range of numbers, resized to a square.

The papers number sections #0 to #239 and do not say from which side. Chosen because the files of BraTS themselves count so:
from the patient's right (sagittal), from the front (coronal), from below (axial). The numbers follow the header, never the
array order: a volume stored the other way round is turned, by exchanging and reversing axes, before it is counted.

Pictures show the nose on the left and the top of the head up (sagittal), the patient's right on the left and the top of the
head up (coronal), or the patient's right on the left and the front up (axial).
"""

import logging
from typing import Literal

import numpy as np
from nibabel import orientations
from PIL import Image

from ..config.types import Field, Options, model_validator
from ..errors import InputError
from ..geometry.frames import resample
from ..imageset import ImageSet, blackened
from ..io.volumes import Volume, read_volume
from .contrast import background, swapped_pairs
from .labels import image_name, scan_labels

AXES = {"sagittal": 0, "coronal": 1, "axial": 2}
DIRECTIONS = {"sagittal": "left and right", "coronal": "front and back", "axial": "bottom and top"}
GRID_TOLERANCE_MM = 0.1
WINDOW_PERCENT = (0.5, 99.5)


class Options(Options):
    """Sections of upright volumes along one axis."""

    plane: Literal["sagittal", "coronal", "axial"] = Field(description="sagittal, coronal or axial")
    first: int = Field(ge=0, description="first section, counted from 0 at the patient's right, front, or below")
    last: int = Field(ge=0, description="last section")
    size: int = Field(ge=16, le=1024, description="height and width of an image in pixels")
    resample: bool = Field(False, description="true puts contrasts of another grid on that of the first, where they would be refused")

    @model_validator(mode="after")
    def _holds_a_section(self):
        if self.first > self.last:
            raise ValueError(f"first {self.first} at most last {self.last}: swap them")
        return self


def cut(rows, aligned, spec, split):
    """The sections of each contrast of each scan, each contrast scaled by itself.

    Returns
    -------
    ImageSet
        With the label `section`.

    Raises
    ------
    InputError
        A scan that cannot be used; grids of a scan's contrasts that differ; sections outside a volume.
    """
    plane, first, last, size = (spec[key] for key in ("plane", "first", "last", "size"))
    sections = range(first, last + 1)
    images = np.empty((sum(len(row["images"]) for row in rows) * len(sections), size, size), np.uint8)
    labels, shapes = [], {}
    for row in rows:
        for contrast, volume in read_upright(row, spec.get("resample", False)).items():
            check_range(volume, plane, first, last)
            done = len(labels)
            images[done : done + len(sections)] = cut_sections(grey_levels(volume), plane, first, last, size)
            shapes[row["scan"]] = volume.data.shape
            for section in sections:
                name = image_name(row, contrast, f"{section:03d}")
                labels.append(scan_labels(row, contrast, split, image=name, section=section))
    report(shapes, images)
    return ImageSet(
        blackened(images), {name: np.array([label[name] for label in labels]) for name in labels[0]}, {"rule": "sections", **spec}
    )


def read_upright(row, resampled):
    """Volumes of one scan by contrast, on the grid of the first, turned upright, with a warning where two look swapped.

    Parameters
    ----------
    row : dict
        Of the cohort: scan, images.
    resampled : bool

    Returns
    -------
    dict of Volume
    """
    volumes = {name: turn_upright(read_volume(path)) for name, path in row["images"].items()}
    first = next(iter(volumes.values()))
    volumes = {name: on_grid_of(first, volume, resampled) for name, volume in volumes.items()}
    pairs = swapped_pairs({name: volume.data for name, volume in volumes.items()})
    if pairs:
        logging.warning(
            "Scan %s: are files swapped in the table? By their contrast %s. Look at %s.",
            row["scan"],
            "; ".join(f"{one} and {other} stand for each other" for one, other in pairs),
            ", ".join(row["images"][name] for name in dict.fromkeys(name for pair in pairs for name in pair)),
        )
    return volumes


def report(shapes, images):
    """Warn of what a look at the images would show: scans on different grids, and empty images."""
    most = max(set(shapes.values()), key=list(shapes.values()).count)
    other = [scan for scan, shape in shapes.items() if shape != most]
    if other:
        grid = " x ".join(map(str, most))
        text = "%d of %d scans, %s first, are not on the grid of most, %s voxels: section numbers mean other places there."
        logging.warning(text, len(other), len(shapes), other[0], grid)
    empty = len(images) - int(np.count_nonzero(images.any(axis=(1, 2))))
    if empty:
        logging.warning("%d of %d images are empty: the range reaches beyond the brain.", empty, len(images))


def turn_upright(volume):
    """Exchange and reverse the axes of a volume so that they run to the left, the back and the top; nothing is interpolated.

    Returns
    -------
    Volume
        Axes nearest to LPS by the header's affine; the world position of every voxel is as before.
    """
    turn = orientations.ornt_transform(orientations.io_orientation(volume.affine), orientations.axcodes2ornt("LPS"))
    affine = volume.affine @ orientations.inv_ornt_aff(turn, volume.data.shape)
    return Volume(orientations.apply_orientation(volume.data, turn), affine, volume.path)


def on_grid_of(reference, volume, resampled=False):
    """A volume on the voxel grid of another, both turned upright.

    Parameters
    ----------
    reference, volume : Volume
    resampled : bool
        Sample a volume on another grid anew (trilinear), where it would be refused.

    Returns
    -------
    Volume

    Raises
    ------
    InputError
        The grids differ in shape, or by more than 0.1 mm at a corner.
    """
    shape, other = reference.data.shape, volume.data.shape
    corners = np.array([[i, j, k, 1] for i in (0, shape[0] - 1) for j in (0, shape[1] - 1) for k in (0, shape[2] - 1)])
    apart = np.linalg.norm((corners @ (volume.affine - reference.affine).T)[:, :3], axis=1).max()
    if shape == other and apart <= GRID_TOLERANCE_MM:
        return volume
    if resampled:
        data = resample(volume, reference.affine, shape, outside=background(volume.data))
        return Volume(data, reference.affine, volume.path)
    raise InputError(
        volume.path,
        f"{' x '.join(map(str, other))} voxels, a corner {apart:.1f} mm off" if shape == other else f"{' x '.join(map(str, other))} voxels",
        f"the grid of {reference.path}, {' x '.join(map(str, shape))} voxels",
        "register the contrasts of a scan first, or set resample: true in the cut if they only lie on different grids",
    )


def grey_window(volume):
    """Values that become black and white, the same for all sections of a scan.

    How images were scaled is not stated in Han 2018. Chosen because MR intensities have no unit, and because a vessel full of
    contrast medium must not darken the brain: white is the 99.5th percentile of what is not background. Black is the
    background; but the brain's 0.5th percentile where the background lies inside the brain's range (scans standardised to mean
    0) or further below it than the brain's whole range (a marker such as -9999).

    Returns
    -------
    black, white : float

    Raises
    ------
    InputError
        Nearly all of the head has one value.
    """
    around = background(volume.data)
    low, high = np.percentile(volume.data[volume.data != around], WINDOW_PERCENT)
    if not high > low:
        raise InputError(
            volume.path, f"hardly any value but {around:g} and {low:g}", "an image of the brain", "is this a mask? look at it in a viewer"
        )
    return (around if 2 * low - high <= around <= low else float(low)), float(high)


def grey_levels(volume):
    """A scan scaled to its window, float32 in [0, 1]; background is 0."""
    black, white = grey_window(volume)
    level = np.clip((volume.data - np.float32(black)) / np.float32(white - black), 0, 1)
    level[volume.data == background(volume.data)] = 0
    return level


def check_range(volume, plane, first, last):
    """Raise InputError unless a volume that was turned upright holds the sections `first` to `last`."""
    count = volume.data.shape[AXES[plane]]
    if not 0 <= first <= last < count:
        raise InputError(
            volume.path,
            f"{count} {plane} sections, #0 to #{count - 1} between {DIRECTIONS[plane]}",
            f"sections #{first} to #{last}",
            f"set first and last of the cut within 0 and {count - 1}",
        )


def upright_pictures(data, plane):
    """Sections of an array (left, back, up), shape (n, rows, columns): up runs upwards, or in axial ones back downwards."""
    stack = np.moveaxis(data, AXES[plane], 0).transpose(0, 2, 1)
    return stack if plane == "axial" else stack[:, ::-1]


def cut_sections(levels, plane, first, last, size):
    """Sections of a scan as square 8-bit pictures; height and width are scaled each by itself, as in the papers.

    The filter is not stated: chosen because a triangle as wide as the reduction (Pillow's bilinear) avoids aliasing without the
    bright rims that sharper filters draw along the edge of an extracted brain.

    Parameters
    ----------
    levels : numpy.ndarray, float32, shape (left, back, up)
        In [0, 1], turned upright.
    plane : str
        sagittal, coronal or axial.
    first, last : int
        Numbers of the first and the last section, both included.
    size : int
        Height and width in pixels.

    Returns
    -------
    numpy.ndarray, uint8, shape (last - first + 1, size, size)
    """
    stack = upright_pictures(levels, plane)[first : last + 1]
    squares = [Image.fromarray(np.ascontiguousarray(section)).resize((size, size), Image.Resampling.BILINEAR) for section in stack]
    return np.floor(np.clip(np.stack(squares), 0, 1) * np.float32(255) + np.float32(0.5)).astype(np.uint8)
