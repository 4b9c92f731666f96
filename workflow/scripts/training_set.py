"""Count the images that each scan gives to training, and hold the total against the one printed by Koshino 2018.

Input: the cohort and the plane grid, by parameter. Output: training_set.tsv.
"""

import csv
import logging

from neuroturing.runlog import log_to
from neuroturing.slices.planes import PlaneGrid

PUBLISHED_SCANS = 96
PUBLISHED_PER_SCAN = 48_510
PUBLISHED_TOTAL = 2_328_480


def count(scans, datasets):
    """Rows of the table: scan, subject, rotations, planes, flips, images; the last is the total.

    Parameters
    ----------
    scans : list of dict
        scan, subject.
    datasets : dict of dict
        Data sets of the study, each with a `planes` block; a scan gives images to every one.
    """
    rows = []
    for spec in datasets.values():
        grid = PlaneGrid.from_config(spec["planes"])
        for scan in scans:
            sizes = (grid.rotations, len(grid.planes_mm), len(grid.flips), grid.count)
            rows.append(
                dict(
                    zip(("scan", "subject", "rotations", "planes", "flips", "images"), (scan["scan"], scan["subject"], *sizes), strict=True)
                )
            )
    total = {"scan": "total", "subject": "", "rotations": "", "planes": "", "flips": "", "images": sum(row["images"] for row in rows)}
    return [*rows, total]


def main(table_path, scans, datasets):
    """Write the table and say in the log how it stands to the paper."""
    rows = count(scans, datasets)
    with open(table_path, "w", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, rows[0].keys(), delimiter="\t", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    agreed = PUBLISHED_SCANS * PUBLISHED_PER_SCAN
    logging.info("This run: %d scans, %s images.", len(scans), f"{rows[-1]['images']:,}")
    logging.info(
        "Koshino 2018 prints %s images per scan, which agrees with its angles, planes and flips. %d scans then give %s images, but it "
        "prints "
        "%s in all: %g of that. Either the flip is not counted there, or only %d scans were used.",
        f"{PUBLISHED_PER_SCAN:,}",
        PUBLISHED_SCANS,
        f"{agreed:,}",
        f"{PUBLISHED_TOTAL:,}",
        PUBLISHED_TOTAL / agreed,
        PUBLISHED_TOTAL // PUBLISHED_PER_SCAN,
    )


if "snakemake" in globals():
    with log_to(snakemake.log[0]):  # noqa: F821
        main(snakemake.output.table, snakemake.params.scans, snakemake.params.datasets)  # noqa: F821
