"""Find AC, PC and the midsagittal plane of a T1-weighted scan by registering the ICBM152 template to it.

The scheme follows FSL's aff2rigid as the HCP's PreFreeSurfer pipeline uses it (landmarks carried by an affine), and goes on where an
affine stops: an affine round the commissures, the midsagittal plane by mirror symmetry, and a match of each commissure's own pattern.
A registration here is a 4x4 matrix from template RAS mm to the scan's world RAS mm. All runs on one thread, nothing is sampled at
random, and each stage's result is rounded, so that a scan gives the same bits each time. Settings without a source were chosen on heads
with known landmarks.
"""

import functools
import itertools

import numpy as np
import SimpleITK as sitk
from scipy import ndimage

from ...geometry.frames import moved
from ...geometry.grids import background, cropped, plain_itk, pooled, positions, sampler, to_itk
from ...geometry.template import AC, PC, dilated_mask, template
from ...io.volumes import LPS, Volume
from .patch import match
from .symmetry import midsagittal_plane

COARSE_MM, AFFINE_MM, LOCAL_MM = 8.0, 4.0, 2.0
ANGLES = ((-24, 0, 24), (-16, 0, 16), (-16, 0, 16))  # pitch, roll, yaw of the starts, degrees
HEAD_MM = 150.0  # from the vertex down to about the foramen magnum
BINS = 32
LOCAL_RADIUS_MM = 38.0
RIM_MM = 60.0  # lever arm that makes a rotation comparable with a shift
SHADING_MM = 16.0
SAME_POSE = 4.0  # degrees or mm


def locate(volume):
    """AC, PC and midsagittal plane of a scan, whole head or extracted brain.

    Parameters
    ----------
    volume : Volume
        T1-weighted; head upright in the world to within about 30 degrees.

    Returns
    -------
    dict
        `ac`, `pc`: world RAS mm, shape (3,); `normal`: unit normal of the midsagittal plane to the subject's right; `matrix`: affine from
        template RAS mm to world, shape (4, 4); `quality`: numbers for the checks (see `checks`).
    """
    matrix, quality = register(volume)
    local = register_locally(volume, matrix)
    # On a very small brain, or under strong shading, the affine may hold on to the skull and the local one still find its place.
    likeness, matrix = max(((_likeness(volume, each), each) for each in (matrix, local)), key=lambda item: item[0])
    normal, point, mirror = midsagittal_plane(volume, local)
    ac, ac_match = match(volume, local, normal, point, AC)
    pc, pc_match = match(volume, local, normal, point, PC)
    quality |= {
        "brain_correlation": likeness,
        "mirror_correlation": mirror,
        "ac_correlation": ac_match,
        "pc_correlation": pc_match,
        "field_coverage": _coverage(volume, matrix),
    }
    # To the micrometre: what is left of the order in which a processor adds up does not reach the result.
    return {
        "ac": ac.round(3),
        "pc": pc.round(3),
        "normal": normal.round(6),
        "matrix": matrix,
        "quality": {name: round(float(value), 4) for name, value in quality.items()},
    }


def register(volume):
    """Affine from template to scan by Mattes mutual information over the brain, from many starting poses.

    Returns
    -------
    matrix : numpy.ndarray, shape (4, 4)
    quality : dict
        `mutual_information` of the affine and `mutual_information_rigid` of the best rigid pose before it, on the same grid.
    """
    fixed, mask = _fixed(COARSE_MM)
    small = pooled(volume, COARSE_MM)
    moving = to_itk(small, pad_mm=40)
    found = [_descend(fixed, mask, moving, start, step=6.0, least=0.5, iterations=12) for start in _starts(small)]
    rigid = [_descend(fixed, mask, moving, pose, step=2.0, least=0.05, iterations=40) for _, pose in _distinct(found)[:4]]
    fixed, mask = _fixed(AFFINE_MM)
    moving = to_itk(pooled(volume, AFFINE_MM), pad_mm=20)
    rigid = [_descend(fixed, mask, moving, pose, step=1.0, least=0.05, iterations=30) for _, pose in _distinct(rigid)[:3]]
    affine = [_climb(fixed, mask, moving, _affine(pose)) for _, pose in _distinct(rigid)[:2]]
    value, best = min(affine, key=_metric)
    return _matrix(best), {"mutual_information": -value, "mutual_information_rigid": -min(map(_metric, rigid))}


def register_locally(volume, matrix):
    """The affine again, by correlation within LOCAL_RADIUS_MM of the commissures, where contrast is all that matters.

    Returns
    -------
    numpy.ndarray, shape (4, 4)
    """
    t1, ball = _commissural_region()
    affine = sitk.AffineTransform(3)
    lps, centre = LPS @ matrix @ LPS, moved(LPS, (np.array(AC) + np.array(PC)) / 2)
    affine.SetMatrix(lps[:3, :3].ravel().tolist())
    affine.SetCenter(centre.tolist())
    affine.SetTranslation((moved(lps, centre) - centre).tolist())
    moving = to_itk(pooled(volume, LOCAL_MM))
    values = []
    after, result = _descend(t1, ball, moving, affine, step=0.5, least=0.01, iterations=40, correlation=True, values=values)
    before = values[0] if values else after
    return _matrix(result if after < before else affine)


@functools.cache
def _fixed(spacing):
    """Template and dilated brain mask as SimpleITK images on a grid of `spacing` mm."""
    mask = plain_itk(pooled(dilated_mask(), spacing))
    return to_itk(pooled(template("t1"), spacing)), sitk.Cast(mask > 0.5, sitk.sitkUInt8)


@functools.cache
def _commissural_region():
    """Template and mask of the ball round the middle of AC and PC, as SimpleITK images."""
    t1 = pooled(template("t1"), LOCAL_MM)
    distance = np.linalg.norm(positions(t1, np.ones(t1.data.shape, bool)) - (np.array(AC) + np.array(PC)) / 2, axis=1)
    ball = (distance < LOCAL_RADIUS_MM).reshape(t1.data.shape)
    mask = cropped(Volume(ball.astype(np.float32), t1.affine), ball)
    return plain_itk(cropped(t1, ball)), sitk.Cast(plain_itk(mask), sitk.sitkUInt8)


def _starts(small):
    """Rigid poses to set out from: each pair of the head's middle, with or without the neck, and a set of angles."""
    contrast = np.abs(small.data - background(small.data))
    head = positions(small, contrast > 0.25 * np.percentile(contrast, 98))
    without_neck = head[head[:, 2] > np.percentile(head[:, 2], 99.5) - HEAD_MM]
    middles = [head.mean(0), without_neck.mean(0)]
    if np.linalg.norm(middles[0] - middles[1]) < COARSE_MM:
        middles.pop()
    t1 = pooled(template("t1"), COARSE_MM)
    centre = positions(t1, t1.data > 0.1).mean(0)
    return [_euler(angles, centre, middle) for middle in middles for angles in itertools.product(*ANGLES)]


def _euler(angles, centre, target):
    """Rigid transform that turns about a template point and takes it to a point of the scan."""
    pose = sitk.Euler3DTransform()
    pose.SetCenter(moved(LPS, centre).tolist())
    pose.SetRotation(*np.radians(angles).tolist())
    pose.SetTranslation(moved(LPS, target - centre).tolist())
    return pose


def _affine(rigid):
    affine = sitk.AffineTransform(3)
    affine.SetMatrix(rigid.GetMatrix())
    affine.SetCenter(rigid.GetCenter())
    affine.SetTranslation(rigid.GetTranslation())
    return affine


def _matrix(transform):
    """4x4 RAS matrix of a SimpleITK transform that has a matrix, a centre and a translation."""
    linear = np.array(transform.GetMatrix()).reshape(3, 3)
    centre = np.array(transform.GetCenter())
    matrix = np.eye(4)
    matrix[:3, :3] = linear
    matrix[:3, 3] = np.array(transform.GetTranslation()) + centre - linear @ centre
    return LPS @ matrix @ LPS


def _distinct(found):
    """Of (metric, rigid pose) pairs, best first, those that differ from every better one by more than SAME_POSE."""
    kept = []
    for value, pose in sorted(found, key=lambda item: item[0]):
        here = np.array(pose.GetParameters()) * ([np.degrees(1)] * 3 + [1] * 3)
        if all(np.abs(here - other).max() > SAME_POSE for other, _, _ in kept):
            kept.append((here, value, pose))
    return [(value, pose) for _, value, pose in kept]


def _metric(found):
    return found[0]


def _method(mask, transform, correlation=False):
    """A registration that starts from a transform; one unit of each parameter moves the brain's rim by about as much."""
    method = sitk.ImageRegistrationMethod()
    method.SetNumberOfThreads(1)
    if correlation:
        method.SetMetricAsCorrelation()
    else:
        method.SetMetricAsMattesMutualInformation(BINS)
    method.SetMetricFixedMask(mask)
    method.SetInterpolator(sitk.sitkLinear)
    method.SetOptimizerScales([RIM_MM**2] * (transform.GetNumberOfParameters() - 3) + [1.0] * 3)
    method.SetInitialTransform(transform, inPlace=True)
    return method


def _descend(fixed, mask, moving, transform, step, least, iterations, correlation=False, values=None):
    """Metric (less is better) and transform at the end of a descent in steps of `step` mm, halved at each turn down to `least`.

    The metric before each step is added to `values`, where that is given: to ask for it beforehand takes as long as some ten steps.
    """
    transform = type(transform)(transform)
    method = _method(mask, transform, correlation)
    method.SetOptimizerAsRegularStepGradientDescent(step, least, iterations)
    if values is not None:
        method.AddCommand(sitk.sitkIterationEvent, lambda: values.append(method.GetMetricValue()))
    method.Execute(fixed, moving)
    return method.GetMetricValue(), _rounded(transform)


def _climb(fixed, mask, moving, affine):
    """Metric and affine at the end of a conjugate-gradient search, which tries each step's length and so cannot run away.

    A descent in steps of 0.3 mm did on one head in twenty.
    """
    affine = sitk.AffineTransform(affine)
    method = _method(mask, affine)
    method.SetOptimizerAsConjugateGradientLineSearch(
        learningRate=0.3,
        numberOfIterations=40,
        convergenceMinimumValue=1e-5,
        convergenceWindowSize=5,
        lineSearchLowerLimit=0,
        lineSearchUpperLimit=3,
        lineSearchMaximumIterations=8,
    )
    method.Execute(fixed, moving)
    return method.GetMetricValue(), _rounded(affine)


def _rounded(transform):
    """A transform with its parameters to 6 decimals, radians and mm.

    The metric's gradient differs in its last bits from run to run, on one thread too; each stage would start from more of it.
    """
    result = type(transform)(transform)
    result.SetParameters(np.round(transform.GetParameters(), 6).tolist())
    return result


def _likeness(volume, matrix):
    """Correlation of template and scan within the brain after the slow changes of each (a coil's shading) are taken away.

    About 0 where there is no brain; negative where the contrast is not that of T1.
    """
    t1, mask = (pooled(template(name), AFFINE_MM) for name in ("t1", "mask"))
    inside = mask.data > 0.5
    seen = np.zeros(mask.data.shape)
    seen[inside] = sampler(pooled(volume, AFFINE_MM))(moved(matrix, positions(mask, inside)))
    seen = np.minimum(seen, np.percentile(seen[inside], 99))
    weight = ndimage.gaussian_filter(inside.astype(float), SHADING_MM / AFFINE_MM)[inside]
    shading = [ndimage.gaussian_filter(data * inside, SHADING_MM / AFFINE_MM)[inside] / weight for data in (t1.data, seen)]
    one, other = t1.data[inside] - shading[0], seen[inside] - shading[1]
    return float(np.corrcoef(one, other)[0, 1]) if other.std() > 0 else 0.0


def _coverage(volume, matrix):
    """Share of the template's brain that lies within the scan's field."""
    mask = pooled(template("mask"), AFFINE_MM)
    voxels = moved(np.linalg.inv(volume.affine) @ matrix, positions(mask, mask.data > 0.5))
    return float(np.mean(np.all((voxels > -0.5) & (voxels < np.array(volume.data.shape) - 0.5), axis=1)))
