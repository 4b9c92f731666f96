"""What the answers share: settings in words, and what is called how."""


def words(value):
    """A setting in words: "name value" of a mapping, lists and mappings within it in brackets, nothing of what is not set."""
    if isinstance(value, dict):
        return ", ".join(f"{key} {_inner(part)}" for key, part in value.items() if part not in (None, "", [], {}))
    if isinstance(value, list | tuple):
        return ", ".join(map(_inner, value))
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:g}" if isinstance(value, float) else str(value)


def _inner(value):
    return f"({words(value)})" if isinstance(value, dict) or (isinstance(value, list | tuple) and len(value) > 1) else words(value)


def several(count, name):
    """A number of things: "1 model", "2 models"."""
    return f"{count} {name}{'' if count == 1 else 's'}"


def sentences(parts):
    return " ".join(f"{part}." for part in parts if part)


def is_simulated(known):
    return bool(known.cohort.get("simulate")) and not any(known.cohort.get(key) for key in ("table", "bids", "brats"))


def label(known, dataset, recipe=None):
    data = known.study["data"][dataset]["label"] or dataset
    return data if recipe is None else f"{known.study['trained'][dataset][recipe].get('label') or recipe} on {data} ({dataset})"


def subjects(known, side):
    """Names of the subjects on one side, of all data sets."""
    return set().union(*(images["subjects"][side] for images in known.images.values())) - {""}


def alike(known, describe):
    """What models have: said once for all that agree, with their names."""
    groups = {}
    for (dataset, name), recipe in known.models.items():
        if text := describe((dataset, name), recipe):
            groups.setdefault(text, []).append(label(known, dataset, name))
    return sentences(f"{'; '.join(names)}: {text}" for text, names in groups.items())


def whose(name, key):
    """Who sits a quiz of this name and key: with phases, one reader sits several."""
    return key["reader"].iloc[0] if "phase" in key else name
