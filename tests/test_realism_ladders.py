"""Corruption ladders: each corruption is what it says, a tau is what it must be, and the verdict is that of the rule."""

import numpy as np
import pandas as pd
import pytest
from scipy.ndimage import gaussian_filter, laplace

from neuroturing.errors import InputError
from neuroturing.imageset import BLACK_LEVEL
from neuroturing.read.observers import hotelling
from neuroturing.realism import verdicts
from neuroturing.realism.corruptions import CORRUPTIONS
from neuroturing.realism.detectability import detectability
from neuroturing.realism.ladders import SEVERITIES, Cost, climb

SUBJECTS, EACH, SIZE = 16, 4, 32
SMALL = Cost(repeats=3, each=32)


def brains(seed=0, subjects=SUBJECTS):
    """Discs of texture before black; brightness and part of the texture are the subject's."""
    rng, across = np.random.default_rng(seed), np.arange(SIZE) - (SIZE - 1) / 2
    inside = np.hypot(across, across[:, None]) < SIZE * 0.42
    level, own = rng.uniform(90, 140, (subjects, 1, 1, 1)), gaussian_filter(rng.normal(size=(subjects, 1, SIZE, SIZE)), 2, axes=(2, 3))
    texture = 200 * own + 60 * gaussian_filter(rng.normal(size=(subjects, EACH, SIZE, SIZE)), 0.8, axes=(2, 3))
    images = np.where(inside, np.clip(level + texture, 10, 250), 0).reshape(-1, SIZE, SIZE).astype(np.uint8)
    return images, np.repeat([f"s{k}" for k in range(subjects)], EACH)


@pytest.fixture(scope="module")
def real():
    return brains()


def corrupted(name, images, severity, seed=0):
    return CORRUPTIONS[name](images, severity, np.random.default_rng(seed), reference=brains(7)[0])


def fine(images):
    """Energy of second differences: what blur takes away and noise brings."""
    return laplace(images.astype(float), axes=(1, 2)).std()


def distinct(images):
    return len(np.unique(images.reshape(len(images), -1), axis=0))


@pytest.mark.parametrize("name", list(CORRUPTIONS))
def test_no_severity_is_no_change_and_all_of_it_is_one(name, real):
    images = real[0]
    before = images.copy()
    assert np.array_equal(corrupted(name, images, 0), images)
    found = corrupted(name, images, 1)
    assert found.dtype == np.uint8 and found.shape == images.shape
    assert not np.array_equal(found, images) and np.array_equal(images, before)
    assert np.array_equal(found, corrupted(name, images, 1))
    assert not np.any((found > 0) & (found < BLACK_LEVEL)), "one path to 8 bits"


@pytest.mark.parametrize("name, sign", [("blur", -1), ("noise", 1), ("sharpened", 1), ("checkerboard", 1)])
def test_looks_change_by_degrees(name, sign, real):
    energies = [sign * fine(corrupted(name, real[0], severity)) for severity in SEVERITIES]
    assert energies == sorted(energies) and len(set(energies)) == len(SEVERITIES)


def test_modes_drop_to_four_and_each_is_as_frequent_as_the_others(real):
    images = real[0]
    counts = [distinct(corrupted("mode_drop", images, severity)) for severity in SEVERITIES]
    assert counts == [64, 32, 16, 8, 4]
    _, times = np.unique(corrupted("mode_drop", images, 1).reshape(len(images), -1), axis=0, return_counts=True)
    assert set(times) == {16}
    few, more = (set(map(bytes, corrupted("mode_drop", images, severity))) for severity in (1, 0.5))
    assert few < more < set(map(bytes, images)), "a higher severity goes on where a lower one stopped"


def test_copies_are_of_the_reference_in_their_share(real):
    images, reference = real[0], set(map(bytes, brains(7)[0]))
    shares = [np.mean([bytes(image) in reference for image in corrupted("copies", images, severity)]) for severity in SEVERITIES]
    assert shares == list(SEVERITIES)
    assert distinct(corrupted("copies", images, 1)) == len(images)
    with pytest.raises(InputError, match="no reference"):
        CORRUPTIONS["copies"](images, 0.5, np.random.default_rng(0))
    with pytest.raises(InputError, match="reference images of shape"):
        CORRUPTIONS["copies"](images, 0.5, np.random.default_rng(0), reference=np.zeros((3, 8, 8), np.uint8))


def test_a_checkerboard_is_of_every_second_pixel():
    found = CORRUPTIONS["checkerboard"](np.full((1, 4, 6), 100, np.uint8), 1, None)[0]
    assert np.array_equal(found[:2, :2], [[132, 98], [98, 72]]) and np.array_equal(found[2:, 2:4], found[:2, :2])


def evaluate(reference, examined, subject, rng):
    """One measure that works for blur alone, one that is for variety, one that is deaf, one by chance, and one that is as real ones are."""
    assert 2 * len(reference) == 2 * len(examined) == len(subject)
    return {
        ("sharpness", "images"): fine(examined) / fine(reference),
        ("variety", "images"): distinct(examined),
        ("deaf", "images"): 1.0,
        ("chance", "images"): np.random.default_rng(np.frombuffer(bytes(examined[0][10:20, 10:20]), np.uint8)).normal(),
        ("noisiness", "images"): fine(examined),
        ("copied", "images"): np.mean([image.tobytes() in set(map(bytes, reference)) for image in examined]),
    }


BETTER = {"sharpness": "high", "variety": "high", "deaf": "low", "chance": "low", "noisiness": "as_real", "copied": "low"}
MEANT = {"sharpness": ("blur",), "variety": ("mode_drop",), "deaf": ("blur",), "chance": ("blur", "noise"), "copied": ("copies",)}
MEANT |= {"noisiness": ("blur", "noise")}


@pytest.fixture(scope="module")
def rungs(real):
    observer = detectability(lambda images: hotelling.outputs(images, {"bands": 2, "directions": 2, "grid": 2}), hotelling.fit)
    return climb(*real, evaluate, BETTER, 5, SMALL, observer)


@pytest.fixture(scope="module")
def rows(rungs):
    return pd.DataFrame(verdicts.verdicts(rungs, MEANT)).set_index(["measure", "corruption"])


def test_a_row_for_each_measure_and_corruption_and_one_of_all(rows):
    assert len(rows) == len(BETTER) * (len(CORRUPTIONS) + 1)
    assert list(rows.reset_index().columns[:2]) == ["measure", "corruption"] and set(verdicts.COLUMNS) == set(rows.reset_index().columns)


def test_the_measure_meant_for_a_corruption_works_and_its_tau_is_one(rows):
    for measure, name in (("sharpness", "blur"), ("variety", "mode_drop"), ("copied", "copies")):
        for row in (rows.loc[measure, name], rows.loc[measure, "all"]):
            assert list(row[["tau", "tau_low", "tau_high"]]) == pytest.approx([1, 1, 1])
            assert row["verdict"] == "works"
            # Two orders of 5! agree so well.
            assert row["p_value"] == pytest.approx(2 / 120)


def test_a_measure_that_sees_a_corruption_as_better_is_said_to(rows):
    for name in ("noise", "sharpened"):
        assert rows.loc[("sharpness", name), "tau"] == pytest.approx(-1)
        assert rows.loc[("sharpness", name), "verdict"] == "rewards it"


def test_what_does_not_react_does_not_work(rows):
    assert rows.loc[("deaf", "all"), "verdict"] == "does not work"
    assert rows.loc[("deaf", "blur"), "tau"] == 0 and rows.loc[("deaf", "blur"), "p_value"] == 1
    assert rows.loc[("variety", "blur"), "tau"] == 0 and rows.loc[("variety", "blur"), "verdict"] == "not meant for it"
    assert rows.loc[("chance", "all"), "verdict"] == "does not work"


def test_as_real_counts_the_distance_either_way(real):
    # Subjects who are alike, so that both halves have one value; blur takes it down, noise up.
    images, subject = real[0], np.random.default_rng(1).permutation(real[1])
    chosen = {name: CORRUPTIONS[name] for name in ("blur", "noise")}
    rungs = climb(images, subject, evaluate, BETTER, 5, Cost(3, 32, (0, 0.5, 1)), corruptions=chosen).query("measure == 'noisiness'")
    change = rungs.groupby(["corruption", "severity"])["value"].mean().unstack("corruption")
    assert change["blur"].is_monotonic_decreasing and change["noise"].is_monotonic_increasing
    assert [row["verdict"] for row in verdicts.verdicts(rungs, {"noisiness": ("blur", "noise")})] == ["works"] * 3


def test_the_observer_sees_what_the_eye_sees_and_no_copies(rungs, rows):
    seen = rungs.groupby(["corruption", "severity"])["observer"].mean()
    for name in ("blur", "noise", "sharpened", "checkerboard"):
        assert seen[name, 1] > 0.95, name
        assert 0.25 < seen[name, 0] < 0.75
    assert seen["copies", 1] < 0.65
    assert rows.loc[("sharpness", "blur"), "tau_observer"] > 0.5
    assert rows.loc[("sharpness", "noise"), "tau_observer"] < -0.5


def test_a_ladder_is_the_same_each_time(real, rungs):
    again = climb(*real, evaluate, BETTER, 5, SMALL, corruptions={"noise": CORRUPTIONS["noise"]})
    assert np.array_equal(again["value"], rungs[rungs["corruption"] == "noise"]["value"])


def test_halves_share_no_subject_and_are_as_many(real):
    seen = []

    def remember(reference, examined, subject, rng):
        seen.append((reference, examined, subject))
        return {("m", "images"): 0.0}

    images, subject = real
    of = {bytes(image): name for image, name in zip(images, subject, strict=True)}
    assert len(of) == len(images)
    climb(images, subject, remember, {"m": "low"}, 1, Cost(2, 10), corruptions={"blur": CORRUPTIONS["blur"]})
    # Of each division: the halves the other way round, both kinds of clean ones, and the rungs above.
    assert len(seen) == 2 * (2 + len(SEVERITIES))
    for reference, examined, known in seen[:2]:
        assert len(reference) == len(examined) == 10
        assert [of[bytes(image)] for image in (*reference, *examined)] == known.tolist()
        assert not set(known[:10]) & set(known[10:])


def test_the_interval_is_of_one_further_division():
    # t of 2 degrees of freedom is 4.303; the standard deviation of these is 0.2.
    mean, low, high = verdicts.interval(np.array([0.2, 0.4, 0.6]) - 0.4)
    half = 4.30265 * 0.2 * (4 / 3) ** 0.5
    assert mean == pytest.approx(0) and low == pytest.approx(-half, abs=1e-4) and high == pytest.approx(half, abs=1e-4)


@pytest.mark.parametrize(
    "low, high, meant, expected",
    [
        (0.61, 1, True, "works"),
        (0.6, 1, True, "weak"),
        (0, 1, True, "does not work"),
        (np.nan, np.nan, True, "does not work"),
        (-1, -0.1, False, "rewards it"),
        (0.9, 1, False, "not meant for it"),
    ],
)
def test_the_rule(low, high, meant, expected):
    assert verdicts.verdict(low, high, meant) == expected


def test_a_value_that_is_missing_on_a_rung_is_no_tau(real):
    def half(reference, examined, subject, rng):
        return {("m", "images"): np.nan if fine(examined) < 0.5 * fine(reference) else fine(examined)}

    rungs = climb(*real, half, {"m": "high"}, 1, SMALL, corruptions={"blur": CORRUPTIONS["blur"]})
    row = verdicts.verdicts(rungs, {"m": ("blur",)})[-1]
    assert np.isnan(row["tau"]) and np.isnan(row["p_value"]) and row["verdict"] == "does not work"


def test_what_cannot_be_done_is_said(real):
    images, subject = real
    with pytest.raises(InputError, match="3 subjects"):
        climb(images[:12], subject[:12], evaluate, BETTER, 0)
    with pytest.raises(InputError, match="'deaf' better unsaid"):
        climb(images, subject, evaluate, {"sharpness": "high", "variety": "high"}, 0, SMALL)
    for settings in ({"repeats": 1}, {"severities": (0, 1)}, {"severities": (0.1, 0.5, 1)}, {"severities": (0, 1, 0.5)}):
        with pytest.raises(InputError, match="corruption ladders"):
            Cost(**settings)
    rungs = climb(images, subject, evaluate, BETTER, 0, Cost(2, 8, (0, 0.5, 1)), corruptions={"blur": CORRUPTIONS["blur"]})
    with pytest.raises(InputError, match="measure 'variety', meant for none of blur"):
        verdicts.verdicts(rungs, MEANT)


def test_every_measure_of_realism_has_a_purpose():
    from neuroturing.realism.measures import MEASURES

    assert set(MEASURES) <= set(verdicts.MEANT_FOR)
    # A copy is as real as can be: which measures reward it is to be known, and finding it is the copying room's.
    assert {name for names in verdicts.MEANT_FOR.values() for name in names} == set(CORRUPTIONS) - {"copies"}
