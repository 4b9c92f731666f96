"""What a training shows of itself: history, curves, a sheet of samples over time, and a stop where it has gone wrong."""

import math

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from scipy.ndimage import median_filter

from ..errors import TrainingError
from ..io.files import write_figure

COLLAPSE_SHARE = 0.02
COLLAPSE_ROWS = 10
COLLAPSE_FROM = 2000
HEALTHY_SHARE = 0.1
SHEET_ROWS = 8
SHARES = ("pixels_outside", "weights_at_clip")
SMOOTHED = ("wasserstein_estimate",)
MEDIAN_ROWS = 21


class Watch:
    """Stop a training that has diverged or collapsed.

    Collapsed means that in ten history rows on end the generator's images of different noise differ less than 2 % as much as real images
    do (standard deviation over a batch, mean over pixels). A generator that is still warming up is not stopped: the count starts when its
    images have once differed by 10 %, or after 2,000 updates.
    """

    def __init__(self):
        self.low_rows, self.real_spread, self.real_similarity, self.warm = 0, None, None, False

    def check(self, row):
        """Look at a history row; raise TrainingError where it must not go on."""
        for name, value in row.items():
            if not math.isfinite(value):
                raise TrainingError(
                    f"Training stopped at step {row['step']}: {name} is {value}. The last saved state is from before. "
                    "Hint: lower the learning rate in the recipe, or set precision: float32."
                )
        self.warm = self.warm or row["spread"] > HEALTHY_SHARE * self.real_spread or row["step"] > COLLAPSE_FROM
        low = self.warm and row["spread"] < COLLAPSE_SHARE * self.real_spread
        self.low_rows = self.low_rows + 1 if low else 0
        if self.low_rows >= COLLAPSE_ROWS:
            raise TrainingError(
                f"Training stopped at step {row['step']}: the generator makes the same image of every noise (spread {row['spread']:.4f}, "
                f"real images {self.real_spread:.4f}). Hint: another seed, a lower learning rate, or fewer generator updates."
            )


def spread(images):
    """Mean over pixels of the standard deviation between images (n, height, width, 1)."""
    return float(np.std(images, 0).mean())


def similarity(images):
    """Mean correlation of all pairs of images (n, height, width, 1): near 1 where the generator makes one image of every noise."""
    flat = np.asarray(images, np.float64).reshape(len(images), -1)
    flat = flat - flat.mean(1, keepdims=True)
    flat /= np.maximum(np.linalg.norm(flat, axis=1, keepdims=True), 1e-12)
    return float((flat @ flat.T)[np.triu_indices(len(flat), 1)].mean())


def describe_images(images):
    """What created images say of a training, for the history: how they differ, and how they keep to [-1, 1]."""
    return {
        "spread": spread(images),
        "similarity": similarity(images),
        "pixel_min": float(images.min()),
        "pixel_max": float(images.max()),
        "pixels_outside": float(np.mean(np.abs(images) > 1)),
    }


def mean_row(recent):
    """Mean of each number over the updates since the last row."""
    return {key: float(np.mean([float(values[key]) for values in recent])) for key in recent[0]}


def sheet_steps(total):
    """Updates after which samples are kept: closer together at the start, where most happens."""
    return {max(1, round(total * (k / (SHEET_ROWS - 1)) ** 2)) for k in range(1, SHEET_ROWS)}


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


def draw_curves(path, history, title, real=None):
    """Plot every number of the history against the step, what belongs together in one panel.

    Parameters
    ----------
    path : path
    history : list of dict
    title : str
    real : dict, optional
        The same numbers of real images, each drawn as a line to compare with.
    """
    panels = _panels([name for name in history[0] if name not in ("step", "epoch")])
    figure = Figure(figsize=(8, 1.8 * len(panels) + 0.6), dpi=120, layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots(len(panels), 1, sharex=True, squeeze=False)[:, 0]
    steps = [row["step"] for row in history]
    for axis, (label, group) in zip(axes, panels.items(), strict=True):
        for name in group:
            values = [row[name] for row in history]
            if name in SMOOTHED:
                axis.plot(steps, values, linewidth=0.8, color="0.75", label=name.replace("_", " "))
                axis.plot(steps, median_filter(values, size=MEDIAN_ROWS, mode="nearest"), linewidth=1.2, label="running median")
            else:
                axis.plot(steps, values, linewidth=1, label=name.replace("_", " "))
            if name in (real or {}):
                axis.axhline(real[name], color="0.4", linewidth=0.9, linestyle="--", label="real images")
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
    write_figure(path, figure)


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
