"""How well the measurement of perfusion SPECT recovers what is true of simulated scans, on one core.

    python benchmarks/spect_recovery.py [--subjects 12] [--seed 1] [--size 64] [--pictures FOLDER]

Subjects are normal, unilateral and bilateral, a quarter, a half and a quarter of them. Each is simulated, its levels are found by
registration and cut, and the slices are measured as pictures, without the third dimension. Prints a TSV, a line per slice, then for each
level, and for all, lines that begin with #:

correlation and slope of the left/right ratio found, against the ratio of mean perfusion in the true hemispheres
    seen       on the slice's own plane, as a perfect scanner of the same blur would see it: what a measurement can be asked for
    levels     the same on the plane where the level truly is (`lr_blurred` of the truth): errors of registration included
    activity   on the slice's own plane, before the scanner's blur, which no measurement on the slice takes back

Dice coefficient of the mask and the true brain section, means and least values
    resolved   where the share of brain under the scanner's blur is above a half
    anatomy    where the share of brain itself is above a half, sulci and cisterns cut out finer than the scanner resolves;
               the two sections overlap by `limit`, the Dice coefficient of a perfect outline of what the scanner shows

change of the ratio with a tilt of 5 degrees, means and largest values
    in plane   the slice cut at plus and minus 5 degrees, which the measurement has to see
    head       the head turned by 5 degrees about each axis, which registration has to see
"""

import argparse
import os
import sys
from pathlib import Path

if __name__ == "__main__":
    for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ[variable] = "1"
ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "workflow" / "scripts"))

import numpy as np  # noqa: E402
import pandas as pd  # noqa: E402
from scipy import ndimage  # noqa: E402

from neuroturing.align.levels.locate import place_levels  # noqa: E402
from neuroturing.cut.levels import cut_level  # noqa: E402
from neuroturing.geometry.frames import plane_affine, resample, rotation  # noqa: E402
from neuroturing.io.volumes import Volume  # noqa: E402
from neuroturing.measure.masks import brain_section  # noqa: E402
from neuroturing.measure.perfusion import measure_slice  # noqa: E402
from phantom import perfusion  # noqa: E402
from phantom.plan import plan_cohort  # noqa: E402

HEIGHTS_MM = {"CER": -30.0, "BG": 5.0, "COR": 35.0}
SETTINGS = {"shape": [64, 64, 52], "voxel_mm": [3.44] * 3, "max_tilt_deg": 10, "heights_mm": HEIGHTS_MM}
FIELD_MM, PARTS, TILT_DEG = 240, 8, 5.0
TURNS = tuple({"yaw": 0, "pitch": 0, "roll": 0} | {axis: TILT_DEG} for axis in ("pitch", "roll", "yaw"))
LIMITS = {"correlation": 0.95, "slope": (0.9, 1.1), "dice": 0.95, "tilt": 0.01}


def truth_of_slice(scene, plane, size):
    """Ratios and sections, bool of shape (size, size), that are true of the plane of a slice."""
    fine = scene.fine
    affine = plane_affine(plane["centre"], plane["posterior"], plane["left"], PARTS * size, FIELD_MM / (PARTS * size))
    blurred = ndimage.gaussian_filter(fine.brain, scene.fwhm / perfusion.FWHM / perfusion.FINE_MM)
    maps = {"anatomy": fine.brain, "resolved": blurred, "right": fine.right, "seen": scene.seen, "activity": fine.activity}
    maps = {name: resample(Volume(values, fine.affine), affine, (PARTS * size, PARTS * size, 1))[:, :, 0] for name, values in maps.items()}
    inside = {name: ndimage.binary_fill_holes(maps[name] > 0.5) for name in ("anatomy", "resolved")}
    left, right = (inside["anatomy"] & side for side in (maps["right"] < 0, maps["right"] > 0))
    ratios = {name: float(maps[name][left].mean() / maps[name][right].mean()) for name in ("seen", "activity")}
    coarse = {name: area.reshape(size, PARTS, size, PARTS).mean((1, 3)) > 0.5 for name, area in inside.items()}
    return ratios, coarse, maps["right"]


def dice(first, second):
    """Dice coefficient of two masks."""
    return 2 * np.sum(first & second) / (first.sum() + second.sum())


def tilted(plane, degrees):
    """A plane whose picture is turned by some degrees about its middle."""
    angle = np.deg2rad(degrees)
    down, right = np.array(plane["posterior"]), np.array(plane["left"])
    turned = np.cos(angle) * down + np.sin(angle) * right, np.cos(angle) * right - np.sin(angle) * down
    return plane | {"posterior": turned[0].tolist(), "left": turned[1].tolist()}


def ratio_at(volume, plane, size):
    """Left/right ratio of a slice."""
    return measure_slice(cut_level(volume, plane, size, FIELD_MM))["lr_ratio"]


def turned_heads(volume, case, turns):
    """The scan with the head turned by some angles, and the levels that registration finds there."""
    for angles in turns:
        move = np.eye(4)
        move[:3, :3] = rotation(**angles)
        there = Volume(volume.data, move @ volume.affine, volume.path)
        yield there, place_levels(there, False, case, HEIGHTS_MM)["planes"]


def measure(case, seed, size, turns=TURNS):
    """Yield (row of results, picture, section, true sections, map of head-space x) for each level of one simulated subject."""
    scene = perfusion.draw_scene(case, SETTINGS, seed)
    volumes, truth, _ = perfusion.scan_scene(scene, case, SETTINGS)
    volume = volumes["spect"]
    case = case | {"levels": list(HEIGHTS_MM)}
    planes = place_levels(volume, False, case, HEIGHTS_MM)["planes"]
    heads = list(turned_heads(volume, case, turns))
    for level, plane in planes.items():
        picture = cut_level(volume, plane, size, FIELD_MM)
        ratios, areas, right = truth_of_slice(scene, plane, size)
        section, ratio = brain_section(picture), measure_slice(picture)["lr_ratio"]
        row = {"subject": case["subject"], "side": case["side"], "level": level, "found": ratio} | ratios
        row["levels"] = truth["levels"][level]["lr_blurred"]
        row |= {f"dice_{name}": dice(section.mask, area) for name, area in areas.items()} | {"limit": dice(*areas.values())}
        in_plane = [ratio_at(volume, tilted(plane, sign * TILT_DEG), size) for sign in (-1, 1)]
        row["tilt_in_plane"] = float(np.abs(np.array(in_plane) - ratio).max())
        row["tilt_head"] = max((abs(ratio_at(there, found[level], size) - ratio) for there, found in heads), default=0.0)
        yield row, picture, section, areas, right


def draw(path, views):
    """Write one subject's levels: mask (red), true section (green), midlines found (yellow) and true (blue)."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(5 * len(views), 5), layout="constrained")
    for axes, (row, picture, section, areas, right) in zip(figure.subplots(1, len(views)), views, strict=True):
        size = len(picture)
        axes.imshow(picture, cmap="gray", interpolation="nearest")
        fine = (np.arange(len(right)) + 0.5) / PARTS - 0.5
        axes.contour(areas["resolved"], [0.5], colors="lime", linewidths=0.9)
        axes.contour(section.share, [0.5], colors="red", linewidths=0.9)
        axes.contour(fine, fine, np.where(right == 0, np.nan, right), [0], colors="deepskyblue", linewidths=0.9)
        line = section.midline.distance(*np.meshgrid(fine, fine, indexing="ij"))
        axes.contour(fine, fine, line, [0], colors="yellow", linewidths=0.9)
        axes.set_title(f"{row['subject']} {row['level']}  LR {row['found']:.3f}, true {row['seen']:.3f}  Dice {row['dice_resolved']:.3f}")
        axes.set(xlim=(size * 0.08, size * 0.92), ylim=(size * 0.94, size * 0.04))
        axes.axis("off")
    figure.savefig(path, dpi=72)


def summarise(name, table):
    """Print the figures of one level, or of all."""

    def verdict(good):
        return "ok" if good else "MISSED"

    print(f"# {name}: {len(table)} slices, true ratios {table['seen'].min():.3f} to {table['seen'].max():.3f}")
    for truth in ("seen", "levels", "activity"):
        correlation, slope = np.corrcoef(table[truth], table["found"])[0, 1], np.polyfit(table[truth], table["found"], 1)[0]
        error = float(np.sqrt(np.mean((table["found"] - table[truth]) ** 2)))
        good = correlation > LIMITS["correlation"] and LIMITS["slope"][0] <= slope <= LIMITS["slope"][1]
        text = verdict(good) if truth == "seen" else "for information"
        print(f"#   ratio, {truth:<9} correlation {correlation:.3f}  slope {slope:.3f}  error {error:.4f}  ({text})")
    for truth in ("resolved", "anatomy"):
        values = table[f"dice_{truth}"]
        print(f"#   Dice, {truth:<10} mean {values.mean():.3f}  least {values.min():.3f}  ({verdict(values.mean() > LIMITS['dice'])})")
    print(f"#   Dice, limit      mean {table['limit'].mean():.3f}  least {table['limit'].min():.3f}")
    for kind in ("in_plane", "head"):
        values = table[f"tilt_{kind}"]
        print(f"#   tilt, {kind:<10} mean {values.mean():.4f}  largest {values.max():.4f}  ({verdict(values.max() < LIMITS['tilt'])})")


def main(subjects, seed, size, pictures):
    """Measure all subjects and print the table and the summaries."""
    quarter = subjects // 4
    cases = plan_cohort("spect", SETTINGS | {"normal": quarter, "unilateral": subjects - 2 * quarter, "bilateral": quarter}, seed)
    rows = []
    for case in cases:
        views = list(measure(case, seed, size))
        for row, *_ in views:
            if not rows:
                print(*row, sep="\t")
            rows.append(row)
            print(*(f"{value:.4f}" if isinstance(value, float) else value for value in row.values()), sep="\t", flush=True)
        if pictures:
            draw(Path(pictures) / f"{case['subject']}.png", views)
    table = pd.DataFrame(rows)
    for level, part in table.groupby("level", sort=False):
        summarise(level, part)
    summarise("all levels", table)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--subjects", type=int, default=12, help="simulated subjects")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--size", type=int, default=64, help="pixels along each side of a slice")
    parser.add_argument("--pictures", help="an existing folder for a picture of each subject's masks and midlines")
    given = parser.parse_args()
    main(given.subjects, given.seed, given.size, given.pictures)
