"""Did the generators copy their patients? (see neuroturing.copying)

Inputs: image sets (.npz) of real, of training and of created images, and the cuts that the real ones were drawn from. Outputs: the table
of models (.tsv), that of created images (.tsv), and a sheet of the closest pairs (.png).
"""

import logging
from pathlib import Path

from neuroturing.copying.examine import COLUMNS, IMAGE_COLUMNS, examine, prepare
from neuroturing.copying.words import UNKNOWN
from neuroturing.errors import InputError, nearest
from neuroturing.imageset import ImageSet, read_imageset
from neuroturing.io.files import write_figure, write_table
from neuroturing.measure.table import read_images
from neuroturing.render.copying_sheet import closest, draw, usual
from neuroturing.runlog import run


def main(real, training, created, table, images, sheet, sets, side, seed, cuts=()):
    """Examine every model and write what was found.

    Parameters
    ----------
    real, training : path or list of path
        A file for each data set, named after it.
    created : path or list of path
    table, images, sheet : path
        Written.
    sets : list of dict
        For each of `created`: dataset, recipe, label.
    side : str
        What `real` is: "held out" (subjects that no model has seen) or "trained on".
    seed : int
    cuts : list of path, optional
        For each of `real`, all images that it was drawn from: one that is created again pixel for pixel is found though it was not drawn.
        Turned planes are too many to be made, and are left out.
    """
    whole = dict(zip(map(str, listed(real)), listed(cuts), strict=True)) if cuts else {}
    real, training = by_dataset(real), by_dataset(training)
    rows, image_rows, models, references = [], [], [], {}
    for path, made in zip(listed(created), sets, strict=True):
        name = made["dataset"]
        for files, what in ((real, "real"), (training, "training")):
            if name not in files:
                raise InputError(path, f"no {what} images of data set '{name}'", f"a file {what}/{name}.npz", nearest(name, files))
        if name not in references:
            cut = read_imageset(whole[str(real[name])]) if whole else None
            everything = cut if isinstance(cut, ImageSet) else None
            references[name] = prepare(read_images(real[name]), read_images(training[name]), side, seed, everything)
        reference, pictures = references[name], read_images(path)
        row, of_images, matches = examine(pictures, reference, made, side, seed)
        rows.append(row)
        image_rows += of_images
        detail = f"{row['verdict']}: {row['copies']} of {row['n_created']}; threshold {row['threshold']:.3f}"
        models.append((made["label"], detail, closest(pictures, reference, matches), usual(reference)))
        (logging.info if row["verdict"] != "copies" else logging.warning)("%s", row["sentence"])
    write_table(table, rows, COLUMNS)
    write_table(images, image_rows, IMAGE_COLUMNS)
    write_figure(sheet, draw(models), chart=True)
    unknown = sum(row["verdict"] == UNKNOWN for row in rows)
    logging.info("%d models; of %d it cannot be said whether they copy.", len(rows), unknown)


def by_dataset(paths):
    """Files by the data sets that they are named after."""
    return {Path(path).stem: path for path in listed(paths)}


def listed(paths):
    """Snakemake gives a single file as text, several as a list."""
    return [paths] if isinstance(paths, (str, Path)) else list(paths)


if "snakemake" in globals():
    run(main, snakemake)
