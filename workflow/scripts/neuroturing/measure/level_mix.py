"""At which levels created images lie: they have no label, and a model of several levels need not make them in equal shares.

A small classifier learns the level from real images; how often it is right is measured on subjects that it has not seen. Where it is not
right often enough, or where subjects are few, the mix is unknown, and said to be.
"""

import numpy as np
from scipy import ndimage

from .comparison import own_labels
from .statistics import clusters

# Not stated anywhere: chosen because a mix that is wrong by more than a tenth tells little.
LEAST_ACCURACY = 0.9
SIDE, COMPONENTS, FOLDS = 16, 10, 5


def level_mix(real, created, spec):
    """Estimate the levels of created images.

    Parameters
    ----------
    real : ImageSet
        Real images of every subject, with labels level, group, subject.
    created : list of (str, str, ImageSet)
        Label of the set, group, images.
    spec : dict
        own (see `comparison.resolved`), minimum.

    Returns
    -------
    list of dict
        For each of `created` whose own real images have several levels: set, group, images, accuracy (share of the group's real images put
        at their level when their subject was left out; NaN where it cannot be had), mix (level to number of created images, or None), real
        (level to number of real images), reason (why there is no mix, or empty).
    """
    found = []
    for label, group, images in created:
        mine = _of_group(real, group)
        there = sorted(set(real["level"][mine].tolist()) - {""})
        own = own_labels(spec, label, group).get("level", there)
        levels = [level for level in there if level in own]
        if len(levels) < 2:
            continue
        known = real.take(np.isin(real["level"], levels))
        line = {"set": label, "group": group, "images": images.count, "accuracy": np.nan, "mix": None}
        line["real"] = {level: int(np.sum((known["level"] == level) & _of_group(known, group))) for level in levels}
        found.append(line | _estimate(known, group, images, levels, spec["minimum"]))
    return found


def _estimate(known, group, images, levels, minimum):
    """Accuracy on subjects left out, and the mix or the reason why there is none."""
    from sklearn.model_selection import StratifiedGroupKFold, cross_val_predict

    cluster, mine = clusters(known["subject"]), _of_group(known, group)
    fewest = min(len(np.unique(cluster[mine & (known["level"] == level)])) for level in levels)
    if fewest < minimum:
        return {"reason": f"{fewest} real subjects at one of the levels, {minimum} needed"}
    features = _features(known.images)
    folds = StratifiedGroupKFold(min(FOLDS, fewest), shuffle=True, random_state=0)
    guessed = cross_val_predict(_classifier(features), features, known["level"], groups=cluster, cv=folds)
    accuracy = float(np.mean(guessed[mine] == known["level"][mine]))
    if accuracy < LEAST_ACCURACY:
        reason = f"the level of a real image is told right in {100 * accuracy:.0f} %, {100 * LEAST_ACCURACY:.0f} % needed"
        return {"accuracy": accuracy, "reason": reason}
    told = _classifier(features).fit(features, known["level"]).predict(_features(images.images))
    return {"accuracy": accuracy, "mix": {level: int(np.sum(told == level)) for level in levels}, "reason": ""}


def _of_group(images, group):
    """Which images are of a group; all where it has no name."""
    return images["group"] == group if group else np.ones(images.count, bool)


def _classifier(features):
    """Principal components, fewer than a fold has images, and a logistic regression."""
    from sklearn.decomposition import PCA
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    return make_pipeline(
        PCA(max(1, min(COMPONENTS, len(features) // 3)), svd_solver="full"), StandardScaler(), LogisticRegression(max_iter=1000)
    )


def _features(images):
    """Pictures made small and scaled to their own maximum, shape (n, SIDE * SIDE)."""
    height, width = images.shape[1:]
    small = ndimage.zoom(images.astype(np.float32), (1, SIDE / height, SIDE / width), order=1, grid_mode=True, mode="nearest")
    flat = small.reshape(len(images), -1)
    return flat / np.maximum(flat.max(axis=1, keepdims=True), 1)


def in_words(line):
    """A line of `level_mix` as a sentence."""
    start = f"{line['set']}, {line['group']}" if line["group"] else line["set"]
    if line["mix"] is None:
        return f"{start}: the levels of the {line['images']} created images are unknown ({line['reason']})."
    shares = ", ".join(f"{level} {100 * count / max(line['images'], 1):.0f} %" for level, count in line["mix"].items())
    total = max(sum(line["real"].values()), 1)
    real = ", ".join(f"{level} {100 * count / total:.0f} %" for level, count in line["real"].items())
    right = f"told right in {100 * line['accuracy']:.0f} % of real images of subjects left out"
    return f"{start}: of {line['images']} created images, by estimate, {shares} (of real images {real}; the level is {right})."
