"""The record of one generator: all that `card.json` holds, and all that the other forms of a card are made from."""

from ..errors import InputError
from ..imageset import BLACK_LEVEL, read_imageset
from ..io.files import read_table
from . import FORMAT, words
from .data import geometry, read_data
from .results import copying_row, plain, readers, realism_rows, use_rows
from .saved import describe_generator

LABELS = ("dataset", "source", "group", "contrast")
# Where files of a user's machine lie is not the card's business.
PATHS = ("file", "images")
# Nor who its subjects are.
NAMES = ("subject", "scan", "image")


def build(generator, samples, history, cut, tables, recipe, study, data, seed, software, code):
    """The record of a card.

    Parameters
    ----------
    generator, history : path or None
        None where the images were made elsewhere.
    samples, cut : path
        Image sets of created images and of the cut that the data set is of.
    tables : dict of list of path
        realism, copying, use, judgements; those that there are.
    recipe : dict
        As the training had it; name is the recipe's.
    study : dict
        title, citation.
    data : dict
        dataset, label; where (labels of the images that the data set has); simulated (whether the cohort is).
    seed : int
        Of the training.
    software : dict of str to str
        Versions by package.
    code : str
        Hash of the code that trained, see `provenance.code_hash`.

    Returns
    -------
    dict
        Plain values.

    Raises
    ------
    InputError
        A file that cannot be read; a generator that does not fit its recipe.
    """
    created, known = read_imageset(samples), read_data(cut, data["where"])
    name, model = recipe["name"], (data["dataset"], recipe["name"])
    file = describe_generator(generator) if generator else None
    if file and file["latent"] != recipe["latent"]:
        found, hint = f"{file['latent']} latent numbers", "is it of another study? delete it and train again"
        raise InputError(generator, found, f"{recipe['latent']}, as in recipe {name}", hint)
    named = {key: value for key, value in data["where"].items() if key not in NAMES}
    card = {
        "format": FORMAT,
        "study": study,
        "model": {
            "recipe": name,
            "label": recipe.get("label") or name,
            "algorithm": recipe.get("algorithm"),
            "settings": {key: value for key, value in recipe.items() if key not in ("name", "label", "algorithm", *PATHS)},
            "seed": seed if file else None,
            "updates": _updates(history) if history else None,
        },
        "file": file,
        "create": _creation(recipe, created) if file else None,
        "software": software if file else {},
        "code": code if file else None,
        "data": data | {"where": named} | geometry(known["spec"]) | known,
        "images": {
            "count": created.count,
            "height": int(created.size[0]),
            "width": int(created.size[1]),
            "seed": created.seed,
            "black_level": BLACK_LEVEL,
        },
        "realism": realism_rows(tables["realism"], *model),
        "copying": copying_row(tables["copying"], *model),
        "use": use_rows(tables["use"], *model),
        "readers": readers(tables["judgements"], *model),
        "intended_use": list(words.INTENDED),
        "out_of_scope": list(words.OUT_OF_SCOPE),
        "privacy": words.privacy_sentence(data["simulated"]),
        "licence": None,
        "for_the_authors": {key: text for key, text in words.OPEN if key != "consent" or not data["simulated"]},
    }
    return plain(card | {"limits": words.limits(card), "sharing": words.sharing_sentence(card["copying"])})


def _updates(history):
    """Updates that a training took."""
    return int(read_table(history, ("step",), ("step",))["step"].iloc[-1])


def _creation(recipe, created):
    """What images are made with beside the file itself."""
    labels = {name: created[name][0].item() for name in LABELS if created[name][0].item()}
    wanted = ("algorithm", "latent", "latent_distribution")
    return {name: recipe[name] for name in wanted} | {"height": int(created.size[0]), "width": int(created.size[1]), "labels": labels}
