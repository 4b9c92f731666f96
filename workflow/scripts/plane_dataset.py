"""Prepare the planes of a study: what each scan's planes can reach, scaled, with the geometry to sample it by.

Input: the raw scans and their AC-PC landmarks. Output: one .npz for the data set (see neuroturing.slices.dataset).
"""

import json
import logging
from pathlib import Path

from neuroturing.runlog import log_to
from neuroturing.slices.dataset import prepare_scan, write_plane_dataset
from neuroturing.slices.planes import PlaneGrid
from neuroturing.volumes import read_volume


def main(scan_paths, landmark_paths, dataset_path, scans, planes):
    """Read each scan, cut it to what its planes can reach, and write the data set.

    Parameters
    ----------
    scan_paths, landmark_paths : list of path
        In the order of `scans`.
    dataset_path : path
    scans : list of dict
        scan, subject and, where a scan has its own height of the basal-ganglia plane, plane_offset_mm.
    planes : dict
        The `planes` block of the data set.
    """
    grid = PlaneGrid.from_config(planes)
    prepared = []
    for scan, scan_path, landmark_path in zip(scans, scan_paths, landmark_paths, strict=True):
        landmarks = json.loads(Path(landmark_path).read_text(encoding="utf-8"))
        own = scan.get("plane_offset_mm")
        offset = planes["plane_offset_mm"] if own is None else own
        voxels, matrix = prepare_scan(read_volume(scan_path), landmarks["acpc_to_world"], offset, grid)
        logging.info(
            "%s: basal-ganglia plane %+.1f mm from AC-PC, %s voxels kept", scan["scan"], offset, " x ".join(map(str, voxels.shape))
        )
        prepared.append({"scan": scan["scan"], "subject": scan["subject"], "voxels": voxels, "matrix": matrix})
    write_plane_dataset(dataset_path, grid, prepared)


if "snakemake" in globals():
    with log_to(snakemake.log[0]):  # noqa: F821
        main(
            snakemake.input.scans,  # noqa: F821
            snakemake.input.landmarks,  # noqa: F821
            snakemake.output.dataset,  # noqa: F821
            snakemake.params.scans,  # noqa: F821
            snakemake.params.planes,  # noqa: F821
        )
