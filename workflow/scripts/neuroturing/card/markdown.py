"""A card as Markdown: sections of Mitchell et al. 2019, in the order in which somebody asks who was handed a generator."""

import re

from ..checklist.words import words
from ..imageset import HELD_OUT, TRAIN
from .words import copying_sentence, readers_sentence, use_sentences

SIDES = {TRAIN: "Trained on", HELD_OUT: "Held out"}
BETTER = {"low": "lower", "high": "higher", "as_real": "as among real"}
COMMAND = "python workflow/scripts/create.py generator.keras --count 100 --seed 1 --as png --to images"
MITCHELL = (
    "After Mitchell et al. 2019, Model Cards for Model Reporting, FAT\\* 2019, "
    "[doi:10.1145/3287560.3287596](https://doi.org/10.1145/3287560.3287596)."
)


def escaped(text):
    """Text in which no character is Markdown's or HTML's, in one line."""
    return re.sub(r"([\\`*_{}\[\]<>()#~|!&$])", r"\\\1", " ".join(str(text).split()))


def number(value, digits=3):
    """A number as a card shows it; a dash where there is none."""
    if value is None:
        return "–"
    return f"{value:,}" if isinstance(value, int) else f"{value:.{digits}g}".replace("-", "−")


def interval(row, value, low, high):
    """A number and its interval."""
    ends = f" ({number(row[low])} to {number(row[high])})" if row.get(low) is not None and row.get(high) is not None else ""
    return f"{number(row[value])}{ends}"


def table(head, rows):
    """A table; cells are escaped already."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def items(texts):
    """A list; texts are escaped here."""
    return "\n".join(f"- {escaped(text)}" for text in texts)


def markdown(card):
    """The whole card.

    Parameters
    ----------
    card : dict
        From `build.build`.

    Returns
    -------
    str
    """
    model, study, data = card["model"], card["study"], card["data"]
    sections = {
        "Model": _model(card),
        "Intended use": items(card["intended_use"]),
        "Not for": items(card["out_of_scope"]),
        "Training data": _data(data, study),
        "Realism": _realism(card["realism"]),
        "Copying": f"{escaped(copying_sentence(card['copying']))}\n\n**{escaped(card['sharing'])}**",
        "Use": items(use_sentences(card["use"])),
        "Readers": _readers(card["readers"]),
        "Privacy": escaped(card["privacy"]),
        "Limits": items(card["limits"]),
        "Recipe": _recipe(model) if card["file"] else "Made elsewhere: how is not known to this run.",
        "For the authors": items(f"{key}: {text}" for key, text in card["for_the_authors"].items()),
    }
    title = f"# {escaped(model['label'])} of {escaped(data['label'])}\n\n{escaped(study['title'])}. {escaped(study['citation'] or '')}"
    return "\n\n".join([title.rstrip(), *(f"## {name}\n\n{text}" for name, text in sections.items()), MITCHELL]) + "\n"


def _model(card):
    """What the file is, and how it is used."""
    model, images, file = card["model"], card["images"], card["file"]
    rows = [["Recipe", escaped(model["recipe"])], ["Algorithm", escaped(model["algorithm"] or "made elsewhere")]]
    if file:
        rows += [
            ["Parameters", number(file["parameters"])],
            ["Input", f"{file['latent']} {escaped(card['create']['latent_distribution'])} random numbers"],
            ["File", f"{escaped(file['name'])}, {number(file['bytes'])} bytes"],
            ["SHA-256", f"`{file['sha256']}`"],
            ["Training", f"{number(model['updates'])} updates, seed {model['seed']}"],
            ["Code", f"`{card['code']}`, a hash of the script and modules that trained it"],
            ["Versions", escaped(words(card["software"]))],
        ]
    grey = f"8-bit grey; black is 0, and so is every level below {images['black_level']}, as in the real images"
    rows += [
        ["Images", f"{images['height']} × {images['width']} pixels, {grey}"],
        ["Examined here", f"{number(images['count'])} images" + (f" of seed {images['seed']}" if images["seed"] is not None else "")],
    ]
    return table(["", ""], rows) + (f"\n\nMade again with NeuroTuring, from this folder alone: `{COMMAND}`." if file else "")


def _data(data, study):
    """Images and subjects of each side."""
    rows = []
    for side, name in SIDES.items():
        counts = data["sides"][side]
        groups = ", ".join(f"{group or 'no group'}: {count}" for group, count in counts["groups"].items())
        rows.append([name, *(number(counts[each]) for each in ("subjects", "scans", "images")), escaped(groups) or "–"])
    where = f", images with {words(data['where'])}" if data["where"] else ""
    kind = "Simulated images" if data["simulated"] else "Images"
    plane = f", {data['plane']} planes" if data["plane"] else ""
    text = f"{kind} of the study {study['title']}: data set {data['label']} ({data['dataset']}){where}{plane}."
    counted = table(["Side", "Subjects", "Scans", "Images", "Subjects by group"], rows)
    return f"{escaped(text)}\n\n{counted}\n\nHow images were cut: {escaped(words(data['spec']))}."


def _realism(rows):
    """The kernel distance in a sentence, then every measure."""
    if not rows:
        return "Not measured."
    head = ["Measure", "Feature space", "Created against real", "Real against real", "Better", "P", "Real", "Created", "Side"]
    lines = [
        [
            _name(row),
            escaped(row["feature_space"] or "–"),
            interval(row, "value", "low", "high"),
            interval(row, "real_vs_real", "real_low", "real_high"),
            escaped(BETTER.get(row["better"], row["better"] or "–")),
            number(row["p_value"], 2),
            number(row["n_real"]),
            number(row["n_created"]),
            escaped(row["side"] or "–"),
        ]
        for row in rows
    ]
    notes = items(dict.fromkeys(f"{row['measure']}: {row['note']}" for row in rows if row["note"]))
    return "\n\n".join(filter(None, [_headline(rows), table(head, lines), notes]))


def _name(row):
    return escaped(row["measure"].replace("_", " "))


def _headline(rows):
    """The first measure that has a value, as a sentence."""
    first = next((row for row in rows if row["value"] is not None), None)
    if not first:
        return "Nothing could be measured."
    space = f" ({escaped(first['feature_space'])})" if first["feature_space"] else ""
    ideal = interval(first, "real_vs_real", "real_low", "real_high")
    said = f"{_name(first)}{space}: **{interval(first, 'value', 'low', 'high')}**; groups of real subjects give {ideal}."
    if first["trainings_sd"] is not None:
        said += f" Over {first['trainings']} trainings of other seeds its standard deviation is {number(first['trainings_sd'])}."
    return said


def _readers(readers):
    """People and model observers, each in a table of their own."""
    parts = [escaped(readers_sentence(readers))]
    for kind, title in (("human", "People"), ("model", "Model observers")):
        rows = [
            [
                escaped(", ".join(filter(None, [row["reader"], row["phase"]]))),
                number(row["n_real"]),
                number(row["n_created"]),
                interval(row, "accuracy", "accuracy_low", "accuracy_high"),
                interval(row, "d_prime", "d_prime_low", "d_prime_high"),
                number(row["p_value"], 2),
            ]
            for row in readers[kind]
        ]
        parts += [table([title, "Real", "Created", "Accuracy (0.5 is chance)", "d'", "P"], rows)] if rows else []
    return "\n\n".join(parts)


def _recipe(model):
    """Every number of the training."""
    rows = [[f"`{key}`", escaped(words(value))] for key, value in model["settings"].items() if value is not None]
    return table(["Key", "Value"], rows)
