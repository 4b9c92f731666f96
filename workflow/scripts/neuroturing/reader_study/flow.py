"""The work flow chart (Koshino et al. 2018, Figure 1A), drawn with a run's own images."""

import numpy as np

from ..errors import InputError
from .draw import draw_spread

INK, FAINT, REAL, CREATED = "#1a1a1a", "#6b6b6b", "#1f6f8b", "#b4552d"
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
    from matplotlib.figure import Figure

    figure = Figure(figsize=(WIDTH / 25.4, HEIGHT / 25.4), dpi=300, facecolor="white")
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set(xlim=(0, WIDTH), ylim=(0, HEIGHT))
    axes.set_axis_off()
    _stack(axes, real, (60, 52), REAL)
    _caption(axes, (76.5, 89.5), "Real images", "rotated, flipped sections", REAL)
    _stack(axes, created, (60, 12), CREATED)
    _caption(axes, (76.5, 8), "Created images", "", CREATED)
    _box(axes, [(8, 58), (44, 58), (44, 77), (8, 77)], "T1-weighted\nscans", "AC–PC aligned")
    _noise(axes, noise)
    _box(axes, [(26, 20), (50, 13), (50, 41), (26, 34)], "Generator", "")
    _box(axes, [(110, 33), (140, 40), (140, 54), (110, 61)], "Discriminator", "")
    for start, end in (((45, 67.5), (59, 67.5)), ((18.5, 27), (25, 27)), ((51, 27), (59, 27)), ((141, 47), (149, 47))):
        _arrow(axes, [start, end])
    _arrow(axes, [(94, 67.5), (101, 67.5), (101, 53), (109, 53)], REAL)
    _arrow(axes, [(94, 27), (101, 27), (101, 41), (109, 41)], CREATED)
    axes.text(159, 50.6, "real", color=REAL, weight="bold", fontsize=9, ha="center", va="center")
    axes.text(159, 47, "or", color=INK, fontsize=8, ha="center", va="center")
    axes.text(159, 43.4, "created?", color=CREATED, weight="bold", fontsize=9, ha="center", va="center")
    _arrow(axes, [(159, 54), (159, 73), (125, 73), (125, 59)], FAINT, dashed=True)
    axes.text(142, 74.5, "learns to tell them apart", color=FAINT, fontsize=7.5, ha="center", va="bottom")
    _arrow(axes, [(159, 40), (159, 3), (38, 3), (38, 15.5)], FAINT, dashed=True)
    axes.text(125, 4.5, "learns to be taken for real", color=FAINT, fontsize=7.5, ha="center", va="bottom")
    return figure


def _stack(axes, images, corner, colour):
    """Pictures one behind the other, the first in front and whole, framed in a colour."""
    from matplotlib.patches import Rectangle

    height, width = images.shape[1:]
    side = 25.0 / max(height, width)
    for depth in reversed(range(len(images))):
        left, bottom = corner[0] + 4 * depth, corner[1] + 2.5 * depth
        extent = (left, left + width * side, bottom, bottom + height * side)
        layer = 10 - depth
        axes.imshow(images[depth], cmap="gray", vmin=0, vmax=255, extent=extent, aspect="auto", interpolation="lanczos", zorder=layer)
        axes.add_patch(
            Rectangle((left, bottom), width * side, height * side, fill=False, edgecolor=colour, linewidth=0.9, zorder=layer + 0.5)
        )
    axes.set(xlim=(0, WIDTH), ylim=(0, HEIGHT))


def _noise(axes, noise):
    """A column of grey cells, one for each number, with its name."""
    axes.imshow(
        np.reshape(noise, (-1, 1)), cmap="gray", vmin=-1, vmax=1, extent=(14, 17, 13, 41), aspect="auto", interpolation="nearest", zorder=5
    )
    axes.set(xlim=(0, WIDTH), ylim=(0, HEIGHT))
    _caption(axes, (15.5, 8), "Noise z", f"{np.size(noise)} random numbers", INK)


def _box(axes, corners, name, detail):
    """A filled polygon with its name, and a detail below it, in the middle."""
    from matplotlib.patches import Polygon

    axes.add_patch(Polygon(corners, closed=True, facecolor="#eef1f4", edgecolor=INK, linewidth=0.9, joinstyle="round", zorder=5))
    x, y = np.mean(corners, axis=0)
    axes.text(
        x, y + (2.5 if detail else 0), name, color=INK, weight="bold", fontsize=9, ha="center", va="center", zorder=6, linespacing=1.1
    )
    axes.text(x, y - 5.5, detail, color=FAINT, fontsize=7.5, ha="center", va="center", zorder=6)


def _caption(axes, at, name, detail, colour):
    """A name in bold and a detail in plain letters below it, centred."""
    axes.text(*at, name, color=colour, weight="bold", fontsize=9, ha="center", va="center")
    axes.text(at[0], at[1] - 3.6, detail, color=FAINT, fontsize=7.5, ha="center", va="center")


def _arrow(axes, points, colour=INK, dashed=False):
    """A line through points, with its head at the last."""
    x, y = np.transpose(points)
    style = {"color": colour, "linewidth": 1.1, "linestyle": (0, (4, 2)) if dashed else "-", "zorder": 4}
    axes.plot(x[:-1], y[:-1], solid_capstyle="butt", **style)
    axes.annotate("", points[-1], points[-2], arrowprops={"arrowstyle": "-|>", "shrinkA": 0, "shrinkB": 0, "mutation_scale": 9, **style})
