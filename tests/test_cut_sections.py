"""Sections of multi-sequence cases: where they lie, how they look, how many there are, and what is refused."""

import itertools
import logging
from pathlib import Path

import nibabel
import numpy as np
import pytest
import SimpleITK
import tensorflow as tf
from image_sets import image_set
from nibabel import orientations
from scipy import ndimage

import cut
from neuroturing.cohort import read_cohort
from neuroturing.cut import CUTS
from neuroturing.cut.contrast import background, swapped_pairs
from neuroturing.cut.sections import check_range, cut_sections, grey_levels, grey_window, on_grid_of, turn_upright
from neuroturing.errors import InputError
from neuroturing.gan.source import open_source
from neuroturing.imageset import BLACK_LEVEL, read_imageset, to_uint8
from neuroturing.io.volumes import Volume, read_volume, write_volume

SEQUENCES = ("t1", "t1c", "t2", "flair")
REAL = Path(__file__).resolve().parents[1] / "../shared/data/multisequence"
needs_real = pytest.mark.skipif(not REAL.is_dir(), reason="no real cases in ../shared/data/multisequence")
RNG = np.random.default_rng(0)
LPS = np.diag([-1.0, -1.0, 1.0, 1.0])
SPEC = {"plane": "sagittal", "first": 8, "last": 14, "size": 32, "resample": False}
ORIENTATIONS = [signs for order in itertools.permutations(("RL", "AP", "SI")) for signs in itertools.product(*order)]


def phantom():
    """Tissue of a small lopsided head, axes to the left, the back and the top: 0 air, 1 fluid, 2 grey, 3 white, 4 tumour rim, 5 oedema."""
    i, j, k = np.indices((24, 28, 18))
    tissue = np.zeros((24, 28, 18), int)
    tissue[((i - 11) / 9) ** 2 + ((j - 13) / 12) ** 2 + ((k - 8) / 7) ** 2 < 1] = 2
    tissue[((i - 11) / 7) ** 2 + ((j - 13) / 10) ** 2 + ((k - 8) / 5) ** 2 < 1] = 3
    tissue[((i - 11) / 3) ** 2 + ((j - 13) / 5) ** 2 + ((k - 9) / 3) ** 2 < 1] = 1
    tissue[(i - 6) ** 2 + (j - 9) ** 2 + (k - 10) ** 2 < 12] = 5
    tissue[(i - 6) ** 2 + (j - 9) ** 2 + (k - 10) ** 2 < 5] = 4
    return tissue


SIGNAL = {
    "t1": [0, 150, 400, 600, 250, 300],
    "t1c": [0, 150, 400, 600, 950, 300],
    "t2": [0, 1800, 700, 500, 900, 1000],
    "flair": [0, 80, 500, 400, 600, 800],
}


def scans(noise=10.0):
    generator = np.random.default_rng(3)
    tissue = phantom()
    return {
        name: np.array(signal, np.float32)[tissue] + (tissue > 0) * generator.normal(0, noise, tissue.shape)
        for name, signal in SIGNAL.items()
    }


def write_case(folder, scan, data=None, affine=LPS, **other):
    """Files of one scan and its row of the cohort."""
    row = {"subject": scan, "scan": scan, "group": "", "images": {}}
    for name, values in (data or scans()).items():
        row["images"][name] = str(folder / f"{scan}_{name}.nii.gz")
        write_volume(row["images"][name], *other.get(name, (values, affine)))
    return row


def cut_cases(rows, path, contrasts=("t1",), split=None, **spec):
    """The rule's script on some contrasts of some scans."""
    rows = [row | {"images": {name: row["images"][name] for name in contrasts}} for row in rows]
    files = [file for row in rows for file in row["images"].values()]
    cut.main(files, [], [], path, "sections", rows, SPEC | spec, split or {})


def turned(data, affine, axes):
    turn = orientations.ornt_transform(orientations.io_orientation(affine), orientations.axcodes2ornt("".join(axes)))
    return orientations.apply_orientation(data, turn), affine @ orientations.inv_ornt_aff(turn, data.shape)


@pytest.mark.parametrize("axes", ORIENTATIONS, ids="".join)
def test_sections_do_not_depend_on_the_array_order(axes):
    affine = np.array([[-1, 0, 0, 3], [0, -2, 0.1, 239], [0, 0.1, 3, 5], [0, 0, 0, 1.0]])
    data = RNG.random((5, 6, 7)).astype(np.float32)
    stored = turned(data, affine, axes)
    upright = turn_upright(Volume(*stored))
    assert np.array_equal(upright.data, data)
    assert np.allclose(upright.affine, affine)
    assert "".join(nibabel.aff2axcodes(upright.affine)) == "LPS"


# A bright voxel in the patient's right, front, top corner: number of the section that shows it, and its row and column there.
CORNER = {"sagittal": (0, 0, 0), "coronal": (0, 0, 0), "axial": (11, 0, 0)}


@pytest.mark.parametrize("plane", CORNER)
def test_numbers_and_pictures_follow_the_patient(plane):
    data = np.zeros((12, 12, 12), np.float32)
    data[-1, -1, -1] = 1  # right, anterior, superior in a RAS array
    upright = turn_upright(Volume(data, np.eye(4)))
    pictures = cut_sections(upright.data, plane, 0, 11, 12)
    assert tuple(np.argwhere(pictures == 255)[0]) == CORNER[plane]
    assert np.count_nonzero(pictures) == 1


@pytest.mark.parametrize("plane,shape", {"sagittal": (18, 28), "coronal": (18, 24), "axial": (28, 24)}.items())
def test_picture_is_stretched_to_a_square_and_nothing_else(plane, shape):
    axis = ("sagittal", "coronal", "axial").index(plane)
    level = np.zeros((24, 28, 18), np.float32)
    np.moveaxis(level, axis, 0)[5, 4:10, 2:9] = 1
    picture = cut_sections(level, plane, 5, 5, 256)[0]
    rows, columns = np.nonzero(picture > 127)
    across, along = (4, 10), (2, 9)
    if plane != "axial":
        along = (shape[0] - along[1], shape[0] - along[0])
    else:
        along, across = (2, 9), (4, 10)
    assert np.allclose([rows.min(), rows.max() + 1], np.array(along) * 256 / shape[0], atol=1)
    assert np.allclose([columns.min(), columns.max() + 1], np.array(across) * 256 / shape[1], atol=1)


def test_reduction_does_not_alias():
    i, j, k = np.indices((4, 240, 155))
    checker = ((j + k) % 2).astype(np.float32)
    picture = cut_sections(checker, "sagittal", 1, 1, 64)[0, 2:-2, 2:-2] / 255
    assert abs(picture.mean() - 0.5) < 0.01
    assert picture.std() < 0.03  # every second pixel of it would be all black or all white
    smooth = np.sin(j / 25).astype(np.float32) * 0.4 + 0.5
    picture = cut_sections(smooth, "sagittal", 0, 0, 64)[0] / 255
    assert np.abs(picture[30, 2:-2] - (np.sin(((np.arange(64) + 0.5) * 3.75 - 0.5) / 25) * 0.4 + 0.5)[2:-2]).max() < 0.01


def test_window_ignores_outliers_scale_and_sign():
    brain = phantom() > 0
    data = scans()["t1"].astype(np.float32)
    plain = grey_levels(Volume(data, LPS))
    assert plain[~brain].max() == 0
    assert 0.9 < np.median(plain[phantom() == 3]) < 1
    vessel = data.copy()
    vessel[11, 13, 8:12] = 50_000
    assert np.abs(grey_levels(Volume(vessel, LPS)) - plain)[vessel < 10_000].max() < 0.02
    assert np.allclose(grey_levels(Volume(data * 37, LPS)), plain, atol=1e-5)
    # A few negative voxels, a brain standardised to mean 0, and a marker for the surround.
    negative = data.copy()
    negative[8, 8, 8] = -60
    assert grey_window(Volume(negative, LPS)) == pytest.approx(grey_window(Volume(data, LPS)), rel=0.01)
    for around in (0.0, -9999.0):
        standard = np.where(brain, (data - data[brain].mean()) / data[brain].std(), around).astype(np.float32)
        assert background(standard) == around
        level = grey_levels(Volume(standard, LPS))
        assert level[~brain].max() == 0
        assert np.corrcoef(level[brain], plain[brain])[0, 1] > 0.99
        assert level[brain].std() > plain[brain].std()


def test_mask_is_no_image():
    with pytest.raises(InputError, match=r"hardly any value but 0 and 1(.|\n)*mask"):
        grey_window(Volume((phantom() > 0).astype(np.float32), LPS, "mask.nii"))


@pytest.mark.parametrize("first,last", [(8, 24), (-1, 4), (14, 8), (80, 149)])
def test_range_outside_the_volume(tmp_path, first, last):
    with pytest.raises(InputError, match=r"24 sagittal sections, #0 to #23 between left and right"):
        cut_cases([write_case(tmp_path, "p")], tmp_path / "set.npz", first=first, last=last)
    assert not (tmp_path / "set.npz").exists()
    with pytest.raises(InputError, match="18 axial sections"):
        check_range(Volume(phantom(), LPS), "axial", 3, 18)


def test_grids_that_differ_are_refused_or_resampled(tmp_path):
    data = scans()
    moved = LPS.copy()
    moved[:3, 3] = (2, 0, 0)
    shift = np.roll(data["t2"], 2, axis=0)  # the same places in the world
    case = write_case(tmp_path, "p", data, t2=(shift, moved), flair=turned(data["flair"], LPS, "RSA"))
    with pytest.raises(InputError, match=r"p_t2.nii.gz\n(.|\n)*a corner 2.0 mm off(.|\n)*p_t1.nii.gz(.|\n)*resample"):
        cut_cases([case], tmp_path / "set.npz", ("t1", "flair", "t2"))
    cut_cases([case], tmp_path / "set.npz", ("t1", "flair"))  # the same grid in another array order
    cut_cases([case], tmp_path / "set.npz", ("t1", "flair", "t2"), resample=True)
    straight = write_case(tmp_path, "q", data)
    cut_cases([straight], tmp_path / "straight.npz", ("t1", "flair", "t2"))
    assert np.array_equal(np.load(tmp_path / "set.npz")["images"], np.load(tmp_path / "straight.npz")["images"])
    with pytest.raises(InputError, match="24 x 28 x 17 voxels"):
        on_grid_of(Volume(data["t1"], LPS), Volume(data["t2"][:, :, :-1], LPS))
    assert on_grid_of(Volume(data["t1"], LPS), Volume(data["t2"], LPS + 1e-5)).data is data["t2"]


def test_constant_sequence_and_missing_raw_data_are_refused(tmp_path):
    case = write_case(tmp_path, "p", t2=(np.full((24, 28, 18), 5.0), LPS))
    with pytest.raises(InputError, match="p_t2.nii.gz(.|\n)*every voxel is 5"):
        cut_cases([case], tmp_path / "set.npz", SEQUENCES)
    SimpleITK.WriteImage(SimpleITK.GetImageFromArray(scans()["t1"]), str(tmp_path / "x.mhd"))
    (tmp_path / "x.raw").unlink()
    with pytest.raises(InputError, match="x.mhd(.|\n)*missing or truncated in .*x.raw"):
        cut_cases([case | {"images": {"t1": str(tmp_path / "x.mhd")}}], tmp_path / "set.npz")
    assert [path.name for path in tmp_path.glob("*.npz")] == []


PLAIN_SWAPS = (("t1", "t1c"), ("t2", "flair"), ("t1", "t2"))


def test_swapped_files_are_named_and_right_order_is_not(tmp_path, caplog):
    data = scans()
    assert swapped_pairs(data) == []
    assert swapped_pairs({"t1": data["t1"], "t1c": data["t1"] + 3 * (data["t1"] > 0)}) == []  # no enhancement: nothing to go by
    for a, b in PLAIN_SWAPS:
        assert {a, b} in [set(pair) for pair in swapped_pairs(data | {a: data[b], b: data[a]})]
    case = write_case(tmp_path, "p", data)
    files = case["images"]
    with caplog.at_level(logging.WARNING):
        cut_cases([case], tmp_path / "set.npz", SEQUENCES)
        assert "swapped" not in caplog.text
        cut_cases([case | {"images": files | {"t1": files["t1c"], "t1c": files["t1"]}}], tmp_path / "set.npz", SEQUENCES)
    assert "Scan p: are files swapped in the table? By their contrast t1 and t1c stand for each other." in caplog.text


def test_set_is_the_mixture_of_its_contrasts(tmp_path, caplog):
    rows = [write_case(tmp_path, "p"), write_case(tmp_path, "q") | {"subject": "p", "group": "HGG"}, write_case(tmp_path, "r")]
    with caplog.at_level(logging.INFO):
        cut_cases(rows, tmp_path / "all.npz", SEQUENCES, {"p": "train", "r": "held_out"})
    assert "84 images of 32 x 32 pixels, of 3 scans of 2 subjects; 28 are kept from training" in caplog.text
    cut_cases(rows, tmp_path / "t2.npz", ("t2",))
    every, single = read_imageset(tmp_path / "all.npz"), read_imageset(tmp_path / "t2.npz")
    assert every.images.shape == (84, 32, 32)
    assert every["subject"].tolist() == ["p"] * 56 + ["r"] * 28
    assert every["scan"][::28].tolist() == ["p", "q", "r"]
    assert every["contrast"][::7].tolist() == list(SEQUENCES) * 3
    assert every["section"].tolist() == list(range(8, 15)) * 12
    assert every["split"].tolist() == ["train"] * 56 + ["held_out"] * 28
    assert every["group"].tolist() == [""] * 28 + ["HGG"] * 28 + [""] * 28
    assert set(every["source"]) == {"real"}
    assert (every["image"][0], single["image"][0]) == ("p_t1_008", "p_008")
    assert len(set(every["image"])) == 84
    assert np.array_equal(every.where(contrast="t2").images, single.images)
    assert [path.name for path in tmp_path.glob(".partial*")] == []


def test_what_is_nearly_black_is_black(tmp_path):
    row = write_case(tmp_path, "p")
    cut_cases([row], tmp_path / "set.npz", ("t2",))
    images = read_imageset(tmp_path / "set.npz").images
    raw = cut_sections(grey_levels(turn_upright(read_volume(row["images"]["t2"]))), "sagittal", 8, 14, 32)
    assert np.any((raw > 0) & (raw < BLACK_LEVEL)), "edges of the brain are reduced to nearly black"
    assert np.array_equal(images, np.where(raw < BLACK_LEVEL, 0, raw))


def test_empty_images_are_warned_of(tmp_path, caplog):
    cut_cases([write_case(tmp_path, "p")], tmp_path / "set.npz", first=0, last=11)
    empty = int(np.sum(~np.any(phantom()[:12], axis=(1, 2))))
    assert f"{empty} of 12 images are empty" in caplog.text


def test_source_gives_the_images_back_in_and_outside_a_graph(tmp_path):
    cut_cases([write_case(tmp_path, "p"), write_case(tmp_path, "q")], tmp_path / "set.npz", ("t1", "flair"))
    images = read_imageset(tmp_path / "set.npz")
    source = open_source(images)
    assert (source.count, source.size) == (28, (32, 32))
    index = np.array([27, 0, 9, 9])
    batch = source.batch(index)
    assert batch.shape == (4, 32, 32, 1)
    assert batch.dtype == tf.float32
    assert np.array_equal(to_uint8(batch), images.images[index])
    inside = tf.function(lambda numbers: source.batch(numbers))(tf.constant(index))
    assert np.array_equal(inside, batch)
    known = images.describe(8)
    assert {name: known[name] for name in ("image", "scan", "subject", "contrast", "section")} == {
        **{"image": "p_flair_009", "scan": "p", "subject": "p", "contrast": "flair", "section": 9}
    }


def test_all_levels_that_are_not_nearly_black_come_back(tmp_path):
    levels = np.arange(256, dtype=np.uint8)
    source = open_source(read_imageset(image_set(tmp_path / "set.npz", levels.reshape(1, 16, 16))))
    batch = source.batch(np.array([0])).numpy()
    black = levels < BLACK_LEVEL
    assert np.allclose(batch[..., 0].ravel(), np.where(black, -1, np.linspace(-1, 1, 256)), atol=1e-6)
    assert np.array_equal(to_uint8(batch).ravel(), np.where(black, 0, levels))


def test_keys_are_checked_without_importing_the_cut():
    options = CUTS.options("sections")
    options(**SPEC)
    for change, wrong in (({"first": 20}, "swap"), ({"plane": "oblique"}, "sagittal"), ({"size": 4}, "16"), ({"sequence": 1}, "sequence")):
        with pytest.raises(ValueError, match=wrong):
            options(**SPEC | change)


def test_meta_image_and_nifti_give_the_same_pictures(tmp_path):
    case = write_case(tmp_path, "p")
    other = case | {"images": {name: str(tmp_path / f"{name}.mha") for name in SEQUENCES}}
    for name, file in other["images"].items():
        SimpleITK.WriteImage(SimpleITK.ReadImage(case["images"][name]), file)
    for name, row in (("nifti", case), ("meta", other)):
        cut_cases([row], tmp_path / f"{name}.npz", SEQUENCES)
    assert np.array_equal(np.load(tmp_path / "nifti.npz")["images"], np.load(tmp_path / "meta.npz")["images"])


@pytest.fixture(scope="module")
def real_cases():
    rows = read_cohort({"brats": str(REAL)}, SEQUENCES)
    return {row["scan"]: {name: read_volume(path) for name, path in row["images"].items()} for row in rows}


@needs_real
def test_real_cases_show_the_nose_on_the_same_side(tmp_path, caplog):
    cut_cases(read_cohort({"brats": str(REAL)}, SEQUENCES), tmp_path / "set.npz", first=80, last=149, size=64)
    images = read_imageset(tmp_path / "set.npz")
    assert images.count == 140
    middle = dict(zip(images.where(section=115)["scan"].tolist(), images.where(section=115).images, strict=True))
    assert "empty" not in caplog.text
    first, second = (ndimage.gaussian_filter(middle[case].astype(float), 2) for case in ("case-1", "case-2"))
    likeness = [np.corrcoef(first.ravel(), view.ravel())[0, 1] for view in (second, second[:, ::-1], second[::-1])]
    assert likeness[0] > 0.8
    assert likeness[0] > max(likeness[1:]) + 0.05
    for picture in (first, second):
        # The frontal lobe hangs over empty space, the brain stem and cerebellum lie below and behind: nose on the left, top up.
        brain = picture > 30
        rows, columns = np.nonzero(brain)
        low = columns[rows > rows.min() + 0.8 * np.ptp(rows)]
        assert low.mean() > columns.min() + 0.5 * np.ptp(columns)
        assert brain[: rows.min() + np.ptp(rows) // 2].sum() > brain[rows.min() + np.ptp(rows) // 2 :].sum()


@needs_real
@pytest.mark.parametrize("case", ["case-1", "case-2"])
def test_real_cases_swapped(real_cases, case):
    data = {name: turn_upright(volume).data for name, volume in real_cases[case].items()}
    assert swapped_pairs(data) == []
    for a, b in PLAIN_SWAPS:
        assert {a, b} in [set(pair) for pair in swapped_pairs(data | {a: data[b], b: data[a]})]


@needs_real
def test_negative_intensities_do_no_harm(real_cases):
    for name in ("t1", "t2"):
        volume = real_cases["case-2"][name]
        assert volume.data.min() < 0
        level = grey_levels(volume)
        clipped = grey_levels(Volume(np.maximum(volume.data, 0), volume.affine))
        assert np.abs(level - clipped).max() < 0.01, name
