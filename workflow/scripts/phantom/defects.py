"""Ischaemic perfusion defects in arterial territories and watersheds, and crossed cerebellar diaschisis, in template space."""

from dataclasses import dataclass

import numpy as np

from .fields import Field, noise_field, ramp, side_name

# Azimuth in degrees about the middle of the brain (0 is the front, 90 the side, 180 the back), where the wedge begins (mm from that middle)
# and its height in the template, mm. Not stated: chosen after the usual maps of the arterial territories (Tatu et al., Neurology
# 1998;50:1699), and so that each can be seen at the basal ganglia and at the cortex.
TERRITORIES = {
    "ACA": ((0, 34), 26, (-12, 78)),
    "anterior watershed": ((24, 56), 22, (-4, 70)),
    "MCA": ((44, 128), 20, (-22, 62)),
    "posterior watershed": ((108, 148), 26, (-4, 66)),
    "PCA": ((136, 180), 26, (-8, 56)),
}
# Not stated: chosen because most defects lie in the middle cerebral artery's territory and its borders.
FREQUENCY = (0.10, 0.18, 0.44, 0.16, 0.12)
DEPTH, PENUMBRA_MM = (0.25, 0.75), (8.0, 18.0)
DIASCHISIS = (0.10, 0.28)  # depth in the cerebellar hemisphere opposite (not stated)
MIDDLE_Y = -18.0
NOISE_ORIGIN, NOISE_EXTENT = (-96.0, -132.0, -72.0), (192.0, 228.0, 172.0)


@dataclass
class Defect:
    """One supratentorial defect.

    Attributes
    ----------
    territory : str
    side : int
        +1 right, -1 left.
    depth : float
        Share of perfusion lost in the core.
    azimuth : tuple of float
        Degrees.
    start : float
        mm from the middle of the brain.
    heights : tuple of float
        mm.
    penumbra : float
        mm over which the loss falls to none.
    noise : Field
        Makes the outline irregular.
    """

    territory: str
    side: int
    depth: float
    azimuth: tuple
    start: float
    heights: tuple
    penumbra: float
    noise: Field

    def lost(self, points):
        """Share of perfusion lost at points in template space, shape (n,)."""
        x, y, z = points
        across, front = np.float32(self.side) * x, y - np.float32(MIDDLE_Y)
        radius, angle = np.hypot(across, front), np.arctan2(across, front)
        low, high = np.radians(self.azimuth).astype(np.float32)
        bounds = [self.start - radius, self.heights[0] - z, z - self.heights[1]]
        # A wedge that touches the midline has no other bound there.
        if self.azimuth[0] > 0:
            bounds.append((low - angle) * radius)
        if self.azimuth[1] < 180:
            bounds.append((angle - high) * radius)
        distance = np.maximum(np.maximum.reduce(bounds) + 4 * self.noise.at(points), 1.0 - across)
        return np.float32(self.depth) * ramp(-distance, 0, self.penumbra)

    def describe(self):
        """Territory, side and depth, ready for JSON."""
        return {"territory": self.territory, "side": side_name(self.side), "depth": self.depth}


@dataclass
class Defects:
    """All defects of a person: `cerebral`, a list of Defect, and `cerebellar`, a list of (side, depth)."""

    cerebral: list
    cerebellar: list


def draw_defects(generator, case):
    """Draw the defects that a case of `plan.plan_cohort` asks for.

    Unilateral: one or two neighbouring territories, and diaschisis of the other cerebellar hemisphere where the case has it.
    Bilateral: a territory on each side, of a depth of its own, and no diaschisis that shows.
    """
    sides = {"": (), "left": (-1,), "right": (1,), "both": (-1, 1)}[case["side"]]
    cerebral = []
    for side in sides:
        number = int(generator.choice(len(TERRITORIES), p=FREQUENCY))
        names = [list(TERRITORIES)[number]]
        if generator.random() < 0.35:
            names.append(list(TERRITORIES)[number + 1 if number + 1 < len(TERRITORIES) else number - 1])
        cerebral += [_draw(generator, name, side) for name in names]
    cerebellar = []
    if case["diaschisis"]:
        cerebellar = [(-sides[0], float(generator.uniform(*DIASCHISIS)))]
    return Defects(cerebral, cerebellar)


def _draw(generator, name, side):
    azimuth, start, heights = TERRITORIES[name]
    low, high = azimuth
    # A territory that ends at the midline does so whatever is drawn.
    low, high = (edge if edge in (0, 180) else edge + generator.uniform(-5, 5) for edge in (low, high))
    heights = tuple(edge + generator.uniform(-6, 6) for edge in heights)
    noise = noise_field(generator, NOISE_ORIGIN, NOISE_EXTENT, 9.0)
    depth, penumbra = float(generator.uniform(*DEPTH)), float(generator.uniform(*PENUMBRA_MM))
    return Defect(name, side, depth, (low, high), start + generator.uniform(-6, 6), heights, penumbra, noise)


def lost_share(defects, points, cerebellum):
    """Share of perfusion lost at points in template space.

    Parameters
    ----------
    defects : Defects
    points : numpy.ndarray, shape (3, n)
        mm.
    cerebellum : numpy.ndarray, shape (n,)
        1 in the cerebellum, which supratentorial defects spare.

    Returns
    -------
    numpy.ndarray, float32, shape (n,)
    """
    kept = np.ones(points.shape[1], np.float32)
    for defect in defects.cerebral:
        kept *= 1 - defect.lost(points) * (1 - cerebellum)
    for side, depth in defects.cerebellar:
        kept *= 1 - np.float32(depth) * cerebellum * ramp(np.float32(side) * points[0], -4, 4)
    return 1 - kept
