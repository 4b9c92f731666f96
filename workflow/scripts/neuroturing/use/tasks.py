"""Which classes a study's created images fall into, and the real images that a classifier of them is trained and tested on."""

import hashlib
import logging
from dataclasses import dataclass

import numpy as np

from ..errors import InputError
from ..measure.statistics import clusters
from .pictures import PIXELS, fitted, mirrored

CLASS_LABELS = ("group", "contrast", "level")
HELD_OUT, TRAINED_ON = "held out", "trained on"
LEAST_SUBJECTS = 2  # of a class on either side: one subject has no interval
TEST_SHARE = 1 / 3  # of the subjects, where the study has no split


@dataclass(frozen=True)
class Images:
    """Images of one kind, ready for the classifier.

    Attributes
    ----------
    pixels : numpy.ndarray, uint8, shape (n, side, side)
    truth : numpy.ndarray of int, shape (n,)
        Number of the class.
    subject : numpy.ndarray of int, shape (n,)
        Number of the subject; those of created images mean nothing.
    """

    pixels: np.ndarray
    truth: np.ndarray
    subject: np.ndarray

    def take(self, chosen):
        """Those with these numbers, or where a boolean array is true."""
        return Images(self.pixels[chosen], self.truth[chosen], self.subject[chosen])

    def subjects_of(self, number):
        """How many subjects have images of one class."""
        return len(np.unique(self.subject[self.truth == number]))


@dataclass(frozen=True)
class Task:
    """To tell the classes of one recipe's data sets.

    Attributes
    ----------
    label, recipe : str
        Which label the classes are values of; empty where there is none.
    datasets, classes : tuple of str
    train, test, created : Images or None
        None where the task cannot be set.
    mirrored : bool
        Whether a mirrored image is another image of the same class.
    skipped : str
        Why there is no such task, or empty.
    """

    label: str
    recipe: str
    datasets: tuple
    classes: tuple = ()
    train: Images | None = None
    test: Images | None = None
    created: Images | None = None
    mirrored: bool = False
    skipped: str = ""


def tasks(real, training, created, sets, side, seed):
    """Every task of a study, or why there is none: one of each recipe, or of each family of its data sets.

    The label is the first of CLASS_LABELS of which a recipe's created images have two values or more. Data sets that a study calls by one
    name are a family (A_normal, A_unilateral and A_bilateral are all called A), and a task of its own where they have two classes.

    Parameters
    ----------
    real, training : dict of str to ImageSet
        By data set: the images to test on, and those of the subjects that models were trained on.
    created : list of ImageSet
    sets : list of dict
        dataset, recipe and label of each of `created`.
    side : str
        HELD_OUT, or TRAINED_ON where `real` and `training` are of the same subjects. These are split here then; the generators have seen
        both parts.
    seed : int

    Returns
    -------
    list of Task

    Raises
    ------
    InputError
        Held-out subjects are among the others; created images are not of the size of the real ones.
    """
    made = []
    for recipe in dict.fromkeys(entry["recipe"] for entry in sets):
        mine = [k for k, entry in enumerate(sets) if entry["recipe"] == recipe]
        label = next((name for name in CLASS_LABELS if len(_values([created[k] for k in mine], name)) > 1), "")
        names = tuple(sets[k]["dataset"] for k in mine)
        if not label:
            kind = "is one data set" if len(mine) == 1 else "are data sets that differ in no label"
            reason = f"{', '.join(names)} {kind} ({', '.join(CLASS_LABELS)}), so there is no class to tell"
            made.append(Task("", recipe, names, skipped=reason))
            continue
        mine = [k for k in mine if _values([created[k]], label)]
        for family in _families(mine, created, sets, label):
            parts = {sets[k]["dataset"]: created[k] for k in family}
            made.append(_task(label, recipe, real, training, parts, side, seed))
    return made


def _values(images, label):
    """Values of a label that images have, sorted."""
    return sorted({value for part in images for value in np.unique(part[label]).tolist() if value})


def _families(mine, created, sets, label):
    """The sets of one recipe by what the study calls them; all of them together where none of these has two classes."""
    named = {}
    for k in mine:
        named.setdefault(sets[k]["family"], []).append(k)
    telling = [family for family in named.values() if len(_values([created[k] for k in family], label)) > 1]
    return telling or [mine]


def _task(label, recipe, real, training, parts, side, seed):
    datasets = tuple(parts)
    known = {name: [images[name] for images in (real, training)] for name in datasets}
    for name, made in parts.items():
        for images in known[name]:
            if images.size != made.size:
                sizes = ["{} x {} pixels".format(*part.size) for part in (made, images)]
                raise InputError(made.path, sizes[0], f"{sizes[1]}, as {images.path}", "make created images of the size of the real ones")
    classes = tuple(_values(parts.values(), label))
    sizes = {images.size for images in parts.values()}
    if len(sizes) > 1:
        shown = " and ".join("{} x {}".format(*size) for size in sorted(sizes))
        return Task(label, recipe, datasets, classes, skipped=f"images of {shown} pixels could be told by their size alone")
    square = min(PIXELS, max(sizes.pop()))
    pools = [_pool([known[name][k] for name in datasets], label, classes, square) for k in range(2)]
    test, train = _numbered(*pools)
    if side == TRAINED_ON:
        train, test = _split(_joined(train, test), seed)
    else:
        _check_apart(known.values())
    made, _ = _pool(list(parts.values()), label, classes, square, distinct=False)
    for number, name in enumerate(classes):
        for images, kind in ((train, "training"), (test, "test")):
            if images.subjects_of(number) < LEAST_SUBJECTS:
                count = images.subjects_of(number)
                reason = f"{label} '{name}' has {count} {kind} subject{'s' * (count != 1)}, {LEAST_SUBJECTS} at least are needed"
                return Task(label, recipe, datasets, classes, skipped=reason)
    logging.info("%s, %s: %s; %d and %d real images, %d created.", recipe, label, ", ".join(classes), *map(_count, (train, test, made)))
    return Task(label, recipe, datasets, classes, train, test, made, mirrored(train.pixels, classes))


def _check_apart(pairs):
    """Raise InputError where a subject of the images to test on is among those that models were trained on."""
    seen = {name for _, training in pairs for name in training["subject"].tolist() if name}
    for real, _ in pairs:
        shared = sorted(seen.intersection(real["subject"].tolist()))
        if shared:
            found, hint = f"subject '{shared[0]}', whom models were trained on", "run the rules that draw real images again"
            raise InputError(real.path, found, "held-out subjects alone", hint)


def _count(images):
    return len(images.truth)


def _pool(parts, label, classes, square, distinct=True):
    """Images of known class, each once where they are to be `distinct`, and the name of each one's subject."""
    pixels, truth, subject = [], [], []
    seen = set()
    for images in parts:
        for pixel, value, name in zip(images.images, images[label].tolist(), images["subject"].tolist(), strict=True):
            # One scan may be in several data sets of a family's class.
            digest = hashlib.sha256(pixel).hexdigest()
            key = (value, name, digest)
            if value not in classes or (distinct and key in seen):
                continue
            seen.add(key)
            pixels.append(fitted(pixel, square))
            truth.append(classes.index(value))
            # Images of nobody known are each of one person, who is the same wherever the image is.
            subject.append(name or digest)
    empty = np.zeros((0, square, square), np.uint8)
    count = len(truth)
    return Images(np.array(pixels) if pixels else empty, np.array(truth, int), np.zeros(count, int)), subject


def _numbered(*pools):
    """Images of each pool with their subjects numbered alike."""
    numbers = clusters([name for _, names in pools for name in names])
    parts = np.split(numbers, np.cumsum([len(names) for _, names in pools])[:-1])
    return [Images(images.pixels, images.truth, part) for (images, _), part in zip(pools, parts, strict=True)]


def _joined(*parts):
    """Images of both parts, each once."""
    together = Images(*(np.concatenate([getattr(part, name) for part in parts]) for name in ("pixels", "truth", "subject")))
    first = {}
    for number, (pixels, subject) in enumerate(zip(together.pixels, together.subject.tolist(), strict=True)):
        first.setdefault((hashlib.sha256(pixels).digest(), subject), number)
    return together.take(np.array(list(first.values()), int))


def patterns(images):
    """Subjects who have images of the same classes, which a draw of subjects keeps in proportion: list of arrays of subjects."""
    kinds = {}
    for subject in np.unique(images.subject):
        kinds.setdefault(tuple(np.unique(images.truth[images.subject == subject])), []).append(subject)
    return [np.array(kinds[key]) for key in sorted(kinds)]


def _split(images, seed):
    """Two parts of the images by subject."""
    rng = np.random.default_rng([seed, 0])
    held = [rng.permutation(part)[: max(LEAST_SUBJECTS, round(TEST_SHARE * len(part)))] for part in patterns(images)]
    chosen = np.isin(images.subject, np.concatenate(held)) if held else np.zeros(0, bool)
    return images.take(~chosen), images.take(chosen)
