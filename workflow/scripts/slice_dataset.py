"""Cut a data set of sections from multi-sequence cases, scaled per scan, and hold its size against Han 2018.

Input: the scans of each case. Output: one .npz with images uint8 (n, size, size), subject, scan, sequence, section, spec
(see neuroturing.slices.sections); several sequences make one mixed set, not channels.
"""

import logging

import numpy as np

from neuroturing.cohort.brats import planned_images
from neuroturing.runlog import log_to
from neuroturing.slices.contrast import swapped_pairs
from neuroturing.slices.sections import PUBLISHED_SHAPE, check_range, cut_sections, grey_levels, on_grid_of, turn_upright, write_stack
from neuroturing.volumes import read_volume

PUBLISHED_PATIENTS = 220
PUBLISHED_PER_SEQUENCE = 15_400
PUBLISHED_TOTAL = 61_600


def read_case(case, sequences, resample_to_t1):
    """Scans of one case on the grid of its T1, turned upright, with a warning where two look swapped.

    T1 is always read, as the reference.

    Parameters
    ----------
    case : dict
        subject, and a path for each sequence.
    sequences : list of str
    resample_to_t1 : bool

    Returns
    -------
    dict of Volume
    """
    scans = {name: turn_upright(read_volume(case[name])) for name in dict.fromkeys(["t1", *sequences])}
    scans = {name: on_grid_of(scans["t1"], scan, resample_to_t1) for name, scan in scans.items()}
    pairs = swapped_pairs({name: scan.data for name, scan in scans.items()})
    if pairs:
        logging.warning(
            "Subject %s: are files swapped in the table? By their contrast %s. Look at %s.",
            case["subject"],
            "; ".join(f"{first} and {second} stand for each other" for first, second in pairs),
            ", ".join(case[name] for name in dict.fromkeys(name for pair in pairs for name in pair)),
        )
    return scans


def main(cases, dataset_path, spec):
    """Read each case, cut its sections, and write the data set.

    Parameters
    ----------
    cases : list of dict
        subject, patient, and a path for each sequence (see neuroturing.cohort.brats).
    dataset_path : path
        .npz
    spec : dict
        sequences, plane, first, last, size, resample_to_t1.

    Raises
    ------
    InputError
        A scan that cannot be used; grids of a case that differ; sections outside a volume.
    """
    plane, first, last, size = (spec[key] for key in ("plane", "first", "last", "size"))
    images = np.empty((planned_images(cases, spec), size, size), np.uint8)
    labels = {"subject": [], "scan": [], "sequence": [], "section": []}
    other_grid = []
    for case in cases:
        scans = read_case(case, spec["sequences"], spec["resample_to_t1"])
        check_range(scans["t1"], plane, first, last)
        if scans["t1"].data.shape != PUBLISHED_SHAPE:
            other_grid.append(case["subject"])
        for sequence in spec["sequences"]:
            done, sections = len(labels["section"]), range(first, last + 1)
            images[done : done + len(sections)] = cut_sections(grey_levels(scans[sequence]), plane, first, last, size)
            labels["subject"] += [case["patient"]] * len(sections)
            labels["scan"] += [f"{case['subject']}_{sequence}"] * len(sections)
            labels["sequence"] += [sequence] * len(sections)
            labels["section"] += sections
    report(cases, spec, images, other_grid)
    write_stack(dataset_path, images, labels, spec)


def report(cases, spec, images, other_grid):
    """Log the counts beside the paper's, and warn of what a look at the images would show."""
    each, total = len(images) // len(spec["sequences"]), len(images)
    sections = spec["last"] - spec["first"] + 1
    logging.info(
        "This run: %d cases x %d %s sections (#%d to #%d) = %s images a sequence; %s in all, of %s.",
        *(len(cases), sections, spec["plane"], spec["first"], spec["last"], f"{each:,}", f"{total:,}", ", ".join(spec["sequences"])),
    )
    logging.info(
        "Han 2018 prints %s a sequence, which agrees with its %d patients x %d sections, and %s in all, which agrees with 4 sequences. "
        "A sequence of this run has %g %% of that.",
        *(f"{PUBLISHED_PER_SEQUENCE:,}", PUBLISHED_PATIENTS, PUBLISHED_PER_SEQUENCE // PUBLISHED_PATIENTS),
        *(f"{PUBLISHED_TOTAL:,}", round(100 * each / PUBLISHED_PER_SEQUENCE, 2)),
    )
    patients = len({case["patient"] for case in cases})
    if patients < len(cases):
        logging.info("%d cases are of %d patients: some were examined more than once.", len(cases), patients)
    if other_grid:
        shape = " x ".join(map(str, PUBLISHED_SHAPE))
        logging.warning(
            "%d of %d cases, %s first, are not on the BraTS grid of %s voxels: section numbers mean other places there.",
            *(len(other_grid), len(cases), other_grid[0], shape),
        )
    empty = total - int(np.count_nonzero(images.any(axis=(1, 2))))
    if empty:
        logging.warning("%d of %d images are empty: the range reaches beyond the brain.", empty, total)


if "snakemake" in globals():
    with log_to(snakemake.log[0]):  # noqa: F821
        main(snakemake.params.cases, snakemake.output.dataset, snakemake.params.spec)  # noqa: F821
