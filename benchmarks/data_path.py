"""What sampling images costs a training: updates on one batch that stays, against updates of the training loop that samples each batch.

    python benchmarks/data_path.py [--threads 2] [--seconds 40] [--cases 'demo, 64 px'] [--quick]

Koshino 2018's DCGAN as published, at 64 and 128 pixels, and the demo's, each on scans of its size: turned planes of simulated heads by
the published angles. The loop is the Trainer's own: its order, its source, its rows and its progress; what it does seldom (history,
pictures, states) is left out. Bare updates and those of the loop alternate, and are timed by the processor, so that other work on the
machine does not count.

Prints a TSV: case, peer, ours, theirs, ratio, unit: images a second of the loop (ours) and of bare updates (theirs) for each second of
the processor; the ratio is at least 0.95 where sampling does not starve the training.
"""

import argparse
import os
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "workflow" / "scripts"))
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np  # noqa: E402
from plane_sampling import plane_set, prepared, published_grid  # noqa: E402

from neuroturing.config.merge import DEMO, PAPER, at_size, read_yaml  # noqa: E402
from neuroturing.gan import recipes  # noqa: E402
from neuroturing.gan.algorithms import ALGORITHMS  # noqa: E402
from neuroturing.gan.device import prepare_training  # noqa: E402
from neuroturing.gan.source import open_source  # noqa: E402
from neuroturing.gan.train import Trainer  # noqa: E402

SCANS, ROUNDS, WARM_UP = 8, 8, 2
CASES = {"published, 64 px": (PAPER, 64), "published, 128 px": (PAPER, 128), "demo, 64 px": (DEMO, 64)}
# Field of an image in mm, voxels of a scan and their size in mm: studies/koshino2018/study.yaml and config.yaml.
SCAN = {PAPER: (240, (256, 256, 124), (0.94, 0.94, 1.5)), DEMO: (208, (160, 160, 96), (1.5, 1.5, 1.95))}


def recipe_of(kind, size):
    """The DCGAN's recipe, complete."""
    content = {key: value for key, value in at_size(read_yaml(ROOT / "recipes/dcgan.yaml"), kind).items() if value is not None}
    chosen = content.pop("algorithm")
    return ALGORITHMS.options(chosen).model_validate(content).model_dump() | {"algorithm": chosen, "size": size}


def measured(recipe, images, seconds, folder):
    """Images by processor second of the loop and of bare updates: medians over alternating rounds."""
    gan = ALGORITHMS[recipe["algorithm"]](recipe, recipes.resolve_precision(recipe["precision"], None), 1)
    trainer = Trainer(gan, open_source(images), None, 10**6, folder / "state.npz")
    batch = trainer._next_batch()

    def bare():
        return gan.train_step(lambda: batch, 0)

    def loop():
        trainer.row.add(gan.train_step(trainer._next_batch, trainer.step))
        trainer.step += 1
        trainer.progress.show(trainer.step, trainer.order.position * recipe["batch"])

    found = {bare: [], loop: []}
    for turn in [bare, loop] * WARM_UP:
        turn()
    for turn in [bare, loop] * ROUNDS:
        began, count = time.process_time(), 0
        while time.process_time() - began < seconds / ROUNDS / 2:
            turn()
            count += recipe["batch"]
        found[turn].append(count / (time.process_time() - began))
    return float(np.median(found[loop])), float(np.median(found[bare]))


def main():
    """Train, time, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--threads", default=2, type=int)
    parser.add_argument("--seconds", default=40.0, type=float, help="processor time of each case")
    parser.add_argument("--cases", nargs="+", choices=CASES, default=list(CASES))
    parser.add_argument("--quick", action="store_true", help="the demo's recipe alone, for a few seconds")
    options = parser.parse_args()
    prepare_training(1, options.threads)
    print("case\tpeer\tours\ttheirs\tratio\tunit", flush=True)
    for case, (kind, size) in CASES.items():
        if case not in options.cases or (options.quick and kind != DEMO):
            continue
        field_mm, *scan = SCAN[kind]
        grid = replace(published_grid(), size=size, field_mm=field_mm)
        (voxels, matrix), _ = prepared(grid, *scan)
        with tempfile.TemporaryDirectory() as folder:
            images = plane_set(voxels, matrix, grid, SCANS)
            loop, bare = measured(recipe_of(kind, size), images, 5 if options.quick else options.seconds, Path(folder))
        print(f"DCGAN, {case}\tbare update\t{loop:.1f}\t{bare:.1f}\t{loop / bare:.3f}\timages by processor second", flush=True)


if __name__ == "__main__":
    main()
