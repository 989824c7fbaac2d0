#!/usr/bin/env python3
"""PyTorch beside prover, on the same shapes, weights and tokens, in one run.

    pip install torch transformers safetensors
    cargo bench --bench policy --no-run        # prints the program's path
    python3 benches/peers/gpt2_torch.py target/release/deps/policy-HASH [--rounds 5] [--threads 2]

By turns, a few times for each size, starts the program (`--peer`, 2 threads), which writes the checkpoint that it uses and times its forward
passes (logits of all tokens) and training steps (loss, gradient, AdamW), and times GPT2LMHeadModel with that checkpoint: eager, and
compiled by torch.compile where that works. The batch is the program's: 32 sequences of 128 tokens. Prints the median and the best of all
rounds, and the ratio of the medians against the faster of the two ways. Stops if logits or losses disagree.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time

import torch
import transformers
from transformers import GPT2LMHeadModel

BATCH, LENGTH = 32, 128


def tokens():
    """The program's batch."""
    rows = [[(s * 131 + i * 31 + i * i * 7) % 256 + 12 for i in range(LENGTH)] for s in range(BATCH)]
    return torch.tensor(rows)


def times(count, call):
    """Seconds of each of some calls, after one that does not count."""
    call()
    result = []
    for _ in range(count):
        start = time.perf_counter()
        call()
        result.append(time.perf_counter() - start)
    return result


class Peer:
    """A model in PyTorch, in one way of running it."""

    def __init__(self, directory, compiled):
        self.model = GPT2LMHeadModel.from_pretrained(directory, attn_implementation="sdpa")
        self.model.config.use_cache = False
        for module in self.model.modules():
            if isinstance(module, torch.nn.Dropout):
                module.p = 0.0
        self.run = torch.compile(self.model) if compiled else self.model
        self.optimizer = torch.optim.AdamW(self.model.parameters(), lr=1e-3 / 30, betas=(0.9, 0.98), fused=True)
        self.batch = tokens()

    def forward(self):
        self.model.eval()
        with torch.inference_mode():
            return self.run(self.batch).logits

    def loss(self):
        logits = self.run(self.batch).logits[:, :-1]
        return torch.nn.functional.cross_entropy(logits.reshape(-1, logits.shape[-1]), self.batch[:, 1:].reshape(-1))

    def step(self):
        self.model.train()
        self.optimizer.zero_grad()
        loss = self.loss()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        self.optimizer.step()
        return loss.item()


def round_of(program, size, directory, ways, figures):
    """Measures both once; `figures` gets the seconds."""
    out = subprocess.run([program, "--peer", directory, size], check=True, capture_output=True, text=True)
    ours = json.loads(out.stdout)
    for kind in ("forward", "training"):
        figures.setdefault((kind, "prover"), []).extend(ours[f"{kind}_seconds"])
    count = len(ours["forward_seconds"])
    for way in list(ways):
        try:
            peer = Peer(directory, way == "compiled")
            logit = peer.forward()[0, 0].abs().sum().item()
            loss = peer.step()
            forward, training = times(count, peer.forward), times(count, peer.step)
        except Exception as error:  # torch.compile fails in many ways; eager must work
            if way == "eager":
                raise
            print(f"compiled PyTorch does not work here: {type(error).__name__}: {str(error).splitlines()[0]}")
            ways.remove(way)
            continue
        for name, mine, other in (("logits", ours["logits_of_first_token"], logit), ("loss", ours["loss"], loss)):
            if abs(mine - other) > 1e-3 * max(1.0, abs(other)):
                sys.exit(f"{size}: {name} disagree: {mine} and {other}")
        figures.setdefault(("forward", way), []).extend(forward)
        figures.setdefault(("training", way), []).extend(training)


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("program", help="the built benchmark `policy`")
    arguments.add_argument("--rounds", type=int, default=5)
    arguments.add_argument("--threads", type=int, default=2)
    arguments.add_argument("--sizes", nargs="+", default=["tiny", "small", "base"])
    arguments.add_argument("--eager-only", action="store_true")
    options = arguments.parse_args()
    torch.set_num_threads(options.threads)
    os.environ["RAYON_NUM_THREADS"] = str(options.threads)
    ways = ["eager"] if options.eager_only else ["eager", "compiled"]
    print(f"torch {torch.__version__}, transformers {transformers.__version__}, {options.threads} threads, f32")
    print(f"{'':18}{'prover':>20}" + "".join(f"{way:>20}" for way in ways) + f"{'ratio':>8}   tokens/s: median (best)")
    for size in options.sizes:
        figures = {}
        with tempfile.TemporaryDirectory() as place:
            for _ in range(options.rounds):
                round_of(options.program, size, os.path.join(place, "checkpoint"), ways, figures)
        for kind in ("forward", "training"):
            count = BATCH * LENGTH
            median = {way: count / statistics.median(figures[kind, way]) for way in ["prover", *ways]}
            best = {way: count / min(figures[kind, way]) for way in median}
            cells = "".join(f"{median[way]:>11,.0f} ({best[way]:,.0f})".rjust(20) for way in median)
            print(f"{size + ' ' + kind:18}{cells}{median['prover'] / max(median[way] for way in ways):>8.2f}", flush=True)


if __name__ == "__main__":
    main()
