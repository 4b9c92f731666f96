"""The comparison of two sets in three groups: its rows, margins, sides and readings; the contrast; levels of created images; the page."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from measurements import GROUP, PATTERNS, SETS, comparison, measurements

from neuroturing.errors import InputError
from neuroturing.imageset import HELD_OUT, REAL, ImageSet, make_labels
from neuroturing.io.files import read_table
from neuroturing.measure.comparison import compare, compare_samples, reference_words, resolved
from neuroturing.measure.contrast import contrast
from neuroturing.measure.facts import facts_of
from neuroturing.measure.level_mix import in_words, level_mix
from neuroturing.measure.statistics import CLUSTERED, PLAIN, cliffs_delta
from neuroturing.render.comparison_page import write_page

PUBLISHED = Path(__file__).resolve().parents[1] / "studies/werner2022/published.tsv"
CONTRACT = (
    "quantity dataset pattern n_real n_created median_real median_created test p_value p_adjusted effect_size effect_low effect_high "
    "equivalence_p published_p"
).split()
APPENDED = ["equivalence_p_adjusted", "margin", "margin_delta", "reference", "real_side", "n_subjects", "n_trainings"]
# What the program of issue 7 computed of the table of seed 0: P, Cliff's delta with its interval, equivalence within 0.03.
FROZEN = {
    ("MC", "A", "normal"): (0.236201, 0.194444, -0.0840278, 0.444444, 0.00774162),
    ("MC", "A", "unilateral"): (0.422593, 0.138889, -0.167361, 0.472917, 0.0498586),
    ("MC", "A", "bilateral"): (0.604475, -0.0833333, -0.334028, 0.195139, 0.0275826),
    ("MC", "B", "normal"): (0.273149, 0.270833, -0.198177, 0.635417, 6.36985e-06),
    ("MC", "B", "unilateral"): (0.749045, -0.0833333, -0.65625, 0.34401, 4.27826e-06),
    ("MC", "B", "bilateral"): (0.356676, 0.229167, -0.198437, 0.771354, 3.29901e-05),
    ("LR", "A", "normal"): (0.594389, 0.107639, -0.267882, 0.514062, 0.00128176),
    ("LR", "A", "unilateral"): (0.348696, -0.215278, -0.548872, 0.22934, 0.0104886),
    ("LR", "A", "bilateral"): (0.57419, -0.0902778, -0.409809, 0.199306, 0.00598673),
    ("LR", "B", "normal"): (0.915129, -0.03125, -0.46901, 0.46901, 0.00509132),
    ("LR", "B", "unilateral"): (0.428416, -0.197917, -0.635937, 0.28125, 0.109845),
    ("LR", "B", "bilateral"): (0.623447, 0.125, -0.31276, 0.553385, 0.0428617),
}


def by_cell(rows):
    return rows.set_index(["quantity", "dataset", "pattern"])


def test_twelve_rows_in_the_columns_of_the_contract():
    published = read_table(PUBLISHED)
    rows = compare(measurements(np.random.default_rng(0)), comparison(), 1, published)
    assert list(rows.columns[:15]) == CONTRACT and set(APPENDED) < set(rows.columns[15:])
    assert list(by_cell(rows).index) == list(FROZEN)
    assert rows["published_p"].tolist() == published["published_p"].tolist() and "P < 0.0001" in set(rows["published_p"])
    of_a, of_b = (rows[rows["dataset"] == name] for name in "AB")
    assert set(of_a["n_real"]) == {24} and set(of_b["n_real"]) == {8}
    assert set(of_a["test"]) == {CLUSTERED} and set(of_b["test"]) == {PLAIN}
    assert set(of_a["reference"]) == {"all levels"} and set(of_b["reference"]) == {"COR alone"}
    assert set(rows["n_trainings"]) == {1} and set(rows["real_side"]) == {"all"}
    assert np.all(rows["p_adjusted"] >= rows["p_value"]) and np.all(rows["equivalence_p_adjusted"] >= rows["equivalence_p"])
    assert np.all((rows["effect_low"] <= rows["effect_size"]) & (rows["effect_size"] <= rows["effect_high"]))
    assert (
        rows.loc[rows["quantity"] == "LR", "abs_ln_lr_p"].notna().all() and rows.loc[rows["quantity"] == "MC", "abs_ln_lr_p"].isna().all()
    )
    assert (compare(measurements(np.random.default_rng(0)), comparison(), 1)["published_p"] == "").all()


def test_numbers_are_those_of_before():
    table = measurements(np.random.default_rng(0))
    spec = comparison()
    rows = by_cell(compare(table, spec, 1))
    for cell, frozen in FROZEN.items():
        found = rows.loc[cell, ["p_value", "effect_size", "effect_low", "effect_high"]]
        assert list(found) == pytest.approx(frozen[:4], rel=1e-4, abs=1e-6)
        quantity, label, pattern = cell
        mine = table[table["pattern"] == pattern]
        real = mine[(mine["source"] == REAL) & ((label == "A") | (mine["level"] == "COR"))]
        samples = compare_samples(real, mine[mine["source"] == label], spec["quantities"][quantity], 0.03, spec, 1)
        assert samples["equivalence_p"] == pytest.approx(frozen[4], rel=1e-4)


def test_margin_is_of_each_row_its_own():
    table = measurements(np.random.default_rng(0), subjects=40)
    # Subjects of one pattern differ four times as much, all levels of a subject alike.
    mine = (table["source"] == REAL) & (table["pattern"] == "unilateral")
    table.loc[mine, "mean_counts"] += table.loc[mine, "subject"].map(
        {f"unilateral-{number}": 0.04 * (-1) ** number for number in range(40)}
    )
    rows = by_cell(compare(table, comparison(margin={"share": 0.5, "of": "between_subject_sd"}), 1))
    margins = rows["margin"].xs("MC").xs("A")
    assert margins["normal"] == pytest.approx(0.005, rel=0.3)
    assert margins["unilateral"] == pytest.approx(0.5 * np.hypot(0.04, 0.01), rel=0.2)
    assert np.all(rows["margin_delta"].between(0.0, 1.0))
    twice = by_cell(compare(table, comparison(margin={"share": 1.0, "of": "between_subject_sd"}), 1))
    assert list(twice["margin"]) == pytest.approx(list(2 * rows["margin"]))
    assert np.all(twice["equivalence_p"] <= rows["equivalence_p"]) and np.all(twice["margin_delta"] > rows["margin_delta"])


def test_margin_as_a_share_of_what_a_disease_moves():
    table = measurements(np.random.default_rng(0), subjects=30)
    real = table["source"] == REAL
    table.loc[real & (table["pattern"] == "unilateral"), "mean_counts"] -= 0.04
    table.loc[real & (table["pattern"] == "bilateral"), "mean_counts"] -= 0.10
    # One level is missing of one pattern; it must not be compared with the others.
    table = table.drop(table.index[real & (table["pattern"] == "bilateral") & (table["level"] == "CER")])
    margin = {"share": 0.5, "of": "group_difference", "reference": "normal"}
    margins = by_cell(compare(table, comparison(margin=margin), 1))["margin"].xs("MC").xs("A")
    assert margins["unilateral"] == pytest.approx(0.02, abs=0.002) and margins["bilateral"] == pytest.approx(0.05, abs=0.003)
    assert margins["normal"] == margins["unilateral"]
    with pytest.raises(InputError, match="did you mean 'normal'"):
        compare(table, comparison(margin=margin | {"reference": "norml"}), 1)


def test_a_wide_effect_does_not_read_equivalent():
    """Finding 4: MC of B, Cliff's delta 0.59 [0.06, 1.00], read "equivalent" by a margin three times what the subjects differ by."""
    rng = np.random.default_rng(3)
    table = measurements(rng, subjects=8, created=8)
    mine = (table["source"] == "B") & (table["pattern"] == "normal")
    table.loc[mine, "mean_counts"] = (
        table.loc[(table["source"] == REAL) & (table["pattern"] == "normal") & (table["level"] == "COR"), "mean_counts"].to_numpy() + 0.012
    )
    row = by_cell(compare(table, comparison(margin={"share": 0.5, "of": "between_subject_sd"}), 1)).loc[("MC", "B", "normal")]
    assert 0.4 < row["effect_size"] < 1 and row["p_adjusted"] > 0.05
    assert row["verdict"] == "undecided"


def test_equivalence_is_adjusted_as_difference_is():
    table = measurements(np.random.default_rng(1), subjects=12, created=40)
    rows = compare(table, comparison(margin={"share": 1.0, "of": "between_subject_sd"}), 1)
    order = rows["equivalence_p"].sort_values()
    assert rows.loc[order.index[0], "equivalence_p_adjusted"] == pytest.approx(min(1, 12 * order.iloc[0]))
    loose = rows[(rows["equivalence_p"] < 0.05) & (rows["equivalence_p_adjusted"] >= 0.05)]
    assert len(loose) and not loose["verdict"].str.contains("equivalent|within").any()


def test_level_mix_alone_makes_b_differ_from_all_levels():
    spec = comparison(rows=[{"set": "B", "against": "own"}, {"set": "B", "against": "A"}], contrast=None)
    table = measurements(np.random.default_rng(0))
    both = compare(table, spec, 1)
    assert len(both) == 12 and set(both["dataset"]) == {"B"} and contrast(table, spec, 1) is None
    counts = both[both["quantity"] == "MC"]
    assert np.all(counts.loc[counts["reference"] == "all levels", "p_adjusted"] < 0.05)
    assert np.all(counts.loc[counts["reference"] == "COR alone", "p_adjusted"] > 0.05)
    twelve = compare(table, comparison(), 1)
    columns = [name for name in CONTRACT if name != "p_adjusted"]
    again = both.loc[both["reference"] == "COR alone", columns].reset_index(drop=True)
    pd.testing.assert_frame_equal(again, twelve.loc[twelve["dataset"] == "B", columns].reset_index(drop=True))


def test_references_are_named_by_what_a_set_was_trained_on():
    table = measurements(np.random.default_rng(0))
    table = table.drop(table.index[(table["pattern"] == "bilateral") & (table["level"] == "CER")])
    sets = [entry for entry in SETS if entry["dataset"] != "A_normal"]
    sets.append({"label": "A", "where": {"group": "normal", "level": ["CER", "BG"]}})
    sets.append({"label": "C", "where": {}})
    spec = resolved(comparison() | {"rows": [{"set": "A", "against": "own"}]}, sets, GROUP)

    def words(name, group):
        return reference_words(table, spec, {"set": name, "against": "own"}, group)

    assert words("A", "normal") == "BG, CER" and words("A", "bilateral") == "all levels"
    assert words("B", "normal") == "COR alone" and words("C", "normal") == "all real images"


def test_a_set_of_no_one_group_is_held_against_all_it_was_trained_on():
    """As a model of healthy and ill people together: one row, whatever groups the real images have."""
    table = measurements(np.random.default_rng(0), created=12)
    created = table["source"] == "A"
    table.loc[created, "pattern"] = ""
    sets = [{"label": "A", "where": {"group": ["normal", "bilateral"], "level": "COR"}}]
    spec = comparison(
        rows=[{"set": "A", "against": "own"}], contrast=None, margin={"share": 1, "of": "group_difference", "reference": "normal"}
    )
    rows = compare(table, resolved(spec, sets, GROUP | {"values": []}), 1)
    assert rows["pattern"].tolist() == ["", ""] and set(rows["n_real"]) == {16} and set(rows["n_created"]) == {36}
    assert set(rows["reference"]) == {"COR alone; bilateral, normal"} and rows["p_value"].notna().all()
    assert (rows["note"] == "no margin: images of no one group").all() and rows["equivalence_p"].isna().all()
    everyone = resolved(
        spec | {"margin": {"share": 1, "of": "between_subject_sd"}}, [{"label": "A", "where": {}}], {"name": "pattern", "values": []}
    )
    rows = compare(table, everyone, 1)
    assert set(rows["n_real"]) == {72} and set(rows["reference"]) == {"all real images"} and rows["equivalence_p"].notna().all()
    empty = compare(table[~created], everyone, 1)
    assert empty["pattern"].tolist() == ["", ""] and empty["note"].str.contains("no created images").all()


def test_real_images_of_held_out_subjects_alone(tmp_path):
    table = measurements(np.random.default_rng(0), subjects=16)
    numbers = table["subject"].str.rpartition("-")[2]
    table.loc[numbers.isin([str(number) for number in range(10, 16)]), "split"] = HELD_OUT
    # Training images are somewhere else altogether: none of them may count.
    trained = (table["source"] == REAL) & (table["split"] != HELD_OUT)
    table.loc[trained, "lr_ratio"] *= 3
    held_out = compare(table, comparison(side="held_out"), 1)
    assert set(held_out["n_subjects"]) == {6} and set(held_out["real_side"]) == {"held_out"}
    assert held_out.loc[held_out["quantity"] == "LR", "median_real"].between(0.9, 1.1).all()
    facts = facts_of(held_out, table, comparison(side="held_out"))
    assert not facts["against_training"] and facts["held_out"] == 54 and "no model was trained on" in facts["sentences"][0]
    train = compare(table, comparison(side="train"), 1)
    assert set(train["n_subjects"]) == {10} and (train.loc[train["quantity"] == "LR", "median_real"] > 2.5).all()
    facts = facts_of(train, table, comparison(side="train"))
    assert facts["against_training"] and facts["held_out"] == 0
    everyone = facts_of(compare(table, comparison(), 1), table, comparison())
    assert everyone["held_out"] == 54 and everyone["trained"] == 90 and "copies" in everyone["sentences"][0]
    with pytest.raises(InputError, match="no real image is on it"):
        compare(measurements(np.random.default_rng(0)), comparison(side="held_out"), 1)


def test_page_facts_say_what_stands_behind_a_row():
    table = measurements(np.random.default_rng(0))
    facts = facts_of(compare(table, comparison(), 1), table, comparison(), "perfusion")
    assert facts["trainings"] == 1 and "One training stands behind each row" in facts["sentences"][1]
    assert facts["against_training"] and "No subject was held out of training" in facts["sentences"][0]
    assert facts["margin"].startswith("once the standard deviation")
    assert "share of" in facts["quantities"]["MC"]["description"] and facts["quantities"]["LR"]["column"] == "lr_ratio"
    # Two recipes under one label are two trainings.
    more = table[table["source"] == "A"].assign(recipe="dcgan", image=lambda rows: rows["image"] + "x")
    assert facts_of(compare(pd.concat([table, more]), comparison(), 1), table, comparison())["trainings"] == 2


def test_size_of_the_asymmetry_is_seen_where_its_side_hides_it():
    rng = np.random.default_rng(5)
    table = measurements(rng, subjects=30, created=60)
    mine = (table["source"] == "A") & (table["pattern"] == "unilateral")
    table.loc[mine, "lr_ratio"] = np.exp(0.15 * rng.choice([-1, 1], mine.sum()))
    rows = by_cell(compare(table, comparison(), 1))
    cell = rows.loc["LR", "A", "unilateral"]
    assert cell["p_value"] > 0.05
    assert cell["abs_ln_lr_p"] < 1e-6 and cell["abs_ln_lr_effect"] == 1
    assert "size of the asymmetry differs" in cell["note"]
    assert "asymmetry" not in rows.loc["LR", "B", "normal"]["note"]


def test_rows_that_cannot_be_tested_say_so_and_hold_no_numbers():
    table = measurements(np.random.default_rng(0), patterns=("normal", "unilateral"))
    few = (table["source"] == "A") & (table["pattern"] == "normal")
    table = table.drop(table.index[few][4:])
    table.loc[(table["source"] == "B") & (table["pattern"] == "normal"), "mean_counts"] = np.nan
    equal = (table["pattern"] == "unilateral") & table["source"].isin([REAL, "A"])
    table.loc[equal, "mean_counts"] = 0.5
    rows = by_cell(compare(table, comparison(), 1))
    tests = ["p_value", "p_adjusted", "effect_size", "effect_low", "effect_high", "equivalence_p", "equivalence_p_adjusted"]
    assert "too few images for a test (24 real, 4 created" in rows.loc[("MC", "A", "normal"), "note"]
    assert "24 of 24 created images excluded" in rows.loc[("MC", "B", "normal"), "note"]
    assert "all values are equal" in rows.loc[("MC", "A", "unilateral"), "note"]
    assert "no real images" in rows.loc[("MC", "A", "bilateral"), "note"]
    untested = [("MC", "A", "normal"), ("MC", "B", "normal"), ("MC", "A", "unilateral"), ("MC", "A", "bilateral"), ("LR", "B", "bilateral")]
    for cell in untested:
        assert rows.loc[cell, tests].isna().all()
        assert rows.loc[cell, "verdict"] == "not tested"
    assert np.isfinite(rows.loc[("LR", "B", "unilateral"), "p_adjusted"])
    assert rows.loc[("MC", "B", "unilateral"), "note"].endswith("no margin: real subjects do not differ")
    assert np.isnan(rows.loc[("MC", "B", "unilateral"), "equivalence_p"]) and np.isfinite(rows.loc[("MC", "B", "unilateral"), "p_value"])
    two = compare(measurements(np.random.default_rng(0), subjects=3), comparison(), 1)
    assert two["note"].str.contains("too few").all()
    table = measurements(np.random.default_rng(0), subjects=3, subject_names=False)
    unknown = compare(table, comparison(rows=[{"set": "B", "against": "A"}], contrast=None), 1)
    assert unknown["p_value"].notna().all() and set(unknown["test"]) == {PLAIN} and unknown["n_subjects"].isna().all()


def test_contrast_tells_the_closer_set():
    table = measurements(np.random.default_rng(2), subjects=20, created=40)
    off = (table["source"] == "B") & (table["pattern"] == "normal")
    table.loc[off, "mean_counts"] += 0.015
    lines = contrast(table, comparison(resamples=2000), 1)
    assert len(lines) == 6 and lines["note"].eq("").all()
    rows = by_cell(compare(table, comparison(), 1))
    for line in lines.to_dict("records"):
        first, second = (rows.loc[(line["quantity"], name, line["pattern"]), "effect_size"] for name in "AB")
        assert (line["first_delta"], line["second_delta"]) == pytest.approx((first, second))
        assert line["closer"] == pytest.approx(abs(first) - abs(second)) and line["difference"] == pytest.approx(first - second)
        assert line["closer_low"] <= line["closer"] <= line["closer_high"]
    lines = lines.set_index(["quantity", "pattern"])
    assert lines.loc[("MC", "normal"), "reading"] == "A closer" and lines.loc[("MC", "normal"), "closer_high"] < 0
    assert set(lines["reading"].drop(("MC", "normal"))) == {"neither shown to be closer"}
    swapped = contrast(table, comparison(contrast=["B", "A"], resamples=2000), 1).set_index(["quantity", "pattern"])
    assert swapped.loc[("MC", "normal"), "reading"] == "A closer" and swapped.loc[("MC", "normal"), "closer_low"] > 0


def test_contrast_draws_a_subject_into_both_references_at_once():
    """Two sets of the same created values against the same real ones differ by nothing, in every sample of subjects."""
    table = measurements(np.random.default_rng(4), subjects=10, created=400)
    of_a = table[table["source"] == "A"]
    table = pd.concat([table[table["source"] != "B"], of_a.assign(source="B", image=of_a["image"] + "b")])
    spec = comparison(rows=[{"set": "A", "against": "own"}, {"set": "B", "against": "A"}])
    line = contrast(table, spec, 1).iloc[0]
    assert line["difference"] == 0 and line["difference_p"] > 0.5
    # Subjects alone would make an interval four times as wide.
    alone = by_cell(compare(table, spec, 1)).loc[("MC", "A", line["pattern"])]
    assert line["difference_high"] - line["difference_low"] < 0.5 * (alone["effect_high"] - alone["effect_low"])


def test_contrast_warns_of_too_few_resamples(caplog):
    contrast(measurements(np.random.default_rng(0)), comparison(resamples=200), 1)
    assert "200 resamples are too few" in caplog.text
    caplog.clear()
    contrast(measurements(np.random.default_rng(0)), comparison(resamples=2000), 1)
    assert not caplog.text


def test_contrast_without_images_says_so():
    table = measurements(np.random.default_rng(0), patterns=("normal", "unilateral"))
    table = table.drop(table.index[(table["source"] == "B") & (table["pattern"] == "normal")])
    lines = contrast(table, comparison(), 1).set_index(["quantity", "pattern"])
    assert (
        lines.loc[("MC", "normal"), "note"] == "B: no created images: not tested" and lines.loc[("MC", "normal"), "reading"] == "not tested"
    )
    assert lines.loc[("MC", "bilateral"), "reading"] == "not tested" and lines.loc[("MC", "unilateral"), "reading"] != "not tested"


@pytest.mark.slow
def test_contrast_keeps_its_level_where_neither_set_is_closer():
    """Two honest sets: |delta A| - |delta B| is called different from 0 in 5 % at most, and delta A - delta B in about 5 %."""
    rng = np.random.default_rng(21)
    table = measurements(rng, patterns=("normal",), subjects=15, created=30)
    spec = comparison(rows=[{"set": "A", "against": "own"}, {"set": "B", "against": "A"}], quantities={"LR": "lr_ratio"}, resamples=400)
    spec["groups"] = ["normal"]
    lines = []
    for _ in range(500):
        table["lr_ratio"] = np.exp(0.03 * rng.standard_normal(len(table)))
        lines.append(contrast(table, spec, 1).iloc[0])
    lines = pd.DataFrame(lines)
    assert np.mean(lines["closer_p"] < 0.05) <= 0.05 + 3 * 0.01
    assert np.mean(lines["difference_p"] < 0.05) == pytest.approx(0.05, abs=0.03)


def stripes(level, rng):
    """A picture whose level is told by the direction of its stripes."""
    rows, columns = np.indices((32, 32))
    wave = {"CER": rows, "BG": columns, "COR": rows + columns}[level]
    return np.clip(120 + 60 * np.sin(wave / 2.5 + rng.uniform(0, 0.6)) + 15 * rng.standard_normal((32, 32)), 0, 255).astype(np.uint8)


def pictures(rng, levels, **labels):
    return ImageSet(np.stack([stripes(level, rng) for level in levels]), make_labels(len(levels), **labels))


def test_level_mix_of_created_images_is_told_where_it_can_be():
    rng = np.random.default_rng(0)
    levels = ["CER", "BG", "COR"] * 8
    subjects = [f"s{index // 3}" for index in range(24)]
    real = pictures(rng, levels, level=levels, subject=subjects, group="normal", source=REAL)
    made = ["CER"] * 2 + ["BG"] * 10 + ["COR"] * 4
    created = [("A", "normal", pictures(rng, made)), ("B", "normal", pictures(rng, ["COR"] * 5))]
    found = level_mix(real, created, comparison())
    assert len(found) == 1 and found[0]["mix"] == {"BG": 10, "CER": 2, "COR": 4} and found[0]["accuracy"] > 0.95
    assert found[0]["real"] == {"BG": 8, "CER": 8, "COR": 8}
    text = in_words(found[0])
    assert text.startswith("A, normal: of 16 created images, by estimate, BG 62 %, CER 12 %, COR 25 %") and "left out" in text


def test_level_mix_is_unknown_where_levels_look_alike_or_subjects_are_few():
    rng = np.random.default_rng(0)
    levels = ["CER", "BG", "COR"] * 8
    labels = {"level": levels, "group": "normal", "source": REAL}
    alike = pictures(rng, rng.permutation(levels), subject=[f"s{index // 3}" for index in range(24)], **labels)
    created = [("A", "normal", pictures(rng, levels))]
    found = level_mix(alike, created, comparison())[0]
    assert found["mix"] is None and found["accuracy"] < 0.9 and "90 % needed" in found["reason"]
    assert "are unknown (the level of a real image is told right in" in in_words(found)
    few = pictures(rng, levels, subject=[f"s{index // 6}" for index in range(24)], **labels)
    assert level_mix(few, created, comparison())[0]["reason"] == "4 real subjects at one of the levels, 5 needed"


def test_page_holds_every_reading(tmp_path):
    table = measurements(np.random.default_rng(0), patterns=("normal", "unilateral"))
    spec = comparison()
    rows, lines = compare(table, spec, 1, read_table(PUBLISHED)), contrast(table, spec, 1)
    facts = facts_of(rows, table, spec, "perfusion")
    write_page(tmp_path / "page.html", "Counts", rows, lines, ["A, normal: unknown."], spec, facts, None, ["A made cohort & nothing else."])
    text = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert "A made cohort &amp; nothing else." in text and "A, normal: unknown." in text
    assert "does\n<b>not</b> show that they are" in text or "does <b>not</b> show that they are" in text
    assert text.count("not tested") >= 4 and "nan" not in text.lower().replace("ordinary", "")
    assert "http" not in text.replace("http-equiv", "") and "P &lt; 0.0001" in text
    assert facts["sentences"][0] in text and facts["sentences"][1] in text


def test_wrong_names_are_told():
    table = measurements(np.random.default_rng(0))
    with pytest.raises(InputError, match="did you mean 'mean_counts'"):
        compare(table, comparison(quantities={"MC": "mean_count"}), 1)
    with pytest.raises(InputError, match="no set 'C'"):
        compare(table, comparison(rows=[{"set": "C", "against": "own"}]), 1)
    with pytest.raises(InputError, match="no set 'a'"):
        compare(table, comparison(rows=[{"set": "A", "against": "a"}]), 1)


def test_effect_is_that_of_the_rows_it_names():
    table = measurements(np.random.default_rng(9))
    row = by_cell(compare(table, comparison(), 1)).loc[("LR", "B", "bilateral")]
    mine = table[table["pattern"] == PATTERNS[2]]
    real = mine[(mine["source"] == REAL) & (mine["level"] == "COR")]
    assert row["effect_size"] == pytest.approx(cliffs_delta(real["lr_ratio"], mine.loc[mine["source"] == "B", "lr_ratio"]))
