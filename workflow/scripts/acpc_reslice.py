"""Reslice one scan into its AC-PC frame, with one interpolation.

Inputs: the raw scan (NIfTI) and its {scan}_landmarks.json. Output: {scan}_acpc.nii.gz, 1 mm, RAS: AC at world (0, 0, 0), PC on the
negative y axis, midsagittal plane x = 0.
"""

from neuroturing.align.acpc.frame import reslice
from neuroturing.align.acpc.record import read_record
from neuroturing.io.volumes import read_volume, write_volume
from neuroturing.runlog import run


def main(scan, landmarks, resliced):
    """Read the scan and its frame, and write the resliced volume."""
    write_volume(resliced, *reslice(read_volume(scan), read_record(landmarks)["acpc_to_world"]))


if "snakemake" in globals():
    run(main, snakemake)
