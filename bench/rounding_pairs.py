#!/usr/bin/env python3
"""What fast arithmetic costs: the divergence of a quantized model, computed as it runs, from the same numbers in f32.

    bench/rounding_pairs.py --model models/hearth-tiny.gguf --text README.md --peer PATH/llama-perplexity

For each type the model is quantized, and what came of it is written again in f32: the same numbers, so that all that
differs is the arithmetic, mostly the rounding of inputs to bytes. The peer computes its own reference from the same
f32 file, and its own divergence from that. A type whose blocks do not fit the model's rows is left out.
"""
import argparse
import json
import pathlib
import re
import subprocess
import sys
import tempfile

TYPES = ("bf16 q8_0 q4_0 q4_1 q5_0 q5_1 q6_k q5_k q4_k q3_k q2_k iq4_nl iq4_xs iq3_s iq3_xxs iq2_s iq2_xs mxfp4").split()


def run(command, may_fail=False):
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True)
    if done.returncode and not may_fail:
        sys.exit(f"{' '.join(map(str, command))}: exit {done.returncode}\n{done.stderr[-2000:]}")
    return None if done.returncode else done.stdout + done.stderr


def types(hearth, model):
    held = subprocess.run([hearth, "inspect", model, "--json"], capture_output=True, check=True).stdout
    return {tensor["type"] for tensor in json.loads(held)["tensors"]}


def ours(hearth, quantized, exact, text, context):
    command = [hearth, "divergence", quantized, "--reference", exact, "-f", text, "--ctx", context, "--json"]
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, check=True)
    result = json.loads(done.stdout)
    return result["kl_mean"], result["kl_error"], result["same_top"]


def peers(peer, quantized, exact, text, context, folder):
    """None where the peer cannot read the type."""
    base = folder / "base.bin"
    run([peer, "-m", exact, "-f", text, "-c", context, "--kl-divergence-base", base])
    for _ in range(5):  # at times it ends before all that it says is written
        told = run([peer, "-m", quantized, "-c", context, "--kl-divergence-base", base, "--kl-divergence"], may_fail=True)
        if told is None:
            return None
        mean = re.search(r"Mean\s+KLD:\s+(\S+)\s+±\s+(\S+)", told)
        top = re.search(r"Same top p:\s+(\S+)\s+±", told)
        if mean and top:
            break
    else:
        sys.exit(f"{peer}: exit 0, and no divergence in what it says:\n{told[-2000:]}")
    return float(mean[1]), float(mean[2]), float(top[1]) / 100


def cells(result):
    return "- | -" if result is None else f"{result[0]:.1e} ± {result[1]:.0e} | {result[2]:.2%}"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--hearth", default="build/hearth", type=pathlib.Path)
    parser.add_argument("--model", required=True, action="append", type=pathlib.Path, help="GGUF; may be given again")
    parser.add_argument("--text", required=True, action="append", help="one for each model")
    parser.add_argument("--peer", type=pathlib.Path, help="llama-perplexity")
    parser.add_argument("--ctx", default=128, type=int)
    parser.add_argument("--types", nargs="+", default=TYPES)
    options = parser.parse_args()
    if len(options.text) != len(options.model):
        parser.error("as many --text as --model")

    lines = ["| model | type | divergence | same token likeliest | of the peer | same token likeliest |",
             "|---|---|---|---|---|---|"]
    for model, text in zip(options.model, options.text):
        for kind in options.types:
            with tempfile.TemporaryDirectory() as place:
                folder = pathlib.Path(place)
                quantized, exact = folder / "quantized.gguf", folder / "exact.gguf"
                made = run([options.hearth, "quantize", model, quantized, kind, "--pure", "--allow-requantize",
                            "--tensor-type", f".*={kind}"], may_fail=True)
                if made is None or kind not in types(options.hearth, quantized):
                    continue
                run([options.hearth, "quantize", quantized, exact, "f32", "--allow-requantize"])
                mine = ours(options.hearth, quantized, exact, text, options.ctx)
                theirs = peers(options.peer, quantized, exact, text, options.ctx, folder) if options.peer else None
            lines.append(f"| {model.stem} | {kind} | {cells(mine)} | {cells(theirs)} |")
            print(lines[-1], file=sys.stderr, flush=True)
    print("\n".join(lines))


if __name__ == "__main__":
    main()
