"""Realism: every distance against its textbook formula written out, against other software's numbers, and where its value is known."""

import numpy as np
import pytest
from scipy import linalg, stats
from scipy.spatial.distance import cdist

from neuroturing.realism import distances, manifold, spectra, structure
from neuroturing.realism.pool import Pool

COUNT = 40


@pytest.fixture(scope="module")
def points():
    """Two groups of 40 points that the recorded values below are of, each point a unit."""
    rng = np.random.default_rng(11)
    first = rng.normal(0, 1, (COUNT, 4))
    return np.round(first, 3), np.round(rng.normal(0.4, 0.8, (COUNT, 4)), 3)


def pooled(first, second, units=None):
    together = Pool(np.concatenate([first, second]), np.arange(len(first) + len(second)) if units is None else units)
    return together, np.arange(len(first)), len(first) + np.arange(len(second))


def slow_kernel_distance(first, second):
    def kernel(x, y):
        return (sum(a * b for a, b in zip(x, y, strict=True)) / len(x) + 1) ** 3

    def within(group):
        pairs = [kernel(group[i], group[j]) for i in range(len(group)) for j in range(len(group)) if i != j]
        return sum(pairs) / len(pairs)

    between = [kernel(x, y) for x in first for y in second]
    return within(first) + within(second) - 2 * sum(between) / len(between)


def slow_frechet_distance(first, second):
    spreads = [np.cov(group, rowvar=False) for group in (first, second)]
    root = linalg.sqrtm(spreads[0] @ spreads[1]).real
    return np.sum((first.mean(axis=0) - second.mean(axis=0)) ** 2) + np.trace(spreads[0] + spreads[1] - 2 * root)


def slow_manifold(first, second, k):
    reach = [np.sort(cdist(group, group), axis=1)[:, k] for group in (first, second)]
    inside = sum(np.linalg.norm(x - y) < radius for x, radius in zip(first, reach[0], strict=True) for y in second)
    precision = np.mean([any(np.linalg.norm(x - y) < radius for x, radius in zip(first, reach[0], strict=True)) for y in second])
    recall = np.mean([any(np.linalg.norm(x - y) < radius for y, radius in zip(second, reach[1], strict=True)) for x in first])
    coverage = np.mean([any(np.linalg.norm(x - y) < radius for y in second) for x, radius in zip(first, reach[0], strict=True)])
    return precision, recall, inside / (k * len(second)), coverage


def test_distances_equal_the_textbook_formulas(points):
    pool, *groups = pooled(*points)
    assert distances.kernel_distance(pool, *groups) == pytest.approx(slow_kernel_distance(*points), rel=1e-9)
    assert distances.frechet_distance(pool, *groups) == pytest.approx(slow_frechet_distance(*points), rel=1e-6)
    assert manifold.manifold(pool, *groups) == pytest.approx(slow_manifold(*points, manifold.NEIGHBOURS), abs=1e-12)


def test_distances_equal_other_software(points):
    # Recorded from torch-fidelity 0.4.0 with torch 2.14.1 and numpy 2.4.6, which was given the points above as features:
    # metric_kid.kid_features_to_metric(first, second, kid_subsets=1, kid_subset_size=40), metric_fid.fid_statistics_to_metric of
    # metric_fid.fid_features_to_statistics of either, metric_prc.prc_features_to_metric(second, first, prc_neighborhood=5).
    pool, *groups = pooled(*points)
    assert distances.kernel_distance(pool, *groups) == pytest.approx(0.7912613127474089, rel=1e-9)
    assert distances.frechet_distance(pool, *groups) == pytest.approx(1.183119202683999, rel=1e-9)
    assert manifold.manifold(pool, *groups)[:2] == pytest.approx((1.0, 0.675), abs=1e-6)


def test_precision_recall_density_and_coverage_equal_other_software(points):
    # Recorded from prdc 0.2 (NAVER, github.com/clovaai/generative-evaluation-prdc), with numpy 2.4.6 and scikit-learn 1.9.1:
    # compute_prdc(first, second, nearest_k=5) of the points above.
    pool, *groups = pooled(*points)
    recorded = {"precision": 1.0, "recall": 0.675, "density": 1.255, "coverage": 0.95}
    assert dict(zip(manifold.NAMES, manifold.manifold(pool, *groups), strict=True)) == pytest.approx(recorded, abs=5e-4)


def test_pairs_of_one_subject_do_not_count(points):
    first, second = points
    units = np.concatenate([np.arange(COUNT) // 4, COUNT + np.arange(COUNT)])
    pool, *groups = pooled(first, second, units)
    kernel = (np.concatenate(points) @ np.concatenate(points).T / 4 + 1) ** 3
    apart = units[:, None] != units
    means = [kernel[np.ix_(group, group)][apart[np.ix_(group, group)]].mean() for group in groups]
    expected = sum(means) - 2 * kernel[:COUNT, COUNT:].mean()
    assert distances.kernel_distance(pool, *groups) == pytest.approx(expected, rel=1e-9)
    # Each image four times, a subject of its own: neighbours are other images, so that no ball shrinks to nothing.
    again = np.repeat(first[:10], 4, axis=0)
    pool, *groups = pooled(again, second, units)
    assert dict(zip(manifold.NAMES, manifold.manifold(pool, *groups), strict=True))["precision"] > 0.5
    pool, *groups = pooled(np.repeat(first[:5], 8, axis=0), second)
    assert dict(zip(manifold.NAMES, manifold.manifold(pool, *groups), strict=True))["precision"] == 0


def test_few_images_have_no_neighbours(points):
    pool, *groups = pooled(points[0][:5], points[1][:5])
    assert np.isnan(manifold.manifold(pool, *groups)).all()
    one_subject = np.concatenate([np.zeros(20, int), 1 + np.arange(20)])
    pool, *groups = pooled(points[0][:20], points[1][:20], one_subject)
    assert np.isnan(manifold.manifold(pool, *groups)).all()


def test_frechet_distance_sees_the_components_that_vary_most():
    rng = np.random.default_rng(0)
    values = rng.normal(0, [5, 3, 0.1, 0.1, 0.1], (200, 5))
    axes = distances.principal(values, 2)
    assert np.abs(axes[:2]) == pytest.approx(np.eye(2), abs=0.1)
    assert [distances.dimensions(count, 64) for count in (3, 18, 100, 400)] == [1, 3, 20, 32]


def test_structural_similarity_equals_tensorflow():
    import tensorflow as tf

    rng = np.random.default_rng(3)
    for size in ((64, 64), (128, 128), (66, 75), (32, 40)):
        images = rng.integers(0, 255, (3, *size)).astype(np.uint8)
        images[1] = np.clip(images[0] * 0.7 + rng.normal(20, 15, size), 0, 255)
        images[2] = 255 - images[0]  # negative terms
        weights = np.array(structure.WEIGHTS[: structure.scales(size)])
        found = structure.similarity(images)
        for i, j in ((0, 1), (0, 2), (1, 2)):
            pair = [tf.constant(images[k][None, ..., None], tf.float32) for k in (i, j)]
            expected = float(tf.image.ssim_multiscale(*pair, 255, power_factors=list(weights / weights.sum()))[0])
            assert found[i, j] == found[j, i] == pytest.approx(expected, abs=2e-4), size
    assert [structure.scales((size, size)) for size in (8, 32, 64, 128, 256, 512)] == [1, 2, 3, 4, 5, 5]
    assert structure.similarity(np.tile(images[:1], (3, 1, 1))) == pytest.approx(np.ones((3, 3)), abs=1e-4)


def test_power_is_found_where_it_was_put():
    rows, columns = np.mgrid[:64, :64]
    for cycles in (4, 12, 24):
        waves = np.rint(128 + 100 * np.cos(2 * np.pi * cycles / 64 * columns))[None].astype(np.uint8)
        power, frequency = spectra.radial_power(waves)
        assert frequency[power[0].argmax()] == pytest.approx(cycles / 64)
    noise = np.random.default_rng(0).normal(128, 20, (200, 64, 48)).clip(0, 255).round().astype(np.uint8)
    power, _ = spectra.radial_power(noise)
    assert power.mean(axis=0) == pytest.approx(np.full(24, 400), rel=0.1)


def test_spectra_differ_as_they_were_made_to():
    noise = np.random.default_rng(1).normal(128, 10, (100, 32, 32))
    images = np.concatenate([noise, 128 + 2 * (noise - 128)]).clip(0, 255).round().astype(np.uint8)
    power, frequency = spectra.radial_power(images)
    first, second = np.arange(100), 100 + np.arange(100)
    assert spectra.spectrum(power, frequency, first, second) == pytest.approx((np.log(4), 4), rel=0.01)
    assert spectra.spectrum(power, frequency, second, first) == pytest.approx((np.log(4), 1 / 4), rel=0.01)
    assert spectra.spectrum(power, frequency, first, first) == (0, 1)


def test_grey_distance_is_the_wasserstein_distance_of_scipy():
    rng = np.random.default_rng(2)
    images = np.concatenate([rng.integers(0, 200, (5, 20, 16)), rng.integers(60, 256, (5, 20, 16))]).astype(np.uint8)
    shares = spectra.grey_levels(images)
    expected = stats.wasserstein_distance(images[:5].ravel(), images[5:].ravel())
    assert spectra.grey_distance(shares, np.arange(5), 5 + np.arange(5)) == pytest.approx(expected, rel=1e-9)
