"""Score one reader: counts, rates, accuracy with its interval, sensitivity and bias of signal detection.

Positive means real, as in Koshino et al. 2018, Table 1. Answers `unknown` are in none of TP, FN, FP and TN and so leave the rates
and the accuracy, by the paper's own formula (TP + TN) / (TP + FN + FP + TN); they are told beside them.
"""

from dataclasses import dataclass

import numpy as np
from scipy.stats import norm
from statsmodels.stats.proportion import proportion_confint


@dataclass(frozen=True)
class Counts:
    """Images by truth and answer."""

    tp: int
    fn: int
    fp: int
    tn: int
    unknown_real: int = 0
    unknown_created: int = 0

    @property
    def n_real(self):
        """Real images shown."""
        return self.tp + self.fn + self.unknown_real

    @property
    def n_created(self):
        """Created images shown."""
        return self.fp + self.tn + self.unknown_created

    @property
    def judged(self):
        """Images called real or created."""
        return self.tp + self.fn + self.fp + self.tn

    @property
    def unknown(self):
        """Images called neither."""
        return self.unknown_real + self.unknown_created


def count(answers):
    """Count the answers of a table with columns truth (real, created) and answer (real, created, unknown)."""

    def number(truth, answer):
        return int(((answers["truth"] == truth) & (answers["answer"] == answer)).sum())

    pairs = [
        ("real", "real"),
        ("real", "created"),
        ("created", "real"),
        ("created", "created"),
        ("real", "unknown"),
        ("created", "unknown"),
    ]
    return Counts(*(number(*pair) for pair in pairs))


def rates(counts):
    """TP, FN, FP and TN in percent of the real, and of the created, images that were judged; NaN where there is none."""
    real, created = counts.tp + counts.fn, counts.fp + counts.tn
    tp, fp = _ratio(counts.tp, real), _ratio(counts.fp, created)
    return {"TP": 100 * tp, "FN": 100 * (1 - tp), "FP": 100 * fp, "TN": 100 * (1 - fp)}


def accuracy(counts, confidence=0.95):
    """Share of judged images called right, and its Wilson score interval.

    The interval takes images as independent draws. Returns (accuracy, low, high), NaN where nothing was judged.
    """
    return proportion(counts.tp + counts.tn, counts.judged, confidence)


def proportion(part, whole, confidence=0.95):
    """A proportion and its Wilson score interval: (value, low, high), NaN where `whole` is 0."""
    if not whole:
        return (np.nan, np.nan, np.nan)
    low, high = proportion_confint(part, whole, alpha=1 - confidence, method="wilson")
    return part / whole, float(low), float(high)


def detection(hit_rate, false_alarm_rate):
    """Sensitivity d' and criterion c of equal-variance signal detection, the signal being "real".

    d' = z(H) - z(F), c = -(z(H) + z(F)) / 2 (Macmillan and Creelman, Detection Theory). Below 0, d' tells of labels turned round; c
    above 0 tells of a reader who rather calls an image created. Rates of 0 or 1 have no finite value: NaN.
    """
    if not (0 < hit_rate < 1 and 0 < false_alarm_rate < 1):
        return np.nan, np.nan
    hit, alarm = norm.ppf([hit_rate, false_alarm_rate])
    return float(hit - alarm), float(-(hit + alarm) / 2)


def detection_of_counts(counts):
    """d' and c of a reader whose counts are known, by the log-linear correction.

    Half an image is added to each count of "real" and one to each number judged, whatever the rates (Hautus 1995), so that rates of
    0 and 100 % have finite values and all readers are treated alike. NaN where only one kind of image was judged.
    """
    real, created = counts.tp + counts.fn, counts.fp + counts.tn
    if not real or not created:
        return np.nan, np.nan
    return detection((counts.tp + 0.5) / (real + 1), (counts.fp + 0.5) / (created + 1))


def _ratio(part, whole):
    return part / whole if whole else np.nan
