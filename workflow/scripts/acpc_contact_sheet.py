"""Draw one sheet of all scans' AC-PC alignment.

Inputs: the raw scans (NIfTI) and their {scan}_landmarks.json, in the same order. Output: a PNG.
"""

from pathlib import Path

from neuroturing.acpc.picture import draw_sheet
from neuroturing.acpc.record import read_record
from neuroturing.runlog import log_to
from neuroturing.volumes import read_volume


def main(pairs, out_png):
    """Draw the scans of (scan path, landmarks path) pairs, each named after its landmarks file."""
    items = ((Path(record).name.removesuffix("_landmarks.json"), read_volume(scan), read_record(record)) for scan, record in pairs)
    draw_sheet(items, out_png)


if "snakemake" in globals():
    with log_to(snakemake.log[0]):  # noqa: F821
        main(list(zip(snakemake.input.scans, snakemake.input.landmarks, strict=True)), snakemake.output.sheet)  # noqa: F821
