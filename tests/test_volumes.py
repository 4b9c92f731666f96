"""Reading NIfTI as it comes, and refusing what cannot be used, by name."""

import gzip
import shutil

import nibabel
import numpy as np
import pytest
import SimpleITK

from neuroturing.errors import InputError, nearest
from neuroturing.volumes import Volume, read_volume, resample, write_volume

RNG = np.random.default_rng(0)
DATA = RNG.integers(0, 1000, (6, 7, 8)).astype(np.int16)
AFFINE = np.array([[-2, 0, 0.2, 5], [0, 1.5, 0, -7], [0.1, 0, 3, 2], [0, 0, 0, 1.0]])


def save(path, data=DATA, affine=AFFINE, kind=nibabel.Nifti1Image, sform=1, qform=0):
    image = kind(data, affine)
    image.set_sform(affine, sform)
    image.set_qform(affine, qform)
    nibabel.save(image, path)
    return path


def damage(path, key, value):
    """Overwrite one header field as it stands in the file."""
    content = bytearray(path.read_bytes())
    header = nibabel.Nifti1Header(bytes(content[:348]), check=False)
    header[key] = value
    content[:348] = header.binaryblock
    path.write_bytes(content)
    return path


@pytest.mark.parametrize("name", ["a.nii", "a.nii.gz", "with space.nii.gz", "Gehirn-ä-脳.nii"])
@pytest.mark.parametrize("kind", [nibabel.Nifti1Image, nibabel.Nifti2Image])
def test_reads_values_and_place(tmp_path, name, kind):
    volume = read_volume(save(tmp_path / name, kind=kind))
    assert np.array_equal(volume.data, DATA)
    assert np.allclose(volume.affine, AFFINE)


def test_reads_scaled_float_single_4d_and_big_endian(tmp_path):
    image = nibabel.Nifti1Image(DATA[..., None], AFFINE)
    image.header.set_slope_inter(2, -5)
    image.header.set_data_dtype(np.int16)
    nibabel.save(image, tmp_path / "scaled.nii")
    stored = nibabel.load(tmp_path / "scaled.nii").get_fdata()[..., 0]
    assert np.allclose(read_volume(tmp_path / "scaled.nii").data, stored)
    save(tmp_path / "float.nii", DATA.astype(np.float64) / 7)
    assert np.allclose(read_volume(tmp_path / "float.nii").data, DATA / 7)
    big = nibabel.Nifti1Image(DATA, AFFINE, nibabel.Nifti1Header(endianness=">"))
    nibabel.save(big, tmp_path / "big.nii")
    assert np.array_equal(read_volume(tmp_path / "big.nii").data, DATA)


def test_qform_alone_is_enough(tmp_path):
    straight = np.diag([2, 1.5, 3, 1.0])
    assert np.allclose(read_volume(save(tmp_path / "q.nii", affine=straight, sform=0, qform=1)).affine, straight)


def truncated(path):
    save(path)
    path.write_bytes(path.read_bytes()[:-100])


def truncated_gzip(path):
    save(path.with_suffix(""))
    whole = gzip.compress(path.with_suffix("").read_bytes())
    path.write_bytes(whole[: len(whole) // 2])


def with_value(value):
    data = DATA.astype(np.float32)
    data[2, 3, 4] = value
    return data


BAD = {
    "truncated.nii": (truncated, "truncated"),
    "truncated.nii.gz": (truncated_gzip, "(?i)read"),
    "empty.nii": (lambda path: path.write_bytes(b""), "not readable as NIfTI"),
    "text.nii": (lambda path: path.write_text("not an image" * 100), "not readable as NIfTI"),
    "nan.nii": (lambda path: save(path, with_value(np.nan)), "1 NaN or infinite"),
    "inf.nii": (lambda path: save(path, with_value(np.inf)), "1 NaN or infinite"),
    "zero.nii": (lambda path: save(path, np.zeros_like(DATA)), "every voxel is 0"),
    "constant.nii": (lambda path: save(path, np.full_like(DATA, 7)), "every voxel is 7"),
    "series.nii": (lambda path: save(path, np.stack([DATA, DATA], -1)), "2 volumes"),
    "flat.nii": (lambda path: save(path, DATA[:, :, 0]), "shape"),
    "slice.nii": (lambda path: save(path, DATA[:, :, :1]), "shape"),
    "voxel0.nii": (lambda path: damage(save(path), "pixdim", [1, 2, 0, 3, 0, 0, 0, 0]), "voxel sizes"),
    "voxelneg.nii": (lambda path: damage(save(path), "pixdim", [1, 2, -1, 3, 0, 0, 0, 0]), "voxel sizes"),
    "singular.nii": (lambda path: damage(save(path), "srow_x", [0, 0, 0, 0]), "singular"),
    "affinenan.nii": (lambda path: damage(save(path), "srow_x", [np.nan, 0, 0, 0]), "NaN or infinite entries"),
    "noforms.nii": (lambda path: save(path, sform=0, qform=0), "neither an sform nor a qform"),
    "coarse.nii": (lambda path: save(path, affine=np.diag([12, 1, 1, 1.0])), "voxels of"),
    "complex.nii": (lambda path: save(path, DATA.astype(np.complex64)), "complex64"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_file_is_refused_by_name(tmp_path, name):
    make, found = BAD[name]
    make(tmp_path / name)
    with pytest.raises(InputError, match=found) as caught:
        read_volume(tmp_path / name)
    assert name in str(caught.value)
    assert "expected:" in str(caught.value)
    assert "hint:" in str(caught.value)


def test_other_format_and_missing_file(tmp_path):
    nibabel.save(nibabel.MGHImage(DATA.astype(np.float32), AFFINE), tmp_path / "a.mgz")
    shutil.move(tmp_path / "a.mgz", tmp_path / "b.mgz")
    with pytest.raises(InputError, match="MGHImage"):
        read_volume(tmp_path / "b.mgz")
    with pytest.raises(InputError, match="no such file"):
        read_volume(tmp_path / "none.nii")


def test_written_volume_has_both_forms(tmp_path):
    straight = np.diag([2, 1.5, 3, 1.0])
    write_volume(tmp_path / "out" / "a.nii.gz", DATA, straight)
    image = nibabel.load(tmp_path / "out" / "a.nii.gz")
    assert np.allclose(image.get_sform(coded=True)[0], straight)
    assert np.allclose(image.get_qform(coded=True)[0], straight)
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["a.nii.gz"]


def test_resample_moves_by_world_position():
    volume = Volume(DATA.astype(np.float32), AFFINE)
    shifted = AFFINE.copy()
    shifted[:3, 3] += AFFINE[:3, :3] @ [1, 2, 3]
    assert np.allclose(resample(volume, shifted, (4, 4, 4)), DATA[1:5, 2:6, 3:7], atol=1e-2)


def test_nearest_name():
    assert nearest("helthy", ["healthy", "patients"]) == "did you mean 'healthy'?"
    assert "known names" in nearest("xyz", ["healthy", "patients"])


def save_meta(path, **options):
    image = SimpleITK.GetImageFromArray(np.ascontiguousarray(DATA.T))
    image.SetDirection((1, 0, 0, 0, 0, -1, 0, 1, 0))
    image.SetSpacing((1, 2, 3))
    image.SetOrigin((5, -239, 7))
    SimpleITK.WriteImage(image, str(path), **options)
    return path


@pytest.mark.parametrize("name", ["a.mha", "b ä.mhd"])
@pytest.mark.parametrize("compressed", [False, True])
def test_reads_meta_image(tmp_path, name, compressed):
    volume = read_volume(save_meta(tmp_path / name, useCompression=compressed))
    assert volume.data.dtype == np.float32
    assert np.array_equal(volume.data, DATA)
    # ITK counts x to the left and y to the back; the second array axis runs up, the third to the front.
    assert np.allclose(volume.affine, [[-1, 0, 0, -5], [0, 0, 3, 239], [0, 2, 0, 7], [0, 0, 0, 1]])


def edited(path, old, new):
    save_meta(path)
    content = path.read_bytes()
    assert old in content
    path.write_bytes(content.replace(old, new))


def without_raw(path):
    save_meta(path)
    path.with_suffix(".raw").unlink()


def short_raw(path):
    save_meta(path)
    path.with_suffix(".raw").write_bytes(b"\0" * 100)


BAD_META = {
    "cut.mha": (lambda path: path.write_bytes(save_meta(path).read_bytes()[:-100]), "missing or truncated after the header"),
    "nodata.mha": (lambda path: path.write_bytes(save_meta(path).read_bytes()[: -DATA.nbytes]), "missing or truncated after the header"),
    "noraw.mhd": (without_raw, "missing or truncated in .*noraw.raw"),
    "cutraw.mhd": (short_raw, "missing or truncated in .*cutraw.raw"),
    "cutz.mha": (lambda path: path.write_bytes(save_meta(path, useCompression=True).read_bytes()[:-50]), "missing or truncated"),
    "empty.mha": (lambda path: path.write_bytes(b""), "no ElementDataFile"),
    "text.mha": (lambda path: path.write_text("not an image" * 100), "no ElementDataFile"),
    "nosize.mha": (lambda path: edited(path, b"DimSize = 6 7 8\n", b""), "not readable as MetaImage"),
    "turned.mha": (lambda path: edited(path, b"TransformMatrix", b"NoTransformAtAll"), "no TransformMatrix"),
    "voxel0.mha": (lambda path: edited(path, b"ElementSpacing = 1 2 3", b"ElementSpacing = 1 0.0 3"), "voxel sizes 1 0.0 3"),
    "voxelneg.mha": (lambda path: edited(path, b"ElementSpacing = 1 2 3", b"ElementSpacing = 1 -2 3"), "voxel sizes 1 -2 3"),
    "coarse.mha": (lambda path: edited(path, b"ElementSpacing = 1 2 3", b"ElementSpacing = 12 2 3"), "voxels of"),
    "colour.mha": (
        lambda path: SimpleITK.WriteImage(SimpleITK.GetImageFromArray(np.zeros((5, 5, 5, 3), np.uint8), isVector=True), str(path)),
        "3 volumes",
    ),
    "flat.mha": (lambda path: SimpleITK.WriteImage(SimpleITK.GetImageFromArray(DATA[0]), str(path)), "shape"),
    "constant.mha": (
        lambda path: SimpleITK.WriteImage(SimpleITK.GetImageFromArray(np.full((5, 5, 5), 7.0)), str(path)),
        "every voxel is 7",
    ),
}


@pytest.mark.parametrize("name", BAD_META)
def test_bad_meta_image_is_refused_by_name(tmp_path, name):
    make, found = BAD_META[name]
    make(tmp_path / name)
    with pytest.raises(InputError, match=found) as caught:
        read_volume(tmp_path / name)
    assert name in str(caught.value)
    assert "hint:" in str(caught.value)
