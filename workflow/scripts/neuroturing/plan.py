"""What a run consists of, settled before anything runs: settings, studies, recipes and cohorts, merged and checked.

Snakemake's rules ask this module alone. Standard library and what Snakemake itself installs (PyYAML, pydantic).
"""

import os
from pathlib import Path

from .align import FOLDERS
from .cohort import read_cohort
from .cohort.pseudonyms import under_pseudonyms
from .cohort.split import HELD_OUT
from .config import model
from .config.checks import AGAIN, check_labels, check_outputs, check_path
from .config.figures import plan_figure
from .config.merge import at_size, merged, nearest_key, read_yaml
from .cut import CUTS
from .cut.files import check_folder
from .errors import InputError, nearest
from .gan.algorithms import ALGORITHMS
from .measure import MEASURES
from .read.observers import OBSERVERS
from .render.figures import FIGURES

REGISTRIES = (CUTS, ALGORITHMS, MEASURES, FIGURES, OBSERVERS)
RENAMED = {
    "recipes": "override: {recipes: {<recipe>: {...}}}, or a file under recipes/",
    "table": "table: cohort.tsv",
    "brats_table": "table: cases.tsv",
    "spect_table": "table: scans.tsv",
    "brats_folder": "brats: folder",
    "simulate_glioma": "simulate: {phantom: glioma, ...}",
    "simulate_spect": "simulate: {phantom: spect, ...}",
}
# Files of a study that may lie beside its study.yaml.
BESIDE = {"notes": "notes.html.j2", "sums": "sums.tsv"}
SEED_STEP = 1_000_003  # between the seeds of two trainings of one model


def load(root, user, where, phantoms=None, imported=None):
    """Settle everything.

    Parameters
    ----------
    root : path
        Folder of config.yaml, studies/ and recipes/.
    user : dict
        What the user's own files and --config say.
    where : str
        The file to name in messages about them.
    phantoms : Registry, optional
        Simulated cohorts, whose settings are checked.
    imported : dict, optional
        What a workflow that imports this one says, such as a whole config.yaml with its `demo:` blocks.

    Returns
    -------
    dict
        The settings; `studies` by name, each as `model.Study` has it, with `folder`, `notes`, `sums`, `observers` (see `_observers`) and
        `trained` (see `_models`).

    Raises
    ------
    InputError
    """
    root = Path(root)
    layers = [read_yaml(root / "config.yaml"), imported or {}, user]
    for layer in layers[1:]:
        _check_renamed(layer, where)
    size = merged(*layers)["size"]
    settings = model.check(model.Settings, merged(*(at_size(layer, size) for layer in layers[:2]), user), where)
    folders = _study_folders(root, settings["studies"], where)
    for part in ("override", "readers"):
        known = [*folders, *(["recipes"] if part == "override" else [])]
        for name in settings[part]:
            # What is said of a study that does not run this time may stay.
            if name not in known and not os.path.isfile(root / "studies" / name / "study.yaml"):
                raise InputError(f"{where}: {part}", f"'{name}'", f"one of {', '.join(known)}", nearest_key(name, known))
    settings["studies"] = {name: _load_study(root, name, folder, settings) for name, folder in folders.items()}
    for name, cohort in settings["cohorts"].items():
        settings["cohorts"][name] = cohort | {"simulate": _simulation(f"{where}: cohorts.{name}", cohort, phantoms)}
    for study in settings["studies"].values():
        if study["cohort"] and study["cohort"] not in settings["cohorts"]:
            raise InputError(
                study["file"], f"cohort {study['cohort']}", "a name under cohorts", nearest(study["cohort"], settings["cohorts"])
            )
        if settings["pseudonyms"] and study["cohort"] and any(cut["rule"] == "images" for cut in study["cuts"].values()):
            found, hint = f"study {study['name']}, whose scans and imported images may be of the same subjects", "put them in two studies"
            raise InputError(f"{where}: pseudonyms", found, "scans of a cohort, or imported images", hint)
    return settings


def _check_renamed(user, where):
    """Tell the keys of an earlier version's configuration what they are called now."""
    if isinstance(user.get("studies"), dict):
        name = next(iter(user["studies"]), "name")
        hint = f"studies: [{name}, ...] says which run; what a study does goes under override: {{{name}: {{...}}}}"
        raise InputError(f"{where}: studies", "a study's settings, as in an earlier version", "a list of names", hint)
    if "recipes" in user:
        raise InputError(f"{where}: recipes", "recipes, as in an earlier version", "no such key", RENAMED["recipes"])
    cohorts = user.get("cohorts")
    for name, cohort in cohorts.items() if isinstance(cohorts, dict) else ():
        for key in cohort if isinstance(cohort, dict) else ():
            if key in RENAMED and key != "table":
                raise InputError(
                    f"{where}: cohorts.{name}", f"{key}, as in an earlier version", "the keys of config/README.md", RENAMED[key]
                )


def _study_folders(root, names, where):
    """Folder of each study by its name: under studies/, or wherever a path leads."""
    folders = {}
    for text in names:
        try:
            path = Path(text).expanduser()
            folder = root / "studies" / text if path.name == text else path
        except RuntimeError as error:
            raise InputError(f"{where}: studies", f"'{text}' ({error})", "a study's folder", "write its path in full") from error
        if not os.path.isdir(folder):
            known = sorted(path.parent.name for path in (root / "studies").glob("*/study.yaml"))
            raise InputError(f"{where}: studies", f"no folder {folder}", "a study's folder", nearest(text, known))
        check_path(f"{where}: studies", folder)
        name = folder.resolve().name
        twin = next((other for other in folders if other.casefold() == name.casefold()), None)
        if twin:
            raise InputError(
                f"{where}: studies", f"two studies named '{name}': {folders[twin]}, {folder}", "a name for each", "rename a folder"
            )
        try:
            model.check(_Named, {"name": name}, folder)
        except InputError as error:
            raise InputError(folder, f"a study named '{name}'", "letters, digits, _ and -", "rename its folder: it names files") from error
        folders[name] = folder
    return folders


class _Named(model.Options):
    name: model.Name


def _load_study(root, name, folder, settings):
    file = folder / "study.yaml"
    if not os.path.isfile(file):
        raise InputError(folder, "no study.yaml", "a study's folder", "studies/README.md shows how to write one")
    content = merged(at_size(read_yaml(file), settings["size"]), settings["override"].get(name, {}))
    if name in settings["readers"] and content.get("reader_study"):
        readers, groups = settings["readers"][name], content["reader_study"].get("groups", {})
        kept = {reader: group for reader, group in groups.items() if reader in readers}
        content["reader_study"] = content["reader_study"] | {"readers": readers, "groups": kept}
    study = model.check(model.Study, content, file)
    beside = {part: folder / named for part, named in BESIDE.items()}
    study |= {"name": name, "file": str(file), "folder": str(folder)}
    study |= {part: [str(path)] if path.is_file() else [] for part, path in beside.items()}
    for cut, block in study["cuts"].items():
        study["cuts"][cut] = _chosen(f"{file}: cuts.{cut}", block, "rule", CUTS)
        for key in ("images", "labels"):
            _place(study["cuts"][cut], key, folder, f"{file}: cuts.{cut}")
    for part, registry, key in (("measures", MEASURES, "measure"), ("figures", FIGURES, "figure")):
        for entry, block in study[part].items():
            study[part][entry] = _chosen(f"{file}: {part}.{entry}", block, key, registry, ("title", "caption"))
    for part in ("tables", "comparisons"):
        for entry, block in study[part].items():
            _place(block, "published", folder, f"{file}: {part}.{entry}")
            for number, name in enumerate(block.get("elsewhere", [])):
                place = {"elsewhere": name}
                _place(place, "elsewhere", folder, f"{file}: {part}.{entry}")
                block["elsewhere"][number] = place["elsewhere"]
    study["observers"] = _observers(study)
    study["trained"] = _models(root, study, folder, settings)
    _cross_check(study, file)
    return study


def _observers(study):
    """Every model observer of a study by the name that tables call it, with all of its options."""
    observers = {}
    for entry in (study["reader_study"] or {}).get("observers", []):
        block = {key: value for key, value in entry.items() if key != "name"}
        name = entry["name"] or entry["observer"]
        observers[name] = _chosen(f"{study['file']}: reader_study.observers, {name}", block, "observer", OBSERVERS)
    return observers


def _place(block, key, folder, where):
    """Make a path of a study's file relative to where Snakemake runs; it must be there."""
    if block.get(key):
        path = folder / block[key]
        check_path(f"{where}.{key}", path)
        if not os.path.exists(path):
            raise InputError(f"{where}.{key}", f"no file {path}", "an existing file or folder", "paths are relative to the study's folder")
        if key == "images" and path.is_dir():
            check_folder(path)
        elif key != "images" and path.is_dir():
            raise InputError(f"{where}.{key}", f"the folder {path}", "a file", "paths are relative to the study's folder")
        block[key] = str(path)


def _chosen(where, block, key, registry, extra=()):
    """Check a block whose keys depend on what it chooses from a registry; its defaults are filled in."""
    name = block.get(key)
    if name not in registry:
        found = f"{key}: {name}" if name else f"no key '{key}'"
        raise InputError(where, found, f"one of {', '.join(registry)}", nearest(name or key, list(registry)))
    options = registry.options(name)
    declared = options.model_fields if options else ()
    rest = {k: value for k, value in block.items() if k not in extra and (k != key or key in declared)}
    checked = model.check(options, rest, where) if options else rest
    return {key: name, **{k: block.get(k, "") for k in extra}, **checked}


def _simulation(where, cohort, phantoms):
    """Settings of a cohort's simulation, checked; None where its images come from a table or a folder."""
    if any(cohort[source] for source in ("table", "bids", "brats")):
        return None
    return _chosen(f"{where}.simulate", cohort["simulate"], "phantom", phantoms) if phantoms else cohort["simulate"]


def _models(root, study, folder, settings):
    """Every model of a study: {dataset: {name: recipe}}; a recipe holds every number, or `images` that were made elsewhere."""
    trained = {}
    for dataset, entries in study["models"].items():
        where = f"{study['file']}: models.{dataset}"
        if dataset not in study["data"]:
            raise InputError(where, f"data set '{dataset}'", "a name under data", nearest(dataset, study["data"]))
        trained[dataset] = {}
        for entry in entries:
            own = {key: value for key, value in entry.items() if key not in ("recipe", "name", "images")}
            name = entry["name"] or entry["recipe"]
            if name.casefold() in map(str.casefold, trained[dataset]):
                raise InputError(
                    where, f"'{name}' twice", "a name of its own for each model", "give one of them another name: {recipe: ..., name: ...}"
                )
            if entry["images"]:
                recipe = {"images": entry["images"], "label": own.pop("label", name)}
                _place(recipe, "images", folder, where)
                if own:
                    raise InputError(
                        where, f"key '{next(iter(own))}' beside images", "no number of a recipe", "images made elsewhere are not trained"
                    )
            else:
                recipe = _recipe(root, folder, entry["recipe"], own, settings, where)
                cut = study["cuts"].get(study["data"][dataset]["cut"])
                if cut is not None:
                    recipe = _for_size(recipe, cut.get("size"), where)
            trained[dataset][name] = recipe
            if not entry["images"]:
                trained[dataset] |= {f"{name}{AGAIN}{number}": recipe for number in range(2, study["seeds"] + 1)}
    return trained


def training_number(name):
    """Which training of a recipe a model is: 1 of "wgan", 2 of "wgan~2"."""
    return int(name.partition(AGAIN)[2] or 1)


def training_seed(seed, name):
    """Seed of a model's training and of its images: the run's own for the first."""
    return (seed + SEED_STEP * (training_number(name) - 1)) % 2**32


def first_trainings(models):
    """Models of a data set, each once however often it is trained: what readers judge and what tables of measurements hold."""
    return {name: recipe for name, recipe in models.items() if AGAIN not in name}


def _recipe(root, folder, name, own, settings, where):
    files = [path for path in (folder / "recipes" / f"{name}.yaml", root / "recipes" / f"{name}.yaml") if os.path.isfile(path)]
    if not files:
        known = [path.stem for place in (folder, root) for path in sorted((place / "recipes").glob("*.yaml"))]
        raise InputError(where, f"recipe '{name}'", "a file under recipes/, or images: for images made elsewhere", nearest(name, known))
    over = merged(settings["override"].get("recipes", {}).get(name, {}), own)
    content = merged(at_size(read_yaml(files[0]), settings["size"]), over)
    # Of steps and epochs, the one that was asked for last wins.
    for asked, other in (("steps", "epochs"), ("epochs", "steps")):
        if asked in over and other not in over:
            content.pop(other, None)
    content = {key: value for key, value in content.items() if value is not None}
    checked = _chosen(f"{files[0]}" if not own else f"{where}, {files[0]}", content, "algorithm", ALGORITHMS)
    return checked | {"file": str(files[0])}


def _for_size(recipe, size, where):
    try:
        return ALGORITHMS.options(recipe["algorithm"]).for_size(recipe, size)
    except ValueError as error:
        found = f"images of {size} x {size} pixels" if size else "images made elsewhere"
        raise InputError(where, found, str(error), "change the cut's size or the recipe's numbers, or choose another recipe") from None


def _cross_check(study, file):
    """What no type can say: that names refer to something, and that outputs do not share a name."""
    for name, data in study["data"].items():
        _known(f"{file}: data.{name}.cut", data["cut"], study["cuts"], "cuts")
    if study["align"] is None:
        for cut, block in study["cuts"].items():
            if block["rule"] in ("planes", "levels"):
                needed = {"planes": "acpc", "levels": "levels"}[block["rule"]]
                raise InputError(
                    f"{file}: cuts.{cut}", f"rule {block['rule']} without align", f"align: {{rule: {needed}}}", "say how scans are aligned"
                )
    imported = all(block["rule"] == "images" for block in study["cuts"].values())
    if not study["cohort"] and not imported:
        raise InputError(str(file), "no cohort", "a name under cohorts: cuts are made from its scans", "cohort: stroke, for example")
    check_outputs(study, file)
    if study["tables"] and not study["reader_study"]:
        raise InputError(
            f"{file}: tables", "tables without reader_study", "readers whose answers they hold", "add reader_study, or delete tables"
        )
    reading = study["reader_study"] or {}
    phases = {f"reader_study.phases.{name}": phase for name, phase in reading.get("phases", {}).items()}
    for part, named in ({"reader_study": reading} | phases).items():
        for k, block in enumerate(named.get("blocks", [])):
            if not block["every"]:
                _known_model(f"{file}: {part}.blocks[{k}]", study, block["dataset"], block["recipe"])
    for name in reading.get("groups", {}):
        _known(f"{file}: reader_study.groups", name, study["reader_study"]["readers"], "readers")
    for name in study["figures"]:
        for measure in figure_plan(study, name)["measures"]:
            _known(f"{file}: figures.{name}.of", measure, study["measures"], "measures")
            columns = MEASURES.names(study["measures"][measure]["measure"], "QUANTITIES")
            _known(f"{file}: figures.{name}.quantity", study["figures"][name]["quantity"], columns, "what is measured")
    check_labels(study, file, created_sets(study))
    sets = {entry["label"] for entry in created_sets(study)}
    for name, comparison in study["comparisons"].items():
        _known(f"{file}: comparisons.{name}.of", comparison["of"], study["measures"], "measures")
        columns = MEASURES.names(study["measures"][comparison["of"]]["measure"], "QUANTITIES")
        for quantity in comparison["quantities"].values():
            _known(f"{file}: comparisons.{name}.quantities", quantity, columns, "what is measured")
        named = [row["set"] for row in comparison["rows"]] + [row["against"] for row in comparison["rows"] if row["against"] != "own"]
        for label in named + (comparison["contrast"] or []):
            _known(f"{file}: comparisons.{name}", label, sets, "the sets of created images")
        if comparison["side"] == HELD_OUT and study["split"] == "none":
            raise InputError(f"{file}: comparisons.{name}.side", "held_out without split", "split: {held_out: 0.2}", "or side: all")


def _known(where, name, known, kind):
    if name not in known:
        raise InputError(where, f"'{name}'", f"a name under {kind}", nearest(name, known))


def _known_model(where, study, dataset, recipe):
    _known(where, dataset, study["data"], "data")
    _known(f"{where}, data set {dataset}", recipe, study["trained"].get(dataset, {}), f"models.{dataset}")


def created_sets(study):
    """Every set of created images of a study: dataset, recipe, label (what tables call it) and where (labels of what it was trained on).

    A set is called as its data set, and as its recipe too where several are trained on that. Of a model that is trained several times, the
    images of the first.
    """
    sets = []
    for dataset, models in study["trained"].items():
        data, models = study["data"][dataset], first_trainings(models)
        for name, recipe in models.items():
            label = data["label"] or dataset
            label = f"{label}, {recipe.get('label') or name}" if len(models) > 1 else label
            sets.append({"dataset": dataset, "recipe": name, "label": label, "where": data["where"]})
    return sets


def figure_plan(study, name):
    """What one figure of a study shows (see `config.figures.plan_figure`)."""
    labels = {recipe: spec.get("label") or recipe for models in study["trained"].values() for recipe, spec in models.items()}
    try:
        return plan_figure(name, study["figures"][name], study | {"sets": created_sets(study)}, labels)
    except InputError as error:
        raise InputError(f"{study['file']}: {error.where}", error.found, error.expected, error.hint) from None


def has_images(study, dataset, rows):
    """Whether a data set of a study can hold an image of some scans.

    Parameters
    ----------
    study : dict
    dataset : str
    rows : iterable of dict
        Scans of the study's cohort.
    """
    data = study["data"][dataset]
    if study["cuts"][data["cut"]]["rule"] == "images":
        return True
    wanted = {label: {value} if isinstance(value, str) else set(value) for label, value in data["where"].items()}
    return any(
        ("group" not in wanted or row["group"] in wanted["group"])
        and ("level" not in wanted or "levels" not in row or wanted["level"] & set(row["levels"]))
        for row in rows
    )


def read_cohorts(settings, simulated, where):
    """Scans of every cohort that a study uses, by cohort and scan name; under pseudonyms where the settings ask for it.

    Parameters
    ----------
    settings : dict
        From `load`.
    simulated : callable
        (cohort name, its simulation settings) to rows of a simulated cohort.
    where : str

    Returns
    -------
    dict of dict
    """
    cohorts = {}
    for name, spec in settings["cohorts"].items():
        users = [study for study in settings["studies"].values() if study["cohort"] == name]
        if not users:
            continue
        if spec["simulate"]:
            rows = simulated(name, spec["simulate"])
        else:
            contrasts = list(dict.fromkeys(contrast for study in users for contrast in study["contrasts"]))
            place = f"{where}: cohorts.{name}"
            align, group = (_shared(place, users, key) for key in ("align", "group"))
            rows = read_cohort(spec, contrasts, align, group, place)
            rows = under_pseudonyms(rows, name) if settings["pseudonyms"] else rows
        for study in users:
            missing = [contrast for contrast in study["contrasts"] if contrast not in rows[0]["images"]]
            if missing:
                found = f"no images of contrast {missing[0]}; there are {', '.join(rows[0]['images'])}"
                raise InputError(f"{where}: cohorts.{name}", found, f"what {study['name']} cuts", "name another cohort in its study.yaml")
        cohorts[name] = {row["scan"]: row for row in rows}
    return cohorts


def find_answer_files(settings, where):
    """Files among the answers to each study, whatever they are called: {study: [path]}; InputError for a path with braces."""
    found = {}
    for study in settings["studies"]:
        folder = Path(settings["responses"]) / study
        check_path(f"{where}: responses", folder)
        files = [path for path in folder.glob("*") if path.is_file() and not path.name.startswith(".")] if os.path.isdir(folder) else []
        for path in files:
            check_path(f"{where}: responses", path)
        found[study] = sorted(map(str, files))
    return found


def _shared(where, users, key):
    """What the studies of one cohort say alike: None where none says anything."""
    said = [study for study in users if study[key]]
    for study in said[1:]:
        if study[key] != said[0][key]:
            found = f"studies {said[0]['name']} and {study['name']} with {key} of their own"
            hint = "name the same scans a second time under cohorts, and that name in one study.yaml"
            raise InputError(where, found, f"one {key} for all studies of a cohort", hint)
    return said[0][key] if said else None


def folder_of(study):
    """Folder of a study's alignment records under its results, and their ending; None where scans are not aligned."""
    return FOLDERS[study["align"]["rule"]] if study["align"] else None


def has_gpu():
    """Whether this machine has a GPU that trainings would share; on a cluster the profile says it."""
    return any(Path("/dev").glob("nvidia[0-9]*"))
