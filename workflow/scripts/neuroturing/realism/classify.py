"""Classifier two-sample tests: whether a classifier that has learned from some real and created images can tell others (Lopez-Paz and
Oquab, ICLR 2017).

Units (subjects; created images) are divided into two halves, and each half is told by a classifier that has seen the other alone. The value
is the balanced accuracy over both directions: 0.5 where they cannot be told apart.

The P value is of one direction. Scores from both directions depend on each other: what one classifier learns by chance from half A is what
half A then shows the other, so a test that takes all scores as independent finds differences between real images and real ones too often.
Within one direction the classifier is fixed, and the units that it is tested on are independent.
"""

from dataclasses import dataclass

import numpy as np

from .intervals import permutation_p
from .manifold import NEIGHBOURS

# Inverse strength of the ridge, of standardised features: strong, since a half has few subjects.
RIDGE = 0.01
LEAST_UNITS = 2
# Of the variance of the mean of both directions: as if each repeated the other, the most that their dependence can do. What the classifier
# learns by chance from the units that it sees is left out of the spread between units that it tells, and is what the directions share.
INFLATION = 2.0


@dataclass(frozen=True)
class Told:
    """What classifiers made of images.

    Attributes
    ----------
    scores : numpy.ndarray, float, shape (n,)
        Above 0 where an image seems to be of the reference; NaN for an image that was not told.
    first : numpy.ndarray of bool, shape (n,)
        Which images the first direction told.
    """

    scores: np.ndarray
    first: np.ndarray

    def accuracy(self, reference, examined):
        """Balanced accuracy of the told images of two groups; a score of 0 is half right. NaN where none of a group was told."""
        right = [_right(self.scores[reference]), 1 - _right(self.scores[examined])]
        return float(np.mean([part[np.isfinite(part)].mean() if np.isfinite(part).any() else np.nan for part in right]))

    def p_value(self, units, reference, examined, rng):
        """P that the reference has no higher scores, by unit; NaN where a side has fewer than two units in the first direction."""
        sides = []
        for group in (reference, examined):
            group = group[self.first[group]]
            member = np.unique(units[group], return_inverse=True)[1]
            sides.append(np.bincount(member, self.scores[group]) / np.bincount(member))
        return permutation_p(*sides, rng) if min(map(len, sides)) >= LEAST_UNITS else np.nan


def _right(scores):
    return np.where(np.isnan(scores), np.nan, (scores > 0) + 0.5 * (scores == 0))


def tell(classifier, units, reference, examined, rng, both=True):
    """Let a classifier tell two groups, each half of the units by one that has seen the other.

    Parameters
    ----------
    classifier : callable
        (reference seen, examined seen, told), arrays of image numbers, to the scores of the told.
    units : numpy.ndarray of int, shape (n,)
    reference, examined : numpy.ndarray of int
        Of two units each at least.
    rng : numpy.random.Generator
        Of the halves.
    both : bool
        Otherwise one direction alone.

    Returns
    -------
    Told
    """
    first = np.zeros(len(units), bool)
    for group in (reference, examined):
        names = rng.permutation(np.unique(units[group]))
        first[group] = np.isin(units[group], names[: -(-len(names) // 2)])
    scores = np.full(len(units), np.nan)
    for told in (first, ~first)[: 2 if both else 1]:
        asked = np.concatenate([reference[told[reference]], examined[told[examined]]])
        scores[asked] = classifier(reference[~told[reference]], examined[~told[examined]], asked)
    return Told(scores, first)


def neighbours(pool, count=NEIGHBOURS):
    """A classifier that counts, among an image's nearest seen ones, those of the reference, each group by its share of what was seen."""

    def classify(reference, examined, told):
        seen = np.concatenate([reference, examined])
        votes = np.where(np.arange(len(seen)) < len(reference), 1 / len(reference), -1 / len(examined))
        nearest = np.argpartition(pool.squared[np.ix_(told, seen)], min(count, len(seen)) - 1, axis=1)[:, :count]
        return votes[nearest].sum(axis=1)

    return classify


def logistic(pool):
    """A logistic regression on features in standard deviations of those seen, with a ridge; both groups weigh the same."""
    from sklearn.linear_model import LogisticRegression

    def classify(reference, examined, told):
        seen = pool.features[np.concatenate([reference, examined])]
        mean, scale = seen.mean(axis=0), seen.std(axis=0)
        scale[scale == 0] = 1
        model = LogisticRegression(C=RIDGE, class_weight="balanced", max_iter=500)
        model.fit((seen - mean) / scale, np.arange(len(seen)) < len(reference))
        return model.decision_function((pool.features[told] - mean) / scale)

    return classify
