"""How long the examination without a reader takes, and how it grows with the number of images.

    python benchmarks/examination.py [--results results] [--studies koshino2018 ...] [--shares 0.25 0.5 1] [--quick]

Runs the scripts of the rules realism, copying and use on a share of the images of a run's own results, real and created alike, each in a
process of its own with one thread, as the rules do. Time is the processor's, so that other work on the machine does not count.

Prints a TSV, a line for each study, script and share: case, peer, ours, theirs, ratio, unit. There is no peer: "theirs" is the limit that
the project sets itself, five minutes on two cores for all studies together, and the ratio is that limit over the time taken. Then the
exponent of growth with the number of images for each script: 1 is linear.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import yaml

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "workflow" / "scripts"))

from neuroturing.imageset import read_imageset, write_imageset  # noqa: E402

LIMIT = 5 * 60 * 2  # processor seconds: five minutes on two cores
SCRIPTS = ("realism", "copying", "use")
CALL = """
import json, sys
sys.path.insert(0, sys.argv[1])
name, arguments = sys.argv[2], json.loads(sys.argv[3])
__import__(name).main(**arguments)
"""
ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "TF_NUM_INTEROP_THREADS", "TF_NUM_INTRAOP_THREADS"), "1")


def thinned(path, share, folder):
    """A share of the images of a file, evenly taken, in a file of the same name."""
    images = read_imageset(path)
    kept = np.unique(np.linspace(0, images.count - 1, max(20, round(share * images.count))).astype(int))
    place = folder / Path(*path.parts[-3:])
    place.parent.mkdir(parents=True, exist_ok=True)
    write_imageset(place, images.take(kept))
    return str(place), len(kept)


def seconds(name, arguments):
    """Processor time of one script in a process of its own."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    command = [sys.executable, "-c", CALL, str(ROOT / "workflow" / "scripts"), name, json.dumps(arguments)]
    subprocess.run(command, check=True, capture_output=True, env=os.environ | ONE_THREAD)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def arguments_of(results, study, share, folder):
    """What the three scripts are given, and the number of images."""
    created = sorted(path for path in (results / study / "samples").glob("*/*.npz"))
    datasets = list(dict.fromkeys(path.parent.name for path in created))
    trained = "training" if (results / study / "training").is_dir() else "real"
    files, count = {}, 0
    for part, paths in (
        ("real", [results / study / "real" / f"{name}.npz" for name in datasets]),
        ("training", [results / study / trained / f"{name}.npz" for name in datasets]),
        ("created", created),
    ):
        thin = [thinned(path, share, folder / part) for path in paths]
        files[part] = [path for path, _ in thin]
        count += sum(number for _, number in thin)
    sets = [
        {
            "dataset": path.parent.name,
            "recipe": path.stem,
            "label": f"{path.parent.name}, {path.stem}",
            "family": path.parent.name.split("_")[0],
        }
        for path in created
    ]
    side = "held out" if trained == "training" else "trained on"
    shared = files | {"sets": sets, "side": side, "seed": 1, "table": str(folder / "table.tsv")}
    examination = yaml.safe_load((results / "config.yaml").read_text())["studies"][study]["examination"]
    options = {name: examination[name] for name in ("images", "encoder_steps")}
    own = {
        "realism": {"trust": str(folder / "trust.tsv"), "options": options},
        "copying": {"images": str(folder / "images.tsv"), "sheet": str(folder / "sheet.png")},
        "use": {"repeats": examination["repeats"]},
    }
    return {name: shared | own[name] for name in SCRIPTS}, count


def main():
    """Run, time, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--results", default=ROOT / "results", type=Path)
    parser.add_argument("--studies", nargs="+")
    parser.add_argument("--shares", nargs="+", type=float, default=[0.25, 0.5, 1])
    parser.add_argument("--quick", action="store_true", help="the smallest share alone, copying alone")
    options = parser.parse_args()
    if not (options.results / "config.yaml").is_file():
        parser.error(f"no results in {options.results}: run the demo first")
    studies = options.studies or [path.parent.name for path in sorted(options.results.glob("*/samples"))]
    shares, scripts = (options.shares[:1], ("copying",)) if options.quick else (options.shares, SCRIPTS)
    print("case\tpeer\tours\ttheirs\tratio\tunit", flush=True)
    totals, grown = dict.fromkeys(shares, 0.0), {}
    for study in studies:
        for share in shares:
            with tempfile.TemporaryDirectory() as folder:
                arguments, count = arguments_of(options.results, study, share, Path(folder))
                for name in scripts:
                    taken = seconds(name, arguments[name])
                    totals[share] += taken
                    grown.setdefault((study, name), []).append((count, taken))
                    print(f"{study}, {name}, {count} images\t\t{taken:.1f}\t\t\ts", flush=True)
    for share, taken in totals.items():
        print(f"all studies, {share:.0%} of the images\tlimit\t{taken:.1f}\t{LIMIT}\t{LIMIT / taken:.2f}\ts")
    for (study, name), points in grown.items():
        if len(points) > 1:
            counts, times = np.log(np.array(points)).T
            print(f"{study}, {name}, growth\t\t{np.polyfit(counts, times, 1)[0]:.2f}\t1\t\texponent")


if __name__ == "__main__":
    main()
