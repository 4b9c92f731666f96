"""FastGAN against DCGAN on one small set of perfusion slices, at equal training time.

    python benchmarks/fastgan_against_dcgan.py [--slices results/werner2022/cuts/levels.npz] [--seconds 120] [--seeds 2] [--images 200]

The subjects of the demo's real slices are split in halves. Each recipe trains, at the demo's size, on the first half for the same
seconds of this one-threaded process's own time, compilation not counted, so that other work on the machine does not count either.
Distances are root mean squares of grey levels from 0 to 1:

    precision  each created image to the nearest real one of the half that was not trained on
    coverage   each real image of that half to the nearest created one, which a generator of few images cannot bring down
    copying    each created image to the nearest one that was trained on, for comparison

Prints a TSV, a line per recipe and seed and one for the first half itself in the place of created images, then the ratios. FastGAN is
better where precision and coverage together are lower.
"""

import argparse
import os
import sys
import time
from pathlib import Path

for variable in ("OMP_NUM_THREADS", "TF_NUM_INTEROP_THREADS", "TF_NUM_INTRAOP_THREADS"):
    os.environ[variable] = "1"
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "workflow" / "scripts"))

import numpy as np  # noqa: E402

from neuroturing.config.merge import DEMO, at_size, read_yaml  # noqa: E402
from neuroturing.gan import recipes  # noqa: E402
from neuroturing.gan.algorithms import ALGORITHMS  # noqa: E402
from neuroturing.gan.device import prepare_training  # noqa: E402
from neuroturing.gan.order import BatchOrder  # noqa: E402
from neuroturing.gan.source import open_source  # noqa: E402
from neuroturing.imageset import read_imageset  # noqa: E402

RECIPES = ("fastgan", "dcgan")
WARM_UP = 3


def halves(path, seed):
    """Slices of one half of the subjects of each pattern, and of the other: two image sets."""
    slices = read_imageset(path)
    first = []
    for group in np.unique(slices["group"]):
        subjects = np.random.default_rng([seed, 2]).permutation(np.unique(slices["subject"][slices["group"] == group]))
        first += subjects[: len(subjects) // 2].tolist()
    chosen = np.isin(slices["subject"], first)
    return slices.take(chosen), slices.take(~chosen)


def demo_recipe(name, size):
    """A recipe of the demo with all its keys, for images of some pixels."""
    content = {key: value for key, value in at_size(read_yaml(ROOT / f"recipes/{name}.yaml"), DEMO).items() if value is not None}
    chosen = content.pop("algorithm")
    return ALGORITHMS.options(chosen).model_validate(content).model_dump() | {"algorithm": chosen, "size": size}


def trained(recipe, images, seconds, seed):
    """Train one recipe on some images for so many seconds; returns the generator and the number of updates."""
    gan = ALGORITHMS[recipe["algorithm"]](recipe, recipes.resolve_precision(recipe["precision"], None), seed)
    order, source = BatchOrder(images.count, recipe["batch"], seed), open_source(images)

    def next_batch():
        return source.batch(order.next())

    for step in range(WARM_UP):
        gan.train_step(next_batch, step)
    step, started = WARM_UP, time.process_time()
    while time.process_time() - started < seconds:
        gan.train_step(next_batch, step)
        step += 1
    return gan.finished(), step


def nearest(images, others):
    """Mean over `images` of the distance to the nearest of `others`."""
    images, others = (np.asarray(stack, np.float32).reshape(len(stack), -1) / 255 for stack in (images, others))
    return float(np.mean([np.sqrt(np.min(np.mean((others - image) ** 2, axis=1))) for image in images]))


def main():
    """Train, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--slices", default=ROOT / "results/werner2022/cuts/levels.npz", type=Path)
    parser.add_argument("--seconds", default=120, type=float)
    parser.add_argument("--seeds", default=2, type=int)
    parser.add_argument("--images", default=200, type=int)
    options = parser.parse_args()
    if not options.slices.is_file():
        parser.error(f"no file {options.slices}: run the demo first (snakemake --cores all results/werner2022/cuts/levels.npz)")
    prepare_training(0, 1)
    print("recipe\tseed\tupdates\tseconds\tprecision\tcoverage\tcopying")
    sums = {name: [] for name in RECIPES}
    for seed in range(options.seeds):
        train, held_out = halves(options.slices, seed)
        known = {name: demo_recipe(name, train.size[0]) for name in RECIPES}
        print(
            f"real\t{seed}\t\t\t{nearest(train.images, held_out.images):.4f}\t{nearest(held_out.images, train.images):.4f}\t0.0000",
            flush=True,
        )
        for name in RECIPES:
            generator, updates = trained(known[name], train, options.seconds, seed)
            created = ALGORITHMS[known[name]["algorithm"]].create(generator, known[name], options.images, seed)
            precision, coverage = nearest(created, held_out.images), nearest(held_out.images, created)
            sums[name].append(precision + coverage)
            values = f"{precision:.4f}\t{coverage:.4f}\t{nearest(created, train.images):.4f}"
            print(f"{name}\t{seed}\t{updates}\t{options.seconds:g}\t{values}", flush=True)
    ratios = np.array(sums[RECIPES[0]]) / np.array(sums[RECIPES[1]])
    print(f"# {RECIPES[0]} over {RECIPES[1]}, precision + coverage: {', '.join(f'{ratio:.2f}' for ratio in ratios)} (below 1 is better)")


if __name__ == "__main__":
    main()
