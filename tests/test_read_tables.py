"""From answers to a table: judgements in one long table, and the printed rows beside this run's readers."""

import logging
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

from draw_quiz import main as draw_quiz_main
from judgements import main as judgements_main
from neuroturing.config.model import Page
from neuroturing.errors import InputError
from neuroturing.imageset import ImageSet, blackened, make_labels, write_imageset
from neuroturing.io.files import write_table
from neuroturing.read import tables
from neuroturing.read.judgements import COLUMNS, read_judgements
from neuroturing.read.printed import read_printed
from neuroturing.read.score import COLUMNS as RECORD
from neuroturing.read.score import Counts, score
from reader_table import main as reader_table_main

STUDIES = Path(__file__).parents[1] / "studies"
DATASETS, RECIPES = {"t1": "T1", "mixed": "Concat"}, {"dcgan": "DCGAN", "wgan": "WGAN"}
LABELS = {"planes": "Planes"}, {"dcgan": "DCGAN"}
# What other people's checks read, and what follows it.
READERS = (
    "reader kind n_real n_created TP FN FP TN accuracy accuracy_low accuracy_high d_prime criterion note d_prime_low d_prime_high".split()
)
MODELS = (
    "dataset recipe kind reader accuracy real_as_real real_as_synt synt_as_real synt_as_synt accuracy_low accuracy_high p_value d_prime "
    "p_adjusted d_prime_low d_prime_high note"
).split()
CELLS = "real_as_real real_as_synt synt_as_real synt_as_synt".split()
DIAGNOSTIC = "accuracy sensitivity specificity lr_positive lr_negative prevalence".split()
TEST = ["recipe", "kind", "reader", *CELLS, *(name + end for name in DIAGNOSTIC for end in ("", "_low", "_high"))]
KOSHINO = {
    "title": "Readers", "rows": "reader", "unit": "percent", "columns": READERS, "published_title": "Published: rates",
    "printed": {"images": 50, "created_share": [0.4, 0.6]}, "contrast": None,
}  # fmt: skip
HAN = {
    "title": "Models", "rows": "model", "unit": "count", "columns": MODELS, "published_title": "Published: counts",
    "printed": None, "contrast": {"between": "recipe", "first": "DCGAN", "second": "WGAN"},
}  # fmt: skip
MIRU = {"title": "Test", "rows": "model", "unit": "count", "columns": TEST, "published_title": "Published: one", "contrast": None}


def write_sets(folder, dataset, recipes, contrasts, size=8):
    """A real set of 96 images of twelve subjects, and 40 created ones of each recipe."""
    rng = np.random.default_rng(sum(dataset.encode()))

    def images(count):
        return blackened(rng.integers(0, 256, (count, size, size), dtype=np.uint8))

    subject = np.array([f"subject{i % 12}" for i in range(96)])
    labels = make_labels(96, scan=subject, subject=subject, source="real", contrast=np.repeat(contrasts, 96 // len(contrasts)))
    write_imageset(folder / f"{dataset}.npz", ImageSet(images(96), labels))
    for recipe in recipes:
        write_imageset(folder / f"{dataset}_{recipe}.npz", ImageSet(images(40), make_labels(40, source=recipe)))


class Study:
    """Quizzes of readers in a folder; nobody has answered."""

    def __init__(self, folder, blocks, practice, readers=("reader1", "reader2")):
        self.folder, self.readers = folder, readers
        real = [folder / f"{block['dataset']}.npz" for block in blocks]
        created = [folder / f"{block['dataset']}_{block['recipe']}.npz" for block in blocks]
        protocol = folder / "protocol.json"
        for reader in readers:
            quiz, key = folder / "quiz" / reader, folder / "quiz_keys" / f"{reader}.tsv"
            for_reader = [quiz / name for name in ("index.html", "images", "answers.csv", "training.csv")]
            protocol.write_text("{}")
            draw_quiz_main(real, created, protocol, *for_reader, key, reader, "A study", blocks, practice, Page().model_dump(), 7)
        (folder / "responses").mkdir()

    def key(self, reader):
        return pd.read_csv(self.folder / "quiz_keys" / f"{reader}.tsv", sep="\t", dtype=str, keep_default_na=False)

    def answer(self, reader, wrong=0, keep=slice(None), given=None, **columns):
        """Fill in a blank form: right but for the first `wrong` images of each block, or one word; only the rows `keep`."""
        form = pd.read_csv(self.folder / "quiz" / reader / "answers.csv", dtype=str, keep_default_na=False)
        key = self.key(reader)[lambda table: table["block"] == "test"].reset_index(drop=True)
        assert list(form["image_id"]) == list(key["image_id"])
        words = key["truth"].where(key.groupby("part").cumcount() >= wrong, key["truth"].map({"real": "created", "created": "real"}))
        form.loc[form.index[keep], "answer"] = given or words[keep]
        form.assign(**columns).to_csv(self.folder / "responses" / f"{reader}.csv", index=False)
        return key

    def gather(self):
        keys = [self.folder / "quiz_keys" / f"{reader}.tsv" for reader in self.readers]
        answers = sorted((self.folder / "responses").glob("*"))
        judgements_main(keys, answers, self.folder / "judgements.tsv", "study", self.folder / "responses")
        return read_judgements(self.folder / "judgements.tsv")

    def table(self, spec, datasets, recipes, published=(), elsewhere=(), split="none", notes=()):
        """The table as text, and the page's words."""
        self.gather()
        paths = (self.folder / "table.tsv", self.folder / "table.html")
        reader_table_main(
            self.folder / "judgements.tsv", published, elsewhere, notes, *paths, spec, datasets, recipes, list(self.readers), split
        )
        words = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", paths[1].read_text(encoding="utf-8")))
        return pd.read_csv(paths[0], sep="\t", keep_default_na=False, dtype=str), words


@pytest.fixture
def one(tmp_path):
    """One block of 50 images after ten practice cases."""
    write_sets(tmp_path, "planes", ["dcgan"], ["t1w"])
    return Study(tmp_path, [{"dataset": "planes", "recipe": "dcgan", "images": 50, "created_share": [0.4, 0.6]}], 10)


@pytest.fixture
def four(tmp_path):
    """Four blocks of ten and ten images."""
    write_sets(tmp_path, "t1", RECIPES, ["t1"])
    write_sets(tmp_path, "mixed", RECIPES, ["t1", "t1c", "t2", "flair"])
    models = [(dataset, recipe) for dataset in DATASETS for recipe in RECIPES]
    return Study(
        tmp_path, [{"dataset": name, "recipe": recipe, "real": 10, "created": 10, "stratify": "contrast"} for name, recipe in models], 0
    )


def test_judgements_are_one_long_table(four, caplog):
    key = four.answer(
        "reader2", wrong=3, confidence="4", reasons="sulci,\tsharp", response_ms="812.25", screen="big", study="other", ms="9"
    )
    four.answer("reader1")
    table = four.gather()
    assert tuple(table.columns[:10]) == ("study", "reader", "kind", "image", "truth", "answer", "confidence", "ms", "block", "recipe")
    assert list(table.columns) == [*COLUMNS, "quiz_id", "protocol_hash", "screen", "study_given", "ms_given"]
    assert len(table) == 160 and set(table["study"]) == {"study"} and set(table["kind"]) == {"human"}
    mine = table[table["reader"] == "reader2"].reset_index(drop=True)
    for column, name in (("image", "image_id"), ("truth", "truth"), ("block", "part"), ("recipe", "recipe"), ("dataset", "dataset")):
        assert list(mine[column]) == list(key[name])
    assert list(mine["contrast"]) == list(key["contrast"]) and set(mine["size"]) == {"8x8"}
    assert (mine["truth"] != mine["answer"]).sum() == 4 * 3
    assert set(mine["confidence"]) == {4} and set(mine["ms"]) == {812.25} and set(mine["reasons"]) == {"sulci,\tsharp"}
    assert set(mine["screen"]) == {"big"} and set(mine["study_given"]) == {"other"} and set(mine["ms_given"]) == {"9"}
    other = table[table["reader"] == "reader1"]
    assert other[["confidence", "ms"]].isna().all(axis=None) and set(other["screen"]) == {""}
    assert (table["reader"].iloc[0], table["reader"].iloc[-1]) == ("reader1", "reader2")


def test_without_answers_the_judgements_are_a_header(one, caplog):
    with caplog.at_level(logging.INFO):
        assert len(one.gather()) == 0
    assert (one.folder / "judgements.tsv").read_text() == "\t".join(COLUMNS) + "\n"
    assert "No answers in" in caplog.text and "reader1, reader2" in caplog.text


def test_practice_is_in_no_judgement(one):
    one.answer("reader1")
    assert not set(one.gather()["image"]) & set(one.key("reader1").query("block == 'training'")["image_id"])


@pytest.mark.parametrize(("column", "value"), [("truth", "fake"), ("answer", "maybe"), ("kind", "robot"), ("confidence", "high")])
def test_unfit_judgements_are_refused(one, column, value):
    one.answer("reader1")
    table = one.gather().astype(str).replace("nan", "")
    table.loc[3, column] = value
    write_table(one.folder / "bad.tsv", table)
    with pytest.raises(InputError, match=f"line 5.*\n.*{value}"):
        read_judgements(one.folder / "bad.tsv")


def test_without_answers_the_table_is_the_published_rows_and_says_so(one):
    table, words = one.table(KOSHINO, *LABELS, published=str(STUDIES / "koshino2018" / "published.tsv"))
    assert list(table.columns) == READERS
    assert table[["reader", "TP", "FN", "FP", "TN", "accuracy"]].to_csv(index=False, lineterminator="\n") == (
        "reader,TP,FN,FP,TN,accuracy\nNR1,56,44,45,55,0.55\nNR2,30,70,71,29,0.30\nNNR1,90,10,24,76,0.83\n"
        "NNR2,83,17,40,60,0.72\nNNR3,73,27,44,56,0.64\n"
    )
    assert table["d_prime"].astype(float).tolist() == pytest.approx([0.28, -1.08, 1.99, 1.21, 0.76], abs=0.005)
    assert set(table["kind"]) == {"published"}
    assert (table[["n_real", "n_created", "accuracy_low", "accuracy_high", "d_prime_low"]] == "").all(axis=None)
    note = "as printed; n per reader is not given and cannot be recovered (50 images cannot give these numbers); no reader of this run"
    assert set(table["note"]) == {f"{note} has answered"}
    assert "reader1" in words and "reader2" in words and "Published: rates" in words


@pytest.mark.parametrize(("study", "spec"), [("koshino2018", KOSHINO), ("han2018", HAN), ("miru2017", MIRU)])
def test_a_studys_notes_stand_below_its_printed_rows_alone(four, study, spec):
    folder = STUDIES / study
    elsewhere = [STUDIES / "han2018" / "published.tsv"]
    _, words = four.table(spec, DATASETS, RECIPES, folder / "published.tsv", elsewhere, notes=[folder / "notes.html.j2"])
    assert "On the published numbers" in words
    _, words = four.table(spec, DATASETS, RECIPES, notes=[folder / "notes.html.j2"])
    assert "On the published numbers" not in words


def test_the_verdict_on_the_printed_rows_follows_their_numbers(one, tmp_path):
    path = tmp_path / "published.tsv"
    path.write_text("reader\tTP\tFN\tFP\tTN\taccuracy\nX\t74\t26\t39\t61\t0.68\n")
    table, _ = one.table(KOSHINO, *LABELS, published=[path])
    assert "50 images could give" in table["note"].iloc[0]
    table, _ = one.table(KOSHINO | {"printed": None}, *LABELS, published=[path])
    assert table["note"].iloc[0] == "as printed; n per reader is not given and cannot be recovered; no reader of this run has answered"
    path.write_text("reader\tTP\tFN\tFP\tTN\taccuracy\tn_real\tn_created\nX\t74\t26\t39\t61\t0.68\t27\t23\n")
    table, _ = one.table(KOSHINO, *LABELS, published=[path])
    assert list(table.loc[0, ["n_real", "n_created", "note"]]) == ["27", "23", "no reader of this run has answered"]


def test_a_readers_row_stands_below_the_published_ones(one):
    key = one.answer("reader1", wrong=10)
    table, words = one.table(KOSHINO, *LABELS, published=[STUDIES / "koshino2018" / "published.tsv"])
    row, truth = table.iloc[-1], key["truth"]
    n_real, n_created = int((truth == "real").sum()), int((truth == "created").sum())
    tp, tn = n_real - int((truth[:10] == "real").sum()), n_created - int((truth[:10] == "created").sum())
    assert list(row[["reader", "kind", "n_real", "n_created"]]) == ["reader1", "human", str(n_real), str(n_created)]
    assert float(row["TP"]) == pytest.approx(100 * tp / n_real, abs=0.005)
    assert float(row["TN"]) == pytest.approx(100 * tn / n_created, abs=0.005)
    assert float(row["TP"]) + float(row["FN"]) == pytest.approx(100, abs=0.011)
    assert (row["accuracy"], row["accuracy_low"], row["accuracy_high"]) == ("0.8000", "0.6696", "0.8876")
    assert float(row["d_prime_low"]) < float(row["d_prime"]) < float(row["d_prime_high"])
    assert len(table) == 6 and row["note"] == "" and not table["note"].str.contains("no reader of this run").any()
    assert "This run: human readers" in words and tables.ONE_TRAINING in words and tables.NO_SPLIT in words


def test_a_reader_below_chance_is_remarked_on_without_a_cause(one):
    one.answer("reader1", wrong=45)
    one.answer("reader2", wrong=25)
    table, words = one.table(KOSHINO, *LABELS)
    notes = table.set_index("reader")["note"]
    assert notes["reader1"] == "below chance, cause unknown" and notes["reader2"] == ""
    assert float(table.set_index("reader").loc["reader1", "d_prime"]) < -1
    assert "below chance, cause unknown" in words and "inverted" not in words


def test_without_answers_the_models_table_is_the_twelve_printed_rows(four):
    published = STUDIES / "han2018" / "published.tsv"
    table, words = four.table(HAN, DATASETS, RECIPES, published=published)
    assert list(table.columns) == MODELS
    rows = read_printed(published, "count")
    assert len(table) == 12 and set(table["kind"]) == {"published"} and set(table["reader"]) == {"physician"}
    assert table[CELLS].astype(int).values.tolist() == [[row[name] for name in CELLS] for row in rows]
    assert table["accuracy"].tolist() == [f"{row['accuracy']:.4f}" for row in rows]
    z = 1.959964
    centre, half = (0.7 + z**2 / 200) / (1 + z**2 / 100), z * np.sqrt(0.21 / 100 + z**2 / 40000) / (1 + z**2 / 100)
    assert table.loc[0, ["accuracy_low", "accuracy_high"]].astype(float).tolist() == pytest.approx([centre - half, centre + half], abs=5e-5)
    assert (table["p_adjusted"].astype(float) < 0.05).sum() == 7
    assert table.loc[table["dataset"] == "FLAIR, 128x128", "p_value"].tolist() == ["0.4539", "0.00504"]
    assert tables.ONE_TRAINING in words


def test_a_readers_models_stand_below_the_printed_ones(four):
    four.answer("reader1", wrong=4)
    table, words = four.table(HAN, DATASETS, RECIPES, published=[STUDIES / "han2018" / "published.tsv"], split={"held_out": 0.2})
    mine = table[table["kind"] == "human"]
    assert list(zip(mine["dataset"], mine["recipe"], strict=True)) == [
        ("T1, 8x8", "DCGAN"), ("Concat, 8x8", "DCGAN"), ("T1, 8x8", "WGAN"), ("Concat, 8x8", "WGAN"),
    ]  # fmt: skip
    assert set(mine["reader"]) == {"reader1"} and set(mine["accuracy"]) == {"0.8000"} and set(mine["accuracy_low"]) == {"0.5840"}
    counts = mine[CELLS].astype(int)
    assert (counts.iloc[:, :2].sum(axis=1) == 10).all() and (counts.iloc[:, 2:].sum(axis=1) == 10).all()
    for _, row in mine.iterrows():
        again = score(Counts(*(int(row[name]) for name in CELLS)), "r", "human")
        assert float(row["p_value"]) == pytest.approx(again["p_value"], rel=1e-3) and float(row["p_adjusted"]) >= float(row["p_value"])
    assert words.count("This run: reader1") == 2 and "reader2" in words and "held-out subjects, 20% of all" in words


def test_images_without_an_answer_leave_the_measures_and_are_told(four):
    """The first block and half of the second stay blank: all rows remain, the first without measures."""
    key = four.answer("reader1", keep=slice(30, None))
    blank, half = key[["dataset", "recipe"]].drop_duplicates().values.tolist()[:2]
    table, _ = four.table(HAN, DATASETS, RECIPES)
    mine = table[table["kind"] == "human"].set_index(["dataset", "recipe"])
    assert len(mine) == 4
    row = mine.loc[(f"{DATASETS[blank[0]]}, 8x8", RECIPES[blank[1]])]
    assert row["real_as_real"] == "0" and (row[["accuracy", "accuracy_low", "p_value", "p_adjusted", "d_prime"]] == "").all()
    assert row["note"].startswith("20 of 20 images unknown (10 real, 10 created)")
    row = mine.loc[(f"{DATASETS[half[0]]}, 8x8", RECIPES[half[1]])]
    assert row["accuracy"] == "1.0000" and int(row["real_as_real"]) + int(row["synt_as_synt"]) == 10
    assert "10 of 20 images unknown" in row["note"] and row["note"].endswith("counted as wrong, accuracy 0.50")


def test_the_table_of_a_diagnostic_test(tmp_path):
    write_sets(tmp_path, "mixed", RECIPES, ["t1", "t1c", "t2", "flair"])
    study = Study(tmp_path, [{"dataset": "mixed", "recipe": recipe, "real": 10, "created": 10} for recipe in RECIPES], 0)
    published = [STUDIES / "miru2017" / "published.tsv"]
    elsewhere = [STUDIES / "han2018" / "published.tsv"]
    table, _ = study.table(MIRU, DATASETS, RECIPES, published, elsewhere)
    assert list(table.columns) == TEST
    assert table.loc[0, DIAGNOSTIC].tolist() == ["0.5300", "0.3600", "0.7000", "1.2000", "0.9143", "0.5000"]
    study.answer("reader1", given="real")
    table, _ = study.table(MIRU, DATASETS, RECIPES, published, elsewhere)
    mine = table[table["kind"] == "human"].set_index("recipe")
    assert list(mine.index) == ["DCGAN", "WGAN"]
    assert (mine["sensitivity"] == "1.0000").all() and (mine["specificity"] == "0.0000").all() and (mine["lr_positive"] == "1.0000").all()


def test_a_study_without_printed_rows_and_without_readers_answers_has_an_empty_table(four):
    table, words = four.table(HAN | {"columns": [], "published_title": "Published"}, DATASETS, RECIPES)
    assert list(table.columns) == list(RECORD) and len(table) == 0
    assert "reader1" in words and "Published:" not in words
    four.answer("reader2", wrong=2)
    table, _ = four.table(HAN | {"columns": []}, DATASETS, RECIPES)
    assert list(table["reader"]) == ["reader2"] * 4 and set(table["n_real"]) == {"10"}


def test_a_models_judgements_are_scored_as_a_readers_are(four):
    four.answer("reader1", wrong=2)
    table = four.gather().astype(str).replace("nan", "")
    write_table(four.folder / "judgements.tsv", pd.concat([table.assign(reader="observer", kind="model"), table]))
    judged = tables.judged_records(read_judgements(four.folder / "judgements.tsv"), HAN, DATASETS, RECIPES)
    assert [record["kind"] for record in judged] == ["human"] * 4 + ["model"] * 4
    for one, other in zip(judged[:4], judged[4:], strict=True):
        assert {**one, "reader": "", "kind": ""} == {**other, "reader": "", "kind": ""}
    assert [title for title, _ in tables.in_groups(judged, HAN)] == ["This run: reader1", "This run: observer (model observer)"]
    both = tables.judged_records(read_judgements(four.folder / "judgements.tsv"), KOSHINO, DATASETS, RECIPES)
    assert [(record["reader"], record["n_real"], record["n_created"]) for record in both] == [("reader1", 40, 40), ("observer", 40, 40)]
    assert sorted(both[0]["recipe"].split(" + ")) == ["DCGAN", "WGAN"]


def frame(*models):
    """Judgements of one reader: (dataset, size, recipe), one image each."""
    rows = [
        {"reader": "r", "kind": "human", "truth": "real", "answer": "real"} | dict(zip(("dataset", "size", "recipe"), m, strict=True))
        for m in models
    ]
    return pd.DataFrame(rows)


def test_models_stand_by_recipe_and_data_set_in_the_order_of_the_labels():
    answers = frame(("small", "32x32", "wgan"), ("large", "128x128", "wgan"), ("t1", "8x8", "dcgan"))
    labels = {"t1": "T1", "large": "Concat", "small": "Concat"}
    names = [(record["dataset"], record["recipe"]) for record in tables.judged_records(answers, HAN, labels, RECIPES)]
    assert names == [("T1, 8x8", "DCGAN"), ("Concat, 128x128", "WGAN"), ("Concat, 32x32", "WGAN")]


def test_models_that_no_label_or_column_tells_apart_are_refused():
    same = frame(("t1", "8x8", "wgan"), ("mixed", "8x8", "wgan"))
    with pytest.raises(InputError, match="none for 'mixed'"):
        tables.judged_records(same, HAN, {"t1": "T1"}, RECIPES)
    with pytest.raises(InputError, match="two models called T1, 8x8, WGAN"):
        tables.judged_records(same, HAN, {"t1": "T1", "mixed": "T1"}, RECIPES)
    records = tables.judged_records(same, HAN, DATASETS, RECIPES)
    tables.check_told_apart(records, MODELS)
    with pytest.raises(InputError, match="datasets T1, 8x8 and Concat, 8x8 in rows of r, human, WGAN\n.*\n.*add dataset"):
        tables.check_told_apart(records, TEST)


def test_unknown_columns_are_named():
    for columns, words in ((["accuracy", "acuracy"], "did you mean 'accuracy'"), (["note", "note"], "'note' twice")):
        with pytest.raises(InputError, match=words):
            tables.check_columns(columns)


@pytest.mark.parametrize("study", ["koshino2018", "han2018", "miru2017"])
def test_the_studies_tables_keep_the_columns_that_others_read(study):
    settings = yaml.safe_load((STUDIES / study / "study.yaml").read_text(encoding="utf-8"))
    (spec,) = settings["tables"].values()
    tables.check_columns(spec["columns"])
    contract = {"koshino2018": READERS[:14], "han2018": MODELS[:13], "miru2017": TEST}[study]
    assert spec["columns"][: len(contract)] == contract
    assert len(read_printed(STUDIES / study / spec["published"], spec["unit"])) == {"koshino2018": 5, "han2018": 12, "miru2017": 1}[study]


def test_answers_of_nobody_and_another_readers_leave_no_table(one):
    one.answer("reader1", wrong=10)
    (one.folder / "responses" / "reader1.csv").rename(one.folder / "responses" / "reader2.csv")
    with pytest.raises(InputError, match="another quiz"):
        one.gather()
    (one.folder / "responses" / "reader2.csv").rename(one.folder / "responses" / "raeder2.csv")
    with pytest.raises(InputError, match="did you mean 'reader2'"):
        one.gather()
    with pytest.raises(InputError, match="no reader"):
        judgements_main([], [], one.folder / "judgements.tsv", "study", one.folder / "responses")
    assert not (one.folder / "judgements.tsv").exists()
    (one.folder / "responses" / "raeder2.csv").unlink()
    one.readers = ("reader1", "Reader1")
    with pytest.raises(InputError, match="the same name twice"):
        one.gather()


def test_capitals_of_a_file_do_not_lose_its_answers(one):
    one.answer("reader1", wrong=10)
    (one.folder / "responses" / "reader1.csv").rename(one.folder / "responses" / "Reader1.CSV")
    assert set(one.gather()["reader"]) == {"reader1"}
