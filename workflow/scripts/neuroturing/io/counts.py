"""Read SPECT scans and single slices, and check that their values are counts. World coordinates are RAS millimetres."""

import logging
from pathlib import Path

import nibabel
import numpy as np

from ..errors import InputError
from .volumes import MAX_VOXEL_MM, Volume, check_values, read_volume, stored_values

# Not stated: chosen because noise hardly ever gives two voxels the very highest value, and a detector or a file that overflowed gives many.
SATURATED_SHARE, SATURATED_LEAST = 0.005, 8
LEAST_OBLIQUITY = 0.7  # cosine: a slice within 45 degrees of the axial plane


def read_scan(path):
    """Read a SPECT volume, or a file that holds a single slice, with its counts checked.

    Parameters
    ----------
    path : path
        NIfTI in any orientation, byte order and scaling.

    Returns
    -------
    volume : Volume
        Counts, none negative. A single slice is repeated to three, of which the middle one is where the slice was.
    single : bool
        The file holds one slice.

    Raises
    ------
    InputError
        What `volumes.read_volume` refuses; a single slice that is not axial.
    """
    single = is_single_slice(path)
    volume = read_slice(path) if single else read_volume(path)
    return Volume(as_counts(path, volume.data), volume.affine, volume.path), single


def is_single_slice(path):
    """Whether a NIfTI file holds a single slice; unreadable files do not, so that `read_volume` says what is wrong with them."""
    try:
        shape = nibabel.load(path).shape
    except Exception:
        return False
    return len(shape) == 2 or (sorted(shape[:3])[0] == 1 and int(np.prod(shape)) > max(shape))


def read_slice(path):
    """Read a single axial slice as a volume of three equal ones, the middle one in its place.

    Returns
    -------
    Volume
        As `volumes.read_volume` gives, array order and orientation as in the file.

    Raises
    ------
    InputError
        No orientation in the header, a slice that is not axial or whose pixels are no or over 10 mm long, values that cannot be read, are
        no counts, not finite or all equal.
    """
    image = nibabel.load(path)
    if image.get_data_dtype().kind not in "iuf":
        raise InputError(path, f"values of type {image.get_data_dtype()}", "integers or floating-point numbers", "convert the slice")
    if image.header["sform_code"] <= 0 and image.header["qform_code"] <= 0:
        found, expected = "a slice whose header has neither an sform nor a qform", "a header that says where left and front are"
        raise InputError(path, found, expected, "cut the slice with a tool that keeps orientation, or set it in 3D Slicer")
    if len([size for size in image.shape if size > 1]) != 2:
        raise InputError(path, f"shape {image.shape}", "one slice", "split it, a file for each slice")
    axis = 2 if len(image.shape) == 2 else image.shape[:3].index(1)
    affine = np.array(image.affine, float)
    sides = [affine[:3, other] for other in range(3) if other != axis]
    normal = np.cross(*sides)
    length = float(np.linalg.norm(normal))
    if not np.isfinite(length) or length == 0:
        raise InputError(path, "a singular affine", "two independent axes in the slice", "the header is damaged: convert the slice anew")
    if max(map(np.linalg.norm, sides)) > MAX_VOXEL_MM:
        lengths = " x ".join(f"{np.linalg.norm(side):g}" for side in sides)
        raise InputError(path, f"pixels of {lengths} mm", f"at most {MAX_VOXEL_MM:g} mm", "is the header in millimetres?")
    if abs(normal[2]) < LEAST_OBLIQUITY * length:
        raise InputError(path, "a slice that is not axial", "an axial slice", "reformat the scan into axial slices first")
    # A slice may come without thickness: it gets that of its pixels.
    affine[:3, axis] = normal / length * np.sqrt(length)
    affine[:3, 3] -= affine[:3, axis]
    data = np.asarray(np.squeeze(stored_values(path, image)), np.float32)
    check_values(path, data)
    return Volume(np.repeat(np.expand_dims(data, axis), 3, axis), affine, str(path))


def as_counts(path, data):
    """Values as counts: negative ones become 0, with a warning; a warning where many voxels share the highest value.

    Reconstruction by filtered back-projection leaves small negative values round the head, which hold no activity. What is lost to
    saturation cannot be given back.

    Raises
    ------
    InputError
        No positive value.
    """
    name, highest = Path(path).name, float(data.max())
    if highest <= 0:
        raise InputError(path, f"no value above 0 (highest {highest:g})", "counts", "is the scan inverted, or a difference image?")
    negative = int(np.count_nonzero(data < 0))
    if negative:
        logging.warning("%s: %d of %d voxels are negative (lowest %g): set to 0.", name, negative, data.size, float(data.min()))
        data = np.maximum(data, 0)
    full, bright = int(np.count_nonzero(data == highest)), int(np.count_nonzero(data > highest / 2))
    if full >= SATURATED_LEAST and full > SATURATED_SHARE * bright:
        logging.warning(
            "%s: %d voxels share the highest value, %g: counts look saturated, so that mean counts and ratios come out wrong.",
            *(name, full, highest),
        )
    return data
