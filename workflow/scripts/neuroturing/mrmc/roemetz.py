"""Simulated readings after Roe and Metz, and what the Obuchowski-Rockette model sees in them.

The score of a case is the sum of its class's mean and of independent normal effects: of the reader, of the case, of their interaction,
each with and without the modality, and of error (Roe and Metz, Acad Radiol 1997;4:298). Reader effects differ between the classes. Means
lie symmetric to 0, and a reader who must say yes or no says yes above 0.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import multivariate_normal, norm

from .components import Components
from .metrics import METRICS, weights
from .ratings import COLUMNS, DESIGNS, FACTORIAL, IN_BOTH, IN_MODALITY, IN_READER


@dataclass(frozen=True)
class RoeMetz:
    """Variances of the effects in a score, each within one class of cases."""

    reader: float
    modality_reader: float
    case: float
    modality_case: float
    reader_case: float
    error: float

    @property
    def total(self):
        """Variance of a score over readers and cases."""
        return self.reader + self.modality_reader + self.case + self.modality_case + self.reader_case + self.error

    def shared(self, same_reader, same_modality, same_case):
        """Covariance of two scores of one class that share what is said."""
        reader = self.reader + same_modality * self.modality_reader
        case = (
            self.case + same_modality * self.modality_case + same_reader * self.reader_case + (same_reader and same_modality) * self.error
        )
        return same_reader * reader + same_case * case


# Roe and Metz 1997, Table 1, rows of the lowest AUC, 0.702: high or low correlation by cases, then high or low variance between readers.
ROE_METZ = {
    "HH": RoeMetz(0.011, 0.011, 0.3, 0.3, 0.2, 0.2),
    "HL": RoeMetz(0.0055, 0.0055, 0.3, 0.3, 0.2, 0.2),
    "LH": RoeMetz(0.011, 0.011, 0.1, 0.1, 0.2, 0.6),
    "LL": RoeMetz(0.0055, 0.0055, 0.1, 0.1, 0.2, 0.6),
}


def _structure(structure):
    if isinstance(structure, RoeMetz):
        return structure
    if structure not in ROE_METZ:
        raise ValueError(f"There is no Roe-Metz structure {structure!r}; known are {', '.join(ROE_METZ)}, or give a RoeMetz.")
    return ROE_METZ[structure]


def _check_metric(metric):
    if metric not in METRICS:
        raise ValueError(f"There is no metric {metric!r}; known are {', '.join(METRICS)}.")


def _spread(structure, metric):
    """Standard deviation by which a separation is divided to give the normal quantile of the metric."""
    return np.sqrt((2 if metric == "auc" else 4) * structure.total)


def separation(structure, value, metric="auc"):
    """Distance between the means of both classes that gives readers this figure on average.

    Parameters
    ----------
    structure : str or RoeMetz
        A name in `ROE_METZ`, or variances of your own.
    value : float or sequence of float
        AUC, or accuracy (then also sensitivity and specificity), between 0 and 1; one per modality.

    Returns
    -------
    numpy.ndarray, shape (t,)

    Raises
    ------
    ValueError
        The structure or metric is unknown, or a value lies not between 0 and 1.
    """
    structure, value = _structure(structure), np.atleast_1d(np.asarray(value, float))
    _check_metric(metric)
    if not ((value > 0) & (value < 1)).all():
        raise ValueError(f"The {metric} must lie between 0 and 1, not at {value.tolist()}.")
    return norm.ppf(value) * _spread(structure, metric)


def components_of(structure, value, positives, negatives, metric="auc"):
    """Components of the Obuchowski-Rockette model of a Roe-Metz structure, exactly.

    Moments of two readings are bivariate normal probabilities; those of empirical AUCs follow from them as for any U-statistic (Gallas and
    Hillis, J Med Imaging 2014;1:031006; Hillis, Stat Med 2018;37:2067). Over two modalities of different value they are averaged.
    For "HH" reader variances are those of trained radiologists: of novices, or readers told nothing, expect larger ones, and take them from
    a pilot study (`Analysis.components`).

    Parameters
    ----------
    structure : str or RoeMetz
    value : float or sequence of float, length 1 or 2
        Expected metric of each modality.
    positives, negatives : int
        Cases per reader and modality.
    metric : str

    Returns
    -------
    Components
        With one value, cov1 and cov3 are those to a second modality of the same value.

    Raises
    ------
    ValueError
        As for `separation`; more than two values; fewer than one case of a class.
    """
    structure = _structure(structure)
    quantile = separation(structure, value, metric) / _spread(structure, metric)
    if len(quantile) > 2:
        raise ValueError("Components are those of one modality or of two.")
    if min(positives, negatives) < 1:
        raise ValueError(f"There must be cases of both classes, not {positives} positive and {negatives} negative ones.")
    first, second = quantile[0], quantile[-1]

    def within_and_across(covariance):
        return (covariance(first, first, True) + covariance(second, second, True)) / 2, covariance(first, second, False)

    def error_of(same_reader):
        return lambda a, b, same: _error_covariance(structure, metric, positives, negatives, a, b, same_reader, same)

    alone, reader = within_and_across(lambda a, b, same: _reader_covariance(structure, metric, positives, negatives, a, b, same))
    error, cov1 = within_and_across(error_of(True))
    cov2, cov3 = within_and_across(error_of(False))
    return Components(reader, alone - reader, error, cov1, cov2, cov3, float(positives + negatives))


def _joint(a, b, correlation):
    """Probability that two standard normal variables lie below a and b."""
    if correlation > 1 - 1e-12:
        return float(norm.cdf(min(a, b)))
    return float(multivariate_normal.cdf([a, b], cov=[[1, correlation], [correlation, 1]]))


def _moments(structure, metric, a, b, same_reader, same_modality):
    """Probability that two decisions are both right, by which cases they share: neither, positive, negative, both (AUC) or one case."""
    apart = structure.shared(same_reader, same_modality, False)
    together = structure.shared(same_reader, same_modality, True)
    if metric == "auc":
        pairs = ((apart, apart), (together, apart), (apart, together), (together, together))
        return [_joint(a, b, (one + other) / (2 * structure.total)) for one, other in pairs]
    return [_joint(a, b, covariance / structure.total) for covariance in (apart, together)]


def _reader_covariance(structure, metric, positives, negatives, a, b, same_modality):
    """Covariance of what one reader truly achieves in two modalities, or in one."""
    covariance = _moments(structure, metric, a, b, True, same_modality)[0] - norm.cdf(a) * norm.cdf(b)
    return float(covariance if metric == "auc" else np.square(weights(metric, positives, negatives)).sum() * covariance)


def _error_covariance(structure, metric, positives, negatives, a, b, same_reader, same_modality):
    """Covariance, given the readers, of two figures from the same cases."""
    moments = _moments(structure, metric, a, b, same_reader, same_modality)
    if metric == "auc":
        counts = (positives - 1) * (negatives - 1), negatives - 1, positives - 1, 1
        return float(np.dot(counts, moments) / (positives * negatives) - moments[0])
    one, other = weights(metric, positives, negatives)
    return (one**2 / positives + other**2 / negatives) * (moments[1] - moments[0])


def simulate(structure, readers, positives, negatives, separation, design=FACTORIAL, levels=None, seed=None):
    """Readings of one study after Roe and Metz.

    Parameters
    ----------
    structure : str or RoeMetz
    readers, positives, negatives : int
        Cases are those of one reader in one modality.
    separation : float or sequence of float
        Distance between the classes' means, one per modality; see `separation`.
    design : str
        One of `DESIGNS`: which readings are of the same cases.
    levels : int, optional
        2: yes or no (above 0); more: a confidence from 1 to so many; None: the score itself.
    seed : int or numpy.random.Generator, optional

    Returns
    -------
    pandas.DataFrame
        reader, modality, case, truth, rating.

    Raises
    ------
    ValueError
        The structure or design is unknown, or levels are fewer than 2.
    """
    structure, rng = _structure(structure), np.random.default_rng(seed)
    if design not in DESIGNS:
        raise ValueError(f"There is no design {design!r}; known are {', '.join(DESIGNS)}.")
    if levels is not None and levels < 2:
        raise ValueError(f"Ratings need at least 2 levels, not {levels}.")
    distance = np.atleast_1d(np.asarray(separation, float))
    t, n = len(distance), positives + negatives
    truth = np.arange(n) < positives
    own_t, own_r = t if design in (IN_MODALITY, IN_BOTH) else 1, readers if design in (IN_READER, IN_BOTH) else 1

    def effect(variance, *shape):
        return np.sqrt(variance) * rng.standard_normal(shape)

    by_class = effect(structure.reader, 1, readers, 2) + effect(structure.modality_reader, t, readers, 2)
    score = (truth - 0.5) * distance[:, None, None] + by_class[:, :, truth.astype(int)]
    score += effect(structure.case, own_t, own_r, n) + effect(structure.modality_case, t, own_r, n)
    score += effect(structure.reader_case, own_t, readers, n) + effect(structure.error, t, readers, n)
    modality, reader, case = np.indices(score.shape).reshape(3, -1)
    # A case of one's own gets a number of its own.
    label = (case + n * ((modality if own_t > 1 else 0) * own_r + (reader if own_r > 1 else 0))) + 1
    columns = reader + 1, modality + 1, label, truth[case].astype(int), _rate(score.ravel(), levels)
    return pd.DataFrame(dict(zip(COLUMNS, columns, strict=True)))


def _rate(score, levels):
    if levels is None:
        return score
    if levels == 2:
        return (score > 0).astype(int)
    return np.digitize(score, np.linspace(-1, 1, levels - 1)) + 1
