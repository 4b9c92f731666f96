"""Read and check NIfTI and MetaImage volumes, and write NIfTI. World coordinates are RAS millimetres."""

import io
import math
import os
import zlib
from dataclasses import dataclass
from pathlib import Path

import nibabel
import numpy as np
from nibabel.openers import Opener

from ..errors import InputError
from .files import check_expansion, complete
from .meta_image import open_meta_image

LPS = np.diag([-1.0, -1.0, 1.0, 1.0])  # of ITK's files and images, from RAS
MAX_VOXEL_MM = 10.0
MAX_VOXELS = 2**29  # a head at 0.35 mm; what claims more is a damaged header, or no head
META_IMAGE = (".mha", ".mhd")
DEFLATE_RATIO = 1032  # the most that DEFLATE can make of one byte
BLOCK, MAX_TAIL = 1 << 24, 1 << 16  # bytes read at a time; bytes that may follow an image


@dataclass
class Volume:
    """A three-dimensional image in the world.

    Attributes
    ----------
    data : numpy.ndarray, float32, shape (i, j, k)
    affine : numpy.ndarray, float64, shape (4, 4)
        Voxel index to world RAS mm.
    path : str
        Where it came from, for messages.
    """

    data: np.ndarray
    affine: np.ndarray
    path: str = "volume"

    @property
    def voxel_mm(self):
        """Edge lengths of a voxel in mm, shape (3,)."""
        return np.linalg.norm(self.affine[:3, :3], axis=0)


def read_volume(path):
    """Read one NIfTI-1, NIfTI-2 or MetaImage (.mha, .mhd) volume and check that it can be used.

    Returns
    -------
    Volume
        Scaled to its stored units; a fourth axis of length 1 is dropped; array order and orientation as in the file.

    Raises
    ------
    InputError
        Missing, truncated or other file; not three-dimensional; unusable geometry (no orientation in the header, singular or
        non-finite affine, voxels of no or negative size or over 10 mm); NaN, infinite, empty or constant values.
    """
    path = Path(path)
    if not os.path.exists(path):
        raise InputError(path, "no such file", "a NIfTI or MetaImage file", "check the path in the cohort table or the folder")
    data, affine = (_read_meta_image if path.suffix.lower() in META_IMAGE else _read_nifti)(path)
    if data.dtype.kind == "c" or data.dtype.names:
        raise InputError(
            path, f"values of type {data.dtype}", "integers or floating-point numbers", "store the magnitude as a scalar image"
        )
    data = np.asarray(data, dtype=np.float32)
    check_values(path, data)
    return Volume(data, affine, str(path))


def _read_nifti(path):
    """Values as stored and affine of a NIfTI file."""
    try:
        image = nibabel.load(path)
        if not isinstance(image, (nibabel.Nifti1Image, nibabel.Nifti2Image, nibabel.Nifti1Pair)):
            raise InputError(path, f"a file of type {type(image).__name__}", "NIfTI-1 or NIfTI-2", "convert it, with dcm2niix or 3D Slicer")
    except InputError:
        raise
    except Exception as error:
        raise InputError(
            path, f"not readable as NIfTI ({error})", "NIfTI-1 or NIfTI-2, plain or .gz", "is it complete? copy or convert it anew"
        ) from error
    affine = _check_nifti_geometry(path, image)
    return stored_values(path, image).reshape(image.shape[:3]), affine


def stored_values(path, image):
    """Values of a NIfTI file that nibabel has opened, scaled to its units.

    A compressed file is read to its end, where its checksum stands, and no further than its header asks for.

    Parameters
    ----------
    path : path
        For messages.
    image : nibabel.Nifti1Image, Nifti2Image or Nifti1Pair

    Returns
    -------
    numpy.ndarray

    Raises
    ------
    InputError
        The header asks for more than the file can hold, or for more than a head has; the file is truncated or damaged, or goes on.
    """
    file = Path(image.file_map["image"].filename)
    header = _stored_header(image)
    count = int(np.prod(image.shape, dtype=object))
    needed = int(header.get_data_offset()) + count * header.get_data_dtype().itemsize
    _check_size(path, count, needed, file.stat().st_size, _ratio(file))
    try:
        if _ratio(file) == 1:
            return np.asanyarray(image.dataobj)
        content, tail = _unpacked(file, needed)
    except Exception as error:
        hint = "the file is probably truncated or was damaged on its way: copy it anew"
        raise InputError(path, f"image data cannot be read ({error})", f"{count} values", hint) from error
    if tail > MAX_TAIL:
        found = f"a compressed file that goes on after the {needed} bytes that its header asks for"
        raise InputError(path, found, "one image", "the header is damaged, or this is another kind of file: convert the scan anew")
    return header.data_from_fileobj(content)


def _ratio(file):
    """How many bytes of an image one byte of a file can stand for; None where that has no bound."""
    return {".gz": DEFLATE_RATIO, ".bz2": None, ".zst": None}.get(file.suffix.lower(), 1)


def _stored_header(image):
    """The header as it stands in the file: nibabel mends bad voxel sizes, and forgets offset and scale, while loading."""
    with Opener(image.file_map["header" if "header" in image.file_map else "image"].filename) as stream:
        return type(image.header).from_fileobj(stream, check=False)


def _check_size(path, count, needed, held, ratio, place=""):
    """Raise InputError where a header asks for more than a file can hold, or more than a head has, before any memory is taken.

    Parameters
    ----------
    path : path
    count, needed : int
        Voxels, and bytes, that the header asks for.
    held : int
        Bytes of the file.
    ratio : float, optional
        How many bytes one byte of the file can stand for; None where that has no bound.
    place : str
        Where the data are, for the message.
    """
    if count > MAX_VOXELS:
        found = f"{count} voxels"
        raise InputError(path, found, f"at most {MAX_VOXELS}", "is the header damaged? a whole head has some ten million")
    if ratio is not None and needed > held * ratio:
        found = f"image data missing or truncated{place}: the header asks for {needed} bytes, {held} are there"
        raise InputError(path, found, f"{count} values", "copy the file anew, with its raw file where it has one; or its header is damaged")
    check_expansion(path, count * np.dtype(np.float32).itemsize, held)


def _unpacked(file, needed):
    """The first `needed` bytes of a compressed file as a stream, and how many follow (counted up to one block)."""
    content = bytearray()
    with Opener(file) as stream:
        while len(content) < needed:
            block = stream.read(min(BLOCK, needed - len(content)))
            if not block:
                raise EOFError(f"{len(content)} of {needed} bytes")
            content += block
        tail = len(stream.read(BLOCK))
    return io.BytesIO(content), tail


def _read_meta_image(path):
    """Values and affine of a MetaImage file."""
    image = open_meta_image(path)
    _check_shape(path, image.shape)
    affine = _check_affine(path, LPS @ image.affine)
    count = math.prod(image.shape)
    _check_size(path, count, image.needed, image.held, DEFLATE_RATIO if image.packed else 1, f" {image.place}")
    try:
        return image.values(), affine
    except (OSError, EOFError, ValueError, zlib.error) as error:
        found = f"image data missing or truncated or damaged {image.place} ({error})"
        raise InputError(path, found, f"{count} values", "copy the file anew, with its raw file where it has one") from error


def _check_shape(path, shape):
    """Raise InputError unless there are three dimensions of at least two voxels."""
    if len(shape) > 3:
        raise InputError(path, f"{np.prod(shape[3:])} volumes, shape {shape}", "one volume", "split it and name the volume that you mean")
    if len(shape) < 3 or min(shape) < 2:
        raise InputError(
            path, f"shape {shape}", "three dimensions of at least two voxels", "single slices and empty images cannot be reoriented"
        )


def _check_nifti_geometry(path, image):
    """Affine of an image whose shape, voxel sizes and orientation can be used."""
    shape = image.shape
    _check_shape(path, shape[:3] if len(shape) > 3 and np.prod(shape[3:]) == 1 else shape)
    header = _stored_header(image)
    sizes = np.asarray(header["pixdim"][1:4], float)
    if not np.all(np.isfinite(sizes)) or np.any(sizes <= 0):
        raise InputError(path, f"voxel sizes {sizes.tolist()} mm", "positive numbers", "the header is damaged: convert the scan anew")
    if header["sform_code"] <= 0 and header["qform_code"] <= 0:
        raise InputError(
            path,
            "neither an sform nor a qform (both codes are 0)",
            "a header that says where left, front and top are",
            "convert from DICOM anew, or set the orientation in 3D Slicer",
        )
    return _check_affine(path, np.asarray(image.affine, float))


def _check_affine(path, affine):
    """The affine, where it is finite and regular and its voxels are no larger than a brain image's."""
    if not np.all(np.isfinite(affine)):
        raise InputError(path, "an affine with NaN or infinite entries", "finite numbers", "the header is damaged: convert the scan anew")
    voxel = np.linalg.norm(affine[:3, :3], axis=0)
    if np.any(voxel <= 0) or abs(np.linalg.det(affine[:3, :3])) < 1e-3 * np.prod(voxel):
        raise InputError(path, "a singular affine (axes of zero length or in one plane)", "three independent axes", "convert the scan anew")
    if np.any(voxel > MAX_VOXEL_MM):
        raise InputError(
            path, f"voxels of {voxel.round(2).tolist()} mm", f"at most {MAX_VOXEL_MM:g} mm", "is the unit wrong, or is this a localiser?"
        )
    return affine


def check_values(path, data):
    """Raise InputError where an array holds NaN, infinities, or one value only."""
    bad = int(data.size - np.count_nonzero(np.isfinite(data)))
    if bad:
        raise InputError(
            path, f"{bad} NaN or infinite voxels of {data.size}", "finite values", "mask the background with 0 before, and look at the scan"
        )
    low, high = float(data.min()), float(data.max())
    if low == high:
        raise InputError(path, f"every voxel is {low:g}", "an image", "the scan is empty or constant: look at it in a viewer")


def write_volume(path, data, affine, dtype=np.float32):
    """Write NIfTI-1 (gzipped by name) with sform and qform set, and no text of any input in its header.

    Parameters
    ----------
    path : path
    data : array_like, shape (i, j, k)
    affine : array_like, shape (4, 4)
        Voxel index to world RAS mm.
    dtype : type
        Of the file; values are stored as they are, without a scale.
    """
    image = nibabel.Nifti1Image(np.asarray(data, dtype), affine)
    image.set_sform(affine, code=1)
    image.set_qform(affine, code=1, strip_shears=True)
    image.header.set_xyzt_units("mm")
    with complete(path) as partial:
        nibabel.save(image, partial)
