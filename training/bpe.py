"""A byte-level BPE tokenizer: how it is trained, and how it encodes.

The 256 bytes are written with GPT-2's printable alphabet, as GGUF stores them, and text is cut before merging by
the expression below, which a GGUF file names `gpt-2`; whoever reads the file cuts with the same one.
"""
from collections import Counter, defaultdict

import regex

PRE = "gpt-2"
CUT = regex.compile(r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+")
NUMBER = regex.compile(r"\p{N}")
CONTROL = ["<|begin|>", "<|end|>", "<|system|>", "<|user|>", "<|assistant|>"]
BEGIN, END = 0, 1
NORMAL, CONTROL_TYPE = 1, 3  # GGUF's token types


def byte_alphabet():
    """GPT-2's character for each byte: itself if printable, else the next free one from U+0100 on."""
    printable = [*range(ord("!"), ord("~") + 1), *range(0xA1, 0xAC + 1), *range(0xAE, 0xFF + 1)]
    others = [b for b in range(256) if b not in printable]
    return {b: chr(b) for b in printable} | {b: chr(0x100 + i) for i, b in enumerate(others)}


BYTES = byte_alphabet()


def spell(piece):
    return "".join(BYTES[b] for b in piece.encode())


def learn_merges(texts, count):
    """The `count` most useful merges: each joins the most frequent pair of neighbours there is at that point.

    None has a digit: numbers are read and written one digit at a time, so that any can be copied.
    """
    words = Counter(piece for text in texts for piece in CUT.findall(text) if not NUMBER.search(piece))
    words = [(list(spell(word)), n) for word, n in sorted(words.items())]
    pairs, where = Counter(), defaultdict(set)
    for i, (symbols, n) in enumerate(words):
        for pair in zip(symbols, symbols[1:]):
            pairs[pair] += n
            where[pair].add(i)
    merges = []
    while len(merges) < count:
        best = max(pairs, key=lambda pair: (pairs[pair], pair))
        merges.append(best)
        for i in where.pop(best):
            symbols, n = words[i]
            for pair in zip(symbols, symbols[1:]):
                pairs[pair] -= n
            symbols[:] = merge(symbols, best)
            for pair in zip(symbols, symbols[1:]):
                pairs[pair] += n
                where[pair].add(i)
        del pairs[best]
    return merges


def merge(symbols, pair):
    out, i = [], 0
    while i < len(symbols):
        if i + 1 < len(symbols) and (symbols[i], symbols[i + 1]) == pair:
            out.append(symbols[i] + symbols[i + 1])
            i += 2
        else:
            out.append(symbols[i])
            i += 1
    return out


class Tokenizer:
    def __init__(self, merges):
        self.merges = [tuple(m) for m in merges]
        self.tokens = CONTROL + [BYTES[b] for b in range(256)] + [a + b for a, b in self.merges]
        if len(set(self.tokens)) != len(self.tokens):
            raise ValueError("two merges make the same token")
        self.types = [CONTROL_TYPE] * len(CONTROL) + [NORMAL] * (len(self.tokens) - len(CONTROL))
        self.ids = {token: i for i, token in enumerate(self.tokens)}
        self.rank = {pair: i for i, pair in enumerate(self.merges)}
        self.byte = {c: b for b, c in BYTES.items()}
        self.known = {}  # a piece of text and its ids

    def _piece(self, piece):
        symbols = list(spell(piece))
        while len(symbols) > 1:
            pair = min(zip(symbols, symbols[1:]), key=lambda p: self.rank.get(p, len(self.rank)))
            if pair not in self.rank:
                break
            symbols = merge(symbols, pair)
        return [self.ids[s] for s in symbols]

    def encode(self, text):
        """The ids of plain text; control tokens are not recognised in it."""
        out = []
        for piece in CUT.findall(text):
            if piece not in self.known:
                self.known[piece] = self._piece(piece)
            out += self.known[piece]
        return out

    def decode(self, ids):
        data = b"".join(bytes(self.byte[c] for c in self.tokens[i]) for i in ids if i >= len(CONTROL))
        return data.decode(errors="replace")

    def encode_document(self, document):
        """The ids of a conversation, and for each whether the model has to learn to write it."""
        ids, learn = [BEGIN], [False]
        for role, text in document:
            body = self.encode(text)
            if role == "text":
                ids += body + [END]
                learn += [True] * (len(body) + 1)
            else:
                ids += [self.ids[f"<|{role}|>"], *body, END]
                learn += [False] + [role == "assistant"] * (len(body) + 1)
        return ids, learn

    def prompt(self, document):
        """The ids after which the model answers."""
        return self.encode_document(document)[0] + [self.ids["<|assistant|>"]]


CHAT_TEMPLATE = """\
{{- bos_token -}}
{%- for message in messages -%}
    {%- if message.role not in ['system', 'user', 'assistant'] -%}
        {{- raise_exception('this model knows the roles system, user and assistant, not ' + message.role) -}}
    {%- endif -%}
    {{- '<|' + message.role + '|>' + message.content + eos_token -}}
{%- endfor -%}
{%- if add_generation_prompt -%}
    {{- '<|assistant|>' -}}
{%- endif -%}
"""
