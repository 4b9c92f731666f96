"""What is known of one scan's AC-PC frame, and the file that holds it."""

import json
from pathlib import Path

import numpy as np

from ...errors import InputError
from ...geometry.frames import angles
from .checks import require_success, warnings_of
from .frame import acpc_to_world
from .landmarks import check_landmarks, manual_landmarks, midline_normal


def describe(volume, row=None):
    """Landmarks, frame, angles and warnings of a scan; landmarks placed by hand win over the automatic ones.

    Parameters
    ----------
    volume : Volume
    row : dict, optional
        The scan's row of the cohort table, for landmarks placed by hand (see `landmarks.manual_landmarks`).

    Returns
    -------
    dict
        Ready for JSON: `ac`, `pc` (world RAS mm of the raw scan), `midsagittal_normal`, `pitch_deg`, `roll_deg`, `yaw_deg`, `ac_pc_mm`,
        `method` (automatic or manual), `warnings`, `quality`, `acpc_to_world` (4x4).

    Raises
    ------
    InputError
        Unusable landmarks, or a scan in which the registration finds no brain.
    """
    from .registration import locate

    manual = manual_landmarks(row or {})
    found = None
    if manual is None or not len(manual["midline"]):
        found = locate(volume)
        require_success(volume.path, found["quality"])
    ac, pc, normal = (found["ac"], found["pc"], found["normal"]) if found else (None, None, None)
    if manual is not None:
        check_landmarks(volume, manual, found["matrix"][:3, 1] if found else (0.0, 1.0, 0.0))
        ac, pc = manual["ac"], manual["pc"]
        normal = midline_normal(manual) if normal is None else normal
    matrix = acpc_to_world(ac, pc, normal)
    length = float(np.linalg.norm(ac - pc))
    quality = found["quality"] if found else {}
    turned = angles(matrix)
    return {
        "ac": ac.tolist(),
        "pc": pc.tolist(),
        "midsagittal_normal": matrix[:3, 0].tolist(),
        "pitch_deg": turned["pitch"],
        "roll_deg": turned["roll"],
        "yaw_deg": turned["yaw"],
        "ac_pc_mm": length,
        "method": "automatic" if manual is None else "manual",
        "warnings": warnings_of(matrix, length, quality),
        "quality": quality,
        "acpc_to_world": matrix.tolist(),
    }


def read_record(path):
    """Read the JSON of what `describe` gave; raises InputError for a file that is not one."""
    try:
        record = json.loads(Path(path).read_text(encoding="utf-8"))
        if np.shape(record["acpc_to_world"]) != (4, 4):
            raise ValueError("acpc_to_world is not 4x4")
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(path, f"not readable ({error})", "a landmarks file of this workflow", "delete it and run again") from error
    return record
