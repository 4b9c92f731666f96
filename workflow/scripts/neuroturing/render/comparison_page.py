"""A comparison of real and created images as a page for a reader who is no statistician."""

from .page import is_missing, render_notes, write_html

# Of a row with a test of equivalence: an interval of the effect this far from 0 shows that the margin is wide.
LARGE_DELTA = 0.33


def write_page(path, title, rows, contrast, level_mix, spec, facts, notes, remarks):
    """Write a comparison and its notes as one HTML file that needs nothing else.

    Parameters
    ----------
    path : path
    title : str
    rows : pandas.DataFrame
        From `measure.comparison.compare`.
    contrast : pandas.DataFrame or None
        From `measure.contrast.contrast`.
    level_mix : list of str
        At which levels created images lie, in sentences.
    spec : dict
        The comparison's: quantities, group, ratios, minimum, resamples, confidence.
    facts : dict
        From `measure.facts.facts_of`.
    notes : path or None
        The study's fragment; it may name facts, and page, which is "comparison" here.
    remarks : list of str
        What must be known of the cohort, above the table.
    """
    records = rows.to_dict("records")
    write_html(
        path,
        "comparison_page.html.j2",
        title=title,
        blocks=_blocks(records, spec["group"]),
        group=spec["group"],
        lines=[] if contrast is None else contrast.to_dict("records"),
        ratios=[(name, f"abs_ln_{name.lower()}", _with(records, name)) for name in spec.get("ratios", [])],
        has_published=any(record.get("published_p") for record in records),
        wide_margin=[record for record in records if record["verdict"] == "equivalent" and _is_wide(record)],
        large_delta=LARGE_DELTA,
        level_mix=level_mix,
        spec=spec | {"confidence": round(100 * spec["confidence"])},
        facts=facts,
        remarks=remarks,
        notes=render_notes(notes, page="comparison", facts=facts),
    )


def _blocks(records, group):
    """Records with one title above them: consecutive ones of a quantity and set, each group once.

    Returns
    -------
    list of dict
        quantity, dataset, reference (what all rows are held against, or empty where they differ), rows.
    """
    blocks = []
    for record in records:
        last = blocks[-1] if blocks else None
        same = last and all(last[name] == record[name] for name in ("quantity", "dataset"))
        if not same or record[group] in {row[group] for row in last["rows"]}:
            last = {"quantity": record["quantity"], "dataset": record["dataset"], "rows": []}
            blocks.append(last)
        last["rows"].append(record)
    for block in blocks:
        references = {record["reference"] for record in block["rows"]}
        block["reference"] = references.pop() if len(references) == 1 else ""
    return blocks


def _with(records, quantity):
    """Records of a quantity."""
    return [record for record in records if record["quantity"] == quantity]


def _is_wide(record):
    """Whether a shift of the margin is a large effect, or the effect's interval holds a large one."""
    sizes = [record[name] for name in ("margin_delta", "effect_low", "effect_high")]
    return any(not is_missing(size) and abs(size) >= LARGE_DELTA for size in sizes)
