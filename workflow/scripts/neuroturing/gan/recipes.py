"""A recipe on a machine: how precisely it computes, and a name for a training that a changed recipe does not share. Without TensorFlow."""

import hashlib
import json

BFLOAT16_CAPABILITY = (8, 0)


def resolve_precision(wanted, capability, cpuinfo="/proc/cpuinfo"):
    """Keras dtype policy for `precision`: auto, float32 or bfloat16.

    auto takes bfloat16 where it is multiplied in hardware: on a GPU of compute capability 8.0 or more (NVIDIA Ampere, 2020), without a GPU
    on a processor with avx512_bf16 or amx_bf16. Weights, optimiser, losses and images stay float32. Numbers then depend on the machine;
    float32 is the same arithmetic everywhere.

    Parameters
    ----------
    wanted : str
    capability : (int, int) or None
        Of the GPU; None without one.
    cpuinfo : path
    """
    if wanted == "auto":
        fast = capability >= BFLOAT16_CAPABILITY if capability is not None else _processor_has_bfloat16(cpuinfo)
        wanted = "bfloat16" if fast else "float32"
    return {"bfloat16": "mixed_bfloat16", "float32": "float32"}[wanted]


def _processor_has_bfloat16(cpuinfo):
    try:
        with open(cpuinfo, encoding="utf-8") as stream:
            flags = stream.read()
    except OSError:
        return False
    return "avx512_bf16" in flags or "amx_bf16" in flags


def identity(**parameters):
    """Hash of everything that decides what a training gives, as 16 hexadecimal digits."""
    return hashlib.sha256(json.dumps(parameters, sort_keys=True).encode()).hexdigest()[:16]
