"""The front page answers from the tables, and from nothing else."""

import base64
import re

import numpy as np
import pandas as pd
import pytest
from PIL import Image

import summary
from neuroturing.io.files import write_table
from neuroturing.render.answers import all_answers, collapsed, people, programs, right, usefulness

LABELS = {"t1/dcgan": "T1, DCGAN", "t1/wgan": "T1, WGAN"}


def judged(kind, reader, recipe, right_of_ten):
    """Ten judgements, so many of them right."""
    truth = ["real"] * 5 + ["created"] * 5
    answers = [word if k < right_of_ten else {"real": "created", "created": "real"}[word] for k, word in enumerate(truth)]
    rows = {"kind": kind, "reader": reader, "dataset": "t1", "recipe": recipe, "truth": truth, "answer": answers}
    return pd.DataFrame(rows)


def realism(distances, coverages, real_distance=0.01, real_coverage=0.6, recall=None):
    rows = []
    for recipe, distance, coverage in zip(("dcgan", "wgan"), distances, coverages, strict=True):
        shared = {"dataset": "t1", "recipe": recipe, "feature_space": "pixels"}
        rows.append(shared | {"measure": "kernel_distance", "value": distance, "low": distance - 0.1, "high": distance + 0.1})
        rows[-1]["real_vs_real"] = real_distance
        rows.append(rows[-1] | {"measure": "recall", "value": recall or coverage, "real_vs_real": 0.6})
        rows.append(shared | {"measure": "coverage", "value": coverage, "low": 0.0, "high": 1.0, "real_vs_real": real_coverage})
    return pd.DataFrame(rows)


def test_shares_of_right_answers_with_wilsons_interval():
    share, low, high, count = right(judged("human", "anna", "dcgan", 8))
    # Wilson 1927, 8 of 10: worked with the formula by hand, z = 1.96.
    assert (share, count) == (0.8, 10)
    assert (low, high) == pytest.approx((0.4902, 0.9433), abs=1e-4)


def test_an_unknown_is_not_right():
    table = judged("human", "anna", "dcgan", 10)
    table.loc[0, "answer"] = "unknown"
    assert right(table)[0] == 0.9


def test_nobody_is_called_a_person_who_is_none():
    text, alarm = people(judged("model", "cho", "dcgan", 10), [])
    assert "No person has answered" in text and "%" not in text and not alarm


def test_printed_rows_are_the_papers():
    table = pd.DataFrame({"kind": ["published", "published", "model"], "accuracy": ["0.55", "0.83", "0.99"]})
    text, _ = people(judged("human", "anna", "dcgan", 8), [table])
    assert "80 % of the answers were right" in text
    assert "In the paper, 55 % to 83 % of the answers were right (2 printed rows)" in text


def test_models_that_a_program_cannot_tell_are_named():
    table = pd.concat([judged("model", "cho", "dcgan", 10), judged("model", "cho", "wgan", 5)])
    text, _ = programs(table, None, LABELS)
    assert "1 of 2 models" in text
    assert "cho 50 % to 100 %" in text
    assert "Not told apart by any: T1, WGAN." in text


def test_models_that_trained_classifiers_tell_are_counted_test_by_test():
    rows = [("dcgan", "c2st_cnn", 0.02), ("dcgan", "c2st_logistic", 0.5), ("wgan", "c2st_cnn", 0.03), ("wgan", "c2st_logistic", 0.5)]
    table = pd.DataFrame(rows, columns=["recipe", "measure", "p_value"]).assign(dataset="t1")
    text, _ = programs(None, table, LABELS)
    assert "told the images of 1 of 2 models" in text and "any of up to 2 tests" in text and text.endswith("by any: T1, WGAN.")
    assert programs(None, table.assign(p_value=np.nan), LABELS) == ("", False)
    assert programs(None, None, LABELS) == ("", False)


def test_what_is_said_of_use_says_of_which_model():
    rows = {"recipe": ["dcgan", "wgan"], "datasets": "t1, t2", "arm": "real", "training_share": "0.8", "metric": "balanced accuracy"}
    table = pd.DataFrame(rows | {"sentence": ["It helped.", "It did not."]})
    assert usefulness(table, LABELS)[0] == "DCGAN: It helped. WGAN: It did not."
    assert usefulness(table.assign(datasets=["t1", "t2"]), LABELS)[0] == "DCGAN (t1): It helped. wgan (t2): It did not."
    assert usefulness(table.assign(sentence="Not examined."), LABELS)[0] == "Not examined."


def test_collapsed_models_are_named_as_such():
    table = realism((2.0, 0.2), (0.05, 0.5))
    assert collapsed(table) == {"t1/dcgan": (0.05, 0.6), "t1/wgan": None}
    found = {row["question"]: row for row in all_answers(None, [], table, None, None, LABELS)}["How real, how varied?"]
    assert found["alarm"]
    assert "Nearest to real T1, WGAN: kernel distance 0.200 [0.100 to 0.300], and 0.010 between groups of real subjects" in found["answer"]
    assert "by how much two images differ, under a third of what other real subjects reach: T1, DCGAN 0.05 (real 0.60)." in found["answer"]


def test_no_model_is_called_collapsed_that_is_not():
    assert not any(collapsed(realism((2.0, 0.2), (0.3, 0.5))).values())
    assert not any(collapsed(realism((2.0, 0.2), (0.05, 0.5), recall=0.4)).values())


def test_one_average_head_is_a_collapse_though_it_covers_most():
    alike = {"dataset": "t1", "feature_space": "images", "measure": "ms_ssim", "real_vs_real": 0.55}
    rows = pd.DataFrame([alike | {"recipe": "dcgan", "value": 1.0}, alike | {"recipe": "wgan", "value": 0.62}])
    table = pd.concat([realism((0.0, 0.2), (0.62, 0.5), recall=0.4), rows], ignore_index=True)
    found = collapsed(table)
    assert found["t1/dcgan"] == pytest.approx((0, 0.45)) and found["t1/wgan"] is None
    text = {row["question"]: row for row in all_answers(None, [], table, None, None, LABELS)}["How real, how varied?"]["answer"]
    assert "T1, DCGAN 0.00 (real 0.45)" in text


def test_a_model_that_was_not_measured_is_not_cleared():
    table = realism((2.0, 0.2), (0.3, 0.5))
    table.loc[table["recipe"] == "wgan", ["value", "low", "high"]] = np.nan
    text = {row["question"]: row for row in all_answers(None, [], table, None, None, LABELS)}["How real, how varied?"]["answer"]
    assert "None of those measured has collapsed" in text and text.endswith("real subjects to compare with: T1, WGAN.")


def test_models_of_several_data_sets_are_ordered_by_a_share():
    table = realism((2.0, 0.2), (0.3, 0.5))
    table.loc[table["recipe"] == "wgan", "dataset"] = "t2"
    table["side"] = "trained on"
    text = {row["question"]: row for row in all_answers(None, [], table, None, None, LABELS)}["How real, how varied?"]["answer"]
    assert "Most of the real images are covered by wgan: coverage 0.50" in text and "fewest by T1, DCGAN: coverage 0.30" in text
    assert "kernel" not in text and "of subjects that were trained on" in text


def test_an_image_that_came_twice_is_one_judgement():
    first = judged("human", "anna", "dcgan", 10).assign(repeat_of="")
    again = judged("human", "anna", "dcgan", 0).assign(repeat_of="x")
    text = all_answers(pd.concat([first, again]), [], None, None, None, LABELS)[0]["answer"]
    assert "judged 10 images, and 100 % of the answers were right" in text


def test_a_lean_to_one_answer_is_no_telling():
    """Four of five images are real: an observer who calls all real is right in 80 %, and tells nothing."""
    lean = pd.DataFrame({"kind": "model", "reader": "cho", "dataset": "t1", "recipe": "dcgan", "truth": ["real"] * 80 + ["created"] * 20})
    text, _ = programs(lean.assign(answer="real"), None, LABELS)
    assert "0 of 1 models" in text and "cho 80 % to 80 %" in text


def test_without_real_subjects_to_compare_with_no_model_is_cleared():
    table = realism((2.0, 0.2), (0.05, 0.5)).assign(real_vs_real=np.nan)
    found = {row["question"]: row["answer"] for row in all_answers(None, [], table, None, None, LABELS)}
    assert "cannot be said" in found["How real, how varied?"] and "None of those" not in found["How real, how varied?"]


def test_the_page_holds_its_figures_and_no_script(tmp_path):
    Image.fromarray(np.arange(1800 * 40, dtype=np.uint32).reshape(40, 1800).astype(np.uint8)).save(tmp_path / "figure1b.png")
    write_table(tmp_path / "realism.tsv", realism((2.0, 0.2), (0.05, 0.5)))
    copied = {
        "dataset": "t1",
        "recipe": ["dcgan", "wgan"],
        "verdict": ["copies", "no sign of copying"],
        "sentence": ["<b>3 copies", "none"],
    }
    write_table(tmp_path / "copying.tsv", pd.DataFrame(copied))
    summary.main(
        tmp_path / "page.html",
        "A study",
        "A paper",
        ["Simulated."],
        LABELS,
        [{"title": "Figure 1B", "caption": "A <sheet>."}],
        realism=[tmp_path / "realism.tsv"],
        copying=[tmp_path / "copying.tsv"],
        figures=[tmp_path / "figure1b.png"],
    )
    page = (tmp_path / "page.html").read_text()
    assert 'href="#figure1b">Figure 1B</a>' in page and 'id="figure1b"' in page
    assert "<script" not in page and "&lt;b&gt;3 copies" in page and "A &lt;sheet&gt;." in page
    data = re.search(r"data:image/webp;base64,([^\"]+)", page)[1]
    (tmp_path / "shown.webp").write_bytes(base64.b64decode(data))
    assert Image.open(tmp_path / "shown.webp").size == (900, 20)
    assert "0.050 [0.000 to 1.000]" not in page and "0.05 [0.00 to 1.00]" in page
