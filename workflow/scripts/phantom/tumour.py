"""One glioma: where it lies, how it pushes the brain aside, and what it makes of the tissue. Head space, mm."""

from dataclasses import dataclass

import numpy as np

from .fields import Field, noise_field, ramp
from .head import cover, ellipsoid

# Where gliomas grow, on the right, mm in template space, and how often (Larjavaara et al., Neuro Oncol 2007;9:319: frontal 40 %, temporal
# 29 %, parietal 14 %, occipital 3 %). Not stated: all other numbers of this module, chosen by eye beside images like those of BraTS.
PLACES = {
    "frontal": ((28, 34, 22), 40),
    "temporal": ((42, -18, -8), 29),
    "parietal": ((30, -42, 36), 14),
    "occipital": ((27, -66, 14), 3),
}
SCATTER_MM = (5.0, 7.0, 6.0)


@dataclass
class Tumour:
    """One glioma, in head space, mm.

    Attributes
    ----------
    lobe : str
    side : int
        +1 right, -1 left.
    centre, radii : numpy.ndarray, shape (3,)
    rim : float
        Mean thickness of what takes up contrast medium.
    reach : float
        Mean distance that oedema spreads through white matter.
    push : float
        Share of the distance from the centre that tissue close to it was moved outwards by; below 1, so that the map stays invertible.
    noise : fields.Field
        Makes its outlines irregular.
    """

    lobe: str
    side: int
    centre: np.ndarray
    radii: np.ndarray
    rim: float
    reach: float
    push: float
    noise: Field

    def distance(self, points):
        """Signed distance in mm from the outline of the solid tumour, negative inside; shape (n,)."""
        return ellipsoid(points, self.centre, self.radii) + 3.2 * self.noise.at(points) + 1.2 * self.noise.at(points * np.float32(2) + 31)

    def near(self, points):
        """Number of the points that the tumour may have reached or moved."""
        offset = points - self.centre.astype(np.float32)[:, None]
        return np.flatnonzero((offset**2).sum(axis=0) < (4.5 * self.radii.mean()) ** 2)

    def before(self, points, room):
        """Where what is seen at points lay before the tumour grew: a smooth map along the radii.

        Parameters
        ----------
        points : numpy.ndarray, shape (3, n)
            Head space, mm.
        room : numpy.ndarray, shape (n,)
            1 in the depth of the brain, 0 at the skull, which does not give way.
        """
        offset = points - self.centre.astype(np.float32)[:, None]
        spread = np.float32(1.25 * self.radii.mean())
        return points - offset * (np.float32(self.push) * room * np.exp(-(offset**2).sum(axis=0) / (2 * spread**2)))


def draw_tumour(generator, deformation):
    """Draw one glioma in the brain of a deformation.

    Returns
    -------
    Tumour
    """
    share = np.array([often for _, often in PLACES.values()])
    lobe = str(generator.choice(list(PLACES), p=share / share.sum()))
    side = int(generator.choice((-1, 1)))
    place = np.array(PLACES[lobe][0]) + generator.uniform(-1, 1, 3) * SCATTER_MM
    centre = deformation.to_head((place * [side, 1, 1])[:, None])[:, 0]
    radius = generator.uniform(13, 22) * (0.85 if lobe in ("temporal", "occipital") else 1)
    radii = radius * np.exp(generator.normal(0, 0.13, 3))
    rim, reach, push = generator.uniform(3.0, 6.5), generator.uniform(9, 24), generator.uniform(0.3, 0.6)
    noise = noise_field(generator, centre - 90, (180, 180, 180), 5.0)
    return Tumour(lobe, side, centre, radii, rim, reach, push, noise)


def grow(tumour, points, seen, shares):
    """Turn tissue into tumour and oedema, in place; `seen` is where it lay in the template."""
    distance, noise = tumour.distance(points), tumour.noise.at(points * np.float32(1.6) + 11)
    # The falx keeps a glioma on its side.
    solid = cover(np.maximum(distance, 2 - tumour.side * seen[0]), 2.0)
    rim = tumour.rim * np.clip(1 + 0.45 * noise, 0.45, 2.2)
    dead = solid * cover(distance + rim, 2.0)
    wet = ramp(tumour.reach * (1 + 0.45 * tumour.noise.at(points * np.float32(0.7) - 23)) - distance, -1, 5)
    wet *= ramp(shares["white"], 0.35, 0.85) * ramp(tumour.side * seen[0], -6, 2)
    fading = np.clip(0.95 - 0.3 * np.maximum(distance, 0) / tumour.reach, 0.4, 1)
    oedema = shares["white"] * wet * fading
    shares["white"] -= oedema
    shares["oedema"] += oedema
    for share in shares.values():
        share *= 1 - solid
    # The rim takes up contrast medium patchily.
    dead = dead + (solid - dead) * np.clip(0.2 + 0.25 * tumour.noise.at(points * np.float32(2.5) - 7), 0, 0.45)
    shares["necrosis"] += dead
    shares["enhancing"] += solid - dead
