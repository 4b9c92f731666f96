"""The table of measurements: a row for each image, its labels beside what was measured of it."""

import logging
from pathlib import Path

import numpy as np
import pandas as pd

from ..errors import InputError
from ..imageset import LABELS, REAL, ImageSet, read_imageset

FIRST = ("image", "source", "group", "level")
# What is known of an image beyond that; further labels of the real images follow.
KNOWN = ("subject", "scan", "dataset", "recipe", "contrast", "split")


def read_real(paths):
    """Read sets of real images and put those of one size together; an image that is in several sets counts once.

    Parameters
    ----------
    paths : path or list of path
        Of whole cuts, or drawn from data sets.

    Returns
    -------
    list of ImageSet
        One for each size of pictures, with the labels that every set of it has. Where two images of different sets have one name, the
        later is called after its set as well.

    Raises
    ------
    InputError
        Turned planes, created images.
    """
    seen, by_size = {}, {}
    for images in [read_images(path) for path in ([paths] if isinstance(paths, str) or not hasattr(paths, "__iter__") else paths)]:
        if np.any(images["source"] != REAL):
            raise InputError(images.path, "created images", "real images", "name the study's real images here")
        kept, names = [], images["image"].tolist()
        for index, name in enumerate(names):
            if name in seen and np.array_equal(images.images[index], seen[name]):
                continue
            if name in seen:
                names[index] = f"{Path(images.path).stem}_{name}"
            seen[names[index]] = images.images[index]
            kept.append(index)
        if kept:
            named = ImageSet(images.images, images.labels | {"image": np.array(names)}, images.spec, None, images.path)
            by_size.setdefault(images.size, []).append(named.take(kept))
    return [_together(sets) for sets in by_size.values()]


def _together(sets):
    shared = [name for name in sets[0].labels if all(name in images.labels for images in sets)]
    labels = {name: np.concatenate([images.labels[name] for images in sets]) for name in shared}
    return ImageSet(np.concatenate([images.images for images in sets]), labels, sets[0].spec, None, sets[0].path)


def pair(real, created):
    """Real images with the created ones of their size.

    Parameters
    ----------
    real : list of ImageSet
        From `read_real`.
    created : list of ImageSet

    Returns
    -------
    list of (ImageSet, list of int)
        Of each of `real`, which of `created` are of its size.

    Raises
    ------
    InputError
        Created images of a size that no real image has.
    """
    sizes = [images.size for images in real]
    for images in created:
        if images.size not in sizes:
            found, expected = (" or ".join("{} x {} pixels".format(*size) for size in group) for group in ([images.size], sizes))
            hint = "resample the created images to the size of the real ones, or cut the real ones to theirs"
            raise InputError(images.path, found, f"{expected}, as real images have", hint)
    return [(images, [k for k, other in enumerate(created) if other.size == images.size]) for images in real]


def read_images(path):
    """Read an image set of pictures; raises InputError for turned planes, of which there are too many to measure each."""
    images = read_imageset(path)
    if not isinstance(images, ImageSet):
        raise InputError(path, "turned planes", "pictures", "measure the real images that were drawn from them")
    return images


def tabulate(real, created, sets, measured, group_name):
    """Lay the labels of all images beside what was measured of them.

    Parameters
    ----------
    real : ImageSet
    created : list of ImageSet
    sets : list of dict
        For each of `created`: dataset, label (what tables call it), where (labels of what it was trained on), recipe.
    measured : pandas.DataFrame
        From a measure: a row for each image of `real`, then of `created`.
    group_name : str or None
        What the study calls its groups.

    Returns
    -------
    pandas.DataFrame
        Columns image, source (real, or the set's label), the group under the study's name for it, level, what was measured, subject, scan,
        dataset, recipe, contrast, split, further labels of the real images, note.
    """
    others = [name for name in real.labels if name not in (*LABELS, *KNOWN)]
    frames = [pd.DataFrame({name: real.labels.get(name, "") for name in (*FIRST, *KNOWN, *others)}).assign(source=REAL, recipe="")]
    for images, known in zip(created, sets, strict=True):
        frame = pd.DataFrame({name: images.labels.get(name, "") for name in (*FIRST, *KNOWN)})
        numbers = [f"{index:05d}" for index in range(images.count)]
        frame["image"] = np.where(frame["image"] == "", [f"{known['dataset']}_{number}" for number in numbers], frame["image"])
        group = known["where"].get("group")
        own = {"source": known["label"], "dataset": known["dataset"], "recipe": known["recipe"]}
        frames.append(frame.assign(**own, **({"group": group} if isinstance(group, str) else {})))
    table = pd.concat(frames, ignore_index=True)
    quantities = [name for name in measured.columns if name != "note"]
    table = pd.concat([table.drop(columns=[name for name in others if name in measured.columns]), measured], axis=1)
    rest = [name for name in table.columns if name not in (*FIRST, *quantities, *KNOWN, "note")]
    return table[[*FIRST, *quantities, *KNOWN, *rest, "note"]].rename(columns={"group": group_name or "group"})


def joined(tables):
    """Tables of images of several sizes, one below the other, an image name each.

    Raises
    ------
    InputError
        Two images of one name that their data set and recipe do not tell apart.
    """
    table = pd.concat(tables, ignore_index=True)
    twice = table["image"].duplicated(keep=False) & (table["source"] != REAL)
    table.loc[twice, "image"] = table["dataset"] + "_" + table["recipe"] + "_" + table["image"]
    if table["image"].duplicated().any():
        name = table.loc[table["image"].duplicated(), "image"].iloc[0]
        raise InputError(
            "measures", f"two images named '{name}'", "a name of its own for each image", "name each set of created images once"
        )
    return table[[*(name for name in table.columns if name != "note"), "note"]]


def report_excluded(table, created):
    """Warn of created images that could not be measured; a model that makes nothing else leaves its own rows untested."""
    start = int((table["source"] == REAL).sum())
    for images in created:
        frame = table.iloc[start : start + images.count]
        excluded = frame[frame["note"].str.startswith("excluded")]
        start += images.count
        if len(excluded):
            hint = " Look at the samples: train longer, or with another seed." if len(excluded) == len(frame) else ""
            text = "%s: %d of %d created images could not be measured: %s.%s"
            logging.warning(text, images.path, len(excluded), len(frame), excluded["note"].iloc[0], hint)
