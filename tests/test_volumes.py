"""Reading NIfTI as it comes, and refusing what cannot be used, by name."""

import bz2
import gzip
import shutil
import tracemalloc

import nibabel
import numpy as np
import pytest
import SimpleITK

from neuroturing.errors import InputError, nearest
from neuroturing.geometry.frames import resample
from neuroturing.io.volumes import MAX_TAIL, Volume, read_volume, write_volume

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


def smooth(shape=(40, 40, 40)):
    """An image that compresses, as scans do."""
    x, y, z = np.indices(shape)
    return (500 + 400 * np.sin(x / 5) * np.cos(y / 7) * np.sin(z / 6)).astype(np.int16)


@pytest.mark.parametrize("name", ["a.nii.gz", "a.nii.bz2", "a.mha"])
def test_one_flipped_bit_in_a_compressed_file_is_found(tmp_path, name):
    path = tmp_path / name
    if name == "a.mha":
        save_meta(path, smooth(), useCompression=True)
    else:
        save(path, smooth())
    whole = path.read_bytes()
    np.testing.assert_array_equal(read_volume(path).data, smooth())
    for place in np.random.default_rng(5).integers(400 if name == "a.mha" else 20, len(whole) - 12, 25):
        damaged = bytearray(whole)
        damaged[place] ^= 1 << int(place % 8)
        path.write_bytes(damaged)
        with pytest.raises(InputError, match="(?i)read|damaged"):
            read_volume(path)


def claiming(path, shape, content=b"", pack=gzip.compress):
    """A compressed file whose header claims a shape of int16."""
    header = nibabel.Nifti1Header()
    header.set_data_shape(shape)
    header.set_data_dtype(np.int16)
    header.set_sform(np.eye(4), 1)
    header["vox_offset"], header["magic"] = 352, b"n+1"
    path.write_bytes(pack(header.binaryblock + bytes(4) + content))
    return path


CLAIMS = {
    "gz claims 8 GB": ((2000, 2000, 1000), b"", gzip.compress, "4000000000 voxels"),
    "gz claims 1 GB": ((800, 800, 800), b"", gzip.compress, "asks for 1024000352 bytes, 1?[0-9]{2} are there"),
    "bz2 claims 1 GB": ((800, 800, 800), b"", bz2.compress, "unpack to 2,048,000,000"),
    "gz holds more": ((6, 7, 8), bytes(2 * 10**8), gzip.compress, "goes on after the 1024 bytes"),
}


@pytest.mark.parametrize("name", CLAIMS)
def test_what_a_header_claims_takes_no_memory(tmp_path, name):
    shape, content, pack, found = CLAIMS[name]
    path = claiming(tmp_path / f"a.nii.{'bz2' if pack is bz2.compress else 'gz'}", shape, content, pack)
    tracemalloc.start()
    with pytest.raises(InputError, match=found):
        read_volume(path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 6e7


def test_plain_file_shorter_than_its_header_says_is_refused_by_size(tmp_path):
    path = damage(save(tmp_path / "a.nii"), "dim", [3, 700, 700, 700, 1, 1, 1, 1])
    with pytest.raises(InputError, match=f"asks for 686000352 bytes, {path.stat().st_size} are there"):
        read_volume(path)
    meta = tmp_path / "a.mha"
    edited(meta, b"DimSize = 6 7 8", b"DimSize = 600 700 800")
    with pytest.raises(InputError, match="asks for 672000000 bytes"):
        read_volume(meta)


def test_padding_after_a_compressed_image_is_no_fault(tmp_path):
    content = DATA.tobytes(order="F")
    np.testing.assert_array_equal(read_volume(claiming(tmp_path / "a.nii.gz", DATA.shape, content + bytes(MAX_TAIL))).data, DATA)


def test_compressed_scaled_big_endian_and_pairs_are_read_as_nibabel_does(tmp_path):
    image = nibabel.Nifti1Image(DATA.astype(">i2"), AFFINE, nibabel.Nifti1Header(endianness=">"))
    image.header.set_slope_inter(2, -5)
    nibabel.save(image, tmp_path / "a.nii.gz")
    nibabel.save(nibabel.Nifti1Pair(DATA, AFFINE), tmp_path / "b.img.gz")
    for name in ("a.nii.gz", "b.img.gz"):
        np.testing.assert_array_equal(read_volume(tmp_path / name).data, nibabel.load(tmp_path / name).get_fdata(dtype=np.float32))


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


def save_meta(path, data=DATA, **options):
    image = SimpleITK.GetImageFromArray(np.ascontiguousarray(data.T))
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


@pytest.mark.parametrize("dtype", ["i1", "u1", "i2", "u2", "i4", "u4", "i8", "u8", "f4", "f8"])
def test_reads_meta_image_as_itk_does(tmp_path, dtype):
    """Oblique, of every type, in either order of bytes, with what another program wrote before the voxels."""
    image = SimpleITK.GetImageFromArray(np.ascontiguousarray((DATA % 100).astype(dtype).T))
    turned = np.linalg.qr(np.random.default_rng(3).normal(size=(3, 3)))[0]
    image.SetDirection(turned.ravel())
    image.SetSpacing((1, 2, 3))
    image.SetOrigin((5, -239, 7.5))
    path = tmp_path / "a.mhd"
    SimpleITK.WriteImage(image, str(path))
    raw, header = path.with_suffix(".raw"), path.read_text()
    for start, order, skipped in ((0, "<", ""), (9, "<", "HeaderSize = 9\n"), (9, "<", "HeaderSize = -1\n"), (0, ">", "")):
        raw.write_bytes(bytes(start) + (DATA % 100).astype(f"{order}{dtype}").tobytes(order="F"))
        path.write_text(skipped + header.replace("MSB = False", f"MSB = {order == '>'}"))
        volume, itk = read_volume(path), SimpleITK.ReadImage(str(path))
        np.testing.assert_array_equal(volume.data, SimpleITK.GetArrayFromImage(itk).T)
        corner = itk.TransformIndexToPhysicalPoint((5, 6, 7))
        np.testing.assert_allclose((volume.affine @ [5, 6, 7, 1])[:3], np.multiply(corner, (-1, -1, 1)))


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
