"""What can be chosen by name: each registry is a line for each entry, read without importing it.

Snakemake plans in a Python that has neither NumPy nor TensorFlow, so an entry is imported only when it is used, and its `Options`, the
typed keys of its block of the configuration, are read from its source.
"""

import ast
import functools
import importlib
from pathlib import Path

from .errors import InputError

SCRIPTS = Path(__file__).resolve().parents[1]


class Registry:
    """Entries by name.

    Parameters
    ----------
    package : str
        Dotted name of the package that holds the entries' modules: `__name__` of the caller.
    **entries : str
        "module:object" by name, the module relative to the package.
    """

    def __init__(self, package, **entries):
        self.package, self.entries = package, entries

    def __iter__(self):
        return iter(self.entries)

    def __contains__(self, name):
        return isinstance(name, str) and name in self.entries

    def __getitem__(self, name):
        """Import an entry."""
        module, _, attribute = self.entries[name].partition(":")
        return getattr(importlib.import_module(f"{self.package}.{module}"), attribute)

    def source(self, name):
        """File of an entry's module."""
        parts = self.package.split(".") + self.entries[name].partition(":")[0].split(".")
        return SCRIPTS.joinpath(*parts).with_suffix(".py")

    def options(self, name):
        """The entry's `Options` (see `config.types.Options`), or None where it has none; the module is not run."""
        return _options(self.source(name), f"{self.package}.{name}")

    def names(self, entry, constant):
        """Keys of a dict that an entry's module states at its top, such as QUANTITIES; the module is not run."""
        for node in ast.parse(self.source(entry).read_text(encoding="utf-8")).body:
            targets = getattr(node, "targets", [getattr(node, "target", None)])
            if any(isinstance(target, ast.Name) and target.id == constant for target in targets) and isinstance(node.value, ast.Dict):
                return [ast.literal_eval(key) for key in node.value.keys]
        raise InputError(self.source(entry), f"no {constant}", "a dict written out in braces", "see the package's docstring")


@functools.cache
def _options(source, name):
    from .config import types

    tree = ast.parse(source.read_text(encoding="utf-8"))
    found = [node for node in tree.body if isinstance(node, ast.ClassDef) and node.name == "Options"]
    if not found:
        return None
    namespace = dict(vars(types), __name__=name)
    exec(compile(ast.Module(found, []), str(source), "exec"), namespace)
    return namespace["Options"]
