"""Create images with a trained generator.

Input: generator.keras. Output: .npz of images with their labels, and the seed (see neuroturing.imageset).
"""

import logging

from neuroturing.gan.algorithms import ALGORITHMS
from neuroturing.gan.device import take_memory_as_needed
from neuroturing.gan.saved import load_generator
from neuroturing.imageset import ImageSet, make_labels, read_imageset, select, write_imageset
from neuroturing.runlog import run


def main(generator, images, recipe, number, seed, labels, cut=None, where=None):
    """Create images and write them.

    Parameters
    ----------
    generator, images : path
    recipe : dict
        algorithm, latent, latent_distribution.
    number : int or "as_real"
        As many as the data set has images, on either side of the split.
    seed : int
    labels : dict
        What is known of all of them: dataset, source (the recipe), group and contrast where there is one.
    cut, where : path, dict, optional
        The images of a cut, and the labels of those that the data set has.
    """
    take_memory_as_needed()
    number = select(read_imageset(cut), where).count if number == "as_real" else number
    # The algorithm first: Keras loads a generator where its own layers are known.
    algorithm = ALGORITHMS[recipe["algorithm"]]
    created = algorithm.create(load_generator(generator), recipe, number, seed)
    parts = [labels[name] for name in ("dataset", "source") if labels.get(name)]
    names = ["_".join([*parts, f"{k:05d}"]) for k in range(number)]
    write_imageset(images, ImageSet(created, make_labels(number, **labels, image=names), {}, seed))
    logging.info("%d images of %d x %d", *created.shape)


if "snakemake" in globals():
    run(main, snakemake)
