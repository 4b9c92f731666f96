"""The AC-PC frame: a rigid frame built from landmarks, and the scan resliced into it. World coordinates are RAS millimetres.

Convention: origin at AC; y runs from PC to AC and on to the front; x is the normal of the midsagittal plane made orthogonal to y, to the
subject's right; z = x cross y, to the vertex (the frame of Talairach and of 3D Slicer's ACPCTransform, with the centres of the commissures
as landmarks).

Angles are those of the head's frame against the scanner's world axes (see `geometry.frames`).
"""

import numpy as np

from ...geometry.frames import resample

# Room in mm for a whole head round AC: left, back, below; right, front, above.
LOW, HIGH = (-98, -136, -100), (98, 100, 110)


def acpc_to_world(ac, pc, normal):
    """The frame as a rigid matrix.

    Parameters
    ----------
    ac, pc : array_like, shape (3,)
        World RAS mm.
    normal : array_like, shape (3,)
        Normal of the midsagittal plane, to the subject's right.

    Returns
    -------
    numpy.ndarray, shape (4, 4)
        AC-PC RAS mm to world RAS mm; determinant +1.

    Raises
    ------
    ValueError
        AC and PC are one point, or the normal runs along the line that joins them.
    """
    ac, pc, normal = (np.asarray(item, float) for item in (ac, pc, normal))
    y = ac - pc
    if np.linalg.norm(y) < 1e-6:
        raise ValueError("AC and PC are the same point")
    y = y / np.linalg.norm(y)
    x = normal - (normal @ y) * y
    if np.linalg.norm(x) < 1e-3 * np.linalg.norm(normal) or not normal.any():
        raise ValueError("the midsagittal normal runs along the AC-PC line")
    x = x / np.linalg.norm(x)
    matrix = np.eye(4)
    matrix[:3, :3] = np.column_stack([x, y, np.cross(x, y)])
    matrix[:3, 3] = ac
    return matrix


def reslice_grid(spacing=1.0):
    """The grid of a resliced scan, the same for every scan: a box round AC that holds a head, with a voxel centre on AC.

    Parameters
    ----------
    spacing : float
        mm.

    Returns
    -------
    affine : numpy.ndarray, shape (4, 4)
        Voxel index to AC-PC RAS mm.
    shape : tuple of int
    """
    low, high = np.ceil(np.array(LOW) / spacing), np.floor(np.array(HIGH) / spacing)
    affine = np.diag([spacing, spacing, spacing, 1.0])
    affine[:3, 3] = low * spacing
    return affine, tuple(int(size) for size in high - low + 1)


def reslice(volume, matrix, spacing=1.0):
    """Sample a scan once on the AC-PC grid.

    Parameters
    ----------
    volume : Volume
    matrix : array_like, shape (4, 4)
        AC-PC RAS mm to world RAS mm.

    Returns
    -------
    data : numpy.ndarray, float32
    affine : numpy.ndarray, shape (4, 4)
        AC is at world (0, 0, 0), PC on the negative y axis, the midsagittal plane is x = 0.
    """
    affine, shape = reslice_grid(spacing)
    return resample(volume, np.asarray(matrix, float) @ affine, shape), affine
