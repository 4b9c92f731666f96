"""Environments, lock and imports agree: each rule's conda environment holds what its script imports, and nothing else."""

import re
from pathlib import Path

import pytest
import yaml

from neuroturing.provenance import closure

ROOT = Path(__file__).resolve().parents[1]
SCRIPTS = sorted((ROOT / "workflow/scripts").glob("*.py"))
# Import name to conda-forge name, where they differ.
CONDA = {"PIL": "pillow", "sklearn": "scikit-learn", "SimpleITK": "simpleitk", "matplotlib": "matplotlib-base", "yaml": "pyyaml"}
PIP = {"matplotlib-base": "matplotlib"}


def locked():
    lines = (ROOT / "requirements.lock").read_text().splitlines()
    return {
        name.lower().replace("_", "-"): version
        for name, version in (line.split(" ")[0].split("==") for line in lines if re.match(r"\S+==", line))
    }


def environment(rule):
    content = yaml.safe_load((ROOT / f"envs/{rule}.yaml").read_text())
    return content, dict(line.split("=", 1) for line in content["dependencies"])


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)
def test_environment_holds_what_the_script_imports(script):
    content, pins = environment(script.stem)
    assert content["channels"] == ["conda-forge"]
    expected = {CONDA.get(name, name) for name in closure(script)[1]}
    assert set(pins) == expected | {"python"}
    versions = locked() | {"python": "3.11"}
    for name, pin in pins.items():
        assert re.fullmatch(r"\d+(\.\d+)+", pin), f"{name} has no minor pin"
        assert f"{versions[PIP.get(name, name)]}.".startswith(f"{pin}."), f"{name}: {pin} here, {versions[PIP.get(name, name)]} in the lock"


def test_every_environment_and_script_has_a_rule():
    rules = "".join(path.read_text() for path in (ROOT / "workflow/rules").glob("*.smk"))
    for script in SCRIPTS:
        assert f'"../scripts/{script.name}"' in rules
        assert f'"../../envs/{script.stem}.yaml"' in rules
        assert f'get_code("{script.stem}"' in rules
    assert {path.stem for path in (ROOT / "envs").glob("*.yaml")} == {path.stem for path in SCRIPTS}


def test_lock_is_pinned_by_hash_and_names_no_index():
    text = (ROOT / "requirements.lock").read_text()
    assert "://" not in text
    assert locked()["tensorflow"] == "2.19.1"
    blocks = re.split(r"\n(?=\S+==)", text)[1:]
    assert all("--hash=sha256:" in block for block in blocks)
    direct = [line for line in (ROOT / "requirements.in").read_text().splitlines() if "==" in line and not line.startswith("#")]
    assert all(locked()[line.split("==")[0].lower()] == line.split("==")[1] for line in direct)
