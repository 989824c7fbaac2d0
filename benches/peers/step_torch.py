#!/usr/bin/env python3
"""A step of training in PyTorch on the shapes that `cargo run --release -p prover-gpu --example figures` measures: states of 100
tokens with 30 actions of 8, packed, with the mask of what a row sees; every second row is a target. GPT-2's shape, master
weights in f32, products in the given type, gradients clipped, AdamW fused.

Eager and compiled by torch.compile, attention by scaled_dot_product_attention with the mask; compiled with FlexAttention as
well. Times are differences of twice as many steps and as many.

Usage: step_torch.py [--states N] [--size tiny|small|base] [--device cuda|cpu] [--dtype float32|bfloat16]
"""

import argparse

import torch
from sdpa_torch import flexible, seconds_of, tree_mask
from torch import nn
from torch.nn.functional import cross_entropy, gelu, scaled_dot_product_attention

PREFIX, BRANCHES, BRANCH, VOCABULARY, CONTEXT = 100, 30, 8, 512, 1024
SIZES = {"tiny": (2, 4, 128), "small": (4, 4, 256), "base": (8, 8, 512)}


class Block(nn.Module):
    def __init__(self, heads, width):
        super().__init__()
        self.heads = heads
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.attention, self.attention_out = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.expand, self.contract = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)

    def forward(self, x, attend):
        states, rows, width = x.shape
        split = lambda t: t.view(states, rows, self.heads, width // self.heads).transpose(1, 2)
        q, k, v = map(split, self.attention(self.norm1(x)).chunk(3, dim=-1))
        x = x + self.attention_out(attend(q, k, v).transpose(1, 2).reshape(states, rows, width))
        return x + self.contract(gelu(self.expand(self.norm2(x)), approximate="tanh"))


class Model(nn.Module):
    def __init__(self, layers, heads, width):
        super().__init__()
        self.tokens, self.places = nn.Embedding(VOCABULARY, width), nn.Embedding(CONTEXT, width)
        self.blocks = nn.ModuleList(Block(heads, width) for _ in range(layers))
        self.norm = nn.LayerNorm(width)

    def forward(self, tokens, places, targets, attend):
        x = self.tokens(tokens) + self.places(places)
        for block in self.blocks:
            x = block(x, attend)
        logits = self.norm(x)[:, ::2] @ self.tokens.weight.T
        return cross_entropy(logits.float().flatten(0, 1), targets.flatten())


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--states", type=int, default=24)
    parser.add_argument("--size", default="base", choices=list(SIZES))
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--dtype", default="float32", choices=["float32", "bfloat16"])
    options = parser.parse_args()
    layers, heads, width = SIZES[options.size]
    rows, device, dtype = PREFIX + BRANCHES * BRANCH, options.device, getattr(torch, options.dtype)
    print(f"torch {torch.__version__}, {device}, {options.dtype}, {options.size}, {options.states} states", flush=True)
    tokens = torch.randint(VOCABULARY, (options.states, rows), device=device)
    places = torch.tensor([*range(PREFIX), *(PREFIX + i for _ in range(BRANCHES) for i in range(BRANCH))], device=device)
    targets = torch.randint(VOCABULARY, (options.states, (rows + 1) // 2), device=device)
    mask = tree_mask(PREFIX, BRANCHES, BRANCH, device)
    masked = lambda q, k, v: scaled_dot_product_attention(q, k, v, attn_mask=mask)
    pairs = options.states * int(mask.sum())
    linear = 2 * 12 * layers * width * width * options.states * rows
    attention = 4 * layers * width * pairs
    operations = 3 * linear + 3.5 * attention + 6 * targets.numel() * width * VOCABULARY
    ways = [
        ("eager, masked", False, lambda: masked),
        ("compiled, masked", True, lambda: masked),
        ("compiled, flex", True, lambda: flexible(PREFIX, BRANCHES, BRANCH, device)),
    ]
    for name, compiled, attend in ways:
        try:
            torch.manual_seed(0)
            model, attend = Model(layers, heads, width).to(device), attend()
            optimizer = torch.optim.AdamW(model.parameters(), lr=1e-6, betas=(0.9, 0.98), fused=True)
            run = torch.compile(model) if compiled else model

            def step():
                optimizer.zero_grad()
                with torch.autocast(device, dtype=dtype, enabled=dtype != torch.float32):
                    loss = run(tokens, places, targets, attend)
                loss.backward()
                nn.utils.clip_grad_norm_(model.parameters(), 1.0)
                optimizer.step()
                # As a trainer does, which looks at its losses.
                return loss.item()

            loss = step()
            seconds = seconds_of(step, device)
            rate = operations / seconds / 1e9
            print(f"{name:<20} {1e6 * seconds:12.1f} us {rate:12.1f} GFLOP/s   loss {loss:.3f}", flush=True)
        except Exception as error:  # torch.compile fails in many ways
            print(f"{name:<20} does not work here: {type(error).__name__}: {str(error).splitlines()[0][:120]}", flush=True)


if __name__ == "__main__":
    main()
