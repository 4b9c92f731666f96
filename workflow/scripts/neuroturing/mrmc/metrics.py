"""What a reader achieved in a modality, and how that would vary with other cases.

Every covariance here is a sum over cases of products of influences, so that cases which two readings share make them covary, cases
which they do not share add nothing, and the matrix is never indefinite. Classes are sampled apart, as in a study with a fixed number
of positive and of negative cases.
"""

import numpy as np

METRICS = ("auc", "accuracy", "balanced_accuracy", "sensitivity", "specificity")
COVARIANCES = ("delong", "jackknife", "unbiased")


def weights(metric, positives, negatives):
    """Share of the positive and of the negative cases in a metric; both are whole in the AUC."""
    total = positives + negatives
    accuracy = (positives / total, negatives / total) if total else (0.0, 0.0)
    return {"auc": (1.0, 1.0), "accuracy": accuracy, "balanced_accuracy": (0.5, 0.5), "sensitivity": (1.0, 0.0), "specificity": (0.0, 1.0)}[
        metric
    ]


def choose_covariance(metric, covariance):
    """The estimator asked for, or the usual one of the metric.

    Raises
    ------
    ValueError
        The metric or the estimator is unknown, or the estimator is not for this metric.
    """
    if metric not in METRICS:
        raise ValueError(f"There is no metric {metric!r}; known are {', '.join(METRICS)}.")
    usual, other = ("delong", "unbiased") if metric == "auc" else ("unbiased", "delong")
    if covariance not in (None, *COVARIANCES):
        raise ValueError(f"There is no covariance estimator {covariance!r}; known are {', '.join(COVARIANCES)}.")
    if covariance == other:
        raise ValueError(f"The {other} covariance is not for {metric}: take {usual} or jackknife.")
    return covariance or usual


def figures(ratings, metric="auc", covariance=None):
    """The metric of each reader in each modality, and the covariance of all of them.

    AUC: share of pairs of a positive and a negative case in which the positive one is rated higher, ties one half. Its "delong" covariance
    is that of DeLong, DeLong and Clarke-Pearson (Biometrics 1988;44:837). "unbiased" is the covariance of stratified proportions, with
    n - 1 in each class. "jackknife" leaves out each case in turn; for accuracy it takes positive and negative cases as one sample, and is
    then larger than "unbiased" for a reader who prefers one answer.

    Parameters
    ----------
    ratings : Ratings
    metric : str
        One of `METRICS`; all but "auc" need ratings 0 or 1.
    covariance : str, optional
        "delong" (AUC alone, there the default), "unbiased" (the others' default) or "jackknife".

    Returns
    -------
    value : numpy.ndarray, shape (t, r)
    covariance : numpy.ndarray, shape (t, r, t, r)

    Raises
    ------
    ValueError
        An unknown name; ratings that are not 0 or 1 where they must be; a reader with fewer than two cases of a class that counts.
    """
    covariance = choose_covariance(metric, covariance)
    if metric != "auc":
        odd = ratings.rating[~np.isnan(ratings.rating) & ~np.isin(ratings.rating, (0, 1))]
        if odd.size:
            raise ValueError(
                f"The {metric} needs ratings 0 or 1, and one is {odd[0]:g}; say first from which rating on a case is called positive."
            )
    modalities, readers, cases = ratings.rating.shape
    value, influence = np.zeros((modalities, readers)), np.zeros((modalities, readers, cases))
    for cell in np.ndindex(modalities, readers):
        read = ~np.isnan(ratings.rating[cell])
        positive, negative = np.flatnonzero(read & ratings.truth), np.flatnonzero(read & ~ratings.truth)
        weight = weights(metric, len(positive), len(negative))
        _check_counts(ratings, cell, metric, positive, negative)
        score = ratings.rating[cell]
        value[cell], influence[cell][positive], influence[cell][negative] = _cell(
            score[positive], score[negative], metric, weight, covariance
        )
    flat = influence.reshape(modalities * readers, cases)
    return value, (flat @ flat.T).reshape(modalities, readers, modalities, readers)


def _check_counts(ratings, cell, metric, positive, negative):
    needed = {"sensitivity": (2, 0), "specificity": (0, 2)}.get(metric, (2, 2))
    if len(positive) < needed[0] or len(negative) < needed[1]:
        raise ValueError(
            f"Reader {ratings.readers[cell[1]]} read {len(positive)} positive and {len(negative)} negative cases of modality "
            f"{ratings.modalities[cell[0]]}; the {metric} needs at least {needed[0]} and {needed[1]}."
        )


def _cell(positive, negative, metric, weight, covariance):
    """Metric of one reader in one modality, and the influence of each positive and each negative case."""
    if metric == "auc":
        parts = _share_below(positive, negative), 1 - _share_below(negative, positive)
    else:
        parts = positive, 1 - negative
    means = [part.mean() if part.size else 0.0 for part in parts]
    value = means[0] if metric == "auc" else weight[0] * means[0] + weight[1] * means[1]
    if covariance == "jackknife":
        counted = sum(part.size for part, share in zip(parts, weight, strict=True) if share)
        scale = np.sqrt((counted - 1) / counted)
        if metric == "accuracy":
            return value, *(scale * (part - value) / (counted - 1) for part in parts)
        return value, *(
            scale * share * (part - mean) / max(part.size - 1, 1) for part, mean, share in zip(parts, means, weight, strict=True)
        )
    sizes = [max(np.sqrt(part.size * (part.size - 1)), 1) for part in parts]
    return value, *(share * (part - mean) / size for part, mean, share, size in zip(parts, means, weight, sizes, strict=True))


def _share_below(own, other):
    """For each of `own` the share of `other` that is lower, ties one half."""
    other = np.sort(other)
    return (np.searchsorted(other, own, "left") + np.searchsorted(other, own, "right")) / (2 * len(other))
