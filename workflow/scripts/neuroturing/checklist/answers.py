"""The checklist filled in: for each item the function that answers it, and what is left to the authors."""

from . import data, models, outcomes
from .items import ITEMS

COLUMNS = ("item", "section", "asks", "status", "answer", "for_the_authors")
ANSWERED, IN_PART, OPEN = "answered", "in part", "for the authors"
ANSWERS = {
    "1": data.technique,
    "4": data.aims,
    "5": data.timing,
    "7": data.sources,
    "8": data.eligibility,
    "9": data.preprocessing,
    "10": data.subsets,
    "11": data.identities,
    "12": data.missing,
    "13": data.acquisition,
    "14": data.truth,
    "16": data.labels,
    "17": data.test_images,
    "18": data.agreement,
    "19": data.partition,
    "20": data.level,
    "21": data.sample_size,
    "22": models.architecture,
    "23": models.software,
    "24": models.initialisation,
    "25": models.training,
    "26": models.final_model,
    "27": models.ensembles,
    "28": outcomes.metrics,
    "29": outcomes.statistics,
    "30": outcomes.robustness,
    "31": outcomes.explanations,
    "32": outcomes.internal,
    "35": outcomes.numbers,
    "36": outcomes.characteristics,
    "37": outcomes.performance,
    "38": outcomes.diagnostic,
    "39": outcomes.failures,
    "40": outcomes.limits,
    "42": outcomes.protocol,
    "43": outcomes.availability,
    "R1": data.readers,
    "R2": data.shown,
    "R3": data.practice,
    "R4": data.beside,
}


def fill_in(known):
    """Every item with its answer.

    Returns
    -------
    list of dict
        `COLUMNS`, in the order of the checklist.
    """
    lines = []
    for number, section, asks, authors in ITEMS:
        answer = ANSWERS[number](known) if number in ANSWERS else ""
        status = IN_PART if answer and authors else ANSWERED if answer else OPEN
        rest = authors or ("" if answer else f"{asks}: the files of this run hold nothing on it")
        lines.append({"item": number, "section": section, "asks": asks, "status": status, "answer": answer, "for_the_authors": rest})
    return lines
