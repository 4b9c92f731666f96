"""The work flow chart (Koshino et al. 2018, Figure 1A), drawn with a run's own images."""

import numpy as np

from ..errors import InputError
from .chart import CREATED, FAINT, INK, REAL, arrow, box, canvas, caption, stack
from .draw import draw_spread

WIDTH, HEIGHT = 174.0, 94.0
SHOWN = 3


def pick_images(real, created, seed):
    """Three real images, of three subjects where there are, and three created ones, each uint8 of shape (3, height, width)."""
    rng = np.random.default_rng(seed)
    for pool in (real, created):
        if len(pool.images) < SHOWN:
            raise InputError(pool.path, f"{len(pool.images)} images", f"at least {SHOWN} for the flow chart", "sample more images")
    return real.images[draw_spread(rng, real.subject, SHOWN)], created.images[rng.choice(len(created.images), SHOWN, replace=False)]


def draw_flow(real, created, noise):
    """The chart: training images and created ones meet at the discriminator, whose verdict trains both networks.

    Parameters
    ----------
    real, created : numpy.ndarray, uint8, shape (3, height, width)
    noise : numpy.ndarray, shape (n,)
        An input of the generator, uniform in -1 to 1, shown as a column of grey cells.

    Returns
    -------
    matplotlib.figure.Figure
        174 by 94 mm at 300 dpi.
    """
    figure, axes = canvas(WIDTH, HEIGHT)
    stack(axes, real, (60, 52), REAL)
    caption(axes, (76.5, 89.5), "Real images", "rotated, flipped sections", REAL)
    stack(axes, created, (60, 12), CREATED)
    caption(axes, (76.5, 8), "Created images", "", CREATED)
    box(axes, [(8, 58), (44, 58), (44, 77), (8, 77)], "T1-weighted\nscans", "AC–PC aligned")
    _noise(axes, noise)
    box(axes, [(26, 20), (50, 13), (50, 41), (26, 34)], "Generator", "")
    box(axes, [(110, 33), (140, 40), (140, 54), (110, 61)], "Discriminator", "")
    for start, end in (((45, 67.5), (59, 67.5)), ((18.5, 27), (25, 27)), ((51, 27), (59, 27)), ((141, 47), (149, 47))):
        arrow(axes, [start, end])
    arrow(axes, [(94, 67.5), (101, 67.5), (101, 53), (109, 53)], REAL)
    arrow(axes, [(94, 27), (101, 27), (101, 41), (109, 41)], CREATED)
    axes.text(159, 50.6, "real", color=REAL, weight="bold", fontsize=9, ha="center", va="center")
    axes.text(159, 47, "or", color=INK, fontsize=8, ha="center", va="center")
    axes.text(159, 43.4, "created?", color=CREATED, weight="bold", fontsize=9, ha="center", va="center")
    arrow(axes, [(159, 54), (159, 73), (125, 73), (125, 59)], FAINT, dashed=True)
    axes.text(142, 74.5, "learns to tell them apart", color=FAINT, fontsize=7.5, ha="center", va="bottom")
    arrow(axes, [(159, 40), (159, 3), (38, 3), (38, 15.5)], FAINT, dashed=True)
    axes.text(125, 4.5, "learns to be taken for real", color=FAINT, fontsize=7.5, ha="center", va="bottom")
    return figure


def _noise(axes, noise):
    """A column of grey cells, one for each number, with its name."""
    axes.imshow(
        np.reshape(noise, (-1, 1)), cmap="gray", vmin=-1, vmax=1, extent=(14, 17, 13, 41), aspect="auto", interpolation="nearest", zorder=5
    )
    caption(axes, (15.5, 8), "Noise z", f"{np.size(noise)} random numbers", INK)
