"""Names and header text: what derived files and readers never get, and numbers in place of names."""

import gzip
import json

import gan_training
import nibabel
import numpy as np
import pytest
import SimpleITK
from conftest import ROOT
from PIL import Image, PngImagePlugin
from traces import chunks, traces

import acpc_contact_sheet
import acpc_picture
import acpc_reslice
import cut
import draw_quiz
import draw_real
import import_created
import measure
import panels
import perfusion_levels
import write_images
from neuroturing import plan
from neuroturing.align.levels import locate
from neuroturing.cohort.pseudonyms import COLUMNS, pseudonyms, under_pseudonyms
from neuroturing.config.merge import at_size, read_yaml
from neuroturing.config.model import Page
from neuroturing.errors import InputError
from neuroturing.imageset import ImageSet, make_labels, read_imageset, write_imageset
from neuroturing.io.files import read_table, write_json

SECRET = "Mustermann"
FIELDS = {"descrip": 80, "aux_file": 24, "intent_name": 16, "db_name": 18, "data_type": 10}
LEVELS = {"CER": -30.0, "BG": 2.0, "COR": 25.0}


def blob(shape=(40, 44, 40), seed=0):
    """A bright lump with a texture in the middle of nothing."""
    rng = np.random.default_rng(seed)
    radius = np.sqrt(sum(((axis - size / 2) / (size / 2.6)) ** 2 for axis, size in zip(np.indices(shape), shape, strict=True)))
    return ((radius < 1) * (400 + 200 * np.cos(3 * radius) + rng.normal(0, 15, shape))).astype(np.float32)


def affine(step=4.0, shape=(40, 44, 40)):
    matrix = np.diag([step, step, step, 1.0])
    matrix[:3, 3] = -step * np.array(shape) / 2
    return matrix


def write_secret_nifti(path, data, matrix, kind=nibabel.Nifti1Image):
    """A NIfTI file with a name in every field that holds text, in an extension, and in the name that gzip keeps."""
    image = kind(np.asarray(data, np.float32), matrix)
    for code, text in ((6, "comment"), (4, "AFNI"), (44, "cifti")):
        image.header.extensions.append(nibabel.nifti1.Nifti1Extension(code, f"{SECRET} {text}".encode()))
    for name, size in FIELDS.items():
        if name in image.header.keys():
            image.header[name] = SECRET[: size - 1].encode()
    path.parent.mkdir(parents=True, exist_ok=True)
    nibabel.save(image, path)
    if path.suffix == ".gz":
        plain = gzip.decompress(path.read_bytes())
        with open(path, "wb") as stream, gzip.GzipFile(f"{SECRET}.nii", "wb", fileobj=stream) as packed:
            packed.write(plain)
    return str(path)


def write_secret_png(path, pixels):
    """A PNG with a name in text chunks of each kind, in a time stamp's place and after its end."""
    notes = PngImagePlugin.PngInfo()
    notes.add_text("Patient", SECRET)
    notes.add_text("Comment", f"{SECRET} compressed", zip=True)
    notes.add_itxt("Author", SECRET, "de", SECRET)
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(path, pnginfo=notes, exif=exif())
    path.write_bytes(path.read_bytes() + SECRET.encode())


def exif():
    notes = Image.Exif()
    notes[0x010E] = SECRET
    return notes


def picture(seed, size=32):
    return np.clip(blob((size, size, 9), seed)[:, :, 4] / 2.6, 0, 255).astype(np.uint8)


def test_nothing_of_a_header_is_in_what_is_made_of_a_head(tmp_path):
    raw, made = tmp_path / "raw", tmp_path / "made"
    scan = write_secret_nifti(raw / "head.nii.gz", blob(), affine())
    second = write_secret_nifti(raw / "head2.nii", blob(), affine(), nibabel.Nifti2Image)
    assert {name for name, _ in traces(raw, [SECRET])} == {"head.nii.gz", "head2.nii"}, "the search finds it"
    frame = np.eye(4).tolist()
    record = {"ac": [0, 0, 0], "pc": [0, -25, 0], "midsagittal_normal": [1, 0, 0], "acpc_to_world": frame, "method": "manual"}
    record |= {"pitch_deg": 0.0, "roll_deg": 0.0, "yaw_deg": 0.0, "ac_pc_mm": 25.0, "warnings": [], "quality": {}}
    made.mkdir()
    write_json(made / "s1_landmarks.json", record)
    acpc_reslice.main(scan, made / "s1_landmarks.json", made / "s1_acpc.nii.gz")
    acpc_reslice.main(second, made / "s1_landmarks.json", made / "s2_acpc.nii.gz")
    acpc_picture.main(scan, made / "s1_landmarks.json", made / "s1_acpc.png", "s1")
    acpc_contact_sheet.main([scan], [made / "s1_landmarks.json"], made / "contact_sheet.png")
    axis = {"first": 0, "last": 2, "step": 2}
    spec = {"size": 32, "field_mm": 96, "centre_y_mm": 0, "plane_offset_mm": 0, "planes_mm": [0], "flip": False}
    spec |= {f"{name}_deg": axis for name in ("yaw", "pitch", "roll")}
    rows = [{"subject": "p1", "scan": "s1", "group": "", "images": {"t1w": scan}}]
    cut.main([scan], [made / "s1_landmarks.json"], [], made / "turned.npz", "planes", rows, spec, {})
    draw_real.main(made / "turned.npz", made / "real.npz", {}, "all", 4, 1, "d")
    write_images.main(made / "turned.npz", made / "images", "s1")
    assert len(list((made / "images").glob("*.png"))) == 8
    for resliced in (nibabel.load(made / f"s{k}_acpc.nii.gz") for k in (1, 2)):
        assert not resliced.header.extensions
        assert not any(bytes(resliced.header[name]).strip(b"\0") for name in ("descrip", "aux_file", "intent_name", "db_name"))
    assert traces(made, [SECRET, "head.nii"]) == []


def test_nothing_of_a_header_is_in_what_is_made_of_cases_and_perfusion_scans(tmp_path, monkeypatch):
    found = {"matrix": np.eye(4), "scale": 1.0, "correlation": 0.9, "grey_white_ratio": 3.0, "warnings": []}
    monkeypatch.setattr(locate, "locate", lambda volume: dict(found))
    raw, made = tmp_path / "raw", tmp_path / "made"
    first = write_secret_nifti(raw / "a.nii", blob(), affine())
    second = SimpleITK.GetImageFromArray(blob(seed=1).T)
    second.SetSpacing((4.0, 4.0, 4.0))
    for key in ("PatientName", "Comment", "ITK_InputFilterName"):
        second.SetMetaData(key, SECRET)
    SimpleITK.WriteImage(second, str(raw / "b.mha"))
    assert {name for name, _ in traces(raw, [SECRET])} == {"a.nii", "b.mha"}
    for name, path in (("a", first), ("b", str(raw / "b.mha"))):
        rows = [{"subject": name, "scan": name, "group": "", "images": {"t1": path}}]
        spec = {"plane": "axial", "first": 14, "last": 22, "size": 32, "resample": False}
        cut.main([path], [], [], made / f"sections_{name}.npz", "sections", rows, spec, {})
    row = {"subject": "a", "scan": "a", "group": "normal", "side": "", "levels": list(LEVELS), "images": {"spect": first}}
    row["heights"] = {level: {"mm": height} for level, height in LEVELS.items()}
    perfusion_levels.main(first, made / "a_levels.json", made / "a_levels.png", row, LEVELS)
    spec = {"size": 32, "field_mm": 170.0, "scaling": "image_maximum"}
    cut.main([first], [made / "a_levels.json"], [], made / "levels.npz", "levels", [row], spec, {})
    assert traces(made, [SECRET, "a.nii", "b.mha"]) == []


def test_nothing_of_imported_images_but_their_pixels_and_names_goes_on(tmp_path):
    raw, made = tmp_path / "raw", tmp_path / "made"
    for k in range(6):
        write_secret_png(raw / f"png/{k}.png", picture(k))
        write_secret_nifti(raw / f"nii/{k}.nii.gz", blob((32, 32, 9), k)[:, :, 4:5], affine())
    (raw / "npz").mkdir()
    stack = np.stack([picture(k) for k in range(6)])
    notes = {"note": np.array(SECRET), "three": np.array([SECRET] * 3), "bytes": np.array([SECRET.encode()] * 6)}
    np.savez(raw / "npz/made.npz", images=stack, **notes)
    assert len(traces(raw, [SECRET])) == 13
    for name in ("png", "nii", "npz/made.npz"):
        kind = name.partition("/")[0]
        cut.main([], [], [], made / f"{kind}.npz", "images", [], {"images": str(raw / name), "labels": None}, {})
        import_created.main(raw / name, made / f"{kind}_created.npz", {"source": "betagan", "dataset": "d"})
        draw_real.main(made / f"{kind}.npz", made / f"{kind}_real.npz", {}, "all", 6, 1, "d")
    assert traces(made, [SECRET, str(raw)]) == []


def test_nothing_of_the_images_labels_or_place_is_in_a_generator(tmp_path):
    labels = make_labels(8, source="real", dataset="d", split="train", **dict.fromkeys(("image", "subject", "scan", "group"), SECRET))
    images = ImageSet(np.stack([picture(k) for k in range(8)]), labels, {"note": SECRET})
    write_imageset(tmp_path / f"{SECRET}/set.npz", images)
    recipe = {key: value for key, value in at_size(read_yaml(ROOT / "recipes/dcgan.yaml"), "demo").items() if value is not None}
    recipe |= {"base_filters": 2, "latent": 4, "batch": 4, "steps": 2, "precision": "float32"}
    gan_training.train(tmp_path / "made", tmp_path / f"{SECRET}/set.npz", recipe)
    assert {path.name for path in (tmp_path / "made").iterdir()} == {
        "generator.keras",
        "training.npz",
        "history.tsv",
        "curves.png",
        "progress.png",
    }
    assert traces(tmp_path / "made", [SECRET, str(tmp_path)]) == []


@pytest.fixture
def quiz(tmp_path):
    """What the scripts make for a reader, of scans whose names and places are recognisable: quiz/anna, and the rest beside it."""
    made, raw = tmp_path / "made", tmp_path / "raw"
    rows, sides = [], {}
    for k, name in enumerate(("Mustermann", "Nguyen", "Yilmaz")):
        path = write_secret_nifti(raw / f"{name}/{name}_headscan.nii.gz", blob(seed=k), affine())
        rows.append({"subject": name, "scan": f"{name}_20180304", "group": "patient", "images": {"t1": path}})
    spec = {"plane": "axial", "first": 14, "last": 22, "size": 32, "resample": False}
    cut.main([], [], [], made / "cut.npz", "sections", rows, spec, sides)
    draw_real.main(made / "cut.npz", made / "real.npz", {}, "all", 20, 1, "d")
    created = ImageSet(np.stack([picture(k) for k in range(20)]), make_labels(20, source="betagan", dataset="d"))
    write_imageset(made / "created.npz", created)
    blocks = [{"dataset": "d", "recipe": "betagan", "real": 8, "created": 8}]
    reader = made / "quiz/anna"
    (made / "protocol.json").write_text("{}")
    draw_quiz.main(
        *([made / "real.npz"], [made / "created.npz"], made / "protocol.json", reader / "index.html", reader / "images"),
        *(reader / "answers.csv", reader / "training.csv", made / "quiz_keys/anna.tsv", "anna", "A study", blocks, 2),
        *(Page().model_dump(), 1),
    )
    options, labels = {"dataset": "d", "panels": 4, "created_panels": 2, "columns": 2}, [{"recipe": None}, {"recipe": "betagan"}]
    panels.main([made / "real.npz", made / "created.npz"], made / "sheet.png", made / "sheet_key.tsv", options, labels, 1)
    measure.main(
        *([made / "real.npz"], [made / "created.npz"], made / "grey.tsv"),
        **{"measure": "intensity", "settings": {}, "group_name": "group", "seed": 1},
        sets=[{"dataset": "d", "recipe": "betagan", "label": "A", "where": {}}],
    )
    return made


def test_no_name_is_in_what_a_reader_gets(quiz):
    words = ["Mustermann", "Nguyen", "Yilmaz", "20180304", "_headscan", "patient", "betagan"]
    assert {word for _, word in traces(quiz, words)} >= {"Mustermann", "Nguyen", "Yilmaz", "20180304"}, "the study's own files have them"
    assert traces(quiz / "quiz/anna", words) == []
    assert [name for name, _ in traces(quiz, words) if name == "sheet.png"] == [], "a sheet that goes to print with its key apart"
    for path in quiz.glob("quiz/anna/images/*.png"):
        assert [kind for kind, _ in chunks(path.read_bytes())] == [b"IHDR", b"IDAT", b"IEND"]


def test_no_order_of_a_readers_files_follows_names_or_truth(quiz):
    key = read_table(quiz / "quiz_keys/anna.tsv")
    test = key[key["block"] == "test"]
    form = [line.split(",")[0] for line in (quiz / "quiz/anna/answers.csv").read_text().splitlines()[1:]]
    assert form == test["image_id"].tolist(), "the form is in the order of presentation"
    files = sorted((quiz / "quiz/anna/images").iterdir(), key=lambda path: path.stat().st_mtime_ns)
    assert [path.stem for path in files] == sorted(key["image_id"]), "written in the order of names that are drawn by chance"
    assert len({path.stat().st_size for path in files}) == 1
    for column in ("truth", "scan"):
        values = test[column].tolist()
        assert values not in (sorted(values), sorted(values, reverse=True))


NAMES = [("Yilmaz", "y1"), ("Abel", "a1"), ("Abel", "a2"), ("Nguyen", "n1")]
ROWS = [{"subject": subject, "scan": scan, "group": "", "images": {"t1w": f"{scan}.nii"}} for subject, scan in NAMES]


def test_a_plan_has_numbers_for_names(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "cohort.tsv").write_text("subject\tscan\tt1w\n" + "".join(f"{name}\t{scan}\t{scan}.nii\n" for name, scan in NAMES))
    for _, scan in NAMES:
        (tmp_path / f"{scan}.nii").touch()
    user = {"studies": ["koshino2018"], "cohorts": {"stroke": {"table": "cohort.tsv"}}}
    plain, numbered = (plan.load(ROOT, user | {"pseudonyms": wanted}, "mine.yaml") for wanted in (False, True))
    assert set(plan.read_cohorts(plain, None, "mine.yaml")["stroke"]) == {scan for _, scan in NAMES}
    assert not (tmp_path / "private").exists()
    cohort = plan.read_cohorts(numbered, None, "mine.yaml")["stroke"]
    assert {row["images"]["t1w"] for row in cohort.values()} == {f"{scan}.nii" for _, scan in NAMES}
    assert [(row["subject"], row["scan"]) for row in cohort.values()] == [(scan[:7], scan) for scan in cohort]
    assert plan.read_cohorts(numbered, None, "mine.yaml")["stroke"] == cohort
    both = {"koshino2018": {"cuts": {"more": {"rule": "images", "images": "published.tsv"}}}}
    with pytest.raises(InputError, match="pseudonyms"):
        plan.load(ROOT, user | {"pseudonyms": True, "override": both}, "mine.yaml")


def test_numbers_stand_for_names_and_stay_when_others_come(tmp_path):
    table = tmp_path / "private/pseudonyms.tsv"
    first = under_pseudonyms(ROWS, "stroke", table)
    assert sorted(row["scan"] for row in first) == [row["scan"] for row in first], "the order is that of the numbers"
    assert {row["subject"] for row in first} == {"sub-001", "sub-002", "sub-003"}
    by_file = {row["images"]["t1w"]: row for row in first}
    assert by_file["a1.nii"]["subject"] == by_file["a2.nii"]["subject"], "a person has one number"
    assert {by_file[f"a{k}.nii"]["scan"][-2:] for k in (1, 2)} == {"_1", "_2"}
    assert under_pseudonyms(ROWS[::-1], "stroke", table) == first, "whatever the order of the table"
    more = [*ROWS, {"subject": "Aaron", "scan": "z", "group": "", "images": {"t1w": "z.nii"}}, ROWS[3] | {"scan": "n2"}]
    then = under_pseudonyms(more, "stroke", table)
    assert [row for row in then if row in first] == first
    assert {row["scan"] for row in then if row not in first} == {"sub-004_1", by_file["n1.nii"]["subject"] + "_2"}
    fewer = under_pseudonyms(ROWS[:1], "stroke", table)
    assert fewer == [by_file["y1.nii"]]
    assert under_pseudonyms(more, "stroke", table) == then, "a name that was away for a time has its number yet"
    assert len(under_pseudonyms(ROWS[:1], "glioma", table)) == 1
    known = read_table(table)
    assert known.columns.tolist() == list(COLUMNS)
    assert known["cohort"].tolist() == ["stroke"] * 6 + ["glioma"]
    assert table.parent.stat().st_mode & 0o077 == 0, "for nobody else on the machine"


def test_numbers_do_not_follow_the_alphabet():
    names = [(f"p{k:02d}", f"p{k:02d}") for k in range(20)]
    orders = {tuple(pseudonyms(names)[name] for name in names) for _ in range(5)}
    assert len(orders) == 5, "they are drawn by chance, by no seed that a configuration tells"
    assert all(list(order) != sorted(order) for order in orders)
    assert "sub-1200_1" in pseudonyms([(f"p{k}", "s") for k in range(1200)]).values()


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("stroke\tAbel\tx\t../x_1", "../x_1"),
        ("stroke\tAbel\tx\tsub-001", "sub-001"),
        ("stroke\tAbel\ta1\tsub-009_1", "twice"),
        ("stroke\tZoe\tz\tsub-001_1", "twice"),
        ("stroke\tZoe\tz\tsub-001_9", "sub-001_9 for z of Zoe"),
        ("stroke\tAbel\tx\tsub-009_1", "sub-009_1 for x of Abel"),
        ("stroke\tAbel\tx\tsub-0", "sub-0"),
    ],
)
def test_a_damaged_table_of_names_is_refused(tmp_path, line, found):
    table = tmp_path / "pseudonyms.tsv"
    table.write_text("\t".join(COLUMNS) + "\nstroke\tAbel\ta1\tsub-001_1\n" + line + "\n")
    with pytest.raises(InputError, match="pseudonyms.tsv, line 3") as error:
        under_pseudonyms(ROWS, "stroke", table)
    assert found in error.value.found


def test_a_table_of_names_that_cannot_be_written_stops_the_run(tmp_path):
    (tmp_path / "private").write_text("a file")
    with pytest.raises(InputError, match="cannot be written"):
        under_pseudonyms(ROWS, "stroke", tmp_path / "private/pseudonyms.tsv")


def test_imported_images_get_numbers_at_random_too(tmp_path):
    for k in range(12):
        write_secret_png(tmp_path / f"raw/{SECRET}_{k:02d}.png", picture(k))
    lines = [f"{SECRET}_{k:02d}.png\t{SECRET}{k // 2}\t{SECRET}" for k in range(12)]
    (tmp_path / "labels.tsv").write_text("\n".join(["image\tsubject\tgroup", *lines]) + "\n")
    spec = {"images": str(tmp_path / "raw"), "labels": str(tmp_path / "labels.tsv")}
    for name in ("one", "two"):
        cut.main([], [], [], tmp_path / name / "cut.npz", "images", [], spec, {}, tmp_path / "private/names.tsv")
    assert (tmp_path / "one/cut.npz").read_bytes() == (tmp_path / "two/cut.npz").read_bytes(), "the numbers are kept"
    images = read_imageset(tmp_path / "one/cut.npz")
    assert images["subject"].tolist() == [f"sub-{k // 2 + 1:03d}" for k in range(12)]
    assert images["image"].tolist() == [f"{k:05d}" for k in range(12)]
    pairs = images.images.reshape(6, 2, 32, 32)
    as_named = np.stack([picture(k) for k in range(12)]).reshape(6, 2, 32, 32)
    as_named = np.where(as_named < 8, 0, as_named)
    assert sorted(pair.tobytes() for pair in pairs) == sorted(pair.tobytes() for pair in as_named), "whole subjects are shuffled"
    assert images["group"].tolist() == [SECRET] * 12, "columns of the user's own stay: they are what is known of the images"


HEADS = """
title: Heads
cohort: heads
contrasts: [t1w]
align: {rule: acpc, bids: true}
cuts:
  turned: {rule: planes, size: 32, field_mm: 96, centre_y_mm: 0, plane_offset_mm: 0, planes_mm: [-4, 0, 4], flip: true,
    yaw_deg: {first: -2, last: 2, step: 2}, pitch_deg: {first: 0, last: 2, step: 2}, roll_deg: {first: 0, last: 2, step: 2}}
data: {heads: {cut: turned}}
models: {heads: [{recipe: alpha, images: created}]}
samples: {real: 40, write_images: true}
reader_study: {readers: [anna], practice: 2, blocks: [{dataset: heads, recipe: alpha, real: 8, created: 8}]}
tables: {turing: {rows: reader, columns: [reader, kind, accuracy]}}
figures: {sheet: {figure: panels, panels: 4, created_panels: 2}}
measures: {grey: {measure: intensity}}
"""
SLICES = """
title: Slices
cohort: slices
contrasts: [spect]
align: {rule: levels, heights_mm: {BG: 2}}
cuts: {flat: {rule: levels, size: 32, field_mm: 170, scaling: image_maximum}}
data: {slices: {cut: flat}}
"""


@pytest.mark.slow
@pytest.mark.wet
def test_no_name_is_in_anything_that_a_run_shares(snakemake, checkout, write, tmp_path_factory):
    raw = tmp_path_factory.mktemp("ward")
    names = ["Mustermann", "Nguyen", "Yilmaz"]
    heads, slices = ["subject\tscan\tt1w\tlandmarks"], ["subject\tspect\tlevel"]
    for k, name in enumerate(names):
        path = write_secret_nifti(raw / f"{name}/{name}_headscan.nii.gz", blob(seed=k), affine())
        points = {"AC": (0, 4, 0), "PC": (0, -22, 0), "mid": (0, -10, 30)}
        marks = [{"id": str(i), "label": label, "position": list(place)} for i, (label, place) in enumerate(points.items())]
        (raw / f"{name}.mrk.json").write_text(json.dumps({"markups": [{"coordinateSystem": "RAS", "controlPoints": marks}]}))
        heads.append(f"{name}\t{name}_20180304\t{path}\t{name}.mrk.json")
        path = write_secret_nifti(raw / f"{name}/{name}_nuclear.nii.gz", blob(seed=k)[:, :, 20:21], affine())
        slices.append(f"{name}\t{path}\tBG")
    for name, lines, study in (("heads", heads, HEADS), ("slices", slices, SLICES)):
        (raw / f"{name}.tsv").write_text("\n".join(lines) + "\n")
        write(f"mine/{name}/study.yaml", study)
    (checkout / "mine/heads/created").mkdir()
    for k in range(12):
        write_secret_png(checkout / f"mine/heads/created/{k}.png", picture(k))
    cohorts = {name: {"table": str(raw / f"{name}.tsv")} for name in ("heads", "slices")}
    mine = write("mine.yaml", {"studies": ["mine/heads", "mine/slices"], "pseudonyms": True, "cohorts": cohorts})
    run = snakemake("--configfile", mine)
    assert run.returncode == 0, run.stdout
    results = checkout / "results"
    assert b"'scan': 'sub-001_1'" in (results / "report.html").read_bytes(), "it shows parameters of rules, rows of the cohort among them"
    assert (results / "heads/bids/sub-001/ses-1/anat/sub-001_ses-1_space-ACPC_desc-preproc_T1w.nii.gz").is_file()
    words = [*names, "20180304", "_headscan", "_nuclear"]
    assert traces(results, words) == []
    assert {word for _, word in traces(checkout / "private", names)} == set(names)
    known = read_table(checkout / "private/pseudonyms.tsv")
    assert known["cohort"].tolist() == ["heads"] * 3 + ["slices"] * 3
    assert "Nothing to be done" in snakemake("--configfile", mine).stdout
