"""Power by readers and images as curves: a panel for each aim, a row of panels for each source of variances."""

from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from ..read.across import CHANCE
from ..read.planning import PAIR_AIM
from .figures.palette import CREATED_SERIES, FAINT, FRAME, INK

DPI = 200
SOURCE = ("source", "dataset", "pilot")
WANTED = 0.8
MARKERS = ("o", "D")  # what holds for one reader alone is no point of a curve about readers


def draw(rows, datasets):
    """The figure.

    Parameters
    ----------
    rows : list of dict
        From `planning.sizing`.
    datasets : dict of str to str
        What each data set is called.

    Returns
    -------
    matplotlib.figure.Figure
    """
    sources = list(dict.fromkeys(tuple(row.get(name, "") for name in SOURCE) for row in rows))
    aims = list(dict.fromkeys(row["aim"] for row in rows))
    numbers = sorted({row["cases"] for row in rows})
    curves = [number for number in numbers if len({row["readers"] for row in rows if row["cases"] == number}) > 1]
    colours = dict.fromkeys(numbers, INK) | dict(zip(curves, CREATED_SERIES, strict=False))
    figure = Figure(figsize=(8.2, 0.7 + 2.6 * len(sources)), dpi=DPI, facecolor="white", layout="constrained")
    panels = figure.subplots(len(sources), len(aims), sharex=True, sharey=True, squeeze=False)
    for line, source in zip(panels, sources, strict=True):
        for axes, aim in zip(line, aims, strict=True):
            part = [row for row in rows if row["aim"] == aim and tuple(row.get(name, "") for name in SOURCE) == source]
            if part:
                _panel(axes, part, curves, colours)
                _name(axes, part[0])
            else:
                axes.set_axis_off()
        _, dataset, pilot = source
        line[0].set_ylabel("power", fontsize=8)
        told = f"Variances of {pilot}: {datasets.get(dataset, dataset)}" if pilot else "Variances assumed, before anyone answers"
        line[0].set_title(told, fontsize=9, weight="bold", loc="left", pad=36)
    for axes in panels[-1]:
        axes.set_xlabel("readers", fontsize=8)
    marks = [Line2D([], [], color=colours[number], marker="o", markersize=3, label=f"{number} images") for number in curves]
    own = sorted({(row["readers"], row["cases"]) for row in rows if row["this_study"]})
    if own:
        sizes = "; ".join(f"{readers} reader{'s' * (readers > 1)}, {cases} images" for readers, cases in own)
        ring = {"marker": MARKERS[own[0][0] == 1], "markersize": 8, "markerfacecolor": "none", "markeredgecolor": INK, "linestyle": ""}
        alone = " (of this reader alone)" if own[0][0] == 1 else ""
        marks.append(Line2D([], [], **ring, label=f"this study: {sizes}{alone}"))
    figure.legend(handles=marks, loc="outside lower center", ncols=len(marks), fontsize=7.5, frameon=False)
    return figure


def _panel(axes, rows, curves, colours):
    """One aim's curves, and this study's own sizes as rings."""
    axes.axhline(WANTED, color=FRAME, linewidth=0.8, zorder=0)
    for number in curves:
        points = sorted((row["readers"], row["power"]) for row in rows if row["cases"] == number and row["random"] == "RRRC")
        axes.plot(*zip(*points, strict=True), color=colours[number], marker="o", markersize=2.5, linewidth=1.2, zorder=2)
    for row in rows:
        if row["this_study"]:
            marker = MARKERS[row["readers"] == 1]
            axes.scatter(row["readers"], row["power"], s=9, marker=marker, color=colours[row["cases"]], zorder=3)
            axes.scatter(row["readers"], row["power"], s=70, marker=marker, facecolor="none", edgecolor=INK, linewidth=1, zorder=3)
    axes.set(ylim=(0, 1.03), xlim=(0, None))
    axes.tick_params(labelsize=7)
    axes.spines[["top", "right"]].set_visible(False)


def _name(axes, row):
    """What a panel's power is for."""
    what = {"accuracy": "accuracy", "auc": "AUC"}[row["endpoint"]]
    truth = f"{what} {CHANCE + row['effect']:g}"
    truth += f", margin {row['margin']:g}" if row["margin"] else f" and {CHANCE:g}" if row["aim"] == PAIR_AIM else ""
    axes.text(0, 1.14, row["aim"].capitalize(), transform=axes.transAxes, fontsize=8.5, color=INK)
    axes.text(0, 1.05, truth, transform=axes.transAxes, fontsize=7.5, color=FAINT)
