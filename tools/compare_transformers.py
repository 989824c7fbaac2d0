#!/usr/bin/env python3
"""Compares checkpoints of prover with Hugging Face transformers, in both directions.

    pip install torch transformers safetensors
    cargo build --release --example checkpoint
    python3 tools/compare_transformers.py target/release/examples/checkpoint [--golden tests/golden/gpt2]

1. A checkpoint that prover wrote is loaded with GPT2LMHeadModel and PreTrainedTokenizerFast, unchanged.
2. A checkpoint that transformers wrote (the same with other weights) is loaded by prover.

Each time tokens must be equal and logits must agree to 1e-4. With --golden the second checkpoint, very small, and its logits are
written to a directory: tests/network/interchange.rs compares prover with them where no Python is at hand.
"""

import argparse
import json
import pathlib
import subprocess
import sys
import tempfile

import torch
import transformers
from transformers import GPT2LMHeadModel, PreTrainedTokenizerFast

TEXTS = [
    "{ x0 : nat, h1 : (= (+ z x0) x0) } (= (+ z (s x0)) (s x0))",
    "[('a0 : nat) -> (= (+ z 'a0) 'a0)]",
    "intro x0.  (unknown_name 'ä\n",
]
TOLERANCE = 1e-4


def ours(program, directory, text):
    """Tokens and logits of a text by prover."""
    out = subprocess.run([program, "logits", directory, text], check=True, capture_output=True, text=True)
    result = json.loads(out.stdout)
    return result["tokens"], torch.tensor(result["logits"])


def theirs(directory, text):
    """Tokens and logits of a text by transformers."""
    model, report = GPT2LMHeadModel.from_pretrained(directory, output_loading_info=True)
    if any(report[key] for key in ("missing_keys", "unexpected_keys", "mismatched_keys")):
        sys.exit(f"{directory}: loaded with differences: {report}")
    tokenizer = PreTrainedTokenizerFast.from_pretrained(directory)
    tokens = tokenizer(text)["input_ids"]
    model.eval()
    with torch.no_grad():
        return tokens, model(torch.tensor([tokens])).logits[0]


def compare(program, directory, what):
    """Ends the program where the two disagree."""
    for text in TEXTS:
        our_tokens, our_logits = ours(program, directory, text)
        their_tokens, their_logits = theirs(directory, text)
        if our_tokens != their_tokens:
            sys.exit(f"{what}: tokens of {text!r} differ: {our_tokens} and {their_tokens}")
        difference = (our_logits - their_logits).abs().max().item()
        print(f"{what}: {len(our_tokens)} tokens, logits up to {their_logits.abs().max():.2f} differ by at most {difference:.1e}")
        if not difference <= TOLERANCE:
            sys.exit("that is too much")


def rewritten(source, target):
    """Loads a checkpoint in transformers, changes all weights, and saves it there."""
    torch.manual_seed(7)
    model = GPT2LMHeadModel.from_pretrained(source)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(0.2 * torch.randn_like(parameter))
    model.save_pretrained(target)
    PreTrainedTokenizerFast.from_pretrained(source).save_pretrained(target)


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("program", help="the example `checkpoint`, built")
    arguments.add_argument("--golden", type=pathlib.Path, help="directory for a small checkpoint with its logits")
    options = arguments.parse_args()
    print(f"torch {torch.__version__}, transformers {transformers.__version__}")
    with tempfile.TemporaryDirectory() as place:
        written = pathlib.Path(place, "prover")
        subprocess.run([options.program, "new", written], check=True)
        compare(options.program, written, "written by prover")
        saved = pathlib.Path(place, "transformers")
        rewritten(written, saved)
        compare(options.program, saved, "written by transformers")
        if options.golden:
            small = pathlib.Path(place, "small")
            subprocess.run([options.program, "new", small, "16"], check=True)
            rewritten(small, options.golden)
            cases = []
            for text in TEXTS:
                tokens, logits = theirs(options.golden, text)
                # Enough of each row to tell any fault, few enough for a small file.
                rows = [[round(value, 6) for value in row[::8].tolist()] for row in logits]
                cases.append({"text": text, "tokens": tokens, "every_eighth_logit": rows})
            (options.golden / "golden.json").write_text(json.dumps(cases) + "\n")


if __name__ == "__main__":
    main()
