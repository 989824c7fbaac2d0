#!/usr/bin/env python3
"""The first-order prover E on goal sets of equations, beside `prover prove --eqsat` on the same goals, by turns.

Each goal is written as a problem of TPTP (first-order form): the theory's axioms and definitions, and the goal as the
conjecture. Both programs are started anew for each goal; seconds are those of the whole process. prover looks for no models, and checks
its proofs; nothing checks those of E.

Usage: eprover.py [--seconds S] [--prover FILE] [--eprover FILE] [--save DIR] [--show] [--pairs FILE.jsonl] [SET ...]

SET is the name of a file in theories/ and in goals/ with one type, functions, equations and no imports (groups, rings,
magmas); all three by default. A line of FILE.jsonl is an object with `law`, `goal` (texts such as `x = y * (x * z)`) and
`holds`; those that hold are tried. Needs Debian's package `eprover`.
"""

import argparse
import json
import re
import subprocess
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
MAGMA = "= : [('t : type) -> 't -> 't -> prop]. M : type. * : [M -> M -> M]."


class Reader:
    """The part of the Peano language that sets of equations are written in, as nested lists.

    An arrow is ["->", (variable or None, input), ..., output], a lambda ["lambda", (variable, type), ..., body].
    """

    def __init__(self, text):
        text = re.sub(r"/\*.*?\*/", " ", text, flags=re.S)
        self.tokens = re.findall(r"->|[()\[\]:.,#]|(?:(?!->)[^\s()\[\]:.,#])+", text)
        self.place = 0

    def peek(self):
        return self.tokens[self.place] if self.place < len(self.tokens) else None

    def take(self, expected=None):
        token = self.peek()
        if token is None or expected not in (None, token):
            raise ValueError(f"{expected or 'more text'} expected, not {token}")
        self.place += 1
        return token

    def binder(self):
        """What stands in `(x : T)`, its opening parenthesis already read."""
        name = self.take()
        self.take(":")
        return name.lstrip("'"), self.term()

    def term(self):
        token = self.take()
        if token == "[":
            inputs = []
            while True:
                if self.tokens[self.place] == "(" and self.tokens[self.place + 2] == ":":
                    self.take("(")
                    inputs.append(self.binder())
                    self.take(")")
                else:
                    inputs.append((None, self.term()))
                if self.peek() == "]":
                    self.take("]")
                    return ["->", *inputs[:-1], inputs[-1][1]]
                self.take("->")
        if token != "(":
            return token
        if self.peek() == "lambda":
            self.take("lambda")
            self.take("(")
            binders = [self.binder()]
            while self.peek() == ",":
                self.take(",")
                binders.append(self.binder())
            self.take(")")
            body = self.term()
            self.take(")")
            return ["lambda", *binders, body]
        parts = []
        self.place -= 1
        self.take("(")
        while self.peek() != ")":
            parts.append(self.term())
        self.take(")")
        return parts

    def items(self):
        """Declarations as (name, type, value or None); attributes are passed over."""
        while self.peek() is not None:
            if self.peek() == "#":
                while self.take() != ".":
                    pass
                continue
            name = self.take()
            self.take(":")
            ty, value = self.term(), None
            if self.peek() == "=":
                self.take("=")
                value = self.term()
            self.take(".")
            yield name, ty, value


class Theory:
    """The symbols and axioms of a theory with one type."""

    def __init__(self, text):
        self.types, self.symbols, self.axioms = set(), {}, []
        for name, ty, value in Reader(text).items():
            if name == "=":
                continue
            if ty == "type":
                self.types.add(name)
                if len(self.types) > 1:
                    raise ValueError("more than one type")
            elif self.is_object(ty):
                self.symbols[name] = f"f{len(self.symbols)}"
                if value is not None:
                    _, *binders, body = value
                    left = [name, *(f"'{variable}" for variable, _ in binders)]
                    self.axioms.append((name, ["->", *binders, ["=", left, body]]))
            else:
                self.axioms.append((name, ty))

    def is_object(self, ty):
        """Whether a type is that of elements or of functions on them."""
        if isinstance(ty, str):
            return ty in self.types
        return ty[0] == "->" and all(self.is_object(part) for _, part in ty[1:-1]) and self.is_object(ty[-1])

    def formula(self, term, bound):
        if term[0] == "=":
            return f"({self.element(term[1], bound)} = {self.element(term[2], bound)})"
        if term[0] != "->":
            raise ValueError(f"no equation: {term}")
        _, *inputs, output = term
        text, closing = "", ""
        for variable, part in inputs:
            if self.is_object(part):
                bound = {**bound, variable: f"X{len(bound)}"}
                text += f"( ! [{bound[variable]}] : "
            else:
                text += f"({self.formula(part, bound)} => "
            closing += ")"
        return text + self.formula(output, bound) + closing

    def element(self, term, bound):
        if isinstance(term, str):
            return bound[term[1:]] if term.startswith("'") else bound.get(term) or self.symbols[term]
        return f"{self.symbols[term[0]]}({','.join(self.element(part, bound) for part in term[1:])})"

    def problem(self, goal):
        """A text of TPTP."""
        lines = [f"fof(a{place}, axiom, {self.formula(ty, {})}). % {name}" for place, (name, ty) in enumerate(self.axioms)]
        return "\n".join([*lines, f"fof(goal, conjecture, {self.formula(goal, {})}).", ""])


def law(text):
    """A law such as `x = y * (x * z)` in the Peano language."""
    tokens = re.findall(r"[a-z*()=]", text)

    def factor():
        token = tokens.pop(0)
        if token != "(":
            return f"'{token}"
        inner = side()
        tokens.pop(0)
        return inner

    def side():
        left = factor()
        while tokens and tokens[0] == "*":
            tokens.pop(0)
            left = f"(* {left} {factor()})"
        return left

    variables = sorted(set(re.findall(r"[a-z]", text)))
    left = side()
    tokens.pop(0)
    return "[" + "".join(f"('{variable} : M) -> " for variable in variables) + f"(= {left} {side()})]"


def goal_sets(arguments):
    """Name, text of the theory, and goals as (name, text) of each set."""
    for name in arguments.sets:
        goals = (ROOT / "goals" / f"{name}.peano").read_text()
        goals = re.sub(r"/\*.*?\*/", " ", goals, flags=re.S)
        found = re.findall(r"(\S+)\s*:\s*(.*?)\.\s*(?=\S+\s*:|\Z)", goals, flags=re.S)
        yield name, (ROOT / "theories" / f"{name}.peano").read_text(), found
    if arguments.pairs:
        lines = [json.loads(line) for line in open(arguments.pairs)]
        pairs = [(f"pair{place}", pair) for place, pair in enumerate(lines, 1) if pair["holds"]]
        yield "pairs", MAGMA, [(name, f"[{law(pair['law'])} -> {law(pair['goal'])}]") for name, pair in pairs]


def timed(command, text=None):
    start = time.perf_counter()
    done = subprocess.run(command, input=text, capture_output=True, text=True)
    return done, time.perf_counter() - start


def quantile(values, part):
    return sorted(values)[round((len(values) - 1) * part)]


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("sets", nargs="*", metavar="SET", default=["groups", "rings", "magmas"])
    parser.add_argument("--seconds", type=int, default=2, help="for each goal and program")
    parser.add_argument("--prover", default=ROOT / "target/release/prover")
    parser.add_argument("--eprover", default="eprover")
    parser.add_argument("--save", type=Path, help="a folder for the problems of TPTP")
    parser.add_argument("--show", action="store_true", help="a line for each goal")
    parser.add_argument("--pairs", help="implications between laws of one operation")
    arguments = parser.parse_args()
    print(timed([arguments.eprover, "--version"])[0].stdout.strip())
    for name, text, goals in goal_sets(arguments):
        theory = Theory(text)
        theory_file = ROOT / "target" / "eprover-theory.peano"
        theory_file.write_text(text)
        tried = {"E": [], "prover": []}
        for goal, statement in goals:
            problem = theory.problem(Reader(statement).term())
            if arguments.save:
                arguments.save.mkdir(parents=True, exist_ok=True)
                (arguments.save / f"{name}-{goal}.p").write_text(problem)
            limit = f"--cpu-limit={arguments.seconds}"
            done, seconds = timed([arguments.eprover, "--auto", limit, "--silent"], problem)
            tried["E"].append(("SZS status Theorem" in done.stdout, seconds))
            ours = [arguments.prover, "prove", "--quiet", "--eqsat", "--models", "off", "--seconds", str(arguments.seconds)]
            done, seconds = timed([*ours, "--theory", str(theory_file), "--goal", statement])
            tried["prover"].append((done.returncode == 0, seconds))
            if arguments.show:
                cells = (f"{who} {'proved' if all_[-1][0] else 'open':<6} {all_[-1][1]:.3f} s" for who, all_ in tried.items())
                print(f"  {goal:<24} {'   '.join(cells)}", flush=True)
        theory_file.unlink()
        for who, results in tried.items():
            seconds = [took for _, took in results]
            proved = sum(is_proved for is_proved, _ in results)
            print(f"{name:<8} {who:<7} {proved:>3} of {len(results)}, {sum(seconds):7.2f} s in all, "
                  f"median {quantile(seconds, 0.5):.3f} s, 99 % {quantile(seconds, 0.99):.3f} s", flush=True)


if __name__ == "__main__":
    main()
