"""Scans from a BIDS folder."""

from pathlib import Path

from ..errors import InputError
from .rows import NIFTI, read_lines

# How the files of a contrast end (BIDS specification 1.9, "Magnetic Resonance Imaging" and "Positron Emission Tomography"); contrast medium
# is an entity there, ce-.
SUFFIXES = {"t1w": "T1w", "t1": "T1w", "t1c": "T1w", "t2": "T2w", "flair": "FLAIR"}
FOLDERS = {"pet": "pet", "spect": "spect"}
ENHANCED = "_ce-"


def read_bids(spec, contrasts, align, group):
    """Find the scans of a BIDS folder: sub-*/[ses-*/]{anat,pet,...}/*_{suffix}.nii[.gz].

    Suffixes: T1w for t1w and t1, T1w with the entity ce for t1c, T2w for t2, FLAIR for flair; any other contrast's own name, in its own
    folder (pet) or in anat. Groups come from the column that the study calls its groups, or `group`, of participants.tsv. A scan is named as
    its file without the suffix, or, where there are several contrasts, as its subject and session.

    Parameters
    ----------
    spec : dict
        bids: path.
    contrasts, align, group
        As in `cohort.read_cohort`.

    Returns
    -------
    list of dict

    Raises
    ------
    InputError
        No folder, no image; levels without a table that says which; two images of one contrast in one session.
    """
    folder = Path(spec["bids"])
    if not folder.is_dir():
        hint = "check cohorts in your configuration; paths are relative to where you run"
        raise InputError(folder, "no such folder", "a BIDS folder", hint)
    groups = _groups(folder, group)
    found = {}
    for contrast in contrasts:
        for path in _files(folder, contrast):
            parts = path.relative_to(folder).parts
            session = "_".join(parts[:-2])
            name = path.name.split(".")[0].rsplit("_", 1)[0] if len(contrasts) == 1 else session
            row = found.setdefault(name, {"subject": parts[0], "scan": name, "group": groups.get(parts[0], ""), "images": {}})
            if contrast in row["images"]:
                twice = f"two {contrast} images of {name}: {row['images'][contrast]}, {path}"
                raise InputError(folder, twice, "one of each contrast in a session", "name the files in a table")
            row["images"][contrast] = str(path)
    if not found:
        ends = ", ".join(f"*_{SUFFIXES.get(contrast, contrast)}.nii[.gz]" for contrast in contrasts)
        expected = f"images in BIDS layout: sub-*/[ses-*/]anat/ with {ends}"
        raise InputError(folder, "no such images", expected, "is this the folder with dataset_description.json?")
    rows = []
    for _, row in sorted(found.items()):
        missing = [contrast for contrast in contrasts if contrast not in row["images"]]
        if missing:
            hint = "a table of cases names files wherever they are"
            raise InputError(folder, f"no {missing[0]} image of {row['scan']}", f"each of {', '.join(contrasts)}", hint)
        row["images"] = {contrast: row["images"][contrast] for contrast in contrasts}
        if align and align["rule"] == "levels":
            left_out = align["left_out"].get(row["group"], [])
            row |= {"levels": [name for name in align["heights_mm"] if name not in left_out], "side": "", "heights": {}}
        rows.append(row)
    return rows


def _files(folder, contrast):
    suffix, place = SUFFIXES.get(contrast, contrast), FOLDERS.get(contrast, "anat")
    paths = {path for part in (f"sub-*/{place}", f"sub-*/ses-*/{place}") for end in NIFTI for path in folder.glob(f"{part}/*_{suffix}{end}")}
    if contrast in ("t1", "t1c"):
        paths = {path for path in paths if (ENHANCED in path.name) == (contrast == "t1c")}
    return sorted(paths)


def _groups(folder, group):
    """Group of each subject by participants.tsv, where it has a column of them."""
    table = folder / "participants.tsv"
    if not table.exists():
        return {}
    header, lines = read_lines(table)
    column = next((name for name in (group["name"], "group") if name in header), None)
    return {line["participant_id"]: line[column] for line in lines} if column and "participant_id" in header else {}
