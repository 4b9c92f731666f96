"""Rotations and affines. World coordinates are RAS millimetres; SimpleITK's are LPS.

A head's angles are those of R = Rz(yaw) Rx(pitch) Ry(roll), degrees, right-hand rule: yaw > 0 turns the nose to the subject's left,
pitch > 0 lifts it, roll > 0 leans the head to its right shoulder. SciPy is imported where it is used: image sets, which every rule reads,
import this module.
"""

import numpy as np


def rotation(*, yaw, pitch, roll):
    """Rotation matrices Rz(yaw) Rx(pitch) Ry(roll).

    Parameters
    ----------
    yaw, pitch, roll : float or array_like, shape (n,)
        Degrees.

    Returns
    -------
    numpy.ndarray, float64, shape (3, 3) or (n, 3, 3)
    """
    from scipy.spatial.transform import Rotation

    return Rotation.from_euler("ZXY", np.stack(np.broadcast_arrays(yaw, pitch, roll), axis=-1), degrees=True).as_matrix()


def angles(matrix):
    """Yaw, pitch and roll of a rotation, shape (3, 3), or of the rotation of a 4x4 matrix, as a dict of degrees."""
    from scipy.spatial.transform import Rotation

    turn = np.asarray(matrix, float)[:3, :3]
    values = Rotation.from_matrix(turn).as_euler("ZXY", degrees=True)
    return {name: float(value) for name, value in zip(("yaw", "pitch", "roll"), values, strict=True)}


def moved(matrix, points):
    """Points, shape (3,) or (n, 3), through a 4x4 matrix."""
    return np.asarray(points, float) @ matrix[:3, :3].T + matrix[:3, 3]


def plane_affine(centre, down, right, size, pixel_mm):
    """Affine of a picture, of shape (rows, columns, 1), to the world.

    Parameters
    ----------
    centre : array_like, shape (3,)
        Middle of the picture, world mm.
    down, right : array_like, shape (3,)
        Unit vectors along which rows and columns of the picture run.
    size : int or (int, int)
        Rows and columns; one number where the picture is square.
    pixel_mm : float

    Returns
    -------
    numpy.ndarray, shape (4, 4)
    """
    rows, columns = np.broadcast_to(size, 2)
    affine = np.eye(4)
    affine[:3, 0], affine[:3, 1] = np.asarray(down) * pixel_mm, np.asarray(right) * pixel_mm
    affine[:3, 2] = np.cross(affine[:3, 1], affine[:3, 0]) / pixel_mm
    affine[:3, 3] = np.asarray(centre) - affine[:3, 0] * ((rows - 1) / 2) - affine[:3, 1] * ((columns - 1) / 2)
    return affine


def resample(volume, affine, shape, order=1, outside=0.0):
    """Sample a volume once on another grid.

    Parameters
    ----------
    volume : Volume
    affine : array_like, shape (4, 4)
        Voxel index of the new grid to the volume's world, mm.
    shape : tuple of int
        Of the new grid.
    order : int
        Spline order: 1 is trilinear.
    outside : float
        Value beyond the volume.

    Returns
    -------
    numpy.ndarray, float32
    """
    from scipy import ndimage

    matrix = np.linalg.inv(volume.affine) @ np.asarray(affine, float)
    return ndimage.affine_transform(
        volume.data, matrix[:3, :3], matrix[:3, 3], output_shape=tuple(shape), order=order, mode="constant", cval=outside, output=np.float32
    )


def picture(volume, centre, down, right, size, pixel_mm):
    """Sample a plane of a volume once, trilinear; parameters as `plane_affine`.

    Returns
    -------
    numpy.ndarray, float32, shape (rows, columns)
        0 outside the volume.
    """
    shape = tuple(int(count) for count in np.broadcast_to(size, 2))
    return resample(volume, plane_affine(centre, down, right, shape, pixel_mm), (*shape, 1))[:, :, 0]
