"""What the flow charts are drawn with: a page in mm, stacks of pictures, boxes, captions, arrows."""

import numpy as np

from .palette import FAINT, FILL, INK


def canvas(width, height):
    """A white figure of `width` by `height` mm at 300 dpi, and axes in mm from its lower left corner that cover it."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width / 25.4, height / 25.4), dpi=300, facecolor="white")
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set(xlim=(0, width), ylim=(0, height), autoscale_on=False)
    axes.set_axis_off()
    return figure, axes


def stack(axes, images, corner, colour, side=25.0):
    """Pictures one behind the other, the first in front and whole, in the middle of a square of `side` mm, framed in a colour."""
    from matplotlib.patches import Rectangle

    height, width = (length * side / max(images.shape[1:]) for length in images.shape[1:])
    for depth in reversed(range(len(images))):
        left, bottom = corner[0] + (side - width) / 2 + 4 * depth, corner[1] + (side - height) / 2 + 2.5 * depth
        extent, layer = (left, left + width, bottom, bottom + height), 10 - depth
        axes.imshow(images[depth], cmap="gray", vmin=0, vmax=255, extent=extent, aspect="auto", interpolation="lanczos", zorder=layer)
        axes.add_patch(Rectangle((left, bottom), width, height, fill=False, edgecolor=colour, linewidth=0.9, zorder=layer + 0.5))


def box(axes, corners, name, detail):
    """A filled polygon with its name, and a detail below it, in the middle."""
    from matplotlib.patches import Polygon

    axes.add_patch(Polygon(corners, closed=True, facecolor=FILL, edgecolor=INK, linewidth=0.9, joinstyle="round", zorder=5))
    x, y = np.mean(corners, axis=0)
    style = {"ha": "center", "va": "center", "zorder": 6}
    axes.text(x, y + (2.5 if detail else 0), name, color=INK, weight="bold", fontsize=9, linespacing=1.1, **style)
    axes.text(x, y - 5.5, detail, color=FAINT, fontsize=7.5, **style)


def caption(axes, at, name, detail, colour):
    """A name in bold and a detail in plain letters below it, centred."""
    axes.text(*at, name, color=colour, weight="bold", fontsize=9, ha="center", va="center")
    axes.text(at[0], at[1] - 3.6, detail, color=FAINT, fontsize=7.5, ha="center", va="center")


def arrow(axes, points, colour=INK, dashed=False):
    """A line through points, with its head at the last."""
    x, y = np.transpose(points)
    style = {"color": colour, "linewidth": 1.1, "linestyle": (0, (4, 2)) if dashed else "-", "zorder": 4}
    axes.plot(x[:-1], y[:-1], solid_capstyle="butt", **style)
    axes.annotate("", points[-1], points[-2], arrowprops={"arrowstyle": "-|>", "shrinkA": 0, "shrinkB": 0, "mutation_scale": 9, **style})
