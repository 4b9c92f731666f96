"""Train and test every arm of every task, and make the table of it."""

import hashlib
import logging

import numpy as np

from ..errors import InputError
from ..measure.statistics import holm
from .arms import AUGMENTED, BOTH, CREATED, FEW, MOST, arms, batches, draw_real, headline, mixture
from .intervals import METRICS, estimate, scored
from .sentences import about, conclusion
from .tasks import HELD_OUT, LEAST_SUBJECTS, TRAINED_ON, patterns, tasks

IMAGES = 150  # real images of a class that a repeat takes at most


def examine(real, training, created, sets, side, seed, repeats=3, ratios=(0.5, 1, 2), steps=None):
    """Rows of use.tsv (see `neuroturing.use.COLUMNS`).

    Parameters
    ----------
    real, training, created, sets, side, seed : see `neuroturing.use.tasks.tasks`
    repeats : int
        Draws of training subjects, of images and of first weights; two at least.
    ratios : sequence of float
        Created images for each real one.
    steps : int, optional
        Updates of each training; those of the classifier otherwise.

    Returns
    -------
    list of dict
        A row for each arm and metric, those of few training subjects last; one row of a task that cannot be set, its sentence saying why.
        P values are of the difference from the arm in `against`, adjusted by Holm's method over the arms of one task, share and metric.

    Raises
    ------
    InputError
        Settings out of range, and what `tasks` raises.
    """
    _check(side, repeats, ratios)
    rows, known = [], {}
    for task in tasks(real, training, created, sets, side, seed):
        if task.skipped:
            rows.append(_named(task, side) | {"sentence": f"Not examined: {task.skipped}."})
            continue
        first = len(rows)
        for share in shares(task.train):
            rows += _rows(task, share, side, seed, repeats, sorted(ratios), steps, known)
        logging.info("%s, %s: %s", task.recipe, task.label, rows[first]["sentence"])
    return rows


def _check(side, repeats, ratios):
    if side not in (HELD_OUT, TRAINED_ON):
        raise InputError("use: side", side, f"{HELD_OUT} or {TRAINED_ON}", "name the side that real images are of")
    if repeats < 2:
        raise InputError("use: repeats", repeats, "2 or more", "one training says nothing of how much trainings differ")
    if not len(ratios) or not all(0 < ratio <= 100 for ratio in ratios) or len(set(ratios)) < len(ratios):
        hint = "created images for each real one, for example [0.5, 1, 2]"
        raise InputError("use: ratios", list(ratios), "different numbers above 0, at most 100", hint)


def shares(train):
    """Shares of the training subjects to draw: FEW too where it leaves out some of those of MOST."""
    fewer = any(round(MOST * len(part)) > max(LEAST_SUBJECTS, round(FEW * len(part))) for part in patterns(train))
    return (MOST, FEW) if fewer else (MOST,)


def _named(task, side):
    return {"task": task.label, "recipe": task.recipe, "datasets": ", ".join(task.datasets), "side": side}


def _rows(task, share, side, seed, repeats, ratios, steps, known):
    """Rows of one task and share of its training subjects; `known` keeps what was trained on real images alone, for other recipes."""
    from .classifier import BATCH, STEPS

    chosen, test = arms(ratios, share == FEW), task.test
    shape = (steps or STEPS, BATCH)
    results = [[_trained(task, arm, share, [seed, repeat], shape, known) for repeat in range(repeats)] for arm in chosen]
    scores = [scored(np.array([found for found, _ in result]), test.truth, test.subject) for result in results]
    names = [arm.name for arm in chosen]
    bases = [names.index(AUGMENTED) if name == BOTH else 0 for name in names]
    strata, rows = len(patterns(test)), []
    for metric in METRICS:
        values = [estimate(score[metric], strata) for score in scores]
        gains = [None, *(estimate(score[metric] - scores[bases[k]][metric], strata) for k, score in enumerate(scores) if k)]
        adjusted = [np.nan, *holm([gain.p_value for gain in gains[1:]])]
        for k, (arm, result, value, gain, p_adjusted) in enumerate(zip(chosen, results, values, gains, adjusted, strict=True)):
            counts = np.mean([count for _, count in result], axis=0).round().astype(int).tolist()
            row = _named(task, side) | {
                "arm": arm.name,
                "ratio": arm.ratio if 0 < arm.ratio < np.inf else None,
                "training_share": share,
                "metric": metric,
                "value": value.value,
                "low": float(np.clip(value.low, 0, 1)),
                "high": float(np.clip(value.high, 0, 1)),
                **dict(zip(("n_train", "n_created", "subjects_train"), counts, strict=True)),
                "n_test": len(test.truth),
                "subjects_test": len(np.unique(test.subject)),
                "repeats": repeats,
            }
            if gain:
                row |= {"difference": gain.value, "difference_low": gain.low, "difference_high": gain.high}
                row |= {"p_value": gain.p_value, "p_adjusted": float(p_adjusted), "against": names[bases[k]]}
            rows.append(row)
        mine = rows[-len(chosen) :]
        fewer = mine[0]["subjects_train"] < len(np.unique(task.train.subject))
        for base, row in zip(bases, mine, strict=True):
            row["sentence"] = about(row, mine[base], len(task.classes), fewer)
        told = next(row for row in mine if row["arm"] == CREATED and row["ratio"] == headline(ratios))
        mine[0]["sentence"] = conclusion(told, mine[0])
    return rows


def _trained(task, arm, share, seed, shape, known):
    """Probabilities of the test images, shape (n, classes), and the numbers of real images, created images and subjects trained on."""
    from .classifier import classifier

    key = (arm, share, *seed, _digest(task)) if arm.ratio == 0 else None
    if key in known:
        return known[key]
    real = draw_real(task.train, share, IMAGES, np.random.default_rng([*seed, 1]))
    images, weight, n_real = mixture(arm, real, task.created, np.random.default_rng([*seed, 2]))
    order = batches(weight, *shape, np.random.default_rng([*seed, 3]))
    learner = classifier(task.test.pixels.shape[1], len(task.classes))
    learner.fit(images.pixels, images.truth, order, [*seed, 4], arm.augmented, task.mirrored)
    subjects = len(np.unique(real.subject)) if n_real else 0
    found = learner.predict(task.test.pixels), (n_real, len(images.truth) - n_real, subjects)
    if key:
        known[key] = found
    return found


def _digest(task):
    """What tells the real images of one task from those of another."""
    parts = [getattr(images, name) for images in (task.train, task.test) for name in ("pixels", "truth", "subject")]
    return hashlib.sha256(b"".join(np.ascontiguousarray(part).tobytes() for part in parts)).hexdigest()
