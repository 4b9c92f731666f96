"""Simulated scans, from head to ratio: the asymmetry, the section and the tilt that are true of them are what is measured.

Few subjects; benchmarks/spect_recovery.py measures more.
"""

import importlib.util
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from phantom.plan import plan_cohort

PROGRAM = Path(__file__).resolve().parents[1] / "benchmarks/spect_recovery.py"
SEED = 5


@pytest.fixture(scope="module")
def program():
    specification = importlib.util.spec_from_file_location("spect_recovery", PROGRAM)
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def measured(program):
    """Four subjects, one of them, who has a defect, with the head turned about each axis too."""
    cases = plan_cohort("spect", program.SETTINGS | {"normal": 1, "unilateral": 2, "bilateral": 1}, SEED)
    turns = [(), program.TURNS, (), ()]
    return pd.DataFrame([row for case, turn in zip(cases, turns, strict=True) for row, *_ in program.measure(case, SEED, 64, turn)])


def test_ratio_is_that_of_the_true_hemispheres(measured):
    assert np.ptp(measured["seen"]) > 0.15
    for truth in ("seen", "levels"):
        assert np.corrcoef(measured[truth], measured["found"])[0, 1] > 0.95
        assert 0.9 < np.polyfit(measured[truth], measured["found"], 1)[0] < 1.1


@pytest.mark.parametrize("level", ("CER", "BG", "COR"))
def test_mask_is_the_true_section(measured, level):
    rows = measured[measured["level"] == level]
    assert rows["dice_resolved"].mean() > 0.95 and rows["dice_resolved"].min() > 0.92
    assert rows["dice_anatomy"].mean() > 0.94


def test_tilt_of_the_head_hardly_moves_the_ratio(measured):
    assert measured["tilt_in_plane"].max() < 0.01
    assert 0 < measured["tilt_head"].max() < 0.01
