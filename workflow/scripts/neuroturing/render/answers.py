"""Could anybody tell? The answers of a study's front page, each a sentence with its numbers, from the tables that this run wrote.

Columns of the tables: see `read.judgements`, `realism`, `copying` and `use`.
"""

import pandas as pd
from statsmodels.stats.proportion import proportion_confint

from .page import is_missing, number

HUMAN, MODEL, PUBLISHED = "human", "model", "published"
REAL_ALONE, MAIN_SHARE, MAIN_METRIC = "real", "0.8", "balanced accuracy"  # see `use`
# Not stated by anybody: chosen because what reaches less than a third of what other real subjects reach has left out most of it.
COLLAPSED_SHARE = 1 / 3
LEVEL = 0.05
VARIETY = ("recall", "coverage")


def all_answers(judgements, tables, realism, copying, use, labels):
    """Every question of the front page with its answer.

    Parameters
    ----------
    judgements : pandas.DataFrame or None
        Of a study with readers: kind, reader, truth, answer, dataset, recipe.
    tables : list of pandas.DataFrame
        The study's reader tables, whose printed rows have the kind "published" and an accuracy.
    realism, copying, use : pandas.DataFrame or None
        What was measured; None where it was not.
    labels : dict
        What tables call a model, by "dataset/recipe".

    Returns
    -------
    list of dict
        question, answer, alarm (whether the answer warns).
    """
    answers = [
        ("Could people tell?", *people(judgements, tables)),
        ("Could a program tell?", *programs(judgements, realism, labels)),
        ("How real, how varied?", *reality(realism, labels)),
        ("Were training images copied?", *copies(copying)),
        ("Are they of use?", *usefulness(use, labels)),
    ]
    return [{"question": question, "answer": answer, "alarm": alarm} for question, answer, alarm in answers if answer]


def right(judgements):
    """How often one kind of reader was right: share, Wilson's 95 % interval and number of judgements; unknown counts as wrong."""
    hits, count = int((judgements["truth"] == judgements["answer"]).sum()), len(judgements)
    low, high = proportion_confint(hits, count, method="wilson")
    return hits / count, low, high, count


def percent(share):
    """A share as whole per cent."""
    return f"{100 * share:.0f} %"


def interval(low, high, digits):
    """A 95 % interval in brackets, or nothing."""
    return "" if is_missing(low) or is_missing(high) else f" [{number(low, digits)} to {number(high, digits)}]"


def people(judgements, tables):
    """What readers of this run answered, and what the paper's did."""
    said = []
    mine = judgements[judgements["kind"] == HUMAN] if judgements is not None else None
    if mine is not None and len(mine):
        share, low, high, count = right(mine)
        each = [right(part)[0] for _, part in mine.groupby("reader")]
        readers = f"{len(each)} readers" if len(each) > 1 else "One reader"
        spread = f", from {percent(min(each))} to {percent(max(each))} each" if len(each) > 1 else ""
        span = f"[{percent(low)} to {percent(high)}]"
        said.append(f"{readers} of this run judged {count} images, and {percent(share)} of the answers were right {span}{spread}.")
        said.append("Half right is what chance gives; the interval takes all answers as independent, the tables take them by reader.")
    elif mine is not None:
        said.append("No person has answered in this run yet: send out the quizzes, and lay what comes back into the folder of responses.")
    printed = _printed(tables)
    if printed:
        span = percent(min(printed)) if min(printed) == max(printed) else f"{percent(min(printed))} to {percent(max(printed))}"
        said.append(f"In the paper, {span} of the answers were right ({len(printed)} printed rows).")
    return " ".join(said), False


def _printed(tables):
    """Printed accuracies of a study's reader tables."""
    found = []
    for table in tables:
        if {"kind", "accuracy"} <= set(table.columns):
            accuracy = pd.to_numeric(table.loc[table["kind"] == PUBLISHED, "accuracy"], errors="coerce")
            found += accuracy.dropna().tolist()
    return found


def programs(judgements, realism, labels):
    """Which models' images model observers, and classifiers that were trained on others of them, told from real ones."""
    return " ".join(filter(None, (_observers(judgements, labels), _classifiers(realism, labels)))), False


def _observers(judgements, labels):
    mine = judgements[judgements["kind"] == MODEL] if judgements is not None else []
    if not len(mine):
        return ""
    told, models = {}, {}
    for (dataset, recipe, reader), part in mine.groupby(["dataset", "recipe", "reader"], sort=False):
        share, low, _, _ = right(part)
        models.setdefault((dataset, recipe), []).append(low > 0.5)
        told.setdefault(reader, []).append(share)
    each = "; ".join(f"{reader} {percent(min(shares))} to {percent(max(shares))}" for reader, shares in told.items())
    caught = [pair for pair, found in models.items() if any(found)]
    return (
        f"Model observers told the images of {len(caught)} of {len(models)} models from real ones (lower end of the interval over 50 %). "
        f"Right answers by model: {each}.{_rest(models, caught, labels)}"
    )


def _classifiers(realism, labels):
    if realism is None or "p_value" not in realism:
        return ""
    rows = realism[realism["measure"].str.startswith("c2st")].dropna(subset=["p_value"])
    # One test among several of a model: the least P is multiplied by their number (Bonferroni).
    found = {pair: part["p_value"].min() * len(part) for pair, part in rows.groupby(["dataset", "recipe"], sort=False)}
    if not found:
        return ""
    caught = [pair for pair, p_value in found.items() if p_value < LEVEL]
    return (
        f"Classifiers trained to tell them told the images of {len(caught)} of {len(found)} models from those of real subjects "
        f"(any of up to {rows.groupby(['dataset', 'recipe']).size().max()} tests, P < {LEVEL} after Bonferroni)."
        f"{_rest(found, caught, labels)}"
    )


def _rest(models, caught, labels):
    """Those that were not told, named where others were."""
    names = "; ".join(labels.get("/".join(pair), "/".join(pair)) for pair in models if pair not in caught)
    return f" Not told apart by any: {names}." if names and caught else ""


def headline(realism):
    """Kernel distance of each model in the space of pixels, nearest to real first; an empty table where none was measured."""
    rows = realism[(realism["measure"] == "kernel_distance") & (realism["feature_space"] == "pixels")]
    return rows.dropna(subset=["value"]).sort_values("value")


def collapsed(realism):
    """Models whose images are too few of a kind: recall and coverage are both under a third of what other real subjects reach.

    Either alone can be low for another reason: recall where images lie close together, coverage where none is near a real one.

    Returns
    -------
    dict of str to (float, float)
        Coverage, and what it is between real subjects, by "dataset/recipe".
    """
    rows = realism[realism["measure"].isin(VARIETY) & (realism["feature_space"] == "pixels")].dropna(subset=["value", "real_vs_real"])
    found = {}
    for (dataset, recipe), part in rows.groupby(["dataset", "recipe"], sort=False):
        if len(part) == len(VARIETY) and (part["value"] < COLLAPSED_SHARE * part["real_vs_real"]).all():
            coverage = part[part["measure"] == "coverage"].iloc[0]
            found[f"{dataset}/{recipe}"] = (coverage["value"], coverage["real_vs_real"])
    return found


def reality(realism, labels):
    """Which model is nearest to real, against what real subjects are to each other, and which have collapsed."""
    rows = headline(realism) if realism is not None else ()
    if not len(rows):
        return "", False
    said = []
    for word, row in [("Nearest to real", rows.iloc[0]), ("farthest", rows.iloc[-1])][: min(2, len(rows))]:
        name = labels.get(f"{row['dataset']}/{row['recipe']}", row["recipe"])
        real = "" if is_missing(row["real_vs_real"]) else f", and {number(row['real_vs_real'], 3)} between groups of real subjects"
        said.append(f"{word} {name}: kernel distance {number(row['value'], 3)}{interval(row['low'], row['high'], 3)}{real}")
    text = f"{'; '.join(said)}." if len(said) > 1 else f"{said[0]}."
    poor = collapsed(realism)
    if poor:
        names = "; ".join(f"{labels.get(pair, pair)} {value:.2f} (real {real:.2f})" for pair, (value, real) in poor.items())
        text += f" Collapsed, by recall and coverage under a third of what other real subjects reach (coverage): {names}."
    elif realism[realism["measure"].isin(VARIETY)]["real_vs_real"].isna().all():
        text += " Whether one has collapsed cannot be said: there are too few real subjects to compare with."
    else:
        text += " No model has collapsed: recall or coverage is at least a third of what other real subjects reach."
    return text, bool(poor)


def copies(copying):
    """Which models copied their training images."""
    if copying is None or not len(copying):
        return "", False
    if len(copying) == 1:
        return copying["sentence"].iloc[0], copying["verdict"].iloc[0] == "copies"
    counts = copying["verdict"].value_counts()
    parts = [
        f"{word}: {counts[word]} of {len(copying)} models" for word in ("copies", "cannot be said", "no sign of copying") if word in counts
    ]
    guilty = copying[copying["verdict"] == "copies"]["sentence"].tolist()
    return " ".join([f"{'; '.join(parts)}.".capitalize(), *guilty]), bool(guilty)


def usefulness(use, labels):
    """Whether a classifier gained by created images: the sentence of each task, which stands in its row of real images alone.

    Where there are several, each says of which model, and of which data sets where these differ.
    """
    if use is None or not len(use):
        return "", False
    examined = use[(use["arm"] == REAL_ALONE) & (use["training_share"] == MAIN_SHARE) & (use["metric"] == MAIN_METRIC)]
    told = examined if len(examined) else use
    told = told[told["sentence"] != ""].drop_duplicates(["recipe", "datasets", "sentence"])
    if told["sentence"].nunique() < 2:
        return " ".join(told["sentence"].unique()), False
    return " ".join(f"{_whose(row, told, labels)}: {row['sentence']}" for row in told.to_dict("records")), False


def _whose(row, told, labels):
    """Of which model a sentence on use is, and of which data sets."""
    first = row["datasets"].split(", ")[0]
    model = labels.get(f"{first}/{row['recipe']}", row["recipe"]).split(", ", 1)[-1]
    return f"{model} ({row['datasets']})" if told["datasets"].nunique() > 1 else model
