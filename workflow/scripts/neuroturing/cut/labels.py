"""Labels of the images of one scan."""

from ..imageset import LABELS, REAL, TRAIN


def scan_labels(row, contrast, split, **more):
    """Every label of `imageset.LABELS` for the images of one scan, `more` among them.

    Parameters
    ----------
    row : dict
        Of the cohort: subject, scan, group.
    contrast : str
    split : dict
        "train", "validation" or "held_out" by subject; a subject that is not named is trained on.

    Returns
    -------
    dict
    """
    known = {"subject": row["subject"], "scan": row["scan"], "group": row.get("group") or "", "contrast": contrast, "source": REAL}
    return dict.fromkeys(LABELS, "") | known | {"split": split.get(row["subject"], TRAIN)} | more


def image_name(row, contrast, *parts):
    """Name of an image: the scan, the contrast where the scan has several, and what else tells its images apart."""
    contrasts = [contrast] if len(row["images"]) > 1 else []
    return "_".join([row["scan"], *contrasts, *parts])
