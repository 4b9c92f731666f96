"""What bfloat16 changes in a training: losses and images of the same recipe, seed, batches and updates in bfloat16 and in float32.

    python benchmarks/precision.py [--cut results/koshino2018/cuts/turned.npz] [--models dcgan wgan] [--updates 1000] [--seeds 2]
        [--plot curves.png] [--quick]

Recipes, sides of the split and measures are those of `quality_at_time.py`; a model in float32 is trained with the next seed too, whose
difference is what two trainings differ by anyhow.

Prints a TSV: case, peer, ours, theirs, ratio, unit. Ours is bfloat16, theirs float32 of the same seed, or of another. Losses are means of
the last quarter of the updates; a ratio of 1 says that nothing has changed, of any unit. --plot draws the losses, means of 25 updates.
"""

import argparse
from pathlib import Path

import numpy as np
from quality_at_time import IMAGES, ROOT, drawn, measured, recipe_of, sides

from neuroturing.gan.algorithms import ALGORITHMS
from neuroturing.gan.average import averaged
from neuroturing.gan.device import prepare_training
from neuroturing.gan.order import BatchOrder
from neuroturing.gan.recipes import resolve_precision
from neuroturing.gan.source import open_source
from neuroturing.imageset import read_imageset

MEAN_OF = 25


def trained(text, images, updates, seed, precision):
    """Losses of each update by name, and created images."""
    recipe = recipe_of(text, images.size[0])
    gan = averaged(ALGORITHMS[recipe["algorithm"]](recipe, resolve_precision(precision, None), seed))
    order, source, losses = BatchOrder(images.count, recipe["batch"], seed), open_source(images), {}
    for step in range(updates):
        for name, value in gan.train_step(lambda: source.batch(order.next()), step).items():
            if name.endswith("_loss"):
                losses.setdefault(name, []).append(float(value))
    return losses, ALGORITHMS[recipe["algorithm"]].create(gan.finished(), recipe, IMAGES, seed)


def draw(path, curves):
    """A panel for each model and loss, a line for each training."""
    from matplotlib.figure import Figure

    panels = sorted({(text, name) for text, _, _, losses in curves for name in losses})
    figure = Figure(figsize=(5 * len(panels), 3.2), layout="constrained")
    for axes, (text, name) in zip(np.ravel(figure.subplots(1, len(panels))), panels, strict=True):
        for model, precision, seed, losses in curves:
            if model == text:
                values = np.array(losses[name])
                values = values[: len(values) // MEAN_OF * MEAN_OF].reshape(-1, MEAN_OF).mean(axis=1)
                style = {"color": "C0" if precision == "bfloat16" else "C1", "linewidth": 1}
                axes.plot(MEAN_OF * np.arange(1, len(values) + 1), values, label=f"{precision}, seed {seed}", alpha=0.8, **style)
        axes.set(title=f"{text}: {name.replace('_', ' ')}", xlabel="updates")
        axes.legend(fontsize=7, frameon=False)
    figure.savefig(path, dpi=100)


def numbers(losses, created, real, seed):
    """What is compared: distance, coverage, and each loss at the end."""
    distance, coverage, _ = measured(created, real, seed)[0]
    last = {name.replace("_", " "): float(np.mean(values[-max(1, len(values) // 4) :])) for name, values in losses.items()}
    return {"kernel distance x 1000": distance, "coverage": coverage} | last


def main():
    """Train, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cut", default=ROOT / "results/koshino2018/cuts/turned.npz", type=Path)
    parser.add_argument("--models", nargs="+", default=["dcgan", "wgan"])
    parser.add_argument("--updates", default=1000, type=int)
    parser.add_argument("--seeds", default=2, type=int)
    parser.add_argument("--plot", type=Path, help="a picture of the losses")
    parser.add_argument("--quick", action="store_true", help="a few updates of one seed, to see that it works")
    options = parser.parse_args()
    if not options.cut.is_file():
        parser.error(f"no file {options.cut}: run the demo first (snakemake --cores all -- results/koshino2018/cuts/turned.npz)")
    updates, seeds = (8, 1) if options.quick else (options.updates, options.seeds)
    prepare_training(0, 1)
    print("case\tpeer\tours\ttheirs\tratio\tunit", flush=True)
    curves, train = [], sides(read_imageset(options.cut), 0)
    real = [drawn(part, IMAGES, 0) for part in train]
    for text in options.models:
        found = {}
        for seed in range(seeds):
            for precision in ("float32", "bfloat16"):
                losses, created = trained(text, train[0], updates, seed, precision)
                curves.append((text, precision, seed, losses))
                found[precision, seed] = numbers(losses, created, real, 0)
        for seed in range(seeds):
            pairs = [(f"{text}, seed {seed}", "float32", found["bfloat16", seed], found["float32", seed])]
            if seed:
                pairs.append((f"{text}, float32, seed {seed}", "float32, seed 0", found["float32", seed], found["float32", 0]))
            for case, peer, ours, theirs in pairs:
                for unit, one in ours.items():
                    ratio = f"{one / theirs[unit]:.3f}" if theirs[unit] else ""
                    print(f"{case}, {updates} updates\t{peer}\t{one:.3f}\t{theirs[unit]:.3f}\t{ratio}\t{unit}", flush=True)
    if options.plot:
        draw(options.plot, curves)


if __name__ == "__main__":
    main()
