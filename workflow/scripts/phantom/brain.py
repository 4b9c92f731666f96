"""Brain tissue of one person in template space: the template's maps made crisp, with folds and sulci of that person's own."""

import numpy as np

from .fields import ramp
from .head import cover, ellipsoid, paired
from .template import T1_CSF, T1_GREY, T1_WHITE, load_template

# The template averages 152 brains: where they agree its maps are near 0 or 1, where they differ they lie between. Dividing the log odds by
# SOFTNESS makes them crisp again, and adding smooth noise lets each person come down on a side of their own. Not stated: chosen by eye.
SOFTNESS = 0.42
FOLD, SULCUS = 1.6, 1.6


def inner_skull(depth, meninges):
    """Signed distance from the inner surface of the skull, mm."""
    return depth - (2.3 + 0.5 * meninges)


def read_variation(points, noises):
    """Fold, sulcus and fine noise, and share of ventricle, at points in template space; a dict of arrays of shape (n,)."""
    return {name: noises[name].at(points) for name in ("fold", "sulcus", "fine")} | {"ventricle": load_template().ventricles.at(points)}


def brain_shares(points, depth, noises, age, variation=None):
    """Shares of brain tissue and fluid, as if nothing else were there.

    Parameters
    ----------
    points : numpy.ndarray, shape (3, n)
        mm in template space.
    depth : numpy.ndarray, shape (n,)
        Distance from the brain's hull, mm.
    noises : dict of str to Field
    age : float
        Years: sulci open and the brain draws back from the skull with age (Resnick et al., J Neurosci 2003;23:3295).
    variation : dict, optional
        `read_variation` of the points, where it is known already.

    Returns
    -------
    dict of str to numpy.ndarray, shape (n,)
        white, grey, deep_grey, csf; they add up to 1.
    """
    template = load_template()
    variation = read_variation(points, noises) if variation is None else variation
    older = np.float32(np.clip((age - 25) / 50, 0, 1.4))
    shell = depth + 0.4 + 0.8 * older
    white = template.white_odds.at(points) / SOFTNESS + FOLD * variation["fold"]
    fluid = template.csf_odds.at(points) / SOFTNESS + SULCUS * variation["sulcus"] + 0.7 + 1.8 * older + 3 * np.maximum(shell, 0)
    white, fluid = np.exp(np.clip(white, -12, 12)), np.exp(np.clip(fluid, -12, 14))
    total = 1 + white + fluid
    nuclei = _nuclei(points)
    share = np.maximum(nuclei, _hindbrain(points))
    parts = {"white": white / total, "csf": fluid / total}
    rows = np.flatnonzero(share)
    t1 = template.t1.at(points[:, rows])
    central = {"csf": np.clip((0.62 - t1) / (0.62 - T1_CSF), 0, 1)}
    central["white"] = np.clip((t1 - T1_GREY) / (T1_WHITE - T1_GREY), 0, 1) * (1 - central["csf"])
    for tissue, part in parts.items():
        part[rows] += share[rows] * (central[tissue] - part[rows])
    grey = np.maximum(1 - parts["white"] - parts["csf"], 0)
    parts["deep_grey"] = nuclei * grey
    parts["grey"] = grey - parts["deep_grey"]
    faded = parts["white"] * np.clip(
        0.05 + 0.05 * variation["fine"] + _hyperintensity(points, variation["ventricle"], noises, older), 0, 0.8
    )
    parts["white"] = parts["white"] - faded
    parts["grey"] = parts["grey"] + faded
    return parts


def cortical_mantle(points, depth):
    """1 in the outer brain, 0 round the commissures and basal ganglia, in the depth and outside."""
    middle = ellipsoid(points, (0, -11, -4), (26, 36, 24))
    return ramp(depth, -38, -18) * (1 - ramp(depth, -4, 6)) * ramp(middle, 0, 14)


def fissure_banks(points, depth):
    """1 in the cortex on both sides of the interhemispheric fissure, 0 near the commissures, at the skull and elsewhere."""
    x, y, z = points
    round_callosum = ellipsoid(points, (0, -12, -2), (30, 60, 38))
    return ramp(-np.abs(x), -16, -6) * ramp(round_callosum, 2, 10) * ramp(z, -30, -15) * ramp(-depth, 2, 8)


def _nuclei(points):
    """1 in the basal ganglia, thalamus, midbrain and commissures, 0 in the cortex: where the template's own contrast is kept."""
    both = paired(points)
    middle = np.minimum(ellipsoid(points, (0, -8, 2), (33, 38, 19)), ellipsoid(both, (14, -14, 18), (12, 34, 14)))
    return ramp(-middle, -3, 3)


def _hindbrain(points):
    """1 in the cerebellum and brain stem, whose folia are finer than the template's maps."""
    both = paired(points)
    stem = ellipsoid(points, (0, -28, -42), (20, 20, 40))
    hemisphere = ellipsoid(both, (24, -64, -42), (36, 32, 24))
    return ramp(-np.minimum(stem, hemisphere), -3, 3)


def _hyperintensity(points, ventricle, noises, older):
    """Rarefied white matter round the ventricles, more with age."""
    near = ramp(ventricle, 0.0, 0.25)
    rows = np.flatnonzero(near)
    near[rows] *= older**2 * 0.5 * np.clip(noises["fold"].at(points[:, rows] * np.float32(0.5)) + 0.3, 0, 1)
    return near


def dura_share(points, depth, meninges):
    """Falx and dura mater: a thin sheet in the midsagittal plane, and the lining of the skull."""
    x, y, z = points
    falx = np.maximum(np.abs(x) - 0.5, np.maximum(-18 - depth, -8 - z))
    lining = np.abs(inner_skull(depth, meninges) + 0.4) - 0.4
    return 0.7 * np.maximum(cover(falx), 0.6 * cover(lining))


def sinus_share(points, depth, meninges):
    """Superior sagittal sinus, under the inner table in the midline."""
    x, y, z = points
    inner = inner_skull(depth, meninges)
    return cover(np.maximum(np.abs(x) - (3.8 + 0.8 * np.clip(inner, -5, 0)), np.maximum(inner, -10 - z + np.where(y < -60, 0, 30))))
