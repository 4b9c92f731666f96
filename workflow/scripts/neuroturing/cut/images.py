"""Images that exist already: a folder of 8-bit grey PNG or of NIfTI slices, or an `.npz` archive; real ones, or made by another program.

PNG and archives keep their grey levels. Values of NIfTI slices have no common scale, so each slice is windowed by itself: its lowest value
is black, the 99.5th percentile of what lies above is white. NIfTI slices are turned by their header as the pipeline's own sections are (see
`sections`); one without orientation is shown as it is stored, the first axis to the right and the second up.
"""

import gzip
import io
import logging
import os
from dataclasses import replace
from pathlib import Path

import nibabel
import numpy as np
from PIL import Image

from ..cohort.pseudonyms import under_pseudonyms
from ..cohort.split import HELD_OUT, TRAIN, VALIDATION, split_subjects
from ..config.types import Field, Options
from ..errors import InputError, nearest
from ..imageset import FORMAT, LABELS, REAL, ImageSet, blackened, check_images, make_labels, read_arrays, read_imageset
from ..io.files import read_table
from ..io.volumes import Volume
from .files import AGAIN, CONVERT, GREY_PNG, RESIZE, image_ending, image_files
from .sections import AXES, turn_upright, upright_pictures

LEAST_SIZE = 16
MOST_BYTES = 2**26
WHITE_PERCENTILE = 99.5
NIFTI_2 = (b"\x1c\x02\0\0", b"\0\0\x02\x1c")  # first four bytes
SIDES = (TRAIN, VALIDATION, HELD_OUT)
# What the pipeline itself says of an image.
OWN_LABELS = ("source", "dataset")


class Options(Options):
    """Images that exist already."""

    images: str = Field(min_length=1, description="path of a folder of PNG (8-bit grey) or NIfTI slices, or of an .npz with `images`")
    labels: str | None = Field(
        None,
        min_length=1,
        description="path of a tab-separated table: image (file name), and any of subject, scan, contrast, level, group, split, ...",
    )


def cut(rows, aligned, spec, split):
    """The images as they are, with what a table says of them; `rows` and `aligned` are not used.

    Parameters
    ----------
    split : dict
        The study's shares of subjects, held_out and validation, with the seed; empty where none is kept from training. A label `split` goes
        before it: who trained elsewhere knows on whom.

    Returns
    -------
    ImageSet

    Raises
    ------
    InputError
        What `read_images` refuses; a label `split` that is no side, or that puts one subject on two.
    """
    images = read_images(spec["images"], spec.get("labels"))
    if not spec.get("labels") and len(set(images["subject"].tolist())) == images.count:
        logging.warning("%s: no subjects are named; each image is taken for a subject of its own.", spec["images"])
    return ImageSet(images.images, images.labels | {"split": _sides(images, split)}, {"rule": "images"}, path=images.path)


def _sides(images, split):
    """Which side each image's subject is on."""
    subjects, given = images["subject"].tolist(), images["split"].tolist()
    if any(given):
        sides = {}
        for subject, side in zip(subjects, given, strict=True):
            if side not in SIDES:
                raise InputError(images.path, f"split '{side}' of subject {subject}", f"one of {', '.join(SIDES)}", "fill in every line")
            if sides.setdefault(subject, side) != side:
                raise InputError(
                    images.path, f"subject {subject} on two sides of the split", "one side for each subject", "correct the table"
                )
        return np.array(given)
    rows = [{"subject": subject, "group": group} for subject, group in zip(subjects, images["group"].tolist(), strict=True)]
    sides = split_subjects(rows, split or "none", split.get("seed"))
    return np.array([sides[subject] for subject in subjects])


def under_numbers(images, cohort, table):
    """Images with numbers for the names of subjects, scans and files, in the order of these; other labels stay as they are.

    Parameters
    ----------
    images : ImageSet
    cohort : str
        What the table calls them.
    table : path
        See `cohort.pseudonyms`.

    Returns
    -------
    ImageSet
    """
    names = zip(images["subject"].tolist(), images["scan"].tolist(), strict=True)
    rows = under_pseudonyms([{"subject": subject, "scan": scan, "number": k} for k, (subject, scan) in enumerate(names)], cohort, table)
    known = {name: np.array([row[name] for row in rows]) for name in ("subject", "scan")}
    known["image"] = np.array([f"{k:05d}" for k in range(len(rows))])
    images = images.take([row["number"] for row in rows])
    return replace(images, labels=images.labels | known)


def read_images(path, labels=None):
    """Read images and what is known of them.

    Parameters
    ----------
    path : path
        A folder of .png, .nii or .nii.gz files, or an `.npz` with an array `images`, uint8 of shape (n, height, width); further arrays of
        length n are labels.
    labels : path, optional
        Tab-separated table with a line for each image: `image` is the file's name, with or without its ending, or in an archive without an
        array `image` the image's number from 0; other columns are labels. Without `subject` each image is a subject of its own.

    Returns
    -------
    ImageSet
        In the order of file names; `source` is "real".

    Raises
    ------
    InputError
        Names the file at fault: not readable, in colour, 16-bit, with an alpha channel, of another size than the others, smaller than 16
        pixels; a folder without images; a table that does not fit.
    """
    path = Path(path)
    names, images, known = _read_folder(path) if os.path.isdir(path) else _read_archive(path)
    if min(images.shape[1:]) < LEAST_SIZE:
        found = "images of {} x {} pixels".format(*images.shape[1:])
        raise InputError(path, found, f"at least {LEAST_SIZE} x {LEAST_SIZE}", "are these thumbnails?")
    if labels:
        known |= _read_labels(labels, names)
    subject = known.get("subject", names)
    known = {"subject": subject, "scan": subject} | known | {"image": names, "source": REAL, "dataset": ""}
    return ImageSet(blackened(images), make_labels(len(names), **known), {}, path=str(path))


def _read_folder(folder):
    """Names, images uint8 (n, height, width) and no labels of a folder's files."""
    images = image_files(folder)
    files = [file for file in sorted(folder.iterdir()) if file.is_file() and not file.name.startswith(".")]
    other = [file.name for file in files if file not in images and file.suffix.lower() not in (".tsv", ".csv", ".txt", ".json", ".md")]
    if other:
        logging.warning("%s: %d files are neither PNG nor NIfTI and are left out, %s first.", folder, len(other), other[0])
    names, pictures = {}, []
    for file, ending in images.items():
        name = file.name[: -len(ending)]
        if name in names:
            raise InputError(file, f"the name of {names[name].name}", "a name of its own for each image", "rename one")
        names[name] = file
        picture = _read_png(file) if ending == ".png" else _read_slice(file, ending)
        if pictures and picture.shape != pictures[0].shape:
            found = "{} x {} pixels".format(*picture.shape)
            expected = "{} x {}, as {}".format(*pictures[0].shape, next(iter(images)).name)
            raise InputError(file, found, expected, RESIZE)
        pictures.append(picture)
    return list(names), np.stack(pictures), {}


def _read_png(file):
    """Pixels of an 8-bit grey PNG."""
    try:
        with Image.open(file, formats=["PNG"]) as image:
            kind = {"L": "", "1": "1 bit a pixel", "LA": "an alpha channel", "RGBA": "colour and an alpha channel"}.get(image.mode)
            if kind is None:
                kind = "16 bits a pixel" if image.mode.startswith("I") else "colour"
            kind = "an alpha channel" if not kind and "transparency" in image.info else kind
            kind = "several frames" if not kind and getattr(image, "n_frames", 1) > 1 else kind
            pixels = None if kind else np.asarray(image)
    # Pillow gives a damaged file one of many exceptions.
    except Exception as error:
        raise InputError(file, f"not readable as PNG ({error})", GREY_PNG, AGAIN) from error
    if kind:
        raise InputError(file, kind, GREY_PNG, CONVERT)
    return pixels


def _read_slice(file, ending):
    """A single NIfTI slice as 8-bit grey, upright and windowed."""
    image, data = _load_slice(file, ending)
    if not np.isfinite(data).all() or data.min() == data.max():
        raise InputError(file, "NaN, infinite values, or one value alone", "an image", "look at it in a viewer")
    black = float(data.min())
    white = float(np.percentile(data[data > black], WHITE_PERCENTILE))
    grey = np.clip((data - black) * (255 / (white - black)) + 0.5, 0, 255).astype(np.uint8)
    if image.header["sform_code"] <= 0 and image.header["qform_code"] <= 0:
        return np.squeeze(grey).T[::-1].copy()
    upright = turn_upright(Volume(grey, np.asarray(image.affine, float), str(file))).data
    plane = next(name for name, axis in AXES.items() if upright.shape[axis] == 1)
    return upright_pictures(upright, plane)[0].copy()


def _load_slice(file, ending):
    """NIfTI image of a single slice, and its values, float32, three-dimensional."""
    expected = "a single NIfTI slice"
    try:
        with (gzip.open if ending == ".nii.gz" else open)(file, "rb") as stream:
            # To the end, where gzip's checksum stands.
            content = stream.read(MOST_BYTES + 1)
        kind = nibabel.Nifti2Image if content[:4] in NIFTI_2 else nibabel.Nifti1Image
        image = kind.from_stream(io.BytesIO(content))
        shape = (*image.shape, 1, 1)[: max(3, len(image.shape))]
        single = sorted(shape)[:-2] == [1] * (len(shape) - 2) and sorted(shape)[-2] > 1
        # The header alone says how much is read, so it is held against the file first.
        whole = np.prod(shape) * image.get_data_dtype().itemsize <= len(content) <= MOST_BYTES
        data = (
            np.asarray(image.dataobj, np.float32).reshape(shape[:3]) if single and whole and shape[3:] == (1,) * (len(shape) - 3) else None
        )
    # nibabel gives a damaged file one of many exceptions.
    except Exception as error:
        raise InputError(file, f"not readable as NIfTI ({error})", expected, "is it complete? copy or convert it anew") from error
    if data is None:
        found = f"shape {image.shape} in a file of {len(content):,} bytes"
        raise InputError(file, found, expected, "split volumes into slices, or name them in a cohort table; is the file complete?")
    return image, data


def _read_archive(path):
    """Names, images and labels of an `.npz`: an image set of the pipeline, or plain arrays."""
    if path.suffix.lower() != ".npz":
        hint = "convert the images to 8-bit grey PNG in one folder"
        raise InputError(
            path, "no folder, and no .npz" if os.path.exists(path) else "no such folder or file", "a folder of images, or an .npz", hint
        )
    arrays = read_arrays(path)
    if str(arrays.get("format", "")) == FORMAT:
        images = read_imageset(path)
        if not isinstance(images, ImageSet):
            raise InputError(path, "turned planes that are not sampled", "images", "name a set of drawn images, real/{dataset}.npz")
        return images["image"].tolist(), images.images, {name: images[name] for name in images.labels if name not in ("image", *OWN_LABELS)}
    if "images" not in arrays:
        raise InputError(
            path,
            f"arrays {', '.join(arrays) or 'none'}",
            "an array named images",
            nearest("images", arrays or ["none"]),
        )
    images = arrays.pop("images")
    images = images[..., 0] if images.ndim == 4 and images.shape[-1] == 1 else images
    check_images(path, images)
    count = len(images)
    known = {name: values for name, values in arrays.items() if values.shape == (count,) and values.dtype.kind in "Uiufb"}
    names = [str(name) for name in known.pop("image", np.arange(count)).tolist()]
    if len(set(names)) < count:
        raise InputError(path, "an image's name twice", "a name of its own for each image", "leave the array image out, or make it unique")
    text = {name: values.astype(str) if name in LABELS else values for name, values in known.items() if name not in OWN_LABELS}
    return names, images, text


def _read_labels(path, names):
    """Columns of a table of labels in the order of `names`, arrays of text."""
    table = read_table(path, ["image"])
    stems = {}
    for name in table["image"].tolist():
        stem = name[: -len(image_ending(name))] if image_ending(name) else name
        if stem in stems:
            raise InputError(path, f"image '{name}' twice", "a line for each image", "delete one")
        if stem not in names:
            raise InputError(path, f"image '{name}', which is not there", "the name of a file", nearest(stem, names))
        stems[stem] = len(stems)
    missing = [name for name in names if name not in stems]
    if missing:
        raise InputError(
            path, f"no line for image '{missing[0]}' ({len(missing)} in all)", "a line for each image", "add it, or move the file away"
        )
    refused = [name for name in table.columns if name in OWN_LABELS]
    if refused:
        raise InputError(path, f"column '{refused[0]}'", "what is known of the images", "delete it: the study says it")
    order = [stems[name] for name in names]
    columns = {name: table[name].to_numpy(str)[order] for name in table.columns if name != "image"}
    if "subject" in columns and np.any(columns["subject"] == ""):
        raise InputError(path, f"no subject for image '{names[int(np.argmax(columns['subject'] == ''))]}'", "a name", "fill the cell")
    return columns
