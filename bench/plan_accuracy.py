#!/usr/bin/env python3
"""Compares what `hearth plan` expects with what `hearth bench` measures, on shapes of known models.

bench/plan_accuracy.py build/hearth [SHAPE...] [--turns 5] [--depth 2048] [--tokens 32]

Both are asked by turns, one right behind the other, and each measures how fast memory is read: a turn in which they
found different machines, because others use it, too, is taken again. The median of the turns counts. Prints a table
with the range of the turns, and fails if any median is off by more than a quarter. On a machine that others use, give it
the processors for the seconds it takes: `chrt -r 20 bench/plan_accuracy.py ...`, as root.
"""
import argparse
import json
import statistics
import subprocess
import sys

SHAPES = [
    "shape:qwen3-0.6b:q8_0",
    "shape:llama-1b:q4_k_m",
    "shape:llama-1b:f16",
    "shape:qwen3-4b@12:q6_k",
    "shape:qwen3-30b-a3b@8:q4_k_m",
]
OFF = 0.25
ALIKE, TRIES = 0.1, 4  # so far two measurements of one machine may differ; times that a turn is taken


def ask(program, *words):
    done = subprocess.run([program, *words, "--json"], capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(done.stderr.strip() or f"hearth {' '.join(words)}: failed")
    return json.loads(done.stdout)


def turn(program, shape, depth, tokens):
    """Tokens per second, expected and measured, of an empty context and of a full one; None: the machine changed."""
    plan = ask(program, "plan", shape, "--ctx", str(depth))["speed"]
    depths = f"0,{depth - tokens}"  # the last token measured fills the context
    bench = ask(program, "bench", shape, "--prompt", "0", "--generate", str(tokens), "--depth", depths)
    if abs(plan["read_gb_s"] / bench["limits"]["read_gb_s"] - 1) > ALIKE:
        return None
    expected = [plan["tokens_per_second"], plan["tokens_per_second_full_context"]]
    return list(zip(expected, [result["tokens_per_second"] for result in bench["results"]]))


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("program")
    parser.add_argument("shapes", nargs="*", default=SHAPES, metavar="SHAPE")
    parser.add_argument("--turns", type=int, default=5)
    parser.add_argument("--depth", type=int, default=2048)
    parser.add_argument("--tokens", type=int, default=32)
    given = parser.parse_args()
    complaints = []
    print("| model | depth | expected | measured | off | turns |\n|---|---|---|---|---|---|")
    for shape in given.shapes:
        turns = []
        for _ in range(TRIES * given.turns):
            if len(turns) < given.turns and (pairs := turn(given.program, shape, given.depth, given.tokens)):
                turns.append(pairs)
        if not turns:
            complaints.append(f"{shape}: the machine is not quiet enough to measure")
            continue
        for depth, pairs in zip([0, given.depth], zip(*turns)):
            expected, measured = (statistics.median(side) for side in zip(*pairs))
            each = sorted(e / m - 1 for e, m in pairs)
            off = statistics.median(each)
            print(f"| {shape} | {depth} | {expected:.1f}/s | {measured:.1f}/s | {100 * off:+.0f} % "
                  f"| {100 * each[0]:+.0f} to {100 * each[-1]:+.0f} % |", flush=True)
            if abs(off) > OFF:
                complaints.append(f"{shape} at {depth}: off by {100 * off:+.0f} %, at most {100 * OFF:.0f} % was promised")
    sys.exit("\n".join(complaints) or 0)


if __name__ == "__main__":
    main()
