"""How many readers and images a study needs: power of its endpoint, before anyone answers and again from a pilot."""

import math

from ..mrmc import DESIGNS, components_of, power
from .across import CHANCE, pilot

COLUMNS = (
    "study", "source", "dataset", "endpoint", "aim", "readers", "cases", "power", "this_study", "effect", "margin", "alpha", "design",
    "random", "structure", "var_reader", "var_modality_reader", "var_error", "cov1", "cov2", "cov3", "components_cases", "pilot", "note",
)  # fmt: skip
ALPHA = 0.05
CHANCE_AIM, PAIR_AIM, EQUAL_AIM = AIMS = ("against chance", "difference between two models", "equivalence to chance")
ASSUMED, OBSERVED = "assumed", "observed"
FACTORIAL, IN_READER, IN_MODALITY, IN_BOTH = DESIGNS


def sizing(study, endpoint, effect, margin, structure, readers, cases, own=(), same_set=False, judgements=None):
    """Power by numbers of readers and images.

    Parameters
    ----------
    study, endpoint : str
        The endpoint: "accuracy" or "auc".
    effect : float
        The true distance from 0.5, or between two models, one of which is then at 0.5.
    margin : float
        Of equivalence to 0.5, where the truth is 0.5.
    structure : str
        Of Roe and Metz, see `mrmc.components_of`.
    readers, cases : sequence of int
        Cases are images of each reader and model.
    own : sequence of (int, int)
        Readers and images that the study has; rows of its own where they are not among the others.
    same_set : bool
        Whether readers judge the same images. Two models are always judged by images of their own.
    judgements : pandas.DataFrame, optional
        Once two people have answered there are rows from their variance components too, by data set. The effect stays the assumed one:
        power at an effect that was found says nothing that its P does not.

    Returns
    -------
    list of dict
        `COLUMNS`.
    """
    sizes = list(dict.fromkeys([*((r, n) for n in sorted(cases) for r in sorted(readers)), *own]))
    said = {"study": study, "endpoint": endpoint, "alpha": ALPHA}
    rows = []
    for aim in AIMS:
        plan = _plan(aim, effect, margin, same_set)
        values = [CHANCE + plan["effect"], CHANCE] if aim == PAIR_AIM else CHANCE + plan["effect"]
        assumed = {n: components_of(structure, values, n - n // 2, n // 2, endpoint) for n in {n for _, n in sizes}}
        behind = {"source": ASSUMED, "structure": structure}
        rows += [said | plan | _row(assumed[size[1]], size, own, plan) | behind for size in sizes]
    for dataset, (components, people, models) in (pilot(judgements, endpoint) if judgements is not None else {}).items():
        behind = {"source": OBSERVED, "dataset": dataset, "pilot": f"{people} readers, {models} model{'s' * (models > 1)}"}
        # How readers differ between models cannot be seen from one.
        for aim in AIMS if models > 1 else (CHANCE_AIM, EQUAL_AIM):
            plan = _plan(aim, effect, margin, same_set)
            rows += [said | plan | _row(components, size, own, plan) | behind for size in sizes]
    return rows


def _plan(aim, effect, margin, same_set):
    """What one aim is planned with."""
    design = FACTORIAL if same_set else IN_READER
    if aim == PAIR_AIM:
        design = IN_MODALITY if same_set else IN_BOTH
    equal = aim == EQUAL_AIM
    return {"aim": aim, "effect": 0.0 if equal else effect, "margin": margin if equal else None, "design": design}


def _row(components, size, own, plan):
    """Power at one size, and from what."""
    readers, cases = size
    random, endpoint = "RRRC" if readers > 1 else "FRRC", "difference" if plan["aim"] == PAIR_AIM else "constant"
    known = {name: value for name, value in vars(components).items() if name != "cases"} | {"components_cases": components.cases}
    row = {"readers": readers, "cases": cases, "this_study": "yes" if size in own else "", "random": random} | known
    note = "" if readers > 1 else "one reader: of this reader alone, other readers may differ"
    try:
        chosen = {name: plan[name] for name in ("effect", "margin", "design")}
        found = power(components, readers, cases, endpoint=endpoint, random=random, alpha=ALPHA, **chosen)
    except ValueError as error:
        found, note = math.nan, str(error)
    return row | {"power": found, "note": note}
