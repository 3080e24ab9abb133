#!/usr/bin/env python3
"""Holds a built hearth against the packages tokenizers and sentencepiece on random texts, many of them.

    compare.py path/to/hearth [--texts 100000] [--seed 1]

Texts are words of make.py's prose, pieces that tokenizers treat in their own ways, and characters of all of Unicode 8:
the package tokenizers has tables of that age, ours are newer, and perl knows how old a character is. For each file of this folder every id has to be equal; the first texts that are not are shown. Lists of ranks are left
out: how they cut words is known for released ones only.
"""
import argparse
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile

import sentencepiece
from tokenizers import Tokenizer

HERE = os.path.dirname(os.path.abspath(__file__))
PIECES = ["<x>", "<s>", "</s>", "[MASK]", "fire", "<unk>", "▁", "##", "</w>", "'s", "'LL", "n't", " ", "  ", "   ", "\t", "\n",
          "\r\n", "\n\n", "12", "3456", "0.5", "x", "(", ")", "...", "!?", "\u200d", "\ufe0f", "\u0301", "\u0327", "\u00a0", "<0x41>"]
RANGES = [(1, 0x80, 6), (0x80, 0x250, 4), (0x250, 0x530, 3), (0x530, 0x3000, 3), (0x3000, 0x3100, 2), (0x3100, 0xD800, 3),
          (0xE000, 0x10000, 1), (0x10000, 0x20000, 2), (0x20000, 0x110000, 1)]


def words():
    prose = open(os.path.join(HERE, "make.py"), encoding="utf-8").read().split('"""')[3]
    return prose.split()


def random_texts(count, seed):
    dice = random.Random(seed)
    known, weights = words(), [w for _, _, w in RANGES]
    show = r'for (1 .. 0x10FFFF) { my $c = chr; print $c if $c =~ /\p{Present_In: 8.0}/ and $c !~ /\p{Cs}|\p{Cn}/ }'
    # Its category, its script or its decomposition is another one since.
    changed = {0x0589, 0x061C, 0x0953, 0x0954, 0x166D, 0x1734, 0x1885, 0x1886, 0x1CF2, 0x1CF3, 0xA9BD, 0x111C9}
    old = subprocess.run(["perl", "-CO", "-e", show], stdout=subprocess.PIPE, check=True).stdout.decode()

    alive = [[c for c in old if low <= ord(c) < high and ord(c) not in changed] for low, high, _ in RANGES]

    def character():
        return dice.choice(dice.choices(alive, weights)[0])

    def piece():
        kind = dice.random()
        if kind < 0.4:
            return dice.choice(known) + dice.choice(("", " ", " "))
        return dice.choice(PIECES) if kind < 0.6 else character()

    return ["".join(piece() for _ in range(dice.randrange(1, 16))) for _ in range(count)]


def oracle(name):
    """What the reference says of a text, under which name hearth finds the file in a folder, and what else it is told."""
    path = os.path.join(HERE, name)
    if name.endswith(".model"):
        model = sentencepiece.SentencePieceProcessor(model_file=path)
        return model.encode, "tokenizer.model", ["--no-special"]
    tokenizer = Tokenizer.from_file(path)
    return lambda text: tokenizer.encode(text).ids, "tokenizer.json", []


def hearth_ids(program, folder, texts, options):
    data = b"".join(text.encode() + b"\0" for text in texts)
    ran = subprocess.run([program, "tokenize", folder, "--nul", *options], input=data, stdout=subprocess.PIPE,
                         stderr=subprocess.DEVNULL, check=True)
    return [json.loads(line) for line in ran.stdout.splitlines()]


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("hearth")
    parser.add_argument("--texts", type=int, default=100000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", default="", help="files whose names contain this")
    asked = parser.parse_args()
    texts = random_texts(asked.texts, asked.seed)
    failed = False
    for name in sorted(json.load(open(os.path.join(HERE, "expected.json")))["files"]):
        if asked.only not in name or name.endswith(".tiktoken"):
            continue
        ids_of, stored, options = oracle(name)
        with tempfile.TemporaryDirectory() as folder:
            shutil.copy(os.path.join(HERE, name), os.path.join(folder, stored))
            ours = hearth_ids(asked.hearth, folder, texts, options)
        wrong = [(t, o, e) for t, o in zip(texts, ours) if o != (e := ids_of(t))]
        print(f"{name:28} {len(texts)} texts, {len(wrong)} differ", flush=True)
        for text, got, expected in wrong[:5]:
            print(f"  {text!r}\n    hearth    {got}\n    reference {expected}")
        failed = failed or wrong or len(ours) != len(texts)
    sys.exit(1 if failed else 0)


main()
