"""The programs of benchmarks/ work, each in its quick form, on what it makes itself or on images made here; how quick is not asked."""

import csv
import io
import subprocess
import sys
from pathlib import Path

import pytest
from image_sets import PLANES, plane_set, scan, smooth

from neuroturing.config.merge import read_yaml

BENCHMARKS = Path(__file__).resolve().parents[1] / "benchmarks"
COLUMNS = ["case", "peer", "ours", "theirs", "ratio", "unit"]
# Whoever measures accuracy has its own columns, and examination.py needs the results of a run: tests/test_elsewhere.py.
QUICK = ["cost_growth", "data_path", "plane_sampling", "training_step"]


def lines(name, *options):
    """What a program prints, a mapping a line."""
    done = subprocess.run(
        [sys.executable, str(BENCHMARKS / f"{name}.py"), "--quick", *options], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    table = csv.DictReader(io.StringIO(done.stdout), delimiter="\t", strict=True)
    rows = list(table)
    assert table.fieldnames == COLUMNS
    return rows


@pytest.mark.slow
@pytest.mark.wet
@pytest.mark.parametrize("name", QUICK)
def test_program_prints_its_table(name):
    rows = lines(name)
    assert rows
    for row in rows:
        assert row["case"] and row["unit"] and float(row["ours"]) == float(row["ours"]), row


@pytest.fixture
def cut(tmp_path):
    """Planes of nine subjects."""
    scans = [scan(f"s{k}", smooth((40, 70, 70), k), subject=f"p{k}", group="healthy") for k in range(9)]
    return str(plane_set(tmp_path / "cut.npz", scans, PLANES | {"size": 64}))


@pytest.mark.slow
@pytest.mark.wet
def test_precision_compares_losses_and_images(cut, tmp_path):
    rows = lines("precision", "--cut", cut, "--models", "dcgan", "--plot", str(tmp_path / "curves.png"))
    assert [row["unit"] for row in rows] == ["kernel distance x 1000", "coverage", "discriminator loss", "generator loss"]
    assert all(float(row["theirs"]) > 0 for row in rows if row["unit"].endswith("loss"))
    assert (tmp_path / "curves.png").stat().st_size > 5000


@pytest.mark.slow
@pytest.mark.wet
def test_quality_of_a_recipe_beside_real_images(cut):
    rows = lines("quality_at_time", "--cut", cut, "--models", "dcgan")
    assert [row["unit"] for row in rows] == ["kernel distance x 1000", "coverage", "correlation of pairs, over real"]
    assert {row["peer"] for row in rows} == {"real"}
    recipe = read_yaml(BENCHMARKS.parent / "recipes/dcgan.yaml")
    assert all(row["case"].startswith(recipe["algorithm"]) and float(row["ours"]) > 0 for row in rows)
