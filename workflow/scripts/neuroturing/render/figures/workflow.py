"""The work flow of a generative adversarial network, drawn with a run's own images."""

import numpy as np

from ...config.types import Field, Name, Options
from .chart import arrow, box, canvas, caption, stack
from .palette import CREATED, FAINT, INK, REAL
from .pick import pick_both

WIDTH, HEIGHT = 174.0, 94.0
SHOWN = 3
NOISE_CELLS = 100


class Options(Options):
    """Training images and created ones meet at the discriminator, whose verdict trains both networks."""

    dataset: Name | None = Field(None, description="a name under data; the only one with a model where absent")
    recipe: Name | None = Field(None, description="whose created images are shown; the data set's only one where absent")
    scans: str = Field("Scans", description="what the images are cut from, in bold")
    aligned: str = Field("", description="how they are aligned, below it")
    cut: str = Field("", description="how the images are cut, below 'Real images'")


def draw(images, tables, labels, options, seed):
    """The chart, 174 by 94 mm at 300 dpi, with three real images, of three subjects where there are, and three created ones."""
    options = Options(**options)
    real, created = pick_both(seed, images, SHOWN)
    figure, axes = canvas(WIDTH, HEIGHT)
    stack(axes, real, (60, 52), REAL)
    caption(axes, (76.5, 89.5), "Real images", options.cut, REAL)
    stack(axes, created, (60, 12), CREATED)
    caption(axes, (76.5, 8), "Created images", "", CREATED)
    box(axes, [(8, 58), (44, 58), (44, 77), (8, 77)], options.scans, options.aligned)
    _noise(axes, np.random.default_rng(seed), labels[1].get("latent"))
    box(axes, [(26, 20), (50, 13), (50, 41), (26, 34)], "Generator", "")
    box(axes, [(110, 33), (140, 40), (140, 54), (110, 61)], "Discriminator", "")
    for start, end in (((45, 67.5), (59, 67.5)), ((18.5, 27), (25, 27)), ((51, 27), (59, 27)), ((141, 47), (149, 47))):
        arrow(axes, [start, end])
    arrow(axes, [(94, 67.5), (101, 67.5), (101, 53), (109, 53)], REAL)
    arrow(axes, [(94, 27), (101, 27), (101, 41), (109, 41)], CREATED)
    axes.text(159, 50.6, "real", color=REAL, weight="bold", fontsize=9, ha="center", va="center")
    axes.text(159, 47, "or", color=INK, fontsize=8, ha="center", va="center")
    axes.text(159, 43.4, "created?", color=CREATED, weight="bold", fontsize=9, ha="center", va="center")
    arrow(axes, [(159, 54), (159, 73), (125, 73), (125, 59)], FAINT, dashed=True)
    axes.text(142, 74.5, "learns to tell them apart", color=FAINT, fontsize=7.5, ha="center", va="bottom")
    arrow(axes, [(159, 40), (159, 3), (38, 3), (38, 15.5)], FAINT, dashed=True)
    axes.text(125, 4.5, "learns to be taken for real", color=FAINT, fontsize=7.5, ha="center", va="bottom")
    return figure


def _noise(axes, rng, latent):
    """A column of grey cells, one for each random number that the generator takes, with its name; their number where it is known."""
    noise = rng.uniform(-1, 1, (latent or NOISE_CELLS, 1))
    axes.imshow(noise, cmap="gray", vmin=-1, vmax=1, extent=(14, 17, 13, 41), aspect="auto", interpolation="nearest", zorder=5)
    caption(axes, (15.5, 8), "Noise z", f"{latent} random numbers" if latent else "random numbers", INK)
