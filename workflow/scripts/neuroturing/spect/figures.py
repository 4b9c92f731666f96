"""Figures of Werner et al. 2022 as this run has them: created samples, and distributions of mean counts and left/right ratios."""

import os
from pathlib import Path

import numpy as np

from .quantify import PATTERNS

DPI = 200
# Okabe and Ito's palette: told apart by readers with any colour vision.
GROUPS = {
    "real": ("Real,\nall levels", "#4d4d4d"),
    "COR": ("Real,\nCOR", "#8c8c8c"),
    "A": ("Created,\nA", "#0072b2"),
    "B": ("Created,\nB", "#d55e00"),
}
LABELS = {
    ("mean_counts", "image_maximum"): "Mean counts in the brain section\n(share of the image's robust maximum)",
    ("mean_counts", "global"): "Mean counts in the brain section\n(share of the real images' median maximum)",
    ("lr_ratio", ""): "Left/right ratio of mean counts",
}
FEWEST_FOR_SHAPE = 10


def samples_figure(samples, columns=6):
    """Created slices, a row for each pattern, dataset A on the left and B on the right.

    Parameters
    ----------
    samples : dict of (dataset, pattern) to numpy.ndarray, uint8, shape (n, height, width)
        The first ones are shown, so that nobody has chosen them.
    columns : int
        Slices of each cell.

    Returns
    -------
    matplotlib.figure.Figure
    """
    from matplotlib.figure import Figure

    tile, gap, left, top, bottom, between = 0.62, 0.03, 0.85, 0.32, 0.28, 0.22
    width = left + 2 * columns * (tile + gap) + between + 0.05
    height = top + len(PATTERNS) * (tile + gap) + bottom
    figure = Figure(figsize=(width, height), dpi=DPI, facecolor="white")
    for side, dataset in enumerate(("A", "B")):
        start = left + side * (columns * (tile + gap) + between)
        title = {"A": "Dataset A (CER, BG, COR)", "B": "Dataset B (COR)"}[dataset]
        figure.text(start / width, 1 - 0.2 / height, title, fontsize=8, weight="bold")
        for row, pattern in enumerate(PATTERNS):
            low = bottom + (len(PATTERNS) - 1 - row) * (tile + gap)
            if not side:
                figure.text((left - 0.08) / width, (low + tile / 2) / height, pattern.capitalize(), fontsize=8, ha="right", va="center")
            pictures = samples.get((dataset, pattern), [])[:columns]
            if not len(pictures):
                figure.text((start + 0.05) / width, (low + tile / 2) / height, "no created images", fontsize=7, va="center", color="#555")
            for column, pixels in enumerate(pictures):
                at = [(start + column * (tile + gap)) / width, low / height, tile / width, tile / height]
                axes = figure.add_axes(at)
                axes.imshow(pixels, cmap="gray", vmin=0, vmax=255, interpolation="lanczos")
                axes.set_axis_off()
    line = f"The first {columns} created images of each model. Patient's left on the right of the picture."
    figure.text(left / width, 0.09 / height, line, fontsize=7, color="#333")
    return figure


def distribution_figure(table, column, normalisation=""):
    """Every image's value as a point, real beside A and B, a panel for each pattern; violins and boxes where there are ten or more.

    Parameters
    ----------
    table : pandas.DataFrame
        From `quantify.normalise`.
    column : str
        `mean_counts` or `lr_ratio`.
    normalisation : str
        Of mean counts; empty for the ratio.

    Returns
    -------
    matplotlib.figure.Figure
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7.5, 3.4), dpi=DPI, facecolor="white", layout="constrained")
    panels = figure.subplots(1, len(PATTERNS), sharey=True)
    for axes, pattern in zip(panels, PATTERNS, strict=True):
        rows = table[table["pattern"] == pattern]
        if column == "lr_ratio":
            axes.axhline(1, color="#bbb", linewidth=0.8, zorder=0)
        ticks = []
        for place, (group, (name, colour)) in enumerate(GROUPS.items()):
            mine = rows[(rows["source"] == "real") & (rows["level"] == "COR")] if group == "COR" else rows[rows["source"] == group]
            values = mine[column].dropna().to_numpy(float)
            _draw(axes, place, values, colour)
            ticks.append(f"{name}\nn = {len(values)}")
        axes.set_title(pattern.capitalize(), fontsize=9, weight="bold")
        axes.set_xticks(range(len(GROUPS)), ticks, fontsize=7)
        axes.set_xlim(-0.6, len(GROUPS) - 0.4)
        axes.tick_params(axis="y", labelsize=7)
        axes.tick_params(axis="x", length=0)
        axes.spines[["top", "right"]].set_visible(False)
    panels[0].set_ylabel(LABELS[column, normalisation], fontsize=8)
    figure.supxlabel("Point: one image. Box: median and quartiles; whiskers: up to 1.5 times the box.", fontsize=7, color="#333")
    return figure


def _draw(axes, place, values, colour):
    """One group at one place of the axis."""
    # Drawn from a seed so that the same table gives the same picture.
    spread = np.random.default_rng(place).uniform(-0.13, 0.13, len(values))
    axes.scatter(place + spread, values, s=5, color=colour, alpha=0.6, linewidths=0, zorder=2)
    if len(values) < FEWEST_FOR_SHAPE or np.ptp(values) == 0:
        return
    shape = axes.violinplot(values, [place], widths=0.85, showextrema=False)
    for body in shape["bodies"]:
        body.set(facecolor=colour, alpha=0.22, edgecolor="none", zorder=1)
    line = {"color": "#111", "linewidth": 0.9}
    axes.boxplot(
        values, positions=[place], widths=0.32, showfliers=False, manage_ticks=False, boxprops=line, whiskerprops=line, capprops=line,
        medianprops={"color": "#111", "linewidth": 1.6},
    )  # fmt: skip


def save_figure(path, figure):
    """Save a figure as PNG under its name only when it is complete, without a note of the software."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".partial-{os.getpid()}-{path.name}")
    figure.savefig(partial, format="png", dpi=figure.dpi, metadata={"Software": None})
    os.replace(partial, path)
