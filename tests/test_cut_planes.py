"""Turned planes: what is kept of a scan, and images sampled in the TensorFlow graph against geometry and against scipy."""

import numpy as np
import pytest
from image_sets import written
from PIL import Image
from scipy import ndimage

import cut
import training_set
import write_images
from neuroturing.cut import CUTS
from neuroturing.cut.planes import intensity_window, prepare_scan
from neuroturing.errors import InputError
from neuroturing.gan.source import open_source
from neuroturing.geometry.frames import rotation
from neuroturing.geometry.planes import PlaneGrid
from neuroturing.imageset import BLACK_LEVEL, LABELS, PlaneSet, read_imageset, to_uint8
from neuroturing.io.files import read_table, write_json
from neuroturing.io.volumes import Volume, write_volume

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
    affine[:3, :3] = rotation(yaw=8, pitch=-5, roll=3) @ np.diag([-2.5, 2.0, 1.8])
    affine[:3, 3] = [4, -3, 2] - affine[:3, :3] @ [20, 30, 35]
    frame = np.eye(4)
    frame[:3, :3] = rotation(yaw=3, pitch=6, roll=-4)
    frame[:3, 3] = [1, 5, -2]
    return Volume(data, affine, "made.nii"), frame


def planes_of(volume, frame, spec):
    """Turned planes of one volume."""
    grid = PlaneGrid.from_config(spec)
    voxels, matrix = prepare_scan(volume, frame, spec["plane_offset_mm"], grid)
    return PlaneSet([{"voxels": voxels, "matrix": matrix, **dict.fromkeys(LABELS, ""), "scan": "a"}], grid)


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    """Two scans cut by the rule's script; the folder with set.npz."""
    folder, rows = tmp_path_factory.mktemp("planes"), []
    for seed in (0, 1):
        volume, frame = head(seed)
        write_volume(folder / f"s{seed}.nii.gz", volume.data, volume.affine)
        write_json(folder / f"s{seed}.json", {"acpc_to_world": frame.tolist()})
        row = {"subject": f"p{seed}", "scan": f"s{seed}", "group": "patient", "images": {"t1w": str(folder / f"s{seed}.nii.gz")}}
        rows.append(row | ({"plane_offset_mm": 9.0} if seed else {"plane_offset_mm": None}))
    aligned, split = [folder / f"s{seed}.json" for seed in (0, 1)], {"p0": "train", "p1": "held_out"}
    cut.main([row["images"]["t1w"] for row in rows], aligned, [], folder / "set.npz", "planes", rows, PLANES, split)
    return folder


@pytest.fixture
def source(study):
    return open_source(read_imageset(study / "set.npz"))


def by_scipy(volume, frame, grid, pose, offset):
    """One image by the definition: turn, move, interpolate the raw scan with scipy."""
    low, high = intensity_window(volume, frame)
    turned = rotation(yaw=pose["yaw_deg"], pitch=pose["pitch_deg"], roll=pose["roll_deg"])
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


def test_published_grid_counts(tmp_path):
    axis, small = {"first": -10, "last": 10, "step": 1}, {"first": -5, "last": 5, "step": 1}
    spec = PLANES | {"yaw_deg": axis, "pitch_deg": axis, "roll_deg": small, "planes_mm": [-4, -2, 0, 2, 4]}
    grid = PlaneGrid.from_config(spec)
    assert grid.rotations == 4851
    assert grid.count == 48_510
    rows = [{"scan": f"s{k}", "subject": f"p{k // 2}"} for k in range(96)]
    training_set.main(tmp_path / "all.tsv", rows, ["t1w"], [spec], {})
    table = read_table(tmp_path / "all.tsv")
    assert table.columns.tolist() == ["scan", "subject", "rotations", "planes", "flips", "images"]
    assert len(table) == 97
    assert table.iloc[0].tolist() == ["s0", "p0", "4851", "5", "2", "48510"]
    assert table.iloc[-1].tolist() == ["total", "", "", "", "", "4656960"]
    training_set.main(tmp_path / "train.tsv", rows, ["t1w"], [spec], {"p0": "held_out", "p1": "train"})
    kept = read_table(tmp_path / "train.tsv")
    assert kept["subject"].tolist()[:2] == ["p1", "p1"]
    assert kept.iloc[-1]["images"] == str(94 * 48_510)


def test_sampled_images_are_the_definition(source, study):
    images = read_imageset(study / "set.npz")
    numbers = np.random.default_rng(2).integers(0, source.count, 24)
    pictures = source.batch(numbers).numpy()[..., 0]
    assert pictures.shape == (24, 32, 32)
    for number, picture in zip(numbers, pictures, strict=True):
        scan = int(number // source.grid.count)
        expected = 255 * by_scipy(*head(scan), source.grid, images.describe(number), (6, 9)[scan])
        level = 127.5 * (picture + 1)
        # Half a level from rounding voxels, half from rounding pixels; they decide whether a level at the bound of what is black is black.
        black = level == 0
        assert np.abs(level - expected)[~black].max() < 1.1
        assert expected[black].max(initial=0) < BLACK_LEVEL + 0.6


def test_set_knows_its_scans(study):
    images = read_imageset(study / "set.npz")
    known = {"image": "s1", "subject": "p1", "scan": "s1", "dataset": "", "source": "real", "contrast": "t1w", "level": ""}
    pose = {"yaw_deg": -2.0, "pitch_deg": -2.0, "roll_deg": 0.0, "plane_mm": -4.0, "flip": True}
    assert images.describe(images.grid.count + 1) == known | {"group": "patient", "split": "held_out"} | pose
    assert images.where(split="train")["scan"].tolist() == ["s0"]


def test_scan_without_its_frame_is_named(study):
    row = {"subject": "p", "scan": "s7", "group": "", "images": {"t1w": str(study / "s0.nii.gz")}}
    with pytest.raises(InputError, match="scan s7(.|\n)*no AC-PC frame"):
        CUTS["planes"]([row], [None], PLANES, {})


def test_every_contrast_is_cut_at_the_same_places(study):
    volume, frame = head()
    moved = Volume(np.roll(volume.data, 2, 0), volume.affine @ [[1, 0, 0, -2], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]], "pet")
    write_volume(study / "moved.nii.gz", moved.data, moved.affine)
    images = {"t1w": str(study / "s0.nii.gz"), "pet": str(study / "moved.nii.gz")}
    row = {"subject": "p", "scan": "s", "group": "", "images": images, "plane_offset_mm": ""}
    both = CUTS["planes"]([row], [{"acpc_to_world": frame.tolist()}], PLANES, {})
    assert both["image"].tolist() == ["s_t1w", "s_pet"]
    assert both["contrast"].tolist() == ["t1w", "pet"]
    one, other = (to_uint8(open_source(both.where(contrast=name)).batch(np.arange(8))).astype(int)[:, 8:24, 8:24] for name in images)
    clear = np.minimum(one, other) >= 2 * BLACK_LEVEL
    assert clear.mean() > 0.5
    assert np.abs(one - other)[clear].max() <= 2


def test_levels_are_8_bit_and_batches_do_not_matter(source):
    numbers = np.arange(0, 64)
    images = source.batch(numbers).numpy()
    assert np.abs(images * 127.5 + 127.5 - to_uint8(images)[..., None]).max() < 1e-3
    again = np.concatenate([source.batch(part).numpy() for part in numbers.reshape(4, 16)])
    assert np.array_equal(to_uint8(images), to_uint8(again))


def test_what_is_nearly_black_is_black(source):
    grey = np.rint(source.batch(np.arange(0, source.count, 3)).numpy() * 127.5 + 127.5)
    assert grey.min() == 0
    assert not np.any((grey > 0) & (grey < BLACK_LEVEL))
    assert np.any((grey >= BLACK_LEVEL) & (grey < 3 * BLACK_LEVEL))


def test_flip_is_the_mirror_image(source):
    even = np.arange(0, 40, 2)
    plain, flipped = source.batch(even).numpy(), source.batch(even + 1).numpy()
    assert np.mean(plain != flipped[:, :, ::-1]) < 1e-3
    assert np.mean(plain != flipped) > 0.3


def test_view_is_radiological():
    """A dark ball on the patient's left and front appears on the right and upper side of the picture."""
    data = np.full((80, 80, 80), 100, np.float32)
    volume = Volume(data, np.array([[1, 0, 0, -40], [0, 1, 0, -50], [0, 0, 1, -40], [0, 0, 0, 1.0]]), "ball.nii")
    data[:10], data[40 - 20 : 40 - 14, 50 + 10 : 50 + 16, 40:52] = 0, 60
    still = {"first": 0, "last": 0, "step": 1}
    spec = PLANES | {"yaw_deg": still, "pitch_deg": still, "planes_mm": [0], "flip": False, "field_mm": 64, "centre_y_mm": 0}
    picture = open_source(planes_of(volume, np.eye(4), spec)).batch(np.array([0])).numpy()[0, :, :, 0]
    row, column = np.argwhere(picture < 0.5).mean(0)
    assert row < 14
    assert column > 18


def test_outside_the_scan_is_black():
    volume, frame = head()
    volume.data += 500
    wide = planes_of(volume, frame, PLANES | {"field_mm": 300, "plane_offset_mm": 0})
    image = open_source(wide).batch(np.array([0])).numpy()[0, :, :, 0]
    assert np.all(image[[0, 0, -1, -1], [0, -1, 0, -1]] == -1)
    assert image[12:20, 12:20].min() > -0.9


def test_empty_middle_is_refused():
    volume, frame = head()
    volume.data[:] = 0
    volume.data[0, 0, 0] = 1
    with pytest.raises(InputError, match=r"made\.nii(.|\n)*background"):
        intensity_window(volume, frame)


def test_same_set_gives_the_same_bytes(study, tmp_path):
    again = written(tmp_path / "again.npz", read_imageset(study / "set.npz"))
    assert again.read_bytes() == (study / "set.npz").read_bytes()


def test_written_images_are_the_sampled_ones(source, study, tmp_path):
    write_images.main(study / "set.npz", tmp_path / "images", "s1")
    rows = read_table(tmp_path / "images/images.tsv")
    assert len(rows) == source.grid.count
    assert set(rows["scan"]) == {"s1"}
    sampled = to_uint8(source.batch(source.grid.count + np.arange(source.grid.count)))
    files = [tmp_path / "images" / name for name in rows["file"]]
    assert np.array_equal(np.stack([np.asarray(Image.open(file)) for file in files]), sampled)
    assert len({file.stat().st_size for file in files}) == 1, "the length of a file says nothing of its image"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["images"]


@pytest.mark.parametrize(
    ("change", "wrong"),
    [
        ({"planes_mm": [0, 0]}, "twice"),
        ({"planes_mm": []}, "at least 1"),
        ({"planes_mm": [80]}, "less than or equal to 50"),
        ({"yaw_deg": {"first": 3, "last": -3, "step": 1}}, "swap them"),
        ({"yaw_deg": {"first": -60, "last": 3, "step": 1}}, "-45"),
        ({"field_mm": 10}, "50"),
        ({"colour": True}, "colour"),
    ],
)
def test_keys_are_checked_without_importing_the_cut(change, wrong):
    options = CUTS.options("planes")
    options(**PLANES)
    with pytest.raises(ValueError, match=wrong):
        options(**PLANES | change)
