"""A further generator is one file and one line: it is trained, killed, resumed and sampled by the scripts that are there."""

import json
import shutil
import subprocess
import sys

import numpy as np
import pytest
from gan_training import ENVIRONMENT, SCRIPTS, assert_survives_kills
from image_sets import blocks, image_set
from PIL import Image

from neuroturing.imageset import read_imageset

TOY = '''
"""Images around the mean one: a network that learns it, and nothing else."""

import keras
import tensorflow as tf

from ...config.types import Field, RecipeOptions
from ..base import GAN
from ..noise import draw_noise


class Options(RecipeOptions):
    """The mean image, and noise about it."""

    SIZES = (24,)

    learning_rate: float = Field(gt=0, le=1, description="step size")


class Toy(GAN):
    """A toy in training."""

    @staticmethod
    def build_generator(recipe, dtype, portable=False):
        """One dense layer."""
        size = recipe["size"]
        noise = keras.Input((recipe["latent"],))
        values = keras.layers.Dense(size * size, activation="tanh")(noise)
        return keras.Model(noise, keras.layers.Reshape((size, size, 1))(values))

    def __init__(self, recipe, dtype, seed):
        super().__init__(recipe, dtype, seed)
        self.generator = self.build_generator(recipe, dtype)
        self.optimiser = keras.optimizers.SGD(recipe["learning_rate"])
        self.optimiser.build(self.generator.trainable_variables)

    def variables(self):
        """Weights and the optimiser's."""
        return [*self.generator.variables, *self.optimiser.variables]

    def train_step(self, next_batch, step):
        """One update towards a batch."""
        real, noise = next_batch(), draw_noise(self.recipe, self.recipe["batch"], self.seed, step)
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(tf.reduce_sum((self.generator(noise, training=True) - real) ** 2, [1, 2, 3]))
        self._apply(self.optimiser, tape, loss, self.generator)
        return {"generator_loss": loss}
'''
RECIPE = {"algorithm": "toy", "latent": 3, "latent_distribution": "normal", "batch": 8, "steps": 40, "precision": "float32"}
RECIPE |= {"learning_rate": 0.1, "label": "Toy"}
CALL = """
import json, sys
sys.path.insert(0, {scripts!r})
from neuroturing.gan.algorithms import ALGORITHMS
options = ALGORITHMS.options("toy")
assert "tensorflow" not in sys.modules, "keys are read without importing a framework"
import sample_gan
from neuroturing.provenance import closure
recipe = json.loads({recipe!r})
options(**{{key: value for key, value in recipe.items() if key != "algorithm"}}).check_size(24, recipe)
labels = {{"dataset": "d", "source": "toy", "group": "g"}}
files = {out!r} + "/whole/generator.keras", {out!r} + "/made.npz"
sample_gan.main(*files, recipe, "as_real", 1, labels, cut={images!r}, where={{"group": "g"}})
import figure
label = {{"label": "Toy", "kind": "Toy", "where": {{}}}}
figure.main([{out!r} + "/made.npz"], [], {out!r} + "/figure.png", "montage", {{"groups": "toy", "columns": 4, "rows": 2}}, [label], 1)
files = [path.name for path in closure({scripts!r} + "/train_gan.py", algorithms="toy")[0]]
assert "toy.py" in files and "fastgan.py" not in files
"""


@pytest.fixture
def scripts(tmp_path):
    """A copy of the scripts with a file more, and a line more in the registry."""
    folder = shutil.copytree(SCRIPTS, tmp_path / "scripts", ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "neuroturing/gan/algorithms/toy.py").write_text(TOY)
    registry = folder / "neuroturing/gan/algorithms/__init__.py"
    text = registry.read_text()
    assert text.count("dcgan=") == 1
    registry.write_text(text.replace("dcgan=", 'toy="toy:Toy", dcgan='))
    return folder


def test_a_sixth_generator_is_one_file_and_one_line(tmp_path, scripts):
    sides = ["train"] * 16 + ["held_out"] * 4 + ["train"] * 10
    images = image_set(tmp_path / "set.npz", blocks(30, 24), group=["g"] * 20 + ["h"] * 10, split=sides)
    options = {"where": {"group": "g"}, "scripts": scripts}
    assert_survives_kills(tmp_path, images, RECIPE, kills=2, **options)
    program = CALL.format(scripts=str(scripts), recipe=json.dumps(RECIPE), out=str(tmp_path), images=str(images))
    run = subprocess.run([sys.executable, "-c", program], env=ENVIRONMENT, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    made = read_imageset(tmp_path / "made.npz")
    assert made.images.shape == (20, 24, 24), "as many as the data set has on either side"
    assert made.describe(7) == dict.fromkeys(made.labels, "") | {"image": "d_toy_00007", "dataset": "d", "source": "toy", "group": "g"}
    assert made.seed == 1
    with Image.open(tmp_path / "figure.png") as figure:
        assert min(figure.size) > 24
    mean = read_imageset(images).images[:16].mean(0)
    assert np.corrcoef(made.images.mean(0).ravel(), mean.ravel())[0, 1] > 0.9
    assert np.abs(made.images.mean(0) - mean).mean() < 30
