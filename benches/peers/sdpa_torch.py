#!/usr/bin/env python3
"""PyTorch's scaled_dot_product_attention on the shapes that `cargo run --release -p prover-gpu --example figures` measures:
states of 100 tokens with 30 actions of 8, 8 heads of 64, forward and backward.

Two ways that PyTorch has to compute them:
  packed    one sequence a state, prefix and branches in a row, with an explicit mask of what a row sees
  repeated  one causal sequence an action, the prefix repeated before each

Usage: sdpa_torch.py [--states N] [--device cuda|cpu] [--dtype float32|bfloat16]
"""

import argparse
import time

import torch
from torch.nn.functional import scaled_dot_product_attention


def tree_mask(prefix, branches, branch, device):
    """What each row sees: the prefix, and its own branch up to itself."""
    rows = prefix + branches * branch
    mask = torch.zeros(rows, rows, dtype=torch.bool, device=device)
    mask[:prefix, :prefix] = torch.ones(prefix, prefix, dtype=torch.bool, device=device).tril()
    mask[prefix:, :prefix] = True
    for b in range(branches):
        start = prefix + b * branch
        own = torch.ones(branch, branch, dtype=torch.bool, device=device).tril()
        mask[start : start + branch, start : start + branch] = own
    return mask


def measure(run, device):
    """Median seconds of a run, after some that do not count."""
    wait = torch.cuda.synchronize if device == "cuda" else (lambda: None)
    for _ in range(3):
        run()
    wait()
    times = []
    while len(times) < 5 or (sum(times) < 1 and len(times) < 200):
        start = time.perf_counter()
        run()
        wait()
        times.append(time.perf_counter() - start)
    return sorted(times)[len(times) // 2]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--states", type=int, default=32)
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--dtype", default="float32", choices=["float32", "bfloat16"])
    options = parser.parse_args()
    prefix, branches, branch, heads, size = 100, 30, 8, 8, 64
    dtype = getattr(torch, options.dtype)
    print(f"torch {torch.__version__}, {options.device}, {options.dtype}, {options.states} states")

    def tensors(batch, rows):
        make = lambda: torch.randn(batch, heads, rows, size, device=options.device, dtype=dtype, requires_grad=True)
        return make(), make(), make()

    mask = tree_mask(prefix, branches, branch, options.device)
    packed = tensors(options.states, prefix + branches * branch)
    repeated = tensors(options.states * branches, prefix + branch)
    ways = {
        "packed, explicit mask": lambda q, k, v: scaled_dot_product_attention(q, k, v, attn_mask=mask),
        "repeated, causal": lambda q, k, v: scaled_dot_product_attention(q, k, v, is_causal=True),
    }
    # Two products over what is seen, four operations a pair and column; backward has two and a half times as many.
    operations = 4 * heads * size * options.states * int(mask.sum())
    for (name, way), inputs in zip(ways.items(), (packed, repeated)):

        def forward():
            with torch.no_grad():
                way(*inputs)

        output = way(*inputs)
        gradient = torch.ones_like(output)

        def backward():
            torch.autograd.grad(output, inputs, gradient, retain_graph=True)

        for part, run, count in (("forward", forward, operations), ("backward", backward, 2.5 * operations)):
            seconds = measure(run, options.device)
            # Rates count what the tree needs, so that they compare with each other and with ours.
            print(f"{name:<24} {part:<9} {1e6 * seconds:12.1f} us {count / seconds / 1e9:10.1f} GFLOP/s")


if __name__ == "__main__":
    main()
