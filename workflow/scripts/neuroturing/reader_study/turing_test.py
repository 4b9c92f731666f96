"""Draw a Visual Turing Test: a block of real and created images for each model.

The design is Han et al. 2018, section 3.3: "a random selection of 50 real/50 synthetic MR images ... shown in a random order for
each GAN/sequence, without previous training stages"; images of a mixture of sequences stand beside real ones of its sequences "in
equal proportion". Not stated there, and chosen here: the order of the blocks is drawn for each reader; where the real images do
not divide evenly by the sequences (12, 12, 13 and 13 of 50), the seed draws which have one more; real images are spread over the
subjects; and no real image is in two blocks, because one that comes back beside another model's images must be real. Where a cohort
is too small for that, images come back, fewest first, and the log says how many; within a block none does.
"""

import logging
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ..errors import InputError
from . import draw
from .pools import Pool
from .quiz_files import write_form, write_pictures, write_table

KEY_COLUMNS = (*draw.KEY_COLUMNS, "dataset", "recipe", "size", "sequence")


@dataclass
class Model:
    """A model to be tested: its names, the real images of its data set, and the images it created."""

    dataset: str
    recipe: str
    real: Pool
    created: Pool


def draw_balanced(rng, sequence, subject, count, shown=None):
    """Indices of `count` images, as many of each sequence as can be, spread over the subjects.

    Parameters
    ----------
    rng : numpy.random.Generator
        Draws the sequences that have one image more than others.
    sequence, subject : array_like of str, shape (n,)
    count : int
    shown : array_like of bool, shape (n,)
        Images that are drawn only where a sequence has too few others.

    Returns
    -------
    numpy.ndarray of int
        Shape (count,), sequence by sequence; shorter where a sequence has too few images.
    """
    sequence, subject = np.asarray(sequence), np.asarray(subject)
    shown = np.zeros(len(sequence), bool) if shown is None else np.asarray(shown)
    names = rng.permutation(np.unique(sequence))
    drawn = np.array([], int)
    for turn, name in enumerate(names):
        wanted = count // len(names) + (turn < count % len(names))
        for indices in (np.flatnonzero((sequence == name) & ~shown), np.flatnonzero((sequence == name) & shown)):
            more = draw.draw_spread(rng, subject[indices], wanted, before=subject[drawn])
            drawn, wanted = np.append(drawn, indices[more]), wanted - len(more)
    return drawn


def draw_turing_test(reader, models, seed, of_each=50):
    """One reader's test: a block of `of_each` real and `of_each` created images, mixed, for each model.

    Parameters
    ----------
    reader : str
    models : list of Model
    seed : int
    of_each : int

    Returns
    -------
    pandas.DataFrame
        Columns `KEY_COLUMNS`; rows in order of presentation, counted by `order` from 1 through the whole test. `size` is
        "128x128" for an image of 128 rows and columns; `sequence` is empty for a created image.

    Raises
    ------
    InputError
        Unfit reader name, no model, a model twice, too few images, real images whose sequence is not told.
    """
    draw.check_readers([reader])
    _check_models(models, of_each)
    rng = draw.reader_rng(seed, reader, b"turing test")
    shown, blocks = set(), []
    for model in (models[i] for i in rng.permutation(len(models))):
        real = _draw_real(rng, model, of_each, shown)
        shown |= {model.real.images[index].tobytes() for index in real}
        rows = [("real", int(index), model.real.scan[index], model.real.subject[index], model.real.sequence[index]) for index in real]
        rows += [("created", int(index), "", "", "") for index in rng.choice(len(model.created.images), of_each, replace=False)]
        block = pd.DataFrame(rows, columns=["truth", "source_index", "scan", "subject", "sequence"]).iloc[rng.permutation(len(rows))]
        size = "x".join(str(pixels) for pixels in model.real.images.shape[1:])
        blocks.append(block.assign(dataset=model.dataset, recipe=model.recipe, size=size))
    key = pd.concat(blocks, ignore_index=True).assign(block="test")
    key["order"] = np.arange(1, len(key) + 1)
    key["image_id"] = draw.draw_names(reader, seed, pixels_of(key, models))
    return key[list(KEY_COLUMNS)]


def pixels_of(key, models):
    """The images of a test in its order: a list of uint8 arrays, shape (height, width)."""
    pools = {(model.dataset, model.recipe): {"real": model.real.images, "created": model.created.images} for model in models}
    places = key[["dataset", "recipe", "truth", "source_index"]].itertuples(index=False)
    return [pools[dataset, recipe][truth][index] for dataset, recipe, truth, index in places]


def write_turing_test(folder, key_path, key, models):
    """Write images/*.png and answers.csv (a blank form) into `folder`, and the key outside it. The folder tells no truth."""
    write_pictures(folder, key["image_id"], pixels_of(key, models))
    write_form(f"{folder}/answers.csv", key["image_id"])
    write_table(key_path, key, "\t")


def _check_models(models, of_each):
    """Raise InputError unless there are different models with enough created images, and of_each is 1 or more."""
    if of_each < 1:
        raise InputError("config: quiz", f"{of_each} images of each kind", "1 or more", "the paper has 50")
    names = [f"{model.recipe} on {model.dataset}" for model in models]
    if not names or len(set(names)) < len(names):
        raise InputError("config: quiz", ", ".join(names) or "no model", "one model or more, each once", "correct the quiz's models")
    for model, name in zip(models, names, strict=True):
        if len(model.created.images) < of_each:
            found, expected = f"{len(model.created.images)} created images", f"at least {of_each} for the test of {name}"
            raise InputError(model.created.path, found, expected, "sample more images, or ask for a smaller test")


def _draw_real(rng, model, count, shown):
    """Indices of real images, none pixel for pixel like another, and none like one in `shown` (a set of bytes) while others are left."""
    pool = model.real
    if not np.all(pool.sequence != ""):
        hint = "sample the real images anew"
        raise InputError(pool.path, "images whose sequence is not told", "an array 'sequence' with a name for each", hint)
    first = {}
    for index, image in enumerate(pool.images):
        first.setdefault(image.tobytes(), index)
    distinct, before = np.array(list(first.values()), int), np.array([pixels in shown for pixels in first])
    chosen = draw_balanced(rng, pool.sequence[distinct], pool.subject[distinct], count, before)
    drawn = distinct[chosen]
    if before[chosen].any():
        text = "%s: %d of the %d real images for %s on %s were shown before, beside another model's: the data set has too few others"
        logging.warning(text, pool.path, before[chosen].sum(), count, model.recipe, model.dataset)
    if len(drawn) < count:
        names, left = np.unique(pool.sequence[distinct], return_counts=True)
        found = ", ".join(f"{number} of {name}" for name, number in zip(names, left, strict=True)) or "none"
        expected = f"{count} real images in equal proportion of the sequences, for the test of {model.recipe} on {model.dataset}"
        hint = "no image is shown twice beside one model's: sample more real images, or ask for a smaller test"
        raise InputError(pool.path, f"{found} that differ, of {len(pool.images)} images", expected, hint)
    return drawn
