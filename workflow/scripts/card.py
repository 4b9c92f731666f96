"""Write the card of one generator: what it was made of, what was found out about it, what it is for, and what it is not for.

Inputs: the generator and its history, none where images were made elsewhere; the created images; the cut that its data set is of; the
environment that it was trained in; the study's tables of realism, copying, use and judgements, those that it has.
Outputs: card.md (for people), card.json (create.py makes images by it), medigan.json (that collection's form).
"""

import logging

from neuroturing.card.build import build
from neuroturing.card.markdown import markdown
from neuroturing.card.medigan import medigan
from neuroturing.checklist.known import read_software
from neuroturing.io.files import write_json, write_text
from neuroturing.runlog import run


def main(
    generator, samples, history, cut, software, realism, copying, use, judgements, card, record, collection,
    recipe, study, dataset, label, where, simulated, seed, trained_by,
):  # fmt: skip
    """Write a card in its three forms.

    Parameters
    ----------
    generator, history : path
        Empty where the images were made elsewhere.
    samples, cut, software : path
    realism, copying, use, judgements : list of path
        None or one of each, or more.
    card, record, collection : path
        Written: card.md, card.json, medigan.json.
    recipe : dict
        As the training had it, and its name.
    study : dict
        title, citation.
    dataset, label : str
    where : dict
        Labels of the images that the data set has.
    simulated : bool
    seed : int
        Of the training.
    trained_by : str
        Hash of the code of the training.
    """
    tables = {"realism": realism, "copying": copying, "use": use, "judgements": judgements}
    versions = read_software(software)
    data = {"dataset": dataset, "label": label, "where": where, "simulated": simulated}
    known = build(generator or None, samples, history or None, cut, tables, recipe, study, data, seed, versions, trained_by)
    write_json(record, known)
    write_text(card, markdown(known))
    write_json(collection, medigan(known))
    logging.info("%s on %s: %d parameters", recipe["name"], dataset, (known["file"] or {}).get("parameters", 0))


if "snakemake" in globals():
    run(main, snakemake)
