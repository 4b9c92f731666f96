"""Scores, the GRIM test of the printed numbers, and Table 1."""

import re

import numpy as np
import pandas as pd
import pytest
from koshino_table1 import main as table1_main
from neuroturing.reader_study import published, scoring
from neuroturing.reader_study.published import KOSHINO_TABLE1, PublishedRow, grim, smallest_sample
from neuroturing.reader_study.scoring import Counts
from neuroturing.reader_study.table import COLUMNS, as_text, reader_row, table1

from draw_quiz import main as draw_quiz_main
from neuroturing.errors import InputError

CONTRACT = "reader kind n_real n_created TP FN FP TN accuracy accuracy_low accuracy_high d_prime criterion note".split()
QUIZ = {"images": 50, "training_cases": 10, "created_share": [0.4, 0.6]}


def test_answers_are_counted_by_truth_and_word():
    truth = ["real"] * 6 + ["created"] * 5
    answer = ["real", "real", "real", "created", "created", "unknown", "real", "created", "unknown", "unknown", "unknown"]
    counts = scoring.count(pd.DataFrame({"truth": truth, "answer": answer}))
    assert counts == Counts(tp=3, fn=2, fp=1, tn=1, unknown_real=1, unknown_created=3)
    assert (counts.n_real, counts.n_created, counts.judged, counts.unknown) == (6, 5, 7, 4)


def test_unknown_answers_leave_rates_and_accuracy():
    counts = Counts(tp=3, fn=1, fp=1, tn=4, unknown_real=6, unknown_created=5)
    assert scoring.rates(counts) == {"TP": 75, "FN": 25, "FP": 20, "TN": 80}
    assert scoring.accuracy(counts)[0] == pytest.approx(7 / 9)
    note = reader_row("r", "human", counts)["note"]
    assert note == "11 of 20 images unknown (6 real, 5 created) and left out; counted as wrong, accuracy 0.35"


@pytest.mark.parametrize(
    ("right", "images", "low", "high"), [(15, 50, 0.191, 0.438), (30, 100, 0.219, 0.396), (50, 50, 0.929, 1.0), (0, 50, 0.0, 0.071)]
)
def test_the_interval_is_wilsons(right, images, low, high):
    """Wilson's interval of 0.30 at 50 and 100 images; of 50 of 50 its lower end is n / (n + z^2)."""
    half = images // 2
    counts = Counts(tp=min(right, half), fn=half - min(right, half), fp=half - max(0, right - half), tn=max(0, right - half))
    share, *interval = scoring.accuracy(counts)
    assert share == right / images
    assert interval == pytest.approx([low, high], abs=0.0006)


def test_d_prime_and_criterion_of_the_printed_rows():
    expected = {"NR1": 0.28, "NR2": -1.08, "NNR1": 1.99, "NNR2": 1.21, "NNR3": 0.76}
    for row in KOSHINO_TABLE1:
        assert scoring.detection(row.tp / 100, row.fp / 100)[0] == pytest.approx(expected[row.reader], abs=0.005)


def test_detection_by_hand():
    """H = Phi(1), F = Phi(-0.5): d' is 1.5 and c is -0.25, a leaning towards real."""
    assert scoring.detection(0.8413447, 0.3085375) == pytest.approx((1.5, -0.25), abs=1e-6)
    assert np.isnan(scoring.detection(1.0, 0.2)).all() and np.isnan(scoring.detection(0.8, 0.0)).all()


def test_log_linear_correction_by_hand():
    """24.5 / 25 and 0.5 / 27 after the correction of 24 of 24 and 0 of 26; z from a table of the normal distribution."""
    d_prime, criterion = scoring.detection_of_counts(Counts(tp=24, fn=0, fp=0, tn=26))
    assert d_prime == pytest.approx(2.0537 + 2.0853, abs=0.001)
    assert criterion == pytest.approx((2.0853 - 2.0537) / 2, abs=0.001)
    same = scoring.detection_of_counts(Counts(tp=12, fn=12, fp=13, tn=13))
    assert same == pytest.approx((0, 0), abs=1e-12)
    assert np.isnan(scoring.detection_of_counts(Counts(tp=12, fn=12, fp=0, tn=0))).all()


def test_swapping_the_labels_turns_d_prime_round():
    one = scoring.detection_of_counts(Counts(tp=20, fn=5, fp=10, tn=15))
    other = scoring.detection_of_counts(Counts(tp=10, fn=15, fp=20, tn=5))
    assert other == pytest.approx((-one[0], one[1]))


def test_no_printed_row_can_arise_from_fifty_images():
    assert [row.reader for row in KOSHINO_TABLE1 if grim(row, 50)] == []
    assert [row.reader for row in KOSHINO_TABLE1 if not grim(row, 100)] == ["NR2"]
    assert [images for images in range(40, 108) if all(grim(row, images) for row in KOSHINO_TABLE1)] == [87, 94, 98, 101, 105, 107]
    assert smallest_sample(KOSHINO_TABLE1) == 87
    assert smallest_sample(KOSHINO_TABLE1, largest=86) is None


def test_grim_accepts_what_counts_do_give():
    """Of 27 real images 20 called real (74 %), of 23 created 9 (39 %), 34 of 50 right (0.68)."""
    row = PublishedRow("r", 74, 26, 39, 61, 68)
    assert grim(row, 50)
    assert not grim(PublishedRow("r", 74, 26, 39, 61, 71), 50)
    assert not grim(row, 50, share=(0.5, 0.6))
    assert grim(PublishedRow("r", 100, 0, 0, 100, 100), 2)


def test_the_printed_rows_add_up():
    for row in KOSHINO_TABLE1:
        assert row.tp + row.fn == 100 == row.fp + row.tn


def test_without_answers_the_table_is_the_published_rows_and_says_so(tmp_path):
    text = as_text(table1({}))
    assert list(text.columns) == CONTRACT == list(COLUMNS)
    assert text[["reader", "TP", "FN", "FP", "TN", "accuracy"]].to_csv(index=False, lineterminator="\n") == (
        "reader,TP,FN,FP,TN,accuracy\nNR1,56,44,45,55,0.55\nNR2,30,70,71,29,0.30\nNNR1,90,10,24,76,0.83\n"
        "NNR2,83,17,40,60,0.72\nNNR3,73,27,44,56,0.64\n"
    )
    assert set(text["kind"]) == {"published"}
    assert (text[["n_real", "n_created", "accuracy_low", "accuracy_high"]] == "").all(axis=None)
    assert text["note"].str.contains("cannot be recovered").all() and text["note"].str.contains("no reader of this run").all()


@pytest.fixture
def study(tmp_path):
    """Quizzes of two readers; nobody has answered."""
    rng = np.random.default_rng(0)
    subject = np.array([f"subject{i % 12}" for i in range(60)])
    np.savez(tmp_path / "real.npz", images=rng.integers(0, 256, (60, 16, 16), dtype=np.uint8), scan=subject, subject=subject)
    np.savez(tmp_path / "created.npz", images=rng.integers(0, 256, (60, 16, 16), dtype=np.uint8))
    for reader in ("reader1", "reader2"):
        form, key = tmp_path / "quiz" / reader / "answers.csv", tmp_path / "quiz_keys" / f"{reader}.tsv"
        draw_quiz_main(tmp_path / "real.npz", tmp_path / "created.npz", form, key, reader, 7, QUIZ)
    return tmp_path


def run(study):
    keys = [study / "quiz_keys" / f"{reader}.tsv" for reader in ("reader1", "reader2")]
    table1_main(keys, study / "responses", study / "table1.tsv", study / "table1.html")
    table = pd.read_csv(study / "table1.tsv", sep="\t", keep_default_na=False, dtype=str)
    return table, (study / "table1.html").read_text(encoding="utf-8")


def answer(study, reader, wrong):
    """Fill in the blank form of a reader: right but for the first `wrong` images."""
    form = pd.read_csv(study / "quiz" / reader / "answers.csv", dtype=str, keep_default_na=False)
    key = pd.read_csv(study / "quiz_keys" / f"{reader}.tsv", sep="\t", dtype=str).set_index("image_id")["truth"]
    truth = form["image_id"].map(key)
    form["answer"] = truth.where(form.index >= wrong, truth.map({"real": "created", "created": "real"}))
    (study / "responses").mkdir(exist_ok=True)
    form.to_csv(study / "responses" / f"{reader}.csv", index=False)
    return truth


def test_a_page_without_answers_says_so(study):
    table, page = run(study)
    assert len(table) == 5
    assert "No reader of this run has answered" in page and "reader1, reader2" in page


def test_a_readers_row_stands_below_the_published_ones(study):
    truth = answer(study, "reader1", wrong=10)
    table, page = run(study)
    row = table.iloc[-1]
    n_real, n_created = int((truth == "real").sum()), int((truth == "created").sum())
    tp, tn = n_real - int((truth[:10] == "real").sum()), n_created - int((truth[:10] == "created").sum())
    assert list(row[["reader", "kind", "n_real", "n_created"]]) == ["reader1", "human", str(n_real), str(n_created)]
    assert float(row["TP"]) == pytest.approx(100 * tp / n_real, abs=0.005)
    assert float(row["TN"]) == pytest.approx(100 * tn / n_created, abs=0.005)
    assert float(row["TP"]) + float(row["FN"]) == pytest.approx(100, abs=0.011)
    assert (row["accuracy"], row["accuracy_low"], row["accuracy_high"]) == ("0.8000", "0.6696", "0.8876")
    assert len(table) == 6 and row["note"] == "" and not table["note"].str.contains("no reader of this run").any()
    assert "1 human reader of this run" in page and "no answers yet from reader2" in page
    assert ">0.67 to 0.89<" in page


def test_a_reader_with_inverted_labels_is_remarked_on(study):
    answer(study, "reader1", wrong=45)
    answer(study, "reader2", wrong=25)
    table, _ = run(study)
    notes = table.set_index("reader")["note"]
    assert "below 0.5" in notes["reader1"] and notes["reader2"] == ""
    assert float(table.set_index("reader").loc["reader1", "d_prime"]) < -1


def test_the_page_needs_nothing_else_and_tells_the_papers_limits(study):
    _, page = run(study)
    assert not re.search(r"https?:|src=|href=|@import|<script", page)
    text = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))
    assert "With 50 images a reader, 0 of the 5 rows" in text and "with 100, 4 of 5" in text and "allows all is 87" in text
    assert "NR2 is below chance (accuracy 0.30, d′ −1.08)" in text
    assert "lower one for NR1 and NNR3 and the higher one for NR2 and NNR2" in text


def test_the_pages_verdict_follows_the_numbers(study, monkeypatch):
    """With printed numbers that fifty images can give, the page says so."""
    possible = PublishedRow("X", 74, 26, 39, 61, 68)
    monkeypatch.setattr(published, "KOSHINO_TABLE1", (possible,))
    table, page = run(study)
    assert "1 of the 1 rows" in page and "below chance" not in page
    assert "50 images could give" in table["note"].iloc[0]


def test_another_readers_answers_and_unknown_files_leave_no_table(study):
    answer(study, "reader1", wrong=10)
    (study / "responses" / "reader1.csv").rename(study / "responses" / "reader2.csv")
    with pytest.raises(InputError, match="another quiz"):
        run(study)
    (study / "responses" / "reader2.csv").rename(study / "responses" / "raeder2.csv")
    with pytest.raises(InputError, match="did you mean 'reader2'"):
        run(study)
    with pytest.raises(InputError, match="no reader"):
        table1_main([], study / "responses", study / "table1.tsv", study / "table1.html")
    assert not (study / "table1.tsv").exists() and not (study / "table1.html").exists()
