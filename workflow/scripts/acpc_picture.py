"""Draw the quality-control picture of one scan's AC-PC alignment.

Inputs: the raw scan (NIfTI) and its {scan}_landmarks.json. Output: a PNG with three planes through AC and PC, enlargements, angles
and warnings.
"""

from neuroturing.acpc.picture import draw_scan
from neuroturing.acpc.record import read_record
from neuroturing.runlog import log_to
from neuroturing.volumes import read_volume


def main(scan_path, json_path, out_png, scan):
    """Read the scan and its landmarks, and draw them."""
    draw_scan(read_volume(scan_path), read_record(json_path), scan, out_png)


if "snakemake" in globals():
    with log_to(snakemake.log[0]):  # noqa: F821
        main(snakemake.input.scan, snakemake.input.landmarks, snakemake.output.picture, snakemake.wildcards.scan)  # noqa: F821
