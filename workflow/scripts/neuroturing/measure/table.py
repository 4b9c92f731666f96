"""The table of measurements: a row for each image, its labels beside what was measured of it."""

import logging

import numpy as np
import pandas as pd

from ..errors import InputError
from ..imageset import LABELS, REAL, ImageSet, read_imageset

FIRST = ("image", "source", "group", "level")
# What is known of an image beyond that; further labels of the real images follow.
KNOWN = ("subject", "scan", "dataset", "recipe", "contrast", "split")


def read_sets(paths):
    """Read image sets and put them together, images that are in several of them once.

    Parameters
    ----------
    paths : path or list of path
        Real images: of a whole cut, or drawn from data sets.

    Returns
    -------
    ImageSet
        Labels that every set has.

    Raises
    ------
    InputError
        Turned planes, created images, pictures of different sizes, two different images of one name.
    """
    sets = [read_images(path) for path in ([paths] if isinstance(paths, str) or not hasattr(paths, "__iter__") else paths)]
    for images in sets:
        if np.any(images["source"] != REAL):
            raise InputError(images.path, "created images", "real images", "name the study's real images here")
        if images.size != sets[0].size:
            found = f"pictures of {images.size[0]} x {images.size[1]} pixels, and {sets[0].size[0]} x {sets[0].size[1]} in {sets[0].path}"
            raise InputError(images.path, found, "one size", "measure cuts of different sizes apart")
    shared = [name for name in sets[0].labels if all(name in images.labels for images in sets)]
    labels = {name: np.concatenate([images.labels[name] for images in sets]) for name in shared}
    both = ImageSet(np.concatenate([images.images for images in sets]), labels, sets[0].spec, None, sets[0].path)
    first, kept = {}, []
    for index, name in enumerate(both["image"]):
        if name not in first:
            first[name] = index
            kept.append(index)
        elif not np.array_equal(both.images[index], both.images[first[name]]):
            raise InputError(both.path, f"two images named '{name}'", "a name of its own for each image", "rename them in the cohort table")
    return both.take(kept)


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

    Raises
    ------
    InputError
        Two images of one name.
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
    twice = table["image"].duplicated(keep=False) & (table["source"] != REAL)
    table.loc[twice, "image"] = table["dataset"] + "_" + table["recipe"] + "_" + table["image"]
    if table["image"].duplicated().any():
        name = table.loc[table["image"].duplicated(), "image"].iloc[0]
        raise InputError(
            "measures", f"two images named '{name}'", "a name of its own for each image", "name each set of created images once"
        )
    quantities = [name for name in measured.columns if name != "note"]
    table = pd.concat([table.drop(columns=[name for name in others if name in measured.columns]), measured], axis=1)
    rest = [name for name in table.columns if name not in (*FIRST, *quantities, *KNOWN, "note")]
    return table[[*FIRST, *quantities, *KNOWN, *rest, "note"]].rename(columns={"group": group_name or "group"})


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
