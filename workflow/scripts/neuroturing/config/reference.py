"""The key reference, config/README.md, made from the typed model: `python -m neuroturing.config.reference` prints it."""

from pathlib import Path
from typing import get_args

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from pydantic_core import PydanticUndefined

from . import model


def rows(options, prefix=""):
    """Key, meaning, range and default of every field of a model, nested ones after their parent.

    Returns
    -------
    list of (str, str, str, str)
    """
    found = []
    for name, field in options.model_fields.items():
        found.append((f"{prefix}{name}", field.description or "", _range(field), _default(field)))
        inner = model.models_in(field.annotation)
        for nested in inner:
            found += rows(nested, f"{prefix}{name}.")
    return found


def _range(field):
    """What values a field may have, in words."""
    parts = [] if model.models_in(field.annotation) else [_type(field.annotation)]
    for item in field.metadata:
        for sign, key in (("> ", "gt"), (">= ", "ge"), ("< ", "lt"), ("<= ", "le")):
            if getattr(item, key, None) is not None:
                parts.append(f"{sign}{getattr(item, key):g}")
        if getattr(item, "min_length", None) is not None and getattr(item, "max_length", None) == item.min_length:
            parts.append(f"{item.min_length} of them")
    return ", ".join(part for part in parts if part)


def _type(annotation):
    names = {int: "whole number", float: "number", str: "text", bool: "true or false", dict: "block", type(None): ""}
    if annotation in names:
        return names[annotation]
    arguments = get_args(annotation)
    origin = getattr(annotation, "__origin__", None)
    if str(origin) == "typing.Literal" or str(annotation).startswith("typing.Literal"):
        return " or ".join(map(str, arguments))
    if origin is list:
        return f"list of {_type(arguments[0])}" if arguments else "list"
    if origin is dict:
        return "by name"
    inner = [_type(part) for part in arguments if isinstance(part, type) or get_args(part)]
    return " or ".join(dict.fromkeys(part for part in inner if part))


def _default(field):
    if field.default is PydanticUndefined and field.default_factory is None:
        return "needed"
    value = field.get_default(call_default_factory=True)
    if value is None or value == "" or isinstance(value, model.Options):
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)


def registries():
    """Every entry of every registry that has typed keys, by what a block chooses it with.

    Returns
    -------
    list of (str, list of (str, list of rows))
    """
    from phantom import PHANTOMS

    from ..cut import CUTS
    from ..gan.algorithms import ALGORITHMS
    from ..measure import MEASURES
    from ..read.observers import OBSERVERS
    from ..render.figures import FIGURES

    kinds = {
        "`cuts.<name>`, by `rule`": CUTS,
        "`recipes/<name>.yaml`, by `algorithm`": ALGORITHMS,
        "`measures.<name>`, by `measure`": MEASURES,
        "`figures.<name>`, by `figure` (and `title`, `caption`)": FIGURES,
        "`reader_study.observers`, by `observer`": OBSERVERS,
        "`cohorts.<name>.simulate`, by `phantom`": PHANTOMS,
    }
    return [
        (title, [(name, rows(registry.options(name)) if registry.options(name) else []) for name in registry])
        for title, registry in kinds.items()
    ]


def reference():
    """The text of config/README.md."""
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent), undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters["cell"] = lambda text: str(text).replace("|", "\\|").replace("\n", " ")
    template = environment.get_template("reference.md.j2")
    return template.render(settings=rows(model.Settings), study=rows(model.Study), registries=registries()) + "\n"


if __name__ == "__main__":
    print(reference(), end="")
