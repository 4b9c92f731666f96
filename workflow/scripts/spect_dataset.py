"""Cut the levels of every perfusion scan of a cohort into one stack of slices, each sampled once from its raw scan.

Inputs: the scans (NIfTI) and their {scan}_levels.json.
Output: one .npz with images uint8 (n, size, size), subject, scan, pattern, level, name, counts_scale, spec (see neuroturing.spect.stack).
"""

import json
import logging
from pathlib import Path

import numpy as np

from neuroturing.cohort.spect_tables import LEVELS, cohort_doubts, count_images, image_name
from neuroturing.runlog import log_to
from neuroturing.spect.levels import cut_level
from neuroturing.spect.scans import read_scan
from neuroturing.spect.stack import check_slice, scaled, write_slices


def main(scan_paths, level_paths, dataset_path, scans, spec):
    """Cut and write.

    Parameters
    ----------
    scan_paths, level_paths : list of path
        In the order of `scans`.
    dataset_path : path
        .npz
    scans : list of dict
        Rows of the cohort (see neuroturing.cohort.spect_tables).
    spec : dict
        size, field_mm, scaling (image_maximum or global), published_images (by pattern and level), is_published_cohort.
    """
    report(scans, spec["published_images"], spec["is_published_cohort"])
    pictures, labels = [], {name: [] for name in ("subject", "scan", "pattern", "level", "name")}
    for scan, scan_path, level_path in zip(scans, scan_paths, level_paths, strict=True):
        planes = json.loads(Path(level_path).read_text(encoding="utf-8"))["planes"]
        volume, _ = read_scan(scan_path)
        for level in scan["levels"]:
            pictures.append(cut_level(volume, planes[level], spec["size"], spec["field_mm"]))
            check_slice(pictures[-1], scan, level)
            for name in ("subject", "scan", "pattern"):
                labels[name].append(scan[name])
            labels["level"].append(level)
            labels["name"].append(image_name(scan["scan"], level))
    images, labels["counts_scale"] = scaled(np.stack(pictures), spec["scaling"])
    write_slices(dataset_path, images, labels, {key: spec[key] for key in ("size", "field_mm", "scaling")})


def report(scans, published, is_published):
    """Log the counts beside the paper's, and warn of what a person should know."""
    for pattern, cells in count_images(scans).items():
        found = ", ".join(f"{cells[level]} {level} (Werner 2022: {published[pattern][level]})" for level in LEVELS)
        logging.info("%s: %s; %d in all (%d)", pattern, found, sum(cells.values()), sum(published[pattern].values()))
    for doubt in cohort_doubts(scans, published if is_published else None):
        logging.warning("%s.", doubt)


if "snakemake" in globals():
    with log_to(snakemake.log[0]):  # noqa: F821
        main(
            snakemake.input.scans,  # noqa: F821
            snakemake.input.levels,  # noqa: F821
            snakemake.output.dataset,  # noqa: F821
            snakemake.params.scans,  # noqa: F821
            snakemake.params.spec,  # noqa: F821
        )
