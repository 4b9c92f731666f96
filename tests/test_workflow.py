"""What Snakemake plans from each kind of configuration, with no data present; and one tiny run of everything."""

import hashlib
import os
import re
import shutil
import subprocess
import sys
from importlib.util import find_spec

import numpy as np
import pandas as pd
import pytest
import yaml
from PIL import Image
from tiny import TINY

EXAMINED = ("realism.tsv", "measures.tsv", "copying.tsv", "copying.png", "use.tsv", "summary.html")
READ = ("reading.tsv", "mrmc.tsv", "readings.imrmc", "sizing.tsv", "sizing.png", "blinding.tsv", "blinding.html")
CONTRACT = {
    "koshino2018": ("training_set.tsv", "figure1a.png", "figure1b.png", "figure1b_key.tsv", "table1.tsv", "judgements.tsv", *READ),
    "han2018": ("figure1.png", "figure2.png", "figure3.png", "figure4.png", "table1.tsv", "judgements.tsv", *READ),
    "miru2017": ("figure_original.png", "figure_wgan.png", "figure_dcgan.png", "figure_began.png", "table.tsv", "judgements.tsv", *READ),
    "werner2022": (
        *("quantification.tsv", "comparison.tsv", "comparison.html", "comparison_b.tsv"),
        *("figure_created.png", "figure_mean_counts.png", "figure_lr_ratio.png"),
    ),
}
# One patient has too few images for all of Han's blocks and something to learn from besides.
TABLES = {"koshino2018": "table1", "miru2017": "table"}
SEQUENCES = ("t1", "t1c", "t2", "flair")


def planned(output):
    """Number of jobs of each rule in a dry run."""
    table = output.split("Job stats:")[1].split("total")[0]
    return {rule: int(count) for rule, count in re.findall(r"^(\w+)\s+(\d+)$", table, re.M)}


def test_demo_is_planned(snakemake):
    run = snakemake("--dry-run")
    assert run.returncode == 0, run.stdout
    jobs = planned(run.stdout)
    config = yaml.safe_load(open("config.yaml", encoding="utf-8"))["cohorts"]
    stroke, glioma, perfusion = (config[name]["simulate"]["demo"] for name in ("stroke", "glioma", "perfusion"))
    scans = stroke["healthy"] + 2 * stroke["patients"]
    assert jobs["simulate_stroke"] == jobs["acpc_landmarks"] == scans
    assert jobs["train_gan"] == jobs["card"] == 2 + 12 + 4 + 6
    assert jobs["draw_quiz"] == 5 + 1 + 1
    assert jobs["observe"] == 2 * 3 and jobs["blinding"] == jobs["reading"] == jobs["mrmc"] == jobs["sizing"] == 3
    assert jobs["simulate_glioma"] == glioma["patients"]
    assert jobs["simulate_perfusion"] == jobs["perfusion_levels"] == sum(perfusion.values())
    assert jobs["cut"] == 1 + 2 + 2 + 1
    assert jobs["audit"] == jobs["checklist"] == jobs["settings_page"] == jobs["summary"] == 4
    assert jobs["realism"] == jobs["copying"] == jobs["use"] == 4
    assert jobs["draw_real"] == 2 * (1 + 6 + 2 + 6), "those of readers, and those of subjects that were trained on"


def test_a_size_is_planned_before_anything_is_trained_and_again_from_a_pilot(snakemake, write):
    wanted = "results/koshino2018/sizing.tsv"
    assert planned(snakemake("--dry-run", wanted).stdout) == {"sizing": 1}
    for reader in ("reader1", "reader2"):
        write(f"responses/koshino2018/{reader}.csv", "image_id,answer\n")
    jobs = planned(snakemake("--dry-run", wanted).stdout)
    assert (jobs["sizing"], jobs["judgements"], jobs["train_gan"]) == (1, 1, 2)


def test_published_size_is_planned(snakemake):
    run = snakemake("--dry-run", "--config", "size=paper")
    assert run.returncode == 0, run.stdout
    jobs = planned(run.stdout)
    assert (jobs["acpc_landmarks"], jobs["simulate_glioma"], jobs["simulate_perfusion"]) == (96, 220, 345)


def test_published_recipes_are_the_papers(snakemake, checkout):
    snakemake("results/config.yaml", "--config", "size=paper")
    resolved = yaml.safe_load((checkout / "results/config.yaml").read_text())["studies"]
    koshino = resolved["koshino2018"]
    dcgan = koshino["trained"]["basal_ganglia"]["dcgan"]
    assert (dcgan["epochs"], dcgan["steps"], dcgan["base_filters"], dcgan["input_noise"], dcgan["precision"]) == (
        35,
        None,
        32,
        0,
        "float32",
    )
    angles = [koshino["cuts"]["turned"][f"{axis}_deg"] for axis in ("yaw", "pitch", "roll")]
    turns = [int((axis["last"] - axis["first"]) / axis["step"]) + 1 for axis in angles]
    assert np.prod(turns) == 4851  # stated
    assert np.prod(turns) * 5 * 2 == 48_510  # stated, for one scan
    wgan = resolved["han2018"]["trained"]["t1"]["wgan"]
    assert (wgan["learning_rate"], wgan["batch"], resolved["han2018"]["cuts"]["sagittal"]["size"]) == (0.00005, 64, 128)
    sections = resolved["han2018"]["cuts"]["sagittal"]
    assert 220 * (sections["last"] - sections["first"] + 1) == 15_400  # stated, for one sequence
    assert all(
        recipe["precision"] == "float32"
        for study in resolved.values()
        for models in study["trained"].values()
        for recipe in models.values()
    )


def test_bids_folder_is_planned(snakemake, write):
    write("my bids ä/sub-01/anat/sub-01_T1w.nii.gz", "")
    run = snakemake("--dry-run", "koshino2018", "--configfile", write("mine.yaml", {"cohorts": {"stroke": {"bids": "my bids ä"}}}))
    assert run.returncode == 0, run.stdout
    jobs = planned(run.stdout)
    assert "simulate_stroke" not in jobs
    assert jobs["acpc_landmarks"] == 1


def test_table_is_planned(snakemake, write):
    for name in ("a.nii", "b c.nii.gz"):
        write(name, "")
    write("cohort.tsv", "subject\tscan\tgroup\tt1w\np1\ts1\t\ta.nii\np2\ts2\t\tb c.nii.gz\n")
    run = snakemake("--dry-run", "--configfile", write("mine.yaml", {"cohorts": {"stroke": {"table": "cohort.tsv"}}}))
    assert run.returncode == 0, run.stdout
    assert planned(run.stdout)["acpc_landmarks"] == 2


def test_phases_are_planned(snakemake, write):
    """A quiz for each reader and phase, each waiting for the models of its own phase and of those before; a study without has its own."""
    phases = {
        "first": {},
        "second": {"blocks": [{"dataset": "t1", "recipe": "wgan", "real": 5, "created": 5}], "instructions": "Told."},
    }
    reading = {"phases": phases, "washout_days": 14, "blocks": [{"dataset": "t1", "recipe": "dcgan_4x4", "real": 5, "created": 5}]}
    mine = write("mine.yaml", {"override": {"han2018": {"reader_study": reading}}, "readers": {"han2018": ["A", "B"]}})
    keys = [f"results/han2018/quiz_keys/{reader}_{phase}.tsv" for reader in "AB" for phase in phases]
    run = snakemake("--dry-run", *keys, "--configfile", mine)
    assert run.returncode == 0, run.stdout
    jobs = planned(run.stdout)
    assert (jobs["draw_quiz"], jobs["train_gan"], jobs["protocol"]) == (4, 2, 1)
    first = planned(snakemake("--dry-run", keys[0], "--configfile", mine).stdout)
    assert (first["draw_quiz"], first["train_gan"]) == (1, 1)
    unknown = snakemake("--dry-run", "results/han2018/quiz_keys/A.tsv", "--configfile", mine)
    assert unknown.returncode != 0


def test_sections_are_planned_at_the_published_size(snakemake, write):
    rows = [[f"case-{k:03d}", *(f"case-{k:03d}_{name}.nii.gz" for name in SEQUENCES)] for k in range(220)]
    for row in rows:
        for file in row[1:]:
            write(file, "")
    write("cases.tsv", "\n".join("\t".join(row) for row in [["subject", *SEQUENCES], *rows]))
    mine = write("mine.yaml", {"cohorts": {"glioma": {"table": "cases.tsv"}}})
    run = snakemake("--dry-run", "han2018", "--configfile", mine, "--config", "size=paper")
    assert run.returncode == 0, run.stdout
    jobs = planned(run.stdout)
    assert (jobs["train_gan"], jobs["cut"], jobs["figure"], jobs["reader_table"]) == (12, 2, 4, 1)
    assert "simulate_glioma" not in jobs
    run = snakemake("--dry-run", "miru2017", "--config", "size=paper")
    assert run.returncode == 0, run.stdout
    jobs = planned(run.stdout)
    assert (jobs["train_gan"], jobs["simulate_glioma"], jobs["figure"], jobs["reader_table"]) == (4, 220, 4, 1)


def test_a_table_of_perfusion_scans_is_planned(snakemake, write):
    for name in ("n1", "u1", "b1"):
        write(f"{name}.nii.gz", "")
    rows = ["subject\tpattern\tspect", "n1\tnormal\tn1.nii.gz", "u1\tunilateral\tu1.nii.gz", "b1\tbilateral\tb1.nii.gz"]
    write("scans.tsv", "\n".join(rows))
    mine = write("mine.yaml", {"cohorts": {"perfusion": {"table": "scans.tsv"}}, "studies": ["werner2022"]})
    run = snakemake("--dry-run", "--configfile", mine, "--config", "size=paper")
    assert run.returncode == 0, run.stdout
    jobs = planned(run.stdout)
    assert (jobs["perfusion_levels"], jobs["train_gan"], jobs["compare"]) == (3, 6, 2)
    assert "simulate_perfusion" not in jobs
    # Without a pattern its two models have nothing to learn, and the other patterns are compared all the same.
    write("scans.tsv", "\n".join(rows[:-1]))
    run = snakemake("--dry-run", "--configfile", mine, "--config", "size=paper")
    assert run.returncode == 0, run.stdout
    jobs = planned(run.stdout)
    assert (jobs["perfusion_levels"], jobs["train_gan"], jobs["compare"]) == (2, 4, 2)


def test_a_model_is_trained_and_examined_several_times_and_read_once(snakemake, write):
    mine = {"studies": ["miru2017"], "override": {"miru2017": {"seeds": 3, "split": "none"}}}
    run = snakemake("--dry-run", "--configfile", write("mine.yaml", mine))
    assert run.returncode == 0, run.stdout
    jobs = planned(run.stdout)
    assert jobs["train_gan"] == jobs["sample_gan"] == jobs["card"] == 3 * 4
    assert (jobs["realism"], jobs["copying"], jobs["use"], jobs["draw_quiz"]) == (1, 1, 1, 1)
    assert jobs["draw_real"] == 2, "nobody is held out: readers see those that were trained on"


def test_a_study_that_is_not_named_does_not_run(snakemake, write):
    run = snakemake("--dry-run", "--configfile", write("mine.yaml", {"studies": ["koshino2018"]}))
    assert run.returncode == 0, run.stdout
    assert planned(run.stdout)["train_gan"] == 2
    assert "simulate_glioma" not in run.stdout


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ({"cohorts": {"stroke": {"table": "none.tsv"}}}, "no such file"),
        ({"override": {"koshino2018": {"reader_studyy": {}}}}, "did you mean 'reader_study'"),
        ({"studies": ["koshino2081"]}, "did you mean 'koshino2018'"),
        ({"studies": {"koshino2018": {"samples": {"real": 3}}}}, "override: {koshino2018"),
        ({"cohorts": {"glioma": {"brats_table": "x.tsv"}}}, "table: cases.tsv"),
    ],
)
def test_mistake_is_named_and_nothing_written(snakemake, checkout, write, change, found):
    run = snakemake("--configfile", write("mine.yaml", change))
    assert run.returncode != 0
    assert found in run.stdout
    assert "Traceback" not in run.stdout
    assert not (checkout / "results").exists()


@pytest.mark.skipif(
    find_spec("snakemake_executor_plugin_slurm") is not None, reason="the SLURM plugin imports pandas when Snakemake starts"
)
def test_the_plan_needs_nothing_but_snakemake(checkout, write):
    """What the Snakefile imports is the standard library and what Snakemake itself installs."""
    blocked = (
        "numpy",
        "scipy",
        "pandas",
        "nibabel",
        "tensorflow",
        "keras",
        "matplotlib",
        "SimpleITK",
        "sklearn",
        "skimage",
        "statsmodels",
        "PIL",
    )
    write(
        "blocked/sitecustomize.py",
        f"""import sys
class Blocked:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {blocked!r}:
            raise ModuleNotFoundError(f"blocked: {{name}}", name=name)
sys.meta_path.insert(0, Blocked())
""",
    )
    command = [sys.executable, "-m", "snakemake", "--cores", "1", "--dry-run"]
    environment = {**os.environ, "PYTHONPATH": str(checkout / "blocked")}
    run = subprocess.run(command, cwd=checkout, env=environment, capture_output=True, text=True)
    assert run.returncode == 0, run.stdout + run.stderr
    check = [sys.executable, "-c", "import numpy"]
    assert subprocess.run(check, env=environment, capture_output=True).returncode != 0


@pytest.mark.parametrize("file", ["Snakefile", "workflow/Snakefile"])
def test_lint_is_clean(checkout, file):
    command = [sys.executable, "-m", "snakemake", "--lint", "--snakefile", file]
    run = subprocess.run(command, cwd=checkout, capture_output=True, text=True)
    assert run.returncode == 0, run.stdout + run.stderr


@pytest.mark.parametrize("missing", ["the Python package pygments is missing", pytest.param("settings.rst", marks=pytest.mark.slow)])
def test_a_run_whose_report_cannot_be_written_fails_and_says_why(snakemake, checkout, write, monkeypatch, missing):
    for made in ("results/config.yaml", "results/small/settings.html"):
        write(made, "")
    cuts = {"all": {"rule": "images", "images": "real"}}
    write("small/study.yaml", {"title": "Small", "cuts": cuts, "data": {"all": {"cut": "all"}}})
    os.utime(checkout / "small/study.yaml", (1, 1))  # older than the page that is made of it: nothing is to be done but the report
    (checkout / "small/real").mkdir()
    Image.fromarray(np.zeros((8, 8), np.uint8)).save(checkout / "small/real/a.png")
    if missing == "settings.rst":
        (checkout / "workflow/report/settings.rst").unlink()
    else:
        write("without/sitecustomize.py", "import sys\nsys.modules['pygments'] = None\n")
        monkeypatch.setenv("PYTHONPATH", str(checkout / "without"))
    run = snakemake("--configfile", write("mine.yaml", {"studies": ["./small"]}))
    assert run.returncode == 1, run.stdout
    said = [line for line in run.stdout.splitlines() if "results/report.html could not be written: " in line]
    assert len(said) == 1 and missing in said[0], run.stdout
    assert not (checkout / "results/report.html").exists() and "Traceback" not in run.stdout


@pytest.mark.slow
@pytest.mark.wet
def test_tiny_run_from_nothing_to_the_report(snakemake, checkout, write):
    mine = write("tiny.yaml", TINY)
    run = snakemake("--configfile", mine)
    assert run.returncode == 0, run.stdout
    base = checkout / "results/koshino2018"
    assert all(
        (checkout / "results" / study / name).stat().st_size > 0 for study, names in CONTRACT.items() for name in (*names, *EXAMINED)
    )
    assert (checkout / "results/report.html").stat().st_size > 100_000
    total = pd.read_csv(base / "training_set.tsv", sep="\t").iloc[-1]
    assert (total["scan"], total["images"]) == ("total", 4 * 27 * 5 * 2)
    tables = [pd.read_csv(checkout / "results" / study / f"{name}.tsv", sep="\t") for study, name in TABLES.items()]
    assert all(list(table["kind"].unique()) == ["published", "model"] for table in tables)
    written = pd.read_csv(base / "images/turned/sub-01/images.tsv", sep="\t")
    assert len(written) == 270
    with np.load(base / "samples/basal_ganglia/dcgan.npz") as created:
        assert created["images"].shape == (80, 32, 32)
        assert set(created["source"]) == {"dcgan"}
    assert "Nothing to be done" in snakemake("--configfile", mine).stdout
    for name in ("figure1b.png", "models/basal_ganglia/dcgan/curves.png", "models/basal_ganglia/dcgan/history.tsv"):
        (base / name).unlink()
    jobs = planned(snakemake("--dry-run", "--configfile", mine).stdout)
    assert set(jobs) == {"all", "panels", "draw_training", "checklist", "card", "summary"}, "what reads a history, and no training"
    assert snakemake("--configfile", mine).returncode == 0


@pytest.mark.slow
def test_two_runs_in_another_order_give_the_same_bytes(snakemake, checkout, write):
    mine = write("tiny.yaml", TINY)
    assert snakemake("--configfile", mine).returncode == 0
    first = contents(checkout / "results")
    shutil.rmtree(checkout / "results")
    # One after another, and in another order.
    assert snakemake("--configfile", mine, "--cores", "1", "--scheduler", "greedy").returncode == 0
    again = contents(checkout / "results")
    assert {name for name in first.keys() | again.keys() if first.get(name) != again.get(name)} == set()


def contents(results):
    """Hash of each file of a run, without what may differ: the report, which says when jobs ran, and how quick a training was."""
    found = {}
    for path in sorted(path for path in results.rglob("*") if path.is_file() and path.name not in ("report.html", "training.npz")):
        content = path.read_bytes()
        if path.name == "history.tsv":
            content = pd.read_csv(path, sep="\t", dtype=str).drop(columns="images_per_s").to_csv().encode()
        found[path.relative_to(results).as_posix()] = hashlib.sha256(content).hexdigest()
    return found
