"""Settings are merged and checked; the shipped ones are sound, and each mistake is named with its place and the nearest right name."""

import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from PIL import Image

from neuroturing import plan
from neuroturing.cohort.split import split_subjects
from neuroturing.config import merge, model
from neuroturing.config.reference import reference
from neuroturing.config.stated import read_stated
from neuroturing.errors import InputError
from phantom import PHANTOMS

ROOT = Path(__file__).resolve().parents[1]
STUDIES = ("koshino2018", "han2018", "miru2017", "werner2022")


def load(user=None):
    return plan.load(ROOT, user or {}, "mine.yaml", PHANTOMS)


def koshino(**change):
    return {"override": {"koshino2018": change}}


def werner(**change):
    return {"override": {"werner2022": change}}


@pytest.mark.parametrize("size", ["demo", "paper"])
def test_shipped_settings_are_sound(size):
    settings = load({"size": size})
    assert list(settings["studies"]) == list(STUDIES)
    assert len([recipe for study in settings["studies"].values() for models in study["trained"].values() for recipe in models]) == (
        24 if size == "demo" else 23
    )


def test_settings_are_merged_in_order():
    assert load()["studies"]["koshino2018"]["cuts"]["turned"]["size"] == 64
    assert load({"size": "paper"})["studies"]["koshino2018"]["cuts"]["turned"]["size"] == 128
    own = koshino(cuts={"turned": {"size": 32}}) | {"cohorts": {"stroke": {"simulate": {"healthy": 2}}}}
    settings = load(own)
    assert settings["studies"]["koshino2018"]["cuts"]["turned"]["size"] == 32
    assert settings["studies"]["koshino2018"]["trained"]["basal_ganglia"]["ddpm"]["latent"] == 32 * 32, "it follows from the size"
    assert settings["cohorts"]["stroke"]["simulate"]["healthy"] == 2
    recipes = load({"override": {"recipes": {"dcgan": {"epochs": 2}}}})["studies"]["koshino2018"]["trained"]["basal_ganglia"]
    assert (recipes["dcgan"]["epochs"], recipes["dcgan"]["steps"]) == (2, None)


def test_readers_of_the_configuration_replace_those_of_the_study():
    assert load({"readers": {"han2018": ["A", "B"]}})["studies"]["han2018"]["reader_study"]["readers"] == ["A", "B"]


def test_one_observer_sits_in_two_ways():
    observers = ["cho", {"observer": "cho", "name": "cho_middle", "channels": "laguerre_gauss"}]
    found = load(koshino(reader_study={"observers": observers}))["studies"]["koshino2018"]["observers"]
    assert {name: entry["channels"] for name, entry in found.items()} == {"cho": "gabor", "cho_middle": "laguerre_gauss"}


def test_kinds_of_readers_are_of_readers_that_there_are():
    groups = {"reader_study": {"groups": {"reader1": "neuroradiologist"}}}
    assert load(koshino(**groups))["studies"]["koshino2018"]["reader_study"]["groups"] == {"reader1": "neuroradiologist"}
    assert load(koshino(**groups) | {"readers": {"koshino2018": ["A"]}})["studies"]["koshino2018"]["reader_study"]["groups"] == {}
    with pytest.raises(InputError, match="reader_study.groups(.|\n)*'reader9'(.|\n)*did you mean"):
        load(koshino(reader_study={"groups": {"reader9": "resident"}}))


def test_one_recipe_is_trained_in_two_ways():
    models = {"basal_ganglia": ["dcgan", {"recipe": "dcgan", "name": "dcgan_r2", "label": "DCGAN, R2", "reading": "R2"}, "ddpm"]}
    trained = load(koshino(models=models))["studies"]["koshino2018"]["trained"]["basal_ganglia"]
    assert list(trained) == ["dcgan", "dcgan_r2", "ddpm"]
    assert [trained[name]["reading"] for name in ("dcgan", "dcgan_r2")] == ["R1", "R2"]


BAD = {
    "unknown key": ({"sed": 1}, "unknown key 'sed'(.|\n)*did you mean 'seed'"),
    "unknown nested key": (koshino(samples={"rael": 3}), "samples(.|\n)*'rael'(.|\n)*'real'"),
    "unknown recipe key": ({"override": {"recipes": {"dcgan": {"leek": 0.2}}}}, "dcgan(.|\n)*did you mean 'leak'"),
    "wrong type": ({"seed": "x"}, "seed(.|\n)*'x'"),
    "not a number": ({"override": {"recipes": {"dcgan": {"learning_rate": float("nan")}}}}, "learning_rate"),
    "unknown algorithm": ({"override": {"recipes": {"dcgan": {"algorithm": "gan"}}}}, "algorithm: gan"),
    "steps and epochs": ({"override": {"recipes": {"dcgan": {"epochs": 3, "steps": 3}}}}, "steps"),
    "image size": (koshino(cuts={"turned": {"size": 100}}), "100 x 100(.|\n)*squares of 16, 32, 64"),
    "empty grid": (koshino(cuts={"turned": {"yaw_deg": {"first": 10, "last": -10}}}), "yaw_deg(.|\n)*first 10"),
    "zero step": (koshino(cuts={"turned": {"yaw_deg": {"step": 0}}}), "step"),
    "steep angle": (koshino(cuts={"turned": {"pitch_deg": {"last": 90}}}), "pitch_deg"),
    "no planes": (koshino(cuts={"turned": {"planes_mm": []}}), "planes_mm"),
    "plane twice": (koshino(cuts={"turned": {"planes_mm": [2, 2]}}), "planes_mm"),
    "unknown cut": (koshino(cuts={"turned": {"rule": "plane"}}), "rule: plane(.|\n)*did you mean 'planes'"),
    "cut of a data set": (koshino(data={"basal_ganglia": {"cut": "turne"}}), "did you mean 'turned'"),
    "share over 1": (
        koshino(reader_study={"blocks": [{"dataset": "basal_ganglia", "recipe": "dcgan", "images": 9, "created_share": [0.4, 1.6]}]}),
        "created_share",
    ),
    "share swapped": (
        koshino(reader_study={"blocks": [{"dataset": "basal_ganglia", "recipe": "dcgan", "images": 9, "created_share": [0.6, 0.4]}]}),
        "smaller share first",
    ),
    "half a block": (koshino(reader_study={"blocks": [{"dataset": "basal_ganglia", "recipe": "dcgan", "images": 9}]}), "created_share"),
    "answers of one key": (koshino(reader_study={"page": {"answers": {"real": "Real", "created": "Rendered"}}}), "letter of its own"),
    "no such answer": (koshino(reader_study={"page": {"answers": {"fake": "Fake"}}}), "real"),
    "a formula for a reason": (koshino(reader_study={"page": {"reasons": ["=1+1"]}}), "reasons"),
    "no time": (koshino(reader_study={"page": {"seconds": 0}}), "seconds"),
    "unknown observer": (koshino(reader_study={"observers": ["chu"]}), "reader_study.observers, chu(.|\n)*did you mean 'cho'"),
    "unknown key of an observer": (koshino(reader_study={"observers": [{"observer": "cho", "gird": 3}]}), "did you mean 'grid'"),
    "an observer twice": (koshino(reader_study={"observers": ["cho", "cho"]}), "cho"),
    "a reader called as an observer": ({"readers": {"koshino2018": ["CHO"]}}, "CHO, cho"),
    "no readers": (koshino(reader_study={"readers": []}), "readers"),
    "readers alike": ({"readers": {"koshino2018": ["anna", "Anna"]}}, "capitals alone"),
    "readers of nobody": ({"readers": {"koshino": ["anna"]}}, "did you mean 'koshino2018'"),
    "unknown cohort": (koshino(cohort="strok"), "did you mean 'stroke'"),
    "unknown recipe": (koshino(models={"basal_ganglia": ["dcgn"]}), "did you mean 'dcgan'"),
    "recipe twice": (koshino(models={"basal_ganglia": ["dcgan", "dcgan"]}), "'dcgan' twice"),
    "unknown dataset": (koshino(models={"basal_gangli": ["dcgan"]}), "did you mean 'basal_ganglia'"),
    "unknown figure": (koshino(figures={"figure1a": {"figure": "workflo"}}), "did you mean 'workflow'"),
    "unknown measure": (werner(measures={"quantification": {"measure": "perfuson"}}), "did you mean 'perfusion'"),
    "measure of nothing": (werner(comparisons={"comparison": {"of": "quantity"}}), "did you mean 'quantification'"),
    "set of nothing": (werner(comparisons={"comparison": {"rows": [{"set": "C"}]}}), "'C'"),
    "held out of none": (werner(split="none", comparisons={"comparison": {"side": "held_out"}}), "held_out without split"),
    "share held out": (werner(split={"held_out": 1.5}), "held_out"),
    "two sources": ({"cohorts": {"stroke": {"table": "a.tsv", "bids": "b"}}}, "table and bids"),
    "no source": ({"cohorts": {"other": {}}}, "no source"),
    "unknown phantom": ({"cohorts": {"stroke": {"simulate": {"phantom": "t2"}}}}, "phantom: t2"),
    "override of nothing": ({"override": {"koshino": {}}}, "did you mean 'koshino2018'"),
    "no such study": ({"studies": ["miru"]}, "did you mean 'miru2017'"),
    "old studies": ({"studies": {"koshino2018": {}}}, "override: {koshino2018"),
    "old recipes": ({"recipes": {"dcgan_r1_64": {}}}, "override: {recipes"),
    "old cohort": ({"cohorts": {"perfusion": {"simulate_spect": {}}}}, "phantom: spect"),
    "name of two outputs": (koshino(figures={"table1": {"figure": "workflow"}}), "'table1' is also under tables"),
    "output that is a key": (koshino(tables={"figure1b_key": {}}), "'figure1b_key' is also the key of figure1b"),
    "figure named as a key": (koshino(figures={"Figure1b_key": {"figure": "workflow"}}), "'Figure1b_key' is also the key of figure1b"),
    "output that differs by capitals": (koshino(figures={"Table1": {"figure": "workflow"}}), "'Table1' is also under tables"),
    "cuts that differ by capitals": (koshino(cuts={"Turned": {"rule": "planes"}}), "cuts(.|\n)*turned and Turned: capitals alone"),
    "data that differ by capitals": (koshino(data={"Basal_Ganglia": {"cut": "turned"}}), "data(.|\n)*capitals alone"),
    "models that differ by capitals": (
        koshino(models={"basal_ganglia": ["dcgan", {"recipe": "dcgan", "name": "DCGAN"}]}),
        "'DCGAN' twice",
    ),
    "cohorts that differ by capitals": ({"cohorts": {"Stroke": {"table": "a.tsv"}}}, "cohorts(.|\n)*capitals alone"),
    "figure of nothing": (
        werner(figures={"figure_lr_ratio": {"quantity": "lr_ration"}}),
        "figures.figure_lr_ratio.quantity(.|\n)*did you mean 'lr_ratio'",
    ),
    "measured sets alike": (werner(data={"B_normal": {"label": "A"}}), "A_normal and B_normal, both called 'A'"),
    "judged sets alike": (
        {"override": {"han2018": {"data": {"t1c": {"label": "T1"}}}}},
        "t1/dcgan_4x4 and t1c/dcgan_4x4, both called 'T1, ",
    ),
    "braces in a path": (koshino(models={"basal_ganglia": [{"recipe": "x", "images": "{scan}"}]}), "without { and }"),
    "braces in a folder": ({"studies": ["x/{scan}/han2018"]}, "no folder|without { and }"),
    "no published rows": (koshino(tables={"table1": {"published": "none.tsv"}}), "none.tsv"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_configuration_is_refused(name):
    change, found = BAD[name]
    with pytest.raises(InputError, match=found) as caught:
        load(change)
    assert any(part in str(caught.value) for part in ("mine.yaml", "study.yaml", "recipes/"))


def folder(tmp_path, name, text):
    path = tmp_path / name
    path.mkdir()
    if text is not None:
        (path / "study.yaml").write_text(text)
    return str(path)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (None, "no study.yaml"),
        ("title: x\ncutz: {}\n", "did you mean 'cuts'"),
        ("title: x\ntitle: y\n", "stands twice"),
        ("title: [x\n", "line 2"),
        ("- a\n", "list"),
        ("title: !!python/object/apply:os.system ['true']\n", "tag"),
        ("a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\n"
         "d: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c]\ne: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d]\nf: [*e,*e,*e,*e,*e,*e,*e,*e,*e]\n", "aliases unfold"),
        ("a: &a {b: *a}\n", "aliases unfold"),
        ("a: &a [*a]\n", "aliases unfold"),
        ("title: x\n<<: &a {<<: *a}\n", "a mapping that takes in itself"),
        ("title: x\ncuts: {a: {rule: images, images: nowhere}}\ndata: {d: {cut: a}}\n", "no file"),
        ("title: x\ncuts: {a: {rule: sections, plane: axial, first: 1, last: 2, size: 64}}\ndata: {d: {cut: a}}\n", "no cohort"),
    ],
)  # fmt: skip
def test_bad_study_is_refused(tmp_path, text, found):
    with pytest.raises(InputError, match=found) as caught:
        load({"studies": [folder(tmp_path, "mine", text)]})
    assert "mine" in str(caught.value)


def test_two_studies_of_one_name_are_refused(tmp_path):
    with pytest.raises(InputError, match="two studies named 'han2018'"):
        load({"studies": ["han2018", folder(tmp_path, "han2018", "title: x\n")]})


def test_studies_that_read_one_cohort_in_two_ways_are_refused():
    first, second = ({"name": name, "align": align, "group": None} for name, align in (("a", {"rule": "acpc"}), ("b", {"rule": "levels"})))
    other = {"name": "c", "align": None, "group": {"name": "kind"}}
    assert plan._shared("cohorts.x", [first, other], "align") == {"rule": "acpc"}
    assert plan._shared("cohorts.x", [first, other], "group") == {"name": "kind"}
    with pytest.raises(InputError, match="cohorts.x(.|\n)*studies a and b with align of their own"):
        plan._shared("cohorts.x", [first, second], "align")


@pytest.mark.parametrize("path", ["~no_such_user/kidney", "k" * 5000])
def test_a_path_that_cannot_be_is_named(path):
    with pytest.raises(InputError, match="studies(.|\n)*a study's folder"):
        plan._study_folders(Path("."), [path], "mine.yaml")


def test_braces_in_the_path_of_answers_are_refused(tmp_path):
    (tmp_path / "kidney").mkdir()
    (tmp_path / "kidney" / "r1.csv").touch()
    settings = {"studies": {"kidney": {}}, "responses": str(tmp_path)}
    assert plan.find_answer_files(settings, "mine.yaml") == {"kidney": [str(tmp_path / "kidney" / "r1.csv")]}
    (tmp_path / "kidney" / "{scan}.csv").touch()
    for change in ({}, {"responses": "a{scan}"}):
        with pytest.raises(InputError, match="mine.yaml: responses(.|\n)*without { and }"):
            plan.find_answer_files(settings | change, "mine.yaml")


def test_a_list_is_no_name():
    assert ["dcgan"] not in plan.ALGORITHMS and "dcgan" in plan.ALGORITHMS


def test_a_study_not_in_utf_8_is_named(tmp_path):
    path = tmp_path / "mine"
    path.mkdir()
    (path / "study.yaml").write_bytes("title: Köln\n".encode("latin-1"))
    with pytest.raises(InputError, match="study.yaml(.|\n)*UTF-8"):
        load({"studies": [str(path)]})


def test_subjects_are_split_by_group():
    rows = [{"subject": f"{group}{k // 2}", "group": group} for group in "ab" for k in range(20)]
    sides = split_subjects(rows, {"held_out": 0.2}, 3)
    assert len(sides) == 20
    assert [sum(side == "held_out" for subject, side in sides.items() if subject[0] == group) for group in "ab"] == [2, 2]
    assert sides == split_subjects(rows[::-1], {"held_out": 0.2}, 3)
    assert sides != split_subjects(rows, {"held_out": 0.2}, 4)
    assert set(split_subjects(rows, "none", 3).values()) == {"train"}
    alone = split_subjects([{"subject": "a", "group": ""}], {"held_out": 0.9}, 1)
    assert alone == {"a": "train"}


def test_subjects_for_validation_are_neither_trained_on_nor_held_out():
    rows = [{"subject": f"{group}{k}", "group": group} for group in "ab" for k in range(10)]
    split = {"held_out": 0.2, "validation": 0.3}
    sides = split_subjects(rows, split, 3)
    assert [list(sides.values()).count(side) for side in ("train", "validation", "held_out")] == [10, 6, 4]
    held_out = split_subjects(rows, {"held_out": 0.2, "validation": 0}, 3)
    assert {name for name, side in held_out.items() if side == "held_out"} == {name for name, side in sides.items() if side == "held_out"}
    few = split_subjects(rows[:2], {"held_out": 0.4, "validation": 0.5}, 3)
    assert sorted(few.values()) == ["held_out", "train"]
    with pytest.raises(InputError, match="split(.|\n)*leave no subject"):
        load(koshino(split={"held_out": 0.5, "validation": 0.5}))


def test_a_model_is_trained_as_often_as_asked_and_read_and_compared_once():
    study = load(koshino(seeds=3))["studies"]["koshino2018"]
    models = study["trained"]["basal_ganglia"]
    assert [name for name in models if name.startswith("dcgan")] == ["dcgan", "dcgan~2", "dcgan~3"]
    assert models["dcgan~2"] == models["dcgan"]
    seeds = [plan.training_seed(2018, name) for name in models if name.startswith("dcgan")]
    assert seeds[0] == 2018 and len(set(seeds)) == 3
    assert plan.training_seed(2**32 - 1, "dcgan~3") < 2**32
    assert all("~" not in entry["recipe"] for entry in plan.created_sets(study))
    assert [entry["label"] for entry in plan.created_sets(study)] == [
        entry["label"] for entry in plan.created_sets(load()["studies"]["koshino2018"])
    ]


def test_size_is_merged_at_any_depth():
    tree = {"a": 1, "b": {"c": 2, "demo": {"c": 3}}, "demo": {"a": 5, "b": {"d": 6}}, "e": [{"f": 1, "demo": {"f": 2}}]}
    assert merge.at_size(tree, "paper") == {"a": 1, "b": {"c": 2}, "e": [{"f": 1}]}
    assert merge.at_size(tree, "demo") == {"a": 5, "b": {"c": 3, "d": 6}, "e": [{"f": 2}]}


def test_every_key_is_described():
    def walk(options, path):
        for name, field in options.model_fields.items():
            assert field.description, f"{path}.{name}"
            for inner in model.models_in(field.annotation):
                walk(inner, f"{path}.{name}")

    walk(model.Settings, "settings")
    walk(model.Study, "study")
    for registry in plan.REGISTRIES + (PHANTOMS,):
        for name in registry:
            walk(registry.options(name), name)


def test_the_reference_is_up_to_date():
    assert (ROOT / "config/README.md").read_text() == reference()


def test_readme_of_studies_shows_a_study_that_works(tmp_path):
    text = (ROOT / "studies/README.md").read_text()
    example = text.split("```yaml\n# study.yaml\n")[1].split("```")[0]
    path = tmp_path / "kidney"
    for name in ("real", "created"):
        (path / name).mkdir(parents=True)
        Image.new("L", (16, 16)).save(path / name / "a.png")
    (path / "study.yaml").write_text(example)
    assert load({"studies": [str(path)]})["studies"]["kidney"]["trained"]


@pytest.mark.parametrize("path", [*sorted((ROOT / "recipes").glob("*.yaml")), *sorted((ROOT / "studies").glob("*/study.yaml"))], ids=str)
def test_every_value_says_where_it_comes_from(path):
    stated = read_stated(path)
    content = yaml.safe_load(path.read_text())
    if path.parent.name == "recipes":
        keys = [key for key in content if key not in ("label", "demo")]
    else:
        keys = [f"cuts.{cut}.{key}" for cut, block in content["cuts"].items() for key in block if key != "demo"]
    assert keys
    for key in keys:
        said = [sentence for name, sentence in stated.items() if name == key or name.startswith(f"{key}.")]
        assert said and all(sentence.startswith(("stated", "not stated")) for sentence in said), f"{path}: {key}: {said}"


def test_the_plan_imports_the_standard_library_and_what_snakemake_brings():
    code = (
        "import sys; sys.path.insert(0, 'workflow/scripts'); before = set(sys.modules);"
        "import neuroturing.plan, phantom, phantom.plan;"
        "print(*sorted({name.partition('.')[0] for name in set(sys.modules) - before}))"
    )
    run = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    outside = set(run.stdout.split()) - set(sys.stdlib_module_names) - {"neuroturing", "phantom"}
    allowed = {"yaml", "_yaml", "pydantic", "pydantic_core", "annotated_types", "typing_extensions", "typing_inspection"}
    outside = {name for name in outside if not name.startswith(("_cython", "cython", "_sysconfigdata"))}
    assert outside <= allowed, outside - allowed
