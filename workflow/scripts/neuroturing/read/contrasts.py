"""Two recipes, or two data sets, held against each other by one reader's answers."""

import math

from scipy.stats import fisher_exact

from .score import holm

# What is counted of a row as done and as not done: answered rightly; synthetic images taken for real ones.
_TESTS = {
    "accuracy": (("real_as_real", "synt_as_synt"), ("real_as_synt", "synt_as_real")),
    "deceived": (("synt_as_real",), ("synt_as_synt",)),
}


def contrast(records, between, first, second):
    """Hold two models against each other on each data set (or two data sets for each recipe), by one reader's rows.

    Accuracy and deceiving are different questions: accuracy falls, too, where more real images are called synthetic.

    Parameters
    ----------
    records : list of dict
        From `score.score`, of one reader.
    between : str
        recipe or dataset.
    first, second : str
        Their labels; a data set's is that with the size.

    Returns
    -------
    list of dict
        One for each value of the other label that both have judged images of, in the order of `first`: that label's name and value
        ("dataset": "T1, 128x128"); first and second; accuracy_first, accuracy_second, the shares of right answers; deceived_first,
        deceived_second, the shares of synthetic images taken for real; for each of the two p_accuracy and p_deceived, Fisher's exact
        test, two-sided, and p_accuracy_adjusted and p_deceived_adjusted, by Holm over these rows.
    """
    other = "dataset" if between == "recipe" else "recipe"
    one, two = ({row[other]: row for row in records if row[between] == name and row["real_as_real"] >= 0} for name in (first, second))
    rows = []
    for name in (name for name in one if name in two):
        row = {other: name, "first": first, "second": second}
        for test, (done, not_done) in _TESTS.items():
            table = [[sum(side[name][cell] for cell in cells) for cells in (done, not_done)] for side in (one, two)]
            row |= {f"{test}_{place}": share(*counts) for place, counts in zip(("first", "second"), table, strict=True)}
            row[f"p_{test}"] = float(fisher_exact(table)[1]) if all(map(sum, table)) else math.nan
        if not math.isnan(row["p_accuracy"]):
            rows.append(row)
    for test in _TESTS:
        for row, p_value in zip(rows, holm([row[f"p_{test}"] for row in rows]), strict=True):
            row[f"p_{test}_adjusted"] = float(p_value)
    return rows


def share(done, not_done):
    """The share of what was done; NaN where nothing was to do."""
    return done / (done + not_done) if done + not_done else math.nan
