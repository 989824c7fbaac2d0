#!/usr/bin/env python3
"""PyTorch's attention on the shapes that `cargo run --release -p prover-gpu --example figures` measures: states of 100 tokens
with 30 actions of 8, 8 heads of 64, forward and backward.

Ways that PyTorch has to compute them:
  packed     one sequence a state, prefix and branches in a row, with an explicit mask of what a row sees, by each back
             end of scaled_dot_product_attention that takes it
  flex       the same by FlexAttention, which skips blocks that nothing sees, compiled
  repeated   one causal sequence an action, the prefix repeated before each, by flash attention where there is one
and what flash attention does without a mask, to compare rates with: rows as many as a state has, and 4,096.

Times are differences of twice as many launches and as many. Rates of the first three count what the tree needs, so that
they compare with each other and with ours; those of dense attention count all of it.

Usage: sdpa_torch.py [--states N] [--device cuda|cpu] [--dtype float32|bfloat16]
"""

import argparse
import time

import torch
from torch.nn.attention import SDPBackend, sdpa_kernel
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


def seconds_of(run, device):
    """Seconds of a run: the median of differences of 2 N runs and N, each with one wait at its end."""
    wait = torch.cuda.synchronize if device == "cuda" else (lambda: None)

    def timed(count):
        start = time.perf_counter()
        for _ in range(count):
            run()
        wait()
        return time.perf_counter() - start

    timed(3)
    count = max(1, min(1000, int(0.02 / max(timed(1), 1e-6))))
    differences = [timed(2 * count) - timed(count) for _ in range(7)]
    return max(sorted(differences)[3], 1e-9) / count


def with_back_end(back_end, **arguments):
    def attention(q, k, v):
        with sdpa_kernel(back_end):
            return scaled_dot_product_attention(q, k, v, **arguments)

    return attention


def flexible(prefix, branches, branch, device):
    """FlexAttention with the same mask."""
    from torch.nn.attention.flex_attention import create_block_mask, flex_attention

    def sees(_batch, _head, query, key):
        own = (query - prefix) // branch == (key - prefix) // branch
        return (key <= query) & ((key < prefix) | ((query >= prefix) & own))

    rows = prefix + branches * branch
    mask = create_block_mask(sees, None, None, rows, rows, device=device)
    compiled = torch.compile(flex_attention)
    return lambda q, k, v: compiled(q, k, v, block_mask=mask)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--states", type=int, default=32)
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--dtype", default="float32", choices=["float32", "bfloat16"])
    options = parser.parse_args()
    prefix, branches, branch, heads, size = 100, 30, 8, 8, 64
    rows, device = prefix + branches * branch, options.device
    dtype = getattr(torch, options.dtype)
    print(f"torch {torch.__version__}, {device}, {options.dtype}, {options.states} states", flush=True)

    def tensors(batch, rows):
        make = lambda: torch.randn(batch, heads, rows, size, device=device, dtype=dtype, requires_grad=True)
        return make(), make(), make()

    mask = tree_mask(prefix, branches, branch, device)
    # Two products over what is seen, four operations a pair and column; backward has two and a half times as many.
    tree = 4 * heads * size * options.states * int(mask.sum())
    dense = lambda batch, rows: 4 * heads * size * batch * rows * rows
    few = max(1, options.states * rows // 4096)
    packed = lambda: tensors(options.states, rows)
    ways = [
        ("packed, efficient", packed, with_back_end(SDPBackend.EFFICIENT_ATTENTION, attn_mask=mask), tree),
        ("packed, cuDNN", packed, with_back_end(SDPBackend.CUDNN_ATTENTION, attn_mask=mask), tree),
        ("packed, math", packed, with_back_end(SDPBackend.MATH, attn_mask=mask), tree),
        ("packed, flex", packed, None, tree),
        (
            "repeated, flash",
            lambda: tensors(options.states * branches, prefix + branch),
            with_back_end(SDPBackend.FLASH_ATTENTION, is_causal=True),
            tree,
        ),
        (f"dense, flash, {rows}", packed, with_back_end(SDPBackend.FLASH_ATTENTION), dense(options.states, rows)),
        ("dense, flash, 4096", lambda: tensors(few, 4096), with_back_end(SDPBackend.FLASH_ATTENTION), dense(few, 4096)),
    ]
    for name, make, way, operations in ways:
        try:
            way = way or flexible(prefix, branches, branch, device)
            inputs = make()

            def forward():
                with torch.no_grad():
                    way(*inputs)

            output = way(*inputs)
            gradient = torch.ones_like(output)

            def backward():
                torch.autograd.grad(output, inputs, gradient, retain_graph=True)

            for part, run, count in (("forward", forward, operations), ("backward", backward, 2.5 * operations)):
                seconds = seconds_of(run, device)
                rate = count / seconds / 1e9
                print(f"{name:<20} {part:<9} {1e6 * seconds:12.1f} us {rate:12.1f} GFLOP/s", flush=True)
        except Exception as error:  # Not every back end takes every mask, type or device.
            print(f"{name:<20} does not work here: {type(error).__name__}: {str(error).splitlines()[0][:120]}", flush=True)


if __name__ == "__main__":
    main()
