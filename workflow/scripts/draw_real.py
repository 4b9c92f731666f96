"""Draw real images of a data set at random, to stand beside created ones.

Input: the images of a cut. Output: .npz of images with their labels (see neuroturing.imageset).
"""

import logging

import numpy as np

from neuroturing.imageset import ImageSet, PlaneSet, read_imageset, select, to_uint8, write_imageset
from neuroturing.runlog import run

BATCH = 64
CELL = ("group", "subject", "scan", "contrast", "level")


def main(cut, images, where, side, number, seed, dataset=""):
    """Draw `number` different images, or all where there are fewer, in random order, as training sees them.

    Training sees every image of the set as often as any other, so that a scan, a group or a contrast with more images is seen more. Drawn
    evenly instead, the shares of a reader's real images would differ from the created ones', and what is rarer would become a cue.

    Parameters
    ----------
    cut, images : path
    where : dict
        Labels of the images that are drawn from.
    side : str
        train, held_out or all.
    number : int or "as_real"
        Number of images, or every one.
    seed : int
    dataset : str
        Label of the images.

    Raises
    ------
    InputError
        No image has these labels.
    """
    pool = select(read_imageset(cut), where, side)
    if number == "as_real":
        number = pool.count
    elif number > pool.count:
        logging.warning("%s: %d images, fewer than samples.real (%d); all of them are drawn", dataset or cut, pool.count, number)
        number = pool.count
    generator = np.random.default_rng([seed, 1])
    index = generator.permutation(draw(*cells(pool), number, generator))
    drawn = (sampled_planes if isinstance(pool, PlaneSet) else ImageSet.take)(pool, index)
    known = drawn.labels | {"dataset": np.full(number, dataset)}
    write_imageset(images, ImageSet(drawn.images, known, pool.spec | {"side": side, "where": where}, seed))
    logging.info("%d images of %d scans", number, len(set(known["scan"].tolist())))


def cells(pool):
    """Images that are alike but for chance: of one group, subject, scan, contrast and level.

    Returns
    -------
    sizes : list of int
        Images of each cell; cells of one group are neighbours, within it those of one subject, and so on.
    numbers : callable
        (cell) to the numbers of its images.
    """
    labels = list(zip(*(pool[name].tolist() for name in CELL), strict=True))
    if isinstance(pool, PlaneSet):
        order = sorted(range(len(labels)), key=labels.__getitem__)
        return [pool.grid.count] * len(order), lambda cell: order[cell] * pool.grid.count + np.arange(pool.grid.count)
    members = {}
    for number, label in enumerate(labels):
        members.setdefault(label, []).append(number)
    ordered = [np.array(members[label]) for label in sorted(members)]
    return [len(part) for part in ordered], ordered.__getitem__


def draw(sizes, numbers, count, generator):
    """Numbers of different images, from each cell its share of `count`, rounded up or down at random (systematic sampling).

    So has each run of neighbouring cells: each scan, each subject, each group.

    Parameters
    ----------
    sizes, numbers : see `cells`
    count : int
    generator : numpy.random.Generator

    Returns
    -------
    numpy.ndarray, int64, shape (count,)
    """
    ends = np.cumsum(sizes)
    # Points equally far apart, the first at random: each image is as likely to be met as any other.
    points = (np.arange(count) + generator.random()) * (ends[-1] / max(1, count))
    shares = np.bincount(np.searchsorted(ends, points, side="right"), minlength=len(ends))
    drawn = [generator.choice(numbers(cell), share, replace=False) for cell, share in enumerate(shares) if share]
    return np.concatenate(drawn).astype(np.int64)


def sampled_planes(pool, index):
    """Turned planes with these numbers as an ImageSet, with their pose among the labels."""
    from neuroturing.gan.device import take_memory_as_needed
    from neuroturing.gan.source import open_source

    take_memory_as_needed()
    source = open_source(pool)
    padded = np.resize(index, -(-len(index) // BATCH) * BATCH)
    images = np.concatenate([to_uint8(source.batch(part)) for part in padded.reshape(-1, BATCH)])[: len(index)]
    known = [pool.describe(number) for number in index.tolist()]
    labels = {name: np.array([row[name] for row in known]) for name in known[0]}
    names = [f"{row['image']}_{number % pool.grid.count:06d}" for row, number in zip(known, index.tolist(), strict=True)]
    return ImageSet(images, labels | {"image": np.array(names)})


if "snakemake" in globals():
    run(main, snakemake)
