"""Levels of perfusion scans: found where the truth says, cut as radiologists see them, and what input is refused."""

import functools
import json
from pathlib import Path

import nibabel
import numpy as np
import pytest

import perfusion_levels
from neuroturing.align.levels import locate
from neuroturing.cut.levels import cut_level
from neuroturing.errors import InputError
from neuroturing.geometry.frames import rotation
from neuroturing.io import counts
from neuroturing.io.volumes import Volume
from neuroturing.measure.perfusion import measure_slice
from phantom import perfusion

REAL = Path(__file__).resolve().parents[1] / "../shared/data/spect/spm-mean-of-90.nii"
MRI = REAL.parents[1] / "heads/avg152_t1.nii"
HEIGHTS = {"CER": -30.0, "BG": 5.0, "COR": 35.0}
SETTINGS = {"shape": [64, 64, 52], "voxel_mm": [3.44] * 3, "max_tilt_deg": 10, "heights_mm": HEIGHTS}


def row(pattern="normal", side="", names=HEIGHTS, **changes):
    name = f"{pattern}-001"
    person = {"subject": name, "scan": name, "group": pattern, "side": side, "levels": list(names), "heights": {}}
    return person | {"age": 66, "sex": "F", "diaschisis": side in ("left", "right")} | changes


@functools.cache
def simulated(pattern="normal", side=""):
    case = row(pattern, side)
    volumes, truth, _ = perfusion.simulate(case, SETTINGS, 3)
    return volumes["spect"], truth, locate.place_levels(volumes["spect"], False, case, HEIGHTS)


def stored(path, volume, dtype=np.int16):
    """A volume as NIfTI."""
    image = nibabel.Nifti1Image(volume.data.astype(dtype), volume.affine)
    image.set_sform(volume.affine, code=1)
    nibabel.save(image, path)
    return path


@pytest.mark.parametrize(("pattern", "side"), [("normal", ""), ("unilateral", "left")])
def test_levels_land_within_4_mm_of_the_truth(pattern, side):
    _, truth, record = simulated(pattern, side)
    assert max(abs(truth[f"{name}_deg"]) for name in ("pitch", "roll", "yaw")) > 4
    assert not record["warnings"]
    for level, plane in record["planes"].items():
        expected = truth["levels"][level]
        normal = np.cross(plane["left"], plane["posterior"])
        assert abs(normal @ (np.array(plane["centre"]) - expected["centre"])) < 4
        assert np.degrees(np.arccos(normal @ expected["normal"])) < 3
        assert abs(np.dot(truth["midsagittal_normal"], plane["centre"] - np.array(truth["midsagittal_point"]))) < 2.5


def test_patients_left_is_on_the_right_of_the_picture():
    volume, truth, record = simulated("unilateral", "left")
    assert {item["side"] for item in truth["defects"]} == {"left"}
    for level in HEIGHTS:
        picture = cut_level(volume, record["planes"][level], 64, 240)
        ratio = measure_slice(picture)["lr_ratio"]
        # Of the whole section, and apart from the skull's rim, the truth told beside the scan.
        assert ratio == pytest.approx(truth["levels"][level]["lr_blurred"], abs=0.035), level
        assert (ratio > 1.02) if level == "CER" else (ratio < 0.97)


def test_storage_order_changes_neither_levels_nor_pictures():
    volume, _, record = simulated()
    turned = Volume(np.ascontiguousarray(volume.data.transpose(2, 0, 1)[:, ::-1]), volume.affine[:, [2, 0, 1, 3]].copy(), "turned")
    turned.affine[:3, 3] += turned.affine[:3, 1] * (turned.data.shape[1] - 1)
    turned.affine[:3, 1] *= -1
    again = locate.place_levels(turned, False, row(), HEIGHTS)
    for level in HEIGHTS:
        np.testing.assert_allclose(again["planes"][level]["centre"], record["planes"][level]["centre"], atol=0.05)
    one, other = (cut_level(item, record["planes"]["BG"], 64, 240) for item in (volume, turned))
    np.testing.assert_allclose(one, other, atol=0.01 * one.max())


@pytest.mark.skipif(not REAL.exists(), reason="the mean of 90 SPECT scans is not here")
def test_real_scan_is_nearly_symmetric_at_each_level():
    volume, single = counts.read_scan(REAL)
    record = locate.place_levels(volume, single, row(), HEIGHTS)
    assert not record["warnings"] and 1.5 < record["grey_white_ratio"] < 4
    for level, plane in record["planes"].items():
        # The scan lies in the template's own space.
        np.testing.assert_allclose(plane["centre"], [0, -18, HEIGHTS[level]], atol=3)
        assert 0.97 < measure_slice(cut_level(volume, plane, 128, 240))["lr_ratio"] < 1.03


@pytest.mark.skipif(not REAL.exists(), reason="the mean of 90 SPECT scans is not here")
def test_levels_follow_a_head_wherever_it_lies():
    volume, _ = counts.read_scan(REAL)
    here = locate.locate(volume)["matrix"]
    for angles, shift in (((22, -14, 10), (60, -40, 30)), ((-12, 18, -24), (-50, 10, -70))):
        move = np.eye(4)
        move[:3, :3], move[:3, 3] = rotation(pitch=angles[0], roll=angles[1], yaw=angles[2]), shift
        there = np.linalg.inv(move) @ locate.locate(Volume(volume.data, move @ volume.affine))["matrix"]
        for height in HEIGHTS.values():
            assert np.linalg.norm((there - here) @ [0, -18, height, 1]) < 0.5


@pytest.mark.skipif(not MRI.exists(), reason="the T1-weighted average is not here")
def test_mri_is_warned_of():
    record = locate.place_levels(*counts.read_scan(MRI), row(), HEIGHTS)
    assert any("is this an MRI" in text for text in record["warnings"]) and 0.6 < record["scale"] < 1.6


@pytest.fixture
def registered(monkeypatch):
    """The simulated scan, whose registration is not done again."""
    volume, _, record = simulated()
    known = {key: record[key] for key in ("scale", "correlation", "grey_white_ratio")}
    monkeypatch.setattr(locate, "locate", lambda _: known | {"matrix": np.array(record["matrix"]), "warnings": []})
    return volume


def test_heights_of_the_table_take_precedence(registered):
    volume = registered
    heights = {"BG": {"mm": 9.5}, "COR": {"slice": 30}}
    planes = locate.place_levels(volume, False, row(heights=heights), HEIGHTS)["planes"]
    assert [planes[level]["found"] for level in HEIGHTS] == ["registration", "table", "table"]
    assert planes["BG"]["centre"][2] == 9.5 and planes["BG"]["left"] == [-1, 0, 0] and planes["BG"]["posterior"] == [0, -1, 0]
    assert planes["COR"]["centre"][2] == pytest.approx(volume.affine[2, 3] + 30 * 3.44)
    # Stored from the top down, the slice counted from below is the same.
    upside = Volume(volume.data[:, :, ::-1].copy(), volume.affine @ np.diag([1.0, 1, -1, 1]), "upside")
    upside.affine[:3, 3] = volume.affine[:3, 3] + volume.affine[:3, 2] * (volume.data.shape[2] - 1)
    assert locate._own_plane(upside, 30, "table").items() <= planes["COR"].items()
    np.testing.assert_allclose(cut_level(volume, planes["COR"], 64, 240), cut_level(upside, planes["COR"], 64, 240), atol=1e-2)


@pytest.mark.parametrize("height", [{"mm": 200.0}, {"slice": 52}])
def test_level_outside_the_volume_is_refused(height, registered):
    with pytest.raises(InputError, match="inside the volume"):
        locate.place_levels(registered, False, row(heights={"BG": height}), HEIGHTS)


def test_negative_and_saturated_counts_are_warned_of(tmp_path, caplog):
    volume = simulated()[0]
    low = stored(tmp_path / "low.nii.gz", Volume(volume.data - 30, volume.affine))
    assert counts.read_scan(low)[0].data.min() == 0
    assert "negative" in caplog.text and "saturated" not in caplog.text
    caplog.clear()
    counts.read_scan(stored(tmp_path / "full.nii.gz", Volume(np.minimum(volume.data, 500), volume.affine)))
    assert "saturated" in caplog.text and "500" in caplog.text
    with pytest.raises(InputError, match="no value above 0"):
        counts.read_scan(stored(tmp_path / "none.nii.gz", Volume(-volume.data, volume.affine)))


def slices(tmp_path, dims=3):
    """A slice of the simulated scan as a file of its own, and the slice as the volume's."""
    volume = simulated("unilateral", "left")[0]
    affine = volume.affine.copy()
    affine[:3, 3] += affine[:3, 2] * 30
    data = volume.data[:, :, 30:31] if dims == 3 else volume.data[:, :, 30]
    return stored(tmp_path / f"slice{dims}.nii.gz", Volume(data, affine)), volume


@pytest.mark.parametrize("dims", [2, 3])
def test_single_slice_is_cut_as_the_volumes_own(tmp_path, dims):
    path, whole = slices(tmp_path, dims)
    volume, single = counts.read_scan(path)
    assert single and volume.data.shape == (64, 64, 3)
    plane = locate.place_levels(volume, single, row(names=["COR"]), HEIGHTS)["planes"]["COR"]
    own = locate._own_plane(whole, 30, "slice") | {"centre": plane["centre"]}
    assert plane["centre"][2] == pytest.approx(whole.affine[2, 3] + 30 * 3.44, abs=2e-3)
    np.testing.assert_allclose(cut_level(volume, plane, 64, 240), cut_level(whole, own, 64, 240), rtol=0.01, atol=2)
    with pytest.raises(InputError, match="one slice for the levels CER, BG, COR"):
        locate.place_levels(volume, single, row(), HEIGHTS)


def test_slices_without_orientation_or_not_axial_are_refused(tmp_path):
    nibabel.save(nibabel.Nifti1Image(np.arange(16, dtype=np.int16).reshape(4, 4), None), tmp_path / "lost.nii.gz")
    with pytest.raises(InputError, match="neither an sform nor a qform"):
        counts.read_scan(tmp_path / "lost.nii.gz")
    volume = simulated()[0]
    with pytest.raises(InputError, match="not axial"):
        counts.read_scan(stored(tmp_path / "sagittal.nii.gz", Volume(volume.data[30:31], volume.affine)))


@pytest.mark.parametrize("dims", [2, 3])
def test_damaged_slices_are_refused(tmp_path, dims):
    path, whole = slices(tmp_path, dims)
    image = nibabel.load(path)
    shape = image.shape
    cut = tmp_path / "cut.nii"
    nibabel.save(image, cut)
    cut.write_bytes(cut.read_bytes()[:-100])
    with pytest.raises(InputError, match="image data missing or truncated"):
        counts.read_scan(cut)
    colour = np.zeros(shape, np.dtype([("R", "u1"), ("G", "u1"), ("B", "u1")]))
    nibabel.save(nibabel.Nifti1Image(colour, image.affine), tmp_path / "colour.nii")
    with pytest.raises(InputError, match="values of type"):
        counts.read_scan(tmp_path / "colour.nii")
    with pytest.raises(InputError, match="at most 10 mm"):
        counts.read_scan(stored(tmp_path / "coarse.nii", Volume(np.asarray(image.dataobj), whole.affine * [[5], [5], [5], [1]])))


def test_plane_above_the_head_is_warned_of(registered):
    heights = {"COR": {"slice": registered.data.shape[2] - 1}}
    top = locate.place_levels(registered, False, row(names=["COR"], heights=heights), HEIGHTS)
    assert top["planes"]["COR"]["coverage"] == 0
    assert "no part of the template's brain" in top["warnings"][0]


def test_script_writes_a_record_and_a_picture(tmp_path):
    path = stored(tmp_path / "scan.nii.gz", simulated("unilateral", "left")[0])
    perfusion_levels.main(path, tmp_path / "levels.json", tmp_path / "levels.png", row("unilateral", "left"), HEIGHTS)
    record = json.loads((tmp_path / "levels.json").read_text())
    assert list(record["planes"]) == list(HEIGHTS) and (record["group"], record["side"]) == ("unilateral", "left")
    assert (tmp_path / "levels.png").stat().st_size > 10_000
    assert sorted(file.name for file in tmp_path.iterdir()) == ["levels.json", "levels.png", "scan.nii.gz"]
