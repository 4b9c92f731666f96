"""Draw real images of a data set at random, to stand beside created ones.

Input: the images of a cut. Output: .npz of images with their labels, and the seed (see neuroturing.imageset).
"""

import logging
from dataclasses import replace

import numpy as np

from neuroturing.imageset import ImageSet, PlaneSet, make_labels, read_imageset, select, to_uint8, write_imageset
from neuroturing.runlog import run

BATCH = 64


def main(cut, images, dataset, where, side, number, seed):
    """Draw different images in the proportion in which training sees them, in random order, and write them.

    Training takes every image of a data set as often as any other, so a scan is drawn from by its share of images: a patient with two scans
    weighs twice. Evened by subject instead, patients would be rarer here than among created images, and a lesion would be a cue.

    Parameters
    ----------
    cut, images : path
    dataset : str
    where : dict
        Labels of the images of the cut that the data set has.
    side : str
        train, held_out or all: which subjects.
    number : int or "as_real"
        How many; all where there are fewer, or as_real is asked for.
    seed : int
    """
    chosen = select(read_imageset(cut), where, side)
    if number == "as_real" or number > chosen.count:
        if number != "as_real":
            logging.warning("%s: %d images, fewer than samples.real (%d); all of them are drawn", cut, chosen.count, number)
        number = chosen.count
    generator = np.random.default_rng([seed, 1])
    index = draw(sizes(chosen), number, generator)
    drawn = sample(chosen, index) if isinstance(chosen, PlaneSet) else chosen.take(index)
    labels = drawn.labels | {"dataset": np.full(number, dataset)}
    write_imageset(images, replace(drawn, labels=labels, seed=seed))
    logging.info("%d images of %d scans of %d subjects", number, len(set(drawn["scan"])), len(set(drawn["subject"])))


def sizes(images):
    """Numbers of the images of each scan and contrast, a list of integer arrays."""
    if isinstance(images, PlaneSet):
        return [np.arange(k * images.grid.count, (k + 1) * images.grid.count) for k in range(len(images.scans))]
    keys = np.char.add(np.char.add(images["scan"].astype(str), "\n"), images["contrast"].astype(str))
    return [np.flatnonzero(keys == key) for key in np.unique(keys)]


def draw(groups, count, generator):
    """Numbers of different images: from each group its share, to within one image, and at random within it.

    Parameters
    ----------
    groups : list of numpy.ndarray of int
        Image numbers of each scan.
    count : int
    generator : numpy.random.Generator

    Returns
    -------
    numpy.ndarray, int64, shape (count,)
        In random order.
    """
    total = sum(len(group) for group in groups)
    # Systematic sampling: evenly spaced places, from a random start, along all images with each scan's in random order.
    line = np.concatenate([generator.permutation(groups[k]) for k in generator.permutation(len(groups))])
    places = np.floor((np.arange(count) + generator.random()) * total / count).astype(np.int64)
    return generator.permutation(line[places])


def sample(planes, index):
    """Turned planes with these numbers as an ImageSet."""
    from neuroturing.gan.source import open_source

    source = open_source(planes)
    padded = np.resize(index, -(-len(index) // BATCH) * BATCH)
    pictures = np.concatenate([to_uint8(source.batch(part)) for part in padded.reshape(-1, BATCH)])[: len(index)]
    rows = [planes.describe(number) for number in index]
    known = {name: np.array([row[name] for row in rows]) for name in rows[0]}
    known["image"] = np.array([f"{row['image']}_{number % planes.grid.count:06d}" for row, number in zip(rows, index, strict=True)])
    return ImageSet(pictures, make_labels(len(index), **known), planes.spec)


if "snakemake" in globals():
    run(main, snakemake)
