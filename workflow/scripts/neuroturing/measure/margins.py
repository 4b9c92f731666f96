"""The margin of equivalence of each row: the largest shift that would not matter, taken from real images alone.

A fixed number means one thing where subjects hardly differ and another where they differ widely, so a margin is a share of what is there:
of how much real subjects differ among themselves, or of how far a disease moves the quantity.
"""

import numpy as np

from .statistics import between_subject_sd, clusters

SHARES = {0.5: "half", 1: "once", 2: "twice"}


def margin_of(spec, column, real, group):
    """Margin of one row of the comparison.

    Parameters
    ----------
    spec : dict
        margin (share, of, reference), minimum.
    column : str
    real : dict of str to pandas.DataFrame
        Real images of the row's reference by group, of every subject: how far they scatter is no matter of training.
    group : str
        The row's own.

    Returns
    -------
    margin : float
        In units of the quantity; NaN where there is none.
    reason : str
        Why there is none, or empty.
    """
    margin, minimum = spec["margin"], spec["minimum"]
    real = {name: rows.dropna(subset=[column]) for name, rows in real.items()}
    rows = real[group]
    if margin["of"] == "between_subject_sd":
        cluster = clusters(rows["subject"])
        subjects = len(np.unique(cluster))
        if subjects < minimum:
            return np.nan, f"no margin: {subjects} real subjects, {minimum} needed"
        size = between_subject_sd(rows[column], cluster, rows["level"])
        reason = "real subjects do not differ"
    else:
        others = [margin["reference"]] if group != margin["reference"] else [name for name in real if name != group]
        sizes = [_median_difference(rows, real[name], column) for name in others if name in real]
        size = min((size for size in sizes if np.isfinite(size)), default=np.nan)
        reason = f"no difference between real images of {group} and {' or '.join(others)}" if group else "images of no one group"
    size *= margin["share"]
    return (size, "") if np.isfinite(size) and size > 0 else (np.nan, f"no margin: {reason}")


def _median_difference(first, second, column):
    """Size of the difference of medians at the levels that both have, its mean over levels; NaN where they share none."""
    levels = sorted(set(first["level"]) & set(second["level"]))
    one, other = (rows.groupby("level")[column].median() for rows in (first, second))
    return float(abs(np.mean(one[levels] - other[levels]))) if levels else np.nan


def in_words(margin):
    """What the margin is, for a reader: "half the standard deviation …"."""
    share = SHARES.get(margin["share"], f"{margin['share']:g} times")
    if margin["of"] == "between_subject_sd":
        return f"{share} the standard deviation of the real subjects' means, levels taken off, in the row's own group"
    reference = margin["reference"]
    return f"{share} the difference of the real medians between the row's group and {reference} ({reference}: the nearest other group)"
