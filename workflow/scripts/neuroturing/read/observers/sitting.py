"""A model observer sits a quiz of the study's own design, drawn for it as for any reader.

It learns from images that its quiz does not hold. Half of the subjects, of each group alike, are set aside for the quiz and the other half
to learn from, where that leaves images enough; where it does not, real images of the same subjects are learnt from, and its row says so.

Where it draws the line, and how sure it is, follow from the images that it learnt from, each valued by an observer that has not seen it,
nor another image of its subject (cross-validation by subject):

- the criterion lies half-way between the means of the two kinds; above it an image is called real;
- confidence is 1 to 5 by the fifth in which the distance from the criterion lies, among the distances of all of these.

So no image of the quiz has a part in how it is answered. An observer is never in doubt (`unknown`), takes no time, and gives no reasons.
"""

import logging

import numpy as np
import pandas as pd

from ...errors import InputError
from ..design import TEST, draw_quiz, quiz_pixels, reader_rng
from ..score import MODEL
from . import OBSERVERS, outputs

FOLDS = 5
# Fewer images of a kind tell nothing of their covariance.
FEWEST = 10


def sit(name, observer, settings, pools, blocks, practice, seed):
    """One observer's judgements.

    Parameters
    ----------
    name : str
        What the tables call it.
    observer : str
        A name in OBSERVERS.
    settings : dict
        The observer's options.
    pools, blocks, practice, seed
        As in `design.draw_quiz`.

    Returns
    -------
    pandas.DataFrame
        The test rows of its key, in order, with reader, kind, answer, confidence, decision (above 0: called real; in the observer's own
        units) and learnt (what from, in words). A block without images to learn from is left out, with a warning.

    Raises
    ------
    InputError
        As `design.draw_quiz`.
    """
    key, shown, lessons, is_apart = _set_aside(name, pools, blocks, practice, seed)
    pixels = quiz_pixels(key, blocks, shown)
    held = {image.tobytes() for image in pixels}
    parts = []
    for block, pair in zip(blocks, lessons, strict=True):
        mine = np.flatnonzero((key["block"] == TEST) & (key["dataset"] == block["dataset"]) & (key["recipe"] == block["recipe"]))
        real, created = (pool.take([image.tobytes() not in held for image in pool.images]) for pool in pair)
        if min(real.count, created.count) < FEWEST:
            text = "%s does not judge %s on %s: outside its quiz there are %d real and %d created images to learn from, fewer than %d."
            logging.warning(text, name, block["recipe"], block["dataset"], real.count, created.count, FEWEST)
            continue
        rng = reader_rng(seed, name, b"observer", f"{block['dataset']}/{block['recipe']}".encode())
        answered = answers(observer, settings, (real.images, created.images), real["subject"], np.array([pixels[k] for k in mine]), rng)
        people = f"{len(set(real['subject']))} {'other subjects' if is_apart else 'subjects, those of the quiz among them,'}"
        learnt = f"learnt from {real.count} real images of {people} and {created.count} created ones"
        parts.append(key.iloc[mine].assign(**answered, learnt=learnt))
        logging.info("%s on %s: %s.", block["recipe"], block["dataset"], learnt)
    table = pd.concat(parts).sort_index() if parts else key.iloc[:0].assign(answer="", confidence=0, decision=0.0, learnt="")
    return table.assign(reader=name, kind=MODEL)


def answers(observer, settings, lessons, subject, images, rng):
    """Judge images after learning from others.

    Parameters
    ----------
    observer, settings
        As in `sit`.
    lessons : (numpy.ndarray, numpy.ndarray)
        Real and created images to learn from: uint8, shapes (n_real, height, width) and (n_created, height, width).
    subject : numpy.ndarray of str, shape (n_real,)
        Of the real images.
    images : numpy.ndarray, uint8, shape (n, height, width)
        To judge.
    rng : numpy.random.Generator

    Returns
    -------
    dict
        answer, confidence and decision, one of each image.
    """
    seen = outputs(observer, np.concatenate(lessons), settings)
    is_real = np.arange(len(seen)) < len(subject)

    def fit(these):
        return OBSERVERS[observer](seen[these], is_real[these], settings, rng)

    unseen = np.empty(len(seen))
    for known, left_out in _folds(is_real, subject, rng):
        unseen[left_out] = fit(known)(seen[left_out])
    criterion = (unseen[is_real].mean() + unseen[~is_real].mean()) / 2
    fifths = np.quantile(np.abs(unseen - criterion), [0.2, 0.4, 0.6, 0.8])
    decision = fit(slice(None))(outputs(observer, images, settings)) - criterion
    confidence = 1 + np.searchsorted(fifths, np.abs(decision))
    return {"answer": np.where(decision > 0, "real", "created"), "confidence": confidence, "decision": decision}


def _folds(is_real, subject, rng):
    """Numbers of images to learn from and of others to value: no subject is on both sides, where there are two at least."""
    from sklearn.model_selection import StratifiedGroupKFold

    group = np.unique(subject, return_inverse=True)[1]
    if group.max() == 0:
        group = np.arange(len(subject))
    subjects = group.max() + 1
    group = np.concatenate([group, subjects + np.arange(len(is_real) - len(subject))])
    folds = StratifiedGroupKFold(min(FOLDS, subjects), shuffle=True, random_state=int(rng.integers(2**31)))
    return folds.split(is_real, is_real, group)


def _set_aside(name, pools, blocks, practice, seed):
    """The key of the quiz, pools that it is drawn from and pools to learn from, and whether their subjects differ."""
    rng = reader_rng(seed, name, b"subjects")
    groups = {}
    for real, _ in pools:
        groups |= dict(zip(real["subject"].tolist(), real["group"].tolist(), strict=True))
    # By group in random order, every second one: half of each group, and of all.
    order = sorted(rng.permutation(sorted(groups)).tolist(), key=groups.get)
    quizzed = order[::2]
    sides = [[(real.take(np.isin(real["subject"], quizzed) == side), created) for real, created in pools] for side in (True, False)]
    try:
        if all(real.count >= FEWEST for real, _ in sides[1]):
            return draw_quiz(name, sides[0], blocks, practice, seed), *sides, True
    except InputError:
        pass  # the quiz needs more images than half of the subjects have
    logging.warning("%s learns from subjects of its quiz too: half of them have too few images for the other.", name)
    return draw_quiz(name, pools, blocks, practice, seed), pools, pools, False
