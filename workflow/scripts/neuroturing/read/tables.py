"""The table of a study: the printed rows, then those of this run's readers, in the columns that the study names."""

import math

from ..errors import InputError, nearest
from . import score
from .audit import fitting
from .judgements import first_showings
from .printed import Printed, counts_of
from .score import COLUMNS, HUMAN, MODEL, PUBLISHED, RATES

TOLD_APART_BY = ("reader", "kind", "dataset", "recipe", "phase")
# Columns that tables have, at their end, where the judgements do.
WHOSE = ("reader_group", "phase")
P_VALUES = ("p_value", "p_adjusted")
NO_READER = "no reader of this run has answered"
ONE_TRAINING = "One training of each model of this run stands behind its row: what another seed would give is in no interval."
NO_SPLIT = "No subject was held out: created images are held against real images that the models were trained on."
SPLIT = "Real images of this run are of held-out subjects, {:.0%} of all, on whom no model was trained."


def check_columns(columns):
    """Raise InputError unless a table's columns are different ones of `score.COLUMNS` and `WHOSE`."""
    for name in columns:
        if name not in (known := (*COLUMNS, *WHOSE)):
            raise InputError("config: tables: columns", f"the column '{name}'", f"some of {', '.join(known)}", nearest(name, known))
        if columns.count(name) > 1:
            raise InputError("config: tables: columns", f"the column '{name}' twice", "each column once", "take one of them out")


def printed_records(rows, spec):
    """Records of the rows that a paper prints.

    Parameters
    ----------
    rows : list of dict
        From `printed.read_printed`.
    spec : dict
        The table's: unit; printed, where it is known: images and created_share of a reader.

    Returns
    -------
    list of dict
        From `score.score` where counts are printed, `score.score_rates` where rates alone are; then the note says that n is not given.
    """
    if spec["unit"] == "count":
        return score.adjust([score.score(counts_of(row), row["reader"], PUBLISHED, row["dataset"], row["recipe"]) for row in rows])
    records, design = [], spec.get("printed")
    for row in rows:
        record = score.score_rates(row, row["reader"], row["dataset"], row["recipe"])
        for name in ("n_real", "n_created"):
            record[name] = row.get(name, math.nan)
        if "n_real" not in row:
            verdict = f" ({design['images']} images {'could' if fitting([row], design) else 'cannot'} give these numbers)" if design else ""
            record["note"] = f"as printed; n per reader is not given and cannot be recovered{verdict}"
        records.append(record)
    return records


def judged_records(judgements, spec, datasets, recipes):
    """Records of this run's readers, people first, then model observers.

    Parameters
    ----------
    judgements : pandas.DataFrame
        From `judgements.read_judgements`.
    spec : dict
        The table's: rows is "model", a row for each reader, phase and model, by recipe and then by data set in the order of the labels, or
        "reader", one for each reader and phase, all models together.
    datasets, recipes : dict of str to str
        What the tables call each.

    Returns
    -------
    list of dict
        From `score.score`, with those of `WHOSE` that the judgements have; the data set is called by its label and the size of its images
        ("T1, 128x128"); the note of a model observer says what it has learnt from.

    Raises
    ------
    InputError
        A data set or recipe without a label; two models that the labels do not tell apart.
    """
    for column, labels in (("dataset", datasets), ("recipe", recipes)):
        unknown = set(judgements[column]) - set(labels)
        if unknown:
            hint = "draw the quiz again, or add the label to the study"
            raise InputError(f"config: label of {column}s", f"none for '{min(unknown)}'", f"one for each {column} of the quiz", hint)
    _check_labels(judgements, datasets, recipes)
    records = []
    whose = [name for name in WHOSE if name in judgements]
    for (kind, reader, *_), answers in first_showings(judgements).groupby(["kind", "reader", *whose], sort=False):
        models = {key: part for key, part in answers.groupby(["recipe", "dataset"])}
        places = [(recipe, dataset) for recipe in recipes for dataset in datasets]
        for part in [answers] if spec["rows"] == "reader" else [models[place] for place in places if place in models]:
            names = [f"{datasets[name]}, {size}" for name, size in zip(part["dataset"], part["size"], strict=True)]
            called = [" + ".join(dict.fromkeys(each)) for each in (names, part["recipe"].map(recipes))]
            record = score.score(score.count(part), reader, kind, *called)
            learnt = [text for text in dict.fromkeys(part["learnt"]) if text] if kind == MODEL and "learnt" in part else []
            record |= {"note": "; ".join(filter(None, [record["note"], *learnt]))}
            records.append(record | {name: part[name].iloc[0] for name in whose})
    return sorted(score.adjust(records), key=lambda record: record["kind"] != HUMAN)


def _check_labels(judgements, datasets, recipes):
    """Raise InputError where two models have the same labels and size."""
    models = judgements[["dataset", "recipe", "size"]].drop_duplicates().itertuples(index=False, name=None)
    names = [f"{datasets[dataset]}, {size}, {recipes[recipe]}" for dataset, recipe, size in models]
    twice = [name for name in names if names.count(name) > 1]
    if twice:
        hint = "give data sets of one image size, and recipes, different labels"
        raise InputError("config: labels", f"two models called {twice[0]}", "a name of its own for each", hint)


def check_told_apart(records, columns):
    """Raise InputError where two rows of a table agree in every column that names a reader or a model."""
    names = [name for name in TOLD_APART_BY if name in columns]
    seen = {}
    for record in records:
        name = tuple(record.get(column, "") for column in names)
        other = seen.setdefault(name, record)
        if other is not record:
            missing = [column for column in TOLD_APART_BY if column not in columns and record.get(column) != other.get(column)]
            found = f"{' and '.join(f'{column}s {other[column]} and {record[column]}' for column in missing)} in rows of {', '.join(name)}"
            hint = f"add {' and '.join(missing)} to the table's columns, or keep one of them in the blocks"
            raise InputError("config: tables: columns", found, "rows that the table's columns tell apart", hint)


def as_text(records, columns, alone=False):
    """The rows of a TSV file.

    Printed numbers are as printed; counts as they are; percentages to two digits, other numbers to four, P values to four significant
    ones; what is not defined is empty. Of printed rows that stand `alone` the note says so: a file has no line above the table.

    Returns
    -------
    list of dict of str to str
    """

    def cell(name, value):
        if not isinstance(value, float) or isinstance(value, Printed):
            return str(value)
        if math.isnan(value):
            return ""
        return f"{value:.4g}" if name in P_VALUES else f"{value:.2f}" if name in RATES else f"{value:.4f}"

    if alone:
        records = [
            record if record["kind"] == MODEL else record | {"note": "; ".join(filter(None, [record["note"], NO_READER]))}
            for record in records
        ]
    # Printed rows have no reader of a group, nor a phase.
    return [{name: cell(name, record.get(name, "") if name in WHOSE else record[name]) for name in columns} for record in records]


def in_groups(records, spec):
    """Records under the titles of a page: the printed ones, then each reader's own, by phase, or all of a kind where they have one row.

    Returns
    -------
    list of (str, list of dict)
    """
    groups = {}
    for record in records:
        if record["kind"] == PUBLISHED:
            title = spec.get("published_title", "Published")
        elif spec["rows"] == "reader":
            title = f"This run: {'human readers' if record['kind'] == HUMAN else 'model observers'}"
        else:
            phase = f", {record['phase']}" if record.get("phase") else ""
            title = f"This run: {record['reader']}{phase}{'' if record['kind'] == HUMAN else ' (model observer)'}"
        groups.setdefault(title, []).append(record)
    return list(groups.items())


def remarks(split):
    """What must be known of this run's rows, whether a reader has answered yet or not, in sentences.

    Parameters
    ----------
    split : str or dict
        The study's: "none", or held_out, a share of the subjects.
    """
    return [ONE_TRAINING, SPLIT.format(split["held_out"]) if isinstance(split, dict) else NO_SPLIT]
