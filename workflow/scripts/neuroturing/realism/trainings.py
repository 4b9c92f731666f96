"""The spread between trainings of one recipe with different seeds: `{recipe}`, `{recipe}~2`, `{recipe}~3`."""

import numpy as np

AGAIN = "~"


def with_spread(rows):
    """Rows with the number of trainings of their recipe, and the standard deviation of the measure over them.

    Parameters
    ----------
    rows : list of dict
        dataset, recipe, measure, feature_space, and value where there is one.

    Returns
    -------
    list of dict
        The same with trainings (how many have a value) and trainings_sd, in units of the value, None where there are fewer than two. An
        interval is of one training; this says how much another would change.
    """
    groups = {}
    for row in rows:
        groups.setdefault(_key(row), []).append(row.get("value", np.nan))
    found = []
    for row in rows:
        values = np.array(groups[_key(row)], float)
        values = values[np.isfinite(values)]
        spread = float(values.std(ddof=1)) if len(values) > 1 else None
        found.append(row | {"trainings": len(groups[_key(row)]), "trainings_sd": spread})
    return found


def _key(row):
    return row["dataset"], row["recipe"].partition(AGAIN)[0], row["measure"], row["feature_space"]
