#!/usr/bin/env python3
"""Makes the tokenizers of this folder and what they make of texts.

Needs the packages tokenizers, sentencepiece and tiktoken. They are trained on the text below, which is ours;
the expected ids and texts are what those packages say. Run it in this folder.
"""
import base64
import json
import os
import random
import unicodedata

import sentencepiece
import tiktoken
from tokenizers import AddedToken, Regex, Tokenizer
from tokenizers import decoders as D
from tokenizers import models as M
from tokenizers import normalizers as N
from tokenizers import pre_tokenizers as P
from tokenizers import processors as Q
from tokenizers import trainers as T

PROSE = """The hearth is the oldest machine of the house. It warms the room, it cooks the meal, and whoever sits
near it tells a story. We've kept ours burning for 12 winters; they'll keep it for 345 more, won't they?
A good fire needs dry wood, some air and patience. Don't hurry: the kettle sings when it's ready.
for (int i = 0; i < 1024; ++i) { total += weights[i] * inputs[i]; }
if x is None: return "nothing"  # and say so
Le feu est allumé, l'été est loin; naïve façade, déjà vu. Straße und Öfen, größer und wärmer.
Огонь горит, вода кипит, все сидят у очага. Το τζάκι είναι ζεστό.
火在烧,水在开,大家坐在炉边讲故事。今天很冷,明天更冷。暖炉のそばで猫が眠っています。난로가 따뜻합니다.
"""
LINES = [line for line in PROSE.split("\n") if line] * 4

TEXTS = ["", " ", "  ", "\n", "hearth", " hearth", "The hearth is warm.", "It's  a   story,\n\n told\tby we'll\r\n",
         "for (int i = 0; i < 1024; ++i) {", "12345678 3.14 ½ ² ①", "naïve façade", "nai\u0308ve fac\u0327ade",
         "ÀÉÎ İstanbul ẞ", "火在烧,水在开。", "暖炉のそばで、カタカナ・ー", "난로가 따뜻", "Огонь ГОРИТ", "\u00A0\u3000x\u2003",
         "a\u200Bb\u00ADc\uFEFFd", "▁mark ▁", "😀👨\u200D👩\u200D👧 🏳️", "<x>kettle <x> kettle<x>", "fire fires fire, firefire",
         "[MASK] a[MASK] b  [MASK]", "<s>a</s> b</s>", "Ωﬁ ℃ Å", "don't DON'T 's", "x" * 40, "... !!! ?!", "a\x01b\x7fc\x85d",
         "__init__(self)", "مرحبا हिन्दी ไทย"]


def random_texts(count):
    dice = random.Random(7)
    ranges = [(32, 127), (0xA1, 0x250), (0x300, 0x340), (0x370, 0x530), (0x4E00, 0x5000), (0x3040, 0x30FF),
              (0xAC00, 0xAD00), (0x1F600, 0x1F640)]
    words = PROSE.split() + ["<x>", "fire", "[MASK]", "<s>", " ", "  ", "\n"]
    known = unicodedata.ucd_3_2_0
    texts = []
    while len(texts) < count:
        text = ""
        for _ in range(dice.randrange(1, 12)):
            if dice.random() < 0.5:
                text += dice.choice(words) + dice.choice(["", " ", " "])
            else:
                text += chr(dice.randrange(*dice.choice(ranges)))
        if all(c < "\x80" or c >= "\U0001F600" or known.category(c) != "Cn" for c in text):
            texts.append(text)
    return texts


TEXTS += random_texts(60)
SPECIAL = ["<unk>", "<s>", "</s>", "<pad>", AddedToken("[MASK]", lstrip=True, special=True), "[CLS]", "[SEP]", "[UNK]"]
ADDED = [AddedToken("<x>", lstrip=True, rstrip=True, normalized=False), AddedToken("fire", single_word=True)]
WORDS = (r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*"
         r"|\s*[\r\n]+|\s+(?!\S)|\s+")
BYTES = P.ByteLevel.alphabet()


def bpe(size=420, **more):
    return T.BpeTrainer(vocab_size=size, special_tokens=SPECIAL, show_progress=False, **more)


def around(t):
    return Q.TemplateProcessing(single="<s> $A </s>", special_tokens=[(s, t.token_to_id(s)) for s in ("<s>", "</s>")])


def train(model, normalizer, words, decoder, trainer, post=None, plain=None):
    t = Tokenizer(model)
    if normalizer: t.normalizer = normalizer
    if words: t.pre_tokenizer = words
    if decoder: t.decoder = decoder
    t.train_from_iterator(LINES, trainer)
    t.add_tokens(ADDED)
    if post: t.post_processor = post(t)
    file = json.loads(t.to_str())
    if plain: file["added_tokens"] = [a for a in file["added_tokens"] if not plain(a["content"])]
    return file


def with_charsmap():
    """SentencePiece's own, with rules of our own: the released ones are large."""
    open("rules.tsv", "w").write("".join(
        " ".join(f"{ord(c):X}" for c in a) + "\t" + " ".join(f"{ord(c):X}" for c in b) + "\n"
        for a, b in [("ﬁ", "fi"), ("½", "1/2"), ("\u3000", " "), ("\u00A0", " "), ("e\u0301", "é"), ("\u00AD", ""),
                     ("\t", " "), ("\n", " "), ("①", "1"), ("A", "a"), ("T", "t"), ("Å", "å"), ("ab", "c")]))
    open("text.txt", "w").write("\n".join(LINES))
    sentencepiece.SentencePieceTrainer.train(
        input="text.txt", model_prefix="sentencepiece", vocab_size=560, model_type="unigram", byte_fallback=True,
        normalization_rule_tsv="rules.tsv", minloglevel=2, hard_vocab_limit=False)
    os.rename("sentencepiece.model", "sentencepiece_unigram.model")
    sentencepiece.SentencePieceTrainer.train(
        input="text.txt", model_prefix="sentencepiece", vocab_size=560, model_type="bpe", byte_fallback=True,
        normalization_rule_name="identity", remove_extra_whitespaces=False, minloglevel=2, hard_vocab_limit=False)
    os.rename("sentencepiece.model", "sentencepiece_bpe.model")
    for name in ("rules.tsv", "text.txt", "sentencepiece.vocab"): os.remove(name)
    from sentencepiece import sentencepiece_model_pb2 as pb
    model = pb.ModelProto()
    model.ParseFromString(open("sentencepiece_unigram.model", "rb").read())
    return base64.b64encode(model.normalizer_spec.precompiled_charsmap).decode()


def main():
    charsmap = with_charsmap()
    is_byte = lambda text: text.startswith("<0x")
    all_bytes = T.BpeTrainer(vocab_size=560, special_tokens=SPECIAL + [f"<0x{i:02X}>" for i in range(256)],
                             show_progress=False, max_token_length=8)
    unigram = T.UnigramTrainer(vocab_size=320, special_tokens=SPECIAL, unk_token="<unk>", show_progress=False)
    files = {
        "byte_level": train(M.BPE(ignore_merges=True), N.NFC(), P.Sequence([
            P.Split(Regex(WORDS), "isolated"), P.ByteLevel(add_prefix_space=False, use_regex=False)]),
            D.ByteLevel(), bpe(initial_alphabet=BYTES), lambda t: Q.Sequence([Q.ByteLevel(), around(t)])),
        "byte_level_prefix": train(M.BPE(), None, P.ByteLevel(add_prefix_space=True), D.ByteLevel(),
                                   bpe(initial_alphabet=BYTES), lambda t: Q.RobertaProcessing(
                                       ("</s>", t.token_to_id("</s>")), ("<s>", t.token_to_id("<s>")))),
        "byte_fallback": train(M.BPE(unk_token="<unk>", fuse_unk=True, byte_fallback=True),
                               N.Sequence([N.Prepend("▁"), N.Replace(" ", "▁")]), None,
                               D.Sequence([D.Replace("▁", " "), D.ByteFallback(), D.Fuse(), D.Strip(" ", 1, 0)]),
                               all_bytes, around, is_byte),
        "metaspace_first": train(M.BPE(unk_token="<unk>"), N.NFKD(), P.Metaspace(prepend_scheme="first"),
                                 D.Metaspace(prepend_scheme="first"), bpe(300)),
        "unigram": train(M.Unigram(), N.Sequence([N.Nmt(), N.NFKC(), N.Replace(Regex(" {2,}"), " ")]),
                         P.Sequence([P.WhitespaceSplit(), P.Metaspace()]), D.Metaspace(), unigram,
                         lambda t: Q.TemplateProcessing(single="$A </s>",
                                                        special_tokens=[("</s>", t.token_to_id("</s>"))])),
        "charsmap": train(M.Unigram(), None, P.Metaspace(), D.Metaspace(), unigram),
        "wordpiece": train(M.WordPiece(unk_token="[UNK]", max_input_chars_per_word=20), N.BertNormalizer(),
                           P.BertPreTokenizer(), D.WordPiece(),
                           T.WordPieceTrainer(vocab_size=320, special_tokens=SPECIAL, show_progress=False),
                           lambda t: Q.BertProcessing(("[SEP]", t.token_to_id("[SEP]")),
                                                      ("[CLS]", t.token_to_id("[CLS]")))),
        "wordlevel": train(M.WordLevel(unk_token="<unk>"), N.Sequence([N.Strip(), N.NFD(), N.StripAccents(), N.Lowercase()]),
                           P.Sequence([P.Whitespace(), P.Digits(True)]), None,
                           T.WordLevelTrainer(vocab_size=90, special_tokens=SPECIAL, show_progress=False)),
        "word_suffix": train(M.BPE(unk_token="<unk>", end_of_word_suffix="</w>"),
                             N.Sequence([N.NFC(), N.Replace(Regex(r"\s+"), " "), N.Lowercase()]),
                             P.Sequence([P.WhitespaceSplit(), P.Punctuation("merged_with_previous")]),
                             D.BPEDecoder(), bpe(300, end_of_word_suffix="</w>")),
        "inside_prefix": train(M.BPE(unk_token="<unk>", continuing_subword_prefix="##"), N.Lowercase(),
                               P.Sequence([P.CharDelimiterSplit(" "), P.Punctuation("contiguous"), P.Digits()]),
                               D.WordPiece(cleanup=False), bpe(300, continuing_subword_prefix="##")),
        "scripts": train(M.Unigram(), N.NFKC(), P.Sequence([
            P.UnicodeScripts(), P.Split(" ", "merged_with_next"), P.FixedLength(6)]), D.Fuse(), unigram),
    }
    files["charsmap"]["normalizer"] = {"type": "Sequence", "normalizers": [
        {"type": "Precompiled", "precompiled_charsmap": charsmap},
        {"type": "Replace", "pattern": {"Regex": " {2,}"}, "content": " "}]}
    expected = {"texts": TEXTS, "files": {}}
    for name, file in files.items():
        json.dump(file, open(name + ".json", "w"), ensure_ascii=False, separators=(",", ":"))
        t = Tokenizer.from_file(name + ".json")
        added = {a["id"] for a in file["added_tokens"]}
        rows = []
        for text in TEXTS:
            ids = t.encode(text).ids
            plain = [i for i in ids if i not in added]
            rows.append([ids, t.decode(plain, skip_special_tokens=False)])
        expected["files"][name + ".json"] = rows
    for name in ("sentencepiece_unigram.model", "sentencepiece_bpe.model"):
        model = sentencepiece.SentencePieceProcessor(model_file=name)
        expected["files"][name] = [[model.encode(text), model.decode(model.encode(text))] for text in TEXTS]
    tokens = [bytes([i]) for i in range(256)]
    for word in ["th", "he", "the", " t", " the", "in", "ing", "er", "ar", "hear", "  ", "é", "我", "’s", "...", "火"]:
        tokens.append(word.encode()) if word.encode() not in tokens else None
    open("ranks.tiktoken", "w").write(
        "".join(f"{base64.b64encode(token).decode()} {rank}\n" for rank, token in enumerate(tokens)))
    ranks = tiktoken.Encoding("ours", pat_str=WORDS, mergeable_ranks={t: i for i, t in enumerate(tokens)},
                              special_tokens={"<s>": len(tokens)})
    expected["files"]["ranks.tiktoken"] = [
        [ranks.encode(text, allowed_special="all"), ""] for text in TEXTS]
    json.dump(expected, open("expected.json", "w"), ensure_ascii=False, separators=(",", ":"))


main()
