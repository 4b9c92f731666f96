"""The one format of images: what comes back, what is selected, what is refused; one rule of background; and how real images are drawn."""

import collections
import logging

import numpy as np
import pytest
from image_sets import PLANES, blocks, image_set, plane_set, scan, smooth
from PIL import Image

import draw_real
from neuroturing.errors import InputError
from neuroturing.gan.source import open_source
from neuroturing.imageset import BLACK_LEVEL, LABELS, PlaneSet, read_imageset, select, to_uint8
from neuroturing.io.files import write_png


@pytest.fixture
def labelled(tmp_path):
    """40 images: groups a and b, three contrasts, scans of 4 to 12 images."""
    group = ["a"] * 10 + ["b"] * 30
    known = {"subject": [f"s{k // 20}" for k in range(40)], "scan": [f"x{min(k // 4, 7)}" for k in range(40)], "group": group}
    known |= {"contrast": [("t1", "t2", "flair")[k % 3] for k in range(40)], "section": np.arange(40)}
    known |= {"split": ["train"] * 20 + ["held_out"] * 20}
    return image_set(tmp_path / "set.npz", blocks(40, 16), **known)


def test_what_is_written_comes_back(labelled, tmp_path):
    images = read_imageset(labelled)
    assert np.array_equal(images.images, blocks(40, 16))
    assert set(LABELS) <= set(images.labels)
    assert images.describe(11)["section"] == 11
    again = image_set(tmp_path / "again.npz", images.images, **images.labels)
    assert again.read_bytes() == labelled.read_bytes()


def test_selection_is_by_label(labelled, caplog):
    images = read_imageset(labelled)
    chosen = images.where(group="b", contrast=["t1", "flair"])
    assert chosen["section"].tolist() == [k for k in range(10, 40) if k % 3 != 1]
    assert np.array_equal(chosen.images, images.images[chosen["section"]])
    assert images.where(section=[3, 5])["section"].tolist() == [3, 5]
    assert images.where(section=3).count == 1
    assert select(images, {"group": "b"}, "train")["section"].tolist() == list(range(10, 20))
    with pytest.raises(InputError, match="set.npz(.|\n)*no image with contrast 'T1'(.|\n)*did you mean 't1'"):
        images.where(contrast="T1")
    with pytest.raises(InputError, match="no label 'pattern'"):
        images.where(pattern="a")
    with pytest.raises(InputError, match="no held_out image with group a(.|\n)*split"):
        select(images, {"group": "a"}, "held_out")
    with pytest.raises(InputError, match="no image with group a, section"):
        select(images, {"group": "a", "section": [30]})


def test_another_file_is_refused(tmp_path, labelled):
    np.savez(tmp_path / "old.npz", images=blocks(3, 16), subject=list("abc"))
    with pytest.raises(InputError, match="old.npz(.|\n)*an earlier version"):
        read_imageset(tmp_path / "old.npz")
    np.savez(tmp_path / "pickled.npz", format=np.array([{}], object))
    with pytest.raises(InputError, match="pickled"):
        read_imageset(tmp_path / "pickled.npz")
    (tmp_path / "torn.npz").write_bytes(labelled.read_bytes()[:-40])
    for name in ("torn", "none"):
        with pytest.raises(InputError, match=f"{name}.npz"):
            read_imageset(tmp_path / f"{name}.npz")


def test_one_rule_of_background(tmp_path):
    every = np.linspace(-1.2, 1.2, 16 * 16 * 8, dtype=np.float32).reshape(8, 16, 16)
    grey = to_uint8(every)
    assert grey.min() == 0
    assert grey.max() == 255
    assert not np.any((grey > 0) & (grey < BLACK_LEVEL))
    assert set(range(BLACK_LEVEL, 256)) == set(grey.ravel().tolist()) - {0}


def test_length_of_a_file_says_nothing_of_its_image(tmp_path):
    """Compressed, a threshold on the length told every created image of one model from real ones."""
    images = [blocks(1, 64)[0], np.zeros((64, 64), np.uint8), np.random.default_rng(0).integers(0, 256, (64, 64), np.uint8)]
    for k, image in enumerate(images):
        write_png(tmp_path / f"{k}.png", image)
        with Image.open(tmp_path / f"{k}.png") as picture:
            assert (picture.mode, picture.info) == ("L", {})
            assert np.array_equal(np.asarray(picture), image)
    assert len({path.stat().st_size for path in tmp_path.iterdir()}) == 1


def drawn(path, images, number, where=None, side="all", seed=1):
    """Draw by the rule's script, and read what it wrote."""
    draw_real.main(images, path, where or {}, side, number, seed, "data")
    return read_imageset(path)


def test_each_scan_and_group_has_its_share(tmp_path):
    """52 % patients were shown where 69 % were trained on, while each subject had as many images drawn as any other."""
    scans = [scan(f"h{k}", smooth((20, 40, 40), k), group="healthy") for k in range(5)]
    scans += [scan(f"p{k}", smooth((20, 40, 40), 9 + k), group="patient", subject=f"p{k // 2}") for k in range(11)]
    path = plane_set(tmp_path / "planes.npz", scans)
    images = drawn(tmp_path / "real.npz", path, 50)
    assert images.count == 50
    groups, shares = (collections.Counter(images[name].tolist()) for name in ("group", "scan"))
    assert groups["patient"] in (34, 35)  # 50 x 11 / 16 = 34.4; evenly over subjects it would be 27
    assert set(shares.values()) <= {3, 4}
    assert len(shares) == 16
    source, every = open_source(read_imageset(path)), read_imageset(path)
    numbers = [every["scan"].tolist().index(images["scan"][k]) * every.grid.count + int(images["image"][k][-6:]) for k in range(50)]
    assert len(set(numbers)) == 50
    assert np.array_equal(images.images, to_uint8(source.batch(np.array(numbers))))
    assert images["yaw_deg"].tolist() == [every.describe(number)["yaw_deg"] for number in numbers]
    assert images["scan"].tolist() != sorted(images["scan"].tolist()), "in random order"
    assert set(images["dataset"]) == {"data"}


def test_draw_of_a_stack(labelled, tmp_path, caplog):
    images = drawn(tmp_path / "a.npz", labelled, 20)
    assert len(set(images["section"].tolist())) == 20
    assert collections.Counter(images["group"].tolist()) == {"a": 5, "b": 15}
    assert np.array_equal(images.images, read_imageset(labelled).images[images["section"]])
    shares = collections.Counter(images["scan"].tolist())
    assert shares.pop("x7") in (5, 6, 7)  # 12 of 40 images
    assert set(shares.values()) <= {1, 2, 3}
    same, other = (drawn(tmp_path / f"{seed}.npz", labelled, 20, seed=seed) for seed in (1, 2))
    assert (tmp_path / "1.npz").read_bytes() == (tmp_path / "a.npz").read_bytes()
    assert same["section"].tolist() != other["section"].tolist()
    held = drawn(tmp_path / "held.npz", labelled, 5, {"contrast": "t1"}, "held_out")
    assert set(held["split"]) == {"held_out"}
    assert set(held["contrast"]) == {"t1"}
    assert caplog.text == ""
    with caplog.at_level(logging.WARNING):
        assert drawn(tmp_path / "all.npz", labelled, 100).count == 40
    assert "40 images, fewer than samples.real (100)" in caplog.text
    caplog.clear()
    assert sorted(drawn(tmp_path / "every.npz", labelled, "as_real")["section"].tolist()) == list(range(40))
    assert caplog.text == ""


def test_every_image_is_as_likely_to_be_drawn():
    met = np.zeros(30)
    sizes, starts = [3, 9, 1, 17], [0, 3, 12, 13]
    for seed in range(600):
        index = draw_real.draw(sizes, lambda cell: starts[cell] + np.arange(sizes[cell]), 7, np.random.default_rng(seed))
        assert len(set(index.tolist())) == 7
        met[index] += 1
    # 140 each; a binomial share has a standard deviation of 10.4.
    assert np.all(np.abs(met - 140) < 4.5 * 10.4)


def test_planes_are_selected_by_scan(tmp_path):
    scans = [scan(name, smooth((10, 20, 20)), split=side, group="g") for name, side in (("a", "train"), ("b", "held_out"))]
    images = read_imageset(plane_set(tmp_path / "set.npz", scans))
    assert isinstance(images, PlaneSet)
    assert select(images, {"group": "g"}, "held_out")["scan"].tolist() == ["b"]
    assert images.size == (PLANES["size"],) * 2
    with pytest.raises(InputError, match="no label 'section'"):
        images.where(section=3)
