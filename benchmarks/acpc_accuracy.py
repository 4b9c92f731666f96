"""How far automatic AC-PC alignment is from the truth, and how long it takes, on one core.

    python benchmarks/acpc_accuracy.py [--subjects 12] [--poses 6] [--seed 1] [--head IMAGE LANDMARKS ...]

Prints a TSV, a line per scan, then summary lines that begin with #. Two kinds of scans: the simulated cohort, posed up to 15 degrees, and
heads with known landmarks, as they are and in random poses to 20 degrees, in turn by the header alone (exact) and sampled on Koshino's
acquisition grid. LANDMARKS is a 3D Slicer file, or "ac_x,ac_y,ac_z,pc_x,pc_y,pc_z" in world RAS mm; the head's x axis is taken as the
normal of its midsagittal plane. Without --head, the heads in ../shared/data/heads are used where present. Seconds are this one-threaded
process's own, so that other work on the machine does not count.
"""

import argparse
import os
import sys
import time
from pathlib import Path

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = "1"
ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "workflow" / "scripts"))

import numpy as np  # noqa: E402

from neuroturing.align.acpc.frame import acpc_to_world  # noqa: E402
from neuroturing.align.acpc.landmarks import read_slicer  # noqa: E402
from neuroturing.align.acpc.record import describe  # noqa: E402
from neuroturing.errors import InputError  # noqa: E402
from neuroturing.geometry.frames import angles, resample, rotation  # noqa: E402
from neuroturing.geometry.template import dilated_mask  # noqa: E402
from neuroturing.io.volumes import Volume, read_volume  # noqa: E402
from phantom import PHANTOMS  # noqa: E402
from phantom.plan import plan_cohort  # noqa: E402
from phantom.t1 import sagittal_affine  # noqa: E402

HEADS = ROOT.parent / "shared" / "data" / "heads"
# Placed by the AFIDs project; the PC of avg152 lies about 2 mm behind what the image shows, so that it is summed up by itself.
KNOWN = {
    "pd25_t1.nii.gz": "-0.237,3.362,-3.640,-0.181,-25.177,-1.030",
    "avg152_t1.nii": "0.265,2.842,-4.877,0.245,-27.410,-3.435",
}
SOFT = "avg152_t1.nii"
PAPER = {"shape": (256, 256, 124), "voxel_mm": (0.94, 0.94, 1.5), "max_tilt_deg": 15}
COLUMNS = ("ac_error_mm", "pc_error_mm", "pitch_error_deg", "roll_error_deg", "yaw_error_deg", "seconds")
LIMITS = {"ac_error_mm": (0.8, 1.5), "pc_error_mm": (0.8, 1.5), "pitch_error_deg": (1.0, 2.5)}
SOFT_LIMITS = {"ac_error_mm": (2.5, 2.5), "pc_error_mm": (2.5, 2.5)}
LIMITS |= {"roll_error_deg": (0.5, 1.5), "yaw_error_deg": (0.5, 1.5), "seconds": (10, 10)}


def simulated(subjects, seed):
    """Yield (name, volume, ac, pc, normal) of simulated scans."""
    patients = subjects // 3
    for scan in plan_cohort("t1", {"healthy": subjects - patients, "patients": patients}, seed):
        if scan["phase"] != "chronic":
            volumes, truth, _ = PHANTOMS["t1"](scan, PAPER, seed)
            yield f"simulated {scan['scan']}", volumes["t1w"], truth["ac"], truth["pc"], truth["midsagittal_normal"]


def posed(path, landmarks, poses, seed):
    """Yield (name, volume, ac, pc, normal) of one head in several poses."""
    head = read_volume(path)
    if "," in landmarks:
        ac, pc = np.array(landmarks.split(","), float).reshape(2, 3)
    else:
        ac, pc = (read_slicer(landmarks)[name] for name in ("ac", "pc"))
    generator = np.random.default_rng(seed)
    for number in range(poses):
        move = np.eye(4)
        if number:
            pitch, roll, yaw = generator.uniform(-20, 20, 3)
            move[:3, :3] = rotation(yaw=yaw, pitch=pitch, roll=roll)
            move[:3, 3] = generator.uniform(-15, 15, 3)
        volume = Volume(head.data, move @ head.affine, head.path)
        if number % 2:
            grid = sagittal_affine(PAPER["shape"], PAPER["voxel_mm"])
            grid[:3, 3] += move[:3, :3] @ ((ac + pc) / 2 + [0, -7, 0]) + move[:3, 3]
            volume = Volume(resample(volume, grid, PAPER["shape"]), grid, head.path)
        turned = [move[:3, :3] @ point + move[:3, 3] for point in (ac, pc)]
        yield f"{Path(path).name.split('.')[0]} pose {number}", volume, *turned, move[:3, 0]


def measure(volume, ac, pc, normal):
    """Errors and seconds of one scan, in the order of COLUMNS; NaN where the registration failed."""
    start = time.process_time()
    try:
        record = describe(volume)
    except InputError as error:
        print(f"# failed: {error}".replace("\n", " "), flush=True)
        return [np.nan] * 5 + [time.process_time() - start]
    seconds = time.process_time() - start
    turn = np.linalg.inv(acpc_to_world(ac, pc, normal)) @ np.array(record["acpc_to_world"])
    found = angles(turn)
    distances = [float(np.linalg.norm(np.subtract(record[name], point))) for name, point in (("ac", ac), ("pc", pc))]
    return [*distances, *(abs(found[name]) for name in ("pitch", "roll", "yaw")), seconds]


def summarise(name, rows):
    """Print mean and maximum of each column of one kind of scans beside the limits."""
    limits = LIMITS | SOFT_LIMITS if name.endswith(SOFT) else LIMITS
    table = np.array(rows)
    failures = int(np.isnan(table[:, 0]).sum())
    print(f"# {name}: {len(rows)} scans, {failures} failed")
    for column, values in zip(COLUMNS, table.T, strict=True):
        values = values[np.isfinite(values)]
        if values.size:
            limit = "at most {:g}, {:g}".format(*limits[column])
            verdict = "ok" if values.mean() <= limits[column][0] and values.max() <= limits[column][1] else "MISSED"
            print(f"#   {column:<16} mean {values.mean():5.2f}  max {values.max():5.2f}  ({limit}: {verdict})")


def main(subjects, poses, seed, heads):
    """Measure all scans and print the table and the summaries."""
    dilated_mask()  # loads the template, once for all scans
    sources = {"simulated cohort": simulated(subjects, seed)} if subjects else {}
    for number, (path, landmarks) in enumerate(heads):
        sources[f"{number + 1}: {Path(path).name}"] = posed(path, landmarks, poses, seed + number)
    print("scan", *COLUMNS, sep="\t")
    summaries = {}
    for kind, scans in sources.items():
        for name, *scan in scans:
            values = measure(*scan)
            summaries.setdefault(kind, []).append(values)
            print(name, *(f"{value:.2f}" for value in values), sep="\t", flush=True)
    for kind, rows in summaries.items():
        summarise(kind, rows)
    counted = [row for kind, rows in summaries.items() if not kind.endswith(SOFT) for row in rows]
    if counted:
        summarise("all but avg152", counted)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--subjects", type=int, default=12, help="simulated subjects")
    parser.add_argument("--poses", type=int, default=6, help="poses of each head, the first as it is")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--head", nargs=2, action="append", metavar=("IMAGE", "LANDMARKS"))
    given = parser.parse_args()
    present = [(str(HEADS / name), landmarks) for name, landmarks in KNOWN.items() if (HEADS / name).exists()]
    main(given.subjects, given.poses, given.seed, given.head or present)
