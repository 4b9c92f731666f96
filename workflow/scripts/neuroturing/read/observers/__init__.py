"""Model observers: who sits a reader study before any person does. Their rows are of kind `model`, always.

An observer is a module with

- `Options`, its typed keys (see `config.types.Options`);
- `outputs(images, settings)`: what it makes of each image (uint8, shape (n, height, width)) by itself, shape (n, outputs);
- `fit(seen, is_real, settings, rng)`: learns from outputs and which of them are of real images (bool, shape (n,)); gives a callable that
  takes outputs to decision variables, shape (n,), larger where an image looks more like a real one.

`sitting` has what is common to all of them: which images they learn from, where they set their criterion, and how sure they say they are.
"""

import importlib

from ...registry import Registry

OBSERVERS = Registry(__name__, cho="hotelling:fit", nearest_neighbour="nearest:fit")


def outputs(name, images, settings):
    """What an observer makes of each image, see above."""
    return importlib.import_module(OBSERVERS[name].__module__).outputs(images, settings)
