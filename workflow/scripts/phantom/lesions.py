"""Infarcts in arterial territories, in template space."""

from dataclasses import dataclass

import numpy as np

from .fields import Field, noise_field, ramp
from .template import load_template

# Where an infarct of each territory may lie, on the right side, in mm of template space: the ranges of its apex (deep) and of its base (at
# the surface), half its opening angle in degrees, how far from the apex it begins, and how far it may lie from the midsagittal plane. Not
# stated in the papers: chosen after the usual maps of the arterial territories (Tatu et al., Neurology 1998;50:1699).
WEDGES = {
    "ACA": {
        "apex": ((8, 12), (0, 35), (22, 34)),
        "base": ((6, 16), (5, 52), (50, 62)),
        "angle": (24, 38),
        "start": (8, 14),
        "lateral": (0, 24),
    },
    "MCA": {
        "apex": ((24, 30), (-30, 12), (6, 26)),
        "base": ((64, 70), (-45, 25), (2, 42)),
        "angle": (20, 40),
        "start": (4, 12),
        "lateral": (20, 90),
    },
    "PCA": {
        "apex": ((16, 22), (-52, -40), (-2, 6)),
        "base": ((12, 26), (-102, -92), (-12, 14)),
        "angle": (20, 34),
        "start": (4, 10),
        "lateral": (0, 42),
    },
}
DEEP = {"centre": ((18, 28), (-12, 14), (0, 22)), "radius": (6, 14)}
TERRITORIES = ("ACA", "MCA", "PCA", "lenticulostriate")
# Not stated: chosen because most infarcts lie in the middle cerebral artery's territory.
FREQUENCY = (0.1, 0.5, 0.15, 0.25)
SHARE_OF_HAEMORRHAGE = 0.25
EFFACEMENT = 0.6  # share of a sulcus that swelling fills (not stated: chosen by eye)
NOISE_ORIGIN, NOISE_EXTENT = (-96.0, -132.0, -72.0), (192.0, 228.0, 172.0)


@dataclass
class Lesion:
    """One infarct.

    Attributes
    ----------
    territory : str
        ACA, MCA, PCA or lenticulostriate.
    side : int
        +1 right, -1 left.
    start, end : numpy.ndarray, shape (3,)
        A wedge's apex and the middle of its base, or a deep infarct's two poles, mm in template space.
    width : float
        Half the opening angle of a wedge in degrees, or a deep infarct's radius in mm.
    first : float
        mm from the apex to where a wedge begins.
    lateral : tuple of float
        Range of the distance from the midsagittal plane, mm.
    haemorrhagic : bool
        Has a rim of methaemoglobin in the acute phase.
    noise : Field
        Makes its outline irregular.
    """

    territory: str
    side: int
    start: np.ndarray
    end: np.ndarray
    width: float
    first: float
    lateral: tuple
    haemorrhagic: bool
    noise: Field

    @property
    def centre(self):
        """Middle of the infarct, mm in template space."""
        return (self.start + self.end) / 2 if self.territory == "lenticulostriate" else self.start + 0.7 * (self.end - self.start)

    def distance(self, points):
        """Signed distance in mm from the infarct's outline, negative inside; shape (n,)."""
        outline, bounds = self._solid(points)
        return np.maximum(outline + self.jag * self.noise.at(points), bounds).astype(np.float32)

    def near(self, points):
        """Number of the points that may lie within 1 mm of the infarct, whatever its noise."""
        outline, bounds = self._solid(points)
        return np.flatnonzero(np.maximum(outline - self.jag * np.abs(self.noise.values).max(), bounds) < 1)

    @property
    def jag(self):
        """How far the outline strays, mm for a noise of 1."""
        return np.float32(2 if self.territory == "lenticulostriate" else 4)

    def _solid(self, points):
        """Signed distance from the outline without its noise, and from what bounds it, mm."""
        from_start = points - self.start[:, None].astype(np.float32)
        axis = (self.end - self.start).astype(np.float32)
        length = float(np.linalg.norm(axis))
        axis /= length
        along = (from_start * axis[:, None]).sum(axis=0)
        across = np.sqrt(np.maximum((from_start**2).sum(axis=0) - along**2, 0))
        offset = self.side * points[0]
        low, high = self.lateral
        bounds = np.maximum(max(low, 2.0) - offset, offset - high)
        if self.territory == "lenticulostriate":
            return np.hypot(np.maximum(np.abs(along - length / 2) - length / 2, 0), across) - self.width, bounds
        angle = np.arctan2(across, np.maximum(along, 1e-3))
        return (angle - np.radians(self.width)) * np.hypot(along, across), np.maximum(bounds, self.first - along)

    def bulge(self):
        """A potential whose gradient points at the infarct's middle, for swelling or shrinkage; blurred to a radius of some 15 mm."""
        spacing, size = 4.0, 25
        origin = self.centre - spacing * (size // 2)
        axis = spacing * (np.arange(size, dtype=np.float32) - size // 2)
        squared = axis[:, None, None] ** 2 + axis[None, :, None] ** 2 + axis[None, None, :] ** 2
        return Field(np.exp(-squared / (2 * 12.0**2)).astype(np.float32), tuple(origin), spacing)


def draw_lesion(generator):
    """Draw one infarct: territory, side, place, size and outline.

    Parameters
    ----------
    generator : numpy.random.Generator

    Returns
    -------
    Lesion
    """
    territory = str(generator.choice(TERRITORIES, p=FREQUENCY))
    side = int(generator.choice((-1, 1)))
    noise = noise_field(generator, NOISE_ORIGIN, NOISE_EXTENT, 5.0)
    haemorrhagic = bool(generator.random() < SHARE_OF_HAEMORRHAGE)
    mirror = np.array([side, 1, 1])

    def place(ranges):
        return mirror * np.array([generator.uniform(*pair) for pair in ranges])

    if territory == "lenticulostriate":
        start = place(DEEP["centre"])
        end = start + mirror * generator.uniform((-2, -8, 4), (4, 8, 14))
        return Lesion(territory, side, start, end, generator.uniform(*DEEP["radius"]), 0.0, (2, 40), haemorrhagic, noise)
    wedge = WEDGES[territory]
    return Lesion(
        territory, side, place(wedge["apex"]), place(wedge["base"]), generator.uniform(*wedge["angle"]), generator.uniform(*wedge["start"]),
        wedge["lateral"], haemorrhagic, noise,
    )  # fmt: skip


def apply_lesion(lesion, phase, points, depth, parts):
    """Turn brain tissue into infarct, in place.

    Acute: oedema that effaces the sulci, and a rim of haemorrhage in some. Chronic: a cavity of fluid with a gliotic rim.

    Parameters
    ----------
    lesion : Lesion
    phase : str
        acute or chronic.
    points : numpy.ndarray, shape (3, n)
        mm in template space.
    depth : numpy.ndarray, shape (n,)
        Distance from the brain's hull, mm.
    parts : dict of str to numpy.ndarray, shape (n,)
        Shares of white, grey, deep_grey and csf, which are lessened; those of what replaces them are added to it.

    Returns
    -------
    numpy.ndarray, shape (n,)
        Share of the voxel that is infarcted tissue, cavity included.
    """
    rows = lesion.near(points)
    near = points[:, rows]
    distance = lesion.distance(near)
    inside = np.clip(0.5 - distance / 2.0, 0, 1)
    if phase == "acute":
        inside *= np.clip(0.78 + 0.08 * lesion.noise.at(near * np.float32(1.7)), 0, 1)
    taken = np.zeros_like(inside)
    for tissue in ("white", "grey", "deep_grey"):
        lost = parts[tissue][rows] * inside
        parts[tissue][rows] -= lost
        taken += lost
    if phase == "acute":
        sulcal = (1 - ramp(load_template().ventricles.at(near), 0.03, 0.12)) * ramp(-depth[rows], 1, 4)
        effaced = EFFACEMENT * sulcal * inside * parts["csf"][rows]
        parts["csf"][rows] -= effaced
        taken += effaced
        rim = np.clip(1.6 - np.abs(distance + 2.5), 0, 1) * ramp(lesion.noise.at(near + 7), -0.6, 0.6) if lesion.haemorrhagic else 0.0
        added = {"oedema": taken * (1 - rim), "haemorrhage": taken * rim}
    else:
        cavity = np.clip((-distance - 2.5) / 2.5, 0, 1)
        added = {"csf": taken * cavity, "gliosis": taken * (1 - cavity)}
    for tissue, part in added.items():
        parts.setdefault(tissue, np.zeros(points.shape[1], np.float32))[rows] += part
    infarct = np.zeros(points.shape[1], np.float32)
    infarct[rows] = taken
    return infarct
