"""What a study and its recipes are set to, and why, as a page: the value of each key in this run, whose it is, and where it comes from."""

import json
from pathlib import Path

from ..config.merge import DEMO, PAPER
from ..config.stated import Setting, look_up, read_settings
from .page import write_html

# What a file says for people, not settings.
WORDS = ("title", "caption", "citation", "label", "published_title")
PRESENTATION = ("tables", "figures")
# Names by which a study's parts refer to each other and to files: shown where a source is given.
REFERENCES = ("cohort", "contrasts", "cut", "of", "published")
FILE, SIZE, STUDY, OWN = "file", "demo", "study", "own"


def write_page(path, title, study, recipes, resolved, size, override):
    """Write the page.

    Parameters
    ----------
    path : path
    title : str
        The study's.
    study, recipes : path, list of path
        Files with the comments.
    resolved : dict
        The study as it was run, see `plan.load`; `trained` holds each model's recipe by data set and name.
    size : str
        demo or paper.
    override : dict
        study, recipes: what the user's configuration puts in place of theirs.
    """
    values = resolved | {
        "models": {name: [_short(model, "recipe") for model in models] for name, models in resolved.get("models", {}).items()}
    }
    if readers := resolved.get("reader_study"):
        observers = [_short(observer, "observer") for observer in readers.get("observers", [])]
        values |= {"reader_study": readers | {"observers": observers}}
    sections = [("Study", Path(study).name, _study_rows(study, values, size, override.get("study", {})))]
    for file in recipes:
        name = Path(file).stem
        sections.append((f"Recipe {name}", Path(file).name, _recipe_rows(file, resolved, size, override.get("recipes", {}).get(name, {}))))
    write_html(path, "settings_page.html.j2", title=f"{title}: settings, and where they come from", sections=sections, size=size)


def _short(entry, key):
    """A model, or an observer, as a study writes it: the name of its recipe, or its kind, where it says nothing else."""
    said = {name: value for name, value in entry.items() if value is not None}
    return said[key] if list(said) == [key] else said


def _study_rows(file, values, size, override):
    settings = read_settings(file)
    rows = []
    for key, setting in settings.items():
        if _is_for_people(key, setting):
            continue
        value, expected = look_up(values, key), _expected(setting, size)
        if value is Setting.absent and expected is Setting.absent:
            continue
        own = look_up(override, key) is not Setting.absent or not _agree(key, value, expected)
        rows.append(_row(key, setting, _words(value), OWN if own else _whose(setting, size), size))
    return rows + [_row(key, Setting(), _words(value), OWN, size) for key, value in _leaves(override) if key not in settings]


def _recipe_rows(file, resolved, size, override):
    models = {
        f"{dataset}, {name}": recipe
        for dataset, trained in resolved.get("trained", {}).items()
        for name, recipe in trained.items()
        if recipe.get("file") and Path(recipe["file"]) == Path(file)
    }
    rows = []
    for key, setting in read_settings(file).items():
        expected = _expected(setting, size)
        found = {name: look_up(recipe, key) for name, recipe in models.items()}
        if _is_for_people(key, setting) or (expected is Setting.absent and all(value is Setting.absent for value in found.values())):
            continue
        agree = [_agree(key, value, expected) for value in found.values()]
        whose = OWN if look_up(override, key) is not Setting.absent else _whose(setting, size) if all(agree) else STUDY
        rows.append(_row(key, setting, _words_of(found), whose, size))
    return rows


def _is_for_people(key, setting):
    """Whether a key holds words for the report, or says where things stand in it, and so has no source."""
    first, last = key.split(".")[0], key.split(".")[-1]
    return last in WORDS or (not setting.stated and (first in PRESENTATION or last in REFERENCES))


def _expected(setting, size):
    """What a file alone would give."""
    return setting.demo if size == DEMO and setting.demo is not Setting.absent else setting.value


def _whose(setting, size):
    return SIZE if size == DEMO and setting.demo is not Setting.absent else FILE


def _agree(key, value, expected):
    """Whether a run's value is that of the file; the types of numbers, and the folder that paths are taken from, do not count."""
    if expected is None or expected is Setting.absent:
        return value is None or value is Setting.absent
    if value is Setting.absent:
        return False
    if isinstance(value, str) and isinstance(expected, str) and key.split(".")[-1] in ("published", "images", "labels"):
        return Path(value).name == Path(expected).name
    return _plain(value) == _plain(expected)


def _plain(value):
    """A value with every number as float, and without keys that say nothing."""
    if isinstance(value, dict):
        return {str(key): _plain(part) for key, part in value.items() if part is not None}
    if isinstance(value, list | tuple):
        return [_plain(part) for part in value]
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


def _leaves(tree, keys=()):
    """Dotted keys and values of a tree of settings."""
    for key, value in tree.items():
        if isinstance(value, dict) and value:
            yield from _leaves(value, (*keys, str(key)))
        else:
            yield ".".join((*keys, str(key))), value


def _row(key, setting, value, whose, size):
    """One line of the page; the published value is told where the run has another."""
    published = "" if whose == FILE or setting.value is Setting.absent else _words(setting.value)
    return {
        "key": key,
        "value": value,
        "published": published if published != value else "",
        "whose": whose,
        "stated": setting.sentence if size == PAPER else setting.stated,
    }


def _words_of(found):
    """The values of one key in several models: once where they agree, with the models' names where not."""
    groups = {}
    for name, value in found.items():
        groups.setdefault(_words(value), []).append(name)
    return next(iter(groups), "–") if len(groups) < 2 else "; ".join(f"{value} ({'; '.join(names)})" for value, names in groups.items())


def _words(value):
    """A value as YAML would have it on one line; a dash where there is none."""
    if value is None or value is Setting.absent:
        return "–"
    if isinstance(value, str):
        return value
    if isinstance(value, float) and not isinstance(value, bool):
        return f"{value:.10g}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_words, value))}]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {_words(part)}" for key, part in value.items() if part is not None) + "}"
    return json.dumps(value)
