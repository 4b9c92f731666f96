"""Images made by command from a generator and its card: those of the run, as files of other programs, and nothing else on the way."""

import gzip
import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import nibabel
import numpy as np
import pytest
from image_sets import blocks, image_set

import card
import create
import sample_gan
from neuroturing.card import forms
from neuroturing.card.forms import check_target, nifti
from neuroturing.card.recreate import read_card
from neuroturing.cut.images import read_images
from neuroturing.cut.sections import turn_upright, upright_pictures
from neuroturing.errors import InputError
from neuroturing.gan.algorithms import ALGORITHMS
from neuroturing.gan.saved import save_generator
from neuroturing.imageset import read_imageset
from neuroturing.io.files import write_table
from neuroturing.io.volumes import Volume

RECIPE = {
    "name": "small", "algorithm": "dcgan", "label": "DCGAN", "reading": "R1", "latent": 7, "latent_distribution": "uniform",
    "base_filters": 2, "kernel": 5, "leak": 0.2, "weight_stddev": 0.02, "norm_momentum": 0.9, "norm_epsilon": 1e-5, "size": 16,
}  # fmt: skip
LABELS = {"dataset": "brain", "source": "small", "contrast": "t1"}


def generator_of(path, **changes):
    """An untrained generator, saved as a training saves one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    recipe = RECIPE | changes
    save_generator(path, ALGORITHMS[recipe["algorithm"]].build_generator(recipe, "float32", portable=True))
    return path


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A model's folder as a run leaves it, and its samples; do not change it."""
    folder = tmp_path_factory.mktemp("model")
    path = generator_of(folder / "model" / "generator.keras")
    cut = image_set(folder / "cut.npz", blocks(5, 16), contrast="t1")
    sample_gan.main(path, folder / "samples.npz", RECIPE, 70, 2018, LABELS, cut)
    write_table(folder / "history.tsv", [{"step": 1}])
    (folder / "env.yaml").write_text("dependencies:\n  - keras=3.12\n")
    out = [path.parent / name for name in ("card.md", "card.json", "medigan.json")]
    card.main(
        path, folder / "samples.npz", folder / "history.tsv", cut, folder / "env.yaml", [], [], [], [], *out, RECIPE,
        {"title": "Study", "citation": ""}, "brain", "Brain", {}, False, 1, "code",
    )  # fmt: skip
    return folder


@pytest.fixture
def model(made, tmp_path):
    """A copy of a model's folder to change: card and generator alone, as it is handed on; gives the generator."""
    shutil.copytree(made / "model", tmp_path / "model")
    return tmp_path / "model" / "generator.keras"


def call(*arguments):
    return create.main([str(argument) for argument in arguments])


def edit(generator, **changes):
    """Change the block create of the card beside a generator, or where a key has a dot, another block."""
    path = generator.parent / "card.json"
    record = json.loads(path.read_text())
    for name, value in changes.items():
        block, _, key = name.rpartition("__")
        record[block or "create"][key] = value
    path.write_text(json.dumps(record))


def test_same_seed_and_number_give_the_bytes_of_the_run(made, model, tmp_path):
    assert call(model, "--count", 70, "--seed", 2018, "--as", "npz", "--to", tmp_path / "again.npz") == 0
    assert (tmp_path / "again.npz").read_bytes() == (made / "samples.npz").read_bytes()


def test_more_images_begin_with_the_same_and_another_seed_gives_others(model, tmp_path):
    for name, count, seed in (("few", 3, 5), ("many", 67, 5), ("other", 3, 6)):
        assert call(model, "--count", count, "--seed", seed, "--as", "npz", "--to", tmp_path / f"{name}.npz") == 0
    few, many, other = (read_imageset(tmp_path / f"{name}.npz").images for name in ("few", "many", "other"))
    assert np.array_equal(few, many[:3]) and not np.array_equal(few, other)


def test_png_are_the_images_without_anything_else(model, tmp_path):
    call(model, "--count", 3, "--as", "npz", "--to", tmp_path / "images.npz")
    assert call(model, "--count", 3, "--as", "png", "--to", tmp_path / "png") == 0
    known, back = read_imageset(tmp_path / "images.npz"), read_images(tmp_path / "png")
    assert np.array_equal(back.images, known.images) and back["image"].tolist() == known["image"].tolist()
    files = sorted((tmp_path / "png").iterdir())
    assert [file.name for file in files] == [*(f"brain_small_0000{k}.png" for k in range(3)), "images.tsv"]
    for file in files[:3]:
        content, kinds, place = file.read_bytes(), [], 8
        while place < len(content):
            kinds.append(content[place + 4 : place + 8])
            place += 12 + int.from_bytes(content[place : place + 4], "big")
        assert set(kinds) == {b"IHDR", b"IDAT", b"IEND"}


def test_nifti_are_the_images_too(model, tmp_path):
    edit(model, data__plane="sagittal", data__pixel_mm=2)
    call(model, "--count", 2, "--as", "npz", "--to", tmp_path / "images.npz")
    assert call(model, "--count", 2, "--as", "nifti", "--to", tmp_path / "nifti") == 0
    for k, pixels in enumerate(read_imageset(tmp_path / "images.npz").images):
        image = nibabel.load(tmp_path / "nifti" / f"brain_small_0000{k}.nii.gz")
        assert image.get_data_dtype() == np.uint8 and image.shape == (16, 16, 1)
        assert np.array_equal(np.asarray(image.dataobj)[:, :, 0].T, pixels)


@pytest.mark.parametrize("plane", ["axial", "coronal", "sagittal"])
def test_a_nifti_file_lies_in_the_head_as_its_plane_does(plane):
    pixels = np.arange(20 * 30, dtype=np.uint8).reshape(20, 30)
    image = nibabel.Nifti1Image.from_bytes(gzip.decompress(nifti(pixels, {"plane": plane, "pixel_mm": 1.5})))
    affine = image.affine
    assert image.shape == (30, 20, 1) and np.linalg.det(affine) == pytest.approx(1.5**3)
    assert np.allclose(affine @ [14.5, 9.5, 0, 1], [0, 0, 0, 1])
    assert image.header["sform_code"] == image.header["qform_code"] == 1 and np.allclose(image.get_qform(), affine)
    assert image.header.get_xyzt_units()[0] == "mm"
    upright = turn_upright(Volume(np.asarray(image.dataobj), affine)).data
    assert np.array_equal(upright_pictures(upright, plane)[0], pixels)


def test_a_nifti_file_of_no_known_plane_says_so(tmp_path):
    pixels = np.arange(20 * 30).reshape(20, 30).astype(np.uint8)
    pixels[0, 0] = 255
    (tmp_path / "a.nii.gz").write_bytes(nifti(pixels, {"plane": None, "pixel_mm": None}))
    image = nibabel.load(tmp_path / "a.nii.gz")
    assert image.header["sform_code"] == image.header["qform_code"] == 0 and image.header.get_xyzt_units()[0] == "unknown"
    read = read_images(tmp_path).images[0]
    assert read.shape == (20, 30) and np.corrcoef(read.ravel(), pixels.ravel())[0, 1] > 0.99


def test_nothing_is_overwritten(model, tmp_path, capsys):
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "mine").write_text("x")
    (tmp_path / "file.npz").write_text("x")
    for form, name in (("png", "full"), ("nifti", "file.npz"), ("npz", "file.npz"), ("npz", "images.png")):
        assert call(model, "--count", 1, "--as", form, "--to", tmp_path / name) == 1
        error = capsys.readouterr().err
        assert error.count("\n") == 1 and name in error and "expected" in error
    assert [path.name for path in (tmp_path / "full").iterdir()] == ["mine"] and (tmp_path / "file.npz").read_text() == "x"
    (tmp_path / "empty").mkdir()
    assert call(model, "--count", 1, "--to", tmp_path / "empty") == 0
    assert check_target(tmp_path / "new", "png") == tmp_path / "new"


def test_a_folder_is_whole_or_not_there(model, tmp_path, capsys, monkeypatch):
    def full(path, pixels):
        if path.stem.endswith("1"):
            raise OSError(28, "No space left on device", str(path))
        path.write_bytes(b"x")

    monkeypatch.setattr(forms, "write_png", full)
    assert call(model, "--count", 2, "--to", tmp_path / "out") == 1
    assert "a disk with space left" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["model"]


WRONG = {
    "latent": ({"latent": 9}, "9 latent numbers"),
    "height": ({"height": 32, "width": 32}, "images of 16 x 16"),
    "checksum": ({"file__sha256": "0" * 64}, "SHA-256"),
    "algorithm": ({"algorithm": "dcgn"}, "did you mean 'dcgan'"),
    "noise": ({"latent_distribution": "cauchy"}, "cauchy"),
    "type": ({"latent": "7"}, "whole number"),
    "huge": ({"latent": 10**12}, "whole number"),
    "place": ({"labels": {"dataset": "../../brain"}}, "letters, digits"),
    "label": ({"labels": {"split": "train"}}, "some of dataset"),
    "plane": ({"data__plane": "oblique"}, "oblique"),
    "pixel": ({"data__pixel_mm": float("nan")}, "pixel_mm nan"),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_card_that_does_not_fit_is_named(model, tmp_path, capsys, case):
    changes, said = WRONG[case]
    edit(model, **changes)
    assert call(model, "--count", 1, "--to", tmp_path / "out") == 1
    error = capsys.readouterr().err
    assert said in error and error.count("\n") == 1 and not (tmp_path / "out").exists()


def test_a_generator_of_another_size_is_named(model, tmp_path, capsys):
    generator_of(model, latent=8)
    assert call(model, "--count", 1, "--to", tmp_path / "out") == 1
    assert "(None, 8)" in capsys.readouterr().err
    generator_of(model, size=32)
    assert call(model, "--count", 1, "--to", tmp_path / "out") == 1
    assert "images of 32 x 32" in capsys.readouterr().err


@pytest.mark.parametrize("content", ["", "[]", "{", '{"format": "neuroturing card 0"}', '{"format": "neuroturing card 1", "create": null}'])
def test_no_card_is_no_card(model, content):
    (model.parent / "card.json").write_text(content)
    with pytest.raises(InputError):
        read_card(model)
    (model.parent / "card.json").unlink()
    with pytest.raises(InputError, match="no such file"):
        read_card(model)


def test_a_damaged_or_foreign_generator_is_not_run(model, tmp_path, capsys):
    whole = model.read_bytes()
    model.write_bytes(whole[: len(whole) // 2])
    assert call(model, "--count", 1, "--to", tmp_path / "out") == 1
    assert "not readable as a generator" in capsys.readouterr().err
    model.write_bytes(whole)
    with zipfile.ZipFile(model) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    config = json.loads(parts["config.json"])
    config["config"]["layers"][1] |= {"class_name": "Lambda"}
    with zipfile.ZipFile(model, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, json.dumps(config) if name == "config.json" else content)
    assert call(model, "--count", 1, "--to", tmp_path / "out") == 1
    assert "may run code" in capsys.readouterr().err and not (tmp_path / "out").exists()


@pytest.mark.parametrize("arguments", ["--count 0", "--count 1.5", "--count 1 --seed -1", "--count 1 --as jpg", ""])
def test_the_command_line_is_checked(model, tmp_path, arguments):
    with pytest.raises(SystemExit) as stopped:
        call(model, *arguments.split(), "--to", tmp_path / "out")
    assert stopped.value.code == 2 and not (tmp_path / "out").exists()


def test_it_runs_as_a_command_and_says_one_line(model, tmp_path):
    command = [sys.executable, Path(create.__file__), model, "--count", "2", "--to", tmp_path / "out"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, env=os.environ | {"CUDA_VISIBLE_DEVICES": ""})
    assert (done.returncode, done.stderr) == (0, "") and done.stdout == f"2 images of 16 x 16 pixels in {tmp_path / 'out'}\n"
    assert len(list((tmp_path / "out").glob("*.png"))) == 2
