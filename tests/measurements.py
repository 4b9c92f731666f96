"""Made tables of measurements and the comparison of them, for the tests."""

import numpy as np
import pandas as pd

from neuroturing.imageset import REAL, TRAIN
from neuroturing.measure.comparison import resolved

PATTERNS = ("normal", "unilateral", "bilateral")
LEVELS = {"A": ["CER", "BG", "COR"], "B": ["COR"]}
GROUP = {"name": "pattern", "values": list(PATTERNS)}
SETS = [
    {"dataset": f"{label}_{pattern}", "label": label, "recipe": "fastgan", "where": {"group": pattern, "level": LEVELS[label]}}
    for label in LEVELS
    for pattern in PATTERNS
]
SPEC = {
    "title": "Counts and asymmetry",
    "of": "quantification",
    "quantities": {"MC": "mean_counts", "LR": "lr_ratio"},
    "rows": [{"set": "A", "against": "own"}, {"set": "B", "against": "own"}],
    "contrast": ["A", "B"],
    "margin": {"share": 1, "of": "between_subject_sd", "reference": None},
    "side": "all",
    "minimum": 5,
    "resamples": 200,
    "confidence": 0.95,
}


def comparison(**changed):
    """The comparison of two sets with three groups, with some keys changed."""
    return resolved(SPEC | changed, SETS, GROUP)


def measurements(rng, patterns=PATTERNS, subjects=8, created=24, subject_names=True):
    """A made table of measurements: three levels of each subject, mean counts by level; created images from the same distribution."""
    rows = []
    for pattern in patterns:
        for number in range(subjects):
            own = 0.01 * rng.standard_normal()
            for level, mean in (("CER", 0.60), ("BG", 0.66), ("COR", 0.72)):
                subject = f"{pattern}-{number}" if subject_names else ""
                name, ratio = f"{pattern}-{number}-{level}", np.exp(0.03 * rng.standard_normal())
                rows.append((name, REAL, pattern, level, subject, mean + own, ratio))
        for index in range(created):
            rows.append((f"A{index}", "A", pattern, "", "", rng.choice([0.60, 0.66, 0.72]), np.exp(0.03 * rng.standard_normal())))
            rows.append((f"B{index}", "B", pattern, "", "", 0.72 + 0.01 * rng.standard_normal(), np.exp(0.03 * rng.standard_normal())))
    table = pd.DataFrame(rows, columns=["image", "source", "pattern", "level", "subject", "mean_counts", "lr_ratio"])
    created_of = table["source"] + "_" + table["pattern"]
    is_real = table["source"] == REAL
    return table.assign(
        dataset=created_of.mask(is_real, ""),
        recipe=np.where(is_real, "", "fastgan"),
        split=np.where(is_real, TRAIN, ""),
    )
