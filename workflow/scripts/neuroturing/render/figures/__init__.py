"""Figures, by name.

A figure is a module with `Options`, its typed keys, and `draw(images, tables, labels, options, seed)`, which gives a matplotlib figure:

- images: list of `imageset.ImageSet`, one for each label; empty where the figure shows tables;
- tables: list of pandas.DataFrame, the measurements it shows;
- labels: list of dict, see `config.figures.plan_figure`;
- options: dict of the keys of `Options`.

`panels` alone gives its key as well, and has a script of its own.
"""

from ...registry import Registry

FIGURES = Registry(
    __name__,
    workflow="workflow:draw",
    panels="panels:draw",
    montage="montage:draw",
    applications="applications:draw",
    distributions="distributions:draw",
)
