"""Every judgement of a study as one long table, whoever gave it."""

import logging
from pathlib import Path

import numpy as np
import pandas as pd

from ..errors import InputError, nearest
from ..io.files import read_table
from .answers import WORDS, read_answers
from .quiz_files import read_key
from .responses import find_answers
from .score import HUMAN, MODEL

COLUMNS = (
    "study", "reader", "kind", "image", "truth", "answer", "confidence", "ms", "block", "recipe", "dataset", "contrast", "size", "reasons",
    "order", "scan", "subject",
)  # fmt: skip
_ALLOWED = {"truth": ("real", "created"), "answer": WORDS, "kind": (HUMAN, MODEL)}


def gather(study, keys, responses):
    """The judgements of every reader who has answered.

    Parameters
    ----------
    study : str
    keys : list of path
        Keys of the quizzes, each named after its reader.
    responses : str or path
        Folder of the answers; it need not exist.

    Returns
    -------
    pandas.DataFrame
        Columns `COLUMNS`, a row for each test image in the order it was shown, reader by reader; then whatever further columns the
        answers have, empty for readers who have none. `block` is the number of the block that the reader was shown, from 1; ms is the
        time from showing the image to the answer; confidence and ms are missing where not given.
    """
    keys = {Path(path).stem: path for path in keys}
    found = find_answers(responses, list(keys))
    waiting = [reader for reader in keys if reader not in found]
    if waiting:
        logging.info("No answers in %s from %s.", responses, ", ".join(waiting))
    tables = []
    for reader, path in found.items():
        answers = read_answers(path, read_key(keys[reader]))
        answers = answers.drop(columns=["block", "source_index"])
        names = {name: f"{name}_given" for name in ("study", "reader", "kind", "image", "ms") if name in answers}
        names |= {"image_id": "image", "response_ms": "ms", "part": "block"}
        tables.append(answers.rename(columns=names).assign(study=study, reader=reader, kind=HUMAN))
    table = pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(columns=list(COLUMNS))
    further = [name for name in table.columns if name not in COLUMNS]
    return table.reindex(columns=[*COLUMNS, *further])


def read_judgements(path):
    """Read and check a table of judgements.

    Returns
    -------
    pandas.DataFrame
        Columns `COLUMNS` and whatever further ones there are; confidence and ms as float.

    Raises
    ------
    InputError
        Unreadable; columns missing; a truth, an answer or a kind that is none.
    """
    table = read_table(path, COLUMNS, numbers=("confidence", "ms"))
    for name, words in _ALLOWED.items():
        wrong = np.flatnonzero(~table[name].isin(words))
        if len(wrong):
            value = table[name].iloc[wrong[0]]
            raise InputError(f"{path}, line {wrong[0] + 2}", f"the {name} '{value}'", ", ".join(words), nearest(value, words))
    return table
