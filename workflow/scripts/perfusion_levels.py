"""Find the levels of one perfusion scan, and draw where they lie.

Input: the scan (NIfTI), or a single slice at its level.
Outputs: {scan}_levels.json (see neuroturing.align.levels.locate.place_levels) and a picture (.png) to check it by.
"""

import logging

from neuroturing.align.levels.locate import place_levels
from neuroturing.align.levels.picture import draw_levels
from neuroturing.io.counts import read_scan
from neuroturing.io.files import write_json
from neuroturing.runlog import run


def main(scan, levels, picture, row, heights_mm):
    """Place the levels of one row of the cohort.

    Parameters
    ----------
    scan, levels, picture : path
    row : dict
        subject, scan, group, side, levels, heights.
    heights_mm : dict of str to float
        Heights of the study's levels in the perfusion template, mm.
    """
    volume, single = read_scan(scan)
    record = place_levels(volume, single, row, heights_mm)
    draw_levels(volume, record, heights_mm, picture)
    write_json(levels, record)
    logging.info("%s: %s", row["scan"], {level: plane["centre"] for level, plane in record["planes"].items()})


if "snakemake" in globals():
    run(main, snakemake)
