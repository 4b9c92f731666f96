"""Each test recomputes a published example; equivalence, clusters, margins and the bootstrap on made data."""

import numpy as np
import pytest
from measurements import SPEC
from scipy import stats

from neuroturing.errors import InputError
from neuroturing.measure.statistics import (
    CLUSTERED,
    between_subject_sd,
    bootstrap_p,
    cliffs_delta,
    clusters,
    delta_interval,
    equivalence,
    hodges_lehmann,
    holm,
    implied_delta,
    rank_test,
    resampled_delta,
)

# Student's sleep data (Biometrika 1908), hours of extra sleep, as in R's `sleep`.
SLEEP = [0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0], [1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4]
# Pain scores of Brunner and Munzel (2000), as in the example of R's lawstat and of scipy.
PAIN = [1, 2, 1, 1, 1, 1, 1, 1, 1, 1, 2, 4, 1, 1], [3, 3, 4, 3, 1, 2, 3, 1, 1, 5, 4]
# Permeability constants of the chorioamnion: Hollander and Wolfe (1973), page 69, the example of R's wilcox.test.
TERM, EARLY = [0.80, 0.83, 1.89, 1.04, 1.45, 1.38, 1.91, 1.64, 0.73, 1.46], [1.15, 0.88, 0.90, 0.74, 1.21]


def test_mann_whitney_of_hollander_and_wolfe():
    assert rank_test(EARLY, TERM, alternative="greater").p_value == pytest.approx(0.1272, abs=5e-5)
    assert hodges_lehmann(EARLY, TERM) == pytest.approx(0.305, abs=5e-4)


def test_mann_whitney_and_equivalence_of_the_toster_vignette():
    # R's TOSTER, vignette "robustTOST": wilcox_TOST of extra ~ group within -0.5 to 0.5, the difference and both bounds as printed.
    first, second = SLEEP
    assert rank_test(second, first).p_value == pytest.approx(0.06933, abs=5e-6)
    assert rank_test(np.subtract(second, 0.5), first, alternative="greater").p_value == pytest.approx(0.89385, abs=5e-6)
    assert rank_test(np.add(second, 0.5), first, alternative="less").p_value == pytest.approx(0.01287, abs=5e-6)
    assert equivalence(second, first, 0.5) == pytest.approx(0.89385, abs=5e-6)


def test_cliffs_delta_of_the_effsize_example():
    # Tests of R's effsize: delta -0.25 for treatment against control.
    treatment, control = [10, 10, 20, 20, 20, 30, 30, 30, 40, 50], [10, 20, 30, 40, 40, 50]
    assert cliffs_delta(control, treatment) == pytest.approx(-0.25, abs=5e-4)


def test_holm_of_a_textbook_example():
    # Four P values, as worked through in encyclopaedias: adjusted 0.03, 0.06, 0.06, 0.02.
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02], abs=5e-4)
    assert holm([0.01, np.nan, 0.04])[[0, 2]] == pytest.approx([0.02, 0.04])


def test_clustered_test_without_clusters_is_that_of_brunner_and_munzel():
    # A pair of equal images per subject has the same variance as one image, so the published P, 0.005786, must come back.
    first, second = PAIN
    twice = np.repeat(first, 2)
    test = rank_test(twice, second, np.repeat(np.arange(len(first)), 2))
    assert test.test == CLUSTERED
    assert test.p_value == pytest.approx(0.005786, abs=5e-7)
    assert test.p_value == pytest.approx(stats.brunnermunzel(first, second).pvalue)


def test_ignoring_clusters_would_claim_more():
    rng = np.random.default_rng(0)
    person = rng.standard_normal(12).repeat(6) + 0.2 * rng.standard_normal(72)
    created = 0.5 + rng.standard_normal(72)
    assert rank_test(person, created).p_value < rank_test(person, created, np.arange(12).repeat(6)).p_value


def test_one_sided_p_values_add_up_and_point_the_right_way():
    rng = np.random.default_rng(0)
    real, created, cluster = rng.standard_normal(30), 0.4 + rng.standard_normal(40), np.arange(10).repeat(3)
    greater = rank_test(real, created, cluster, "greater").p_value
    assert greater < 0.5
    assert greater + rank_test(real, created, cluster, "less").p_value == pytest.approx(1)
    assert rank_test(real, created, cluster).p_value == pytest.approx(2 * greater)


def test_no_overlap_and_no_spread():
    cluster = np.arange(6).repeat(2)
    test = rank_test(np.linspace(0, 1, 12), np.linspace(2, 3, 8), cluster)
    # Six medians against eight values: 2 of the C(14, 6) = 3003 orders are as extreme.
    assert test.p_value == pytest.approx(2 / 3003)
    assert rank_test(np.linspace(0, 1, 12), np.linspace(2, 3, 8), cluster, "less").p_value == 1
    assert rank_test(np.tile([0, 2], 6), np.ones(8), cluster).p_value == 1
    assert rank_test(np.ones(6), np.ones(6)).p_value == 1
    assert delta_interval(np.zeros(5), np.ones(5), np.arange(5), 0) == (1, 1)


@pytest.mark.parametrize("alternative", ["two-sided", "greater"])
def test_fewer_overlaps_never_give_a_larger_p_value(alternative):
    real, cluster = np.arange(15.0), np.arange(5).repeat(3)
    p_values = [rank_test(real, 15 - overlap + np.arange(15.0), cluster, alternative).p_value for overlap in (8, 5, 3, 2, 1.5, 1, 0)]
    assert np.all(np.diff(p_values) <= 0)
    # Five subjects beside fifteen images: 1 of C(20, 5) = 15504 orders is as extreme.
    assert p_values[-1] == pytest.approx((2 if alternative == "two-sided" else 1) / 15504)


@pytest.mark.parametrize("per_subject", [1, 3])
def test_equivalence_rejects_and_accepts_where_it_should(per_subject):
    rng = np.random.default_rng(2)
    cluster = np.arange(60 // per_subject).repeat(per_subject)
    real = 0.65 + 0.03 * rng.standard_normal(60)
    cluster = None if per_subject == 1 else cluster
    alike, shifted = 0.65 + 0.03 * rng.standard_normal(60), 0.70 + 0.03 * rng.standard_normal(60)
    assert equivalence(real, alike, 0.03, cluster) < 0.01
    assert equivalence(real, shifted, 0.03, cluster) > 0.5
    few = equivalence(real[:6], alike[:6], 0.01, None)
    assert few > 0.05
    assert rank_test(real[:6], alike[:6]).p_value > 0.05
    with pytest.raises(InputError, match="positive"):
        equivalence(real, alike, 0.0, cluster)


def test_bootstrap_interval_is_by_subject():
    rng = np.random.default_rng(3)
    real = rng.standard_normal(10).repeat(8)
    created = rng.standard_normal(80)
    narrow = np.ptp(delta_interval(real, created, np.arange(80), 0))
    wide = np.ptp(delta_interval(real, created, np.arange(10).repeat(8), 0))
    assert wide > 1.5 * narrow
    low, high = delta_interval(real, created, np.arange(10).repeat(8), 0)
    assert low < cliffs_delta(real, created) < high


def test_bootstrap_interval_is_close_to_the_normal_one_for_plain_samples():
    rng = np.random.default_rng(4)
    real, created = rng.standard_normal(200), 0.3 + rng.standard_normal(200)
    low, high = delta_interval(real, created, np.arange(200), 0, resamples=4000)
    pairs = np.sign(np.subtract.outer(created, real))
    error = np.sqrt(pairs.mean(1).var(ddof=1) / 200 + pairs.mean(0).var(ddof=1) / 200)
    assert (high - low) / 2 == pytest.approx(1.96 * error, rel=0.06)


def test_unknown_subjects_are_each_their_own():
    assert len(set(clusters(["s1", "", "s1", "", "s2"]))) == 4


def test_subjects_differ_by_their_own_spread_whatever_levels_they_have():
    # Three subjects 0.02 apart; the levels are 0.1 apart, and one subject lacks one, which must not count.
    level = np.array(["CER", "BG", "COR"] * 3)
    values = np.repeat([0.0, 0.02, 0.04], 3) + np.tile([0.6, 0.7, 0.8], 3)
    assert between_subject_sd(values, np.arange(3).repeat(3), level) == pytest.approx(0.02)
    kept = np.arange(9) != 3
    assert between_subject_sd(values[kept], np.arange(3).repeat(3)[kept], level[kept]) == pytest.approx(0.02, rel=0.3)
    assert np.isnan(between_subject_sd(values[:3], np.zeros(3, int), level[:3]))
    rng = np.random.default_rng(0)
    person = 0.02 * rng.standard_normal(400)
    images = np.repeat(person, 3) + 0.01 * rng.standard_normal(1200) + np.tile([0.6, 0.7, 0.8], 400)
    sd = between_subject_sd(images, np.arange(400).repeat(3), np.tile(["a", "b", "c"], 400))
    assert sd == pytest.approx(np.sqrt(0.02**2 + 0.01**2 / 3), rel=0.08)


def test_delta_that_a_margin_implies():
    real = stats.norm.ppf((np.arange(600) + 0.5) / 600)
    for margin in (0.2, 0.5, 1.0):
        # P(X < Y + m) - P(X > Y + m) of two equal normal distributions.
        expected = 2 * stats.norm.cdf(margin / np.sqrt(2)) - 1
        assert implied_delta(real, margin, np.arange(600)) == pytest.approx(expected, abs=0.01)
    assert implied_delta([1.0, 2.0], 0.1, [0, 1]) == 0
    assert np.isnan(implied_delta([1.0, 2.0], 0.1, [0, 0])) and np.isnan(implied_delta([1.0, 2.0], np.nan, [0, 1]))


def test_bootstrap_p_counts_both_sides_and_never_reaches_zero():
    assert bootstrap_p(np.linspace(-1, 3, 401)) == pytest.approx(2 * 102 / 402)
    assert bootstrap_p(np.ones(199)) == pytest.approx(2 / 200)
    assert bootstrap_p(np.zeros(199)) == 1
    assert bootstrap_p(np.array([np.nan, 1.0])) == 1


def test_a_subject_without_images_in_a_reference_does_not_count():
    rng = np.random.default_rng(0)
    real, created, cluster = np.array([0.0, 1.0, 2.0]), np.array([1.5, 2.5]), np.array([0, 2, 2])
    drawn = np.array([[1, 1, 1], [0, 3, 0], [0, 0, 3]])
    deltas = resampled_delta(real, created, cluster, drawn, rng)
    assert np.isfinite(deltas[[0, 2]]).all() and np.isnan(deltas[1])


@pytest.mark.slow
@pytest.mark.parametrize(("subjects", "images"), [(16, 3), (40, 3), (300, 1)])
def test_null_case_gives_uniform_p_values(subjects, images):
    """Real images against another half of real ones, split by subject: images of a subject are alike, halves are not different.

    With one image a subject the test has few attainable P values unless subjects are many, hence 300.
    """
    rng = np.random.default_rng(11)
    p_values = []
    for _ in range(1000):
        person = rng.standard_normal(subjects)
        values = (person[:, None] + 0.7 * rng.standard_normal((subjects, images))) + 0.8 * np.arange(images)
        halves = rng.permutation(subjects)
        first, second = values[halves[: subjects // 2]], values[halves[subjects // 2 :]]
        cluster = np.arange(len(first)).repeat(images)
        # Created images are independent of each other: so are these, one of each subject of the other half.
        other = second[np.arange(len(second)), rng.integers(images, size=len(second))]
        p_values.append(rank_test(first.ravel(), other, cluster).p_value)
    assert stats.kstest(p_values, "uniform").pvalue > 0.01
    assert np.mean(np.array(p_values) < 0.05) == pytest.approx(0.05, abs=0.022)


@pytest.mark.slow
def test_the_fewest_subjects_that_are_tested_keep_the_level():
    rng = np.random.default_rng(12)
    p_values = []
    for _ in range(2000):
        values = rng.standard_normal((SPEC["minimum"], 1)) + 0.7 * rng.standard_normal((SPEC["minimum"], 3))
        created = rng.standard_normal(15) + 0.7 * rng.standard_normal(15)
        p_values.append(rank_test(values.ravel(), created, np.arange(SPEC["minimum"]).repeat(3)).p_value)
    assert np.mean(np.array(p_values) < 0.05) == pytest.approx(0.05, abs=0.025)


def person_images(rng, subjects, levels, sd=0.02, within=0.01):
    """Values of subjects at some levels, shape (subjects, levels); created images of an honest model are such values, one of each."""
    return sd * rng.standard_normal((subjects, 1)) + within * rng.standard_normal((subjects, levels)) + 0.07 * np.arange(levels)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("share", "subjects", "levels", "most_estimated"), [(0.5, 20, 1, 0.05), (0.5, 60, 3, 0.05), (1, 20, 3, 0.06), (1, 60, 1, 0.07)]
)
def test_equivalence_at_the_margin_is_claimed_in_one_of_twenty_at_most(share, subjects, levels, most_estimated):
    """Created images shifted by just the margin: equivalence is claimed in 5 % at most; Monte Carlo error of 2,000 runs 0.5 %.

    That holds for a margin that is known. One that is a share of what these real subjects differ by is an estimate; measured with it:
    4 % where it is half of that, up to 7 % where it is all of it. Fewer subjects (8) cannot claim it at all: 0 to 4 %.
    """
    rng = np.random.default_rng(13)
    margin = share * np.sqrt(0.02**2 + 0.01**2 / levels)
    cluster, level = np.arange(subjects).repeat(levels), np.tile(np.arange(levels), subjects)
    known, estimated = [], []
    for _ in range(2000):
        real = person_images(rng, subjects, levels).ravel()
        created = person_images(rng, 3 * subjects, levels)[np.arange(3 * subjects), rng.integers(levels, size=3 * subjects)] + margin
        known.append(equivalence(real, created, margin, cluster))
        estimated.append(equivalence(real, created, share * between_subject_sd(real, cluster, level), cluster))
    assert np.mean(np.array(known) < 0.05) <= 0.05 + 3 * 0.005
    assert np.mean(np.array(estimated) < 0.05) <= most_estimated + 3 * 0.005


@pytest.mark.slow
def test_a_copier_is_favoured_against_its_training_images_and_not_against_held_out_ones():
    """A model that gives its training images back, and an honest one that makes new ones from the same population, 24 subjects.

    Measured, share of 1,000 runs that read equivalent (margin 0.7 standard deviations): against the training images 1.00 of the copier and
    0.53 of the honest one; against as many held-out subjects 0.48 and 0.50.
    """
    rng = np.random.default_rng(14)
    cluster = np.arange(24)
    claims = {(model, side): [] for model in ("copier", "honest") for side in ("train", "held out")}
    for _ in range(1000):
        train, held_out, honest = (person_images(rng, 24, 1).ravel() for _ in range(3))
        margin = 0.7 * between_subject_sd(np.concatenate([train, held_out]), np.arange(48), np.zeros(48))
        for model, created in (("copier", train), ("honest", honest)):
            for side, real in (("train", train), ("held out", held_out)):
                claims[model, side].append(equivalence(real, created, margin, cluster) < 0.05)
    share = {key: np.mean(values) for key, values in claims.items()}
    error = np.sqrt(0.25 / 1000)
    assert share["copier", "train"] > share["honest", "train"] + 0.3
    assert share["copier", "held out"] <= share["honest", "held out"] + 3 * error
    assert share["honest", "train"] == pytest.approx(share["honest", "held out"], abs=4 * error)
