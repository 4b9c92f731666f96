"""Find axial levels, such as the basal ganglia's, of a perfusion scan (SPECT or PET). World coordinates are RAS mm.

A template of cerebral perfusion, made from the ICBM152 grey and white matter maps, is registered to the scan: turned, shifted and scaled
alike along all axes. The levels are planes of the template parallel to its axial one. None of this is stated in the abstract of Werner et
al. 2022.
"""

import functools
import itertools
import logging

import numpy as np
from scipy import ndimage, optimize
from scipy.spatial.transform import Rotation

from ...errors import InputError
from ...geometry.frames import moved, resample
from ...geometry.template import template
from ...io.volumes import Volume

MIDDLE_MM = (0.0, -18.0)  # of the brain in an axial plane of the template, x and y
# Not stated: perfusion of grey over white matter; the template's blur is that of a brain SPECT.
GREY_TO_WHITE, BLUR_FWHM_MM = 4.0, 9.0
TEMPLATE_MM, COARSE_MM, FINE_MM = 2, 8, 4
FWHM = 2 * np.sqrt(2 * np.log(2))
SCAN_BLUR_MM = 3.0  # standard deviation: takes noise away before the comparison
MARGIN_MM = 10  # of the mask round the brain: its dark rim is what a registration needs to see
PAD_MM = 60.0
ANGLES = ((-20, 0, 20), (-15, 0, 15), (-15, 0, 15))  # pitch, roll, yaw of the starts, degrees
STARTS = 5  # of these, the most alike, to descend from
RIM_MM = 60.0  # lever arm that makes a rotation comparable with a shift
# Not stated: limits beyond which a warning is given, set apart from what simulated and real perfusion scans, and MRI, give.
LEAST_CORRELATION, GREY_WHITE_RANGE, SCALE_RANGE = 0.4, (1.5, 12.0), (0.82, 1.22)
SCALE_BOUNDS = (0.7, 1.4)
LEAST_COVERAGE = 0.97


@functools.cache
def tissue_maps():
    """ICBM152 grey matter, white matter and brain mask at 2 mm.

    Returns
    -------
    grey, white, mask : numpy.ndarray, float32, shape (i, j, k)
    affine : numpy.ndarray, shape (4, 4)
    """
    maps = [template(name) for name in ("grey", "white", "mask")]
    affine = maps[0].affine.copy()
    affine[:3, :3] *= TEMPLATE_MM
    grey, white, mask = (part.data[::TEMPLATE_MM, ::TEMPLATE_MM, ::TEMPLATE_MM] for part in maps)
    return grey * mask, white * mask, mask, affine


@functools.cache
def perfusion_template():
    """Perfusion as a SPECT would show it: grey matter four times as bright as white, blurred by 9 mm.

    Returns
    -------
    Volume
        2 mm voxels, grey matter 1 before the blur.
    """
    grey, white, _, affine = tissue_maps()
    sigma = BLUR_FWHM_MM / FWHM / TEMPLATE_MM
    return Volume(ndimage.gaussian_filter(grey + white / GREY_TO_WHITE, sigma), affine, "perfusion template")


def locate(volume):
    """Register the perfusion template to a scan: the rotation, shift and scale at which the two correlate most.

    Parameters
    ----------
    volume : Volume
        Counts, none negative; head upright in the world to within about 30 degrees.

    Returns
    -------
    dict
        `matrix`: template RAS mm to world RAS mm (rotation, shift, one scale), shape (4, 4); `scale`; `correlation` of the two within the
        brain; `grey_white_ratio` of the scan; `warnings`: list of str.
    """
    scan = _on_world_grid(volume)
    centre, target = _centroid(perfusion_template()), _centroid(volume)
    mismatch = _mismatch(scan, COARSE_MM, centre, target)
    starts = [np.array([*np.radians(angles) * RIM_MM, 0, 0, 0, 0]) for angles in itertools.product(*ANGLES)]
    found = [_descend(mismatch, start, 0.5) for start in sorted(starts, key=mismatch)[:STARTS]]
    pose = _descend(_mismatch(scan, FINE_MM, centre, target), min(found, key=mismatch), 0.05)
    matrix = _matrix(pose, centre, target)
    correlation, ratio = _likeness(scan, matrix)
    quality = {"scale": float(np.exp(pose[6] / RIM_MM)), "correlation": correlation, "grey_white_ratio": ratio}
    # To the micrometre: what is left of the order in which a processor adds up does not reach the result.
    quality = {name: round(value, 4) for name, value in quality.items()}
    return {"matrix": matrix.round(6)} | quality | {"warnings": _doubts(quality)}


def _doubts(record):
    doubts = []
    if record["correlation"] < LEAST_CORRELATION:
        doubts.append(f"little like the perfusion template (correlation {record['correlation']:.2f}): look at where the levels lie")
    if not GREY_WHITE_RANGE[0] <= record["grey_white_ratio"] <= GREY_WHITE_RANGE[1]:
        expected = "{:g} to {:g} in perfusion SPECT".format(*GREY_WHITE_RANGE)
        doubts.append(f"grey matter is {record['grey_white_ratio']:.2g} times as bright as white, {expected}: is this an MRI?")
    if not SCALE_RANGE[0] <= record["scale"] <= SCALE_RANGE[1]:
        doubts.append(f"the brain is {record['scale']:.2f} times the template's size: are the voxel sizes right?")
    return doubts


def _on_world_grid(volume):
    """A scan blurred, on 4 mm voxels along the world's axes, with empty space round it so that a pose that leaves the field is punished."""
    sigma = SCAN_BLUR_MM / volume.voxel_mm
    data = ndimage.gaussian_filter(volume.data, sigma)
    corners = np.array(list(itertools.product(*[(0, size - 1) for size in data.shape])))
    world = moved(volume.affine, corners)
    low, high = world.min(0) - PAD_MM, world.max(0) + PAD_MM
    affine = np.diag([FINE_MM, FINE_MM, FINE_MM, 1.0])
    affine[:3, 3] = low
    shape = np.ceil((high - low) / FINE_MM).astype(int) + 1
    return Volume(resample(Volume(data, volume.affine), affine, shape), affine, volume.path)


@functools.cache
def _near_brain(spacing):
    """Positions in the brain and its margin every `spacing` mm, shape (n, 3), and the template there, standardised, shape (n,)."""
    perfusion, step = perfusion_template(), spacing // TEMPLATE_MM
    mask = np.pad(tissue_maps()[2] > 0.5, MARGIN_MM)  # room for the margin where the maps end at the brain
    thin = (slice(None, None, step),) * 3
    grown = (ndimage.distance_transform_edt(~mask) * TEMPLATE_MM <= MARGIN_MM)[thin]
    index = np.argwhere(grown) * step - MARGIN_MM
    values = np.pad(perfusion.data, MARGIN_MM)[thin][grown].astype(float)
    return moved(perfusion.affine, index), (values - values.mean()) / values.std()


def _centroid(volume):
    """World mm of the middle of what is brighter than a third of a robust maximum, shape (3,)."""
    bright = np.argwhere(volume.data > np.percentile(volume.data, 99) / 3)
    return moved(volume.affine, bright.mean(0))


def _matrix(pose, centre, target):
    """4x4 matrix of a pose: rotation vector, shift and logarithm of the scale, all as mm at the brain's rim, about two points that meet."""
    matrix = np.eye(4)
    matrix[:3, :3] = Rotation.from_rotvec(pose[:3] / RIM_MM).as_matrix() * np.exp(pose[6] / RIM_MM)
    matrix[:3, 3] = target + pose[3:6] - matrix[:3, :3] @ centre
    return matrix


def _mismatch(scan, spacing, centre, target):
    """Function of a pose: minus the correlation of template and scan near the brain."""
    points, wanted = _near_brain(spacing)
    origin = scan.affine[:3, 3]

    def mismatch(pose):
        matrix = _matrix(pose, centre, target)
        index = (matrix[:3, :3] @ points.T + (matrix[:3, 3] - origin)[:, None]) / FINE_MM
        seen = ndimage.map_coordinates(scan.data, index, order=1, mode="constant", output=float)
        spread = seen.std()
        return -float(wanted @ seen) / (len(seen) * spread) if spread > 0 else 1.0

    return mismatch


def _descend(mismatch, start, tolerance):
    """Pose of least mismatch near a start, each parameter to within `tolerance` mm (Powell's method)."""
    bounds = [(value - 30, value + 30) for value in start[:6]] + [tuple(RIM_MM * np.log(SCALE_BOUNDS))]
    options = {"xtol": tolerance / RIM_MM, "ftol": 1e-4}
    return optimize.minimize(mismatch, start, method="Powell", bounds=bounds, options=options).x


def _likeness(scan, matrix):
    """Correlation of template and scan within the brain, and the grey to white matter ratio that best explains the scan.

    The scan is taken as grey, white and other matter, each as bright everywhere, under the template's blur: least squares gives the three.
    """
    grey, white, mask, affine = tissue_maps()
    step = FINE_MM // TEMPLATE_MM
    thin = (slice(None, None, step),) * 3
    sigma = BLUR_FWHM_MM / FWHM / TEMPLATE_MM
    parts = [ndimage.gaussian_filter(part, sigma)[thin] for part in (grey, white, np.clip(1 - grey - white, 0, 1))]
    inside = mask[thin] > 0.5
    world = moved(matrix, moved(affine, np.argwhere(inside) * step))
    index = (world - scan.affine[:3, 3]) / FINE_MM
    seen = ndimage.map_coordinates(scan.data, index.T, order=1, mode="constant").astype(float)
    regressors = np.column_stack([part[inside] for part in parts]).astype(float)
    weights = np.linalg.lstsq(regressors, seen, rcond=None)[0]
    expected = perfusion_template().data[thin][inside]
    correlation = float(np.corrcoef(expected, seen)[0, 1]) if seen.std() > 0 else 0.0
    return correlation, float(weights[0] / weights[1]) if weights[1] > 0 else 99.0


def place_levels(volume, single, row, heights_mm):
    """Where the levels of one row of the cohort table lie.

    Parameters
    ----------
    volume : Volume
        From `io.counts.read_scan`.
    single : bool
        The file holds one slice, which then is the level.
    row : dict
        Of the cohort: subject, scan, group, side, levels, heights (see `cohort.tables`).
    heights_mm : dict of str to float
        Heights of the levels in the template, mm.

    Returns
    -------
    dict
        Ready for JSON: subject, scan, group, side; `planes`: by level `centre` (world mm), `posterior` and `left` (unit vectors, the
        picture's down and right), `found` (registration, table or slice) and `coverage` (share of the template's section within the
        field); what `locate` gives, None for a single slice.

    Raises
    ------
    InputError
        A level outside the volume; a single slice with several levels, or none.
    """
    record = {key: row[key] for key in ("subject", "scan", "group", "side")}
    if single:
        if len(row["levels"]) != 1:
            hint = f"name its level in column level: {' or '.join(heights_mm)}"
            raise InputError(volume.path, f"one slice for the levels {', '.join(row['levels'])}", "one level for one slice", hint)
        return record | {"planes": {row["levels"][0]: _own_plane(volume, 1, "slice")}, "matrix": None, "warnings": []}
    record |= locate(volume)
    matrix, record["matrix"] = record["matrix"], record["matrix"].tolist()
    planes = {}
    for level in row["levels"]:
        given = row["heights"].get(level, {})
        if "slice" in given:
            plane = _own_plane(volume, given["slice"], "table")
        elif "mm" in given:
            plane = _plane([*_centroid(volume)[:2], given["mm"]], np.eye(3), "table")
        else:
            rotation = matrix[:3, :3] / np.linalg.norm(matrix[:3, 0])
            plane = _plane(moved(matrix, [*MIDDLE_MM, heights_mm[level]]), rotation, "registration")
        _check_inside(volume, level, plane)
        plane["coverage"] = _coverage(volume, matrix, plane)
        if plane["coverage"] == 0:
            record["warnings"].append(f"{level}: no part of the template's brain lies in this plane within the field of view")
        elif plane["coverage"] < LEAST_COVERAGE:
            record["warnings"].append(f"{level}: {100 * (1 - plane['coverage']):.0f} % of the section lies outside the field of view")
        planes[level] = plane
    for text in record["warnings"]:
        logging.warning("%s: %s.", row["scan"], text)
    return record | {"planes": planes}


def _plane(centre, rotation, found):
    # Patient's left on the right of the picture, front at the top.
    vectors = {"centre": np.asarray(centre, float).round(3), "posterior": -rotation[:, 1].round(6), "left": -rotation[:, 0].round(6)}
    return {key: (value + 0.0).tolist() for key, value in vectors.items()} | {"found": found}


def _own_plane(volume, number, found):
    """The plane of one of a scan's own slices, counted from below from 0, centred on the head."""
    axes = volume.affine[:3, :3] / volume.voxel_mm
    up = int(np.argmax(np.abs(axes[2])))
    count = volume.data.shape[up]
    if not 0 <= number < count:
        found = f"slice {number:g} of a scan with slices 0 to {count - 1}"
        raise InputError(volume.path, found, "a level inside the volume", "slices are counted from below, the lowest is 0")
    index = number if axes[2, up] > 0 else count - 1 - number
    middle = moved(np.linalg.inv(volume.affine), _centroid(volume))
    middle[up] = index
    others = [axis for axis in range(3) if axis != up]
    right = max(others, key=lambda axis: abs(axes[0, axis]))
    front = next(axis for axis in others if axis != right)
    rotation = np.column_stack([axes[:, right] * np.sign(axes[0, right]), axes[:, front] * np.sign(axes[1, front]), axes[:, up]])
    return _plane(moved(volume.affine, middle), rotation, found)


def _check_inside(volume, level, plane):
    """Raise InputError where the middle of a plane lies outside a scan."""
    index = moved(np.linalg.inv(volume.affine), plane["centre"])
    if np.any(index < -0.5) or np.any(index > np.array(volume.data.shape) - 0.5):
        where = " ".join(f"{value:.0f}" for value in plane["centre"])
        hint = "give its height in the cohort table, or leave the level out in column level"
        raise InputError(volume.path, f"level {level} at {where} mm, outside the volume", "a level inside the volume", hint)


def _coverage(volume, matrix, plane, step=5.0):
    """Share of the template's brain section in a plane that lies within the scan's field."""
    offsets = np.arange(-110, 111, step)
    down, right = (part.ravel() for part in np.meshgrid(offsets, offsets, indexing="ij"))
    world = plane["centre"] + np.outer(down, plane["posterior"]) + np.outer(right, plane["left"])
    mask, affine = tissue_maps()[2:]
    voxels = moved(np.linalg.inv(matrix @ affine), world)
    brain = ndimage.map_coordinates(mask, voxels.T, order=0, mode="constant") > 0.5
    index = moved(np.linalg.inv(volume.affine), world[brain])
    inside = np.all((index > -0.5) & (index < np.array(volume.data.shape) - 0.5), axis=1)
    return round(float(inside.mean()), 4) if len(inside) else 0.0
