"""The analysis of variance of Obuchowski and Rockette with the degrees of freedom of Hillis."""

from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pandas as pd
from scipy import stats

from .components import Components, mean_covariances
from .metrics import choose_covariance, figures
from .ratings import arrange

RANDOM = ("RRRC", "FRRC", "RRFC")


@dataclass(frozen=True)
class FTest:
    """Test of equal modalities; df2 is infinite where readers are fixed (the chi-square test then has statistic f times df1)."""

    f: float
    df1: float
    df2: float
    p: float


@dataclass(frozen=True)
class Analysis:
    """What `analyse` finds.

    Attributes
    ----------
    metric, covariance, random : str
    design : str
        One of `DESIGNS`, or "cases partly shared".
    readers : pandas.DataFrame
        reader, modality, positives, negatives, value, se (of the cases alone).
    modalities : pandas.DataFrame
        modality, value, se, df, low, high, and with a constant: t, p, and with a margin too: p_equivalence.
    test : FTest or None
        None where there is one modality.
    differences : pandas.DataFrame
        first, second, difference (first - second), se, df, low, high, t, p, and with a margin: p_equivalence; P values of pairs are not
        adjusted for their number.
    components : Components
    """

    metric: str
    covariance: str
    random: str
    design: str
    readers: pd.DataFrame
    modalities: pd.DataFrame
    test: FTest | None
    differences: pd.DataFrame
    components: Components


def analyse(table, metric="auc", covariance=None, random="RRRC", constant=None, margin=None, level=0.95):
    """Analyse a multi-reader multi-case study.

    Obuchowski and Rockette (Commun Stat Simul 1995;24:285) with the error terms and degrees of freedom of Hillis (Stat Med 2007;26:596,
    there ddf_H; for nested cases Hillis, Stat Med 2014;33:330). With r readers, MS the mean squares of the table of figures and its
    covariances averaged as in `Components`, a difference between two modalities has the variance 2/r times
    MS(modality by reader) + r max(cov2 - cov3, 0); a modality alone has that of its own mean square between readers plus r max(cov2, 0),
    over r. Degrees of freedom: the squared sum over the squared mean square, times those of the mean square. Covariances are zero where
    no cases are shared, so that nested designs need no formula of their own.

    Parameters
    ----------
    table : pandas.DataFrame
        One row per reading: reader, modality, case, truth (1 or 0), rating. Each reader reads in each modality.
    metric : str
        "auc" (any ratings), or of ratings 0 and 1: "accuracy", "balanced_accuracy", "sensitivity", "specificity".
    covariance : str, optional
        See `metrics.figures`: "delong" for the AUC and "unbiased" for the others unless told "jackknife".
    random : str
        "RRRC": results hold for other readers and cases; "FRRC": for these readers and other cases; "RRFC": for other readers and
        these cases.
    constant : float, optional
        Each modality is tested against it, two-sided.
    margin : float, optional
        Half-width of what counts as equal, in units of the metric: two one-sided tests, of the modalities against each other and against
        the constant.
    level : float
        Confidence level of intervals, which are not cut at 0 or 1.

    Returns
    -------
    Analysis
        Where all variance vanishes (all readers alike, no case shared) P, df and intervals are NaN.

    Raises
    ------
    ValueError
        The table cannot be used (see `ratings.arrange`, `metrics.figures`), a name is unknown, a margin is not positive or has nothing
        to apply to, a level lies not between 0 and 1, or readers are random and there is one.
    """
    covariance = choose_covariance(metric, covariance)
    ratings = arrange(table)
    _check(ratings, random, constant, margin, level)
    value, matrix = figures(ratings, metric, covariance)
    squares = _mean_squares(value)
    modalities = [
        {"modality": name, "value": value[i].mean()}
        | _inference(value[i].mean(), *_single(value[i], matrix[i, :, i, :], random), level, constant, margin)
        for i, name in enumerate(ratings.modalities)
    ]
    test, differences = _compare(ratings.modalities, value, squares, mean_covariances(matrix), random, level, margin)
    return Analysis(
        metric,
        covariance,
        random,
        ratings.design,
        _reader_table(ratings, value, matrix),
        pd.DataFrame(modalities),
        test,
        differences,
        _components(ratings, squares, matrix),
    )


def _check(ratings, random, constant, margin, level):
    if random not in RANDOM:
        raise ValueError(f"There is no analysis {random!r}; known are {', '.join(RANDOM)} (readers, then cases: R random, F fixed).")
    if margin is not None and not margin > 0:
        raise ValueError(f"The margin is {margin}; it must be larger than 0.")
    if margin is not None and constant is None and len(ratings.modalities) == 1:
        raise ValueError("There is one modality and no constant, so that there is nothing to which it could be equivalent.")
    if not 0 < level < 1:
        raise ValueError(f"The level is {level}; it must lie between 0 and 1.")
    if random != "FRRC" and len(ratings.readers) < 2:
        raise ValueError("There is one reader, so that nothing can be said of other readers: take random='FRRC'.")


def _mean_squares(value):
    """Mean squares of modality, reader, and modality by reader; NaN where there are no degrees of freedom."""
    t, r = value.shape
    rows, columns, grand = value.mean(1, keepdims=True), value.mean(0, keepdims=True), value.mean()
    sums = r * ((rows - grand) ** 2).sum(), t * ((columns - grand) ** 2).sum(), ((value - rows - columns + grand) ** 2).sum()
    return [float(total / freedom) if freedom else np.nan for total, freedom in zip(sums, (t - 1, r - 1, (t - 1) * (r - 1)), strict=True)]


def _error_term(square, freedom, addition, fixed_reader, random):
    """The error term on the scale of a mean square, and its degrees of freedom."""
    if random == "FRRC":
        return fixed_reader, np.inf
    term = square + (addition if random == "RRRC" else 0.0)
    if term == 0:
        return 0.0, np.nan
    return term, np.inf if square == 0 else freedom * (term / square) ** 2


def _single(value, matrix, random):
    """Variance of one modality's mean over readers, and its degrees of freedom."""
    r = len(value)
    error, _, cov2, _ = mean_covariances(matrix[None, :, None, :])
    square = value.var(ddof=1) if r > 1 else np.nan
    shared = max(cov2, 0.0)
    term, freedom = _error_term(square, r - 1, r * shared, error + (r - 1) * shared, random)
    return term / r, freedom


def _compare(names, value, squares, covariances, random, level, margin):
    """Test of all modalities and the table of pairs."""
    t, r = value.shape
    columns = ["first", "second", "difference", "se", "df", "low", "high", "t", "p"] + (["p_equivalence"] if margin else [])
    if t < 2:
        return None, pd.DataFrame(columns=columns)
    error, cov1, cov2, cov3 = covariances
    shared = max(cov2 - cov3, 0.0)
    term, freedom = _error_term(squares[2], (t - 1) * (r - 1), r * shared, error - cov1 + (r - 1) * shared, random)
    f = squares[0] / term if term > 0 else np.nan
    p = stats.chi2.sf(f * (t - 1), t - 1) if np.isinf(freedom) else stats.f.sf(f, t - 1, freedom)
    pairs = []
    for i, j in combinations(range(t), 2):
        difference = value[i].mean() - value[j].mean()
        row = {"first": names[i], "second": names[j], "difference": difference}
        pairs.append(row | _inference(difference, 2 * term / r, freedom, level, 0.0, margin))
    return FTest(float(f), float(t - 1), float(freedom), float(p)), pd.DataFrame(pairs, columns=columns)


def _inference(estimate, variance, freedom, level, null, margin):
    """Standard error, interval and P values of an estimate that has a t distribution around the truth; null None: no test."""
    se = np.sqrt(variance) if variance > 0 else np.nan
    half = stats.t.ppf((1 + level) / 2, freedom) * se
    row = {"se": se, "df": freedom, "low": estimate - half, "high": estimate + half}
    if null is None:
        return row
    distance = estimate - null
    row |= {"t": distance / se, "p": 2 * stats.t.sf(abs(distance) / se, freedom)}
    if margin:
        row["p_equivalence"] = stats.t.sf((margin - abs(distance)) / se, freedom)
    return row


def _reader_table(ratings, value, matrix):
    read = ~np.isnan(ratings.rating)
    return pd.DataFrame(
        [
            {
                "reader": reader,
                "modality": modality,
                "positives": int((read[i, j] & ratings.truth).sum()),
                "negatives": int((read[i, j] & ~ratings.truth).sum()),
                "value": value[i, j],
                "se": np.sqrt(matrix[i, j, i, j]),
            }
            for i, modality in enumerate(ratings.modalities)
            for j, reader in enumerate(ratings.readers)
        ]
    )


def _components(ratings, squares, matrix):
    """Estimates by setting the mean squares to what is expected of them."""
    t = len(ratings.modalities)
    error, cov1, cov2, cov3 = mean_covariances(matrix)
    _, between, interaction = squares
    if t == 1:
        reader, preference = between - error + cov2, 0.0
    else:
        reader = (between - interaction) / t - cov1 + cov3
        preference = interaction - error + cov1 + cov2 - cov3
    cases = np.count_nonzero(~np.isnan(ratings.rating)) / (t * len(ratings.readers))
    return Components(float(reader), float(preference), error, cov1, cov2, cov3, float(cases))
