"""What a rule's code is: followed by imports and registries, hashed by its meaning, the same whichever Python plans."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from neuroturing import provenance
from neuroturing.cut import CUTS
from neuroturing.gan.algorithms import ALGORITHMS
from neuroturing.provenance import closure, code_hash

SCRIPTS = Path(provenance.__file__).resolve().parents[1]


@pytest.fixture
def copy(tmp_path, monkeypatch):
    """A copy of the scripts and the library to edit: copy("gan/noise.py", old, new) changes a file of the library."""
    scripts = tmp_path / "scripts"
    shutil.copytree(SCRIPTS, scripts, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(provenance, "SCRIPTS", scripts)

    def edit(name, old, new):
        path = scripts / name
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new, 1), encoding="utf-8")

    edit.scripts = scripts
    return edit


def test_hash_follows_imports_and_ignores_comments(tmp_path):
    script, body = tmp_path / "rule.py", "from neuroturing.geometry.planes import rotation\n\nprint({})\n"
    script.write_text('"""Doc."""\n' + body.format(1))
    files, packages = closure(script)
    assert {path.name for path in files} >= {"rule.py", "planes.py", "frames.py"}
    assert packages == {"numpy", "scipy"}
    before = code_hash(script)
    script.write_text('"""Another,\n\nlonger."""\n# why: “because”\n' + body.format(1).replace("\n\n", "  # here\n\n\n"))
    assert code_hash(script) == before
    script.write_text('"""Doc."""\n' + body.format(2))
    assert code_hash(script) != before
    script.write_text('"""Doc."""\n' + body.format('"# no comment"'))
    no_comment = code_hash(script)
    script.write_text('"""Doc."""\n' + body.format('"# another"'))
    assert code_hash(script) != no_comment


def test_closure_follows_registries():
    names = {path.name for path in closure(SCRIPTS / "train_gan.py")[0]}
    assert {f"{ALGORITHMS.entries[name].partition(':')[0]}.py" for name in ALGORITHMS} <= names
    chosen, packages = closure(SCRIPTS / "train_gan.py", algorithms="wgan")
    within = {path.name for path in chosen if path.parent.name == "algorithms"}
    assert within == {"__init__.py", "wgan.py"}
    assert {"tensorflow", "keras", "pydantic"} <= packages
    assert "SimpleITK" not in closure(SCRIPTS / "train_gan.py")[1]
    assert {f"{name}.py" for name in CUTS} <= {path.name for path in closure(SCRIPTS / "cut.py")[0]}
    assert "tensorflow" not in closure(SCRIPTS / "cut.py")[1]


def hashes(scripts):
    """Hash of the training of each algorithm, and of other rules."""
    trained = {name: code_hash(scripts / "train_gan.py", algorithms=name) for name in ALGORITHMS}
    return trained | {name: code_hash(scripts / f"{name}.py") for name in ("cut", "write_images", "training_set")}


@pytest.mark.parametrize(
    ("file", "old", "new", "changed"),
    [
        ("gan/noise.py", '"""Noise for one update.', '"""Noise of an update.', set()),
        ("gan/algorithms/wgan.py", "updates of the critic per update", "how often the critic", set()),
        ("gan/algorithms/wgan.py", "ge=1, le=1000", "ge=1, le=2000", {"wgan"}),
        ("gan/algorithms/wgan.py", "-bound, bound)", "-bound, 2 * bound)", {"wgan"}),
        ("gan/algorithms/dcgan.py", "JUDGE_DRAW = 1000", "JUDGE_DRAW = 1001", {"dcgan", "dcgan4x4"}),
        ("gan/algorithms/__init__.py", 'wgan="wgan:WGAN"', 'wgan="wgan:WGAN", sixth="wgan:WGAN"', set()),
        ("gan/algorithms/__init__.py", 'wgan="wgan:WGAN"', 'wgan="began:BEGAN"', {"wgan"}),
        ("gan/noise.py", "key, -1, 1)", "key, -1, 2)", set(ALGORITHMS)),
        ("cut/sections.py", "GRID_TOLERANCE_MM = 0.1", "GRID_TOLERANCE_MM = 0.2", {"cut"}),
        ("geometry/planes.py", "(self.size - 1) / 2", "self.size / 2", {*ALGORITHMS, "cut", "write_images", "training_set"}),
    ],
)
def test_an_edit_reruns_what_uses_it_and_nothing_else(copy, file, old, new, changed):
    before = hashes(copy.scripts)
    copy(f"neuroturing/{file}", old, new)
    after = hashes(copy.scripts)
    assert {name for name in before if before[name] != after[name]} == changed


def test_a_template_counts_for_the_page_that_is_made_of_it(copy):
    template = copy.scripts / "neuroturing/render/skeleton.html.j2"
    scripts = [path for path in copy.scripts.glob("*.py")]
    before = {path.stem: code_hash(path) for path in scripts}
    template.write_text(template.read_text(encoding="utf-8") + "<!-- more -->", encoding="utf-8")
    changed = {path.stem for path in scripts if code_hash(path) != before[path.stem]}
    assert changed
    assert not changed & {"train_gan", "sample_gan", "cut", "draw_real"}
    for name in ("page.html.j2", "page.css", "quiz.js"):
        before = {path.stem: code_hash(path) for path in scripts}
        part = copy.scripts / "neuroturing/read/page" / name
        part.write_text(part.read_text(encoding="utf-8") + "\n", encoding="utf-8")
        assert {path.stem for path in scripts if code_hash(path) != before[path.stem]} == {"draw_quiz"}


@pytest.mark.parametrize("version", ["3.12", "3.13"])
def test_hash_does_not_depend_on_the_python_that_plans(version):
    program = f"""
import sys
sys.path.insert(0, {str(SCRIPTS)!r})
from neuroturing.provenance import code_hash
print(sys.version_info[:2], code_hash({str(SCRIPTS / "train_gan.py")!r}, algorithms="fastgan"), code_hash({str(SCRIPTS / "cut.py")!r}))
"""
    interpreter = shutil.which(f"python{version}")
    run = subprocess.run([interpreter or "false", "-c", program], capture_output=True, text=True)
    if run.returncode:
        pytest.skip(f"no Python {version} here")
    own = (code_hash(SCRIPTS / "train_gan.py", algorithms="fastgan"), code_hash(SCRIPTS / "cut.py"))
    assert tuple(run.stdout.split()[-2:]) == own
    assert sys.version_info[:2] != tuple(map(int, version.split(".")))
