"""The simulated gliomas: contrasts of each sequence, mass effect, truth, and the way through the section cutter."""

import json

import nibabel
import numpy as np
import pytest
from scipy import ndimage

import simulate as script
from neuroturing.cut.contrast import swapped_pairs
from neuroturing.cut.sections import cut_sections, grey_levels, on_grid_of, turn_upright
from neuroturing.io.volumes import read_volume
from phantom import PHANTOMS, anatomy, glioma, mri, plan
from phantom.tumour import Tumour, draw_tumour

SEED, SHAPE = 7, (96, 96, 62)
SETTINGS = {"shape": list(SHAPE)}
CASES = plan.plan_cohort("glioma", {"patients": 4}, SEED)
NECROSIS, OEDEMA, ENHANCING = 1, 2, 4


@pytest.fixture(scope="module")
def simulated():
    """The left frontal glioma of one patient on voxels of 2.5 mm."""
    scans, truth, segmentation = glioma.simulate(CASES[3], SETTINGS, SEED)
    return {name: scan.data for name, scan in scans.items()}, truth | {"segmentation": segmentation}, scans


@pytest.fixture(scope="module")
def tissue(simulated):
    """Where each tissue is: the labels; fluid, where the ratio of T1 to FLAIR is highest deep in the brain; white matter."""
    scans, truth, _ = simulated
    label = truth["segmentation"]
    brain = scans["t1"] > 0
    deep = ndimage.binary_erosion(brain, iterations=5) & (ndimage.binary_dilation(label > 0, iterations=2) == 0)
    ratio = scans["t1"] / np.maximum(scans["flair"], 1)
    order = np.argsort(np.where(deep, ratio, -1), axis=None)
    fluid = np.zeros(brain.shape, bool)
    fluid.ravel()[order[-150:]] = True
    white = deep & ~fluid & (scans["t1"] > np.percentile(scans["t1"][deep], 75))
    return {"fluid": fluid, "white": white, "deep": deep, "necrosis": label == 1, "oedema": label == 2, "enhancing": label == 4}


def level(scan, where):
    return float(np.median(scan[where]))


def test_plan_is_the_same_however_many_cases_there_are():
    many = plan.plan_cohort("glioma", {"patients": 200}, SEED)
    assert many[:4] == CASES
    assert [case["subject"] for case in CASES] == ["case-01", "case-02", "case-03", "case-04"]
    assert all(case["scan"] == case["subject"] and case["grade"] == case["group"] == "HGG" for case in many)
    ages = [case["age"] for case in many]
    assert min(ages) >= plan.GLIOMA_AGE[2] and max(ages) <= plan.GLIOMA_AGE[3] and 59 < np.mean(ages) < 65
    assert 0.25 < np.mean([case["sex"] == "F" for case in many]) < 0.55


def test_signal_equations_agree_with_numbers_worked_by_hand():
    tissue = {"blood": (1000.0, 100.0, 50.0, 1.0), "other": (1000.0, 100.0, 50.0, 0.5)}
    assert mri.spin_echo(1000, 100, tissue, 0.5)["other"] == pytest.approx(0.5 * 0.6321206 * 0.3678794, rel=1e-6)
    assert mri.spin_echo(1000, 100, tissue, 0.5)["blood"] == pytest.approx(0.5 * 0.6321206 * 0.3678794, rel=1e-6)
    assert mri.nulling_time(1e6, 1000) == pytest.approx(693.1472, rel=1e-6)
    assert mri.inversion_recovery(3000, 0, mri.nulling_time(3000, 1000), tissue)["other"] == pytest.approx(0, abs=1e-12)
    assert mri.inversion_recovery(1e6, 0, 1000, tissue)["other"] == pytest.approx(0.5 * (1 - 2 * 0.3678794), rel=1e-6)
    # 1 / (1/1000 ms + 3.7 /s/mM x 1 mM) = 1000 / 4.7
    assert mri.enhanced(tissue, {"blood": 1.0, "other": 0.0})["blood"][0] == pytest.approx(212.766, rel=1e-5)
    assert mri.gradient_echo(8.6, 1.8, 8, mri.GLIOMA_PROPERTIES)["grey"] == mri.spoiled_gradient_echo(8.6, 1.8, 8)["grey"]


@pytest.mark.parametrize("draw", range(20))
def test_every_protocol_has_the_contrast_of_its_name(draw):
    sequences = glioma.draw_sequences(np.random.default_rng(draw))
    t1, t1c, t2, flair = (sequences[name][0] for name in ("t1", "t1c", "t2", "flair"))
    assert t1["csf"] < t1["necrosis"] < t1["oedema"] < t1["white"] and t1["grey"] < t1["white"]
    assert t1c["enhancing"] > 1.2 * t1c["white"] and t1["enhancing"] < t1["white"]
    assert t2["csf"] > t2["necrosis"] > t2["oedema"] > 1.2 * t2["grey"] > 1.2 * t2["white"]
    assert flair["csf"] < 0.15 * flair["white"] and flair["oedema"] > 1.4 * flair["grey"]


def test_contrasts_in_the_images(simulated, tissue):
    t1, t1c, t2, flair = (simulated[0][name] for name in ("t1", "t1c", "t2", "flair"))
    for other in ("white", "oedema", "enhancing", "necrosis", "deep"):
        assert level(t1, tissue["fluid"]) < level(t1, tissue[other])
        assert level(t2, tissue["fluid"]) > level(t2, tissue[other])
        assert level(flair, tissue["fluid"]) < 0.4 * level(flair, tissue[other])
    for healthy in ("white", "deep"):
        assert level(flair, tissue["oedema"]) > 1.2 * level(flair, tissue[healthy])
        assert level(t2, tissue["oedema"]) > 1.2 * level(t2, tissue[healthy])
        assert level(t1c, tissue["enhancing"]) > 1.2 * level(t1c, tissue[healthy])
    assert level(t1, tissue["enhancing"]) < level(t1, tissue["white"])
    assert level(t1c, tissue["necrosis"]) < 0.6 * level(t1c, tissue["enhancing"])


def test_background_is_zero_and_the_brain_is_not(simulated):
    scans, truth, _ = simulated
    brain = scans["t1"] > 0
    for scan in scans.values():
        np.testing.assert_array_equal(scan > 0, brain)
        np.testing.assert_array_equal(scan, np.rint(scan))
        assert scan.min() == 0 and scan.max() < 32767
    assert 1000 < truth["brain_ml"] < 1900
    assert brain[truth["segmentation"] > 0].all()
    assert ndimage.label(brain)[1] < 20 and np.bincount(ndimage.label(brain)[0][brain]).max() > 0.99 * brain.sum()


def test_scans_have_scales_of_their_own(simulated):
    tops = [np.percentile(scan[scan > 0], 99.5) for scan in simulated[0].values()]
    assert len({round(top) for top in tops}) == 4


def test_grid_and_header_are_those_of_brats(simulated):
    full = glioma.brats_affine(glioma.FIELD_OF_VIEW)
    np.testing.assert_array_equal(full, [[-1, 0, 0, 0], [0, -1, 0, 239], [0, 0, 1, 0], [0, 0, 0, 1]])
    for scan in simulated[2].values():
        assert scan.data.shape == SHAPE
        assert nibabel.aff2axcodes(scan.affine) == ("L", "P", "S")
        corner = scan.affine @ [-0.5, -0.5, -0.5, 1]
        np.testing.assert_allclose(corner, full @ [-0.5, -0.5, -0.5, 1])


def test_head_is_upright_and_in_place(simulated):
    truth = simulated[1]
    ac, pc = np.array(truth["ac"]), np.array(truth["pc"])
    front = (ac - pc) / np.linalg.norm(ac - pc)
    assert front[1] > np.cos(np.radians(4))
    np.testing.assert_allclose(ac, (-119.5, 129, 62), atol=8)


def test_labels_are_nested(simulated):
    label = simulated[1]["segmentation"]
    assert label.dtype == np.uint8 and set(np.unique(label)) == {0, NECROSIS, OEDEMA, ENHANCING}
    core = np.isin(label, (NECROSIS, ENHANCING))
    around = ndimage.binary_dilation(label == NECROSIS) & (label != NECROSIS)
    assert np.mean(label[around] == ENHANCING) > 0.9
    filled = ndimage.binary_fill_holes(core)
    assert core.sum() > 0.98 * filled.sum()
    shell = ndimage.binary_dilation(core) & ~core
    assert np.mean(label[shell] == OEDEMA) > 0.3


def test_truth_says_where_the_tumour_is(simulated):
    truth = simulated[1]
    label, voxel_ml = truth["segmentation"], np.prod(np.divide(glioma.FIELD_OF_VIEW, SHAPE)) / 1000
    middle = np.argwhere(np.isin(label, (NECROSIS, ENHANCING))).mean(axis=0)
    assert np.linalg.norm((middle - truth["centre_voxel"]) * 2.5) < 8
    assert truth["side"] == ("left" if middle[0] > SHAPE[0] / 2 else "right")
    for value, name in ((NECROSIS, "necrosis"), (OEDEMA, "oedema"), (ENHANCING, "enhancing")):
        assert truth[f"{name}_ml"] == pytest.approx(np.sum(label == value) * voxel_ml)


@pytest.fixture(scope="module")
def patient():
    person = anatomy.draw_anatomy(SEED, "case-04", 56, "F")
    return person, draw_tumour(np.random.default_rng(3), person.deformation)


def test_tissue_is_displaced_outwards_and_none_is_folded(patient):
    tumour = patient[1]
    directions = np.random.default_rng(0).normal(size=(3, 40)).astype(np.float32)
    directions /= np.linalg.norm(directions, axis=0)
    radii = np.arange(0.5, 120, 0.5, dtype=np.float32)
    points = (tumour.centre.astype(np.float32)[:, None, None] + directions[:, :, None] * radii).reshape(3, -1)
    origin = tumour.before(points, np.ones(points.shape[1], np.float32)) - tumour.centre[:, None]
    distance = np.linalg.norm(origin, axis=0).reshape(40, -1)
    assert (np.diff(distance, axis=1) > 0).all()
    moved = radii - distance
    assert moved.min() > -1e-3 and 3 < moved.max() < 20 and moved[:, -1].max() < 0.1
    np.testing.assert_allclose(tumour.before(points, np.zeros(points.shape[1], np.float32)), points)


def test_ventricle_beside_the_tumour_is_compressed(patient):
    """Less fluid on the tumour's side than the same brain has without mass effect."""
    person, tumour = patient
    axes = [np.arange(-30, 31, 3.0, dtype=np.float32)] * 3
    offset = np.stack(np.meshgrid(*axes, indexing="ij")).reshape(3, -1)
    target = person.deformation.to_head(np.array([[tumour.side * 10.0], [0], [18]]))
    centre = (target[:, 0] + tumour.side * np.array([22, 0, 10])).astype(float)
    args = {"lobe": "frontal", "side": tumour.side, "centre": centre, "radii": np.full(3, 16.0), "rim": 4.0, "reach": 10.0}
    points = (target + offset).astype(np.float32)
    fluid = []
    for push in (0.0, 0.55):
        grown = Tumour(**args, push=push, noise=tumour.noise)
        outside = grown.distance(points) > 2
        fluid.append(glioma.compose(person, grown, points)[0]["csf"][outside].sum())
    assert fluid[1] < 0.9 * fluid[0]


def test_shares_add_up_and_oedema_spares_the_cortex(patient):
    person, tumour = patient
    axes = [np.arange(-45, 46, 3.0, dtype=np.float32)] * 3
    points = np.stack(np.meshgrid(*axes, indexing="ij")).reshape(3, -1) + tumour.centre.astype(np.float32)[:, None]
    shares, margin = glioma.compose(person, tumour, points)
    inside = margin < 0
    total = sum(share[inside] for share in shares.values())
    np.testing.assert_allclose(total, 1, atol=1e-4)
    assert min(share.min() for share in shares.values()) > -1e-5
    wet = shares["oedema"] * (tumour.distance(points) > 3)
    assert wet.sum() > 30
    assert shares["grey"][wet > 0.5].mean() < 0.2


def test_thick_slices_average_and_interpolate():
    np.testing.assert_array_equal(mri.thick_slices(6, 1.0, 1.0, 0.3), np.eye(6))
    blend = mri.thick_slices(9, 1.0, 3.0, 1.0)
    np.testing.assert_allclose(blend.sum(axis=1), 1, rtol=1e-6)
    # Middles of three slices are their means; the voxel next to it is a third of the way to the next slice.
    ramp = np.array([0, 0, 0, 9, 9, 9, 0, 0, 0], np.float32)
    np.testing.assert_allclose(blend @ ramp, [0, 0, 3, 6, 9, 6, 3, 0, 0], atol=1e-5)


def test_one_seed_and_name_give_one_case(simulated):
    small = {"shape": [48, 48, 31]}
    first, second = (glioma.simulate(CASES[3], small, SEED) for _ in range(2))
    for name, scan in first[0].items():
        np.testing.assert_array_equal(scan.data, second[0][name].data)
    np.testing.assert_array_equal(first[2], second[2])
    assert first[1] == second[1]
    other = glioma.simulate(CASES[3], small, SEED + 1)
    assert other[1]["centre"] != first[1]["centre"] and not np.array_equal(other[0]["t1"].data, first[0]["t1"].data)


def test_sections_are_cut_and_no_sequences_look_swapped(simulated):
    scans = {name: turn_upright(scan) for name, scan in simulated[2].items()}
    scans = {name: on_grid_of(scans["t1"], scan) for name, scan in scans.items()}
    for scan in scans.values():
        pictures = cut_sections(grey_levels(scan), "sagittal", 32, 60, 64)
        assert pictures.shape == (29, 64, 64) and (pictures.reshape(29, -1).std(axis=1) > 20).all()
    assert swapped_pairs({name: scan.data for name, scan in scans.items()}) == []
    for first, second in (("t1", "t1c"), ("flair", "t2")):
        assert swapped_pairs({first: scans[second].data, second: scans[first].data}) == [(first, second)]


def test_script_writes_what_was_simulated(tmp_path, monkeypatch, simulated):
    truth = {key: value for key, value in simulated[1].items() if key != "segmentation"}
    monkeypatch.setattr(script, "PHANTOMS", {"glioma": lambda case, settings, seed: (simulated[2], truth, simulated[1]["segmentation"])})
    paths = [tmp_path / f"case-04_{name}.nii.gz" for name in plan.CONTRASTS["glioma"]]
    script.main(paths, tmp_path / "mask.nii.gz", tmp_path / "truth.json", "glioma", CASES[3], SETTINGS, SEED)
    for path, (name, scan) in zip(paths, simulated[2].items(), strict=True):
        found = read_volume(path)
        np.testing.assert_array_equal(found.data, simulated[0][name])
        np.testing.assert_allclose(found.affine, scan.affine)
        assert nibabel.load(path).get_data_dtype() == np.int16
    assert nibabel.load(tmp_path / "mask.nii.gz").get_data_dtype() == np.uint8
    assert json.loads((tmp_path / "truth.json").read_text()) == truth
    assert len(list(tmp_path.iterdir())) == 6


def test_phantoms_are_named_as_the_configuration_names_them():
    assert list(PHANTOMS) == list(plan.CONTRASTS)
