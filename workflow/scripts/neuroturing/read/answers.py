"""A reader's answers: what the file must hold, and reading it."""

import codecs
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
# No column can be called so: names are lower case.
_LINE = "LINE"
# What a quiz and its answers bear where they come from its page.
MARKS = {"quiz_id": "quiz", "protocol_hash": "protocol"}
NOT_RECORDED = "not recorded"
_ALIASES = {"image": "image_id", "image id": "image_id", "id": "image_id"}


def read_answers(path, key):
    """Read and check one reader's answers.

    Separators may be commas, semicolons or tabs, the text UTF-8 or UTF-16 with its mark; blanks around a value and capitals do not
    matter, and an image may be named with or without `.png`. An image without an answer counts as `unknown`; answers to training images
    are left out. Both are warned of.

    Parameters
    ----------
    path : str or path
    key : pandas.DataFrame
        The key of this reader's quiz.

    Returns
    -------
    pandas.DataFrame
        The test rows of the key in order, with columns answer (real, created, unknown), confidence (1 to 5 or missing), reasons,
        response_ms (missing where not given), and the file's further columns as text; one that bears a name of the key has `_given` after
        it. quiz_id and protocol_hash are those of the file, "not recorded" where the key has them and the file has not.

    Raises
    ------
    InputError
        No text, or not UTF-8 or UTF-16; empty file; missing columns; answers to another quiz or by another protocol; unknown or repeated
        images; a word, confidence or time that is none.
    """
    rows = _rows(path)
    _check_images(path, rows, key)
    recorded = {name: _mark(path, rows, key[name].iloc[0], name) for name in MARKS if name in key}
    test = key[key["block"] == "test"]
    tested = [row for row in rows if row["image_id"] in set(test["image_id"])]
    if not any(row["answer"] for row in tested):
        hint = "save the file after the test, or remove it until then"
        raise InputError(path, "no answer to a test image", f"real, created or unknown for {len(test)} images", hint)
    if len(tested) < len(rows):
        logging.warning("%s: answers to %d training images left out.", path, len(rows) - len(tested))
    further = [name for name in rows[0] if name not in (*COLUMNS, "", _LINE, *recorded)]
    answers = {row["image_id"]: _checked(path, row) | {name: row[name] for name in further} for row in tested}
    blank = {"answer": "", "confidence": None, "reasons": "", "response_ms": None} | dict.fromkeys(further, "")
    table = pd.DataFrame([answers.get(name, blank) for name in test["image_id"]], index=test.index, columns=[*COLUMNS[1:], *further])
    table = table.rename(columns={name: f"{name}_given" for name in further if name in test})
    unanswered = test["image_id"][table["answer"] == ""]
    if len(unanswered):
        logging.warning("%s: %d images have no answer and count as unknown, such as %s.", path, len(unanswered), unanswered.iloc[0])
    table["answer"] = table["answer"].replace("", "unknown")
    return test.assign(**recorded).join(table.astype({"confidence": "Int64", "response_ms": float}))


def _mark(path, rows, expected, name):
    """The quiz or the protocol that the rows bear. Raises InputError where it is not the key's."""
    given = {row[name]: row[_LINE] for row in reversed(rows) if row.get(name)}
    if not given:
        logging.warning("%s: %s not recorded: the answers do not say which they are given to.", path, MARKS[name])
    for value, line in given.items():
        if value != expected:
            hint = f"they are of an earlier draw or another reader study: take the {MARKS[name]} of the answers, or have the quiz sat again"
            raise InputError(f"{path}, line {line}", f"answers to another {MARKS[name]}, {value}", f"{name} {expected}", hint)
    return expected if given else NOT_RECORDED


def _rows(path):
    """Rows of the file as dicts of stripped strings with the line they stand on, blank rows left out."""
    text = _text(path)
    first = text.split("\n", 1)[0]
    reader = csv.reader(io.StringIO(text), delimiter=max(",;\t", key=first.count), strict=True)
    rows = []
    try:
        names = [_ALIASES.get(name.strip().lower(), name.strip().lower()) for name in next(reader, [])]
        if not any(names):
            raise InputError(path, "an empty file", f"columns {', '.join(COLUMNS)}", "copy the answers anew, or remove the file")
        _check_header(path, names)
        for values in reader:
            values = [value.strip() for value in values]
            if any(values[len(names) :]):
                hint = "put reasons that hold the separator in quotation marks"
                raise InputError(f"{path}, line {reader.line_num}", f"{len(values)} values", f"{len(names)}, as in the header", hint)
            if any(values):
                row = dict(zip(names, values + [""] * len(names), strict=False)) | {_LINE: reader.line_num}
                row["image_id"] = row["image_id"].lower().removesuffix(".png")
                rows.append(row)
    except csv.Error as error:
        hint = "a quotation mark that is not closed makes one value of all that follows"
        raise InputError(f"{path}, line {reader.line_num}", f"not readable as CSV ({error})", "a value in each column", hint) from error
    return rows


def _text(path):
    """The file's text: UTF-8 with or without a mark, or UTF-16 with one, as a spreadsheet's "Unicode text" is. Raises InputError."""
    hint = "save it anew as 'CSV UTF-8'"
    try:
        content = Path(path).read_bytes()
    except FileNotFoundError as error:
        raise InputError(path, "no such file", "a reader's answers", "check the folder of responses in the config") from error
    except OSError as error:
        raise InputError(path, f"not readable ({error.strerror})", "a reader's answers", "check the file and who may read it") from error
    encoding = "utf-16" if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) else "utf-8-sig"
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError as error:
        # Which of the many 8-bit encodings it is cannot be known, and a guess would garble the reasons.
        raise InputError(path, "text that is neither UTF-8 nor marked UTF-16", "a CSV file", hint) from error
    if "\0" in text:
        raise InputError(path, "not text: it holds zero bytes", "a CSV file", hint)
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _check_header(path, names):
    """Raise InputError unless each column is there once; further columns may be there."""
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
        where, found = f"{path}, line {unknown[0][_LINE]}", f"image '{unknown[0]['image_id']}' ({len(unknown)} such)"
        raise InputError(where, found, "an image of this quiz", "copy the names from the blank form")
    name, times = Counter(row["image_id"] for row in rows).most_common(1)[0]
    if times > 1:
        lines = ", ".join(str(row[_LINE]) for row in rows if row["image_id"] == name)
        found = f"image '{name}' answered {times} times"
        raise InputError(f"{path}, lines {lines}", found, "one answer an image", "keep the reader's first answer")


def _checked(path, row):
    """The values of one row, converted. Raises InputError for a word, a confidence or a time that is none."""
    where = f"{path}, line {row[_LINE]}"
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
