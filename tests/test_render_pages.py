"""Pages: what the tables show, what the texts say of them, and what a study's fragment may do."""

import html
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

from neuroturing.errors import InputError
from neuroturing.read import score
from neuroturing.read.audit import facts as facts_of
from neuroturing.read.contrasts import contrast
from neuroturing.read.printed import read_printed
from neuroturing.read.score import Counts
from neuroturing.read.tables import in_groups, printed_records
from neuroturing.render.columns import COLUMNS, shown_columns
from neuroturing.render.comparison_page import write_page as write_comparison
from neuroturing.render.page import number, p_value, phrase, render_notes, size
from neuroturing.render.table_page import write_page

ROOT = Path(__file__).resolve().parents[1]


def read(path):
    """Text of a page, and its tables as lists of lines of cells."""
    page = path.read_text(encoding="utf-8")
    assert not re.search(r"https?:|src=|href=|@import|<script", page)
    assert "default-src 'none'" in page
    lines = [
        [
            re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", cell))).strip()
            for cell in re.findall(r"<t[dh][^>]*>(.*?)</t[dh]>", line, re.S)
        ]
        for line in re.findall(r"<tr[^>]*>(.*?)</tr>", page, re.S)
    ]
    text = re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", re.sub(r"<style>.*?</style>", "", page, flags=re.S)))).replace(
        "\xa0", " "
    )
    return text, lines


def study_page(folder, name, table, rows=None, human=(), waiting=(), remarks=(), elsewhere=None):
    """The page of a study's table from its own files; `rows` in place of the printed ones, `human` this run's records."""
    place = ROOT / "studies" / name
    spec = yaml.safe_load((place / "study.yaml").read_text(encoding="utf-8"))["tables"][table]
    rows = read_printed(place / "published.tsv", spec["unit"]) if rows is None else rows
    records = [*printed_records(rows, spec), *human]
    groups = in_groups(records, spec)
    pairs = [(title, contrast(part, **spec["contrast"])) for title, part in groups] if "contrast" in spec else []
    known = facts_of(rows, spec, elsewhere)
    write_page(folder / "table.html", spec, groups, pairs, known, place / "notes.html.j2", list(waiting), list(remarks))
    return read(folder / "table.html")


def printed(name, columns, *lines, folder):
    path = folder / f"{name}.tsv"
    path.write_text("\n".join("\t".join(map(str, line)) for line in (columns, *lines)) + "\n", encoding="utf-8")
    return path


# Numbers and words.


def test_numbers_as_journals_print_them():
    assert [number(value, 2) for value in (-1.078, 0.5, -0.001, None, np.nan, "")] == ["−1.08", "0.50", "0.00", "–", "–", "–"]
    assert [number(value, 1, sign=True) for value in (0.25, -0.25, 0.01)] == ["+0.2", "−0.2", "0.0"]
    assert [p_value(value) for value in (3e-5, 0.00012, 0.00096, 0.028, 0.0996, 0.37, 1.0, np.nan)] == [
        "< 0.0001", "0.0001", "0.001", "0.028", "0.10", "0.37", "1.00", "–",
    ]  # fmt: skip
    assert size("T1, 128x128") == "T1, 128 × 128" and size("axial") == "axial"
    assert [phrase(items, "row is", "rows are") for items in ([], ["a"], ["a", "b"], 3)] == [
        "no row is",
        "one row is",
        "2 rows are",
        "3 rows are",
    ]


# Tables of readers.


def test_a_page_without_answers_shows_the_printed_rows_and_says_so(tmp_path):
    text, lines = study_page(tmp_path, "koshino2018", "table1", waiting=["reader1", "reader2"])
    assert "No reader of this run has answered: the table holds the published rows alone" in text and "reader1, reader2" in text
    assert lines[0] == ["Reader", "Real", "Created", "TP", "FN", "FP", "TN", "Accuracy", "d′", "c", "GAN"]
    assert [line[:1] + line[3:8] for line in lines[3:8]] == [
        ["NR1", "56", "44", "45", "55", "55"], ["NR2", "30", "70", "71", "29", "30"], ["NNR1", "90", "10", "24", "76", "83"],
        ["NNR2", "83", "17", "40", "60", "72"], ["NNR3", "73", "27", "44", "56", "64"],
    ]  # fmt: skip
    assert [line[8] for line in lines[3:8]] == ["0.28", "−1.08", "1.99", "1.21", "0.76"]
    assert all(line[1:3] == ["–", "–"] for line in lines[3:8])
    assert sum("cannot be recovered" in "".join(line) for line in lines) == 1, "one remark for all rows that share it"


def test_readers_and_model_observers_have_groups_of_their_own(tmp_path):
    human = [score.score(Counts(22, 3, 5, 20), "reader1", "human"), score.score(Counts(25, 0, 0, 25), "pixels", "model")]
    human += [score.score(Counts(20, 4, 5, 20, unknown_real=1), "reader2", "human")]
    text, lines = study_page(
        tmp_path, "koshino2018", "table1", human=human, waiting=["reader3"], remarks=["One training.", "No split & more."]
    )
    assert "2 human readers of this run, below the 5 published rows; no answers yet from reader3" in text
    titles = [line[0] for line in lines if len(line) == 1 and not line[0].startswith(("All of", "1 of"))]
    assert titles == [
        "Published: Koshino et al. 2018, Table 1",
        *(f"This run: {name}" for name in ("reader1", "reader2", "pixels (model observer)")),
    ]
    rows = {line[0]: line for line in lines}
    assert rows["reader1"][1:-1] == ["25", "25", "88", "12", "20", "80", "84 71 to 92", "1.91 1.08 to 2.73", "−0.15"]
    assert lines.index(rows["pixels"]) > lines.index(rows["reader2"]) > lines.index(rows["reader1"])
    assert "One training." in text and "No split & more." in text
    assert "1 of 50 images unknown (1 real, 0 created)" in text


def test_the_notes_tell_the_limits_of_printed_percentages(tmp_path):
    text, _ = study_page(tmp_path, "koshino2018", "table1")
    assert "With 50 images a reader, 0 of the 5 rows" in text and "with 100, 4 of 5" in text and "allows all is 87" in text
    assert "lower one for NR1 and NNR3 and the higher one for NR2 and NNR2" in text
    assert re.search(r"NR2 is below chance, cause unknown \(printed accuracy 0\.30; d′ −1\.08, −1\.\d\d to −0\.\d\d", text)
    assert "inverted" not in text


def test_the_notes_follow_the_printed_percentages(tmp_path):
    path = printed("p", ("reader", "TP", "FN", "FP", "TN", "accuracy"), ("X", 74, 26, 39, 61, 0.68), folder=tmp_path)
    text, _ = study_page(tmp_path, "koshino2018", "table1", rows=read_printed(path, "percent"))
    assert "1 of the 1 rows" in text and "below chance, cause unknown" not in text


def test_counts_p_values_and_contrasts_of_a_visual_turing_test(tmp_path):
    text, lines = study_page(tmp_path, "han2018", "table1")
    assert lines[0] == ["Images", "GAN", "Accuracy", "Real", "Real", "Synt", "Synt", "P", "P", "d′"]
    assert lines[3][:8] == ["T1, 128 × 128", "DCGAN", "70 60 to 78", "26", "24", "6", "44", "< 0.0001"]
    assert lines[3][9] == "1.19 0.62 to 1.75"
    start = next(i for i, line in enumerate(lines) if len(line) == 9 and line[1] == "Accuracy")
    compared = {line[0]: line[1:] for line in lines[start + 3 :]}
    assert compared["T1c, 128 × 128"] == ["71", "55", "0.028", "0.17", "6", "16", "0.20", "1.00"]
    assert compared["Concat, 128 × 128"] == ["77", "66", "0.12", "0.58", "14", "30", "0.090", "0.54"]
    assert len(compared) == 6
    assert "WGAN beside DCGAN" in text


def test_the_notes_say_what_the_printed_counts_show(tmp_path):
    text, _ = study_page(tmp_path, "han2018", "table1")
    assert "by Fisher’s exact test no difference is below 0.05 in that, and no difference survives" in text
    assert "Of right against wrong answers, one difference is below 0.05 (T1c, 128 × 128), and no difference survives" in text
    assert "only 20 to 46 % of the images real" in text
    assert "below 0.05 in 7 of the 12 rows, and in 7 after Holm’s correction" in text
    assert "no more synthetic images were taken for real than with DCGAN in T1, 128 × 128; FLAIR, 128 × 128;" in text


def test_the_notes_follow_the_printed_counts(tmp_path):
    columns = ("reader", "dataset", "recipe", "real_as_real", "real_as_synt", "synt_as_real", "synt_as_synt", "accuracy")
    lines = ("r", "A, 8x8", "DCGAN", 50, 0, 5, 45, "95%"), ("r", "A, 8x8", "WGAN", 25, 25, 20, 30, "55%")
    path = printed("p", columns, *lines, folder=tmp_path)
    text, _ = study_page(tmp_path, "han2018", "table1", rows=read_printed(path, "count"))
    assert "one difference is below 0.05 in that (A, 8 × 8), and one difference survives Holm’s correction for 1 comparisons" in text
    assert "only 45 to 55 % of the images real" in text and "1 of the 2 rows" in text and "no more synthetic" not in text


def test_a_diagnostic_test_and_the_experiment_that_was_printed_twice(tmp_path):
    elsewhere = {"han2018": read_printed(ROOT / "studies/han2018/published.tsv", "count")}
    text, lines = study_page(tmp_path, "miru2017", "table", elsewhere=elsewhere)
    names = ["GAN", "Real", "Real", "Synt", "Synt", "Accuracy", "Sensitivity", "Specificity", "LR+", "LR−", "Prevalence"]
    assert lines[0][: len(names)] == names
    assert lines[3][1:11] == [
        "18",
        "32",
        "15",
        "35",
        "53 43 to 62",
        "36 24 to 50",
        "70 56 to 81",
        "1.20 0.68 to 2.11",
        "0.91 0.69 to 1.20",
        "50 40 to 60",
    ]
    assert "the table holds the published row alone" in text and "all follow from the counts" in text and "hold 1" in text
    assert "“Concat, 64 × 64, WGAN” (Han et al. 2018, Table 1): one experiment" in text
    assert "Simel, Samsa and Matchar" in text and "TP and FN" not in text


def test_the_note_of_the_same_experiment_follows_the_numbers(tmp_path):
    columns = ("reader", "dataset", "recipe", "real_as_real", "real_as_synt", "synt_as_real", "synt_as_synt", "accuracy")
    path = printed("p", columns, ("physician", "Concat, 64x64", "WGAN", 19, 31, 15, 35, "55%"), folder=tmp_path)
    elsewhere = {"han2018": read_printed(ROOT / "studies/han2018/published.tsv", "count")}
    text, _ = study_page(tmp_path, "miru2017", "table", rows=read_printed(path, "count"), elsewhere=elsewhere)
    assert "one experiment" not in text and "do not follow from the counts" in text


def test_a_study_of_its_own_without_printed_rows_or_notes(tmp_path):
    records = score.adjust([score.score(Counts(4, 1, 2, 3), "anna", "human", "Kidney, 64x48", "<b>Theirs</b>")])
    write_page(tmp_path / "a.html", {"title": "Real & created", "columns": []}, [("This run: anna", records)], [], {}, None, [], [])
    text, lines = read(tmp_path / "a.html")
    assert "Real & created" in text and "1 human reader of this run." in text and "published" not in text.split("How to read it")[0]
    assert lines[0][:3] == ["Images", "GAN", "Real"]
    assert lines[3][:2] == ["Kidney, 64 × 48", "<b>Theirs</b>"], "names are shown as they are, not run as markup"
    write_page(tmp_path / "a.html", {"columns": ["reader", "accuracy"]}, [], [], {}, None, [], [])
    assert "No reader of this run has answered." in read(tmp_path / "a.html")[0]


def test_how_to_read_it_speaks_of_the_columns_that_are_shown_alone(tmp_path):
    records = [score.score(Counts(4, 1, 2, 3), "anna", "human")]
    words = {
        "TP": "TP and FN",
        "p_value": "Fisher",
        "d_prime": "Hautus",
        "criterion": "is the leaning",
        "lr_positive": "Likelihood",
        "prevalence": "set by",
    }
    words |= {"real_as_real": "Real and Synt", "called_real": "Called real", "sensitivity": "Sensitivity is", "accuracy": "Accuracy is"}
    for name in words:
        shown = ["d_prime", name] if name == "criterion" else [name]
        write_page(tmp_path / "a.html", {"columns": ["reader", *shown]}, [("This run", records)], [], {}, None, [], [])
        text = read(tmp_path / "a.html")[0].split("How to read it")[1]
        assert [other for other in words if words[other] in text] == [each for each in words if each in shown], name


def test_columns_that_are_not_known_are_named():
    with pytest.raises(InputError, match="did you mean 'accuracy'"):
        shown_columns(["reader", "acuracy"], [])
    assert shown_columns(["reader", "kind", "accuracy", "accuracy_low", "p_value", "d_prime", "p_adjusted", "note"], []) == [
        "reader", "accuracy", "p_value", "p_adjusted", "d_prime",
    ]  # fmt: skip
    assert set(score.COLUMNS) - set(COLUMNS) == {f"{name}{end}" for name in COLUMNS for end in ("_low", "_high")} & set(score.COLUMNS)


# A study's fragment.


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{{ facts.nothing }}", ["notes.html.j2", "nothing", "facts one"]),
        ("a\n{{ facts.one", ["notes.html.j2, line 2"]),
        ("{{ facts.one.__class__.__mro__ }}", ["unsafe"]),
        ("{{ ''.__class__ }}", ["unsafe"]),
        ("{% include 'skeleton.html.j2' %}", ["notes.html.j2"]),
        ("{{ facts.update({'one': 2}) }}", ["unsafe"]),
        ("{{ facts.one + 'x' }}", ["notes.html.j2"]),
        ("{{ 1 / 0 }}", ["division by zero"]),
        ("{{ range(10000000) | list }}", ["notes.html.j2"]),
    ],
)
def test_a_fragment_that_does_what_it_may_not_is_named(tmp_path, text, words):
    (tmp_path / "notes.html.j2").write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as error:
        render_notes(tmp_path / "notes.html.j2", facts={"one": 1})
    assert all(word in str(error.value) for word in words), error.value


def test_a_fragments_markup_stays_and_its_values_are_escaped(tmp_path):
    (tmp_path / "notes.html.j2").write_text("<h2>Notes</h2>{{ facts.name }}: {{ facts.p | p_value }}", encoding="utf-8")
    notes = render_notes(tmp_path / "notes.html.j2", facts={"name": "<i>x</i>", "p": 0.004})
    assert notes == "<h2>Notes</h2>&lt;i&gt;x&lt;/i&gt;: 0.004"
    assert render_notes(None) == ""
    with pytest.raises(InputError, match="not readable"):
        render_notes(tmp_path / "none.html.j2", facts={})


# Comparisons.

SPEC = {
    "group": "pattern",
    "quantities": {"MC": "mean_counts", "LR": "lr_ratio"},
    "ratios": ["LR"],
    "minimum": 5,
    "resamples": 2000,
    "confidence": 0.95,
}
FACTS = {
    "tested": 3, "untested": 1, "verdicts": {"equivalent": 1, "undecided": 2}, "clustered": True, "margin": "half the standard deviation",
    "quantities": {"MC": {"column": "mean_counts", "description": "mean counts"}}, "sentences": ["One training stands behind each row."],
}  # fmt: skip


def comparison_rows():
    row = {
        "n_real": 24,
        "n_created": 24,
        "n_subjects": 8,
        "median_real": 0.7,
        "median_created": 0.66,
        "shift": -0.02,
        "test": "Mann-Whitney",
    }
    row |= {
        "p_value": 0.15,
        "p_adjusted": 1.0,
        "effect_size": -0.23,
        "effect_low": -0.5,
        "effect_high": 0.07,
        "margin": 0.03,
        "margin_delta": 0.59,
    }
    row |= {
        "equivalence_p": 0.004,
        "equivalence_p_adjusted": 0.016,
        "published_p": "P = 0.8",
        "verdict": "equivalent",
        "note": "",
        "reference": "COR",
    }
    row |= {"abs_ln_lr_real": np.nan, "abs_ln_lr_created": np.nan, "abs_ln_lr_effect": np.nan, "abs_ln_lr_p": np.nan}
    untested = dict.fromkeys(row, np.nan) | {
        "verdict": "not tested",
        "note": "no created images: not tested",
        "reference": "COR",
        "published_p": "",
    }
    rows = [
        row | {"quantity": "MC", "dataset": "A", "pattern": "normal"},
        untested | {"quantity": "MC", "dataset": "A", "pattern": "bilateral"},
    ]
    rows += [row | {"quantity": "MC", "dataset": "A", "pattern": "normal", "reference": "all levels", "verdict": "undecided"}]
    rows += [
        row
        | {"quantity": "LR", "dataset": "A", "pattern": "normal", "abs_ln_lr_real": 0.0191, "abs_ln_lr_p": 0.004, "verdict": "undecided"}
    ]
    return pd.DataFrame(rows)


def test_a_comparisons_page_shows_margins_and_does_not_take_equivalent_at_its_word(tmp_path):
    write_comparison(tmp_path / "a.html", "Compared", comparison_rows(), None, ["A: CER 30 %."], SPEC, FACTS, None, ["Simulated."])
    text, lines = read(tmp_path / "a.html")
    assert lines[0][0] == "Pattern" and lines[0][-1] == "P" and lines[1][-1] == "printed"
    rows = [line for line in lines if line[0] in ("normal", "bilateral")]
    assert rows[0][4:] == [
        "0.700", "0.660", "−0.020", "−0.23 −0.50 to +0.07", "0.15", "1.00", "± 0.030 δ 0.59", "0.004", "0.016", "equivalent", "P = 0.8",
    ]  # fmt: skip
    assert rows[1][1:] == ["–"] * 12 + ["not tested", ""]
    titles = [line[0] for line in lines if len(line) == 1 and "against" in line[0]]
    assert titles == ["MC, A against real images (COR)", "MC, A against real images (all levels)", "LR, A against real images (COR)"]
    assert "Of 3 comparisons that could be made: 1 equivalent; 2 undecided. 1 could not be made" in text
    assert "Not to be taken at its word: 1 row that reads equivalent (MC, A, normal)" in text
    for sentence in (
        "Simulated.",
        "One training stands behind each row.",
        "A: CER 30 %.",
        "no created images: not tested",
        "half the standard deviation",
    ):
        assert sentence in text
    assert ["A", "COR", "normal", "0.0191", "–", "–", "0.004"] in lines and "Which is closer" not in text


def test_a_comparison_without_printed_values_and_with_references_that_differ(tmp_path):
    rows = comparison_rows().iloc[[0, 1, 3]].assign(published_p="")
    rows.iloc[1, rows.columns.get_loc("reference")] = "BG, COR"
    write_comparison(tmp_path / "a.html", "Compared", rows, None, [], SPEC | {"ratios": []}, FACTS, None, [])
    _, lines = read(tmp_path / "a.html")
    assert "printed" not in lines[1]
    assert [line[0] for line in lines if "against" in line[0]] == [
        "MC, A against real images", "normal against COR", "bilateral against BG, COR", "LR, A against real images (COR)",
    ]  # fmt: skip


def test_the_contrast_of_two_sets(tmp_path):
    line = {"quantity": "MC", "pattern": "normal", "first": "A", "second": "B", "first_reference": "all levels", "second_reference": "COR"}
    line |= {"first_delta": -0.23, "second_delta": 0.59, "closer": -0.36, "closer_low": -0.88, "closer_high": 0.23, "closer_p": 0.24}
    line |= {"closer_p_adjusted": 1.0, "difference": -0.82, "difference_low": -1.28, "difference_high": -0.28, "difference_p": 0.005}
    line |= {"difference_p_adjusted": 0.03, "reading": "neither shown to be closer", "note": ""}
    other = dict.fromkeys(line, np.nan) | {
        "quantity": "LR",
        "pattern": "normal",
        "first": "A",
        "second": "B",
        "note": "B: no created images",
    }
    other |= {"first_reference": "COR", "second_reference": "COR", "reading": "not tested"}
    lines = pd.DataFrame([line, other])
    write_comparison(tmp_path / "a.html", "Compared", comparison_rows(), lines, [], SPEC, FACTS, None, [])
    text, shown = read(tmp_path / "a.html")
    assert "Which is closer to real images: A or B?" in text and "B: no created images" in text
    numbers = ["−0.23", "+0.59", "−0.36 −0.88 to +0.23", "0.24", "1.00", "−0.82 −1.28 to −0.28", "0.005", "0.030"]
    assert ["MC", "normal A: all levels; B: COR", *numbers, "neither shown to be closer"] in shown


def test_the_same_numbers_give_the_same_bytes(tmp_path):
    for name in ("a", "b"):
        write_comparison(tmp_path / f"{name}.html", "Compared", comparison_rows(), None, [], SPEC, FACTS, None, [])
    assert (tmp_path / "a.html").read_bytes() == (tmp_path / "b.html").read_bytes()
    assert not list(tmp_path.glob(".partial*"))
