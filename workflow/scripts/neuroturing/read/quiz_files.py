"""A quiz on disk: the images it is drawn from, pictures and forms for the reader, the key for the study."""

import hashlib
from dataclasses import replace
from pathlib import Path

import pandas as pd

from ..errors import InputError
from ..imageset import REAL, ImageSet, read_imageset
from ..io.files import complete, read_table, write_png, write_table
from .answers import COLUMNS
from .design import KEY_COLUMNS, TEST, TRAINING
from .pictures import as_shown


def read_pools(real, created):
    """The real and the created images of each block.

    Parameters
    ----------
    real, created : list of path
        Image sets in the order of the blocks; one may be named several times.

    Returns
    -------
    list of (ImageSet, ImageSet)
        As a reader is shown them (`pictures.as_shown`), people and model observers alike.

    Raises
    ------
    InputError
        Unreadable; turned planes, which are no pictures yet; created images among the real ones or real among the created; sizes that
        differ, which would tell the truth.
    """
    sets = {str(path): _read_pictures(path) for path in {*map(str, real), *map(str, created)}}
    pools = [(sets[str(one)], sets[str(other)]) for one, other in zip(real, created, strict=True)]
    for one, other in pools:
        for kind, pool, fits in (("real", one, one["source"] == REAL), ("created", other, other["source"] != REAL)):
            if not fits.all():
                found, hint = f"{(~fits).sum()} of {pool.count} images of the other kind", "are two paths exchanged?"
                raise InputError(pool.path, found, f"{kind} images alone, by the label 'source'", hint)
        if one.size != other.size:
            hint = "real and created images must look alike to a reader but for their content: create images of the data set's own size"
            raise InputError(other.path, f"images of {other.size} pixels", f"the size of the real ones, {one.size}", hint)
    return pools


def _read_pictures(path):
    images = read_imageset(path)
    if not isinstance(images, ImageSet):
        raise InputError(path, "planes that are not sampled yet", "images", "draw real images from the data set first")
    return replace(images, images=as_shown(images.images))


def quiz_name(reader, key, pixels):
    """A name for this very quiz: the hash of its reader and of its images under their names, in their order. Never a number in a sheet."""
    digest = hashlib.sha256(f"{reader}/{'/'.join(key['image_id'])}/".encode())
    for image in pixels:
        digest.update(f"{image.shape}".encode() + image.tobytes())
    return f"quiz-{digest.hexdigest()[:16]}"


def file_hash(path):
    """What `sha256sum` gives for a file, with the name of the method before it."""
    return f"sha256:{hashlib.sha256(Path(path).read_bytes()).hexdigest()}"


def write_quiz(images, form, training, key_path, key, pixels):
    """Write the folder of pictures, the blank form and the practice cases' truth for the reader, and the key outside.

    What the reader gets tells no truth of a test image: pictures are 8-bit grey PNG without metadata, stored and not compressed, so that
    all of one size have one length, and are written in the order of their names.

    Parameters
    ----------
    images, form, training, key_path : path
    key : pandas.DataFrame
        From `design.draw_quiz`.
    pixels : list of numpy.ndarray
        From `design.quiz_pixels`.
    """
    with complete(images) as partial:
        partial.mkdir()
        for name, picture in sorted(zip(key["image_id"], pixels, strict=True), key=lambda pair: pair[0]):
            write_png(partial / f"{name}.png", picture)
    test, practice = key[key["block"] == TEST], key[key["block"] == TRAINING]
    write_table(form, pd.DataFrame({"image_id": test["image_id"]}).reindex(columns=list(COLUMNS)), separator=",")
    write_table(training, practice[["image_id", "truth"]], separator=",")
    write_table(key_path, key)


def read_key(path):
    """Read the key of a quiz. Raises InputError where it is missing, or is no such key."""
    try:
        key = read_table(path, KEY_COLUMNS)
        return key.astype({"source_index": int, "order": int, "part": int})
    except (ValueError, OverflowError) as error:
        found = f"{error.found}" if isinstance(error, InputError) else f"text in a column of numbers ({error})"
        raise InputError(
            path, found, f"the key of a quiz, columns {', '.join(KEY_COLUMNS)}", "draw this reader's quiz anew, by draw_quiz"
        ) from error
