"""How long one update of each model takes, beside PyTorch with the same networks, optimiser, batch and number of updates.

    python benchmarks/training_step.py [--peers-python python] [--cases dcgan:64 dcgan:128 dcgan:64:demo wgan:64 began:64 fastgan:64]
        [--modes default "float32 channels_last" ...] [--rounds 5] [--seconds 4] [--threads 1] [--quick]

A case is a recipe, a size in pixels, and `demo` for the demo's numbers in the place of the published ones. Ours computes as
`precision: auto` has it: bfloat16 where the machine multiplies it, else float32. PyTorch runs in a process of its own with the Python that
is given (default: this one; without torch there, our lines alone are printed), in each mode once, and then its default and its quickest
mode turn about with ours: the machine's other work falls on all alike. "default" is the public program's step as it stands, in float32;
see `peers/training_steps.py` for the others. Each number is of the quickest round: with one thread of the processor's time, with more of
the clock's.

Prints a TSV: case, peer, ours, theirs, ratio, unit; images a second (batch over seconds of an update), one line against PyTorch's default
and one against its best mode, after a line for each mode that was tried. Then the share that our step reaches of the largest speed at which
either library multiplies two matrices of bfloat16 in this run; products of the step are counted in its graph.
"""

import argparse
import json
import math
import os
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "workflow" / "scripts"))
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

CASES = ["dcgan:64", "dcgan:128", "dcgan:64:demo", "wgan:64", "began:64", "fastgan:64"]
LAYOUTS = ("", " channels_last", " compile", " channels_last compile")
MODES = ["default", *(precision + rest for precision in ("float32", "bfloat16") for rest in LAYOUTS)]
MATRIX, WARM_UP, LATER = 2048, 3, 1001


def products(function, *arguments):
    """Floating-point operations of the convolutions and matrix products in the graph of a tf.function."""
    graph, total = function.get_concrete_function(*arguments).graph, 0
    for operation in graph.get_operations():
        if operation.type == "MatMul":
            depth = operation.inputs[0].shape[0 if operation.get_attr("transpose_a") else 1]
            total += 2 * operation.outputs[0].shape.num_elements() * depth
        elif operation.type.startswith("Conv2D"):
            # Each number of the smaller maps meets every number of the kernel but for the last axis.
            maps = operation.outputs[0] if operation.type == "Conv2D" else operation.inputs[2]
            kernel = operation.outputs[0] if operation.type == "Conv2DBackpropFilter" else operation.inputs[1]
            total += 2 * maps.shape.num_elements() * math.prod(kernel.shape[:3])
    return total


class Ours:
    """One of our models, and how long its updates take."""

    def __init__(self, name, size, grade, clock):
        import numpy as np
        import tensorflow as tf

        from neuroturing.config.merge import DEMO, PAPER, at_size, read_yaml
        from neuroturing.gan import recipes
        from neuroturing.gan.algorithms import ALGORITHMS

        content = at_size(read_yaml(ROOT / f"recipes/{name}.yaml"), DEMO if grade == "demo" else PAPER)
        content = {key: value for key, value in content.items() if value is not None}
        self.algorithm, self.clock, self.step = content.pop("algorithm"), clock, LATER
        self.recipe = ALGORITHMS.options(self.algorithm).model_validate(content).model_dump() | {"size": size}
        self.precision = recipes.resolve_precision("auto", None)
        self.gan = ALGORITHMS[self.algorithm](self.recipe, self.precision, 0)
        shape = (self.recipe["batch"], size, size, 1)
        self.real = tf.constant(np.random.default_rng(0).uniform(-1, 1, shape).astype(np.float32))
        self.times(0, WARM_UP)

    def times(self, seconds, least=1):
        """Seconds of each update, as many as fit."""
        taken = []
        while sum(taken) < seconds or len(taken) < least:
            began = self.clock()
            for value in self.gan.train_step(lambda: self.real, self.step).values():
                float(value)
            taken.append(self.clock() - began)
            self.step += 1
        return taken

    def operations(self):
        """Floating-point operations of an update."""
        import tensorflow as tf

        step = tf.constant(0, tf.int32)
        if self.algorithm == "wgan":
            critic = products(self.gan._update_critic, self.real, step, step)
            return self.recipe["critic_updates"] * critic + products(self.gan._update_generator, step)
        rate = [tf.constant(0.0)] if self.algorithm == "began" else []
        return products(self.gan._update, self.real, step, *rate)


class Peer:
    """PyTorch in a process of its own; without `version` where there is none."""

    def __init__(self, python, threads):
        environment = os.environ | {"OMP_NUM_THREADS": str(threads), "MKL_NUM_THREADS": str(threads)}
        command = [python, str(ROOT / "benchmarks" / "peers" / "training_steps.py"), str(threads)]
        known = subprocess.run([python, "-c", "import torch; print(torch.__version__)"], capture_output=True, text=True, check=False)
        self.version, self.process = known.stdout.strip(), None
        if not self.version:
            print(f"no torch in {python}: our lines alone", file=sys.stderr)
            return
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment)

    def ask(self, **request):
        """Seconds that it says; empty where it cannot."""
        if not self.process:
            return []
        print(json.dumps(request), file=self.process.stdin, flush=True)
        answer = json.loads(self.process.stdout.readline() or '{"error": "it has ended"}')
        if "error" in answer:
            print(f"PyTorch, {request.get('mode')}: {answer['error']}", file=sys.stderr)
        return answer.get("times", [])

    def close(self):
        """End the process."""
        if self.process:
            self.process.stdin.close()
            self.process.wait()


def ceiling(peer, clock):
    """Operations a second of the quickest product of two large matrices of bfloat16 by either library."""
    import tensorflow as tf

    one, other = (tf.cast(tf.random.normal((MATRIX, MATRIX)), tf.bfloat16) for _ in range(2))
    multiply, times = tf.function(tf.matmul, autograph=False), []
    for _ in range(10):
        began = clock()
        multiply(one, other).numpy()
        times.append(clock() - began)
    return 2 * MATRIX**3 / min(times + peer.ask(matmul=MATRIX))


def compare(case, peer, options, clock):
    """Print the lines of one case."""
    name, size, grade = (case.split(":") + [""])[:3]
    ours = Ours(name, int(size), grade, clock)
    asked = {"algorithm": ours.algorithm, "recipe": ours.recipe}
    batch, best = ours.recipe["batch"], {None: min(ours.times(options.seconds))}
    for mode in options.modes if peer.version else ():
        times = peer.ask(**asked, mode=mode, seconds=options.seconds)
        if times:
            best[mode] = min(times)
    tried = [mode for mode in best if mode]
    quickest = min(tried, key=best.get, default=None)
    turns = [mode for mode in dict.fromkeys(["default", quickest]) if mode in tried]
    for _ in range(options.rounds):
        best[None] = min(best[None], *ours.times(options.seconds))
        for mode in turns:
            best[mode] = min([best[mode], *peer.ask(**asked, mode=mode, seconds=options.seconds)])
    label = f"{name}, {size} pixels, {grade or 'published'}, batch {batch}, {ours.precision}"
    for mode in tried or [None]:
        line = [f"{batch / best[None]:.1f}", *([f"{batch / best[mode]:.1f}", f"{best[mode] / best[None]:.2f}"] if mode else ["", ""])]
        peer_name = f"PyTorch {peer.version}, {mode}{' (its best)' if mode == quickest else ''}" if mode else ""
        print(label, peer_name, *line, "images/s", sep="\t", flush=True)
    reached, most = ours.operations() / best[None], ceiling(peer, clock)
    share = [f"{reached / 1e9:.0f}", f"{most / 1e9:.0f}", f"{reached / most:.2f}"]
    print(label, "bfloat16 matrix product", *share, "GFLOP/s", sep="\t", flush=True)


def main():
    """Time, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--peers-python", default=sys.executable, help="a Python that has torch (benchmarks/requirements.txt)")
    parser.add_argument("--cases", nargs="+", default=CASES)
    parser.add_argument("--modes", nargs="+", default=MODES, help="of PyTorch; compile takes a minute each to compile")
    parser.add_argument("--rounds", default=5, type=int)
    parser.add_argument("--seconds", default=4.0, type=float, help="of each round and mode")
    parser.add_argument("--threads", default=1, type=int)
    parser.add_argument("--quick", action="store_true", help="the demo's DCGAN alone, two modes, one round: to see that it works")
    options = parser.parse_args()
    if options.quick:
        options.cases, options.modes, options.rounds, options.seconds = ["dcgan:64:demo"], ["default", "bfloat16"], 1, 0.5
    for variable in ("OMP_NUM_THREADS", "TF_NUM_INTEROP_THREADS", "TF_NUM_INTRAOP_THREADS"):
        os.environ[variable] = str(options.threads)
    from neuroturing.gan.device import prepare_training

    prepare_training(0, options.threads)
    clock = time.process_time if options.threads == 1 else time.perf_counter
    peer = Peer(options.peers_python, options.threads)
    print("case\tpeer\tours\ttheirs\tratio\tunit", flush=True)
    try:
        for case in options.cases:
            compare(case, peer, options, clock)
    finally:
        peer.close()


if __name__ == "__main__":
    main()
