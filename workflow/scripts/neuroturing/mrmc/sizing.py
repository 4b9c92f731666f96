"""How many readers and cases a study needs."""

import numpy as np
import pandas as pd
from scipy import stats

from .ratings import DESIGNS, FACTORIAL, IN_BOTH, IN_MODALITY, IN_READER

ENDPOINTS = ("difference", "constant")


def power(components, readers, cases, effect=0.0, endpoint="difference", margin=None, design=FACTORIAL, random="RRRC", alpha=0.05):
    """Probability that a study of this size finds what it looks for.

    Hillis, Obuchowski and Berbaum (Acad Radiol 2011;18:129), the steps of "Materials and Methods" for the Obuchowski-Rockette model, for
    the analysis that `analyse` makes. With r readers, s = pilot cases / planned cases, and c = max(cov2 - cov3, 0), the error term of a
    difference is e = var_modality_reader + s (var_error - cov1 + (r - 1) c), in which the mean square's own part is
    m = var_modality_reader + s (var_error - cov1 - c); its degrees of freedom are (r - 1) e^2 / m^2, and the F statistic with 1 of them
    above has the noncentrality r effect^2 / (2 e). One modality against a constant: by the same steps from its own mean square, with
    c = max(cov2, 0), e = var_reader + var_modality_reader + s (var_error + (r - 1) c), m with - c in place of (r - 1) c, and the
    noncentrality r effect^2 / e. Negative variances between readers count as 0. Equivalence: both one-sided tests reject. All of them are
    integrated over the distribution of the estimated variance.

    Parameters
    ----------
    components : Components
        From a pilot study's `Analysis.components`; without one, from `components_of` with the structure "HH", the most careful of Roe and
        Metz's.
    readers, cases : int
        Cases per reader and modality, in the ratio of classes of the components.
    effect : float
        True difference between the modalities, or of the one from the constant.
    endpoint : str
        "difference" between two modalities, or one against a "constant".
    margin : float, optional
        The aim is to show equivalence within it; otherwise to show a difference, two-sided.
    design : str
        One of `DESIGNS`.
    random : str
        "RRRC", "FRRC" or "RRFC" as in `analyse`.
    alpha : float
        Of the two-sided test, or of each one-sided test.

    Returns
    -------
    float

    Raises
    ------
    ValueError
        A name is unknown, or a size cannot be: fewer than 2 random readers, fewer than 4 cases, a margin not above 0;
        or the components leave no variance.
    """
    _check(readers, cases, endpoint, margin, design, random, alpha)
    variance, freedom = _variance(components, readers, cases, endpoint, design, random)
    if not variance > 0:
        raise ValueError("With these components the estimate does not vary, and no size can be planned from them.")
    se = np.sqrt(variance)
    if margin is None:
        return 1 - _inside(effect / se, stats.t.isf(alpha / 2, freedom) * _spread(freedom))
    return _inside(effect / se, np.maximum(margin / se - stats.t.isf(alpha, freedom) * _spread(freedom), 0.0))


def power_table(components, readers, cases, **settings):
    """Power of each number of readers with each number of cases.

    Parameters
    ----------
    components : Components
    readers, cases : sequence of int
    **settings
        As for `power`.

    Returns
    -------
    pandas.DataFrame
        One row per number of readers, one column per number of cases.

    Raises
    ------
    ValueError
        As for `power`.
    """
    values = [[power(components, r, n, **settings) for n in cases] for r in readers]
    return pd.DataFrame(values, index=pd.Index(readers, name="readers"), columns=pd.Index(cases, name="cases"))


def _check(readers, cases, endpoint, margin, design, random, alpha):
    for value, known in ((endpoint, ENDPOINTS), (design, DESIGNS), (random, ("RRRC", "FRRC", "RRFC"))):
        if value not in known:
            raise ValueError(f"{value!r} is not among {', '.join(known)}.")
    if margin is not None and not margin > 0:
        raise ValueError(f"The margin is {margin}; it must be larger than 0.")
    if not 0 < alpha < 1:
        raise ValueError(f"Alpha is {alpha}; it must lie between 0 and 1.")
    fewest = 1 if random == "FRRC" else 2
    if readers < fewest or cases < 4:
        raise ValueError(f"A study needs at least {fewest} readers and 4 cases, not {readers} and {cases}.")


def _variance(components, readers, cases, endpoint, design, random):
    """Variance of the estimate and the degrees of freedom of its estimate."""
    scale = components.cases / cases
    cov1 = 0.0 if design in (IN_MODALITY, IN_BOTH) else components.cov1
    cov2 = 0.0 if design in (IN_READER, IN_BOTH) else components.cov2
    cov3 = 0.0 if design != FACTORIAL else components.cov3
    between = max(components.var_modality_reader, 0.0)
    if endpoint == "difference":
        own, shared = components.var_error - cov1, max(cov2 - cov3, 0.0)
    else:
        between += max(components.var_reader, 0.0)
        own, shared = components.var_error, max(cov2, 0.0)
    factor = (2 if endpoint == "difference" else 1) / readers
    square = between + scale * (own - shared)
    if random == "FRRC":
        return factor * scale * (own + (readers - 1) * shared), np.inf
    if random == "RRFC":
        return factor * square, readers - 1
    term = square + scale * readers * shared
    return factor * term, (readers - 1) * (term / square) ** 2 if square > 0 else np.inf


def _spread(freedom, steps=4000):
    """Estimated over true standard error, at as many points of equal probability."""
    return np.ones(1) if np.isinf(freedom) else np.sqrt(stats.chi2.ppf((np.arange(steps) + 0.5) / steps, freedom) / freedom)


def _inside(effect, room):
    """Probability that an estimate lies within -room to room, all in true standard errors, averaged over room."""
    return float((stats.norm.cdf(room - effect) - stats.norm.cdf(-room - effect)).mean())
