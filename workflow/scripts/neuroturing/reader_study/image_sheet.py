"""Sheets of real or created images in labelled groups (Han et al. 2018, Figures 2 to 4; the sample sheets of MIRU 2017)."""

import numpy as np
from PIL import Image

from ..errors import InputError
from .pools import read_created, read_real
from .sheet import DPI
from .turing_test import draw_balanced

PAGE_PIXELS = 2120
GAP = 8
HEADING = 60


def pick_images(archive, real, sequence, count, seed):
    """The images of one group of a sheet, drawn at random: nobody chose the best.

    Parameters
    ----------
    archive : str or path
    real : bool
        Whether it is an archive of real images.
    sequence : str or None
        The sequence of which alone images are taken; with None, of all sequences that the archive tells, as many of each.
    count, seed : int

    Returns
    -------
    numpy.ndarray, uint8, shape (count, height, width)
        Real images are of as many subjects as there are.

    Raises
    ------
    InputError
        Unfit archive, too few images.
    """
    pool = read_real(archive) if real else read_created(archive)
    chosen = np.flatnonzero(pool.sequence == sequence) if sequence is not None else np.arange(len(pool.images))
    drawn = chosen[draw_balanced(np.random.default_rng(seed), pool.sequence[chosen], pool.subject[chosen], count)]
    if len(drawn) < count:
        found = f"{len(drawn)} images" + (f" of sequence '{sequence}'" if sequence is not None else "")
        raise InputError(archive, found, f"{count} for the sheet", "sample more images, or show fewer")
    return pool.images[drawn]


def draw_groups(groups, across, columns):
    """Groups of images side by side and below one another, each under its heading.

    Parameters
    ----------
    groups : list of (str, str, numpy.ndarray)
        Name in bold, detail in grey, and images uint8 of shape (n, height, width) on one grey scale, 0 black to 255 white.
    across : int
        Groups beside one another.
    columns : int
        Images beside one another in a group.

    Returns
    -------
    matplotlib.figure.Figure
        At most about `PAGE_PIXELS` wide (180 mm at 300 dpi) where images of their own size allow it. Each image is enlarged by a
        whole factor (Lanczos), the largest that fits, so that images of 64 and of 128 pixels are shown equally large; one pixel of
        the figure is one pixel of the file when saved at its own dpi.
    """
    from matplotlib.figure import Figure

    across, columns = min(across, len(groups)), min(columns, max(len(images) for *_, images in groups))
    largest = max(max(images.shape[1:]) for *_, images in groups)
    tile = largest * max(1, (PAGE_PIXELS // (across * columns) - GAP) // largest)
    rows = [max(-(-len(images) // columns) for *_, images in groups[i : i + across]) for i in range(0, len(groups), across)]
    pitch, between = tile + GAP, 4 * GAP
    width = across * (columns * pitch - GAP + between) + between
    height = sum(HEADING + count * pitch + between for count in rows) + GAP
    # The hundredth keeps a product like 55 / 300 * 300 from being cut down to 54 pixels.
    figure = Figure(figsize=((width + 0.01) / DPI, (height + 0.01) / DPI), dpi=DPI, facecolor="white")
    for i, (name, detail, images) in enumerate(groups):
        left = between + i % across * (columns * pitch - GAP + between)
        top = GAP + sum(HEADING + count * pitch + between for count in rows[: i // across])
        _heading(figure, (left / width, 1 - (top + 0.62 * HEADING) / height), name, detail)
        for k, pixels in enumerate(images):
            enlarged = _enlarge(pixels, tile)
            x, y = left + k % columns * pitch, top + HEADING + k // columns * pitch
            figure.figimage(enlarged, xo=x + (tile - enlarged.shape[1]) // 2, yo=height - y - (tile + enlarged.shape[0]) // 2)
    return figure


def _enlarge(pixels, tile):
    """Pixels enlarged by the largest whole factor that stays within `tile`, uint8, shape (height, width, 3)."""
    factor = max(1, tile // max(pixels.shape))
    size = (factor * pixels.shape[1], factor * pixels.shape[0])
    return np.asarray(Image.fromarray(pixels).resize(size, Image.Resampling.LANCZOS).convert("RGB"))


def _heading(figure, at, name, detail):
    """A name in bold with a grey detail right of it, on one base line."""
    text = figure.text(*at, name, weight="bold", fontsize=9, va="baseline")
    end = text.get_window_extent().x1 / figure.bbox.width
    figure.text(end + 0.008, at[1], detail, color="#6b6b6b", fontsize=8, va="baseline")
