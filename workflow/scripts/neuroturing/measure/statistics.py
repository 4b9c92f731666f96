"""Two samples compared by ranks, where images of one subject may be alike: difference, size of the effect, and equivalence.

Real images come first, created ones second; positive means that created images have the larger values.
"""

from dataclasses import dataclass
from math import comb

import numpy as np
from scipy import stats

from ..errors import InputError

PLAIN, CLUSTERED = "Mann-Whitney", "Mann-Whitney, clustered by subject"


@dataclass(frozen=True)
class RankTest:
    """A P value, and which test it comes from (`PLAIN` or `CLUSTERED`)."""

    p_value: float
    test: str


def clusters(subject):
    """Number the subjects of images; an empty name is an unknown subject and counts as one of its own.

    Parameters
    ----------
    subject : sequence of str, length n

    Returns
    -------
    numpy.ndarray of int, shape (n,)
        From 0 to the number of subjects less one.
    """
    names = [str(name) or f"\0{index}" for index, name in enumerate(subject)]
    return np.unique(names, return_inverse=True)[1] if names else np.zeros(0, int)


def superiority(real, created):
    """For each pair 1 where the created value is larger, 1/2 where they are equal, else 0; shape (n_real, n_created)."""
    difference = np.subtract.outer(np.asarray(real, float), np.asarray(created, float))
    return (difference < 0) + 0.5 * (difference == 0)


def cliffs_delta(real, created):
    """P(created > real) - P(created < real), from -1 to 1 (Cliff, Psychol Bull 1993;114:494)."""
    return float(2 * superiority(real, created).mean() - 1)


def hodges_lehmann(real, created):
    """Median of all differences created - real, in units of the values (Hodges and Lehmann, Ann Math Stat 1963;34:598)."""
    return float(np.median(np.subtract.outer(np.asarray(created, float), np.asarray(real, float))))


def rank_test(real, created, cluster=None, alternative="two-sided"):
    """Whether created values tend to be larger or smaller than real ones.

    Where no subject has more than one image: the Mann-Whitney test (exact for small samples without ties, otherwise the normal
    approximation with corrections for ties and continuity). Where one has: the same statistic, P(created > real) + P(equal) / 2 against
    one half, with the variance for clustered data of Obuchowski (Biometrics 1997;53:567) and the degrees of freedom of Brunner and
    Munzel (Biom J 2000;42:17), whose test it is where every subject has one image.

    Parameters
    ----------
    real, created : array_like, shape (n_real,), (n_created,)
    cluster : array_like of int, shape (n_real,), optional
        Subject of each real image, from `clusters`; created images are independent given their generator.
    alternative : str
        `two-sided`, or of created values: `greater` or `less`.

    Returns
    -------
    RankTest
        P is 1 where all values are equal. The clustered P is never below the least that as many subjects could give, that of a permutation
        test in which no subject overlaps with the created images; the normal theory knows no such limit, and few subjects reach it.
    """
    real, created = np.asarray(real, float), np.asarray(created, float)
    cluster = np.arange(len(real)) if cluster is None else np.asarray(cluster)
    clustered = len(np.unique(cluster)) < len(real)
    name = CLUSTERED if clustered else PLAIN
    if np.ptp(np.concatenate([real, created])) == 0:
        return RankTest(1.0, name)
    if not clustered:
        return RankTest(float(stats.mannwhitneyu(created, real, alternative=alternative).pvalue), name)
    return RankTest(_clustered(superiority(real, created), cluster, alternative), name)


def _clustered(pairs, cluster, alternative):
    """P value of mean(pairs) against one half."""
    excess = pairs.mean()
    sums = np.bincount(np.unique(cluster, return_inverse=True)[1], weights=pairs.mean(axis=1) - excess)
    parts = [_variance(sums, len(pairs)), _variance(pairs.mean(axis=0) - excess, pairs.shape[1])]
    counts = len(sums), pairs.shape[1]
    variance = sum(parts)
    if variance > 1e-20:
        freedom = variance**2 / sum(part**2 / (count - 1) for part, count in zip(parts, counts, strict=True))
        t_value = (excess - 0.5) / np.sqrt(variance)
    else:  # without overlap, or where all pairs are even
        freedom, t_value = np.inf, np.copysign(np.inf, excess - 0.5) if abs(excess - 0.5) > 1e-10 else 0.0
    least = 1 / comb(sum(counts), counts[0])
    if alternative == "two-sided":
        return float(min(1, max(2 * stats.t.sf(abs(t_value), freedom), 2 * least)))
    return float(max(stats.t.sf(t_value if alternative == "greater" else -t_value, freedom), least))


def _variance(sums, images):
    """Variance of a mean over images from the sums of its deviations within each independent unit."""
    return len(sums) / (len(sums) - 1) * np.sum(sums**2) / images**2


def equivalence(real, created, margin, cluster=None):
    """P value for the claim that created values are shifted against real ones by less than a margin either way.

    Two one-sided tests (Schuirmann, J Pharmacokinet Biopharm 1987;15:657) with rank tests in the place of t tests (Hauschke, Steinijans
    and Diletti, Int J Clin Pharmacol 1990;28:72): one against a shift of -margin or less, one against +margin or more; the larger P.
    The shift is that of Hodges and Lehmann. The margin is in units of the values.

    Raises
    ------
    InputError
        The margin is not a positive number.
    """
    if not (np.isfinite(margin) and margin > 0):
        raise InputError("comparisons: margin", margin, "a positive number", "the largest shift that you would call unimportant")
    real = np.asarray(real, float)
    lower = rank_test(real - margin, created, cluster, "greater")
    upper = rank_test(real + margin, created, cluster, "less")
    return max(lower.p_value, upper.p_value)


def delta_interval(real, created, cluster, seed, resamples=2000, confidence=0.95):
    """Percentile bootstrap interval of Cliff's delta: subjects of the real images and created images are drawn anew.

    Parameters
    ----------
    real, created : array_like, shape (n_real,), (n_created,)
    cluster : array_like of int, shape (n_real,)
        From `clusters`.
    seed : int or sequence of int
    resamples : int
    confidence : float

    Returns
    -------
    (float, float)
    """
    rng = np.random.default_rng(seed)
    count = int(np.max(cluster)) + 1
    drawn = rng.multinomial(count, np.full(count, 1 / count), resamples)
    return percentiles(resampled_delta(real, created, cluster, drawn, rng), confidence)


def resampled_delta(real, created, cluster, drawn, rng):
    """Cliff's delta in bootstrap samples of subjects, given, and of created images, drawn here.

    Parameters
    ----------
    real, created : array_like, shape (n_real,), (n_created,)
    cluster : array_like of int, shape (n_real,)
    drawn : numpy.ndarray of int, shape (resamples, subjects)
        How often each subject is in each sample; those who have none of the real images do not count.
    rng : numpy.random.Generator

    Returns
    -------
    numpy.ndarray, float, shape (resamples,)
        NaN where no subject of a sample has a real image.
    """
    pairs = superiority(real, created)
    created_count = pairs.shape[1]
    by_subject = np.zeros((drawn.shape[1], created_count))
    np.add.at(by_subject, cluster, pairs)
    sizes = np.bincount(cluster, minlength=drawn.shape[1])
    images = rng.multinomial(created_count, np.full(created_count, 1 / created_count), len(drawn))
    with np.errstate(invalid="ignore"):
        means = np.sum((drawn @ by_subject) * images, axis=1) / ((drawn @ sizes) * created_count)
    return 2 * means - 1


def percentiles(values, confidence):
    """Percentile interval of bootstrap values, (low, high)."""
    tail = (1 - confidence) / 2
    low, high = np.nanquantile(values, [tail, 1 - tail])
    return float(low), float(high)


def bootstrap_p(values):
    """Two-sided P value of bootstrap values against 0: twice the smaller share on either side, the sample itself counted too."""
    values = values[np.isfinite(values)]
    return float(min(1, 2 * (1 + min(np.sum(values <= 0), np.sum(values >= 0))) / (1 + len(values))))


def between_subject_sd(values, cluster, stratum):
    """Standard deviation of the subjects' means, in units of the values.

    Parameters
    ----------
    values : array_like, shape (n,)
    cluster : array_like of int, shape (n,)
        From `clusters`.
    stratum : sequence, length n
        What an image shows (its level): means of strata are taken off first, so that subjects of whom other levels are there do not differ
        by that alone.

    Returns
    -------
    float
        NaN where there are fewer than two subjects.
    """
    values = np.asarray(values, float)
    stratum = np.unique(np.asarray(stratum, str), return_inverse=True)[1]
    if len(np.unique(cluster)) < 2:
        return np.nan
    centred = values - (np.bincount(stratum, values) / np.bincount(stratum))[stratum]
    count = np.bincount(cluster)
    return float(np.std((np.bincount(cluster, centred) / np.maximum(count, 1))[count > 0], ddof=1))


def implied_delta(real, margin, cluster):
    """Cliff's delta between real values and the same shifted by a margin: what a shift at the margin would look like.

    Pairs are of different subjects, because an image lies below itself shifted, whatever the margin. NaN where there is one subject, or no
    margin.
    """
    apart = np.not_equal.outer(np.asarray(cluster), np.asarray(cluster))
    pairs = superiority(real, np.asarray(real, float) + margin)
    return float(2 * pairs[apart].mean() - 1) if apart.any() and np.isfinite(margin) else np.nan


def holm(p_values):
    """P values adjusted for their number by Holm's method (Scand J Stat 1979;6:65); NaN stays NaN and does not count."""
    from statsmodels.stats.multitest import multipletests

    p_values = np.asarray(p_values, float)
    adjusted, there = np.full(p_values.shape, np.nan), np.isfinite(p_values)
    if there.any():
        adjusted[there] = multipletests(p_values[there], method="holm")[1]
    return adjusted
