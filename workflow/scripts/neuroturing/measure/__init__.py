"""What is measured of images, and how real and created images compare.

A measure is a module with

- `Options`, its typed keys (see `config.types.Options`);
- `QUANTITIES`, what it measures, written out as a dict: name to description with unit, in the order of the columns; a name that ends in
  `_ratio` is a ratio of two sides, 1 where they are alike, and its size is compared whatever its side;
- `measure(real, created, settings, seed)`: a data frame with a row for each image, those of `real` first, then those of each set of
  `created`, and the columns of `QUANTITIES` and `note`. An image that cannot be measured keeps its row: values empty, the note begins with
  "excluded";
- `check_real(images, settings)`: raises InputError where real images cannot be measured, before anything is trained on them.

Real and created images come as `imageset.ImageSet`, one path to 8 bits behind both. A measure reads labels, and writes none.
"""

import importlib

from ..registry import Registry

MEASURES = Registry(__name__, perfusion="perfusion:measure", intensity="intensity:measure")


def quantities(name):
    """What a measure measures: name to description with unit."""
    return importlib.import_module(MEASURES[name].__module__).QUANTITIES


def check_real(name, images, settings):
    """Raise InputError where a measure cannot measure real images; `settings` as for the measure itself."""
    importlib.import_module(MEASURES[name].__module__).check_real(images, settings)
