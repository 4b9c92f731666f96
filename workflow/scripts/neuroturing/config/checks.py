"""That nothing that a study writes or shows bears the name of something else. Read while Snakemake plans: standard library."""

from ..errors import InputError

AGAIN = "~"  # before the number of a recipe's second training, and in no name that a user gives
RESERVED = (
    *("training_set", "judgements", "reading", "mrmc", "sizing", "blinding", "audit", "checklist", "settings", "contact_sheet"),
    *("realism", "measures", "copying", "copying_images", "use", "summary"),
)


def check_path(where, path):
    """Raise InputError for a path with braces: Snakemake would put the value of a wildcard there."""
    if "{" in str(path) or "}" in str(path):
        raise InputError(where, path, "a path without { and }", "rename the file or folder: braces mean something else to Snakemake")


def check_outputs(study, file):
    """Raise InputError where two outputs of a study would be one file; some file systems do not tell capitals apart."""
    taken = {name: "an output of every study" for name in RESERVED}
    keys = {f"{name}_key": f"the key of {name}" for name, figure in study["figures"].items() if figure["figure"] == "panels"}
    for part in ("tables", "figures", "measures", "comparisons"):
        for name in study[part]:
            other = keys.get(name.casefold()) or taken.get(name.casefold())
            if other:
                raise InputError(f"{file}: {part}.{name}", f"'{name}' is also {other}", "a name of its own", "rename one of them")
            taken[name.casefold()] = f"under {part}" if name.islower() else f"'{name}' under {part}"


def check_labels(study, file, sets):
    """Raise InputError where tables would call two sets of created images alike.

    Sets that are measured are told apart by label and group, those that readers judge by label, size and recipe. Sets of one label and
    different groups are what a comparison's row is made of.

    Parameters
    ----------
    study : dict
    file : str
    sets : list of dict
        Every set of created images: dataset, recipe, label, where (see `plan.created_sets`).
    """
    for number, one in enumerate(sets):
        for other in sets[:number]:
            if study["measures"] and one["label"] == other["label"] and _meet(one["where"].get("group"), other["where"].get("group")):
                _refuse(file, one["dataset"], other["dataset"], one["label"])
    seen = {}
    for dataset, recipe in _judged(study):
        data = study["data"][dataset]
        size = study["cuts"].get(data["cut"], {}).get("size", data["cut"])
        recipe_label = study["trained"].get(dataset, {}).get(recipe, {}).get("label") or recipe
        other = seen.setdefault((data["label"] or dataset, size, recipe_label), (dataset, recipe))
        if other != (dataset, recipe):
            _refuse(file, "/".join((dataset, recipe)), "/".join(other), f"{data['label'] or dataset}, {recipe_label}")


def _judged(study):
    """Data set and recipe of every block of a reader study."""
    reading = study["reader_study"] or {}
    blocks = [block for part in (reading, *reading.get("phases", {}).values()) for block in part.get("blocks", [])]
    every = [(dataset, recipe) for dataset, recipes in study["trained"].items() for recipe in recipes if AGAIN not in recipe]
    return [pair for block in blocks for pair in (every if block["every"] else [(block["dataset"], block["recipe"])])]


def _meet(one, other):
    """Whether two conditions on a label can hold of one image."""
    one, other = ({values} if isinstance(values, str) else values and set(values) for values in (one, other))
    return not one or not other or bool(one & other)


def _refuse(file, one, other, label):
    found = f"{other} and {one}, both called '{label}'"
    raise InputError(f"{file}: data", found, "labels that tell sets of created images apart", "give one of them another label")
