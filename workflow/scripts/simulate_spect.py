"""Simulate one brain perfusion SPECT, and write what is true of it.

Inputs: none; the templates come with nilearn.
Outputs: the scan (.nii.gz, int16), the truth (.json), the mask of the ischaemic defects (.nii.gz, uint8).
"""

import json
import logging
import os
from pathlib import Path

import nibabel
import numpy as np

from neuroturing.cohort.perfusion import simulate_spect
from neuroturing.runlog import log_to


def main(scan_path, truth_path, mask_path, case, settings, seed):
    """Simulate one of `plan.planned_spect`; `settings` are those of the cohort (shape, voxel_mm, max_tilt_deg, levels_mm)."""
    volume, truth, mask = simulate_spect(case, settings, seed)
    _write_integers(scan_path, volume.data.astype(np.int16), volume.affine)
    _write_integers(mask_path, mask, volume.affine)
    partial = Path(truth_path).with_name(f".partial-{os.getpid()}-{Path(truth_path).name}")
    partial.write_text(json.dumps(truth, indent=1) + "\n", encoding="utf-8")
    os.replace(partial, truth_path)
    ratios = ", ".join(f"{level} {values['lr_blurred']:.3f}" for level, values in truth["levels"].items())
    logging.info("%s: %s %s; left/right %s", case["scan"], case["pattern"], case["side"], ratios)


def _write_integers(path, data, affine):
    """Write NIfTI-1 in the array's own type, under its name only when it is complete."""
    path = Path(path)
    image = nibabel.Nifti1Image(data, affine)
    image.set_sform(affine, code=1)
    image.set_qform(affine, code=1)
    image.header.set_xyzt_units("mm")
    partial = path.with_name(f".partial-{os.getpid()}-{path.name}")
    nibabel.save(image, partial)
    os.replace(partial, path)


if "snakemake" in globals():
    with log_to(snakemake.log[0]):  # noqa: F821
        main(
            snakemake.output.scan,  # noqa: F821
            snakemake.output.truth,  # noqa: F821
            snakemake.output.defect,  # noqa: F821
            snakemake.params.case,  # noqa: F821
            snakemake.params.settings,  # noqa: F821
            snakemake.params.seed,  # noqa: F821
        )
