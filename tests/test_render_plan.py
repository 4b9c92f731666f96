"""The short forms of a study's figures, written out while Snakemake plans."""

import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from neuroturing.config.figures import expand_groups, expand_series, plan_figure
from neuroturing.config.merge import at_size
from neuroturing.errors import InputError

ROOT = Path(__file__).resolve().parents[1]
STUDY = {
    "data": {
        "t1": {"label": "T1", "where": {"contrast": "t1"}},
        "mixed": {"label": None, "where": {}},
        "still": {"label": "Still", "where": {}},
    },
    "models": {"t1": ["wgan", {"recipe": "dcgan", "name": "dcgan_wide", "images": None}], "mixed": [{"recipe": "wgan", "name": None}]},
    "group": {"name": "group", "values": []},
    "sets": [],
}
RECIPES = {"wgan": "WGAN"}


def short(groups):
    return [(group["label"], group["kind"], group["dataset"], group["recipe"], group["where"]) for group in groups]


def test_one_word_shows_every_data_set_that_has_such_images():
    assert short(expand_groups("real", STUDY, RECIPES)) == [
        ("T1", "Real", "t1", None, {}), ("mixed", "Real", "mixed", None, {}), ("Still", "Real", "still", None, {}),
    ]  # fmt: skip
    assert short(expand_groups("wgan", STUDY, RECIPES)) == [("T1", "WGAN", "t1", "wgan", {}), ("mixed", "WGAN", "mixed", "wgan", {})]
    assert [group["kind"] for group in expand_groups("dcgan_wide", STUDY, RECIPES)] == ["dcgan_wide"]


def test_data_sets_in_another_order_under_other_names_and_by_a_label():
    assert short(expand_groups({"of": "wgan", "datasets": ["mixed", "t1"], "where": None}, STUDY, RECIPES)) == [
        ("mixed", "WGAN", "mixed", "wgan", {}), ("T1", "WGAN", "t1", "wgan", {}),
    ]  # fmt: skip
    groups = {"of": "real", "datasets": {"mixed": "Sagittal"}, "where": {"group": "a"}, "each": {"contrast": {"t1": "T1", "t2": "T2"}}}
    assert short(expand_groups(groups, STUDY, RECIPES)) == [
        ("T1", "Real", "mixed", None, {"group": "a", "contrast": "t1"}), ("T2", "Real", "mixed", None, {"group": "a", "contrast": "t2"}),
    ]  # fmt: skip
    assert [group["label"] for group in expand_groups({"of": "real", "datasets": ["t1"], "each": {"level": ["a", "b"]}}, STUDY, {})] == [
        "a",
        "b",
    ]


def test_a_table_names_the_place_of_each_group():
    groups = {"of": "wgan", "headings": ["One", "Two"], "table": {"Up": ["t1", "mixed"], "Down": ["mixed", "t1"]}}
    made = expand_groups(groups, STUDY, RECIPES)
    assert [(group["row"], group["column"], group["label"], group["dataset"]) for group in made] == [
        ("Up", 0, "One", "t1"), ("Up", 1, "Two", "mixed"), ("Down", 0, "One", "mixed"), ("Down", 1, "Two", "t1"),
    ]  # fmt: skip
    with pytest.raises(InputError, match="1 data sets in line 'Down'"):
        expand_groups(groups | {"table": {"Up": ["t1", "mixed"], "Down": ["t1"]}}, STUDY, RECIPES)


@pytest.mark.parametrize(
    ("groups", "words"),
    [
        ("wgann", ["figures.x.groups", "did you mean 'wgan'"]),
        ([{"dataset": "t11"}], ["data set 't11'", "did you mean 't1'"]),
        ([{"dataset": "still", "recipe": "wgan"}], ["recipe 'wgan' on 'still'", "it has none"]),
        ({"of": "dcgan_wide", "datasets": ["mixed"]}, ["recipe 'dcgan_wide' on 'mixed'"]),
    ],
)
def test_names_that_a_study_does_not_have(groups, words):
    with pytest.raises(InputError) as error:
        plan_figure("x", {"figure": "montage", "groups": groups}, STUDY, RECIPES)
    assert all(word in str(error.value) for word in words), error.value


def test_a_model_need_not_be_named_where_there_is_one():
    one = STUDY | {"models": {"mixed": ["wgan"]}, "trained": {"mixed": {"wgan": {"latent": 64}}}}
    plan = plan_figure("x", {"figure": "workflow", "title": "X", "caption": "", "dataset": None, "scans": "S"}, one, RECIPES)
    assert plan["images"] == [("mixed", None), ("mixed", "wgan")] and plan["options"] == {"scans": "S"}
    assert [group["latent"] for group in plan["labels"]] == [None, 64]
    with pytest.raises(InputError, match="2 to choose from"):
        plan_figure("x", {"figure": "workflow"}, STUDY, RECIPES)
    several = plan_figure("x", {"figure": "panels", "dataset": "t1", "recipes": ["wgan", "dcgan_wide"]}, STUDY, RECIPES)
    assert several["images"] == [("t1", None), ("t1", "wgan"), ("t1", "dcgan_wide")]


def test_series_of_data_sets_with_the_same_real_images_show_these_once():
    study = {
        "data": {
            "ax": {"label": "Axial", "where": {}},
            "co": {"label": "Coronal", "where": {}},
            "no": {"label": "Untrained", "where": {"level": "a"}},
        },
        "sets": [
            {"dataset": "ax", "label": "Axial, Alpha"},
            {"dataset": "ax", "label": "Axial, Beta"},
            {"dataset": "co", "label": "Coronal"},
        ],
    }
    series = expand_series({}, study)
    assert [(each["label"], each["real"]) for each in series] == [
        ("Real", True), ("Created,\nAxial, Alpha", False), ("Created,\nAxial, Beta", False), ("Created,\nCoronal", False),
    ]  # fmt: skip


def test_the_four_studies_figures_can_be_planned():
    for path in sorted((ROOT / "studies").glob("*/study.yaml")):
        study = at_size(yaml.safe_load(path.read_text(encoding="utf-8")), "demo")
        study["sets"] = [{"dataset": name, "label": study["data"][name]["label"]} for name in study["models"]]
        for name, figure in study["figures"].items():
            plan = plan_figure(name, figure, study, {})
            assert plan["images"] or plan["measures"], (path, name)
            assert len(plan["labels"]) >= len(plan["images"])


def test_planning_needs_neither_numpy_nor_matplotlib():
    """Snakemake plans in a Python that has neither."""
    code = (
        "import sys; sys.path.insert(0, 'workflow/scripts')\n"
        "from neuroturing.config import figures, stated\n"
        "from neuroturing.render.figures import FIGURES\n"
        "[FIGURES.options(name) for name in FIGURES]\n"
        "print(sorted({'numpy', 'matplotlib', 'pandas', 'PIL', 'jinja2'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert done.stdout.strip() == "[]", done.stdout + done.stderr
