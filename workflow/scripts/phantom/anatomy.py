"""One person's head: tissue by tissue, whatever the scanner. Contrast is another module's business."""

from dataclasses import dataclass, field

import numpy as np

from neuroturing.geometry.template import AC, PC

from . import brain, head
from . import deformation as shape
from .fields import generator_for, near_voxels, noise_field
from .lattice import Lattice, head_chunks
from .lesions import apply_lesion, draw_lesion
from .template import load_template

TISSUES = (
    "white", "grey", "deep_grey", "csf", "dura", "blood", "oedema", "haemorrhage", "gliosis",
    "vitreous", "bone", "marrow", "muscle", "fat", "skin", "air",
)  # fmt: skip

VENTRICLE_PUSH = 140.0
LESION_PUSH = {"acute": 25.0, "chronic": -20.0}
# Blur of each kind of individual variation, mm.
NOISE_BLURS = {"fold": 2.6, "sulcus": 2.6, "skull": 14.0, "meninges": 7.0, "fine": 2.2}
NOISE_ORIGIN, NOISE_EXTENT = (-112.0, -152.0, -192.0), (224.0, 284.0, 312.0)


@dataclass
class TissueMaps:
    """Tissue shares of the voxels of one grid, kept where there is a head.

    Attributes
    ----------
    shape : tuple of int
    index : numpy.ndarray, int64, shape (n,)
        Flat index of the voxels that hold anything but air.
    shares : dict of str to numpy.ndarray, float32, shape (n,)
        By tissue; they add up to 1.
    """

    shape: tuple
    index: np.ndarray
    shares: dict

    def volume(self, tissue):
        """One tissue on the whole grid, float32."""
        return self.spread(self.shares[tissue])

    def mix(self, values):
        """Weighted sum over tissues, a value each (air counts 0), on the whole grid, float32."""
        return self.spread(sum(np.float32(values[tissue]) * share for tissue, share in self.shares.items() if tissue != "air"))

    def spread(self, values):
        """Values of the kept voxels on the whole grid, 0 elsewhere, float32."""
        whole = np.zeros(int(np.prod(self.shape)), np.float32)
        whole[self.index] = values
        return whole.reshape(self.shape)


@dataclass
class Anatomy:
    """One person's head at one time.

    Attributes
    ----------
    age : float
        Years.
    deformation : Deformation
        Head space to template space.
    noises : dict of str to Field
        Individual variation: folds, sulci, skull, white matter.
    lesion : Lesion, optional
    phase : str
        Of the lesion: acute or chronic.
    """

    age: float
    deformation: shape.Deformation
    noises: dict = field(repr=False)
    lesion: object = None
    phase: str = ""

    def landmarks(self):
        """AC and PC in head space, mm, shape (3,) each; x is 0, because the midsagittal plane of head space is x = 0."""
        ac, pc = self.deformation.to_head(np.array([AC, PC]).T).T
        return ac, pc

    def to_grid(self, affine, shape):
        """Tissue shares on a grid.

        Parameters
        ----------
        affine : array_like, shape (4, 4)
            Voxel index to head space, mm: pose and scanner grid in one, so that everything is interpolated once.
        shape : tuple of int

        Returns
        -------
        maps : TissueMaps
        infarct : numpy.ndarray, float32, of that shape
            Share of infarcted tissue (zeros without a lesion).
        """
        index = np.flatnonzero(near_voxels(affine, shape, self._is_near))
        shares = {tissue: np.empty(len(index), np.float32) for tissue in TISSUES}
        infarct = np.empty(len(index), np.float32)
        lattice = Lattice(affine, shape, self._smooth_fields)
        for first, last, part in head_chunks(index, shape):
            fields = lattice.slices(first, last).reshape(len(lattice.values), -1)
            fields = fields[:, index[part] - first * int(np.prod(shape[1:]))]
            found, infarct[part] = self._compose(fields[:3], *fields[3:])
            for tissue in TISSUES:
                shares[tissue][part] = found[tissue]
        maps = TissueMaps(tuple(shape), index, shares)
        return maps, maps.spread(infarct)

    def _is_near(self, points, reach):
        """Whether a voxel within some reach of points in head space, mm, may hold anything of the head."""
        mapped = self.deformation.to_template(points)
        return head.outline(mapped, load_template().depth.at(mapped), np.float32(0)) < 4 + reach

    def _smooth_fields(self, points):
        """Of points in head space: their place in the template, the distance from the brain, and the two coarse noises; shape (6, n)."""
        mapped = self.deformation.to_template(points)
        return np.stack([*mapped, load_template().depth.at(mapped), self.noises["meninges"].at(mapped), self.noises["skull"].at(mapped)])

    def _compose(self, points, depth, meninges, skull):
        """Shares of every tissue, and of infarct, at points in template space: the innermost first, each fills what is left."""
        left = np.ones(points.shape[1], np.float32)
        shares = {tissue: np.zeros_like(left) for tissue in TISSUES}
        infarct = np.zeros_like(left)
        near = np.flatnonzero(depth < 6)
        within, infarct[near] = self._intracranial(points[:, near], depth[near], meninges[near])
        for tissue, part in within.items():
            shares[tissue][near] = part
            left[near] -= part
        outer = np.flatnonzero(left > 1e-4)
        for above in (True, False):
            rows = outer[(points[2, outer] >= head.FACE_TOP_MM) == above]
            if len(rows):
                self._surround(points[:, rows], depth[rows], (skull[rows], meninges[rows]), rows, left, shares)
        shares["air"] += left
        return shares, infarct

    def _surround(self, points, depth, coarse, rows, left, shares):
        """Fill what the brain has left of some voxels with the tissues round it, in place."""
        noise = *coarse, self.noises["fine"].at(points)
        free = left[rows]
        for tissue, where, part in head.layers(points, depth, head.outline(points, depth, noise[0]), noise):
            part = free[where] * part
            shares[tissue][rows[where]] += part
            free[where] -= part
        left[rows] = free

    def _intracranial(self, points, depth, meninges):
        """Shares of what lies inside the skull, and of infarct."""
        parts = brain.brain_shares(points, depth, self.noises, self.age)
        parts["blood"] = parts["csf"] * brain.sinus_share(points, depth, meninges)
        parts["csf"] = parts["csf"] - parts["blood"]
        parts["dura"] = parts["csf"] * brain.dura_share(points, depth, meninges)
        parts["csf"] = parts["csf"] - parts["dura"]
        infarct = np.zeros_like(depth)
        if self.lesion is not None:
            infarct = apply_lesion(self.lesion, self.phase, points, depth, parts)
        room = head.cover(brain.inner_skull(depth, meninges))
        return {tissue: part * room for tissue, part in parts.items()}, infarct * room


def levelled(ac, pc):
    """Rotation that levels the line from PC to AC of head space, whose midsagittal plane is x = 0; shape (3, 3)."""
    front = (ac - pc) / np.linalg.norm(ac - pc)
    right = np.array([1.0, 0.0, 0.0])
    return np.stack([right, front, np.cross(right, front)])


def draw_anatomy(seed, subject, age, sex, phase=""):
    """Draw one person's anatomy.

    Parameters
    ----------
    seed : int
    subject : str
        The person follows from the seed and this name.
    age : float
        Years.
    sex : str
        F or M: women's heads are some 4 % smaller along each axis (brain volume 11 % smaller: Ruigrok et al., Neurosci Biobehav Rev
        2014;39:34).
    phase : str
        "" without an infarct, acute (swollen) or chronic (shrunken); the same infarct of the same person.

    Returns
    -------
    Anatomy
    """
    generator = generator_for(seed, subject, "anatomy")
    template = load_template()
    points = shape.velocity_points()
    depth = template.depth.at(points)
    windows = (window(points, depth).reshape(shape.SHAPE) for window in (brain.cortical_mantle, brain.fissure_banks))
    velocity = shape.random_velocity(generator, *windows)
    # Not stated: chosen by eye, so that the lateral ventricles of a person of 80 are more than twice the template's.
    widening = (0.35 + 0.65 * np.clip((age - 20) / 60, 0, 1.3) ** 2) * np.exp(np.clip(generator.normal(0, 0.3), -0.4, 0.4))
    velocity += np.float32(VENTRICLE_PUSH * widening) * shape.push(template.ventricles, points)
    noises = {name: noise_field(generator, NOISE_ORIGIN, NOISE_EXTENT, blur) for name, blur in NOISE_BLURS.items()}
    size = 1 + generator.normal(0, 0.02) + (-0.02 if sex == "F" else 0.02) + generator.normal(0, 0.015, 3)
    lesion = None
    if phase:
        lesion = draw_lesion(generator_for(seed, subject, "lesion"))
        velocity += np.float32(LESION_PUSH[phase]) * shape.push(lesion.bulge(), points)
    return Anatomy(age, shape.integrate(velocity, size), noises, lesion, phase)
