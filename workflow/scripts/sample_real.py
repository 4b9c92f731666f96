"""Draw real images at random from a data set, to stand beside created ones.

Input: a data set. Output: .npz with images uint8 (n, height, width), scan, subject, sequence where there are several, index, seed.
"""

import logging

import numpy as np

from neuroturing.runlog import log_to
from neuroturing.slices.sampler import open_source, to_uint8

BATCH = 64


def main(dataset_path, images_path, count, seed):
    """Draw `count` different images, or all where there are fewer, as many from each subject as from any other, in random order.

    Subjects, not scans or images, are the unit of independence: a patient with two scans weighs no more than a volunteer.
    """
    source = open_source(dataset_path)
    if count > source.count:
        logging.warning("%s: %d images, fewer than samples.real (%d); all of them are drawn", dataset_path, source.count, count)
        count = source.count
    index = draw(source.subject, source.count // len(source.subject), count, np.random.default_rng([seed, 1]))
    padded = np.resize(index, -(-count // BATCH) * BATCH)
    images = np.concatenate([to_uint8(source.batch(part)) for part in padded.reshape(-1, BATCH)])[:count]
    scan = index // (source.count // len(source.scan))
    labels = {name: getattr(source, name)[scan] for name in ("scan", "subject", "sequence") if hasattr(source, name)}
    np.savez_compressed(images_path, images=images, index=index, seed=seed, **labels)
    logging.info("%d images of %d scans", count, len(set(scan.tolist())))


def draw(subject, images_per_scan, count, generator):
    """Numbers of different images, evenly spread over subjects.

    Parameters
    ----------
    subject : array_like of str, shape (scans,)
    images_per_scan : int
    count : int
    generator : numpy.random.Generator

    Returns
    -------
    numpy.ndarray, int64, shape (count,)
    """
    subject = np.asarray(subject)
    names = generator.permutation(np.unique(subject))
    pools = []
    for name in names:
        scans = np.flatnonzero(subject == name)
        wanted = min(count, len(scans) * images_per_scan)
        numbers = generator.choice(len(scans) * images_per_scan, wanted, replace=False)
        pools.append(list(scans[numbers // images_per_scan] * images_per_scan + numbers % images_per_scan))
    drawn = []
    while len(drawn) < count:
        for pool in pools:
            if pool and len(drawn) < count:
                drawn.append(pool.pop())
    return generator.permutation(np.array(drawn, np.int64))


if "snakemake" in globals():
    with log_to(snakemake.log[0]):  # noqa: F821
        main(snakemake.input.dataset, snakemake.output.images, snakemake.params.images, snakemake.params.seed)  # noqa: F821
