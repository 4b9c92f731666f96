"""A reader's answers: what the file must hold, and reading it."""

import csv
import io
import logging
import math
from collections import Counter
from pathlib import Path

import pandas as pd

from ..errors import InputError, nearest

COLUMNS = ("image_id", "answer", "confidence", "reasons", "response_ms")
WORDS = ("real", "created", "unknown")
_ALIASES = {"image": "image_id", "image id": "image_id", "id": "image_id"}


def find_answers(folder, readers):
    """The answers files in a folder, by reader; readers who have not answered are left out.

    Parameters
    ----------
    folder : str or path
        `responses/{study}`; it need not exist.
    readers : list of str

    Returns
    -------
    dict of str to pathlib.Path

    Raises
    ------
    InputError
        A CSV file named after no reader: its answers would otherwise be lost without a word.
    """
    found = {path.stem: path for path in sorted(Path(folder).glob("*.csv"))}
    for name, path in found.items():
        if name not in readers:
            raise InputError(path, f"answers of '{name}'", "a file named after a reader of the study", nearest(name, readers))
    return {name: found[name] for name in readers if name in found}


def read_answers(path, key):
    """Read and check one reader's answers.

    Separators may be commas, semicolons or tabs; a byte-order mark, blanks around a value and capitals do not matter, and an
    image may be named with or without `.png`. An image without an answer counts as `unknown`; answers to training images are left
    out. Both are warned of.

    Parameters
    ----------
    path : str or path
    key : pandas.DataFrame
        The key of this reader's quiz.

    Returns
    -------
    pandas.DataFrame
        The test rows of the key in order, with columns answer (real, created, unknown), confidence (1 to 5 or missing), reasons
        and response_ms (missing where not given).

    Raises
    ------
    InputError
        Empty file; missing columns; answers to another quiz; unknown or repeated images; a word, confidence or time that is none.
    """
    rows = _rows(path)
    _check_images(path, rows, key)
    test = key[key["block"] == "test"]
    tested = [row for row in rows if row["image_id"] in set(test["image_id"])]
    if not any(row["answer"] for row in tested):
        hint = "save the file after the test, or remove it until then"
        raise InputError(path, "no answer to a test image", f"real, created or unknown for {len(test)} images", hint)
    if len(tested) < len(rows):
        logging.warning("%s: answers to %d training images left out.", path, len(rows) - len(tested))
    answers = {row["image_id"]: _checked(path, row) for row in tested}
    blank = {"answer": "", "confidence": None, "reasons": "", "response_ms": None}
    table = pd.DataFrame([answers.get(name, blank) for name in test["image_id"]], index=test.index, columns=list(COLUMNS[1:]))
    unanswered = test["image_id"][table["answer"] == ""]
    if len(unanswered):
        logging.warning("%s: %d images have no answer and count as unknown, such as %s.", path, len(unanswered), unanswered.iloc[0])
    table["answer"] = table["answer"].replace("", "unknown")
    return test.join(table.astype({"confidence": "Int64", "response_ms": float}))


def _rows(path):
    """Rows of the file as dicts of stripped strings with the line they stand on, blank rows left out."""
    try:
        text = Path(path).read_text(encoding="utf-8-sig")
    except FileNotFoundError as error:
        raise InputError(path, "no such file", "a reader's answers", "check the folder of responses in the config") from error
    except UnicodeDecodeError as error:
        raise InputError(path, "not UTF-8 text", "a CSV file", "save it anew as 'CSV UTF-8'") from error
    first = text.split("\n", 1)[0]
    reader = csv.reader(io.StringIO(text), delimiter=max(",;\t", key=first.count))
    names = [_ALIASES.get(name.strip().lower(), name.strip().lower()) for name in next(reader, [])]
    if not any(names):
        raise InputError(path, "an empty file", f"columns {', '.join(COLUMNS)}", "copy the answers anew, or remove the file")
    _check_header(path, names)
    rows = []
    for values in reader:
        values = [value.strip() for value in values]
        if any(values[len(names) :]):
            hint = "put reasons that hold the separator in quotation marks"
            raise InputError(f"{path}, line {reader.line_num}", f"{len(values)} values", f"{len(names)}, as in the header", hint)
        if any(values):
            row = dict(zip(names, values + [""] * len(names), strict=False), line=reader.line_num)
            row["image_id"] = row["image_id"].lower().removesuffix(".png")
            rows.append(row)
    return rows


def _check_header(path, names):
    """Raise InputError unless each column is there once; further columns are left alone."""
    faults = [column for column in COLUMNS if names.count(column) != 1]
    if faults:
        strangers = [f"'{name}': {nearest(name, faults)}" for name in names if name not in COLUMNS]
        found = f"'{faults[0]}' {names.count(faults[0])} times among the columns {', '.join(names)}"
        hint = "; ".join(strangers) or "take the header of the blank form"
        raise InputError(path, found, f"the columns {', '.join(COLUMNS)}, once each", hint)


def _check_images(path, rows, key):
    """Raise InputError for images that are not of this quiz, or answered twice."""
    known = set(key["image_id"])
    unknown = [row for row in rows if row["image_id"] not in known]
    if not rows:
        raise InputError(path, "no row below the header", "a row for each image", "copy the answers anew, or remove the file")
    if len(unknown) == len(rows):
        hint = "is it another reader's, or of an earlier draw?"
        raise InputError(path, "images of another quiz, none of this reader's", f"the {len(known)} images of the key", hint)
    if unknown:
        where, found = f"{path}, line {unknown[0]['line']}", f"image '{unknown[0]['image_id']}' ({len(unknown)} such)"
        raise InputError(where, found, "an image of this quiz", "copy the names from the blank form")
    name, times = Counter(row["image_id"] for row in rows).most_common(1)[0]
    if times > 1:
        lines = ", ".join(str(row["line"]) for row in rows if row["image_id"] == name)
        found = f"image '{name}' answered {times} times"
        raise InputError(f"{path}, lines {lines}", found, "one answer an image", "keep the reader's first answer")


def _checked(path, row):
    """The values of one row, converted. Raises InputError for a word, a confidence or a time that is none."""
    where = f"{path}, line {row['line']}"
    answer = row["answer"].lower()
    if answer not in ("", *WORDS):
        raise InputError(where, f"the answer '{row['answer']}'", ", ".join(WORDS), nearest(answer, WORDS))
    confidence = _number(row["confidence"])
    if row["confidence"] and confidence not in (1, 2, 3, 4, 5):
        raise InputError(where, f"the confidence '{row['confidence']}'", "1, 2, 3, 4, 5 or nothing", "1 is a guess, 5 is certain")
    milliseconds = _number(row["response_ms"])
    if row["response_ms"] and not 0 <= milliseconds < math.inf:
        found = f"the response time '{row['response_ms']}' ms"
        raise InputError(where, found, "a number, 0 or more, or nothing", "leave it empty where it was not measured")
    return {"answer": answer, "confidence": confidence, "reasons": row["reasons"], "response_ms": milliseconds}


def _number(text):
    """The number in a text, NaN where it is none, None where there is no text."""
    try:
        return float(text) if text else None
    except ValueError:
        return math.nan
