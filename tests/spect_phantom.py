"""Made perfusion slices for the tests: nilearn's grey and white matter maps, a defect, scanner blur and counting noise."""

import functools
from pathlib import Path

import nilearn
import numpy as np
from scipy import ndimage

from neuroturing.geometry.frames import resample
from neuroturing.io.volumes import read_volume

LEVELS = {"CER": -32.0, "BG": 5.0, "COR": 36.0}
FIELD_MM, FINE = 240.0, 512


@functools.cache
def template(tissue):
    return read_volume(Path(nilearn.__file__).parent / f"datasets/data/mni_icbm152_{tissue}_tal_nlin_sym_09a_converted.nii.gz")


def plane(volume, z_mm, size, tilt_deg=0.0):
    """Axial plane, front at the top, patient's right in column 0; a positive tilt turns the front to the left of the picture."""
    angle = np.deg2rad(tilt_deg)
    affine = np.eye(4)
    affine[:3, 0] = np.array([np.sin(angle), -np.cos(angle), 0]) * FIELD_MM / size
    affine[:3, 1] = np.array([-np.cos(angle), -np.sin(angle), 0]) * FIELD_MM / size
    affine[:3, 3] = np.array([0, -18, z_mm]) - (affine[:3, 0] + affine[:3, 1]) * (size - 1) / 2
    return resample(volume, affine, (size, size, 1))[:, :, 0]


@functools.cache
def perfusion(level, tilt_deg=0.0):
    """Activity (grey four times white) and brain section at half a millimetre."""
    grey, white = (plane(template(tissue), LEVELS[level], FINE, tilt_deg) / template(tissue).data.max() for tissue in ("gm", "wm"))
    return 4 * grey + white, ndimage.binary_fill_holes(grey + white > 0.5)


def defect(centre_deg, half_width_deg, inner_mm, depth, tilt_deg=0.0):
    """Factor of perfusion: 1 - depth in a wedge that reaches the rim; 0 degrees is the right side of the picture, 90 the front."""
    rows, columns = np.indices((FINE, FINE)) - (FINE - 1) / 2
    angle = np.rad2deg(np.arctan2(-rows, columns)) - centre_deg - tilt_deg
    inside = (np.abs((angle + 180) % 360 - 180) < half_width_deg) & (np.hypot(rows, columns) > inner_mm * FINE / FIELD_MM)
    return 1 - depth * ndimage.gaussian_filter(inside.astype(float), 4)


def scan(activity, brain, size=64, counts=100, fwhm_mm=9.0, seed=0):
    """What a camera makes of it: picture in counts (float), and the brain section on its grid. No noise where counts is None."""
    blurred = ndimage.gaussian_filter(activity, fwhm_mm / 2.355 / (FIELD_MM / FINE))
    step = FINE // size
    coarse = [array.reshape(size, step, size, step).mean((1, 3)) for array in (blurred, brain.astype(float))]
    picture = coarse[0] / coarse[0].max()
    if counts:
        picture = np.random.default_rng(seed).poisson(picture * counts) / counts
    return picture, coarse[1] > 0.5


def true_ratio(activity, brain):
    """Left over right of an untilted slice, patient's left on the right of the picture."""
    half = FINE // 2
    return activity[:, half:][brain[:, half:]].mean() / activity[:, :half][brain[:, :half]].mean()


def grey(picture):
    """Grey levels scaled to the picture's own maximum, as an archive holds them."""
    return np.round(255 * picture / picture.max()).astype(np.uint8)


def dice(first, second):
    return 2 * np.sum(first & second) / (first.sum() + second.sum())
