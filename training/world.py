"""Who can appear in a story: children, animals and helpers, with names, pronouns and homes that fit."""
from grammar import pick

GIRLS = """Mia Lily Anna Emma Rosa Nora Ella Clara Ruby Ivy Zoe Lena Maya Alice Nina Sara Lucy Hana Tilda Freya
Amira Leila Priya Mei Yara Greta Elsa Molly Daisy Wren Hazel Juno Iris Pearl Flora Tess Kira Noor Ada Ines""".split()
BOYS = """Tom Ben Leo Max Sam Finn Oscar Noah Theo Jack Omar Hugo Milo Felix Emil Jonas Ravi Kenji Luca Otto
Amir Tariq Niko Paul Henry Eli Ned Arlo Caleb Hamid Ivan Juan Kofi Liam Oleg Pedro Rufus Silas Toby Will""".split()
# Helpers and those met on the way have names that no hero has, so that nobody is taken for another.
HELPER_NAMES = """Bramble Pip Moss Clover Fern Willow Acorn Pebble Thistle Nutmeg Ginger Biscuit Maple Rowan Heather Sage
Poppy Basil Barley Rusty Dusty Misty Sunny Pepper Cinnamon Bumble Puddle Flint Cricket Bracken Sorrel Tansy Hopper Patch""".split()
OTHER_NAMES = """Dash Bolt Comet Zippy Whiz Nimble Swift Rocket Twinkle Bubble Nibble Snowball Peanut Pickle Noodle Waffle
Toffee Cookie Popcorn Sparky Fluffy Bobbin Doodle Button Muffin Tumble""".split()
SYLLABLES = "ba bel bo da dor fa fen ga gil ha jo ka kel la lin lo ma mir na nel o pa pim ra rin sa sol ta tam va vel wil za zor".split()

# The animals that most stories are about, and where each would live.
HOMES = {
    "forest": "[a cosy den under an old oak tree|a hollow tree in the green forest|a small house at the edge of the forest|a warm burrow in the quiet woods]",
    "pond": "[a little house beside a blue pond|a nest among the tall reeds|a hut on a green island|a hole in the bank of a slow river]",
    "farm": "[a red barn on a sunny farm|a small stable at the end of the road|a warm barn on top of a green hill]",
    "sea": "[a cave by the wide blue sea|a small bay with white sand|a little hut on a rocky island]",
    "far": "[a hidden valley behind the mountains|a cave high up in the hills|a deep cave far, far away|a quiet valley between two hills]",
    "child": "[a small village by the sea|a little house near the forest|a yellow house on top of a hill|a busy town beside a river|a white house with a blue door|a tall house in the big city|an old mill at the end of a long road]",
}
ANIMALS = {
    "forest": "fox bear rabbit mouse owl hedgehog squirrel deer badger wolf mole raccoon woodpecker beetle snail ant",
    "pond": "duck frog otter beaver turtle swan heron toad newt dragonfly",
    "farm": "cat dog pig goat lamb hen pony donkey kitten puppy goose cow horse rooster",
    "sea": "seal penguin crab seagull pelican walrus",
    "far": "dragon elephant lion monkey giraffe zebra panda tiger camel kangaroo koala parrot unicorn dinosaur robot giant "
           "whale dolphin shark octopus spider bee butterfly worm hare gorilla rhino cheetah flamingo goldfish caterpillar firefly ladybird raven stork "
           "llama hippo leopard crocodile peacock hamster bat eagle moose yak ostrich sloth lizard elf wizard troll knight fairy",
    "child": "princess prince king queen pirate sailor ghost witch clown cook baker gardener shepherd astronaut detective painter farmer teacher "
             "nurse postman soldier fisherman hunter tailor dancer singer scientist doctor explorer",
}
ONLY = {"princess": True, "queen": True, "witch": True, "prince": False, "king": False, "hen": True, "rooster": False, "cow": True}  # is it a she?
LIVES_IN = {animal: place for place, names in ANIMALS.items() for animal in names.split()}

SHE = dict(he="she", his="her", him="her", himself="herself", child="daughter")
HE = dict(he="he", his="his", him="him", himself="himself", child="son")

# What a helper can do decides who may help.
HELPERS = {
    "flies": "robin crow owl sparrow magpie swallow",
    "climbs": "squirrel cat raccoon",
    "swims": "duck otter frog beaver swan",
    "digs": "mole badger rabbit hedgehog",
    "smells": "dog fox pig bear",
    "small": "mouse ant ladybird snail",
    "wise": "owl tortoise raven toad goat",
    "strong": "bear horse ox elk",
}
FAMILY = [("mother", SHE), ("father", HE), ("grandmother", SHE), ("grandfather", HE), ("aunt", SHE), ("uncle", HE)]


def invent(rng):
    """A name nobody has, so that names are learned by copying and not by heart."""
    return "".join(rng.choice(SYLLABLES) for _ in range(rng.choice((2, 2, 3)))).capitalize()


def pick_name(rng, girl):
    return invent(rng) if rng.random() < 0.2 else pick(rng, GIRLS if girl else BOYS)


def hero(rng):
    """The words that speak of the hero: name, pronouns, what it is and where it lives."""
    girl = rng.random() < 0.5
    if rng.random() < 0.5:
        kind, place = ("girl" if girl else "boy"), "child"
    else:
        kind = rng.choice(list(LIVES_IN)) if rng.random() < 0.6 else pick(rng, ANIMALS["forest"].split() + ["cat", "dog", "duck", "frog"])
        place, girl = LIVES_IN[kind], ONLY.get(kind, girl)
    return dict(SHE if girl else HE, name=pick_name(rng, girl)), kind, place


def helper(rng, skill, words):
    """Adds a helper that can do what the story needs: {friend} on first sight, then {fname}, {fhe}, {fhis}, {fhim}.

    The hero says {fcall} to it and {fmy} of it.
    """
    if skill == "family":
        role, who = pick(rng, FAMILY)
        words.update(friend=f"{words['his']} {role}", fname=f"{words['his']} {role}", fwho=f"{words['his']} {role}",
                     fcall=role.capitalize(), fmy=f"my {role}")
    else:
        who = SHE if rng.random() < 0.5 else HE
        kind = pick(rng, [k for k in HELPERS[skill].split() if k != words["kind"]])
        name = pick(rng, [n for n in HELPER_NAMES if n != words["name"]])
        old = {"wise": ("wise old", "kind old"), "strong": ("big", "strong")}.get(skill, ("friendly", "little", "clever", "kind"))
        words.update(friend=f"a {pick(rng, old)} {kind} named {name}", fname=name, fwho=f"{name} the {kind}", fcall=name, fmy=name)
    words.update(fhe=who["he"], fhis=who["his"], fhim=who["him"])
