"""The brain section of an axial perfusion slice and its midline, alike for real, simulated and created images.

Pictures have the front of the head at the top. Nothing here is stated in the abstract of Werner et al. 2022.
"""

from dataclasses import dataclass

import numpy as np
from scipy import ndimage, optimize, spatial

# Not stated: chosen because a blurred edge of grey matter is where counts fall to about half, and scalp uptake lies below.
THRESHOLD = 0.46
# Not stated: the mask is the mean of masks at these multiples of it, so that no gap that opens or closes at one of them decides a ratio.
SPREAD = np.array([0.92, 0.96, 1, 1.04, 1.08])
# Not stated: chosen because heads in a holder lie within it, and because a section is nearly symmetric about no other line within it.
MAX_TILT_DEG = 20.0
# Not stated: widths of Gaussians as shares of the picture's. The wide one takes ragged edges and single hot pixels away and serves maxima
# and the midline; the fine one, half a pixel of 64, serves the brain's edge, which more blur would carry into the cisterns.
SMOOTHING, FINE_SMOOTHING = 1 / 64, 1 / 128
# Not stated: chosen because temporal lobes and the base of the frontal ones may stand apart from the cerebellum, and a smaller part hardly
# counts.
SMALLEST_PART = 0.03
# Not stated: the radius of closing as a share of the section's size, chosen because it bridges fissures.
CLOSING = 0.06
# Not stated: a level below what a deep defect keeps and above the background. Its outline is that of the brain, defects included, or
# of the scalp, and either tells where the midline is.
HEAD_THRESHOLD = 0.12
# Not stated: what a defect keeps, and cisterns, bone and scalp lack, as a share of the maximum. At the cerebellum 2.5 to 14 % of the hull
# of a simulated section is darker than that on both sides; at the basal ganglia and above, defects of both sides included, at most 1 %.
RESIDUE, LARGEST_GAP = 0.2, 0.016
# Not stated: how far inside that hull nothing but brain is expected at the basal ganglia and above, as a share of the section's size.
DEEP = 0.035
# Not stated, for sections with cisterns: sharpening (weight, and width as a share of the picture's) gives back part of what the scanner's
# blur took; an edge is sought at a share of the brightest nearby (within a share of the picture's width) as much as of the whole, to
# the power LOCAL, so that the darker hemisphere and the temporal lobes are not cut short; the largest hole that is a ventricle.
SHARPENING, SHARPENING_WIDTH, NEARBY, LOCAL, LARGEST_HOLE = 0.7, 1.5 / 64, 10 / 64, 0.2, 0.015
# Not stated, for the same: what counts only the inside of the brain has, as a share of the maximum; and how much wider than that a bite
# is taken to be, its rim included.
PLATEAU, BITE_RIM = 0.7, 4
# Not stated: how far from the centroid the midline may lie, and the distance beyond which an edge no longer pulls, as shares of the
# section's size; the same for contrast; the width of the surroundings that contrast is taken against, as a share of the picture's; what
# keeps contrast small where there is next to nothing; how many pixels are compared at first, and their weight beside an edge's; from how
# many places the best line is sought, and how far apart these are in degrees and as a share of the section's size.
REACH, EDGE_CAP, CONTRAST_CAP, SURROUNDINGS, FLOOR, POINTS, CONTRAST_WEIGHT = 0.2, 0.08, 0.2, 3 / 64, 0.25, 400, 4
STARTS, STARTS_APART_DEG, STARTS_APART = 3, 4, 0.03
LEAST_SHARE, LARGEST_SHARE = 0.02, 0.9
# Not stated: pictures of fewer pixels are interpolated, chosen because at 64 a turn of the head by 5 degrees moved ratios by up to 2 %.
LEAST_WIDTH = 128


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
    """A brain section.

    Attributes
    ----------
    share : numpy.ndarray, float, shape (height, width)
        How much of each pixel is brain, 0 to 1: a mask of whole pixels would change with every turn and shift of a coarse picture.
    midline : Midline
    maximum : float
        Robust maximum in the section, grey levels.
    """

    share: np.ndarray
    midline: Midline
    maximum: float

    @property
    def mask(self):
        """Pixels of which more than half is brain, bool, shape (height, width)."""
        return self.share > 0.5


def smooth(image, width=SMOOTHING):
    """The picture as float64, blurred by a Gaussian whose standard deviation is a share of its width."""
    return ndimage.gaussian_filter(np.asarray(image, float), width * np.shape(image)[1])


def robust_maximum(smoothed, region):
    """The 99th percentile of a smoothed picture inside a region: a maximum that no single noisy pixel sets."""
    return float(np.percentile(smoothed[region], 99))


def brain_section(image, threshold=THRESHOLD, max_tilt_deg=MAX_TILT_DEG):
    """Find the brain section of an axial perfusion slice, and its midline.

    1. The midline, from the outline of the head and the pattern of counts in it, in ways that a defect does not move.
    2. The brighter of the picture and its mirror image, which gives back what a one-sided defect took. What of its convex hull is dark on
       both sides tells whether this is a section with cisterns and bone between its parts, as at the cerebellum.
    3. The mask of a section without: see `_closed_section`. With: see `_parted_section`. It is made at several thresholds, and a pixel's
       share is how much of it is brain, over all of them.

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
        Values that are not finite, all equal, or not above 0; the section is less than 2 % or more than 90 % of the picture.
    """
    image = np.asarray(image, float)
    if not np.isfinite(image).all():
        raise NoSectionError("values that are not finite")
    if image.min() == image.max():
        raise NoSectionError(f"every pixel is {image.flat[0]:g}")
    parts = -(-LEAST_WIDTH // image.shape[1])
    fine = _split(image, parts)
    smoothed = smooth(fine)
    if smoothed.max() <= 0:
        raise NoSectionError("next to no pixel above 0")
    bright = robust_maximum(smoothed, smoothed > 0.5 * smoothed.max())
    section = _parts(smoothed > threshold * bright)
    _check_area(section)
    # Zero but in created pictures whose background is not dark.
    background = max(0.0, float(np.median(smoothed[smoothed <= threshold * bright]))) / bright
    head = _fill(_parts(smoothed > (background + HEAD_THRESHOLD * (1 - background)) * bright))
    if head.mean() > LARGEST_SHARE:
        head = _fill(section)
    counts = smooth(fine, FINE_SMOOTHING) / bright
    midline = find_midline(head, _contrast(counts), max_tilt_deg)
    there = midline.mirror(*np.indices(fine.shape))
    either = np.maximum(counts, ndimage.map_coordinates(counts, there, order=1, mode="nearest"))
    hull = convex_hull(_parts(either > threshold))
    parted = np.sum(hull & (either < RESIDUE)) > LARGEST_GAP * hull.sum()
    if parted:
        masks = [_parted_section(counts, _sharpened(counts), there, level) for level in threshold * SPREAD]
    else:
        masks = [_closed_section(counts, either, hull, level) for level in threshold * SPREAD]
    share = np.mean(masks, axis=0)
    _check_area(share > 0.5)
    maximum = robust_maximum(smoothed, share > 0.5)
    share = share.reshape(image.shape[0], parts, image.shape[1], parts).mean((1, 3))
    centre = (image.shape[0] - 1) / 2, (image.shape[1] - 1) / 2
    return Section(share, Midline(midline.tilt_deg, midline.shift / parts, centre), maximum)


def _split(image, parts):
    """Split each pixel into parts x parts by cubic interpolation that goes neither below nor above what the picture holds."""
    if parts == 1:
        return image
    axes = [(np.arange(size * parts) + 0.5) / parts - 0.5 for size in image.shape]
    fine = ndimage.map_coordinates(image, np.meshgrid(*axes, indexing="ij"), order=3, mode="nearest")
    return np.clip(fine, image.min(), image.max())


def _contrast(counts):
    """How much brighter each pixel is than its surroundings, as a share: the pattern of gyri and nuclei, which a defect lets through."""
    surroundings = smooth(counts, SURROUNDINGS)
    return (counts - surroundings) / (surroundings + FLOOR)


def _closed_section(counts, either, hull, threshold):
    """Mask of a section that fills its convex hull but for defects: what is bright on either side and, in the hull, not empty or deep."""
    bright = _fill(_parts((either > threshold) & (counts > RESIDUE)))
    deep = signed_depth(hull) > DEEP * np.sqrt(hull.sum())
    return ndimage.binary_fill_holes(bright | (hull & (deep | (counts > RESIDUE))))


def _sharpened(counts):
    """Counts with part of the scanner's blur taken back, as shares of a maximum that is in part that of the neighbourhood."""
    sharp = counts + SHARPENING * (counts - smooth(counts, SHARPENING_WIDTH))
    nearby = ndimage.maximum_filter(counts, 1 + 2 * round(NEARBY * counts.shape[1]))
    return sharp / np.clip(nearby, RESIDUE, 1) ** LOCAL


def _parted_section(counts, sharp, there, threshold):
    """Mask of a section with gaps: what is bright by itself, see `_sharpened`; small holes in it; and bites that the other side lacks.

    Not all that the other side has: gaps differ a little from side to side, and each would be lost. A bite is where the other side is
    well inside the brain; what is restored grows with its width, so that none comes or goes with a turn of the head.
    """
    mask = _parts(sharp > threshold)
    missing = (ndimage.map_coordinates(mask.astype(float), there, order=1) > 0.5) & ~mask
    bites = ndimage.distance_transform_edt(missing & (ndimage.map_coordinates(counts, there, order=1) > PLATEAU))
    for depth in range(1, int(bites.max()) + 1):
        mask = mask | missing & (ndimage.distance_transform_edt(bites < depth) <= BITE_RIM * (depth - 1))
    holes, _ = ndimage.label(ndimage.binary_fill_holes(mask) & ~mask)
    sizes = np.bincount(holes.ravel())
    sizes[0] = 0
    return mask | ((sizes > 0) & (sizes <= LARGEST_HOLE * mask.sum()))[holes]


def signed_depth(mask):
    """Distance from the edge of a mask in pixels: positive inside, negative outside, zero half a pixel from either."""
    return np.where(mask, ndimage.distance_transform_edt(mask) - 0.5, 0.5 - ndimage.distance_transform_edt(~mask))


def find_midline(outline, contrast, max_tilt_deg=MAX_TILT_DEG):
    """The line about which the outline of a head, and the pattern inside, are most symmetric.

    Made least over tilt and shift: the mean distance between the outline's edge and its mirror image, and the mean difference between the
    local contrast and its mirror image. Differences are taken as they are, not squared, and none counts for more than a cap, so that an
    edge that a defect moved, or a bump, does not pull; contrast is local, so that the dark of a defect does not.

    Parameters
    ----------
    outline : numpy.ndarray of bool, shape (height, width)
    contrast : numpy.ndarray, float, shape (height, width)
        See `_contrast`.
    max_tilt_deg : float

    Returns
    -------
    Midline
    """
    centre = (outline.shape[0] - 1) / 2, (outline.shape[1] - 1) / 2
    inside = np.nonzero(outline)
    size = np.sqrt(len(inside[0]))
    depth = signed_depth(outline)
    edge = np.nonzero((depth > 0) & (depth <= 1))

    def mismatch(tilts, shifts, points):
        """Capped mean differences for arrays of tilts (degrees) and of shifts from the centroid along the normal (pixels)."""
        lines = Midline(np.reshape(tilts, (-1, 1)), _through_centroid(inside, centre, tilts) + np.reshape(shifts, (-1, 1)), centre)
        total = 0.0
        for picture, where, cap, weight in ((depth, edge, EDGE_CAP * size, 1), (contrast, points, CONTRAST_CAP, CONTRAST_WEIGHT)):
            there = ndimage.map_coordinates(picture, lines.mirror(*where), order=1, mode="nearest")
            total = total + weight * np.minimum(np.abs(there - picture[where]) / cap, 1).mean(axis=1)
        return total

    tilts, shifts = (
        axis.ravel() for axis in np.meshgrid(np.linspace(-max_tilt_deg, max_tilt_deg, 21), REACH * size * np.linspace(-1, 1, 31))
    )
    thin = max(1, len(inside[0]) // POINTS)
    rough = mismatch(tilts, shifts, tuple(axis[::thin] for axis in inside))
    found = []
    for start in _lowest_apart(np.column_stack([tilts, shifts / size]), rough, (STARTS_APART_DEG, STARTS_APART)) * [1, size]:
        simplex = start + np.array([[0, 0], [1.5, 0], [0, REACH * size / 15]])
        options = {"initial_simplex": simplex, "xatol": 0.02, "fatol": 1e-5}
        search = optimize.minimize(lambda point: float(mismatch(*point, inside)[0]), start, method="Nelder-Mead", options=options)
        found.append((search.fun, *search.x))
    _, tilt, shift = min(found)
    tilt = float(np.clip(tilt, -max_tilt_deg, max_tilt_deg))
    return Midline(tilt, float(_through_centroid(inside, centre, tilt)[0, 0] + shift), centre)


def _lowest_apart(places, values, apart):
    """The STARTS places of lowest value that differ by more than `apart` in either coordinate, shape (STARTS, 2)."""
    chosen = []
    for place in places[np.argsort(values)]:
        if all(np.any(np.abs(place - other) > apart) for other in chosen):
            chosen.append(place)
        if len(chosen) == STARTS:
            break
    return np.array(chosen)


def _through_centroid(inside, centre, tilts):
    """Shifts, shape (n, 1), of the lines at these tilts through the centroid of an area."""
    angles = np.deg2rad(np.reshape(tilts, (-1, 1)))
    return (inside[0].mean() - centre[0]) * np.sin(angles) + (inside[1].mean() - centre[1]) * np.cos(angles)


def _parts(mask):
    """The connected parts of a mask that are not small beside the largest."""
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
    edges = spatial.ConvexHull(np.argwhere(mask)).equations
    rows, columns = np.indices(mask.shape)
    return np.all([down * rows + right * columns + offset < 1e-6 for down, right, offset in edges], axis=0)


def _check_area(mask):
    share = mask.mean()
    if not LEAST_SHARE <= share <= LARGEST_SHARE:
        raise NoSectionError(f"the brain section would be {100 * share:.0f} % of the picture")
