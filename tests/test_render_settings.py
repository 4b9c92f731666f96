"""Where each value comes from: comments read from YAML, complete for every study and recipe, and the page that shows them."""

import html
import re
from pathlib import Path

import pytest
import yaml

from neuroturing.config.merge import at_size
from neuroturing.config.stated import read_settings, read_stated
from neuroturing.errors import InputError
from settings_page import main as settings_main

ROOT = Path(__file__).resolve().parents[1]
FILES = sorted([*(ROOT / "studies").glob("*/study.yaml"), *(ROOT / "recipes").glob("*.yaml")])
# What a file says for people, and how it names and lays out things, comes from no paper.
NAMING = r"title|citation|cohort|contrasts|(.*\.)?(label|caption|published|published_title|title)|data\..*\.cut|tables\..*|figures\..*"
NAMING += r"|comparisons\..*\.(of|quantities\..*|set|against|contrast)|measures\..*\.measure"

TEXT = """\
# A heading that speaks of nothing.
title: "A # in quotes" # stated
size: 128 # not stated: chosen, because 2 # 3
plain: a#b
text: > # stated: folded
  words # that are part of the text
  and more
axis: {first: -10, last: 10, deep: {step: 1}} # stated, as "left / right"
list: [1, 2] # stated
long: [
  1, # not stated: first
  2,
] # stated: at the end
lines: # not stated: above
  - a
  - b
blocks: # stated: all of them
  - dataset: one # stated: this one
    images: 50
  - {dataset: two, images: 5} # not stated
parent: # stated: for all below
  child: 1
  other: 2 # not stated: its own
base: &base
  rate: 0.1 # stated: in the base
  kept: 1 # stated
derived:
  <<: *base
  rate: 0.2 # not stated: here
nothing: # not stated: nothing
models: [a, b] # stated: two
demo:
  size: 64 # half of it
  only: 3 # because it is quick
  models: [{recipe: a, filters: 8}, b] # narrower
  parent: {child: 2} # twice
"""
STATED = {
    "title": "stated",
    "size": "not stated: chosen, because 2 # 3; in the demo: half of it",
    "plain": "",
    "text": "stated: folded",
    "axis.first": 'stated, as "left / right"',
    "axis.last": 'stated, as "left / right"',
    "axis.deep.step": 'stated, as "left / right"',
    "list": "stated",
    "long": "stated: at the end",
    "lines": "not stated: above",
    "blocks.0.dataset": "stated: this one",
    "blocks.0.images": "stated: this one",
    "blocks.1.dataset": "not stated",
    "blocks.1.images": "not stated",
    "parent.child": "stated: for all below; in the demo: twice",
    "parent.other": "not stated: its own",
    "base.rate": "stated: in the base",
    "base.kept": "stated",
    "derived.rate": "not stated: here",
    "derived.kept": "stated",
    "nothing": "not stated: nothing",
    "models": "stated: two; in the demo: narrower",
    "only": "in the demo: because it is quick",
}


def test_the_comment_after_a_value_is_where_it_comes_from(tmp_path):
    (tmp_path / "study.yaml").write_text(TEXT, encoding="utf-8")
    assert read_stated(tmp_path / "study.yaml") == STATED


def test_values_of_both_sizes_are_read_with_the_comments(tmp_path):
    (tmp_path / "study.yaml").write_text(TEXT, encoding="utf-8")
    settings = read_settings(tmp_path / "study.yaml")
    assert (settings["size"].value, settings["size"].demo) == (128, 64)
    assert settings["models"].value == ["a", "b"] and settings["models"].demo == [{"recipe": "a", "filters": 8}, "b"]
    assert settings["plain"].value == "a#b" and settings["derived.rate"].value == 0.2 and settings["derived.kept"].value == 1
    assert settings["only"].value is settings["only"].absent and settings["list"].demo is settings["list"].absent


@pytest.mark.parametrize("text", ["a: [1\n", "- a\n", "a: !!python/object:os.system {}\n"])
def test_a_file_that_is_no_yaml_of_settings_is_named(tmp_path, text):
    (tmp_path / "study.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match="study.yaml"):
        read_stated(tmp_path / "study.yaml")
    with pytest.raises(InputError, match="no such file"):
        read_stated(tmp_path / "none.yaml")


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_every_value_says_where_it_comes_from(path):
    lacking = {
        key: setting.stated
        for key, setting in read_settings(path).items()
        if not re.fullmatch(NAMING, key)
        and not setting.sentence.startswith(("stated", "not stated"))
        and not (setting.value is setting.absent and setting.demo_sentence)
    }
    assert not lacking


def test_the_demo_says_why_it_differs():
    for path in FILES:
        for key, setting in read_settings(path).items():
            assert setting.demo is setting.absent or setting.demo_sentence, (path, key)


# The page.

STUDY = """\
title: Kidney
cohort: none
cuts: {axial: {size: 128, demo: {size: 64}}} # not stated: chosen
split: none # stated
models: # stated
  kidney: [gan]
  demo: {kidney: [{recipe: gan, filters: 8}]} # narrow
samples: {created: 2000} # not stated: <chosen>
tables: {table: {published: published.tsv, title: T}}
"""
RECIPE = """\
algorithm: gan # stated
label: GAN
filters: 32 # stated
batch: 64 # stated
rate: 1.0e-5 # not stated
epochs: 35 # stated
demo: {filters: 16, epochs: null, steps: 100} # quick
"""


@pytest.fixture
def files(tmp_path):
    (tmp_path / "study.yaml").write_text(STUDY, encoding="utf-8")
    (tmp_path / "recipes").mkdir()
    (tmp_path / "recipes" / "gan.yaml").write_text(RECIPE, encoding="utf-8")
    return tmp_path


def rows(files, size, override=None, **changed):
    """Key, value, whose and source of each line of the page, by key."""
    recipe = at_size(yaml.safe_load(RECIPE), size) | {"file": str(files / "recipes/gan.yaml")} | changed.pop("recipe", {})
    recipe = {key: value for key, value in recipe.items() if value is not None}
    resolved = at_size(yaml.safe_load(STUDY), size) | changed
    models = [
        {"recipe": entry, "name": None, "images": None} if isinstance(entry, str) else entry for entry in resolved["models"]["kidney"]
    ]
    recipe |= {key: value for key, value in models[0].items() if key == "filters"}
    resolved |= {"models": {"kidney": models}, "trained": {"kidney": {"gan": recipe}}}
    resolved["tables"]["table"]["published"] = str(files / "published.tsv")
    override = {"study": {}, "recipes": {}} | (override or {})
    settings_main(files / "study.yaml", [files / "recipes/gan.yaml"], files / "settings.html", "Kidney", resolved, size, override)
    page = (files / "settings.html").read_text(encoding="utf-8")
    assert not re.search(r"https?:|src=|href=|@import|<script", page)
    found = re.findall(r"<code>([^<]+)</code></td>\s*<td[^>]*>(.*?)</td>\s*<td[^>]*>(.*?)</td>\s*<td[^>]*>(.*?)</td>", page, re.S)
    return {key: [html.unescape(re.sub(r"<[^>]+>", " ", cell)).strip() for cell in cells] for key, *cells in found}


def test_a_run_at_the_papers_size_has_the_files_values(files):
    lines = rows(files, "paper")
    assert lines["cuts.axial.size"] == ["128", "paper", "not stated: chosen"]
    assert lines["models.kidney"] == ["[gan]", "paper", "stated"]
    assert lines["samples.created"] == ["2000", "paper", "not stated: <chosen>"]
    assert lines["filters"] == ["32", "paper", "stated"] and lines["epochs"] == ["35", "paper", "stated"]
    assert lines["rate"] == ["1e-05", "paper", "not stated"]
    assert "steps" not in lines and "title" not in lines and "label" not in lines and "tables.table.published" not in lines


def test_the_demos_values_have_the_papers_beside_them(files):
    lines = rows(files, "demo")
    assert lines["cuts.axial.size"] == ["64 at the paper’s size: 128", "demo", "not stated: chosen"]
    assert lines["models.kidney"][:2] == ["[{recipe: gan, filters: 8}] at the paper’s size: [gan]", "demo"]
    # The study's own model has 8, where the recipe's demo has 16.
    assert lines["filters"][:2] == ["8 at the paper’s size: 32", "study’s models"]
    assert lines["epochs"] == ["– at the paper’s size: 35", "demo", "stated; in the demo: quick"]
    assert lines["steps"] == ["100", "demo", "in the demo: quick"]
    assert lines["batch"] == ["64", "paper", "stated"]


def test_what_a_user_changes_is_told_apart(files):
    override = {"study": {"samples": {"created": 300}, "new": {"key": True}}, "recipes": {"batch": 8}}
    override["recipes"] = {"gan": {"batch": 8}}
    lines = rows(files, "demo", override, samples={"created": 300}, new={"key": True}, recipe={"batch": 8})
    assert lines["samples.created"] == ["300 at the paper’s size: 2000", "your own", "not stated: <chosen>"]
    assert lines["batch"][:2] == ["8 at the paper’s size: 64", "your own"]
    assert lines["new.key"] == ["true", "your own", "no source given"]
    assert lines["split"][:2] == ["none", "paper"]


def test_readers_of_the_users_own_are_told_without_an_override(files):
    assert rows(files, "paper", split="half")["split"] == ["half at the paper’s size: none", "your own", "stated"]
