"""What created images are for, drawn with a run's own images."""

from ...config.types import Field, Name, Options
from .chart import arrow, box, canvas, caption, stack
from .palette import CREATED, FAINT, FRAME, INK, REAL
from .pick import pick_both

WIDTH, HEIGHT = 174.0, 78.0


class Options(Options):
    """A GAN learns from real images; what it creates goes to data augmentation and to the training of physicians."""

    dataset: Name | None = Field(None, description="a name under data; the only one with a model where absent")
    recipe: Name | None = Field(None, description="whose created images are shown; the data set's only one where absent")


def draw(images, tables, labels, options, seed):
    """The chart, 174 by 78 mm at 300 dpi, with three real images, of three subjects where there are, and three created ones."""
    Options(**options)
    real, created = pick_both(seed, images, 3)
    figure, axes = canvas(WIDTH, HEIGHT)
    for i in range(3):
        stack(axes, real[i : i + 1], (6, 53.5 - 21.5 * i), REAL, side=20)
        stack(axes, created[i : i + 1], (67, 53.5 - 21.5 * i), CREATED, side=20)
    caption(axes, (16, 6.5), "Real images", "", REAL)
    caption(axes, (77, 6.5), "Created images", "", CREATED)
    box(axes, [(36, 36), (57, 29), (57, 55), (36, 48)], "GAN", "")
    arrow(axes, [(27, 42), (35, 42)])
    arrow(axes, [(58, 42), (66, 42)])
    _application(axes, 40, "1  Data augmentation", "for better diagnostic accuracy", "Classifier")
    stack(axes, real[:1], (104, 43), REAL, side=17)
    axes.text(124, 51.5, "+", color=INK, weight="bold", fontsize=12, ha="center", va="center")
    stack(axes, created[:1], (127, 43), CREATED, side=17)
    _application(axes, 2, "2  Physician training", "to prevent misdiagnosis", "Physician")
    stack(axes, created[1:2], (104, 5), CREATED, side=17)
    stack(axes, created[2:], (127, 5), CREATED, side=17)
    arrow(axes, [(88, 46), (93, 46), (93, 57), (100, 57)], CREATED)
    arrow(axes, [(88, 38), (93, 38), (93, 19), (100, 19)], CREATED)
    return figure


def _application(axes, bottom, title, detail, name):
    """A framed panel from `bottom` (mm) up: its title and purpose, and who learns from the pictures in it."""
    from matplotlib.patches import FancyBboxPatch

    style = {"boxstyle": "round,pad=0,rounding_size=1.5", "facecolor": "none", "edgecolor": FRAME, "linewidth": 0.8}
    axes.add_patch(FancyBboxPatch((101, bottom), 71, 35, **style))
    axes.text(104, bottom + 31, title, color=INK, weight="bold", fontsize=9, va="center")
    axes.text(104, bottom + 26.5, detail, color=FAINT, fontsize=7.5, va="center")
    arrow(axes, [(145, bottom + 12), (148.5, bottom + 12)])
    edges = bottom + 7, bottom + 17
    box(axes, [(149.5, edges[0]), (170, edges[0]), (170, edges[1]), (149.5, edges[1])], name, "")
