"""Environments, locks and imports agree: each rule's conda environment holds what its script imports, and nothing else."""

import re
import subprocess
import sys
from importlib.metadata import requires
from pathlib import Path

import pytest
import yaml

from neuroturing.provenance import closure

ROOT = Path(__file__).resolve().parents[1]
COMMANDS = ("create",)  # that a person types; no rule runs them
SCRIPTS = sorted(path for path in (ROOT / "workflow/scripts").glob("*.py") if path.stem not in COMMANDS)
# Import name to conda-forge name, where they differ.
CONDA = {
    "PIL": "pillow",
    "skimage": "scikit-image",
    "sklearn": "scikit-learn",
    "SimpleITK": "simpleitk",
    "matplotlib": "matplotlib-base",
    "yaml": "pyyaml",
}
PIP = {"matplotlib-base": "matplotlib"}
LOCKS = ("requirements.lock", "requirements-gpu.lock", "requirements-slurm.lock")


def locked(lock="requirements.lock"):
    lines = (ROOT / lock).read_text().splitlines()
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


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_is_pinned_by_hash_and_names_no_index(lock):
    text = (ROOT / lock).read_text()
    assert "://" not in text
    blocks = re.split(r"\n(?=\S+==)", text)[1:]
    assert len(blocks) == len(locked(lock)) and all("--hash=sha256:" in block for block in blocks)


def test_locks_agree():
    everything, gpu, slurm = (locked(lock) for lock in LOCKS)
    assert everything["tensorflow"] == "2.19.1"
    direct = [line for line in (ROOT / "requirements.in").read_text().splitlines() if "==" in line and not line.startswith("#")]
    assert all(everything[line.split("==")[0].lower()] == line.split("==")[1] for line in direct)
    assert not (set(everything) & set(gpu) or set(everything) & set(slurm) or set(gpu) & set(slurm)), "each package is pinned once"
    wanted = [line.split(";")[0] for line in requires("tensorflow") if "and-cuda" in line]
    assert gpu == dict(re.match(r"([\w-]+)\s*\(?==([\d.]+)", line).groups() for line in wanted)
    # All that the plugin asks for beyond its own two packages is in requirements.lock; why numpy is another is said in its lock.
    plugin = pytest.importorskip("snakemake_executor_plugin_slurm", reason="requirements-slurm.lock is not installed").__package__
    needed = [re.match(r"[\w-]+", line)[0] for line in requires(plugin) if "extra" not in line]
    assert set(needed) <= set(everything) | set(slurm)


@pytest.mark.parametrize(("version", "status"), [("3, 10", 2), ("3, 11", 0), ("3, 12", 0), ("3, 13", 2)])
def test_make_says_which_python_it_needs(tmp_path, version, status):
    fake = tmp_path / "python"
    pretend = f"import sys; sys.version_info = ({version})"
    fake.write_text(f"""#!/bin/sh\n[ "$1" = -c ] || exit 0\nexec {sys.executable} -c "{pretend}\n${{2#import sys; }}"\n""")
    fake.chmod(0o755)
    (tmp_path / "venv/bin").mkdir(parents=True)
    (tmp_path / "venv/bin/python").symlink_to(fake)
    run = subprocess.run(
        ["make", f"{tmp_path}/venv/ready", f"PYTHON={fake}", f"VENV={tmp_path}/venv"], cwd=ROOT, capture_output=True, text=True
    )
    assert run.returncode == status, run.stdout + run.stderr
    assert ("Python 3.11 or 3.12 is needed" in run.stdout) == bool(status)
