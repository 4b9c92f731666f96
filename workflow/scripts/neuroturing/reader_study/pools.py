"""The real and the created images that a reader study draws from."""

import zipfile
from dataclasses import dataclass

import numpy as np

from ..errors import InputError


@dataclass
class Pool:
    """Images of one kind that may be drawn.

    Attributes
    ----------
    images : numpy.ndarray, uint8, shape (n, height, width)
    scan, subject : numpy.ndarray of str, shape (n,)
        Empty strings where an image belongs to nobody, as a created one does.
    path : str
        The archive, for messages.
    sequence : numpy.ndarray of str, shape (n,)
        The MRI sequence of each image (t1, t1c, t2, flair), where the archive tells; empty strings elsewhere.
    """

    images: np.ndarray
    scan: np.ndarray
    subject: np.ndarray
    path: str
    sequence: np.ndarray | None = None

    def __post_init__(self):
        if self.sequence is None:
            self.sequence = np.full(len(self.images), "")


def read_real(path):
    """Read an archive of real images: `images`, `subject`, `scan`, and `sequence` where it is there. Raises InputError."""
    arrays = _read(path, ("images", "scan", "subject"), ("sequence",))
    for name in arrays.keys() - {"images"}:
        if arrays[name].shape != (len(arrays["images"]),):
            found, expected = f"'{name}' of shape {arrays[name].shape}", f"one for each of {len(arrays['images'])} images"
            raise InputError(path, found, expected, "write the archive anew")
    labels = {name: values.astype(str) for name, values in arrays.items() if name != "images"}
    return Pool(arrays["images"], path=str(path), **labels)


def read_created(path):
    """Read an archive of created images: `images`. Raises InputError where it is missing or unfit."""
    images = _read(path, ("images",))["images"]
    nobody = np.full(len(images), "")
    return Pool(images, nobody, nobody, str(path))


def read_pools(real, created):
    """Both pools, of one image size (a size that differs would tell the truth). Raises InputError."""
    real, created = read_real(real), read_created(created)
    if real.images.shape[1:] != created.images.shape[1:]:
        raise InputError(
            created.path,
            f"images of {created.images.shape[1:]} pixels",
            f"the size of the real ones, {real.images.shape[1:]}",
            "real and created images must look alike to a reader but for their content: sample them from one data set",
        )
    return real, created


def _read(path, names, optional=()):
    """Named arrays of an .npz archive, and those of the optional ones that it holds; `images` checked."""
    try:
        with np.load(path, allow_pickle=False) as archive:
            missing = [name for name in names if name not in archive]
            if missing:
                found, hint = f"no array '{missing[0]}'", f"the archive holds {', '.join(archive.files) or 'nothing'}"
                raise InputError(path, found, f"arrays {', '.join(names)}", hint)
            arrays = {name: archive[name] for name in (*names, *optional) if name in archive}
    except InputError:
        raise
    except FileNotFoundError as error:
        raise InputError(path, "no such file", "an .npz archive of images", "run the rule that samples them") from error
    except (OSError, EOFError, TypeError, ValueError, zipfile.BadZipFile) as error:
        hint = "delete it and run the pipeline again"
        raise InputError(path, f"not readable as .npz ({error})", "an .npz archive of images", hint) from error
    images = arrays["images"]
    if images.dtype != np.uint8 or images.ndim != 3 or not images.size:
        found = f"images of type {images.dtype} and shape {images.shape}"
        raise InputError(path, found, "uint8 of shape (n, height, width)", "write the archive anew")
    return arrays
