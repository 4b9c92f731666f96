"""Levels of perfusion scans: found where the truth says, cut as radiologists see them, and what input is refused."""

import functools
import json
import logging
from pathlib import Path

import nibabel
import numpy as np
import pytest
import spect_dataset
import spect_levels
import spect_training_set
import yaml
from neuroturing.cohort.simulate import rotation
from neuroturing.spect import levels, scans
from neuroturing.spect.archives import read_real
from neuroturing.spect.quantify import quantify_image
from neuroturing.spect.stack import check_slice, scaled
from neuroturing.volumes import Volume

from neuroturing.cohort import perfusion, spect_tables
from neuroturing.errors import InputError

REAL = Path(__file__).resolve().parents[1] / "../shared/data/spect/spm-mean-of-90.nii"
MRI = REAL.parents[1] / "heads/avg152_t1.nii"
SETTINGS = {"shape": [64, 64, 52], "voxel_mm": [3.44] * 3, "max_tilt_deg": 10, "levels_mm": levels.HEIGHTS_MM}
CONFIG = yaml.safe_load((Path(__file__).parents[1] / "config.yaml").read_text())
PUBLISHED = CONFIG["studies"]["werner2022"]["spect"]["published_images"]
SPEC = {"size": 64, "field_mm": 240, "scaling": "image_maximum", "published_images": PUBLISHED, "is_published_cohort": False}


def row(pattern="normal", side="", names=levels.LEVELS, **changes):
    name = f"{pattern}-001"
    person = {"subject": name, "scan": name, "pattern": pattern, "side": side, "levels": list(names), "heights": {}}
    return person | {"age": 66, "sex": "F"} | changes


@functools.cache
def simulated(pattern="normal", side=""):
    case = row(pattern, side)
    volume, truth, _ = perfusion.simulate_spect(case, SETTINGS, 3)
    return volume, truth, levels.place_levels(volume, False, case, levels.HEIGHTS_MM)


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
    for level in levels.LEVELS:
        picture = levels.cut_level(volume, record["planes"][level], 64, 240)
        ratio = quantify_image(picture)["lr_ratio"]
        # Of the whole section, and apart from the skull's rim, the truth told beside the scan.
        assert ratio == pytest.approx(truth["levels"][level]["lr_blurred"], abs=0.035), level
        assert (ratio > 1.02) if level == "CER" else (ratio < 0.97)


def test_storage_order_changes_neither_levels_nor_pictures():
    volume, _, record = simulated()
    turned = Volume(np.ascontiguousarray(volume.data.transpose(2, 0, 1)[:, ::-1]), volume.affine[:, [2, 0, 1, 3]].copy(), "turned")
    turned.affine[:3, 3] += turned.affine[:3, 1] * (turned.data.shape[1] - 1)
    turned.affine[:3, 1] *= -1
    again = levels.place_levels(turned, False, row(), levels.HEIGHTS_MM)
    for level in levels.LEVELS:
        np.testing.assert_allclose(again["planes"][level]["centre"], record["planes"][level]["centre"], atol=0.05)
    one, other = (levels.cut_level(item, record["planes"]["BG"], 64, 240) for item in (volume, turned))
    np.testing.assert_allclose(one, other, atol=0.01 * one.max())


@pytest.mark.skipif(not REAL.exists(), reason="the mean of 90 SPECT scans is not here")
def test_real_scan_is_nearly_symmetric_at_each_level():
    volume, single = scans.read_scan(REAL)
    record = levels.place_levels(volume, single, row(), levels.HEIGHTS_MM)
    assert not record["warnings"] and 1.5 < record["grey_white_ratio"] < 4
    for level, plane in record["planes"].items():
        # The scan lies in the template's own space.
        np.testing.assert_allclose(plane["centre"], [0, -18, levels.HEIGHTS_MM[level]], atol=3)
        assert 0.97 < quantify_image(levels.cut_level(volume, plane, 128, 240))["lr_ratio"] < 1.03


@pytest.mark.skipif(not REAL.exists(), reason="the mean of 90 SPECT scans is not here")
def test_levels_follow_a_head_wherever_it_lies():
    volume, _ = scans.read_scan(REAL)
    here = levels.locate(volume)["matrix"]
    for angles, shift in (((22, -14, 10), (60, -40, 30)), ((-12, 18, -24), (-50, 10, -70))):
        move = np.eye(4)
        move[:3, :3], move[:3, 3] = rotation(*angles), shift
        there = np.linalg.inv(move) @ levels.locate(Volume(volume.data, move @ volume.affine))["matrix"]
        for height in levels.HEIGHTS_MM.values():
            assert np.linalg.norm((there - here) @ [0, -18, height, 1]) < 0.5


@pytest.mark.skipif(not MRI.exists(), reason="the T1-weighted average is not here")
def test_mri_is_warned_of():
    record = levels.place_levels(*scans.read_scan(MRI), row(), levels.HEIGHTS_MM)
    assert any("is this an MRI" in text for text in record["warnings"]) and 0.6 < record["scale"] < 1.6


@pytest.fixture
def registered(monkeypatch):
    """The simulated scan, whose registration is not done again."""
    volume, _, record = simulated()
    known = {key: record[key] for key in ("scale", "correlation", "grey_white_ratio")}
    monkeypatch.setattr(levels, "locate", lambda _: known | {"matrix": np.array(record["matrix"]), "warnings": []})
    return volume


def test_heights_of_the_table_take_precedence(registered):
    volume = registered
    heights = {"BG": {"mm": 9.5}, "COR": {"slice": 30}}
    planes = levels.place_levels(volume, False, row(heights=heights), levels.HEIGHTS_MM)["planes"]
    assert [planes[level]["found"] for level in levels.LEVELS] == ["registration", "table", "table"]
    assert planes["BG"]["centre"][2] == 9.5 and planes["BG"]["left"] == [-1, 0, 0] and planes["BG"]["posterior"] == [0, -1, 0]
    assert planes["COR"]["centre"][2] == pytest.approx(volume.affine[2, 3] + 30 * 3.44)
    # Stored from the top down, the slice counted from below is the same.
    upside = Volume(volume.data[:, :, ::-1].copy(), volume.affine @ np.diag([1.0, 1, -1, 1]), "upside")
    upside.affine[:3, 3] = volume.affine[:3, 3] + volume.affine[:3, 2] * (volume.data.shape[2] - 1)
    assert levels._own_plane(upside, 30, "table").items() <= planes["COR"].items()
    np.testing.assert_allclose(
        levels.cut_level(volume, planes["COR"], 64, 240), levels.cut_level(upside, planes["COR"], 64, 240), atol=1e-2
    )


@pytest.mark.parametrize("height", [{"mm": 200.0}, {"slice": 52}])
def test_level_outside_the_volume_is_refused(height, registered):
    with pytest.raises(InputError, match="inside the volume"):
        levels.place_levels(registered, False, row(heights={"BG": height}), levels.HEIGHTS_MM)


def test_negative_and_saturated_counts_are_warned_of(tmp_path, caplog):
    volume = simulated()[0]
    low = stored(tmp_path / "low.nii.gz", Volume(volume.data - 30, volume.affine))
    assert scans.read_scan(low)[0].data.min() == 0
    assert "negative" in caplog.text and "saturated" not in caplog.text
    caplog.clear()
    scans.read_scan(stored(tmp_path / "full.nii.gz", Volume(np.minimum(volume.data, 500), volume.affine)))
    assert "saturated" in caplog.text and "500" in caplog.text
    with pytest.raises(InputError, match="no value above 0"):
        scans.read_scan(stored(tmp_path / "none.nii.gz", Volume(-volume.data, volume.affine)))


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
    volume, single = scans.read_scan(path)
    assert single and volume.data.shape == (64, 64, 3)
    plane = levels.place_levels(volume, single, row(names=["COR"]), levels.HEIGHTS_MM)["planes"]["COR"]
    own = levels._own_plane(whole, 30, "slice") | {"centre": plane["centre"]}
    assert plane["centre"][2] == pytest.approx(whole.affine[2, 3] + 30 * 3.44, abs=2e-3)
    np.testing.assert_allclose(levels.cut_level(volume, plane, 64, 240), levels.cut_level(whole, own, 64, 240), rtol=0.01, atol=2)
    with pytest.raises(InputError, match="one slice for the levels CER, BG, COR"):
        levels.place_levels(volume, single, row(), levels.HEIGHTS_MM)


def test_slices_without_orientation_or_not_axial_are_refused(tmp_path):
    nibabel.save(nibabel.Nifti1Image(np.arange(16, dtype=np.int16).reshape(4, 4), None), tmp_path / "lost.nii.gz")
    with pytest.raises(InputError, match="neither an sform nor a qform"):
        scans.read_scan(tmp_path / "lost.nii.gz")
    volume = simulated()[0]
    with pytest.raises(InputError, match="not axial"):
        scans.read_scan(stored(tmp_path / "sagittal.nii.gz", Volume(volume.data[30:31], volume.affine)))


@pytest.mark.parametrize("dims", [2, 3])
def test_damaged_slices_are_refused(tmp_path, dims):
    path, whole = slices(tmp_path, dims)
    image = nibabel.load(path)
    shape = image.shape
    cut = tmp_path / "cut.nii"
    nibabel.save(image, cut)
    cut.write_bytes(cut.read_bytes()[:-100])
    with pytest.raises(InputError, match="image data cannot be read(.|\n)*truncated"):
        scans.read_scan(cut)
    colour = np.zeros(shape, np.dtype([("R", "u1"), ("G", "u1"), ("B", "u1")]))
    nibabel.save(nibabel.Nifti1Image(colour, image.affine), tmp_path / "colour.nii")
    with pytest.raises(InputError, match="values of type"):
        scans.read_scan(tmp_path / "colour.nii")
    with pytest.raises(InputError, match="at most 10 mm"):
        scans.read_scan(stored(tmp_path / "coarse.nii", Volume(np.asarray(image.dataobj), whole.affine * [[5], [5], [5], [1]])))


def test_slices_are_looked_at_before_any_training(caplog):
    volume = simulated("unilateral", "left")[0]
    plane = levels.place_levels(volume, False, row(), levels.HEIGHTS_MM)["planes"]["BG"]
    picture = levels.cut_level(volume, plane, 64, 240)
    scan = {"scan": "a", "spect": "a.nii.gz", "side": "left"}
    check_slice(picture, scan, "BG")
    check_slice(picture, scan | {"side": ""}, "BG")
    assert not caplog.text
    check_slice(picture[:, ::-1], scan, "BG")
    check_slice(picture, scan | {"side": "right"}, "BG")
    assert caplog.text.count("is the side wrong, or the image flipped?") == 2
    with pytest.raises(InputError, match="a.nii.gz(.|\n)*at level COR every pixel is 0(.|\n)*inside the head"):
        check_slice(np.zeros((64, 64)), scan, "COR")


def test_plane_above_the_head_is_warned_of(registered):
    heights = {"COR": {"slice": registered.data.shape[2] - 1}}
    top = levels.place_levels(registered, False, row(names=["COR"], heights=heights), levels.HEIGHTS_MM)
    assert top["planes"]["COR"]["coverage"] == 0
    assert "no part of the template's brain" in top["warnings"][0]


def test_scripts_write_stack_and_training_sets(tmp_path, caplog):
    caplog.set_level(logging.INFO)
    one = stored(tmp_path / "one.nii.gz", simulated("unilateral", "left")[0])
    other, _ = slices(tmp_path)
    table = tmp_path / "spect.tsv"
    table.write_text("subject\tpattern\tspect\tlevel\tside\n")
    with table.open("a") as stream:
        stream.write(f"a\tunilateral\t{one.name}\t\tleft\nb\tnormal\t{other.name}\tCOR\t\n")
    found = spect_tables.read_spect_table(table)
    files = [tmp_path / f"{scan['scan']}_levels.json" for scan in found]
    for scan, file in zip(found, files, strict=True):
        spect_levels.main(scan["spect"], file, file.with_suffix(".png"), scan, levels.HEIGHTS_MM)
        assert file.with_suffix(".png").stat().st_size > 10_000
    stack = tmp_path / "real.npz"
    spect_dataset.main([scan["spect"] for scan in found], files, stack, found, SPEC)
    real = read_real(stack)
    assert list(real.name) == ["a_CER", "a_BG", "a_COR", "b_COR"] and list(real.pattern) == ["unilateral"] * 3 + ["normal"]
    assert real.images.shape == (4, 64, 64) and (real.images.max(axis=(1, 2)) == 255).all() and (real.counts_scale > 0).all()
    assert "no bilateral pattern" in caplog.text and "1 COR (Werner 2022: 129)" in caplog.text
    spect_training_set.main(stack, tmp_path / "A.npz", "unilateral", ["CER", "BG", "COR"])
    spect_training_set.main(stack, tmp_path / "B.npz", "unilateral", ["COR"])
    assert list(read_real(tmp_path / "A.npz").name) == ["a_CER", "a_BG", "a_COR"]
    np.testing.assert_array_equal(read_real(tmp_path / "B.npz").images, real.images[2:3])
    with np.load(tmp_path / "B.npz") as archive:
        assert str(archive["kind"]) == "stack" and json.loads(str(archive["spec"]))["levels"] == ["COR"]
        assert {"subject", "scan", "sequence", "section"} <= set(archive.files)
    with pytest.raises(InputError, match="no bilateral slice"):
        spect_training_set.main(stack, tmp_path / "C.npz", "bilateral", ["COR"])
    assert not list(tmp_path.glob(".partial*"))


def test_scaling_keeps_counts():
    pictures = np.random.default_rng(0).uniform(0, 1, (3, 8, 8)).astype(np.float32) * np.array([10, 40, 90], np.float32)[:, None, None]
    for scaling, same in (("image_maximum", False), ("global", True)):
        images, scale = scaled(pictures, scaling)
        np.testing.assert_allclose(images * scale[:, None, None], pictures, atol=scale.max() / 2 * 1.01)
        assert (np.ptp(scale) == 0) == same
    with pytest.raises(InputError, match="did you mean 'global'"):
        scaled(pictures, "globall")


HEADER = "subject\tpattern\tspect\tlevel\tside\tbg_mm\tbg_slice\n"
BAD = {
    "unknown pattern": ("s\tunilaterl\ta.nii\n", "did you mean 'unilateral'"),
    "unknown level": ("s\tnormal\ta.nii\tCERE\n", "did you mean 'CER'"),
    "unknown side": ("s\tunilateral\ta.nii\t\tlft\n", "did you mean 'left'"),
    "side of a normal": ("s\tnormal\ta.nii\t\tleft\n", "'left' in a normal pattern"),
    "side of a bilateral": ("s\tbilateral\ta.nii\t\tright\n", "'right' in a bilateral pattern"),
    "level twice": ("s\tnormal\ta.nii\tBG,BG\n", "BG twice"),
    "not a number": ("s\tnormal\ta.nii\t\t\t1,5\n", "1,5(.|\n)*a number in millimetres"),
    "not a slice": ("s\tnormal\ta.nii\t\t\t\t-1\n", "a whole number from 0"),
    "two heights": ("s\tnormal\ta.nii\t\t\t5\t7\n", "a height in mm and a slice"),
    "height of no level": ("s\tnormal\ta.nii\tCOR\t\t5\n", "no height for BG"),
    "same file": ("s\tnormal\ta.nii\ns2\tnormal\t./a.nii\n", "same file twice"),
    "same image": ("s\tnormal\ta.nii\ns\tnormal\tb.nii\tCOR\n", "named 's_COR'"),
    "same scan": ("s\tnormal\ta.nii\ns\tnormal\tb.nii\n", "two scans or images named 's"),
    "no file": ("s\tnormal\tc.nii\n", "no file .*c.nii"),
    "no path": ("s\tnormal\t\n", "without a file"),
    "wrong kind": ("s\tnormal\td.png\n", "ends in .nii"),
    "bad name": ("s/1\tnormal\ta.nii\n", "subject 's/1'"),
}


@pytest.mark.parametrize(("lines", "message"), BAD.values(), ids=BAD)
def test_table_refuses(tmp_path, lines, message):
    for name in ("a.nii", "b.nii", "d.png"):
        (tmp_path / name).touch()
    (tmp_path / "table.tsv").write_text(HEADER + lines)
    with pytest.raises(InputError, match=message):
        spect_tables.read_spect_table(tmp_path / "table.tsv")


def test_table_reads_levels_sides_and_heights(tmp_path):
    for name in "abcd":
        (tmp_path / f"{name}.nii").touch()
    lines = "s\tNormal\ta.nii\nt\tbilateral\tb.nii\nu\tunilateral\tc.nii\tcor, bg\tright\t\t12\nt\tbilateral\td.nii\tCER\n"
    (tmp_path / "table.tsv").write_text(HEADER + lines)
    found = spect_tables.read_spect_table(tmp_path / "table.tsv")
    assert [scan["scan"] for scan in found] == ["s", "t", "u", "t_CER"]
    assert [scan["levels"] for scan in found] == [["CER", "BG", "COR"], ["BG", "COR"], ["BG", "COR"], ["CER"]]
    assert [scan["side"] for scan in found] == ["", "both", "right", "both"] and found[2]["heights"] == {"BG": {"slice": 12}}
    doubts = "\n".join(spect_tables.cohort_doubts(found, PUBLISHED))
    assert "1 bilateral images at CER" in doubts and "1 normal images at CER, 248 in Werner 2022" in doubts
    assert spect_tables.cohort_doubts(found[:3]) == []


def test_published_counts_add_up():
    totals = {pattern: sum(cells.values()) for pattern, cells in PUBLISHED.items()}
    assert totals == {"normal": 551, "unilateral": 291, "bilateral": 96}
