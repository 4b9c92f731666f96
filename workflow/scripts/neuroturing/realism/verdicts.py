"""What the rungs of corruption ladders (see `ladders`) say of each measure.

What each measure is meant for is a table, MEANT_FOR, since no measure is for everything: to a realism measure a copy of a training image is
as real as can be, and precision does not ask how many distinct images there are.

The rule of the verdict. The interval of tau is where it would lie with 95 % probability for one further division of these subjects:
mean +- t sd (1 + 1 / repeats)^1/2, since the examination is of one set of subjects, not of the mean of many. With five rungs a tau of 0.6
is two of ten pairs of rungs in the wrong order; a measure that is at its worst from the second rung on has 0.63, ties counting for nothing:
it detects without grading. A measure

- works, where the interval lies above 0.6;
- is weak, where it lies above 0;
- does not work otherwise;
- of a corruption that it is not meant for: "not meant for it", and "rewards it" where the interval lies below 0: the measure calls the
  corrupted images better, which is to be known by whoever reads it.

The row "all" is of the mean tau over the corruptions a measure is meant for, and only its verdict decides.
"""

import numpy as np
from scipy import stats

from ..errors import InputError, nearest

CONFIDENCE, ENOUGH = 0.95, 0.6
ALL = "all"
WORKS, WEAK, FAILS = "works", "weak", "does not work"
NOT_MEANT, REWARDS = "not meant for it", "rewards it"

LOOKS = ("blur", "noise", "checkerboard", "sharpened")
MEANT_FOR = {
    "kernel_distance": (*LOOKS, "mode_drop"),
    "frechet_distance": (*LOOKS, "mode_drop"),
    "precision": LOOKS,
    "density": LOOKS,
    "recall": ("mode_drop",),
    "coverage": (*LOOKS, "mode_drop"),
    "c2st_neighbours": (*LOOKS, "mode_drop"),
    "c2st_logistic": (*LOOKS, "mode_drop"),
    "c2st_cnn": LOOKS,
    "ms_ssim": ("mode_drop",),
    "spectrum_distance": LOOKS,
    "high_frequency_ratio": LOOKS,
    "grey_distance": ("noise", "sharpened"),
}
COLUMNS = ("measure", "feature_space", "corruption", "tau", "tau_low", "tau_high", "p_value", "tau_observer", "verdict")


def verdicts(rungs, meant_for=None):
    """Which measures work: rows of measures.tsv, without the data set.

    Parameters
    ----------
    rungs : pandas.DataFrame
        From `ladders.climb`.
    meant_for : dict of tuple, optional
        Corruptions of each measure; MEANT_FOR where it is not given.

    Returns
    -------
    list of dict
        Keys COLUMNS: for each measure and space a row for each corruption, then one of "all". p_value is that of Kendall's tau of the mean
        over repeats, exact for few rungs without ties; of the row "all" the largest of those meant (an intersection-union test: that it
        orders every one). tau_observer is between the measure and the model observer; of the row "all" over the rungs of all corruptions
        meant together. A tau is 0 where the measure is the same on all rungs, and NaN, as is all else, where a rung has no value; such a
        measure "does not work" here.

    Raises
    ------
    InputError
        A measure of which it is not said what it is meant for, or that is meant for none of the corruptions done.
    """
    meant_for = MEANT_FOR if meant_for is None else meant_for
    done = list(dict.fromkeys(rungs["corruption"]))
    rows = []
    for (measure, space), own in rungs.groupby(["measure", "feature_space"], sort=False):
        meant = [name for name in done if name in meant_for.get(measure, ())]
        if not meant:
            hint = f"{nearest(measure, meant_for)} otherwise add it to MEANT_FOR"
            raise InputError("corruption ladders", f"measure '{measure}', meant for none of {', '.join(done)}", "one at least", hint)
        ladders = {name: own[own["corruption"] == name] for name in done}
        taus = {name: _taus(ladder, "severity") for name, ladder in ladders.items()}
        p_values = {name: _p_value(ladder) for name, ladder in ladders.items()}
        for name in done:
            together = _taus(ladders[name], "observer").mean()
            rows.append(_row(measure, space, name, taus[name], p_values[name], together, name in meant))
        together = _taus(own[own["corruption"].isin(meant)], "observer").mean()
        mean = np.mean([taus[name] for name in meant], axis=0)
        rows.append(_row(measure, space, ALL, mean, np.max([p_values[name] for name in meant]), together, True))
    return rows


def _taus(ladder, column):
    """Kendall's tau of `worse` with a column, one for each repeat."""
    return np.array([kendall(part[column], part["worse"])[0] for _, part in ladder.groupby("repeat")])


def _p_value(ladder):
    """Of the means over repeats. Where severity does nothing the rungs are exchangeable, whatever the repeats share."""
    mean = ladder.groupby("severity")["worse"].agg(lambda values: values.mean(skipna=False))
    return kendall(mean.index, mean)[1]


def kendall(first, second):
    """Kendall's tau-b and its P value; 0 and 1 where either does not vary, NaN where a value is missing."""
    first, second = np.asarray(first, float), np.asarray(second, float)
    if not (np.isfinite(first).all() and np.isfinite(second).all()):
        return np.nan, np.nan
    # Differences of rounding alone are ties.
    first, second = (np.round(values / max(np.abs(values).max(), 1e-300), 10) for values in (first, second))
    if np.ptp(first) == 0 or np.ptp(second) == 0:
        return 0.0, 1.0
    found = stats.kendalltau(first, second)
    return float(found.statistic), float(found.pvalue)


def _row(measure, space, corruption, taus, p_value, together, meant):
    mean, low, high = interval(taus)
    values = (measure, space, corruption, mean, low, high, p_value, together, verdict(low, high, meant))
    return dict(zip(COLUMNS, values, strict=True))


def interval(taus):
    """Mean, and where the tau of one further division lies: mean +- t sd (1 + 1 / n)^1/2, within -1 and 1."""
    mean, count = float(np.mean(taus)), len(taus)
    half = stats.t.ppf((1 + CONFIDENCE) / 2, count - 1) * np.std(taus, ddof=1) * np.sqrt(1 + 1 / count)
    return mean, float(np.clip(mean - half, -1, 1)), float(np.clip(mean + half, -1, 1))


def verdict(low, high, meant):
    """By the rule of this module, from an interval of tau."""
    if not meant:
        return REWARDS if high < 0 else NOT_MEANT
    return WORKS if low > ENOUGH else WEAK if low > 0 else FAILS
