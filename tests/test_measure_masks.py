"""Brain section, midline, mean counts and left/right ratio on made slices whose truth is known, and on a real template."""

from pathlib import Path

import numpy as np
import pytest
from spect_phantom import LEVELS, defect, dice, grey, plane, scan, true_ratio
from spect_phantom import perfusion as perfusion_slice

from neuroturing.errors import InputError
from neuroturing.imageset import ImageSet, make_labels
from neuroturing.io.volumes import read_volume
from neuroturing.measure import check_real, perfusion
from neuroturing.measure.masks import MAX_TILT_DEG, THRESHOLD, NoSectionError, brain_section, find_midline
from neuroturing.measure.perfusion import QUANTITIES, measure, measure_slice

REAL = Path(__file__).resolve().parents[2] / "shared/data/spect/spm-mean-of-90.nii"
# What the program of issue 7 measured on these pictures: mean, maximum, left over right, tilt, shift, area.
FROZEN = {
    ("CER", None): (157.585, 210.815, 0.999325, 0.0464115, 0.0241154, 717),
    ("CER", (0, 25, 40, 0.5)): (153.608, 208.155, 0.931494, -0.132598, 0.0291152, 705),
    ("CER", (200, 20, 45, 0.4)): (154.112, 202.935, 1.02363, -4.94792, 0.0234705, 703),
    ("BG", None): (132.45, 186.545, 1.00564, -0.208377, 0.0197171, 1449),
    ("BG", (0, 25, 40, 0.5)): (127.079, 185.698, 0.922961, 0.174587, -0.0177837, 1449),
    ("BG", (200, 20, 45, 0.4)): (130.519, 187.187, 1.06094, -4.80612, -0.0335337, 1445),
    ("COR", None): (127.244, 191.138, 0.998366, -0.255408, 0.0318021, 1198),
    ("COR", (0, 25, 40, 0.5)): (126.311, 196.584, 0.92824, 0.284568, 0.00761637, 1196),
    ("COR", (200, 20, 45, 0.4)): (135.548, 208.312, 1.05082, -4.77117, 0.00627823, 1193),
}
ONE_SIDED = {"middle": (0, 30, 40), "front": (65, 25, 35), "back": (-65, 25, 35)}


@pytest.mark.parametrize("size", [64, 128])
@pytest.mark.parametrize("where", [None, *ONE_SIDED])
@pytest.mark.parametrize("level", LEVELS)
def test_mask_is_the_brain_section_with_and_without_a_rim_defect(level, where, size):
    activity, brain = perfusion_slice(level)
    if where:
        activity = activity * defect(*ONE_SIDED[where], 0.85)
    picture, truth = scan(activity, brain, size)
    assert dice(brain_section(picture).mask, truth) > 0.95


@pytest.mark.parametrize("level", ["BG", "COR"])
def test_two_sided_rim_defect_stays_in_the_mask(level):
    activity, brain = perfusion_slice(level)
    picture, truth = scan(activity * defect(10, 20, 45, 0.7) * defect(170, 20, 45, 0.7), brain)
    mask = brain_section(picture).mask
    assert dice(mask, truth) > 0.95
    bitten = picture > 0.45 * picture.max()
    assert np.sum(truth & mask & ~bitten) > 40


@pytest.mark.parametrize("where", [None, *ONE_SIDED])
@pytest.mark.parametrize("level", LEVELS)
def test_tilt_and_shift_are_found_despite_a_defect(level, where):
    activity, brain = perfusion_slice(level, 7.0)
    if where:
        activity = activity * defect(*ONE_SIDED[where], 0.8, tilt_deg=7.0)
    picture, _ = scan(activity, brain)
    moved = np.roll(picture, 3, axis=1)
    midline = brain_section(moved).midline
    # The axis of the turn is the middle of the picture, so a shift along the columns moves the line by its share along the normal.
    assert midline.tilt_deg == pytest.approx(-7, abs=1.0)
    assert midline.shift == pytest.approx(3 * np.cos(np.deg2rad(7)), abs=0.35)


def test_midline_of_an_outline_alone_ignores_a_bite():
    rows, columns = np.indices((64, 64))
    ellipse = ((rows - 32) / 26) ** 2 + ((columns - 34) / 20) ** 2 < 1
    bitten = ellipse & ~((columns > 44) & (np.abs(rows - 26) < 9))
    midline = find_midline(bitten, np.zeros(bitten.shape))
    assert midline.shift == pytest.approx(34 - 31.5, abs=0.3)
    assert midline.tilt_deg == pytest.approx(0, abs=1)


@pytest.mark.parametrize("level", LEVELS)
def test_five_degrees_of_tilt_hardly_move_the_ratio(level):
    for wedge in ((0, 25, 40, 0.5), (200, 20, 45, 0.4), None):
        ratios = []
        for tilt in (0.0, 5.0, -5.0):
            activity, brain = perfusion_slice(level, tilt)
            if wedge:
                activity = activity * defect(*wedge, tilt_deg=tilt)
            ratios.append(measure_slice(scan(activity, brain, counts=None)[0])["lr_ratio"])
        assert np.ptp(ratios) < 0.01


@pytest.mark.parametrize("level", LEVELS)
def test_ratio_recovers_an_imposed_asymmetry(level):
    rng = np.random.default_rng(4)
    activity, brain = perfusion_slice(level)
    truth, found = [], []
    for index in range(24):
        centre = rng.uniform(-60, 60) + (180 if index % 2 else 0)
        changed = activity * defect(centre, rng.uniform(10, 28), rng.uniform(25, 45), rng.uniform(0.1, 0.8))
        truth.append(true_ratio(changed, brain))
        found.append(measure_slice(scan(changed, brain, seed=index)[0])["lr_ratio"])
    slope = np.polyfit(truth, found, 1)[0]
    assert np.corrcoef(truth, found)[0, 1] > 0.95
    assert 0.9 < slope < 1.1


def test_left_is_on_the_right_of_the_picture():
    activity, brain = perfusion_slice("BG")
    picture, _ = scan(activity * defect(0, 30, 40, 0.6), brain)
    ratio = measure_slice(picture)["lr_ratio"]
    assert ratio < 0.95
    assert measure_slice(picture[:, ::-1])["lr_ratio"] == pytest.approx(1 / ratio, abs=0.01)


def test_one_hot_pixel_moves_neither_quantity():
    picture, _ = scan(*perfusion_slice("COR"))
    hot = picture.copy()
    hot[30, 20] = 3 * picture.max()
    before, after = measure_slice(picture), measure_slice(hot)
    assert after["lr_ratio"] == pytest.approx(before["lr_ratio"], abs=0.02)
    assert after["grey_mean"] / after["grey_maximum"] == pytest.approx(before["grey_mean"] / before["grey_maximum"], rel=0.03)


def test_quantities_do_not_depend_on_the_scale_of_the_picture():
    picture, _ = scan(*perfusion_slice("BG"))
    once, often = measure_slice(picture), measure_slice(1000 * picture)
    assert often["lr_ratio"] == pytest.approx(once["lr_ratio"])
    assert often["grey_mean"] / often["grey_maximum"] == pytest.approx(once["grey_mean"] / once["grey_maximum"])


def test_ragged_background_and_islands_do_not_grow_the_mask():
    picture, truth = scan(*perfusion_slice("BG"))
    rng = np.random.default_rng(0)
    ragged = picture + 0.08 * rng.random(picture.shape) + 0.15 * rng.standard_normal(picture.shape) * truth
    ragged[2:6, 2:6] = 1
    assert dice(brain_section(ragged).mask, truth) > 0.95


def holed(value):
    picture = scan(*perfusion_slice("BG"))[0]
    picture[30, 30] = value
    return picture


@pytest.mark.parametrize(
    ("picture", "reason"),
    [
        (np.zeros((64, 64)), "every pixel is 0"),
        (np.full((64, 64), 7), "every pixel is 7"),
        (-np.eye(64), "no pixel above 0"),
        (np.random.default_rng(0).random((64, 64)), "% of the picture"),
        (np.eye(64)[30] * np.eye(64), "% of the picture"),
        (holed(np.nan), "not finite"),
        (holed(np.inf), "not finite"),
    ],
)
def test_picture_without_a_section_is_refused(picture, reason):
    with pytest.raises(NoSectionError, match=reason):
        measure_slice(picture)


def poor(name):
    """What an unfinished generator makes: noise over a section, a background that is not dark, a blob, half a head, a checkerboard."""
    picture = grey(scan(*perfusion_slice("COR"))[0]).astype(float)
    rows, columns = np.indices(picture.shape)
    made = {
        "noise": picture + np.random.default_rng(1).normal(0, 60, picture.shape),
        "grey background": 0.7 * picture + 75,
        "blob": 255 * np.exp(-((rows - 30) ** 2 + (columns - 25) ** 2) / 90),
        "half a head": picture * (columns < 30),
        "checkerboard": picture * (0.6 + 0.4 * ((rows + columns) % 2)),
        "at the border": np.roll(picture, 25, axis=1),
        "one bright row": 255.0 * (rows == 30),
    }
    return np.clip(made[name], 0, 255).astype(np.uint8)


@pytest.mark.parametrize("name", ["noise", "grey background", "blob", "half a head", "checkerboard", "at the border", "one bright row"])
def test_poor_created_picture_gives_numbers_or_a_reason(name):
    good = images([grey(scan(*perfusion_slice("COR"))[0])])
    row = measure(good, [images([poor(name)])], {}).iloc[1]
    numbers = row[["mean_counts", "lr_ratio", "tilt_deg", "shift_pixels", "mask_pixels"]].astype(float)
    if row["note"]:
        assert row["note"].startswith("excluded: ") and numbers.isna().all()
    else:
        assert np.isfinite(numbers).all() and numbers["lr_ratio"] > 0
    if name in ("noise", "grey background", "checkerboard"):
        assert numbers["lr_ratio"] == pytest.approx(1, abs=0.04)


@pytest.mark.parametrize("level", LEVELS)
def test_coarse_and_fine_pictures_agree(level):
    activity, brain = perfusion_slice(level)
    changed = activity * defect(0, 25, 40, 0.5)
    found = [measure_slice(scan(changed, brain, size, counts=None)[0]) for size in (64, 128)]
    assert found[0]["lr_ratio"] == pytest.approx(found[1]["lr_ratio"], abs=0.006)
    assert found[0]["mask_pixels"] == pytest.approx(found[1]["mask_pixels"] / 4, rel=0.03)


def images(pictures, **labels):
    """An image set of some pictures."""
    return ImageSet(np.stack(pictures), make_labels(len(pictures), **labels), path="made.npz")


@pytest.mark.parametrize(("level", "wedge"), FROZEN)
def test_numbers_are_those_of_before(level, wedge):
    tilt = 5.0 if wedge and wedge[0] == 200 else 0.0
    activity, brain = perfusion_slice(level, tilt)
    if wedge:
        activity = activity * defect(*wedge, tilt_deg=tilt)
    found = measure_slice(grey(scan(activity, brain, seed=3)[0]))
    assert list(found.values()) == pytest.approx(FROZEN[level, wedge], rel=1e-4, abs=1e-4)


def test_settings_reach_the_mask_and_default_to_its_constants():
    assert (perfusion.Options().threshold, perfusion.Options().max_tilt_deg) == (THRESHOLD, MAX_TILT_DEG)
    activity, brain = perfusion_slice("BG", 7.0)
    real = images([grey(scan(activity, brain)[0])])
    wide = measure(real, [], {}).iloc[0]
    narrow = measure(real, [], {"threshold": 0.6, "max_tilt_deg": 2}).iloc[0]
    assert narrow["mask_pixels"] < wide["mask_pixels"] and wide["tilt_deg"] == pytest.approx(-7, abs=1) and abs(narrow["tilt_deg"]) <= 2


def test_real_image_without_a_section_is_named_and_a_created_one_is_kept_as_excluded():
    good = grey(scan(*perfusion_slice("COR"))[0])
    both = images([good, np.zeros_like(good)], scan=["sub-1", "sub-2"], level="COR")
    with pytest.raises(InputError, match="made.npz, scan sub-2 at COR"):
        measure(both, [], {})
    with pytest.raises(InputError, match="sub-2 at COR"):
        check_real("perfusion", both, {})
    table = measure(both.take([0]), [images([good, np.zeros_like(good)])], {})
    assert list(table.columns) == [*QUANTITIES, "note"]
    assert list(table["note"] != "") == [False, False, True]
    assert table["note"][2] == "excluded: every pixel is 0"
    assert table.loc[2, list(QUANTITIES)].isna().all() and table.loc[:1, "lr_ratio"].notna().all()


def test_a_defect_on_the_other_side_than_the_table_says_is_warned_of(caplog):
    changed = {level: perfusion_slice(level)[0] * defect(0, 30, 40, 0.6) for level in ("CER", "BG")}
    pictures = {level: grey(scan(changed[level], perfusion_slice(level)[1])[0]) for level in changed}
    # Fewer counts on the right of the picture, the patient's left.
    check_real("perfusion", images([pictures["BG"]], scan="s", level="BG", side="left"), {})
    check_real("perfusion", images([pictures["CER"]], scan="s", level="CER", side="right"), {})
    check_real("perfusion", images([pictures["BG"]], scan="s", level="BG", side="both"), {})
    check_real("perfusion", images([pictures["BG"]], scan="s", level="BG"), {})
    assert not caplog.text
    check_real("perfusion", images([pictures["BG"]], scan="turned", level="BG", side="right"), {})
    assert "turned: side right in the cohort table" in caplog.text and "at BG" in caplog.text
    caplog.clear()
    check_real("perfusion", images([pictures["CER"]], scan="s", level="CER", side="right"), {"unsided_levels": []})
    assert "at CER" in caplog.text


def test_global_normalisation_keeps_counts_and_needs_one_scale():
    picture = scan(*perfusion_slice("COR"))[0]
    pictures = [np.round(picture / picture.max() * level).astype(np.uint8) for level in (120, 240)]
    created = [images(pictures)]
    same = images(pictures, counts_scale=[50.0, 50.0])
    table = measure(same, created, {"normalisation": "global"})
    assert table["mean_counts"][1] == pytest.approx(2 * table["mean_counts"][0], rel=0.02)
    assert list(table["mean_counts"][:2]) == pytest.approx(list(table["mean_counts"][2:]))
    # The reference is the median robust maximum, so the two lie at 2/3 and 4/3 of their relative counts.
    assert table["mean_counts"][0] == pytest.approx(2 / 3 * table["mean_counts_image_maximum"][0], rel=0.02)
    each = images(pictures, counts_scale=[100.0, 50.0])
    table = measure(each, created, {})
    assert table["mean_counts_global"].notna().tolist() == [True, True, False, False]
    assert table["mean_counts_global"][0] == pytest.approx(table["mean_counts_global"][1], rel=0.02)
    assert list(table["mean_counts"]) == list(table["mean_counts_image_maximum"])
    with pytest.raises(InputError, match="differ"):
        measure(each, created, {"normalisation": "global"})
    with pytest.raises(InputError, match="without counts"):
        measure(images(pictures), created, {"normalisation": "global"})


@pytest.mark.skipif(not REAL.exists(), reason="shared/data/spect is not there")
@pytest.mark.parametrize("tilt", [0.0, 8.0])
@pytest.mark.parametrize("z_mm", [-30, 5, 35])
def test_mean_of_ninety_normal_scans_is_symmetric(z_mm, tilt):
    picture = plane(read_volume(REAL), z_mm, 64, tilt)
    found = measure_slice(picture)
    assert 0.97 < found["lr_ratio"] < 1.03
    assert found["tilt_deg"] == pytest.approx(-tilt, abs=1.2)
    # The scalp, at a fifth of grey matter, is not brain: sections are 130 to 190 mm long and 110 to 150 mm wide.
    mask = brain_section(picture).mask
    assert 90**2 < mask.sum() * (240 / 64) ** 2 < 150**2
