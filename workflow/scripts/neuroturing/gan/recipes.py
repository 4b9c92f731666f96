"""A recipe: which GAN, with which numbers. Checked here, and hashed so that a changed recipe never resumes an old training."""

import hashlib
import json

from ..errors import InputError
from .schedules import critic_updates

LEVELS = {"R1": 4, "R2": 5}


def check_recipe(recipe, where="recipe"):
    """Check what no schema can: sizes that the networks can build, and one way of saying how long to train.

    Raises
    ------
    InputError
    """
    if ("steps" in recipe) == ("epochs" in recipe):
        found = "both steps and epochs" if "steps" in recipe else "neither steps nor epochs"
        raise InputError(where, found, "one of them", "steps counts updates, epochs counts passes over the training set")
    if "margin" in recipe and recipe["margin"][0] > recipe["margin"][1]:
        raise InputError(f"{where}.margin", recipe["margin"], "the least margin first", f"{recipe['margin'][::-1]}")
    if "reading" not in recipe:
        return
    step = 2 ** LEVELS[recipe["reading"]]
    start = recipe["size"] // step
    if start * step != recipe["size"] or start & (start - 1) or start < 1:
        raise InputError(
            f"{where}.size", recipe["size"], f"{step} times a power of two for reading {recipe['reading']}", f"{step * 4} is one"
        )


def total_steps(recipe, count):
    """Number of updates for a training set of `count` images; every epoch drops what does not fill a batch.

    Each update takes one batch, but for WGAN, whose critic takes one for each of its own: the 61,600 images of Han 2018 in batches of 64
    make 96,200 batches in 100 epochs, which is 18,081 updates of the generator.
    """
    if "steps" in recipe:
        return recipe["steps"]
    batches = max(1, round(recipe["epochs"] * (count // recipe["batch"])))
    if "critic_updates" not in recipe:
        return batches
    steps = used = 0
    while used < batches:
        used += critic_updates(recipe, steps)
        steps += 1
    return steps


def resolve_precision(wanted, gpu, cpuinfo="/proc/cpuinfo"):
    """Keras dtype policy for `precision`: auto, float32 or bfloat16.

    auto takes bfloat16 where the processor multiplies it in hardware (avx512_bf16 or amx_bf16), or on a GPU: weights, optimiser, losses
    and images stay float32.
    """
    if wanted == "auto":
        try:
            with open(cpuinfo, encoding="utf-8") as stream:
                text = stream.read()
        except OSError:
            text = ""
        wanted = "bfloat16" if gpu or "avx512_bf16" in text or "amx_bf16" in text else "float32"
    return {"bfloat16": "mixed_bfloat16", "float32": "float32"}[wanted]


def identity(**parameters):
    """Hash of everything that decides what a training gives, as 16 hexadecimal digits."""
    return hashlib.sha256(json.dumps(parameters, sort_keys=True).encode()).hexdigest()[:16]
