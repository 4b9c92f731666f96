"""Check the configuration, and every table, against its schema, and say in plain words what is wrong."""

from pathlib import Path

import jsonschema
import yaml

from .errors import InputError, nearest
from .gan.recipes import check_recipe


def validate(instance, schema_path, where):
    """Check a parsed YAML or table row against a JSON schema written in YAML.

    Raises
    ------
    InputError
        Naming the key at fault; for an unknown key, the nearest known one.
    """
    schema = yaml.safe_load(Path(schema_path).read_text(encoding="utf-8"))
    error = jsonschema.exceptions.best_match(jsonschema.Draft202012Validator(schema).iter_errors(instance))
    if error is None:
        return
    place = f"{where}: {'.'.join(str(part) for part in error.absolute_path) or 'top level'}"
    described = error.schema.get("description", "")
    if error.validator == "additionalProperties":
        known = error.schema.get("properties", {})
        unknown = next(key for key in error.instance if key not in known)
        raise InputError(place, f"unknown key '{unknown}'", "only the keys of config/README.md", nearest(unknown, known))
    if error.validator == "required":
        missing = [key for key in error.validator_value if key not in error.instance]
        raise InputError(place, f"no key '{missing[0]}'", f"it is needed here ({described})", "copy it from config.yaml")
    expected = described or f"{error.validator}: {error.validator_value}"
    raise InputError(place, f"{error.instance!r} ({error.message})", expected, "config/README.md explains every key")


def validate_config(config, schemas, where):
    """Check a whole configuration: its schema, the schema of each recipe's algorithm, and what no schema can.

    Parameters
    ----------
    config : dict
    schemas : path
        Folder of the schemas.
    where : str
        The file to name.

    Raises
    ------
    InputError
    """
    validate(config, Path(schemas) / "config.schema.yaml", where)
    for name, recipe in config["recipes"].items():
        validate(recipe, Path(schemas) / f"recipe_{recipe['algorithm']}.schema.yaml", f"{where}: recipes.{name}")
        check_recipe(recipe, f"{where}: recipes.{name}")
    cross_check(config, where)


# Where a cohort's images come from, the simulation last, by what is cut from them.
SOURCES = {
    "planes": ("table", "bids", "simulate"),
    "sections": ("brats_table", "brats_folder", "simulate_glioma"),
    "cell": ("spect_table", "simulate_spect"),
}


def cross_check(config, where):
    """Check what no schema can: that names refer to something, and that ranges hold something.

    Raises
    ------
    InputError
    """
    for name, cohort in config["cohorts"].items():
        _check_sources(f"{where}: cohorts.{name}", cohort)
    for name, study in config["studies"].items():
        place = f"{where}: studies.{name}"
        _check_name(f"{place}.cohort", study["cohort"], config["cohorts"], "cohorts")
        _check_kind(place, study)
        for dataset, spec in study["datasets"].items():
            _check_dataset(f"{place}.datasets.{dataset}", spec, config["cohorts"][study["cohort"]])
        for dataset, recipes in study["models"].items():
            _check_name(f"{place}.models", dataset, study["datasets"], "datasets")
            for recipe in recipes:
                _check_name(f"{place}.models.{dataset}", recipe, config["recipes"], "recipes")
                _check_size(place, _size(study, dataset), recipe, config["recipes"][recipe]["size"], dataset)
        if "quiz" in study:
            _check_examination(place, study, config["recipes"])
        else:
            _check_comparison(place, study)


def _size(study, dataset):
    """Height and width of a data set's images in pixels."""
    spec = study["datasets"][dataset]
    return study["spect"]["size"] if "cell" in spec else spec["planes" if "planes" in spec else "sections"]["size"]


def _check_kind(place, study):
    """A study ends in an examination by readers or, of perfusion scans, in a comparison of measurements."""
    cells = [name for name, spec in study["datasets"].items() if "cell" in spec]
    for part in ("spect", "comparison"):
        if cells and part not in study:
            raise InputError(
                place, f"no {part}", "the block that says how perfusion scans are cut and compared", "copy it from config.yaml"
            )
        if not cells and part in study:
            raise InputError(place, part, "no such block, as no data set is a cell of perfusion scans", "delete it")
    if cells and "quiz" in study:
        raise InputError(place, "quiz and comparison", "one of them", "a study of perfusion scans is judged by measurement")
    if not cells and "quiz" not in study:
        raise InputError(place, "no quiz", "the examination by readers", "copy it from config.yaml")
    if not cells and study["samples"]["created"] == "as_real":
        raise InputError(f"{place}.samples.created", "as_real", "a number", "as many as real ones is for perfusion scans")
    if "quiz" in study and "real" not in study["samples"]:
        raise InputError(f"{place}.samples", "no real", "how many real images are drawn for readers", "copy it from config.yaml")


def _check_comparison(place, study):
    if study["comparison"]["normalisation"] == "global" and study["spect"]["scaling"] != "global":
        found, expected = "global, with spect.scaling: image_maximum", "image_maximum, or both global"
        hint = "a model trained on slices scaled one by one knows nothing of counts"
        raise InputError(f"{place}.comparison.normalisation", found, expected, hint)
    seen = {}
    for dataset, recipes in study["models"].items():
        cell = study["datasets"][dataset]["cell"]
        _check_name(f"{place}.comparison.recipe", study["comparison"]["recipe"], recipes, f"models.{dataset}")
        key = cell["letter"], cell["pattern"]
        if key in seen:
            raise InputError(f"{place}.datasets.{dataset}", f"the cell of {seen[key]}", "a cell of its own", "change letter or pattern")
        seen[key] = dataset


def _check_name(place, name, known, kind):
    if name not in known:
        raise InputError(place, name, f"a name under {kind}", nearest(name, known))


def _check_sources(place, cohort):
    for kind in SOURCES.values():
        named = [name for name in kind[:-1] if name in cohort]
        if len(named) > 1:
            raise InputError(place, "both a table and a folder", "one of them", "delete the other")
    kinds = [kind for kind in SOURCES.values() if set(kind) & set(cohort)]
    if not kinds:
        every = ", ".join(name for kind in SOURCES.values() for name in kind)
        raise InputError(place, "no source", f"one of {every}", "name your cohort table: table: cohort.tsv")
    if len(kinds) > 1:
        raise InputError(place, "images of two kinds", "one kind of images", "make two cohorts")


def _check_dataset(place, spec, cohort):
    named = [kind for kind in SOURCES if kind in spec]
    if len(named) != 1:
        raise InputError(
            place, f"both {' and '.join(named)}" if named else "no images", f"one of {', '.join(SOURCES)}", "see config/README.md"
        )
    kind = next(kind for kind, sources in SOURCES.items() if set(sources) & set(cohort))
    if kind not in spec:
        raise InputError(place, named[0], f"{kind}, which is what its cohort's images are for", "name another cohort, or other images")
    if kind == "planes":
        _check_planes(f"{place}.planes", spec["planes"])
    elif kind == "sections" and spec["sections"]["first"] > spec["sections"]["last"]:
        found = f"first {spec['sections']['first']}, last {spec['sections']['last']}"
        raise InputError(f"{place}.sections", found, "first at most last", "swap them")


def _check_planes(place, planes):
    for axis in ("yaw_deg", "pitch_deg", "roll_deg"):
        low, high = planes[axis]["first"], planes[axis]["last"]
        if high < low:
            raise InputError(
                f"{place}.{axis}", f"first {low}, last {high}", "first at most last", "the rotation grid would be empty: swap them"
            )
        if max(abs(low), abs(high)) > 45:
            raise InputError(f"{place}.{axis}", f"{low} to {high} degrees", "within -45 to 45", "beyond that no plane is axial any more")


def _check_size(place, dataset_size, recipe, recipe_size, dataset):
    if dataset_size != recipe_size:
        raise InputError(
            f"{place}.models.{dataset}",
            f"recipe {recipe} makes {recipe_size} x {recipe_size} images, the dataset {dataset_size} x {dataset_size}",
            "the same size in both",
            f"set size: {recipe_size} in the dataset, or choose another recipe",
        )


def _check_examination(place, study, recipes):
    quiz, models = study["quiz"], study["models"]
    if len(set(quiz["readers"])) < len(quiz["readers"]):
        raise InputError(f"{place}.quiz.readers", "a name twice", "one name a reader", "number them: NR1, NR2")
    named = {quiz["model"]["dataset"]: [quiz["model"]["recipe"]]} if "model" in quiz else quiz.get("models", models)
    tested = [{"dataset": dataset, "recipe": recipe} for dataset, names in named.items() for recipe in names]
    shown = [group for sheet in study.get("sheets", {}).values() for group in sheet["groups"]]
    for part, models_of in (
        ("quiz", tested),
        ("sheets", shown),
        ("applications", [study["applications"]] if "applications" in study else []),
    ):
        for model in models_of:
            _check_name(f"{place}.{part}", model["dataset"], models, "models")
            if "recipe" in model:
                _check_name(
                    f"{place}.{part}, data set {model['dataset']}", model["recipe"], models[model["dataset"]], f"models.{model['dataset']}"
                )
    if quiz["table"] == "koshino":
        _check_timed_quiz(f"{place}.quiz", quiz)
    else:
        _check_labels(place, study, tested, recipes)


def _check_labels(place, study, tested, recipes):
    for model in tested:
        for kind, part in (("recipes", recipes[model["recipe"]]), ("datasets", study["datasets"][model["dataset"]])):
            if "label" not in part:
                raise InputError(f"{place}.quiz", f"no label in {kind} for {model}", "what the table calls it", "label: WGAN, or label: T1")


def _check_timed_quiz(place, quiz):
    low, high = quiz["created_share"]
    if low > high:
        raise InputError(f"{place}.created_share", f"{low} to {high}", "the smaller share first", f"write [{high}, {low}]")
    if quiz["created_panels"] > quiz["panels"]:
        raise InputError(f"{place}.created_panels", quiz["created_panels"], f"at most panels ({quiz['panels']})", "lower it")
