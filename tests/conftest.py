"""What several test files need: a copy of the project to run in, and Snakemake on a command line."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
ROOT = Path(__file__).resolve().parents[1]
PARTS = ("Snakefile", "config.yaml", "config", "profiles", "envs", "workflow", "studies", "recipes")


@pytest.fixture
def checkout(tmp_path):
    """The project's files in an empty folder, to run in."""
    for name in PARTS:
        source = ROOT / name
        copy = shutil.copytree if source.is_dir() else shutil.copy2
        copy(source, tmp_path / name, **({"ignore": shutil.ignore_patterns("__pycache__")} if source.is_dir() else {}))
    return tmp_path


@pytest.fixture
def snakemake(checkout):
    """Call Snakemake in the copy: snakemake("-n", "all") gives a finished process with its output in stdout."""

    def call(*arguments):
        command = [sys.executable, "-m", "snakemake", "--cores", "2", *arguments]
        return subprocess.run(command, cwd=checkout, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)

    return call


@pytest.fixture
def write(checkout):
    """Write a file of the copy: write("mine.yaml", {...}) gives its path; mappings become YAML."""

    def call(name, content):
        path = checkout / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(yaml.safe_dump(content, sort_keys=False) if isinstance(content, dict) else content, encoding="utf-8")
        return str(path)

    return call
