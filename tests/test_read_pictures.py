"""Pictures of a quiz: what no eye sees is the same in all of them, and anatomy stays as it is."""

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from neuroturing.imageset import ImageSet, make_labels, write_imageset
from neuroturing.read.blinding import CUE, audit
from neuroturing.read.design import draw_quiz, quiz_pixels
from neuroturing.read.observers import sitting
from neuroturing.read.pictures import DARKEST, FRAME, LEVELS, as_shown
from neuroturing.read.quiz_files import read_pools, write_quiz

SIZE, COUNT = 32, 80
BLOCKS = [{"dataset": "brain", "recipe": "gan", "real": 40, "created": 40}]
INSIDE = (slice(None), slice(FRAME, -FRAME), slice(FRAME, -FRAME))


def heads(seed, brightest=230):
    """Smooth texture in a disc before black, with a few pixels near the brightest level."""
    rng, across = np.random.default_rng(seed), np.arange(SIZE) - (SIZE - 1) / 2
    inside = np.hypot(across, across[:, None]) < SIZE * 0.42
    smooth = np.array([gaussian_filter(image, 1.5) for image in rng.normal(size=(COUNT, SIZE, SIZE))])
    return np.where(inside, np.clip(120 + 200 * smooth + rng.normal(0, 12, smooth.shape), 20, brightest), 0).astype(np.uint8)


def files(folder, real, created):
    subjects = np.repeat([f"sub-{k:02d}" for k in range(8)], COUNT // 8)
    write_imageset(folder / "real.npz", ImageSet(real, make_labels(COUNT, subject=subjects, scan=subjects, source="real", dataset="brain")))
    write_imageset(folder / "created.npz", ImageSet(created, make_labels(COUNT, source="gan", dataset="brain")))
    return [folder / "real.npz"], [folder / "created.npz"]


def audited(folder, pools):
    key = draw_quiz("anna", pools, BLOCKS, 0, 3)
    write_quiz(folder / "images", folder / "form.csv", folder / "training.csv", folder / "key.tsv", key, quiz_pixels(key, BLOCKS, pools))
    return {row["cue"]: row for row in audit({"anna": (folder / "images", folder / "key.tsv")}, {}, {})}


def test_a_planted_maximum_and_a_planted_border_are_gone_and_darker_images_too(tmp_path):
    """Each of the three wins the quiz of the images as they are."""
    real, created = heads(1), heads(2)
    real[:, 10, 10] = 255
    created[:, 0] = 9
    created[:, INSIDE[1], INSIDE[2]] = (created * 0.8).astype(np.uint8)[INSIDE]
    paths = files(tmp_path, real, created)
    as_they_are = [tuple(ImageSet(images, pool.labels) for images, pool in zip((real, created), read_pools(*paths)[0], strict=True))]
    before, after = audited(tmp_path / "before", as_they_are), audited(tmp_path / "after", read_pools(*paths))
    for cue in ("maximum", "border"):
        assert before[cue]["auc"] in (0, 1) and before[cue]["p_adjusted"] < 1e-6
        assert after[cue]["method"] == "the same of all"
    assert {after[cue]["method"] for cue in ("file_length", "minimum")} == {"the same of all"}
    leaks = {cue for cue, row in after.items() if row["sort"] in ("file", "exact grey levels") and row["p_adjusted"] < 0.05}
    assert not leaks


def test_anatomy_inside_is_as_it_was_but_for_the_window():
    images = np.concatenate([heads(1), heads(3, brightest=150), np.random.default_rng(0).integers(0, 256, (9, SIZE, SIZE), np.uint8)])
    shown = as_shown(images)
    for image, picture in zip(images[INSIDE].astype(int), shown[INSIDE], strict=True):
        white = np.sort(image, axis=None)[-1 - image.size // 200]
        expected = np.minimum(image * 255 / white, 255)
        kept = picture >= DARKEST * 255 // LEVELS
        assert (image > white).mean() <= 0.005
        assert np.abs(picture - expected)[kept].max() <= 255 / LEVELS / 2 + 1
        assert expected[~kept].max() < 20  # what became black was nearly so
    assert set(np.unique(shown)) <= {0, *(np.floor(np.arange(DARKEST, LEVELS + 1) * 255 / LEVELS + 0.5).astype(int))}


@pytest.mark.parametrize("image", [np.zeros((8, 8)), np.full((8, 8), 3), np.eye(40) * 200, np.pad([[90]], 20), np.full((8, 8), 255)])
def test_pictures_of_nearly_nothing(image):
    picture = as_shown(image.astype(np.uint8)[None])[0]
    assert picture.max() == (255 if image[1:-1, 1:-1].max() > 8 else 0)
    assert not picture[[0, -1]].any() and not picture[:, [0, -1]].any()


def test_readers_and_model_observers_see_the_same_pixels(tmp_path):
    pools = read_pools(*files(tmp_path, heads(1), heads(2)))
    for pool, images in zip(pools[0], (heads(1), heads(2)), strict=True):
        np.testing.assert_array_equal(pool.images, as_shown(images))
    key, shown, lessons, _ = sitting._set_aside("cho", pools, BLOCKS, 0, 3)
    known = {image.tobytes() for pool in pools[0] for image in pool.images}
    assert {image.tobytes() for image in quiz_pixels(key, BLOCKS, shown)} <= known
    assert {image.tobytes() for pair in lessons for pool in pair for image in pool.images} <= known


def test_what_the_window_cannot_take_away_is_named(tmp_path):
    """Heads that the border cuts, and saturated ones: to be seen, and no leak."""
    created = heads(2)
    created[:, :6, 12:20] = 120
    created = np.where(created > 150, 230, created).astype(np.uint8)
    found = audited(tmp_path / "quiz", read_pools(*files(tmp_path, heads(1), created)))
    assert found["cut_heads"]["verdict"] == found["saturated"]["verdict"] == CUE
    assert found["border"]["method"] == "the same of all"
