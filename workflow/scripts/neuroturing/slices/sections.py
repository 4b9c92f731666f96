"""Sections of a volume along an anatomical axis, as Han 2018 and MIRU 2017 cut them: a range of numbers, resized to a square.

The papers number sections #0 to #239 and do not say from which side. Chosen because the files of BraTS themselves count so:
from the patient's right (sagittal), from the front (coronal), from below (axial). The numbers follow the header, never the
array order: a volume stored the other way round is turned, by exchanging and reversing axes, before it is counted.

Pictures show the nose on the left and the top of the head up (sagittal), the patient's right on the left and the top of the
head up (coronal), or the patient's right on the left and the front up (axial).
"""

import json
import logging
import os
from pathlib import Path

import numpy as np
from nibabel import orientations
from PIL import Image

from ..errors import InputError
from ..volumes import Volume, resample

AXES = {"sagittal": 0, "coronal": 1, "axial": 2}
DIRECTIONS = {"sagittal": "left and right", "coronal": "front and back", "axial": "bottom and top"}
PUBLISHED_SHAPE = (240, 240, 155)
GRID_TOLERANCE_MM = 0.1
WINDOW_PERCENT = (0.5, 99.5)


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


def background(data):
    """The value around the head: the most frequent one on the six faces of the array."""
    faces = [np.moveaxis(data, axis, 0)[end].ravel() for axis in range(3) for end in (0, -1)]
    values, counts = np.unique(np.concatenate(faces), return_counts=True)
    return float(values[np.argmax(counts)])


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
        "register the sequences of a subject first, or set resample_to_t1: true if they only lie on different grids",
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
            f"set first and last of the data set within 0 and {count - 1}",
        )


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
    # Each section as rows by columns: up runs upwards in sagittal and coronal pictures, back runs downwards in axial ones.
    stack = np.moveaxis(levels, AXES[plane], 0)[first : last + 1].transpose(0, 2, 1)
    if plane != "axial":
        stack = stack[:, ::-1]
    squares = [Image.fromarray(np.ascontiguousarray(section)).resize((size, size), Image.Resampling.BILINEAR) for section in stack]
    return np.floor(np.clip(np.stack(squares), 0, 1) * np.float32(255) + np.float32(0.5)).astype(np.uint8)


def write_stack(path, images, labels, spec):
    """Write images and what they show as one file, under its name only when it is complete.

    Parameters
    ----------
    path : path
        .npz
    images : numpy.ndarray, uint8, shape (n, size, size)
    labels : dict of sequence, each of length n
        subject, scan, sequence, section.
    spec : dict
        Settings the images were cut with.
    """
    path = Path(path)
    partial = path.with_name(f".partial-{os.getpid()}-{path.name}")
    with open(partial, "wb") as stream:
        arrays = {name: np.array(values) for name, values in labels.items()}
        np.savez(stream, kind="stack", images=images, spec=json.dumps(spec), **arrays)
    os.replace(partial, path)
    logging.info("%s: %d images, %.0f MB", path.name, len(images), images.nbytes / 1e6)
