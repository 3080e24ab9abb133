#!/usr/bin/env python3
"""Measures this machine with `hearth bench` and writes the table of docs/benchmarks.md, between its two marks.

bench/table.py build/hearth docs/benchmarks.md
"""
import json
import pathlib
import platform
import subprocess
import sys

BEGIN, END = "<!-- measured: make bench -->\n", "<!-- end -->\n"
TYPES = ["q4_k_m", "q8_0", "q4_0", "q6_k", "iq4_xs", "mxfp4", "f16", "bf16"]
USUAL = ["--prompt", "512", "--generate", "32"]
# model, options
RUNS = [(f"shape:llama-1b:{type}", USUAL) for type in TYPES] + [
    ("shape:llama-1b:q4_k_m", ["--prompt", "0", "--generate", "16", "--batch", "8"]),
    ("shape:llama-1b:q4_k_m", ["--prompt", "512", "--generate", "16", "--depth", "16384", "--repeat", "1"]),
    ("shape:qwen3-30b-a3b@8:q4_k_m", USUAL),
]


def field(path, name):
    for line in pathlib.Path(path).read_text().splitlines():
        key, _, value = line.partition(":")
        if key.strip() == name:
            return value.strip()
    return "?"


def machine():
    memory = int(field("/proc/meminfo", "MemTotal").split()[0]) / 2**20
    return f"{field('/proc/cpuinfo', 'model name')}, {memory:.0f} GiB of memory, Linux {platform.release()}"


def main():
    program, document = sys.argv[1], pathlib.Path(sys.argv[2])
    lines, limits = [], None
    for model, options in RUNS:
        print("measuring", model, *options, file=sys.stderr)
        done = subprocess.run([program, "bench", model, "--json", *options], capture_output=True, text=True)
        if done.returncode != 0:
            sys.exit(done.stderr.strip() or f"{model}: hearth bench failed")
        report = json.loads(done.stdout)
        limits = limits or (report["limits"], report["threads"], report["device"])
        for row in report["results"]:
            lines.append(
                f"| {model} | {row['test']} | {row['tokens_per_second']:.1f} | "
                f"{100 * row['share_of_limit']:.0f} % | {row['bound_by']} | {row['limits']['read_gb_s']:.1f} |\n"
            )
    speeds, threads, device = limits
    bf16 = f", {speeds['bf16_tflops']:.2f} of bf16" if "bf16_tflops" in speeds else ""
    table = (
        f"{machine()}; {threads} threads, {device}. Limits measured: {speeds['read_gb_s']:.1f} GB/s of reads, "
        f"{speeds['int8_tops']:.2f} TOP/s of int8, {speeds['f32_tflops']:.2f} TFLOP/s of f32{bf16}.\n\n"
        "| model | test | tokens/s | of limit | bound by | GB/s of reads |\n|---|---|---|---|---|---|\n" + "".join(lines)
    )
    text = document.read_text()
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        sys.exit(f"{document}: the marks {BEGIN.strip()} and {END.strip()} are expected")
    document.write_text(before + BEGIN + "\n" + table + "\n" + END + after)


if __name__ == "__main__":
    main()
