"""A phrase grammar small enough to write stories in.

`[a|b|c]` is a choice and may be nested; `{word}` is replaced from a dictionary, `{Word}` with a capital letter.
In every choice the first is a little likelier than the next: a model that always takes the likeliest word then has
a clear favourite, and rounding does not change its mind.
"""
import functools
import re

TOKEN = re.compile(r"[\[\]|]|\{\w+\}|[^\[\]|{}]+")


def pick(rng, items):
    return items[int(len(items) * rng.random() ** 1.4)]


@functools.lru_cache(maxsize=None)
def parse(text):
    """A template as a tuple of parts: a string, ('word', name) or ('choice', alternatives)."""
    stack = [[[]]]  # of choices, each a list of alternatives, each a list of parts
    for token in TOKEN.findall(text):
        if token == "[":
            stack.append([[]])
        elif token == "]":
            choice = stack.pop()
            stack[-1][-1].append(("choice", tuple(tuple(parts) for parts in choice)))
        elif token == "|" and len(stack) > 1:
            stack[-1].append([])
        elif token[0] == "{":
            stack[-1][-1].append(("word", token[1:-1]))
        else:
            stack[-1][-1].append(token)
    if len(stack) != 1:
        raise ValueError(f"unbalanced brackets in: {text}")
    return tuple(stack[0][0])


def _expand(rng, parts, words, out):
    for part in parts:
        if isinstance(part, str):
            out.append(part)
        elif part[0] == "choice":
            _expand(rng, pick(rng, part[1]), words, out)
        else:
            name = part[1]
            if name in words:
                out.append(words[name])
            else:
                value = words[name[0].lower() + name[1:]]
                out.append(value[0].upper() + value[1:])


ARTICLE = re.compile(r"\b([Aa]) (?=[aeiouAEIOU])(?!(?:one|once|useful|uni))")


def expand(rng, text, words):
    """One random sentence of the template `text`."""
    out = []
    _expand(rng, parse(text), words, out)
    return ARTICLE.sub(r"\1n ", "".join(out))


def bind(rng, row, words):
    """Adds a row's values to `words`, each choice in them made once, so that a red kite stays red."""
    for key, value in row.items():
        words[key] = expand(rng, value, words)
    return words


def third_person(phrase):
    """ "prints the header" of "print the header"."""
    verb, space, rest = phrase.partition(" ")
    if verb in ("have", "be", "do", "go"):
        verb = {"have": "has", "be": "is", "do": "does", "go": "goes"}[verb]
    elif re.search(r"(s|x|z|ch|sh)$", verb):
        verb += "es"
    elif re.search(r"[^aeiou]y$", verb):
        verb = verb[:-1] + "ies"
    else:
        verb += "s"
    return verb + space + rest


DOUBLED = set("get set put cut let run stop quit trim cap begin forget embed plan plug drop dig chat permit skip swap grab snap slim control cancel".split())


def gerund(phrase):
    """ "printing the header" of "print the header"."""
    verb, space, rest = phrase.partition(" ")
    if verb in DOUBLED:
        verb += verb[-1] if verb not in ("cancel", "control") else "l"
    elif verb.endswith("ie"):
        verb = verb[:-2] + "y"
    elif re.search(r"[^eo]e$", verb) and verb != "be":
        verb = verb[:-1]
    return verb + "ing" + space + rest
