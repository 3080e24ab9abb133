#!/usr/bin/env python3
"""hearth bench beside llama-bench of llama.cpp and of what descends from it, by turns, on the same files.

    bench/peer_pairs.py --peer llama.cpp=PATH/llama-bench --peer "ik_llama.cpp=PATH/llama-bench -rtr 1" \\
        --prompt 512 --generate 32 model-q4_k_m.gguf model-f16.gguf

Each round asks every program once for each file, so that what else the machine does meets all of them; a number is the
median of the rounds, and a ratio the median of the rounds' ratios. --batch N decodes N sequences together, for which
the peer's llama-batched-bench is asked, which lies beside its llama-bench. A peer that cannot do a test has no number.
"""
import argparse
import json
import pathlib
import shlex
import statistics
import subprocess
import sys


def said(command):
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True)
    return done.stdout if done.returncode == 0 else None


def json_in(text):
    begin = text.find("[") if text else -1
    return json.loads(text[begin:text.rindex("]") + 1]) if begin >= 0 else []


class Hearth:
    def __init__(self, program):
        self.name, self.program = "hearth", program

    def ask(self, model, test, threads):
        command = [self.program, "bench", model, "--threads", threads, "--repeat", 1, "--depth", test["depth"], "--json",
                   "--prompt", test["prompt"], "--generate", test["generate"], "--batch", test["batch"]]
        text = said(command)
        if text is None:
            sys.exit(f"{' '.join(map(str, command))}: failed")
        told = json.loads(text)
        return told["results"][0]["tokens_per_second"], told["results"][0]["share_of_limit"]


class Peer:
    def __init__(self, text):
        self.name, _, command = text.partition("=")
        self.command = shlex.split(command)
        if not self.command:
            sys.exit(f"{text}: expected NAME=COMMAND")

    def ask(self, model, test, threads):
        if test["batch"] > 1:
            return self.ask_batched(model, test, threads), None
        depth = ["-d", test["depth"]] if test["depth"] else []
        told = json_in(said([*self.command, "-m", model, "-t", threads, "-p", test["prompt"], "-n", test["generate"], "-r",
                             1, "-o", "json", *depth]))
        return (told[0]["avg_ts"] if told else None), None

    def ask_batched(self, model, test, threads):
        program = pathlib.Path(self.command[0]).with_name("llama-batched-bench")
        text = said([program, *self.command[1:], "-m", model, "-t", threads, "-c", 2048, "-npp", 8, "-ntg",
                     test["generate"], "-npl", test["batch"], "--output-format", "jsonl"])
        lines = [line for line in (text or "").splitlines() if line.startswith("{")]
        return json.loads(lines[-1])["speed_tg"] if lines else None


def tests_of(options):
    tests = []
    for depth in options.depth:
        if options.prompt:
            tests.append({"prompt": options.prompt, "generate": 0, "batch": 1, "depth": depth})
        for batch in options.batch if options.generate else []:
            tests.append({"prompt": 0, "generate": options.generate, "batch": batch, "depth": depth})
    return tests


def title(test):
    name = f"pp{test['prompt']}" if test["prompt"] else f"tg{test['generate']}"
    return name + (f" d{test['depth']}" if test["depth"] else "") + (f" b{test['batch']}" if test["batch"] > 1 else "")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("models", nargs="+", type=pathlib.Path)
    parser.add_argument("--hearth", default="build/hearth", type=pathlib.Path)
    parser.add_argument("--peer", action="append", required=True, type=Peer, metavar="NAME=COMMAND")
    parser.add_argument("--prompt", default=512, type=int)
    parser.add_argument("--generate", default=32, type=int)
    parser.add_argument("--batch", default=[1], type=int, nargs="+")
    parser.add_argument("--depth", default=[0], type=int, nargs="+")
    parser.add_argument("--threads", default=2, type=int)
    parser.add_argument("--rounds", default=3, type=int)
    options = parser.parse_args()

    programs = [Hearth(options.hearth.resolve()), *options.peer]
    head = "".join(f" {peer.name} | times |" for peer in options.peer)
    lines = ["| model | test | hearth | of limit |" + head, "|---|---|---|---|" + "---|---|" * len(options.peer)]
    for model in options.models:
        for test in tests_of(options):
            speeds = {program.name: [] for program in programs}
            shares = []
            for _ in range(options.rounds):
                for program in programs:
                    speed, share = program.ask(model, test, options.threads)
                    speeds[program.name].append(speed)
                    if share is not None:
                        shares.append(share)
            ours = speeds["hearth"]
            line = f"| {model.stem} | {title(test)} | {statistics.median(ours):.1f} | {statistics.median(shares):.0%} |"
            for peer in options.peer:
                theirs = speeds[peer.name]
                if None in theirs:
                    line += " - | - |"
                    continue
                ratio = statistics.median(a / b for a, b in zip(ours, theirs))
                line += f" {statistics.median(theirs):.1f} | {ratio:.2f} |"
            lines.append(line)
            print(line, file=sys.stderr, flush=True)
    print("\n".join(lines))


if __name__ == "__main__":
    main()
