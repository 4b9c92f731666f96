"""Pictures to judge AC-PC alignment by: one per scan, and one sheet of a cohort. Lengths in mm of the AC-PC frame.

Radiological display: the subject's right is on the left of the picture, the nose points left in a sagittal section.
"""

import textwrap

import numpy as np
from matplotlib.figure import Figure
from matplotlib.patheffects import withStroke

from ...geometry.frames import moved, picture
from ...io.files import write_figure

# Directions of the picture's right and up in the AC-PC frame.
PLANES = {"sagittal": ((0, -1, 0), (0, 0, 1)), "axial": ((-1, 0, 0), (0, 1, 0)), "coronal": ((-1, 0, 0), (0, 0, 1))}
EDGES = {"sagittal": "AP", "axial": "RL", "coronal": "RL"}
BRAIN_MIDDLE = (0.0, -18.0, 8.0)  # of an adult, about, from AC
BLACK, WHITE, GREY, AC_COLOUR, PC_COLOUR, WARN_COLOUR = "#111111", "#f2f2f2", "#9a9a9a", "#ffb000", "#4cc9f0", "#ff6b4a"
WIDTH_TO_HEIGHT = 0.55  # columns to rows of the sheet, squared
CELL, CAPTION, HEAD = (4.4, 2.64), 0.34, 0.5  # of the sheet, inches


def section(volume, matrix, plane, centre, width, height, step):
    """A plane of the scan in its AC-PC frame, by one interpolation.

    Parameters
    ----------
    volume : Volume
    matrix : array_like, shape (4, 4)
        AC-PC to world.
    plane : str
        Of PLANES.
    centre : array_like, shape (3,)
        Of the picture, AC-PC mm.
    width, height, step : float
        mm.

    Returns
    -------
    numpy.ndarray, shape (rows, columns)
        First row at the bottom.
    """
    matrix = np.asarray(matrix, float)
    right, up = (matrix[:3, :3] @ direction for direction in PLANES[plane])
    return picture(volume, moved(matrix, centre), up, right, (round(height / step), round(width / step)), step)


def _window(volume, matrix):
    """Grey values shown as black and white: from the brain's middle, so that fat and skull do not darken it."""
    values = section(volume, matrix, "axial", (0, -18, 4), 110, 130, 2.0)
    return np.percentile(values, 2), max(np.percentile(values, 99.7), np.percentile(values, 2) + 1e-6)


def _show(axes, volume, matrix, plane, window, size, centre=BRAIN_MIDDLE, step=0.7):
    """Draw a section on axes whose coordinates are mm along the picture's right and up."""
    right, up = (np.array(direction, float) for direction in PLANES[plane])
    image = section(volume, matrix, plane, centre, *size, step)
    x, y = right @ centre, up @ centre
    extent = (x - size[0] / 2, x + size[0] / 2, y - size[1] / 2, y + size[1] / 2)
    _image(axes, image, window, extent)


def _image(axes, image, window, extent):
    """An image alone on its axes: no ticks, no frame, limits as given whatever is drawn on it later."""
    axes.imshow(image, cmap="gray", vmin=window[0], vmax=window[1], origin="lower", extent=extent, interpolation="bicubic")
    axes.set(xlim=extent[:2], ylim=extent[2:], xticks=[], yticks=[], facecolor=BLACK, autoscale_on=False)
    for spine in axes.spines.values():
        spine.set_visible(False)


def _cross(axes, plane, point, colour, gap, arm, width=0.9):
    """A thin cross, open in the middle so that the commissure stays to be seen."""
    x, y = (np.array(direction, float) @ point for direction in PLANES[plane])
    for dx, dy in ((1, 0), (-1, 0), (0, 1), (0, -1)):
        axes.plot([x + gap * dx, x + arm * dx], [y + gap * dy, y + arm * dy], color=colour, linewidth=width, solid_capstyle="butt")


def _letters(axes, plane, size=9):
    for place, align, letter in ((0.02, "left", EDGES[plane][0]), (0.98, "right", EDGES[plane][1])):
        outline = [withStroke(linewidth=2, foreground=BLACK)]
        axes.text(place, 0.5, letter, transform=axes.transAxes, color=WHITE, size=size, ha=align, va="center", path_effects=outline)


def draw_scan(volume, record, scan, path):
    """Three planes through AC and PC, the midsagittal plane round them enlarged, angles and warnings.

    Parameters
    ----------
    volume : Volume
        The raw scan.
    record : dict
        Of its landmarks file.
    scan : str
        Its name.
    path : path
        PNG to write.
    """
    matrix, length = np.array(record["acpc_to_world"]), record["ac_pc_mm"]
    window = _window(volume, matrix)
    ac, pc = np.zeros(3), np.array([0.0, -length, 0.0])
    figure = Figure(figsize=(13.6, 9.4), facecolor=BLACK, dpi=100)
    figure.text(0.012, 0.975, scan, color=WHITE, size=17, weight="bold", va="top")
    sagittal = figure.add_axes((0.012, 0.475, 0.385, 0.432))
    axial = figure.add_axes((0.405, 0.475, 0.27, 0.432))
    coronal = figure.add_axes((0.683, 0.475, 0.305, 0.432))
    inset = figure.add_axes((0.012, 0.02, 0.405, 0.405))
    across = figure.add_axes((0.425, 0.02, 0.25, 0.405))
    _show(sagittal, volume, matrix, "sagittal", window, (204, 162))
    _show(axial, volume, matrix, "axial", window, (150, 176), (0, -18, 0))
    _show(coronal, volume, matrix, "coronal", window, (165, 165), (0, 0, 8))
    _show(inset, volume, matrix, "sagittal", window, (66, 45), (0, -length / 2, 1), 0.25)
    _show(across, volume, matrix, "axial", window, (42, 47), (0, -length / 2, 0), 0.25)
    for axes, plane, title, marks, gap, arm in (
        (sagittal, "sagittal", "midsagittal plane, x = 0", (ac, pc), 3.5, 9),
        (axial, "axial", "axial, through AC and PC", (ac, pc), 3.5, 9),
        (coronal, "coronal", "coronal, through AC", (ac,), 3.5, 9),
        (inset, "sagittal", "AC and PC, enlarged", (ac, pc), 2.2, 5),
        (across, "axial", "the same, axial", (ac, pc), 2.2, 5),
    ):
        for point, colour in zip(marks, (AC_COLOUR, PC_COLOUR), strict=False):
            _cross(axes, plane, point, colour, gap, arm)
        _letters(axes, plane, 11)
        axes.set_title(title, loc="left", color=GREY, size=10, pad=4)
    for first, last in ((82, 12), (-12, 12 - length), (-length - 12, -118)):
        sagittal.plot([-first, -last], [0, 0], color=WHITE, linewidth=0.7, alpha=0.7)
    for axes, (low, high) in ((axial, (-106, 70)), (coronal, (-74.5, 90.5))):
        for ends in ((low, low + 14), (high - 14, high)):
            axes.plot([0, 0], ends, color=WHITE, linewidth=0.7, alpha=0.8)
    _words(figure, record)
    write_figure(path, figure)


def _words(figure, record):
    """Angles, length, quality and warnings, at the lower right."""
    lines = [
        f"{name:<6}{round(record[key], 1) + 0.0:>7.1f}°" for name, key in (("pitch", "pitch_deg"), ("roll", "roll_deg"), ("yaw", "yaw_deg"))
    ]
    lines += [f"AC-PC {record['ac_pc_mm']:>7.1f} mm", f"{record['method']} landmarks"]
    figure.text(0.695, 0.43, "\n".join(lines), color=WHITE, size=13, family="monospace", va="top", linespacing=1.5)
    figure.text(0.865, 0.43, "AC", color=AC_COLOUR, size=13, weight="bold", va="top")
    figure.text(0.895, 0.43, "PC", color=PC_COLOUR, size=13, weight="bold", va="top")
    warnings = [textwrap.fill(text, 44, subsequent_indent="  ") for text in record["warnings"]] or ["no warnings"]
    colour = WARN_COLOUR if record["warnings"] else GREY
    figure.text(0.695, 0.235, "\n".join(warnings), color=colour, size=10.5, va="top", linespacing=1.35)


def draw_sheet(items, path):
    """One picture of a cohort: for each scan the midsagittal plane round AC and PC, and the axial plane with a vertical midline.

    Parameters
    ----------
    items : iterable of (str, Volume, dict)
        Name, raw scan and landmarks record; drawn as they come, so that one scan is held at a time.
    path : path
        PNG to write.
    """
    tiles = [(name, record, *_tiles(volume, record)) for name, volume, record in items]
    columns = int(np.clip(np.ceil(np.sqrt(len(tiles) * WIDTH_TO_HEIGHT)), 1, 7))
    rows = -(-len(tiles) // columns)
    figure = Figure(figsize=(columns * CELL[0], rows * CELL[1] + HEAD), facecolor=BLACK, dpi=100)
    title = f"AC-PC alignment of {len(tiles)} scan{'s' * (len(tiles) != 1)}"
    if columns > 1:
        title += ": midsagittal plane with AC and PC, axial plane with the midline"
    height = rows * CELL[1] + HEAD
    figure.text(0.08 / (columns * CELL[0]), 1 - 0.14 / height, title, color=WHITE, size=11, va="top")
    for index, (name, record, sagittal, axial, window) in enumerate(tiles):
        left, top = (index % columns) * CELL[0], height - HEAD - (index // columns) * CELL[1]
        _cell(figure, left, top, name, record, sagittal, axial, window)
    write_figure(path, figure)


def _cell(figure, left, top, name, record, sagittal, axial, window):
    """One scan of the sheet; its left and top in inches from the lower left corner of the figure."""
    width, height = figure.get_size_inches()

    def axes(x, wide):
        return figure.add_axes([(left + x) / width, (top - CELL[1]) / height, wide / width, (CELL[1] - CAPTION) / height])

    _midsagittal_tile(axes(0.05, 2.55), sagittal, window, record["ac_pc_mm"])
    _axial_tile(axes(2.62, 1.7), axial, window)
    warned = bool(record["warnings"])
    words = "pitch {pitch_deg:.0f}°  roll {roll_deg:.0f}°  yaw {yaw_deg:.0f}°  {ac_pc_mm:.1f} mm".format(**record).replace("-0°", "0°")
    figure.text(
        *((left + 0.05) / width, (top - 0.06) / height, name),
        **{"color": WARN_COLOUR if warned else WHITE, "size": 10, "weight": "bold", "va": "top"},
    )
    figure.text(
        *((left + 4.32) / width, (top - 0.07) / height, words + "  !" * warned),
        **{"color": WARN_COLOUR if warned else GREY, "size": 8, "ha": "right", "va": "top"},
    )


def _tiles(volume, record):
    """Sections of one scan for the sheet, and its grey window."""
    matrix = np.array(record["acpc_to_world"])
    middle = -record["ac_pc_mm"] / 2
    return (
        section(volume, matrix, "sagittal", (0, middle, 1), 61, 55, 0.3),
        section(volume, matrix, "axial", BRAIN_MIDDLE[:2] + (0,), 140, 189, 0.8),
        _window(volume, matrix),
    )


def _midsagittal_tile(axes, image, window, length):
    _image(axes, image, window, (-30.5, 30.5, -26.5, 28.5))
    for shift, colour in ((-length / 2, AC_COLOUR), (length / 2, PC_COLOUR)):
        _cross(axes, "sagittal", np.array([0.0, -shift, 0.0]), colour, 2.0, 4.5, 0.8)


def _axial_tile(axes, image, window):
    _image(axes, image, window, (-70, 70, -112.5, 76.5))
    for ends in ((-112.5, -94), (60, 76.5)):
        axes.plot([0, 0], ends, color=WHITE, linewidth=0.6, alpha=0.8)
    _letters(axes, "axial", 7)
