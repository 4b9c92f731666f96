"""Images as files of other programs: NIfTI, PNG, or the pipeline's own .npz."""

import gzip
from pathlib import Path

import nibabel
import numpy as np

from ..errors import InputError
from ..geometry.frames import plane_affine
from ..imageset import write_imageset
from ..io.files import complete, write_png, write_table
from .data import DIRECTIONS

ENDINGS = {"nifti": ".nii.gz", "png": ".png", "npz": ".npz"}


def check_target(path, form):
    """Where images may be written, with every part of its name; InputError where that would overwrite something, or is no such place."""
    path = Path(path).resolve()
    if form == "npz":
        if path.suffix.lower() != ENDINGS["npz"]:
            raise InputError(path, f"a name that ends in '{path.suffix}'", "a file that ends in .npz", "png and nifti take a folder")
        if path.exists():
            raise InputError(path, "a file or folder that is there already", "a new name", "name another, or delete it")
    elif path.exists() and not path.is_dir():
        raise InputError(path, "a file", "a folder, new or empty", "name another")
    elif path.is_dir() and any(path.iterdir()):
        raise InputError(path, "a folder that is not empty", "a folder, new or empty", "name another, or empty it")
    return path


def write_images(path, images, form, data):
    """Write images, all or none.

    Parameters
    ----------
    path : pathlib.Path
        From `check_target`: a file for npz, otherwise a folder, in which images.tsv says what each file is.
    images : ImageSet
    form : str
        In ENDINGS.
    data : dict
        plane and pixel_mm, either of them None where it is not known.
    """
    if form == "npz":
        write_imageset(path, images)
        return
    names = [f"{name}{ENDINGS[form]}" for name in images["image"].tolist()]
    with complete(path) as partial:
        partial.mkdir(parents=True)
        for name, pixels in zip(names, images.images, strict=True):
            if form == "png":
                write_png(partial / name, pixels)
            else:
                (partial / name).write_bytes(nifti(pixels, data))
        rows = [{"image": name, "created_from_seed": images.seed, "number": k} for k, name in enumerate(names)]
        write_table(partial / "images.tsv", rows)


def nifti(pixels, data):
    """One picture as a gzipped NIfTI-1 file, the same bytes for the same picture.

    Parameters
    ----------
    pixels : numpy.ndarray, uint8, shape (height, width)
    data : dict
        plane: where front, left and top are is then in the header (sform and qform), with the middle of the picture at 0 mm; None: both
        codes are 0, "not known", and the first axis runs to the right, the second upwards, as viewers show it. pixel_mm: None is 1, without
        a unit.

    Returns
    -------
    bytes
        uint8, shape (width, height, 1).
    """
    pixel = data.get("pixel_mm") or 1.0
    if data.get("plane") in DIRECTIONS:
        down, right = DIRECTIONS[data["plane"]]
        affine = plane_affine((0, 0, 0), down, right, pixels.shape, pixel)[:, [1, 0, 2, 3]]
        image = nibabel.Nifti1Image(np.ascontiguousarray(pixels.T[:, :, None]), affine)
        image.set_sform(affine, code=1)
        image.set_qform(affine, code=1)
    else:
        image = nibabel.Nifti1Image(np.ascontiguousarray(pixels[::-1].T[:, :, None]), None)
        image.header.set_zooms((pixel, pixel, pixel))
    if data.get("pixel_mm"):
        image.header.set_xyzt_units("mm")
    return gzip.compress(image.to_bytes(), mtime=0)
