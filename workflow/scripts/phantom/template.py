"""The brain that every simulated head is derived from: the ICBM152 maps that come with nilearn. Template space is RAS mm.

T1-weighted average, grey and white matter maps: mni_icbm152_tal_nlin_sym_09a (Fonov et al., NeuroImage 2011;54:313), exactly symmetric
about x = 0.
"""

import functools
from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from neuroturing.geometry.template import template

from .fields import Field

# Signal of the T1 average (0 to 1) in pure tissue, read from the map: lateral ventricle, caudate head, centrum semiovale.
T1_CSF, T1_GREY, T1_WHITE = 0.28, 0.69, 0.89

BRAIN_LEVEL = 0.05  # of the T1 average, which is 0 outside the brain
MARGIN = 4  # voxels round the brain that are kept of the maps
CLOSING_MM = 12.0
HEAD_LOW, HEAD_HIGH, HEAD_SPACING = (-113, -149, -117), (112, 130, 120), 3


@dataclass
class Template:
    """Fields in template space.

    Attributes
    ----------
    t1 : Field
        T1-weighted average, 0 to 1, sharpened in the deep nuclei, brain stem and cerebellum.
    white_odds, csf_odds : Field
        Natural logarithm of the odds of white matter, of cerebrospinal fluid, against grey matter.
    depth : Field
        Distance in mm from the smooth hull of the brain: positive outside, negative within.
    ventricles : Field
        Share of lateral ventricle, blurred by 6 mm; its gradient points into the ventricles.
    """

    t1: Field
    white_odds: Field
    csf_odds: Field
    depth: Field
    ventricles: Field


@functools.cache
def load_template():
    """Derive the fields from the template's maps, once; outside the brain they are constant, so they end with it."""
    maps = [template(name) for name in ("t1", "grey", "white")]
    found = [np.flatnonzero((maps[0].data > BRAIN_LEVEL).any(axis=others)) for others in ((1, 2), (0, 2), (0, 1))]
    # Multiples of HEAD_SPACING and of the ventricles' 2 mm, for these grids begin with the maps.
    low = [max(0, int(rows[0]) - MARGIN) // 6 * 6 for rows in found]
    box = tuple(slice(first, int(rows[-1]) + 1 + MARGIN) for first, rows in zip(low, found, strict=True))
    origin = maps[0].affine[:3, 3] + low
    t1, grey, white = (part.data[box] for part in maps)
    mask = t1 > BRAIN_LEVEL
    grey, white = grey * mask, white * mask
    csf = np.clip(1 - grey - white, 0, 1)
    floor = np.float32(0.01)
    logs = [np.log(part + floor) for part in (white, csf, grey)]
    return Template(
        Field(_sharpen(t1, origin), origin, 1.0),
        Field(logs[0] - logs[2], origin, 1.0),
        Field(logs[1] - logs[2], origin, 1.0),
        _hull_distance(mask, origin),
        _ventricle_field(csf, t1, origin),
    )


def _hull_distance(mask, origin):
    """Signed distance from the brain's outline with its sulci closed, on a grid that holds the head."""
    step = HEAD_SPACING
    pad = int(CLOSING_MM / step) + 1
    brain = np.pad(mask[::step, ::step, ::step], pad)
    dilated = ndimage.distance_transform_edt(~brain) * step <= CLOSING_MM
    hull = brain | (ndimage.distance_transform_edt(dilated) * step > CLOSING_MM)
    shape = tuple((high - low) // step + 1 for low, high in zip(HEAD_LOW, HEAD_HIGH, strict=True))
    start = [round((first - low) / step) - pad for first, low in zip(origin, HEAD_LOW, strict=True)]
    box = tuple(slice(first, first + size) for first, size in zip(start, hull.shape, strict=True))
    outside, distance = np.ones(shape, bool), np.zeros(shape)
    outside[box] = ~hull
    distance[box] = -ndimage.distance_transform_edt(hull)
    distance += ndimage.distance_transform_edt(outside)
    distance *= step
    return Field(ndimage.gaussian_filter(distance, 1.0).astype(np.float32), HEAD_LOW, step)


def _ventricle_field(csf, t1, origin):
    """Lateral ventricles: fluid round the middle of the brain, without the cisterns behind it and the insulae beside it."""
    x, y, z = (np.arange(size)[::2] + start for size, start in zip(csf.shape, origin, strict=True))
    x, y, z = np.abs(x)[:, None, None], y[None, :, None], z[None, None, :]
    middle = (x < 40) & (y > -52) & (y < 38) & (z > -14) & (z < 36)
    # The third ventricle is left out, for its wall holds the commissures, and the AC-PC distance does not grow with age.
    medial = (x < 12) & (y < -28) | (x < 6) & (z < 10)
    insula = (x > 26) & (y > -30)
    fluid = (csf[::2, ::2, ::2] > 0.5) & (t1[::2, ::2, ::2] < 0.6) & middle & ~medial & ~insula
    return Field(ndimage.gaussian_filter(fluid.astype(np.float32), 6 / 2), origin, 2.0)


def _sharpen(t1, origin):
    """Undo some of the averaging's blur where the template's own contrast is shown (unsharp masking by 2 mm)."""
    box = tuple(slice(int(low - start), int(high - start)) for low, high, start in zip((-65, -110, -72), (66, 40, 40), origin, strict=True))
    sharp = t1.copy()
    sharp[box] += 0.6 * (t1[box] - ndimage.gaussian_filter(t1[box], 2.0))
    return sharp
