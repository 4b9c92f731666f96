"""The brain section of an axial perfusion SPECT slice and its midline, alike for real, simulated and created images.

Pictures have the front of the head at the top. Nothing here is stated in the abstract of Werner et al. 2022.
"""

from dataclasses import dataclass

import numpy as np
from scipy import ndimage, optimize, spatial

# Not stated: chosen because a blurred edge of grey matter is where counts fall to about half, and scalp uptake lies below.
THRESHOLD = 0.45
# Not stated: chosen because heads in a holder lie within it, and because a section is nearly symmetric about no other line within it.
MAX_TILT_DEG = 20.0
# Not stated: the width of the Gaussian as a share of the picture's, chosen because it takes ragged edges and single hot pixels away.
SMOOTHING = 1 / 64
# Not stated: chosen because cerebellum and temporal lobes may stand apart, and none of them is smaller than this share of the largest.
SMALLEST_PART = 0.1
# Not stated: the radius of closing as a share of the section's size, chosen because it bridges fissures but no cistern.
CLOSING = 0.06
# Not stated: a level below what a deep defect keeps and above the background. Its outline is that of the brain, defects included, or
# of the scalp, and either tells where the midline is.
HEAD_THRESHOLD = 0.12
# Not stated: where that outline fills this share of its convex hull, the section is convex too (basal ganglia and above), so that a gap
# at its rim is a defect; at the cerebellum the gaps are cisterns and bone. What a defect keeps and the scalp lacks bounds the gap.
CONVEX, RESIDUE = 0.95, 0.25
# Not stated: how far from the centroid the midline may lie, and the distance beyond which an edge no longer pulls, as shares of the
# section's size; the same for counts, as a share of the maximum; how many pixels' counts are compared, and their weight beside an edge's.
# Tried on simulated defects: the tilt is found to half a degree, and to one to three where a defect takes a quarter of the section.
REACH, EDGE_CAP, COUNTS_CAP, POINTS, COUNTS_WEIGHT = 0.2, 0.08, 0.1, 400, 4
LEAST_SHARE, LARGEST_SHARE = 0.02, 0.9


class NoSectionError(ValueError):
    """A picture in which no brain section can be told from its background."""


@dataclass(frozen=True)
class Midline:
    """A straight line through a picture: the points p with (p - centre) . normal = shift.

    Attributes
    ----------
    tilt_deg : float
        In-plane angle from the vertical; positive turns the front of the head to the right side of the picture.
    shift : float
        Distance of the line from the centre along its normal, in pixels, positive to the right side of the picture.
    centre : (float, float)
        Row and column of the middle of the picture.
    """

    tilt_deg: float
    shift: float
    centre: tuple

    def distance(self, rows, columns):
        """Signed distance from the line in pixels, positive on the right side of the picture."""
        sine, cosine = np.sin(np.deg2rad(self.tilt_deg)), np.cos(np.deg2rad(self.tilt_deg))
        return (np.asarray(rows) - self.centre[0]) * sine + (np.asarray(columns) - self.centre[1]) * cosine - self.shift

    def mirror(self, rows, columns):
        """Points on the other side of the line."""
        twice = 2 * self.distance(rows, columns)
        angle = np.deg2rad(self.tilt_deg)
        return rows - twice * np.sin(angle), columns - twice * np.cos(angle)


@dataclass(frozen=True)
class Section:
    """A brain section: its mask (bool, shape (height, width)), its midline, and the picture's robust maximum in grey levels."""

    mask: np.ndarray
    midline: Midline
    maximum: float


def smooth(image):
    """The picture as float64, blurred by a Gaussian of 1/64 of its width."""
    return ndimage.gaussian_filter(np.asarray(image, float), SMOOTHING * np.shape(image)[1])


def robust_maximum(smoothed, region):
    """The 99th percentile of a smoothed picture inside a region: a maximum that no single noisy pixel sets."""
    return float(np.percentile(smoothed[region], 99))


def brain_section(image, threshold=THRESHOLD, max_tilt_deg=MAX_TILT_DEG):
    """Find the brain section of an axial perfusion slice, and its midline.

    1. The outline: what is brighter than a share of the robust maximum, in parts of at least a tenth of the largest, closed and with
       its holes (ventricles, white matter, inner defects) filled.
    2. A defect at the rim leaves a bite in it, so the midline is found in a way that a one-sided bite does not move.
    3. The mask: the same outline of the brighter of the picture and its mirror image, which gives a one-sided bite back.
    4. Where the head is convex, what lies in the convex hull and is brighter than the scalp is added, which gives a two-sided bite back.

    Parameters
    ----------
    image : array_like, shape (height, width)
        Counts or grey levels, background darkest, front of the head at the top.
    threshold : float
        Share of the robust maximum that bounds the brain.
    max_tilt_deg : float
        Largest in-plane tilt of the head that is looked for.

    Returns
    -------
    Section

    Raises
    ------
    NoSectionError
        All values are equal; the section is less than 2 % or more than 90 % of the picture.
    """
    image = np.asarray(image, float)
    if image.min() == image.max():
        raise NoSectionError(f"every pixel is {image.flat[0]:g}")
    smoothed = smooth(image)
    bright = robust_maximum(smoothed, smoothed > 0.5 * smoothed.max())
    outline = _fill(_parts(smoothed > threshold * bright))
    _check_area(outline)
    head = _fill(_parts(smoothed > HEAD_THRESHOLD * bright))
    midline = find_midline([outline, head], smoothed / bright, max_tilt_deg)
    there = midline.mirror(*np.indices(image.shape))
    either = np.maximum(smoothed, ndimage.map_coordinates(smoothed, there, order=1, mode="nearest"))
    mask = _fill(_parts(either > threshold * bright))
    if head.sum() >= CONVEX * convex_hull(head).sum():
        mask = _fill(mask | (convex_hull(mask) & (either > RESIDUE * bright)))
    _check_area(mask)
    return Section(mask, midline, robust_maximum(smoothed, mask))


def signed_depth(mask):
    """Distance from the edge of a mask in pixels: positive inside, negative outside, zero half a pixel from either."""
    return np.where(mask, ndimage.distance_transform_edt(mask) - 0.5, 0.5 - ndimage.distance_transform_edt(~mask))


def find_midline(outlines, counts, max_tilt_deg=MAX_TILT_DEG):
    """The line about which outlines of one head, and the counts inside, are most symmetric.

    Made least over tilt and shift: the mean distance between an outline's edge and its mirror image, summed over the outlines, and the
    mean difference between counts and their mirror image. Differences are taken as they are, not squared, and none counts for more
    than a cap, so that a one-sided defect, its edge or a bump does not pull.

    Parameters
    ----------
    outlines : list of numpy.ndarray of bool, shape (height, width)
        The last one is the widest.
    counts : numpy.ndarray, float, shape (height, width)
        Smoothed, as shares of the maximum.
    max_tilt_deg : float

    Returns
    -------
    Midline
    """
    centre = (outlines[0].shape[0] - 1) / 2, (outlines[0].shape[1] - 1) / 2
    inside = np.nonzero(outlines[-1])
    size = np.sqrt(len(inside[0]))
    depths = [signed_depth(outline) for outline in outlines]
    parts = [(depth, np.nonzero((depth > 0) & (depth <= 1)), EDGE_CAP * size, 1) for depth in depths]
    parts.append((counts, tuple(axis[:: 1 + len(axis) // POINTS] for axis in inside), COUNTS_CAP, COUNTS_WEIGHT))

    def mismatch(tilts, shifts):
        """Capped mean differences for arrays of tilts (degrees) and of shifts from the centroid along the normal (pixels)."""
        lines = Midline(np.reshape(tilts, (-1, 1)), _through_centroid(inside, centre, tilts) + np.reshape(shifts, (-1, 1)), centre)
        total = 0.0
        for picture, points, cap, weight in parts:
            there = ndimage.map_coordinates(picture, lines.mirror(*points), order=1, mode="nearest")
            total = total + weight * np.minimum(np.abs(there - picture[points]) / cap, 1).mean(axis=1)
        return total

    tilts, shifts = np.meshgrid(np.linspace(-max_tilt_deg, max_tilt_deg, 21), np.linspace(-REACH * size, REACH * size, 31))
    best = int(np.argmin(mismatch(tilts.ravel(), shifts.ravel())))
    start = np.array([tilts.flat[best], shifts.flat[best]])
    found = optimize.minimize(
        lambda point: float(mismatch(point[0], point[1])[0]),
        start,
        method="Nelder-Mead",
        options={"initial_simplex": start + np.array([[0, 0], [1.5, 0], [0, REACH * size / 15]]), "xatol": 0.02, "fatol": 1e-5},
    )
    tilt = float(np.clip(found.x[0], -max_tilt_deg, max_tilt_deg))
    return Midline(tilt, float(_through_centroid(inside, centre, tilt)[0, 0] + found.x[1]), centre)


def _through_centroid(inside, centre, tilts):
    """Shifts, shape (n, 1), of the lines at these tilts through the centroid of an area."""
    angles = np.deg2rad(np.reshape(tilts, (-1, 1)))
    return (inside[0].mean() - centre[0]) * np.sin(angles) + (inside[1].mean() - centre[1]) * np.cos(angles)


def _parts(mask):
    """The connected parts of a mask that are at least a tenth of the largest."""
    labels, count = ndimage.label(mask)
    if not count:
        return mask
    sizes = np.bincount(labels.ravel())
    sizes[0] = 0
    return (sizes >= SMALLEST_PART * sizes.max())[labels]


def _fill(mask):
    """Close gaps by a disc that grows with the section, then fill holes."""
    if not mask.any():
        return mask
    radius = CLOSING * np.sqrt(mask.sum())
    margin = int(np.ceil(radius)) + 1
    padded = np.pad(mask, margin)
    grown = ndimage.distance_transform_edt(~padded) <= radius
    closed = ndimage.distance_transform_edt(grown) > radius
    return ndimage.binary_fill_holes(closed | padded)[margin:-margin, margin:-margin]


def convex_hull(mask):
    """The smallest convex area that holds a mask."""
    rows, columns = np.nonzero(mask)
    hull = spatial.Delaunay(np.column_stack([rows, columns]))
    return hull.find_simplex(np.moveaxis(np.indices(mask.shape), 0, -1)) >= 0


def _check_area(mask):
    share = mask.mean()
    if not LEAST_SHARE <= share <= LARGEST_SHARE:
        raise NoSectionError(f"the brain section would be {100 * share:.0f} % of the picture")
