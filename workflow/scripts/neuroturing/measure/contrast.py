"""Which of two sets of created images is closer to its real images: the difference of two sizes of effect, with an interval."""

import logging

import numpy as np
import pandas as pd

from .comparison import LEVEL, created_images, groups_of, real_images, reference_words, row_seed, untestable
from .statistics import bootstrap_p, cliffs_delta, clusters, holm, percentiles, resampled_delta

COLUMNS = (
    "first", "second", "first_reference", "second_reference", "first_delta", "second_delta",
    "closer", "closer_low", "closer_high", "closer_p", "closer_p_adjusted",
    "difference", "difference_low", "difference_high", "difference_p", "difference_p_adjusted", "reading", "note",
)  # fmt: skip


def contrast(table, spec, seed):
    """Two sets against each other, for each quantity and group.

    `closer` is |first delta| - |second delta|, below 0 where the first set is closer to its real images than the second is to its own;
    `difference` is first delta - second delta, which tells on which side. Delta is Cliff's, each of the set's first row in the spec. The
    bootstrap draws subjects, the same for both sets, and the created images of each; trainings are not drawn anew: there is one of each.

    Parameters
    ----------
    table, spec, seed
        As for `comparison.compare`; spec["contrast"] names the two sets.

    Returns
    -------
    pandas.DataFrame or None
        Columns quantity, the study's groups, `COLUMNS`; P values are two-sided and from the bootstrap, adjusted by Holm's method over all
        lines. None where the spec has no contrast.
    """
    if not spec.get("contrast"):
        return None
    chosen = [next(row for row in spec["rows"] if row["set"] == name) for name in spec["contrast"]]
    lines = []
    for quantity, column in spec["quantities"].items():
        for group in groups_of(table, spec, chosen[0]):
            known = {"quantity": quantity, spec["group"]: group} | dict(zip(("first", "second"), spec["contrast"], strict=True))
            known |= {
                f"{place}_reference": reference_words(table, spec, row, group)
                for place, row in zip(("first", "second"), chosen, strict=True)
            }
            seeds = row_seed(table, seed, quantity, spec, chosen[0], group)
            lines.append(known | _contrast_line(table, spec, column, chosen, group, [*seeds, 1]))
    if 2 * len(lines) / (spec["resamples"] + 1) >= LEVEL:
        logging.warning(
            "%d resamples are too few for a P below %g after Holm's method over %d lines.", spec["resamples"], LEVEL, len(lines)
        )
    result = pd.DataFrame(lines).reindex(columns=["quantity", spec["group"], *COLUMNS])
    for name in ("closer", "difference"):
        result[f"{name}_p_adjusted"] = holm(result[f"{name}_p"])
    result["reading"] = [_reading(line) for line in result.to_dict("records")]
    return result


def _contrast_line(table, spec, column, chosen, group, seed):
    """Both deltas and their contrast, or the reason why there is none."""
    real = [real_images(table, spec, row, group)[0].dropna(subset=[column]) for row in chosen]
    created = [created_images(table, spec, row, group)[column].dropna().to_numpy(float) for row in chosen]
    # An image that is in both references must be of one subject in both, known or not.
    cluster = clusters([subject or f"\0{image}" for rows in real for subject, image in zip(rows["subject"], rows["image"], strict=True)])
    cluster = np.split(cluster, [len(real[0])])
    for name, rows, others, subject in zip(spec["contrast"], real, created, cluster, strict=True):
        known = int((rows["subject"] != "").sum())
        if reason := untestable(rows[column].to_numpy(float), others, subject, known, spec["minimum"]):
            return {"note": f"{name}: {reason}"}
    count = int(max(np.max(part) for part in cluster)) + 1
    rng = np.random.default_rng(seed)
    drawn = rng.multinomial(count, np.full(count, 1 / count), spec["resamples"])
    samples = list(zip(real, created, cluster, strict=True))
    first, second = (cliffs_delta(rows[column], others) for rows, others, _ in samples)
    one, other = (resampled_delta(rows[column], others, subject, drawn, rng) for rows, others, subject in samples)
    line = {"first_delta": first, "second_delta": second, "note": ""}
    for name, value, values in (
        ("closer", abs(first) - abs(second), np.abs(one) - np.abs(other)),
        ("difference", first - second, one - other),
    ):
        low, high = percentiles(values, spec["confidence"])
        line |= {name: value, f"{name}_low": low, f"{name}_high": high, f"{name}_p": bootstrap_p(values)}
    return line


def _reading(line):
    """What a line shows, in words."""
    if not np.isfinite(line["closer_p_adjusted"]):
        return "not tested"
    if line["closer_p_adjusted"] >= LEVEL:
        return "neither shown to be closer"
    return f"{line['first'] if line['closer'] < 0 else line['second']} closer"
