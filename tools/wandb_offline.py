"""Fills an offline run of Weights & Biases from a run of prover.

    pip install wandb
    python3 tools/wandb_offline.py runs/alpha/alpha-0-seed-0 [MORE RUNS] --project prover --dir /tmp/wandb
    wandb sync /tmp/wandb/wandb/offline-run-*

Nothing is sent: what `wandb sync` would send is in the folder that is named. Numbers of metrics.jsonl become scalars (those in
objects with their names joined by /), the settings of config.toml the configuration.
"""

import argparse
import json
import os
import sys
import tomllib
from pathlib import Path

# Before the import: nobody is asked to log in.
os.environ.setdefault("WANDB_MODE", "offline")
os.environ.setdefault("WANDB_SILENT", "true")


def numbers(figures, path=""):
    """The numbers of an object, and of objects in it."""
    for name, value in figures.items():
        if isinstance(value, bool) or value is None:
            continue
        if isinstance(value, (int, float)):
            yield path + name, value
        elif isinstance(value, dict):
            yield from numbers(value, path + name + "/")


def lines(path):
    """The objects of a file of lines; a last line that is not whole is left out, and said."""
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        try:
            yield json.loads(line)
        except json.JSONDecodeError:
            print(f"{path}: line {number} is not whole and was left out", file=sys.stderr)


def fill(run, project, folder):
    """Makes an offline run of the run in a folder; returns its folder."""
    import wandb

    config = tomllib.loads((run / "config.toml").read_text(encoding="utf-8"))
    logged = wandb.init(project=project, name=run.name, group=run.parent.name, config=config, dir=folder, mode="offline", reinit="finish_previous")
    for figures in lines(run / "metrics.jsonl"):
        logged.log(dict(numbers(figures)), step=int(figures.get("iteration", 0)))
    place = logged.dir
    logged.finish()
    return place


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("runs", nargs="+", type=Path, help="folders of runs")
    parser.add_argument("--project", default="prover")
    parser.add_argument("--dir", default=".", help="where the offline runs go")
    arguments = parser.parse_args()
    for run in arguments.runs:
        if not (run / "metrics.jsonl").is_file():
            sys.exit(f"{run} is no run: it has no metrics.jsonl")
    os.makedirs(arguments.dir, exist_ok=True)
    for run in arguments.runs:
        print(fill(run, arguments.project, arguments.dir))


if __name__ == "__main__":
    main()
