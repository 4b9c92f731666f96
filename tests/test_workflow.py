"""What Snakemake plans from each kind of configuration, with no data present; and one tiny run of everything."""

import re
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
import yaml

CONTRACT = {
    "koshino2018": ("training_set.tsv", "figure1a.png", "figure1b.png", "figure1b_key.tsv", "table1.tsv"),
    "han2018": ("figure1.png", "figure2.png", "figure3.png", "figure4.png", "table1.tsv"),
    "miru2017": ("figure_original.png", "figure_wgan.png", "figure_dcgan.png", "figure_began.png", "table.tsv"),
    "werner2022": (
        *("quantification.tsv", "comparison.tsv", "comparison.html"),
        *("figure_created.png", "figure_mean_counts.png", "figure_lr_ratio.png"),
    ),
}


def planned(output):
    """Number of jobs of each rule in a dry run."""
    table = output.split("Job stats:")[1].split("total")[0]
    return {rule: int(count) for rule, count in re.findall(r"^(\w+)\s+(\d+)$", table, re.M)}


def write(path, content):
    path.write_text(yaml.safe_dump(content) if isinstance(content, dict) else content, encoding="utf-8")
    return str(path)


def test_demo_is_planned(snakemake):
    run = snakemake("--dry-run")
    assert run.returncode == 0, run.stdout
    jobs = planned(run.stdout)
    assert jobs["simulate_scan"] == jobs["acpc_landmarks"] == 10
    assert jobs["train_gan"] == 1 + 12 + 4 + 6
    assert jobs["draw_quiz"] == 5
    assert jobs["simulate_glioma"] == 4
    assert jobs["simulate_spect"] == jobs["spect_levels"] == 24


def test_published_settings_are_planned(snakemake):
    run = snakemake("--dry-run", "--configfile", "config/published.yaml")
    assert run.returncode == 0, run.stdout
    assert planned(run.stdout)["acpc_landmarks"] == 96


def test_bids_folder_is_planned(snakemake, checkout):
    anat = checkout / "my bids ä/sub-01/anat"
    anat.mkdir(parents=True)
    (anat / "sub-01_T1w.nii.gz").touch()
    mine = write(checkout / "mine.yaml", {"cohorts": {"stroke": {"bids": "my bids ä"}}})
    run = snakemake("--dry-run", "--configfile", mine)
    assert run.returncode == 0, run.stdout
    jobs = planned(run.stdout)
    assert "simulate_scan" not in jobs
    assert jobs["acpc_landmarks"] == 1


def test_table_is_planned(snakemake, checkout):
    for name in ("a.nii", "b c.nii.gz"):
        (checkout / name).touch()
    write(checkout / "cohort.tsv", "subject\tscan\tgroup\tt1w\np1\ts1\t\ta.nii\np2\ts2\t\tb c.nii.gz\n")
    run = snakemake("--dry-run", "--configfile", write(checkout / "mine.yaml", {"cohorts": {"stroke": {"table": "cohort.tsv"}}}))
    assert run.returncode == 0, run.stdout
    assert planned(run.stdout)["acpc_landmarks"] == 2


def test_han_and_miru_are_planned_at_the_published_size(snakemake, checkout):
    names = ("t1", "t1c", "t2", "flair")
    rows = [[f"case-{k:03d}", *(f"case-{k:03d}_{name}.nii.gz" for name in names)] for k in range(220)]
    for row in rows:
        for file in row[1:]:
            (checkout / file).touch()
    write(checkout / "cases.tsv", "\n".join("\t".join(row) for row in [["subject", *names], *rows]))
    mine = write(checkout / "mine.yaml", {"cohorts": {"glioma": {"brats_table": "cases.tsv"}}})
    run = snakemake("--dry-run", "han2018", "--configfile", "config/published.yaml", mine)
    assert run.returncode == 0, run.stdout
    jobs = planned(run.stdout)
    assert (jobs["train_gan"], jobs["slice_dataset"], jobs["image_sheet"], jobs["han_table1"]) == (12, 6, 3, 1)
    assert "simulate_glioma" not in jobs
    run = snakemake("--dry-run", "miru2017", "--configfile", "config/published.yaml")
    assert run.returncode == 0, run.stdout
    jobs = planned(run.stdout)
    assert (jobs["train_gan"], jobs["simulate_glioma"], jobs["image_sheet"], jobs["miru_table"]) == (4, 220, 4, 1)


def test_a_table_of_perfusion_scans_is_planned(snakemake, checkout):
    for name in ("n1", "u1", "b1"):
        (checkout / f"{name}.nii.gz").touch()
    rows = ["subject\tpattern\tspect", "n1\tnormal\tn1.nii.gz", "u1\tunilateral\tu1.nii.gz", "b1\tbilateral\tb1.nii.gz"]
    write(checkout / "scans.tsv", "\n".join(rows))
    mine = write(checkout / "mine.yaml", {"cohorts": {"perfusion": {"spect_table": "scans.tsv"}}})
    run = snakemake("--dry-run", "werner2022", "--configfile", "config/published.yaml", mine)
    assert run.returncode == 0, run.stdout
    jobs = planned(run.stdout)
    assert (jobs["spect_levels"], jobs["train_gan"], jobs["spect_compare"]) == (3, 6, 1)
    assert "simulate_spect" not in jobs
    # Without a pattern its two models have nothing to learn, and the other patterns are compared all the same.
    write(checkout / "scans.tsv", "\n".join(rows[:-1]))
    run = snakemake("--dry-run", "werner2022", "--configfile", "config/published.yaml", mine)
    assert run.returncode == 0, run.stdout
    jobs = planned(run.stdout)
    assert (jobs["spect_levels"], jobs["train_gan"], jobs["spect_compare"]) == (2, 4, 1)


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ({"cohorts": {"stroke": {"table": "none.tsv"}}}, "no such file"),
        ({"studies": {"koshino2018": {"quizz": {}}}}, "did you mean 'quiz'"),
    ],
)
def test_mistake_is_named_and_nothing_written(snakemake, checkout, change, found):
    run = snakemake("--configfile", write(checkout / "mine.yaml", change))
    assert run.returncode != 0
    assert found in run.stdout
    assert "Traceback" not in run.stdout
    assert not (checkout / "results").exists()


def test_lint_is_clean(checkout):
    run = subprocess.run([sys.executable, "-m", "snakemake", "--lint"], cwd=checkout, capture_output=True, text=True)
    assert run.returncode == 0, run.stdout + run.stderr


@pytest.mark.slow
@pytest.mark.wet
def test_tiny_run_from_nothing_to_the_report(snakemake, checkout):
    angle = {"first": -2, "last": 2, "step": 2}
    planes = {"size": 32, "yaw_deg": angle, "pitch_deg": angle, "roll_deg": angle}
    tiny = {
        "cohorts": {
            "stroke": {"simulate": {"healthy": 2, "patients": 1, "shape": [128, 128, 62], "voxel_mm": [1.88, 1.88, 3.0]}},
            "glioma": {"simulate_glioma": {"patients": 1}},
            "perfusion": {"simulate_spect": {"normal": 2, "unilateral": 2, "bilateral": 2}},
        },
        "recipes": {"dcgan_r1_64": {"size": 32, "steps": 30}, "fastgan_64": {"steps": 150, "batch": 2}}
        | {name: {"steps": 4} for name in ("dcgan_demo_64", "dcgan_demo_32", "wgan_demo_64", "wgan_demo_32", "began_demo_32")},
        "studies": {
            "koshino2018": {"datasets": {"basal_ganglia": {"planes": planes, "write_images": True}}, "samples": {"created": 80, "real": 80}}
        },
    }
    mine = write(checkout / "tiny.yaml", tiny)
    run = snakemake("--configfile", mine)
    assert run.returncode == 0, run.stdout
    base = checkout / "results/koshino2018"
    assert all((checkout / "results" / study / name).stat().st_size > 0 for study, names in CONTRACT.items() for name in names)
    assert (checkout / "results/report.html").stat().st_size > 100_000
    total = pd.read_csv(base / "training_set.tsv", sep="\t").iloc[-1]
    assert (total["scan"], total["images"]) == ("total", 4 * 27 * 5 * 2)
    assert list(pd.read_csv(base / "table1.tsv", sep="\t")["kind"].unique()) == ["published"]
    written = pd.read_csv(base / "images/basal_ganglia/sub-01/images.tsv", sep="\t")
    assert len(written) == 270
    with np.load(base / "samples/basal_ganglia/dcgan_r1_64.npz") as created:
        assert created["images"].shape == (80, 32, 32)
    assert "Nothing to be done" in snakemake("--configfile", mine).stdout
    (base / "figure1b.png").unlink()
    jobs = planned(snakemake("--dry-run", "--configfile", mine).stdout)
    assert set(jobs) == {"all", "quiz_sheet"}
