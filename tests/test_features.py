"""Feature spaces: what they see, what they overlook, and what they make of images that no measure should break on."""

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter, shift

from neuroturing.errors import InputError
from neuroturing.features import SPACES, radiomics
from neuroturing.features.remembered import Remembered

SUBJECTS, EACH = 8, 4


def brains(seed=0, subjects=SUBJECTS, each=EACH, size=(48, 48)):
    """Ellipses of smooth texture before black: width, brightness and part of the texture are the subject's."""
    rng = np.random.default_rng(seed)
    down, across = (np.arange(length) - (length - 1) / 2 for length in size)
    images = []
    for _ in range(subjects):
        width, level, own = rng.uniform(0.3, 0.42), rng.uniform(90, 150), gaussian_filter(rng.normal(size=size), 2.5) * 500
        for _ in range(each):
            inside = np.hypot(across / (width * size[1]), down[:, None] / (0.45 * size[0])) < 1
            texture = own + 90 * gaussian_filter(rng.normal(size=size), 1.2)
            moved = shift(np.where(inside, level + texture, 0), rng.uniform(-1.5, 1.5, 2), order=1)
            images.append(np.clip(moved, 0, 255))
    images = np.array(images).astype(np.uint8)
    return np.where(images < 8, 0, images).astype(np.uint8), np.repeat(np.arange(subjects), each)


def distances(first, second):
    return np.sqrt(((first[:, None] - second[None]) ** 2).sum(axis=-1))


def separation(features, subject):
    """Mean distance between subjects over that within."""
    apart, same = np.not_equal.outer(subject, subject), np.equal.outer(subject, subject) & ~np.eye(len(subject), dtype=bool)
    found = distances(features, features)
    return found[apart].mean() / found[same].mean()


def moved(space, images):
    """Distance that a shift of three pixels makes, in that between two images."""
    features, others = space.transform(images), space.transform(np.roll(images, 3, axis=2))
    return np.linalg.norm(features - others, axis=1).mean() / distances(features, features)[np.triu_indices(len(images), 1)].mean()


@pytest.fixture(scope="module")
def encoder():
    return SPACES["encoder"].fit(*brains(), 3, steps=60)


@pytest.mark.parametrize("name", ["pixels", "radiomics"])
def test_a_space_is_of_training_images_alone_and_the_same_each_time(name):
    images, subject = brains()
    first, second = (SPACES[name].fit(images, {"subject": subject}, 1) for _ in range(2))
    others = brains(9)[0]
    found = first.transform(others)
    assert found.dtype == np.float64 and len(found) == len(others)
    assert np.array_equal(found, second.transform(others))
    assert np.allclose(found[5], first.transform(others[5:6])[0], atol=1e-5), "each image by itself"
    assert np.allclose(first.transform(images).mean(axis=0), 0, atol=1e-4)


def test_pixels_keep_the_distances_between_few_images():
    images = brains(subjects=4)[0]
    space = SPACES["pixels"].fit(images, {}, 0)
    found = space.transform(images)
    assert found.shape == (16, 15)
    flat = images.reshape(16, -1) / 255
    assert np.allclose(distances(found, found), distances(flat, flat), rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("size", [(130, 200), (20, 33), (5, 7)])
@pytest.mark.parametrize("name", ["pixels", "radiomics"])
def test_images_of_any_size(name, size):
    images = brains(subjects=3, size=size)[0]
    assert np.isfinite(SPACES[name].fit(images, {}, 0).transform(images)).all()


def test_radiomics_are_standardised_and_see_texture():
    images = brains()[0]
    space = SPACES["radiomics"].fit(images, {}, 0)
    found = space.transform(images)
    assert 50 <= found.shape[1] <= 90
    assert np.allclose(found.mean(axis=0), 0, atol=1e-9) and np.allclose(found.std(axis=0), 1)
    blurred = np.array([gaussian_filter(image.astype(float), 1.5) for image in images]).astype(np.uint8)
    change = dict(zip(space.names, space.transform(blurred).mean(axis=0), strict=True))
    assert change["gradient_mean"] < -1 and change["contrast_1_mean"] < -1 and change["power_7"] < -1


def test_radiomics_have_the_values_that_can_be_said_beforehand():
    half = np.zeros((1, 32, 32), np.uint8)
    half[:, :, 16:] = 100
    found = dict(zip(radiomics.NAMES, radiomics.features(half)[0], strict=True))
    assert found["head_share"] == 0.5 and found["mean"] == 100 and found["sd"] == 0 and found["percentile_5"] == 100
    assert found["entropy"] == 0 and found["contrast_1_mean"] == 0 and found["energy_3_mean"] == 1 and found["contrast_6_range"] == 0
    stripes = np.full((1, 32, 32), 40, np.uint8)
    stripes[:, :, ::2] = 200
    found = dict(zip(radiomics.NAMES, radiomics.features(stripes)[0], strict=True))
    # 40 is level 2 and 200 level 12 of sixteen: neighbours across differ by ten, those down by nothing.
    assert found["contrast_1_range"] == 100 and found["contrast_6_mean"] == 0 and found["entropy"] == 1
    assert found["power_7"] > 3 and found["power_0"] == 0


@pytest.mark.parametrize("level", [0, 7, 8, 255])
def test_constant_images_have_finite_radiomics(level):
    images = np.full((3, 24, 24), level, np.uint8)
    assert np.isfinite(radiomics.features(images)).all()
    assert np.isfinite(SPACES["radiomics"].fit(brains(size=(24, 24))[0], {}, 0).transform(images)).all()


def test_the_encoder_learns_and_tells_subjects_better_than_before(encoder):
    images, subject = brains()
    assert encoder.losses[-10:].mean() < encoder.losses[:5].mean() - 0.5
    untrained = SPACES["encoder"].fit(images, {}, 3, steps=1)
    others, of_others = brains(5)
    assert separation(encoder.transform(others), of_others) > separation(untrained.transform(others), of_others)
    assert encoder.transform(others).shape == (len(others), 64)


def test_the_encoder_overlooks_a_shift_that_pixels_see(encoder):
    images = brains()[0]
    # 1.5 times as much before it has learned.
    assert moved(encoder, images) < 0.8 * moved(SPACES["pixels"].fit(images, {}, 0), images)


def test_the_encoder_is_the_same_each_time_and_works_with_eight_images_of_any_shape():
    images = brains(subjects=4, each=2, size=(40, 70))[0]
    found = [SPACES["encoder"].fit(images, {}, 2, steps=3).transform(images) for _ in range(2)]
    assert np.array_equal(*found) and np.isfinite(found[0]).all()
    assert np.allclose(found[0].mean(axis=0), 0, atol=1e-6)


def test_nt_xent_is_the_sum_written_out():
    from neuroturing.features.encoder import nt_xent

    outputs = np.random.default_rng(0).normal(size=(6, 4)).astype(np.float32)
    unit = outputs / np.linalg.norm(outputs, axis=1, keepdims=True)
    terms = np.exp(unit @ unit.T / 0.2)
    expected = np.mean([-np.log(terms[i, (i + 3) % 6] / (terms[i].sum() - terms[i, i])) for i in range(6)])
    assert float(nt_xent(outputs)) == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("name", list(SPACES))
def test_what_cannot_be_a_space_is_said(name):
    images = brains(subjects=1, each=2)[0]
    with pytest.raises(InputError, match="2 training images"):
        SPACES[name].fit(images, {}, 0)
    with pytest.raises(InputError, match="all the same"):
        SPACES[name].fit(np.repeat(images[:1], 10, axis=0), {}, 0)
    with pytest.raises(InputError, match="uint8"):
        SPACES[name].fit(np.full((10, 8, 8), np.nan), {}, 0)


@pytest.mark.parametrize("name", ["pixels", "radiomics"])
def test_images_of_another_size_are_refused(name):
    space = SPACES[name].fit(brains()[0], {}, 0)
    with pytest.raises(InputError, match="24 x 24 pixels"):
        space.transform(brains(size=(24, 24))[0])


def test_features_are_computed_once_for_each_distinct_image():
    images, shown = brains()[0], []

    def transform(some):
        shown.append(len(some))
        return some.reshape(len(some), -1).astype(float)

    remembered = Remembered(transform)
    twice = np.concatenate([images[:5], images[:3]])
    assert np.array_equal(remembered(twice), twice.reshape(8, -1))
    assert np.array_equal(remembered(images[2:7]), images[2:7].reshape(5, -1))
    assert shown == [5, 2]
