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


def cross_check(config, where):
    """Check what no schema can: that names refer to something, and that ranges hold something.

    Raises
    ------
    InputError
    """
    for name, cohort in config["cohorts"].items():
        if "table" in cohort and "bids" in cohort:
            raise InputError(f"{where}: cohorts.{name}", "both a table and a BIDS folder", "one of them", "delete the other")
        if not {"table", "bids", "simulate"} & set(cohort):
            raise InputError(f"{where}: cohorts.{name}", "no source", "table, bids or simulate", "name your cohort table: table: cohort.tsv")
    for name, study in config["studies"].items():
        place = f"{where}: studies.{name}"
        if study["cohort"] not in config["cohorts"]:
            raise InputError(f"{place}.cohort", study["cohort"], "a name under cohorts", nearest(study["cohort"], config["cohorts"]))
        for dataset, spec in study["datasets"].items():
            _check_planes(f"{place}.datasets.{dataset}.planes", spec["planes"])
        for dataset, recipes in study["models"].items():
            if dataset not in study["datasets"]:
                raise InputError(f"{place}.models", dataset, "a name under datasets", nearest(dataset, study["datasets"]))
            for recipe in recipes:
                if recipe not in config["recipes"]:
                    raise InputError(f"{place}.models.{dataset}", recipe, "a name under recipes", nearest(recipe, config["recipes"]))
                _check_size(place, study["datasets"][dataset]["planes"]["size"], recipe, config["recipes"][recipe]["size"], dataset)
        _check_quiz(f"{place}.quiz", study["quiz"], study["models"])


def _check_planes(place, planes):
    for axis in ("yaw_deg", "pitch_deg", "roll_deg"):
        low, high = planes[axis]["first"], planes[axis]["last"]
        if high < low:
            raise InputError(f"{place}.{axis}", f"first {low}, last {high}", "first at most last", "the rotation grid would be empty: swap them")
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


def _check_quiz(place, quiz, models):
    if quiz["model"]["dataset"] not in models:
        raise InputError(f"{place}.model.dataset", quiz["model"]["dataset"], "a dataset with a model", nearest(quiz["model"]["dataset"], models))
    recipes = models[quiz["model"]["dataset"]]
    if quiz["model"]["recipe"] not in recipes:
        raise InputError(f"{place}.model.recipe", quiz["model"]["recipe"], "a recipe trained on that dataset", nearest(quiz["model"]["recipe"], recipes))
    low, high = quiz["created_share"]
    if low > high:
        raise InputError(f"{place}.created_share", f"{low} to {high}", "the smaller share first", f"write [{high}, {low}]")
    if quiz["created_panels"] > quiz["panels"]:
        raise InputError(f"{place}.created_panels", quiz["created_panels"], f"at most panels ({quiz['panels']})", "lower it")
    if len(set(quiz["readers"])) < len(quiz["readers"]):
        raise InputError(f"{place}.readers", "a name twice", "one name a reader", "number them: NR1, NR2")
