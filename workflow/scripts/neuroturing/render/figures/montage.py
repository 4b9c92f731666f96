"""Real or created images in labelled groups, beside and below one another, or in lines and columns."""

import logging
from dataclasses import dataclass

import numpy as np

from ...config.types import Field, Name, Options
from ...errors import InputError
from .palette import FAINT
from .pick import pick
from .tiles import Sheet, enlarge, text_width

PAGE_PIXELS = 2120
GAP = 8
BETWEEN = 4 * GAP
HEADING = 60
FOOT = 50


class Options(Options):
    """Groups of images, drawn at random by the run's seed."""

    class Group(Options):
        """One group."""

        label: str | None = Field(None, description="what it is called; the data set's label otherwise")
        dataset: Name = Field(description="a name under data")
        recipe: Name | None = Field(None, description="whose created images are shown; real images where absent")
        where: dict[str, str | list[str]] = Field({}, description="labels that its images have: {contrast: t1}")

    class Groups(Options):
        """Groups of one kind in short."""

        of: Name = Field(description="real, or a recipe")
        datasets: list[Name] | dict[Name, str] | None = Field(None, description="which, or what each is called; all where absent")
        where: dict[str, str | list[str]] | None = Field(None, description="labels that images have: {contrast: t1}")
        each: dict[str, list[str] | dict[str, str]] | None = Field(
            None, min_length=1, max_length=1, description="a group for each value of a label: {contrast: {t1: T1, t2: T2}}"
        )
        table: dict[str, list[Name]] | None = Field(None, min_length=1, description="data sets in lines, by what each line is called")
        headings: list[str] | None = Field(None, description="what the columns of the table are called")

    groups: Name | Groups | list[Group] = Field(description="real, or a recipe: all its data sets; {of, datasets, …}; or a list of groups")
    across: int = Field(1, ge=1, le=12, description="groups beside one another; a table has as many as its lines hold")
    columns: int = Field(8, ge=1, le=32, description="images beside one another in a group")
    rows: int = Field(2, ge=1, le=32, description="lines of images in a group")
    note: str = Field("", description="a line of text below the images")


def draw(images, tables, labels, options, seed):
    """Draw each group's images at random, and the sheet.

    Every group is drawn from the same seed, so that a group shows the same images whatever stands beside it. A group with fewer images than
    there are places shows what it has.
    """
    options = Options(**options)
    wanted, groups = options.columns * options.rows, []
    for label, source in zip(labels, images, strict=True):
        chosen = source.where(**label["where"])
        pixels = chosen.images[pick(np.random.default_rng(seed), chosen, wanted)]
        if len(pixels) < wanted:
            logging.warning("%s: %d images for the %d places of '%s'", chosen.path, len(pixels), wanted, label["label"])
        detail = f"{label['kind']}, {pixels.shape[1]} × {pixels.shape[2]}"
        groups.append(Group(label["label"], detail, pixels, label.get("row", ""), label.get("column", 0)))
    if not groups:
        raise InputError("figures", "no group that has images", "one or more", "the cohort has no scan for any of them")
    return arrange(groups, options.across, options.columns, options.note).figure


@dataclass(frozen=True)
class Group:
    """Images with their heading.

    Attributes
    ----------
    name, detail : str
        In bold, and in grey.
    images : numpy.ndarray, uint8, shape (n, height, width)
    row : str
        The line of a table that they stand in, or empty.
    column : int
        Their place in that line.
    """

    name: str
    detail: str
    images: np.ndarray
    row: str = ""
    column: int = 0


def arrange(groups, across, columns, note=""):
    """Groups of images side by side and below one another; in lines and columns, headed once, where they have a line.

    Parameters
    ----------
    groups : list of Group
    across : int
        Groups beside one another; a table has as many as its lines hold.
    columns : int
        Images beside one another in a group.
    note : str
        A line below.

    Returns
    -------
    Sheet
        At most about `PAGE_PIXELS` wide (180 mm at 300 dpi) where images of their own size allow it. Each image is enlarged by a whole
        factor, the largest that fits, so that images of 64 and of 128 pixels are shown equally large.
    """
    lines = list(dict.fromkeys(group.row for group in groups if group.row))
    if lines:
        across = 1 + max(group.column for group in groups)
        places = [(lines.index(group.row), group.column) for group in groups]
    else:
        across = min(across, len(groups))
        places = [divmod(i, across) for i in range(len(groups))]
    columns = min(columns, max(len(group.images) for group in groups))
    margin = round(max(text_width(line, 9) for line in lines)) + 4 * GAP if lines else 0
    shapes = [group.images.shape[1:] for group in groups]
    largest = max(max(shape) for shape in shapes)
    tile = largest * max(1, ((PAGE_PIXELS - margin) // (across * columns) - GAP) // largest)
    factors = [max(1, tile // max(shape)) for shape in shapes]
    height, width = (max(factor * shape[axis] for factor, shape in zip(factors, shapes, strict=True)) for axis in (0, 1))
    block = columns * (width + GAP) - GAP + BETWEEN
    tops, bottom = [], GAP
    for line in range(1 + max(line for line, _ in places)):
        heading = HEADING if not lines or not line else 0
        tops.append(bottom + heading)
        rows = max(-(-len(group.images) // columns) for group, place in zip(groups, places, strict=True) if place[0] == line)
        bottom += heading + rows * (height + GAP) + (0 if lines else BETWEEN)
    sheet = Sheet(margin + across * block + BETWEEN, bottom + (BETWEEN if lines else GAP) + (FOOT if note else 0))
    for line, top in zip(lines, tops, strict=False):
        sheet.text(line, BETWEEN, top + height // 2, 9, va="center")
    headed = set()
    for group, factor, (line, place) in zip(groups, factors, places, strict=True):
        left, top = margin + BETWEEN + place * block, tops[line]
        if not lines or place not in headed:
            headed.add(place)
            _heading(sheet, left, tops[0] if lines else top, group)
        for k, pixels in enumerate(group.images):
            x, y = left + k % columns * (width + GAP), top + k // columns * (height + GAP)
            sheet.image(enlarge(pixels, factor), x, y, width, height)
    if note:
        sheet.text(note, margin + BETWEEN, sheet.height - 2 * GAP, 8, color=FAINT)
    return sheet


def _heading(sheet, left, top, group):
    """A name in bold with a grey detail right of it, on one base line above a group."""
    baseline = top - 0.38 * HEADING
    sheet.text(group.name, left, baseline, 9, weight="bold")
    sheet.text(group.detail, left + text_width(group.name, 9, "bold") + 3 * GAP, baseline, 8, color=FAINT)
