"""The one format of images: 8-bit grey pictures with a label for everything that is known of each. Everything downstream selects by label.

An image set is one `.npz` without pickled content: `images`, or the scans that turned planes are sampled from when they are asked for
(`PlaneSet`); one array for each label; `spec`, how the images were made; `seed`.

Real and created images take one path to 8 bits (`to_uint8`), and grey levels below BLACK_LEVEL are 0 in both: a network's output rarely
reaches the exact black of a scan's background, and a background of 1 instead of 0, which nobody sees, would tell the two apart. Not
stated in any of the papers.
"""

import json
import logging
import math
import os
import zipfile
from dataclasses import asdict, dataclass, field

import numpy as np

from .errors import InputError, nearest
from .geometry.planes import PlaneGrid
from .io.files import check_expansion, complete

FORMAT = "neuroturing image set 1"
LABELS = ("image", "subject", "scan", "dataset", "source", "contrast", "level", "group", "split")
TRAIN, VALIDATION, HELD_OUT = "train", "validation", "held_out"
REAL = "real"
BLACK_LEVEL = 8
_RESERVED = ("format", "images", "spec", "seed", "grid", "voxels", "start", "shape", "matrix")
_NO_LABELS = (*_RESERVED, "file", "allow_pickle")  # the last two are numpy.savez's own


def to_uint8(images):
    """Images in [-1, 1] as 8-bit grey, by the one rule that real and created images share.

    Parameters
    ----------
    images : array_like, shape (n, height, width, 1) or (n, height, width)
        Values outside [-1, 1] are clipped.

    Returns
    -------
    numpy.ndarray, uint8, shape (n, height, width)
        Levels below BLACK_LEVEL are 0.
    """
    images = np.asarray(images, np.float32)
    images = images[..., 0] if images.ndim == 4 else images
    return blackened(np.floor((np.clip(images, -1, 1) + 1) * np.float32(127.5) + np.float32(0.5)).astype(np.uint8))


def blackened(images):
    """8-bit grey with every level below BLACK_LEVEL set to 0."""
    return np.where(images < BLACK_LEVEL, np.uint8(0), images)


@dataclass(frozen=True)
class ImageSet:
    """Images in memory.

    Attributes
    ----------
    images : numpy.ndarray, uint8, shape (n, height, width)
    labels : dict of numpy.ndarray, shape (n,)
        Every one of LABELS, empty text where it does not apply, and whatever else is known of each image (section, counts_scale, …).
    spec : dict
        How the images were made, plain values.
    seed : int or None
    path : str
        Where it came from, for messages.
    """

    images: np.ndarray
    labels: dict
    spec: dict = field(default_factory=dict)
    seed: int | None = None
    path: str = "image set"

    @property
    def count(self):
        """Number of images."""
        return len(self.images)

    @property
    def size(self):
        """Height and width in pixels."""
        return self.images.shape[1:]

    def __getitem__(self, label):
        """One label of every image, shape (n,)."""
        return _label(self.labels, label, self.path)

    def take(self, indices):
        """The images with these numbers, or where a boolean array is true, with their labels."""
        indices = np.asarray(indices)
        return ImageSet(
            self.images[indices], {name: values[indices] for name, values in self.labels.items()}, self.spec, self.seed, self.path
        )

    def where(self, **conditions):
        """The images whose labels have one of the wanted values: where(group="normal", level=["BG", "COR"])."""
        return self.take(_matches(self, conditions, self.count))

    def describe(self, index):
        """Labels of one image as a dict of plain values."""
        return {name: values[index].item() for name, values in self.labels.items()}


@dataclass(frozen=True)
class PlaneSet:
    """Turned planes of scans, each sampled when it is asked for: millions of images need no room on disk.

    Attributes
    ----------
    scans : list of dict
        voxels (uint8, or another kind of unsigned whole number; black is 0, white its largest; three-dimensional), matrix (3x4: AC-PC mm,
        from the height of the central plane, to voxel index), and the labels of the scan's images.
    grid : PlaneGrid
    """

    scans: list
    grid: PlaneGrid
    spec: dict = field(default_factory=dict)
    path: str = "image set"

    @property
    def count(self):
        """Number of images: scans times images per scan; image number = scan number * images per scan + plane number."""
        return len(self.scans) * self.grid.count

    @property
    def size(self):
        """Height and width in pixels."""
        return self.grid.size, self.grid.size

    def __getitem__(self, label):
        """One label of every scan, shape (scans,)."""
        labels = [name for name in self.scans[0] if name not in ("voxels", "matrix")] if self.scans else LABELS
        if label not in labels:
            raise InputError(self.path, f"no label '{label}'", f"labels {', '.join(labels)}", nearest(label, labels))
        return np.array([scan[label] for scan in self.scans])

    def where(self, **conditions):
        """The scans whose labels have one of the wanted values."""
        chosen = _matches(self, conditions, len(self.scans))
        return PlaneSet([scan for scan, wanted in zip(self.scans, chosen, strict=True) if wanted], self.grid, self.spec, self.path)

    def describe(self, index):
        """Labels and pose of one image as a dict of plain values."""
        scan = self.scans[index // self.grid.count]
        pose = {key: value[0].item() for key, value in self.grid.pose(index % self.grid.count).items()}
        return {name: value for name, value in scan.items() if name not in ("voxels", "matrix")} | pose


def _label(labels, name, path):
    if name not in labels:
        raise InputError(path, f"no label '{name}'", f"labels {', '.join(labels)}", nearest(name, labels))
    return labels[name]


def _matches(images, conditions, count):
    """Boolean array of length `count`: which images have, for every label, one of the wanted values."""
    chosen = np.ones(count, bool)
    for name, wanted in conditions.items():
        values = images[name]
        wanted = [wanted] if np.ndim(wanted) == 0 else list(wanted)
        missing = [value for value in wanted if value not in values.tolist()] if count else []
        if missing and len(missing) == len(wanted):
            found, hint = f"no image with {name} '{missing[0]}'", nearest(missing[0], np.unique(values))
            raise InputError(images.path, found, "a label that images have", hint)
        if missing:
            # A cohort need not have everything that a study takes.
            logging.warning("%s: no image with %s '%s'; the others are taken.", images.path, name, "', '".join(map(str, missing)))
        chosen &= np.isin(values, wanted)
    return chosen


def select(images, where=None, side="all"):
    """The images whose labels fit, of one side of the split.

    Parameters
    ----------
    images : ImageSet or PlaneSet
    where : dict, optional
        A wanted value, or a list of them, for each label.
    side : str
        train, held_out or all.

    Returns
    -------
    ImageSet or PlaneSet

    Raises
    ------
    InputError
        No such image.
    """
    chosen = images.where(**(where or {}))
    if chosen.count and side != "all":
        if side not in chosen["split"]:
            hint = "set split: {held_out: 0.2} in the study, or lower it where a group has few subjects"
            raise InputError(images.path, f"no {side} image{_said(where)}", "subjects on both sides of the split", hint)
        chosen = chosen.where(split=side)
    if not chosen.count:
        hint = "look at the labels in the log of the rule cut, and change where, or add such scans"
        raise InputError(images.path, f"no image{_said(where)}", "one at least", hint)
    return chosen


def _said(where):
    return f" with {', '.join(f'{name} {wanted}' for name, wanted in where.items())}" if where else ""


def make_labels(count, **known):
    """Labels of `count` images: one value for all, or one each; every one of LABELS that is not given is empty."""
    labels = dict.fromkeys(LABELS, "") | known
    return {name: np.array([value] * count if np.ndim(value) == 0 else value) for name, value in labels.items()}


def write_imageset(path, images):
    """Write an ImageSet or a PlaneSet; the same content gives the same bytes. InputError where a label has the name of something else."""
    labels = set(images.scans[0]) - {"voxels", "matrix"} if isinstance(images, PlaneSet) else set(images.labels)
    taken = sorted(labels.intersection(_NO_LABELS))
    if taken:
        raise InputError(path, f"a label '{taken[0]}'", "another name", "rename that column of the table of labels")
    arrays = {"format": FORMAT, "spec": json.dumps(images.spec | {"black_level": BLACK_LEVEL}, sort_keys=True)}
    if isinstance(images, PlaneSet):
        voxels = [scan["voxels"] for scan in images.scans]
        sizes = [part.size for part in voxels]
        arrays |= {
            "grid": json.dumps(asdict(images.grid)),
            "voxels": np.concatenate([part.ravel() for part in voxels]),
            "start": np.concatenate([[0], np.cumsum(sizes)[:-1]]).astype(np.int64),
            "shape": np.array([part.shape for part in voxels], np.int32),
            "matrix": np.array([scan["matrix"] for scan in images.scans]),
        }
        arrays |= {name: images[name] for name in images.scans[0] if name not in ("voxels", "matrix")}
    else:
        arrays |= {"images": images.images, **images.labels}
        arrays |= {} if images.seed is None else {"seed": images.seed}
    write_arrays(path, arrays, compressed=not isinstance(images, PlaneSet))


def read_imageset(path):
    """Read what `write_imageset` wrote.

    Returns
    -------
    ImageSet or PlaneSet

    Raises
    ------
    InputError
        No such file; damaged; pickled content; another format or one of an earlier version; labels that do not fit the images.
    """
    arrays = read_arrays(path)
    if "format" not in arrays or str(arrays["format"]) != FORMAT:
        found = "an image set of an earlier version, or another file" if "format" not in arrays else f"format '{arrays['format']}'"
        raise InputError(
            path, found, f"format '{FORMAT}'", "delete it and run the pipeline again; images made elsewhere are named under images:"
        )
    try:
        return _from_arrays(path, arrays)
    except InputError:
        raise
    # Arrays that do not fit each other give one of many exceptions.
    except Exception as error:
        found = f"arrays that are no image set ({type(error).__name__}: {error})"
        raise InputError(path, found, f"format '{FORMAT}'", "delete it and run the pipeline again") from error


def _from_arrays(path, arrays):
    """The image set of an archive's arrays."""
    spec = json.loads(str(arrays["spec"]))
    labels = {name: values for name, values in arrays.items() if name not in _RESERVED}
    count = len(arrays["images"] if "images" in arrays else arrays["start"])
    for name in (*LABELS, *labels):
        if name not in labels or labels[name].shape != (count,):
            found = f"label '{name}' of shape {labels[name].shape}" if name in labels else f"no label '{name}'"
            raise InputError(path, found, f"one value for each of {count}", "delete it and run the pipeline again")
    if "images" in arrays:
        check_images(path, arrays["images"])
        return ImageSet(arrays["images"], labels, spec, int(arrays["seed"]) if "seed" in arrays else None, str(path))
    stored = json.loads(str(arrays["grid"]))
    grid = PlaneGrid(**{key: tuple(value) if isinstance(value, list) else value for key, value in stored.items()})
    scans = []
    for k, (start, shape) in enumerate(zip(arrays["start"], arrays["shape"], strict=True)):
        voxels = arrays["voxels"][start : start + np.prod(shape, dtype=np.int64)].reshape(shape)
        scans.append({"voxels": voxels, "matrix": arrays["matrix"][k], **{name: values[k].item() for name, values in labels.items()}})
    return PlaneSet(scans, grid, spec, str(path))


def write_arrays(path, arrays, compressed=True):
    """Write arrays by name as an `.npz` archive, the same bytes for the same content; what would need pickle is refused.

    As `numpy.savez`, which on a full disk leaves an archive open that complains of it later, in the midst of other things.
    """
    method = zipfile.ZIP_DEFLATED if compressed else zipfile.ZIP_STORED
    with complete(path) as partial, zipfile.ZipFile(partial, "w", method) as archive:
        for name, values in arrays.items():
            with archive.open(f"{name}.npy", "w", force_zip64=True) as stream:
                np.lib.format.write_array(stream, np.asanyarray(values), allow_pickle=False)


def read_arrays(path):
    """Every array of an `.npz` archive; nothing in it is ever executed. Raises InputError where it cannot be read."""
    try:
        with np.load(path, allow_pickle=False) as archive:
            if not isinstance(archive, np.lib.npyio.NpzFile):
                raise ValueError("a single array")
            check_expansion(path, _claimed(archive), os.path.getsize(path))
            return {name: archive[name] for name in archive.files}
    except InputError:
        raise
    except FileNotFoundError as error:
        raise InputError(path, "no such file", "an .npz archive of images", "run the rule that writes it") from error
    # A damaged archive gives one of many exceptions.
    except Exception as error:
        hint = "delete it and run the pipeline again; an archive made elsewhere must hold plain arrays, without pickled objects"
        raise InputError(path, f"not readable as .npz ({error})", "an .npz archive of images", hint) from error


def _claimed(archive):
    """Bytes that the arrays of an archive take, by their own headers and by its list of contents: the larger of each."""
    sizes = []
    for member in archive.zip.infolist():
        with archive.zip.open(member) as stream:
            version = np.lib.format.read_magic(stream)
            shape, _, dtype = (np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0)(stream)
        sizes.append(max(member.file_size, math.prod(shape) * dtype.itemsize))
    return sum(sizes)


def check_images(path, images):
    """Raise InputError unless an array is uint8 of shape (n, height, width) and holds an image."""
    if images.dtype != np.uint8 or images.ndim != 3 or not images.size:
        found = f"images of type {images.dtype} and shape {images.shape}"
        raise InputError(path, found, "uint8 of shape (n, height, width)", "8-bit grey levels without a channel axis")
