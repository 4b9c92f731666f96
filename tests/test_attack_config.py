"""Settings under attack: YAML of any kind, and studies, recipes and configurations with anything in the place of anything."""

from pathlib import Path

import pytest
import yaml
from attack import NAMES, attacked, bounded, damaged, names, twisted, values
from hypothesis import strategies as st

from neuroturing import plan
from neuroturing.cohort.split import split_subjects
from neuroturing.config import model
from neuroturing.config.merge import read_yaml
from neuroturing.config.stated import read_settings
from neuroturing.errors import InputError
from phantom import PHANTOMS
from phantom.plan import CONTRASTS, plan_cohort

ROOT = Path(__file__).resolve().parents[1]
FILES = sorted([ROOT / "config.yaml", *ROOT.glob("recipes/*.yaml"), *ROOT.glob("studies/*/study.yaml")])
TEXTS = [path.read_bytes() for path in FILES]
STUDY_NAMES = [path.parent.name for path in FILES if path.name == "study.yaml"]
SHIPPED = {name: yaml.safe_load((ROOT / "studies" / name / "study.yaml").read_text()) for name in STUDY_NAMES}
RECIPES = {path.stem: yaml.safe_load(path.read_text()) for path in FILES if path.parent.name == "recipes"}
CONFIG = yaml.safe_load((ROOT / "config.yaml").read_text())
HOSTILE = [
    *("a: 1\na: 2\n", "a: !!python/object/apply:os.system ['touch pwned']\n", "a: !!python/name:os.system\n", "!!set {a, b}\n"),
    *("a: !!binary x\n", "a: &a [*a]\n", "a: &a {b: *a}\n", "<<: &a {<<: *a}\n", "? [a, b]\n: 1\n", "a: .nan\n.nan: 1\n"),
    *("1: 2\n1.0: 3\ntrue: 4\n", "[" * 3000, "{a: " * 3000, "a:\n" + "".join(" " * k + "- \n" for k in range(400)), "- " * 5000 + "x"),
    *("a: " + "9" * 5000, "a: 1e99999", "a: 2001-99-99\n", "a: 0x" + "f" * 6000, "a: 1:99:99\n", "a: b: c\n", "a:\t1\n", "\ufeffa: 1\n"),
    *("--- \na: 1\n--- \nb: 1\n", "%YAML 9.9\n---\na: 1\n", "a: *b\n", "a: |\n  x\n #y\nb: 1 # c\n", "a: {<<: [1, 2]}\n", "<<: 3\n"),
    *("a: {<<: {b: 1}, b: 2} # c\n", "'a': 1\n\"a\": 2\n", "null: 1\n~: 2\n"),
    "".join(f"a{k}: &a{k} [{', '.join([f'*a{k - 1}'] * 9 if k else ['x'] * 9)}]\n" for k in range(12)),
]  # fmt: skip


def hostile_text():
    """Bytes of YAML: shipped files damaged, fragments that break readers, names and values written out, any text."""
    dumped = values.map(lambda value: yaml.safe_dump({"a": value}, allow_unicode=True).encode("utf-8", "surrogatepass"))
    fragments = st.lists(st.sampled_from(HOSTILE), min_size=1, max_size=2).map(lambda parts: "".join(parts).encode())
    return st.one_of(damaged(TEXTS), fragments, dumped, st.text(max_size=80).map(lambda text: text.encode("utf-8", "surrogatepass")))


@attacked(40, text=hostile_text())
def test_yaml(folder, text):
    path = folder / "mine.yaml"
    path.write_bytes(text)
    for read in (read_yaml, read_settings):
        with bounded():
            read(path)


def settle(user):
    """Everything that is settled before a run, of these settings."""
    settings = plan.load(ROOT, user, "mine.yaml", PHANTOMS)

    def simulated(cohort, spec):
        rows = plan_cohort(spec["phantom"], spec, settings["seed"])
        return [row | {"images": {name: "a.nii.gz" for name in CONTRASTS[spec["phantom"]]}} for row in rows]

    cohorts = plan.read_cohorts(settings, simulated, "mine.yaml")
    for study in settings["studies"].values():
        rows = cohorts.get(study["cohort"], {}).values()
        split_subjects(rows, study["split"], settings["seed"])
        plan.created_sets(study)
        [plan.has_images(study, name, rows) for name in study["data"]]
        for name in study["figures"]:
            plan.figure_plan(study, name)


studies = st.sampled_from(STUDY_NAMES).flatmap(lambda name: st.tuples(st.just(name), twisted([SHIPPED[name]])))


@attacked(20, study=studies, size=st.sampled_from(["demo", "paper"]))
def test_studies(folder, study, size):
    """As a file of a folder elsewhere, which reads its own tables there."""
    name, content = study
    place = folder / name
    place.mkdir(exist_ok=True)
    for file in (ROOT / "studies" / name).iterdir():
        if file.name != "study.yaml":
            (place / file.name).write_bytes(file.read_bytes())
    (place / "study.yaml").write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8", errors="surrogatepass")
    with bounded():
        settle({"studies": [str(place)], "size": size})


@attacked(15, user=twisted([CONFIG | {"studies": ["han2018"], "readers": {"han2018": ["a", "b"]}, "override": {"recipes": RECIPES}}]))
def test_configurations(folder, user):
    with bounded():
        settle(user if isinstance(user, dict) else {"seed": user})


recipes = st.sampled_from(sorted(RECIPES)).flatmap(lambda name: st.tuples(st.just(name), twisted([RECIPES[name]])))


@attacked(20, recipe=recipes, own=st.dictionaries(names, values, max_size=1))
def test_recipes(folder, recipe, own):
    name, content = recipe
    (folder / "kidney" / "recipes").mkdir(parents=True, exist_ok=True)
    text = yaml.safe_dump(content, sort_keys=False)
    (folder / "kidney" / "recipes" / f"{name}.yaml").write_text(text, encoding="utf-8", errors="surrogatepass")
    study = {"title": "Kidney", "cohort": "glioma", "contrasts": ["t1"], "models": {"axial": [{"recipe": name} | own]}}
    study |= {
        "cuts": {"axial": {"rule": "sections", "plane": "axial", "first": 1, "last": 2, "size": 64}},
        "data": {"axial": {"cut": "axial"}},
    }
    (folder / "kidney" / "study.yaml").write_text(yaml.safe_dump(study), encoding="utf-8", errors="surrogatepass")
    with bounded():
        settle({"studies": [str(folder / "kidney")]})


@pytest.mark.parametrize("name", NAMES, ids=range(len(NAMES)))
def test_no_name_leaves_the_results(tmp_path, name):
    """Names that become files or folders are letters, digits, _ and -, whatever they name."""
    study = {"title": "x", "cuts": {"a": {}}, "data": {"a": {"cut": "a"}}}
    block = {"dataset": "a", "recipe": "a", "real": 1, "created": 1}
    for part, change in {
        "cuts": {name: {}},
        "data": {name: {"cut": "a"}},
        "models": {"a": [{"recipe": "a", "name": name}]},
        "tables": {name: {}},
        "figures": {name: {}},
        "measures": {name: {}},
        "reader_study": {"readers": [name], "blocks": [block]},
        "cohort": name,
    }.items():
        try:
            model.check(model.Study, study | {part: change}, "study.yaml")
        except InputError:
            continue
        assert name.isascii() and name.replace("_", "").replace("-", "").isalnum() and name[0] != "-"
