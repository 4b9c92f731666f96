"""Answers on the models and their training; each a function of a `known.Known`, empty text where nothing is known."""

from ..imageset import TRAIN
from .words import alike, label, sentences, several, words

TRAINING_KEYS = (
    "learning_rate", "learning_rate_floor", "halve_every", "beta_1", "beta_2", "epsilon", "rho", "batch", "epochs", "steps", "precision",
    "generator_updates", "critic_updates", "long_before", "long_critic_updates", "long_every", "clip", "input_noise", "augment",
    "augment_fill", "flip", "average", "margin", "gamma", "lambda_k",
)  # fmt: skip
NAMES = ("file", "label", "algorithm", "weight_stddev", "images")


def architecture(known):
    """22: what builds the networks."""

    def describe(pair, recipe):
        size = known.images.get(pair[0], {}).get("size", ())
        if "images" in recipe:
            return f"made elsewhere, imported from {recipe['images']}"
        rest = {key: value for key, value in recipe.items() if key not in (*TRAINING_KEYS, *NAMES)}
        return f"algorithm {recipe['algorithm']}, images of {'x'.join(map(str, size))} pixels, {words(rest)}"

    return alike(known, describe)


def software(known):
    """23: versions."""
    keras = sorted({training["keras"] for training in known.trainings.values()})
    parts = [
        known.trainings and f"Trainings ask for {words(known.software)}",
        keras and f"The generators were saved by Keras {words(keras)}",
    ]
    return sentences(parts)


def initialisation(known):
    """24: what weights start from."""
    return alike(
        known,
        lambda pair, recipe: (
            f"random, normal with standard deviation {words(recipe['weight_stddev'])}, seed {known.run['seed']}"
            if recipe.get("weight_stddev")
            else ""
        ),
    )


def training(known):
    """25: every number of the training, and how far it went."""
    numbers = alike(
        known,
        lambda pair, recipe: words({key: recipe[key] for key in TRAINING_KEYS if key in recipe}) if pair in known.trainings else "",
    )
    done = []
    for pair, each in known.trainings.items():
        count = known.images.get(pair[0], {}).get("images", {}).get(TRAIN)
        done.append(f"{label(known, *pair)}: {count:,} images, {each['steps']:,} updates, {each['epochs']:.3g} epochs")
    return " ".join(filter(None, [numbers, sentences(done)]))


def final_model(known):
    """26: which state is taken."""

    def describe(pair, recipe):
        if pair not in known.trainings:
            return ""
        averaged = f", weights averaged with {words(recipe['average'])}" if recipe.get("average") else ""
        return f"the state after the last update, {known.trainings[pair]['steps']}{averaged}; none was chosen by its images"

    return alike(known, describe)


def ensembles(known):
    """27: how many models there are."""
    return f"{several(len(known.trainings), 'model')}, each trained once; every created image is of one of them." if known.trainings else ""
