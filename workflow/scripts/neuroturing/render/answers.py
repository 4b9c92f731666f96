"""Could anybody tell? The answers of a study's front page, each a sentence with its numbers, from the tables that this run wrote.

Columns of the tables: see `read.judgements`, `realism`, `copying` and `use`.
"""

import pandas as pd
from statsmodels.stats.proportion import proportion_confint

from ..read.judgements import first_showings
from .page import is_missing, number

HUMAN, MODEL, PUBLISHED = "human", "model", "published"
REAL_ALONE, MAIN_SHARE, MAIN_METRIC = "real", "0.8", "balanced accuracy"  # see `use`
# Not stated by anybody: chosen because what reaches less than a third of what other real subjects reach has left out most of it.
COLLAPSED_SHARE = 1 / 3
LEVEL = 0.05
VARIETY, ALIKE = ("recall", "coverage"), "ms_ssim"
TRAINED_ON = "trained on"


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
    judgements = None if judgements is None else first_showings(judgements)
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
        share = right(part)[0]
        models.setdefault((dataset, recipe), []).append(_lowest(part, LEVEL / mine["reader"].nunique()) > 0.5)
        told.setdefault(reader, []).append(share)
    each = "; ".join(f"{reader} {percent(min(shares))} to {percent(max(shares))}" for reader, shares in told.items())
    caught = [pair for pair, found in models.items() if any(found)]
    return (
        f"Model observers told the images of {len(caught)} of {len(models)} models from real ones (balanced accuracy over 50 %, "
        f"P < {LEVEL} after Bonferroni). Right answers by model: {each}.{_rest(models, caught, labels)}"
    )


def _lowest(judgements, level):
    """Lower end of the two-sided interval of the balanced accuracy, from Wilson's of both shares (MOVER: Zou and Donner, Stat Med
    2008;27:1693)."""
    value = short = 0
    for truth in ("real", "created"):
        mine = judgements[judgements["truth"] == truth]
        hits, count = int((mine["answer"] == truth).sum()), len(mine)
        if not count:
            return 0.0
        low, _ = proportion_confint(hits, count, level, method="wilson")
        value, short = value + hits / count / 2, short + ((hits / count - low) / 2) ** 2
    return value - short**0.5


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


def _headline(realism, measure="kernel_distance"):
    """One measure of each model in the space of pixels, lowest first; an empty table where none was measured."""
    rows = realism[(realism["measure"] == measure) & (realism["feature_space"] == "pixels")]
    return rows.dropna(subset=["value"]).sort_values("value")


def collapsed(realism):
    """Models whose images are too few of a kind: recall and coverage are both under a third of what other real subjects reach, or pairs of
    images differ (1 - MS-SSIM) by under a third of it.

    Recall alone can be low where images lie close together, coverage where none is near a real one. A single average head is near to so
    many real ones that only the last shows it.

    Returns
    -------
    dict of str to (float, float) or None
        By "dataset/recipe": of a collapsed model what was too little and what it is between real subjects, None of another. A model that
        was not measured, or has no real subjects to be held against, is not there.
    """
    rows = realism[realism["feature_space"].isin(("pixels", "images"))].dropna(subset=["value", "real_vs_real"])
    found = {}
    for (dataset, recipe), part in rows.groupby(["dataset", "recipe"], sort=False):
        values = {row["measure"]: (row["value"], row["real_vs_real"]) for row in part.to_dict("records")}
        shares = [values[name] for name in VARIETY if name in values]
        differ = tuple(1 - value for value in values[ALIKE]) if ALIKE in values else None
        little = [value < COLLAPSED_SHARE * real for value, real in shares]
        if len(shares) == len(VARIETY) or differ:
            few = shares[-1] if len(shares) == len(VARIETY) and all(little) else None
            alike = differ if differ and differ[0] < COLLAPSED_SHARE * differ[1] else None
            found[f"{dataset}/{recipe}"] = few or alike
    return found


def reality(realism, labels):
    """Which models are nearest to and farthest from real, against what real subjects are to each other, and which have collapsed."""
    rows = _headline(realism) if realism is not None else ()
    if not len(rows):
        return "", False
    measure, digits, best, worst = "kernel distance", 3, "Nearest to real", "farthest"
    if rows["dataset"].nunique() > 1:
        # A kernel distance is in units of its own data set's images; a share has none.
        rows = _headline(realism, "coverage").iloc[::-1]
        measure, digits, best, worst = "coverage", 2, "Most of the real images are covered by", "fewest by"
    said = []
    for word, row in [(best, rows.iloc[0]), (worst, rows.iloc[-1])][: min(2, len(rows))]:
        name = labels.get(f"{row['dataset']}/{row['recipe']}", row["recipe"])
        real = "" if is_missing(row["real_vs_real"]) else f", and {number(row['real_vs_real'], digits)} between groups of real subjects"
        said.append(f"{word} {name}: {measure} {number(row['value'], digits)}{interval(row['low'], row['high'], digits)}{real}")
    text = f"{'; '.join(said)}."
    known = collapsed(realism)
    poor = {pair: found for pair, found in known.items() if found}
    if poor:
        names = "; ".join(f"{labels.get(pair, pair)} {value:.2f} (real {real:.2f})" for pair, (value, real) in poor.items())
        text += f" Collapsed, by coverage or by how much two images differ, under a third of what other real subjects reach: {names}."
    elif known:
        text += " None of those measured has collapsed: coverage, recall or how much images differ is a third of real subjects' or more."
    models = dict.fromkeys(f"{dataset}/{recipe}" for dataset, recipe in zip(realism["dataset"], realism["recipe"], strict=True))
    unknown = "; ".join(labels.get(pair, pair) for pair in models if pair not in known)
    if unknown:
        text += f" Whether it has collapsed cannot be said, for want of images or of real subjects to compare with: {unknown}."
    if "side" in realism and (realism["side"] == TRAINED_ON).all():
        text += " All real images are of subjects that were trained on: a model that copies them looks best."
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
