"""Count the images that each scan gives to training.

Input: the cohort and the planes of a cut, by parameter. Output: training_set.tsv.
"""

import logging

from neuroturing.geometry.planes import PlaneGrid
from neuroturing.imageset import TRAIN
from neuroturing.io.files import write_table
from neuroturing.runlog import run

COLUMNS = ("scan", "subject", "rotations", "planes", "flips", "images")


def main(table, rows, contrasts, spec, split):
    """Write the table.

    Parameters
    ----------
    table : path
    rows : list of dict
        subject and scan; scans of subjects that are kept from training are left out.
    contrasts : list of str
        Each is cut.
    spec : list of dict
        Keys of the rule `planes`, for each cut of that kind.
    split : dict
        "train", "validation" or "held_out" by subject.
    """
    counted = []
    for grid in map(PlaneGrid.from_config, spec):
        sizes = {"rotations": grid.rotations, "planes": len(grid.planes_mm), "flips": len(grid.flips)}
        counted += [
            {"scan": row["scan"], "subject": row["subject"], **sizes, "images": grid.count * len(contrasts)}
            for row in rows
            if split.get(row["subject"], TRAIN) == TRAIN
        ]
    total = sum(row["images"] for row in counted)
    write_table(table, [*counted, {"scan": "total", "images": total}], COLUMNS)
    logging.info("%d of %d scans are trained on, with %s images.", len({row["scan"] for row in counted}), len(rows), f"{total:,}")


if "snakemake" in globals():
    run(main, snakemake)
