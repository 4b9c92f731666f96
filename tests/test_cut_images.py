"""Images that exist already: what is taken, with which labels, and what is refused by name."""

import contextlib
import gzip
import logging

import nibabel
import numpy as np
import pytest
from image_sets import blocks
from PIL import Image

import cut
import import_created
from neuroturing.cut import CUTS
from neuroturing.cut.images import read_images
from neuroturing.errors import InputError
from neuroturing.imageset import BLACK_LEVEL, blackened, read_imageset
from neuroturing.io.files import write_png, write_table


@pytest.fixture
def folder(tmp_path):
    """Four PNG of 24 x 16 pixels and their pixels."""
    place = tmp_path / "images"
    pixels = np.random.default_rng(0).integers(0, 256, (4, 24, 16), np.uint8)
    for k, image in enumerate(pixels):
        write_png(place / f"p{k}.png", image)
    return place, pixels


def test_folder_of_png(folder, tmp_path, caplog):
    place, pixels = folder
    with caplog.at_level(logging.INFO):
        cut.main([], [], [str(place)], tmp_path / "set.npz", "images", [], {"images": str(place), "labels": None}, {})
    images = read_imageset(tmp_path / "set.npz")
    assert "a subject of its own" in caplog.text
    assert images.size == (24, 16)
    assert np.array_equal(images.images, blackened(pixels))
    assert not np.any((images.images > 0) & (images.images < BLACK_LEVEL))
    assert images.describe(1) == {
        **{"image": "p1", "subject": "p1", "scan": "p1", "dataset": "", "source": "real", "contrast": "", "level": "", "group": ""},
        "split": "train",
    }


def test_table_of_labels(folder, tmp_path, caplog):
    place, _ = folder
    rows = [{"image": f"p{3 - k}.png", "subject": f"s{k % 2}", "scan": f"x{k}", "group": "abc"[k % 3], "age": 30 + k} for k in range(4)]
    rows[2]["image"] = "p1"
    write_table(tmp_path / "labels.tsv", rows)
    spec = {"images": str(place), "labels": str(tmp_path / "labels.tsv")}
    with caplog.at_level(logging.WARNING):
        images = CUTS["images"]([], [], spec, {"held_out": 0.5, "validation": 0, "seed": 1})
    assert caplog.text == ""
    assert images["image"].tolist() == ["p0", "p1", "p2", "p3"]
    assert images["subject"].tolist() == ["s1", "s0", "s1", "s0"]
    sides = images["split"].tolist()
    assert sorted(sides[:2]) == ["held_out", "train"] and sides == sides[:2] * 2
    assert images["age"].tolist() == ["33", "32", "31", "30"]
    assert images.where(group="a")["image"].tolist() == ["p0", "p3"]


@pytest.mark.parametrize(
    ("rows", "wrong"),
    [
        ([("p0", "s"), ("p1", "s"), ("p2", "s")], "no line for image 'p3'"),
        ([("p0", "s"), ("p1", "s"), ("p2", "s"), ("p3", "s"), ("p9", "s")], "'p9', which is not there"),
        ([("p0", "s"), ("p0.png", "s"), ("p2", "s"), ("p3", "s")], "'p0.png' twice"),
        ([("p0", "s"), ("p1", ""), ("p2", "s"), ("p3", "s")], "no subject for image 'p1'"),
    ],
)
def test_table_that_does_not_fit_is_refused(folder, tmp_path, rows, wrong):
    write_table(tmp_path / "labels.tsv", [{"image": image, "subject": subject} for image, subject in rows])
    with pytest.raises(InputError, match=f"labels.tsv(.|\n)*{wrong}"):
        read_images(folder[0], tmp_path / "labels.tsv")


def test_columns_of_the_pipeline_are_refused(folder, tmp_path):
    write_table(tmp_path / "labels.tsv", [{"image": f"p{k}", "source": "mine"} for k in range(4)])
    with pytest.raises(InputError, match="column 'source'"):
        read_images(folder[0], tmp_path / "labels.tsv")
    write_table(tmp_path / "labels.tsv", [{"picture": f"p{k}"} for k in range(4)])
    with pytest.raises(InputError, match="no column 'image'"):
        read_images(folder[0], tmp_path / "labels.tsv")
    write_table(tmp_path / "labels.tsv", [{"image": f"p{k}", "voxels": "3"} for k in range(4)])
    spec = {"images": str(folder[0]), "labels": str(tmp_path / "labels.tsv")}
    with pytest.raises(InputError, match="a label 'voxels'"):
        cut.main([], [], [], tmp_path / "set.npz", "images", [], spec, {})


def saved(image, path, **options):
    image.save(path, **options)


BAD_PNG = {
    "colour": (lambda path: saved(Image.new("RGB", (16, 24)), path), "colour"),
    "palette": (lambda path: saved(Image.new("P", (16, 24)), path), "colour"),
    "16 bit": (lambda path: saved(Image.fromarray(np.zeros((24, 16), np.uint16)), path), "16 bits"),
    "1 bit": (lambda path: saved(Image.new("1", (16, 24)), path), "1 bit"),
    "alpha": (lambda path: saved(Image.new("LA", (16, 24)), path), "an alpha channel"),
    "colour and alpha": (lambda path: saved(Image.new("RGBA", (16, 24)), path), "alpha channel"),
    "transparent grey": (lambda path: saved(Image.new("L", (16, 24)), path, transparency=0), "an alpha channel"),
    "two sizes": (lambda path: saved(Image.new("L", (24, 16)), path), "16 x 24 pixels(.|\n)*24 x 16, as p0.png"),
    "text": (lambda path: path.write_text("no image"), "not readable as PNG"),
    "empty": (lambda path: path.write_bytes(b""), "not readable as PNG"),
    "truncated": (lambda path: path.write_bytes((path.parent / "p0.png").read_bytes()[:200]), "not readable as PNG"),
    "JPEG": (lambda path: saved(Image.new("L", (16, 24)), path, format="JPEG"), "not readable as PNG"),
    "animated": (
        lambda path: saved(Image.new("L", (16, 24)), path, save_all=True, append_images=[Image.new("L", (16, 24), 9)]),
        "several frames",
    ),
}


@pytest.mark.parametrize("kind", BAD_PNG)
def test_bad_png_is_named(folder, kind):
    make, wrong = BAD_PNG[kind]
    make(folder[0] / "p7.png")
    with pytest.raises(InputError, match=f"p7.png(.|\n)*{wrong}"):
        read_images(folder[0])


def test_bad_folders_are_named(tmp_path, caplog):
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match="empty(.|\n)*a folder without images"):
        read_images(tmp_path / "empty")
    with pytest.raises(InputError, match="nowhere(.|\n)*no such folder"):
        read_images(tmp_path / "nowhere")
    write_png(tmp_path / "small" / "a.png", np.full((15, 40), 9, np.uint8))
    with pytest.raises(InputError, match="15 x 40 pixels(.|\n)*16 x 16"):
        read_images(tmp_path / "small")
    write_png(tmp_path / "mixed" / "a.png", np.full((16, 40), 9, np.uint8))
    (tmp_path / "mixed" / "b.jpg").write_bytes(b"")
    with caplog.at_level(logging.WARNING):
        assert read_images(tmp_path / "mixed").count == 1
    assert "b.jpg" in caplog.text


def write_slice(path, data, affine=None):
    """A NIfTI slice; without an affine, without orientation."""
    image = nibabel.Nifti1Image(data, affine)
    if affine is not None:
        image.set_sform(affine, 1)
    nibabel.save(image, path)


def test_nifti_slices_are_turned_and_windowed(tmp_path):
    place = tmp_path / "slices"
    place.mkdir()
    data = np.zeros((20, 30), np.float32)
    data[3:18, 4:20] = 100.0
    data[15:18, 22:25] = 400.0  # right and front in a RAS array
    data[10, 10] = 90_000.0
    ras = np.diag([2.0, 2.0, 2.0, 1.0])
    write_slice(place / "a.nii.gz", data[:, :, None], ras)
    write_slice(place / "b.nii", data[::-1, :, None] * 7 - 50, np.diag([-2.0, 2.0, 2.0, 1.0]))  # stored the other way round, another scale
    write_slice(place / "c.nii.gz", data, ras)
    images = read_images(place)
    assert images.size == (30, 20)
    assert np.array_equal(images.images[0], images.images[1])
    assert np.array_equal(images.images[0], images.images[2])
    picture = images.images[0]
    # The patient's right on the left and the front up: the brighter spot is on the upper left.
    rows, columns = np.nonzero(picture >= 200)
    assert rows.mean() < 10
    assert columns.mean() < 8
    assert picture.max() == 255, "one bright voxel darkens nothing"
    assert (picture == 0).mean() > 0.5


def test_nifti_slice_without_orientation_is_shown_as_stored(tmp_path):
    data = np.zeros((20, 30), np.float32)
    data[2, 27] = 1  # first axis to the right, second up: left and top
    write_slice(tmp_path / "a.nii", data)
    assert np.argwhere(read_images(tmp_path).images[0] == 255).tolist() == [[2, 2]]


def test_bad_nifti_is_named(tmp_path):
    good = tmp_path / "good.nii.gz"
    write_slice(good, np.random.default_rng(0).random((20, 30, 1)).astype(np.float32), np.eye(4))
    content = good.read_bytes()
    flipped = bytearray(content)
    flipped[len(content) // 2] ^= 1
    huge = bytearray(gzip.decompress(content))
    huge[40:56] = np.array([3, 30_000, 30_000, 1, 1, 1, 1, 1], "<i2").tobytes()
    bad = {
        "flipped.nii.gz": (bytes(flipped), "not readable"),
        "cut.nii.gz": (content[: len(content) // 2], "not readable"),
        "text.nii": (b"no image", "not readable"),
        "huge.nii": (bytes(huge), "shape"),
    }
    for name, (stored, wrong) in bad.items():
        place = tmp_path / name.replace(".", "_")
        place.mkdir()
        (place / name).write_bytes(stored)
        with pytest.raises(InputError, match=f"{name}(.|\n)*{wrong}"):
            read_images(place)
    for name, data in {"volume.nii": np.ones((20, 20, 20)), "flat.nii": np.ones((20, 20)), "line.nii": np.ones((20, 1, 1))}.items():
        place = tmp_path / name.replace(".", "_")
        place.mkdir()
        write_slice(place / name, data.astype(np.float32), np.eye(4))
        with pytest.raises(InputError, match=name):
            read_images(place)


def test_archives(tmp_path):
    pixels = blocks(5, 16)
    np.savez(tmp_path / "plain.npz", images=pixels[..., None], subject=list("aabbc"), notes=np.arange(3))
    images = read_images(tmp_path / "plain.npz")
    assert np.array_equal(images.images, blackened(pixels))
    assert images["image"].tolist() == ["0", "1", "2", "3", "4"]
    assert images["subject"].tolist() == list("aabbc")
    assert "notes" not in images.labels
    write_table(tmp_path / "labels.tsv", [{"image": k, "level": f"L{k}"} for k in range(5)])
    assert read_images(tmp_path / "plain.npz", tmp_path / "labels.tsv")["level"].tolist() == ["L0", "L1", "L2", "L3", "L4"]


def test_bad_archives_are_named(tmp_path):
    cases = {
        "pickled": ({"images": np.array([{"a": 1}], object)}, "not readable as .npz"),
        "floats": ({"images": np.zeros((3, 16, 16))}, "float64"),
        "channels": ({"images": np.zeros((3, 16, 16, 3), np.uint8)}, "uint8 of shape"),
        "other": ({"image": np.zeros((3, 16, 16), np.uint8)}, "an array named images"),
        "none": ({"images": np.zeros((0, 16, 16), np.uint8)}, "shape"),
        "twice": ({"images": np.zeros((2, 16, 16), np.uint8), "image": ["a", "a"]}, "twice"),
        "small": ({"images": np.zeros((2, 8, 8), np.uint8)}, "8 x 8"),
    }
    for name, (arrays, wrong) in cases.items():
        np.savez(tmp_path / f"{name}.npz", **arrays)
        with pytest.raises(InputError, match=f"{name}.npz(.|\n)*{wrong}"):
            read_images(tmp_path / f"{name}.npz")
    (tmp_path / "torn.npz").write_bytes((tmp_path / "floats.npz").read_bytes()[:300])
    with pytest.raises(InputError, match="torn.npz(.|\n)*not readable"):
        read_images(tmp_path / "torn.npz")


@pytest.mark.parametrize(
    "sides, message",
    [
        (["train", "held_out"] * 2, None),
        (["train", "validation"] * 2, None),
        (["train", "test"] * 2, "split 'test' of subject s1(.|\\n)*held_out"),
        (["train", ""] * 2, "split '' of subject s1"),
        (["train", "held_out", "train", "train"], "subject s1 on two sides"),
    ],
)
def test_who_trained_elsewhere_says_on_whom(folder, tmp_path, sides, message):
    place, _ = folder
    rows = [{"image": f"p{k}", "subject": f"s{k % 2}", "split": side} for k, side in enumerate(sides)]
    write_table(tmp_path / "labels.tsv", rows)
    spec = {"images": str(place), "labels": str(tmp_path / "labels.tsv")}
    with pytest.raises(InputError, match=message) if message else contextlib.nullcontext():
        images = CUTS["images"]([], [], spec, {"held_out": 0.5, "validation": 0, "seed": 1})
        assert images["split"].tolist() == sides


def test_created_images_made_elsewhere(folder, tmp_path, caplog):
    place, pixels = folder
    labels = {"dataset": "all", "source": "theirs", "contrast": "t1w"}
    cut.main([], [], [], tmp_path / "real.npz", "images", [], {"images": str(place)}, {})
    caplog.clear()
    import_created.main(place, tmp_path / "made.npz", labels, real=tmp_path / "real.npz")
    made = read_imageset(tmp_path / "made.npz")
    assert np.array_equal(made.images, blackened(pixels))
    assert made.describe(2) == {
        **{"image": "p2", "subject": "", "scan": "", "dataset": "all", "source": "theirs", "contrast": "t1w", "level": "", "group": ""},
        "split": "",
    }
    assert "subject" not in caplog.text
    # What the pipeline wrote may come back as images made elsewhere.
    import_created.main(tmp_path / "made.npz", tmp_path / "again.npz", labels, real=tmp_path / "real.npz")
    assert (tmp_path / "again.npz").read_bytes() == (tmp_path / "made.npz").read_bytes()
    write_png(tmp_path / "other" / "a.png", np.full((32, 32), 9, np.uint8))
    with pytest.raises(InputError, match="32 x 32 pixels(.|\n)*24 x 16 pixels, as the real images"):
        import_created.main(tmp_path / "other", tmp_path / "bad.npz", labels, real=tmp_path / "real.npz")
    assert not (tmp_path / "bad.npz").exists()
