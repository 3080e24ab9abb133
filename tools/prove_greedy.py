#!/usr/bin/env python3
"""Holds `hearth run DIR` against transformers' generate: a chat of one question, with the checkpoint's own tokenizer and
template, 64 greedy tokens in f32. The models are those of tiny_checkpoints.py, the vocabularies made here of a few
sentences, so that a golden is small.

    python tools/prove_greedy.py [--goldens tests/data/greedy]
"""

import argparse
import json
import os
import sys
from pathlib import Path

import prove_architectures as prove
from tiny_checkpoints import CASES, Case

TEXT = """The lighthouse keeper counted the ships that passed in the night. He wrote their names in a large book, and when
the morning came he read them aloud to the gulls. "Where do they all go?" asked the youngest gull; but the keeper did
not know, and so he told a story about each of them instead. One carried 300 barrels of salt, another nothing at all.
It's a long way to the sea, isn't it? We'll walk there together, she said, and they walked."""
QUESTION = "Where do the ships go in the night? It's 30 miles to the sea."
TOKENS = 64


def byte_level(special: list[str]):
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(vocab_size=192, special_tokens=special, show_progress=False)
    tokenizer.train_from_iterator([TEXT], trainer)
    return tokenizer


def words_with_bars(special: list[str]):
    from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers

    tokenizer = Tokenizer(models.BPE(unk_token="<unk>", fuse_unk=True))
    tokenizer.normalizer = normalizers.Replace(" ", "▁")
    tokenizer.pre_tokenizer = pre_tokenizers.Split(" ", "merged_with_previous")
    tokenizer.decoder = decoders.Sequence([decoders.Replace("▁", " "), decoders.Fuse()])
    trainer = trainers.BpeTrainer(vocab_size=192, special_tokens=special, show_progress=False)
    tokenizer.train_from_iterator([TEXT.replace("\n", " ")], trainer)
    return tokenizer


CHATML = (
    "{% for m in messages %}{{ '<|im_start|>' + m['role'] + '\n' + m['content'] | trim + '<|im_end|>\n' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)
TURNS = (
    "{{ bos_token }}{% for m in messages %}{{ '<start_of_turn>' + ('model' if m['role'] == 'assistant' else m['role']) "
    "+ '\n' + m['content'] | trim + '<end_of_turn>\n' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<start_of_turn>model\n' }}{% endif %}"
)
HEADERS = (
    "{{ bos_token }}{% for m in messages %}{{ '[' + m['role'] + '] ' + m['content'] + eos_token }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '[assistant] ' }}{% endif %}"
)
# The model, its vocabulary, special tokens (the first begins a text, the second ends one), and its template.
CHATS = [
    ("llama-3.1", byte_level, ["<s>", "</s>"], HEADERS),
    ("qwen3", byte_level, ["<|endoftext|>", "<|im_end|>", "<|im_start|>"], CHATML),
    ("gemma2", words_with_bars, ["<bos>", "<end_of_turn>", "<unk>", "<start_of_turn>"], TURNS),
]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--hearth", type=Path, default=prove.ROOT / "build" / "hearth")
    parser.add_argument("--work", type=Path, default=Path("/tmp/hearth-proofs"))
    parser.add_argument("--goldens", type=Path)
    given = parser.parse_args()
    os.environ.setdefault("TRANSFORMERS_VERBOSITY", "error")
    import torch
    from transformers import PreTrainedTokenizerFast

    hearth = prove.Hearth(given.hearth, False)
    wrong = 0
    for name, make, special, template in CHATS:
        case = next(each for each in CASES if each.name == name)
        changes = {**case.changes, "vocab_size": 192, "bos_token_id": 0, "eos_token_id": 1, "max_position_embeddings": 256}
        case = Case(f"{name}-chat", case.model_type, case.model_class, changes)
        folder = given.work / case.name
        model, rows = prove.make_checkpoint(case, folder)
        tokenizer = PreTrainedTokenizerFast(
            tokenizer_object=make(special), bos_token=special[0], eos_token=special[1], chat_template=template
        )
        tokenizer.save_pretrained(folder)
        (folder / "generation_config.json").unlink(missing_ok=True)
        ids = tokenizer.apply_chat_template(
            [{"role": "user", "content": QUESTION}], add_generation_prompt=True, return_tensors="pt", return_dict=True
        )
        with torch.no_grad():
            out = model.generate(**ids, do_sample=False, max_new_tokens=TOKENS, eos_token_id=1, pad_token_id=0)
        text = tokenizer.decode(out[0, ids["input_ids"].shape[1]:], skip_special_tokens=True)
        found = hearth.output("run", folder, "-p", QUESTION, "-n", TOKENS, "--temperature", 0, "--cache-type", "f32")
        same = found.rstrip("\n") == text.rstrip("\n")
        wrong += not same
        print(f"{'ok ' if same else 'BAD'} {name}: {text[:70]!r}", *([] if same else [f"\n    {found[:70]!r}"]))
        if same and given.goldens:
            given.goldens.mkdir(parents=True, exist_ok=True)
            files = ["config.json", "tokenizer.json", "tokenizer_config.json", "chat_template.jinja"]
            golden = {
                "files": {each: (folder / each).read_text() for each in files if (folder / each).exists()},
                "question": QUESTION,
                "tokens": TOKENS,
                "answer": text,
                "pooling": "",
                "tensors": rows,
            }
            (given.goldens / f"{name}.json").write_text(json.dumps(golden, indent=0, ensure_ascii=False) + "\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
