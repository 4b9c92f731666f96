"""Ratings: an answer and its confidence as one number, the ROC curve that they give, and the area below it."""

import numpy as np
from scipy.special import expit, logit
from scipy.stats import norm

from .score import NONE

SIGNS = {"real": 1, "unknown": 0, "created": -1}
LOGIT, BOUND = "DeLong's variance, on the logit scale", "exact bound: no two images are out of order"


def ratings(answers):
    """Each answer as a number from -5 (created, certain) over 0 (unknown) to 5 (real, certain).

    Where an answer of real or created lacks its confidence, all count alike, as -1, 0 and 1.

    Parameters
    ----------
    answers : pandas.DataFrame
        Columns answer and confidence.

    Returns
    -------
    numpy.ndarray of int, shape (n,)
    """
    sign = answers["answer"].map(SIGNS).to_numpy(int)
    sure = answers["confidence"].to_numpy(float, na_value=np.nan)
    if np.isnan(sure[sign != 0]).any():
        return sign
    return sign * np.where(sign == 0, 0, sure).astype(int)


def delong(real, created):
    """The empirical area below the ROC curve and its standard error (DeLong, DeLong and Clarke-Pearson 1988).

    Parameters
    ----------
    real, created : array_like
        Ratings of either kind; larger speaks for real.

    Returns
    -------
    (float, float)
        The share of pairs in which the real image has the larger rating, ties by half; its standard error, NaN below two images of a kind.
    """
    difference = np.subtract.outer(np.asarray(real, float), np.asarray(created, float))
    wins = (difference > 0) + 0.5 * (difference == 0)
    if min(wins.shape) < 2:
        return float(wins.mean()) if wins.size else np.nan, np.nan
    variance = sum(wins.mean(axis=axis).var(ddof=1) / len(wins.mean(axis=axis)) for axis in (0, 1))
    return float(wins.mean()), float(np.sqrt(variance))


def area(real, created, confidence=0.95):
    """The area below the ROC curve with its interval: (value, low, high).

    The interval is the normal one of ln(A / (1 - A)) by DeLong's standard error, which holds its level near 0 and 1 and stays between them
    (Pohar Perme and Manevski 2019, Confidence intervals for the Mann-Whitney test). Where the kinds are wholly apart that error is 0, and
    the far end is Clopper and Pearson's for as many images as the rarer kind has, all in order. NaN where images of one kind are missing;
    no interval where all ratings are the same, of which that error is 0 too.
    """
    value, error = delong(real, created)
    if np.isnan(error) or (error == 0 and value not in (0, 1)):
        return (value, np.nan, np.nan) if len(real) and len(created) else NONE
    if value in (0, 1):
        bound = ((1 - confidence) / 2) ** (1 / min(len(real), len(created)))
        return (1.0, bound, 1.0) if value else (0.0, 0.0, 1 - bound)
    half = norm.ppf((1 + confidence) / 2) * error / (value * (1 - value))
    return value, float(expit(logit(value) - half)), float(expit(logit(value) + half))
