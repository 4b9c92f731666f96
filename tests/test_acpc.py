"""AC-PC alignment: the frame, landmarks placed by hand, checks, registration on heads with known landmarks, and the scripts."""

import functools
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from scipy import ndimage

import acpc_contact_sheet
import acpc_landmarks
import acpc_picture
import acpc_reslice
from neuroturing.align.acpc.checks import require_success, warnings_of
from neuroturing.align.acpc.frame import acpc_to_world, reslice, reslice_grid
from neuroturing.align.acpc.landmarks import check_landmarks, manual_landmarks, midline_normal, read_slicer
from neuroturing.align.acpc.picture import section
from neuroturing.align.acpc.record import describe, read_record
from neuroturing.errors import InputError
from neuroturing.geometry.frames import angles
from neuroturing.geometry.template import AC, PC, template
from neuroturing.io.volumes import Volume, read_volume, write_volume

HEADS = Path(__file__).resolve().parents[2] / "shared" / "data" / "heads"
GOOD = {
    "mutual_information": 0.45,
    "mutual_information_rigid": 0.3,
    "brain_correlation": 0.65,
    "mirror_correlation": 0.9,
    "ac_correlation": 0.9,
    "pc_correlation": 0.9,
    "field_coverage": 1.0,
}


def turn(pitch=0.0, roll=0.0, yaw=0.0, shift=(0, 0, 0)):
    """Rigid matrix, written out from elementary rotations, for checks against the library's angles."""
    p, r, y = np.radians([pitch, roll, yaw])
    about_x = [[1, 0, 0], [0, np.cos(p), -np.sin(p)], [0, np.sin(p), np.cos(p)]]
    about_y = [[np.cos(r), 0, np.sin(r)], [0, 1, 0], [-np.sin(r), 0, np.cos(r)]]
    about_z = [[np.cos(y), -np.sin(y), 0], [np.sin(y), np.cos(y), 0], [0, 0, 1]]
    matrix = np.eye(4)
    matrix[:3, :3] = np.array(about_z) @ about_x @ about_y
    matrix[:3, 3] = shift
    return matrix


def through(matrix, point):
    return matrix[:3, :3] @ np.asarray(point, float) + matrix[:3, 3]


@functools.cache
def subject():
    """The template as another person: warped smoothly (AC and PC with it), shaded, noisy, on an oblique, left-handed, anisotropic grid.

    Returns the volume, AC, PC and the midsagittal normal in its world.
    """
    t1 = template("t1")
    generator = np.random.default_rng(3)
    coarse = [ndimage.gaussian_filter(generator.normal(size=(50, 59, 48)), 5) for _ in range(3)]
    field = [ndimage.zoom(2.0 * part / part.std(), np.divide(t1.data.shape, part.shape), order=1).astype(np.float32) for part in coarse]
    x = np.arange(t1.data.shape[0])[:, None, None] + t1.affine[0, 3]
    field[0] *= 1 - np.exp(-(x**2) / (2 * 15.0**2))  # the midsagittal plane stays a plane
    places = np.indices(t1.data.shape, dtype=np.float32) + np.array(field)
    warped = ndimage.map_coordinates(t1.data, places, order=1)

    def moved(landmark):
        voxel = target = np.array(landmark) - t1.affine[:3, 3]
        for _ in range(50):
            voxel = target - [ndimage.map_coordinates(part, voxel[:, None], order=1)[0] for part in field]
        return voxel + t1.affine[:3, 3]

    pose = turn(14, -9, 12, (20, -15, 30))
    grid = turn(0, 0, 25) @ np.diag([-1.2, 1.1, 1.5, 1.0])
    shape = (160, 200, 140)
    grid[:3, 3] = through(pose, (0, -18, 8)) - grid[:3, :3] @ (np.array(shape) / 2)
    matrix = np.linalg.inv(t1.affine) @ np.linalg.inv(pose) @ grid
    data = ndimage.affine_transform(warped, matrix[:3, :3], matrix[:3, 3], output_shape=shape, order=1)
    data = data * np.linspace(0.75, 1.25, shape[1], dtype=np.float32)[None, :, None] * 900
    data = np.hypot(data + generator.normal(0, 20, shape), generator.normal(0, 20, shape)).astype(np.float32)
    return Volume(data, grid, "subject"), through(pose, moved(AC)), through(pose, moved(PC)), pose[:3, 0]


@functools.cache
def found():
    return describe(subject()[0])


def phantom():
    """A small image with a field that holds the landmarks of `slicer_points`."""
    generator = np.random.default_rng(0)
    affine = np.diag([2.0, 2.0, 2.0, 1.0])
    affine[:3, 3] = (-60, -70, -50)
    return Volume(generator.random((60, 70, 60)).astype(np.float32), affine, "phantom.nii.gz")


# --- frame


@pytest.mark.parametrize("pose", [(0, 0, 0), (20, 0, 0), (0, -15, 0), (0, 0, 25), (-18, 12, -21)])
def test_frame_of_a_posed_head(pose):
    matrix = turn(*pose, shift=(3, -40, 12))
    ac, pc = through(matrix, (0, 0, 0)), through(matrix, (0, -26, 0))
    frame = acpc_to_world(ac, pc, matrix[:3, 0] + 0.3 * matrix[:3, 1])  # the normal need not be at right angles to the line
    np.testing.assert_allclose(frame, matrix, atol=1e-12)
    found = angles(frame)
    np.testing.assert_allclose([found[name] for name in ("pitch", "roll", "yaw")], pose, atol=1e-9)
    assert np.linalg.det(frame[:3, :3]) == pytest.approx(1)


def test_a_frame_needs_two_points_and_a_normal():
    with pytest.raises(ValueError, match="same point"):
        acpc_to_world((1, 2, 3), (1, 2, 3), (1, 0, 0))
    with pytest.raises(ValueError, match="along"):
        acpc_to_world((0, 0, 0), (0, -25, 0), (0, 1, 0))


def test_reslice_puts_the_landmarks_in_place():
    pose = turn(12, -7, 15, (8, -5, 20))
    ac, pc, top = (through(pose, point) for point in ((0, 0, 0), (0, -26, 0), (0, -20, 40)))
    affine = turn(5, 3, -4) @ np.diag([-1.2, 1.0, 1.1, 1.0])
    affine[:3, 3] = through(pose, (0, -18, 8)) - affine[:3, :3] @ (40, 45, 45)
    world = np.indices((80, 90, 90)).reshape(3, -1).T @ affine[:3, :3].T + affine[:3, 3]
    data = sum(np.exp(-np.sum((world - point) ** 2, 1) / (2 * 2.5**2)) * height for point, height in ((ac, 1), (pc, 2), (top, 3)))
    resliced, grid = reslice(Volume(data.reshape(80, 90, 90).astype(np.float32), affine), acpc_to_world(ac, pc, pose[:3, 0]))
    for expected, height in (((0, 0, 0), 1), ((0, -26, 0), 2), ((0, -20, 40), 3)):
        voxel = np.round(np.linalg.inv(grid)[:3] @ [*expected, 1]).astype(int)
        box = tuple(slice(index - 5, index + 6) for index in voxel)
        weights = resliced[box]
        centre = [
            np.sum(weights * (np.arange(11) - 5).reshape([-1 if a == axis else 1 for a in range(3)])) / weights.sum() for axis in range(3)
        ]
        assert np.abs(grid[:3, :3] @ (voxel + centre) + grid[:3, 3] - expected).max() < 0.05
        assert weights.max() == pytest.approx(height, rel=0.08)


@pytest.mark.parametrize("spacing", [1.0, 0.7, 2.0])
def test_the_grid_has_a_voxel_on_ac_and_room_for_a_head(spacing):
    affine, shape = reslice_grid(spacing)
    origin = np.linalg.inv(affine)[:3, 3]
    np.testing.assert_allclose(origin, np.round(origin), atol=1e-9)
    assert np.all(affine[:3, 3] <= (-95, -130, -95)) and np.all(affine[:3, :3] @ (np.array(shape) - 1) + affine[:3, 3] >= (95, 95, 105))


# --- registration


def test_landmarks_of_a_warped_posed_template():
    _, ac, pc, normal = subject()
    record = found()
    assert np.linalg.norm(np.subtract(record["ac"], ac)) < 0.8
    assert np.linalg.norm(np.subtract(record["pc"], pc)) < 0.8
    error = angles(np.linalg.inv(acpc_to_world(ac, pc, normal)) @ np.array(record["acpc_to_world"]))
    assert abs(error["pitch"]) < 1.5 and abs(error["roll"]) < 1.0 and abs(error["yaw"]) < 1.0
    assert record["method"] == "automatic" and record["warnings"] == []
    assert record["ac_pc_mm"] == pytest.approx(np.linalg.norm(ac - pc), abs=1.0)


def noise():
    return np.random.default_rng(1).normal(100, 10, (90, 90, 90))


def box():
    return np.pad(np.full((50, 50, 50), 100.0), 20)


@pytest.mark.parametrize("image", [noise, box])
def test_what_is_no_brain_is_refused_by_name(image):
    affine = np.diag([2.0, 2.0, 2.0, 1.0])
    affine[:3, 3] = -90
    with pytest.raises(InputError, match=r"sub-x_T1w(?s:.*)not found by registration"):
        describe(Volume(image().astype(np.float32), affine, "sub-x_T1w.nii.gz"))


@pytest.mark.skipif(not (HEADS / "pd25_t1.nii.gz").exists(), reason="needs ../shared/data/heads/pd25_t1.nii.gz")
def test_landmarks_of_a_real_head_with_an_oblique_header():
    head, pose = read_volume(HEADS / "pd25_t1.nii.gz"), turn(-19, 11, 16, (25, 10, -30))
    record = describe(Volume(head.data, pose @ head.affine, head.path))
    assert np.linalg.norm(np.subtract(record["ac"], through(pose, (-0.237, 3.362, -3.640)))) < 1.2
    assert np.linalg.norm(np.subtract(record["pc"], through(pose, (-0.181, -25.177, -1.030)))) < 0.8
    assert np.degrees(np.arccos(np.dot(record["midsagittal_normal"], pose[:3, 0]))) < 1.0


# --- checks


def test_no_warnings_where_all_is_well():
    assert warnings_of(turn(10, 5, -5), 26.0, GOOD) == []
    require_success("scan.nii", GOOD)


@pytest.mark.parametrize(
    ("matrix", "length", "change", "words"),
    [
        (np.eye(4), 20.0, {}, "20.0 mm is outside 22 to 32"),
        (np.eye(4), 33.5, {}, "33.5 mm"),
        (turn(pitch=-28), 26.0, {}, "pitch -28"),
        (turn(roll=26), 26.0, {}, "roll 26"),
        (np.eye(4), 26.0, {"mirror_correlation": 0.5}, "hemispheres"),
        (np.eye(4), 26.0, {"ac_correlation": 0.4}, "pattern at AC"),
        (np.eye(4), 26.0, {"pc_correlation": 0.4}, "pattern at PC"),
        (np.eye(4), 26.0, {"field_coverage": 0.9}, "cut off"),
        (np.eye(4), 26.0, {"mutual_information": 0.2}, "fits worse"),
    ],
)
def test_one_warning_for_one_fault(matrix, length, change, words):
    warnings = warnings_of(matrix, length, GOOD | change)
    assert len(warnings) == 1 and words in warnings[0]


@pytest.mark.parametrize(
    "change", [{"brain_correlation": 0.2}, {"brain_correlation": np.nan}, {"field_coverage": 0.5}, {"mirror_correlation": 0.3}]
)
def test_a_failed_registration_is_an_error(change):
    with pytest.raises(InputError, match="scan-7"):
        require_success("scan-7.nii.gz", GOOD | change)


def test_a_brain_unlike_the_template_passes_where_its_commissures_are_clear():
    require_success("tiny.nii.gz", GOOD | {"brain_correlation": 0.4})
    with pytest.raises(InputError, match="certainty"):
        require_success("ball.nii.gz", GOOD | {"brain_correlation": 0.36, "ac_correlation": 0.3, "pc_correlation": 0.5})


def test_a_brain_cut_off_at_the_edge_is_warned_of():
    volume = subject()[0]
    kept = int(volume.data.shape[2] * 0.68)
    record = describe(Volume(volume.data[:, :, :kept], volume.affine, "cut"))
    assert any("cut off" in text for text in record["warnings"])


# --- landmarks placed by hand

POINTS = {"AC": (1.0, 5.0, -2.0), "PC": (0.0, -21.0, 1.0)}
MIDLINE = {"high": (2.0, -10.0, 60.0), "front": (2.5, 40.0, 20.0)}


def write_fcsv(path, points, system="LPS", columns="id,x,y,z,ow,ox,oy,oz,vis,sel,lock,label,desc,associatedNodeID"):
    sign = -1 if system in ("LPS", "1") else 1
    lines = ["# Markups fiducial file version = 5.6", f"# CoordinateSystem = {system}", f"# columns = {columns}"]
    for number, (name, (x, y, z)) in enumerate(points.items()):
        values = {"id": number, "x": sign * x, "y": sign * y, "z": z, "label": name, "desc": "", "vis": 1, "sel": 1, "lock": 0}
        lines.append(",".join(str(values.get(column, 0)) for column in columns.split(",")))
    path.write_text("\n".join(lines) + "\n")
    return path


def write_json(path, points, system="LPS"):
    sign = -1 if system == "LPS" else 1
    control = [{"id": str(i), "label": name, "position": [sign * x, sign * y, z]} for i, (name, (x, y, z)) in enumerate(points.items())]
    path.write_text(json.dumps({"markups": [{"type": "Fiducial", "coordinateSystem": system, "controlPoints": control}]}))
    return path


@pytest.mark.parametrize("system", ["RAS", "LPS", "0", "1"])
def test_fcsv_of_either_coordinate_system(tmp_path, system):
    found = read_slicer(write_fcsv(tmp_path / "points.fcsv", POINTS | MIDLINE, system))
    np.testing.assert_allclose(found["ac"], POINTS["AC"])
    np.testing.assert_allclose(found["pc"], POINTS["PC"])
    np.testing.assert_allclose(found["midline"], list(MIDLINE.values()))


@pytest.mark.parametrize("system", ["RAS", "LPS"])
def test_markups_json_of_either_coordinate_system(tmp_path, system):
    found = read_slicer(write_json(tmp_path / "points.mrk.json", {"pc": POINTS["PC"], "ac ": POINTS["AC"]}, system))
    np.testing.assert_allclose(found["ac"], POINTS["AC"])
    np.testing.assert_allclose(found["pc"], POINTS["PC"])
    assert found["midline"].shape == (0, 3)


def test_points_named_in_their_description(tmp_path):
    rows = ["# CoordinateSystem = RAS", "# columns = id,x,y,z,ow,ox,oy,oz,vis,sel,lock,label,desc,associatedNodeID"]
    rows += ["n1,1,5,-2,0,0,0,1,1,1,0,1,AC,", "n2,0,-21,1,0,0,0,1,1,1,0,2,PC,", "n3,30,-20,1,0,0,0,1,1,1,0,3,RLMS,"]
    (tmp_path / "afids.fcsv").write_text("\n".join(rows))
    found = read_slicer(tmp_path / "afids.fcsv")
    np.testing.assert_allclose([found["ac"], found["pc"]], [POINTS["AC"], POINTS["PC"]])
    assert len(found["midline"]) == 0


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("a.fcsv", "# columns = id,x,y,z,label\n1,0,0,0,AC\n", "0 points named PC"),
        ("a.fcsv", "# columns = id,x,y,z,label\n1,0,0,0,AC\n2,0,0,0,AC\n3,0,9,0,PC\n", "2 points named AC"),
        ("a.fcsv", "# columns = id,x,y,z,label\n1,zero,0,0,AC\n2,0,9,0,PC\n", "not readable"),
        ("a.fcsv", "# CoordinateSystem = IJK\n1,0,0,0,0,0,0,1,1,1,0,AC,,\n", "coordinate system IJK"),
        ("a.fcsv", "", "no points"),
        ("a.mrk.json", "{", "not readable"),
        ("a.mrk.json", "{}", "not readable"),
        (
            "a.mrk.json",
            '{"markups": [{"controlPoints": [{"label": "AC", "position": [0, NaN, 0]}, {"label": "PC", "position": [0, 1, 0]}]}]}',
            "finite",
        ),
    ],
)
def test_unusable_landmark_files(tmp_path, name, text, words):
    path = tmp_path / name
    path.write_text(text)
    with pytest.raises(InputError, match=words) as caught:
        read_slicer(path)
    assert str(path) in str(caught.value)


def test_a_missing_landmark_file(tmp_path):
    with pytest.raises(InputError, match="no such file"):
        read_slicer(tmp_path / "none.fcsv")


def test_rows_of_the_cohort_table(tmp_path):
    empty = {"scan": "a", "landmarks": "", "ac_x": None, "pc_z": ""}
    assert manual_landmarks(empty) is None and manual_landmarks({}) is None
    row = dict(zip(("ac_x", "ac_y", "ac_z", "pc_x", "pc_y", "pc_z"), (*POINTS["AC"], *POINTS["PC"]), strict=True))
    np.testing.assert_allclose(manual_landmarks(row)["pc"], POINTS["PC"])
    with pytest.raises(InputError, match="only ac_x"):
        manual_landmarks({"ac_x": 1.0})
    path = write_fcsv(tmp_path / "p.fcsv", POINTS)
    np.testing.assert_allclose(manual_landmarks({"landmarks": str(path)})["ac"], POINTS["AC"])


def given(ac=POINTS["AC"], pc=POINTS["PC"], midline=()):
    return {"ac": np.array(ac), "pc": np.array(pc), "midline": np.array(midline, float).reshape(-1, 3), "where": "points.fcsv"}


@pytest.mark.parametrize(
    ("manual", "words"),
    [
        (given(ac=(200, 0, 0)), "outside"),
        (given(pc=(0, -80, 0)), "PC at .* outside"),
        (given(ac=POINTS["PC"], pc=POINTS["AC"]), "swapped"),
        (given(pc=POINTS["AC"]), "one place"),
    ],
)
def test_landmarks_that_cannot_be(manual, words):
    with pytest.raises(InputError, match=words):
        check_landmarks(phantom(), manual, (0, 1, 0))


def test_plane_of_midline_points():
    pose = turn(8, -12, 10, (1, 2, 3))
    points = [through(pose, point) for point in ((0, 20, 30), (0.4, -60, 20), (-0.4, -40, 60))]
    normal = midline_normal(given(through(pose, (0, 0, 0)), through(pose, (0, -26, 0)), points))
    assert np.degrees(np.arccos(normal @ pose[:3, 0])) < 0.5


def test_midline_points_that_say_nothing_or_lie_aside():
    with pytest.raises(InputError, match="on the line"):
        midline_normal(given((0, 0, 0), (0, -26, 0), [(0, 10, 1), (1, -50, 0)]))
    with pytest.raises(InputError, match="off the plane"):
        midline_normal(given((0, 0, 0), (0, -26, 0), [(0, 0, 50), (40, 0, 40), (-40, 0, -10), (0, 10, -40)]))


# --- scripts


def test_manual_landmarks_with_a_midline_need_no_registration(tmp_path):
    volume = phantom()
    write_volume(tmp_path / "scan.nii.gz", volume.data, volume.affine)
    path = write_json(tmp_path / "points.mrk.json", POINTS | MIDLINE)
    acpc_landmarks.main(tmp_path / "scan.nii.gz", path, tmp_path / "a_landmarks.json", "a", {"landmarks": str(path)})
    record = read_record(tmp_path / "a_landmarks.json")
    assert record["method"] == "manual" and record["quality"] == {}
    np.testing.assert_allclose(record["ac"], POINTS["AC"], atol=1e-9)
    np.testing.assert_allclose(through(np.array(record["acpc_to_world"]), (0, -record["ac_pc_mm"], 0)), POINTS["PC"], atol=1e-9)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a_landmarks.json", "points.mrk.json", "scan.nii.gz"]


def test_warnings_carry_the_scans_name(tmp_path, caplog):
    volume = phantom()
    write_volume(tmp_path / "scan.nii.gz", volume.data, volume.affine)
    path = write_json(tmp_path / "p.json", POINTS | MIDLINE | {"PC": (0, -41, 1)})
    acpc_landmarks.main(tmp_path / "scan.nii.gz", path, tmp_path / "b_landmarks.json", "scan-b", {"landmarks": str(path)})
    assert "scan-b: AC-PC length" in caplog.text


def test_manual_points_without_midline_take_the_automatic_plane_and_the_same_scan_gives_the_same_bits():
    volume = subject()[0]
    row = dict(zip(("ac_x", "ac_y", "ac_z", "pc_x", "pc_y", "pc_z"), (*found()["ac"], *found()["pc"]), strict=True))
    record = describe(Volume(volume.data.copy(), volume.affine.copy(), "again"), row)
    assert record.pop("method") == "manual"
    assert record == {key: value for key, value in found().items() if key != "method"}


def test_reslice_and_pictures(tmp_path):
    volume = phantom()
    write_volume(tmp_path / "scan.nii.gz", volume.data, volume.affine)
    points = write_json(tmp_path / "points.mrk.json", POINTS | MIDLINE)
    scan, records = tmp_path / "scan.nii.gz", [tmp_path / f"{name}_landmarks.json" for name in "abc"]
    for name, record in zip("abc", records, strict=True):
        acpc_landmarks.main(scan, points, record, name, {"landmarks": str(points)})
    acpc_reslice.main(scan, records[0], tmp_path / "a_acpc.nii.gz")
    resliced = read_volume(tmp_path / "a_acpc.nii.gz")
    np.testing.assert_allclose(resliced.affine[:3, :3], np.eye(3))
    acpc_picture.main(scan, records[0], tmp_path / "a.png", "a")
    acpc_contact_sheet.main([scan] * 3, records, tmp_path / "sheet.png")
    for name in ("a.png", "sheet.png"):
        picture = np.asarray(Image.open(tmp_path / name).convert("L"))
        assert min(picture.shape) > 300 and picture.std() > 20
    assert not list(tmp_path.glob(".partial*"))


def test_an_unreadable_record_is_named(tmp_path):
    (tmp_path / "x_landmarks.json").write_text("{}")
    with pytest.raises(InputError, match="x_landmarks.json"):
        read_record(tmp_path / "x_landmarks.json")


def test_record_has_the_keys_that_others_read(tmp_path):
    volume = phantom()
    write_volume(tmp_path / "scan.nii.gz", volume.data, volume.affine)
    path = write_json(tmp_path / "points.mrk.json", POINTS | MIDLINE)
    acpc_landmarks.main(tmp_path / "scan.nii.gz", path, tmp_path / "a_landmarks.json", "a", {"landmarks": str(path)})
    record = json.loads((tmp_path / "a_landmarks.json").read_text())
    promised = {"ac", "pc", "midsagittal_normal", "pitch_deg", "roll_deg", "yaw_deg", "ac_pc_mm", "method", "warnings"}
    assert set(record) == promised | {"quality", "acpc_to_world"}
    line = np.subtract(record["ac"], record["pc"])
    assert record["pitch_deg"] == pytest.approx(np.degrees(np.arcsin(line[2] / np.linalg.norm(line))), abs=1e-6)
    assert record["yaw_deg"] == pytest.approx(np.degrees(np.arctan2(-line[0], line[1])), abs=1e-6)


def test_sections_of_the_picture_are_radiological():
    """A mark to the patient's left, front and top lies right, and up, of the middle; in a sagittal section the nose points left."""
    data = np.zeros((61, 61, 61), np.float32)
    data[20, 42, 45] = 1
    affine = np.diag([2.0, 2, 2, 1])
    affine[:3, 3] = -60
    left, front, top = affine[:3, :3] @ (20, 42, 45) + affine[:3, 3]
    for plane, right, up in (("axial", -left, front), ("coronal", -left, top), ("sagittal", -front, top)):
        centre = {"axial": (0, 0, top), "coronal": (0, front, 0), "sagittal": (left, 0, 0)}[plane]
        image = section(Volume(data, affine), np.eye(4), plane, centre, 121, 101, 1.0)
        assert image.shape == (101, 121)
        row, column = np.unravel_index(image.argmax(), image.shape)
        assert (column - 60, row - 50) == (right, up)
