"""Draw one sheet of all scans' AC-PC alignment.

Inputs: the raw scans (NIfTI) and their {scan}_landmarks.json, in the same order. Output: a PNG.
"""

from pathlib import Path

from neuroturing.align.acpc.picture import draw_sheet
from neuroturing.align.acpc.record import read_record
from neuroturing.io.volumes import read_volume
from neuroturing.runlog import run


def main(scans, landmarks, sheet):
    """Draw the scans, each named after its landmarks file."""
    pairs = zip(scans, landmarks, strict=True)
    items = ((Path(record).name.removesuffix("_landmarks.json"), read_volume(scan), read_record(record)) for scan, record in pairs)
    draw_sheet(items, sheet)


if "snakemake" in globals():
    run(main, snakemake)
