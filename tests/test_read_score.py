"""Scores of a reader: counts, rates, intervals, tests, and whether they do what they say where nothing is to be found."""

from math import comb

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binom, binomtest

from neuroturing.read import score
from neuroturing.read.contrasts import contrast
from neuroturing.read.printed import Printed
from neuroturing.read.score import BELOW_CHANCE, CELLS, COLUMNS, Counts, diagnostic, holm

# The rows of a published Visual Turing Test: real as real, real as synthetic, synthetic as real, synthetic as synthetic.
PRINTED = [
    (26, 24, 6, 44), (24, 26, 3, 47), (22, 28, 8, 42), (12, 38, 8, 42), (34, 16, 7, 43), (13, 37, 9, 41),
    (20, 30, 6, 44), (13, 37, 8, 42), (19, 31, 11, 39), (16, 34, 4, 46), (31, 19, 15, 35), (18, 32, 15, 35),
]  # fmt: skip


def test_answers_are_counted_by_truth_and_word():
    truth = ["real"] * 6 + ["created"] * 5
    answer = ["real", "real", "real", "created", "created", "unknown", "real", "created", "unknown", "unknown", "unknown"]
    counts = score.count(pd.DataFrame({"truth": truth, "answer": answer}))
    assert counts == Counts(tp=3, fn=2, fp=1, tn=1, unknown_real=1, unknown_created=3)
    assert (counts.real, counts.created, counts.judged, counts.unknown) == (5, 2, 7, 4)


def test_unknown_answers_leave_rates_and_accuracy():
    record = score.score(Counts(tp=3, fn=1, fp=1, tn=4, unknown_real=6, unknown_created=5), "r", "human")
    assert [record[name] for name in ("TP", "FN", "FP", "TN")] == [75, 25, 20, 80]
    assert (record["n_real"], record["n_created"]) == (10, 10) and (record["unknown_real"], record["unknown_created"]) == (6, 5)
    assert record["accuracy"] == pytest.approx(7 / 9) and record["called_real"] == pytest.approx(4 / 9)
    assert record["note"] == "11 of 20 images unknown (6 real, 5 created) and left out; counted as wrong, accuracy 0.35"


def test_a_record_has_every_column_and_nothing_that_is_not_defined():
    assert list(score.score(Counts(1, 1, 1, 1), "r", "human")) == list(COLUMNS)
    assert list(score.score_rates({"TP": 50, "FN": 50, "FP": 40, "TN": 60, "accuracy": 0.55}, "r")) == list(COLUMNS)
    blank = score.score(Counts(0, 0, 0, 0, 5, 5), "r", "human")
    measures = [name for name in COLUMNS[COLUMNS.index("accuracy") : COLUMNS.index("unknown_real")]]
    assert np.isnan([blank[name] for name in measures]).all() and blank["real_as_real"] == 0 and blank["n_real"] == 5
    one_kind = score.score(Counts(3, 4, 0, 0), "r", "human")
    assert one_kind["accuracy"] == pytest.approx(3 / 7) and np.isnan([one_kind[name] for name in ("d_prime", "p_value", "FP")]).all()


@pytest.mark.parametrize(
    ("right", "images", "low", "high"), [(15, 50, 0.191, 0.438), (30, 100, 0.219, 0.396), (50, 50, 0.929, 1.0), (0, 50, 0.0, 0.071)]
)
def test_the_interval_is_wilsons(right, images, low, high):
    """Wilson's interval of 0.30 at 50 and 100 images; of 50 of 50 its lower end is n / (n + z^2)."""
    half = images // 2
    counts = Counts(tp=min(right, half), fn=half - min(right, half), fp=half - max(0, right - half), tn=max(0, right - half))
    share, *interval = diagnostic(counts)["accuracy"]
    assert share == right / images
    assert interval == pytest.approx([low, high], abs=0.0006)


def test_detection_by_hand():
    """H = Phi(1), F = Phi(-0.5): d' is 1.5 and c is -0.25, a leaning towards real."""
    assert score.detection_of_rates(0.8413447, 0.3085375) == pytest.approx((1.5, -0.25), abs=1e-6)
    assert np.isnan(score.detection_of_rates(1.0, 0.2)).all() and np.isnan(score.detection_of_rates(0.8, 0.0)).all()


def test_log_linear_correction_and_its_interval_by_hand():
    """24.5 / 25 and 0.5 / 27 after the correction of 24 of 24 and 0 of 26; z and densities from a table of the normal distribution."""
    (d_prime, low, high), (criterion, c_low, c_high) = score.detection(Counts(tp=24, fn=0, fp=0, tn=26))
    assert d_prime == pytest.approx(2.0537 + 2.0853, abs=0.001)
    assert criterion == pytest.approx((2.0853 - 2.0537) / 2, abs=0.001)
    half = 1.96 * np.sqrt(0.98 * 0.02 / (24 * 0.04842**2) + 0.01852 * 0.98148 / (26 * 0.04536**2))
    assert (high - d_prime, d_prime - low) == pytest.approx((half, half), rel=0.002)
    assert (c_high - criterion, criterion - c_low) == pytest.approx((half / 2, half / 2), rel=0.002)
    assert score.detection(Counts(tp=12, fn=12, fp=13, tn=13))[0][0] == pytest.approx(0, abs=1e-12)
    assert np.isnan(score.detection(Counts(tp=12, fn=12, fp=0, tn=0))).all()


def test_swapping_the_labels_turns_d_prime_round():
    one, other = score.detection(Counts(tp=20, fn=5, fp=10, tn=15)), score.detection(Counts(tp=10, fn=15, fp=20, tn=5))
    assert other[0] == pytest.approx((-one[0][0], -one[0][2], -one[0][1])) and other[1] == pytest.approx(one[1])


def chances(real, created, hit, alarm):
    """Chance of each 2x2 table, shape (real + 1, created + 1), by real and by created images called real."""
    return binom.pmf(np.arange(real + 1), real, hit)[:, None] * binom.pmf(np.arange(created + 1), created, alarm)[None, :]


def over_tables(real, created, measure):
    """A measure of every 2x2 table."""
    return np.array([[measure(Counts(tp, real - tp, fp, created - fp)) for fp in range(created + 1)] for tp in range(real + 1)])


def test_the_interval_of_d_prime_holds_the_truth_as_often_as_it_says():
    """Exactly, over all tables: at least 93 %, near 95 % where rates are moderate, and no more than 2.9 % wrongly below 0."""
    for real, created in ((10, 10), (30, 20), (50, 50)):
        ends = over_tables(real, created, lambda counts: score.detection(counts)[0][1:])
        for hit, alarm in ((0.5, 0.5), (0.2, 0.2), (0.8, 0.8), (0.7, 0.3), (0.9, 0.24), (0.95, 0.05), (0.3, 0.71), (0.05, 0.05)):
            true, chance = score.detection_of_rates(hit, alarm)[0], chances(real, created, hit, alarm)
            held = chance[(ends[..., 0] <= true) & (true <= ends[..., 1])].sum()
            assert held > 0.93
            if min(hit, alarm) >= 0.2 and max(hit, alarm) <= 0.8 and real > 10:
                assert held == pytest.approx(0.955, abs=0.012)
            if hit == alarm:
                assert chance[ends[..., 1] < 0].sum() < 0.029


def test_a_leaning_reader_who_cannot_tell_is_seldom_called_below_chance():
    """20 real and 30 created images, 80 % called real: accuracy is below 0.5 by design, which its interval alone takes for more."""
    note = over_tables(20, 30, lambda counts: BELOW_CHANCE in score.score(counts, "r", "human")["note"])
    accuracy = over_tables(20, 30, lambda counts: diagnostic(counts)["accuracy"][2] < 0.5)
    chance = chances(20, 30, 0.8, 0.8)
    assert chance[note].sum() < 0.025 < 0.09 < chance[accuracy].sum()


def test_the_note_says_below_chance_and_no_cause():
    assert score.score(Counts(tp=15, fn=35, fp=36, tn=14), "r", "human")["note"] == BELOW_CHANCE == "below chance, cause unknown"
    for counts in (Counts(25, 25, 25, 25), Counts(22, 28, 28, 22), Counts(35, 15, 14, 36)):
        assert score.score(counts, "r", "human")["note"] == ""


def test_fishers_test_of_truth_by_answer_by_hand():
    """3 of 3 real and 0 of 3 created called real: the two tables as extreme as this have 1 / C(6, 3) each, so P is 0.1."""
    assert score.told_apart(Counts(3, 0, 0, 3)) == pytest.approx(0.1) == score.told_apart(Counts(0, 3, 3, 0))
    assert score.told_apart(Counts(2, 2, 2, 2)) == 1 and np.isnan(score.told_apart(Counts(2, 2, 0, 0)))


def test_the_test_keeps_its_size_and_finds_a_leaning_reader_who_tells():
    """50 and 50 images, all tables: at most 5 % where nothing is told; where a leaning reader tells, it finds more than a binomial test."""
    fisher = over_tables(50, 50, score.told_apart) < 0.05
    binomial = over_tables(50, 50, lambda counts: binomtest(counts.tp + counts.tn, 100).pvalue) < 0.05
    for rate in (0.5, 0.35, 0.25, 0.2, 0.1):
        chance = chances(50, 50, rate, rate)
        assert chance[fisher].sum() <= 0.05
        if rate < 0.3:
            assert chance[binomial].sum() < 0.023
    power = {name: chances(50, 50, 0.38, 0.16)[rejected].sum() for name, rejected in (("fisher", fisher), ("binomial", binomial))}
    assert power["fisher"] > power["binomial"] + 0.08


def fisher_by_counting(tp, fn, fp, tn):
    """Share of the ways to give as many answers "real" whose table is no likelier than this one, in whole numbers."""
    real, created, called = tp + fn, fp + tn, tp + fp
    ways = [comb(real, k) * comb(created, called - k) for k in range(max(0, called - created), min(real, called) + 1)]
    return sum(way for way in ways if way <= comb(real, tp) * comb(created, fp)) / comb(real + created, called)


def test_seven_of_the_printed_rows_are_told_after_holm():
    records = score.adjust([score.score(Counts(*row), "physician", "published") for row in PRINTED])
    d_prime = [1.19, 1.44, 0.82, 0.28, 1.51, 0.26, 0.89, 0.34, 0.45, 0.89, 0.81, 0.16]
    assert [record["d_prime"] for record in records] == pytest.approx(d_prime, abs=0.005)
    assert [record["p_value"] for record in records] == pytest.approx([fisher_by_counting(*row) for row in PRINTED], rel=1e-9)
    assert sum(record["p_value"] < 0.05 for record in records) == 7 == sum(record["p_adjusted"] < 0.05 for record in records)
    assert [record["p_adjusted"] < 0.05 for record in records] == [record["d_prime_low"] > 0 for record in records]
    assert not any(record["note"] for record in records)


def test_holm_by_hand_over_the_rows_of_one_reader():
    """0.01 x 3, 0.03 x 2, 0.04 x 1 raised to the one before; what is not known counts for none."""
    assert holm([0.04, 0.01, np.nan, 0.03]).tolist() == pytest.approx([0.06, 0.03, np.nan, 0.06], nan_ok=True)
    assert holm([]).tolist() == [] and np.isnan(holm([np.nan])).all()
    rows = [
        score.score(Counts(9, 1, 2, 8), reader, kind) for reader, kind in (("a", "human"), ("a", "human"), ("b", "human"), ("a", "model"))
    ]
    rows = score.adjust(rows)
    p_value = rows[0]["p_value"]
    assert [row["p_adjusted"] for row in rows] == pytest.approx([2 * p_value, 2 * p_value, p_value, p_value])


def test_likelihood_ratio_intervals_by_hand():
    """ln 1.2 -+ 1.96 sqrt(1/18 - 1/50 + 1/15 - 1/50), and the like for LR-."""
    measures = diagnostic(Counts(tp=18, fn=32, fp=15, tn=35))
    for name, ratio, error in (("lr_positive", 1.2, 0.286744), ("lr_negative", 32 / 35, 0.140815)):
        expected = [ratio * np.exp(-1.959964 * error), ratio * np.exp(1.959964 * error)]
        assert measures[name] == pytest.approx((ratio, *expected), rel=1e-4)
    assert [measures[name][0] for name in ("accuracy", "sensitivity", "specificity", "prevalence")] == [0.53, 0.36, 0.70, 0.50]


def test_zero_cells_have_finite_ratios():
    """No real image called real: half an image more in all four cells, (0.5 / 51) / (10.5 / 51)."""
    ratio, low, high = diagnostic(Counts(tp=0, fn=50, fp=10, tn=40))["lr_positive"]
    error = np.sqrt(1 / 0.5 - 1 / 51 + 1 / 10.5 - 1 / 51)
    assert (ratio, low, high) == pytest.approx((1 / 21, np.exp(-1.959964 * error) / 21, np.exp(1.959964 * error) / 21), rel=1e-5)
    for counts in (Counts(50, 0, 0, 50), Counts(0, 50, 50, 0), Counts(50, 0, 50, 0), Counts(1, 0, 0, 1)):
        measures = diagnostic(counts)
        for name, (value, low, high) in measures.items():
            assert low - 1e-12 <= value <= high + 1e-12 and np.isfinite([value, low, high]).all(), name
    for counts in (Counts(3, 4, 0, 0), Counts(0, 0, 0, 0)):
        assert np.isnan(diagnostic(counts)["lr_positive"]).all()


def test_the_interval_of_the_positive_ratio_holds_the_truth_as_often_as_it_says():
    """Sensitivity 0.6 against a false alarm rate of 0.3: 2.0 lies in about 95 % of the intervals, exactly over all tables."""
    ends = over_tables(50, 50, lambda counts: diagnostic(counts)["lr_positive"][1:])
    assert 0.94 < chances(50, 50, 0.6, 0.3)[(ends[..., 0] <= 2) & (2 <= ends[..., 1])].sum() < 0.965


def test_rates_alone_have_no_interval():
    printed = {name: Printed(text) for name, text in (("TP", "30"), ("FN", "70"), ("FP", "71"), ("TN", "29"), ("accuracy", "0.30"))}
    record = score.score_rates(printed, "NR2")
    assert (record["d_prime"], record["criterion"]) == pytest.approx((-1.078, -0.0145), abs=0.0005)
    assert record["accuracy"] == 0.3 and record["kind"] == "published"
    assert np.isnan([record[name] for name in (*CELLS, "n_real", "accuracy_low", "d_prime_low", "p_value")]).all()


def records(rows):
    return [score.score(counts, "r", "human", dataset, recipe) for dataset, recipe, counts in rows]


def test_two_recipes_are_held_against_each_other_by_hand():
    """3 of 3 right against 0 of 3 has P 0.1; 0 of 1 against 1 of 1 synthetic images taken for real has P 1."""
    rows = [("A", "DCGAN", Counts(tp=2, fn=0, fp=0, tn=1)), ("A", "WGAN", Counts(tp=0, fn=2, fp=1, tn=0))]
    (row,) = contrast(records(rows), "recipe", "DCGAN", "WGAN")
    assert (row["dataset"], row["first"], row["second"]) == ("A", "DCGAN", "WGAN")
    assert row["p_accuracy"] == pytest.approx(0.1) == row["p_accuracy_adjusted"] and row["p_deceived"] == 1 == row["p_deceived_adjusted"]
    assert [row[f"{test}_{place}"] for test in ("accuracy", "deceived") for place in ("first", "second")] == [1, 0, 0, 1]
    assert contrast(records(rows[:1]), "recipe", "DCGAN", "WGAN") == []
    blank = ("A", "WGAN", Counts(0, 0, 0, 0, 2, 1))
    assert contrast(records([rows[0], blank]), "recipe", "DCGAN", "WGAN") == []


def test_two_data_sets_are_held_against_each_other_for_each_recipe():
    rows = [(dataset, recipe, Counts(9, 1, 1 + 3 * (dataset == "B"), 9)) for recipe in ("W", "D") for dataset in ("A", "B")]
    assert [row["recipe"] for row in contrast(records(rows), "dataset", "A", "B")] == ["W", "D"]
    real_alone = [("A", "D", Counts(9, 1, 0, 0)), ("A", "W", Counts(5, 5, 0, 0))]
    (row,) = contrast(records(real_alone), "recipe", "D", "W")
    assert row["p_accuracy"] == pytest.approx(0.1409, abs=0.0005) and np.isnan([row["p_deceived"], row["deceived_first"]]).all()


def test_more_errors_and_more_deceived_are_not_the_same():
    """Fewer right answers because real images are called synthetic: accuracy differs, and no more synthetic ones are taken for real."""
    rows = [("A", "D", Counts(45, 5, 5, 45)), ("A", "W", Counts(20, 30, 5, 45))]
    (row,) = contrast(records(rows), "recipe", "D", "W")
    assert row["p_accuracy"] < 0.001 and row["p_deceived"] == 1
