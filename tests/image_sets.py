"""Image sets that the tests train on, draw from and cut: made in a moment, with every label."""

from pathlib import Path

import numpy as np
from scipy.ndimage import gaussian_filter

from neuroturing.geometry.planes import PlaneGrid
from neuroturing.imageset import ImageSet, PlaneSet, make_labels, write_imageset

STILL = {"first": 0, "last": 0, "step": 1}
AXIS = {"first": -3, "last": 3, "step": 1}
PLANES = {
    "size": 16,
    "field_mm": 60,
    "centre_y_mm": 0,
    "planes_mm": [0],
    "flip": True,
    "yaw_deg": AXIS,
    "pitch_deg": AXIS,
    "roll_deg": STILL,
}
MATRIX = np.array([[0, 0, 1, 20.0], [0, 1, 0, 35], [1, 0, 0, 35]])


def smooth(shape, seed=0):
    """A smooth random volume from black to white, uint16."""
    voxels = gaussian_filter(np.random.default_rng(seed).random(shape), 3)
    return np.uint16(65535 * (voxels - voxels.min()) / np.ptp(voxels))


def scan(name, voxels, matrix=MATRIX, **labels):
    """One scan of a PlaneSet, with every label."""
    known = {key: values[0].item() for key, values in make_labels(1, **({"source": "real", "split": "train"} | labels)).items()}
    return {"voxels": voxels, "matrix": matrix, **known, **{"image": name, "scan": name, "subject": labels.get("subject", name)}}


def written(path, images):
    """Write a set of either kind; gives the path."""
    write_imageset(path, images)
    return Path(path)


def plane_set(path, scans=None, planes=PLANES):
    """Write turned planes, by default 98 of one smooth random scan; gives the path."""
    scans = [scan("a", smooth((40, 70, 70)))] if scans is None else scans
    return written(path, PlaneSet(scans, PlaneGrid.from_config(planes), {"rule": "planes"}))


def blocks(count, size, seed=0):
    """Images of 8 x 8 random blocks, uint8 (count, size, size)."""
    side = size // 8
    return np.random.default_rng(seed).integers(0, 256, (count, 8, 8), np.uint8).repeat(side, 1).repeat(side, 2)


def image_set(path, images, **labels):
    """Write images, each of a scan and a subject of its own unless said; gives the path."""
    names = [f"s{k}" for k in range(len(images))]
    known = {"image": names, "scan": names, "subject": names, "source": "real", "split": "train"} | labels
    return written(path, ImageSet(images, make_labels(len(images), **known), {"rule": "images"}))
