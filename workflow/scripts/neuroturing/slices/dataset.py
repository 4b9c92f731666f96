"""A training set as it lies on disk: the part of each scan that its planes can reach, and where the planes lie in it."""

import json
import logging
import os
from dataclasses import asdict
from pathlib import Path

import numpy as np
from scipy import ndimage

from ..errors import InputError
from .planes import PlaneGrid

WINDOW_RADIUS_MM = 45.0
WINDOW_CENTRE_MM = (0.0, -15.0, 15.0)
WHITE_LEVEL = 0.85


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
        AC-PC mm, moved to the scan's basal-ganglia plane, to voxel index.
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
        Height of the basal-ganglia plane over the AC-PC line.
    grid : PlaneGrid

    Returns
    -------
    voxels : numpy.ndarray, uint16, three-dimensional
        Black is 0, white 65535. The axes are those of the scan in another order.
    matrix : numpy.ndarray, float64, shape (3, 4)
        AC-PC mm, from the height of the basal-ganglia plane, to voxel index of `voxels`.
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
    return np.rint(np.clip(level, 0, 1) * 65535).astype(np.uint16).transpose(order).copy(), matrix[order]


def write_plane_dataset(path, grid, scans):
    """Write scans and their plane grid as one file, under its name only when it is complete.

    Parameters
    ----------
    path : path
        .npz
    grid : PlaneGrid
    scans : list of dict
        scan, subject, voxels, matrix (see `prepare_scan`).
    """
    path = Path(path)
    sizes = [scan["voxels"].size for scan in scans]
    partial = path.with_name(f".partial-{os.getpid()}-{path.name}")
    with open(partial, "wb") as stream:
        np.savez(
            stream,
            grid=json.dumps(asdict(grid)),
            voxels=np.concatenate([scan["voxels"].ravel() for scan in scans]),
            start=np.concatenate([[0], np.cumsum(sizes)[:-1]]).astype(np.int64),
            shape=np.array([scan["voxels"].shape for scan in scans], np.int32),
            matrix=np.array([scan["matrix"] for scan in scans]),
            scan=np.array([scan["scan"] for scan in scans]),
            subject=np.array([scan["subject"] for scan in scans]),
        )
    os.replace(partial, path)
    logging.info("%s: %d scans, %d images, %.0f MB", path.name, len(scans), len(scans) * grid.count, sum(sizes) * 2 / 1e6)


def read_plane_grid(archive):
    """The PlaneGrid of an opened training set."""
    stored = json.loads(str(archive["grid"]))
    return PlaneGrid(**{key: tuple(value) if isinstance(value, list) else value for key, value in stored.items()})
