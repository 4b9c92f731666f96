"""Each test recomputes a published example; equivalence, clusters and the bootstrap on made data; the twelve cells and their page."""

import numpy as np
import pandas as pd
import pytest
from neuroturing.spect import compare, published
from neuroturing.spect.page import write_page
from neuroturing.spect.statistics import (
    CLUSTERED,
    PLAIN,
    cliffs_delta,
    clusters,
    delta_interval,
    equivalence,
    hodges_lehmann,
    holm,
    rank_test,
)
from scipy import stats

from neuroturing.errors import InputError

# Student's sleep data (Biometrika 1908), hours of extra sleep, as in R's `sleep`.
SLEEP = [0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0], [1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4]
# Pain scores of Brunner and Munzel (2000), as in the example of R's lawstat and of scipy.
PAIN = [1, 2, 1, 1, 1, 1, 1, 1, 1, 1, 2, 4, 1, 1], [3, 3, 4, 3, 1, 2, 3, 1, 1, 5, 4]
# Permeability constants of the chorioamnion: Hollander and Wolfe (1973), page 69, the example of R's wilcox.test.
TERM, EARLY = [0.80, 0.83, 1.89, 1.04, 1.45, 1.38, 1.91, 1.64, 0.73, 1.46], [1.15, 0.88, 0.90, 0.74, 1.21]
SETTINGS = {"margins": {"MC": 0.03, "LR": 0.03}, "minimum": 5, "resamples": 200, "confidence": 0.95, "seed": 1}


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


def measurements(rng, patterns=("normal", "unilateral", "bilateral"), subjects=8, created=24, subject_names=True):
    """A made table of measurements: three levels of each subject, mean counts by level; created images from the same distribution."""
    rows = []
    for pattern in patterns:
        for number in range(subjects):
            own = 0.01 * rng.standard_normal()
            for level, mean in (("CER", 0.60), ("BG", 0.66), ("COR", 0.72)):
                subject = f"{pattern}-{number}" if subject_names else ""
                name, ratio = f"{pattern}-{number}-{level}", np.exp(0.03 * rng.standard_normal())
                rows.append((name, "real", pattern, level, subject, mean + own, ratio))
        for index in range(created):
            rows.append((f"A{index}", "A", pattern, "", "", rng.choice([0.60, 0.66, 0.72]), np.exp(0.03 * rng.standard_normal())))
            rows.append((f"B{index}", "B", pattern, "", "", 0.72 + 0.01 * rng.standard_normal(), np.exp(0.03 * rng.standard_normal())))
    return pd.DataFrame(rows, columns=["image", "source", "pattern", "level", "subject", "mean_counts", "lr_ratio"])


def test_twelve_cells_in_the_columns_of_the_contract():
    twelve = compare.comparison(measurements(np.random.default_rng(0)), b_reference="COR", **SETTINGS)
    assert (
        list(twelve.columns[:15])
        == (
            "quantity dataset pattern n_real n_created median_real median_created test p_value p_adjusted "
            "effect_size effect_low effect_high "
            "equivalence_p published_p"
        ).split()
    )
    assert len(twelve) == 12 and len(twelve[["quantity", "dataset", "pattern"]].drop_duplicates()) == 12
    assert twelve["published_p"].tolist() == list(published.P_VALUES.values())
    assert set(twelve.loc[twelve["dataset"] == "A", "n_real"]) == {24} and set(twelve.loc[twelve["dataset"] == "B", "n_real"]) == {8}
    assert set(twelve.loc[twelve["dataset"] == "A", "test"]) == {CLUSTERED} and set(twelve.loc[twelve["dataset"] == "B", "test"]) == {PLAIN}
    assert np.all(twelve["p_adjusted"] >= twelve["p_value"])
    assert np.all((twelve["effect_low"] <= twelve["effect_size"]) & (twelve["effect_size"] <= twelve["effect_high"]))
    assert twelve.loc[twelve["quantity"] == "LR", "abs_ln_lr_p"].notna().all()


def test_level_mix_alone_makes_b_differ_from_all_levels():
    both = compare.b_references(measurements(np.random.default_rng(0)), **SETTINGS)
    assert len(both) == 12 and set(both["dataset"]) == {"B"}
    counts = both[both["quantity"] == "MC"]
    assert np.all(counts.loc[counts["reference"] == "all levels", "p_adjusted"] < 0.05)
    assert np.all(counts.loc[counts["reference"] == "COR alone", "p_adjusted"] > 0.05)
    twelve = compare.comparison(measurements(np.random.default_rng(0)), b_reference="COR", **SETTINGS)
    again = both[both["reference"] == "COR alone"].reset_index(drop=True)
    pd.testing.assert_frame_equal(again, twelve[twelve["dataset"] == "B"].reset_index(drop=True))


def test_size_of_the_asymmetry_is_seen_where_its_side_hides_it():
    rng = np.random.default_rng(5)
    table = measurements(rng, subjects=30, created=60)
    mine = (table["source"] == "A") & (table["pattern"] == "unilateral")
    table.loc[mine, "lr_ratio"] = np.exp(0.15 * rng.choice([-1, 1], mine.sum()))
    twelve = compare.comparison(table, b_reference="COR", **SETTINGS).set_index(["quantity", "dataset", "pattern"])
    cell = twelve.loc["LR", "A", "unilateral"]
    assert cell["p_value"] > 0.05
    assert cell["abs_ln_lr_p"] < 1e-6 and cell["abs_ln_lr_effect"] == 1
    assert "size of the asymmetry differs" in cell["note"]
    assert "asymmetry" not in twelve.loc["LR", "B", "normal"]["note"]


def test_cells_that_cannot_be_tested_say_so_and_hold_no_numbers(tmp_path):
    table = measurements(np.random.default_rng(0), patterns=("normal", "unilateral"))
    few = (table["source"] == "A") & (table["pattern"] == "normal")
    table = table.drop(table.index[few][4:])
    table.loc[(table["source"] == "B") & (table["pattern"] == "normal"), "mean_counts"] = np.nan
    equal = (table["pattern"] == "unilateral") & table["source"].isin(["real", "A"])
    table.loc[equal, "mean_counts"] = 0.5
    twelve = compare.comparison(table, b_reference="COR", **SETTINGS).set_index(["quantity", "dataset", "pattern"])
    tests = ["p_value", "p_adjusted", "effect_size", "effect_low", "effect_high", "equivalence_p"]
    assert "too few images for a test (24 real, 4 created" in twelve.loc[("MC", "A", "normal"), "note"]
    assert "24 of 24 created images excluded" in twelve.loc[("MC", "B", "normal"), "note"]
    assert "all values are equal" in twelve.loc[("MC", "A", "unilateral"), "note"]
    assert "no real images" in twelve.loc[("MC", "A", "bilateral"), "note"]
    untested = [("MC", "A", "normal"), ("MC", "B", "normal"), ("MC", "A", "unilateral"), ("MC", "A", "bilateral"), ("LR", "B", "bilateral")]
    for cell in untested:
        assert twelve.loc[cell, tests].isna().all()
        assert twelve.loc[cell, "verdict"] == "not tested"
    assert np.isfinite(twelve.loc[("LR", "B", "unilateral"), "p_adjusted"])
    two = compare.comparison(measurements(np.random.default_rng(0), subjects=3), b_reference="all_levels", **SETTINGS)
    assert two["note"].str.contains("too few subjects").all()
    table = measurements(np.random.default_rng(0), subjects=3, subject_names=False)
    unknown = compare.comparison(table, b_reference="all_levels", **SETTINGS)
    assert unknown["p_value"].notna().all() and set(unknown["test"]) == {PLAIN}


def test_page_tells_every_reading_and_needs_nothing_else(tmp_path):
    table = measurements(np.random.default_rng(0), patterns=("normal", "unilateral"))
    twelve, both = compare.comparison(table, b_reference="COR", **SETTINGS), compare.b_references(table, **SETTINGS)
    write_page(tmp_path / "page.html", twelve, both, "COR alone", "image_maximum", 5, 0.95, 200, "A made cohort & nothing else.")
    text = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert "A made cohort &amp; nothing else." in text
    assert "does <b>not</b> show that they are" in text
    assert text.count("not tested") >= 4 and "nan" not in text.lower().replace("ordinary", "")
    assert "http" not in text and "P &lt; 0.0001" in text


def test_wrong_settings_name_their_key():
    table = measurements(np.random.default_rng(0))
    with pytest.raises(InputError, match="did you mean 'COR'"):
        compare.comparison(table, b_reference="CORE", **SETTINGS)
    with pytest.raises(InputError, match="margins"):
        compare.comparison(table, b_reference="COR", **SETTINGS | {"margins": {"MC": 0.1}})


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
        values = rng.standard_normal((SETTINGS["minimum"], 1)) + 0.7 * rng.standard_normal((SETTINGS["minimum"], 3))
        created = rng.standard_normal(15) + 0.7 * rng.standard_normal(15)
        p_values.append(rank_test(values.ravel(), created, np.arange(SETTINGS["minimum"]).repeat(3)).p_value)
    assert np.mean(np.array(p_values) < 0.05) == pytest.approx(0.05, abs=0.025)
