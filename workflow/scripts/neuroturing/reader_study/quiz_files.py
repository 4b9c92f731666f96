"""Write a quiz: pictures and forms for the reader, the key for the study, and read the key again."""

import os
import shutil
from pathlib import Path

import pandas as pd
from PIL import Image

from ..errors import InputError
from .answers import COLUMNS
from .draw import KEY_COLUMNS, quiz_pixels


def write_quiz(folder, key_path, key, real, created):
    """Write images/*.png, answers.csv (a blank form), training.csv (with truth) into `folder`, and the key outside it.

    Nothing in the folder tells the truth of a test image: pictures are 8-bit grey PNG of one size without metadata, written in the
    order of their names.
    """
    folder = Path(folder)
    write_pictures(folder, key["image_id"], quiz_pixels(key, real, created))
    test, training = key[key["block"] == "test"], key[key["block"] == "training"]
    write_form(folder / "answers.csv", test["image_id"])
    write_table(folder / "training.csv", training[["image_id", "truth"]], ",")
    write_table(key_path, key, "\t")


def write_pictures(folder, names, pixels):
    """Write the folder `images` anew inside `folder`: `{name}.png` for each name and its uint8 pixels, in the order of the names."""
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    partial = folder / f".partial-{os.getpid()}-images"
    partial.mkdir()
    try:
        for name, image in sorted(zip(names, pixels, strict=True), key=lambda pair: pair[0]):
            write_png(partial / f"{name}.png", image)
        shutil.rmtree(folder / "images", ignore_errors=True)
        os.replace(partial, folder / "images")
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def write_form(path, names):
    """Write a blank form with a row for each image, in the order they are to be shown."""
    write_table(path, pd.DataFrame({"image_id": names}).reindex(columns=list(COLUMNS)), ",")


def write_png(path, pixels):
    """Write uint8 pixels, shape (height, width), as an 8-bit grey PNG of header, pixels and end alone."""
    Image.fromarray(pixels).save(path, format="PNG")


def write_table(path, frame, separator):
    """Write a table under its name only when it is complete; missing values are empty."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".partial-{os.getpid()}-{path.name}")
    frame.to_csv(partial, sep=separator, index=False, lineterminator="\n")
    os.replace(partial, path)


def read_key(path, columns=KEY_COLUMNS):
    """Read the key of a quiz that has these columns. Raises InputError where it is missing, or is no such key."""
    expected, again = f"columns {', '.join(columns)}", "delete it and draw the quiz again, by draw_quiz or draw_turing_test"
    try:
        key = pd.read_csv(path, sep="\t", dtype=str, keep_default_na=False).astype({"source_index": int, "order": int})
    except FileNotFoundError as error:
        hint = "draw this reader's quiz, by draw_quiz or draw_turing_test"
        raise InputError(path, "no such file", "the key of a quiz", hint) from error
    except (KeyError, ValueError) as error:
        raise InputError(path, f"not a quiz key ({error})", expected, again) from error
    if list(key.columns) != list(columns):
        raise InputError(path, f"columns {', '.join(key.columns)}", expected, again)
    return key
