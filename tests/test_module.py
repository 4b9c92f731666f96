"""The project used from elsewhere: by snakedeploy, by `module:`, from a path or from a repository."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from neuroturing import plan
from phantom import PHANTOMS

ROOT = Path(__file__).resolve().parents[1]
DEPLOYED = """\
configfile: "config/config.yaml"


module neuroturing:
    snakefile:
        {snakefile}
    config:
        {config}


use rule * from neuroturing {names}
"""


@pytest.fixture
def deployed(checkout, tmp_path_factory):
    """Deploy the copy as snakedeploy does: deployed("gitfile(...)") gives a folder."""

    def deploy(snakefile=None, config="config", names="", settings=None):
        folder = tmp_path_factory.mktemp("deployed")
        (folder / "config").mkdir()
        (folder / "workflow").mkdir()
        text = yaml.safe_dump(settings) if settings else (checkout / "config/config.yaml").read_text()
        (folder / "config/config.yaml").write_text(text)
        snakefile = snakefile or f'"{checkout}/workflow/Snakefile"'
        (folder / "workflow/Snakefile").write_text(DEPLOYED.format(snakefile=snakefile, config=config, names=names))
        return folder

    return deploy


@pytest.fixture
def commit(checkout):
    """The copy as a repository; its commit."""
    name = ["-c", "user.name=test", "-c", "user.email=test"]
    for command in (["init", "-q"], ["add", "-A"], [*name, "commit", "-q", "-m", "all"]):
        subprocess.run(["git", *command], cwd=checkout, check=True)
    return subprocess.run(["git", "rev-parse", "HEAD"], cwd=checkout, check=True, capture_output=True, text=True).stdout.strip()


def snakemake(folder, *arguments, **environment):
    command = [sys.executable, "-m", "snakemake", "--cores", "2", *arguments]
    out = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
    return subprocess.run(command, cwd=folder, env=os.environ | environment, **out)


def test_there_is_one_configuration():
    assert os.readlink(ROOT / "config/config.yaml") == "../config.yaml"


def test_a_deployed_workflow_plans_the_demo(deployed):
    folder = deployed()
    run = snakemake(folder, "--dry-run")
    assert run.returncode == 0, run.stdout
    jobs = dict(line.split() for line in run.stdout.splitlines() if len(line.split()) == 2)
    assert (jobs["train_gan"], jobs["acpc_landmarks"], jobs["simulate_glioma"], jobs["all"]) == ("24", "36", "24", "1")
    assert "report_due" not in jobs  # nobody would write the report that it asks for
    assert not (folder / "results").exists()


def test_a_part_of_another_workflow_runs_from_a_repository_under_other_names(deployed, checkout, commit):
    snakefile = f'gitfile("{checkout}", path="workflow/Snakefile", commit="{commit}")'
    settings = {"other": 1, "turing": {"studies": ["miru2017"], "seed": 7}}
    folder = deployed(snakefile, 'config["turing"]', "as turing_*", settings)
    run = snakemake(folder, "--config", "further=2", "--", "results/config.yaml")
    assert run.returncode == 0, run.stdout
    resolved = yaml.safe_load((folder / "results/config.yaml").read_text())
    assert list(resolved["studies"]) == ["miru2017"] and resolved["seed"] == 7
    copy = folder / ".snakemake/neuroturing" / commit
    assert (copy / "Snakefile").read_bytes() == (checkout / "Snakefile").read_bytes()
    assert (copy / "workflow/scripts/cut.py").stat().st_mtime == 1  # so that another commit alone trains nothing anew


@pytest.mark.slow
def test_a_workflow_on_github_is_planned_under_other_names(deployed, checkout, commit, tmp_path_factory):
    folder = deployed(f'github("owner/neuroturing", path="workflow/Snakefile", commit="{commit}")', names="as nt_*")
    instead = {"GIT_CONFIG_KEY_0": f"url.{checkout}.insteadOf", "GIT_CONFIG_VALUE_0": "https://github.com/owner/neuroturing"}
    cache = str(tmp_path_factory.mktemp("cache"))
    run = snakemake(folder, "--dry-run", "nt_miru2017", GIT_CONFIG_COUNT="1", XDG_CACHE_HOME=cache, **instead)
    assert run.returncode == 0, run.stdout
    assert "nt_train_gan" in run.stdout and "nt_acpc_landmarks" not in run.stdout


def test_the_command_line_wins_over_what_is_handed_over():
    whole = yaml.safe_load((ROOT / "config.yaml").read_text())
    assert plan.load(ROOT, {}, "here", PHANTOMS, whole) == plan.load(ROOT, {}, "here", PHANTOMS)
    paper = plan.load(ROOT, {"size": "paper"}, "here", PHANTOMS, whole)
    assert paper == plan.load(ROOT, {"size": "paper"}, "here", PHANTOMS)
    fewer = {"cohorts": {"glioma": {"simulate": {"patients": 3}}}}
    assert plan.load(ROOT, fewer, "here", PHANTOMS, plan.merged(whole, fewer))["cohorts"]["glioma"]["simulate"]["patients"] == 3
    assert plan.load(ROOT, {}, "here", PHANTOMS, fewer)["cohorts"]["glioma"]["simulate"]["patients"] == 3
