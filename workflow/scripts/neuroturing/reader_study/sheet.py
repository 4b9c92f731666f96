"""The quiz sheet (Koshino et al. 2018, Figure 1B): lettered panels, real and created mixed, and its key apart."""

import os
from pathlib import Path

import numpy as np
import pandas as pd

from ..errors import InputError
from .draw import draw_spread

PANEL_PIXELS = 384
DPI = 300


def draw_panels(real, created, seed, panels=8, created_panels=5):
    """Which images the sheet shows.

    Figure 1B's caption names created panels b, c, d, f and h, so five created ones and at least eight in all.

    Returns
    -------
    pandas.DataFrame
        Columns panel (a, b, c, ...), truth, source_index, scan; real images of as many subjects as there are.

    Raises
    ------
    InputError
        Impossible numbers of panels, or too few images.
    """
    if not 1 <= panels <= 26 or not 0 <= created_panels <= panels:
        found = f"{panels} panels, {created_panels} of them created"
        raise InputError("config: sheet", found, "1 to 26 panels, no more created than panels", "the paper has 5 of 8")
    rng = np.random.default_rng(seed)
    wanted = {"real": panels - created_panels, "created": created_panels}
    for pool, count in ((real, wanted["real"]), (created, wanted["created"])):
        if len(pool.images) < count:
            raise InputError(
                pool.path, f"{len(pool.images)} images", f"{count} or more for the sheet", "sample more, or ask for fewer panels"
            )
    rows = [("real", int(index), real.scan[index]) for index in draw_spread(rng, real.subject, wanted["real"])]
    rows += [("created", int(index), "") for index in rng.choice(len(created.images), wanted["created"], replace=False)]
    sheet = pd.DataFrame([rows[i] for i in rng.permutation(panels)], columns=["truth", "source_index", "scan"])
    sheet.insert(0, "panel", [chr(ord("a") + i) for i in range(panels)])
    return sheet


def draw_sheet(pictures, columns=4):
    """Lettered pictures on white, row by row.

    Parameters
    ----------
    pictures : numpy.ndarray, uint8, shape (n, height, width)
        All on one grey scale, 0 black to 255 white.
    columns : int

    Returns
    -------
    matplotlib.figure.Figure
        Each picture enlarged by the smallest whole factor that makes it `PANEL_PIXELS` wide (Lanczos), or at its own size; one
        pixel of the figure is one pixel of the file when saved at its own dpi.
    """
    from matplotlib.figure import Figure
    from PIL import Image

    factor = max(1, -(-PANEL_PIXELS // pictures.shape[2]))
    height, width = factor * pictures.shape[1], factor * pictures.shape[2]
    gap, band = width // 24, width // 7
    columns = min(columns, len(pictures))
    rows = -(-len(pictures) // columns)
    total_width, total_height = columns * (width + gap) + gap, rows * (height + band) + gap
    # The hundredth keeps a product like 55 / 300 * 300 from being cut down to 54 pixels.
    figure = Figure(figsize=((total_width + 0.01) / DPI, (total_height + 0.01) / DPI), dpi=DPI, facecolor="white")
    for i, pixels in enumerate(pictures):
        row, column = divmod(i, columns)
        left, top = gap + column * (width + gap), row * (height + band) + band
        enlarged = Image.fromarray(pixels).resize((width, height), Image.Resampling.LANCZOS)
        figure.figimage(np.asarray(enlarged.convert("RGB")), xo=left, yo=total_height - top - height)
        at = left / total_width, 1 - (top - 0.22 * band) / total_height
        figure.text(*at, chr(ord("a") + i), weight="bold", fontsize=0.5 * band * 72 / DPI)
    return figure


def save_figure(path, figure):
    """Save a figure under its name only when it is complete, without a note of the software."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".partial-{os.getpid()}-{path.name}")
    figure.savefig(partial, format="png", dpi=figure.dpi, metadata={"Software": None})
    os.replace(partial, path)
