"""The rows of `realism.tsv`: every measure of every model of a data set, beside the same of real subjects."""

import logging
import time
from dataclasses import dataclass

import numpy as np

from ..errors import InputError
from . import classify, intervals
from .baseline import Baseline
from .distances import dimensions, principal
from .measures import ALIKE, IMAGES, IN_SPACES, MEASURES, OF_IMAGES, SHARES, Material
from .network import Network

COLUMNS = (
    "dataset", "recipe", "measure", "feature_space", "value", "low", "high", "real_vs_real", "real_low", "real_high", "p_value", "better",
    "n_real", "n_created", "subjects", "side", "note", "trainings", "trainings_sd",
)  # fmt: skip
LARGEST, LEAST_IMAGES = 300, 12
LEAST_SUBJECTS, LEAST_ALTOGETHER = 2, 4
HELD_OUT, TRAINED_ON = "held out", "trained on"


@dataclass(frozen=True)
class Images:
    """Images with the subject of each and their features in every space that there is.

    Attributes
    ----------
    images : numpy.ndarray, uint8, shape (n, height, width)
    units : numpy.ndarray of int, shape (n,)
    features : dict of str to numpy.ndarray, shape (n, d)
    """

    images: np.ndarray
    units: np.ndarray
    features: dict

    def take(self, chosen):
        """The images with these numbers."""
        return Images(self.images[chosen], self.units[chosen], {name: values[chosen] for name, values in self.features.items()})

    def beside(self, other):
        """These images, then the other's."""
        features = {name: np.concatenate([values, other.features[name]]) for name, values in self.features.items()}
        return Images(np.concatenate([self.images, other.images]), np.concatenate([self.units, other.units]), features)


def examine(dataset, real, training, created, spaces, side, seed, largest=LARGEST):
    """Measure every model of a data set.

    Parameters
    ----------
    dataset : str
    real : ImageSet
        Real images, of held-out subjects where there are some.
    training : ImageSet
        Real images of the subjects that models were trained on.
    created : dict of str to ImageSet
        By recipe; all of the size of the real ones.
    spaces : dict of str
        Of this data set, from `spaces.fit`.
    side : str
        `held out`, or `trained on` where real and training images are of the same subjects.
    seed : int
    largest : int
        Groups are compared with as many images each, so many at most: time and memory grow with its square.

    Returns
    -------
    list of dict
        COLUMNS, but for those of trainings. A measure that cannot be had has a row without a value whose note says why.

    Raises
    ------
    InputError
        Images of another size than the real ones; an image set without images.
    """
    for images in (training, *created.values()):
        if images.size != real.size:
            found, expected = ("{} x {} pixels".format(*size) for size in (images.size, real.size))
            raise InputError(images.path, found, f"{expected}, as real images have", "resample the images to the size of the real ones")
    fitted = {name: space for name, space in spaces.items() if not isinstance(space, str)}
    missing = {name: space for name, space in spaces.items() if isinstance(space, str)}
    subjects = {name: k for k, name in enumerate(sorted({*real["subject"].tolist(), *training["subject"].tolist()}))}
    reals = [_features(part, [subjects[name] for name in part["subject"].tolist()], fitted) for part in (real, training)]
    examination = _Examination(dataset, *reals, missing, side, seed, largest)
    rows = []
    for recipe, images in created.items():
        started = time.monotonic()
        made = _features(images, len(subjects) + np.arange(images.count), fitted)
        rows += [{"dataset": dataset, "recipe": recipe} | row for row in examination.rows(made)]
        logging.info("%s, %s: %d images measured in %.1f s.", dataset, recipe, images.count, time.monotonic() - started)
    return rows


def _features(images, units, spaces):
    return Images(images.images, np.array(units), {name: space.transform(images.images) for name, space in spaces.items()})


class _Examination:
    """One data set's real images, to which created ones come."""

    def __init__(self, dataset, real, training, missing, side, seed, largest):
        self.dataset, self.real, self.training, self.missing, self.side = dataset, real, training, missing, side
        self.seed, self.largest = seed, largest
        self.all_real = real if side == TRAINED_ON else real.beside(training)
        self.baselines = {}

    def rows(self, created):
        """The rows of one model."""
        subjects, count = len(np.unique(self.real.units)), min(len(self.real.images), len(created.images), self.largest)
        known = {"subjects": subjects, "side": self.side}
        reason = _too_few(subjects, count)
        if reason:
            return [self._row(name, space, known | {"note": reason}) for name, space in self._names()]
        rng = np.random.default_rng([self.seed, 1])
        first = self.real.take(np.sort(rng.permutation(len(self.real.images))[:count]))
        second = created.take(np.sort(rng.permutation(len(created.images))[:count]))
        if len(np.unique(first.units)) < LEAST_SUBJECTS:
            return [self._row(name, space, known | {"note": _too_few(1, count)}) for name, space in self._names()]
        known |= {"n_real": count, "n_created": count, "note": "all created images are the same" if _same(second.images) else ""}
        material = self.material(first.beside(second), count + np.arange(min(count, ALIKE)), count)
        reference, examined = np.arange(count), count + np.arange(count)
        found = self._measured(material, reference, examined, rng) | self._told(material, reference, examined)
        real = self._baseline(count)
        return [self._row(*key, known, found.get(key, {}), real.get(key, {})) for key in self._names()]

    def material(self, images, alike, count):
        """What measures read, for groups of `count` images."""
        axes = {name: principal(values, dimensions(count, values.shape[1])) for name, values in self.training.features.items()}
        return Material(images.images, images.units, images.features, axes, alike)

    def _names(self):
        spaces = [*self.real.features, *self.missing]
        return [(name, space) for space in spaces for name in IN_SPACES] + [(name, IMAGES) for name in OF_IMAGES]

    def _row(self, name, space, *parts):
        """A row of several parts, of which all notes are kept."""
        better, lowest, highest = MEASURES[name]
        row = {"measure": name, "feature_space": space, "better": better}
        for part in parts:
            row |= part
        if name in SHARES and np.isfinite(row.get("low", np.nan)):
            row["low"], row["high"] = intervals.of_share(row["value"], (row["high"] - row["low"]) / 2, row["subjects"])
        for bound in ("low", "high"):
            if bound in row:
                row[bound] = float(np.clip(row[bound], lowest, highest))
        notes = [part.get("note", "") for part in parts] + [self.missing.get(space, "")]
        return row | {"note": "; ".join(dict.fromkeys(filter(None, notes)))}

    def _measured(self, material, reference, examined, rng):
        groups = [
            intervals.grouped(material.units[reference], intervals.SUBJECTS, rng),
            intervals.grouped(material.units[examined], intervals.CREATED, rng),
        ]
        found = {}
        for statistic in material.statistics:
            images = examined
            part = groups
            if statistic.names == ("ms_ssim",):
                images = material.alike
                part = [groups[0], groups[1][: len(images)]]
            value, low, high = _interval(statistic, reference, images, part)
            for k, name in enumerate(statistic.names):
                found[name, statistic.space] = {"value": float(value[k]), "low": float(low[k]), "high": float(high[k])}
                if np.isfinite(value[k]) and not np.isfinite(low[k]):
                    found[name, statistic.space]["note"] = "no interval: too few real subjects"
                if not np.isfinite(value[k]):
                    found[name, statistic.space] = {"note": "skipped: fewer than 6 images of different subjects"}
        found["ms_ssim", IMAGES]["n_created"] = len(material.alike)
        return found

    def _told(self, material, reference, examined):
        network = Network(material.images, [self.seed, 2])
        classifiers = [*material.classifiers, ("c2st_cnn", IMAGES, network.classify)]
        found = {}
        for k, (name, space, classifier) in enumerate(classifiers):
            rng = np.random.default_rng([self.seed, 3, k])
            told = classify.tell(classifier, material.units, reference, examined, rng)
            groups = [material.units[reference], intervals.grouped(material.units[examined], len(examined), rng)]
            value, low, high = intervals.jackknife(
                lambda *sides, told=told: [told.accuracy(*sides)], reference, examined, groups, classify.INFLATION
            )
            row = {"value": float(value[0]), "low": float(low[0]), "high": float(high[0])}
            row["p_value"] = told.p_value(material.units, reference, examined, rng)
            if not np.isfinite(row["p_value"]):
                row["note"] = "no P: fewer than 3 real subjects"
            found[name, space] = row
        return found

    def _baseline(self, count):
        if count not in self.baselines:
            subjects = len(np.unique(self.all_real.units))
            if subjects < LEAST_ALTOGETHER:
                reason = f"nothing to compare with: {subjects} real subjects, and {LEAST_ALTOGETHER} are needed for two groups of real ones"
                self.baselines[count] = {key: {"note": reason} for key in self._names()}
            else:
                baseline = Baseline(self.all_real, len(np.unique(self.real.units)), count, self.seed)
                self.baselines[count] = baseline.values(self.material(self.all_real, baseline.alike, baseline.count))
        return self.baselines[count]


def _interval(statistic, reference, examined, groups):
    if "high_frequency_ratio" not in statistic.names:
        return intervals.jackknife(statistic.function, reference, examined, groups)
    # A ratio is as far from 1 below as above on a logarithmic scale.
    place = statistic.names.index("high_frequency_ratio")

    def scaled(*sides):
        values = np.array(statistic.function(*sides))
        values[place] = np.log(values[place])
        return values

    found = intervals.jackknife(scaled, reference, examined, groups)
    for part in found:
        part[place] = np.exp(part[place])
    return found


def _too_few(subjects, count):
    if subjects < LEAST_SUBJECTS:
        return f"skipped: {subjects} subject on the real side, and {LEAST_SUBJECTS} are needed"
    return f"skipped: {count} images on a side, and {LEAST_IMAGES} are needed" if count < LEAST_IMAGES else ""


def _same(images):
    return bool((images == images[0]).all())
