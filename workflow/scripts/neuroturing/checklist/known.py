"""What a study's files hold, read for the checklist: settings, scans, image sets, trainings, quizzes, judgements, comparisons."""

import hashlib
import json
import zipfile
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import yaml

from ..errors import InputError
from ..geometry.planes import PlaneGrid
from ..imageset import HELD_OUT, TRAIN, VALIDATION
from ..io.files import read_table
from ..read.design import TEST
from ..read.judgements import read_judgements
from ..read.quiz_files import read_key


@dataclass(frozen=True)
class Known:
    """What the answers are made of.

    Attributes
    ----------
    study : dict
        The study as it was run, see `plan.load`.
    cohort : dict
        Its cohort's settings; empty where all images are imported.
    rows : list of dict
        Scans of the cohort: scan, subject, group, split.
    run : dict
        size, seed.
    images : dict of str to dict
        By data set: images, and subjects (a set of names) of each side of the split; size (height, width).
    created : dict of (str, str) to dict
        By data set and recipe: images, seed.
    trainings : dict of (str, str) to dict
        By data set and recipe: steps, epochs, images_per_s, keras (version); of models that were trained here.
    software : dict of str to str
        Versions that trainings ask for.
    keys : dict of str to pandas.DataFrame
        By reader: the test images of the quiz.
    judgements : pandas.DataFrame or None
    comparisons : dict of str to pandas.DataFrame
    protocol : str
        SHA-256 of the study's file.
    """

    study: dict
    cohort: dict = field(default_factory=dict)
    rows: list = field(default_factory=list)
    run: dict = field(default_factory=dict)
    images: dict = field(default_factory=dict)
    created: dict = field(default_factory=dict)
    trainings: dict = field(default_factory=dict)
    software: dict = field(default_factory=dict)
    keys: dict = field(default_factory=dict)
    judgements: object = None
    comparisons: dict = field(default_factory=dict)
    protocol: str = ""

    @property
    def models(self):
        """Recipes by (data set, name)."""
        return {(dataset, name): recipe for dataset, models in self.study["trained"].items() for name, recipe in models.items()}

    @property
    def reading(self):
        """The reader study's block, or an empty one."""
        return self.study["reader_study"] or {"readers": [], "blocks": [], "practice": 0}


def read_images(path, where):
    """Numbers of images, and names of subjects, of each side of a data set; its pixels are not read.

    Parameters
    ----------
    path : path
        An image set of real images, pictures or turned planes.
    where : dict
        Wanted values by label.

    Returns
    -------
    dict
        images and subjects, each by side; size.
    """
    try:
        with np.load(path, allow_pickle=False) as archive:
            names = [name for name in ("subject", "split", *where) if name in archive.files]
            labels = {name: archive[name] for name in names}
            if "grid" in archive.files:
                stored = json.loads(str(archive["grid"]))
                grid = PlaneGrid(**{key: tuple(value) if isinstance(value, list) else value for key, value in stored.items()})
                each, size = grid.count, (grid.size, grid.size)
            else:
                each, size = 1, _picture_size(archive)
    except (OSError, ValueError, KeyError, zipfile.BadZipFile) as error:
        raise InputError(path, f"not readable ({error})", "an image set", "delete it and run the pipeline again") from error
    chosen = np.ones(len(labels["split"]), bool)
    for name, wanted in where.items():
        chosen &= np.isin(labels[name], wanted)
    sides = {side: chosen & (labels["split"] == side) for side in (TRAIN, VALIDATION, HELD_OUT)}
    return {
        "images": {side: int(mask.sum()) * each for side, mask in sides.items()},
        "subjects": {side: set(labels["subject"][mask].tolist()) for side, mask in sides.items()},
        "size": size,
    }


def _picture_size(archive):
    """Height and width of the pictures in an archive, from the header of the array alone."""
    with archive.zip.open("images.npy") as stream:
        np.lib.format.read_magic(stream)
        return np.lib.format.read_array_header_1_0(stream)[0][1:]


def read_created(path):
    """How many images a model made, and from which seed."""
    with np.load(path, allow_pickle=False) as archive:
        return {"images": len(archive["source"]), "seed": int(archive["seed"]) if "seed" in archive.files else None}


def read_training(history, generator):
    """How far a training went, and the version of Keras that its generator's file names."""
    table = read_table(history, ("step", "epoch", "images_per_s"), ("step", "epoch", "images_per_s"))
    with zipfile.ZipFile(generator) as archive:
        keras = json.loads(archive.read("metadata.json"))["keras_version"]
    last = table.iloc[-1]
    return {
        "steps": int(last["step"]),
        "epochs": float(last["epoch"]),
        "images_per_s": float(table["images_per_s"].median()),
        "keras": keras,
    }


def read_software(path):
    """Versions by package of an environment file."""
    lines = yaml.safe_load(Path(path).read_text(encoding="utf-8"))["dependencies"]
    return dict(line.split("=", 1) for line in lines if isinstance(line, str) and "=" in line)


def read_known(study, cohort, rows, run, real, created, trainings, software, quiz_keys, judgements, comparisons):
    """Read everything; parameters as `Known`, with paths in place of what they hold, by the same names."""
    return Known(
        study=study,
        cohort=cohort,
        rows=rows,
        run=run,
        images={name: read_images(path, study["data"][name]["where"]) for name, path in real.items()},
        created={tuple(name.split("/")): read_created(path) for name, path in created.items()},
        trainings={tuple(name.split("/")): read_training(*paths) for name, paths in trainings.items()},
        software=read_software(software),
        keys={Path(path).stem: (key := read_key(path))[key["block"] == TEST] for path in quiz_keys},
        judgements=read_judgements(judgements[0]) if judgements else None,
        comparisons={Path(path).stem: read_table(path) for path in comparisons},
        protocol=hashlib.sha256(Path(study["file"]).read_bytes()).hexdigest(),
    )
