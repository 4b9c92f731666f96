"""Find the levels of one perfusion scan, and draw where they lie.

Input: the scan (NIfTI), or a single slice at its level.
Outputs: {scan}_levels.json (see neuroturing.spect.levels.place_levels) and a picture (.png) to check it by.
"""

import json
import logging
import os
from pathlib import Path

from neuroturing.runlog import log_to
from neuroturing.spect.level_picture import draw_levels
from neuroturing.spect.levels import place_levels
from neuroturing.spect.scans import read_scan


def main(scan_path, json_path, picture_path, row, heights_mm):
    """Place the levels of one row of the cohort.

    Parameters
    ----------
    scan_path, json_path, picture_path : path
    row : dict
        subject, scan, pattern, side, levels, heights (see neuroturing.cohort.spect_tables).
    heights_mm : dict of str to float
        Heights of the levels in the perfusion template, mm.
    """
    volume, single = read_scan(scan_path)
    record = place_levels(volume, single, row, heights_mm)
    draw_levels(volume, record, picture_path)
    partial = Path(json_path).with_name(f".partial-{os.getpid()}-{Path(json_path).name}")
    partial.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
    os.replace(partial, json_path)
    logging.info("%s: %s", row["scan"], {level: plane["centre"] for level, plane in record["planes"].items()})


if "snakemake" in globals():
    with log_to(snakemake.log[0]):  # noqa: F821
        main(
            snakemake.input.scan,  # noqa: F821
            snakemake.output.levels,  # noqa: F821
            snakemake.output.picture,  # noqa: F821
            snakemake.params.row,  # noqa: F821
            snakemake.params.heights_mm,  # noqa: F821
        )
