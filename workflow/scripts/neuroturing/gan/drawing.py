"""What came of a training, drawn: curves, and a sheet of samples over time.

Apart from the training, so that a picture can be made anew, or otherwise, without training again.
"""

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from scipy.ndimage import median_filter

from ..io.files import write_figure
from .quality import COLUMNS

SHARES = ("pixels_outside", "weights_at_clip")
SMOOTHED = ("wasserstein_estimate",)
MEDIAN_ROWS = 21
REFERENCES = {"validation": "created images against validation images", "train": "created images against images trained on"}


def _panels(names):
    """Names of history columns, what belongs together in one group, in the order of the columns; a label for each."""

    def label(name):
        if name.endswith("loss"):
            return "loss"
        if name in SHARES or "_as_" in name:
            return "share"
        return "grey value" if name in ("pixel_min", "pixel_max") else name.replace("_", " ")

    panels = {}
    for name in names:
        panels.setdefault(label(name), []).append(name)
    return panels


def draw_curves(path, history, title, real=None, quality=None):
    """Plot every number of the history but speed against the step, what belongs together in one panel.

    Parameters
    ----------
    path : path
    history : list of dict
    title : str
    real : dict, optional
        The same numbers of real images, each drawn as a line to compare with.
    quality : dict, optional
        What quality was measured of, and which update was saved: see `record.write_record`.
    """
    # Speed is the machine's: without it the same training gives the same picture.
    panels = _panels([name for name in history[0] if name not in ("step", "epoch", "images_per_s", "kept")])
    figure = Figure(figsize=(8, 1.8 * len(panels) + 0.6), dpi=100, layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots(len(panels), 1, sharex=True, squeeze=False)[:, 0]
    steps = [row["step"] for row in history]
    for axis, (label, group) in zip(axes, panels.items(), strict=True):
        for name in group:
            if name in COLUMNS:
                _draw_quality(axis, history, name, quality)
            else:
                _draw_series(axis, steps, [row[name] for row in history], name)
            if name in (real or {}):
                said = "halves of the real subjects" if name in COLUMNS else "real images"
                axis.axhline(real[name], color="0.4", linewidth=0.9, linestyle="--", label=said)
        for bound in (-1, 1) if label == "grey value" else ():
            axis.axhline(bound, color="0.4", linewidth=0.9, linestyle="--", label="black and white" if bound == 1 else None)
        if label == "share":
            axis.set_ylim(-0.02, 1.02)
        axis.set_ylabel(label)
        axis.spines[["top", "right"]].set_visible(False)
        axis.margins(x=0.01)
        if len(axis.lines) > 1:
            axis.legend(frameon=False, ncols=len(axis.lines), loc="lower right", bbox_to_anchor=(1, 0.95), fontsize=8, borderaxespad=0)
    axes[-1].set_xlabel("update")
    figure.suptitle(title, x=0.01, ha="left")
    write_figure(path, figure, chart=True)


def _draw_series(axis, steps, values, name):
    """A line, and a smoother one where the values jump."""
    if name in SMOOTHED:
        axis.plot(steps, values, linewidth=0.8, color="0.75", label=name.replace("_", " "))
        axis.plot(steps, median_filter(values, size=MEDIAN_ROWS, mode="nearest"), linewidth=1.2, label="running median")
    else:
        axis.plot(steps, values, linewidth=1, label=name.replace("_", " "))


def _draw_quality(axis, history, name, quality):
    """Points at the moments of one measure, the one whose weights were saved filled."""
    measured = [(row["step"], row[name], row["kept"]) for row in history if row[name] is not None]
    axis.plot(
        *zip(*((step, value) for step, value, _ in measured), strict=True),
        "o-",
        linewidth=1,
        markersize=4,
        markerfacecolor="white",
        label=REFERENCES[quality["reference"]],
    )
    axis.plot(*zip(*((step, value) for step, value, kept in measured if kept), strict=True), "o", markersize=6, color="C0", label="saved")
    if name == "coverage":
        axis.set_ylim(-0.02, 1.02)


def draw_progress(path, sheet):
    """Draw images of the same noise as training went on, a row a moment.

    Parameters
    ----------
    path : path
    sheet : list of (int, numpy.ndarray)
        Step, and images uint8 (n, height, width).
    """
    scale = max(1, 96 // sheet[0][1].shape[1])
    rows = [np.concatenate([np.pad(image, 1, constant_values=255) for image in images], 1) for _, images in sheet]
    rows = [np.kron(row, np.ones((scale, scale), np.uint8)) for row in rows]
    height, width = rows[0].shape
    dpi, margin = 100, 90
    figure = Figure(figsize=((width + margin) / dpi, height * len(rows) / dpi), dpi=dpi)
    FigureCanvasAgg(figure)
    for k, ((step, _), row) in enumerate(zip(sheet, rows, strict=True)):
        figure.figimage(row, margin, height * (len(rows) - 1 - k), cmap="gray", vmin=0, vmax=255, origin="upper")
        figure.text((margin - 8) / (width + margin), (len(rows) - 0.5 - k) / len(rows), f"{step:,}", ha="right", va="center", fontsize=10)
    write_figure(path, figure)
