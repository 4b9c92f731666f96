"""Rotations, affines, grids and the template: each against what is worked out by other means."""

import nilearn.datasets
import numpy as np
import pytest

from neuroturing.geometry.frames import angles, moved, picture, plane_affine, resample, rotation
from neuroturing.geometry.grids import background, cropped, plain_itk, pooled, positions, sampler
from neuroturing.geometry.template import AC, PC, dilated_mask, template
from neuroturing.io.volumes import LPS, Volume


def turn(pitch=0.0, roll=0.0, yaw=0.0, shift=(0, 0, 0)):
    """Rigid matrix, written out from elementary rotations."""
    p, r, y = np.radians([pitch, roll, yaw])
    about_x = [[1, 0, 0], [0, np.cos(p), -np.sin(p)], [0, np.sin(p), np.cos(p)]]
    about_y = [[np.cos(r), 0, np.sin(r)], [0, 1, 0], [-np.sin(r), 0, np.cos(r)]]
    about_z = [[np.cos(y), -np.sin(y), 0], [np.sin(y), np.cos(y), 0], [0, 0, 1]]
    matrix = np.eye(4)
    matrix[:3, :3] = np.array(about_z) @ about_x @ about_y
    matrix[:3, 3] = shift
    return matrix


POSES = [(0, 0, 0), (20, 0, 0), (0, -15, 0), (0, 0, 25), (-18, 12, -21)]


@pytest.mark.parametrize(("pitch", "roll", "yaw"), POSES)
def test_rotation_is_yaw_after_pitch_after_roll_and_angles_undo_it(pitch, roll, yaw):
    matrix = rotation(yaw=yaw, pitch=pitch, roll=roll)
    np.testing.assert_allclose(matrix, turn(pitch, roll, yaw)[:3, :3], atol=1e-12)
    found = angles(turn(pitch, roll, yaw, (1, 2, 3)))
    assert found == pytest.approx({"yaw": yaw, "pitch": pitch, "roll": roll}, abs=1e-9)


def test_rotations_of_many_angles():
    pitch, roll, yaw = np.array(POSES).T
    np.testing.assert_allclose(rotation(yaw=yaw, pitch=pitch, roll=roll), [turn(*pose)[:3, :3] for pose in POSES], atol=1e-12)
    assert rotation(yaw=[1, 2], pitch=0, roll=0).shape == (2, 3, 3)


def test_signs_of_the_angles():
    assert rotation(yaw=0, pitch=10, roll=0)[2, 1] > 0, "pitch: the nose (y) goes up"
    assert rotation(yaw=0, pitch=0, roll=10)[0, 2] > 0, "roll: the vertex (z) goes to the right"
    assert rotation(yaw=10, pitch=0, roll=0)[0, 1] < 0, "yaw: the nose (y) goes to the left"


def test_moved_points():
    matrix = turn(10, -20, 30, (5, 6, 7))
    points = np.random.default_rng(0).normal(size=(4, 3))
    expected = [(matrix @ [*point, 1])[:3] for point in points]
    np.testing.assert_allclose(moved(matrix, points), expected)
    np.testing.assert_allclose(moved(matrix, points[0]), expected[0])


@pytest.mark.parametrize("size", [4, (3, 6)])
def test_plane_affine_puts_the_middle_and_the_sides_where_they_belong(size):
    down, right = turn(10, 20, 30)[:3, 0], turn(10, 20, 30)[:3, 1]
    affine = plane_affine((1, 2, 3), down, right, size, 2.5)
    rows, columns = (size, size) if isinstance(size, int) else size
    np.testing.assert_allclose(moved(affine, ((rows - 1) / 2, (columns - 1) / 2, 0)), (1, 2, 3), atol=1e-12)
    np.testing.assert_allclose(moved(affine, (1, 0, 0)) - moved(affine, (0, 0, 0)), 2.5 * down, atol=1e-12)
    np.testing.assert_allclose(moved(affine, (0, 1, 0)) - moved(affine, (0, 0, 0)), 2.5 * right, atol=1e-12)
    assert abs(np.linalg.det(affine[:3, :3])) == pytest.approx(2.5**3)


def ramp():
    """A volume whose value is linear in world position: x + 10 y + 100 z."""
    affine = turn(5, -10, 15, (-30, -40, -20)) @ np.diag([-2.0, 1.5, 3.0, 1.0])
    world = moved(affine, np.indices((40, 50, 30)).reshape(3, -1).T)
    return Volume((world @ [1, 10, 100]).reshape(40, 50, 30).astype(np.float32), affine, "ramp")


def test_resample_and_picture_read_world_positions():
    volume = ramp()
    centre = moved(volume.affine, (20, 25, 15))
    image = picture(volume, centre, (0, -1, 0), (-1, 0, 0), (5, 7), 2.0)
    assert image.shape == (5, 7) and image.dtype == np.float32
    rows, columns = np.indices((5, 7))
    expected = centre @ [1, 10, 100] - 20 * (rows - 2) - 2 * (columns - 3)
    np.testing.assert_allclose(image, expected, atol=0.01)
    assert (resample(volume, turn(shift=(500, 0, 0)), (3, 3, 3), outside=-7) == -7).all()


def test_sampler_positions_and_crops_agree():
    volume = ramp()
    inside = np.zeros(volume.data.shape, bool)
    inside[5:20, 10:30, 8:12] = True
    part = cropped(volume, inside)
    assert part.data.shape == (15, 20, 4)
    places = positions(volume, inside)
    np.testing.assert_allclose(places @ [1, 10, 100], volume.data[inside], atol=0.01)
    np.testing.assert_allclose(sampler(part)(places[::50]), sampler(volume)(places[::50]), atol=0.01)


def test_pooling_keeps_places_and_straightens_axes():
    affine = turn(10, 20, -15, (5, 6, 7)) @ np.array([[-1.0, 0.15, 0, 0], [0, 0.9, 0, 0], [0, 0, 1.3, 0], [0, 0, 0, 1]])
    data = np.zeros((61, 70, 50), np.float32)
    data[28:34, 40:46, 20:26] = 1
    small = pooled(Volume(data, affine), 2.0)
    where = np.argwhere(small.data > 0)
    centre = moved(small.affine, np.average(where, axis=0, weights=small.data[small.data > 0]))
    np.testing.assert_allclose(centre, moved(affine, (30.5, 42.5, 22.5)), atol=0.1)
    np.testing.assert_allclose(small.affine[:3, :3].T @ small.affine[:3, :3], np.diag(small.voxel_mm**2), atol=1e-6)


def test_itk_images_lie_where_the_volume_does():
    data = np.random.default_rng(0).random((9, 8, 7)).astype(np.float32)
    volume = Volume(data, turn(10, -20, 30, (5, 6, 7)) @ np.diag([-1.0, 2.0, 1.5, 1.0]))
    image = plain_itk(volume)
    there = moved(LPS, image.TransformIndexToPhysicalPoint((3, 5, 2)))
    np.testing.assert_allclose(there, moved(volume.affine, (3, 5, 2)), atol=1e-9)
    assert image.GetPixel(3, 5, 2) == volume.data[3, 5, 2]


def test_background_is_what_surrounds_the_head():
    data = np.full((20, 20, 20), -7.0)
    data[4:16, 4:16, 4:16] = 100
    assert background(data) == -7


@pytest.mark.parametrize(
    ("name", "load"),
    [
        ("t1", nilearn.datasets.load_mni152_template),
        ("grey", nilearn.datasets.load_mni152_gm_template),
        ("white", nilearn.datasets.load_mni152_wm_template),
        ("mask", nilearn.datasets.load_mni152_brain_mask),
    ],
)
def test_template_is_what_nilearn_loads(name, load):
    image = load(resolution=1)
    np.testing.assert_array_equal(template(name).data, np.asarray(image.dataobj, np.float32))
    np.testing.assert_array_equal(template(name).affine, image.affine)


def test_template_is_symmetric_and_its_commissures_lie_in_the_midsagittal_plane():
    t1 = template("t1")
    assert AC[0] == PC[0] == 0 and 26 < np.linalg.norm(np.subtract(AC, PC)) < 29
    middle = moved(np.linalg.inv(t1.affine), (0, 0, 0))[0]
    assert middle == (t1.data.shape[0] - 1) / 2
    np.testing.assert_array_equal(t1.data, t1.data[::-1])
    assert (dilated_mask().data >= template("mask").data).all()
