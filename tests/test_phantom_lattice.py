"""What makes simulated scans quick changes nothing that can be seen: interpolation, chunks, and what is left out as far away."""

import numpy as np
import pytest

from neuroturing.geometry.template import template
from phantom import PHANTOMS, anatomy, brain, head, lesions
from phantom.fields import generator_for, near_voxels, voxel_positions
from phantom.lattice import Lattice, head_chunks, interpolated
from phantom.plan import plan_cohort
from phantom.template import load_template

SEED = 5


@pytest.fixture(scope="module")
def person():
    return anatomy.draw_anatomy(SEED, "a", 80, "M", "acute")


def points(count=20_000, low=(-75, -110, -70), high=(75, 75, 85)):
    return np.random.default_rng(0).uniform(low, high, (count, 3)).T.astype(np.float32)


def test_interpolation_along_an_axis_is_numpys():
    values = np.random.default_rng(0).random((2, 5, 3)).astype(np.float32)
    for places in (np.arange(13) / 3, np.arange(5.0), np.linspace(0, 4, 7), np.zeros(1)):
        expected = [[np.interp(places, np.arange(5), values[i, :, k]) for k in range(3)] for i in range(2)]
        np.testing.assert_allclose(interpolated(values, 1, places), np.moveaxis(expected, 1, 2), atol=1e-6)


@pytest.mark.parametrize("voxel", [0.94, 1.5, 4.0])
def test_lattice_agrees_with_the_fields_at_every_voxel(person, voxel):
    """Within a tenth of a millimetre, and exactly where voxels are as coarse as the lattice."""
    shape = (29, 31, 17)
    affine = np.diag([voxel, -voxel, voxel, 1.0])
    affine[:3, 3] = -10, 30, -5
    expected = person._smooth_fields(voxel_positions(affine, shape, np.arange(np.prod(shape))))
    lattice = Lattice(affine, shape, person._smooth_fields)
    found = np.concatenate([lattice.slices(first, min(first + 10, 29)) for first in (0, 10, 20)], axis=1).reshape(6, -1)
    assert np.abs(found - expected).mean() < (1e-5 if voxel == 4 else 0.05)
    assert np.abs(found[:3] - expected[:3]).max() < (1e-3 if voxel == 4 else 0.5)


def test_chunks_hold_every_voxel_once():
    index = np.flatnonzero(np.random.default_rng(0).random((40, 60, 50)) < 0.9)
    index = index[(index // 3000 < 5) | (index // 3000 > 9)]
    chunks = head_chunks(index, (40, 60, 50))
    np.testing.assert_array_equal(np.concatenate([index[part] for _, _, part in chunks]), index)
    for first, last, part in chunks:
        assert first <= index[part][0] // 3000 and index[part][-1] // 3000 < last


def test_near_voxels_miss_nothing():
    affine = np.diag([2.0, 2, 2, 1])
    shape = (30, 31, 33)
    ball = (np.linalg.norm(voxel_positions(affine, shape, np.arange(np.prod(shape))) - 30, axis=0) < 12).reshape(shape)
    near = near_voxels(affine, shape, lambda places, reach: np.linalg.norm(places - 30, axis=0) < 12 + reach)
    assert near[ball].all() and near.mean() < 0.6


def test_far_solids_of_the_head_are_left_out_and_none_is_cut(person):
    places = points(low=(-95, -115, -150), high=(95, 110, 4))
    depth = load_template().depth.at(places)
    noise = tuple(person.noises[name].at(places) for name in ("skull", "meninges", "fine"))
    both = head.paired(places)
    for parts, box in ((head._cord, head.CORD_BOX), (head._eyes, head.EYES_BOX), (head._air, head.AIR_BOX)):
        outside = np.ones(places.shape[1], bool)
        outside[head.within(both, *box)] = False
        assert outside.mean() > 0.1
        assert max(float(share[outside].max()) for _, share in parts(places, both, noise[2])) == 0
    left = np.ones(places.shape[1], np.float32)
    for _, rows, share in head.layers(places, depth, head.outline(places, depth, noise[0]), noise):
        left[rows] -= left[rows] * share
    assert left.min() >= -1e-5


def test_infarct_is_the_same_where_only_its_surroundings_are_looked_at(person):
    for number in range(6):
        lesion = lesions.draw_lesion(generator_for(SEED, number))
        places = points()
        distance = lesion.distance(places)
        assert set(np.flatnonzero(distance < 1)) <= set(lesion.near(places)) and len(lesion.near(places)) < 0.5 * places.shape[1]


@pytest.mark.parametrize("phase", ["acute", "chronic"])
def test_an_infarct_takes_from_the_brain_what_it_adds(person, phase):
    places = points()
    depth = load_template().depth.at(places)
    parts = brain.brain_shares(places, depth, person.noises, person.age)
    whole = {tissue: part.copy() for tissue, part in parts.items()}
    infarct = lesions.apply_lesion(person.lesion, phase, places, depth, parts)
    np.testing.assert_allclose(sum(parts.values()), sum(whole.values()), atol=1e-5)
    assert infarct.max() > 0.5
    untouched = infarct == 0
    for tissue, part in whole.items():
        np.testing.assert_array_equal(parts[tissue][untouched], part[untouched])


def test_variation_that_is_known_already_is_not_read_again(person):
    places = points(2000)
    depth = load_template().depth.at(places)
    args = places, depth, person.noises, person.age
    known = brain.brain_shares(*args, brain.read_variation(places, person.noises))
    for tissue, part in brain.brain_shares(*args).items():
        np.testing.assert_array_equal(part, known[tissue])


def test_fields_of_the_brain_go_on_as_they_end():
    """Outside the box that is kept of the maps there is no brain: the odds are those of fluid."""
    fields = load_template()
    far = np.array([(-95, 0, 0), (95, -30, 20), (0, -130, 0), (0, 95, 40), (0, 0, 110)], np.float32).T
    np.testing.assert_allclose(fields.csf_odds.at(far), np.log(101), rtol=1e-4)
    np.testing.assert_allclose(fields.white_odds.at(far), 0, atol=1e-5)
    t1 = template("t1")
    place = np.array([(31.0, -17.0, 40.0)], np.float32).T  # in the cortex, where nothing is sharpened
    voxel = np.linalg.inv(t1.affine)[:3] @ [*place[:, 0], 1]
    assert fields.t1.at(place)[0] == pytest.approx(t1.data[tuple(np.rint(voxel).astype(int))], abs=0.15)


def test_defaults_are_the_acquisition_of_the_papers():
    heads = PHANTOMS.options("t1")(healthy=30, patients=33).model_dump()
    assert heads["shape"] == [256, 256, 124] and heads["voxel_mm"] == [0.94, 0.94, 1.5]
    assert len(plan_cohort("t1", heads, SEED)) == 96
    assert PHANTOMS.options("glioma")(patients=220).shape == [240, 240, 155]
    scans = PHANTOMS.options("spect")(normal=1, unilateral=1, bilateral=1).model_dump()
    assert plan_cohort("spect", scans | {"heights_mm": {"low": -40, "top": 60}}, SEED)[2]["levels"] == ["top"]
