"""How time and memory of the stages grow with the number of scans, angles and images, and with the size of an image.

    python benchmarks/cost_growth.py [--stages cut source created realism copying] [--points file] [--plot docs/cost_growth.png] [--quick]

Each point is a process of its own with one thread, on made data: cut (the rule's script, on a simulated head of 128 x 128 x 80 voxels,
the same for each scan), source (what a training does before its first batch, and 50 batches), created (the rule's script, the demo's
DCGAN), realism and copying (the rules' scripts; real, training and created images are planes of that head with noise, the created ones
with more, as many of each). Where one number grows, the others stay: 4 scans, 441 angles, 64 x 64 pixels, and images as the line of that
stage says.

Time is the processor's, from after the imports to the end; memory is the most that the process has had, TensorFlow among it.

Prints a TSV: case, peer, ours, theirs, ratio, unit. No peer does the same: "theirs" is empty, but for exponents. Exponents are slopes of
a line through the logarithms: 1 is linear in the number that grows, which for sizes is the number of pixels. --plot draws all of it.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "workflow" / "scripts"))

import numpy as np  # noqa: E402
from plane_sampling import frame_of, plane_set, positions, simulated  # noqa: E402
from scipy import ndimage  # noqa: E402

from neuroturing.cut.planes import prepare_scan  # noqa: E402
from neuroturing.geometry.planes import PlaneGrid  # noqa: E402
from neuroturing.imageset import ImageSet, blackened, make_labels, write_imageset  # noqa: E402
from neuroturing.io.files import write_json  # noqa: E402
from neuroturing.io.volumes import write_volume  # noqa: E402

SHAPE, VOXEL_MM = (128, 128, 80), (1.9, 1.9, 2.4)
SUBJECTS, NOISE = 24, 6.0
POINTS = {  # stage: what grows: its values
    "cut": {"scans": (2, 4, 8, 16), "angles": (27, 441, 4851), "pixels": (64, 128, 256)},
    "source": {"scans": (2, 8, 32), "angles": (27, 441, 4851), "pixels": (32, 64, 128)},
    "created": {"images": (250, 500, 1000, 2000), "pixels": (32, 64, 128)},
    "realism": {"images": (100, 200, 400), "pixels": (32, 64, 96)},
    "copying": {"images": (100, 200, 400), "pixels": (32, 64, 128)},
}
FIXED = {"scans": 4, "angles": 441, "pixels": 64}
IMAGES = {"created": 500, "realism": 100, "copying": 100}
STEPS_DEG = {27: (10, 10, 5), 441: (1, 1, 10), 4851: (1, 1, 1)}  # between angles about each axis, of 10, 10 and 5 degrees to either side
RECIPE = {"algorithm": "dcgan", "latent": 100, "latent_distribution": "uniform"}
CALL = """
import json, sys, time
sys.path[:0] = [{scripts!r}, {here!r}]
import {module} as script
import tensorflow
from plane_sampling import peak_mb
began = time.process_time()
script.{function}(**json.loads(sys.argv[1]))
print(json.dumps([time.process_time() - began, peak_mb()]))
"""
ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "TF_NUM_INTEROP_THREADS", "TF_NUM_INTRAOP_THREADS"), "1") | {"TF_CPP_MIN_LOG_LEVEL": "3"}


def spec(angles, pixels):
    """Keys of the rule `planes`."""
    reach = dict(zip(("yaw_deg", "pitch_deg", "roll_deg"), zip((10, 10, 5), STEPS_DEG[angles], strict=True), strict=True))
    turns = {name: {"first": -far, "last": far if step <= far else -far, "step": step} for name, (far, step) in reach.items()}
    return turns | {"planes_mm": [-4, -2, 0, 2, 4], "flip": True, "size": pixels, "field_mm": 240, "centre_y_mm": -17, "plane_offset_mm": 6}


def pictures(count, pixels, seed, noise=NOISE):
    """Planes of the simulated head at random, with noise, 8-bit."""
    grid = PlaneGrid.from_config(spec(4851, pixels))
    voxels, matrix = prepare_scan(*HEAD, 6.0, grid)
    generator = np.random.default_rng(seed)
    steps = grid.frames()[generator.integers(0, grid.count, count)] @ matrix[:, :3].T
    steps[:, 0] += matrix[:, 3]
    values = [
        ndimage.map_coordinates(voxels.astype(np.float32), positions(one[None], pixels)[0].transpose(2, 0, 1), order=1) for one in steps
    ]
    return blackened(np.clip(np.array(values) + generator.normal(0, noise, (count, pixels, pixels)), 0, 255).astype(np.uint8))


def write_pictures(path, images, source, subjects):
    """An image set of so many subjects."""
    names = [f"{subjects}{k % SUBJECTS}" for k in range(len(images))]
    labels = make_labels(
        len(images), image=[f"{source}{k}" for k in range(len(images))], subject=names, scan=names, dataset="d", source=source
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    write_imageset(path, ImageSet(images, labels, {}, 1))
    return str(path)


def cut_arguments(folder, scans, angles, pixels):
    """The rule cut of planes."""
    volume, frame = HEAD
    write_volume(folder / "scan.nii.gz", volume.data, volume.affine, np.int16)
    write_json(folder / "scan.json", {"acpc_to_world": frame.tolist()})
    paths, rows = [str(folder / "scan.nii.gz")] * scans, []
    for k in range(scans):
        rows.append({"subject": f"s{k}", "scan": f"s{k}", "group": "", "plane_offset_mm": "", "images": {"t1w": paths[0]}})
    known = {"rule": "planes", "rows": rows, "spec": spec(angles, pixels), "split": {}}
    return (
        "cut",
        "main",
        known | {"scans": paths, "aligned": [str(folder / "scan.json")] * scans, "imported": [], "images": str(folder / "c.npz")},
    )


def source_arguments(folder, scans, angles, pixels):
    """The first batches of a training."""
    grid = PlaneGrid.from_config(spec(angles, pixels))
    write_imageset(folder / "set.npz", plane_set(*prepare_scan(*HEAD, 6.0, grid), grid, scans))
    return "plane_sampling", "draw", {"path": str(folder / "set.npz"), "batches": 50}


def created_arguments(folder, images, pixels):
    """The rule sample_gan, with a generator that has not been trained."""
    from data_path import DEMO, recipe_of

    from neuroturing.gan.algorithms import ALGORITHMS
    from neuroturing.gan.saved import save_generator

    recipe = recipe_of(DEMO, pixels)
    generator = ALGORITHMS[recipe["algorithm"]].build_generator(recipe, "float32", portable=True)
    save_generator(folder / "generator.keras", generator)
    known = {"generator": str(folder / "generator.keras"), "images": str(folder / "made.npz"), "number": images}
    return "sample_gan", "main", known | {"recipe": RECIPE, "seed": 1, "labels": {"dataset": "d", "source": "dcgan"}}


def examined_arguments(folder, images, pixels):
    """What realism and copying have in common."""
    kinds = {"real": ("r", 1, NOISE), "training": ("t", 2, NOISE), "created": ("", 3, 2 * NOISE)}
    files = {
        kind: [write_pictures(folder / kind / "d.npz", pictures(images, pixels, seed, noise), kind, subjects)]
        for kind, (subjects, seed, noise) in kinds.items()
    }
    sets = [{"dataset": "d", "recipe": "dcgan", "label": "d, dcgan", "family": "d"}]
    return files | {"sets": sets, "side": "held out", "seed": 1, "table": str(folder / "table.tsv")}


def realism_arguments(folder, images, pixels):
    """The rule realism, with all the images, and an encoder that learns for a tenth of the usual time: its own does not grow."""
    own = {"trust": str(folder / "trust.tsv"), "options": {"images": images, "encoder_steps": 30}}
    return "realism", "main", examined_arguments(folder, images, pixels) | own


def copying_arguments(folder, images, pixels):
    """The rule copying."""
    own = {"images": str(folder / "images.tsv"), "sheet": str(folder / "sheet.png")}
    return "copying", "main", examined_arguments(folder, images, pixels) | own


ARGUMENTS = {name.removesuffix("_arguments"): value for name, value in list(globals().items()) if name.endswith("_arguments")}


def cost(stage, numbers):
    """Processor seconds and peak memory in MB of one stage in a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        module, function, arguments = ARGUMENTS[stage](Path(folder), **numbers)
        call = CALL.format(scripts=str(ROOT / "workflow/scripts"), here=str(Path(__file__).parent), module=module, function=function)
        command = [sys.executable, "-c", call, json.dumps(arguments)]
        ran = subprocess.run(command, check=False, capture_output=True, text=True, env=os.environ | ONE_THREAD)
        if ran.returncode:
            raise SystemExit(f"{stage} {numbers} failed:\n{ran.stderr[-2000:]}")
        return json.loads(ran.stdout.splitlines()[-1])


def measured(stage, name, values, known, kept):
    """What grows (pixels, not width), seconds and MB, of each value; `known` has those measured before, and `kept` is its file."""
    fixed = {"images": IMAGES[stage]} if stage in IMAGES else {key: FIXED[key] for key in ("scans", "angles")}
    fixed["pixels"] = FIXED["pixels"]
    points = []
    for value in values:
        key = f"{stage}, {value} {name}"
        if key not in known:
            known[key] = cost(stage, fixed | {name: value})
            if kept:
                kept.write_text(json.dumps(known))
        seconds, peak = known[key]
        print(f"{key}\t\t{seconds:.2f}\t\t\ts\n{key}\t\t{peak:.0f}\t\t\tMB", flush=True)
        points.append((value**2 if name == "pixels" else value, seconds, peak))
    return points


def exponent(points, column):
    """Slope of a line through the logarithms."""
    values = np.array(points)
    return float(np.polyfit(np.log(values[:, 0]), np.log(values[:, column]), 1)[0])


def draw(path, found):
    """Small multiples: a row for time and one for memory, a column for what grows, a line for each stage."""
    from matplotlib.figure import Figure

    grown = ("scans", "angles", "images", "pixels")
    figure = Figure(figsize=(10, 5), layout="constrained")
    axes = figure.subplots(2, len(grown), sharey="row")
    for column, name in enumerate(grown):
        for row, what in enumerate(("processor time, s", "peak memory, MB")):
            panel = axes[row, column]
            for number, stage in enumerate(POINTS):
                if points := found.get((stage, name)):
                    values, style = np.array(points), f"C{number}"
                    label = f"{stage}: {exponent(points, row + 1):.2f}"
                    panel.plot(values[:, 0], values[:, row + 1], "o-", color=style, markersize=4, linewidth=1, label=label)
            panel.set(xscale="log", yscale="linear" if row else "log")
            panel.legend(title="exponent", fontsize=7, title_fontsize=7, frameon=False, loc="upper left")
            panel.grid(alpha=0.3)
            if not column:
                panel.set_ylabel(what)
            if row:
                panel.set_xlabel("pixels of an image" if name == "pixels" else name)
    # Room above the lines for what they are.
    axes[0, 0].set_ylim(top=200 * axes[0, 0].get_ylim()[1])
    axes[1, 0].set_ylim(0, 1.9 * axes[1, 0].get_ylim()[1])
    figure.savefig(path, dpi=100)


def main():
    """Run, time, print, draw."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--stages", nargs="+", choices=POINTS, default=list(POINTS))
    parser.add_argument("--plot", type=Path)
    parser.add_argument("--points", type=Path, help="a file that keeps what was measured; what it has is not measured again")
    parser.add_argument("--quick", action="store_true", help="the two smallest points of cut and source")
    options = parser.parse_args()
    chosen = [stage for stage in options.stages if not options.quick or stage in ("cut", "source")]
    found, kept = {}, options.points
    known = json.loads(kept.read_text()) if kept and kept.is_file() else {}
    print("case\tpeer\tours\ttheirs\tratio\tunit", flush=True)
    for stage, name in ((one, name) for one in chosen for name in POINTS[one]):
        found[stage, name] = measured(stage, name, POINTS[stage][name][: 2 if options.quick else None], known, kept)
        for column, what in ((1, "time"), (2, "memory")):
            print(f"{stage}, {what} against {name}\tlinear\t{exponent(found[stage, name], column):.2f}\t1\t\texponent", flush=True)
    if options.plot:
        draw(options.plot, found)


if __name__ == "__main__":
    volume, truth = simulated(SHAPE, VOXEL_MM)
    HEAD = volume, frame_of(truth)
    main()
