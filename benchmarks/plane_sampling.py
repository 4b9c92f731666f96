"""How fast turned planes are sampled, against other samplers of the same planes, and what the whole training set costs to begin with.

    python benchmarks/plane_sampling.py [--threads 2] [--seconds 10] [--peers-python python] [--quick]

The scan is a simulated head of the size in Koshino 2018 (256 x 256 x 124 voxels of 0.94 x 0.94 x 1.5 mm), prepared as the rule `planes`
does; the planes are drawn from the 48,510 of the published grid, 128 pixels wide, the same for all. Peers: SimpleITK's Resample on the
grid of each plane, from 8-bit and from float32 voxels; scipy's affine_transform and map_coordinates; PyTorch's grid_sample in batches of
64, if --peers-python names a Python that has it; and the paper's way, the whole scan turned by each angle (SimpleITK, on as many and as
large voxels as it has), which gives ten images, five planes and their mirror images. Turns of all samplers alternate.

A rate is images times threads by seconds of the processor, so that other work on the machine does not count. It takes it that each
sampler would keep all threads busy, which favours those that do not: SimpleITK and scipy sample on one thread, and are credited with the
others.

Prints a TSV: case, peer, ours, theirs, ratio, unit. Beside rates: the largest difference of grey levels and the share of pixels that are
more than one level apart (levels around the bound of what is black, and pixels within a voxel of the scan's border, left out); the bytes
of distinct cache lines that our images take and give, against what copying arrays reaches on as many threads; seconds from the start of a
process to the first batch of 96 scans, 4,656,960 images, against the project's own limit; peak memory with ever more angles, and the
exponent of its growth.
"""

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "workflow" / "scripts"))
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np  # noqa: E402
import SimpleITK as sitk  # noqa: E402
from scipy import ndimage  # noqa: E402

from neuroturing.cut.planes import prepare_scan  # noqa: E402
from neuroturing.geometry.planes import PlaneGrid  # noqa: E402
from neuroturing.imageset import BLACK_LEVEL, LABELS, PlaneSet, read_imageset, write_imageset  # noqa: E402
from phantom.t1 import simulate  # noqa: E402

SHAPE, VOXEL_MM, SCANS = (256, 256, 124), (0.94, 0.94, 1.5), 96
OFFSET_MM = 6.0
FIRST_BATCH_S = 20  # the project's own limit
BATCH, LINE = 64, 64  # images; bytes of a cache line
TORCH = """
import json, sys, time
import numpy as np, torch
path, threads, seconds, batch = sys.argv[1], *map(float, sys.argv[2:])
torch.set_num_threads(int(threads))
known = np.load(path)
shape, size = known["voxels"].shape, int(known["size"])
volume = torch.from_numpy(known["voxels"].astype(np.float32))[None, None]
scale = torch.tensor([2 / (length - 1) for length in shape[::-1]])
steps = torch.from_numpy(known["steps"].astype(np.float32)).flip(-1) * scale
pixel = torch.arange(size, dtype=torch.float32)
def sample(part):
    grid = part[:, None, None, 0] - 1 + pixel[:, None, None] * part[:, None, None, 1] + pixel[:, None] * part[:, None, None, 2]
    return torch.nn.functional.grid_sample(volume, grid[None], align_corners=True)[0, 0]
parts = steps.split(int(batch))
with torch.inference_mode():
    images = torch.cat([sample(part) for part in parts]).numpy()
    rates = []
    for _ in range(3):
        began, count = time.process_time(), 0
        while time.process_time() - began < seconds / 3:
            count += len(sample(parts[count // int(batch) % len(parts)]))
        rates.append(count * threads / (time.process_time() - began))
np.save(path + ".npy", images)
print(json.dumps([float(np.median(rates)), torch.__version__]))
"""


def axis(reach, step=1.0):
    """A range of angles, as a configuration writes it."""
    return {"first": -reach, "last": reach, "step": step}


def published_grid():
    """The planes of Koshino 2018 at 128 pixels: see studies/koshino2018/study.yaml."""
    turns = {"yaw_deg": axis(10), "pitch_deg": axis(10), "roll_deg": axis(5)}
    return PlaneGrid.from_config(turns | {"planes_mm": [-4, -2, 0, 2, 4], "flip": True, "size": 128, "field_mm": 240, "centre_y_mm": -17})


def simulated(shape, voxel_mm):
    """A simulated head of so many voxels, and what is true of it."""
    who = {"subject": "p", "scan": "p", "group": "healthy", "phase": "", "age": 50, "sex": "F"}
    volumes, truth, _ = simulate(who, {"shape": shape, "voxel_mm": voxel_mm, "max_tilt_deg": 15}, 1)
    return volumes["t1w"], truth


def frame_of(truth):
    """AC-PC mm to world of a simulated head, (4, 4)."""
    front = np.subtract(truth["ac"], truth["pc"])
    front /= np.linalg.norm(front)
    right = np.array(truth["midsagittal_normal"])
    right -= front * (front @ right)
    right /= np.linalg.norm(right)
    frame = np.eye(4)
    frame[:3, :3], frame[:3, 3] = np.stack([right, front, np.cross(right, front)], 1), truth["ac"]
    return frame


def prepared(grid, shape=SHAPE, voxel_mm=VOXEL_MM):
    """A simulated head: voxels and AC-PC mm to voxel, as the rule `planes` keeps them, and of the whole scan."""
    volume, truth = simulated(shape, voxel_mm)
    frame, lift = frame_of(truth), np.eye(4)
    lift[2, 3] = OFFSET_MM
    whole = volume.data.astype(np.float32), (np.linalg.inv(volume.affine) @ frame @ lift)[:3]
    return prepare_scan(volume, frame, OFFSET_MM, grid), whole


def plane_set(voxels, matrix, grid, scans=1):
    """The planes of so many scans with the same voxels."""
    labels = dict.fromkeys(LABELS, "")
    return PlaneSet([{"voxels": voxels, "matrix": matrix, **labels, "scan": str(k)} for k in range(scans)], grid)


def itk_sampler(voxels, matrix, size, step):
    """A function from a frame, in AC-PC mm, to a grid by SimpleITK, of so many voxels of so many mm: the plane, or a volume about it."""
    spacing = 1 / np.linalg.norm(matrix[:, :3], axis=1)
    image = sitk.GetImageFromArray(np.ascontiguousarray(voxels.T))
    image.SetSpacing(spacing.tolist())

    def sample(frame):
        down, across = (spacing * (matrix[:, :3] @ line) / np.linalg.norm(line) for line in frame[1:])
        normal = np.cross(across, down)
        origin = spacing * (matrix[:, :3] @ frame[0] + matrix[:, 3]) - normal * (step[2] * (size[2] // 2))
        direction = np.stack([across, down, normal], 1).ravel().tolist()
        turned = sitk.Resample(image, size, sitk.Transform(), sitk.sitkLinear, origin.tolist(), step, direction, 0.0, sitk.sitkFloat32)
        return sitk.GetArrayViewFromImage(turned)[size[2] // 2].copy()

    return sample


def scipy_samplers(voxels, matrix, grid):
    """As `itk_sampler`, by the two functions of scipy."""
    volume = voxels.astype(np.float32)
    pixel = np.arange(grid.size)[:, None]

    def lines(frame):
        return matrix[:, :3] @ frame[0] + matrix[:, 3], *(matrix[:, :3] @ step for step in frame[1:])

    def by_affine(frame):
        origin, down, across = lines(frame)
        turn, shape = np.stack([down, across, np.cross(down, across)], 1), (grid.size, grid.size, 1)
        return ndimage.affine_transform(volume, turn, origin, shape, np.float32, 1, prefilter=False)[:, :, 0]

    def by_coordinates(frame):
        origin, down, across = (line[:, None, None] for line in lines(frame))
        return ndimage.map_coordinates(volume, origin + down * pixel + across * pixel.T, np.float32, 1, prefilter=False)

    return by_affine, by_coordinates


def one_by_one(sample, frames, most):
    """A function that samples some of the frames, the next ones at each call, and says how many."""
    place = [0]

    def turn():
        for k in range(most):
            sample(frames[(place[0] + k) % len(frames)])
        place[0] += most
        return most

    return turn


def rates(turns, seconds, threads, rounds=5):
    """Median of images times threads by processor second, of each function, in alternating turns."""
    found = {name: [] for name in turns}
    for name, turn in [*turns.items()] * rounds:
        began, count = time.process_time(), 0
        while time.process_time() - began < seconds / rounds:
            count += turn()
        found[name].append(count * threads / (time.process_time() - began))
    return {name: float(np.median(values)) for name, values in found.items()}


def by_torch(python, voxels, steps, size, threads, seconds):
    """Images, rate and version of PyTorch in a Python of its own; None where it has none."""
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder) / "planes.npz")
        np.savez(path, voxels=voxels, steps=steps, size=size)
        ran = subprocess.run([python, "-c", TORCH, path, str(threads), str(seconds), str(BATCH)], capture_output=True, text=True)
        if ran.returncode:
            print(f"PyTorch left out: {ran.stderr.strip().splitlines()[-1]}", file=sys.stderr)
            return None
        return np.load(path + ".npy"), *json.loads(ran.stdout)


def positions(steps, size):
    """Voxel positions of every pixel of planes with these corners and steps, (planes, size, size, 3)."""
    pixel = np.arange(size)[:, None, None]
    return steps[:, None, None, 0] + pixel * steps[:, None, None, 1] + pixel[:, 0] * steps[:, None, None, 2]


def apart(images, wanted, where, shape):
    """Largest difference of grey levels, and share of pixels that are more than one apart, within the scan and above what is black."""
    inside = np.all((where >= 1) & (where <= np.array(shape) - 2), axis=-1) & (wanted > BLACK_LEVEL + 1)
    difference = np.abs(images - np.floor(wanted + 0.5))[inside]
    return difference.max(), np.mean(difference > 1)


def line_bytes(where, shape, itemsize):
    """Bytes of the distinct cache lines that the eight voxels about each position of one plane lie in."""
    corner = np.clip(np.floor(where).astype(int), 0, np.array(shape) - 2).reshape(-1, 3)
    corners = (corner[:, None] + np.indices((2, 2, 2)).reshape(3, -1).T).reshape(-1, 3)
    return len(np.unique(np.ravel_multi_index(corners.T, shape) * itemsize // LINE)) * LINE


def copy_rate(threads, quick):
    """Bytes read and written by second of the wall clock when arrays too large for any cache are copied on so many threads."""
    size = 2 ** (24 if quick else 28)
    pairs = [(np.ones(size, np.uint8), np.empty(size, np.uint8)) for _ in range(threads)]
    best = np.inf
    with ThreadPoolExecutor(threads) as pool:
        for _ in range(6):
            began = time.perf_counter()
            list(pool.map(lambda pair: np.copyto(pair[1], pair[0]), pairs))
            best = min(best, time.perf_counter() - began)
    return 2 * size * threads / best


def peak_mb():
    """Most memory that this process has had; `ru_maxrss` would count that of the process that started it."""
    found = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())
    return int(found[1]) / 1024


def draw(path, batches):
    """The first batches of a set, in the order of training; when the first was there, and the processor's seconds until then."""
    from neuroturing.gan.order import BatchOrder
    from neuroturing.gan.source import open_source

    images = read_imageset(path)
    source, order = open_source(images), BatchOrder(images.count, BATCH, 1)
    source.batch(order.next()).numpy()
    first = time.time(), time.process_time()
    for _ in range(batches - 1):
        source.batch(order.next()).numpy()
    return first


def begun(images, folder, threads):
    """Seconds to the first batch, those of the processor, and peak memory in MB, of a process that begins to train on these."""
    path = folder / "set.npz"
    write_imageset(path, images)
    began = time.time()
    command = [sys.executable, __file__, "--begin", str(path), "--threads", str(threads)]
    first, busy, peak = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    return first - began, busy, peak


def report(case, peer, ours, theirs, unit, smaller=False):
    """One line of the TSV."""
    ratio = (theirs / ours if smaller else ours / theirs) if theirs else None
    print(case, peer, f"{ours:.4g}", f"{theirs:.4g}" if theirs else "", f"{ratio:.2f}" if ratio else "", unit, sep="\t", flush=True)


def sampling(options, grid, voxels, matrix, scan):
    """Rates of all samplers, differences of their images, and the share of the memory ceiling."""
    import tensorflow as tf

    from neuroturing.gan.source import open_source

    count = 64 if options.quick else 512
    numbers = np.random.default_rng(0).choice(grid.count, count, replace=False)
    frames = grid.frames()[numbers]
    steps = frames @ matrix[:, :3].T
    steps[:, 0] += matrix[:, 3]
    source, parts = open_source(plane_set(voxels, matrix, grid)), iter(())
    batches = [tf.constant(part) for part in np.split(numbers, count // BATCH)]
    ours = np.concatenate([source.batch(part).numpy() for part in batches])[..., 0] * 127.5 + 127.5

    def turn():
        nonlocal parts
        part = next(parts, None)
        if part is None:
            parts = iter(batches)
            part = next(parts)
        source.batch(part).numpy()
        return BATCH

    by_affine, by_coordinates = scipy_samplers(voxels, matrix, grid)
    plane = [grid.size, grid.size, 1], [grid.pixel_mm, grid.pixel_mm, 1.0]
    samplers = {
        "SimpleITK, 8-bit": itk_sampler(voxels, matrix, *plane),
        "SimpleITK, float32": itk_sampler(voxels.astype(np.float32), matrix, *plane),
        "scipy affine_transform": by_affine,
        "scipy map_coordinates": by_coordinates,
    }
    whole = one_by_one(itk_sampler(*scan, list(SHAPE), list(VOXEL_MM)), frames, 1)
    turns = {name: one_by_one(sample, frames, 16) for name, sample in samplers.items()}
    turns |= {"ours": turn, "whole volumes": lambda: whole() * len(grid.planes_mm) * len(grid.flips)}
    found = rates(turns, 1 if options.quick else options.seconds, options.threads)
    few = slice(0, 16)
    where = positions(steps[few], grid.size)
    images = {name: np.stack([sample(frame) for frame in frames[few]]) for name, sample in samplers.items()}
    if options.peers_python:
        torch = by_torch(options.peers_python, voxels, steps, grid.size, options.threads, options.seconds / (10 if options.quick else 1))
        if torch:
            name = f"PyTorch {torch[2]} grid_sample"
            images[name], found[name] = torch[0][few], torch[1]
    for name in images:
        report("one plane at a time" if "PyTorch" not in name else "64 planes at a time", name, found["ours"], found[name], "images/s")
    best = max(images, key=found.get)
    report("best library", best, found["ours"], found[best], "images/s")
    report("the paper's way", "SimpleITK, whole volume per angle", found["ours"], found["whole volumes"], "images/s")
    for name, theirs in images.items():
        largest, share = apart(ours[few], theirs, where, voxels.shape)
        print(f"largest difference\t{name}\t{largest:.0f}\t\t\tgrey levels")
        print(f"pixels more than a level apart\t{name}\t{share:.1e}\t\t\tshare")
    taken = np.mean([line_bytes(plane, voxels.shape, voxels.itemsize) for plane in where]) + ours[0].size * 4
    ceiling = copy_rate(options.threads, options.quick)
    used = taken * found["ours"]
    print(f"memory traffic\tcopying arrays\t{used / 1e9:.2f}\t{ceiling / 1e9:.2f}\t{used / ceiling:.3f}\tGB/s (share of the ceiling)")


def beginning(options, grid, voxels, matrix):
    """The first batch of the whole set, and memory against angles."""
    with tempfile.TemporaryDirectory() as folder:
        scans = 4 if options.quick else SCANS
        images = plane_set(voxels, matrix, grid, scans)
        seconds, busy, peak = begun(images, Path(folder), options.threads)
        report(f"first batch of {images.count:,} images", "limit", seconds, FIRST_BATCH_S, "s", smaller=True)
        report(f"first batch of {images.count:,} images", "limit", busy, FIRST_BATCH_S, "s of the processor", smaller=True)
        report(f"peak memory of {images.count:,} images", "", peak, None, "MB")
        ranges = [(10, 10, 5), (10, 1, 0.5), (2, 1, 1), (1, 0.1, 0.5)]  # degrees between angles about each axis
        points = []
        for degrees in ranges[:2] if options.quick else ranges:
            turns = [tuple(np.arange(-reach, reach + 1e-9, step)) for reach, step in zip((10, 10, 5), degrees, strict=True)]
            denser = replace(grid, **dict(zip(("yaw_deg", "pitch_deg", "roll_deg"), turns, strict=True)))
            peak = begun(plane_set(voxels, matrix, denser, 8), Path(folder), options.threads)[2]
            points.append((denser.rotations, peak))
            report(f"peak memory of 8 scans, {denser.rotations:,} angles", "", peak, None, "MB")
        print(f"peak memory against angles\t\t{np.polyfit(*np.log(np.array(points)).T, 1)[0]:.3f}\t0\t\texponent")


def main():
    """Sample, compare, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--threads", default=2, type=int)
    parser.add_argument("--seconds", default=10.0, type=float, help="processor time of each sampler")
    parser.add_argument("--peers-python", help="a Python that has PyTorch")
    parser.add_argument("--quick", action="store_true", help="a minute, to see that it works")
    parser.add_argument("--begin", help=argparse.SUPPRESS)
    options = parser.parse_args()
    os.environ["TF_NUM_INTRAOP_THREADS"] = os.environ["OMP_NUM_THREADS"] = str(options.threads)
    if options.begin:
        print(json.dumps([*draw(options.begin, 20), peak_mb()]))
        return
    sitk.ProcessObject.SetGlobalDefaultNumberOfThreads(1)
    grid = published_grid()
    (voxels, matrix), scan = prepared(grid)
    print("case\tpeer\tours\ttheirs\tratio\tunit", flush=True)
    sampling(options, grid, voxels, matrix, scan)
    beginning(options, grid, voxels, matrix)


if __name__ == "__main__":
    main()
