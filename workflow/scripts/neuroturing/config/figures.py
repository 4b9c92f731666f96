"""Which files a figure needs and what it calls each: the short forms of a study written out. Read while Snakemake plans: standard library.

A montage names its groups of images in one of these ways:

    groups: real                                    every data set's real images; a recipe's name: those that it created
    groups: {of: wgan, datasets: [t1, t2]}          some data sets; {of: wgan, datasets: {sagittal: Sagittal}} calls them otherwise
    groups: {of: real, datasets: [mixed], each: {contrast: [t1, t2]}}          a group for each value of a label
    groups: {of: fastgan, headings: [A, B], table: {Normal: [A_normal, B_normal], Bilateral: [A_bilateral, B_bilateral]}}
    groups: [{label: T1, dataset: t1, recipe: wgan}, {label: T2, dataset: mixed, where: {contrast: t2}}]          each by itself
"""

from ..errors import InputError, nearest

REAL = "real"
DESCRIPTION = ("figure", "title", "caption")


def plan_figure(name, figure, study, recipes):
    """Everything that a figure's rule needs.

    Parameters
    ----------
    name : str
        The figure's name, for messages.
    figure : dict
        Its block of the study: figure (the kind), title, caption, and the kind's options.
    study : dict
        data (by name: label, where), models (by data set: names, or mappings with recipe and name), sets (of created images: label, where),
        group (name) where there is one.
    recipes : dict of str to str
        What each recipe is called, by its name in `models`.

    Returns
    -------
    dict
        images : list of (dataset, recipe), recipe None for real images, in the order that the script wants their files;
        measures : list of names of measures whose tables it wants;
        labels : list of dict, what the figure calls each of `images`, or each series of a distribution;
        options : dict, the kind's own.

    Raises
    ------
    InputError
        A data set or recipe that the study does not have, or none where it has several.
    """
    where = f"figures.{name}"
    options = {key: value for key, value in figure.items() if key not in DESCRIPTION and value is not None}
    plan = {"images": [], "measures": [], "labels": [], "options": options}
    if "of" in options:
        group = study.get("group") or {}
        if not options.get("panels"):
            options |= {"panels": group.get("name", ""), "values": options.get("values") or group.get("values", [])}
        return plan | {"measures": [options["of"]], "labels": expand_series(options, study)}
    if "groups" in options:
        groups = expand_groups(options["groups"], study, recipes, where)
    else:
        groups = _model_groups(options, study, recipes, where)
    if figure["figure"] == "workflow":
        trained = study.get("trained", {})
        groups = [group | {"latent": trained.get(group["dataset"], {}).get(group["recipe"], {}).get("latent")} for group in groups]
    return plan | {"images": [(group["dataset"], group["recipe"]) for group in groups], "labels": groups}


def expand_groups(groups, study, recipes, where="figures"):
    """Groups of images, written out.

    Parameters
    ----------
    groups : str, dict or list of dict
        As in the head of this module.
    study, recipes : dict
        As in `plan_figure`.
    where : str
        The key of the configuration, for messages.

    Returns
    -------
    list of dict
        label (what the group is called), kind ("Real", or what the recipe is called), dataset, recipe (None: real), where (labels that its
        images have), row and column (its place in a table: the line's name, or empty, and a number).
    """
    if isinstance(groups, list):
        return [_group(study, recipes, where, **_present(group)) for group in groups]
    form = {"of": groups} if isinstance(groups, str) else _present(groups)
    recipe = None if form["of"] == REAL else form["of"]
    if form.get("table"):
        return _table(form, recipe, study, recipes, where)
    datasets = form.get("datasets") or [name for name in study["data"] if recipe is None or recipe in _names(study, name)]
    if not datasets:
        known = dict.fromkeys(name for dataset in study["models"] for name in _names(study, dataset))
        raise InputError(f"{where}.groups", recipe, "'real' or a recipe of the study's models", nearest(recipe, [REAL, *known]))
    labels = datasets if isinstance(datasets, dict) else dict.fromkeys(datasets)
    return [
        _group(study, recipes, where, dataset, recipe, label=value_label or label, where=(form.get("where") or {}) | value)
        for dataset, label in labels.items()
        for value, value_label in _each(form.get("each"))
    ]


def _table(form, recipe, study, recipes, where):
    """Groups that stand in lines and columns, line by line."""
    first = next(iter(form["table"].values()))
    headings = form.get("headings") or [None] * len(first)
    for row, datasets in form["table"].items():
        if len(datasets) != len(headings):
            found, expected = f"{len(datasets)} data sets in line '{row}'", f"{len(headings)}, one for each column"
            raise InputError(f"{where}.groups.table", found, expected, "every line has as many data sets as there are headings")
    return [
        _group(study, recipes, where, dataset, recipe, heading, form.get("where"), (row, column))
        for row, datasets in form["table"].items()
        for column, (dataset, heading) in enumerate(zip(datasets, headings, strict=True))
    ]


def expand_series(options, study):
    """The series of a distribution: those that are named, or real images as each data set has them, and every set of created images.

    Returns
    -------
    list of dict
        label; real (whether it is of real images); where: list of dict, a row of the table belongs to the series where it has all values of
        one of them.
    """
    group = (study.get("group") or {}).get("name", "group")
    if options.get("series"):
        return [
            {"label": each["label"], "real": each["where"].get("source") == REAL, "where": [_in_table(each["where"], group)]}
            for each in options["series"]
        ]
    trained = {entry["dataset"] for entry in study["sets"]}
    wheres = {}
    for name, dataset in study["data"].items():
        if name in trained:
            condition = {"source": REAL} | _in_table(dataset.get("where") or {}, group)
            wheres.setdefault(dataset.get("label") or name, []).append(condition)
    alike = {}
    for label, conditions in wheres.items():
        alike.setdefault(repr(conditions), []).append(label)
    real = [
        {"label": "Real" if len(alike) == 1 else f"Real,\nas {', '.join(labels)}", "real": True, "where": wheres[labels[0]]}
        for labels in alike.values()
    ]
    sets = dict.fromkeys(entry["label"] for entry in study["sets"])
    return real + [{"label": f"Created,\n{label}", "real": False, "where": [{"source": label}]} for label in sets]


def _in_table(where, group):
    """Labels as the measurements' table calls them."""
    return {group if name == "group" else name: value for name, value in where.items()}


def _model_groups(options, study, recipes, where):
    """The real images of a figure's data set, then the images of each of its recipes; the study's only ones where it names none."""
    datasets = [name for name in study["data"] if _names(study, name)]
    dataset = options.get("dataset") or _only(datasets, f"{where}.dataset", "data set")
    wanted = options.get("recipes") or [options.get("recipe") or _only(_names(study, dataset), f"{where}.recipe", "recipe")]
    return [_group(study, recipes, where, dataset, recipe) for recipe in (None, *wanted)]


def _only(names, where, kind):
    if len(names) != 1:
        found = f"none named, and {len(names)} to choose from"
        raise InputError(where, found, f"a {kind} with a model: {', '.join(names) or 'the study has none'}", "name one")
    return names[0]


def _group(study, recipes, key, dataset, recipe=None, label=None, where=None, place=("", 0)):
    """One group, its data set and recipe checked."""
    if dataset not in study["data"]:
        raise InputError(key, f"data set '{dataset}'", "one of the study's data", nearest(dataset, study["data"]))
    names = _names(study, dataset)
    if recipe is not None and recipe not in names:
        raise InputError(
            key, f"recipe '{recipe}' on '{dataset}'", "a model of the study", nearest(recipe, names) if names else "it has none"
        )
    label = label or study["data"][dataset].get("label") or dataset
    kind = "Real" if recipe is None else recipes.get(recipe, recipe)
    return {"label": label, "kind": kind, "dataset": dataset, "recipe": recipe, "where": where or {}, "row": place[0], "column": place[1]}


def _each(each):
    """Conditions and their labels of a split by one label's values; one empty condition without."""
    if not each:
        return [({}, None)]
    ((name, values),) = each.items()
    labels = values if isinstance(values, dict) else {value: value for value in values}
    return [({name: value}, label) for value, label in labels.items()]


def _present(mapping):
    """A mapping without the keys that say nothing, as a typed model fills them in."""
    return {key: value for key, value in mapping.items() if value is not None}


def _names(study, dataset):
    """Names of a data set's models."""
    entries = study["models"].get(dataset) or []
    return [entry if isinstance(entry, str) else entry.get("name") or entry["recipe"] for entry in entries]
