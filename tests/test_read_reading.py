"""Everything that judgements say: numbers against printed worked examples, and one row for each quantity."""

import numpy as np
import pandas as pd
import pytest

from neuroturing.io.files import read_table
from neuroturing.read.judgements import COLUMNS as JUDGEMENTS
from neuroturing.read.rating import area, delong, ratings
from neuroturing.read.reading import COLUMNS, _share, agreement, fleiss, reading
from reading import main as reading_main


def judgements(reader, truth, answer, confidence=None, kind="human", ms=None, **columns):
    rows = {"study": "study", "reader": reader, "kind": kind, "truth": truth, "answer": answer, "dataset": "t1", "recipe": "gan"}
    rows |= {"confidence": confidence, "ms": ms, "source_index": [str(k) for k in range(len(truth))]} | columns
    table = pd.DataFrame(rows).reindex(columns=list(JUDGEMENTS))
    return table.astype({"confidence": float, "ms": float})


def take(rows, quantity, **where):
    return [row for row in rows if row["quantity"] == quantity and all(row[key] == value for key, value in where.items())]


@pytest.mark.parametrize(
    ("part", "whole", "wilson", "exact"),
    [  # Newcombe 1998, Statistics in Medicine 17, 857-872, Table I, methods 3 and 5
        (81, 263, (0.2553, 0.3662), (0.2527, 0.3676)),
        (15, 148, (0.0624, 0.1605), (0.0578, 0.1617)),
        (0, 20, (0, 0.1611), (0, 0.1684)),
        (1, 29, (0.0061, 0.1718), (0.0009, 0.1776)),
    ],
)
def test_intervals_of_shares_are_newcombes(part, whole, wilson, exact):
    assert _share(part, whole, "wilson") == pytest.approx((part / whole, *wilson), abs=6e-5)
    assert _share(part, whole, "beta") == pytest.approx((part / whole, *exact), abs=6e-5)


def test_area_is_that_of_hanley_and_mcneil():
    """109 CT images of Hanley and McNeil 1982, Table I; Stata's manual (roctab) prints 0.8932 with DeLong's standard error 0.0307."""
    normal, abnormal = (np.repeat([1, 2, 3, 4, 5], counts) for counts in ([33, 6, 6, 11, 2], [3, 2, 2, 11, 33]))
    value, error = delong(abnormal, normal)
    assert (round(value, 4), round(error, 4)) == (0.8932, 0.0307)
    _, low, high = area(abnormal, normal)
    assert 0.8 < low < value < high < 1 and value - low > high - value


def test_area_at_its_ends_is_not_certain():
    assert area([2] * 10, [1] * 10) == pytest.approx((1, 0.025**0.1, 1))
    assert area([1] * 10, [2] * 10) == pytest.approx((0, 0, 1 - 0.025**0.1))
    assert area([1] * 5, [1] * 5) == pytest.approx((0.5, np.nan, np.nan), nan_ok=True), "no interval of width 0"
    assert all(np.isnan(area([], [1])))


def test_fleiss_kappa_is_fleiss_own():
    """Fleiss 1971, Psychological Bulletin 76, 378-382, as retold with ten subjects and fourteen raters: 0.210."""
    table = np.array(
        [
            [0, 0, 0, 0, 14], [0, 2, 6, 4, 2], [0, 0, 3, 5, 6], [0, 3, 9, 2, 0], [2, 2, 8, 1, 1],
            [7, 7, 0, 0, 0], [3, 2, 6, 3, 0], [2, 5, 3, 2, 2], [6, 5, 2, 1, 0], [0, 2, 2, 3, 7],
        ]
    )  # fmt: skip
    value, low, high = fleiss(np.array([np.repeat(np.arange(5), row) for row in table]))
    assert round(value, 3) == 0.210 and low < value < high


def test_cohens_kappa_is_that_of_fleiss_levin_and_paik():
    """Statistical Methods for Rates and Proportions, Table 18.1: 100 subjects, three categories, kappa 0.68."""
    counted = np.array([[75, 1, 4], [5, 4, 1], [0, 0, 10]])
    words = ["real", "created", "unknown"]
    first, second = zip(*[(a, b) for i, a in enumerate(words) for j, b in enumerate(words) for _ in range(counted[i, j])], strict=True)
    truth = ["real", "created"] * 50
    both = pd.concat([judgements("anna", truth, first), judgements("ben", truth, second)], ignore_index=True)
    rows = list(agreement(both))
    (cohen,) = take(rows, "cohen_kappa")
    assert round(cohen["value"], 2) == 0.68 and cohen["low"] < 0.68 < cohen["high"]
    assert (cohen["reader"], cohen["kind"], cohen["n"]) == ("anna, ben", "human", 100)
    assert len(take(rows, "fleiss_kappa")) == 1
    machine = both.assign(kind=both["reader"].map({"anna": "human", "ben": "model"}))
    assert [(row["quantity"], row["kind"]) for row in agreement(machine)] == [("cohen_kappa", "model")]
    apart = both.assign(source_index=both["reader"] + both["source_index"])
    assert list(agreement(apart)) == []


def test_a_rating_is_the_answer_signed_by_its_confidence():
    table = judgements("anna", ["real"] * 4, ["real", "created", "unknown", "created"], [5, 4, 3, 1])
    assert list(ratings(table)) == [5, -4, 0, -1]
    assert list(ratings(table.assign(confidence=[5, np.nan, 3, 1]))) == [1, -1, 0, -1]


def test_a_reader_agrees_with_himself_over_what_came_twice():
    truth = ["real", "created"] * 50
    counted = np.array([[75, 1, 4], [5, 4, 1], [0, 0, 10]])  # of Fleiss, Levin and Paik, as above
    words = ["real", "created", "unknown"]
    first, second = zip(*[(a, b) for i, a in enumerate(words) for j, b in enumerate(words) for _ in range(counted[i, j])], strict=True)
    names = [f"im{k}" for k in range(100)]
    once = judgements("anna", truth, first, image=names, size="8x8")
    again = judgements("anna", truth, second, image=[f"x{name}" for name in names], size="8x8").assign(repeat_of=names)
    ben = judgements("ben", truth, truth, image=names, size="8x8")
    rows = reading(pd.concat([again.iloc[:50], once, again.iloc[50:], ben], ignore_index=True), {}, {})
    (kappa,) = take(rows, "cohen_kappa", reader="anna")
    assert round(kappa["value"], 2) == 0.68 and kappa["n"] == 100
    (same,) = take(rows, "same_answer_again", method="Wilson")
    assert (same["value"], same["reader"], same["kind"]) == (0.89, "anna", "human")
    within = ("same_answer_again", "cohen_kappa")
    others = [[row for row in part if row["quantity"] not in within] for part in (rows, reading(pd.concat([once, ben]), {}, {}))]
    assert repr(others[0]) == repr(others[1]), "all else is of first showings"


def test_every_quantity_has_its_row(tmp_path):
    truth = ["real"] * 10 + ["created"] * 10
    answer = ["real"] * 7 + ["created"] * 2 + ["unknown"] + ["real"] * 3 + ["created"] * 7
    confidence = [5, 4, 3, 2, 5, 4, 1, 2, 3, 1, 1, 2, 3, 5, 5, 4, 4, 3, 2, 1]
    ms = [1000.0] * 10 + [2000.0, 3000, 4000] + [np.nan] * 7
    one = judgements("anna", truth, answer, confidence, ms=ms, image="x", block="1", contrast="t1", size="8x8")
    two = one.assign(recipe="other")
    path = tmp_path / "judgements.tsv"
    pd.concat([one, two]).fillna("").to_csv(path, sep="\t", index=False)
    reading_main(path, tmp_path / "reading.tsv", {"t1": "T1"}, {"gan": "GAN", "other": "Other"})
    table = read_table(tmp_path / "reading.tsv", COLUMNS, numbers=("value", "low", "high", "n"))
    assert list(table.columns) == list(COLUMNS) and set(table["recipe"]) == {"GAN", "Other", "all"}
    assert set(table["dataset"]) == {"T1, 8x8", "all"}
    rows = table[table["recipe"] == "GAN"].to_dict("records")
    (wrong,) = take(rows, "accuracy_unknown_wrong", method="Wilson")
    assert (wrong["value"], wrong["n"]) == (0.7, 20)
    (right,) = take(rows, "accuracy", method="Clopper-Pearson")
    assert right["value"] == pytest.approx(14 / 19, abs=1e-6)
    (slow,) = take(rows, "response_ms", at="created called real")
    assert (slow["value"], slow["low"], slow["high"], slow["n"]) == (3000, 2500, 3500, 3)
    strict = take(rows, "true_positive_rate")[0]
    assert (strict["at"], strict["value"]) == ("rating >= 5", 0.2)
    (auc,) = take(rows, "auc")
    signed = np.array(confidence) * [{"real": 1, "unknown": 0, "created": -1}[word] for word in answer]
    assert auc["value"] == pytest.approx(delong(signed[:10], signed[10:])[0], abs=1e-6)
    assert {row["quantity"] for row in rows} >= {
        "d_prime",
        "criterion",
        "lr_positive",
        "p_value",
        "real_as_synt",
        "unknown_real",
        "prevalence",
    }
    empty = tmp_path / "none.tsv"
    one.iloc[:0].to_csv(empty, sep="\t", index=False)
    reading_main(empty, tmp_path / "nothing.tsv", {}, {})
    assert (tmp_path / "nothing.tsv").read_text() == "\t".join(COLUMNS) + "\n"
