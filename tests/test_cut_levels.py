"""Levels of perfusion scans: sampled where the align stage placed them, scaled by a stated rule, named and labelled."""

import json

import numpy as np
import pytest
from scipy import ndimage

import cut
from neuroturing.cut import CUTS
from neuroturing.cut.levels import cut_level, scaled
from neuroturing.errors import InputError
from neuroturing.geometry.frames import rotation
from neuroturing.imageset import BLACK_LEVEL, read_imageset
from neuroturing.io.volumes import Volume, write_volume

SPEC = {"size": 32, "field_mm": 160.0, "scaling": "image_maximum"}
AFFINE = np.diag([4.0, 4.0, 4.0, 1.0])
AFFINE[:3, 3] = -80


def activity(peak=900.0, seed=0):
    """A smooth positive volume, brightest in the middle."""
    noise = ndimage.gaussian_filter(np.random.default_rng(seed).random((40, 40, 40)), 2)
    i, j, k = (np.indices((40, 40, 40)) - 19.5) / 15
    data = np.exp(-(i**2) - j**2 - k**2) * (noise / noise.max()) * (i**2 + j**2 + k**2 < 1.2)
    return (data * peak / data.max()).astype(np.float32)


def plane(height=0.0, turn=None):
    """A plane `height` mm over the middle, by default axial."""
    axes = np.eye(3) if turn is None else turn
    return {"centre": (axes[:, 2] * height).tolist(), "posterior": (-axes[:, 1]).tolist(), "left": (-axes[:, 0]).tolist(), "found": "table"}


@pytest.fixture
def cohort(tmp_path):
    """Rows of two subjects, three scans, and their records; the last scan is a hundred times as bright."""
    rows, aligned = [], []
    for k, (scan, subject, levels) in enumerate([("a1", "a", ("BG", "COR")), ("a2_COR", "a", ("COR",)), ("b", "b", ("BG",))]):
        path = str(tmp_path / f"{scan}.nii.gz")
        write_volume(path, activity(900 * (100 if scan == "b" else 1), k), AFFINE)
        rows.append({"subject": subject, "scan": scan, "group": "normal", "images": {"spect": path}})
        aligned.append({"planes": {level: plane({"BG": 5, "COR": 25}[level]) for level in levels}})
    return rows, aligned


def test_levels_are_named_labelled_and_scaled(cohort, tmp_path):
    rows, aligned = cohort
    paths = [tmp_path / f"{row['scan']}.json" for row in rows]
    for path, record in zip(paths, aligned, strict=True):
        path.write_text(json.dumps(record))
    cut.main([], paths, [], tmp_path / "set.npz", "levels", rows, SPEC, {"b": "held_out"})
    images = read_imageset(tmp_path / "set.npz")
    assert images["image"].tolist() == ["a1_BG", "a1_COR", "a2_COR", "b_BG"], "a level is not said twice"
    assert images["level"].tolist() == ["BG", "COR", "COR", "BG"]
    assert images["subject"].tolist() == ["a", "a", "a", "b"]
    assert images["split"].tolist() == ["train"] * 3 + ["held_out"]
    assert set(images["contrast"]) == {"spect"}
    assert images.images.max(axis=(1, 2)).tolist() == [255] * 4
    assert not np.any((images.images > 0) & (images.images < BLACK_LEVEL))
    assert images["counts_scale"][3] > 50 * images["counts_scale"][0]
    counts = cut_level(Volume(activity(), AFFINE), aligned[0]["planes"]["BG"], 32, 160.0)
    shown = counts > (BLACK_LEVEL + 1) * images["counts_scale"][0]
    assert np.abs(images.images[0] * images["counts_scale"][0] - counts)[shown].max() < 0.51 * images["counts_scale"][0]


def test_global_scaling_keeps_counts_apart_by_contrast(cohort):
    rows, aligned = cohort
    images = CUTS["levels"](rows, aligned, SPEC | {"scaling": "global"}, {})
    assert images.images[3].max() == 255
    assert images.images[:3].max() == 0, "a hundredth of the brightest is black"
    assert len(set(images["counts_scale"].tolist())) == 1
    grey, scale = scaled(np.array([[[10.0]], [[20.0]], [[5.0]]], np.float32), "global", np.array(["x", "x", "y"]))
    assert grey.ravel().tolist() == [128, 255, 255]
    assert np.allclose(scale, [20 / 255, 20 / 255, 5 / 255])


def test_a_level_is_sampled_once_where_it_was_placed():
    turn = rotation(yaw=10, pitch=-8, roll=5)
    volume, placed = Volume(activity(), AFFINE), plane(12.0, turn)
    picture = cut_level(volume, placed, 24, 96.0)
    row, column = np.indices((24, 24)) - 11.5
    world = np.array(placed["centre"]) + 4.0 * (row[..., None] * -turn[:, 1] + column[..., None] * -turn[:, 0])
    index = np.moveaxis((world + 80) / 4, -1, 0)
    assert np.allclose(picture, ndimage.map_coordinates(volume.data, index, order=1), atol=0.01)


def test_view_is_radiological():
    data = np.zeros((40, 40, 40), np.float32)
    data[8:12, 28:32, 18:22] = 1  # the patient's left and front
    row, column = np.argwhere(cut_level(Volume(data, AFFINE), plane(), 40, 160.0) > 0.5).mean(0)
    assert row < 15
    assert column > 25


def test_scan_without_levels_or_counts_is_named(cohort):
    rows, aligned = cohort
    with pytest.raises(InputError, match="scan b(.|\n)*no levels"):
        CUTS["levels"](rows, [*aligned[:2], None], SPEC, {})
    aligned[2]["planes"]["BG"] = plane(70)
    with pytest.raises(InputError, match=r"b\.nii\.gz(.|\n)*no counts at level BG"):
        CUTS["levels"](rows, aligned, SPEC, {})


def test_keys_are_checked():
    options = CUTS.options("levels")
    options(**SPEC)
    for change in ({"scaling": "none"}, {"size": 8}, {"field_mm": float("nan")}, {"levels": []}):
        with pytest.raises(ValueError, match=next(iter(change))):
            options(**SPEC | change)
