"""The simulated cohort: reproducible, invertible, and as the truth beside it says."""

import json

import nibabel
import numpy as np
import pytest

import simulate as script
from neuroturing.geometry.frames import resample
from neuroturing.geometry.template import AC, PC
from neuroturing.io.volumes import read_volume
from phantom import anatomy, mri, t1, template
from phantom.plan import plan_cohort

SETTINGS = {"healthy": 2, "patients": 2, "shape": [64, 64, 48], "voxel_mm": [3.76, 3.76, 4.0], "max_tilt_deg": 15}
SEED = 5


def person(**changes):
    return {"subject": "sub-03", "scan": "sub-03_acute", "group": "patient", "phase": "acute", "age": 70, "sex": "F"} | changes


def simulated(*case):
    volumes, truth, mask = t1.simulate(*case)
    return volumes["t1w"], truth, mask


@pytest.fixture(scope="module")
def acute():
    return simulated(person(), SETTINGS, SEED)


@pytest.fixture(scope="module")
def chronic():
    return simulated(person(scan="sub-03_chronic", phase="chronic"), SETTINGS, SEED)


@pytest.fixture(scope="module")
def maps_and_infarct():
    """An acute patient's tissues on 3 mm voxels in head space."""
    affine = np.diag([3.0, 3, 3, 1])
    affine[:3, 3] = -84, -120, -66
    patient = anatomy.draw_anatomy(SEED, "sub-03", 70, "F", "acute")
    return patient, affine, *patient.to_grid(affine, (57, 72, 54))


def test_plan_lists_one_scan_per_volunteer_and_two_per_patient():
    scans = plan_cohort("t1", SETTINGS, SEED)
    assert [scan["scan"] for scan in scans] == ["sub-01", "sub-02", "sub-03_acute", "sub-03_chronic", "sub-04_acute", "sub-04_chronic"]
    assert {key: scans[2][key] for key in ("group", "age", "sex")} == {key: scans[3][key] for key in ("group", "age", "sex")}


def test_a_person_does_not_depend_on_how_many_others_there_are():
    few, many = (plan_cohort("t1", SETTINGS | {"patients": number}, SEED) for number in (1, 30))
    assert few == many[: len(few)]


def test_planned_ages_and_sexes_follow_the_paper():
    scans = plan_cohort("t1", {"healthy": 3000, "patients": 0}, SEED)
    ages = np.array([scan["age"] for scan in scans])
    assert ages.mean() == pytest.approx(69, abs=0.6) and ages.std() == pytest.approx(10, abs=0.6)
    assert np.mean([scan["sex"] == "F" for scan in scans]) == pytest.approx(26 / 63, abs=0.03)


def test_one_seed_gives_one_scan(acute):
    again = simulated(person(), SETTINGS, SEED)
    np.testing.assert_array_equal(acute[0].data, again[0].data)
    np.testing.assert_array_equal(acute[2], again[2])
    assert acute[1] == again[1]


def test_another_subject_and_another_seed_give_another_head(acute):
    # Truth is cheap to compare: AC-PC distances are those of the anatomy.
    others = [anatomy.draw_anatomy(*key, 70, "F", "acute") for key in ((SEED, "sub-04"), (SEED + 1, "sub-03"))]
    for other in others:
        assert abs(np.linalg.norm(np.subtract(*other.landmarks())) - acute[1]["ac_pc_mm"]) > 0.02


@pytest.mark.parametrize(("subject", "age"), [("a", 45), ("b", 70), ("c", 95)])
def test_deformation_is_invertible(subject, age):
    shape = anatomy.draw_anatomy(SEED, subject, age, "M", "chronic").deformation
    assert shape.jacobian().min() > 0
    points = np.random.default_rng(0).uniform((-60, -90, -40), (60, 60, 60), (50, 3)).T
    np.testing.assert_allclose(shape.to_template(shape.to_head(points)), points, atol=0.01)


def test_midsagittal_plane_stays_a_plane_in_the_deep_brain():
    shape = anatomy.draw_anatomy(SEED, "a", 70, "M").deformation
    deep = np.array([(0.0, y, z) for y in range(-40, 20, 5) for z in range(-15, 15, 5)]).T
    np.testing.assert_allclose(shape.to_template(deep)[0], 0, atol=0.02)


def test_the_commissures_lie_where_the_truth_says(acute):
    """The map of the scan to the template, found anew from the pose that the truth describes, takes AC and PC to the template's."""
    truth = acute[1]
    patient = anatomy.draw_anatomy(SEED, "sub-03", 70, "F", "acute")
    ac, pc = (np.array(truth[name]) for name in ("ac", "pc"))
    front = (ac - pc) / np.linalg.norm(ac - pc)
    world = np.column_stack([truth["midsagittal_normal"], front, np.cross(truth["midsagittal_normal"], front)])
    head_ac, head_pc = patient.landmarks()
    nose = (head_ac - head_pc) / np.linalg.norm(head_ac - head_pc)
    head = np.column_stack([(1, 0, 0), nose, np.cross((1, 0, 0), nose)])
    offsets = np.stack(np.meshgrid(*[np.arange(-4, 4.1, 1)] * 3, indexing="ij")).reshape(3, -1)
    for found, expected in ((ac, AC), (pc, PC)):
        in_head = head @ world.T @ (found[:, None] + offsets - ac[:, None]) + head_ac[:, None]
        blob = np.exp(-((patient.deformation.to_template(in_head) - np.array(expected)[:, None]) ** 2).sum(axis=0) / (2 * 1.5**2))
        assert np.linalg.norm(offsets[:, blob.argmax()]) == 0
        assert blob.max() > 0.999


def test_truth_angles_belong_to_the_truth_landmarks(acute):
    truth = acute[1]
    front = np.subtract(truth["ac"], truth["pc"]) / truth["ac_pc_mm"]
    right = np.array(truth["midsagittal_normal"])
    assert right @ front == pytest.approx(0, abs=1e-9)
    assert np.degrees(np.arcsin(front[2])) == pytest.approx(truth["pitch_deg"], abs=1e-6)
    assert np.degrees(np.arctan2(-front[0], front[1])) == pytest.approx(truth["yaw_deg"], abs=1e-6)
    assert np.degrees(np.arctan2(-right[2], np.cross(right, front)[2])) == pytest.approx(truth["roll_deg"], abs=1e-6)
    assert max(abs(truth[name]) for name in ("pitch_deg", "roll_deg", "yaw_deg")) <= SETTINGS["max_tilt_deg"]


def test_the_image_is_mirrored_at_the_truth_plane():
    """A volunteer's image is more alike its mirror image at the true plane than at planes turned or moved from it."""
    volume, truth, _ = simulated(person(subject="sub-01", scan="sub-01", group="healthy", phase=""), SETTINGS, SEED)
    right, centre = np.array(truth["midsagittal_normal"]), np.array(truth["ac"])
    grid = np.diag([4.0, 4, 4, 1])
    grid[:3, 3] = centre + (-90, -110, -60)

    def likeness(normal, shift=0.0):
        normal = normal / np.linalg.norm(normal)
        mirror = np.eye(4)
        mirror[:3, :3] -= 2 * np.outer(normal, normal)
        mirror[:3, 3] = 2 * ((centre + shift * normal) @ normal) * normal
        sides = (resample(volume, turn @ grid, (46, 52, 34)).ravel() for turn in (np.eye(4), mirror))
        return np.corrcoef(*sides)[0, 1]

    best = likeness(right)
    assert best > 0.85
    for change in ((0, 0.07, 0), (0, -0.07, 0), (0, 0, 0.07), (0, 0, -0.07)):
        assert likeness(right + change) < best
    assert likeness(right, 3) < best and likeness(right, -3) < best


def test_grid_is_as_asked_and_sagittal(acute):
    volume, _, lesion = acute
    assert volume.data.shape == lesion.shape == tuple(SETTINGS["shape"])
    np.testing.assert_allclose(volume.voxel_mm, SETTINGS["voxel_mm"])
    assert nibabel.aff2axcodes(volume.affine) == ("P", "S", "R")
    assert volume.data.min() >= 0 and volume.data.max() < 32767
    np.testing.assert_array_equal(volume.data, np.rint(volume.data))


def test_acute_and_chronic_share_the_person_but_not_the_pose(acute, chronic):
    first, second = acute[1], chronic[1]
    assert first["ac_pc_mm"] == pytest.approx(second["ac_pc_mm"], abs=1.0)
    assert (first["lesion"]["territory"], first["lesion"]["side"]) == (second["lesion"]["territory"], second["lesion"]["side"])
    assert abs(first["pitch_deg"] - second["pitch_deg"]) > 0.1
    assert not np.array_equal(acute[0].data, chronic[0].data)


def test_tissues_add_up_to_one_and_contrast_is_that_of_t1(maps_and_infarct, acute):
    _, _, maps, _ = maps_and_infarct
    np.testing.assert_allclose(sum(maps.shares.values()), 1, atol=1e-4)
    assert min(share.min() for share in maps.shares.values()) > -1e-5
    signal = mri.spoiled_gradient_echo(8.6, 1.8, 8)
    image = maps.mix(signal)
    white, grey, csf = (image[maps.volume(tissue) > 0.95].mean() for tissue in ("white", "grey", "csf"))
    assert white > 1.1 * grey > 1.1 * 1.4 * csf
    assert signal["fat"] > signal["white"] > 10 * signal["bone"] > 0 == signal["air"]


def test_spoiled_gradient_echo_agrees_with_the_ernst_angle():
    """At the Ernst angle the signal of a tissue is largest."""
    t1 = mri.PROPERTIES["white"][0]
    ernst = np.degrees(np.arccos(np.exp(-8.6 / t1)))
    signals = [mri.spoiled_gradient_echo(8.6, 1.8, ernst + change)["white"] for change in (-1, 0, 1)]
    assert signals[1] == max(signals)


def test_the_infarct_is_brain_on_one_side(maps_and_infarct):
    patient, affine, maps, infarct = maps_and_infarct
    voxels = np.argwhere(infarct > 0.5)
    assert len(voxels) > 10
    points = (affine[:3, :3] @ voxels.T + affine[:3, 3:]).astype(np.float32)
    in_template = patient.deformation.to_template(points)
    assert template.load_template().depth.at(in_template).max() < 1
    assert (np.sign(in_template[0]) == patient.lesion.side).all()
    healthy = anatomy.Anatomy(patient.age, patient.deformation, patient.noises).to_grid(affine, (57, 72, 54))[0]
    brain = sum(healthy.volume(tissue) for tissue in ("white", "grey", "deep_grey", "csf", "dura", "blood"))
    assert brain[infarct > 0.5].min() > 0.5


def test_chronic_infarct_is_darker_than_acute(acute, chronic):
    def inside(result):
        volume, _, lesion = result
        return np.median(volume.data[lesion > 0])

    assert inside(chronic) < 0.9 * inside(acute)


def test_ventricles_and_sulci_grow_with_age():
    affine = np.diag([2.0, 2, 2, 1])
    affine[:3, 3] = -24, -40, 4

    def fluid(age):
        return anatomy.draw_anatomy(SEED, "sub-01", age, "F").to_grid(affine, (25, 35, 14))[0].volume("csf").sum() * 0.008

    young, old = fluid(45), fluid(85)
    assert old > 1.3 * young


def test_noise_is_rician():
    """Without signal the mean of the magnitude is sqrt(pi/2) times the standard deviation in each channel."""
    noise = mri.add_rician_noise(np.random.default_rng(0), np.zeros(200000, np.float32), 10)
    assert noise.mean() == pytest.approx(10 * np.sqrt(np.pi / 2), rel=0.01)


def test_script_writes_scan_truth_and_mask(tmp_path):
    scan, mask, known = (tmp_path / name for name in ("scan.nii.gz", "mask.nii.gz", "truth.json"))
    script.main([scan], mask, known, "t1", person(), SETTINGS, SEED)
    assert nibabel.load(scan).get_data_dtype() == np.int16 and nibabel.load(mask).get_data_dtype() == np.uint8
    assert read_volume(scan).data.shape == tuple(SETTINGS["shape"])
    truth = json.loads(known.read_text())
    volume_ml = np.asanyarray(nibabel.load(mask).dataobj).sum() * np.prod(SETTINGS["voxel_mm"]) / 1000
    assert truth["lesion"]["volume_ml"] == pytest.approx(volume_ml) and volume_ml > 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["mask.nii.gz", "scan.nii.gz", "truth.json"]
