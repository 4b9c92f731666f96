"""Draw the quality-control picture of one scan's AC-PC alignment.

Inputs: the raw scan (NIfTI) and its {scan}_landmarks.json. Output: a PNG with three planes through AC and PC, enlargements, angles
and warnings.
"""

from neuroturing.align.acpc.picture import draw_scan
from neuroturing.align.acpc.record import read_record
from neuroturing.io.volumes import read_volume
from neuroturing.runlog import run


def main(scan, landmarks, picture, name):
    """Read the scan and its landmarks, and draw them under the scan's name."""
    draw_scan(read_volume(scan), read_record(landmarks), name, picture)


if "snakemake" in globals():
    run(main, snakemake)
