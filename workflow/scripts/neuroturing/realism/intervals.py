"""Intervals and P values by unit: subjects of real images, single created images."""

import numpy as np
from scipy import stats

SUBJECTS, CREATED = 20, 10
CONFIDENCE = 0.95
PERMUTATIONS = 999
ENOUGH_UNITS = 6


def grouped(units, most, rng):
    """Lay units into groups to be left out one at a time: each its own, or `most` groups of as many units as possible alike.

    Parameters
    ----------
    units : numpy.ndarray of int, shape (n,)
    most : int
    rng : numpy.random.Generator
        Which units go together.

    Returns
    -------
    numpy.ndarray of int, shape (n,)
        Group of each image.
    """
    names, member = np.unique(units, return_inverse=True)
    place = np.arange(len(names)) if len(names) <= most else rng.permutation(np.arange(len(names)) % most)
    return place[member]


def jackknife(statistic, reference, examined, groups, inflation=1.0):
    """Interval of a statistic of two independent groups of images by leaving subjects and created images out.

    The variance that each side brings is that of the delete-m jackknife for unequal groups (Busing, Meijer and van der Leeden, Stat Comput
    1999;9:3); the sum of both has the degrees of freedom of Welch and Satterthwaite. Nothing is drawn twice, as a bootstrap does: two
    copies of an image are each other's nearest neighbours, and a pair that an unbiased estimator must not count.

    Parameters
    ----------
    statistic : callable
        (reference, examined), arrays of image numbers, to an array of numbers.
    reference, examined : numpy.ndarray of int
    groups : pair of numpy.ndarray of int
        Group of each image of either side, from `grouped`.
    inflation : float
        Of the variance, where leaving out does not show all of it.

    Returns
    -------
    value, low, high : numpy.ndarray
        low and high are NaN where a side has a single group.

    The variance is, if anything, too large (Efron and Stein, Ann Stat 1981;9:586): intervals are of 95 % to 99 %, the more for a kernel
    distance near 0, whose pairs alone vary then.
    """
    value = np.asarray(statistic(reference, examined), float)
    sides = []
    for side, (images, group) in enumerate(zip((reference, examined), groups, strict=True)):
        names, sizes = np.unique(group, return_counts=True)
        if len(names) < 2:
            return value, np.full_like(value, np.nan), np.full_like(value, np.nan)
        left = [images[group != name] for name in names]
        replicates = np.array([statistic(part, examined) if side == 0 else statistic(reference, part) for part in left], float)
        sides.append((inflation * _variance(value, replicates, sizes), len(names) - 1))
    total = sum(variance for variance, _ in sides)
    with np.errstate(invalid="ignore", divide="ignore"):
        freedom = total**2 / sum(variance**2 / freedom for variance, freedom in sides)
    freedom = np.where(np.isfinite(freedom), freedom, 1)
    half = stats.t.ppf((1 + CONFIDENCE) / 2, freedom) * np.sqrt(total)
    return value, value - half, value + half


def of_share(value, half, units):
    """Interval of a share from half the length of one that is even on both sides, and so may leave 0 to 1 or shrink to nothing at either
    end.

    Wilson's interval (J Am Stat Assoc 1927;22:209) for the number of independent images that would give that length: the effective sample
    size, as Korn and Graubard (Surv Methodol 1998;24:193) have it for clustered samples.

    Parameters
    ----------
    value, half : float
    units : int
        Of the side that has fewer: what a share of 0 or 1 is taken to rest on, where no spread is seen.

    Returns
    -------
    low, high : float
    """
    z = stats.norm.ppf((1 + CONFIDENCE) / 2)
    count = units if value in (0, 1) or half == 0 else value * (1 - value) * (z / half) ** 2
    middle = (value + z**2 / (2 * count)) / (1 + z**2 / count)
    spread = z / (1 + z**2 / count) * np.sqrt(value * (1 - value) / count + z**2 / (4 * count**2))
    # Of 0 and of 1 the ends are 0 and 1 but for rounding.
    return max(0.0, round(float(middle - spread), 12)), min(1.0, round(float(middle + spread), 12))


def _variance(value, replicates, sizes):
    """Variance of the delete-m jackknife; `replicates` of shape (groups, numbers), `sizes` in images."""
    times = (sizes.sum() / sizes)[:, None]
    pseudo = times * value - (times - 1) * replicates
    return np.mean((pseudo - np.sum(pseudo / times, axis=0)) ** 2 / (times - 1), axis=0)


def permutation_p(first, second, rng):
    """P value that the first sample's mean is not the larger one: by permuting a studentised difference.

    Samples of units of unequal spread (means over a subject's images, and single images) cannot be exchanged, but the studentised
    difference of means keeps its level all the same as samples grow (Janssen, Stat Probab Lett 1997;36:9; Chung and Romano, Ann Stat
    2013;41:484). Of two to five units against many less spread ones it does not (0.10 for 0.05 in 300 simulations of 2 against 40):
    there it is the larger of that and of Welch's t with one degree of freedom fewer than the fewer units (Hsu 1938; never too small).

    Parameters
    ----------
    first, second : numpy.ndarray, float
        One value for each unit; two at least.
    rng : numpy.random.Generator

    Returns
    -------
    float
        One-sided, 1 / (PERMUTATIONS + 1) at least.
    """
    pooled, count = np.concatenate([first, second]), len(first)
    order = np.array([np.arange(len(pooled)), *(rng.permutation(len(pooled)) for _ in range(PERMUTATIONS))])
    drawn = pooled[order]
    parts = drawn[:, :count], drawn[:, count:]
    difference = parts[0].mean(axis=1) - parts[1].mean(axis=1)
    spread = np.sqrt(sum(part.var(axis=1, ddof=1) / part.shape[1] for part in parts))
    # Where all values of both parts are equal the difference is infinitely or not at all large.
    t_values = difference / np.maximum(spread, 1e-12)
    by_order = float(np.mean(t_values >= t_values[0] - 1e-9))
    if min(len(first), len(second)) >= ENOUGH_UNITS:
        return by_order
    return max(by_order, float(stats.t.sf(t_values[0], min(len(first), len(second)) - 1)))
