"""A sheet for the eye: created images, the training image nearest to each laid onto it, and what differs; beside them the same of people
whom the model has not seen, which shows how alike pictures of two people are.

All pictures stand on one grey scale, whatever the model.
"""

from dataclasses import dataclass

import numpy as np

from ..copying.reference import below
from ..copying.search import turned_onto
from .figures.palette import CREATED, FAINT, INK, REAL
from .figures.tiles import Sheet, text_width

PAIRS = 6
PAGE_PIXELS = 2120
MARGIN, LEGEND, GAP, APART = 24, 185, 8, 48
TOP, HEADING, WORDS, FOOT = 236, 64, 100, 20
STEEPNESS = 2  # grey levels of the third line for each by which the two pictures differ
LINES = ("Image", "Nearest\ntraining\nimage, laid\nonto it", "Difference")
LONGEST = 12  # letters of a name
PLACES = ("closest", "at 1 %", "median")


@dataclass(frozen=True)
class Pair:
    """An image and the training image laid onto it, uint8 or float grey levels, shape (height, width); words; whether it is a copy."""

    image: np.ndarray
    laid: np.ndarray
    words: tuple
    copy: bool


def pairs(images, reference, matches, chosen, notes):
    """The pairs of some images, with a note before the distance of each; one with a note is real, and so no copy."""
    found, copies = [], below(matches, reference.threshold[0], reference.ratio[0])
    for k, note in zip(chosen, notes, strict=True):
        picked = reference.training.images[matches.index[k]]
        laid = turned_onto(images[k], picked, matches.flipped[k], matches.a[k], matches.b[k])
        words = (f"{note}{matches.distance[k]:.3f}", reference.subjects[matches.index[k]])
        found.append(Pair(images[k], laid, words, not note and bool(copies[k])))
    return found


def closest(created, reference, matches):
    """The pairs of the created images that are nearest to a training image."""
    order = np.argsort(matches.distance, kind="stable")[:PAIRS]
    return pairs(created.images, reference, matches, order, [""] * len(order))


def usual(reference):
    """The closest pair of the reference, the one at the threshold, and the median."""
    distance = reference.matches.distance
    order = np.argsort(distance, kind="stable")
    if not len(order):
        return []
    at = min(np.searchsorted(distance[order], reference.threshold[0]), len(order) - 1)
    return pairs(reference.images.images, reference, reference.matches, order[[0, at, len(order) // 2]], [f"{name} " for name in PLACES])


def draw(models):
    """The sheet.

    Parameters
    ----------
    models : list of (str, str, list of Pair, list of Pair)
        Of each model its name, what stands beside it in grey, its closest pairs, and those of the reference.

    Returns
    -------
    matplotlib.figure.Figure
    """
    column = (PAGE_PIXELS - 2 * MARGIN - LEGEND - APART) // (PAIRS + len(PLACES))
    shapes = [pair.image.shape for *_, made, usual in models for pair in (*made, *usual)]
    tile = max((_enlarged(shape, column - GAP)[0] for shape in shapes), default=column - GAP)
    block = HEADING + 3 * (tile + GAP) + WORDS
    sheet = Sheet(PAGE_PIXELS, TOP + len(models) * block + FOOT)
    _explain(sheet)
    for number, (name, detail, made, usual) in enumerate(models):
        top = TOP + number * block
        sheet.text(name, MARGIN, top + 0.5 * HEADING, 9, weight="bold", color=INK)
        second = MARGIN + LEGEND + PAIRS * column + APART
        beside = MARGIN + text_width(name, 9, "bold") + 3 * GAP
        sheet.text(detail, beside, top + 0.5 * HEADING, 7.5, color=FAINT)
        sheet.text("Real images of other people", second, top + 0.5 * HEADING, 7.5, color=REAL)
        for line, words in enumerate(LINES):
            middle = top + HEADING + line * (tile + GAP) + tile // 2
            sheet.text(words, MARGIN, middle, 6.5, va="center", color=FAINT, linespacing=1.3)
        for group, left in ((made, MARGIN + LEGEND), (usual, second)):
            for place, pair in enumerate(group):
                _column(sheet, pair, left + place * column, top + HEADING, column - GAP, tile)
    return sheet.figure


def _enlarged(shape, most):
    """Height and width of a picture whose longer side fills a place."""
    return tuple(max(1, round(length * most / max(shape))) for length in shape)


def _explain(sheet):
    sheet.text("The created images that are most like a training image", MARGIN, 52, 11, weight="bold", color=INK)
    lines = (
        "Below each pair: its distance, and the subject of the training image. 0 is the same picture, 1.414 two without likeness.",
        "Red: called a copy, nearer than all but 1 % of real images of other people, and not for want of grain alone.",
        f"Difference: mid grey where both are equal, brighter where the created image is, {STEEPNESS} times as steep as the images.",
    )
    for number, words in enumerate(lines):
        sheet.text(words, MARGIN, 100 + 40 * number, 7.5, color=FAINT)


def _column(sheet, pair, left, top, width, height):
    difference = 127.5 + STEEPNESS * (pair.image.astype(float) - pair.laid)
    for line, picture in enumerate((pair.image, pair.laid, difference)):
        pixels = np.clip(np.rint(picture), 0, 255).astype(np.uint8)
        sheet.image(resized(pixels, *_enlarged(pixels.shape, width)), left, top + line * (height + GAP), width, height)
    colour = CREATED if pair.copy else INK
    distance, subject = pair.words
    bottom, middle = top + 3 * (height + GAP), left + width // 2
    sheet.text(f"{distance} copy" if pair.copy else distance, middle, bottom + 22, 6.5, ha="center", color=colour)
    short = subject if len(subject) <= LONGEST else f"{subject[: LONGEST // 2]}…{subject[-LONGEST // 2 + 1 :]}"
    sheet.text(short, middle, bottom + 52, 6.5, ha="center", color=FAINT)


def resized(pixels, height, width):
    """Pixels brought to a size (Lanczos), uint8."""
    from PIL import Image

    return np.asarray(Image.fromarray(pixels).resize((width, height), Image.Resampling.LANCZOS))
