"""Model observers: the Hotelling observer reaches what theory allows, no observer learns from its quiz, and its rows are a model's."""

import logging

import numpy as np
import pandas as pd
import pytest
from scipy.ndimage import gaussian_filter
from scipy.stats import norm

from judgements import main as judgements_main
from neuroturing.errors import InputError
from neuroturing.imageset import ImageSet, blackened, make_labels, write_imageset
from neuroturing.io.files import write_table
from neuroturing.read import tables
from neuroturing.read.design import draw_quiz
from neuroturing.read.judgements import COLUMNS, as_judgements, read_judgements
from neuroturing.read.observers import OBSERVERS, hotelling, nearest
from neuroturing.read.observers.sitting import sit
from neuroturing.read.rating import delong
from observe import main as observe_main

SIZE = 32
BLOCKS = [{"dataset": "brain", "recipe": "gan", "real": 20, "created": 20}]


def textured(count, seed, width, level=110):
    """Smooth noise pictures: the wider, the smoother."""
    noise = np.random.default_rng(seed).normal(size=(count, SIZE, SIZE))
    smooth = np.array([gaussian_filter(image, width, mode="wrap") for image in noise])
    return blackened(np.clip(level + 40 * smooth / smooth.std(), 0, 255).astype(np.uint8))


def pools(real, created, subjects=8):
    names = [f"subject{k % subjects}" for k in range(len(real))]
    groups = [("healthy", "patient")[k % subjects % 2] for k in range(len(real))]
    labels = make_labels(len(real), subject=names, scan=names, group=groups, source="real", dataset="brain")
    return [(ImageSet(real, labels, path="real"), ImageSet(created, make_labels(len(created), source="gan"), path="created"))]


@pytest.mark.parametrize("each", [1, 2, 3])
def test_hotelling_observer_decides_with_hardly_any_images(each):
    """One or two images of a kind have a singular covariance, however it is shrunk."""
    rng = np.random.default_rng(8)
    is_real = np.arange(2 * each) < each
    seen = rng.normal(size=(2 * each, 30)) + 3 * is_real[:, None]
    decided = hotelling.fit(seen, is_real)(seen)
    assert np.isfinite(decided).all() and decided[is_real].min() > decided[~is_real].max()


@pytest.fixture(scope="module")
def rough():
    """Real pictures and rougher created ones."""
    return pools(textured(160, 1, 2), textured(160, 2, 1.7))


@pytest.mark.parametrize("correlation", [0, 2], ids=["white", "correlated"])
def test_hotelling_observer_reaches_the_analytic_area(correlation):
    """A known signal in Gaussian noise: A = Phi(d / sqrt 2), d^2 = s' U (U' K U)^-1 U' s, K being the noise's covariance."""
    rng, size, width = np.random.default_rng(3), (24, 24), 8.0
    across = np.arange(24) - 11.5
    signal = np.exp(-np.pi * (across**2 + across[:, None] ** 2) / width**2)

    def noise(count):
        white = rng.normal(size=(count, *size))
        return white if not correlation else np.array([gaussian_filter(image, correlation, mode="wrap") for image in white])

    options = {"channels": "laguerre_gauss", "functions": 4, "width": width / 24}
    channels = hotelling.laguerre_gauss(size, 4, width).reshape(4, -1)
    kernel = np.zeros(size)
    kernel[0, 0] = 1
    power = np.abs(np.fft.fft2(gaussian_filter(kernel, correlation, mode="wrap") if correlation else kernel)) ** 2
    seen = np.fft.ifft2(np.fft.fft2(channels.reshape(4, *size)) * power).real.reshape(4, -1)
    unit = channels @ signal.ravel()
    strength = 1.5 / np.sqrt(unit @ np.linalg.solve(channels @ seen.T, unit))  # so that d is 1.5
    analytic = norm.cdf(1.5 / np.sqrt(2))
    is_real = np.arange(1200) < 600
    learnt, judged = (noise(1200) + strength * signal * is_real[:, None, None] for _ in range(2))
    decide = hotelling.fit(hotelling.outputs(learnt, options), is_real)
    values = decide(hotelling.outputs(judged, options))
    area, error = delong(values[is_real], values[~is_real])
    assert abs(area - analytic) < 1.96 * error
    # Worse, where the correlation of the noise is left out of account.
    matched = judged.reshape(1200, -1) @ signal.ravel()
    if correlation:
        assert area > delong(matched[is_real], matched[~is_real])[0]


def test_laguerre_gauss_channels_are_orthonormal():
    channels = hotelling.laguerre_gauss((64, 64), 5, 16).reshape(5, -1)
    assert np.allclose(channels @ channels.T, np.eye(5), atol=2e-3)


def test_gabor_channels_hear_their_band_and_direction_alone():
    wave = np.cos(2 * np.pi * 0.1875 * np.arange(64))  # the middle of 1/8 to 1/4 cycles a pixel
    images = np.array([np.tile(wave, (64, 1)), np.tile(wave[:, None], 64)]) * 100 + 120
    energies = hotelling.outputs(images, {"grid": 1, "bands": 3, "directions": 2})[:, 1:].reshape(2, 3, 2)
    assert energies[0].argmax() == 2 and energies[1].argmax() == 3  # second band: along x, along y
    turned = hotelling.outputs(np.roll(images, 5, axis=(1, 2)), {"grid": 1, "bands": 3, "directions": 2})
    assert np.allclose(turned[:, 1:].reshape(2, 3, 2), energies, atol=1e-3)


@pytest.mark.parametrize("observer", OBSERVERS)
def test_an_observer_tells_what_differs_and_nothing_else(observer, rough):
    settings, least = ({"grid": 2, "directions": 2}, 0.85) if observer == "cho" else ({}, 0.4)
    judged = sit(observer, observer, settings, rough, BLOCKS, 4, 5)
    assert len(judged) == 40 and (judged["answer"] == judged["truth"]).mean() > least
    assert set(judged["confidence"]) <= {1, 2, 3, 4, 5} and set(judged["kind"]) == {"model"}
    assert judged["decision"].gt(0).eq(judged["answer"] == "real").all()
    alike = pools(textured(160, 1, 2), textured(160, 2, 2))
    tables = [sit(observer, observer, settings, alike, BLOCKS, 0, seed) for seed in range(4)]
    assert 0.35 < np.mean([(table["answer"] == table["truth"]).mean() for table in tables]) < 0.65  # of 160 images


def test_nearest_neighbour_calls_a_copy_created():
    real, created = textured(40, 1, 2), textured(40, 2, 2)
    seen = nearest.outputs(np.concatenate([real, created]), {})
    decide = nearest.fit(seen, np.arange(80) < 40, {}, np.random.default_rng(0))
    assert (decide(seen[:40]) > 0).all() and (decide(seen[40:]) < 0).all()


def test_no_observer_learns_from_its_quiz(rough, monkeypatch):
    told = []
    monkeypatch.setattr(
        "neuroturing.read.observers.sitting.outputs",
        lambda name, images, settings: told.append(images) or hotelling.outputs(images, settings),
    )
    judged = sit("cho", "cho", {}, rough, BLOCKS, 4, 5)
    lessons, quiz = ({image.tobytes() for image in images} for images in told)
    assert len(quiz) == 40 and not lessons & quiz
    subject = {image.tobytes(): name for image, name in zip(rough[0][0].images, rough[0][0]["subject"], strict=True)}
    people = [{subject[image] for image in images if image in subject} for images in (lessons, quiz)]
    assert len(people[0]) == len(people[1]) == 4 and not people[0] & people[1]
    assert judged["learnt"].iloc[0].startswith("learnt from 80 real images of 4 other subjects and 138")


def test_too_few_subjects_are_said_and_too_few_images_left_out(tmp_path, rough, caplog):
    real, created = rough[0]
    one = [(real.where(subject="subject1"), created)]
    small = [{"dataset": "brain", "recipe": "gan", "real": 8, "created": 8}]
    assert "subjects, those of the quiz among them" in sit("cho", "cho", {}, one, small, 0, 5)["learnt"].iloc[0]
    with caplog.at_level(logging.WARNING):
        none = sit("cho", "cho", {}, one, [small[0] | {"real": 15}], 0, 5)
    assert "cho does not judge gan on brain" in caplog.text
    write_table(tmp_path / "none.tsv", as_judgements(none, "study"))
    assert len(read_judgements(tmp_path / "none.tsv")) == 0


def test_rows_reach_the_table_as_a_models(tmp_path, rough):
    write_imageset(tmp_path / "real.npz", rough[0][0])
    write_imageset(tmp_path / "created.npz", rough[0][1])
    for name in ("first", "again"):
        observe_main(
            [tmp_path / "real.npz"], [tmp_path / "created.npz"], tmp_path / f"{name}.tsv", "study", "cho", "cho", {"grid": 2}, BLOCKS, 0, 7
        )
    assert (tmp_path / "first.tsv").read_bytes() == (tmp_path / "again.tsv").read_bytes()
    out = tmp_path / "judgements.tsv"
    write_table(tmp_path / "anna.tsv", draw_quiz("anna", rough, BLOCKS, 0, 7))
    judgements_main([tmp_path / "anna.tsv"], [], out, "study", tmp_path / "none", [tmp_path / "first.tsv"])
    judged = read_judgements(out)
    assert list(judged.columns) == [*COLUMNS, "decision", "learnt"] and set(judged["kind"]) == {"model"} and judged["ms"].isna().all()
    spec = {"rows": "reader", "columns": []}
    (record,) = tables.judged_records(judged, spec, {"brain": "Brain"}, {"gan": "GAN"})
    assert (record["reader"], record["kind"], record["n_real"], record["n_created"]) == ("cho", "model", 20, 20)
    assert "learnt from" in record["note"]
    write_table(tmp_path / "forged.tsv", pd.read_csv(tmp_path / "first.tsv", sep="\t", dtype=str).fillna("").assign(kind="human"))
    with pytest.raises(InputError, match="of kind model alone"):
        judgements_main([tmp_path / "anna.tsv"], [], out, "study", tmp_path / "none", [tmp_path / "forged.tsv"])
