"""Scans in their AC-PC frame as a BIDS derivative: names that BIDS admits, and what it asks to be said of each image."""

import re

import numpy as np

from .frame import reslice_grid

BIDS_VERSION = "1.10.0"
DESCRIPTION = {
    "Name": "Scans in their AC-PC frame",
    "BIDSVersion": BIDS_VERSION,
    "DatasetType": "derivative",
    "GeneratedBy": [{"Name": "NeuroTuring", "Description": "rules acpc_landmarks and acpc_reslice"}],
}
README = """Heads turned to the AC-PC line, by one interpolation from the raw scan, 1 mm, RAS: the anterior commissure (AC) is at
world (0, 0, 0), the posterior commissure (PC) on the negative y axis, and the midsagittal plane is x = 0.

Beside each image, its JSON file has AC and PC as voxel indices of the image (AnatomicalLandmarkCoordinates, counted from 0, as BIDS has it
for MRI) and, under Alignment, the record of the alignment: AC and PC in world mm of the raw scan, angles, method and warnings.

SkullStripped is false because nothing is stripped here. Set it to true if the scans were stripped before. A whole head shows a face:
deface what you share.
"""
PARTICIPANTS = {
    "name": {"Description": "Subject, as other files of the study call them"},
    "group": {"Description": "Group of the subject, as the study calls it"},
}


def bids_names(rows):
    """Folder and name of each scan, no two alike, whatever signs the names of subjects and scans have.

    Parameters
    ----------
    rows : list of dict
        subject, scan.

    Returns
    -------
    dict of str to (str, str)
        By scan: the subject's label (sub-01), and the session's (ses-2); '' for the only scan of a subject, called as the subject.
    """
    subjects = _labels(dict.fromkeys(row["subject"] for row in rows), "sub-")
    scans = {}
    for row in rows:
        scans.setdefault(row["subject"], {})[row["scan"]] = row["scan"].removeprefix(row["subject"]).lstrip("_+-")
    names = {}
    for subject, rest in scans.items():
        single = list(rest.values()) == [""]
        sessions = dict.fromkeys(rest, "") if single else _labels(rest, "ses-", rest)
        names |= {scan: (subjects[subject], session) for scan, session in sessions.items()}
    return names


def _labels(names, prefix, texts=None):
    """A label of letters and digits for each name; one that another has, by more than capitals, gets a number at its end."""
    labels, taken = {}, set()
    for name in sorted(names):
        plain = re.sub("[^A-Za-z0-9]", "", (texts or {name: name})[name].removeprefix(prefix)) or "1"
        label, number = plain, 1
        while label.lower() in taken:
            number += 1
            label = f"{plain}x{number}"
        taken.add(label.lower())
        labels[name] = f"{prefix}{label}"
    return labels


def image_path(subject, session):
    """Path of an image below the dataset's folder, without its ending."""
    return "/".join(
        filter(None, (subject, session, "anat", "_".join(filter(None, (subject, session, "space-ACPC", "desc-preproc", "T1w")))))
    )


def sidecar(scan, record):
    """What BIDS asks of one image.

    Parameters
    ----------
    scan : str
    record : dict
        See `record.describe`.

    Returns
    -------
    dict
        Ready for JSON.
    """
    to_voxel = np.linalg.inv(reslice_grid()[0])
    marks = {"AC": [0, 0, 0], "PC": [0, -record["ac_pc_mm"], 0]}
    return {
        "Description": f"{scan} turned to its AC-PC line: AC at world (0, 0, 0), PC on the negative y axis, midsagittal plane x = 0",
        "SkullStripped": False,
        "SpatialReference": "orig",  # a frame of its own for each head: no template
        "AnatomicalLandmarkCoordinates": {name: (to_voxel @ [*mark, 1])[:3].round(4).tolist() for name, mark in marks.items()},
        "Alignment": record,
    }
