"""Every algorithm of the registry, interrupted at random moments, ends as if it had been left alone: to the bit."""

import random
from pathlib import Path

import numpy as np
import pytest
from gan_faults import random_faults, run, train_through
from image_sets import blocks, image_set

from neuroturing.config.merge import at_size, read_yaml
from neuroturing.gan.algorithms import ALGORITHMS
from neuroturing.gan.record import read_record

RECIPES = [read_yaml(path) for path in sorted((Path(__file__).resolve().parents[1] / "recipes").glob("*.yaml"))]
SEED = 9


def tiny(algorithm, steps):
    """The recipe that comes with an algorithm, narrow and short; and the smallest size of image that it takes."""
    shipped = next(recipe for recipe in RECIPES if recipe["algorithm"] == algorithm)
    recipe = {key: value for key, value in at_size(shipped, "demo").items() if value is not None}
    recipe |= {key: 4 for key in recipe if key.endswith("filters")} | {"batch": 4, "steps": steps, "precision": "float32"}
    size = min(ALGORITHMS.options(algorithm).SIZES)
    # A diffusion model makes each pixel of a number of its own.
    return recipe | ({"latent": size**2, "widths": [1]} if algorithm == "ddpm" else {}), size


def assert_survives(tmp_path, algorithm, faults, steps):
    """A training through so many faults gives the files of one that was left alone."""
    recipe, size = tiny(algorithm, steps)
    images = image_set(tmp_path / "set.npz", blocks(12, size))
    whole, hurt = tmp_path / "whole", tmp_path / "hurt"
    assert run(whole, images, recipe) == 0
    met = random_faults(random.Random(f"{SEED} {algorithm}"), faults, steps)
    print(f"{algorithm}, seed {SEED}:", *met, sep="\n")
    assert train_through(hurt, images, recipe, met) >= faults - 1
    assert (hurt / "generator.keras").read_bytes() == (whole / "generator.keras").read_bytes()
    one, other = (read_record(folder / "training.npz") for folder in (hurt, whole))
    speeds = {row.pop("images_per_s") > 0 for row in one["history"] + other["history"]}
    assert (speeds, len(one["history"])) == ({True}, len(range(0, steps, -(-steps // 4))))
    for (step, images), (moment, sheet) in zip(one.pop("sheet"), other.pop("sheet"), strict=True):
        assert step == moment and np.array_equal(images, sheet)
    assert one == other
    assert not list(hurt.rglob(".partial-*"))


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_interrupted_training_ends_with_the_same_bytes(algorithm, tmp_path):
    assert_survives(tmp_path, algorithm, 3, 20)


@pytest.mark.slow
@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_interrupted_at_twenty_random_moments(algorithm, tmp_path):
    assert_survives(tmp_path, algorithm, 20, 80)
