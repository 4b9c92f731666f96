"""Simulated high-grade gliomas: T1, T1c, T2 and FLAIR of one brain, skull stripped, on the grid of BraTS. World coordinates are RAS mm."""

from dataclasses import replace

import numpy as np
from scipy import ndimage

from neuroturing.config.types import Annotated, Field, Options
from neuroturing.geometry.frames import rotation
from neuroturing.io.volumes import Volume

from . import brain, mri
from .anatomy import draw_anatomy, levelled
from .fields import generator_for, near_voxels, ramp, side_name, voxel_positions
from .head import capsule, cover, ellipsoid, paired, within
from .lattice import Lattice, head_chunks
from .template import load_template
from .tumour import draw_tumour, grow

TISSUES = tuple(mri.GLIOMA_PROPERTIES)
FIELD_OF_VIEW = (240, 240, 155)
# The template is larger than a brain: some 10 % along each axis (Lancaster et al., Hum Brain Mapp 2007;28:1194).
TEMPLATE_SIZE = 1.1
# Where the volumes of BraTS hold the anterior commissure (voxel, to a few mm), and how far heads registered to its atlas lie from it.
AC_VOXEL, SHIFT_SD_MM, MAX_TILT_DEG = (119.5, 110.0, 62.0), (0.7, 1.5, 1.5), 2.5
# Not stated: all other numbers of this module, chosen by eye beside images like those of BraTS.
CLOSING_MM = 6.0  # brain extraction follows the brain over gaps up to twice this wide

# Ends and radius, mm in template space: straight sinus, internal cerebral and Galen's vein, basilar artery, arteries over the callosum.
MIDLINE_VESSELS = (
    ((0, -46, 5), (0, -90, -14), 2.6),
    ((0, -14, 11), (0, -36, 8), 0.9),
    ((0, -36, 8), (0, -46, 5), 1.6),
    ((0, -13, -44), (0, -12, -22), 1.5),
    ((0, 14, -16), (0, 38, -6), 0.9),
    ((0, 38, -6), (0, 42, 6), 0.9),
    ((0, 42, 6), (0, 30, 21), 0.8),
    ((0, 30, 21), (0, 4, 30), 0.7),
)
# Right and left: transverse sinus, internal carotid, middle and posterior cerebral artery.
PAIRED_VESSELS = (
    ((0, -94, -16), (42, -82, -26), 3.4),
    ((42, -82, -26), (62, -50, -34), 3.4),
    ((12, 6, -26), (12, 4, -18), 1.8),
    ((12, 4, -18), (36, 6, -20), 1.3),
    ((36, 6, -20), (44, -8, -4), 1.0),
    ((2, -14, -20), (18, -26, -14), 1.1),
    ((18, -26, -14), (22, -46, -4), 0.9),
)


class Options(Options):
    """A simulated cohort of high-grade gliomas: four sequences each, on the grid of BraTS."""

    patients: int = Field(ge=1, le=10_000, description="number of patients, one examination each")
    shape: Annotated[list[Annotated[int, Field(ge=16, le=512)]], Field(min_length=3, max_length=3)] = Field(
        [240, 240, 155], description="voxels along each axis of the field of view of BraTS, 240 x 240 x 155 mm"
    )


def smooth_fields(anatomy, tumour, points):
    """Of points in head space: where what is seen there lay in the template before the tumour, the distance from the brain, and meninges.

    Returns
    -------
    numpy.ndarray, float32, shape (5, n)
    """
    seen = anatomy.deformation.to_template(points)
    depth = load_template().depth.at(seen)
    near = tumour.near(points)
    if len(near):
        seen[:, near] = anatomy.deformation.to_template(tumour.before(points[:, near], ramp(-depth[near], 0, 20)))
    return np.stack([*seen, depth, anatomy.noises["meninges"].at(seen)])


def compose(anatomy, tumour, points, fields=None):
    """Shares of every tissue at points in head space.

    Parameters
    ----------
    anatomy : anatomy.Anatomy
        Of the person before the tumour.
    tumour : Tumour
    points : numpy.ndarray, float32, shape (3, n)
    fields : numpy.ndarray, float32, shape (5, n), optional
        `smooth_fields` of the points, where they are known already.

    Returns
    -------
    shares : dict of str to numpy.ndarray, shape (n,)
        By tissue; they add up to 1.
    margin : numpy.ndarray, shape (n,)
        Signed distance from where the brain extraction cuts, mm, negative inside.
    """
    fields = smooth_fields(anatomy, tumour, points) if fields is None else fields
    seen, depth, meninges = fields[:3], fields[3], fields[4]
    variation = brain.read_variation(seen, anatomy.noises)
    brain_only = brain.brain_shares(seen, depth, anatomy.noises, anatomy.age, variation)
    shares = {tissue: np.zeros_like(depth) for tissue in TISSUES} | brain_only
    _add_vessels(shares, seen, depth, meninges, variation)
    # The sinuses, in the dura, are left in part.
    margin = depth + 0.5 + 0.7 * meninges - 3.2 * shares["blood"]
    near = tumour.near(points)
    if len(near):
        grown = {tissue: share[near] for tissue, share in shares.items()}
        grow(tumour, points[:, near], seen[:, near], grown)
        for tissue, share in grown.items():
            shares[tissue][near] = share
    return shares, margin


def _add_vessels(shares, points, depth, meninges, variation):
    """Put sinuses, veins, arteries, choroid plexus and dura into the tissue shares, in place."""
    both = paired(points)
    large = np.zeros_like(depth)
    for place, vessels in ((points, MIDLINE_VESSELS), (both, PAIRED_VESSELS)):
        for start, end, radius in vessels:
            room = radius + 1
            rows = within(place, np.minimum(start, end) - room, np.maximum(start, end) + room)
            large[rows] = np.maximum(large[rows], cover(capsule(place[:, rows], start, end, radius)))
    # Two noises are both 0 along curves: the course of small vessels on the surface of the brain.
    fine = variation["fine"]
    small = np.clip(1.4 - np.hypot(variation["fold"], fine) / 0.22, 0, 1) * (variation["ventricle"] < 0.05)
    plexus = np.minimum(ellipsoid(both, (24, -40, 7), (3.5, 7, 4.5)), capsule(both, (5, -4, 14), (20, -36, 11), 1.6)) + 1.2 * fine
    fluid = shares["csf"]
    free = fluid * (1 - brain.sinus_share(points, depth, meninges)) * (1 - small)
    choroid, dura = 0.75 * free * cover(plexus, 2.5), free * 0.6 * brain.dura_share(points, depth, meninges)
    shares["blood"], shares["choroid"], shares["dura"] = fluid - free, choroid, dura * (1 - cover(plexus, 2.5))
    shares["csf"] = free - shares["choroid"] - shares["dura"]
    rows = np.flatnonzero(large)
    for tissue in ("white", "grey", "deep_grey", "csf", "choroid", "dura"):
        taken = shares[tissue][rows] * large[rows]
        shares[tissue][rows] -= taken
        shares["blood"][rows] += taken


def brats_affine(shape):
    """Affine of a volume as BraTS releases it: axes to the left, back and top; on the full grid the first voxel at RAS 0, 239, 0."""
    voxel = np.array(FIELD_OF_VIEW) / np.array(shape)
    affine = np.diag([-voxel[0], -voxel[1], voxel[2], 1.0])
    affine[:3, 3] = np.array([0, 239, 0]) + np.array([-1, -1, 1]) * (voxel - 1) / 2
    return affine


def _draw_pose(generator, anatomy):
    """Head space to world: the commissures level but for a little tilt, the anterior one where BraTS has it."""
    ac, pc = anatomy.landmarks()
    pose = np.eye(4)
    pitch, roll, yaw = generator.uniform(-MAX_TILT_DEG, MAX_TILT_DEG, 3)
    pose[:3, :3] = rotation(pitch=pitch, roll=roll, yaw=yaw) @ levelled(ac, pc)
    target = brats_affine(FIELD_OF_VIEW) @ [*AC_VOXEL, 1]
    pose[:3, 3] = target[:3] + generator.normal(0, SHIFT_SD_MM) - pose[:3, :3] @ ac
    return pose


def _brain_box(anatomy, affine, shape):
    """Slices round the brain, and the flat index within them of voxels in or near it."""

    def is_near(points, reach):
        return load_template().depth.at(anatomy.deformation.to_template(points)) < 2 + reach

    near = near_voxels(affine, shape, is_near)
    box = ndimage.find_objects(near.astype(np.uint8))[0]
    return box, np.flatnonzero(near[box])


def draw_sequences(generator):
    """Draw the protocol of one examination: the sequence of each contrast varies between the hospitals of BraTS.

    Returns
    -------
    dict of str to (dict of str to float, float)
        By sequence: signal of each tissue, and thickness of the axial slices in mm.
    """
    tissue = mri.GLIOMA_PROPERTIES
    after = mri.enhanced(tissue)
    flair_tr = generator.uniform(8500, 10000)
    null = mri.nulling_time(flair_tr, tissue["csf"][0]) * generator.uniform(0.98, 1.0)

    def t1_weighted(properties, share_of_gradient_echo):
        if generator.random() < share_of_gradient_echo:
            return mri.gradient_echo(generator.uniform(8, 11), generator.uniform(2, 4), generator.uniform(15, 20), properties), 1.0
        # Slow venous blood keeps its signal in the short echo after contrast medium.
        void = 0.9 if properties is after else mri.FLOW_VOID
        signal = mri.spin_echo(generator.uniform(500, 650), generator.uniform(8, 13), properties, void)
        return signal, float(generator.choice((3, 4)))

    return {
        "t1": t1_weighted(tissue, 0.6),
        "t1c": t1_weighted(after, 0.8),
        "t2": (mri.spin_echo(generator.uniform(3500, 5500), generator.uniform(85, 105), tissue), float(generator.choice((2, 3, 5)))),
        "flair": (
            mri.inversion_recovery(flair_tr, generator.uniform(95, 130), null, tissue), float(generator.choice((1, 3, 5))),
        ),
    }  # fmt: skip


def simulate(case, settings, seed):
    """Simulate the four scans of one patient.

    Parameters
    ----------
    case : dict
        subject, grade, age, sex, as `plan.plan_cohort` lists them.
    settings : dict
        shape: voxels over the field of view of BraTS, 240 x 240 x 155 mm.
    seed : int
        With the subject's name it settles everything that is drawn.

    Returns
    -------
    volumes : dict of Volume
        t1, t1c, t2, flair: whole numbers, ready for int16; 0 outside the brain and above 0 inside.
    truth : dict
        Ready for JSON: subject, grade, age, sex; lobe, side; centre (world RAS mm), centre_voxel; ac, pc (world RAS mm); mass_effect_mm
        (largest displacement, where the skull is far); necrosis_ml, oedema_ml, enhancing_ml, brain_ml.
    segmentation : numpy.ndarray, uint8
        1 necrosis, 2 oedema, 4 enhancing tumour, as BraTS numbers them.
    """
    shape = tuple(settings.get("shape", FIELD_OF_VIEW))
    anatomy = draw_anatomy(seed, case["subject"], case["age"], case["sex"])
    anatomy.deformation = replace(anatomy.deformation, scale=anatomy.deformation.scale / TEMPLATE_SIZE)
    generator = generator_for(seed, case["subject"], "glioma")
    tumour = draw_tumour(generator, anatomy.deformation)
    pose, affine = _draw_pose(generator, anatomy), brats_affine(shape)
    box, index = _brain_box(anatomy, np.linalg.inv(pose) @ affine, shape)
    inner = affine.copy()
    inner[:3, 3] = affine[:3] @ [*(part.start for part in box), 1]
    size = tuple(part.stop - part.start for part in box)
    maps, index = _fill(anatomy, tumour, np.linalg.inv(pose) @ inner, size, index)
    middle = pose[:3, :3] @ [0, -14, 0] + pose[:3, 3]
    scans = {}
    for name, (signal, thickness) in draw_sequences(generator_for(seed, case["subject"], "protocol")).items():
        mixed = sum(np.float32(signal[tissue]) * share for tissue, share in maps.items())
        levels = _acquire(generator_for(seed, case["subject"], name), mixed, index, size, inner, thickness, middle)
        scans[name] = Volume(_paste(levels, index, size, box, shape), affine, f"{case['subject']}_{name}")
    segmentation = _paste(_label(maps), index, size, box, shape).astype(np.uint8)
    return scans, _describe(case, anatomy, tumour, pose, affine, segmentation, len(index)), segmentation


def _fill(anatomy, tumour, affine, size, index):
    """Tissue shares of the voxels of a box that brain extraction leaves, by tissue, and the flat index of these voxels."""
    shares, margins = {tissue: np.empty(len(index), np.float32) for tissue in TISSUES}, np.empty(len(index), np.float32)
    lattice = Lattice(affine, size, lambda points: smooth_fields(anatomy, tumour, points))
    for first, last, part in head_chunks(index, size):
        fields = lattice.slices(first, last).reshape(len(lattice.values), -1)[:, index[part] - first * size[1] * size[2]]
        found, margins[part] = compose(anatomy, tumour, voxel_positions(affine, size, index[part]), fields)
        for tissue in TISSUES:
            shares[tissue][part] = found[tissue]
    solid = np.zeros(size, np.float32)
    solid.ravel()[index] = (margins < 0) * (1 - shares["csf"] - shares["dura"])
    kept = (margins < 0) & (_closed(solid, np.linalg.norm(affine[:3, :3], axis=0)).ravel()[index] > 0)
    return {tissue: share[kept] for tissue, share in shares.items()}, index[kept]


def _closed(solid, voxel):
    """How deep voxels lie, in mm, within what holds brain and the gaps and hollows in it; found on voxels of some 2 mm."""
    stride = np.maximum(np.rint(2 / voxel), 1).astype(int)
    # A hair less, so that a voxel of 1 mm less the last bit is not padded by one more.
    pad = np.ceil((CLOSING_MM + 2) / (stride * voxel) - 1e-6).astype(int)
    tissue = np.pad(solid[:: stride[0], :: stride[1], :: stride[2]] > 0.5, [(width, width) for width in pad])
    wide = ndimage.distance_transform_edt(~tissue, sampling=stride * voxel) < CLOSING_MM
    depth = ndimage.distance_transform_edt(ndimage.binary_fill_holes(wide), sampling=stride * voxel) - CLOSING_MM
    return ndimage.affine_transform(depth.astype(np.float32), 1 / stride, pad, output_shape=solid.shape, order=1, mode="nearest")


def _acquire(generator, signal, index, size, affine, thickness, middle):
    """Intensities of the kept voxels: slices, shading, noise and a scale of the scan's own; whole numbers from 1."""
    volume, mask = np.zeros((2, *size), np.float32)
    volume.ravel()[index], mask.ravel()[index] = signal, 1
    voxel = np.linalg.norm(affine[:3, :3], axis=0)
    blend = mri.thick_slices(size[2], voxel[2], thickness, generator.random()).T
    if thickness > voxel[2]:
        volume, mask = ((part.reshape(-1, size[2]) @ blend).reshape(size) for part in (volume, mask))
    # Voxels in plane are as coarse as registration leaves them.
    blur = [0.45 / voxel[0], 0.45 / voxel[1], 0]
    volume, mask = (ndimage.gaussian_filter(part, blur, truncate=3) for part in (volume, mask))
    level = volume.ravel()[index] / mask.ravel()[index]
    level *= mri.coil_shading(generator, affine, size, middle).ravel()[index]
    level *= np.exp(generator.uniform(np.log(350), np.log(2500))) / np.percentile(level[::16], 99)
    level = mri.add_rician_noise(generator, level, np.median(level[::16]) / generator.uniform(25, 45))
    return np.clip(np.rint(level), 1, 32767)


def _paste(values, index, size, box, shape):
    inner = np.zeros(size, np.float32)
    inner.ravel()[index] = values
    whole = np.zeros(shape, np.float32)
    whole[box] = inner
    return whole


def _label(maps):
    core = maps["necrosis"] + maps["enhancing"] > 0.5
    label = np.where(maps["oedema"] + maps["necrosis"] + maps["enhancing"] > 0.4, 2, 0)
    return np.where(core, np.where(maps["necrosis"] > maps["enhancing"], 1, 4), label)


def _describe(case, anatomy, tumour, pose, affine, segmentation, voxels):
    world = pose @ [*tumour.centre, 1]
    voxel_ml = abs(np.linalg.det(affine[:3, :3])) / 1000
    spread = 1.25 * tumour.radii.mean()
    ac, pc = (pose[:3, :3] @ point + pose[:3, 3] for point in anatomy.landmarks())
    truth = {key: case[key] for key in ("subject", "grade", "age", "sex")}
    truth |= {"lobe": tumour.lobe, "side": side_name(tumour.side)}
    truth |= {"centre": world[:3].tolist(), "centre_voxel": (np.linalg.inv(affine) @ world)[:3].tolist()}
    truth |= {"ac": ac.tolist(), "pc": pc.tolist()}
    truth["mass_effect_mm"] = float(tumour.push * spread * np.exp(-0.5))
    for label, name in ((1, "necrosis"), (2, "oedema"), (4, "enhancing")):
        truth[f"{name}_ml"] = float(np.count_nonzero(segmentation == label) * voxel_ml)
    return truth | {"brain_ml": float(voxels * voxel_ml)}
