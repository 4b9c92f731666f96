"""Judgements as a multi-reader multi-case study: the same numbers as the room's own, and a note where there are none; power by size."""

import numpy as np
import pandas as pd
import pytest

from mrmc import NOBODY
from mrmc import main as mrmc_main
from neuroturing.config.model import Sizing
from neuroturing.errors import InputError
from neuroturing.io.files import read_table, write_table
from neuroturing.mrmc import analyse, power, read_imrmc, simulate
from neuroturing.read.across import AGREED, COLUMNS, across, pilot
from neuroturing.read.judgements import COLUMNS as JUDGEMENTS
from neuroturing.read.planning import AIMS, CHANCE_AIM, EQUAL_AIM, sizing
from neuroturing.read.planning import COLUMNS as SIZING
from sizing import main as sizing_main

DATASETS, RECIPES = {"t1": "T1"}, {"dcgan": "DCGAN", "wgan": "WGAN"}
NUMBERS = ("value", "se", "df", "low", "high", "statistic", "p", "p_equivalence", "readers", "cases")
PLANNED = {"effect": 0.1, "margin": 0.1, "structure": "HH", "readers": [2, 4, 7], "cases": [20, 60]}


def study(readers=3, recipes=("dcgan", "wgan"), created=30, kind="human", seed=1, same_set=True):
    """Judgements of made readers, real images shared by both models: answers with confidence, as the rule judgements writes them."""
    made = simulate("HH", readers, 30, created, [1.0, 0.4][: len(recipes)], levels=10, seed=seed)
    made["case"] = made["case"].astype(str) + ("" if same_set else "_" + made["reader"].astype(str))
    score = made["rating"].to_numpy(int) - 5  # -4 to 5
    rows = {
        "study": "study",
        "reader": ["reader" + str(reader) for reader in made["reader"]],
        "kind": kind,
        "image": [f"im{k}" for k in range(len(made))],
        "truth": np.where(made["truth"] == 1, "real", "created"),
        "answer": np.where(score > 0, "real", "created"),
        "confidence": np.where(score > 0, score, 1 - score).astype(float),
        "ms": np.nan,
        "recipe": np.array(recipes)[made["modality"] - 1],
        "dataset": "t1",
        "size": "8x8",
        "source_index": made["case"],
    }
    return pd.DataFrame(rows).reindex(columns=list(JUDGEMENTS))


def direct(judgements, metric, labels=True, **settings):
    """The room asked without the house's help; cases named apart from how the house names them."""
    real = judgements["truth"] == "real"
    rating = np.where(judgements["answer"] == "real", 1, -1) * judgements["confidence"]
    table = pd.DataFrame(
        {
            "reader": judgements["reader"],
            "modality": judgements["recipe"],
            "case": np.where(real, "r", judgements["recipe"]) + "-" + judgements["source_index"].astype(str),
            "truth": real.astype(int),
            "rating": rating if metric == "auc" else (judgements["answer"] == "real").astype(int),
        }
    )
    return analyse(table, metric, **settings)


def only(rows, **where):
    (row,) = [row for row in rows if all(row[key] == value for key, value in where.items())]
    return row


def run(tmp_path, judgements, endpoint="accuracy", margin=None):
    write_table(tmp_path / "judgements.tsv", judgements, digits=9)
    mrmc_main(tmp_path / "judgements.tsv", tmp_path / "mrmc.tsv", tmp_path / "x.imrmc", "study", DATASETS, RECIPES, endpoint, margin)
    return read_table(tmp_path / "mrmc.tsv", COLUMNS, NUMBERS)


@pytest.mark.parametrize("same_set", [True, False])
def test_the_rows_are_those_of_the_room(tmp_path, same_set):
    judgements = study(same_set=same_set)
    table = run(tmp_path, judgements, margin=0.1)
    assert list(table.columns) == list(COLUMNS) and len(table) == 6 and not table["note"].any()
    rows = table.to_dict("records")
    for metric, margin in (("accuracy", 0.1), ("auc", None)):
        for recipe, label in RECIPES.items():
            expected = direct(judgements[judgements["recipe"] == recipe], metric, constant=0.5, margin=margin).modalities.iloc[0]
            row = only(rows, endpoint=metric, recipe=label, against="0.5")
            names = ["value", "se", "df", "low", "high", "p"] + (["p_equivalence"] if margin else [])
            assert [row[name] for name in names] == pytest.approx([expected[name] for name in names], rel=1e-5)
            assert np.isnan(row["p_equivalence"]) == (margin is None)
        found = direct(judgements, metric, margin=margin)
        row, expected = only(rows, endpoint=f"{metric} difference"), found.differences.iloc[0]
        assert (row["recipe"], row["against"], row["design"]) == ("DCGAN", "WGAN", found.design)
        given = [row[name] for name in ("value", "se", "df", "low", "high", "statistic", "p")]
        assert given == pytest.approx([expected[name] for name in ("difference", "se", "df", "low", "high", "t", "p")], rel=1e-5)
    assert {row["dataset"] for row in rows} == {"T1, 8x8"} and all("RRRC" in row["method"] for row in rows)
    pair = only(rows, endpoint="auc difference")
    assert (pair["readers"], pair["cases"]) == (3, 90 if same_set else 270), "both models are held against the same real images"


def test_what_is_exported_gives_the_same_numbers(tmp_path):
    judgements = study()
    row = only(run(tmp_path, judgements).to_dict("records"), endpoint="auc difference")
    found = analyse(read_imrmc(tmp_path / "x.imrmc"), "auc").differences.iloc[0]
    assert (found["difference"], found["p"]) == pytest.approx((row["value"], row["p"]), rel=1e-5)


def test_people_and_model_observers_are_never_pooled():
    people, machines = study(), study(2, seed=2, kind="model").replace({"reader1": "cho", "reader2": "nearest"})
    alone, both = across(people, {}, {}), across(pd.concat([people, machines], ignore_index=True), {}, {})
    assert [row for row in both if row["kind"] == "human"] == alone
    observed = [row for row in both if row["kind"] == "model"]
    assert {row["reader"] for row in observed} == {"cho", "nearest"} and all(row["readers"] == 1 for row in observed)
    assert all("FRRC" in row["method"] and row["note"].startswith("a model observer") for row in observed)
    row = only(observed, reader="cho", recipe="dcgan", against="0.5", endpoint="auc")
    cho = machines[(machines["reader"] == "cho") & (machines["recipe"] == "dcgan")]
    assert row["p"] == direct(cho, "auc", constant=0.5, random="FRRC").modalities["p"].iloc[0]


def test_one_reader_stands_for_no_other():
    rows = across(study(1), {}, {})
    assert len(rows) == 6 and all("FRRC" in row["method"] and row["note"].startswith("one reader") for row in rows)
    assert all(np.isinf(row["df"]) for row in rows)


def test_chance_is_one_half_of_the_balanced_accuracy_where_not_half_is_created():
    judgements = study(created=15, recipes=("dcgan",))
    row = only(across(judgements.assign(answer="real"), {}, {}), endpoint="balanced_accuracy")
    assert row["value"] == 0.5 and row["note"] == AGREED, "who calls everything real knows nothing, though two thirds are"


def test_unknown_is_left_out_of_the_accuracy_and_counts_in_the_auc():
    judgements = study(recipes=("dcgan",))
    doubtful = judgements.assign(answer=judgements["answer"].where(judgements.index % 7 > 0, "unknown"))
    rows, known = across(doubtful, {}, {}), doubtful["answer"] != "unknown"
    row = only(rows, endpoint="balanced_accuracy")
    assert row["note"] == f"{(~known).sum()} answers of unknown left out"
    assert row["value"] == direct(doubtful[known], "balanced_accuracy", constant=0.5).modalities["value"].iloc[0]
    assert only(rows, endpoint="auc")["cases"] == 60


def test_what_was_judged_decides_what_chance_is():
    """50 real and 50 created images; 9 of 10 judged ones of either called real, 20 created ones called unknown."""
    answers = ["real"] * 45 + ["created"] * 5 + ["real"] * 27 + ["created"] * 3 + ["unknown"] * 20
    rows = {
        "study": "study",
        "reader": "r",
        "kind": "human",
        "truth": ["real"] * 50 + ["created"] * 50,
        "answer": answers,
        "confidence": 3.0,
    }
    rows |= {"recipe": "dcgan", "dataset": "t1", "size": "8x8", "source_index": np.arange(100), "image": [f"im{k}" for k in range(100)]}
    row = only(across(pd.DataFrame(rows).reindex(columns=list(JUDGEMENTS)), {}, {}), reader="r", endpoint="balanced_accuracy")
    assert row["value"] == pytest.approx(0.5) and row["p"] > 0.9


def test_sessions_are_no_models():
    judgements = pd.concat([study(recipes=("dcgan",), seed=seed).assign(phase=phase) for seed, phase in ((1, "a"), (2, "b"))])
    ((components, readers, models),) = pilot(judgements).values()
    assert (readers, models) == (3, 1)
    assert components == next(iter(pilot(study(recipes=("dcgan",), seed=1)).values()))[0]


def test_an_auc_needs_confidence():
    judgements = study(recipes=("dcgan",))
    some = judgements.assign(confidence=judgements["confidence"].where(judgements["reader"] != "reader2"))
    row = only(across(some, {}, {}), endpoint="auc")
    assert row["reader"] == "reader1, reader3" and "no confidence in some answers: reader2" in row["note"]
    both = study()
    first = (both["reader"] == "reader2") & (both["recipe"] == "dcgan")
    blank = both.assign(confidence=both["confidence"].mask(first & (first.cumsum() == 1)))
    readers = {row["recipe"]: row["readers"] for row in across(blank, {}, {}) if row["endpoint"] == "auc" and row["against"] == "0.5"}
    assert readers == {"dcgan": 2, "wgan": 3}, "one blank of one model is none of the other"
    assert [row["endpoint"] for row in across(judgements.assign(confidence=np.nan), {}, {})] == ["accuracy"]


def test_an_image_that_came_twice_counts_once():
    judgements = study(recipes=("dcgan",))
    again = judgements.iloc[:20].assign(repeat_of=judgements["image"], image="again", answer="created")
    assert across(pd.concat([again, judgements.assign(repeat_of="")], ignore_index=True), {}, {}) == across(judgements, {}, {})


def test_what_cannot_be_worked_out_is_a_note(tmp_path):
    right = study(recipes=("dcgan",))
    rows = run(tmp_path, right.assign(answer=right["truth"])).to_dict("records")
    assert only(rows, endpoint="accuracy")["note"] == AGREED and np.isnan(only(rows, endpoint="accuracy")["p"])
    few = run(tmp_path, right.groupby(["reader", "truth"]).head(1))
    assert few["note"].str.contains("needs at least 2").all() and few["value"].isna().all()
    empty = run(tmp_path, right.iloc[:0])
    assert empty.empty and (tmp_path / "x.imrmc").read_text() == NOBODY
    with pytest.raises(InputError, match="marks truth"):
        run(tmp_path, right.replace({"reader1": "truth"}))


def plan(own=((5, 50),), same_set=False, judgements=None, endpoint="accuracy", **settings):
    return pd.DataFrame(sizing("study", endpoint, **PLANNED | settings, own=own, same_set=same_set, judgements=judgements))


@pytest.mark.parametrize("endpoint", ["accuracy", "auc"])
def test_power_grows_with_readers_images_effect_and_margin(endpoint):
    table = plan(endpoint=endpoint)
    assert list(dict.fromkeys(table["aim"])) == list(AIMS)
    for _, part in table.groupby("aim"):
        grid = part[part["this_study"] == ""].pivot(index="readers", columns="cases", values="power").to_numpy()
        assert grid.shape == (3, 2) and (np.diff(grid, axis=0) > 0).all() and (np.diff(grid, axis=1) > 0).all()
        assert len(part[part["this_study"] == "yes"]) == 1
    bolder = plan(endpoint=endpoint, effect=0.2, margin=0.2)
    assert (bolder["power"] > table["power"]).all()


def test_one_set_for_all_readers_tells_less():
    own, same = plan(readers=[7]), plan(readers=[7], same_set=True)
    assert (same["power"] < own["power"])[own["readers"] == 7].all() and set(same["design"]) == {"factorial", "cases nested in modality"}


def test_one_reader_is_planned_for_this_reader_alone():
    table = plan(own=((1, 100),), readers=[2], cases=[20])
    one = table[table["readers"] == 1]
    assert set(one["random"]) == {"FRRC"} and one["note"].str.startswith("one reader").all() and len(one) == 3


def test_a_pilot_gives_its_own_variances(tmp_path):
    judgements = study(same_set=True)
    write_table(tmp_path / "judgements.tsv", judgements, digits=9)
    files = [tmp_path / "judgements.tsv"], tmp_path / "sizing.tsv", tmp_path / "sizing.png"
    sizing_main(*files, "study", "accuracy", PLANNED, [[5, 50]], True, {"t1": "T1"})
    assert files[2].read_bytes().startswith(b"\x89PNG")
    table = read_table(files[1], SIZING, ("power", "readers", "cases", "var_error"))
    assert list(table.columns) == list(SIZING)
    seen = table[table["source"] == "observed"]
    assert len(seen) == 3 * 7 and set(seen["dataset"]) == {"T1"} and set(seen["pilot"]) == {"3 readers, 2 models"}
    components = direct(judgements, "accuracy").components
    chosen = seen[(seen["aim"] == CHANCE_AIM) & (seen["readers"] == 7) & (seen["cases"] == 60)].iloc[0]
    assert chosen["power"] == pytest.approx(power(components, 7, 60, 0.1, "constant"), rel=1e-5)
    assert chosen["var_error"] == pytest.approx(components.var_error, rel=1e-5)


def test_what_is_no_pilot():
    small = {"readers": [2], "cases": [20], "own": ()}
    one = plan(judgements=study(recipes=("dcgan",)), **small)
    assert set(one["aim"][one["source"] == "observed"]) == {CHANCE_AIM, EQUAL_AIM}, "one model tells nothing of differences"
    assert set(plan(judgements=study(1), **small)["source"]) == {"assumed"}
    assert pilot(study(kind="model")) == {}, "model observers are no pilot"
    certain = study().assign(answer=lambda table: table["truth"])
    observed = plan(judgements=certain, **small).query("source == 'observed'")
    assert observed["power"].isna().all() and observed["note"].str.contains("does not vary").all()


def test_what_a_study_says_of_nothing_is_the_default():
    assert set(Sizing().model_dump()) == set(PLANNED)
