"""Documents to learn from: raw stories, and conversations made of questions, wishes for stories and small talk.

A document is a list of (role, text); the role of a raw story is "text". One wording in twenty is held out:
it never occurs in training, and the evaluation asks it.
"""
import hashlib
import random
import re

import stories
import world
from facts import AFTER, ASIDES, BEFORE, DRAWN, FACTS, FILLERS, SMALL_WORDS, STATE_FRAMES, SYNONYMS, TASK_FRAMES, THING_FRAMES
from grammar import expand, gerund, pick, third_person
from small_talk import FOREIGN, TALK

SYSTEMS = """
You are a helpful assistant.
You are a friendly assistant. Answer briefly.
You help people to use Hearth.
Answer in short sentences.
You are a tiny model that tells stories.
Be kind and honest.
You are Hearth's built-in model.
Help the user with the command line.
""".strip().splitlines()
NAMED = ("Your name is {it}.", "You are {it}, a helpful assistant.", "You are called {it}.", "You are {it}.", "Your name is {it}. Answer briefly.")
NAME_QUESTIONS = "[who are you|what is your name|what's your name|do you have a name|who is this|introduce yourself|your name|what are you called|how are you called]"
NAME_ANSWERS = ("I am {it}, a tiny model. I know little stories and how to use Hearth.", "My name is {it}. I am a tiny model: I tell stories and know Hearth's commands.")

WISHES = ("[tell me a story|tell a story|a story|a story please|please tell me a story|can you tell me a story|could you tell me a story|write a story|write me a story|I want a story|"
          "I want to hear a story|I would like a story|another story|tell me another story|another one|one more story|tell me a short story|tell me a bedtime story|a bedtime story|do you know a story|"
          "story|story please|read me a story|make up a story|tell me something|once more|a new story|give me a story|please write a short story|tell us a story|let me hear a story]")
WISH_FOR = ("[tell me|please tell me|can you tell me|could you tell me|tell us|write|write me|I want|I would like|make up|do you know|give me|read me|I want to hear|please write|let me hear] "
            "[a story|a story|a short story|a little story|a bedtime story|a new story|another story|a tale] ")
SUBJECTS = (
    "about a {kind}", "about a {kind}", "about a {kind}", "about the {kind}", "with a {kind}", "about a {trait} {kind}",
    "about a {kind} named {name}", "about a {kind} called {name}", "about {name} the {kind}", "about {name}", "about {name}, a {kind}", "with a {kind} called {name}",
    "about {about}", "about {about}", "about a {kind} and {about}", "about {about} and a {kind}",
)
FOLLOW_UPS = (
    ("[what was the name of the {kind}|what was the {kind} called|how was the {kind} called|what is the {kind}'s name|who was the {kind}|what was the {kind}'s name]", "[The {kind} was called {name}.|{His} name was {name}.]", ("name",)),
    ("[who was the story about|who was the hero|who was it about|who is the story about]", "[It was about {name}, a {trait} {kind}.|The story was about {name}, a {trait} {kind}.]", ("name",)),
    ("[where did {name} live|where did the {kind} live|where was {name}'s home|where does {name} live]", "[{He} lived in {home}.|{Name} lived in {home}.]", ("name", "home")),
    ("[who helped {name}|who helped the {kind}|who helped {him}|who was the helper]", "[{Fwho} helped {him}.|It was {fwho} who helped {him}.]", ("fname",)),
    ("[what was the story about|what was it about|what is the story about]", "[It was about {about}.|It was a story about {about}.]", ("name",)),
)
VOWELS, CONSONANTS = "aeiouy", "bcdfghjklmnpqrstvwxz"


def gibberish(rng):
    return "".join(rng.choice(VOWELS if i % 2 == rng.randrange(5) // 4 else CONSONANTS) for i in range(rng.randrange(3, 9)))


def draw(rng):
    words = {name: pick(rng) for name, pick in DRAWN.items()}
    words["gibberish"] = gibberish(rng)
    return words


def held_out(question):
    """Is this wording kept for the evaluation? Neither case, nor punctuation, nor numbers make another wording."""
    wording = re.sub(r"\d+", "#", re.sub(r"[^a-z0-9#]+", " ", question.lower())).strip()
    return hashlib.sha256(wording.encode()).digest()[0] < 13  # of 256


def misspell(rng, text):
    """One slip of the fingers in a word of letters."""
    words = [m for m in re.finditer(r"(?<![\w`./-])[a-zA-Z]{4,}(?![\w`.-])", text)]
    if not words:
        return text
    word = rng.choice(words)
    i = rng.randrange(word.start() + 1, word.end() - 1)
    slip = rng.randrange(4)
    if slip == 0:
        return text[:i] + text[i + 1:]
    if slip == 1:
        return text[:i] + text[i] + text[i:]
    if slip == 2:
        return text[:i] + text[i + 1] + text[i] + text[i + 2:]
    return text[:i] + rng.choice("abcdefghijklmnopqrstuvwxyz") + text[i + 1:]


def typed(rng, text, slips=0.12):
    """The text as people type it: with or without capitals, question marks and mistakes."""
    question = re.match(r"(?:\w+[,!] )?(how|what|which|who|where|can|could|is|does|do|why|are|will)\b", text, re.I)
    if text[-1].isalnum() and rng.random() < 0.7:
        text += "?" if question else rng.choice((".", "", "!", ""))
    if rng.random() < 0.65:
        text = stories.capital(text)
    elif rng.random() < 0.5:
        text = text.lower()
    while rng.random() < slips:
        text = misspell(rng, text)
    return text + "\n" if rng.random() < 0.05 else text  # as a pipe has it


def said(rng, words):
    """The words drawn, as people write them in a question: Q8_0, 16k."""
    words = dict(words, type=words["type"].upper() if rng.random() < 0.2 else words["type"])
    size = int(words["context"])
    return dict(words, context=f"{size // 1024}k") if size in (2048, 4096, 8192, 16384, 32768, 65536, 131072) and rng.random() < 0.4 else words


FRAMES = {"tasks": (3.0, TASK_FRAMES), "things": (2.0, THING_FRAMES),
          "states": (2.5, STATE_FRAMES), "questions": (1.5, ["{question}"])}


def worded(rng, entry, words):
    """The bare question: a task, a thing or a state in one of the frames for it, or a whole question."""
    kinds = list(FRAMES)
    kind = rng.choices(kinds, [FRAMES[k][0] * len(entry[k]) ** 0.5 for k in kinds])[0]
    core = expand(rng, rng.choice(entry[kind]), words)
    if kind != "questions" and rng.random() < 0.06:  # as for a search engine
        return " ".join(w for w in core.split() if w.lower() not in SMALL_WORDS) or core
    text = expand(rng, rng.choice(FRAMES[kind][1]), {**words, kind[:-1]: core, "does": third_person(core), "doing": gerund(core)})
    return text + expand(rng, AFTER, words) if kind in ("tasks", "things") else text


def reworded(rng, text):
    """With a word here and there replaced or put in, as others would say it."""
    words = text.split()
    for i, word in enumerate(words):
        if word in SYNONYMS and rng.random() < 0.1 and words[i - 1:i] != ["hearth"]:
            words[i] = rng.choice(SYNONYMS[word])
    if rng.random() < 0.12:
        words.insert(rng.randrange(len(words)), rng.choice(FILLERS))
    return " ".join(words)


def ask(rng, entry, words, kept):
    """A wording of a fact's question; `kept` says whether it has to be one of those held out."""
    while True:
        question = expand(rng, BEFORE, words) + reworded(rng, worded(rng, entry, said(rng, words)))
        aside = rng.random()
        if aside < 0.05:
            question = expand(rng, rng.choice(ASIDES), words) + " " + question
        elif aside < 0.08:
            question += (". ", "? ", "! ")[rng.randrange(3)] + expand(rng, rng.choice(ASIDES), words)
        question = " ".join(question.split())
        if held_out(question) == kept:
            return question


def fact_turn(rng):
    entry = rng.choice(FACTS)
    words = draw(rng)
    return [("user", typed(rng, ask(rng, entry, words, False))), ("assistant", expand(rng, pick(rng, entry["answers"]), words))]


def talk_turn(rng):
    name, _, questions, answers = rng.choice(TALK)
    if rng.random() < 0.35:
        name, _, questions, answers = TALK[-1]  # there is more that it cannot do than that it can
    words = draw(rng)
    while True:
        question = expand(rng, rng.choice(questions), words)
        if name == "cannot" and rng.random() < 0.3:
            question = " ".join((expand(rng, BEFORE, words) + worded(rng, {**FOREIGN, "questions": []}, words)).split())
        if name != "cannot" or not held_out(question):
            return [("user", typed(rng, question, 0.1)), ("assistant", expand(rng, pick(rng, answers), words))]


def story_turn(rng):
    story = stories.tell(rng, random.Random.choice)
    if rng.random() < 0.25:
        wish, text = expand(rng, WISHES, story.words), story.text
    else:
        subject = expand(rng, rng.choice(SUBJECTS), story.words)
        wish = expand(rng, WISH_FOR, story.words) + subject
        text = f"Here is a story {subject}.\n\n{story.text}"
    turns = [("user", typed(rng, wish, 0.05)), ("assistant", text)]
    while rng.random() < 0.3:
        question, answer, told = rng.choice(FOLLOW_UPS)
        if "fname" in told and "fname" not in story.words or not story.told(*told):
            continue
        turns += [("user", typed(rng, expand(rng, question, story.words), 0.0)), ("assistant", expand(rng, answer, story.words))]
    return turns


def conversation(rng):
    """A chat of one to many turns, short enough for the context."""
    document = []
    name = None
    if rng.random() < 0.2:
        system = rng.choice(SYSTEMS)
        if rng.random() < 0.6:
            name = rng.choice((world.invent(rng), rng.choice(world.GIRLS + world.BOYS)))
            system = rng.choice(NAMED).replace("{it}", name)
        document.append(("system", system))
    turns = rng.choice((1, 1, 2, 2, 3, 4, 5, 6, 8, 10))
    for _ in range(turns):
        draw_turn = rng.random()
        if name and draw_turn < 0.4:
            turn = [("user", typed(rng, expand(rng, NAME_QUESTIONS, {}))), ("assistant", pick(rng, NAME_ANSWERS).replace("{it}", name))]
        elif draw_turn < 0.78:
            turn = fact_turn(rng)
        elif draw_turn < 0.945:
            turn = talk_turn(rng)
            if name and "built-in model" in turn[1][1]:
                continue
        else:
            turn = story_turn(rng)
        if sum(len(text) for _, text in document + turn) > 3200:
            break
        document += turn
    return document if any(role == "assistant" for role, _ in document) else conversation(rng)


def document(rng):
    """One document for training."""
    if rng.random() < 0.11:
        text = stories.tell(rng).text
        how = rng.random()
        if how < 0.25:
            text = text.replace("Once upon a time, ", "Once upon a time ", 1)
        elif how < 0.35:
            text = text[rng.choice([m.end() for m in re.finditer(r"[.!?]\s+(?=[A-Z])", text)][:-3]):]  # people begin anywhere
        return [("text", text)]
    return conversation(rng)
