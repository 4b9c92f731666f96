"""Several sessions of each reader: what each shows, what it tells the reader, and that each is scored by itself. Groups of readers."""

import json
import re

import numpy as np
import pandas as pd
import pytest

from draw_quiz import main as draw_quiz_main
from judgements import main as judgements_main
from neuroturing.config.model import ReaderStudy
from neuroturing.errors import InputError
from neuroturing.imageset import ImageSet, blackened, make_labels, write_imageset
from neuroturing.io.files import read_table, write_table
from neuroturing.read import sessions
from neuroturing.read.groups import group_means
from neuroturing.read.judgements import read_judgements, sessions_of
from neuroturing.read.reading import reading
from reader_table import main as reader_table_main
from reading import main as reading_main

BLOCK = {"dataset": "t1", "recipe": "dcgan", "images": 20, "created_share": [0.4, 0.6]}
OTHER = {"dataset": "t1", "recipe": "wgan", "real": 10, "created": 10}
PHASES = {"first": {}, "second": {"instructions": "Look at the ventricles."}, "third": {"blocks": [OTHER], "practice": 0}}
PRINTED = "dataset\trecipe\treader\treal_as_real\treal_as_synt\tsynt_as_real\tsynt_as_synt\taccuracy\nT1\tDCGAN\ttheirs\t8\t2\t3\t7\t75\n"
PLAIN = ["8", "77", "27", "30", "59", "12", "9", "69"]
SPEC = {"title": "T", "rows": "reader", "unit": "count", "columns": ["reader", "kind", "accuracy", "note"], "contrast": None}


def reader_study(**settings):
    plain = {"readers": ["A", "B"], "phases": PHASES, "washout_days": 14, "practice": 4, "blocks": [BLOCK]}
    return ReaderStudy.model_validate(plain | settings).model_dump(mode="json")


def write_sets(folder, created=40):
    rng = np.random.default_rng(5)
    for name, count in (("real", 80), ("dcgan", created), ("wgan", created)):
        subject = [f"subject{k % 20}" for k in range(count)] if name == "real" else [""] * count
        labels = make_labels(count, source=name, scan=subject, subject=subject)
        write_imageset(folder / f"{name}.npz", ImageSet(blackened(rng.integers(0, 256, (count, 8, 8), dtype=np.uint8)), labels))


class Sitting:
    """Every quiz of a reader study, drawn as the rule asks for it."""

    def __init__(self, folder, study, design=None):
        self.folder, self.study, self.names = folder, study, sessions.quizzes(study)
        (folder / "protocol.json").write_text("{}")
        (folder / "responses").mkdir(exist_ok=True)
        for name, (reader, phase) in self.names.items():
            earlier = [self._part(reader, other) for other in sessions.until(study, phase)]
            own = self._part(reader, phase)
            blocks = [block for part in (*earlier, own) for block in part["blocks"]]
            sets = [folder / "real.npz"] * len(blocks), [folder / f"{block['recipe']}.npz" for block in blocks]
            session = {"reader": reader, "phase": phase, "apart": own["apart"], "earlier": earlier} if phase else {}
            files = [folder / "quiz" / name / each for each in ("index.html", "images", "answers.csv", "training.csv")]
            draw_quiz_main(
                *sets, folder / "protocol.json", *files, self.key_file(name), name, "A study", own["blocks"], own["practice"],
                sessions.page(study, phase), 7, design, session,
            )  # fmt: skip

    def _part(self, reader, phase):
        blocks = [{key: value for key, value in block.items() if value} for block in sessions.blocks(self.study, phase)]
        apart = self.study["phases"][phase]["apart"] if phase else True
        name = sessions.session_name(reader, phase)
        return {"name": name, "phase": phase, "blocks": blocks, "practice": sessions.practice(self.study, phase), "apart": apart}

    def key_file(self, name):
        return self.folder / "quiz_keys" / f"{name}.tsv"

    def key(self, name):
        return read_table(self.key_file(name))

    def answer(self, name, right):
        """Answers of which `right` are."""
        key = self.key(name)[lambda table: table["block"] == "test"].reset_index(drop=True)
        wrong = key["truth"].map({"real": "created", "created": "real"})
        rows = pd.DataFrame({"image_id": key["image_id"], "answer": key["truth"].where(key.index < right, wrong)})
        rows = rows.assign(confidence="", reasons="", response_ms="", phase="mine", reader="me")
        rows.to_csv(self.folder / "responses" / f"{name}.csv", index=False)

    def judgements(self, groups=None, observed=()):
        path, keys = self.folder / "judgements.tsv", [self.key_file(name) for name in self.names]
        judgements_main(keys, [], path, "study", self.folder / "responses", observed, groups)
        return path


@pytest.fixture
def three(tmp_path):
    write_sets(tmp_path)
    return Sitting(tmp_path, reader_study())


def shown(key):
    """What tells an image from others, practice cases too."""
    return {(row.truth, row.recipe if row.truth == "created" else "", row.source_index) for row in key.itertuples()}


def test_no_image_comes_in_two_phases_unless_it_may(three, tmp_path_factory):
    assert list(three.names) == ["A_first", "A_second", "A_third", "B_first", "B_second", "B_third"]
    keys = {name: three.key(name) for name in three.names}
    for reader in "AB":
        sets = [shown(keys[f"{reader}_{phase}"]) for phase in PHASES]
        assert [len(each) for each in sets] == [24, 24, 20] and len(set.union(*sets)) == 68
    assert set(keys["A_third"]["recipe"]) == {"wgan"} and set(keys["A_third"]["block"]) == {"test"}
    assert shown(keys["A_first"]) != shown(keys["B_first"])
    assert set(keys["B_second"]["reader"]) == {"B"} and set(keys["B_second"]["phase"]) == {"second"}
    free = tmp_path_factory.mktemp("free")
    write_sets(free)
    again = Sitting(free, reader_study(phases=PHASES | {"second": {"apart": False}}))
    firsts, seconds = ([again.key(f"{reader}_{phase}") for reader in "AB"] for phase in ("first", "second"))
    assert any(shown(one) & shown(two) for one, two in zip(firsts, seconds, strict=True)), (
        "24 of 120 images twice without regard to each other"
    )
    for one, two in zip(firsts, seconds, strict=True):
        assert shown(one[one["block"] == "training"]).isdisjoint(shown(two)), "whose truth was told comes no more"
    assert shown(again.key("A_third")).isdisjoint(shown(again.key("A_first")) | shown(again.key("A_second")))


def test_one_set_for_all_readers_is_one_in_each_phase(tmp_path):
    write_sets(tmp_path)
    study = Sitting(tmp_path, reader_study(), {"same_set": True, "repeats": 2})
    first, second = (study.key(f"A_{phase}") for phase in ("first", "second"))
    assert shown(first) == shown(study.key("B_first")) and shown(first).isdisjoint(shown(second))
    assert (second["repeat_of"] != "").sum() == 2
    free = Sitting(tmp_path, reader_study(phases={"one": {}, "two": {"apart": False}}), {"same_set": True})
    assert shown(free.key("A_one")) != shown(free.key("A_two"))


def test_too_few_created_images_for_all_phases_are_named(tmp_path):
    write_sets(tmp_path, created=24)
    with pytest.raises(InputError, match=r"created images that no earlier phase or practice case shows, of 24"):
        Sitting(tmp_path, reader_study())


def test_without_phases_a_quiz_is_what_it_was(tmp_path):
    """The images are those that were drawn before there were phases; key and page know nothing of any."""
    write_sets(tmp_path)
    plain = Sitting(tmp_path, reader_study(phases={}, washout_days=0))
    assert list(plain.names) == ["A", "B"] and not {"reader", "phase"} & set(plain.key("A"))
    assert list(plain.key("A")["source_index"][:8]) == PLAIN
    plain.answer("A", 8)
    table = read_judgements(plain.judgements())
    assert "phase" not in table and set(table["phase_given"]) == {"mine"} and set(table["reader"]) == {"A"}
    assert plain.study["page"] == told(tmp_path, "A")["page"] | {"answers": plain.study["page"]["answers"]}


def told(folder, name):
    page = (folder / "quiz" / name / "index.html").read_text(encoding="utf-8")
    return json.loads(re.search(r'<script type="application/json" id="data">(.*?)</script>', page, re.S)[1])


def test_the_page_says_which_session_it_is_and_what_is_told(three):
    first, second, third = (told(three.folder, f"A_{phase}")["page"]["instructions"] for phase in PHASES)
    assert first.startswith(
        "This is session 1 of 3. Session 2 has a page of its own, for 14 days after this one at the earliest.\n\nYou will see"
    )
    assert "Begin it 14 days after session 1 at the earliest." in second and second.endswith("Look at the ventricles.")
    assert "Session 4" not in third and third.startswith("This is session 3 of 3. Begin it 14 days after session 2")
    assert told(three.folder, "A_second")["reader"] == "A_second"
    page = sessions.page(reader_study(washout_days=1), "second")["instructions"]
    assert "Begin it 1 day after session 1" in page
    assert "earliest" not in sessions.page(reader_study(washout_days=0), "second")["instructions"]


def test_each_phase_is_scored_by_itself(three):
    for name, right in {"A_first": 8, "A_second": 15, "B_first": 12, "B_third": 14}.items():
        three.answer(name, right)
    path = three.judgements({"A": "neuroradiologist", "B": "neuroradiologist"})
    table = read_judgements(path)
    assert sessions_of(table) == {"A_first", "A_second", "B_first", "B_third"}
    assert set(table["reader"]) == {"A", "B"} and set(table["phase"]) == {"first", "second", "third"}
    assert set(table["reader_given"]) == {"me"} and set(table["phase_given"]) == {"mine"}
    labels = {"t1": "T1"}, {"dcgan": "DCGAN", "wgan": "WGAN"}
    files = three.folder / "table.tsv", three.folder / "table.html"
    (three.folder / "printed.tsv").write_text(PRINTED)
    reader_table_main(path, three.folder / "printed.tsv", [], [], *files, SPEC, *labels, list(three.names), "none")
    rows = read_table(files[0])
    assert list(rows) == [*SPEC["columns"], "reader_group", "phase"]
    assert list(zip(rows["reader"], rows["phase"], rows["accuracy"], strict=True)) == [
        ("theirs", "", "0.7500"),
        ("A", "first", "0.4000"), ("A", "second", "0.7500"), ("B", "first", "0.6000"), ("B", "third", "0.7000"),
    ]  # fmt: skip
    page = files[1].read_text(encoding="utf-8")
    assert "None" not in page
    assert "no answers yet from A_third, B_second." in " ".join(page.split()) and ">second<" in page
    reader_table_main(path, [], [], [], *files, SPEC | {"columns": [], "rows": "model"}, *labels, list(three.names), "none")
    rows = read_table(files[0])
    assert list(rows["p_adjusted"]) == list(rows["p_value"]) and rows["p_value"].iloc[0] != "", "a phase's P values are corrected alone"
    assert "This run: A, second" in files[1].read_text(encoding="utf-8")
    reading_main(path, three.folder / "reading.tsv", *labels)
    found = read_table(three.folder / "reading.tsv")
    assert list(found)[-1] == "phase"
    means = found[found["quantity"] == "group_accuracy"]
    assert list(means["phase"]) == ["first", "second", "third"] and list(means["reader"]) == ["A, B", "A", "B"]
    assert list(means["value"]) == ["0.5", "0.75", "0.7"] and list(means["low"].iloc[1:]) == ["", ""]


def test_a_model_observer_sits_in_no_phase(three):
    three.answer("A_first", 8)
    seen = read_judgements(three.judgements()).assign(reader="cho", kind="model").drop(columns="phase")
    write_table(three.folder / "cho.tsv", seen)
    path = three.judgements(observed=[three.folder / "cho.tsv"])
    table = read_judgements(path)
    assert sessions_of(table) == {"A_first", "cho"}
    reading_main(path, three.folder / "reading.tsv", {}, {})
    found = read_table(three.folder / "reading.tsv")
    assert set(zip(found["reader"], found["phase"], strict=True)) == {("A", "first"), ("cho", "")}


def test_nobody_has_answered_and_the_columns_are_there(three):
    table = read_judgements(three.judgements({"A": "resident"}))
    assert not len(table) and list(table)[-2:] == ["phase", "reader_group"]


def test_mean_of_a_group_is_students():
    """Student's 95 % interval of 0.5, 0.6 and 0.7: 0.6 -+ 4.302653 * 0.1 / sqrt(3)."""
    truth = ["real", "created"] * 10
    parts = [
        pd.DataFrame({"reader": reader, "truth": truth, "kind": kind, "reader_group": group}).assign(
            answer=[word if k < right else {"real": "created", "created": "real"}[word] for k, word in enumerate(truth)]
        )
        for reader, right, group, kind in (
            ("A", 10, "senior", "human"), ("B", 12, "senior", "human"), ("C", 14, "senior", "human"), ("D", 20, "", "human"),
            ("E", 20, "junior", "human"), ("F", 20, "junior", "human"), ("cho", 3, "", "model"),
        )
    ]  # fmt: skip
    table = pd.concat(parts, ignore_index=True).assign(study="s", dataset="t1", recipe="gan", size="8x8", confidence=np.nan, ms=np.nan)
    table["source_index"] = table.index.astype(str)
    rows = group_means(reading(table, {}, {}), table)
    assert [(row["at"], row["reader"], row["n"]) for row in rows] == [("senior", "A, B, C", 3), ("junior", "E, F", 2)]
    half = 4.302653 * 0.1 / np.sqrt(3)
    assert (rows[0]["value"], rows[0]["low"], rows[0]["high"]) == pytest.approx((0.6, 0.6 - half, 0.6 + half), abs=1e-6)
    assert rows[1]["value"] == 1 and np.isnan(rows[1]["low"]), "two alike say nothing of how readers differ"
    assert group_means(reading(table, {}, {}), table.drop(columns="reader_group")) == []


@pytest.mark.parametrize(
    ("settings", "found"),
    [
        ({"readers": ["a", "a_B"], "phases": {"b_c": {}, "c": {}}}, "a_b_c"),
        ({"phases": {"one": {}, "One": {}}}, "a_one"),
        ({"phases": {"one": {}}}, "washout_days"),
        ({"phases": {"one": {"told": "x"}, "two": {}}}, "told"),
        ({"phases": {"../one": {}, "two": {}}}, "one"),
    ],
)
def test_phases_that_cannot_be_are_refused(settings, found):
    with pytest.raises(ValueError, match=found):
        reader_study(**settings)
