"""The input file of iMRMC (DIDSR/iMRMC), by which studies are exchanged with R and Java.

Free text, a line BEGIN DATA:, then rows readerID,caseID,modalityID,score. Rows whose reader and modality are both "truth" (-1 and 0 in
old files) give each case's truth as their score.
"""

import csv
import re
from pathlib import Path

import numpy as np
import pandas as pd

from .ratings import COLUMNS, arrange

START = "BEGIN DATA:"
TRUTH = (("truth", "truth"), ("-1", "0"))


def read_imrmc(path):
    """Read a file of iMRMC.

    Parameters
    ----------
    path : str or path

    Returns
    -------
    pandas.DataFrame
        reader, modality, case (text), truth (int), rating (float), in the order of the file.

    Raises
    ------
    ValueError
        The file is no text, has no BEGIN DATA:, or a row of it is wrong: the message names the file and the line.
    """
    try:
        lines = Path(path).read_text(encoding="utf-8-sig").splitlines()
    except UnicodeDecodeError as error:
        raise ValueError(f"{path} is not text in UTF-8: {error.reason} at byte {error.start}.") from None
    start = next((number for number, line in enumerate(lines, 1) if line.strip(" ,;\t").upper() == START), None)
    if start is None:
        raise ValueError(f"{path} has no line {START!r}, after which an iMRMC file has its readings.")
    truth, readings = {}, {}
    for number, row in enumerate(csv.reader(lines[start:]), start + 1):
        if not any(field.strip() for field in row) or [field.strip().lower() for field in row[:2]] == ["readerid", "caseid"]:
            continue
        reader, case, modality, score = _fields(row, path, number)
        found, key = (truth, case) if (reader, modality) in TRUTH else (readings, (reader, modality, case))
        if found is truth and score not in (0, 1):
            raise ValueError(f"{path}, line {number}: the truth of case {case} is {score:g}; it must be 0 or 1.")
        if key in found:
            raise ValueError(f"{path}, line {number}: this {'truth' if found is truth else 'reading'} of case {case} is there twice.")
        found[key] = score
    unknown = next((case for _, _, case in readings if case not in truth), None)
    if unknown is not None:
        raise ValueError(f"{path}: case {unknown} is read but has no row truth,{unknown},truth,0 or 1.")
    if not readings:
        raise ValueError(f"{path} has no readings after {START!r}.")
    rows = [(reader, modality, case, int(truth[case]), score) for (reader, modality, case), score in readings.items()]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _fields(row, path, number):
    if len(row) != 4:
        raise ValueError(f"{path}, line {number}: {len(row)} fields, where an iMRMC file has readerID,caseID,modalityID,score.")
    reader, case, modality, score = (field.strip() for field in row)
    if not (reader and case and modality):
        raise ValueError(f"{path}, line {number}: a label is empty.")
    try:
        value = float(score)
    except ValueError:
        value = np.nan
    if not np.isfinite(value):
        raise ValueError(f"{path}, line {number}: the score {score!r} is no finite number.")
    return reader, case, modality, value


def write_imrmc(table, path, title="Multi-reader multi-case study"):
    """Write a file that iMRMC reads.

    Parameters
    ----------
    table : pandas.DataFrame
        As for `analyse`.
    path : str or path
    title : str
        First line of the file.

    Raises
    ------
    ValueError
        The table cannot be used (see `ratings.arrange`), or a label or the title would be read back as something else.
    """
    ratings = arrange(table)
    for label in (*ratings.readers, *ratings.modalities, *ratings.cases):
        if re.search(r'[,"\r\n]', label) or label != label.strip() or not label:
            raise ValueError(f"The label {label!r} cannot stand in an iMRMC file: no commas, quotation marks, or blanks around it.")
    clash = {"truth", "-1"}.intersection(ratings.readers) or {"truth"}.intersection(ratings.modalities)
    if clash:
        raise ValueError(f"The label {clash.pop()!r} marks truth in an iMRMC file, and cannot name a reader or a modality.")
    if len(title.splitlines()) > 1 or title.strip().upper() == START:
        raise ValueError(f"The title must be one line other than {START!r}.")
    lines = [title, f"NR: {len(ratings.readers)}", f"N0: {np.sum(~ratings.truth)}", f"N1: {np.sum(ratings.truth)}"]
    lines += [f"NM: {len(ratings.modalities)}", START]
    lines += [f"truth,{case},truth,{int(truth)}" for case, truth in zip(ratings.cases, ratings.truth, strict=True)]
    for row in table.itertuples():
        score = float(row.rating)
        lines.append(f"{row.reader},{row.case},{row.modality},{int(score) if score.is_integer() else repr(score)}")
    Path(path).write_text("\n".join(lines) + "\n", encoding="utf-8")
