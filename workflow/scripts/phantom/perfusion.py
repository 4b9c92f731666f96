"""Simulated brain perfusion SPECT with I-123-IMP, with the truth that goes with it. World coordinates are RAS mm.

Perfusion follows from the subject's own anatomy; three things make its halves differ, and all are known: a few percent of physiological
asymmetry, ischaemic defects with crossed cerebellar diaschisis, and the tilt of the head, which is no asymmetry at all.
"""

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from neuroturing.config.types import Annotated, Field, Options, Voxel
from neuroturing.errors import InputError
from neuroturing.geometry.frames import resample, rotation
from neuroturing.io.volumes import Volume

from . import head
from .anatomy import draw_anatomy
from .brain import brain_shares
from .defects import NOISE_EXTENT, NOISE_ORIGIN, draw_defects, lost_share
from .fields import generator_for, grid_points, noise_field, side_name, voxel_positions
from .t1 import SHIFT_SD_MM
from .template import load_template

# Perfusion relative to cortical grey matter. White to grey 1:4 before the scanner's blur is given by the study's design; the rest is not
# stated: chosen because in normal I-123-IMP images cerebellum, thalamus, basal ganglia and visual cortex stand out, and the medial temporal
# lobe lies below the neocortex.
WHITE, CSF, SCALP = 0.25, 0.03, 0.07
CEREBELLUM, NUCLEI, THALAMUS, VISUAL, MEDIAL_TEMPORAL, STEM = 1.12, 1.08, 1.12, 1.12, 0.85, 0.65
# Not stated: physiological asymmetry of perfusion, a few percent: mean (right above left) and standard deviation between the halves, and
# standard deviation and blur (mm) of regional variation.
HALVES_MEAN, HALVES_SD, REGIONAL_SD, REGIONAL_MM = 0.005, 0.01, 0.02, 14.0
# Not stated: resolution of the projections and of the filter after reconstruction, mm; together 8 to 10 mm FWHM.
SYSTEM_FWHM, FILTER_FWHM = (6.2, 8.0), 5.5
# Not stated: counts in a voxel of 1 ml of cortex before the filter, and the range of uptake between subjects.
COUNTS_PER_ML, UPTAKE_SD, STORED_PER_COUNT = 1300.0, 0.2, 20.0
# Not stated: error of the attenuation correction in the middle of the head, and share and width (FWHM, mm) of scatter left in the image.
ATTENUATION_ERROR, SCATTER, SCATTER_FWHM = (-0.10, 0.04), (0.02, 0.08), 60.0
FINE_MM = 2.0
FWHM = 2 * np.sqrt(2 * np.log(2))
ISOCENTRE_MM = (0.0, -18.0, 8.0)  # what lies in the middle of the field before the head moves, mm in template space
SECTION_MM = 1.5  # pixels in which true asymmetry is measured


class Options(Options):
    """A simulated cohort of perfusion SPECT: normal, and with ischaemia of one or of both sides."""

    normal: int = Field(ge=0, le=10_000, description="number of normal subjects")
    unilateral: int = Field(ge=0, le=10_000, description="number of patients with a unilateral defect")
    bilateral: int = Field(ge=0, le=10_000, description="number of patients with bilateral defects")
    shape: Annotated[list[Annotated[int, Field(ge=16, le=512)]], Field(min_length=3, max_length=3)] = Field(
        [64, 64, 52], description="voxels along each axis; perfusion SPECT is commonly acquired at 64 x 64"
    )
    voxel_mm: Voxel = Field([3.44, 3.44, 3.44], description="their size, mm")
    max_tilt_deg: float = Field(10, ge=0, le=25, description="largest tilt of a head about each axis, degrees")
    heights_mm: dict[str, float] = Field(
        {"CER": -30, "BG": 5, "COR": 35}, description="heights in the template, mm, at which the truth beside a scan is told"
    )


@dataclass
class Head:
    """Maps on the fine grid.

    Attributes
    ----------
    affine : numpy.ndarray, shape (4, 4)
        Voxel index to world.
    activity, brain, lost : numpy.ndarray, float32, shape (i, j, k)
        Perfusion relative to cortex; share of brain tissue; share of perfusion that ischaemia took.
    right : numpy.ndarray, float32
        Head-space x, mm: positive in the right half.
    """

    affine: np.ndarray
    activity: np.ndarray
    brain: np.ndarray
    lost: np.ndarray
    right: np.ndarray


@dataclass
class Scene:
    """A head in the scanner, before noise.

    Attributes
    ----------
    generator : numpy.random.Generator
        What is left to draw, the noise, comes from it.
    anatomy : anatomy.Anatomy
    pose : numpy.ndarray, shape (4, 4)
        Head space to world.
    angles : dict of str to float
        pitch_deg, roll_deg, yaw_deg.
    defects : defects.Defects
    fine : Head
    fwhm : float
        Of the scanner's blur, mm.
    seen : numpy.ndarray, float32, shape (i, j, k)
        What the scanner would give without noise, on the fine grid.
    """

    generator: np.random.Generator
    anatomy: object
    pose: np.ndarray
    angles: dict
    defects: object
    fine: Head
    fwhm: float
    seen: np.ndarray


def axial_affine(shape, voxel_mm):
    """Affine of a transverse reconstruction centred on the world's origin: axes run to the patient's left, back and top."""
    affine = np.diag([*(np.array([-1, -1, 1]) * np.asarray(voxel_mm, float)), 1.0])
    affine[:3, 3] = -affine[:3, :3] @ ((np.asarray(shape) - 1) / 2)
    return affine


def draw_scene(case, settings, seed):
    """Draw the head of a case and what a scanner without noise would see of it; parameters as in `simulate`.

    Returns
    -------
    Scene
    """
    shape, affine = tuple(settings["shape"]), axial_affine(settings["shape"], settings["voxel_mm"])
    anatomy = draw_anatomy(seed, case["subject"], case["age"], case["sex"])
    generator = generator_for(seed, case["scan"], "perfusion")
    pose, angles = _draw_pose(generator, anatomy, settings["max_tilt_deg"])
    defects = draw_defects(generator, case)
    asymmetry = generator.normal(HALVES_MEAN, HALVES_SD)
    regional = noise_field(generator, NOISE_ORIGIN, NOISE_EXTENT, REGIONAL_MM)
    fine = _fine_maps(anatomy, defects, (asymmetry, regional), pose, affine, shape)
    fwhm = float(np.hypot(generator.uniform(*SYSTEM_FWHM), FILTER_FWHM))
    return Scene(generator, anatomy, pose, angles, defects, fine, fwhm, _scanned(generator, fine, fwhm))


def simulate(case, settings, seed):
    """Simulate one scan.

    Parameters
    ----------
    case : dict
        As `plan.plan_cohort` lists them.
    settings : dict
        shape: voxels along each axis; voxel_mm: their size; max_tilt_deg: largest tilt of the head about each axis; heights_mm: by level,
        its height in the template, mm, where the truth is told.
    seed : int
        With the name of the subject it settles everything that is drawn.

    Returns
    -------
    volumes : dict of Volume
        spect: whole numbers in proportion to counts, ready for int16.
    truth : dict
        Ready for JSON: subject, group, side, age, sex; pitch_deg, roll_deg, yaw_deg; midsagittal_point, midsagittal_normal (to the
        subject's right); grey_to_white; fwhm_mm; defects (side, territory, depth, volume_ml) and diaschisis (side, depth) as lists;
        levels: by level, centre and normal of its plane in the world, and left/right ratios of mean perfusion over the brain's section:
        lr_activity, lr_blurred (after scanner blur, attenuation and scatter, before noise), lr_without_defect.
    mask : numpy.ndarray, uint8
        1 where ischaemia took more than a tenth of the perfusion of a voxel that is mostly brain.

    Raises
    ------
    InputError
        A level outside the field.
    """
    return scan_scene(draw_scene(case, settings, seed), case, settings)


def scan_scene(scene, case, settings):
    """Scan a head, noise included, and tell the truth about it; once for each scene. Returns and raises as `simulate`."""
    shape, affine = tuple(settings["shape"]), axial_affine(settings["shape"], settings["voxel_mm"])
    fine = scene.fine
    counts = _counts(scene.generator, resample(Volume(scene.seen, fine.affine), affine, shape), settings["voxel_mm"])
    mask = resample(Volume(((fine.lost > 0.1) & (fine.brain > 0.5)).astype(np.float32), fine.affine), affine, shape) > 0.5
    volume_ml = float(np.prod(settings["voxel_mm"])) / 1000
    truth = {key: case[key] for key in ("subject", "group", "side", "age", "sex")} | scene.angles
    truth |= {"midsagittal_point": scene.pose[:3, 3].tolist(), "midsagittal_normal": scene.pose[:3, 0].tolist()}
    truth |= {"grey_to_white": 1 / WHITE, "fwhm_mm": scene.fwhm, "defect_ml": float(mask.sum() * volume_ml)}
    truth["defects"] = [defect.describe() for defect in scene.defects.cerebral]
    truth["diaschisis"] = [{"side": side_name(side), "depth": depth} for side, depth in scene.defects.cerebellar]
    levels = settings["heights_mm"].items()
    truth["levels"] = {level: _level_truth(fine, scene.seen, scene.anatomy, scene.pose, height) for level, height in levels}
    return {"spect": Volume(counts, affine, case["scan"])}, truth, mask.astype(np.uint8)


def _draw_pose(generator, anatomy, max_tilt_deg):
    """Head space to world, and its tilt: a head without tilt has the template's axial planes along the scanner's."""
    pitch, roll, yaw = generator.uniform(-max_tilt_deg, max_tilt_deg, 3)
    matrix = np.eye(4)
    matrix[:3, :3] = rotation(pitch=pitch, roll=roll, yaw=yaw)
    middle = anatomy.deformation.to_head(np.array([ISOCENTRE_MM]).T)[:, 0]
    matrix[:3, 3] = generator.normal(0, SHIFT_SD_MM) - matrix[:3, :3] @ middle
    return matrix, {"pitch_deg": float(pitch), "roll_deg": float(roll), "yaw_deg": float(yaw)}


def _fine_maps(anatomy, defects, asymmetry, pose, affine, shape):
    """Perfusion of the whole field on voxels of FINE_MM along the scanner's axes."""
    voxel = np.abs(np.diag(affine)[:3])
    size = tuple(int(np.ceil(count * edge / FINE_MM)) + 1 for count, edge in zip(shape, voxel, strict=True))
    fine = axial_affine(size, (FINE_MM,) * 3)
    points = voxel_positions(np.linalg.inv(pose) @ fine, size, np.arange(np.prod(size)))
    maps = np.zeros((3, points.shape[1]), np.float32)
    mapped = anatomy.deformation.to_template(points)
    depth = load_template().depth.at(mapped)
    near = np.flatnonzero(depth < 6)
    maps[:, near] = _perfusion(anatomy, defects, asymmetry, mapped[:, near], depth[near])
    # From the chin down nothing is needed, and the outline's solids cost the most.
    rest = np.flatnonzero((depth >= 6) & (depth < 60) & (mapped[2] > -110))
    maps[0, rest] = SCALP * head.cover(head.outline(mapped[:, rest], depth[rest], np.float32(0)), 2.0)
    activity, brain, lost = maps.reshape(3, *size)
    return Head(fine, activity, brain, lost, points[0].reshape(size))


def _perfusion(anatomy, defects, asymmetry, points, depth):
    """Perfusion, share of brain tissue and lost share at points in template space, shape (3, n)."""
    parts = brain_shares(points, depth, anatomy.noises, anatomy.age)
    room = head.cover(depth - 2.0)
    regions = _regions(points)
    grey = parts["grey"] * (1 + _added(regions)) + parts["deep_grey"] * NUCLEI
    white = parts["white"] * WHITE
    # White on the T1 template, but no white matter: thalamus and brain stem are dense mixtures of both.
    for name, value in (("thalamus", THALAMUS), ("stem", STEM)):
        tissue = 1 - parts["csf"]
        grey, white = (1 - regions[name]) * grey + regions[name] * tissue * value, (1 - regions[name]) * white
    halves, regional = asymmetry
    side = np.clip(points[0] / 6, -1, 1)
    natural = (1 + 0.5 * np.float32(halves) * side) * np.exp(np.float32(REGIONAL_SD) * regional.at(points))
    lost = lost_share(defects, points, regions["cerebellum"])
    activity = (grey + white) * natural * (1 - lost) + CSF * parts["csf"]
    scalp = SCALP * (1 - room) * (depth > 0)
    return np.stack([activity * room + scalp, (1 - parts["csf"]) * room, lost])


def _regions(points):
    """Membership, 0 to 1, of regions that differ from the rest of the grey matter; ellipsoids in template space (chosen by eye)."""
    both = head.paired(points)

    def solid(centre, radii):
        return head.cover(head.ellipsoid(both, centre, radii), 5.0)

    cerebellum = np.maximum(solid((24, -64, -42), (34, 30, 23)), solid((0, -66, -34), (14, 24, 24)))
    stem = solid((0, -28, -42), (16, 16, 34))
    return {
        "cerebellum": cerebellum * (1 - stem),
        "stem": stem * (1 - solid((24, -64, -42), (34, 30, 23))),
        "thalamus": solid((11, -19, 7), (9, 13, 9)),
        "visual": solid((8, -82, 4), (15, 22, 18)),
        "medial_temporal": solid((26, -16, -22), (12, 22, 12)),
    }


def _added(regions):
    """What the regions add to the perfusion of grey matter."""
    values = {"cerebellum": CEREBELLUM, "visual": VISUAL, "medial_temporal": MEDIAL_TEMPORAL}
    return sum(np.float32(value - 1) * regions[name] for name, value in values.items())


def _scanned(generator, fine, fwhm):
    """What the scanner would give without noise: blur, an attenuation correction that is a little off, and scatter."""
    blurred = ndimage.gaussian_filter(fine.activity, fwhm / FWHM / FINE_MM)
    share = generator.uniform(*SCATTER)
    small = ndimage.zoom(blurred, 0.25, order=1)
    wide = ndimage.gaussian_filter(small, SCATTER_FWHM / FWHM / (4 * FINE_MM))
    wide = ndimage.zoom(wide, np.array(blurred.shape) / np.array(small.shape), order=1)
    grid = np.indices(blurred.shape, dtype=np.float32) * np.float32(FINE_MM)
    weight = fine.brain.sum()
    middle = [float((fine.brain * axis).sum() / weight) for axis in grid]
    radius = np.sqrt(sum(((axis - centre) / edge) ** 2 for axis, centre, edge in zip(grid, middle, (75, 95, 75), strict=True)))
    error = 1 + np.float32(generator.uniform(*ATTENUATION_ERROR)) * np.clip(1 - radius**2, 0, 1)
    return ((1 - share) * blurred + share * wide) * error


def _counts(generator, seen, voxel_mm):
    """Poisson counts before the filter after reconstruction, which makes noise smooth; its blur of the signal is in `seen` already."""
    scale = COUNTS_PER_ML * np.prod(voxel_mm) / 1000 * np.exp(generator.normal(0, UPTAKE_SD))
    expected = np.maximum(seen, 0) * scale
    noise = generator.poisson(expected) - expected
    noise = ndimage.gaussian_filter(noise, FILTER_FWHM / FWHM / np.asarray(voxel_mm, float))
    return np.rint(np.clip((expected + noise) * STORED_PER_COUNT, 0, 32767)).astype(np.float32)


def _level_truth(fine, seen, anatomy, pose, height):
    """Plane of a level, where the template's section comes to lie on average, and its left/right ratios."""
    section_points = grid_points((-70, -100, height), 10.0, (15, 17, 1))
    inner = load_template().depth.at(section_points) < -3
    middle = anatomy.deformation.to_head(np.array([[0.0, -18.0, height]]).T)[:, 0]
    centre = np.array([0.0, middle[1], anatomy.deformation.to_head(section_points[:, inner])[2].mean()])
    size = int(190 / SECTION_MM)
    plane = np.eye(4)
    plane[:3, :3] = pose[:3, :3] * SECTION_MM
    plane[:3, 3] = pose[:3, :3] @ (centre - SECTION_MM * np.array([size / 2 - 0.5, size / 2 - 0.5, 0])) + pose[:3, 3]

    def section(values):
        return resample(Volume(values, fine.affine), plane, (size, size, 1))[:, :, 0]

    inside = ndimage.binary_fill_holes(section(fine.brain) > 0.5)
    right = section(fine.right)
    right, left = inside & (right > 0), inside & (right < 0)
    if not left.any() or not right.any():
        found = f"a field that does not hold both halves of the brain at {height:g} mm"
        raise InputError("config: simulate", found, "every level inside the field", "widen shape or voxel_mm, or mend heights_mm")
    whole = fine.activity / np.maximum(1 - fine.lost, 0.05)
    pictures = {"lr_activity": fine.activity, "lr_blurred": seen, "lr_without_defect": whole}
    ratios = {}
    for name, values in pictures.items():
        picture = section(values)
        ratios[name] = float(picture[left].mean() / picture[right].mean())
    world = pose[:3, :3] @ centre + pose[:3, 3]
    return {"centre": world.tolist(), "normal": pose[:3, 2].tolist()} | ratios
