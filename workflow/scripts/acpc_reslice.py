"""Reslice one scan into its AC-PC frame, with one interpolation.

Inputs: the raw scan (NIfTI) and its {scan}_landmarks.json. Output: {scan}_acpc.nii.gz, 1 mm, RAS: AC at world (0, 0, 0), PC on the
negative y axis, midsagittal plane x = 0.
"""

from neuroturing.acpc.frame import reslice
from neuroturing.acpc.record import read_record
from neuroturing.runlog import log_to
from neuroturing.volumes import read_volume, write_volume


def main(scan_path, json_path, out_nii):
    """Read the scan and its frame, and write the resliced volume."""
    write_volume(out_nii, *reslice(read_volume(scan_path), read_record(json_path)["acpc_to_world"]))


if "snakemake" in globals():
    with log_to(snakemake.log[0]):  # noqa: F821
        main(snakemake.input.scan, snakemake.input.landmarks, snakemake.output.resliced)  # noqa: F821
