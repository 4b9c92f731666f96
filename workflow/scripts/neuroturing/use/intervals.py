"""How well classes are told, with an interval by subject, and what one way of training has over another.

Probabilities of the same images by trainings of several repeats give a mean over repeats. Its variance is the sum of two parts:

- over test subjects: the delete-one jackknife (Efron and Stein, Ann Stat 1981;9:586), (n - 1) / n * sum (t_i - mean t)^2, each t_i the mean
  over repeats without subject i;
- over trainings (draws of subjects and of images, weights): the variance between repeats over their number.

So cases and trainings are both random, as cases and readers are in a study of several readers; what both share is counted twice, which
makes intervals somewhat wide. The interval is that of Student's t with the degrees of freedom of Satterthwaite (Biometrics Bull
1946;2:110). Draws of training subjects overlap, and no variance between overlapping draws is free of bias (Nadeau and Bengio, Mach Learn
2003;52:239): the interval is of these training subjects, not of others who could have been recruited.
"""

from dataclasses import dataclass

import numpy as np
from scipy import stats

METRICS = ("balanced accuracy", "AUC")
CONFIDENCE = 0.95
NOTHING = 1e-18  # a variance that is rounding alone


@dataclass(frozen=True)
class Scores:
    """A metric of one way of training.

    Attributes
    ----------
    repeats : numpy.ndarray, shape (repeats,)
    without : numpy.ndarray, shape (subjects, repeats)
        The same without each test subject.
    """

    repeats: np.ndarray
    without: np.ndarray

    def __sub__(self, other):
        return Scores(self.repeats - other.repeats, self.without - other.without)


@dataclass(frozen=True)
class Estimate:
    """A mean over repeats, its interval (NaN where nothing varies) and the P value of its being 0."""

    value: float
    low: float
    high: float
    p_value: float


def scored(probabilities, truth, subject):
    """Both metrics of one way of training.

    Parameters
    ----------
    probabilities : numpy.ndarray, shape (repeats, n, classes)
    truth, subject : numpy.ndarray of int, shape (n,)
        Each class has images of two subjects at least.

    Returns
    -------
    dict of str to Scores
        Balanced accuracy, the mean share of each class that is named rightly (Brodersen et al., ICPR 2010), and the mean over classes of
        the area under the ROC curve of one class against the others.
    """
    member = np.equal.outer(subject, np.unique(subject)).astype(float)
    found = {name: [] for name in METRICS}
    for part in probabilities:
        named = part.argmax(axis=1)
        classes = range(part.shape[1])
        found[METRICS[0]].append(np.mean([_recall(named == k, truth == k, member) for k in classes], axis=0))
        found[METRICS[1]].append(np.mean([_area(part[:, k], truth == k, member) for k in classes], axis=0))
    return {name: Scores(values[:, 0], values[:, 1:].T) for name, values in ((name, np.array(rows)) for name, rows in found.items())}


def _recall(named, is_class, member):
    """Share of a class that is named rightly: of all its images, then without each subject."""
    hits, counts = (named & is_class) @ member, is_class @ member
    return np.concatenate([[hits.sum() / counts.sum()], (hits.sum() - hits) / (counts.sum() - counts)])


def _area(score, is_class, member):
    """Area under the ROC curve of a class against the others: of all images, then without each subject."""
    difference = np.subtract.outer(score[is_class], score[~is_class])
    wins = member[is_class].T @ ((difference > 0) + 0.5 * (difference == 0)) @ member[~is_class]
    counts = [is_class @ member, ~is_class @ member]
    left = wins.sum() - wins.sum(axis=0) - wins.sum(axis=1) + np.diag(wins)
    pairs = np.prod([count.sum() - count for count in counts], axis=0)
    return np.concatenate([[wins.sum() / (counts[0].sum() * counts[1].sum())], left / pairs])


def estimate(scores, strata):
    """The mean over repeats, its interval and P value.

    Parameters
    ----------
    scores : Scores
        Of a metric, or a difference of two with the same repeats.
    strata : int
        Kinds of subjects, by the classes that they have images of: one degree of freedom is lost to each.

    Returns
    -------
    Estimate
        P is never below 2^(1 - subjects), the least that exchanging two ways of training within subjects could give.
    """
    # Without the rounding by which two equal means differ.
    value, repeats, subjects = np.round(scores.repeats.mean(), 12) + 0.0, len(scores.repeats), len(scores.without)
    without = scores.without.mean(axis=1)
    by_subject = (subjects - 1) / subjects * np.sum((without - without.mean()) ** 2)
    by_training = scores.repeats.var(ddof=1) / repeats if repeats > 1 else 0.0
    variance, least = by_subject + by_training, 2.0 ** (1 - subjects)
    if variance < NOTHING:
        return Estimate(float(value), np.nan, np.nan, 1.0 if value == 0 else least)
    freedom = variance**2 / (by_subject**2 / max(1, subjects - strata) + by_training**2 / max(1, repeats - 1))
    spread = np.sqrt(variance)
    reach = stats.t.ppf((1 + CONFIDENCE) / 2, freedom) * spread
    p_value = float(min(1, max(least, 2 * stats.t.sf(abs(value) / spread, freedom))))
    return Estimate(float(value), float(value - reach), float(value + reach), p_value)
