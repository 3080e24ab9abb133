#!/usr/bin/env python3
"""Makes the built-in model from nothing: text, tokenizer, training, GGUF, measurements. See README.md."""
import argparse
import json
import os
import random
import sys
import time

os.environ.setdefault("OMP_WAIT_POLICY", "passive")  # on a busy machine, threads that spin while they wait cost more than they win

import torch

import bpe
import chats
import evaluate
import gguf_file
from model import CONTEXT, VOCAB, Model

HERE = os.path.dirname(os.path.abspath(__file__))
BATCH_TOKENS = 3072
WIDTHS = (64, 128, 192, 224, 256, 288, 320, 384, 512, 768, CONTEXT)


def progress(text, end=False):
    if sys.stderr.isatty():
        print(f"\r\033[K{text}", end="\n" if end else "", file=sys.stderr, flush=True)
    elif end:
        print(text, file=sys.stderr, flush=True)


def encode(tokenizer, count, rng):
    """Documents as pairs of ids and what is to be learned; the few that are longer than the context are left out."""
    out = []
    while len(out) < count:
        ids, learn = tokenizer.encode_document(chats.document(rng))
        if len(ids) <= CONTEXT:
            out.append((torch.tensor(ids), torch.tensor(learn)))
    return out


def batches(documents, rng):
    """Documents of like length together, each from position 0, so that none sees another and little is padding.

    There are few shapes, for the kernels are prepared anew for each.
    """
    bins = {width: [] for width in WIDTHS}
    for document in documents:
        bins[next(width for width in WIDTHS if len(document[0]) <= width + 1)].append(document)
    groups = []
    for width, group in bins.items():
        rng.shuffle(group)
        rows = BATCH_TOKENS // width
        groups += [(width, rows, group[i:i + rows]) for i in range(0, len(group), rows)]
    rng.shuffle(groups)
    for width, rows, group in groups:
        ids = torch.full((rows, width + 1), bpe.END)
        learn = torch.zeros((rows, width + 1), dtype=torch.bool)
        for row, (a, b) in enumerate(group):
            ids[row, :len(a)], learn[row, :len(b)] = a, b
        yield ids, learn


def rate(step, steps):
    """The learning rate as a share of its highest: a short warm-up, a plateau, and a long way down."""
    return min(1.0, (step + 1) / 50, 1.6 * (1 - step / steps) + 0.01)


def train(model, tokenizer, options, rng):
    matrices = [p for name, p in model.named_parameters() if p.ndim == 2 and name != "token_embd"]
    others = [p for name, p in model.named_parameters() if p.ndim == 1 or name == "token_embd"]
    optimizers = [torch.optim.Muon(matrices, lr=0.006, weight_decay=0.1, momentum=0.95, adjust_lr_fn="original"),
                  torch.optim.AdamW(others, lr=0.003, betas=(0.9, 0.98), weight_decay=0.0)]
    for optimizer in optimizers:
        for group in optimizer.param_groups:
            group["highest"] = group["lr"]
    documents = encode(tokenizer, options.documents, rng)
    plan = list(batches(documents, rng))[:options.steps]
    held = list(batches(encode(tokenizer, 200, random.Random(options.seed + 1)), rng))
    curve, mean, start = [], None, time.time()
    for step, (ids, learn) in enumerate(plan):
        with torch.autocast("cpu", torch.bfloat16):  # the products only; sums, norms and weights stay in float32
            loss = model.loss(ids, learn)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        for optimizer in optimizers:
            for group in optimizer.param_groups:
                group["lr"] = group["highest"] * rate(step, len(plan))
            optimizer.step()
            optimizer.zero_grad()
        mean = loss.item() if mean is None else 0.95 * mean + 0.05 * loss.item()
        last = step + 1 == len(plan)
        if step % 100 == 0 or last:
            curve.append((step + 1, mean))
        spent = time.time() - start
        progress(f"step {step + 1} of {len(plan)}, loss {mean:.4f}, {spent / 60:.1f} minutes, "
                 f"{spent / (step + 1) * (len(plan) - step - 1) / 60:.0f} to go", end=last or step % 500 == 499)
    with torch.inference_mode():
        losses = [(model.loss(ids, learn).item(), int(learn.sum())) for ids, learn in held]
    return dict(curve=curve, steps=len(plan), minutes=(time.time() - start) / 60,
                documents=sum(int(learn.any(1).sum()) for _, learn in plan), learned=sum(int(learn.sum()) for _, learn in plan),
                held_loss=sum(a * n for a, n in losses) / sum(n for _, n in losses))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--documents", type=int, default=28000, help="how many documents to write, each seen once")
    parser.add_argument("--steps", type=int, help="learn from no more than this many batches of them")
    parser.add_argument("--seed", type=int, default=20260801)
    parser.add_argument("--threads", type=int, default=1, help="more is faster only where no other program runs")
    parser.add_argument("--output", default=os.path.join(HERE, "..", "models", "hearth-tiny.gguf"))
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    torch.manual_seed(options.seed)
    rng = random.Random(options.seed)

    sample = [text for _ in range(8000) for _, text in chats.document(rng)]
    tokenizer = bpe.Tokenizer(bpe.learn_merges(sample, VOCAB - len(bpe.CONTROL) - 256))
    progress(f"tokenizer: {VOCAB} tokens, {sum(map(len, sample)) / sum(len(tokenizer.encode(t)) for t in sample):.2f} characters per token", end=True)

    model = Model()
    record = train(model, tokenizer, options, rng)
    gguf_file.write(options.output, model, tokenizer)
    gguf_file.round_weights(model)
    record["bytes"] = os.path.getsize(options.output)
    record["parameters"] = sum(p.numel() for p in model.parameters())
    base = os.path.splitext(options.output)[0]
    with open(base + ".golden.json", "w", encoding="utf-8") as f:
        json.dump(evaluate.golden(model, tokenizer), f, indent=1, ensure_ascii=False)
        f.write("\n")
    with open(os.path.join(HERE, "RESULT.md"), "w", encoding="utf-8") as f:
        f.write(evaluate.report(model, tokenizer, record, options))


if __name__ == "__main__":
    main()
