"""Planes sampled in the TensorFlow graph against geometry and against scipy."""

import numpy as np
import pytest
from neuroturing.slices.dataset import intensity_window, prepare_scan, write_plane_dataset
from neuroturing.slices.planes import PlaneGrid, rotation
from neuroturing.slices.sampler import open_source, to_uint8
from neuroturing.volumes import Volume
from scipy import ndimage

from neuroturing.errors import InputError

AXIS = {"first": -2, "last": 2, "step": 1}
PLANES = {
    "size": 32,
    "field_mm": 96,
    "centre_y_mm": -10,
    "plane_offset_mm": 6,
    "yaw_deg": AXIS,
    "pitch_deg": AXIS,
    "roll_deg": {"first": 0, "last": 0, "step": 1},
    "planes_mm": [-4, 0, 4],
    "flip": True,
}


def head(seed=0):
    """A smooth random volume on an oblique, anisotropic, left-handed grid, and a tilted AC-PC frame in it."""
    generator = np.random.default_rng(seed)
    data = ndimage.gaussian_filter(generator.random((40, 60, 70)), 3)
    data = (1000 * (data - data.min()) / np.ptp(data)).astype(np.float32)
    affine = np.eye(4)
    affine[:3, :3] = rotation(8, -5, 3)[0] @ np.diag([-2.5, 2.0, 1.8])
    affine[:3, 3] = [4, -3, 2] - affine[:3, :3] @ [20, 30, 35]
    frame = np.eye(4)
    frame[:3, :3] = rotation(3, 6, -4)[0]
    frame[:3, 3] = [1, 5, -2]
    return Volume(data, affine, "made.nii"), frame


@pytest.fixture
def source(tmp_path):
    grid = PlaneGrid.from_config(PLANES)
    scans = []
    for seed in (0, 1):
        volume, frame = head(seed)
        voxels, matrix = prepare_scan(volume, frame, PLANES["plane_offset_mm"], grid)
        scans.append({"scan": f"s{seed}", "subject": f"p{seed}", "voxels": voxels, "matrix": matrix})
    write_plane_dataset(tmp_path / "set.npz", grid, scans)
    return open_source(tmp_path / "set.npz")


def by_scipy(volume, frame, grid, pose, offset):
    """One image by the definition: turn, move, interpolate the raw scan with scipy."""
    low, high = intensity_window(volume, frame)
    turned = rotation(pose["yaw_deg"], pose["pitch_deg"], pose["roll_deg"])[0]
    half = (grid.size - 1) / 2
    row, column = np.meshgrid(np.arange(grid.size) - half, np.arange(grid.size) - half, indexing="ij")
    across = column if pose["flip"] else -column
    plane = np.stack([across * grid.pixel_mm, -row * grid.pixel_mm, np.full(row.shape, pose["plane_mm"])], -1)
    acpc = plane @ turned.T + [0, grid.centre_y_mm, offset]
    to_voxel = np.linalg.inv(volume.affine) @ frame
    voxel = acpc @ to_voxel[:3, :3].T + to_voxel[:3, 3]
    sigma = np.maximum(0, (grid.pixel_mm - volume.voxel_mm) / 2) / volume.voxel_mm
    level = np.clip((ndimage.gaussian_filter(volume.data, sigma, mode="nearest") - low) / (high - low), 0, 1)
    return ndimage.map_coordinates(level, np.moveaxis(voxel, -1, 0), order=1, cval=0.0)


def test_published_grid_counts():
    axis, small = {"first": -10, "last": 10, "step": 1}, {"first": -5, "last": 5, "step": 1}
    grid = PlaneGrid.from_config(PLANES | {"yaw_deg": axis, "pitch_deg": axis, "roll_deg": small, "planes_mm": [-4, -2, 0, 2, 4]})
    assert grid.rotations == 4851
    assert grid.count == 48_510
    assert 96 * grid.count == 4_656_960


def test_sampled_images_are_the_definition(source):
    numbers = np.random.default_rng(2).integers(0, source.count, 24)
    images = source.batch(numbers).numpy()[..., 0]
    assert images.shape == (24, 32, 32)
    for number, image in zip(numbers, images, strict=True):
        volume, frame = head(int(number // source.grid.count))
        expected = by_scipy(volume, frame, source.grid, source.describe(number), PLANES["plane_offset_mm"])
        assert np.abs((image + 1) / 2 - expected).max() < 1.5 / 255


def test_levels_are_8_bit_and_batches_do_not_matter(source):
    numbers = np.arange(0, 64)
    images = source.batch(numbers).numpy()
    assert np.abs(images * 127.5 + 127.5 - to_uint8(images)[..., None]).max() < 1e-3
    again = np.concatenate([source.batch(part).numpy() for part in numbers.reshape(4, 16)])
    assert np.array_equal(to_uint8(images), to_uint8(again))


def test_flip_is_the_mirror_image(source):
    even = np.arange(0, 40, 2)
    plain, flipped = source.batch(even).numpy(), source.batch(even + 1).numpy()
    assert np.mean(plain != flipped[:, :, ::-1]) < 1e-3
    assert np.mean(plain != flipped) > 0.3


def test_view_is_radiological(tmp_path):
    """A dark ball on the patient's left and front appears on the right and upper side of the picture."""
    data = np.full((80, 80, 80), 100, np.float32)
    volume = Volume(data, np.array([[1, 0, 0, -40], [0, 1, 0, -50], [0, 0, 1, -40], [0, 0, 0, 1.0]]), "ball.nii")
    data[:10], data[40 - 20 : 40 - 14, 50 + 10 : 50 + 16, 40:52] = 0, 60
    still = {"first": 0, "last": 0, "step": 1}
    grid = PlaneGrid.from_config(
        PLANES | {"yaw_deg": still, "pitch_deg": still, "planes_mm": [0], "flip": False, "field_mm": 64, "centre_y_mm": 0}
    )
    voxels, matrix = prepare_scan(volume, np.eye(4), 6, grid)
    write_plane_dataset(tmp_path / "ball.npz", grid, [{"scan": "a", "subject": "a", "voxels": voxels, "matrix": matrix}])
    row, column = np.argwhere(open_source(tmp_path / "ball.npz").batch(np.array([0])).numpy()[0, :, :, 0] < 0.5).mean(0)
    assert row < 14
    assert column > 18


def test_outside_the_scan_is_black(tmp_path):
    volume, frame = head()
    volume.data += 500
    grid = PlaneGrid.from_config(PLANES | {"field_mm": 300})
    voxels, matrix = prepare_scan(volume, frame, 0, grid)
    write_plane_dataset(tmp_path / "wide.npz", grid, [{"scan": "a", "subject": "a", "voxels": voxels, "matrix": matrix}])
    image = open_source(tmp_path / "wide.npz").batch(np.array([0])).numpy()[0, :, :, 0]
    assert np.all(image[[0, 0, -1, -1], [0, -1, 0, -1]] == -1)
    assert image[12:20, 12:20].min() > -0.9


def test_empty_middle_is_refused():
    volume, frame = head()
    volume.data[:] = 0
    volume.data[0, 0, 0] = 1
    with pytest.raises(InputError, match=r"made\.nii(.|\n)*background"):
        intensity_window(volume, frame)


def test_written_images_are_the_sampled_ones(source, tmp_path):
    import csv

    from PIL import Image

    import write_images

    write_images.main(tmp_path / "set.npz", tmp_path / "images", "s1")
    with open(tmp_path / "images/images.tsv", newline="") as stream:
        rows = list(csv.DictReader(stream, delimiter="\t"))
    assert len(rows) == source.grid.count
    numbers = np.array([int(row["index"]) for row in rows])
    assert set(numbers // source.grid.count) == {1}
    sampled = to_uint8(source.batch(numbers))
    written = np.stack([np.asarray(Image.open(tmp_path / "images" / row["file"])) for row in rows])
    assert np.array_equal(written, sampled)
