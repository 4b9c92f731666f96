"""What a study's tables say of one model."""

import math

from ..copying.words import NAMED
from ..io.files import read_table
from ..read.judgements import first_showings, read_judgements
from ..read.phases import by_phase
from ..read.score import HUMAN, MODEL, count, score

HEADLINE = "kernel"
REALISM_COLUMNS = (
    "measure", "feature_space", "value", "low", "high", "real_vs_real", "real_low", "real_high", "p_value", "better", "n_real", "n_created",
    "subjects", "side", "note", "trainings", "trainings_sd",
)  # fmt: skip
COUNTS = (
    "n_real", "n_created", "n_training", "n_reference", "subjects", "subjects_training", "subjects_reference", "copies", "trainings",
    "identical", "near",
)  # fmt: skip
REALISM_NUMBERS = (*REALISM_COLUMNS[2:9], *COUNTS, "trainings_sd")
COPYING_NUMBERS = (
    *COUNTS, "threshold", "share", "share_low", "share_high", "expected_share", "c_t", "c_t_p", "recall_exact", "recall_flipped",
    "recall_rotated", "recall_shifted", "recall_scaled", "recall_blurred", "recall_intensity", "most_copied_share",
)  # fmt: skip
USE_COLUMNS = ("task", "arm", "ratio", "metric", "value", "low", "high", "difference", "difference_low", "difference_high", "sentence")
READER_COLUMNS = ("n_real", "n_created", "accuracy", "accuracy_low", "accuracy_high", "p_value", "d_prime", "d_prime_low", "d_prime_high")


def plain(value):
    """A value as JSON has it, also within lists and dicts: NaN and empty text are None."""
    if isinstance(value, dict):
        return {str(key): plain(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [plain(part) for part in value]
    value = value.item() if hasattr(value, "item") else value
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return None if value == "" else value


def _of_model(paths, dataset, recipe, numbers):
    """Rows of tables that name a data set and a recipe, those of one model."""
    tables = [read_table(path, ("dataset", "recipe"), numbers) for path in paths]
    rows = [row for table in tables for row in table[(table["dataset"] == dataset) & (table["recipe"] == recipe)].to_dict("records")]
    return [_whole(plain(row)) for row in rows]


def _whole(row):
    """A row whose counts are int, as they were before a table was read."""
    return {name: int(value) if name in COUNTS and isinstance(value, float) else value for name, value in row.items()}


def realism_rows(paths, dataset, recipe):
    """Rows of realism tables on one model: dicts of `REALISM_COLUMNS`, the kernel distance first."""
    rows = [{name: row.get(name) for name in REALISM_COLUMNS} for row in _of_model(paths, dataset, recipe, REALISM_NUMBERS)]
    return sorted(rows, key=lambda row: not str(row["measure"]).startswith(HEADLINE))


def copying_row(paths, dataset, recipe):
    """The row of copying tables on one model, without the name of the subject that is copied most; None where none is."""
    row = next(iter(_of_model(paths, dataset, recipe, COPYING_NUMBERS)), None)
    subject = str(row.pop("most_copied_subject", None) or "") if row else ""
    if subject and row.get("sentence"):
        row["sentence"] = row["sentence"].replace(NAMED.format(f"subject {subject}"), NAMED.format("one subject"))
    return row


def use_rows(paths, dataset, recipe):
    """Rows of tables of use on one model: dicts of `USE_COLUMNS`."""
    rows = []
    for path in paths:
        table = read_table(path, ("task", "recipe", "datasets", "arm", "sentence"), ("ratio", *USE_COLUMNS[4:10]))
        asked = [recipe == name and dataset in names.split(", ") for name, names in zip(table["recipe"], table["datasets"], strict=True)]
        rows += table[asked].to_dict("records")
    return [plain({name: row.get(name) for name in USE_COLUMNS}) for row in rows]


def readers(paths, dataset, recipe):
    """How well each reader told one model's images from real ones, people and model observers apart.

    Parameters
    ----------
    paths : list of path
        Tables of judgements.
    dataset, recipe : str

    Returns
    -------
    dict of list of dict
        By kind, human and model: reader, phase and `READER_COLUMNS`. People are numbered in the order of the table: a card goes further
        than a study's own files, and their names are not its business.
    """
    found = {HUMAN: [], MODEL: []}
    people = {}
    for path in paths:
        table = first_showings(read_judgements(path))
        mine = table[(table["dataset"] == dataset) & (table["recipe"] == recipe)]
        for phase, judged in by_phase(mine).items():
            for (kind, reader), part in judged.groupby(["kind", "reader"], sort=False):
                record = score(count(part), reader, kind)
                name = f"Reader {people.setdefault(reader, len(people) + 1)}" if kind == HUMAN else reader
                found[kind].append(plain({"reader": name, "phase": phase} | {column: record[column] for column in READER_COLUMNS}))
    return found


def human_accuracy(people):
    """Mean of human readers' accuracies, a share of 1, each reader or phase counting once; None where nobody has answered."""
    known = [row["accuracy"] for row in people if row["accuracy"] is not None]
    return sum(known) / len(known) if known else None
