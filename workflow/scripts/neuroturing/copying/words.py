"""What is concluded of a model, and said in one sentence."""

import math

COPIES, NO_SIGN, UNKNOWN = "copies", "no sign of copying", "cannot be said"
FEWEST_SUBJECTS, FEWEST_IMAGES, LEAST_RECALL, FEWEST_CREATED = 2, 50, 0.9, 2
NAMED = "of the copies are of {}"  # where a subject's name stands, which a card does not give
LEVEL = 0.01  # of the three-sample test
MANY = 5  # times the share expected: chosen because nobody would call five copies in a hundred no sign of copying


def verdict_and_sentence(row, label):
    """The verdict on a model by the numbers of its row.

    - "copies": a created image is a real one pixel for pixel, or lies less than half as far from a training image as any of the reference;
    - "cannot be said": there is one created image, or the reference has fewer than 2 subjects or 50 images, or fewer than 90 % of planted
      exact copies are found;
    - "copies": the whole interval of the share of copies lies above the share expected of honest images, 1 %;
    - "cannot be said": it does not, but created images as a whole lie closer to the training images than the reference does (one-sided
      P < 0.01): that may be copying in part, and so may be images that are blurred or too much like the average;
    - "cannot be said": neither, but the share is over five times what is expected: the reference is too small to tell it from chance;
    - "no sign of copying" otherwise.

    Parameters
    ----------
    row : dict
        `examine.COLUMNS` but verdict and sentence.
    label : str
        What the model is called.

    Returns
    -------
    (str, str)
    """
    if row["identical"]:
        exact = f"{row['identical']} of {row['n_created']} created images are real images pixel for pixel, flips and quarter turns included"
        return COPIES, f"{label} copies: {exact}."
    if row["near"]:
        close = f"{row['near']} of {row['n_created']} created images are a training image but for little"
        return COPIES, f"{label} copies: {close}, less than half as far from it as any of {_people(row)} is from one."
    if row["n_created"] < FEWEST_CREATED:
        return UNKNOWN, f"{label}: whether it copies cannot be said, because there is only one created image."
    people = _people(row)
    too_few = row["subjects_reference"] < FEWEST_SUBJECTS or row["n_reference"] < FEWEST_IMAGES
    if too_few:
        why = f"the reference has {people}, and {FEWEST_IMAGES} images of {FEWEST_SUBJECTS} subjects are needed"
        return UNKNOWN, f"{label}: whether it copies cannot be said, because {why}."
    if not row["recall_exact"] >= LEAST_RECALL:
        found = "none is searched for" if math.isnan(row["recall_exact"]) else f"only {_percent(row['recall_exact'])} are found"
        why = f"of training images planted as they are {found}: are training images among the reference, or all subjects alike?"
        return UNKNOWN, f"{label}: whether it copies cannot be said, because {why}"
    count = (
        f"{row['copies']} of {row['n_created']} created images ({_percent(row['share'])}, 95 % interval {_percent(row['share_low'])} to "
        f"{_percent(row['share_high'])}) lie closer to a training image than all but 1 % of {people} do, and not for want of grain alone"
    )
    whole = f"(C_T = {row['c_t']:.1f}, P = {_p(row['c_t_p'])})"
    if row["share_low"] > row["expected_share"]:
        most = f"{_percent(row['most_copied_share'])} {NAMED.format('subject ' + row['most_copied_subject'])}"
        return COPIES, f"{label} copies: {count}, where 1 % is expected; {most} {whole}."
    if row["c_t_p"] < LEVEL:
        why = f"created images as a whole lie closer to the training images {whole}, as copied, blurred or average images do"
        return UNKNOWN, f"{label}: whether it copies cannot be said; {count}, which chance may give, but {why}."
    if row["share"] > MANY * row["expected_share"]:
        return (
            UNKNOWN,
            f"{label}: whether it copies cannot be said; {count}, many more than 1 %, which so few subjects may give.",
        )
    return NO_SIGN, f"{label} shows no sign of copying: {count}, where 1 % is expected; nor do they as a whole lie closer {whole}."


def _people(row):
    whom = "held-out subjects" if row["reference"] == "held out" else "training subjects held against the others"
    return f"{row['n_reference']} images of {row['subjects_reference']} {whom}"


def _percent(share):
    return f"{100 * share:.1f} %"


def _p(value):
    return "less than 0.001" if value < 0.001 else f"{value:.3f}"
