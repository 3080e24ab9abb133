"""Measures the finished model, with the weights of its file, and writes what tests may expect of it."""
import random
import re

import torch

import bpe
import chats
import stories
from facts import FACTS
from grammar import expand
from small_talk import TALK
from unseen import UNSEEN

HELD_OUT_PER_FACT = 4
SAMPLES = 100
MOST = 500  # tokens of an answer or a story


def answers(model, tokenizer, conversations):
    """The greedy answer to each; those with prompts of one length are made together."""
    prompts = [tokenizer.prompt(messages) for messages in conversations]
    out = [None] * len(prompts)
    for length in sorted(set(map(len, prompts))):
        group = [i for i, prompt in enumerate(prompts) if len(prompt) == length]
        for i, ids in zip(group, model.generate([prompts[i] for i in group], MOST)):
            out[i] = tokenizer.decode(ids)
    return out


def score(model, tokenizer, cases):
    """cases: (name, question, texts of which a right answer contains one). Returns the share and the failures."""
    replies = answers(model, tokenizer, [[("user", question)] for _, question, _ in cases])
    wrong = [(name, question, reply) for (name, question, right), reply in zip(cases, replies) if not any(text in reply for text in right)]
    return 1 - len(wrong) / len(cases), wrong


def fact_cases(rng):
    for entry in FACTS:
        for _ in range(HELD_OUT_PER_FACT):
            words = chats.draw(rng)
            question = chats.ask(rng, entry, words, True)
            yield entry["name"], chats.typed(rng, question), [expand(rng, entry["must"], words)]


def talk_cases(rng):
    for name, right, questions, _ in TALK:
        for _ in range(HELD_OUT_PER_FACT):
            yield name, chats.typed(rng, expand(rng, rng.choice(questions), chats.draw(rng)), 0.1), right


def unseen_cases(questions):
    must = {entry["name"]: entry["must"] for entry in FACTS}
    for name, question in questions:
        number = re.search(r"\d+(\.\d+)?", question)
        kind = re.search(r"i?q\d_\w+|avx\w+|scalar", question.lower())
        yield name, question, [re.sub(r"\{\w+\}", lambda _: (kind or number)[0], must[name])]


def words_of(text):
    return re.findall(r"[A-Za-z]+(?:'[a-z]+)?", text)


HERO = re.compile(r"(?:named|name was|[Tt]his is the story of) ([A-Z][a-z]+)|^([A-Z][a-z]+) was a ")


class Stories:
    """What can be said of a story by looking: does it end, does its hero stay, are all its words words?"""

    def __init__(self):
        rng = random.Random(0)
        self.words = {w for _ in range(20000) for w in words_of(stories.tell(rng).text) if w.islower()}

    def faults(self, text, ended):
        out = [] if ended else ["does not end"]
        hero = HERO.search(text)
        if not hero:
            return out + ["no hero"]
        if (hero[1] or hero[2]) not in text[int(len(text) * 0.8):]:
            out.append("the hero is not there at the end")
        out += [f"no word: {w}" for w in words_of(text) if w.islower() and w not in self.words]
        for name, many in ((w, text.count(w)) for w in set(re.findall(r"(?<=[a-z,] )[A-Z][a-z]+", text))):
            if many == 1 and name != "I":
                out.append(f"named once: {name}")
        return out


def story_samples(model, tokenizer, seed):
    """(text, whether it came to its end)"""
    start = [bpe.BEGIN] + tokenizer.encode("Once upon a time")
    made = model.generate([start] * SAMPLES, MOST, temperature=0.7, rng=torch.Generator().manual_seed(seed))
    return [(tokenizer.decode(start + ids), len(ids) < MOST) for ids in made]


def wish_cases(rng):
    for _ in range(60):
        story = stories.tell(rng)
        subject, right = rng.choice((("about a {kind}", "{kind}"), ("about a {kind} named {name}", "{kind} {name}"), ("about {about}", "{about}")))
        yield expand(rng, "Tell me a story " + subject, story.words) + ".", right, story


def wishes_met(model, tokenizer, rng):
    cases, met, missed = list(wish_cases(rng)), 0, []
    replies = answers(model, tokenizer, [[("user", question)] for question, _, _ in cases])
    for (question, right, story), reply in zip(cases, replies):
        words = [story.words["about"].split()[-1]] if right == "{about}" else expand(rng, right, story.words).split()
        if all(word in reply for word in words):
            met += 1
        else:
            missed.append(question)
    return met / 60, missed


def margins(model, ids, count):
    """For each of the last `count` ids, by how much its logit led the next one."""
    with torch.inference_mode():
        top = model(torch.tensor([ids]))[0, -count - 1:-1].topk(2).values
    return (top[:, 0] - top[:, 1]).tolist()


TEXTS = ["Once upon a time", "How do I serve a model?", "hearth quantize IN.gguf OUT.gguf q4_k_m", "  two  spaces\n\nand\ttabs ",
         "It's 12345 o'clock, they'll say.", "Grüße, мир! 你好 🦊", "naïve café — “quoted”", "", "<|user|> is text here"]
CHATS = [
    [("user", "How do I serve a model?")],
    [("user", "How do I quantize a model?")],
    [("user", "Who are you?")],
    [("user", "Tell me a story about a fox.")],
    [("system", "Your name is Ember."), ("user", "What is your name?")],
    [("user", "Hello!"), ("assistant", "Hello! Ask me how to use Hearth, or let me tell you a story."), ("user", "How do I run it with 3 threads?")],
]


def continuation(model, tokenizer, prompt):
    ids = model.generate([prompt], MOST)[0]
    return dict(prompt_ids=prompt, ids=ids, text=tokenizer.decode(ids), ended=len(ids) < MOST,
                smallest_margin=round(min(margins(model, prompt + ids, len(ids))), 4))


def golden(model, tokenizer):
    """What a program must get from the file: ids of texts, greedy continuations, logits; all in double precision."""
    model.double()
    story = continuation(model, tokenizer, [bpe.BEGIN] + tokenizer.encode("Once upon a time"))
    ids = story["prompt_ids"]
    with torch.inference_mode():
        top = model(torch.tensor([ids]))[0, -1].topk(8)
    out = dict(
        about="greedy continuations stop before the end token, which is not among the ids; smallest_margin is the least lead of a chosen logit over the next",
        tokenize=[dict(text=text, ids=tokenizer.encode(text)) for text in TEXTS],
        complete=[dict(prompt="Once upon a time", **story)],
        chat=[dict(messages=[dict(role=r, content=t) for r, t in c], **continuation(model, tokenizer, tokenizer.prompt(c))) for c in CHATS],
        logits=dict(ids=ids, top=[[i, round(v, 5)] for v, i in zip(top.values.tolist(), top.indices.tolist())]),
    )
    model.float()
    return out


def percent(share):
    return f"{100 * share:.1f}%"


def quoted(text):
    return "\n".join("> " + line if line else ">" for line in text.splitlines())


def report(model, tokenizer, record, options):
    rng = random.Random(options.seed + 2)
    held, held_wrong = score(model, tokenizer, list(fact_cases(rng)))
    talk, talk_wrong = score(model, tokenizer, list(talk_cases(rng)))
    unseen = {which: score(model, tokenizer, list(unseen_cases(questions))) for which, questions in UNSEEN.items()}
    met, missed = wishes_met(model, tokenizer, rng)
    judge, samples = Stories(), story_samples(model, tokenizer, options.seed)
    faults = [judge.faults(text, ended) for text, ended in samples]
    clean = sum(not f for f in faults) / SAMPLES
    lost = sum("the hero is not there at the end" in f or "no hero" in f for f in faults) / SAMPLES
    unknown = sum(any(x.startswith("no word") for x in f) for f in faults) / SAMPLES
    ended = sum(e for _, e in samples) / SAMPLES
    rows = [
        ("parameters", f"{record['parameters']:,}"),
        ("file", f"{record['bytes']:,} bytes"),
        ("documents, each seen once", f"{record['documents']:,}"),
        ("tokens learned (not what users and system messages say)", f"{record['learned']:,}"),
        ("steps", f"{record['steps']:,}"),
        ("made with", f"`train.py --documents {options.documents} --threads {options.threads} --seed {options.seed}"
                      + (f" --steps {options.steps}`" if options.steps else "`")),
        ("training time", f"{record['minutes']:.0f} minutes"),
        ("loss on new documents", f"{record['held_loss']:.4f} nats a token"),
        ("held-out wordings of questions about Hearth answered with the right command", f"{percent(held)} of {len(FACTS) * HELD_OUT_PER_FACT}"),
        *((f"questions written by hand, apart from the generator, answered with the right command: {which} set", f"{percent(share)} of {len(UNSEEN[which])}")
          for which, (share, _) in unseen.items()),
        ("small talk answered in kind", f"{percent(talk)} of {len(TALK) * HELD_OUT_PER_FACT}"),
        ("wishes for a story that got what was wished for", f"{percent(met)} of 60"),
        ("stories (temperature 0.7) that come to their end", f"{percent(ended)} of {SAMPLES}"),
        ("stories whose hero, named at the start, is there at the end", percent(1 - lost)),
        ("stories in which every word is a word", percent(1 - unknown)),
        ("stories with no fault that the check can see", percent(clean)),
    ]
    out = ["# The built-in model's training run\n", "Written by `train.py`; everything is measured with the quantized weights of the file, answers greedily.\n",
           "| | |", "|---|---|", *(f"| {a} | {b} |" for a, b in rows), "", "## Loss\n", "| step | loss (running mean) |", "|---:|---:|",
           *(f"| {step} | {loss:.4f} |" for step, loss in record["curve"]), "", "## Stories\n", "Continuations of `Once upon a time`, temperature 0.7, not chosen.\n"]
    out += [quoted(text) + "\n" for text, _ in samples[:4]]
    out += ["## Answers\n"]
    for messages, reply in zip(CHATS, answers(model, tokenizer, CHATS)):
        out += [f"**{role}**: {text}  " for role, text in messages] + [f"**assistant**: {reply}\n"]
    out += ["## Mistakes\n", "Questions that got another answer than they should have; the first list is wordings held out, the next those written by hand, set by set, then small talk, then wishes and stories.\n"]
    for wrong in (held_wrong, *(wrong for _, wrong in unseen.values()), talk_wrong):
        out += [f"- {name}: “{question.strip()}” got “{reply[:120]}”" for name, question, reply in wrong[:12]] + ["", "---", ""]
    out += [f"- {question}" for question in missed[:12]]
    out += [f"- story: {', '.join(f[:3])}" for f in faults if f][:12]
    return "\n".join(out) + "\n"
