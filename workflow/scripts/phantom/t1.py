"""Simulated T1-weighted scans of whole heads, with the truth that goes with them. World coordinates are RAS mm."""

import numpy as np

from neuroturing.config.types import Annotated, Field, Options, Voxel
from neuroturing.geometry.frames import rotation
from neuroturing.io.volumes import Volume

from . import mri
from .anatomy import draw_anatomy, levelled
from .fields import generator_for, side_name

# Koshino 2018, "Materials and methods": spoiled gradient-recalled, 3 T.
TR_MS, TE_MS, FLIP_DEG = 8.6, 1.8, 8.0
# Not stated: chosen so that white matter stands well inside int16 and the signal-to-noise ratio is that of a clinical scan.
WHITE_SIGNAL, SNR = 1000.0, 32.0
# What lies at the scanner's isocentre before the head is moved, mm in the AC-PC frame, and the standard deviation of that movement, mm.
ISOCENTRE_MM, SHIFT_SD_MM = (0.0, -14.0, -8.0), (2.0, 4.0, 4.0)


class Options(Options):
    """A simulated cohort of T1-weighted heads, healthy volunteers and patients with an infarct."""

    healthy: int = Field(ge=0, le=10_000, description="number of healthy volunteers, one scan each")
    patients: int = Field(ge=0, le=10_000, description="number of patients, an acute and a chronic scan each")
    shape: Annotated[list[Annotated[int, Field(ge=16, le=512)]], Field(min_length=3, max_length=3)] = Field(
        [256, 256, 124], description="voxels along each axis, sagittal acquisition"
    )
    voxel_mm: Voxel = Field([0.94, 0.94, 1.5], description="their size, mm")
    max_tilt_deg: float = Field(15, ge=0, le=25, description="largest tilt of a head about each axis, degrees")


def sagittal_affine(shape, voxel_mm):
    """Affine of a sagittal acquisition centred on the isocentre: the axes run to posterior, superior, right; the slowest is left-right."""
    affine = np.eye(4)
    affine[:3, :3] = np.array([[0, 0, 1], [-1, 0, 0], [0, 1, 0]]) * np.asarray(voxel_mm, float)
    affine[:3, 3] = -affine[:3, :3] @ ((np.asarray(shape) - 1) / 2)
    return affine


def draw_pose(generator, landmarks, max_tilt_deg):
    """Draw how a head lies in the scanner.

    Parameters
    ----------
    generator : numpy.random.Generator
    landmarks : tuple of two numpy.ndarray, shape (3,)
        AC and PC in head space, mm.
    max_tilt_deg : float
        Pitch, roll and yaw of the AC-PC frame are uniform between minus and plus this.

    Returns
    -------
    matrix : numpy.ndarray, shape (4, 4)
        Head space to world, rigid.
    angles : dict of str to float
        pitch_deg, roll_deg, yaw_deg.
    """
    pitch, roll, yaw = generator.uniform(-max_tilt_deg, max_tilt_deg, 3)
    matrix = np.eye(4)
    turn = rotation(pitch=pitch, roll=roll, yaw=yaw)
    matrix[:3, :3] = turn @ levelled(*landmarks)
    shift = generator.normal(0, SHIFT_SD_MM)
    matrix[:3, 3] = shift - turn @ ISOCENTRE_MM - matrix[:3, :3] @ landmarks[0]
    return matrix, {"pitch_deg": float(pitch), "roll_deg": float(roll), "yaw_deg": float(yaw)}


def simulate(scan, settings, seed):
    """Simulate one scan.

    Parameters
    ----------
    scan : dict
        subject, scan, group, phase, age, sex, as `plan.plan_cohort` lists them.
    settings : dict
        shape: voxels along each axis; voxel_mm: their size; max_tilt_deg: largest tilt of the head about each axis.
    seed : int
        With the names of the subject and the scan it settles everything that is drawn.

    Returns
    -------
    volumes : dict of Volume
        t1w: whole numbers, ready for int16.
    truth : dict
        Ready for JSON: subject, scan, group, phase, age, sex; ac, pc (world RAS mm); ac_pc_mm; midsagittal_point, midsagittal_normal (to
        the subject's right); pitch_deg, roll_deg, yaw_deg (of the AC-PC frame); lesion (None, or territory, side, volume_ml, haemorrhagic).
    lesion : numpy.ndarray, uint8
        1 where more than half of a voxel is infarct.
    """
    shape, affine = tuple(settings["shape"]), sagittal_affine(settings["shape"], settings["voxel_mm"])
    anatomy = draw_anatomy(seed, scan["subject"], scan["age"], scan["sex"], scan["phase"])
    generator = generator_for(seed, scan["scan"], "scan")
    landmarks = anatomy.landmarks()
    pose, angles = draw_pose(generator, landmarks, settings["max_tilt_deg"])
    maps, infarct = anatomy.to_grid(np.linalg.inv(pose) @ affine, shape)
    signal = mri.spoiled_gradient_echo(TR_MS, TE_MS, FLIP_DEG)
    image = maps.mix(signal)
    image *= np.float32(WHITE_SIGNAL / signal["white"])
    image *= mri.coil_shading(generator, affine, shape, pose[:3, :3] @ [0, -14, 0] + pose[:3, 3])
    image = mri.add_rician_noise(generator, image, WHITE_SIGNAL / SNR)
    mask = (infarct > 0.5).astype(np.uint8)
    truth = {key: scan[key] for key in ("subject", "scan", "group", "phase", "age", "sex")}
    truth |= _geometry(landmarks, pose) | angles
    truth["lesion"] = _describe(anatomy.lesion, mask, settings["voxel_mm"])
    return {"t1w": Volume(np.rint(np.clip(image, 0, 32767)), affine, scan["scan"])}, truth, mask


def _geometry(landmarks, pose):
    ac, pc = (pose[:3, :3] @ point + pose[:3, 3] for point in landmarks)
    return {
        "ac": ac.tolist(),
        "pc": pc.tolist(),
        "ac_pc_mm": float(np.linalg.norm(ac - pc)),
        "midsagittal_point": ac.tolist(),
        "midsagittal_normal": pose[:3, 0].tolist(),
    }


def _describe(lesion, mask, voxel_mm):
    if lesion is None:
        return None
    volume_ml = float(mask.sum() * np.prod(voxel_mm) / 1000)
    return {"territory": lesion.territory, "side": side_name(lesion.side), "volume_ml": volume_ml, "haemorrhagic": lesion.haemorrhagic}
