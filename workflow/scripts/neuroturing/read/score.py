"""Score a reader: one wide record from the counts of a 2x2 table of truth by answer, or from what a paper prints of it.

Positive means real, in all of the papers: TP are real images called real, FP created ones. Answers `unknown` are in none of TP, FN, FP
and TN and so leave every measure, by the formula (TP + TN) / (TP + FN + FP + TN) of Koshino et al. 2018; they are told beside them.
Intervals are of 95 % and take images as independent; those of one subject are less so, which makes intervals too narrow rather than too
wide.
"""

import math
from dataclasses import dataclass

import numpy as np
from scipy.stats import fisher_exact, norm
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import proportion_confint

CELLS = {"real_as_real": "tp", "real_as_synt": "fn", "synt_as_real": "fp", "synt_as_synt": "tn"}
RATES = ("TP", "FN", "FP", "TN")
ENDS = ("", "_low", "_high")
# Those whose value is a share or a ratio of a 2x2 table, as a diagnostic test is described by.
DIAGNOSTIC = ("accuracy", "sensitivity", "specificity", "lr_positive", "lr_negative", "prevalence")
COLUMNS = (
    "reader", "kind", "dataset", "recipe", "n_real", "n_created", *RATES, *CELLS, "accuracy", "accuracy_low", "accuracy_high",
    "p_value", "p_adjusted", "d_prime", "d_prime_low", "d_prime_high", "criterion", "criterion_low", "criterion_high",
    *(name + end for name in DIAGNOSTIC[1:] for end in ENDS), "called_real", "unknown_real", "unknown_created", "note",
)  # fmt: skip
PUBLISHED, HUMAN, MODEL = "published", "human", "model"
BELOW_CHANCE = "below chance, cause unknown"
ZERO_CELL = 0.5
NONE = (math.nan, math.nan, math.nan)


@dataclass(frozen=True)
class Counts:
    """Images by truth and answer."""

    tp: int
    fn: int
    fp: int
    tn: int
    unknown_real: int = 0
    unknown_created: int = 0

    @property
    def real(self):
        """Real images that were judged."""
        return self.tp + self.fn

    @property
    def created(self):
        """Created images that were judged."""
        return self.fp + self.tn

    @property
    def judged(self):
        """Images called real or created."""
        return self.real + self.created

    @property
    def unknown(self):
        """Images called neither."""
        return self.unknown_real + self.unknown_created


def count(answers):
    """Count the answers of a table with columns truth (real, created) and answer (real, created, unknown)."""

    def number(truth, answer):
        return int(((answers["truth"] == truth) & (answers["answer"] == answer)).sum())

    cells = [number(truth, answer) for truth in ("real", "created") for answer in ("real", "created")]
    return Counts(*cells, number("real", "unknown"), number("created", "unknown"))


def proportion(part, whole, confidence=0.95):
    """A proportion and its Wilson score interval: (value, low, high), NaN where `whole` is 0."""
    if not whole:
        return NONE
    low, high = proportion_confint(part, whole, alpha=1 - confidence, method="wilson")
    return part / whole, float(low), float(high)


def likelihood_ratio(part, whole, other_part, other_whole, confidence=0.95):
    """The ratio of two proportions and its interval by the log method (Simel, Samsa and Matchar 1991).

    Parameters
    ----------
    part, whole, other_part, other_whole : float
        The ratio is (part / whole) / (other_part / other_whole); no part may be 0.
    confidence : float

    Returns
    -------
    (float, float, float)
        Ratio, low, high: exp(ln ratio -+ z sqrt(1/part - 1/whole + 1/other_part - 1/other_whole)).
    """
    ratio = (part / whole) / (other_part / other_whole)
    error = math.sqrt(1 / part - 1 / whole + 1 / other_part - 1 / other_whole)
    factor = math.exp(norm.ppf((1 + confidence) / 2) * error)
    return ratio, ratio / factor, ratio * factor


def diagnostic(counts, confidence=0.95):
    """What a 2x2 table says of a reader as of a diagnostic test, each measure as (value, low, high).

    Returns
    -------
    dict
        The measures `DIAGNOSTIC`: lr_positive = sensitivity / (1 - specificity), lr_negative = (1 - sensitivity) / specificity,
        prevalence is the share of real images. Where one of the four cells is 0, half an image is added to all four before both
        likelihood ratios and their intervals are taken. NaN where images of one kind are missing.
    """
    cells = np.array([counts.tp, counts.fn, counts.fp, counts.tn], float)
    measures = {
        "accuracy": proportion(counts.tp + counts.tn, counts.judged, confidence),
        "sensitivity": proportion(counts.tp, counts.real, confidence),
        "specificity": proportion(counts.tn, counts.created, confidence),
        "lr_positive": NONE,
        "lr_negative": NONE,
        "prevalence": proportion(counts.real, counts.judged, confidence),
    }
    if counts.real and counts.created:
        tp, fn, fp, tn = cells + (0 if cells.all() else ZERO_CELL)
        measures["lr_positive"] = likelihood_ratio(tp, tp + fn, fp, fp + tn, confidence)
        measures["lr_negative"] = likelihood_ratio(fn, tp + fn, tn, fp + tn, confidence)
    return measures


def detection_of_rates(hit_rate, false_alarm_rate):
    """Sensitivity d' and criterion c of equal-variance signal detection, the signal being "real".

    d' = z(H) - z(F), c = -(z(H) + z(F)) / 2 (Macmillan and Creelman, Detection Theory). Above 0, c tells of a reader who rather calls an
    image created. Rates of 0 or 1 have no finite value: NaN.
    """
    if not (0 < hit_rate < 1 and 0 < false_alarm_rate < 1):
        return math.nan, math.nan
    hit, alarm = norm.ppf([hit_rate, false_alarm_rate])
    return float(hit - alarm), float(-(hit + alarm) / 2)


def detection(counts, confidence=0.95):
    """d' and c of a reader whose counts are known, each as (value, low, high).

    Half an image is added to each count of "real" and one to each number judged, whatever the rates (log-linear correction, Hautus 1995),
    so that rates of 0 and 100 % have finite values and all readers are treated alike. The variance is that of Gourevitch and Galanter
    1967 at the corrected rates, H (1 - H) / (n_real phi(z(H))^2) + F (1 - F) / (n_created phi(z(F))^2) for d', a quarter of it for c, phi
    being the normal density; the interval is the normal one. Of 10 and 10 to 50 and 50 images it holds the true d' in about 95 % where
    rates are moderate, in 93 to 99.9 % where they are between 0.05 and 0.95. NaN where only one kind of image was judged.

    Returns
    -------
    ((float, float, float), (float, float, float))
    """
    if not counts.real or not counts.created:
        return NONE, NONE
    rates = np.array([(counts.tp + 0.5) / (counts.real + 1), (counts.fp + 0.5) / (counts.created + 1)])
    variance = float(np.sum(rates * (1 - rates) / (np.array([counts.real, counts.created]) * norm.pdf(norm.ppf(rates)) ** 2)))
    half = float(norm.ppf((1 + confidence) / 2)) * math.sqrt(variance)
    d_prime, criterion = detection_of_rates(*rates)
    return (d_prime, d_prime - half, d_prime + half), (criterion, criterion - half / 2, criterion + half / 2)


def told_apart(counts):
    """P value of Fisher's exact test, two-sided, of truth by answer: whether real and created images are answered differently.

    Unlike a test of accuracy against one half it asks nothing of how often the reader calls an image real: accuracy varies less than a
    coin's where a reader leans to one answer, so that a binomial test misses readers who do tell. NaN where only one kind of image was
    judged.
    """
    if not counts.real or not counts.created:
        return math.nan
    return float(fisher_exact([[counts.tp, counts.fn], [counts.fp, counts.tn]])[1])


def holm(p_values):
    """P values adjusted for their number (Holm 1979); NaN stays, and counts for none.

    Returns
    -------
    numpy.ndarray of float
    """
    p_values = np.array(p_values, float)
    known = ~np.isnan(p_values)
    if known.any():
        p_values[known] = multipletests(p_values[known], method="holm")[1]
    return p_values


def score(counts, reader, kind, dataset="", recipe=""):
    """One record of a reader and a model, with every one of `COLUMNS`.

    Parameters
    ----------
    counts : Counts
    reader, dataset, recipe : str
        As the table calls them.
    kind : str
        published, human or model.

    Returns
    -------
    dict
        Counts as int; TP, FN, FP and TN in percent of the judged images of one kind; other measures as shares of 1, ratios, or P values,
        NaN where they are not defined. p_adjusted is NaN until `adjust` knows the reader's other rows.
    """
    record = dict.fromkeys(COLUMNS, math.nan) | {"reader": reader, "kind": kind, "dataset": dataset, "recipe": recipe}
    record |= {"n_real": counts.real + counts.unknown_real, "n_created": counts.created + counts.unknown_created}
    record |= {name: getattr(counts, short) for name, short in CELLS.items()}
    hit, alarm = (part / whole if whole else math.nan for part, whole in ((counts.tp, counts.real), (counts.fp, counts.created)))
    record |= {"TP": 100 * hit, "FN": 100 * (1 - hit), "FP": 100 * alarm, "TN": 100 * (1 - alarm)}
    d_prime, criterion = detection(counts)
    for name, values in (diagnostic(counts) | {"d_prime": d_prime, "criterion": criterion}).items():
        record |= {name + end: value for end, value in zip(ENDS, values, strict=True)}
    record |= {"p_value": told_apart(counts), "called_real": (counts.tp + counts.fp) / counts.judged if counts.judged else math.nan}
    record |= {"unknown_real": counts.unknown_real, "unknown_created": counts.unknown_created}
    return record | {"note": _note(counts, d_prime[2])}


def score_rates(printed, reader, dataset="", recipe=""):
    """One record of a reader of whom a paper prints rates alone: rates and accuracy as printed, d' and c from them uncorrected.

    Parameters
    ----------
    printed : dict of str to float
        TP, FN, FP and TN in percent, accuracy as a share of 1.
    """
    record = dict.fromkeys(COLUMNS, math.nan) | {"reader": reader, "kind": PUBLISHED, "dataset": dataset, "recipe": recipe, "note": ""}
    d_prime, criterion = detection_of_rates(printed["TP"] / 100, printed["FP"] / 100)
    return record | {name: printed[name] for name in (*RATES, "accuracy")} | {"d_prime": d_prime, "criterion": criterion}


def adjust(records):
    """Fill in p_adjusted: `holm` over the rows of one reader, in one phase where there are several."""
    sittings = {}
    for record in records:
        sittings.setdefault((record["reader"], record["kind"], record.get("phase")), []).append(record)
    for rows in sittings.values():
        for record, p_value in zip(rows, holm([record["p_value"] for record in rows]), strict=True):
            record["p_adjusted"] = float(p_value)
    return records


def _note(counts, d_prime_high):
    """How many images were answered neither way, and whether the reader did worse than one who cannot tell."""
    notes = []
    if counts.unknown:
        shown, which = counts.judged + counts.unknown, f"{counts.unknown_real} real, {counts.unknown_created} created"
        worst = (counts.tp + counts.tn) / shown
        notes.append(f"{counts.unknown} of {shown} images unknown ({which}) and left out; counted as wrong, accuracy {worst:.2f}")
    if d_prime_high < 0:
        notes.append(BELOW_CHANCE)
    return "; ".join(notes)
