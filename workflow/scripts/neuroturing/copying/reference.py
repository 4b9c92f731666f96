"""How near to the training images people lie whom the model has not seen, and whether created images lie nearer."""

import numpy as np
from scipy import stats
from statsmodels.stats.proportion import proportion_confint

from ..measure.statistics import rank_test

EXPECTED = 0.01  # share of honest images called copies: one false alarm in 100
CONFIDENCE = 0.95
RESAMPLES = 2000


def threshold(distance, subject, seed=0):
    """The distance, or the ratio of correlations, below which an image is called a copy, and how sure that is.

    Parameters
    ----------
    distance : numpy.ndarray, shape (n,)
        Of reference images to the training images.
    subject : numpy.ndarray of int, shape (n,)
        From `statistics.clusters`.
    seed : int or sequence of int

    Returns
    -------
    value, low, high : float
        The 1 % quantile of the distances, each subject counting alike whatever the number of its images: the least distance up to which 1 %
        lie, so that of fewer than 100 images it is the least of all. High: 97.5 % of bootstrap values, subjects drawn anew. Low: their
        2.5 %, or `tolerance_limit` where that is lower, as no bootstrap value is below the least distance, and few subjects may all be far.
    """
    order = np.argsort(distance, kind="stable")
    ordered, owner = distance[order], subject[order]
    number = int(subject.max()) + 1
    share = 1 / np.bincount(subject, minlength=number)[owner]
    rng = np.random.default_rng(seed)
    drawn = np.concatenate([np.ones((1, number)), rng.multinomial(number, np.full(number, 1 / number), RESAMPLES)])
    reached = np.cumsum(drawn[:, owner] * share, axis=1) >= EXPECTED * number - 1e-9
    found = ordered[reached.argmax(axis=1)]
    tail = (1 - CONFIDENCE) / 2
    low, high = np.quantile(found[1:], [tail, 1 - tail])
    return float(found[0]), float(min(low, tolerance_limit(distance, subject))), float(high)


def tolerance_limit(distance, subject):
    """A distance that all but 1 % of honest images exceed, with 97.5 % confidence, where the logarithms of distances are normal.

    The one-sided tolerance limit mean - k sd with k from the non-central t distribution (Hahn and Meeker, Statistical Intervals, 1991,
    section 4.4), for as many independent images as the clustered ones are worth: n / (1 + (m - 1) ICC), m images a subject (Kish, Survey
    Sampling, 1965, section 5.4), ICC the share of the variance that is between subjects, by analysis of variance.

    Returns
    -------
    float
        0 where there are fewer than two subjects, or a distance of 0.
    """
    size = np.bincount(subject)
    groups, count = len(size), len(distance)
    if groups < 2 or distance.min() <= 0:
        return 0.0
    value = np.log(distance)
    means = np.bincount(subject, value) / size
    within = np.sum((value - means[subject]) ** 2) / max(1, count - groups)
    usual = (count - np.sum(size**2) / count) / (groups - 1)
    between = max(0, (np.sum(size * (means - value.mean()) ** 2) / (groups - 1) - within) / usual)
    spread = between + within
    worth = max(2, count / (1 + (usual - 1) * between / spread)) if spread > 0 else count
    level = 1 - (1 - CONFIDENCE) / 2
    factor = stats.nct.ppf(level, worth - 1, stats.norm.ppf(1 - EXPECTED) * np.sqrt(worth)) / np.sqrt(worth)
    return float(np.exp(means.mean() - factor * np.sqrt(spread)))


def below(matches, distance, ratio):
    """Which images are copies: nearer to a training image than a distance, and that by more than a lack of grain explains.

    An image that is a little blurred, or the average of many, comes nearer to all training images alike, since it has no grain of its own.
    Where l is the share of a picture's variance that is no grain, two pictures of one thing have r = l, and r = sqrt l where one of them
    has no grain: 1 - r falls to 1 / (1 + sqrt l) of what it was, never below half. So what is nearer than distance / sqrt 2 is a copy, and
    between that and the distance what is also more like one subject than others, by the ratio: a lack of grain changes all correlations of
    a picture by one factor, and leaves their ratio (relative distances also in Carlini et al., USENIX Security 2023, section 4.2).
    """
    close = matches.distance < distance
    return close & ((matches.ratio < ratio) | (matches.distance < distance / np.sqrt(2)))


def share_below(matches, distance, ratio):
    """Copies, their share, and its interval: Wilson's, from its lower end at the threshold's lower end to its upper end at the upper.

    Both what was created and who the reference is would be others another time; to take the ends of both together is wide rather than
    narrow. `distance` and `ratio` are (value, low, high), from `threshold`.

    Returns
    -------
    copies : int
    share, share_low, share_high : float
    """
    count = len(matches.distance)
    copies, fewest, most = (int(below(matches, *ends).sum()) for ends in zip(distance, ratio, strict=True))
    ends = [proportion_confint(number, count, 1 - CONFIDENCE, method="wilson") for number in (fewest, most)]
    # Of none and of all the ends are 0 and 1 but for rounding.
    return copies, copies / count, max(0.0, round(float(ends[0][0]), 12)), min(1.0, round(float(ends[1][1]), 12))


def three_sample(created, reference, subject):
    """Three-sample test of data copying: do created images lie closer to the training images than images of people not seen do?

    After Meehan, Chaudhuri and Dasgupta (AISTATS 2020, arXiv 2004.05675, section 4), who take the z value of the Mann-Whitney statistic of
    both kinds' distances to the training set, in each cell of a partition of space. Here space is one cell, because a few hundred images
    fill no more; and their z, which takes images as independent, is replaced by that of `statistics.rank_test`, whose variance is
    clustered by subject: images of one subject are alike, and z of the other kind would be several times too large.

    On simulated honest generators (tests/test_copying.py, 8 subjects of 8 images) P was below 0.05 in 0 of 60 runs with held-out subjects
    and in 10 of 120 with each training subject held against the others, where the distances share training images: there it is a little
    too small.

    Parameters
    ----------
    created, reference : numpy.ndarray, shape (n,), (m,)
        Distances to the nearest training image.
    subject : numpy.ndarray of int, shape (m,)

    Returns
    -------
    z, p : float
        Of a standard normal variable with that one-sided P; negative where created images lie closer. NaN where there are fewer than two
        subjects or created images.
    """
    if len(np.unique(subject)) < 2 or len(created) < 2:
        return np.nan, np.nan
    less = rank_test(reference, created, subject, "less").p_value
    more = rank_test(reference, created, subject, "greater").p_value
    return float(stats.norm.ppf(less) if less < more else -stats.norm.ppf(more)), less
