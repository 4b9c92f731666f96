"""Lay a study's scans in their AC-PC frame out as a BIDS derivative.

Inputs: {scan}_acpc.nii.gz and {scan}_landmarks.json of every scan. Output: a folder. Images in it are hard links to the inputs where the
file system has them, and copies elsewhere.
"""

import os
import shutil

from neuroturing.align.acpc.bids import DESCRIPTION, PARTICIPANTS, README, bids_names, image_path, sidecar
from neuroturing.align.acpc.record import read_record
from neuroturing.io.files import complete, write_json, write_table, write_text
from neuroturing.runlog import run


def main(resliced, landmarks, folder, rows):
    """Fill the folder beside its place and move it there when it is complete.

    Parameters
    ----------
    resliced, landmarks : list of path
        In the order of `rows`.
    folder : path
    rows : list of dict
        subject, scan, group.
    """
    names = bids_names(rows)
    with complete(folder) as partial:
        people = {}
        for row, image, record in zip(rows, resliced, landmarks, strict=True):
            subject, session = names[row["scan"]]
            people[subject] = {"participant_id": subject, "name": row["subject"], "group": row["group"] or "n/a"}
            stem = partial / image_path(subject, session)
            stem.parent.mkdir(parents=True, exist_ok=True)
            write_json(f"{stem}.json", sidecar(row["scan"], read_record(record)))
            place(image, f"{stem}.nii.gz")
        write_json(partial / "dataset_description.json", DESCRIPTION)
        write_text(partial / "README", README)
        write_table(partial / "participants.tsv", [people[subject] for subject in sorted(people)])
        write_json(partial / "participants.json", PARTICIPANTS)


def place(source, target):
    """Give a file a second name; a copy where the file system has no such thing."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)


if "snakemake" in globals():
    run(main, snakemake)
