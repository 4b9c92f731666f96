"""The examination of one data set: the reference, planted copies, and each of its models."""

import itertools
import logging
from dataclasses import dataclass

import numpy as np

from ..errors import InputError
from ..imageset import HELD_OUT, ImageSet
from ..measure.statistics import clusters
from . import planted
from .identical import fingerprints, identical
from .reference import EXPECTED, below, share_below, three_sample, threshold
from .search import Matches, nearest
from .words import verdict_and_sentence

COLUMNS = (
    "dataset", "recipe", "n_created", "n_training", "subjects_training", "n_reference", "subjects_reference", "reference", "threshold",
    "copies", "share", "share_low", "share_high", "expected_share", "c_t", "c_t_p", *(f"recall_{kind}" for kind in planted.KINDS),
    "most_copied_subject", "most_copied_share", "verdict", "sentence", "threshold_low", "threshold_high",
    "ratio_threshold", "recall_undrawn", "side", "identical", "near",
)  # fmt: skip
IMAGE_COLUMNS = (
    "dataset", "recipe", "image", "nearest_image", "nearest_subject", "distance", "flipped", "turned_deg", "shift_x", "shift_y", "copy",
    "zoom", "ratio",
)  # fmt: skip
# Of the least distance of the reference. Chosen because an honest image would have to come twice as near as the nearest of hundreds.
NEAR = 0.5
HELD, OTHERS = "held out", "other training subjects"
REFERENCE = "reference"


@dataclass(frozen=True)
class Reference:
    """What a data set's models are held against.

    Attributes
    ----------
    training : ImageSet
    subjects : list of str
        Of the training images; an image without a subject is called by its own name.
    images : ImageSet
        Of people not seen, or the training images themselves.
    kind : str
        HELD or OTHERS.
    subject : numpy.ndarray of int
        Of the reference images, numbered.
    matches : Matches
        Of the reference images.
    threshold, ratio : (float, float, float)
        Value, low and high, of distances, and of the ratios that `search.Matches` has.
    recalls : dict of float
        Of each kind of planted copies, and `undrawn`: of training images when they are not among those searched but others of the same
        subject are, as with training images that were not drawn.
    known : set of bytes
        Fingerprints of real images (see `identical`).
    """

    training: ImageSet
    subjects: list
    images: ImageSet
    kind: str
    subject: np.ndarray
    matches: Matches
    threshold: tuple
    ratio: tuple
    recalls: dict
    known: set


def prepare(real, training, side, seed, everything=None):
    """Hold the reference images and planted copies against the training images.

    Parameters
    ----------
    real, training : ImageSet
    side : str
        "held out" where `real` is of subjects that no model has seen; otherwise each training subject is held against the others.
    seed : int
    everything : ImageSet, optional
        Real images beyond these: a created image that is one of them pixel for pixel is found too.

    Returns
    -------
    Reference

    Raises
    ------
    InputError
        Images of different sizes; no training subject but one, and nobody held out.
    """
    check_size(real, training)
    unseen = real["split"] == HELD_OUT
    kind = HELD if side == HELD and unseen.any() else OTHERS
    if side == HELD and kind == OTHERS:
        logging.warning("%s: no held-out image; each training subject is held against the others", real.path)
    images = real.take(unseen) if kind == HELD else training
    own, others = (np.array(named(part)) for part in (images, training))
    allowed = own[:, None] != others
    # Where there is nobody else, there is no reference: the table says so.
    some = allowed.any(axis=1)
    images, allowed = images.take(some), allowed[some]
    subject = clusters(own[some])
    picks = planted.chosen(training.images, seed)
    copies = planted.plant(training.images[picks], seed)
    owner = clusters(others)
    picks, other = _undrawn(training, owner, picks)
    groups = {REFERENCE: images.images, **copies, "undrawn": training.images[picks]}
    everyone = np.ones((sum(map(len, copies.values())), training.count), bool)
    # Held against the training images together: turning these takes long.
    found = nearest(np.concatenate(list(groups.values())), training.images, owner, np.concatenate([allowed, everyone, other]))
    ends = np.cumsum([0, *map(len, groups.values())])
    matches = {name: found.take(slice(*part)) for name, part in zip(groups, itertools.pairwise(ends), strict=True)}
    reference = matches.pop(REFERENCE)
    bounds = [threshold(values, subject, [seed, 3]) if len(subject) else (np.nan,) * 3 for values in (reference.distance, reference.ratio)]
    recalls = {name: _recall(below(part, bounds[0][0], bounds[1][0])) for name, part in matches.items()}
    known = set().union(*(fingerprints(part.images) for part in (real, training, everything) if part))
    return Reference(training, others.tolist(), images, kind, subject, reference, *bounds, recalls, known)


def check_size(images, training):
    """Raise InputError where images are of another size than the training images."""
    if images.size != training.size:
        found, expected = ("{} x {} pixels".format(*part.size) for part in (images, training))
        raise InputError(images.path, found, f"{expected}, as the training images", "make both from one cut, or import them at one size")


def named(images):
    """The subject of each image; one whose subject is not known counts as one of its own, called by the image's name."""
    return [subject or image for subject, image in zip(images["subject"].tolist(), images["image"].tolist(), strict=True)]


def _recall(found):
    return float(np.mean(found)) if len(found) else np.nan


def _undrawn(training, subject, picks):
    """Of some training images those whose subject has another picture, and for each of these which images are another picture."""
    flat = training.images.reshape(training.count, -1)
    other = np.array([np.any(flat != flat[k], axis=1) for k in picks], bool).reshape(len(picks), training.count)
    kin = (other & (subject == subject[picks, None])).any(axis=1)
    return picks[kin], other[kin]


def examine(created, reference, made, side, seed):
    """Hold a model's created images against the training images.

    Parameters
    ----------
    created : ImageSet
    reference : Reference
        From `prepare`.
    made : dict
        dataset, recipe, label.
    side : str
        What the table says of the real images.
    seed : int

    Returns
    -------
    row : dict
        `COLUMNS`.
    rows : list of dict
        `IMAGE_COLUMNS`, one for each created image; degrees are counter-clockwise, shifts in pixels right and down, of the training image.
    matches : Matches

    Raises
    ------
    InputError
        Images of another size.
    """
    check_size(created, reference.training)
    matches = nearest(created.images, reference.training.images, clusters(reference.subjects))
    subject = np.array(reference.subjects)[matches.index]
    is_copy = below(matches, reference.threshold[0], reference.ratio[0])
    copies, share, low, high = share_below(matches, reference.threshold, reference.ratio)
    z, p = three_sample(_fair(created, reference, matches, seed), reference.matches.distance, reference.subject)
    names, counts = np.unique(subject[is_copy], return_counts=True)
    row = {name: made[name] for name in ("dataset", "recipe")}
    row |= {"n_created": created.count, "n_training": reference.training.count, "subjects_training": len(set(reference.subjects))}
    row |= {"n_reference": len(reference.subject), "subjects_reference": len(set(reference.subject.tolist())), "reference": reference.kind}
    row |= dict(zip(("threshold", "threshold_low", "threshold_high"), reference.threshold, strict=True))
    row |= {
        "ratio_threshold": reference.ratio[0],
        "copies": copies,
        "share": share,
        "share_low": low,
        "share_high": high,
        "expected_share": EXPECTED,
        "c_t": z,
        "c_t_p": p,
    }
    row |= {f"recall_{name}": value for name, value in reference.recalls.items()} | {"side": side}
    row["identical"] = int(identical(created.images, reference.known).sum())
    row["near"] = int(near(matches, reference).sum())
    row |= {"most_copied_subject": "", "most_copied_share": np.nan}
    if copies:
        row |= {"most_copied_subject": str(names[counts.argmax()]), "most_copied_share": float(counts.max() / copies)}
    row["verdict"], row["sentence"] = verdict_and_sentence(row, made["label"])
    return row, _image_rows(created, reference, made, matches, subject, is_copy), matches


def near(matches, reference):
    """Which images are a training image but for little, whatever chance gives: NEAR as far from one as the nearest of people not seen."""
    distances = reference.matches.distance
    return matches.distance < NEAR * distances.min() if len(distances) else np.zeros(len(matches.distance), bool)


def _image_rows(created, reference, made, matches, subject, is_copy):
    from .poses import described

    turned, right, down, zoom = described(matches.a, matches.b)
    nearest_image = reference.training["image"][matches.index]
    return [
        {
            "dataset": made["dataset"],
            "recipe": made["recipe"],
            "image": str(created["image"][k]) or str(k),
            "nearest_image": str(nearest_image[k]),
            "nearest_subject": str(subject[k]),
            "distance": float(matches.distance[k]),
            "flipped": "yes" if matches.flipped[k] else "no",
            "turned_deg": float(turned[k]),
            "shift_x": float(right[k]),
            "shift_y": float(down[k]),
            "copy": "yes" if is_copy[k] else "no",
            "zoom": float(zoom[k]),
            "ratio": float(matches.ratio[k]),
        }
        for k in range(created.count)
    ]


def _fair(created, reference, matches, seed):
    """Distances of created images for the three-sample test: to as many training subjects as the reference has.

    Where each training subject was held against the others, one subject, by turns, is left out for each created image as well.
    """
    if reference.kind == HELD:
        return matches.distance
    owner, turn = clusters(reference.subjects), np.random.default_rng([seed, 4])
    left_out = turn.permutation(np.arange(created.count) % (owner.max() + 1))
    distance = matches.distance.copy()
    again = np.flatnonzero(owner[matches.index] == left_out)
    if owner.max() and len(again):
        distance[again] = nearest(created.images[again], reference.training.images, owner, owner != left_out[again, None]).distance
    return distance
