"""Groups of readers: how well the readers of each do on the whole."""

import math

import numpy as np
from scipy import stats

from .score import HUMAN, NONE

ACCURACY, METHOD = "accuracy", "Wilson"


def group_means(rows, judgements, confidence=0.95):
    """The mean accuracy of each group of readers, on each model and on all.

    Parameters
    ----------
    rows : list of dict
        From `reading.reading`, of the same judgements.
    judgements : pandas.DataFrame
        Where it has no column reader_group there is no group; a reader without one is in none, nor is a model observer.
    confidence : float

    Returns
    -------
    list of dict
        As `rows`: quantity group_accuracy, `at` the group, `reader` all of its readers, `n` their number. The interval is Student's over
        readers, cut at 0 and 1: it speaks of readers like these, on images like those that each had. One reader has none, nor have readers
        who are all alike, whose spread is not known to be 0.
    """
    people = judgements[judgements["kind"] == HUMAN] if "reader_group" in judgements else judgements.iloc[:0]
    groups = dict(zip(people["reader"], people.get("reader_group", ()), strict=True))
    found = {}
    for row in rows:
        group = groups.get(row["reader"]) if (row["quantity"], row["method"]) == (ACCURACY, METHOD) else None
        if group and not math.isnan(row["value"]):
            found.setdefault((row["study"], group, row["dataset"], row["recipe"]), {})[row["reader"]] = row["value"]
    return [
        {"study": study, "reader": ", ".join(values), "kind": HUMAN, "dataset": dataset, "recipe": recipe, "at": group}
        | {"quantity": "group_accuracy", "n": len(values), "method": "mean of the readers' accuracies, Student's t over readers"}
        | dict(zip(("value", "low", "high"), _mean(list(values.values()), confidence), strict=True))
        for (study, group, dataset, recipe), values in found.items()
    ]


def _mean(values, confidence):
    mean = float(np.mean(values))
    if len(set(values)) < 2:
        return mean, *NONE[1:]
    half = float(stats.t.ppf((1 + confidence) / 2, len(values) - 1) * stats.sem(values))
    return mean, max(0.0, mean - half), min(1.0, mean + half)
