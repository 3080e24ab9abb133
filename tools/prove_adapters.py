#!/usr/bin/env python3
"""Holds LoRA adapters against PEFT's: tiny models of tiny_checkpoints.py with adapters as PEFT saves them, whose numbers
are again a function of their names. Hearth reads the folder of an adapter, and the GGUF file that `hearth convert`
makes of it, for the checkpoint and for the GGUF file of that. tests/transformers_test.cc holds the goldens.

Development only; it wants transformers, torch and peft:

    python tools/prove_adapters.py [NAME ...] [--goldens tests/data/adapters] [--table docs/adapters.md]
"""

import argparse
import base64
import json
import os
import shutil
import sys
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

import prove_architectures as prove
from tiny_checkpoints import CASES

ATTENTION = ["q_proj", "k_proj", "v_proj", "o_proj"]
FEED_FORWARD = ["gate_proj", "up_proj", "down_proj"]


@dataclass
class Adapted:
    name: str
    case: str  # of tiny_checkpoints.py
    what: str  # in the table
    adapters: list  # the arguments of LoraConfig for each, but for "scale": by how much it is applied
    tolerance: float = 1e-5


def lora(modules: list, r: int = 4, alpha: float = 8, scale: float = 1, **more) -> dict:
    return {"target_modules": modules, "r": r, "lora_alpha": alpha, "scale": scale, **more}


ADAPTED = [
    Adapted("llama", "llama", "all seven projections, ranks and alphas by pattern",
            [lora(ATTENTION + FEED_FORWARD, rank_pattern={"q_proj": 6, "layers.1.mlp.up_proj": 2},
                  alpha_pattern={"down_proj": 20})]),
    Adapted("llama-embeddings", "llama", "embeddings, output and one projection, `use_rslora`",
            [lora(["embed_tokens", "lm_head", "v_proj"], use_rslora=True)]),
    Adapted("gemma2-two", "gemma2", "two at once, by 0.5 and -0.75",
            [lora(ATTENTION, scale=0.5), lora(["q_proj", *FEED_FORWARD], r=3, alpha=5, scale=-0.75)]),
    Adapted("phi3", "phi3", "fused projections", [lora(["qkv_proj", "o_proj", "gate_up_proj", "down_proj"])]),
    Adapted("gpt2", "gpt2", "matrices stored inputs first (`fan_in_fan_out`)",
            [lora(["c_attn", "c_proj", "c_fc"], fan_in_fan_out=True)]),
    Adapted("deepseek-v2", "deepseek-v2", "latent attention",
            [lora(["q_a_proj", "q_b_proj", "kv_a_proj_with_mqa", "o_proj"])], tolerance=1e-4),
    Adapted("mamba2", "mamba2", "a state space model", [lora(["in_proj"])]),
]


def make_adapter(given: dict, model, folder: Path) -> list:
    """Writes the folder as PEFT does and returns its tensors as rows of a golden."""
    import peft
    from safetensors.numpy import load_file, save_file

    shutil.rmtree(folder, ignore_errors=True)
    config = peft.LoraConfig(**{key: value for key, value in given.items() if key != "scale"})
    adapted = peft.get_peft_model(model, config)
    adapted.save_pretrained(folder)
    adapted.unload()
    path = folder / "adapter_model.safetensors"
    rows, tensors = [], {}
    for name, tensor in sorted(load_file(path).items()):
        # Both halves such that what they add is as large as what is there. A copy of the base's is passed over.
        rows.append([name, list(tensor.shape), 0.0, 0.25])
        copied = name.endswith("base_layer.weight")
        tensors[name] = tensor if copied else prove.numbers(f"{folder.name}.{name}", tensor.shape, 0.0, 0.25)
    save_file(tensors, path, metadata={"format": "pt"})
    return rows


def expected_of(adapted: Adapted, case, model, folders: list) -> tuple:
    import peft
    import torch
    from peft.tuners.lora import LoraLayer

    ids = torch.tensor([case.tokens])
    with torch.no_grad():
        plain = model(input_ids=ids, use_cache=False).logits[0].float().numpy()
        names = [folder.name for folder in folders]
        model = peft.PeftModel.from_pretrained(model, folders[0], adapter_name=names[0])
        for folder in folders[1:]:
            model.load_adapter(folder, adapter_name=folder.name)
        model.base_model.set_adapter(names)
        for module in model.modules():
            if isinstance(module, LoraLayer):
                for name in module.scaling.keys() & set(names):
                    module.scaling[name] *= adapted.adapters[names.index(name)]["scale"]
        return plain, model.eval()(input_ids=ids, use_cache=False).logits[0].float().numpy()


def config_of(folder: Path) -> dict:
    config = json.loads((folder / "adapter_config.json").read_text())
    config["base_model_name_or_path"] = None
    return {key: sorted(value) if key == "target_modules" else value for key, value in config.items() if value}


TABLE_BEGIN, TABLE_END = "<!-- proved -->", "<!-- /proved -->"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*")
    parser.add_argument("--hearth", type=Path, default=prove.ROOT / "build" / "hearth")
    parser.add_argument("--work", type=Path, default=Path("/tmp/hearth-adapters"))
    parser.add_argument("--goldens", type=Path)
    parser.add_argument("--table", type=Path, help="put the table between its marks in this file")
    given = parser.parse_args()
    os.environ.setdefault("TRANSFORMERS_VERBOSITY", "error")
    import peft

    hearth = prove.Hearth(given.hearth, False)
    lines, wrong = [], 0
    for adapted in ADAPTED:
        if given.names and adapted.name not in given.names:
            continue
        case = next(each for each in CASES if each.name == adapted.case)
        checkpoint = given.work / adapted.name
        model, rows = prove.make_checkpoint(case, checkpoint)
        folders = [given.work / f"{adapted.name}-{i}" for i in range(len(adapted.adapters))]
        halves = [make_adapter(each, model, folder) for each, folder in zip(adapted.adapters, folders)]
        plain, expected = expected_of(adapted, case, model, folders)
        change = prove.error_of(plain.ravel(), expected)
        gguf = given.work / f"{adapted.name}.gguf"
        hearth.run("convert", checkpoint, "-o", gguf, "--type", "f32")
        converted = []
        for folder in folders:
            converted.append(folder.with_suffix(".gguf"))
            hearth.run("convert", folder, "-o", converted[-1], "--base", checkpoint, "--type", "f32")
        errors = []
        for base, files in [(checkpoint, folders), (gguf, folders), (checkpoint, converted), (gguf, converted)]:
            words = [base]
            for file, each in zip(files, adapted.adapters):
                words += ["--lora", f"{file}={each['scale']}"]
            out = given.work / "out.f32"
            hearth.run("debug", "logits", *words, "--tokens", ",".join(map(str, case.tokens)), "-o", out)
            errors.append(prove.error_of(np.fromfile(out, dtype="<f4"), expected))
        good = max(errors) <= adapted.tolerance < change / 1000
        wrong += not good
        print("ok " if good else "BAD", adapted.name, *(f"{error:.1e}" for error in errors), f"changes {change:.2f}")
        lines.append(f"| {adapted.case} | {adapted.what} | {change:.1f} | {max(errors[:2]):.0e} | {max(errors[2:]):.0e} |")
        if good and given.goldens:
            config = json.loads((checkpoint / "config.json").read_text())
            golden = {
                "config": {key: value for key, value in config.items() if key not in prove.DROPPED},
                "tokens": case.tokens, "encoder": [], "pooling": "", "tolerance": adapted.tolerance, "tensors": rows,
                "adapters": [
                    {"folder": folder.name, "scale": each["scale"], "config": config_of(folder), "tensors": tensors}
                    for folder, each, tensors in zip(folders, adapted.adapters, halves)
                ],
                "expected": base64.b64encode(expected.astype("<f4").tobytes()).decode(),
            }
            given.goldens.mkdir(parents=True, exist_ok=True)
            text = json.dumps(golden, separators=(",", ":")).replace('["', '\n["')
            (given.goldens / f"{adapted.name}.json").write_text(text + "\n")
    if given.table:
        before, rest = given.table.read_text().split(TABLE_BEGIN)
        table = "\n".join([
            TABLE_BEGIN, "", f"Made by `tools/prove_adapters.py` with PEFT {peft.__version__}, in f32.", "",
            "| model | adapter | it changes logits by | from PEFT's folder | from the GGUF |",
            "| --- | --- | --: | --: | --: |", *lines, "", TABLE_END])
        given.table.write_text(before + table + rest.split(TABLE_END)[1])
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
