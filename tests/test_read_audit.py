"""The audit of printed numbers: what follows, what contradicts, what cannot be known; the papers' own rows and planted faults."""

import html
import re
from pathlib import Path

import pytest
import yaml
from scipy.stats import binomtest, chi2_contingency
from test_read_published import RATES, cells, rates

from audit import main as audit_main
from neuroturing.errors import InputError
from neuroturing.io.files import read_table
from neuroturing.read.audit import arising
from neuroturing.read.printed import Printed
from neuroturing.read.recompute import COLUMNS, check_p_values, check_sums, check_table, p_values
from neuroturing.read.score import Counts

STUDIES = Path(__file__).parents[1] / "studies"
COUNTS = {"unit": "count", "printed": {"images": 100, "created_share": [0.5, 0.5]}}


def audit(folder, name=None, tables=None, comparisons=None, sums=(), group="group"):
    """The audit of a study's own files, or of given ones: its lines as text, and the page as text."""
    title = name or "Kidney"
    if name:
        place = STUDIES / name
        study = yaml.safe_load((place / "study.yaml").read_text(encoding="utf-8"))
        blank = {"title": "", "elsewhere": [], "printed": None, "unit": "count"}
        tables = {key: blank | table for key, table in study.get("tables", {}).items()}
        comparisons, group = study.get("comparisons", {}), study.get("group", {}).get("name", "group")
        for block in [*tables.values(), *comparisons.values()]:
            block["published"] = place / block["published"]
            block["elsewhere"] = [place / path for path in block.get("elsewhere", [])]
        sums = [place / "sums.tsv"]
    audit_main([], sums, folder / "audit.tsv", folder / "audit.html", title, tables or {}, comparisons or {}, group)
    page = (folder / "audit.html").read_text(encoding="utf-8")
    assert not re.search(r"https?:|src=|href=|@import|<script", page)
    text = re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", re.sub(r"<style>.*?</style>", "", page, flags=re.S))))
    return read_table(folder / "audit.tsv", COLUMNS).to_dict("records"), text


def verdicts(lines, **wanted):
    return [line["verdict"] for line in lines if all(line[key] == value for key, value in wanted.items())]


def test_five_rows_of_rates_and_half_the_images(tmp_path):
    lines, text = audit(tmp_path, "koshino2018")
    assert verdicts(lines, figure="whole images, 50") == ["impossible"] * 5
    assert verdicts(lines, figure="whole images, 100") == ["possible", "impossible", "possible", "possible", "possible"]
    wrong = [(line["figure"], line["printed"], line["computed"]) for line in lines if line["verdict"] == "contradicts"]
    assert wrong == [("images a reader", "50", "87"), ("images in all", "2,328,480", "4656960")]
    assert "0 of 5" in text and "4 of 5" in text and "87 for all 5 rows" in text and "17 follow and 2 contradict" in text
    assert "printed is 0.5 times that" in text
    (d_prime,) = (line for line in lines if line["reader"] == "NR2" and line["figure"] == "d_prime")
    assert float(d_prime["computed"]) == pytest.approx(-1.078, abs=0.001) and float(d_prime["low"]) < -1.10 < -1.05 < float(d_prime["high"])


def test_twelve_rows_of_counts_follow(tmp_path):
    lines, text = audit(tmp_path, "han2018")
    assert verdicts(lines, figure="accuracy") == ["follows"] * 12 == verdicts(lines, figure="images a reader")
    assert "contradicts" not in {line["verdict"] for line in lines} and "27 follow and 0 contradict" in text
    assert len(verdicts(lines, figure="lr_positive")) == 12 and "images a reader: ✓ as printed in 12 of 12 rows" in text
    first = next(line for line in lines if line["figure"] == "lr_positive")
    assert [float(first[name]) for name in ("computed", "low", "high")] == pytest.approx([4.333, 1.954, 9.610], abs=0.001)


def test_one_experiment_printed_twice(tmp_path):
    lines, text = audit(tmp_path, "miru2017")
    follow = ("accuracy", "sensitivity", "specificity", "lr_positive", "lr_negative", "prevalence")
    assert [verdicts(lines, figure=figure) for figure in follow] == [["follows"]] * 6
    (twice,) = (line for line in lines if line["verdict"] == "printed twice")
    assert "han2018, Concat, 64x64, WGAN" in twice["note"] and "64 × 64, WGAN, physician: one experiment" in text


def test_p_values_alone_are_left_open(tmp_path):
    lines, text = audit(tmp_path, "werner2022")
    assert len(verdicts(lines, table="comparison", verdict="open")) == 12 and not verdicts(lines, table="comparison_b")
    after = {line["note"].split(" 0.05")[0]: 0 for line in lines if line["verdict"] == "open"}
    for line in lines:
        if line["verdict"] == "open":
            after[line["note"].split(" 0.05")[0]] += 1
    assert after == {"not below": 7, "below": 2, "may or may not be below": 3}
    assert verdicts(lines, table="sums") == ["follows"] * 4 and "12 cannot be worked out" in text


def test_a_planted_fault_is_found_and_named(tmp_path):
    """One figure changed in each kind of printed row, and in a sum."""
    text = (STUDIES / "miru2017/published.tsv").read_text(encoding="utf-8")
    (tmp_path / "published.tsv").write_text(text.replace("\t0.91\t", "\t0.97\t"), encoding="utf-8")
    (tmp_path / "sums.tsv").write_text("figure\tprinted\tfrom\nscans\t97\t30 + 2 * 33\n", encoding="utf-8")
    table = {"title": "<b>T</b>", "unit": "count", "published": tmp_path / "published.tsv", "elsewhere": [], "printed": None}
    lines, page = audit(tmp_path, tables={"t": table}, sums=[tmp_path / "sums.tsv"])
    assert [line["figure"] for line in lines if line["verdict"] == "contradicts"] == ["lr_negative", "scans"]
    assert "<b>T</b>, physician, Concat, 64 × 64, WGAN: LR− printed 0.97; the other printed numbers give 0.91" in page
    assert "scans printed 97; the other printed numbers give 96" in page


def test_whole_images_that_give_a_row_do_give_it():
    row = rates(74, 26, 39, 61, "0.68")
    counts = arising(row, 50, (0.4, 0.6))
    assert counts.judged == 50 and row["TP"].agrees(100 * counts.tp / counts.real) and row["FP"].agrees(100 * counts.fp / counts.created)
    assert row["accuracy"].agrees((counts.tp + counts.tn) / 50)
    assert arising(row, 50, (0.5, 0.6)) is None


def test_rates_that_do_not_belong_together():
    def found(row, figure, spec=RATES):
        return verdicts(check_table("t", [row], spec), figure=figure)

    assert found(rates(60, 40, 20, 80, "0.70"), "accuracy") == ["follows"]
    assert found(rates(60, 40, 20, 80, "0.90"), "accuracy") == ["contradicts"], "no share of created images gives it"
    assert found(rates(60, 40, 20, 80, "0.62"), "accuracy") == ["contradicts"], "it would need 90 % real images"
    assert found(rates(60, 40, 20, 80, "0.62"), "accuracy", {"unit": "percent"}) == ["follows"], "no share is stated"
    assert found(rates(60, 41, 20, 80, "0.70"), "TP + FN") == ["follows"], "59.5 and 40.5 may both have been rounded up"
    assert found(rates("60.0", "41.0", 20, 80, "0.70"), "TP + FN") == ["contradicts"]
    row = rates(60, 40, 20, 80, "0.70") | {"d_prime": Printed("1.10"), "lr_positive": Printed("3.1")}
    assert found(row, "d_prime") == ["follows"] and found(row | {"d_prime": Printed("1.20")}, "d_prime") == ["contradicts"]
    assert found(row, "lr_positive") == ["follows"] and found(row | {"lr_positive": Printed("3.2")}, "lr_positive") == ["contradicts"]
    assert found(rates(100, 0, 0, 100, "1.00"), "d_prime") == ["worked out here"], "no finite value"


def test_counts_of_another_design_contradict_it():
    row = cells("A", "W", 30, 20, 10, 30, accuracy="67%")
    assert verdicts(check_table("t", [row], COUNTS), figure="images a reader") == ["contradicts"]
    wide = COUNTS | {"printed": {"images": 90, "created_share": [0.4, 0.6]}}
    assert verdicts(check_table("t", [row], wide), figure="images a reader") == ["follows"]
    assert verdicts(check_table("t", [row], {"unit": "count"}), figure="images a reader") == []


def test_a_printed_p_value_is_held_against_the_usual_tests():
    counts = Counts(36, 14, 20, 30)
    table = [[36, 14], [20, 30]]
    found = p_values(counts)
    assert found["the binomial test of accuracy against one half"] == pytest.approx(binomtest(66, 100).pvalue)
    assert found["the chi-squared test"] == pytest.approx(chi2_contingency(table, correction=False).pvalue)
    row = cells("A", "W", 36, 14, 20, 30, accuracy="66%", p_value=f"{found['the chi-squared test']:.5f}")
    (line,) = (line for line in check_table("t", [row], COUNTS) if line["figure"] == "p_value")
    assert line["verdict"] == "follows" and line["note"] == "as by the chi-squared test"
    (line,) = (line for line in check_table("t", [row | {"p_value": Printed("0.5")}], COUNTS) if line["figure"] == "p_value")
    assert line["verdict"] == "contradicts" and "by none of" in line["note"]
    assert len(p_values(Counts(5, 0, 5, 0))) == 2, "where nothing was called created, chi-squared is not defined"


def test_p_values_after_correction_are_bounded_by_what_is_printed():
    def after(*texts):
        rows = [{"figure": "f", "dataset": "", "published_p": text} for text in texts]
        return [(line["low"], line["high"]) for line in check_p_values("t", rows)]

    assert after("P < 0.01", "P > 0.5") == [(0, pytest.approx(0.02)), (0.5, 1)]
    assert after("p = 0.02") == [(pytest.approx(0.015), pytest.approx(0.025))] and after("", "0.02") == after("0.02")
    assert after("") == []
    for text in ("n.s.", "P = 2", "0,03"):
        with pytest.raises(InputError, match="published_p"):
            after(text)


@pytest.mark.parametrize(
    "text", ["", "2 **", "2 ** 99999999", "__import__('os')", "a + 1", "1 / 0", "'a' * 9", "(" * 5000 + "1" + ")" * 5000, "-True"]
)
def test_a_sum_is_nothing_but_numbers(tmp_path, text):
    (tmp_path / "sums.tsv").write_text(f"figure\tprinted\tfrom\nscans\t96\t{text}\n", encoding="utf-8")
    with pytest.raises(InputError, match="sums.tsv, line 2, column from"):
        check_sums(tmp_path / "sums.tsv")


def test_a_sum_is_read_with_its_digits(tmp_path):
    (tmp_path / "sums.tsv").write_text('figure\tprinted\tfrom\nshare\t0.33\t(1 + 1) / 6\nall\t1,000\t"2 * 500"\n', encoding="utf-8")
    assert verdicts(check_sums(tmp_path / "sums.tsv")) == ["follows"] * 2
    (tmp_path / "sums.tsv").write_text("figure\tprinted\tfrom\nshare\tmany\t1\n", encoding="utf-8")
    with pytest.raises(InputError, match="column printed"):
        check_sums(tmp_path / "sums.tsv")
