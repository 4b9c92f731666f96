"""Turned planes of scans in the AC-PC frame: the part of each scan that its planes can reach, scaled, and where the planes lie in it.

Nothing is sampled here: a picture is interpolated once, from the raw scan, when it is asked for (`gan.source`).
"""

import logging

import numpy as np
from scipy import ndimage

from ..config.types import Annotated, Axis, Field, Options, field_validator
from ..errors import InputError
from ..geometry.planes import PlaneGrid
from ..imageset import PlaneSet
from ..io.volumes import read_volume
from .labels import image_name, scan_labels

WINDOW_RADIUS_MM = 45.0
WINDOW_CENTRE_MM = (0.0, -15.0, 15.0)
WHITE_LEVEL = 0.85


class Options(Options):
    """Axial planes turned about the plane of interest of each scan, in the AC-PC frame."""

    size: int = Field(ge=16, le=1024, description="height and width of an image in pixels")
    field_mm: float = Field(ge=50, le=500, description="height and width of the field of view, mm")
    centre_y_mm: float = Field(ge=-100, le=100, description="middle of the image before (+) or behind (-) AC, mm")
    plane_offset_mm: float = Field(
        ge=-50,
        le=50,
        description="height of the central plane over the AC-PC line, mm; column plane_offset_mm of the cohort table goes first",
    )
    yaw_deg: Axis = Field(description="angles about the axis to the top (nose to the left above 0), both ends included")
    pitch_deg: Axis = Field(description="angles about the axis to the right (nose up above 0)")
    roll_deg: Axis = Field(description="angles about the axis to the front (to the right shoulder above 0)")
    planes_mm: list[Annotated[float, Field(ge=-50, le=50)]] = Field(
        min_length=1, description="distances of the planes from the central one along its turned normal, mm"
    )
    flip: bool = Field(description="true adds the mirror image of each plane")

    @field_validator("planes_mm")
    @classmethod
    def _no_plane_twice(cls, value):
        if len(set(value)) < len(value):
            raise ValueError("a plane is named twice")
        return value


def cut(rows, aligned, spec, split):
    """The turned planes of each scan; every contrast is cut at the same places of the world.

    Returns
    -------
    PlaneSet

    Raises
    ------
    InputError
        A scan that cannot be read, without a brain about its commissures, or not aligned to AC-PC.
    """
    grid = PlaneGrid.from_config(spec)
    scans = []
    for row, record in zip(rows, aligned, strict=True):
        if not record or "acpc_to_world" not in record:
            hint = "rule: planes needs align: {rule: acpc} in the study"
            raise InputError(f"scan {row['scan']}", "no AC-PC frame", "commissures found by the align stage", hint)
        own = row.get("plane_offset_mm")
        offset = spec["plane_offset_mm"] if own in (None, "") else float(own)
        for contrast, path in row["images"].items():
            voxels, matrix = prepare_scan(read_volume(path), record["acpc_to_world"], offset, grid)
            shape = " x ".join(map(str, voxels.shape))
            logging.info("%s, %s: central plane %+.1f mm from AC-PC, %s voxels kept", row["scan"], contrast, offset, shape)
            labels = scan_labels(row, contrast, split, image=image_name(row, contrast))
            scans.append({"voxels": voxels, "matrix": matrix, **labels})
    return PlaneSet(scans, grid, {"rule": "planes", **spec})


def intensity_window(volume, acpc_to_world):
    """Grey values that become black and white, from the middle of the brain.

    How images were scaled is not stated in Koshino 2018. Chosen because MR intensities have no unit, because scalp fat, eyes and an
    extracted brain's empty surround must not change how white matter looks, and because a reader windows a T1 image so: within 45 mm of a
    point in the middle of the brain, the 1st percentile (ventricles) is black and the 99th (white matter) 85 % of full scale.

    Parameters
    ----------
    volume : Volume
    acpc_to_world : array_like, shape (4, 4)
        AC-PC RAS mm to world RAS mm.

    Returns
    -------
    low, high : float

    Raises
    ------
    InputError
        The middle of the brain is dark or outside the image.
    """
    to_voxel = np.linalg.inv(volume.affine) @ acpc_to_world
    steps = np.arange(-WINDOW_RADIUS_MM, WINDOW_RADIUS_MM + 1, 3.0)
    points = np.stack(np.meshgrid(steps, steps, steps, indexing="ij"), -1).reshape(-1, 3)
    points = points[np.linalg.norm(points, axis=1) <= WINDOW_RADIUS_MM] + WINDOW_CENTRE_MM
    index = np.rint(points @ to_voxel[:3, :3].T + to_voxel[:3, 3]).astype(int)
    inside = np.all((index >= 0) & (index < volume.data.shape), axis=1)
    values = volume.data[tuple(index[inside].T)]
    low, white = np.percentile(values, [1, 99]).astype(float) if values.size > 100 else (0.0, 0.0)
    if not white > low:
        raise InputError(
            volume.path,
            "nothing but background, or one grey value, where the brain should be",
            "a brain around AC and PC",
            "look at the AC-PC picture of this scan",
        )
    return low, low + (white - low) / WHITE_LEVEL


def smooth_for(volume, pixel_mm):
    """Blur a volume so that its finest detail is no finer than the pixels that will be cut from it.

    Standard deviation of (pixel - voxel) / 2 along each axis, none where voxels are as large as pixels: the rule by which
    scikit-image's `resize` avoids aliasing. This is a filter, not a second interpolation. Not stated in the paper.

    Returns
    -------
    numpy.ndarray, float32
    """
    voxel = volume.voxel_mm
    sigma = np.maximum(0, (pixel_mm - voxel) / 2) / voxel
    return ndimage.gaussian_filter(volume.data, sigma, mode="nearest") if np.any(sigma > 0) else volume.data


def reach(grid, to_voxel, shape):
    """Box of voxels that a scan's planes can touch.

    Parameters
    ----------
    grid : PlaneGrid
    to_voxel : numpy.ndarray, shape (4, 4)
        AC-PC mm, moved to the scan's central plane, to voxel index.
    shape : tuple of int

    Returns
    -------
    first, last : numpy.ndarray of int, shape (3,)
        Slice bounds, one voxel wider on each side for the interpolation.
    """
    frames = grid.frames()
    far = grid.size - 1
    corners = np.stack([frames[:, 0] + i * frames[:, 1] + j * frames[:, 2] for i in (0, far) for j in (0, far)])
    index = corners.reshape(-1, 3) @ to_voxel[:3, :3].T + to_voxel[:3, 3]
    first = np.clip(np.floor(index.min(0)).astype(int) - 1, 0, np.array(shape) - 2)
    last = np.clip(np.ceil(index.max(0)).astype(int) + 2, first + 2, shape)
    return first, last


def prepare_scan(volume, acpc_to_world, plane_offset_mm, grid):
    """Cut, blur and scale one scan for its planes.

    Parameters
    ----------
    volume : Volume
    acpc_to_world : array_like, shape (4, 4)
    plane_offset_mm : float
        Height of the central plane over the AC-PC line.
    grid : PlaneGrid

    Returns
    -------
    voxels : numpy.ndarray, uint8, three-dimensional
        Black is 0, white 255. The axes are those of the scan in another order.
    matrix : numpy.ndarray, float64, shape (3, 4)
        AC-PC mm, from the height of the central plane, to voxel index of `voxels`.
    """
    acpc_to_world = np.asarray(acpc_to_world, float)
    low, high = intensity_window(volume, acpc_to_world)
    lift = np.eye(4)
    lift[2, 3] = plane_offset_mm
    to_voxel = np.linalg.inv(volume.affine) @ acpc_to_world @ lift
    first, last = reach(grid, to_voxel, volume.data.shape)
    box = tuple(slice(a, b) for a, b in zip(first, last, strict=True))
    level = (smooth_for(volume, grid.pixel_mm)[box] - low) / (high - low)
    matrix = to_voxel[:3].copy()
    matrix[:, 3] -= first
    # Planes are nearly axial: with the axis that points up outermost, neighbouring pixels are neighbours in memory too.
    up = int(np.argmax(np.abs(matrix[:, 2])))
    order = [up, *(axis for axis in np.argsort(-np.abs(matrix[:, 1])) if axis != up)]
    # 8 bits, as the images have: sampling waits for memory, and takes nearly twice as long with 16.
    return np.rint(np.clip(level, 0, 1) * 255).astype(np.uint8).transpose(order).copy(), matrix[order]
