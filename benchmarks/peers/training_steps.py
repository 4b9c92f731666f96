"""Training steps in PyTorch, timed for `benchmarks/training_step.py`, which starts this program with a Python that has torch.

    python benchmarks/peers/training_steps.py [threads]

Reads requests from standard input, one JSON mapping a line, and answers each with one. {"matmul": n} asks for the time of one product of
n x n matrices of bfloat16; {"algorithm", "recipe", "mode", "seconds"} for the seconds of each step that fits in so many seconds, at least
one. A mode is "default", the step of the algorithm's public program as it stands, in float32; or words of float32, bfloat16 (autocast),
channels_last and compile, where in addition the optimisers are fused and the generator's update computes no gradient of the discriminator's
weights.
"""

import contextlib
import json
import sys
import time

import networks
import torch
from torch.nn import functional

CLOCKS = {True: time.process_time, False: time.perf_counter}


class Step:
    """What the steps share: networks and optimisers of a mode."""

    def __init__(self, recipe, mode):
        self.recipe, self.words, self.lean = recipe, mode.split(), mode != "default"
        self.real = self.placed(2 * torch.rand(recipe["batch"], 1, recipe["size"], recipe["size"]) - 1)

    def placed(self, thing):
        """A network or images in the layout of the mode."""
        return thing.to(memory_format=torch.channels_last) if "channels_last" in self.words else thing

    def network(self, module):
        module = self.placed(module.train())
        return torch.compile(module) if "compile" in self.words else module

    def adam(self, *modules):
        betas = self.recipe["beta_1"], self.recipe["beta_2"]
        numbers = {"lr": self.recipe["learning_rate"], "betas": betas, "eps": self.recipe["epsilon"], "fused": self.lean or None}
        return torch.optim.Adam([weight for module in modules for weight in module.parameters()], **numbers)

    def noise(self):
        shape = self.recipe["batch"], self.recipe["latent"]
        return 2 * torch.rand(shape) - 1 if self.recipe["latent_distribution"] == "uniform" else torch.randn(shape)

    def precision(self):
        """Autocast where the mode has it."""
        return torch.autocast("cpu", torch.bfloat16) if "bfloat16" in self.words else contextlib.nullcontext()

    @contextlib.contextmanager
    def held(self, *modules):
        """No gradient of the weights of these, where the mode spares it."""
        weights = [weight for module in modules for weight in module.parameters()] if self.lean else []
        for weight in weights:
            weight.requires_grad_(False)
        yield
        for weight in weights:
            weight.requires_grad_(True)


class DCGAN(Step):
    """Cross-entropy and Adam."""

    build = networks.dcgan_generator, networks.dcgan_discriminator

    def __init__(self, recipe, mode):
        super().__init__(recipe, mode)
        self.generator, self.discriminator = (self.network(build(recipe)) for build in self.build)
        self.optimisers = self.optimisers_of(self.generator, self.discriminator)

    def optimisers_of(self, *modules):
        return [self.adam(module) for module in modules]

    def loss(self, images, label):
        with self.precision():
            logits = self.discriminator(images)
        return functional.binary_cross_entropy_with_logits(logits.float(), torch.full_like(logits, label, dtype=torch.float32))

    def create(self):
        with self.precision():
            return self.generator(self.noise())

    def run(self):
        self.optimisers[1].zero_grad()
        on_real = self.loss(self.real, 1.0)
        on_real.backward()
        created = self.create()
        on_created = self.loss(created.detach(), 0.0)
        on_created.backward()
        self.optimisers[1].step()
        for again in range(self.recipe["generator_updates"]):
            created = self.create() if again else created
            self.optimisers[0].zero_grad()
            with self.held(self.discriminator):
                value = self.loss(created, 1.0)
                value.backward()
            self.optimisers[0].step()
        return on_real.item(), on_created.item(), value.item()


class DCGAN4x4(DCGAN):
    """The same with filters of 4 x 4."""

    build = networks.dcgan4x4_generator, networks.dcgan4x4_discriminator


class WGAN(DCGAN4x4):
    """Clipped weights and RMSprop, several updates of the critic."""

    def optimisers_of(self, *modules):
        numbers = {"lr": self.recipe["learning_rate"], "alpha": self.recipe["rho"], "eps": self.recipe["epsilon"]}
        return [torch.optim.RMSprop(module.parameters(), **numbers) for module in modules]

    def value(self, images):
        with self.precision():
            return self.discriminator(images).float().mean()

    def run(self):
        for _ in range(self.recipe["critic_updates"]):
            with torch.no_grad():
                for weight in self.discriminator.parameters():
                    weight.clamp_(-self.recipe["clip"], self.recipe["clip"])
                created = self.create()
            self.optimisers[1].zero_grad()
            loss = self.value(created) - self.value(self.real)
            loss.backward()
            self.optimisers[1].step()
        self.optimisers[0].zero_grad()
        with self.held(self.discriminator):
            value = -self.value(self.create())
            value.backward()
        self.optimisers[0].step()
        return loss.item(), value.item()


class BEGAN(DCGAN):
    """An autoencoder as discriminator; both losses backwards in turn, as the public program has it."""

    build = networks.began_generator, networks.began_autoencoder

    def __init__(self, recipe, mode):
        super().__init__(recipe, mode)
        self.k = 0.0

    def error(self, images):
        with self.precision():
            restored = self.discriminator(images)
        return (images - restored.float()).abs().mean()

    def run(self):
        created = self.create().float()
        self.optimisers[1].zero_grad()
        on_real, on_created = self.error(self.real), self.error(created.detach())
        (on_real - self.k * on_created).backward()
        self.optimisers[0].zero_grad()
        with self.held(self.discriminator):
            value = self.error(created)
            value.backward()
        for optimiser in self.optimisers:
            optimiser.step()
        self.k = min(max(self.k + self.recipe["lambda_k"] * (self.recipe["gamma"] * on_real.item() - value.item()), 0.0), 1.0)
        return on_real.item(), value.item()


class FastGAN(Step):
    """Hinge loss, reconstructions, and an average of the generator."""

    def __init__(self, recipe, mode):
        super().__init__(recipe, mode)
        plain = networks.FastDiscriminator(recipe)
        self.decoders = [self.network(networks.fast_decoder(recipe, channels)) for channels in plain.channels]
        self.generator, self.discriminator = self.network(networks.FastGenerator(recipe)), self.network(plain)
        self.average = [weight.detach().clone() for weight in self.generator.parameters()]
        self.optimisers = [self.adam(self.generator), self.adam(self.discriminator, *self.decoders)]

    def augmented(self, images):
        """Shifted by up to an eighth, each image by itself."""
        if "translation" not in self.recipe["augment"]:
            return images
        side = images.shape[-1]
        most, place = int(side / 8 + 0.5), torch.arange(side)
        rows, columns = (place + 1 + torch.randint(-most, most + 1, (len(images), 1)) for _ in range(2))
        padded = functional.pad(images[:, 0] - self.recipe["augment_fill"], [1] * 4)
        index = torch.arange(len(images))[:, None, None], rows.clamp(0, side + 1)[:, :, None], columns.clamp(0, side + 1)[:, None]
        return padded[index][:, None] + self.recipe["augment_fill"]

    def rebuilt(self, target, made):
        made = made.float()
        similar = networks.structural_similarity(target / 2 + 0.5, made / 2 + 0.5)
        weights = self.recipe["reconstruction_absolute"], self.recipe["reconstruction_structural"]
        return weights[0] * (target - made).abs().mean() + weights[1] * (1 - similar)

    def run(self):
        recipe, (low, high) = self.recipe, self.recipe["margin"]
        real = self.augmented(self.real)
        with self.precision():
            created = [self.augmented(images.float()) for images in self.generator(self.noise())]
        half = functional.avg_pool2d(real, 2)
        part = int(torch.randint(0, 4, ()))
        self.optimisers[1].zero_grad()
        with self.precision():
            logits, last, before, small = self.discriminator(real, half)
            features = last, networks.quadrant(before, part), small
            made = [decoder(values) for decoder, values in zip(self.decoders, features, strict=True)]
            told = self.discriminator(*(images.detach() for images in created))[0].float()
        logits = logits.float()
        hinge = functional.relu(low + (high - low) * torch.rand_like(logits) - logits).mean()
        hinge = hinge + functional.relu(low + (high - low) * torch.rand_like(told) + told).mean()
        losses = [self.rebuilt(target, image) for target, image in zip((half, networks.quadrant(real, part), half), made, strict=True)]
        (hinge + sum(losses)).backward()
        self.optimisers[1].step()
        self.optimisers[0].zero_grad()
        with self.held(self.discriminator):
            with self.precision():
                value = -self.discriminator(*created)[0].float().mean()
            value.backward()
        self.optimisers[0].step()
        with torch.no_grad():
            for slow, fast in zip(self.average, self.generator.parameters(), strict=True):
                slow.mul_(recipe["average"]).add_(fast, alpha=1 - recipe["average"])
        return hinge.item(), value.item()


STEPS = {"dcgan": DCGAN, "dcgan4x4": DCGAN4x4, "wgan": WGAN, "began": BEGAN, "fastgan": FastGAN}


def timed(function, seconds, clock):
    """Seconds of each call, as many as fit."""
    times = []
    while sum(times) < seconds or not times:
        began = clock()
        function()
        times.append(clock() - began)
    return times


def main():
    """Answer until standard input ends."""
    threads = int(sys.argv[1]) if len(sys.argv) > 1 else 1
    torch.set_num_threads(threads)
    torch.manual_seed(0)
    clock, known = CLOCKS[threads == 1], {}
    for line in sys.stdin:
        asked = json.loads(line)
        try:
            if "matmul" in asked:
                one, other = (torch.randn(asked["matmul"], asked["matmul"]).to(torch.bfloat16) for _ in range(2))
                times = timed(lambda one=one, other=other: one @ other, 1.0, clock)
            else:
                name = json.dumps([asked["algorithm"], asked["mode"], asked["recipe"]])
                if name not in known:
                    known[name] = STEPS[asked["algorithm"]](asked["recipe"], asked["mode"])
                    for _ in range(2):
                        known[name].run()
                times = timed(known[name].run, asked["seconds"], clock)
            answer = {"times": times, "version": torch.__version__}
        except Exception as error:  # a mode that torch cannot do must not end the others
            answer = {"error": f"{type(error).__name__}: {str(error).strip().splitlines()[:1]}"}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
