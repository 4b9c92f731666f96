"""Simulate the four scans of a patient with a high-grade glioma on the grid of BraTS, and write what is true of them.

Inputs: none; the templates come with nilearn.
Outputs: T1, T1c, T2 and FLAIR (.nii.gz, int16), the segmentation (.nii.gz, uint8: 1 necrosis, 2 oedema, 4 enhancing tumour), the truth
(.json).
"""

import json
import logging
import os
from pathlib import Path

import numpy as np

from neuroturing.cohort.glioma import simulate_case
from neuroturing.runlog import log_to
from neuroturing.volumes import write_volume


def main(out_t1, out_t1c, out_t2, out_flair, out_seg, out_truth, case, seed):
    """Simulate one of `plan.planned_cases`."""
    scans, truth = simulate_case(case, seed)
    segmentation = truth.pop("segmentation")
    for path, name in ((out_t1, "t1"), (out_t1c, "t1c"), (out_t2, "t2"), (out_flair, "flair")):
        write_volume(path, scans[name].data, scans[name].affine, np.int16)
    write_volume(out_seg, segmentation, scans["t1"].affine, np.uint8)
    partial = Path(out_truth).with_name(f".partial-{os.getpid()}-{Path(out_truth).name}")
    partial.write_text(json.dumps(truth, indent=1) + "\n", encoding="utf-8")
    os.replace(partial, out_truth)
    logging.info("%s: %s %s glioma, enhancing %.0f ml", case["subject"], truth["side"], truth["lobe"], truth["enhancing_ml"])


if "snakemake" in globals():
    with log_to(snakemake.log[0]):  # noqa: F821
        main(
            snakemake.output.t1,  # noqa: F821
            snakemake.output.t1c,  # noqa: F821
            snakemake.output.t2,  # noqa: F821
            snakemake.output.flair,  # noqa: F821
            snakemake.output.seg,  # noqa: F821
            snakemake.output.truth,  # noqa: F821
            snakemake.params.case,  # noqa: F821
            snakemake.params.seed,  # noqa: F821
        )
