"""The shipped configurations are sound, and each mistake in one is named with its place and the nearest right name."""

import copy
from pathlib import Path

import pytest
import yaml

from neuroturing.configuration import validate_config
from neuroturing.errors import InputError

ROOT = Path(__file__).resolve().parents[1]
SCHEMAS = ROOT / "workflow/schemas"
DEMO = yaml.safe_load((ROOT / "config.yaml").read_text())


def merged(base, change):
    """What Snakemake makes of config.yaml and a --configfile."""
    base = copy.deepcopy(base)
    for key, value in change.items():
        base[key] = merged(base[key], value) if isinstance(value, dict) and isinstance(base.get(key), dict) else value
    return base


def check(config):
    validate_config(config, SCHEMAS, "mine.yaml")


def test_shipped_configurations_are_sound():
    check(DEMO)
    check(merged(DEMO, yaml.safe_load((ROOT / "config/published.yaml").read_text())))


def test_every_key_of_the_schema_is_described():
    def walk(node, path):
        for key, value in node.get("properties", {}).items():
            assert "description" in value or "$ref" in value, f"{path}.{key}"
            walk(value, f"{path}.{key}")
        for key, value in node.get("$defs", {}).items():
            walk(value, key)

    for path in SCHEMAS.glob("*.yaml"):
        walk(yaml.safe_load(path.read_text()), path.name)


def study(**change):
    return {"studies": {"koshino2018": change}}


def planes(**change):
    return study(datasets={"basal_ganglia": {"planes": change}})


SECTIONS = {"sequences": ["t1"], "plane": "sagittal", "first": 80, "last": 149, "size": 64, "resample_to_t1": False}
CELL = {"letter": "A", "pattern": "normal", "levels": ["COR"]}
BAD = {
    "unknown recipe key": ({"recipes": {"dcgan_r1_64": {"leek": 0.2}}}, "recipes.dcgan_r1_64(.|\n)*did you mean 'leak'"),
    "unknown algorithm": ({"recipes": {"dcgan_r1_64": {"algorithm": "gan"}}}, "algorithm"),
    "recipe size": ({"recipes": {"dcgan_r1_64": {"size": 48}}}, "recipes.dcgan_r1_64(.|\n)*48"),
    "steps and epochs": ({"recipes": {"dcgan_r1_64": {"epochs": 3}}}, "both steps and epochs"),
    "unknown key": ({"sed": 1}, "unknown key 'sed'(.|\n)*did you mean 'seed'"),
    "unknown nested key": (study(quizz={}), "studies.koshino2018(.|\n)*'quizz'(.|\n)*'quiz'"),
    "wrong type": ({"seed": "x"}, "seed(.|\n)*'x'"),
    "image size": (planes(size=100), "size(.|\n)*100(.|\n)*16 times a power of two"),
    "empty grid": (planes(yaw_deg={"first": 10, "last": -10}), "yaw_deg(.|\n)*first 10, last -10"),
    "zero step": (planes(yaw_deg={"step": 0}), "step"),
    "steep angle": (planes(pitch_deg={"last": 90}), "pitch_deg"),
    "no planes": (planes(planes_mm=[]), "planes_mm"),
    "plane twice": (planes(planes_mm=[2, 2]), "planes_mm"),
    "share over 1": (study(quiz={"created_share": [0.4, 1.6]}), "created_share(.|\n)*1.6"),
    "share swapped": (study(quiz={"created_share": [0.6, 0.4]}), "created_share"),
    "no readers": (study(quiz={"readers": []}), "readers"),
    "reader twice": (study(quiz={"readers": ["A", "A"]}), "readers"),
    "unknown cohort": (study(cohort="strok"), "cohort(.|\n)*did you mean 'stroke'"),
    "unknown recipe": (study(models={"basal_ganglia": ["dcgan_r1_46"]}), "recipes(.|\n)*did you mean 'dcgan_r1_64'"),
    "unknown dataset": (study(models={"basal_gangli": ["dcgan_r1_64"]}), "did you mean 'basal_ganglia'"),
    "sizes differ": (planes(size=128), "128 x 128"),
    "two sources": ({"cohorts": {"stroke": {"table": "a.tsv", "bids": "b"}}}, "table and a folder"),
    "no source": ({"cohorts": {"other": {}}}, "no source"),
    "two kinds": ({"cohorts": {"stroke": {"brats_table": "a.tsv", "allow_missing": False}}}, "images of two kinds"),
    "cell of MRI": (study(datasets={"basal_ganglia": {"cell": CELL}}), "no spect"),
    "planes of SPECT": (study(cohort="perfusion"), "cell, which is what its cohort's images are for"),
    "two examinations": ({"studies": {"werner2022": {"quiz": DEMO["studies"]["han2018"]["quiz"]}}}, "quiz and comparison"),
    "recipe compared": ({"studies": {"werner2022": {"comparison": {"recipe": "fastgan"}}}}, "did you mean 'fastgan_64'"),
    "counts of scaled slices": ({"studies": {"werner2022": {"comparison": {"normalisation": "global"}}}}, "both global"),
    "cell twice": ({"studies": {"werner2022": {"datasets": {"B_normal": {"cell": CELL}}}}}, "the cell of A_normal"),
    "unknown level": ({"studies": {"werner2022": {"datasets": {"A_normal": {"cell": {"levels": ["CBL"]}}}}}}, "CBL"),
    "as many as real": (study(samples={"created": "as_real"}), "as_real"),
    "no real pool": ({"studies": {"han2018": {"samples": None}}}, "samples"),
    "wrong images": (study(datasets={"x": {"sections": SECTIONS}}), "x(.|\n)*sections(.|\n)*planes"),
    "no images": (study(datasets={"x": {}}), "no images"),
    "bad study name": ({"studies": {"../x": DEMO["studies"]["koshino2018"]}}, "x"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_configuration_is_refused(name):
    change, found = BAD[name]
    with pytest.raises(InputError, match=found) as caught:
        check(merged(DEMO, change))
    assert "mine.yaml" in str(caught.value)
