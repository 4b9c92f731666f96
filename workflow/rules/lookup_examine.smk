"""What rules ask of an examination without a reader: functions named get_<thing>, each one look-up.

REQUIRED INPUTS: STUDIES, settled by common.smk.
"""

from collections import Counter


def get_examined_sets(study):
    """Every set of created images of a study, repeated trainings too: dataset, recipe, what tables call it, and family.

    Data sets of one label have their name beside it; they are one family.
    """
    labels = {dataset: get_label(study, dataset) for dataset in get_models(study)}
    shared = Counter(labels.values())
    labels = {dataset: f"{label} ({dataset})" if shared[label] > 1 else label for dataset, label in labels.items()}
    return [
        {
            "dataset": dataset,
            "recipe": recipe,
            "label": f"{labels[dataset]}, {get_recipe_label(study, dataset, recipe)}",
            "family": get_label(study, dataset),
        }
        for dataset, recipes in get_models(study).items()
        for recipe in recipes
    ]


def get_examined_real(study, drawn):
    """Real images of each data set that has models: those that readers see, or those of subjects that were trained on.

    One and the same where no subject is kept from training.
    """
    folder = drawn if STUDIES[study]["split"] != "none" else "real"
    return [f"results/{study}/{folder}/{dataset}.npz" for dataset in get_models(study)]


def get_side_name(study):
    """How tables call the subjects that created images are held against."""
    return "held out" if STUDIES[study]["split"] != "none" else "trained on"


def get_examination(study, *names):
    """Some settings of a study's examination without a reader."""
    return {name: STUDIES[study]["examination"][name] for name in names}


def get_examination_files(study):
    """What the examination without a reader gives; nothing where a study has no model."""
    names = ["realism.tsv", "measures.tsv", "copying.tsv", "copying.png"]
    names += ["use.tsv"] if STUDIES[study]["examination"]["use"] else []
    return names if get_models(study) else []


def get_examined(study, name):
    """One of the files that the examination without a reader gives; none where it does not."""
    return [f"results/{study}/{name}"] if name in get_examination_files(study) else []


def is_imported(wildcards):
    """Whether a model's images were made elsewhere."""
    return "images" in get_model(wildcards)


def get_trained_file(wildcards, name):
    """A file that a training gives; none where a model's images were made elsewhere."""
    place = f"results/{wildcards.study}/models/{wildcards.dataset}/{wildcards.recipe}"
    return [] if is_imported(wildcards) else f"{place}/{name}"
