"""The tables of the Visual Turing Tests of Han et al. 2018 and MIRU 2017: the printed numbers, and this run's readers beside them."""

import logging
import re

import numpy as np
import pandas as pd
import pytest
from draw_turing_test import main as draw_main
from han_table1 import main as han_main
from miru_table import main as miru_main
from neuroturing.reader_study import published
from neuroturing.reader_study.likelihood import diagnostic
from neuroturing.reader_study.published import HAN_TABLE1, MIRU_PRINTED, MIRU_TABLE, TuringRow
from neuroturing.reader_study.scoring import Counts
from neuroturing.reader_study.turing_table import compare_recipes, count_models, han_table, miru_table, published_counts

from neuroturing.errors import InputError

HAN_CONTRACT = (
    "dataset recipe kind reader accuracy real_as_real real_as_synt synt_as_real synt_as_synt accuracy_low accuracy_high p_value d_prime"
).split()
DATASETS, RECIPES = {"t1": "T1", "mixed": "Concat"}, {"dcgan": "DCGAN", "wgan": "WGAN"}


def test_the_twelve_printed_accuracies_follow_from_the_counts():
    assert len(HAN_TABLE1) == len({(row.dataset, row.recipe) for row in HAN_TABLE1}) == 12
    for row in HAN_TABLE1:
        assert row.real_as_real + row.real_as_synt == 50 == row.synt_as_real + row.synt_as_synt
        assert row.real_as_real + row.synt_as_synt == row.accuracy


def test_the_published_rows_by_numbers_worked_out_elsewhere():
    """d' and p as worked out when the paper was read, before this code was written; Wilson's interval of 70 % by hand."""
    table = han_table({})
    d_prime = [1.19, 1.44, 0.82, 0.28, 1.51, 0.26, 0.89, 0.34, 0.45, 0.89, 0.81, 0.16]
    p_value = [8e-5, 3e-5, 0.007, 0.48, 6e-8, 0.48, 0.007, 0.37, 0.13, 0.02, 0.002, 0.62]
    assert table["d_prime"].tolist() == pytest.approx(d_prime, abs=0.005)
    assert [float(f"{p:.2g}" if p > 0.1 else f"{p:.1g}") for p in table["p_value"]] == p_value
    z = 1.959964
    centre, half = (0.7 + z**2 / 200) / (1 + z**2 / 100), z * np.sqrt(0.21 / 100 + z**2 / 40000) / (1 + z**2 / 100)
    assert table.loc[0, ["accuracy_low", "accuracy_high"]].tolist() == pytest.approx([centre - half, centre + half])


def test_which_differences_survive():
    compared = compare_recipes(han_table({})).set_index("dataset")
    assert compared["p_value"].tolist() == pytest.approx([0.45, 0.028, 0.47, 0.32, 0.12, 1.0], abs=0.006)
    assert compared.loc["T1c, 128x128", "p_holm"] == pytest.approx(6 * compared.loc["T1c, 128x128", "p_value"])
    assert compared.loc["Concat, 128x128", "p_holm"] == pytest.approx(5 * compared.loc["Concat, 128x128", "p_value"])
    assert (compared["p_holm"] > 0.05).all() and (compared["p_holm"] <= 1).all()
    assert compared.loc["T1c, 128x128", ["created_first", "created_second"]].tolist() == [0.06, 0.16]


def test_fishers_test_by_hand():
    """3 of 3 right against 0 of 3: the two tables as extreme as this have 1 / C(6, 3) each, so p is 0.1."""
    counts = {("A", "DCGAN"): Counts(tp=2, fn=0, fp=0, tn=1), ("A", "WGAN"): Counts(tp=0, fn=2, fp=1, tn=0)}
    compared = compare_recipes(han_table({"r": counts}).query("reader == 'r'"))
    assert compared["p_value"].tolist() == pytest.approx([0.1]) == compared["p_holm"].tolist()
    assert compared[["created_first", "created_second"]].values.tolist() == [[0, 1]]
    del counts[("A", "WGAN")]
    assert len(compare_recipes(han_table({"r": counts}).query("reader == 'r'"))) == 0


def test_mirus_printed_numbers_follow_from_its_counts():
    (counts,) = published_counts(MIRU_TABLE).values()
    measures = diagnostic(counts)
    assert measures["accuracy"][0] == 0.53
    for name in ("sensitivity", "specificity", "prevalence"):
        assert 100 * measures[name][0] == pytest.approx(MIRU_PRINTED[name], abs=1e-9)
    assert f"{measures['lr_positive'][0]:.2f} {measures['lr_negative'][0]:.2f}" == "1.20 0.91"
    assert measures["lr_negative"][0] == pytest.approx(32 / 35)


def test_likelihood_ratio_intervals_by_hand():
    """ln 1.2 -+ 1.96 sqrt(1/18 - 1/50 + 1/15 - 1/50), and the like for LR-."""
    measures = diagnostic(Counts(tp=18, fn=32, fp=15, tn=35))
    for name, ratio, error in (("lr_positive", 1.2, 0.286744), ("lr_negative", 32 / 35, 0.140815)):
        expected = [ratio * np.exp(-1.959964 * error), ratio * np.exp(1.959964 * error)]
        assert measures[name][1:] == pytest.approx(expected, rel=1e-4)


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
    """Sensitivity 0.6 against a false alarm rate of 0.3: 2.0 lies in about 95 % of the intervals."""
    rng = np.random.default_rng(5)
    held = 0
    for tp, fp in zip(rng.binomial(50, 0.6, 2000), rng.binomial(50, 0.3, 2000), strict=True):
        _, low, high = diagnostic(Counts(tp, 50 - tp, fp, 50 - fp))["lr_positive"]
        held += low <= 2 <= high
    assert 0.93 < held / 2000 < 0.97


def frame(counts):
    """Answers with these counts: {(dataset, size, recipe): ((real, created, unknown) of real, the same of created)}."""
    rows = []
    for (dataset, size, recipe), both in counts.items():
        for truth, numbers in zip(("real", "created"), both, strict=True):
            for answer, number in zip(("real", "created", "unknown"), numbers, strict=True):
                rows += [(dataset, size, recipe, truth, answer)] * number
    return pd.DataFrame(rows, columns=["dataset", "size", "recipe", "truth", "answer"])


def test_answers_are_counted_by_model_in_the_order_of_the_labels():
    answers = frame({("mixed", "64x64", "wgan"): ((3, 1, 1), (2, 4, 0)), ("t1", "8x8", "dcgan"): ((1, 0, 0), (0, 1, 0))})
    counts = count_models(answers, DATASETS, RECIPES)
    assert list(counts) == [("T1, 8x8", "DCGAN"), ("Concat, 64x64", "WGAN")]
    assert counts["Concat, 64x64", "WGAN"] == Counts(3, 1, 2, 4, unknown_real=1)
    with pytest.raises(InputError, match="none for 'mixed'"):
        count_models(answers, {"t1": "T1"}, RECIPES)
    same = frame({("t1", "8x8", "wgan"): ((1, 1, 0), (1, 1, 0)), ("mixed", "8x8", "wgan"): ((1, 1, 0), (1, 1, 0))})
    with pytest.raises(InputError, match="two models called T1, 8x8, WGAN"):
        count_models(same, {"t1": "T1", "mixed": "T1"}, RECIPES)
    with pytest.raises(InputError, match="WGAN tested on 2 data sets"):
        miru_table({"r": count_models(same, DATASETS, RECIPES)})


@pytest.fixture
def study(tmp_path):
    """The tests of two readers, four models of ten and ten images; nobody has answered."""
    rng = np.random.default_rng(0)
    models, real, created = [], [], []
    for dataset, sequences in (("t1", ["t1"]), ("mixed", ["t1", "t1c", "t2", "flair"])):
        subject = np.array([f"subject{i % 12}" for i in range(96)])
        labels = {"scan": subject, "subject": subject, "sequence": np.array(sequences).repeat(96 // len(sequences))}
        np.savez(tmp_path / f"{dataset}.npz", images=rng.integers(0, 256, (96, 8, 8), dtype=np.uint8), **labels)
        for recipe in RECIPES:
            np.savez(tmp_path / f"{dataset}_{recipe}.npz", images=rng.integers(0, 256, (30, 8, 8), dtype=np.uint8))
            models.append({"dataset": dataset, "recipe": recipe})
            real.append(tmp_path / f"{dataset}.npz")
            created.append(tmp_path / f"{dataset}_{recipe}.npz")
    for reader in ("reader1", "reader2"):
        form, key = tmp_path / "quiz" / reader / "answers.csv", tmp_path / "quiz_keys" / f"{reader}.tsv"
        draw_main(real, created, form, key, reader, 7, models, 10)
    return tmp_path


def run(study, main=han_main, datasets=DATASETS):
    keys = [study / "quiz_keys" / f"{reader}.tsv" for reader in ("reader1", "reader2")]
    main(keys, study / "responses", study / "table.tsv", study / "table.html", datasets, RECIPES)
    page = (study / "table.html").read_text(encoding="utf-8")
    assert not re.search(r"https?:|src=|href=|@import|<script", page)
    text = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page)).replace("&nbsp;", " ")
    return pd.read_csv(study / "table.tsv", sep="\t", keep_default_na=False, dtype=str), text


def answer(study, reader, wrong, keep=slice(None)):
    """Fill in the form of a reader: right but for the first `wrong` images of each block; only the rows `keep` have an answer."""
    form = pd.read_csv(study / "quiz" / reader / "answers.csv", dtype=str, keep_default_na=False)
    key = pd.read_csv(study / "quiz_keys" / f"{reader}.tsv", sep="\t", dtype=str, keep_default_na=False)
    place = key.groupby(["dataset", "recipe"]).cumcount()
    given = key["truth"].where(place >= wrong, key["truth"].map({"real": "created", "created": "real"}))
    form.loc[form.index[keep], "answer"] = given[keep]
    (study / "responses").mkdir(exist_ok=True)
    form.to_csv(study / "responses" / f"{reader}.csv", index=False)
    return key


def test_without_answers_hans_table_is_the_published_rows_and_the_page_says_so(study, caplog):
    with caplog.at_level(logging.INFO):
        table, text = run(study)
    assert list(table.columns) == HAN_CONTRACT
    assert len(table) == 12 and set(table["kind"]) == {"published"} and set(table["reader"]) == {"physician"}
    printed = ["real_as_real", "real_as_synt", "synt_as_real", "synt_as_synt"]
    assert table[printed].astype(int).values.tolist() == [[getattr(row, name) for name in printed] for row in HAN_TABLE1]
    assert table["accuracy"].tolist() == [f"{row.accuracy / 100:.4f}" for row in HAN_TABLE1]
    assert "No reader of this run has answered" in text and "published 12 rows alone" in text and "reader1, reader2" in text
    assert "No answers in" in caplog.text


def test_hans_notes_say_what_the_printed_numbers_show(study):
    _, text = run(study)
    assert "one difference is below 0.05 before correction (T1c, 128 × 128)" in text
    assert "no difference survives Holm’s correction for 6 comparisons" in text
    assert "only 20 to 46 % of the images real" in text
    assert "7 of the 12 accuracies differ from 50 % with p &lt; 0.05, 4 after" in text
    assert "no more synthetic images were taken for real than with DCGAN in T1, 128 × 128; FLAIR, 128 × 128;" in text


def test_hans_notes_follow_the_numbers(study, monkeypatch):
    rows = (TuringRow("A, 8x8", "DCGAN", 50, 0, 5, 45, 95), TuringRow("A, 8x8", "WGAN", 25, 25, 20, 30, 55))
    monkeypatch.setattr(published, "HAN_TABLE1", rows)
    _, text = run(study)
    assert "one difference survives Holm’s correction for 1 comparisons (A, 8 × 8)" in text
    assert "only 45 to 55 % of the images real" in text and "1 of the 2 accuracies" in text and "no more synthetic" not in text


def test_a_readers_rows_stand_below_the_published_ones(study):
    answer(study, "reader1", wrong=4)
    table, text = run(study)
    mine = table[table["kind"] == "human"]
    assert list(zip(mine["dataset"], mine["recipe"], strict=True)) == [
        ("T1, 8x8", "DCGAN"), ("Concat, 8x8", "DCGAN"), ("T1, 8x8", "WGAN"), ("Concat, 8x8", "WGAN"),
    ]  # fmt: skip
    assert set(mine["reader"]) == {"reader1"} and set(mine["accuracy"]) == {"0.8000"} and set(mine["accuracy_low"]) == {"0.5840"}
    assert mine["p_value"].astype(float).tolist() == pytest.approx([0.01182] * 4, rel=1e-3)
    counts = mine[["real_as_real", "real_as_synt", "synt_as_real", "synt_as_synt"]].astype(int)
    assert (counts.iloc[:, :2].sum(axis=1) == 10).all() and (counts.iloc[:, 2:].sum(axis=1) == 10).all()
    assert "1 human reader of this run" in text and "no answers yet from reader2" in text and text.count("This run: reader1") == 2


def test_images_without_an_answer_leave_the_measures_and_are_told(study):
    """The first block and half of the second stay blank: all rows remain, the first without measures."""
    key = answer(study, "reader1", wrong=0, keep=slice(30, None))
    blank, half = key[["dataset", "recipe"]].drop_duplicates().values.tolist()[:2]
    table, text = run(study)
    mine = table[table["kind"] == "human"].set_index(["dataset", "recipe"])
    assert len(mine) == 4
    row = mine.loc[(f"{DATASETS[blank[0]]}, 8x8", RECIPES[blank[1]])]
    assert row["real_as_real"] == "0" and (row[["accuracy", "accuracy_low", "p_value", "d_prime"]] == "").all()
    row = mine.loc[(f"{DATASETS[half[0]]}, 8x8", RECIPES[half[1]])]
    assert row["accuracy"] == "1.0000" and int(row["real_as_real"]) + int(row["synt_as_synt"]) == 10
    assert "10 of 20 images unknown" in text and "counted as wrong, accuracy 50 %" in text
    assert "20 of 20 images unknown (10 real, 10 created)" in text


def test_mirus_table_and_its_notes(study):
    for reader in ("reader1", "reader2"):
        key = pd.read_csv(study / "quiz_keys" / f"{reader}.tsv", sep="\t", dtype=str, keep_default_na=False)
        key[key["dataset"] == "mixed"].to_csv(study / "quiz_keys" / f"{reader}.tsv", sep="\t", index=False)
    table, text = run(study, miru_main)
    assert list(table.columns[:7]) == "recipe kind reader real_as_real real_as_synt synt_as_real synt_as_synt".split()
    measures = "accuracy sensitivity specificity lr_positive lr_negative prevalence".split()
    assert list(table.columns[7:]) == [name + end for name in measures for end in ("", "_low", "_high")]
    assert table.loc[0, measures].tolist() == ["0.5300", "0.3600", "0.7000", "1.2000", "0.9143", "0.5000"]
    assert "holds the published row alone" in text and "all follow from the counts" in text
    assert "“Concat, WGAN, 64 × 64” (Han et al. 2018, Table 1): one experiment" in text
    assert "0.68 to 2.11" in text and "hold 1" in text
    answers = pd.read_csv(study / "quiz" / "reader1" / "answers.csv", dtype=str, keep_default_na=False)
    answers = answers[answers["image_id"].isin(pd.read_csv(study / "quiz_keys" / "reader1.tsv", sep="\t")["image_id"])].assign(
        answer="real"
    )
    (study / "responses").mkdir()
    answers.to_csv(study / "responses" / "reader1.csv", index=False)
    table, text = run(study, miru_main)
    mine = table[table["kind"] == "human"].set_index("recipe")
    assert list(mine.index) == ["DCGAN", "WGAN"]
    assert (mine["sensitivity"] == "1.0000").all() and (mine["specificity"] == "0.0000").all() and (mine["lr_positive"] == "1.0000").all()


def test_mirus_note_of_the_same_experiment_follows_the_numbers(study, monkeypatch):
    monkeypatch.setattr(published, "MIRU_TABLE", (TuringRow("Concat, 64x64", "WGAN", 19, 31, 15, 35, 54),))
    _, text = run(study, miru_main)
    assert "one experiment" not in text and "do not follow from the counts" in text


def test_answers_of_nobody_and_keys_of_nobody_leave_no_table(study):
    answer(study, "reader1", wrong=1)
    (study / "responses" / "reader1.csv").rename(study / "responses" / "raeder2.csv")
    for main in (han_main, miru_main):
        with pytest.raises(InputError, match="did you mean 'reader2'"):
            run(study, main)
        with pytest.raises(InputError, match="no reader"):
            main([], study / "responses", study / "table.tsv", study / "table.html", DATASETS, RECIPES)
    assert not (study / "table.tsv").exists() and not (study / "table.html").exists()
