"""Distributions of what was measured: every image a point, real beside created, a panel for each group."""

import numpy as np

from ...config.types import Field, Name, Options
from ...errors import InputError, nearest
from .palette import CREATED_SERIES, REAL_SERIES

DPI = 200
FEWEST_FOR_SHAPE = 10
PANELS_ACROSS = 4


class Options(Options):
    """Every image's value as a point; violins and boxes where a series has ten or more."""

    class Series(Options):
        """One series of points."""

        label: str = Field(description="what it is called; \\n breaks the line")
        where: dict[str, str | list[str]] = Field(description="columns of the measurements and their values: {source: real, level: COR}")

    of: Name = Field(description="a name under measures")
    quantity: str = Field(description="a column of its table")
    label: str = Field("", description="what the axis is called; the column's name otherwise")
    line: float | None = Field(None, description="a value to draw a line at")
    panels: str = Field("", description="the column that has a panel for each value; the study's group where absent")
    values: list[str] = Field([], description="its values in order; all of them, as they come, where empty")
    series: list[Series] | None = Field(None, description="what is shown; real and created images of each set where absent")


def draw(images, tables, labels, options, seed):
    """The figure.

    Parameters
    ----------
    tables : list of pandas.DataFrame
        One: text columns, and the quantity as numbers, NaN where an image was excluded.
    labels : list of dict
        The series: label, real, where (list of dict: a row belongs to it that has all values of one of them).

    Raises
    ------
    InputError
        The table lacks a column.
    """
    from matplotlib.figure import Figure

    (table,), options = tables, Options(**options)
    wanted = [options.quantity, *filter(None, [options.panels]), *(name for each in labels for part in each["where"] for name in part)]
    for name in wanted:
        if name not in table.columns:
            raise InputError(f"figure of '{options.of}'", f"column '{name}'", "a column of its table", nearest(name, table.columns))
    values = (options.values or list(dict.fromkeys(table[options.panels]))) if options.panels else [""]
    across = min(len(values), PANELS_ACROSS)
    down = -(-len(values) // across)
    size = max(4.5, across * (0.5 + 0.5 * len(labels))), 0.35 + 3.05 * down
    figure = Figure(figsize=size, dpi=DPI, facecolor="white", layout="constrained")
    panels = figure.subplots(down, across, sharey=True, squeeze=False)
    for axes in panels.flat[len(values) :]:
        axes.set_axis_off()
    colours = _colours(labels)
    for axes, value in zip(panels.flat, values, strict=False):
        rows = table[table[options.panels] == value] if value else table
        if options.line is not None:
            axes.axhline(options.line, color="#bbb", linewidth=0.8, zorder=0)
        ticks = []
        for place, (each, colour) in enumerate(zip(labels, colours, strict=True)):
            points = rows.loc[_belongs(rows, each["where"]), options.quantity].dropna().to_numpy(float)
            _draw(axes, place, points, colour)
            ticks.append(f"{each['label']}\nn = {len(points)}")
        axes.set_title(value[:1].upper() + value[1:], fontsize=9, weight="bold")
        axes.set_xticks(range(len(labels)), ticks, fontsize=7)
        axes.set_xlim(-0.6, len(labels) - 0.4)
        axes.tick_params(axis="y", labelsize=7)
        axes.tick_params(axis="x", length=0)
        axes.spines[["top", "right"]].set_visible(False)
    for axes in panels[:, 0]:
        axes.set_ylabel(options.label or options.quantity, fontsize=8)
    figure.supxlabel("Point: one image. Box: median and quartiles; whiskers: up to 1.5 times the box.", fontsize=7, color="#333")
    return figure


def _belongs(rows, conditions):
    """Which rows have all the values of one of several conditions, shape (n,)."""
    chosen = np.zeros(len(rows), bool)
    for condition in conditions:
        all_of_it = np.ones(len(rows), bool)
        for name, wanted in condition.items():
            all_of_it &= rows[name].isin([wanted] if isinstance(wanted, str) else wanted).to_numpy()
        chosen |= all_of_it
    return chosen


def _colours(labels):
    """A grey for each series of real images, a colour for each other."""
    number, colours = {True: 0, False: 0}, []
    for each in labels:
        shades = REAL_SERIES if each["real"] else CREATED_SERIES
        colours.append(shades[number[each["real"]] % len(shades)])
        number[each["real"]] += 1
    return colours


def _draw(axes, place, values, colour):
    """One series at one place of the axis."""
    # Drawn from a seed so that the same table gives the same picture.
    spread = np.random.default_rng(place).uniform(-0.13, 0.13, len(values))
    axes.scatter(place + spread, values, s=5, color=colour, alpha=0.6, linewidths=0, zorder=2)
    if len(values) < FEWEST_FOR_SHAPE or np.ptp(values) == 0:
        return
    shape = axes.violinplot(values, [place], widths=0.85, showextrema=False)
    for body in shape["bodies"]:
        body.set(facecolor=colour, alpha=0.22, edgecolor="none", zorder=1)
    line = {"color": "#111", "linewidth": 0.9}
    style = {"boxprops": line, "whiskerprops": line, "capprops": line, "medianprops": {"color": "#111", "linewidth": 1.6}}
    axes.boxplot(values, positions=[place], widths=0.32, showfliers=False, manage_ticks=False, **style)
