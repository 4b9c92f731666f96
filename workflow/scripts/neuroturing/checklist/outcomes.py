"""Answers on the evaluation, its results and limits; each a function of a `known.Known`, empty text where nothing is known."""

from collections import Counter

from ..imageset import HELD_OUT, TRAIN
from ..read import score
from ..read.judgements import first_showings, sessions_of
from ..read.phases import by_phase
from ..read.tables import NO_SPLIT, ONE_TRAINING
from .words import is_simulated, label, sentences, several, subjects, whose, words


def metrics(known):
    """28: what tables and comparisons show."""
    parts = [f"{name}: {', '.join(t['columns']) or 'every measure of a reader'}" for name, t in known.study["tables"].items()]
    return sentences([*parts, *(f"{name}: {words(each['quantities'])}" for name, each in known.study["comparisons"].items())])


def statistics(known):
    """29: intervals, tests and corrections."""
    parts = []
    for name, table in known.study["tables"].items():
        intervals = [column.removesuffix("_low") for column in table["columns"] if column.endswith("_low")]
        p_values = [column for column in table["columns"] if column.startswith("p_")]
        parts.append(f"{name}: 95 % intervals of {words(intervals) or 'nothing'}; P values: {words(p_values) or 'none'}")
    for name, each in known.study["comparisons"].items():
        margin = f"equivalence within {words(each['margin'])}"
        parts.append(
            f"{name}: {each['confidence']:.0%} intervals by {each['resamples']} resamples, rank tests, {margin}, Holm's correction"
        )
    return sentences(parts)


def robustness(known):
    """30: the same created images against other real ones."""
    rows = [f"{name}: {row['set']} against {row['against']}" for name, each in known.study["comparisons"].items() for row in each["rows"]]
    others = [row for row in rows if not row.endswith("own")]
    return f"Held against other real images too: {'; '.join(others)}." if others else ""


def explanations(known):
    """31: reasons that readers gave."""
    if known.judgements is None or not len(known.judgements):
        return ""
    reasons = known.judgements["reasons"].astype(str).str.strip()
    given = Counter(reasons[reasons != ""])
    top = ", ".join(f"{reason} ({count})" for reason, count in given.most_common(5))
    return f"Readers gave a reason for {sum(given.values())} of {len(reasons)} images{': ' + top if top else ''}."


def internal(known):
    """32: which real images created ones are held against."""
    if not known.images:
        return ""
    side = TRAIN if known.study["split"] == "none" else HELD_OUT
    count = sum(images["images"][side] for images in known.images.values())
    kind = "subjects that no model was trained on" if side == HELD_OUT else "the subjects that the models were trained on"
    return f"Real images of {kind}: {len(subjects(known, side))} subjects, {count:,} images, each counted in every data set that it is of."


def numbers(known):
    """35: subjects, scans and images."""
    groups = {
        group or "no group": [row for row in known.rows if (row.get("group") or "") == group]
        for group in sorted({row.get("group") or "" for row in known.rows})
    }
    parts = [f"{group}: {len({row['subject'] for row in rows})} subjects, {len(rows)} scans" for group, rows in groups.items()]
    parts += [f"Data set {name}: {sum(images['images'].values()):,} images" for name, images in known.images.items()]
    parts += [f"{label(known, *pair)}: {made['images']} created images" for pair, made in known.created.items()]
    return sentences(parts)


def characteristics(known):
    """36: groups on each side."""
    sides = {}
    for row in known.rows:
        sides.setdefault(row["split"], {}).setdefault(row.get("group") or "no group", set()).add(row["subject"])
    return sentences(
        f"{side}: {words({group: f'{len(names)} subjects' for group, names in groups.items()})}" for side, groups in sides.items()
    )


def _records(known):
    """Scores of every reader who has answered, each phase by itself, all models together."""
    if known.judgements is None:
        return []
    return [
        score.score(score.count(part), f"{reader}, {phase}" if phase else reader, kind)
        for phase, judgements in by_phase(first_showings(known.judgements)).items()
        for (kind, reader), part in judgements.groupby(["kind", "reader"], sort=False)
    ]


def _measured(record, name, scale=1.0, digits=2):
    value, low, high = (scale * record[name + end] for end in score.ENDS)
    return f"{value:.{digits}f} ({low:.{digits}f} to {high:.{digits}f})"


def performance(known):
    """37: accuracy and d' of each reader; what comparisons found."""
    parts = []
    for r in _records(known):
        measures = f"accuracy {_measured(r, 'accuracy', 100, 0)} %, d' {_measured(r, 'd_prime')}"
        parts.append(f"{r['reader']} ({r['kind']}), {r['n_real'] + r['n_created']} images: {measures}")
    for name, table in known.comparisons.items():
        if "verdict" in table:
            parts.append(f"{name}: {words(dict(Counter(table['verdict'][table['verdict'] != ''])))}")
    return sentences(parts)


def diagnostic(known):
    """38: sensitivity, specificity and likelihood ratios of each reader, positive meaning real."""
    return sentences(
        f"{r['reader']} ({r['kind']}), positive meaning real: sensitivity {_measured(r, 'sensitivity', 100, 0)} %, "
        f"specificity {_measured(r, 'specificity', 100, 0)} %, LR+ {_measured(r, 'lr_positive')}, LR- {_measured(r, 'lr_negative')}"
        for r in _records(known)
    )


def failures(known):
    """39: images that were judged wrongly, by model."""
    if known.judgements is None or not len(known.judgements):
        return ""
    parts = []
    for (kind, dataset, recipe), part in first_showings(known.judgements).groupby(["kind", "dataset", "recipe"], sort=False):
        c, who = score.count(part), f"{label(known, dataset, recipe)}, {kind}"
        parts.append(f"{who}: {c.fn} of {c.real} real images called created, {c.fp} of {c.created} created ones called real")
    return sentences(parts)


def limits(known):
    """40: limits that the files themselves show."""
    parts = ["The real images are simulated" if is_simulated(known) else ""]
    parts.append(NO_SPLIT.rstrip(".") if known.study["split"] == "none" else "")
    parts.append(ONE_TRAINING.rstrip(".") if known.trainings else "")
    parts.append(f"The run has the size {known.run['size']}: smaller and shorter than published" if known.run["size"] == "demo" else "")
    if known.keys:
        silent = set(known.keys) - (set() if known.judgements is None else sessions_of(known.judgements))
        what = "quizzes of readers and phases have no answers" if known.reading.get("phases") else "readers have not answered"
        parts.append(f"{len(silent)} of {len(known.keys)} {what}" if silent else "")
        alone = len({whose(name, key) for name, key in known.keys.items()}) == 1
        parts.append("One reader: nothing can be said of others" if alone else "")
    return sentences(parts)


def protocol(known):
    """42."""
    cited = f", after {known.study['citation']}" if known.study["citation"] else ""
    return f"{known.study['file']}, SHA-256 {known.protocol[:16]}{cited}; every setting of the run is in settings.html."


def availability(known):
    """43: what there is to give."""
    parts = [known.trainings and f"{several(len(known.trainings), 'generator')} with history, in models/"]
    parts.append(is_simulated(known) and f"The scans can be made again from seed {known.run['seed']}")
    return sentences(parts)
