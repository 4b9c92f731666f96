"""Answers on the aim, the data, the truth, the partitions and the reading, each made of a `known.Known`; empty where nothing is known."""

from collections import Counter

from ..imageset import HELD_OUT, TRAIN, VALIDATION
from ..read import score
from ..read.judgements import first_showings
from .words import is_simulated, label, sentences, several, subjects, whose, words

# What tells one image of a quiz from another, whatever it is called there.
CASE = ["dataset", "recipe", "truth", "source_index"]


def technique(known):
    """1: the kinds of model."""
    kinds = Counter(recipe.get("label") or name for (_, name), recipe in known.models.items() if "images" not in recipe)
    made = sorted({recipe.get("label") or name for (_, name), recipe in known.models.items() if "images" in recipe})
    trained = ", ".join(f"{name} ({count} trained)" for name, count in kinds.items())
    return sentences([trained and f"Generative adversarial networks: {trained}", made and f"Images made elsewhere: {', '.join(made)}"])


def aims(known):
    """4: what the study's file sets out to compare."""
    asked = [f"{name}: {table['title'] or 'real or created'}" for name, table in known.study["tables"].items()]
    pairs = [f"{t['contrast']['second']} against {t['contrast']['first']}" for t in known.study["tables"].values() if t["contrast"]]
    for name, each in known.study["comparisons"].items():
        sets = "; ".join(f"{row['set']} against {row['against']}" for row in each["rows"])
        asked.append(f"{name}: {', '.join(each['quantities'])} of created and real images ({sets})")
        pairs += [f"whether {each['contrast'][0]} is closer to real images than {each['contrast'][1]}"] if each["contrast"] else []
    return sentences([asked and f"The study's file asks: {'; '.join(asked)}", pairs and f"Held against each other: {'; '.join(pairs)}"])


def timing(known):
    """5."""
    return f"No patient was examined for it: the scans of {known.study['cohort']} are simulated." if is_simulated(known) else ""


def sources(known):
    """7: where scans and imported images come from."""
    parts = []
    if known.study["cohort"]:
        named = next(((kind, known.cohort[kind]) for kind in ("table", "bids", "brats") if known.cohort.get(kind)), None)
        settings = known.cohort.get("simulate") or {}
        told = f"{named[0]} {named[1]}" if named else f"simulated ({words(settings)})"
        parts.append(
            f"Cohort {known.study['cohort']}: {told}; {len(known.rows)} scans of {len({row['subject'] for row in known.rows})} subjects"
        )
    parts += [f"Cut {name}: imported from {cut['images']}" for name, cut in known.study["cuts"].items() if cut["rule"] == "images"]
    return sentences(parts)


def eligibility(known):
    """8: what scans must have."""
    study, parts = known.study, []
    if study["contrasts"]:
        parts.append(f"Each scan has {words(study['contrasts'])}")
    if study["group"]["values"]:
        parts.append(f"Groups ({study['group']['name']}): {words(study['group']['values'])}")
    if known.cohort.get("brats"):
        parts.append(f"Grades: {words(known.cohort['grades'])}")
    return sentences(parts)


def preprocessing(known):
    """9: alignment and cutting, with every number."""
    align = known.study["align"]
    parts = [f"Aligned: {words(align)}" if align else ""]
    parts += [f"Cut {name}: {words(cut)}" for name, cut in known.study["cuts"].items()]
    return sentences(parts)


def subsets(known):
    """10: which images of a cut each data set takes, and how many are drawn."""
    parts = [
        f"{name} ({label(known, name)}): {words(data['where']) or 'all images'} of cut {data['cut']}"
        for name, data in known.study["data"].items()
    ]
    samples = known.study["samples"]
    return sentences([*parts, f"Drawn of each for readers: {words(samples['real'])} real and {words(samples['created'])} created images"])


def identities(known):
    """11."""
    return "The scans are simulated and show no person." if is_simulated(known) else ""


def missing(known):
    """12: what a run does about missing contrasts; answers that are none."""
    parts = []
    if known.study["contrasts"]:
        what = "leaves it out" if known.cohort.get("allow_missing") else "is an error"
        parts.append(f"A scan without {words(known.study['contrasts'])} {what}")
    answers = known.judgements
    if answers is not None and len(answers):
        unknown = int((answers["answer"] == "unknown").sum())
        parts.append(
            f"{unknown} of {len(answers)} images were answered unknown or not at all; they are in no measure, and are counted beside it"
        )
    return sentences(parts)


def acquisition(known):
    """13: what is simulated; of real scans nothing is known here."""
    settings = known.cohort.get("simulate") or {}
    return (
        f"Simulated: {words({key: value for key, value in settings.items() if key in ('phantom', 'shape', 'voxel_mm')})}."
        if is_simulated(known)
        else ""
    )


def truth(known):
    """14: from where truth is known."""
    made = [label(known, *pair) for pair in known.models]
    parts = [
        made
        and f"Whether an image is created is known from its origin, not judged by anybody: created images are those of {'; '.join(made)}"
    ]
    if known.study["group"]["values"]:
        parts.append(f"The {known.study['group']['name']} of a subject is taken from the cohort: {words(known.study['group']['values'])}")
    return sentences(parts)


def labels(known):
    """16: groups as the cohort gives them."""
    groups = Counter(row["group"] for row in known.rows if row.get("group"))
    return f"Groups as the cohort {known.study['cohort']} gives them, by scan: {words(dict(groups))}." if groups else ""


def test_images(known):
    """17: the test images of each reader."""
    counts = {reader: Counter(first_showings(key)["truth"]) for reader, key in known.keys.items()}
    told = {reader: f"{count['real']} real and {count['created']} created" for reader, count in counts.items()}
    sides = sorted({f"{name}: real images of side {each['side']}" for name, each in known.study["comparisons"].items()})
    return sentences([told and f"Truth is in quiz_keys, by the image set that each was drawn from: {words(told)}", "; ".join(sides)])


def agreement(known):
    """18: images that several readers, or one reader twice, in whichever phases, are shown."""
    if not known.keys:
        return ""
    shown = {}
    for name, key in known.keys.items():
        shown.setdefault(whose(name, key), Counter()).update(key[CASE].itertuples(index=False, name=None))
    several = sum(count > 1 for count in Counter(image for images in shown.values() for image in images).values())
    again = sum(count > 1 for images in shown.values() for count in images.values())
    return f"{several} images are shown to several of {len(shown)} readers, {again} twice to one: agreement can be taken of these alone."


def partition(known):
    """19: how subjects were divided."""
    split = known.study["split"]
    if not known.images:
        return ""
    if split == "none":
        return f"Not divided: all {len(subjects(known, TRAIN))} subjects with an image are trained on."
    sides = {side: len(subjects(known, side)) for side in (TRAIN, VALIDATION, HELD_OUT) if side != VALIDATION or split.get("validation")}
    return f"{split['held_out']:.0%} of the subjects of each group held out, drawn with seed {known.run['seed']}: {words(sides)}."


def level(known):
    """20: whether any subject is on both sides, looked up in the image sets."""
    if not known.images or known.study["split"] == "none":
        return ""
    trained, kept = subjects(known, TRAIN), subjects(known, HELD_OUT)
    return f"Subject: {len(trained & kept)} of {len(trained | kept)} are on both sides, as the labels of the images say."


def sample_size(known):
    """21: numbers of the design, and how wide an interval they leave."""
    texts = {}
    for reader, key in known.keys.items():
        models = first_showings(key)[["dataset", "recipe"]].itertuples(index=False, name=None)
        for total, count in Counter(Counter(models).values()).items():
            _, low, high = score.proportion(total / 2, total)
            interval = f"at 50 % right, a 95 % interval of {100 * low:.0f} to {100 * high:.0f} %"
            text = f"{total} test images of {'each of ' if count > 1 else ''}{several(count, 'model')} ({interval})"
            texts.setdefault(text, []).append(reader)
    parts = [f"{', '.join(names)}: {text}" for text, names in texts.items()]
    fewest = {name: each["minimum"] for name, each in known.study["comparisons"].items()}
    parts += [f"{name}: no test of fewer than {least} images or subjects" for name, least in fewest.items()]
    return sentences(parts)


def readers(known):
    """R1."""
    names, groups = known.reading["readers"], known.reading.get("groups", {})
    answered = [] if known.judgements is None else list(dict.fromkeys(known.judgements["reader"]))
    names = [f"{name} ({groups[name]})" if name in groups else name for name in names]
    return f"{len(names)}: {words(names)}; answers have come back from {words(answered) or 'none'}." if names else ""


def shown(known):
    """R2: the blocks."""
    parts = []
    for block in known.reading["blocks"]:
        what = {"dataset": block["dataset"], "recipe": block["recipe"]} if not block["every"] else {"every": "model of the study"}
        rest = {key: value for key, value in block.items() if key not in ("every", "dataset", "recipe")}
        parts.append(f"A block of {words(what | rest)}")
    for name, phase in known.reading.get("phases", {}).items():
        what = "other blocks" if phase["blocks"] else "the blocks"
        parts.append(f"Phase {name}: {what}, {'no image of an earlier phase' if phase['apart'] else 'drawn from all images'}")
    parts.append(f"Days between phases: {days}" if (days := known.reading.get("washout_days")) else "")
    readers = len({whose(name, key) for name, key in known.keys.items()})
    sets = {frozenset(key[CASE].itertuples(index=False, name=None)) for key in known.keys.values()}
    return sentences([*parts, known.keys and f"{several(len(sets), 'set')} of images for {several(readers, 'reader')}, in random order"])


def practice(known):
    """R3."""
    return f"{known.reading['practice']} cases with their truth told, counted in no measure." if known.reading["blocks"] else ""


def beside(known):
    """R4: what answers hold beside real or created."""
    if known.judgements is None or not len(known.judgements):
        return ""
    table = known.judgements
    given = {
        "confidence": table["confidence"].notna().sum(),
        "time": table["ms"].notna().sum(),
        "reasons": (table["reasons"].astype(str) != "").sum(),
    }
    return f"Of {len(table)} answers, so many have: {words({key: int(value) for key, value in given.items()})}."
