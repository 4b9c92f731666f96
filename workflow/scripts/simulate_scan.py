"""Simulate one T1-weighted scan of a whole head, and write what is true of it.

Inputs: none; the templates come with nilearn.
Outputs: the scan (.nii.gz, int16), the truth (.json), the mask of the infarct (.nii.gz, uint8).
"""

import json
import logging
import os
from pathlib import Path

import numpy as np

from neuroturing.cohort.simulate import simulate_scan
from neuroturing.runlog import log_to
from neuroturing.volumes import write_volume


def main(scan_path, truth_path, lesion_path, scan, settings, seed):
    """Simulate one of `plan.planned_scans`; `settings` are those of the cohort (shape, voxel_mm, max_tilt_deg)."""
    volume, truth, lesion = simulate_scan(scan, settings, seed)
    write_volume(scan_path, volume.data, volume.affine, np.int16)
    write_volume(lesion_path, lesion, volume.affine, np.uint8)
    partial = Path(truth_path).with_name(f".partial-{os.getpid()}-{Path(truth_path).name}")
    partial.write_text(json.dumps(truth, indent=1) + "\n", encoding="utf-8")
    os.replace(partial, truth_path)
    logging.info("%s: age %s, %s, AC-PC %.1f mm", scan["scan"], scan["age"], scan["group"], truth["ac_pc_mm"])


if "snakemake" in globals():
    with log_to(snakemake.log[0]):  # noqa: F821
        main(
            snakemake.output.scan,  # noqa: F821
            snakemake.output.truth,  # noqa: F821
            snakemake.output.lesion,  # noqa: F821
            snakemake.params.scan,  # noqa: F821
            snakemake.params.settings,  # noqa: F821
            snakemake.params.seed,  # noqa: F821
        )
