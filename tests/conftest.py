"""What several test files need: the checkout, a copy of it to run in, and Snakemake on a command line."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture
def checkout(tmp_path):
    """The project's files in an empty folder, to run in."""
    for name in ("Snakefile", "config.yaml", "config", "profiles", "envs", "workflow"):
        source = ROOT / name
        copy = shutil.copytree if source.is_dir() else shutil.copy2
        copy(source, tmp_path / name, **({"ignore": shutil.ignore_patterns("__pycache__")} if source.is_dir() else {}))
    return tmp_path


@pytest.fixture
def snakemake(checkout):
    """Call Snakemake in the copy: snakemake("-n", "all") gives a finished process with its output in stdout."""

    def call(*arguments):
        command = [sys.executable, "-m", "snakemake", "--cores", "2", *arguments]
        return subprocess.run(command, cwd=checkout, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)

    return call


@pytest.fixture(scope="session")
def dataset(tmp_path_factory):
    """A data set of 16 x 16 planes of a smooth random volume."""
    import numpy as np
    from scipy.ndimage import gaussian_filter

    from neuroturing.slices.dataset import write_plane_dataset
    from neuroturing.slices.planes import PlaneGrid

    still = {"first": 0, "last": 0, "step": 1}
    axis = {"first": -3, "last": 3, "step": 1}
    turned = {"yaw_deg": axis, "pitch_deg": axis, "roll_deg": still}
    planes = {"size": 16, "field_mm": 60, "centre_y_mm": 0, "planes_mm": [0], "flip": True, **turned}
    voxels = gaussian_filter(np.random.default_rng(0).random((40, 70, 70)), 3)
    voxels = np.uint16(65535 * (voxels - voxels.min()) / np.ptp(voxels))
    matrix = np.array([[0, 0, 1, 20.0], [0, 1, 0, 35], [1, 0, 0, 35]])
    path = tmp_path_factory.mktemp("data") / "set.npz"
    write_plane_dataset(path, PlaneGrid.from_config(planes), [{"scan": "a", "subject": "a", "voxels": voxels, "matrix": matrix}])
    return path
