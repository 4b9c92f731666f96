"""Find AC, PC and the midsagittal plane of one scan.

Input: the raw scan (NIfTI). Output: {scan}_landmarks.json. Landmarks placed by hand come with the scan's row of the cohort table.
"""

import logging

from neuroturing.acpc.record import describe, write_record
from neuroturing.runlog import log_to
from neuroturing.volumes import read_volume


def main(scan_path, json_path, scan, manual=None):
    """Locate the landmarks, warn by scan name, and write them.

    Parameters
    ----------
    scan_path, json_path : path
    scan : str
        Its name, for messages.
    manual : dict, optional
        The scan's row of the cohort table: `landmarks` (3D Slicer file) or `ac_x` to `pc_z` (world RAS mm); others are passed over.
    """
    record = describe(read_volume(scan_path), manual)
    for warning in record["warnings"]:
        logging.warning("%s: %s", scan, warning)
    logging.info(
        "%s (%s): AC-PC %.1f mm, pitch %.1f, roll %.1f, yaw %.1f degrees",
        *(scan, record["method"], record["ac_pc_mm"], record["pitch_deg"], record["roll_deg"], record["yaw_deg"]),
    )
    write_record(json_path, record)


if "snakemake" in globals():
    with log_to(snakemake.log[0]):  # noqa: F821
        main(snakemake.input.scan, snakemake.output.landmarks, snakemake.wildcards.scan, snakemake.params.manual)  # noqa: F821
