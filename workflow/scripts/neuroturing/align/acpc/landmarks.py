"""Landmarks placed by hand: 3D Slicer's files, or columns of the cohort table. Coordinates are the scan's world, RAS millimetres."""

import csv
import json
import os
from pathlib import Path

import numpy as np

from ...errors import InputError

COLUMNS = ("ac_x", "ac_y", "ac_z", "pc_x", "pc_y", "pc_z")
FCSV_COLUMNS = "id,x,y,z,ow,ox,oy,oz,vis,sel,lock,label,desc,associatedNodeID"
SYSTEMS = {"RAS": 1.0, "0": 1.0, "LPS": -1.0, "1": -1.0}  # sign of x and y; Slicer up to 4.10 writes numbers
OFF_LINE_MM = 5.0  # nearer to the AC-PC line a point says nothing about the midsagittal plane
OFF_PLANE_MM = 10.0
EDGE_VOXELS = 0.5
EXAMPLE = "a 3D Slicer point list (.fcsv or .mrk.json) with points named AC and PC"


def manual_landmarks(row):
    """Landmarks that a row of the cohort table gives.

    Parameters
    ----------
    row : dict
        `landmarks`: path of a 3D Slicer file, or `ac_x` to `pc_z`: numbers; absent, empty or None where there are none.

    Returns
    -------
    dict or None
        `ac`, `pc`: shape (3,); `midline`: further points, shape (n, 3); `where`: for messages. None where the row has none.

    Raises
    ------
    InputError
        Unreadable file; AC or PC missing or there twice.
    """
    if row.get("landmarks"):
        return read_slicer(row["landmarks"])
    values = [row.get(name) for name in COLUMNS]
    given = [name for name, value in zip(COLUMNS, values, strict=True) if value not in (None, "")]
    if not given:
        return None
    if len(given) < len(COLUMNS):
        raise InputError("cohort table", f"only {', '.join(given)}", ", ".join(COLUMNS), "give all six numbers, or none")
    numbers = np.array(values, float)
    return {"ac": numbers[:3], "pc": numbers[3:], "midline": np.empty((0, 3)), "where": "cohort table, ac_x to pc_z"}


def read_slicer(path):
    """AC, PC and midline points of a 3D Slicer file; all points but AC and PC are taken to lie in the midsagittal plane.

    Where points are numbered and named in their description, as in the AFIDs project's files, AC and PC alone are taken.

    Returns
    -------
    dict
        As `manual_landmarks`.
    """
    path = Path(path)
    if not os.path.exists(path):
        raise InputError(path, "no such file", EXAMPLE, "check the path in the column 'landmarks' of the cohort table")
    try:
        points = _read_json(path) if path.suffix.lower() == ".json" else _read_fcsv(path)
    except InputError:
        raise
    except Exception as error:
        found = f"not readable as landmarks ({type(error).__name__}: {error})"
        raise InputError(path, found, EXAMPLE, "save it anew from 3D Slicer") from error
    labels = [label.strip().upper() for label, _, _ in points]
    by_label = "AC" in labels or "PC" in labels
    names = labels if by_label else [description.strip().upper() for _, description, _ in points]
    for name in ("AC", "PC"):
        if names.count(name) != 1:
            listed = ", ".join(label or "no name" for label, _, _ in points) or "no points"
            found = f"{names.count(name)} points named {name} among {listed}"
            raise InputError(path, found, EXAMPLE, "name the two points AC and PC in 3D Slicer's Markups module")
    positions = np.array([position for _, _, position in points], float)
    if positions.shape[1:] != (3,) or not np.all(np.isfinite(positions)):
        raise InputError(path, "coordinates that are not three finite numbers", EXAMPLE, "save it anew from 3D Slicer")
    midline = [position for name, position in zip(names, positions, strict=True) if name not in ("AC", "PC")]
    return {
        "ac": positions[names.index("AC")],
        "pc": positions[names.index("PC")],
        "midline": np.array(midline if by_label else []).reshape(-1, 3),
        "where": str(path),
    }


def _sign(path, system):
    """Factors that take a file's coordinates to RAS."""
    if str(system).upper() not in SYSTEMS:
        raise InputError(path, f"coordinate system {system}", "RAS or LPS", "save it anew from 3D Slicer")
    sign = SYSTEMS[str(system).upper()]
    return np.array([sign, sign, 1.0])


def _read_fcsv(path):
    """(label, description, RAS position) of each point of a Slicer 4 or 5 fiducial file."""
    system, columns, rows = "RAS", FCSV_COLUMNS, []
    for line in path.read_text(encoding="utf-8-sig").splitlines():
        key, _, value = line.lstrip("# ").partition("=")
        if line.startswith("#") and key.strip().lower() == "coordinatesystem":
            system = value.strip()
        elif line.startswith("#") and key.strip().lower() == "columns":
            columns = value.strip()
        elif line.strip() and not line.startswith("#"):
            rows.append(line)
    columns = [name.strip() for name in columns.split(",")]
    sign = _sign(path, system)
    points = []
    for row in csv.reader(rows):
        cells = dict(zip(columns, row, strict=False))
        position = sign * [float(cells[axis]) for axis in "xyz"]
        points.append((cells.get("label", ""), cells.get("desc", ""), position))
    return points


def _read_json(path):
    """(label, description, RAS position) of each point of a Slicer markups file."""
    points = []
    for markup in json.loads(path.read_text(encoding="utf-8-sig"))["markups"]:
        sign = _sign(path, markup.get("coordinateSystem", "LPS"))  # the schema's default
        for point in markup.get("controlPoints", []):
            if point.get("positionStatus", "defined") == "defined":
                points.append((str(point.get("label", "")), str(point.get("description", "")), (sign * point["position"]).reshape(3)))
    return points


def check_landmarks(volume, manual, forward):
    """Raise InputError where AC or PC lies outside the image, or PC in front of AC.

    Parameters
    ----------
    volume : Volume
    manual : dict
        As `manual_landmarks`.
    forward : array_like, shape (3,)
        The head's anterior direction in the world.
    """
    for name in ("ac", "pc"):
        if not _inside(volume, manual[name]):
            found = f"{name.upper()} at {np.round(manual[name], 1).tolist()} mm lies outside {volume.path}"
            hint = "another scan's landmarks, LPS for RAS, or voxel indices?"
            raise InputError(manual["where"], found, "world coordinates (RAS mm) of that scan", hint)
    line = manual["ac"] - manual["pc"]
    if np.linalg.norm(line) < 1.0:
        raise InputError(manual["where"], "AC and PC at one place", "two points some 25 mm apart", "place both in 3D Slicer")
    if line @ np.asarray(forward) <= 0:
        raise InputError(manual["where"], "PC lies in front of AC", "AC in front of PC", "are the two swapped?")


def _inside(volume, point):
    voxel = np.linalg.inv(volume.affine)[:3] @ [*point, 1.0]
    return bool(np.all(voxel >= -EDGE_VOXELS) and np.all(voxel <= np.array(volume.data.shape) - 1 + EDGE_VOXELS))


def midline_normal(manual):
    """Normal, to the subject's right, of the plane through AC and PC that fits the further midline points best.

    Returns
    -------
    numpy.ndarray, shape (3,)

    Raises
    ------
    InputError
        Every point is within OFF_LINE_MM of the AC-PC line, or one is more than OFF_PLANE_MM off the plane.
    """
    line = manual["ac"] - manual["pc"]
    line = line / np.linalg.norm(line)
    away = manual["midline"] - manual["ac"]
    away = away - np.outer(away @ line, line)
    if np.linalg.norm(away, axis=1).max() < OFF_LINE_MM:
        hint = "add a point high in the interhemispheric fissure, or delete these: the plane is then found by itself"
        raise InputError(manual["where"], "midline points on the line through AC and PC", f"one at least {OFF_LINE_MM:g} mm off it", hint)
    # Of the directions at right angles to the line, the one along which the points spread least.
    across = np.linalg.svd(line[None])[2][1:]
    normal = np.linalg.svd(away @ across.T, full_matrices=True)[2][1] @ across
    worst = float(np.abs(away @ normal).max())
    if worst > OFF_PLANE_MM:
        found = f"a point {worst:.0f} mm off the plane that fits AC, PC and the others"
        raise InputError(manual["where"], found, "midline points besides AC and PC", "delete points of other structures from the list")
    return normal if normal[0] > 0 else -normal
