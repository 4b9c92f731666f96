"""Train one of our models in PyTorch, for so many seconds of this process' time; then make images.

    python benchmarks/peers/trained.py request.json images.npz created.npz

The request holds algorithm, recipe, mode (see `training_steps`), seconds, count and seed. images.npz holds `images`, uint8 (n, size, size);
created.npz will hold `images` alike, and `updates`.
"""

import json
import sys
import time

import numpy as np
import torch
import training_steps


class Fed:
    """A step whose real images are the next of a shuffled set at each look, and not the same each time."""

    images = None

    @property
    def real(self):
        """The next batch, float32 (batch, 1, size, size) in [-1, 1]."""
        chosen = torch.randint(len(self.images), (self.recipe["batch"],))
        return self.placed(self.images[chosen].float() / 127.5 - 1)

    @real.setter
    def real(self, _):
        pass


def main():
    """Train, create, save."""
    with open(sys.argv[1]) as stream:
        request = json.load(stream)
    torch.set_num_threads(1)
    torch.manual_seed(request["seed"])
    Fed.images = torch.from_numpy(np.load(sys.argv[2])["images"])[:, None]
    step = type("FedStep", (Fed, training_steps.STEPS[request["algorithm"]]), {})(request["recipe"], request["mode"])
    for _ in range(3):
        step.run()
    started, updates = time.process_time(), 3
    while time.process_time() - started < request["seconds"]:
        step.run()
        updates += 1
    step.generator.eval()
    step.recipe = step.recipe | {"batch": 50}
    with torch.no_grad():
        parts = [step.create().float() for _ in range(-(-request["count"] // 50))]
    created = torch.cat(parts)[: request["count"], 0].clamp(-1, 1).add(1).mul(127.5).round().to(torch.uint8).numpy()
    np.savez(sys.argv[3], images=created, updates=updates)


if __name__ == "__main__":
    main()
