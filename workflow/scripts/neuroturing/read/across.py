"""What judgements say of other readers and other images: each model against chance, and models against each other.

The numbers are `neuroturing.mrmc`'s; here judgements become its table of readings, and its results rows.
"""

import itertools
import logging
import math

import numpy as np

from ..mrmc import COLUMNS as READING
from ..mrmc import analyse
from .judgements import first_showings
from .rating import ratings
from .score import HUMAN

COLUMNS = (
    "study", "kind", "reader", "endpoint", "dataset", "recipe", "against", "value", "se", "df", "low", "high", "statistic", "p",
    "p_equivalence", "margin", "design", "readers", "cases", "method", "note", "phase",
)  # fmt: skip
CHANCE = 0.5
ENDPOINTS = ("accuracy", "auc")
AGREED = "readers agree exactly: no interval"
ALONE = {HUMAN: "one reader: nothing is said of others", "model": "a model observer: nothing is said of others"}


def readings(judgements):
    """Judgements as a table of readings.

    Parameters
    ----------
    judgements : pandas.DataFrame
        From `judgements.read_judgements`. Of an image that came twice the first showing counts.

    Returns
    -------
    pandas.DataFrame
        `mrmc.COLUMNS` and, from the judgements, study, kind, dataset, recipe, size, answer. The modality is "dataset/recipe", and "/phase"
        where there are phases. A case is an image of an image set, so that readers who saw the same one share it, and so do two models held
        against the same real one. Truth 1 is real. The rating is the answer signed by its confidence (see `rating.ratings`); `sure` says
        whether the reader gave one, or needed none.
    """
    table = first_showings(judgements)
    made = table["recipe"].where(table["truth"] == "created", "real")
    table = table.assign(
        modality=table["dataset"] + "/" + table["recipe"] + ("/" + table["phase"] if "phase" in table else ""),
        case=table["dataset"] + "/" + made + "/" + table["source_index"].astype(str),
        rating=0,
        sure=False,
    )
    for _, answers in table.groupby(["kind", "reader"], sort=False):
        table.loc[answers.index, "rating"] = ratings(answers)
        table.loc[answers.index, "sure"] = answers["confidence"].notna() | (answers["answer"] == "unknown")
    table["truth"] = (table["truth"] == "real").astype(int)
    columns = [*READING, "study", "kind", "dataset", "recipe", "size", "answer", "sure"]
    # One image may be in two blocks of one quiz: its first answer counts.
    return table.drop_duplicates(["kind", "reader", "modality", "case"])[columns].reset_index(drop=True)


def for_endpoint(table, endpoint):
    """The readings that an endpoint is worked out from, and the metric that it is.

    Parameters
    ----------
    table : pandas.DataFrame
        From `readings`.
    endpoint : str
        "accuracy": answers of unknown are left out, and where not half of what a reader then judged was created the metric is the
        balanced accuracy, since always giving one answer would not lead to one half. "auc": readers who gave their confidence in all of
        these answers.

    Returns
    -------
    (pandas.DataFrame, str)
    """
    if endpoint == "auc":
        return table[table.groupby("reader")["sure"].transform("all").astype(bool)], "auc"
    judged = table[table["answer"] != "unknown"]
    half = np.allclose(judged.groupby(["reader", "modality"])["truth"].mean(), 0.5)
    return judged.assign(rating=(judged["answer"] == "real").astype(int)), "accuracy" if half else "balanced_accuracy"


def across(judgements, datasets, recipes, endpoint="accuracy", margin=None):
    """Analyse a study's judgements for readers and cases beyond those that there are.

    People are analysed together, as a sample of readers where there are two or more; each model observer is analysed alone, because
    observers are a sample of nothing.

    Parameters
    ----------
    judgements : pandas.DataFrame
    datasets, recipes : dict of str to str
        What the tables call each; of another, its name.
    endpoint : str
        The one that the margin belongs to.
    margin : float, optional

    Returns
    -------
    list of dict
        `COLUMNS`: a row for each model against 0.5, and for each two models of a data set (value: the first's figure minus the second's),
        of accuracy and, where there is confidence, of the AUC; of each phase by itself.
    """
    if "phase" in judgements:
        parts = judgements.groupby("phase", sort=False)
        return [row | {"phase": phase} for phase, part in parts for row in _across(part, datasets, recipes, endpoint, margin)]
    return _across(judgements, datasets, recipes, endpoint, margin)


def _across(judgements, datasets, recipes, endpoint, margin):
    table, rows = readings(judgements), []
    for (study, kind), part in table.groupby(["study", "kind"], sort=False):
        for own in [part] if kind == HUMAN else [each for _, each in part.groupby("reader", sort=False)]:
            for dataset, shown in own.groupby("dataset", sort=False):
                label = {"study": study, "kind": kind, "dataset": f"{datasets.get(dataset, dataset)}, {shown['size'].iloc[0]}"}
                names = list(dict.fromkeys(shown["recipe"]))
                for chosen in ([name] for name in names):
                    rows += [label | row for row in _rows(shown, chosen, recipes, endpoint, margin)]
                for chosen in itertools.combinations(names, 2):
                    rows += [label | row for row in _rows(shown, chosen, recipes, endpoint, margin)]
    return rows


def _rows(shown, chosen, recipes, main, margin):
    """Rows of one model, or of two, for each endpoint; none where no reader has what is needed."""
    table = shown[shown["recipe"].isin(chosen)]
    seen = table.groupby("reader")["recipe"].nunique()
    table = table[table["reader"].map(seen) == len(chosen)]
    for endpoint in ENDPOINTS:
        used, metric = for_endpoint(table, endpoint)
        if not used.empty:
            names = {"recipe": recipes.get(chosen[0], chosen[0]), "against": f"{CHANCE}"}
            names |= {"against": recipes.get(chosen[1], chosen[1])} if len(chosen) == 2 else {}
            notes = _left_out(table, used, metric)
            if endpoint == main == "auc" and notes:
                logging.warning("%s: %s", names["recipe"], notes[0])
            yield names | _analysed(used, metric, notes, margin if endpoint == main else None)


def _left_out(table, used, metric):
    """What of the readings an endpoint does not use, in words."""
    if metric == "auc":
        without = [name for name in dict.fromkeys(table["reader"]) if name not in set(used["reader"])]
        return [f"left out, having given no confidence in some answers: {', '.join(without)}"] if without else []
    count = len(table) - len(used)
    return [f"{count} answers of unknown left out"] if count else []


def _analysed(table, metric, left_out, margin):
    """One row's numbers; what keeps them from being worked out stands in its note, after what was left out."""
    readers, kind, pair = list(dict.fromkeys(table["reader"])), table["kind"].iloc[0], table["modality"].nunique() == 2
    random = "RRRC" if kind == HUMAN and len(readers) > 1 else "FRRC"
    row = {"reader": ", ".join(readers), "endpoint": f"{metric} difference" if pair else metric, "margin": margin}
    row |= {"readers": len(readers), "cases": table["case"].nunique()}
    notes = [*([] if random == "RRRC" else [ALONE[kind]]), *left_out]
    try:
        found = analyse(table, metric, random=random, constant=None if pair else CHANCE, margin=margin)
    except ValueError as error:
        return row | {"note": "; ".join([*notes, str(error)])}
    (numbers,) = (found.differences if pair else found.modalities).to_dict("records")
    if math.isnan(numbers["se"]):
        notes.append(AGREED if len(readers) > 1 else "all answers right or all wrong: no interval")
    freedom = "degrees of freedom of Hillis" if random == "RRRC" else "normal"
    method = f"Obuchowski-Rockette, {random}, {found.covariance} covariance; {freedom}"
    row |= {name: numbers.get(name) for name in ("se", "df", "low", "high", "p", "p_equivalence")}
    row |= {"value": numbers["difference" if pair else "value"], "statistic": numbers["t"]}
    return row | {"design": found.design, "method": method, "note": "; ".join(notes)}


def people(judgements):
    """Readings of people alone."""
    table = readings(judgements)
    return table[table["kind"] == HUMAN]


def pilot(judgements, endpoint="accuracy"):
    """Variance components from the people who have answered, by data set; of those who have judged all of its models, two at the least.

    Of phases the first that gives some: sessions are no models.

    Returns
    -------
    dict of str to (mrmc.Components, int, int)
        By data set: the components, how many readers and how many models stand behind them.
    """
    if "phase" in judgements:
        parts = (part.drop(columns="phase") for _, part in judgements.groupby("phase", sort=False))
        return next(filter(None, (pilot(part, endpoint) for part in parts)), {})
    found = {}
    for dataset, shown in people(judgements).groupby("dataset", sort=False):
        table, metric = for_endpoint(shown, endpoint)
        seen = table.groupby("reader")["modality"].nunique()
        table = table[table["reader"].map(seen) == shown["modality"].nunique()]
        if table["reader"].nunique() < 2:
            continue
        try:
            components = analyse(table, metric).components
        except ValueError:  # too few answers of one kind
            continue
        found[dataset] = components, table["reader"].nunique(), table["modality"].nunique()
    return found
