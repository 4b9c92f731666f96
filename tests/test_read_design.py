"""Drawing a quiz: which images, in which order, and what a reader gets to see."""

import json
import struct
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from scipy import stats

from draw_quiz import main as draw_quiz_main
from neuroturing.config.model import Page
from neuroturing.errors import InputError
from neuroturing.geometry.planes import PlaneGrid
from neuroturing.imageset import BLACK_LEVEL, ImageSet, PlaneSet, blackened, make_labels, write_imageset
from neuroturing.read.answers import read_answers
from neuroturing.read.design import KEY_COLUMNS, allot, draw_created, draw_quiz, draw_real, quiz_pixels
from neuroturing.read.judgements import gather, with_groups
from neuroturing.read.pictures import as_shown
from neuroturing.read.quiz_files import read_key, read_pools, write_quiz
from neuroturing.read.tables import judged_records
from protocol import main as protocol_main

ONE = [{"dataset": "planes", "recipe": "dcgan", "images": 50, "created_share": [0.4, 0.6]}]
CONTRASTS = ["t1", "t1c", "t2", "flair"]


def noise(count, size=8, seed=0):
    return blackened(np.random.default_rng(seed).integers(0, 256, (count, size, size), dtype=np.uint8))


def real_set(scans, contrasts=("t1",), each=20, size=8, seed=1):
    """`each` noise images of each contrast of each scan; `scans` holds pairs of scan and subject, or their number."""
    scans = [(f"scan{i:02d}", f"subject{i:02d}") for i in range(scans)] if isinstance(scans, int) else scans
    scan, subject, contrast = np.array([(*names, contrast) for names in scans for contrast in contrasts for _ in range(each)]).T
    labels = make_labels(len(scan), scan=scan, subject=subject, contrast=contrast, source="real", dataset="planes")
    return ImageSet(noise(len(scan), size, seed), labels, path="real.npz")


def created_set(count=80, size=8, seed=2, recipe="dcgan"):
    return ImageSet(noise(count, size, seed), make_labels(count, source=recipe), path="created.npz")


@pytest.fixture
def one():
    """Pools of one block: twelve scans, 240 real images."""
    return [(real_set(12), created_set())]


@pytest.fixture
def five():
    """Blocks and pools of two recipes on one contrast and on a mixture of four, and of one of them on a smaller mixture."""
    sets = {"t1": real_set(10), "mixed": real_set(10, CONTRASTS, seed=3), "small": real_set(10, CONTRASTS, size=4, seed=4)}
    models = [(name, recipe) for name in ("t1", "mixed") for recipe in ("dcgan", "wgan")] + [("small", "wgan")]
    blocks = [{"dataset": name, "recipe": recipe, "real": 50, "created": 50, "stratify": "contrast"} for name, recipe in models]
    pools = [(sets[name], created_set(size=sets[name].size[0], seed=i + 5, recipe=recipe)) for i, (name, recipe) in enumerate(models)]
    return blocks, pools


def save(folder, pools):
    """Write the pools; a set that several blocks share is one file."""
    paths = {"real": [], "created": []}
    for i, pair in enumerate(pools):
        for kind, pool in zip(paths, pair, strict=True):
            first = next(k for k, other in enumerate(pools) if other[kind == "created"] is pool)
            paths[kind].append(folder / f"{kind}{first}.npz")
            if first == i:
                write_imageset(paths[kind][-1], pool)
    return paths["real"], paths["created"]


def written_protocol(folder):
    (folder / "protocol.json").write_text("{}")
    return folder / "protocol.json"


def draw_files(tmp_path, pools, blocks=ONE, practice=10, reader="reader1", seed=7):
    """Call the script; gives the reader's folder and the key's path."""
    folder, key = tmp_path / "quiz" / reader, tmp_path / "quiz_keys" / f"{reader}.tsv"
    protocol = written_protocol(tmp_path)
    for_reader = [folder / name for name in ("index.html", "images", "answers.csv", "training.csv")]
    draw_quiz_main(*save(tmp_path, pools), protocol, *for_reader, key, reader, "A study", blocks, practice, Page().model_dump(), seed)
    return folder, key


def test_a_quiz_has_the_counts_asked_for_and_shows_no_image_twice(one):
    key = draw_quiz("reader1", one, ONE, 10, seed=7)
    test, training = key[key["block"] == "test"], key[key["block"] == "training"]
    assert tuple(key.columns) == KEY_COLUMNS
    assert KEY_COLUMNS[:7] == ("image_id", "truth", "source_index", "block", "order", "scan", "subject")
    assert (len(test), len(training)) == (50, 10)
    assert 20 <= (test["truth"] == "created").sum() <= 30
    assert (training["truth"] == "created").sum() == 5
    assert not key.duplicated(["truth", "source_index"]).any()
    assert key["image_id"].is_unique
    assert list(test["order"]) == list(range(1, 51)) and list(training["order"]) == list(range(1, 11))
    assert list(key["block"]) == ["training"] * 10 + ["test"] * 50
    assert set(test["part"]) == {1} and set(training["part"]) == {0}
    real = key[key["truth"] == "real"]
    assert list(real["scan"]) == list(one[0][0]["scan"][real["source_index"]])
    assert list(real["subject"]) == list(one[0][0]["subject"][real["source_index"]]) and set(real["contrast"]) == {"t1"}
    assert set(key["size"]) == {"8x8"} and set(key.loc[key["truth"] == "created", "scan"]) == {""}


def test_each_model_has_a_block_of_fifty_and_fifty(five):
    key = draw_quiz("reader1", five[1], five[0], 0, seed=7)
    assert len(key) == 500 and set(key["block"]) == {"test"} and key["image_id"].is_unique
    assert list(key["order"]) == list(range(1, 501)) and list(key["part"]) == [part for part in range(1, 6) for _ in range(100)]
    assert (key.groupby(["dataset", "recipe", "truth"]).size() == 50).all()
    assert (key.groupby("part")[["dataset", "recipe"]].nunique() == 1).all(axis=None)
    assert dict(key.groupby("dataset")["size"].first()) == {"t1": "8x8", "mixed": "8x8", "small": "4x4"}


def test_practice_comes_first_from_every_model_and_none_of_it_is_in_the_test(five):
    blocks, pools = five
    key = draw_quiz("reader1", pools, blocks, 10, seed=7)
    training, test = key[:10], key[10:]
    assert set(training["block"]) == {"training"} and set(test["block"]) == {"test"}
    assert dict(training.groupby(["dataset", "recipe"]).size()) == {(block["dataset"], block["recipe"]): 2 for block in blocks}
    assert (training.groupby(["dataset", "recipe"])["truth"].nunique() == 2).all()
    shown = [image.tobytes() for image in quiz_pixels(key, blocks, pools)]
    assert len(set(shown[:10])) == 10 and not set(shown[:10]) & set(shown[10:])
    assert [len(draw_quiz("reader1", pools, blocks, odd, 7).query("block == 'training' and truth == 'real'")) for odd in (1, 7)] == [1, 4]


def test_an_image_that_a_generator_makes_again_comes_once_and_never_after_its_truth_was_told(one, caplog):
    real, created = one[0]
    collapsed = ImageSet(created.images[np.arange(300) % 40], make_labels(300, source="dcgan"), path="created.npz")
    for seed in range(5):
        key = draw_quiz("A", [(real, collapsed)], ONE, 10, seed)
        made = key[key["truth"] == "created"]["source_index"] % 40
        assert made.nunique() == len(made)
    worse = ImageSet(created.images[np.arange(300) % 12], make_labels(300, source="dcgan"), path="created.npz")
    key = draw_quiz("A", [(real, worse)], ONE, 10, 1)
    made = key[key["truth"] == "created"]
    told, tested = (set(made[made["block"] == block]["source_index"] % 12) for block in ("training", "test"))
    assert told.isdisjoint(tested) and "come again pixel for pixel" in caplog.text


def test_every_number_of_created_images_in_the_window_is_equally_likely():
    rng = np.random.default_rng(0)
    drawn = [draw_created(rng, 50, 0.4, 0.6) for _ in range(2200)]
    values, counts = np.unique(drawn, return_counts=True)
    assert list(values) == list(range(20, 31))
    assert stats.chisquare(counts).pvalue > 0.001


@pytest.mark.parametrize(("images", "low", "high", "only"), [(20, 0.55, 0.55, 11), (50, 1, 1, 50), (50, 0, 0, 0), (100, 0.29, 0.29, 29)])
def test_a_window_of_one_number_gives_that_number(images, low, high, only):
    assert draw_created(np.random.default_rng(0), images, low, high) == only


def test_the_draw_depends_on_seed_and_name_alone(five):
    blocks, pools = five
    first = draw_quiz("reader1", pools, blocks, 4, seed=7)
    pd.testing.assert_frame_equal(first, draw_quiz("reader1", pools, blocks, 4, seed=7))
    orders = set()
    for reader, seed in (("reader2", 7), ("reader1", 8), ("reader3", 7), ("reader4", 7)):
        other = draw_quiz(reader, pools, blocks, 4, seed)
        assert list(other["source_index"]) != list(first["source_index"])
        assert not set(other["image_id"]) & set(first["image_id"])
        orders.add(tuple(other.loc[other["block"] == "test", ["dataset", "recipe"]].drop_duplicates().itertuples(index=False, name=None)))
    assert len(orders) > 1


def test_real_images_are_drawn_in_the_proportion_of_the_scans():
    """Eight of twenty subjects have two scans, as patients do: 16 of 28 scans are theirs, and so are 16 of 28 images drawn."""
    scans = [(f"scan{i}{visit}", f"subject{i}") for i in range(20) for visit in range(1 + (i < 8))]
    pools = [(real_set(scans, each=10), created_set())]
    shown, least, most = 0, 99, 0
    block = [{"dataset": "planes", "recipe": "dcgan", "real": 35, "created": 1}]
    for seed in range(60):
        key = draw_quiz("reader1", pools, block, 0, seed)
        counts = key[key["truth"] == "real"].groupby("scan").size().reindex([scan for scan, _ in scans], fill_value=0)
        least, most = min(least, counts.min()), max(most, counts.max())
        shown += counts[:16].sum()
    assert (least, most) == (1, 2)
    assert shown / (60 * 35) == pytest.approx(16 / 28, abs=0.01)


def test_every_image_has_the_same_chance_whatever_its_scan():
    """Scans of one, two and three parts: shares by scan, and by image in the mixture of two contrasts, hold over many draws."""
    rng = np.random.default_rng(5)
    weights = np.array([1 + i % 3 for i in range(30)])
    total = sum(allot(rng, weights, 14, np.full(30, 100)) for _ in range(5000))
    for weight in (1, 2, 3):
        assert total[weights == weight].mean() / 5000 == pytest.approx(14 * weight / 60, rel=0.02)
    scan, contrast = np.repeat([f"scan{i}" for i in range(30)], 4 * weights), np.tile(["a", "b", "a", "a"], 60)
    times, none = np.zeros(len(scan)), np.zeros(len(scan), bool)
    for seed in range(1500):
        drawn = draw_real(np.random.default_rng([3, seed]), scan, contrast, 14, none, none)
        assert (contrast[drawn] == "b").sum() == 7
        times[drawn] += 1
    for value, images in (("a", 180), ("b", 60)):
        for weight in (1, 2, 3):
            mine = (contrast == value) & np.isin(scan, [f"scan{i}" for i in range(30) if weights[i] == weight])
            assert times[mine].mean() / 1500 == pytest.approx(7 / images, rel=0.06)


def test_numbers_in_proportion_keep_to_the_room_there_is():
    rng = np.random.default_rng(0)
    for _ in range(50):
        given = allot(rng, [10, 10, 10, 0], 9, [1, 8, 8, 5])
        assert given[0] == 1 and given[3] == 0 and sorted(given[1:3]) == [4, 4]
        assert list(allot(rng, [1, 0], 5, [2, 9])) == [2, 3]
        assert list(allot(rng, [1, 1], 9, [2, 3])) == [2, 3] and list(allot(rng, [1, 1], 0, [2, 3])) == [0, 0]


def test_real_images_of_a_mixture_are_in_equal_numbers_and_the_seed_draws_the_rest(five):
    blocks, pools = five
    larger = dict.fromkeys(CONTRASTS, 0)
    pool, none = pools[2][0], np.zeros(800, bool)
    for seed in range(60):
        drawn = draw_real(np.random.default_rng(seed), pool["scan"], pool["contrast"], 50, none, none)
        counts = pd.Series(pool["contrast"][drawn]).value_counts()
        assert sorted(counts) == [12, 12, 13, 13] and len(set(drawn)) == 50
        for contrast in counts.index[counts == 13]:
            larger[contrast] += 1
        # Ten scans and 50 images: five of each, by one or two more or less, over all contrasts together.
        by_scan = pd.Series(pool["scan"][drawn]).value_counts()
        assert len(by_scan) == 10 and 3 <= by_scan.min() and by_scan.max() <= 7
    assert stats.chisquare(list(larger.values())).pvalue > 0.001
    key = draw_quiz("reader1", pools, blocks, 0, seed=7)
    for _, block in key[(key["dataset"] != "t1") & (key["truth"] == "real")].groupby("part"):
        assert sorted(block["contrast"].value_counts()) == [12, 12, 13, 13]
    for _, block in key[(key["dataset"] == "t1") & (key["truth"] == "real")].groupby("part"):
        assert list(block["subject"].value_counts()) == [5] * 10


def test_no_real_image_comes_twice_even_from_another_data_set(five):
    """The mixture holds the very images of the single contrast; all but a hundred of those are needed."""
    blocks, pools = five
    t1, mixed = pools[0][0], pools[2][0]
    mixed.images[mixed["contrast"] == "t1"] = t1.images
    for seed in range(5):
        key = draw_quiz("reader1", pools, blocks, 0, seed)
        shown = [image.tobytes() for image, truth in zip(quiz_pixels(key, blocks, pools), key["truth"], strict=True) if truth == "real"]
        assert len(set(shown)) == len(shown) == 250


def test_a_small_cohort_shows_real_images_again_in_another_block_only_and_says_so(five, caplog):
    blocks, pools = five
    t1 = pools[0][0]
    different = t1.images.copy()
    t1.images[:] = different[np.arange(200) % 60]
    key = draw_quiz("reader1", pools, blocks, 0, 0)
    shown = pd.Series([image.tobytes() for image in quiz_pixels(key, blocks, pools)])[key["truth"] == "real"]
    parts = key.loc[key["truth"] == "real", "part"]
    assert not pd.DataFrame({"image": shown, "part": parts}).duplicated().any()
    again = shown.duplicated().sum()
    assert again == 2 * 50 - 60
    assert f"{again} of the 50 real images for" in caplog.text and "on t1" in caplog.text
    t1.images[:] = different[np.arange(200) % 49]
    with pytest.raises(InputError, match="49 of t1 that differ and are no practice cases, of 200 images"):
        draw_quiz("reader1", pools, blocks, 0, 0)


def test_names_and_order_say_nothing_of_truth(one, five):
    for readers, (blocks, pools), practice in ((60, (ONE, one), 10), (10, five, 0)):
        by_name, by_order = {"real": [], "created": []}, {"real": [], "created": []}
        for reader in range(readers):
            key = draw_quiz(f"reader{reader}", pools, blocks, practice, seed=7)
            key = key[key["block"] == "test"].assign(rank=lambda frame: frame["image_id"].rank())
            place = key.groupby("part").cumcount()
            for truth in by_name:
                by_name[truth] += list(key.loc[key["truth"] == truth, "rank"])
                by_order[truth] += list(place[key["truth"] == truth])
            assert key["image_id"].str.fullmatch("[bcdfghjklmnpqrstvwxz]{10}").all()
            assert abs(stats.spearmanr(key["rank"], key["order"])[0]) < 0.6
        for ranks in (by_name, by_order):
            assert stats.mannwhitneyu(ranks["real"], ranks["created"]).pvalue > 0.001


def test_names_change_with_any_pixel_so_that_old_answers_are_known(one):
    before = draw_quiz("reader1", one, ONE, 10, seed=7)
    real, created = one[0]
    images = created.images.copy()
    images[before.loc[before["truth"] == "created", "source_index"].iloc[-1], 0, 0] ^= 128
    after = draw_quiz("reader1", [(real, replace(created, images=images))], ONE, 10, seed=7)
    assert list(before["source_index"]) == list(after["source_index"])
    assert not set(before["image_id"]) & set(after["image_id"])


def png_chunks(data):
    at, names = 8, []
    while at < len(data):
        names.append(data[at + 4 : at + 8])
        at += 12 + struct.unpack(">I", data[at : at + 4])[0]
    return names


def test_pictures_are_pixels_and_nothing_else_and_all_of_one_length(tmp_path, one):
    """A flat created image and one of noise have files of one length; levels that no eye tells from black are black in both kinds."""
    real, created = one[0]
    created.images[::2] = 1
    created.images[1::2, :2] = 0
    folder, key_path = draw_files(tmp_path, one)
    key, data = read_key(key_path), {path.stem: path.read_bytes() for path in (folder / "images").iterdir()}
    assert len({len(content) for content in data.values()}) == 1
    assert all(set(png_chunks(content)) == {b"IHDR", b"IDAT", b"IEND"} for content in data.values())
    for name, truth, index in key[["image_id", "truth", "source_index"]].itertuples(index=False):
        with Image.open(folder / "images" / f"{name}.png") as image:
            assert (image.mode, image.size) == ("L", (8, 8))
            pixels = np.asarray(image)
        assert not ((pixels > 0) & (pixels < BLACK_LEVEL)).any()
        np.testing.assert_array_equal(pixels, as_shown((real if truth == "real" else created).images[[index]])[0])


def test_the_readers_folder_holds_no_truth_of_the_test(tmp_path, five):
    blocks, pools = five
    folder, key_path = draw_files(tmp_path, pools, blocks, practice=6)
    key, pools = read_key(key_path), read_pools(*save(tmp_path, pools))
    test, training = key[key["block"] == "test"], key[key["block"] == "training"]
    pd.testing.assert_frame_equal(key[list(KEY_COLUMNS)], draw_quiz("reader1", pools, blocks, 6, 7), check_dtype=False)
    assert sorted(path.name for path in folder.iterdir()) == ["answers.csv", "images", "index.html", "training.csv"]
    assert sorted(path.stem for path in (folder / "images").iterdir()) == sorted(key["image_id"])
    form = pd.read_csv(folder / "answers.csv", dtype=str, keep_default_na=False)
    assert list(form.columns) == ["image_id", "answer", "confidence", "reasons", "response_ms"]
    assert list(form["image_id"]) == list(test["image_id"]) and (form.drop(columns="image_id") == "").all(axis=None)
    told = pd.read_csv(folder / "training.csv")
    assert dict(zip(told["image_id"], told["truth"], strict=True)) == dict(zip(training["image_id"], training["truth"], strict=True))
    for name, pixels in zip(key["image_id"], quiz_pixels(key, blocks, pools), strict=True):
        with Image.open(folder / "images" / f"{name}.png") as image:
            np.testing.assert_array_equal(np.asarray(image), pixels)
    written = [path.stat().st_mtime_ns for path in sorted((folder / "images").iterdir())]
    assert written == sorted(written)
    form["answer"] = "real"
    form.to_csv(tmp_path / "reader1.csv", index=False)
    answers = read_answers(tmp_path / "reader1.csv", key)
    assert len(answers) == 500 and {"dataset", "recipe", "size", "part"} <= set(answers.columns)


def test_without_practice_the_file_of_its_truth_is_a_header(tmp_path, one):
    folder, key_path = draw_files(tmp_path, one, practice=0)
    assert (folder / "training.csv").read_text() == "image_id,truth\n"
    assert set(read_key(key_path)["block"]) == {"test"}


def test_drawing_again_replaces_the_pictures_and_leaves_other_files(tmp_path, one):
    folder = tmp_path / "reader1"
    for seed in (7, 8):
        key = draw_quiz("reader1", one, ONE, 10, seed)
        pixels = quiz_pixels(key, ONE, one)
        write_quiz(folder / "images", folder / "answers.csv", folder / "training.csv", tmp_path / "key.tsv", key, pixels)
        (folder / "index.html").write_text("page")
    assert (folder / "index.html").read_text() == "page"
    assert sorted(path.stem for path in (folder / "images").iterdir()) == sorted(key["image_id"])
    pd.testing.assert_frame_equal(read_key(tmp_path / "key.tsv"), key, check_dtype=False)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"created_share": [0.4, 1.2]}, ["created_share", "0.4 to 1.2", "maximum <= 1"]),
        ({"created_share": [0.6, 0.4]}, ["created_share", "0.6 to 0.4"]),
        ({"created_share": [-0.1, 0.4]}, ["created_share"]),
        ({"images": 1}, ["no whole number", "1 images"]),
        ({"images": 0}, ["0 real and 0 created"]),
        ({"images": 420}, ["created.npz", "80 created images", "at least", "dcgan on planes"]),
        ({"images": 300, "created_share": [0, 0.05]}, ["real.npz", "235 real images that differ", "of 240 images", "dcgan on planes"]),
    ],
)
def test_an_impossible_quiz_is_refused_and_nothing_written(tmp_path, one, change, words):
    save(tmp_path, one)
    one = read_pools([tmp_path / "real0.npz"], [tmp_path / "created0.npz"])
    for kind, pool in zip(("real", "created"), one[0], strict=True):
        assert pool.path == str(tmp_path / f"{kind}0.npz")
    with pytest.raises(InputError) as error:
        draw_files(tmp_path, one, [ONE[0] | change])
    words = [word.replace(".npz", "0.npz") for word in words]
    assert all(word in str(error.value) for word in words), error.value
    assert not (tmp_path / "quiz").exists() and not (tmp_path / "quiz_keys").exists()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"blocks": []}, ["no block"]),
        ({"blocks": "twice"}, ["dcgan on t1, dcgan on t1", "each of another model"]),
        ({"practice": -1}, ["-1 practice cases"]),
        ({"reader": "a b"}, ["'a b'"]),
        ({"created": 90}, ["created.npz", "80 created images", "at least 90", "dcgan on t1"]),
        ({"real": 0, "created": 0}, ["0 real and 0 created"]),
        ({"real": -1}, ["-1 real"]),
        ({"stratify": "level"}, ["real.npz", "level is not told"]),
        ({"stratify": "sex"}, ["real.npz", "no label 'sex'"]),
    ],
)
def test_an_impossible_design_is_refused(five, change, words):
    blocks, pools = five
    if change.get("blocks") == "twice":
        change = {"blocks": [blocks[0], blocks[0]]}
    kept = {name: value for name, value in change.items() if name in blocks[0]}
    blocks = change.get("blocks", [block | kept for block in blocks])
    with pytest.raises(InputError) as error:
        draw_quiz(change.get("reader", "reader1"), pools[: len(blocks)], blocks, change.get("practice", 0), 7)
    assert all(word in str(error.value) for word in words), error.value


def test_too_few_images_of_one_contrast_are_named(five):
    blocks, pools = five
    contrast = pools[2][0]["contrast"]
    contrast[np.flatnonzero(contrast == "flair")[10:]] = "t2"
    with pytest.raises(InputError, match="10 of flair, 200 of t1, 200 of t1c, 390 of t2 that differ.*\n.*equal numbers by contrast"):
        draw_quiz("reader1", pools, blocks, 0, 7)


def test_practice_that_leaves_too_few_for_the_test_is_refused(one):
    block = [{"dataset": "planes", "recipe": "dcgan", "real": 236, "created": 1}]
    assert len(draw_quiz("reader1", one, block, 8, 7)) == 245
    with pytest.raises(InputError, match="235 real images that differ and are no practice cases, of 240 images"):
        draw_quiz("reader1", one, block, 10, 7)
    with pytest.raises(InputError, match="80 created images\n.*at least 81 .*practice"):
        draw_quiz("reader1", one, [block[0] | {"created": 79}], 4, 7)


def test_unfit_sets_are_refused(tmp_path, one):
    (real,), (created,) = save(tmp_path, one)
    write_imageset(tmp_path / "larger.npz", created_set(size=16))
    scan = {"voxels": np.zeros((4, 4, 4), np.uint16), "matrix": np.eye(3, 4)} | {name: values[0] for name, values in make_labels(1).items()}
    grid = PlaneGrid((0.0,), (0.0,), (0.0,), (0.0,), (False,), size=8, field_mm=8.0, centre_y_mm=0.0)
    write_imageset(tmp_path / "planes.npz", PlaneSet([scan], grid))
    (tmp_path / "truncated.npz").write_bytes(real.read_bytes()[:300])
    np.savez(tmp_path / "other.npz", images=one[0][0].images)
    for pair, words in (
        ((real, tmp_path / "larger.npz"), r"larger.npz\n.*\(16, 16\) pixels"),
        ((created, real), "80 of 80 images of the other kind\n.*real images alone"),
        ((real, real), "240 of 240 images of the other kind\n.*created images alone"),
        ((tmp_path / "planes.npz", created), "planes that are not sampled"),
        ((tmp_path / "truncated.npz", created), "not readable"),
        ((tmp_path / "other.npz", created), "earlier version"),
        ((tmp_path / "missing.npz", created), "no such file"),
    ):
        with pytest.raises(InputError, match=words):
            read_pools([pair[0]], [pair[1]])


def test_a_set_that_blocks_share_is_read_once(tmp_path, five):
    pools = read_pools(*save(tmp_path, five[1]))
    assert pools[0][0] is pools[1][0] and pools[0][1] is not pools[1][1]


def test_a_file_that_is_no_key_is_refused(tmp_path, one):
    (tmp_path / "key.tsv").write_text("image_id\ttruth\nabc\treal\n")
    _, key_path = draw_files(tmp_path, one)
    (tmp_path / "words.tsv").write_text(key_path.read_text().replace("\ttest\t1\t", "\ttest\tfirst\t"))
    for name in ("key.tsv", "words.tsv", "missing.tsv"):
        with pytest.raises(InputError, match="draw_quiz"):
            read_key(tmp_path / name)


# One set for all readers, and images that come twice.

CASE = ["dataset", "recipe", "truth", "source_index"]


def cases(key, block="test"):
    return [tuple(row) for row in key[key["block"] == block][CASE].itertuples(index=False)]


def test_one_set_for_all_readers_in_an_order_and_under_names_of_their_own(five):
    blocks, pools = five
    first, second = (draw_quiz(reader, pools, blocks, 6, 7, same_set=True) for reader in ("anna", "ben"))
    for block in ("test", "training"):
        assert sorted(cases(first, block)) == sorted(cases(second, block)) and cases(first, block) != cases(second, block)
    assert not set(first["image_id"]) & set(second["image_id"])
    for key in (first, second):
        test = key[key["block"] == "test"]
        assert list(test["part"]) == sorted(test["part"]) and len(test[["part", "dataset", "recipe"]].drop_duplicates()) == 5
        assert list(test["order"]) == list(range(1, len(test) + 1)) and list(key.columns) == list(KEY_COLUMNS)
    others = [draw_quiz(reader, pools, blocks, 6, 7) for reader in ("anna", "ben")]
    assert sorted(cases(others[0])) != sorted(cases(others[1])), "each has a set of their own otherwise"


@pytest.mark.parametrize("same_set", [False, True])
def test_some_images_come_twice_a_third_of_their_block_apart_under_another_name(five, same_set):
    blocks, pools = five
    plain, key = draw_quiz("anna", pools, blocks, 6, 7, same_set), draw_quiz("anna", pools, blocks, 6, 7, same_set, repeats=12)
    assert sorted(set(cases(key))) == sorted(cases(plain)), "the images are those of a quiz without repeats"
    again = key[key["repeat_of"] != ""]
    assert len(key) == len(plain) + 12 and len(again) == 12 and key["image_id"].is_unique and set(again["block"]) == {"test"}
    assert sorted(again.groupby("part").size()) == [2, 2, 2, 3, 3]
    first = key.set_index("image_id").loc[again["repeat_of"]]
    assert first[CASE].to_numpy().tolist() == again[CASE].to_numpy().tolist() and (first["repeat_of"] == "").all()
    assert (again["order"].to_numpy() - first["order"].to_numpy()).min() >= 100 / 3 - 1
    assert {"real", "created"} == set(again["truth"])


def test_the_default_draw_is_as_before(one):
    assert list(draw_quiz("anna", one, ONE, 10, 7).columns) == list(KEY_COLUMNS)
    assert draw_quiz("anna", one, ONE, 10, 7).equals(draw_quiz("anna", one, ONE, 10, 7, same_set=False, repeats=0))


def test_more_repeats_than_a_block_has_room_for_are_refused(one):
    assert len(draw_quiz("anna", one, ONE, 0, 7, repeats=16)) == 66
    with pytest.raises(InputError, match="repeats(.|\n)*17 in a block of 50 images(.|\n)*at most 16"):
        draw_quiz("anna", one, ONE, 0, 7, repeats=17)


def test_the_first_answer_of_an_image_that_came_twice_is_scored_and_both_are_kept(tmp_path, one):
    """A reader who answers right the first time and wrong the second, and whose group is told."""
    pixels = quiz_pixels(key := draw_quiz("anna", one, ONE, 4, 7, repeats=9), ONE, one)
    write_quiz(tmp_path / "images", tmp_path / "form.csv", tmp_path / "training.csv", tmp_path / "keys/anna.tsv", key, pixels)
    test = read_key(tmp_path / "keys/anna.tsv").query("block == 'test'")
    wrong = {"real": "created", "created": "real"}
    lines = [f"{row.image_id},{wrong[row.truth] if row.repeat_of else row.truth},,," for row in test.itertuples()]
    (tmp_path / "responses").mkdir()
    (tmp_path / "responses/anna.csv").write_text("\n".join(["image_id,answer,confidence,reasons,response_ms", *lines]))
    table = with_groups(gather("kidney", [tmp_path / "keys/anna.tsv"], tmp_path / "responses"), {"anna": "neuroradiologist"})
    assert len(table) == 59 and (table["repeat_of"] != "").sum() == 9 and set(table["reader_group"]) == {"neuroradiologist"}
    (record,) = judged_records(table, {"rows": "model"}, {"planes": "Planes"}, {"dcgan": "DCGAN"})
    assert record["accuracy"] == 1 and record["n_real"] + record["n_created"] == 50
    again = table[table["repeat_of"] != ""].set_index("repeat_of")["answer"]
    assert not (again == table.set_index("image")["answer"].loc[again.index]).any()


def test_the_protocol_holds_what_is_decided_of_the_design(tmp_path):
    decided = {"endpoint": "accuracy", "design": "one set", "analysis": "accuracy", "margin": 0.1}
    protocol_main(tmp_path / "protocol.json", "study", decided, [], 0, {}, {"same_set": True, "repeats": 9})
    written = json.loads((tmp_path / "protocol.json").read_text())
    assert (written["same_set"], written["repeats"], written["margin"]) == (True, 9, 0.1)
