"""Train lightweight-gan at its defaults for grey images, on the processor, for so many seconds of this process' time; then make images.

    python benchmarks/peers/lightweight.py images.npz seconds count seed created.npz

images.npz holds `images`, uint8 (n, size, size); created.npz will hold `images` alike, and `updates`. The package asks for a GPU as it is
imported and puts every tensor there: both are answered with the processor. Its settings are its command line's defaults.
"""

import os
import sys
import tempfile
import time
from pathlib import Path
from types import SimpleNamespace

os.environ["OMP_NUM_THREADS"] = "1"

import numpy as np
import torch
from PIL import Image

COMMAND_LINE = {
    "batch_size": 10,
    "gradient_accumulate_every": 4,
    "attn_res_layers": [32],
    "disc_output_size": 1,
    "aug_types": ["cutout", "translation"],
}


def on_the_processor():
    """The package's Trainer, with the processor in the place of a GPU."""
    here, torch.cuda.is_available = torch.cuda.is_available, lambda: True
    from lightweight_gan import lightweight_gan as package

    torch.cuda.is_available = here
    torch.Tensor.cuda = torch.nn.Module.cuda = lambda self, *_, **__: self
    package.torch = SimpleNamespace(**(vars(torch) | {"device": lambda *_: torch.device("cpu")}))
    return package.Trainer


def main():
    """Train, create, save."""
    given, seconds, count, seed, made = sys.argv[1:]
    torch.set_num_threads(1)
    torch.manual_seed(int(seed))
    images = np.load(given)["images"]
    with tempfile.TemporaryDirectory() as folder:
        for k, image in enumerate(images):
            Image.fromarray(image).save(Path(folder) / f"{k:06d}.png")
        options = {"base_dir": folder, "image_size": images.shape[1], "greyscale": True, "num_workers": 0, "use_aim": False}
        trainer = on_the_processor()("peer", **COMMAND_LINE, **options)
        trainer.set_data_src(folder)
        trainer.train()
        started = time.process_time()
        while time.process_time() - started < float(seconds):
            trainer.train()
        trainer.GAN.eval()
        with torch.no_grad():
            parts = [trainer.GAN.G(torch.randn(50, trainer.latent_dim)) for _ in range(-(-int(count) // 50))]
    created = torch.cat(parts)[: int(count), 0].clamp(0, 1).mul(255).round().to(torch.uint8).numpy()
    np.savez(made, images=created, updates=trainer.steps)


if __name__ == "__main__":
    main()
