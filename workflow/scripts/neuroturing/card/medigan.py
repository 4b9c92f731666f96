"""A card in the form of medigan's metadata (Osuala et al. 2023, J. Med. Imaging 10:061403; program 1.0.0).

Mandatory there: execution and selection; in execution package_name (not empty), package_link, model_name, extension, dependencies and
generate_method, whose arguments have model_file, num_samples, output_path and save_images (medigan 1.0.0, config_manager.py,
is_model_metadata_valid); an identifier of 13 to 30 characters that begins with five digits (model_contributor.py, validate_model_id).
medigan checks nothing of selection and description; their keys are chosen as those that its collection is searched and ranked by.
What is measured otherwise than medigan measures it (Frechet distance in Inception's features, one SSIM) stays empty.
"""

import re

from .results import human_accuracy
from .words import copying_sentence, readers_sentence, sharing_sentence

LONGEST, SHORTEST = 30, 13
ARGUMENTS = ("model_file", "num_samples", "output_path", "save_images")
IMAGE_METRICS = ("SSIM", "MSE", "NSME", "PSNR", "IS", "FID")
CLASSIFICATION = ("accuracy", "precision", "recall", "f1", "specificity", "AUROC", "AUPRC")
SEGMENTATION = ("dice", "jaccard", "accuracy", "precision", "recall", "f1")
TRAINED_ON = ("trained_on_fake", "trained_on_real_and_fake")
# Not part of what makes images.
NOT_NEEDED = ("python",)


def identifier(card):
    """Name of a generator in the form 00000_TYPE_DATA; medigan gives the number."""
    parts = (card["model"]["recipe"], card["data"]["dataset"], card["study"]["title"], "generator")
    words = [re.sub(r"[^A-Za-z0-9]+", "_", str(part)).strip("_").upper() for part in parts]
    name = f"00000_{words[0]}_{words[1]}"[:LONGEST].rstrip("_")
    for word in words[2:]:
        name = name if len(name) >= SHORTEST else f"{name}_{word}"[:LONGEST].rstrip("_")
    return name


def medigan(card):
    """The metadata of one generator.

    Parameters
    ----------
    card : dict
        From `build.build`.

    Returns
    -------
    dict
        By `identifier`: execution, selection, description. turing_test is the mean accuracy of human readers, a share of 1 (a half is
        chance), None where none has answered; never a model observer's.
    """
    model, images, name = card["model"], card["images"], identifier(card)
    size = [images["height"], images["width"]]
    return {
        name: {
            "execution": {
                "package_name": name,
                "package_link": "",
                "model_name": card["file"]["name"].rpartition(".")[0] if card["file"] else "",
                "extension": ".keras" if card["file"] else "",
                "image_size": size,
                "dependencies": [f"{package}=={version}" for package, version in card["software"].items() if package not in NOT_NEEDED],
                "generate_method": {"name": "generate", "args": {"base": list(ARGUMENTS), "custom": {}}},
            },
            "selection": _selection(card, size),
            "description": {
                "title": f"{model['label']}, {card['data']['label']} ({card['study']['title']})",
                "provided_date": None,
                "trained_date": None,
                "provided_after_epoch": None,
                "version": card["code"],
                "publication": card["study"]["citation"],
                "doi": [],
                "comment": _comment(card),
            },
        }
    }


def _selection(card, size):
    """By what medigan finds and ranks generators."""
    downstream = {
        task: {kind: dict.fromkeys(metrics) for kind in TRAINED_ON} for task, metrics in (("CLF", CLASSIFICATION), ("SEG", SEGMENTATION))
    }
    turing = {"turing_test": human_accuracy(card["readers"]["human"])}
    data = card["data"]
    groups = [group for group in data["sides"]["train"]["groups"] if group]
    return {
        "performance": dict.fromkeys(IMAGE_METRICS) | turing | {"downstream_task": downstream},
        "use_cases": ["reader study", "augmentation"],
        "organ": [],
        "modality": data["contrasts"],
        "vendors": [],
        "centres": [],
        "function": ["noise to image", "image generation", "unconditional generation"],
        "condition": groups,
        "dataset": [data["label"]],
        "augmentations": [],
        "generates": ["2D images"],
        "height": size[0],
        "width": size[1],
        "depth": None,
        "type": card["model"]["algorithm"] or card["model"]["label"],
        "license": "",
        "dataset_type": "simulated" if data["simulated"] else "",
        "privacy": sharing_sentence(card["copying"]),
        "tags": [data["plane"]] if data["plane"] else [],
        "year": None,
    }


def _comment(card):
    """What medigan has no field for."""
    asked = "; ".join(f"{key}: {text}" for key, text in card["for_the_authors"].items())
    turing = "turing_test is the mean accuracy of human readers, 0.5 is chance." if card["readers"]["human"] else ""
    parts = [readers_sentence(card["readers"]), turing, copying_sentence(card["copying"]), *card["limits"], f"For the authors: {asked}."]
    return " ".join(part for part in parts if part)
