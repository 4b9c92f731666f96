"""The tables of Visual Turing Tests: the published rows beside this run's, for Han et al. 2018 and for MIRU 2017."""

import logging
import math
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.stats import binomtest, fisher_exact
from statsmodels.stats.multitest import multipletests

from ..errors import InputError
from . import draw, published, scoring
from .answers import find_answers, read_answers
from .likelihood import diagnostic
from .quiz_files import read_key
from .turing_test import KEY_COLUMNS

CELLS = {"real_as_real": "tp", "real_as_synt": "fn", "synt_as_real": "fp", "synt_as_synt": "tn"}
HAN_COLUMNS = (
    "dataset", "recipe", "kind", "reader", "accuracy", *CELLS, "accuracy_low", "accuracy_high", "p_value", "d_prime",
)  # fmt: skip
MEASURES = ("accuracy", "sensitivity", "specificity", "lr_positive", "lr_negative", "prevalence")
MIRU_COLUMNS = ("recipe", "kind", "reader", *CELLS, *(measure + end for measure in MEASURES for end in ("", "_low", "_high")))


def count_models(answers, datasets, recipes):
    """Count a reader's answers for each model.

    Parameters
    ----------
    answers : pandas.DataFrame
        From `read_answers`, with the columns of a Visual Turing Test's key.
    datasets, recipes : dict of str to str
        What the tables call each, in the order of the rows: by recipe, then by data set.

    Returns
    -------
    dict of (str, str) to scoring.Counts
        By the label of the data set with the size of its images ("T1, 128x128"), and the label of the recipe.

    Raises
    ------
    InputError
        A data set or recipe of the key without a label; two models that the labels do not tell apart.
    """
    for column, labels in (("dataset", datasets), ("recipe", recipes)):
        unknown = set(answers[column]) - set(labels)
        if unknown:
            hint = "draw the quiz again, or add the label to the config"
            raise InputError(f"config: label of {column}s", f"none for '{min(unknown)}'", f"one for each {column} of the quiz", hint)
    counts = {}
    blocks = {name: block for name, block in answers.groupby(["dataset", "recipe"])}
    for recipe, recipe_label in recipes.items():
        for dataset, dataset_label in datasets.items():
            if (dataset, recipe) not in blocks:
                continue
            block = blocks[dataset, recipe]
            name = (f"{dataset_label}, {block['size'].iloc[0]}", recipe_label)
            if name in counts:
                hint = "give data sets of one image size different labels"
                raise InputError("config: labels", f"two models called {', '.join(name)}", "a name of its own for each", hint)
            counts[name] = scoring.count(block)
    return counts


def read_counts(keys, responses, datasets, recipes):
    """Counts of every reader who has answered (dict of reader to `count_models`), and the readers who have not.

    Parameters
    ----------
    keys : list of str or path
        Keys of the tests, each named after its reader.
    responses : str or path
        Folder of the answers; it need not exist.
    datasets, recipes : dict of str to str
        As in `count_models`.
    """
    keys = {Path(path).stem: path for path in keys}
    draw.check_readers(list(keys))
    answers = find_answers(responses, list(keys))
    counts = {
        reader: count_models(read_answers(path, read_key(keys[reader], KEY_COLUMNS)), datasets, recipes) for reader, path in answers.items()
    }
    waiting = [reader for reader in keys if reader not in counts]
    if waiting:
        logging.info("No answers in %s from %s.", responses, ", ".join(waiting))
    return counts, waiting


def published_counts(rows):
    """Printed rows as counts by (dataset, recipe)."""
    return {(row.dataset, row.recipe): scoring.Counts(**{short: getattr(row, name) for name, short in CELLS.items()}) for row in rows}


def han_table(readers):
    """Table 1 of Han et al. 2018: the published rows, then those of each reader in `readers` (dict of reader to `count_models`).

    Returns
    -------
    pandas.DataFrame
        `HAN_COLUMNS` and `note`. Accuracy is a share of 1 with Wilson's interval; p_value is the exact binomial test's, two-sided,
        of accuracy against 0.5, and is not corrected for the number of rows; d_prime is corrected by `detection_of_counts`.
        Images answered `unknown` are in none of these; the note tells how many.
    """
    rows = [_han_row(*name, "published", published.PHYSICIAN, each) for name, each in published_counts(published.HAN_TABLE1).items()]
    rows += [_han_row(*name, "human", reader, each) for reader, counts in readers.items() for name, each in counts.items()]
    return pd.DataFrame(rows, columns=[*HAN_COLUMNS, "note"])


def miru_table(readers):
    """The table of MIRU 2017: the published row, then those of each reader in `readers` (dict of reader to `count_models`).

    Returns
    -------
    pandas.DataFrame
        `MIRU_COLUMNS` and `note`; measures as shares of 1 and ratios, with the intervals of `diagnostic`.

    Raises
    ------
    InputError
        A recipe tested on two data sets, which the table has no column to tell apart.
    """
    printed = published_counts(published.MIRU_TABLE)
    rows = [_miru_row(recipe, "published", published.PHYSICIAN, each) for (_, recipe), each in printed.items()]
    for reader, counts in readers.items():
        recipes = [recipe for _, recipe in counts]
        for recipe in recipes:
            if recipes.count(recipe) > 1:
                found, hint = f"{recipe} tested on {recipes.count(recipe)} data sets", "keep one of them in the quiz's models"
                raise InputError("config: quiz", found, "one data set for each recipe: the table has no column for it", hint)
        rows += [_miru_row(recipe, "human", reader, each) for (_, recipe), each in counts.items()]
    return pd.DataFrame(rows, columns=[*MIRU_COLUMNS, "note"])


def _cells(counts):
    return {name: getattr(counts, short) for name, short in CELLS.items()}


def _note(counts):
    """How many images were answered neither way, and what that does to the accuracy."""
    if not counts.unknown:
        return ""
    shown = counts.n_real + counts.n_created
    which = f"{counts.unknown_real} real, {counts.unknown_created} created"
    worst = (counts.tp + counts.tn) / shown
    return f"{counts.unknown} of {shown} images unknown ({which}) and left out; counted as wrong, accuracy {100 * worst:.0f} %"


def _han_row(dataset, recipe, kind, reader, counts):
    share, low, high = scoring.accuracy(counts)
    p_value = binomtest(counts.tp + counts.tn, counts.judged).pvalue if counts.judged else math.nan
    row = {"dataset": dataset, "recipe": recipe, "kind": kind, "reader": reader, "accuracy": share, **_cells(counts)}
    row |= {"accuracy_low": low, "accuracy_high": high, "p_value": p_value, "d_prime": scoring.detection_of_counts(counts)[0]}
    return row | {"note": _note(counts)}


def _miru_row(recipe, kind, reader, counts):
    row = {"recipe": recipe, "kind": kind, "reader": reader, **_cells(counts)}
    for measure, values in diagnostic(counts).items():
        row |= dict(zip((measure, f"{measure}_low", f"{measure}_high"), values, strict=True))
    return row | {"note": _note(counts)}


def compare_recipes(table, first="DCGAN", second="WGAN"):
    """One reader's accuracy with two recipes, data set by data set.

    Parameters
    ----------
    table : pandas.DataFrame
        Rows of one reader from `han_table`.
    first, second : str
        Labels of the recipes.

    Returns
    -------
    pandas.DataFrame
        Columns dataset; first, second (accuracies); created_first, created_second (created images called real, as a share);
        p_value of Fisher's exact test, two-sided, right against wrong; p_holm, corrected for the rows (Holm 1979). Only data sets
        judged with both.
    """
    sides = [table[(table["recipe"] == recipe) & table["accuracy"].notna()].set_index("dataset") for recipe in (first, second)]
    rows = []
    for dataset in (name for name in sides[0].index if name in sides[1].index):
        pair = [side.loc[dataset] for side in sides]
        right = [row["real_as_real"] + row["synt_as_synt"] for row in pair]
        wrong = [row["real_as_synt"] + row["synt_as_real"] for row in pair]
        created = [row["synt_as_real"] / max(1, row["synt_as_real"] + row["synt_as_synt"]) for row in pair]
        rows.append((dataset, pair[0]["accuracy"], pair[1]["accuracy"], *created, fisher_exact([right, wrong])[1]))
    compared = pd.DataFrame(rows, columns=["dataset", "first", "second", "created_first", "created_second", "p_value"])
    compared["p_holm"] = multipletests(compared["p_value"], method="holm")[1] if len(compared) else np.array([])
    return compared


def as_text(table, columns):
    """The table for a TSV file: counts as they are, shares and ratios to four digits, p values to four significant ones."""

    def cell(value, name):
        if not isinstance(value, float):
            return str(value)
        if math.isnan(value):
            return ""
        return f"{value:.4g}" if name == "p_value" else f"{value:.4f}"

    return pd.DataFrame({name: [cell(value, name) for value in table[name].tolist()] for name in columns}, columns=list(columns))
