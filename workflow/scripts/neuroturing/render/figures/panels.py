"""A quiz sheet: lettered panels, real and created mixed, and its key apart."""

import numpy as np

from ...config.types import Field, Name, Options, model_validator
from ...errors import InputError
from .pick import pick
from .tiles import POINT, Sheet, enlarge

PANEL_PIXELS = 384
KEY_COLUMNS = ("panel", "truth", "source_index", "scan", "recipe")


class Options(Options):
    """Panels a, b, c, ...: real images and created ones in random order."""

    dataset: Name | None = Field(None, description="a name under data; the only one with a model where absent")
    recipes: list[Name] | None = Field(None, min_length=1, description="whose created images are shown, as many of each as can be")
    panels: int = Field(8, ge=1, le=26, description="images in all, one a letter")
    created_panels: int = Field(4, ge=0, le=26, description="how many of them are created")
    columns: int = Field(4, ge=1, le=26, description="panels beside one another")

    @model_validator(mode="after")
    def _no_more_created_than_panels(self):
        if self.created_panels > self.panels:
            raise ValueError(f"{self.panels} panels, {self.created_panels} of them created: no more than there are panels")
        return self


def draw(real, created, options, seed):
    """Draw the images and the sheet.

    Parameters
    ----------
    real : ImageSet
    created : list of (str, ImageSet)
        Recipe and its images.
    options : dict
        Keys of `Options`.
    seed : int

    Returns
    -------
    (matplotlib.figure.Figure, list of dict)
        The sheet, and its key with the columns `KEY_COLUMNS`: source_index is the image's number in its file; scan is empty for a created
        image, recipe for a real one.

    Raises
    ------
    InputError
        Images of another size than the real ones, or too few.
    """
    options = Options(**options)
    for _, images in created:
        if images.size != real.size:
            found, expected = f"images of {images.size} pixels", f"the size of the real ones, {real.size}"
            raise InputError(images.path, found, expected, "a size that differs would tell the truth: sample both from one data set")
    rng = np.random.default_rng(seed)
    rows = [("real", index, real["scan"][index], "", real) for index in _drawn(rng, real, options.panels - options.created_panels)]
    share, more = divmod(options.created_panels, len(created))
    for turn, place in enumerate(rng.permutation(len(created))):
        recipe, images = created[place]
        rows += [("created", index, "", recipe, images) for index in _drawn(rng, images, share + (turn < more))]
    rows = [rows[i] for i in rng.permutation(len(rows))]
    key = [
        dict(zip(KEY_COLUMNS, (chr(ord("a") + i), truth, int(index), str(scan), recipe), strict=True))
        for i, (truth, index, scan, recipe, _) in enumerate(rows)
    ]
    return arrange([images.images[index] for _, index, _, _, images in rows], options.columns).figure, key


def _drawn(rng, images, count):
    if images.count < count:
        hint = "sample more, or ask for fewer panels"
        raise InputError(images.path, f"{images.count} images", f"{count} or more for the sheet", hint)
    return pick(rng, images, count)


def arrange(pictures, columns=4):
    """Lettered pictures on white, row by row.

    Parameters
    ----------
    pictures : list of numpy.ndarray, uint8, shape (height, width)
        All of one size, on one grey scale, 0 black to 255 white.
    columns : int

    Returns
    -------
    Sheet
        Each picture enlarged by the smallest whole factor that makes it `PANEL_PIXELS` wide, or at its own size.
    """
    factor = max(1, -(-PANEL_PIXELS // pictures[0].shape[1]))
    height, width = (factor * side for side in pictures[0].shape)
    gap, band = width // 24, width // 7
    columns = min(columns, len(pictures))
    rows = -(-len(pictures) // columns)
    sheet = Sheet(columns * (width + gap) + gap, rows * (height + band) + gap)
    for i, pixels in enumerate(pictures):
        row, column = divmod(i, columns)
        left, top = gap + column * (width + gap), row * (height + band) + band
        sheet.image(enlarge(pixels, factor), left, top, width, height)
        sheet.text(chr(ord("a") + i), left, top - 0.22 * band, 0.5 * band / POINT, weight="bold")
    return sheet
