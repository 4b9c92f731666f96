"""What makes a result suspicious, and what makes it no result at all."""

from ...errors import InputError
from ...geometry.frames import angles

# Adults' AC-PC length; the other limits lie between what 27 real scans gave and what wrong results gave: chosen, not from a paper.
LENGTH_MM = (22.0, 32.0)
ANGLE_DEG = 25.0
WARN = {"mirror_correlation": 0.75, "ac_correlation": 0.6, "pc_correlation": 0.6, "brain_correlation": 0.5, "field_coverage": 0.97}
MEANING = {
    "mirror_correlation": "the two hemispheres are unlike each other at the midline (a lesion, or a wrong midsagittal plane)",
    "ac_correlation": "the pattern at AC is unlike the template's",
    "pc_correlation": "the pattern at PC is unlike the template's",
    "brain_correlation": "the brain is unlike the template's",
    "field_coverage": "the brain is cut off at the edge of the field",
}
# The certainty is the brain's correlation plus half of the commissures': right results gave 0.76 to 1.3, and
# boxes, noise, other contrasts and heads on their side or upside down at most 0.66. Either number alone is low for some right results
# (a very small brain; a tumour).
FAIL = {"certainty": 0.7, "mirror_correlation": 0.4, "field_coverage": 0.6}
GAIN = 1.0  # the affine must fit no worse than the rigid pose that it came from


def warnings_of(matrix, length, quality):
    """Plain sentences about what is suspicious; empty where all is well.

    Parameters
    ----------
    matrix : numpy.ndarray, shape (4, 4)
        AC-PC to world.
    length : float
        AC to PC, mm.
    quality : dict
        Numbers of the automatic step; empty for manual landmarks.

    Returns
    -------
    list of str
    """
    found = []
    if not LENGTH_MM[0] <= length <= LENGTH_MM[1]:
        found.append(f"AC-PC length {length:.1f} mm is outside {LENGTH_MM[0]:g} to {LENGTH_MM[1]:g} mm")
    turned = angles(matrix)
    for name in ("pitch", "roll", "yaw"):
        if abs(turned[name]) > ANGLE_DEG:
            found.append(f"{name} {turned[name]:.0f} degrees is more than {ANGLE_DEG:g}")
    for name, limit in WARN.items():
        if quality.get(name, limit) < limit:
            found.append(f"{MEANING[name]}: {name.replace('_', ' ')} {quality[name]:.2f}, expected {limit:g} or more")
    if "mutual_information" in quality and quality["mutual_information"] < GAIN * quality["mutual_information_rigid"]:
        found.append("the affine registration fits worse than the rigid one before it")
    return found


def require_success(path, quality):
    """Raise where the automatic step found no brain.

    Raises
    ------
    InputError
        Names the scan, the number that failed, and the way out.
    """
    commissures = (quality["ac_correlation"] + quality["pc_correlation"]) / 2
    numbers = quality | {"certainty": quality["brain_correlation"] + commissures / 2}
    for name, limit in FAIL.items():
        if not numbers[name] >= limit:
            raise InputError(
                path,
                f"AC and PC not found by registration ({name.replace('_', ' ')} {numbers[name]:.2f}, at least {limit:g} needed)",
                "a T1-weighted scan of a human head or brain, upright to within 25 degrees",
                "look at the scan: another contrast, part of a head, or a wrong orientation? else give AC, PC and midline points by hand",
            )
