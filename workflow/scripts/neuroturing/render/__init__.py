"""What people look at: figures, and tables and settings as pages."""

import importlib


def __getattr__(name):
    # Not imported above: whatever makes a page would then depend on every figure.
    if name == "FIGURES":
        return importlib.import_module(f"{__name__}.figures").FIGURES
    raise AttributeError(name)
