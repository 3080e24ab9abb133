#!/usr/bin/env python3
"""Holds Hearth's logits against transformers', architecture by architecture.

For each case a tiny checkpoint is made whose values bite: windows, chunks and stretched contexts shorter than the
prompt, soft caps near 1, more experts than are used, all sizes different. Its tensors are not random but a function
of their names, so that a golden need not hold them: what is written down is the configuration, the names and shapes,
the tokens and the logits. tests/transformers_test.cc makes the same checkpoint again from that.

Development only; it wants transformers, torch, numpy and safetensors:

    python tools/prove_architectures.py                       # every case, as a table
    python tools/prove_architectures.py qwen3 gemma2 -v       # some, with what the programs said
    python tools/prove_architectures.py qwen3 --given         # by architectures/*.arch as they are now, not as built
    python tools/prove_architectures.py --goldens tests/data/transformers --table docs/architectures.md
"""

import argparse
import base64
import functools
import json
import os
import re
import shutil
import subprocess
import sys
import traceback
from pathlib import Path

import numpy as np

from tiny_checkpoints import CASES, Case

ROOT = Path(__file__).resolve().parent.parent
MASK = (1 << 64) - 1


# The numbers of a tensor: u in [-1, 1) from its name and the place, then offset + scale * u.


def hash_of(name: str) -> int:
    value = 0xCBF29CE484222325
    for byte in name.encode():
        value = ((value ^ byte) * 0x100000001B3) & MASK
    return value


def numbers(name: str, shape, offset: float, scale: float) -> np.ndarray:
    count = int(np.prod(shape, dtype=np.int64))
    with np.errstate(over="ignore"):
        x = np.uint64(hash_of(name)) + np.arange(1, count + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
        x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        x = x ^ (x >> np.uint64(31))
    u = (x >> np.uint64(40)).astype(np.float64) / 8388608.0 - 1.0
    return (offset + scale * u).astype(np.float32).reshape(shape)


# What tensors are like, by name: the first row that matches. Others are matrices, scaled by their inputs.
KINDS = [
    (r"A_log$", 0.5, 0.5),
    (r"(^|\.)A$", -1.0, 0.5),
    (r"dt_(proj\.)?bias$|dt_proj\.bias$", -1.0, 0.5),
    (r"\.D$", 1.0, 0.3),
    (r"sinks$", 0.0, 1.0),
    (r"e_score_correction_bias$|expert_bias$|moe_statics", 0.0, 0.2),
    (r"layer_scalar$|router\.scale$|per_expert_scale$", 1.0, 0.2),
    (r"altup\.(prediction|correction)_coefs", 0.0, 0.3),
    (r"correct_output_scale$", 0.7, 0.2),
    (r"(conv1d|conv\.conv)\.weight$|conv\.weight$|short_conv", 0.0, 0.5),
    (r"(embed_tokens|wte|word_embeddings|embeddings|shared|embedding)\.weight$", 0.0, 0.25),
    (r"(embed|wte|wpe|word_embeddings|embeddings|shared\.weight|emb)", 0.0, 1.0),
    (r"relative_attention_bias", 0.0, 0.5),
    (r"alpha_[np]$|act_fn\.(alpha|beta|eps)", 0.5, 0.2),
]


def kind_of(name: str, shape) -> tuple[float, float]:
    for pattern, offset, scale in KINDS:
        if re.search(pattern, name) and not re.search(r"norm", name.lower()):
            return offset, scale
    if name.endswith("bias") or len(shape) == 0:
        return (0.0, 0.2) if len(shape) else (0.7, 0.2)
    if len(shape) == 1 or re.search(r"(norm|ln_|layernorm|_ln)", name.lower()) and len(shape) <= 2 and shape[0] < 9:
        return 1.0, 0.25
    return 0.0, float(np.float32(1.5 / np.sqrt(shape[-1])))


def make_checkpoint(case: Case, folder: Path):
    """Returns the model, read back from what was written, and its tensors as rows of a golden."""
    import torch
    import transformers
    from own import decoders, encoders, mixtures  # whose checkpoints bring code of their own
    from safetensors.numpy import load_file, save_file

    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    torch.manual_seed(0)
    config = case.config(transformers)
    found = [module for module in (transformers, decoders, encoders, mixtures) if hasattr(module, case.model_class)]
    cls = getattr(found[0], case.model_class)
    model = cls(config).float().eval()
    model.save_pretrained(folder)
    written = sorted(folder.glob("*.safetensors"))
    assert len(written) == 1, written
    rows, tensors = [], {}
    extra = {name: np.zeros(shape, np.float32) for name, shape in case.extra.items()}
    for name, tensor in sorted({**load_file(written[0]), **extra}.items()):
        if tensor.dtype != np.float32:
            continue
        offset, scale = case.kinds(name, tensor.shape) or kind_of(name, tensor.shape)
        rows.append([name, list(tensor.shape), offset, scale])
        tensors[name] = numbers(name, tensor.shape, offset, scale)
    save_file(tensors, written[0], metadata={"format": "pt"})
    if case.pooling:
        (folder / "1_Pooling").mkdir()
        (folder / "1_Pooling" / "config.json").write_text(json.dumps({f"pooling_mode_{case.pooling}": True}))
    del model
    model = cls.from_pretrained(folder, dtype=torch.float32, attn_implementation="eager").eval()
    return model, rows


def expected_of(case: Case, model) -> np.ndarray:
    import torch

    with torch.no_grad():
        ids = torch.tensor([case.tokens])
        if case.kind == "encoder-decoder":
            out = model(input_ids=torch.tensor([case.encoder]), decoder_input_ids=ids).logits[0]
        elif case.kind == "embedding":
            out = model(input_ids=ids).last_hidden_state[0]
            out = {"mean_tokens": out.mean(0), "cls_token": out[0], "lasttoken": out[-1]}[case.pooling][None]
        elif case.kind == "score":
            out = model(input_ids=ids).logits
        else:
            out = model(input_ids=ids, use_cache=False).logits[0]
    return out.float().numpy()


class Hearth:
    def __init__(self, program: Path, verbose: bool, given: bool = False):
        self.program, self.verbose, self.given = program, verbose, given

    def definition(self, checkpoint: Path) -> list:
        return ["--arch", ROOT / "architectures" / f"{architecture_of(checkpoint)}.arch"] if self.given else []

    def run(self, *words) -> None:
        self.output(*words)

    def output(self, *words) -> str:
        done = subprocess.run([str(self.program), *map(str, words)], capture_output=True, text=True)
        if self.verbose and done.stderr:
            print(done.stderr.strip(), file=sys.stderr)
        if done.returncode:
            lines = done.stderr.strip().splitlines() or [f"exit status {done.returncode}"]
            raise RuntimeError(lines[0])
        return done.stdout

    def logits(self, case: Case, checkpoint: Path, model: Path, out: Path) -> np.ndarray:
        words = ["debug", "logits", model, *self.definition(checkpoint), "-o", out]
        words += ["--tokens", ",".join(map(str, case.tokens))]
        if case.encoder:
            words += ["--encoder", ",".join(map(str, case.encoder))]
        self.run(*words)
        return np.fromfile(out, dtype="<f4")


def error_of(found: np.ndarray, expected: np.ndarray) -> float:
    if found.size != expected.size:
        raise RuntimeError(f"{found.size} numbers instead of {expected.size}")
    return float(np.abs(found.astype(np.float64) - expected.ravel()).max() / np.abs(expected).max())


def lines_of(arch: str) -> int:
    return len((ROOT / "architectures" / f"{arch}.arch").read_text().splitlines())


@functools.cache
def architectures() -> dict[str, list[str]]:
    """The files that name each class."""
    found = {}
    for file in sorted((ROOT / "architectures").glob("*.arch")):
        for line in file.read_text().splitlines():
            if line.startswith("  hf "):
                for word in line.split()[1:]:
                    found.setdefault(word, []).append(file.stem)
    return found


def architecture_of(folder: Path, said: str = "") -> str:
    """Where several files name the class, the one that its GGUF file names."""
    files = architectures()[json.loads((folder / "config.json").read_text())["architectures"][0]]
    return said if said in files else files[0]


def prove(case: Case, work: Path, hearth: Hearth) -> dict:
    folder = work / case.name
    model, rows = make_checkpoint(case, folder)
    expected = expected_of(case, model)
    assert np.isfinite(expected).all(), "transformers gives numbers that are not finite"
    gguf = work / f"{case.name}.gguf"
    result = {"name": case.name, "rows": rows, "expected": expected, "folder": folder}
    result["checkpoint"] = error_of(hearth.logits(case, folder, folder, work / "out.f32"), expected)
    hearth.run("convert", folder, *hearth.definition(folder), "-o", gguf, "--type", "f32")
    result["gguf"] = error_of(hearth.logits(case, folder, gguf, work / "out.f32"), expected)
    result["arch"] = architecture_of(folder, json.loads(hearth.output("inspect", gguf, "--json"))["architecture"])
    return result


# What config.json need not say for a golden, because it says who wrote it.
DROPPED = {"transformers_version", "_name_or_path"}


def write_golden(case: Case, result: dict, folder: Path) -> None:
    config = json.loads((result["folder"] / "config.json").read_text())
    golden = {
        "kind": case.kind,
        "config": {key: value for key, value in config.items() if key not in DROPPED},
        "tokens": case.tokens,
        "encoder": case.encoder,
        "pooling": case.pooling,
        "shape": list(result["expected"].shape),
        "tolerance": case.tolerance,
        "tensors": result["rows"],
        "expected": base64.b64encode(result["expected"].astype("<f4").tobytes()).decode(),
    }
    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps(golden, separators=(",", ":"))
    text = text.replace('["', '\n["')  # a tensor a line
    (folder / f"{case.name}.json").write_text(text + "\n")


TABLE_BEGIN, TABLE_END = "<!-- proved -->", "<!-- /proved -->"


def table_of(results: list[dict], failures: dict[str, str], version: str, before: str) -> str:
    """The rows of this run, and those of the cases that it left out as they stood before."""
    rows = {}
    for line in before.splitlines():
        if len(cells := line.strip("| ").split(" | ")) == 5 and cells[0] not in failures:
            rows[cells[0]] = (cells[1], *cells[3:])
    for result in results:
        rows[result["name"]] = (result["arch"], f"{result['checkpoint']:.0e}", f"{result['gguf']:.0e}")
    lines = [
        TABLE_BEGIN,
        "",
        f"Made by `tools/prove_architectures.py` with transformers {version}, in f32.",
        "",
        "| model of transformers | `.arch` | lines | from the checkpoint | from the GGUF |",
        "| --- | --- | --: | --: | --: |",
    ]
    for name in (case.name for case in CASES if case.name in rows):
        arch, checkpoint, gguf = rows[name]
        lines.append(f"| {name} | {arch} | {lines_of(arch)} | {checkpoint} | {gguf} |")
    lines += ["", *(f"{name}: {why}." for name, why in failures.items() if why != "differs")]
    return "\n".join(lines + ["", TABLE_END])


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", help="cases; all if none is given")
    parser.add_argument("--hearth", type=Path, default=ROOT / "build" / "hearth")
    parser.add_argument("--given", action="store_true", help="describe models by architectures/, not by what is built in")
    parser.add_argument("--work", type=Path, default=Path("/tmp/hearth-proofs"), help="where checkpoints are made")
    parser.add_argument("--goldens", type=Path, help="write a golden for each case that agrees")
    parser.add_argument("--table", type=Path, help="put the table between its marks in this file")
    parser.add_argument("-v", "--verbose", action="store_true")
    given = parser.parse_args()
    os.environ.setdefault("TRANSFORMERS_VERBOSITY", "error")
    import transformers

    chosen = [case for case in CASES if not given.names or case.name in given.names]
    unknown = set(given.names) - {case.name for case in chosen}
    if unknown:
        parser.error(f"no such case: {', '.join(sorted(unknown))}")
    hearth = Hearth(given.hearth, given.verbose, given.given)
    results, failures = [], {}
    for case in chosen:
        try:
            result = prove(case, given.work, hearth)
            results.append(result)
            good = max(result["checkpoint"], result["gguf"]) <= case.tolerance
            mark = "ok " if good else "FAR"
            print(f"{mark} {case.name:24} {result['checkpoint']:.1e} {result['gguf']:.1e}", flush=True)
            if good and given.goldens:
                write_golden(case, result, given.goldens)
            if not good:
                failures[case.name] = "differs"
        except Exception as error:  # noqa: BLE001: whatever goes wrong with one case, the others go on
            failures[case.name] = str(error).splitlines()[0] if str(error) else repr(error)
            print(f"BAD {case.name:24} {failures[case.name]}", flush=True)
            if given.verbose:
                traceback.print_exc()
    if given.table:
        text = given.table.read_text()
        before, rest = text.split(TABLE_BEGIN)
        table, after = rest.split(TABLE_END)
        table = table_of(results, failures, transformers.__version__, table)
        given.table.write_text(before + table + after)
    print(f"{len(results) - sum(why == 'differs' for why in failures.values())} of {len(chosen)} agree")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
