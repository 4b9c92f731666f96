"""Create images with a trained generator.

Input: generator.keras. Output: .npz with images uint8 (n, height, width) and seed.
"""

import logging

import keras
import numpy as np

from neuroturing.gan.sample import create_images
from neuroturing.runlog import log_to


def main(generator_path, images_path, recipe, count, seed):
    """Create `count` images and write them."""
    images = create_images(keras.saving.load_model(generator_path, compile=False), recipe, count, seed)
    np.savez_compressed(images_path, images=images, seed=seed)
    logging.info("%d images of %d x %d", *images.shape)


if "snakemake" in globals():
    with log_to(snakemake.log[0]):  # noqa: F821
        main(
            *(snakemake.input.generator, snakemake.output.images),  # noqa: F821
            *(snakemake.params.recipe, snakemake.params.images, snakemake.params.seed),  # noqa: F821
        )
