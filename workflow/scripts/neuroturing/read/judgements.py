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
from .sessions import session_name

COLUMNS = (
    "study", "reader", "kind", "image", "truth", "answer", "confidence", "ms", "block", "recipe", "dataset", "contrast", "size", "reasons",
    "order", "scan", "subject", "source_index",
)  # fmt: skip
# What a further column of an answers file cannot be called: it is ours.
RESERVED = ("study", "reader", "kind", "image", "ms", "decision", "learnt", "phase", "reader_group", "repeat_of")
_ALLOWED = {"truth": ("real", "created"), "answer": WORDS, "kind": (HUMAN, MODEL)}


def gather(study, keys, responses, observed=()):
    """The judgements of every reader who has answered, and of the model observers.

    Parameters
    ----------
    study : str
    keys : list of path
        Keys of the quizzes, each named after its reader, and its phase where there are any; then reader and phase are columns.
    responses : str or path
        Folder of the answers; it need not exist.
    observed : list of path
        Judgements of model observers, from the rule observe.

    Returns
    -------
    pandas.DataFrame
        Columns `COLUMNS`, a row for each test image in the order it was shown, reader by reader; then whatever further columns the
        answers have, empty for readers who have none. `block` is the number of the block that the reader was shown, from 1; ms is the
        time from showing the image to the answer; confidence and ms are missing where not given. `source_index` is the image's number
        in its image set: with dataset, truth and, for a created one, recipe, it tells one image that several readers saw. Model observers
        follow people; theirs alone are `decision` and `learnt`, see `observers.sitting`. Where the study has phases, `phase` says in which
        one was answered; it is empty for model observers, who sit once.

    Raises
    ------
    InputError
        Unfit answers; an observer's table that is none, or says of itself that it is a person's.
    """
    found = find_answers(responses, [Path(path).stem for path in keys])
    keys = {Path(path).stem: read_key(path) for path in keys}
    waiting = [reader for reader in keys if reader not in found]
    if waiting:
        logging.info("No answers in %s from %s.", responses, ", ".join(waiting))
    tables = []
    for reader, path in found.items():
        key = keys[reader]
        answers = read_answers(path, key)
        names = {name: f"{name}_given" for name in RESERVED if name in answers and name not in key}
        whose = {"kind": HUMAN} | ({} if "phase" in key else {"reader": reader})
        tables.append(as_judgements(answers.rename(columns=names).assign(**whose), study))
    tables += [_read_observed(path) for path in observed]
    table = pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(columns=list(COLUMNS))
    if any("phase" in key for key in keys.values()):
        table["phase"] = table["phase"].fillna("") if "phase" in table else ""
    return _ordered(table)


def as_judgements(answers, study):
    """Rows of a key with their answers, in the columns of a table of judgements."""
    names = {"image_id": "image", "response_ms": "ms", "part": "block"}
    return _ordered(answers.drop(columns="block").rename(columns=names).assign(study=study))


def _ordered(table):
    """`COLUMNS` first, then further ones."""
    return table.reindex(columns=[*COLUMNS, *(name for name in table.columns if name not in COLUMNS)])


def _read_observed(path):
    table = read_judgements(path)
    if set(table["kind"]) - {MODEL}:
        raise InputError(path, f"judgements of kind {HUMAN}", f"of kind {MODEL} alone", "delete it, and run the same command again")
    # As a person's: numbers without a point, and nothing where none was given.
    return table.assign(confidence=table["confidence"].astype("Int64"))


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


def with_groups(table, groups):
    """A table of judgements with the kind of each reader as `reader_group`, empty where none is told; as it is without groups."""
    return table.assign(reader_group=table["reader"].map(groups).fillna("")) if groups else table


def first_showings(table):
    """The rows that are scored, of a quiz or of judgements: of an image that came twice (`repeat_of`), the first."""
    return table[table["repeat_of"].fillna("") == ""] if "repeat_of" in table else table


def sessions_of(table):
    """Names of the quizzes that judgements are of, see `sessions.session_name`."""
    if "phase" not in table:
        return set(table["reader"])
    return {session_name(*pair) for pair in table[["reader", "phase"]].drop_duplicates().itertuples(index=False, name=None)}
