"""Reader studies analysed: printed results of two published studies, textbook tests that special cases must equal, and invariances."""

import ast
import doctest
import importlib
import shutil
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from neuroturing import mrmc
from neuroturing.mrmc import DESIGNS, METRICS, analyse, components_of, separation, simulate
from neuroturing.mrmc.metrics import figures
from neuroturing.mrmc.ratings import arrange

DATA = Path(__file__).resolve().parents[2] / "shared" / "data" / "mrmc"
ROOM = Path(mrmc.__file__).parent
needs_data = pytest.mark.skipif(not DATA.is_dir(), reason="no published ratings in ../shared/data/mrmc")
FACTORIAL, IN_READER, IN_MODALITY, IN_BOTH = DESIGNS


def published(name, case="case"):
    table = pd.read_csv(DATA / f"{name}.csv", dtype=str)
    return table.assign(case=table[case]).rename(columns={"treatment": "modality"})


def made(auc=(0.6, 0.75), design=FACTORIAL, levels=5, readers=4, positives=20, negatives=25, seed=3):
    return simulate("LH", readers, positives, negatives, separation("LH", auc), design, levels, seed)


@needs_data
def test_van_dyke_as_mrmcaov_prints_it():
    study = analyse(published("vandyke"))
    assert study.design == FACTORIAL
    assert (study.test.f, study.test.df2, study.test.p) == pytest.approx((4.484854, 15.06611, 0.05123303), rel=1e-6)
    assert tuple(study.modalities.loc[0, ["value", "se"]]) == pytest.approx((0.8970370, 0.03307642), rel=1e-6)
    nested = analyse(published("vandyke", "case2"))
    assert nested.design == IN_READER and nested.components.cov2 == nested.components.cov3 == 0
    assert (nested.test.f, nested.test.df2, nested.test.p) == pytest.approx((8.704, 4, 0.0420), abs=5e-5)
    nested = analyse(published("vandyke", "case3"))
    assert nested.design == IN_MODALITY and nested.components.cov1 == nested.components.cov3 == 0
    assert nested.components.cov2 == pytest.approx(study.components.cov2)


@needs_data
def test_van_dyke_with_jackknife_as_or_dbm_mrmc_prints_it():
    # Output of OR-DBM MRMC 2.5 (University of Iowa) as kept in RJafroc's repository, inst/obumrm2: digits as printed.
    table = published("vandyke")
    study = analyse(table, covariance="jackknife")
    assert (study.test.f, study.test.df2, study.test.p) == pytest.approx((4.46, 15.26, 0.0517), abs=5e-3)
    found = [getattr(study.components, name) for name in ("var_reader", "var_modality_reader", "cov1", "cov2", "cov3", "var_error")]
    assert found == pytest.approx([0.00153500, 0.00020040, 0.00034661, 0.00034407, 0.00023903, 0.00080229], abs=6e-9)
    row = study.modalities.loc[1, ["value", "se", "df", "low", "high"]]
    assert tuple(row) == pytest.approx((0.94083736, 0.02156637, 12.71, 0.89413783, 0.98753689), abs=5e-3, rel=5e-9)
    fixed = analyse(table, covariance="jackknife", random="FRRC")
    assert (fixed.test.f, fixed.test.df2, fixed.test.p) == (pytest.approx(5.47595, abs=5e-6), np.inf, pytest.approx(0.0193, abs=5e-5))
    assert tuple(fixed.modalities.loc[0, ["se", "low", "high"]]) == pytest.approx((0.02428971, 0.84943008, 0.94464399), abs=6e-9)
    cases = analyse(table, random="RRFC")
    assert tuple(cases.differences.loc[0, ["se", "df", "t", "p"]]) == pytest.approx((0.01485, 4, -2.95, 0.0420), abs=5e-3)
    assert tuple(cases.modalities.loc[0, ["se", "low", "high"]]) == pytest.approx((0.02482994, 0.82809808, 0.96597599), abs=6e-9)


@needs_data
def test_franken_as_or_dbm_mrmc_prints_it():
    # Output of OR-DBM MRMC 2.51 as kept in RJafroc's repository, tests/testthat/goodValues361/Iowa: cov2 < cov3, and a negative variance.
    study = analyse(published("franken"), covariance="jackknife")
    assert (study.test.f, study.test.df2, study.test.p) == pytest.approx((4.69, 3.00, 0.1188), abs=5e-3)
    found = [getattr(study.components, name) for name in ("var_reader", "var_modality_reader", "cov1", "cov2", "cov3", "var_error")]
    assert found == pytest.approx([0.00003776, -0.00071276, 0.00079168, 0.00048364, 0.00051251, 0.00152578], abs=6e-9)
    values = study.readers.query("reader == '4'")["value"]
    assert list(values) == pytest.approx([0.81524197, 0.81433740], abs=6e-9)
    assert list(study.modalities["se"]) == pytest.approx([0.02440215, 0.02356642], abs=6e-9)
    assert list(study.modalities["df"]) == pytest.approx([70.12, 253.64], abs=5e-3)
    assert tuple(study.differences.loc[0, ["difference", "low", "high"]]) == pytest.approx((0.01085, -0.00509, 0.02680), abs=6e-6)
    fixed = analyse(published("franken"), covariance="jackknife", random="FRRC")
    assert (fixed.test.f, fixed.test.p) == pytest.approx((0.32101, 0.5710), abs=5e-5)
    assert list(fixed.modalities["se"]) == pytest.approx([0.02710939, 0.02744860], abs=6e-9)


def test_auc_counts_pairs_and_delong_is_as_published():
    table = made(levels=5)
    ratings = arrange(table)
    value, covariance = figures(ratings)
    positive, negative = ratings.rating[..., ratings.truth], ratings.rating[..., ~ratings.truth]
    wins = np.sign(positive[..., :, None] - negative[..., None, :]) / 2 + 0.5
    assert value == pytest.approx(wins.mean((2, 3)))
    own, other = wins.mean(3).reshape(8, -1), wins.mean(2).reshape(8, -1)
    delong = np.cov(own) / own.shape[1] + np.cov(other) / other.shape[1]
    assert covariance.reshape(8, 8) == pytest.approx(delong, abs=1e-12)


@pytest.mark.parametrize("metric", METRICS)
def test_jackknife_leaves_out_each_case(metric):
    table = made(levels=2, readers=2, positives=6, negatives=7)
    ratings = arrange(table)
    _, covariance = figures(ratings, metric, "jackknife")
    counts = {"sensitivity": [1], "specificity": [0]}.get(metric, [0, 1])
    left = [case for case, truth in zip(ratings.cases, ratings.truth, strict=True) if truth in counts]
    values = np.array([figures(arrange(table[table["case"].astype(str) != case]), metric)[0].ravel() for case in left])
    assert covariance.reshape(4, 4) == pytest.approx((len(left) - 1) ** 2 / len(left) * np.cov(values.T), abs=1e-12)


def test_jackknife_is_close_to_delong():
    table = made(levels=None, positives=60, negatives=60)
    first, second = analyse(table), analyse(table, covariance="jackknife")
    assert second.components.var_error == pytest.approx(first.components.var_error, rel=0.03)
    assert second.test.f == pytest.approx(first.test.f, rel=0.03)


def test_variance_of_a_proportion_and_of_an_accuracy():
    table = made(levels=2)
    rows = analyse(table, "sensitivity").readers
    assert np.allclose(rows["se"] ** 2, rows["value"] * (1 - rows["value"]) / (rows["positives"] - 1))
    sensitivity, specificity, accuracy = (analyse(table, name).readers for name in ("sensitivity", "specificity", "accuracy"))
    assert np.allclose(accuracy["value"], (20 * sensitivity["value"] + 25 * specificity["value"]) / 45)
    assert np.allclose(accuracy["se"] ** 2, (20 / 45 * sensitivity["se"]) ** 2 + (25 / 45 * specificity["se"]) ** 2)
    # Yes to everything: the counts of both classes are fixed, and so is the accuracy; one sample of both would not say so.
    always = table.assign(rating=1)
    assert analyse(always, "accuracy", random="FRRC").components.var_error == 0
    assert analyse(always, "accuracy", "jackknife", random="FRRC").components.var_error > 0


def test_balanced_accuracy_is_the_auc_of_two_ratings():
    first, second = analyse(made(levels=2), "balanced_accuracy", constant=0.5), analyse(made(levels=2), "auc", constant=0.5)
    pd.testing.assert_frame_equal(first.modalities, second.modalities)
    pd.testing.assert_frame_equal(first.differences, second.differences)


@pytest.mark.parametrize("design", [IN_READER, IN_BOTH])
def test_own_cases_make_it_a_t_test_of_readers(design):
    study = analyse(made(design=design, levels=2), "accuracy", constant=0.5)
    assert study.design == design
    first, second = (study.readers.query(f"modality == '{name}'")["value"].to_numpy() for name in "12")
    assert study.test.p == pytest.approx(stats.ttest_rel(first, second).pvalue)
    interval = stats.ttest_1samp(first, 0.5).confidence_interval()
    assert tuple(study.modalities.loc[0, ["p", "low", "high"]]) == pytest.approx((stats.ttest_1samp(first, 0.5).pvalue, *interval))


def test_cases_nested_in_modality_are_independent_samples():
    study = analyse(made(design=IN_MODALITY, readers=1), random="FRRC")
    assert study.design == IN_MODALITY
    assert study.differences.loc[0, "se"] ** 2 == pytest.approx((study.readers["se"] ** 2).sum())


def test_cases_partly_shared_covary_in_part():
    shares = []
    for seed in range(10):
        table = simulate("HH", 2, 100, 100, separation("HH", 0.7), seed=seed)
        third = table["case"] % 3
        study = analyse(table[((table["reader"] == 1) & (third > 0)) | ((table["reader"] == 2) & (third < 2))])
        assert study.design == "cases partly shared"
        shares.append(study.components.cov2 / study.components.var_error)
    # Each reads two thirds, and half of that is shared.
    whole = components_of("HH", 0.7, 100, 100)
    assert np.mean(shares) == pytest.approx(whole.cov2 / whole.var_error / 2, abs=0.06)


def test_one_reader_is_tested_with_cases_alone():
    study = analyse(made(auc=[0.6], readers=1), constant=0.5, random="FRRC")
    row = study.modalities.loc[0]
    assert study.test is None and study.differences.empty
    assert row["se"] == pytest.approx(study.readers.loc[0, "se"])
    assert row["p"] == pytest.approx(2 * stats.norm.sf(abs(row["value"] - 0.5) / row["se"]))


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("design", DESIGNS)
def test_names_order_and_scale_do_not_matter(seed, design):
    table = made(design=design, seed=seed)
    study = analyse(table, constant=0.5)
    other = table.sample(frac=1, random_state=seed).assign(
        rating=lambda rows: np.exp(rows["rating"]), reader=lambda rows: 9 - rows["reader"]
    )
    other = analyse(other.sort_values("modality", kind="stable"), constant=0.5)
    assert (other.test.f, other.test.df2) == pytest.approx((study.test.f, study.test.df2))
    assert np.allclose(other.modalities.iloc[:, 1:].astype(float), study.modalities.iloc[:, 1:].astype(float))
    swapped = analyse(table.sort_values("modality", ascending=False), constant=0.5)
    assert swapped.differences.loc[0, "difference"] == pytest.approx(-study.differences.loc[0, "difference"])
    assert (swapped.differences.loc[0, "low"], swapped.test.p) == pytest.approx((-study.differences.loc[0, "high"], study.test.p))
    mirrored = analyse(table.assign(truth=1 - table["truth"], rating=-table["rating"]))
    assert mirrored.test.f == pytest.approx(study.test.f)


@pytest.mark.parametrize("random", ["RRRC", "FRRC", "RRFC"])
def test_f_of_several_modalities_is_the_mean_of_squared_t(random):
    study = analyse(made(auc=(0.6, 0.7, 0.8)), random=random)
    assert len(study.differences) == 3 and study.test.df1 == 2
    assert study.test.f == pytest.approx((study.differences["t"] ** 2).mean())


def test_equivalence_is_a_90_percent_interval_within_the_margin():
    table = made(auc=(0.55, 0.6), positives=80, negatives=80)
    inside = analyse(table, constant=0.5, level=0.9)
    for rows, columns in ((inside.modalities, ("low", "high")), (inside.differences, ("low", "high"))):
        centre = 0.5 if "value" in rows else 0.0
        for index, row in rows.iterrows():
            reach = max(abs(row[column] - centre) for column in columns)
            p = [analyse(table, constant=0.5, margin=reach * factor) for factor in (0.999, 1.001)]
            p = [(study.modalities if "value" in rows else study.differences).loc[index, "p_equivalence"] for study in p]
            assert p[0] > 0.05 > p[1]


def test_without_any_variance_there_is_no_p():
    table = made(design=IN_READER, levels=2, auc=[0.6]).assign(rating=lambda rows: rows["truth"])
    row = analyse(table, "accuracy", constant=0.5, margin=0.1).modalities.loc[0]
    assert row["value"] == 1 and row[["se", "df", "low", "high", "p", "p_equivalence"]].isna().all()


@pytest.mark.parametrize(
    ("change", "settings", "message"),
    [
        (lambda rows: rows.drop(columns="case"), {}, "no column case"),
        (lambda rows: rows.iloc[:0], {}, "no rows"),
        (lambda rows: rows.assign(rating=rows["rating"].where(rows.index != 4)), {}, "rating is empty in row 5"),
        (lambda rows: rows.assign(rating=["x", *rows["rating"][1:]]), {}, "'x', which is no finite number"),
        (lambda rows: rows.assign(rating=[np.inf, *rows["rating"][1:]]), {}, "no finite number"),
        (lambda rows: rows.assign(truth="real"), {}, "'real'; it must be 1"),
        (lambda rows: rows.assign(truth=[1 - rows["truth"][0], *rows["truth"][1:]]), {}, "positive in one row and negative in another"),
        (lambda rows: pd.concat([rows, rows.iloc[:1]]), {}, "Reader 1 read case 1 of modality 1 more than once"),
        (
            lambda rows: rows[(rows["reader"] != 2) | (rows["modality"] != 2)],
            {},
            "Reader 2 read 0 positive and 0 negative cases of modality 2",
        ),
        (lambda rows: rows[rows["reader"] == 1], {}, "one reader"),
        (lambda rows: rows, {"metric": "accuracy"}, "needs ratings 0 or 1"),
        (lambda rows: rows, {"metric": "kappa"}, "no metric 'kappa'"),
        (lambda rows: rows, {"covariance": "bootstrap"}, "no covariance estimator 'bootstrap'"),
        (lambda rows: rows, {"covariance": "unbiased"}, "not for auc"),
        (lambda rows: rows, {"random": "readers"}, "no analysis 'readers'"),
        (lambda rows: rows, {"margin": 0}, "larger than 0"),
        (lambda rows: rows[rows["modality"] == 1], {"margin": 0.1}, "nothing to which it could be equivalent"),
        (lambda rows: rows, {"level": 95}, "between 0 and 1"),
    ],
)
def test_what_cannot_be_analysed_is_said_in_words(change, settings, message):
    with pytest.raises(ValueError, match=message):
        analyse(change(made()), **settings)


def test_jackknife_of_a_published_size_takes_well_under_a_second():
    table = made(readers=5, positives=45, negatives=69)
    start = time.process_time()
    analyse(table, covariance="jackknife")
    assert time.process_time() - start < 0.5


def test_the_room_works_alone(tmp_path, monkeypatch):
    for path in ROOM.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom):
                assert node.level == 1 or node.module.split(".")[0] in {"numpy", "scipy", "pandas", *sys.stdlib_module_names}, path
    shutil.copytree(ROOM, tmp_path / "mrmc_alone")
    monkeypatch.syspath_prepend(tmp_path)
    alone = importlib.import_module("mrmc_alone")
    assert alone.analyse(made()).test.f == analyse(made()).test.f


def test_the_example_in_its_docstring_runs():
    assert doctest.testmod(mrmc).failed == 0 < doctest.testmod(mrmc).attempted
