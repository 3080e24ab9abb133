"""Short stories that hold together: one hero, one plot, one row of things that belong to each other."""
import re

import world
from grammar import bind, expand, pick
from plots import PLOTS

OPENINGS = (
    "Once upon a time, there was a {trait} {kind} named {name}. {He} lived in {home}. ",
    "Once upon a time, there was a {trait} {kind} named {name}, who lived in {home}. ",
    "Once upon a time, in {home}, there lived a {trait} {kind}. {His} name was {name}. ",
    "Once upon a time, a {trait} {kind} named {name} lived in {home}. ",
)
OTHER_OPENINGS = (
    "There once was a {trait} {kind} named {name}, who lived in {home}. ",
    "In {home}, there lived a {trait} {kind} named {name}. ",
    "{Name} was a {trait} {kind} who lived in {home}. ",
    "Long ago, a {trait} {kind} named {name} lived in {home}. ",
    "This is the story of {name}, a {trait} {kind} who lived in {home}. ",
)
TRAIT = "[little|little|young|small|kind|brave|curious|clever|quiet|cheerful|shy|merry|gentle]"
ENDINGS = ("", "", "", "", " The end.", " And that is the story of {name}.", " And so {name} was happy.",
           " That night, {name} fell asleep with a smile.", " And they all lived happily ever after.")


class Story:
    """The text of a story, and what somebody might ask about it."""

    def __init__(self, text, words, plot):
        self.text, self.words, self.plot = text, words, plot
        self.name, self.kind = words["name"], words["kind"]

    def told(self, *keys):
        return all(self.words[k] in self.text or capital(self.words[k]) in self.text for k in keys)


def capital(text):
    return text[0].upper() + text[1:]


def tell(rng, choose=pick):
    """One random story; `choose` says how its plot is chosen."""
    plot, text, rows = choose(rng, PLOTS)
    words, kind, place = world.hero(rng)
    words["kind"] = kind
    words["trait"] = expand(rng, TRAIT, words)
    words["home"] = expand(rng, world.HOMES[place], words)
    row = dict(choose(rng, rows))
    words["vname"] = rng.choice(world.OTHER_NAMES)  # a third one, whom some plots need
    if "skill" in row:  # else nobody helps: the hero does
        world.helper(rng, expand(rng, row.pop("skill"), words), words)
    bind(rng, row, words)
    opening = expand(rng, pick(rng, OPENINGS if rng.random() < 0.7 else OTHER_OPENINGS), words)
    body = expand(rng, text + pick(rng, ENDINGS), words)
    body = re.sub(r"[ \t]+", " ", body).replace(" \n", "\n").strip()
    body = re.sub(r"(^|[.!?]\"? |\n)([a-z])", lambda m: m[1] + m[2].upper() if m[1][-1:] != " " or '"' not in m[1] else m[0], body)
    return Story(opening + body, words, plot)
