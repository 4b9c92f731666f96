"""Cut one kind of images from the scans of a study, or take images that exist: see neuroturing.cut.

Inputs: the scans, and what the align stage found of each. Output: one .npz (see neuroturing.imageset) with every real image of the cut.
"""

import collections
import json
import logging
from pathlib import Path

from neuroturing.cut import CUTS
from neuroturing.cut.images import under_numbers
from neuroturing.errors import InputError
from neuroturing.imageset import HELD_OUT, write_imageset
from neuroturing.runlog import run


def main(scans, aligned, imported, images, rule, rows, spec, split, names=None):
    """Cut and write.

    Parameters
    ----------
    scans, imported : list of path
        Files that `rows` and `spec` name, so that the rule runs again where one changes.
    aligned : list of path
        JSON records of the align stage in the order of `rows`, or none.
    images : path
    rule : str
        Which of CUTS.
    rows : list of dict
        Scans of the cohort: subject, scan, group, images.
    spec : dict
        The cut's own keys.
    split : dict
        "train", "validation" or "held_out" by subject; of imported images, see `cut.images`.
    names : path, optional
        Table of names and pseudonyms, where imported images get numbers; scans of a cohort come under theirs.
    """
    if not rows and rule != "images":
        raise InputError(f"cut {rule}", "no scans", "a cohort", "name the study's cohort, or import images with rule: images")
    records = [json.loads(Path(path).read_text(encoding="utf-8")) for path in aligned] or [None] * len(rows)
    cut = CUTS[rule](rows, records, spec, split)
    cut = under_numbers(cut, Path(images).stem, names) if names else cut
    report(cut)
    write_imageset(images, cut)


def report(images):
    """Log how many images there are of each group, contrast and level, and how many are kept from training."""
    each = images.count // len(images["split"])
    kinds = zip(*(images[name].tolist() for name in ("group", "contrast", "level")), strict=True)
    for kind, count in collections.Counter(kinds).items():
        logging.info("%s: %s images", ", ".join(filter(None, kind)) or "images", f"{count * each:,}")
    subjects, scans = len(set(images["subject"].tolist())), len(set(images["scan"].tolist()))
    text = "%s images of %d x %d pixels, of %d scans of %d subjects; %s are kept from training."
    held_out = images["split"].tolist().count(HELD_OUT) * each
    logging.info(text, f"{images.count:,}", *images.size, scans, subjects, f"{held_out:,}")


if "snakemake" in globals():
    run(main, snakemake)
