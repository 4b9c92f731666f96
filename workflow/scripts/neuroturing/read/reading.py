"""Everything that a study's judgements say, as one long table: a row for each quantity of each reader and model.

Positive means real, as in `score`, whose measures these are; shares have two rows, with Wilson's interval and with Clopper and Pearson's.
"""

import itertools
import math

import numpy as np
import pandas as pd
from statsmodels.stats.inter_rater import aggregate_raters, cohens_kappa, fleiss_kappa
from statsmodels.stats.proportion import proportion_confint

from . import score
from .answers import WORDS
from .judgements import first_showings
from .rating import BOUND, LOGIT, area, ratings
from .score import CELLS, HUMAN, MODEL

COLUMNS = ("study", "reader", "kind", "dataset", "recipe", "quantity", "at", "value", "low", "high", "n", "method")
ALL = "all"
INTERVALS = {"wilson": "Wilson", "beta": "Clopper-Pearson"}
# Below so many images in common an agreement says nothing.
FEWEST_SHARED = 10
RESAMPLES = 1000
CONFIDENCE = 0.95
AGAIN, KAPPA = "first and second showing", "asymptotic (Fleiss, Cohen and Everitt 1969)"


def reading(judgements, datasets, recipes, seed=0):
    """Read everything out of judgements.

    Parameters
    ----------
    judgements : pandas.DataFrame
        From `judgements.read_judgements`. Of an image that came twice the first answer counts, but for agreement within the reader.
    datasets, recipes : dict of str to str
        What the tables call each; of another, its name.
    seed : int
        Of the bootstrap.

    Returns
    -------
    list of dict
        `COLUMNS`: `at` says of which images or at which cut a quantity is, and may be empty; `n` is how many images stand behind it. Of
        each reader, every model and, where there are several, "all" of them; then agreement, `reader` naming all who agree or do not.
    """
    rows, twice = [], within(judgements)
    judgements = first_showings(judgements)
    for (study, kind, reader), answers in judgements.groupby(["study", "kind", "reader"], sort=False):
        models = [
            (f"{datasets.get(name, name)}, {part['size'].iloc[0]}", recipes.get(recipe, recipe), part)
            for (name, recipe), part in answers.groupby(["dataset", "recipe"], sort=False)
        ]
        for dataset, recipe, part in models if len(models) == 1 else [*models, (ALL, ALL, answers)]:
            who = {"study": study, "reader": reader, "kind": kind, "dataset": dataset, "recipe": recipe}
            rows += [who | row for row in (*shares(part), *detected(part), *curve(part), *times(part))]
        rows += [
            {"study": study, "reader": reader, "kind": kind, "dataset": ALL, "recipe": ALL} | row for row in twice.get((kind, reader), [])
        ]
    for study, part in judgements.groupby("study", sort=False):
        rows += [{"study": study, "dataset": ALL, "recipe": ALL} | row for row in agreement(part, seed)]
    return rows


def _row(quantity, values, n, method, at=""):
    value, low, high = values if isinstance(values, tuple) else (values, math.nan, math.nan)
    return {"quantity": quantity, "at": at, "value": value, "low": low, "high": high, "n": n, "method": method}


def shares(answers):
    """Counts, and the shares that they make, each by both intervals."""
    counts = score.count(answers)
    shown = {"real": counts.real + counts.unknown_real, "created": counts.created + counts.unknown_created}
    for name, short in CELLS.items():
        yield _row(name, getattr(counts, short), shown["real" if name.startswith("real") else "created"], "count")
    for kind, number in shown.items():
        yield _row(f"unknown_{kind}", getattr(counts, f"unknown_{kind}"), number, "count")
    right = counts.tp + counts.tn
    for name, part, whole in (
        ("accuracy", right, counts.judged),
        ("accuracy_unknown_wrong", right, sum(shown.values())),
        ("sensitivity", counts.tp, counts.real),
        ("specificity", counts.tn, counts.created),
        ("called_real", counts.tp + counts.fp, counts.judged),
        ("prevalence", counts.real, counts.judged),
        ("unknown", counts.unknown, sum(shown.values())),
    ):
        for method, called in INTERVALS.items():
            yield _row(name, _share(part, whole, method), whole, called)


def _share(part, whole, method="wilson"):
    if not whole:
        return score.NONE
    low, high = proportion_confint(part, whole, 1 - CONFIDENCE, method)
    # Wilson's ends at 0 and 1 are exact but for rounding.
    return part / whole, float(low) if part else 0.0, float(high) if part < whole else 1.0


def detected(answers):
    """Whether and how well the kinds are told apart, and which way the reader leans."""
    counts = score.count(answers)
    d_prime, criterion = score.detection(counts, CONFIDENCE)
    corrected = "log-linear correction (Hautus 1995), variance of Gourevitch and Galanter 1967"
    yield _row("d_prime", d_prime, counts.judged, corrected)
    yield _row("criterion", criterion, counts.judged, corrected)
    for name, values in score.diagnostic(counts, CONFIDENCE).items():
        if name.startswith("lr_"):
            yield _row(name, values, counts.judged, "log method (Simel, Samsa and Matchar 1991)")
    yield _row("p_value", score.told_apart(counts), counts.judged, "Fisher's exact test of truth by answer, two-sided")


def curve(answers):
    """The points of the ROC curve of the ratings, from the strictest cut to the laxest, and the area below it."""
    rating, is_real = ratings(answers), (answers["truth"] == "real").to_numpy()
    source = "confidence" if np.abs(rating).max(initial=0) > 1 else "the answer alone"
    real, created = rating[is_real], rating[~is_real]
    values = area(real, created, CONFIDENCE)
    method = BOUND if values[0] in (0, 1) else LOGIT if np.isfinite(values[1]) else "no interval"
    yield _row("auc", values, len(rating), f"{source}; {method}")
    for cut in sorted(set(rating.tolist()), reverse=True)[:-1]:
        for name, kind in (("true_positive_rate", real), ("false_positive_rate", created)):
            yield _row(name, _share(int((kind >= cut).sum()), len(kind)), len(kind), f"{source}; Wilson", f"rating >= {cut}")


def times(answers):
    """Median and quartiles of the time to an answer, ms, by truth and answer; none where none was taken."""
    timed = answers[answers["ms"].notna()]
    parts = [("", timed)] + [
        (f"{truth} called {answer}", timed[(timed["truth"] == truth) & (timed["answer"] == answer)])
        for truth in ("real", "created")
        for answer in WORDS
    ]
    for at, part in parts:
        if len(part):
            low, middle, high = (float(value) for value in part["ms"].quantile([0.25, 0.5, 0.75]))
            yield _row("response_ms", (middle, low, high), len(part), "median, first and third quartile", at)


def within(judgements):
    """Agreement of readers with themselves, over images that came twice: rows by (kind, reader), of those who saw some.

    Equal answers as a share, and Cohen's kappa of the first and the second showing; the answers are real, created and unknown.
    """
    if "repeat_of" not in judgements:
        return {}
    firsts = judgements[["kind", "reader", "image", "answer"]]
    seconds = judgements[judgements["repeat_of"].fillna("") != ""].drop(columns="image").rename(columns={"repeat_of": "image"})
    both = seconds.merge(firsts, on=["kind", "reader", "image"], suffixes=("_again", ""), validate="many_to_one")
    found = {}
    for who, part in both.groupby(["kind", "reader"], sort=False):
        same, whole = int((part["answer"] == part["answer_again"]).sum()), len(part)
        found[who] = [_row("same_answer_again", _share(same, whole, name), whole, called, AGAIN) for name, called in INTERVALS.items()]
        found[who].append(_row("cohen_kappa", _cohen(part["answer"], part["answer_again"]), whole, KAPPA, AGAIN))
    return found


def _cohen(one, other):
    """Cohen's kappa with its interval."""
    counted = pd.crosstab(one.to_numpy(), other.to_numpy()).reindex(index=WORDS, columns=WORDS, fill_value=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        found = cohens_kappa(counted.to_numpy())
    return float(found.kappa), float(found.kappa_low), float(found.kappa_upp)


def agreement(judgements, seed=0):
    """Cohen's kappa of each two readers, and Fleiss' of all people, over the images that they share; none where these are few.

    The answers are real, created and unknown. An image is the same one where data set, truth and number in its set are, and the recipe of
    a created one. What a model observer has a part in is of kind `model`.
    """
    case = judgements[["dataset", "truth", "source_index"]].assign(recipe=judgements["recipe"].where(judgements["truth"] == "created", ""))
    table = judgements.assign(case=list(case.astype(str).itertuples(index=False, name=None)))
    kinds = dict(zip(table["reader"], table["kind"], strict=True))
    # One image may be in two blocks of one quiz: its first answer counts.
    wide = table.drop_duplicates(["case", "reader"]).pivot(index="case", columns="reader", values="answer")
    for pair in itertools.combinations(kinds, 2):
        both = wide[list(pair)].dropna()
        if len(both) >= FEWEST_SHARED:
            yield _who(pair, kinds) | _row("cohen_kappa", _cohen(both[pair[0]], both[pair[1]]), len(both), KAPPA)
    people = [reader for reader, kind in kinds.items() if kind == HUMAN]
    shared = wide[people].dropna() if len(people) > 1 else wide.iloc[:0]
    if len(shared) >= FEWEST_SHARED:
        row = _row("fleiss_kappa", fleiss(shared.to_numpy(), seed), len(shared), f"percentile bootstrap over images, {RESAMPLES} resamples")
        yield _who(people, kinds) | row


def _who(readers, kinds):
    return {"reader": ", ".join(readers), "kind": MODEL if any(kinds[reader] == MODEL for reader in readers) else HUMAN}


def fleiss(answers, seed=0):
    """Fleiss' kappa of words, shape (images, readers), with its interval; NaN where all answers are the same word."""
    counted = aggregate_raters(answers)[0]
    rng = np.random.default_rng(seed)
    with np.errstate(invalid="ignore", divide="ignore"):
        drawn = [fleiss_kappa(counted[rng.integers(len(counted), size=len(counted))]) for _ in range(RESAMPLES)]
        low, high = np.nanquantile(drawn, [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2])
        return float(fleiss_kappa(counted)), float(low), float(high)
