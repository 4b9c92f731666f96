"""Compare what was measured of real and created images.

Inputs: the table of measurements (.tsv); the printed results (.tsv) and the image sets (.npz) where the study has them.
Outputs: the table of comparisons (.tsv) and a page that explains it (.html); the contrast of two sets (.tsv) where it is asked for.
"""

import logging

import numpy as np

from neuroturing.imageset import REAL
from neuroturing.io.files import read_table, write_table
from neuroturing.measure.comparison import compare, resolved
from neuroturing.measure.contrast import contrast as contrasted
from neuroturing.measure.facts import facts_of
from neuroturing.measure.level_mix import in_words, level_mix
from neuroturing.measure.table import pair, read_images, read_real
from neuroturing.render.comparison_page import write_page
from neuroturing.runlog import run


def main(
    measurements, table, page, spec, sets, group, seed, measure=None, published=None, notes=None, remarks=(), images=(), contrast=None
):
    """Compare and write.

    Parameters
    ----------
    measurements, table, page : path
    spec : dict
        A comparison of study.yaml (see `neuroturing.config.model.Comparison`).
    sets : list of dict
        Of every set of created images: label and where.
    group : dict
        name and values of the study's groups.
    seed : int
    measure : str, optional
        A name in MEASURES, whose quantities these are.
    published : path, optional
        Printed results: quantity, dataset, the study's groups, published_p.
    notes : path, optional
        What the study says of the printed results, for the page.
    remarks : list of str
        Lines on the cohort, for the page.
    images : list of path, optional
        The image sets that were measured, to tell the levels of created images.
    contrast : path, optional
        Where to write which of two sets is closer to its real images.
    """
    spec = resolved(spec, sets, group)
    measured = read_table(measurements, ("image", "source", spec["group"], "level", "subject", "split"), list(spec["quantities"].values()))
    columns = ("quantity", "dataset", spec["group"], "published_p")
    printed = read_table(_one(published), columns) if published else None
    rows = compare(measured, spec, seed, printed)
    lines = contrasted(measured, spec, seed)
    mix = [line for real, created in _by_set(images, measured, spec) for line in level_mix(real, created, spec)] if images else []
    write_table(table, rows)
    if contrast and lines is not None:
        write_table(contrast, lines)
    facts = facts_of(rows, measured, spec, measure)
    write_page(
        page,
        spec["title"] or "Real and created images",
        rows,
        lines,
        [in_words(line) for line in mix],
        spec,
        facts,
        _one(notes),
        list(remarks),
    )
    for row in rows[rows["p_value"].isna()].to_dict("records"):
        logging.warning("%s, %s, %s: %s.", row["quantity"], row["dataset"], row[spec["group"]], row["note"])


def _one(paths):
    """The one path of an input that may be absent, or None."""
    return (paths if isinstance(paths, str) or not hasattr(paths, "__iter__") else next(iter(paths), None)) or None


def _by_set(paths, measured, spec):
    """For each size of pictures: real images, and (label, group, images) of each created set, as the table of measurements names them."""
    sets = [(path, read_images(path)) for path in paths]
    real = read_real([path for path, images in sets if np.all(images["source"] == REAL)])
    made = []
    for _, images in sets:
        if np.all(images["source"] == REAL):
            continue
        mine = (measured["dataset"] == images["dataset"][0]) & (measured["recipe"] == images["source"][0]) & (measured["source"] != REAL)
        if mine.any():
            first = measured[mine].iloc[0]
            made.append((first["source"], first[spec["group"]], images))
    return [(images, [made[k] for k in mine]) for images, mine in pair(real, [images for *_, images in made])]


if "snakemake" in globals():
    run(main, snakemake)
