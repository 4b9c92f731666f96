"""Whether created images help a classifier: they do, harm, or do neither, as the data were made; and the numbers beside the verdict."""

import numpy as np
import pytest
from scipy import stats
from sklearn.metrics import balanced_accuracy_score, roc_auc_score

from neuroturing.errors import InputError
from neuroturing.imageset import ImageSet, make_labels, write_imageset
from neuroturing.io.files import read_table
from neuroturing.use import COLUMNS
from neuroturing.use.arms import ALONE, AUGMENTED, BOTH, CREATED, REAL, Arm, batches, draw_real, headline, mixture
from neuroturing.use.intervals import METRICS, Scores, estimate, scored
from neuroturing.use.pictures import fitted, mirrored
from neuroturing.use.tasks import HELD_OUT, TRAINED_ON, Images, tasks
from use import main

SIZE, GROUPS = 24, ("normal", "patient")
NUMBERS = ("ratio", "training_share", "value", "low", "high", "difference", "difference_low", "difference_high", "p_value", "p_adjusted")
COUNTS = ("n_train", "n_created", "n_test", "subjects_train", "subjects_test", "repeats")


def pictures(kind, count, seed):
    """Noise with a faint bar, lying for class 0 and standing for class 1, anywhere: hard to learn from few."""
    rng = np.random.default_rng([seed, kind])
    images = rng.normal(110, 40, (count, SIZE, SIZE))
    for image, (row, column) in zip(images, rng.integers(3, SIZE - 13, (count, 2)), strict=True):
        image[(slice(row, row + 3), slice(column, column + 10)) if kind == 0 else (slice(row, row + 10), slice(column, column + 3))] += 70
    return np.clip(images, 0, 255).astype(np.uint8)


def real_set(kind, subjects, each, seed, prefix, **labels):
    names = np.repeat([f"{prefix}{kind}{k:02d}" for k in range(subjects)], each)
    known = {"dataset": GROUPS[kind], "source": "real", "group": GROUPS[kind], "subject": names} | labels
    return ImageSet(pictures(kind, subjects * each, seed), make_labels(subjects * each, **known))


def created_set(images, kind, **labels):
    known = {"dataset": GROUPS[kind], "source": "gan", "group": GROUPS[kind]} | labels
    return ImageSet(images, make_labels(len(images), **known))


def study(created, subjects=4, held_out=10, each=4):
    """What `tasks` takes of two groups: few to train on, more to test on."""
    real = {name: real_set(k, held_out, 6, 1, "h") for k, name in enumerate(GROUPS)}
    training = {name: real_set(k, subjects, each, 2, "t") for k, name in enumerate(GROUPS)}
    made = [created_set(images, k) for k, images in enumerate(created(training))]
    sets = [{"dataset": name, "recipe": "gan", "label": name, "family": name} for name in GROUPS]
    return real, training, made, sets


def run(folder, real, training, made, sets, side=HELD_OUT, **settings):
    """The table that the script writes."""
    paths = {"real": [], "training": [], "created": []}
    for part, images in (("real", real.values()), ("training", training.values()), ("created", made)):
        for k, one in enumerate(images):
            paths[part].append(str(folder / f"{part}{k}.npz"))
            write_imageset(paths[part][-1], one)
    main(**paths, table=folder / "use.tsv", sets=sets, side=side, **({"seed": 3, "steps": 60, "repeats": 2} | settings))
    table = read_table(folder / "use.tsv", COLUMNS, (*NUMBERS, *COUNTS))
    assert list(table.columns) == list(COLUMNS)
    return table


@pytest.fixture(autouse=True)
def started(monkeypatch):
    """TensorFlow as earlier tests have left it: its threads can be set once in a process."""
    import keras
    import tensorflow as tf

    import use

    def prepare(seed, threads):
        keras.utils.set_random_seed(seed)
        tf.config.experimental.enable_op_determinism()

    monkeypatch.setattr(use, "prepare_training", prepare)


def more(training):
    return [pictures(kind, 120, 7) for kind in range(2)]


def swapped(training):
    return [pictures(1 - kind, 120, 7) for kind in range(2)]


def copies(training):
    return [images.images for images in training.values()]


def accuracy(table, arm, ratio=None, share=0.8):
    rows = table[(table["metric"] == METRICS[0]) & (table["arm"] == arm) & (table["training_share"] == share)]
    rows = rows if ratio is None else rows[rows["ratio"] == ratio]
    assert len(rows) == 1
    return rows.iloc[0]


def test_images_of_the_true_distribution_help_who_has_few(tmp_path):
    table = run(tmp_path, *study(more), ratios=[4], repeats=3)
    helped, real = accuracy(table, CREATED, 4), accuracy(table, REAL)
    assert helped["difference"] > 0.1 and helped["difference_low"] > 0 and helped["p_adjusted"] < 0.05
    assert "helped" in helped["sentence"]
    assert helped["difference"] == pytest.approx(helped["value"] - real["value"], abs=1e-5)
    assert (real["n_train"], real["n_created"], real["n_test"], real["subjects_test"]) == (24, 0, 120, 20)
    assert helped["n_created"] == 96
    assert "The generator has seen more subjects than this classifier." in helped["sentence"] and "more subjects" in real["sentence"]


def test_images_with_the_other_class_harm(tmp_path):
    table = run(tmp_path, *study(swapped, subjects=12, each=8), ratios=[2])
    harmed = accuracy(table, CREATED, 2)
    assert harmed["difference"] < -0.1 and harmed["difference_high"] < 0
    assert "harmed" in harmed["sentence"]
    assert accuracy(table, ALONE)["value"] < 0.4


def test_copies_of_training_images_do_nothing(tmp_path):
    table = run(tmp_path, *study(copies, subjects=10), ratios=[1], steps=40)
    alike = accuracy(table, CREATED, 1)
    assert abs(alike["difference"]) < 0.1 and alike["difference_low"] < 0 < alike["difference_high"]
    assert "did not help" in alike["sentence"] and "did not help" in accuracy(table, REAL)["sentence"]
    assert set(table[table["training_share"] == 0.25]["arm"]) == {REAL, AUGMENTED, CREATED, BOTH}
    both, augmented = accuracy(table, BOTH, 1), accuracy(table, AUGMENTED)
    assert (both["against"], augmented["against"], alike["against"]) == (AUGMENTED, REAL, REAL)
    assert both["difference"] == pytest.approx(both["value"] - augmented["value"], abs=1e-5) and "augmentation in both" in both["sentence"]


def test_the_same_seed_gives_the_same_bytes_and_another_other_ones(tmp_path):
    tables = []
    for name, seed in (("a", 3), ("b", 3), ("c", 4)):
        (tmp_path / name).mkdir()
        run(tmp_path / name, *study(more), seed=seed, steps=10, repeats=2, ratios=[1])
        tables.append((tmp_path / name / "use.tsv").read_bytes())
    assert tables[0] == tables[1] != tables[2]


def test_without_a_split_it_says_that_it_cannot_be_trusted(tmp_path):
    _, training, made, sets = study(copies, subjects=9)
    table = run(tmp_path, training, training, made, sets, TRAINED_ON, steps=10, repeats=2, ratios=[1])
    told = accuracy(table, CREATED, 1)
    assert told["side"] == TRAINED_ON and "cannot be trusted" in told["sentence"]
    assert told["subjects_test"] == 6 and told["subjects_train"] == 10


def test_data_sets_that_do_not_differ_are_one_row_and_nothing_is_invented(tmp_path):
    real, training, made, sets = study(more)
    name = GROUPS[0]
    table = run(tmp_path, {name: real[name]}, {name: training[name]}, made[:1], sets[:1])
    assert len(table) == 1 and table["value"].isna().all() and table["arm"][0] == ""
    assert "no class to tell" in table["sentence"][0]


def test_too_few_subjects_of_a_class_are_named(tmp_path):
    real, training, made, sets = study(more)
    real[GROUPS[1]] = real_set(1, 1, 6, 1, "h")
    table = run(tmp_path, real, training, made, sets)
    assert len(table) == 1 and "'patient' has 1 test subject," in table["sentence"][0]


def test_families_of_one_name_are_tasks_of_their_own_and_a_mixture_is_left_out():
    real, training, made, sets = study(more)
    for prefix in ("A", "B"):
        for k, name in enumerate(GROUPS):
            real[prefix + name], training[prefix + name] = real[name], training[name]
            made.append(created_set(made[k].images, k))
            sets.append({"dataset": prefix + name, "recipe": "fastgan", "label": prefix + name, "family": prefix})
    real["mixture"], training["mixture"] = real[GROUPS[0]], training[GROUPS[0]]
    made.append(created_set(made[0].images, 0, group=""))
    sets.append({"dataset": "mixture", "recipe": "gan", "label": "Mixture", "family": "Mixture"})
    found = [(task.recipe, task.label, task.datasets) for task in tasks(real, training, made, sets, HELD_OUT, 1)]
    assert found[0] == ("gan", "group", GROUPS)
    assert found[1:] == [("fastgan", "group", tuple(prefix + name for name in GROUPS)) for prefix in "AB"]


def test_one_scan_in_two_data_sets_of_a_class_counts_once():
    real, training, made, sets = study(more)
    real["again"], training["again"] = real[GROUPS[0]], training[GROUPS[0]]
    both = tasks(
        real, training, [*made, made[0]], [*sets, sets[0] | {"dataset": "again", "label": "again", "family": "again"}], HELD_OUT, 1
    )[0]
    assert (len(both.test.truth), len(both.train.truth), len(both.created.truth)) == (120, 32, 360)


def test_images_of_nobody_known_are_split_too_and_none_is_on_both_sides():
    _, _, made, sets = study(more)
    nobody = {name: real_set(k, 12, 1, 2, "t", subject="") for k, name in enumerate(GROUPS)}
    task = tasks(nobody, nobody, made, sets, TRAINED_ON, 1)[0]
    kept = [{image.tobytes() for image in images.pixels} for images in (task.train, task.test)]
    assert (len(kept[0]), len(kept[1])) == (16, 8) and not kept[0] & kept[1]


def test_subjects_on_both_sides_and_other_sizes_are_refused():
    real, training, made, sets = study(more)
    with pytest.raises(InputError, match="whom models were trained on"):
        tasks(training, training, made, sets, HELD_OUT, 1)
    made[0] = created_set(made[0].images[:, :20], 0)
    with pytest.raises(InputError, match="20 x 24 pixels"):
        tasks(real, training, made, sets, HELD_OUT, 1)


@pytest.mark.parametrize("settings", [{"repeats": 1}, {"ratios": []}, {"ratios": [0]}, {"ratios": [1, 1]}, {"side": "train"}])
def test_settings_out_of_range_are_refused(tmp_path, settings):
    with pytest.raises(InputError):
        run(tmp_path, *study(more), **settings)


def test_files_that_do_not_fit_the_sets_are_refused(tmp_path):
    real, training, made, sets = study(more)
    with pytest.raises(InputError, match="2 sets for 1 files"):
        run(tmp_path, real, training, made[:1], sets)
    with pytest.raises(InputError, match="those of 'patient' too"):
        run(tmp_path, {GROUPS[0]: real[GROUPS[0]]}, training, made, sets)


def test_a_ratio_holds_in_every_batch_and_classes_are_even():
    rng = np.random.default_rng(1)
    truth = np.repeat([0, 1], [30, 10])
    real = Images(np.zeros((40, 8, 8), np.uint8), truth, np.arange(40) % 5)
    created = Images(np.ones((25, 8, 8), np.uint8), np.repeat([0, 1], [20, 5]), np.zeros(25, int))
    images, weight, n_real = mixture(Arm(CREATED, 2), real, created, rng)
    assert (len(images.truth), n_real) == (65, 40)
    seen = batches(weight, 400, 32, rng)
    assert images.pixels[seen].max(axis=(2, 3)).mean() == pytest.approx(2 / 3, abs=0.02)
    assert images.truth[seen].mean() == pytest.approx(1 / 2, abs=0.02)
    assert mixture(Arm(ALONE, np.inf), real, created, rng)[2] == 0
    assert headline([0.5, 1, 2]) == 1 and headline([0.25, 3]) == 3
    drawn = draw_real(real, 0.5, 8, rng)
    assert len(np.unique(drawn.subject)) == 2 and np.bincount(drawn.truth).tolist() == [8, len(drawn.truth) - 8]


def test_metrics_and_those_without_a_subject_are_scikit_learns():
    rng = np.random.default_rng(2)
    truth, subject = rng.integers(0, 3, 90), rng.integers(0, 9, 90)
    probabilities = rng.dirichlet(np.ones(3), (2, 90)).round(2)
    probabilities /= probabilities.sum(axis=2, keepdims=True)
    scores = scored(probabilities, truth, subject)
    for repeat in range(2):
        for left_out in (None, 4):
            kept = subject != left_out
            part = probabilities[repeat, kept]
            expected = [balanced_accuracy_score(truth[kept], part.argmax(axis=1)), roc_auc_score(truth[kept], part, multi_class="ovr")]
            found = [scores[name].repeats[repeat] if left_out is None else scores[name].without[left_out, repeat] for name in METRICS]
            np.testing.assert_allclose(found, expected, atol=1e-12)


def test_intervals_cover_what_is_true_and_p_is_uniform_where_nothing_differs():
    rng = np.random.default_rng(3)
    covered, p_values = [], []
    for _ in range(1000):
        values = 0.1 + rng.normal(0, 0.05, (20, 1)) + rng.normal(0, 0.02, 4) + rng.normal(0, 0.05, (20, 4))
        without = (values.sum(axis=0) - values) / 19
        found = estimate(Scores(values.mean(axis=0), without), 1)
        covered.append(found.low < 0.1 < found.high)
        p_values.append(estimate(Scores(values.mean(axis=0) - 0.1, without - 0.1), 1).p_value)
    assert 0.93 < np.mean(covered) < 0.98
    assert abs(np.mean(np.array(p_values) < 0.2) - 0.2) < 0.05
    assert stats.spearmanr(covered, np.array(p_values) > 0.05).statistic == pytest.approx(1)


def test_where_nothing_varies_there_is_no_interval_and_p_has_its_least():
    nothing = estimate(Scores(np.zeros(3), np.zeros((8, 3))), 1)
    always = estimate(Scores(np.ones(3), np.ones((8, 3))), 1)
    assert np.isnan([nothing.low, nothing.high, always.low, always.high]).all()
    assert (nothing.p_value, always.p_value) == (1, 2**-7)


def test_images_of_any_shape_keep_theirs_on_a_black_square():
    tall = fitted(np.full((60, 30), 200, np.uint8), 20)
    assert tall.shape == (20, 20) and tall[:, 7:13].min() == 200 and tall[:, :4].max() == 0 == tall[:, 16:].max()
    square = np.arange(400, dtype=np.uint8).reshape(20, 20)
    assert np.array_equal(fitted(square, 20), square)


def test_images_are_mirrored_only_where_that_tells_nothing():
    symmetric = np.tile(np.abs(np.arange(16) - 7.5).astype(np.uint8) * 20, (4, 16, 1))
    profile = np.tile(np.arange(16, dtype=np.uint8) * 10, (4, 16, 1))
    assert mirrored(symmetric, ("normal", "unilateral"))
    assert not mirrored(symmetric, ("left", "right"))
    assert not mirrored(profile, ("normal", "unilateral"))


def test_augmentation_moves_by_what_it_says_and_by_nothing_where_it_is_off():
    import tensorflow as tf

    from neuroturing.use.classifier import SHIFT, distortions

    image = np.zeros((64, 33, 33, 1), np.float32)
    image[:, 15:18, 15:18] = 1

    def moved(*options):
        moves, gains = distortions(np.random.default_rng(1), 64, 33, *options)
        settings = {"interpolation": "BILINEAR", "fill_mode": "CONSTANT", "fill_value": 0.0, "output_shape": [33, 33]}
        return tf.raw_ops.ImageProjectiveTransformV3(images=image, transforms=moves, **settings).numpy(), gains

    still, gains = moved(False, False)
    assert np.array_equal(still, image) and np.all(gains == [1, 0])
    turned, _ = moved(True, True)
    where = np.einsum("nhwc,h->n", turned, np.arange(33)) / turned.sum(axis=(1, 2, 3))
    assert 0.5 < np.abs(where - 16).max() <= SHIFT * 33 + 0.5
