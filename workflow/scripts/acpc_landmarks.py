"""Find AC, PC and the midsagittal plane of one scan.

Input: the raw scan (NIfTI). Output: {scan}_landmarks.json. Landmarks placed by hand come with the scan's row of the cohort.
"""

import logging

from neuroturing.align.acpc.record import describe
from neuroturing.io.files import write_json
from neuroturing.io.volumes import read_volume
from neuroturing.runlog import run


def main(scan, manual, landmarks, name, row):
    """Locate the landmarks, warn by scan name, and write them.

    Parameters
    ----------
    scan, landmarks : path
    manual : path or list
        A file that `row` names, if any, so that the rule runs again where it changes.
    name : str
        Of the scan, for messages.
    row : dict
        Of the cohort: `landmarks` (3D Slicer file) or `ac_x` to `pc_z` (world RAS mm); others are passed over.
    """
    record = describe(read_volume(scan), row)
    for warning in record["warnings"]:
        logging.warning("%s: %s", name, warning)
    logging.info(
        "%s (%s): AC-PC %.1f mm, pitch %.1f, roll %.1f, yaw %.1f degrees",
        *(name, record["method"], record["ac_pc_mm"], record["pitch_deg"], record["roll_deg"], record["yaw_deg"]),
    )
    write_json(landmarks, record)


if "snakemake" in globals():
    run(main, snakemake)
