"""The rows that papers print: reading published.tsv, and what the printed numbers allow and show."""

from pathlib import Path

import numpy as np
import pytest

from neuroturing.errors import InputError
from neuroturing.read import score
from neuroturing.read.audit import below_chance, duplicates, facts, fitting, grim, mismatches, smallest_sample
from neuroturing.read.printed import Printed, counts_of, read_printed

STUDIES = Path(__file__).parents[1] / "studies"
WINDOW = [0.4, 0.6]
RATES = {"unit": "percent", "printed": {"images": 50, "created_share": WINDOW}}
PAIR = {"unit": "count", "contrast": {"between": "recipe", "first": "DCGAN", "second": "WGAN"}}
CELLS = "real_as_real real_as_synt synt_as_real synt_as_synt".split()


@pytest.fixture(scope="module")
def koshino():
    return read_printed(STUDIES / "koshino2018" / "published.tsv", "percent")


@pytest.fixture(scope="module")
def han():
    return read_printed(STUDIES / "han2018" / "published.tsv", "count")


@pytest.fixture(scope="module")
def miru():
    return read_printed(STUDIES / "miru2017" / "published.tsv", "count")


def rates(tp, fn, fp, tn, accuracy, reader="r"):
    """A printed row of rates."""
    texts = {"TP": tp, "FN": fn, "FP": fp, "TN": tn, "accuracy": accuracy}
    return {"reader": reader, "dataset": "", "recipe": ""} | {name: Printed(str(text)) for name, text in texts.items()}


def cells(dataset, recipe, *numbers, **printed):
    """A printed row of counts."""
    row = {"reader": "r", "dataset": dataset, "recipe": recipe} | dict(zip(CELLS, numbers, strict=True))
    return row | {name: Printed(text) for name, text in printed.items()}


def write(tmp_path, *rows, name="published.tsv"):
    path = tmp_path / name
    path.write_text("".join("\t".join(str(value) for value in row) + "\n" for row in rows), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("text", "value", "places", "shown"),
    [("0.30", 0.3, 2, "0.30"), ("70%", 0.7, 2, "0.70"), ("36.00%", 0.36, 4, "0.3600"), ("56", 56, 0, "56"), ("-1.08", -1.08, 2, "-1.08")],
)
def test_a_printed_number_keeps_its_digits(text, value, places, shown):
    number = Printed(text)
    assert (float(number), number.places, str(number)) == (pytest.approx(value), places, shown)


def test_a_printed_number_agrees_with_what_rounds_to_it_either_way():
    assert Printed("0.91").agrees(32 / 35) and not Printed("0.92").agrees(32 / 35)
    for half in (0.555, 0.545):
        assert Printed("0.55").agrees(half)
    assert not Printed("0.55").agrees(0.5551) and list(Printed("53%").agrees(np.array([0.524, 0.53, 0.536]))) == [False, True, False]


def test_the_papers_rows_are_read(koshino, han, miru):
    printed = [(row["reader"], *(str(row[name]) for name in ("TP", "FN", "FP", "TN", "accuracy"))) for row in koshino]
    assert printed == [
        ("NR1", "56", "44", "45", "55", "0.55"), ("NR2", "30", "70", "71", "29", "0.30"), ("NNR1", "90", "10", "24", "76", "0.83"),
        ("NNR2", "83", "17", "40", "60", "0.72"), ("NNR3", "73", "27", "44", "56", "0.64"),
    ]  # fmt: skip
    assert all(row["TP"] + row["FN"] == 100 == row["FP"] + row["TN"] for row in koshino)
    assert len(han) == len({(row["dataset"], row["recipe"]) for row in han}) == 12 and len(miru) == 1
    for row in (*han, *miru):
        assert row["real_as_real"] + row["real_as_synt"] == 50 == row["synt_as_real"] + row["synt_as_synt"]
        assert row["real_as_real"] + row["synt_as_synt"] == pytest.approx(100 * row["accuracy"])
        assert row["reader"] == "physician"


@pytest.mark.parametrize("accuracy", ["75%", "0.75", "75"])
def test_a_share_is_read_however_it_is_printed(tmp_path, accuracy):
    (row,) = read_printed(write(tmp_path, ["reader", *CELLS, "accuracy"], ["a", 8, 2, 3, 7, accuracy]), "count")
    assert row["accuracy"] == 0.75 and str(row["accuracy"]) == "0.75" and counts_of(row) == score.Counts(8, 2, 3, 7)
    assert (row["dataset"], row["recipe"]) == ("", "")


def test_a_measure_may_be_blank_where_it_is_not_printed(tmp_path):
    rows = read_printed(
        write(tmp_path, ["reader", *CELLS, "accuracy", "d_prime"], ["a", 8, 2, 3, 7, "75%", ""], ["b", 5, 5, 5, 5, "50%", "0.0"]), "count"
    )
    assert rows[0]["d_prime"] is None and rows[1]["d_prime"] == 0 and mismatches(rows) == []


HEAD, ROW = ["reader", "dataset", "recipe", "n_real", *CELLS, "accuracy"], ["a", "A", "W", 10, 8, 2, 3, 7, "75%"]


@pytest.mark.parametrize(
    ("rows", "unit", "words"),
    [
        ([HEAD], "count", ["no row"]),
        ([HEAD, ROW], "percent", ["'real_as_real'", "is of 'unit: count'"]),
        ([["reader", "TP", "FN", "FP", "TN", "accuracy"], ["a", 50, 50, 40, 60, 0.55]], "count", ["'TP'", "is of 'unit: percent'"]),
        ([HEAD, ROW], "images", ["images", "percent or count"]),
        ([["reader", *CELLS], ["a", 1, 1, 1, 1]], "count", ["no column 'accuracy'"]),
        ([["reader,TP,FN,FP,TN,accuracy"], ["a,1,1,1,1,1"]], "percent", ["the column 'reader,TP"]),
        ([["reader"], ["a"]], "count", ["no column 'real_as_real'", "separated by tabs"]),
        ([[*HEAD[:-1], "acuracy"], ROW], "count", ["'acuracy'", "did you mean 'accuracy'?"]),
        ([HEAD, [*ROW[:4], 8.5, 2.5, 3, 7, "75%"]], "count", ["line 2, column real_as_real", "8.5", "whole number"]),
        ([HEAD, [*ROW[:4], "8%", 2, 3, 7, "75%"]], "count", ["8%", "'unit: percent'"]),
        ([HEAD, [*ROW[:4], -1, 2, 3, 7, "75%"]], "count", ["-1", "whole number"]),
        ([HEAD, [*ROW[:4], "", 2, 3, 7, "75%"]], "count", ["nothing", "whole number"]),
        ([HEAD, [*ROW[:4], 7, 2, 3, 7, "75%"]], "count", ["line 2", "real_as_real 7 and real_as_synt 2", "10 together, as n_real"]),
        ([HEAD, ["a", "A", "W", 10, 8, 2, 0, 0, "75%"]], "count", ["no image in synt_as_real and synt_as_synt"]),
        ([HEAD, [*ROW[:-1], "0,75"]], "count", ["0,75", "a point, not a comma"]),
        ([HEAD, [*ROW[:-1], ""]], "count", ["column accuracy", "nothing"]),
        ([HEAD, [*ROW[:-1], "175%"]], "count", ["175%", "0 to 100"]),
        ([HEAD, ["", *ROW[1:]]], "count", ["line 2", "no reader"]),
        ([HEAD, ROW, ROW], "count", ["line 3", "as line 2"]),
        ([["reader", "TP", "FN", "FP", "TN", "accuracy"], ["a", 56, 42, 45, 55, 0.55]], "percent", ["TP 56 and FN 42", "100 % together"]),
        ([["reader", "TP", "FN", "FP", "TN", "accuracy"], ["a", 156, -56, 45, 55, 0.55]], "percent", ["156", "0 to 100"]),
        ([["reader", "TP", "FN", "FP", "TN", "accuracy"], ["a", "half", 50, 45, 55, 0.55]], "percent", ["column TP", "half"]),
    ],
)
def test_unfit_published_rows_are_refused_with_their_place(tmp_path, rows, unit, words):
    with pytest.raises(InputError) as error:
        read_printed(write(tmp_path, *rows), unit)
    assert all(word in str(error.value) for word in words), error.value


def test_a_file_that_cannot_be_read_is_named(tmp_path):
    with pytest.raises(InputError, match="missing.tsv\n.*no such file"):
        read_printed(tmp_path / "missing.tsv", "count")
    (tmp_path / "latin.tsv").write_bytes("reader\tTP\nÄrztin\t1\n".encode("latin-1"))
    with pytest.raises(InputError, match="latin.tsv\n.*not readable"):
        read_printed(tmp_path / "latin.tsv", "percent")


def test_no_printed_row_can_arise_from_fifty_images(koshino):
    assert [row["reader"] for row in koshino if grim(row, 50, WINDOW)] == []
    assert [row["reader"] for row in koshino if not grim(row, 100, WINDOW)] == ["NR2"]
    assert [images for images in range(40, 108) if all(grim(row, images, WINDOW) for row in koshino)] == [87, 94, 98, 101, 105, 107]
    assert smallest_sample(koshino, WINDOW) == 87
    assert smallest_sample(koshino, WINDOW, largest=86) is None


def test_grim_accepts_what_counts_do_give():
    """Of 27 real images 20 called real (74 %), of 23 created 9 (39 %), 34 of 50 right (0.68)."""
    row = rates(74, 26, 39, 61, "0.68")
    assert grim(row, 50, WINDOW)
    assert not grim(rates(74, 26, 39, 61, "0.71"), 50, WINDOW)
    assert not grim(rates("74.0", "26.0", "39.1", "60.9", "0.680"), 50, WINDOW) and grim(
        rates("74.1", "25.9", "39.1", "60.9", "0.68"), 50, WINDOW
    )
    assert not grim(row, 50, (0.5, 0.6))
    assert grim(rates(100, 0, 0, 100, "1.00"), 2, WINDOW)
    assert fitting([row, row], RATES["printed"]) == 2


def test_what_the_printed_rates_show(koshino):
    found = facts(koshino, RATES)
    assert (found["images"], found["fitting"], found["smallest"], found["rows"]) == (50, {50: 0, 100: 4}, 87, 5)
    assert found["means"] == [(row["reader"], pytest.approx((row["TP"] + row["TN"]) / 200), row["accuracy"]) for row in koshino]
    assert (found["halves_up"], found["halves_down"]) == (["NR2", "NNR2"], ["NR1", "NNR3"])
    (below,) = found["below"]
    assert (below["reader"], below["accuracy"], below["images"]) == ("NR2", 0.3, 50)
    assert below["d_prime"] == pytest.approx(-1.08, abs=0.005) and below["d_prime_low"] < -1.5 and -0.5 < below["d_prime_high"] < 0
    assert "smallest" not in facts(koshino, {"unit": "percent", "printed": None})


def test_below_chance_needs_a_number_of_images():
    row = rates(40, 60, 60, 40, "0.40")
    assert below_chance([row], {"unit": "percent"}) == []
    assert [below_chance([row], {"unit": "percent", "printed": {"images": images}}) == [] for images in (50, 500)] == [True, False]
    (found,) = below_chance([row | {"n_real": 300, "n_created": 200}], {"unit": "percent"})
    assert found["images"] == 500
    rows = [cells("A", "W", 10, 40, 40, 10, accuracy="20%"), cells("B", "W", 24, 26, 26, 24, accuracy="48%")]
    (found,) = below_chance(rows, {"unit": "count"})
    assert found["dataset"] == "A" and found["d_prime_high"] < 0 and found["images"] == 100


def test_what_the_printed_counts_show(han):
    """Seven rows are told apart, before and after Holm; deceiving differs in none of the pairs, accuracy in one before Holm alone."""
    found = facts(han, PAIR)
    assert (found["rows"], found["told"], found["told_adjusted"], found["recomputed"]) == (12, 7, 7, True)
    assert found["called"] == (0.20, 0.46) and found["below"] == [] and found["images"] == (100, 100)
    pair = found["contrast"]
    assert [row["p_deceived"] for row in pair["rows"]] == pytest.approx([1.0, 0.20, 0.61, 0.36, 0.09, 0.24], abs=0.005)
    assert [row["p_accuracy"] for row in pair["rows"]] == pytest.approx([0.45, 0.028, 0.47, 0.32, 0.12, 1.0], abs=0.006)
    rows = {row["dataset"]: row for row in pair["rows"]}
    assert rows["T1c, 128x128"]["p_accuracy_adjusted"] == pytest.approx(6 * rows["T1c, 128x128"]["p_accuracy"])
    assert rows["Concat, 128x128"]["p_accuracy_adjusted"] == pytest.approx(5 * rows["Concat, 128x128"]["p_accuracy"])
    assert rows["Concat, 128x128"]["p_deceived_adjusted"] == pytest.approx(6 * rows["Concat, 128x128"]["p_deceived"])
    assert [rows["T1c, 128x128"][f"deceived_{place}"] for place in ("first", "second")] == [0.06, 0.16]
    assert pair["accuracy"] == {"below": ["T1c, 128x128"], "survive": []} and pair["deceived"] == {"below": [], "survive": []}
    assert pair["not_more"] == ["T1, 128x128", "FLAIR, 128x128"] and (pair["first"], pair["second"]) == ("DCGAN", "WGAN")


def test_facts_follow_the_numbers():
    rows = [cells("A, 8x8", "DCGAN", 50, 0, 5, 45, accuracy="95%"), cells("A, 8x8", "WGAN", 25, 25, 30, 20, accuracy="46%")]
    found = facts(rows, PAIR)
    assert (found["told"], found["told_adjusted"]) == (1, 1) and found["called"] == (0.55, 0.55)
    assert (
        found["contrast"]["accuracy"]["survive"] == found["contrast"]["deceived"]["survive"] == ["A, 8x8"]
        and found["contrast"]["not_more"] == []
    )
    assert not found["recomputed"]
    (wrong,) = found["mismatches"]
    assert (wrong["recipe"], wrong["measure"], wrong["printed"], wrong["computed"]) == ("WGAN", "accuracy", "0.46", 0.45)
    assert "contrast" not in facts(rows, {"unit": "count", "contrast": None})


def test_printed_measures_follow_from_their_counts_and_one_experiment_is_printed_twice(han, miru):
    assert [float(miru[0][name]) for name in ("sensitivity", "specificity", "lr_positive", "lr_negative", "prevalence")] == [
        0.36,
        0.7,
        1.2,
        0.91,
        0.5,
    ]
    found = facts(miru, {"unit": "count"}, {"han2018": han})
    assert found["recomputed"] and found["both_hold_one"] == 1 and found["told"] == 0
    (same,) = found["same"]
    assert (same["table"], same["other_dataset"], same["other_recipe"]) == ("han2018", "Concat, 64x64", "WGAN")
    changed = miru[0] | {"real_as_real": 19, "real_as_synt": 31}
    assert duplicates([changed], {"han2018": han}) == []
    assert {row["measure"] for row in mismatches([changed])} == {"accuracy", "sensitivity", "lr_positive", "lr_negative"}
    assert duplicates([changed], {"rates": [rates(1, 99, 1, 99, "0.5")]}) == []
