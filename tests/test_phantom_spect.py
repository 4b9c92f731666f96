"""Simulated perfusion SPECT: reproducible, with the contrast of I-123-IMP, and with defects where the truth says."""

import json

import nibabel
import numpy as np
import pytest

import simulate as script
from neuroturing.errors import InputError
from neuroturing.geometry.frames import resample
from neuroturing.io.volumes import Volume
from phantom import defects, perfusion, plan
from phantom.fields import generator_for

SEED = 7
SETTINGS = {
    "shape": [64, 64, 52],
    "voxel_mm": [3.44, 3.44, 3.44],
    "max_tilt_deg": 0,
    "heights_mm": {"CER": -30.0, "BG": 5.0, "COR": 35.0},
}
LEVELS = ["CER", "BG", "COR"]


def case(pattern="normal", side="", levels=LEVELS, **changes):
    name = {"subject": f"{pattern}-001", "scan": f"{pattern}-001"}
    diaschisis = pattern == "unilateral" and "CER" in levels
    return (
        name | {"diaschisis": diaschisis, "group": pattern, "side": side, "levels": levels, "heights": {}, "age": 66, "sex": "F"} | changes
    )


def simulated(*case):
    volumes, truth, mask = perfusion.simulate(*case)
    return volumes["spect"], truth, mask


@pytest.fixture(scope="module")
def normal():
    return simulated(case(), SETTINGS, SEED)


@pytest.fixture(scope="module")
def left():
    return simulated(case("unilateral", "left"), SETTINGS, SEED)


def test_plan_gives_what_the_paper_has():
    cases = plan.plan_cohort("spect", SETTINGS | {"normal": 3, "unilateral": 200, "bilateral": 2}, SEED)
    by_pattern = {pattern: [item for item in cases if item["group"] == pattern] for pattern in plan.PATTERNS}
    assert [len(items) for items in by_pattern.values()] == [3, 200, 2]
    assert all(item["side"] == "both" and "CER" not in item["levels"] for item in by_pattern["bilateral"])
    assert all(item["side"] == "" and item["levels"] == LEVELS for item in by_pattern["normal"])
    assert {item["side"] for item in by_pattern["unilateral"]} == {"left", "right"}
    assert np.mean(["CER" in item["levels"] for item in by_pattern["unilateral"]]) == pytest.approx(66 / 116, abs=0.1)
    assert cases[3:10] == plan.plan_cohort("spect", SETTINGS | {"normal": 0, "unilateral": 7, "bilateral": 0}, SEED)


def test_one_seed_gives_one_scan_and_another_another():
    coarse = SETTINGS | {"shape": [32, 36, 20], "voxel_mm": [6, 6, 6]}
    first, again, other = (simulated(case(), coarse, seed)[0].data for seed in (SEED, SEED, SEED + 1))
    np.testing.assert_array_equal(first, again)
    assert np.corrcoef(first.ravel(), other.ravel())[0, 1] < 0.99
    with pytest.raises(InputError, match="every level inside the field"):
        simulated(case(), coarse | {"shape": [24, 24, 6]}, SEED)


def mean_at(volume, truth, *places):
    """Mean of a scan round places given in mm from the levels' middle line (head not tilted)."""
    centre = np.array(truth["levels"]["BG"]["centre"]) - [0, -18, 5]
    affine = np.diag([2.0, 2, 2, 1])
    values = []
    for place in places:
        affine[:3, 3] = centre + place - 2
        values.append(resample(Volume(volume.data, volume.affine), affine, (3, 3, 3)).mean())
    return float(np.mean(values))


def test_contrast_is_that_of_imp(normal):
    volume, truth, _ = normal
    white = mean_at(volume, truth, (24, -20, 33), (-24, -20, 33))
    cerebellum = mean_at(volume, truth, (28, -66, -36), (-28, -66, -36))
    thalamus = mean_at(volume, truth, (11, -19, 7), (-11, -19, 7))
    putamen = mean_at(volume, truth, (27, 2, 2), (-27, 2, 2))
    assert truth["grey_to_white"] == 4 and 8 <= truth["fwhm_mm"] <= 10
    # After the blur white matter holds spill-over of the cortex round it.
    assert 1.8 < cerebellum / white < 4 and 1.6 < thalamus / white < 4 and 1.4 < putamen / white < 4
    assert volume.data.min() >= 0 and np.array_equal(volume.data, np.rint(volume.data))


def test_normal_halves_differ_by_a_few_percent_only(normal):
    for values in normal[1]["levels"].values():
        assert values["lr_activity"] == values["lr_without_defect"]
        assert abs(np.log(values["lr_activity"])) < 0.1 and abs(np.log(values["lr_blurred"])) < 0.08
    assert not normal[2].any() and normal[1]["defects"] == normal[1]["diaschisis"] == []


def test_defect_lies_on_its_side_and_diaschisis_opposite(left):
    volume, truth, mask = left
    x = (volume.affine[:3, :3] @ np.argwhere(mask).T + volume.affine[:3, 3:])[0] - truth["midsagittal_point"][0]
    z = (volume.affine[:3, :3] @ np.argwhere(mask).T + volume.affine[:3, 3:])[2] - truth["levels"]["CER"]["centre"][2]
    assert (x[z > 24] < 2).all() and (x[z < -4] > -2).all() and (z > 24).any() and (z < -4).any()
    assert [item["side"] for item in truth["diaschisis"]] == ["right"] and {item["side"] for item in truth["defects"]} == {"left"}
    levels = truth["levels"]
    assert levels["CER"]["lr_activity"] > 1.05 * levels["CER"]["lr_without_defect"]
    for level in ("BG", "COR"):
        assert levels[level]["lr_activity"] < 0.98 * levels[level]["lr_without_defect"]
        assert levels[level]["lr_blurred"] == pytest.approx(levels[level]["lr_activity"], abs=0.05)


def test_every_territory_shows_at_basal_ganglia_and_cortex():
    grid = np.stack(np.meshgrid(np.arange(-66, 67, 3.0), np.arange(-100, 68, 3.0), indexing="ij")).reshape(2, -1)
    inside = (grid[0] / 66) ** 2 + ((grid[1] + 18) / 86) ** 2 < 1
    for name in defects.TERRITORIES:
        defect = defects._draw(generator_for(SEED, name), name, 1)
        for height in (5.0, 35.0):
            lost = defect.lost(np.vstack([grid, np.full(grid.shape[1], height)]).astype(np.float32))[inside]
            assert (lost > 0.5 * defect.depth).mean() > 0.02, (name, height)
            assert lost[grid[0][inside] < 0].max() == 0 and lost.max() <= defect.depth


def test_tilt_moves_the_head_and_no_asymmetry(normal):
    tilted = simulated(case(), SETTINGS | {"max_tilt_deg": 12}, SEED)[1]
    assert max(abs(tilted[f"{name}_deg"]) for name in ("pitch", "roll", "yaw")) > 3
    for level, values in normal[1]["levels"].items():
        assert tilted["levels"][level]["lr_activity"] == pytest.approx(values["lr_activity"], abs=0.012)


def test_script_writes_scan_truth_and_mask(tmp_path):
    scan, mask, known = (tmp_path / name for name in ("scan.nii.gz", "mask.nii.gz", "truth.json"))
    settings = SETTINGS | {"shape": [48, 48, 40], "voxel_mm": [4.5] * 3}
    script.main([scan], mask, known, "spect", case("bilateral", "both", ["BG", "COR"]), settings, SEED)
    image, defect = nibabel.load(scan), nibabel.load(mask)
    assert image.get_data_dtype() == np.int16 and defect.get_data_dtype() == np.uint8 and image.shape == defect.shape == (48, 48, 40)
    truth = json.loads(known.read_text())
    assert truth["diaschisis"] == [] and {item["side"] for item in truth["defects"]} == {"left", "right"}
    assert sorted(path.name for path in tmp_path.iterdir()) == ["mask.nii.gz", "scan.nii.gz", "truth.json"]
