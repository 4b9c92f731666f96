"""Distances between two groups of images in a feature space."""

import numpy as np

DIMENSIONS, IMAGES_EACH = 32, 5


def kernel_distance(pool, reference, examined):
    """Unbiased squared maximum mean discrepancy with a cubic kernel (Binkowski et al., ICLR 2018, section 4; Gretton et al. 2012, lemma 6).

    The mean of the kernel over pairs within each group, less twice that between them. Pairs within a group are of different units: images
    of one subject are alike, and counting their pairs would make any two groups of few subjects seem apart. With one image for each unit
    this is the usual estimator; it is 0 on average, and so as often below, where both groups are of one distribution.

    Parameters
    ----------
    pool : Pool
    reference, examined : numpy.ndarray of int
        Images of each group.

    Returns
    -------
    float
        NaN where a group is of one unit.
    """
    return _within(pool, reference) + _within(pool, examined) - 2 * float(pool.kernel[np.ix_(reference, examined)].mean())


def _within(pool, group):
    kernel = pool.kernel[np.ix_(group, group)]
    # Whole less the blocks of one unit: a product in the place of a mask over all pairs.
    member = (pool.units[group][:, None] == np.unique(pool.units[group])).astype(float)
    sizes = member.sum(axis=0)
    same = np.einsum("iu,iu->", member, kernel @ member)
    pairs = len(group) ** 2 - np.sum(sizes**2)
    return float((kernel.sum() - same) / pairs) if pairs else np.nan


def frechet_distance(pool, reference, examined):
    """Squared Frechet distance between normal distributions of the groups' means and covariances (Heusel et al., NIPS 2017, equation 6).

    |m1 - m2|^2 + tr(S1 + S2 - 2 (S1 S2)^1/2). It grows as groups get smaller: compare equal ones (see `dimensions`).

    Parameters
    ----------
    pool : Pool
    reference, examined : numpy.ndarray of int
        Images of each group; two at least.

    Returns
    -------
    float
    """
    first, second = pool.features[reference], pool.features[examined]
    about = [part - part.mean(axis=0) for part in (first, second)]
    factors = [part / np.sqrt(len(part) - 1) for part in about]
    # tr (S1 S2)^1/2 is the sum of the singular values of A1 A2', with S = A'A: no root of a matrix that is nearly singular.
    small = [np.linalg.qr(part, mode="r") for part in factors]
    shared = np.linalg.svd(small[0] @ small[1].T, compute_uv=False).sum()
    spread = sum(float(np.sum(part**2)) for part in factors)
    return float(np.sum((first.mean(axis=0) - second.mean(axis=0)) ** 2) + spread - 2 * shared)


def dimensions(count, available):
    """Number of principal components for the Frechet distance: 5 images for each, 32 at most, since a covariance needs many more images."""
    return max(1, min(DIMENSIONS, available, count // IMAGES_EACH))


def principal(training, count):
    """The projection on the first principal components of training images' features.

    Parameters
    ----------
    training : numpy.ndarray, shape (n, d)
    count : int
        Components; fewer where there are not so many.

    Returns
    -------
    numpy.ndarray, shape (d, components)
        Not centred and not scaled: distances keep the space's unit.
    """
    _, _, axes = np.linalg.svd(training - training.mean(axis=0), full_matrices=False)
    return axes[:count].T
