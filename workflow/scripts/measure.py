"""Measure every real and created image of a study (see neuroturing.measure).

Inputs: image sets (.npz) of real and of created images.
Output: the table of measurements (.tsv), a row for each image.
"""

import logging

from neuroturing.io.files import write_table
from neuroturing.measure import MEASURES
from neuroturing.measure.table import joined, pair, read_images, read_real, report_excluded, tabulate
from neuroturing.runlog import run


def main(real, created, table, measure, settings, sets, group_name=None, seed=0):
    """Measure and write.

    Parameters
    ----------
    real : path or list of path
    created : list of path
    table : path
        Written.
    measure : str
        A name in MEASURES.
    settings : dict
        The measure's options.
    sets : list of dict
        For each of `created`: dataset, label (what tables call it), where (labels of what it was trained on), recipe.
    group_name : str, optional
        Column of the groups; `group` where the study has no name for them.
    seed : int
        The study's, for a measure that draws.
    """
    real, created = read_real(real), [read_images(path) for path in created]
    tables = []
    for images, mine in pair(real, created):
        made = [created[k] for k in mine]
        measured = MEASURES[measure](images, made, settings, seed)
        tables.append(tabulate(images, made, [sets[k] for k in mine], measured, group_name))
        report_excluded(tables[-1], made)
    result = joined(tables)
    write_table(table, result)
    known = sum(images.count for images in real)
    logging.info("%d real and %d created images.", known, len(result) - known)


if "snakemake" in globals():
    run(main, snakemake)
