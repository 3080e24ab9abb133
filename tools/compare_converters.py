#!/usr/bin/env python3
"""Holds the GGUF files that `hearth convert` writes against those of the reference converter, tensor by tensor (names,
shapes, types, bytes) and key by key, on the tiny checkpoints of prove_architectures.py with vocabularies made here.

Development only. REFERENCE is the path of convert_hf_to_gguf.py in a checkout of llama.cpp, with its gguf-py beside it;
what that wants (torch, transformers, sentencepiece) has to be there:

    python tools/compare_converters.py REFERENCE                          # every case, in f32 and f16
    python tools/compare_converters.py REFERENCE qwen3moe gemma3 --type f16
    python tools/compare_converters.py REFERENCE --table docs/architectures.md
"""

import argparse
import contextlib
import io
import json
import logging
import os
import re
import runpy
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np

import prove_architectures as prove
from prove_greedy import HEADERS, TEXT
from tiny_checkpoints import CASES, Case

GPT2 = r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"
LLAMA3 = (r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+"
          r"|\s+(?!\S)|\s+")
QWEN2 = LLAMA3.replace("{1,3}", "")
# The reference knows a pre-tokenizer by a hash of what its own vocabulary makes of a text, so that a vocabulary made
# here is none that it knows: it is told.
PRE_TOKENIZERS = {"gpt-2": GPT2, "llama-bpe": LLAMA3, "qwen2": QWEN2}
SPECIAL = ["<s>", "</s>", "<|end|>"]


def byte_level(folder: Path, pre: str) -> int:
    from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers, processors, trainers
    from transformers import PreTrainedTokenizerFast

    tokenizer = Tokenizer(models.BPE(ignore_merges=pre == "llama-bpe"))
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([
        pre_tokenizers.Split(Regex(PRE_TOKENIZERS[pre]), "isolated"),
        pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
    ])
    tokenizer.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(vocab_size=320, special_tokens=SPECIAL, initial_alphabet=alphabet, show_progress=False)
    tokenizer.train_from_iterator([TEXT], trainer)
    if pre == "llama-bpe":
        tokenizer.post_processor = processors.TemplateProcessing("<s> $A", "<s> $A <s> $B", [("<s>", 0)])
    PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, bos_token=SPECIAL[0], eos_token=SPECIAL[1], chat_template=HEADERS
    ).save_pretrained(folder)
    return tokenizer.get_vocab_size()


def sentencepiece(folder: Path, pre: str) -> int:
    import sentencepiece as library

    model = io.BytesIO()
    library.SentencePieceTrainer.train(
        sentence_iterator=iter(TEXT.splitlines()), model_writer=model, vocab_size=340, model_type="bpe",
        byte_fallback=True, character_coverage=1.0, minloglevel=2, normalization_rule_name="identity",
        remove_extra_whitespaces=False, add_dummy_prefix=pre != "gemma",
    )
    (folder / "tokenizer.model").write_bytes(model.getvalue())
    (folder / "tokenizer_config.json").write_text(json.dumps({
        "tokenizer_class": "LlamaTokenizer", "add_bos_token": True, "add_eos_token": False, "bos_token": "<s>",
        "eos_token": "</s>", "unk_token": "<unk>", "chat_template": HEADERS,
    }))
    return 340


@dataclass
class Comparison:
    name: str  # of a row of tiny_checkpoints.py
    vocabulary: object = byte_level
    pre: str = "qwen2"


COMPARISONS = [
    Comparison("llama", sentencepiece),
    Comparison("llama-3.1", byte_level, "llama-bpe"),
    Comparison("qwen3moe"),
    Comparison("gemma3", sentencepiece, "gemma"),
    Comparison("deepseek-v3"),
    Comparison("phi3-longrope", sentencepiece),
    Comparison("mamba2", byte_level, "gpt-2"),
    Comparison("gpt-oss", byte_level, "llama-bpe"),
    Comparison("granitemoe", byte_level, "gpt-2"),
    Comparison("lfm2", byte_level, "llama-bpe"),
]


# What is known to differ, and why. Anything else is an error.
EXPLAINED = [
    (r"key general\.(name|basename|version|finetune): ",
     "`general.name` is the folder's name as it is; the reference makes a title, a base name and a version of it."),
    (r"key [\w-]+\.(vocab_size|rope\.dimension_count|attention\.(key|value)_length|attention\.sliding_window_pattern"
     r"|attention\.causal|rope\.scaling\.type): only ours",
     "`vocab_size`, `rope.dimension_count`, `attention.key_length`, `attention.value_length`, "
     "`attention.sliding_window_pattern`, `attention.causal` and `rope.scaling.type` are always said; the reference leaves out some that "
     "llama.cpp takes for granted, architecture by architecture."),
    (r"key [\w-]+\.(expert_count|expert_used_count|expert_shared_feed_forward_length|final_logit_softcapping): only ours, \('\w+', 0",
     "`expert_count`, `expert_used_count`, `expert_shared_feed_forward_length` and `final_logit_softcapping` are 0 "
     "where there is none; the reference leaves them out, which readers take for 0."),
    (r"key deepseek2\.expert_gating_func: only ours, \('UINT32', 2\)",
     "`expert_gating_func` of DeepSeek V3 is sigmoid, which its class in transformers takes for granted; the reference "
     "only writes what the configuration says, and llama.cpp then takes a softmax."),
    (r"key tokenizer\.ggml\.add_(bos|eos)_token: only ours, \('BOOL', False\)",
     "`add_bos_token` and `add_eos_token` are said where nothing is put around a text, which readers would else guess."),
    (r"key tokenizer\.ggml\.add_sep_token: only theirs, \('BOOL', False\)", "`add_sep_token` is said if it is so."),
    (r"key tokenizer\.ggml\.(eot_token_id|unknown_token_id): only ours",
     "`eot_token_id` and `unknown_token_id` are found as llama.cpp finds them when it reads a file, by the token's "
     "text or kind, and written down."),
    (r"key tokenizer\.ggml\.(add_space_prefix|remove_extra_whitespaces): only ours",
     "`add_space_prefix` and `remove_extra_whitespaces` are what the SentencePiece model says of itself."),
    (r"tensor rope_freqs\.weight: \d bytes? ",
     "`rope_freqs` differs in the last bit of a number: the reference works it out in single precision."),
]


def reason_of(line: str):
    return next((reason for pattern, reason in EXPLAINED if re.match(pattern, line)), None)


def checkpoint_of(comparison: Comparison, folder: Path) -> None:
    case = next(each for each in CASES if each.name == comparison.name)
    folder.mkdir(parents=True, exist_ok=True)
    size = comparison.vocabulary(folder, comparison.pre)
    kept = {path.name: path.read_bytes() for path in folder.iterdir() if path.name.startswith("token")
            or path.name.startswith("chat_template")}
    special = {"bos_token_id": 1, "eos_token_id": 2} if comparison.vocabulary is sentencepiece else {
        "bos_token_id": 0, "eos_token_id": 1}
    case = Case(case.name, case.model_type, case.model_class, {**case.changes, "vocab_size": (size + 31) // 16 * 16, **special})
    prove.make_checkpoint(case, folder)
    for name, content in kept.items():
        (folder / name).write_bytes(content)


def convert_with_reference(script: Path, pre: str, folder: Path, out: Path, kind: str) -> None:
    sys.path[:0] = [str(script.parent), str(script.parent / "gguf-py")]
    from conversion.base import TextModel

    TextModel.get_vocab_base_pre = lambda self, tokenizer: pre
    words, sys.argv = sys.argv, [str(script), str(folder), "--outfile", str(out), "--outtype", kind]
    try:
        with contextlib.redirect_stderr(io.StringIO()):
            runpy.run_path(str(script), run_name="__main__")
    finally:
        sys.argv = words


def contents_of(path: Path):
    import gguf

    reader = gguf.GGUFReader(path)
    keys = {}
    for name, field in reader.fields.items():
        if not name.startswith("GGUF."):
            keys[name] = ("/".join(kind.name for kind in field.types[:2]), field.contents())
    tensors = {each.name: (each.tensor_type.name, tuple(int(size) for size in reversed(each.shape)),
                           np.array(each.data).tobytes()) for each in reader.tensors}
    return keys, tensors


def shown(value) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."


def difference_of_keys(ours, theirs) -> str:
    if ours[0] == theirs[0] and isinstance(ours[1], list) and isinstance(theirs[1], list):
        if len(ours[1]) != len(theirs[1]):
            return f"{len(ours[1])} items, theirs {len(theirs[1])}"
        place = next(i for i, (a, b) in enumerate(zip(ours[1], theirs[1])) if a != b)
        return f"[{place}] {shown(ours[1][place])}, theirs {shown(theirs[1][place])}"
    return f"{ours[0]} {shown(ours[1])}, theirs {theirs[0]} {shown(theirs[1])}"


def difference_of_tensors(ours, theirs) -> str:
    if ours[:2] != theirs[:2]:
        return f"{ours[0]} {ours[1]}, theirs {theirs[0]} {theirs[1]}"
    count = sum(a != b for a, b in zip(ours[2], theirs[2]))
    return f"{count} bytes of {len(ours[2])} differ"


def differences_of(ours: dict, theirs: dict, difference) -> list[str]:
    lines = [f"{name}: only theirs, {shown(theirs[name][:2])}" for name in theirs if name not in ours]
    lines += [f"{name}: only ours, {shown(ours[name][:2])}" for name in ours if name not in theirs]
    return lines + [f"{name}: {difference(ours[name], theirs[name])}"
                    for name in ours if name in theirs and ours[name] != theirs[name]]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("reference", type=Path)
    parser.add_argument("names", nargs="*")
    parser.add_argument("--type", action="append", choices=["f32", "f16", "bf16", "q8_0"])
    parser.add_argument("--hearth", type=Path, default=prove.ROOT / "build" / "hearth")
    parser.add_argument("--work", type=Path, default=Path("/tmp/hearth-converters"))
    parser.add_argument("--table", type=Path, help="put the table between its marks in this file")
    given = parser.parse_args()
    os.environ.setdefault("TRANSFORMERS_VERBOSITY", "error")
    logging.disable(logging.WARNING)
    hearth = prove.Hearth(given.hearth, False)
    rows, reasons, unexplained = [], set(), 0
    for comparison in COMPARISONS:
        if given.names and comparison.name not in given.names:
            continue
        folder = given.work / comparison.name
        checkpoint_of(comparison, folder)
        for kind in given.type or ["f32", "f16"]:
            ours, theirs = given.work / "ours.gguf", given.work / "theirs.gguf"
            convert_with_reference(given.reference, comparison.pre, folder, theirs, kind)
            hearth.run("convert", folder, "-o", ours, "--type", kind)
            keys, tensors = contents_of(ours)
            their_keys, their_tensors = contents_of(theirs)
            lines = [f"key {line}" for line in differences_of(keys, their_keys, difference_of_keys)]
            lines += [f"tensor {line}" for line in differences_of(tensors, their_tensors, difference_of_tensors)]
            print(f"{comparison.name} {kind}: {len(their_tensors)} tensors, {len(their_keys)} keys")
            for line in lines:
                reason = reason_of(line)
                reasons.add(reason)
                unexplained += reason is None
                print("   " if reason else "BAD", line)
            same = [sum(mine.get(name) == each for name, each in other.items())
                    for mine, other in ((tensors, their_tensors), (keys, their_keys))]
            rows.append(f"| {comparison.name} | {kind} | {same[0]} of {len(their_tensors)} "
                        f"| {same[1]} of {len(their_keys)} | {len(keys.keys() - their_keys.keys())} |")
    if given.table:
        before, rest = given.table.read_text().split(TABLE_BEGIN)
        table = [TABLE_BEGIN, "", "Made by `tools/compare_converters.py`.", "",
                 "| model of transformers | type | tensors alike | its keys, alike | keys of ours alone |",
                 "| --- | --- | --: | --: | --: |", *rows, "", "What differs, and why:", "",
                 *(f"* {reason}" for _, reason in EXPLAINED if reason in reasons), "", TABLE_END]
        given.table.write_text(before + "\n".join(table) + rest.split(TABLE_END)[1])
    return 1 if unexplained else 0


TABLE_BEGIN, TABLE_END = "<!-- converted -->", "<!-- /converted -->"


if __name__ == "__main__":
    sys.exit(main())
