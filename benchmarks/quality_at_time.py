"""How near to real, and how varied, created images are after equal training time.

    python benchmarks/quality_at_time.py [--cut results/koshino2018/cuts/turned.npz] [--seconds 300] [--seeds 2] [--quick]
        [--models dcgan wgan dcgan:batch=32,learning_rate=0.0002] [--sheet folder] [--peers-python python]

A third of the subjects of the cut is held out. Each model trains on the others for the same seconds of this one-threaded process's own
time, compilation not counted, so that other work on the machine does not count either; what the demo trains side by side on two cores.
A model is a recipe at the demo's size, with some of its numbers replaced where they follow a colon.

Measured by the project's own realism room, in the principal components of the training images' pixels: kernel distance times 1000 to
images of the held-out subjects, and coverage of them; beside both, the same between the real images of the training subjects and the
held-out ones. The third number is the mean correlation of pairs of created images over that of pairs of real ones (above 1: more alike
than real images).

Prints a TSV, three lines for each model, seed and peer: case, peer, ours, theirs, ratio, unit. The first peer is what the real images
reach: a ratio over 1 means that the created images are as near, or as varied, as other subjects' real ones. With the Python of an
environment that has benchmarks/requirements.txt the others are the same model trained in PyTorch (bfloat16 where that is the quicker, by
--mode) and lightweight-gan at its command line's defaults, each for the same seconds of its own process on one thread, on images of the
same subjects, drawn beforehand. A distance at or below 0 is that of images of one distribution; there is no ratio then.
"""

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

for variable in ("OMP_NUM_THREADS", "TF_NUM_INTEROP_THREADS", "TF_NUM_INTRAOP_THREADS"):
    os.environ[variable] = "1"
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "workflow" / "scripts"))

import numpy as np  # noqa: E402
import yaml  # noqa: E402

from neuroturing.config.merge import DEMO, at_size, read_yaml  # noqa: E402
from neuroturing.features.pixels import Pixels  # noqa: E402
from neuroturing.gan import recipes  # noqa: E402
from neuroturing.gan.algorithms import ALGORITHMS  # noqa: E402
from neuroturing.gan.average import averaged  # noqa: E402
from neuroturing.gan.device import prepare_training  # noqa: E402
from neuroturing.gan.monitor import similarity  # noqa: E402
from neuroturing.gan.order import BatchOrder  # noqa: E402
from neuroturing.gan.source import open_source  # noqa: E402
from neuroturing.imageset import PlaneSet, read_imageset, to_uint8  # noqa: E402
from neuroturing.io.files import write_png  # noqa: E402
from neuroturing.realism.distances import kernel_distance  # noqa: E402
from neuroturing.realism.manifold import manifold  # noqa: E402
from neuroturing.realism.pool import Pool  # noqa: E402

# Not within the brackets of a list.
COMMA = re.compile(r",(?![^\[]*\])")
WARM_UP = 3
IMAGES = 400
PEERS_IMAGES = 4000
PEERS = ROOT / "benchmarks" / "peers"
PEERS_ALGORITHMS = ("dcgan", "dcgan4x4", "wgan", "began", "fastgan")
UNITS = ("kernel distance x 1000", "coverage", "correlation of pairs, over real")


def sides(cut, seed):
    """Training and held-out parts of a cut: a third of the subjects of each group is held out."""
    subjects, groups = cut["subject"], cut["group"]
    held_out = []
    for group in np.unique(groups):
        order = np.random.default_rng([seed, 2]).permutation(np.unique(subjects[groups == group]))
        held_out += order[: max(1, len(order) // 3)].tolist()
    chosen = np.isin(subjects, held_out)
    if isinstance(cut, PlaneSet):
        return [PlaneSet([scan for scan, kept in zip(cut.scans, mask, strict=True) if kept], cut.grid) for mask in (~chosen, chosen)]
    return [cut.take(mask) for mask in (~chosen, chosen)]


def drawn(images, count, seed):
    """Images of a part at random, with their subjects."""
    index = np.random.default_rng([seed, 3]).choice(images.count, min(count, images.count), replace=False)
    source = open_source(images)
    pictures = np.concatenate([to_uint8(source.batch(part)) for part in np.array_split(index, max(1, len(index) // 64))])
    subjects = images["subject"]
    return pictures, subjects[index // images.grid.count] if isinstance(images, PlaneSet) else subjects[index]


def recipe_of(text, size):
    """A recipe at the demo's size, with what follows a colon in the place of its own numbers."""
    name, _, changes = text.partition(":")
    content = {key: value for key, value in at_size(read_yaml(ROOT / f"recipes/{name}.yaml"), DEMO).items() if value is not None}
    content |= {key: yaml.safe_load(value) for key, value in (change.split("=") for change in filter(None, COMMA.split(changes)))}
    content = {key: value for key, value in content.items() if value is not None}
    chosen = content.pop("algorithm")
    options = ALGORITHMS.options(chosen)
    return options.for_size(options.model_validate(content).model_dump(), size) | {"algorithm": chosen, "size": size}


def ours(text, images, seconds, seed):
    """Train one of our models; returns created images and the number of updates."""
    recipe = recipe_of(text, images.size[0])
    gan = averaged(ALGORITHMS[recipe["algorithm"]](recipe, recipes.resolve_precision(recipe["precision"], None), seed))
    order, source = BatchOrder(images.count, recipe["batch"], seed), open_source(images)

    def next_batch():
        return source.batch(order.next())

    for step in range(WARM_UP):
        gan.train_step(next_batch, step)
    step, started = WARM_UP, time.process_time()
    while time.process_time() - started < seconds:
        gan.train_step(next_batch, step)
        step += 1
    return ALGORITHMS[recipe["algorithm"]].create(gan.finished(), recipe, IMAGES, seed), step


def theirs(program, python, images, arguments, size):
    """Created images of a peer's program in a process of its own, and its number of updates."""
    with tempfile.TemporaryDirectory() as folder:
        given, made, request = (str(Path(folder) / name) for name in ("given.npz", "made.npz", "request.json"))
        np.savez(given, images=images)
        if isinstance(arguments, dict):
            Path(request).write_text(json.dumps(arguments))
            arguments = (request, given, made)
        else:
            arguments = (given, *map(str, arguments), made)
        subprocess.run([python, str(PEERS / program), *arguments], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        with np.load(made) as created:
            assert created["images"].shape[1:] == (size, size)
            return created["images"], int(created["updates"])


def measured(created, real, seed):
    """Kernel distance times 1000, coverage, and likeness among the images over that among the held-out ones; of created and real images."""
    training, held_out = real
    space = Pixels.fit(training[0], {}, seed)
    names = np.unique(np.concatenate([held_out[1], training[1]]))
    parts = [held_out[0], training[0], created]
    units = [np.searchsorted(names, held_out[1]), np.searchsorted(names, training[1]), len(names) + np.arange(len(created))]
    pool = Pool(np.concatenate([space.transform(part) for part in parts]), np.concatenate(units))
    ends = np.cumsum([len(part) for part in parts])
    reference, *groups = (np.arange(first, last) for first, last in zip([0, *ends], ends, strict=False))
    alike = [similarity(part[:200, ..., None]) for part in (training[0], created, held_out[0])]
    numbers = [(1000 * kernel_distance(pool, reference, group), manifold(pool, reference, group)[3]) for group in groups]
    return (*numbers[1], alike[1] / alike[2]), (*numbers[0], alike[0] / alike[2])


def report(case, peer, ours, theirs):
    """Three lines of the TSV; a ratio over 1 means that ours is nearer, more varied, or less alike."""
    ratios = (theirs[0] / ours[0] if min(ours[0], theirs[0]) > 0 else None, ours[1] / theirs[1] if theirs[1] else None, theirs[2] / ours[2])
    for unit, one, other, ratio in zip(UNITS, ours, theirs, ratios, strict=True):
        print(f"{case}\t{peer}\t{one:.3f}\t{other:.3f}\t{'' if ratio is None else format(ratio, '.3f')}\t{unit}", flush=True)


def save_sheet(folder, name, created):
    """A picture of 32 created images."""
    folder.mkdir(parents=True, exist_ok=True)
    rows = [np.concatenate(list(created[first : first + 8]), axis=1) for first in range(0, 32, 8)]
    write_png(folder / f"{name.replace(':', '_').replace('/', '_')}.png", np.concatenate(rows))


def main():
    """Train, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cut", default=ROOT / "results/koshino2018/cuts/turned.npz", type=Path)
    parser.add_argument("--models", nargs="+", default=["dcgan", "wgan"])
    parser.add_argument("--seconds", default=300, type=float)
    parser.add_argument("--seeds", default=1, type=int)
    parser.add_argument("--peers-python", help="Python of an environment that has benchmarks/requirements.txt")
    parser.add_argument("--mode", default="bfloat16 channels_last", help="how PyTorch trains; see benchmarks/peers/training_steps.py")
    parser.add_argument("--sheet", type=Path, help="folder for pictures of 32 created images of each model")
    parser.add_argument("--quick", action="store_true", help="a few seconds each, to see that it works")
    options = parser.parse_args()
    if not options.cut.is_file():
        parser.error(f"no file {options.cut}: run the demo first (snakemake --cores all -- results/koshino2018/cuts/turned.npz)")
    seconds = 3 if options.quick else options.seconds
    prepare_training(0, 1)
    print("case\tpeer\tours\ttheirs\tratio\tunit", flush=True)
    for seed in range(options.seeds):
        train, held_out = sides(read_imageset(options.cut), seed)
        real, size = [drawn(part, IMAGES, seed) for part in (train, held_out)], train.size[0]
        given = drawn(train, PEERS_IMAGES, seed)[0] if options.peers_python else None
        other = None
        if options.peers_python:
            other, updates = theirs("lightweight.py", options.peers_python, given, (seconds, IMAGES, seed), size)
            other, name = measured(other, real, seed)[0], f"lightweight-gan, {updates} updates"
        for text in options.models:
            created, updates = ours(text, train, seconds, seed)
            case, (made, best) = f"{text}, seed {seed}, {updates} updates", measured(created, real, seed)
            report(case, "real", made, best)
            if options.sheet:
                save_sheet(options.sheet, f"{text}_{seed}", created)
            recipe = recipe_of(text, size)
            if options.peers_python and recipe["algorithm"] in PEERS_ALGORITHMS:
                request = {"algorithm": recipe["algorithm"], "recipe": recipe, "mode": options.mode}
                request |= {"seconds": seconds, "count": IMAGES, "seed": seed}
                created, updates = theirs("trained.py", options.peers_python, given, request, size)
                report(case, f"PyTorch, {updates} updates", made, measured(created, real, seed)[0])
            if other:
                report(case, name, made, other)


if __name__ == "__main__":
    main()
