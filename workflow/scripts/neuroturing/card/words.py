"""What a card says in words: intended use, what it is not for, limits, privacy, and what is left to the authors."""

from ..copying.words import NO_SIGN
from ..imageset import HELD_OUT, REAL, TRAIN

INTENDED = (
    "Reader studies: whether people or model observers can tell created images from real ones.",
    "Development and teaching of image processing, as far as the section Copying allows.",
    "Research on augmentation, where the section Use shows on subjects kept apart that created images help.",
)
OUT_OF_SCOPE = (
    "Diagnosis, treatment, or any other decision about a person.",
    "Evidence of anatomy or disease, or of how often either occurs.",
    "A replacement of real images where an algorithm or a device is tested.",
    "Images shown as real to anybody who has not agreed to be tested.",
)
FEW_SUBJECTS = 100
OPEN = (
    ("licence", "under which licence the generator is shared; none is given here"),
    ("consent", "whether the consent of the subjects, and the ethics committee, allow a generator trained on their scans to be shared"),
    ("contact", "whom to write to"),
    ("acquisition", "organ, modality, scanners and sites of the real images"),
    ("dates", "when it was trained and published"),
)


def copying_is_excluded(copying):
    """Whether copying was looked for, and no more was found than chance gives."""
    return bool(copying) and copying.get("verdict") == NO_SIGN


def copying_sentence(copying):
    """What was found out about copies of training images."""
    if not copying:
        return "Not examined: whether created images copy training images is not known."
    return copying.get("sentence") or f"Verdict: {copying.get('verdict') or 'none'}."


def use_sentences(rows):
    """Whether created images help a classifier: the conclusion on each task, which stands with real images alone, or why there is none."""
    concluded = [row for row in rows if row["arm"] in (REAL, None)] or rows
    return list(dict.fromkeys(f"{row['task']}: {row['sentence']}" for row in concluded if row["sentence"])) or ["Not examined."]


def sharing_sentence(copying):
    """Whether the generator may be handed on, as far as copying goes."""
    if copying_is_excluded(copying):
        return "Nothing found speaks against sharing it; that no image is copied cannot be proven."
    return "Copying was not excluded: do not share this generator or its images outside the group that may see the training images."


def privacy_sentence(simulated):
    """What the subjects have to do with it."""
    if simulated:
        return "The training images were simulated: they are of no person."
    return (
        "A generator can give its training images back, whole or in part, and who was among its subjects may be found out from it. "
        "It was trained without a guarantee such as differential privacy. Names of subjects and readers are in none of the card's files."
    )


def readers_sentence(readers):
    """Who has judged its images."""
    people, models = len({row["reader"] for row in readers["human"]}), len({row["reader"] for row in readers["model"]})
    told = f"{people} human reader{'s' if people != 1 else ''}" if people else "No human reader has judged images of this generator yet"
    return f"{told}; {models} model observer{'s' if models != 1 else ''}." if people or models else f"{told}."


def limits(card):
    """What keeps the card from saying more.

    Parameters
    ----------
    card : dict
        From `build.build`: data, model, images, realism, copying, readers.

    Returns
    -------
    list of str
    """
    data, images = card["data"], card["images"]
    trained = data["sides"][TRAIN]["subjects"]
    size = f"{images['height']} x {images['width']} pixels"
    pixel = f" of {data['pixel_mm']:.3g} mm" if data["pixel_mm"] else "; their size in mm is not known"
    found = [
        data["simulated"] and "The real images were simulated: nothing here says how a generator of people's scans would do.",
        f"Images have {size}{pixel}: what is finer is not in them.",
        "Each image is a single plane: images do not fit together to a volume.",
        "Grey levels are 8-bit and have no unit.",
        trained < FEW_SUBJECTS and f"It has seen {trained} subject{'s' if trained != 1 else ''}: others may look different.",
        not data["sides"][HELD_OUT]["subjects"] and "No subject was held out: it is measured against subjects that it was trained on.",
        "This is one training: another seed gives another generator.",
        "Its images are not for diagnosis.",
        not card["realism"] and "Realism was not measured.",
        not card["readers"]["human"] and "Whether people can tell its images is not known: no human reader has judged them.",
        not copying_is_excluded(card["copying"]) and "Copying was not excluded: do not share.",
    ]
    return [text for text in found if text]
