"""Scans of a BIDS folder."""

import os
import re
from pathlib import Path

from ..errors import InputError
from .rows import NIFTI, group_column, read_rows
from .tables import extras

# Suffix of each contrast, and whether its file has the entity ce (contrast medium). BIDS has no suffix of SPECT: its datasets use these.
SUFFIXES = {
    "t1w": (("T1w",), False),
    "t1": (("T1w",), False),
    "t1c": (("T1w",), True),
    "t2": (("T2w",), None),
    "flair": (("FLAIR",), None),
    "pet": (("pet",), None),
    "spect": (("spect", "pet"), None),
}
FILE = re.compile(r"(sub-[A-Za-z0-9]+)((?:_[a-z0-9]+-[A-Za-z0-9+]+)*)_([A-Za-z0-9]+)\.nii(?:\.gz)?")


def read_bids(spec, wanted):
    """Find the scans of a BIDS folder: sub-*/[ses-*/]{anat, pet, ...}/*_{suffix}.nii[.gz].

    Suffixes by contrast: t1w and t1: T1w without the entity ce; t1c: T1w with it (ce-gadolinium_T1w); t2: T2w; flair: FLAIR; pet: pet;
    spect: spect or pet; any other contrast: its own name, whatever the capitals. Groups come from participants.tsv where there is one,
    column group or what the study calls it.

    Of one contrast every file is a scan, named as the file without the suffix. Of several contrasts a scan is what a session holds of them,
    named as the subject and the session; files of a session that has more than one of a contrast belong together by their other entities
    (acq, run).

    Returns
    -------
    list of (str, dict)
        Folder, for messages, and row (see `cohort`).

    Raises
    ------
    InputError
        No folder; no such file in it; two files of one contrast and scan; a group that the study does not have.
    """
    folder = Path(spec["bids"])
    if not os.path.isdir(folder):
        hint = "check cohorts in your configuration; paths are relative to where you run"
        raise InputError(folder, "no such folder", "a BIDS folder", hint)
    found = _files(folder, wanted.contrasts)
    if not found:
        expected = ", ".join(_pattern(contrast) for contrast in wanted.contrasts)
        hint = "is this the folder with dataset_description.json, and are the files NIfTI?"
        raise InputError(folder, f"no sub-*/[ses-*/]*/ with {expected}", "scans in BIDS layout", hint)
    groups = _groups(folder, wanted)
    rows = []
    for (subject, name), images in sorted(_scans(folder, found, wanted.contrasts).items()):
        group = wanted.group_of(f"{folder}/participants.tsv, {subject}", groups.get(subject, ""))
        row = {"subject": subject, "scan": name, "group": group, "images": images} | extras(str(folder), group, wanted, {})
        if len(row.get("levels", ())) == 1:
            row["scan"] = f"{name}_{row['levels'][0]}"
        rows.append((str(folder), row))
    return rows


def _pattern(contrast):
    suffixes, enhanced = SUFFIXES.get(contrast, ((contrast,), None))
    return f"*{'_ce-*' if enhanced else ''}_{' or '.join(suffixes)}{' (without ce)' if enhanced is False else ''}.nii[.gz]"


def _files(folder, contrasts):
    """Every file of these contrasts: (subject, session, other entities, contrast, path)."""
    found = []
    for path in sorted({path for place in ("sub-*/*", "sub-*/ses-*/*") for end in NIFTI for path in folder.glob(f"{place}/*{end}")}):
        match = FILE.fullmatch(path.name)
        if not match:
            continue
        subject, entities, suffix = path.relative_to(folder).parts[0], match[2].split("_")[1:], match[3]
        session = next((entity for entity in entities if entity.startswith("ses-")), "")
        enhanced = any(entity.startswith("ce-") for entity in entities)
        others = "_".join(entity for entity in entities if not entity.startswith(("ses-", "ce-")))
        for contrast in contrasts:
            suffixes, wants = SUFFIXES.get(contrast, ((contrast,), None))
            if suffix.lower() in {name.lower() for name in suffixes} and wants in (None, enhanced):
                found.append((subject, session, others, contrast, path))
    return found


def _scans(folder, found, contrasts):
    """Images by contrast of every scan, by subject and name of the scan."""
    if len(contrasts) == 1:
        return {(subject, path.name.rsplit("_", 1)[0]): {contrast: str(path)} for subject, _, _, contrast, path in found}
    counts = {}
    for subject, session, _, contrast, _ in found:
        counts[subject, session, contrast] = counts.get((subject, session, contrast), 0) + 1
    single = {(subject, session) for subject, session, _ in counts}
    single -= {(subject, session) for (subject, session, _), count in counts.items() if count > 1}
    scans = {}
    for subject, session, others, contrast, path in found:
        parts = [subject, session, "" if (subject, session) in single else others]
        images = scans.setdefault((subject, "_".join(part for part in parts if part)), {})
        if contrast in images:
            hint = "take one of them out of the folder, or name the files in a table"
            raise InputError(folder, f"two files of contrast {contrast}: {images[contrast]}, {path}", "one for each scan", hint)
        images[contrast] = str(path)
    return scans


def _groups(folder, wanted):
    """Group by subject."""
    table = folder / "participants.tsv"
    if not os.path.exists(table):
        return {}
    header, rows = read_rows(table)
    named = group_column(table, header, wanted.group_name)
    return {cells["participant_id"]: cells[named] for _, cells in rows} if named and "participant_id" in header else {}
