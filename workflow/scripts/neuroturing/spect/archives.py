"""Read archives of images, read and write tables."""

import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from ..errors import InputError
from .quantify import COLUMNS, PATTERNS, SOURCES

TEXT = ("image", "source", "pattern", "level", "subject", "note")


@dataclass(frozen=True)
class RealImages:
    """Real slices and what is known of them; arrays of length n, `images` uint8 of shape (n, height, width)."""

    images: np.ndarray
    subject: np.ndarray
    pattern: np.ndarray
    level: np.ndarray
    name: np.ndarray
    counts_scale: np.ndarray


def read_real(path):
    """Read the archive of real slices.

    Raises
    ------
    InputError
        An array is missing or of another length, or two images have the same name.
    """
    arrays = _read(path, RealImages.__dataclass_fields__)
    count = len(arrays["images"])
    for name, array in arrays.items():
        if len(array) != count:
            raise InputError(path, f"{len(array)} values of '{name}' for {count} images", "one for each image", "write the archive anew")
    names, times = np.unique(arrays["name"], return_counts=True)
    if np.any(times > 1):
        found = f"{times.max()} images named '{names[times.argmax()]}'"
        raise InputError(path, found, "a name of its own for each image", "rename them in the cohort table")
    text = {name: arrays[name].astype(str) for name in ("subject", "pattern", "level", "name")}
    return RealImages(arrays["images"], counts_scale=arrays["counts_scale"].astype(float), **text)


def read_created(path):
    """Images, uint8, shape (n, height, width), of an archive of created slices."""
    return _read(path, ["images"])["images"]


def _read(path, names):
    path = Path(path)
    if not path.exists():
        raise InputError(path, "no such file", "an archive of images (.npz)", "has its rule run?")
    try:
        with np.load(path, allow_pickle=False) as archive:
            lacking = [name for name in names if name not in archive.files]
            arrays = {} if lacking else {name: archive[name] for name in names}
    except Exception as error:
        raise InputError(path, f"not readable ({error})", "an archive of images (.npz)", "delete it and run the pipeline anew") from error
    if lacking:
        raise InputError(path, f"no array '{lacking[0]}'", ", ".join(names), "was it written by this pipeline?")
    if arrays["images"].ndim != 3:
        raise InputError(path, f"images of shape {arrays['images'].shape}", "(n, height, width)", "grey-level images have no channel axis")
    return arrays


def read_quantification(path):
    """Read the table that `spect_quantify` wrote, and check its names."""
    # Empty text stays empty text: an unknown level or subject is not a number that is missing.
    numbers = {name: [""] for name in COLUMNS if name not in TEXT}
    table = pd.read_csv(path, sep="\t", dtype=dict.fromkeys(TEXT, str), keep_default_na=False, na_values=numbers)
    lacking = [name for name in COLUMNS if name not in table.columns]
    if lacking:
        raise InputError(path, f"no column '{lacking[0]}'", ", ".join(COLUMNS), "was it written by this pipeline?")
    for column, known in (("source", SOURCES), ("pattern", PATTERNS)):
        strange = sorted(set(table[column]) - set(known))
        if strange:
            raise InputError(path, f"{column} '{strange[0]}'", f"one of {', '.join(known)}", "was the table changed by hand?")
    return table


def write_table(path, table, digits=6):
    """Write a table as TSV, numbers to so many significant digits, under its name only when it is complete."""
    write_text(path, table.to_csv(sep="\t", index=False, float_format=f"%.{digits}g", lineterminator="\n"))


def write_text(path, text):
    """Write UTF-8 text under its name only when it is complete."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".partial-{os.getpid()}-{path.name}")
    partial.write_text(text, encoding="utf-8")
    os.replace(partial, path)
