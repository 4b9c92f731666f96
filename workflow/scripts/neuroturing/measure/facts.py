"""What a page says of a comparison, computed from what was compared."""

import numpy as np

from ..imageset import HELD_OUT, REAL
from . import quantities
from .margins import in_words

NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")


def facts_of(rows, table, spec, measure=None):
    """Numbers and sentences for the page.

    Parameters
    ----------
    rows : pandas.DataFrame
        From `comparison.compare`.
    table : pandas.DataFrame
        Of measurements.
    spec : dict
        From `comparison.resolved`.
    measure : str, optional
        A name in MEASURES; with it the quantities are described.

    Returns
    -------
    dict
        tested, untested : int, rows; verdicts : dict of str to int; clustered : bool, whether a test takes variances by subject;
        trainings : int, behind a row, at most; real_side : str; held_out, trained : int, real images of held-out and of other subjects that
        rows are held against; against_training : bool, whether created images were held against images of subjects they were trained on;
        margin : str, in words; quantities : dict of name to {column, description}; sentences : list of str, what a reader must know.
    """
    tested = rows[rows["p_value"].notna()]
    real = table[table["source"] == REAL]
    held_out = int((real["split"] == HELD_OUT).sum())
    trained = len(real) - held_out
    side = spec["side"]
    held_out, trained = held_out if side != "train" else 0, trained if side != "held_out" else 0
    described = quantities(measure) if measure else {}
    trainings = int(np.nanmax(rows["n_trainings"], initial=0))
    facts = {
        "tested": len(tested),
        "untested": len(rows) - len(tested),
        "verdicts": tested["verdict"].value_counts().to_dict(),
        "clustered": bool(tested["test"].str.contains("clustered").any()),
        "trainings": trainings,
        "real_side": side,
        "held_out": held_out,
        "trained": trained,
        "against_training": trained > 0,
        "margin": in_words(spec["margin"]),
        "quantities": {name: {"column": column, "description": described.get(column, "")} for name, column in spec["quantities"].items()},
    }
    return facts | {"sentences": [_of_reference(held_out, trained), _of_trainings(trainings)]}


def _of_reference(held_out, trained):
    """Which real images created ones were held against."""
    if not trained:
        return f"Created images are held against {held_out} real images of subjects that no model was trained on."
    if not held_out:
        return (
            "No subject was held out of training: created images are held against the images their models were trained on. A model that "
            "copies these is favoured by that, and a row that reads equivalent does not show that images of other people would be alike."
        )
    return (
        f"Created images are held against real images of subjects their models were trained on ({trained}) and of others ({held_out}). A "
        "model that copies what it was trained on is favoured by that."
    )


def _of_trainings(trainings):
    """How many trainings stand behind a row."""
    number = NUMBERS[trainings] if trainings < len(NUMBERS) else str(trainings)
    training = "training stands" if trainings == 1 else "trainings stand"
    return (
        f"{number.capitalize()} {training} behind each row. Tests and intervals are of subjects and of created images; they do not tell "
        "how another training of the same model would have come out."
    )
