"""What a 2x2 table says of a reader as of a diagnostic test: sensitivity, specificity, likelihood ratios, each with an interval.

Positive means real, as in Han et al. 2017 (MIRU): sensitivity is the share of real images called real.
"""

import math

import numpy as np
from scipy.stats import norm

from .scoring import proportion

ZERO_CELL = 0.5


def likelihood_ratio(part, whole, other_part, other_whole, confidence=0.95):
    """The ratio of two proportions and its interval by the log method (Simel, Samsa and Matchar 1991).

    Parameters
    ----------
    part, whole, other_part, other_whole : float
        The ratio is (part / whole) / (other_part / other_whole); no part may be 0.
    confidence : float

    Returns
    -------
    (float, float, float)
        Ratio, low, high: exp(ln ratio -+ z sqrt(1/part - 1/whole + 1/other_part - 1/other_whole)).
    """
    ratio = (part / whole) / (other_part / other_whole)
    error = math.sqrt(1 / part - 1 / whole + 1 / other_part - 1 / other_whole)
    factor = math.exp(norm.ppf((1 + confidence) / 2) * error)
    return ratio, ratio / factor, ratio * factor


def diagnostic(counts, confidence=0.95):
    """Everything MIRU's table prints, each as (value, low, high).

    Parameters
    ----------
    counts : neuroturing.reader_study.scoring.Counts
        Answers `unknown` are in none of its four cells and so left out.
    confidence : float

    Returns
    -------
    dict
        accuracy, sensitivity, specificity, lr_positive = sensitivity / (1 - specificity), lr_negative = (1 - sensitivity) /
        specificity, prevalence. Where one of the four cells is 0, half an image is added to all four before both likelihood
        ratios and their intervals are taken. NaN where images of one kind are missing.
    """
    cells = np.array([counts.tp, counts.fn, counts.fp, counts.tn], float)
    tp, fn, fp, tn = cells
    measures = {
        "accuracy": proportion(tp + tn, cells.sum(), confidence),
        "sensitivity": proportion(tp, tp + fn, confidence),
        "specificity": proportion(tn, fp + tn, confidence),
    }
    if tp + fn and fp + tn:
        tp, fn, fp, tn = cells + (0 if cells.all() else ZERO_CELL)
        measures["lr_positive"] = likelihood_ratio(tp, tp + fn, fp, fp + tn, confidence)
        measures["lr_negative"] = likelihood_ratio(fn, tp + fn, tn, fp + tn, confidence)
    else:
        measures["lr_positive"] = measures["lr_negative"] = (math.nan, math.nan, math.nan)
    measures["prevalence"] = proportion(counts.tp + counts.fn, cells.sum(), confidence)
    return measures
