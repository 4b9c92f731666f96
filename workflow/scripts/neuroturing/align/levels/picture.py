"""Picture of where the levels of one perfusion scan lie, for a person to look at."""

import itertools
import textwrap

import numpy as np
from matplotlib.figure import Figure
from matplotlib.patheffects import withStroke

from ...geometry.frames import moved, picture
from ...io.files import write_figure
from .locate import MIDDLE_MM

BLACK, WHITE, GREY, WARN = "#000000", "#f2f2f2", "#a8a8a8", "#ffb000"
COLOURS = ("#56b4e9", "#f0e442", "#e69f80", "#66c2a5", "#cc79a7", "#d9d9d9")  # of the levels, in their order
FIELD_MM, STEP_MM = 220.0, 1.0
SIZE = int(FIELD_MM / STEP_MM)
_EXTENT = (-FIELD_MM / 2, FIELD_MM / 2, -FIELD_MM / 2, FIELD_MM / 2)
_LOOK = {"cmap": "gray", "vmin": 0, "interpolation": "bicubic", "extent": _EXTENT}


def draw_levels(volume, record, names, path):
    """Sagittal and coronal sections with the levels as lines, and the levels themselves.

    Parameters
    ----------
    volume : Volume
        The raw scan.
    record : dict
        From `locate.place_levels`.
    names : iterable of str
        Every level of the study in its order, which settles the colours.
    path : path
        PNG to write.
    """
    colours = dict(zip(names, itertools.cycle(COLOURS)))
    white = float(np.percentile(volume.data, 99.9))
    views = [] if record["matrix"] is None else ["sagittal", "coronal"]
    panels = len(views) + len(record["planes"])
    figure = Figure(figsize=(3.1 * panels + 0.12, 3.9), facecolor=BLACK, dpi=100)
    width = 1 / panels
    for place, view in enumerate(views):
        axes = _axes(figure, place, width, view, GREY)
        centre, right, up = _view_frame(np.array(record["matrix"]), view)
        axes.imshow(picture(volume, centre, up, right, SIZE, STEP_MM)[::-1], vmax=white, **_LOOK)
        for level, plane in record["planes"].items():
            _line(axes, plane, centre, right, up, colours[level], level)
        _letters(axes, *(("", "A") if view == "sagittal" else ("R", "L")))
        axes.set(xlim=_EXTENT[:2], ylim=_EXTENT[2:])
    for place, level in enumerate((level for level in colours if level in record["planes"]), len(views)):
        plane = record["planes"][level]
        axes = _axes(figure, place, width, level, colours[level])
        image = picture(volume, plane["centre"], plane["posterior"], plane["left"], SIZE, STEP_MM)
        axes.imshow(image, vmax=white, **_LOOK)
        _letters(axes, "R", "L")
        height = f"z {plane['centre'][2]:.0f} mm, from the {plane['found']}" if plane["found"] != "slice" else "a single slice"
        axes.text(0.98, 0.02, height, transform=axes.transAxes, color=GREY, size=8, ha="right")
    _words(figure, record)
    write_figure(path, figure)


def _axes(figure, place, width, title, colour):
    axes = figure.add_axes((place * width + 0.004, 0.13, width - 0.008, 0.71))
    axes.set(xticks=[], yticks=[], facecolor=BLACK)
    axes.set_title(title, loc="left", color=colour, size=10, pad=3)
    return axes


def _view_frame(matrix, view):
    """Centre (world mm), and unit vectors to the right (nose, or patient's left) and up, of a view through the brain's middle."""
    linear = matrix[:3, :3] / np.linalg.norm(matrix[:3, 0])
    return moved(matrix, [*MIDDLE_MM, 8]), linear[:, 1] if view == "sagittal" else -linear[:, 0], linear[:, 2]


def _line(axes, plane, centre, right, up, colour, level):
    """The straight line in which a level cuts a view."""
    normal = np.cross(plane["left"], plane["posterior"])
    across = np.array([-100.0, 100.0])
    height = (normal @ (np.array(plane["centre"]) - centre) - across * (normal @ right)) / (normal @ up)
    axes.plot(across, height, color=colour, linewidth=1.1)
    outline = [withStroke(linewidth=2.5, foreground=BLACK)]
    axes.text(-104, height[0] + 3, level, color=colour, size=9, weight="bold", ha="left", path_effects=outline)


def _letters(axes, left, right):
    outline = [withStroke(linewidth=2, foreground=BLACK)]
    for place, align, letter in ((0.02, "left", left), (0.98, "right", right)):
        axes.text(place, 0.93, letter, transform=axes.transAxes, color=WHITE, size=11, ha=align, va="center", path_effects=outline)


def _words(figure, record):
    figure.text(0.006, 0.985, record["scan"], color=WHITE, size=13, weight="bold", va="top")
    facts = ", ".join(text for text in (record["group"], record["side"]) if text)
    if record["matrix"] is not None:
        facts += f"   correlation with the template {record['correlation']:.2f}   grey to white {record['grey_white_ratio']:.1f}"
        facts += f"   scale {record['scale']:.2f}"
    figure.text(0.994, 0.98, facts, color=GREY, size=10, va="top", ha="right")
    warnings = textwrap.fill("; ".join(record["warnings"]) or "no warnings", int(50 * figure.get_figwidth() / 3))
    figure.text(0.006, 0.095, warnings, color=WARN if record["warnings"] else GREY, size=9, va="top")
