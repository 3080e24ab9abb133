#!/usr/bin/env python3
"""Compares what `hearth plan` expects with what `hearth bench` measures, on shapes of known models.

bench/plan_accuracy.py build/hearth [SHAPE...]

Prints a table; fails if any expectation is off by more than a quarter. The machine should have nothing else to do.
"""
import json
import subprocess
import sys

SHAPES = [
    "shape:qwen3-0.6b:q8_0",
    "shape:llama-1b:q4_k_m",
    "shape:llama-1b:f16",
    "shape:qwen3-4b@12:q6_k",
    "shape:qwen3-30b-a3b@8:q4_k_m",
]
DEPTH, TOKENS, OFF = 2048, 32, 0.25


def ask(program, *words):
    done = subprocess.run([program, *words, "--json"], capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(done.stderr.strip() or f"hearth {' '.join(words)}: failed")
    return json.loads(done.stdout)


def main():
    program, shapes = sys.argv[1], sys.argv[2:] or SHAPES
    worst = 0.0
    print("| model | depth | expected | measured | off |\n|---|---|---|---|---|")
    for shape in shapes:
        plan = ask(program, "plan", shape, "--ctx", str(DEPTH))["speed"]
        bench = ask(program, "bench", shape, "--prompt", "0", "--generate", str(TOKENS), "--depth", f"0,{DEPTH}")
        expected = [plan["tokens_per_second"], plan["tokens_per_second_full_context"]]
        for depth, speed, result in zip([0, DEPTH], expected, bench["results"]):
            measured = result["tokens_per_second"]
            off = speed / measured - 1
            worst = max(worst, abs(off))
            print(f"| {shape} | {depth} | {speed:.1f}/s | {measured:.1f}/s | {100 * off:+.0f} % |", flush=True)
    if worst > OFF:
        sys.exit(f"off by {100 * worst:.0f} % at worst; {100 * OFF:.0f} % was promised")


if __name__ == "__main__":
    main()
