"""Volumes on coarser grids, and as SimpleITK images. World coordinates are RAS millimetres; SimpleITK's are LPS."""

import itertools

import numpy as np
from scipy import ndimage

from ..io.volumes import LPS, Volume
from .frames import moved, resample


def pooled(volume, spacing):
    """A volume averaged over blocks of about `spacing` mm, on axes at right angles.

    Parameters
    ----------
    volume : Volume
    spacing : float
        mm; voxels already larger stay as they are.

    Returns
    -------
    Volume
    """
    factors = np.maximum(1, np.round(spacing / volume.voxel_mm)).astype(int)
    width = [(0, -size % factor) for size, factor in zip(volume.data.shape, factors, strict=True)]
    data = np.pad(volume.data.astype(np.float32, copy=False), width, mode="edge")
    for axis in np.flatnonzero(factors > 1):
        factor, shape = factors[axis], data.shape
        data = data.reshape(*shape[:axis], shape[axis] // factor, factor, *shape[axis + 1 :]).mean(axis + 1, dtype=np.float32)
    affine = volume.affine.copy()
    affine[:3, 3] += volume.affine[:3, :3] @ ((factors - 1) / 2)
    affine[:3, :3] = volume.affine[:3, :3] * factors
    return _unsheared(Volume(data, affine, volume.path))


def _right_angles(linear):
    """The nearest matrix whose columns are orthogonal, with the same column lengths (polar decomposition)."""
    lengths = np.linalg.norm(linear, axis=0)
    left, _, right = np.linalg.svd(linear / lengths)
    return (left @ right) * lengths


def _unsheared(volume):
    """The volume itself, or where its axes are not at right angles, the volume sampled once on the nearest axes that are."""
    axes = _right_angles(volume.affine[:3, :3])
    if np.allclose(axes, volume.affine[:3, :3], atol=1e-3):
        return volume
    corners = np.array(list(itertools.product(*[(0, size - 1) for size in volume.data.shape])))
    inside = corners @ (np.linalg.inv(axes) @ volume.affine[:3, :3]).T
    low, high = inside.min(0), inside.max(0)
    affine = np.eye(4)
    affine[:3, :3] = axes
    affine[:3, 3] = volume.affine[:3, 3] + axes @ low
    return Volume(resample(volume, affine, np.ceil(high - low).astype(int) + 1), affine, volume.path)


def background(data):
    """The value round the head: the median over the outermost voxels of the field."""
    faces = [np.take(data, index, axis).ravel() for axis in range(3) for index in (0, -1)]
    return float(np.median(np.concatenate(faces)))


def to_itk(volume, pad_mm=0.0):
    """A SimpleITK image of a volume whose axes are at right angles.

    The background becomes 0 and is added `pad_mm` wide all round, so that a pose which leaves the field is punished, not left out of the
    sum; values are clipped at the 99.5th percentile, because vessels and fat would take most bins of the histogram.
    """
    empty = background(volume.data)
    seen = volume.data[volume.data != empty]
    data = np.minimum(volume.data, np.percentile(seen, 99.5) if seen.size else empty) - np.float32(empty)
    pad = np.ceil(pad_mm / volume.voxel_mm).astype(int)
    data = np.pad(data.astype(np.float32), [(int(width), int(width)) for width in pad])
    return plain_itk(Volume(data, volume.affine @ _shifted(-pad), volume.path))


def plain_itk(volume):
    """A SimpleITK image with the very values of a volume."""
    import SimpleITK as sitk

    affine = LPS @ volume.affine
    spacing = volume.voxel_mm
    image = sitk.GetImageFromArray(np.ascontiguousarray(volume.data.T))
    image.SetSpacing(spacing.tolist())
    image.SetDirection((_right_angles(affine[:3, :3]) / spacing).ravel().tolist())
    image.SetOrigin(affine[:3, 3].tolist())
    return image


def _shifted(voxels):
    matrix = np.eye(4)
    matrix[:3, 3] = voxels
    return matrix


def cropped(volume, where):
    """The part of a volume within the smallest box round the true voxels of a boolean array."""
    found = np.argwhere(where)
    low, high = found.min(0), found.max(0) + 1
    box = tuple(slice(int(first), int(last)) for first, last in zip(low, high, strict=True))
    return Volume(volume.data[box], volume.affine @ _shifted(low), volume.path)


def positions(volume, where):
    """World RAS mm of the true voxels of a boolean array, shape (n, 3)."""
    return moved(volume.affine, np.argwhere(where))


def sampler(volume):
    """Function that reads a volume by trilinear interpolation at world points: (n, 3) mm to (n,); beyond the field, the nearest voxel."""
    matrix = np.linalg.inv(volume.affine)
    return lambda points: ndimage.map_coordinates(
        volume.data, matrix[:3, :3] @ points.T + matrix[:3, 3:], order=1, mode="nearest", output=np.float64
    )
