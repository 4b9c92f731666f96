"""Precision, recall, density and coverage: whether created images are like real ones, and whether they are as varied."""

import numpy as np

NEIGHBOURS = 5
NAMES = ("precision", "recall", "density", "coverage")


def manifold(pool, reference, examined, neighbours=NEIGHBOURS):
    """The four numbers of two groups, each group's shape being balls about its images that reach to the k-th nearest other.

    - precision: share of examined images within a ball of the reference (Kynkaanniemi et al., NeurIPS 2019, equations 1 and 2);
    - recall: share of reference images within a ball of the examined;
    - density: mean number of the reference's balls about an examined image, over k; may be above 1 (Naeem et al., ICML 2020, equation 3);
    - coverage: share of the reference's balls with an examined image in them (equation 4).

    A ball reaches to the k-th nearest image of other units: neighbouring sections of one subject would make it as small as what lies
    between them. Where each unit has one image these are the published definitions.

    Parameters
    ----------
    pool : Pool
    reference, examined : numpy.ndarray of int
    neighbours : int
        k.

    Returns
    -------
    tuple of float
        In the order of NAMES; NaN where a group has fewer than k images of other units.
    """
    radii = [_radii(pool, group, neighbours) for group in (reference, examined)]
    between = pool.squared[np.ix_(reference, examined)]
    inside = between < radii[0][:, None]
    if not all(np.isfinite(part).all() for part in radii):
        return (np.nan,) * 4
    recall = (between < radii[1]).any(axis=1).mean()
    return tuple(map(float, (inside.any(axis=0).mean(), recall, inside.sum(axis=0).mean() / neighbours, inside.any(axis=1).mean())))


def _radii(pool, group, neighbours):
    """Squared distance of each image to its k-th nearest of other units, infinite where there is none."""
    if len(group) <= neighbours:
        return np.full(len(group), np.inf)
    squared = pool.squared[np.ix_(group, group)]
    squared[~pool.apart(group, group)] = np.inf
    return np.partition(squared, neighbours - 1, axis=1)[:, neighbours - 1]
