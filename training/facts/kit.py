"""What facts are written with.

A fact has a name, the text that a right answer must contain, and four kinds of wordings: tasks (a verb phrase), things
(a noun with its article), states (a whole clause about the person's trouble) and questions (asked as they stand). The
frames of frames.py go around the first three. `{number}` and the like are drawn anew for each example and must be
copied; `<model>` and the like stand for the choices below.
"""
import re

MACROS = {
    "model": "[model|model|model|llm|gguf|language model|gguf file|model file|network|one of these models]",
    "a model": "[a model|a model|my model|the model|this model|some model|another model|an llm|my llm|a gguf|my gguf|a gguf file|this gguf file|a model file|the model file|"
               "a language model|a local model|a local llm|llama|llama 3|mistral|qwen|qwen3|gemma|phi|model.gguf|a .gguf file|a downloaded model|an open model|the thing I downloaded]",
    "models": "[models|llms|ggufs|language models|model files|gguf files]",
    "machine": "[machine|computer|laptop|pc|box|notebook|desktop|hardware]",
    "hearth": "[hearth|Hearth|it|this program|the program|this tool|this thing|the software]",
    "get": "[get|obtain|have|receive]",
    "make": "[make|create|build|produce|generate|get|prepare]",
    "show": "[show|see|print|display|view|look at|read|get|find]",
    "find out": "[find out|know|see|check|tell|learn|figure out|determine|be told]",
    "set": "[set|change|choose|pick|adjust|configure|specify|define|give|pass|select]",
    "text": "[text|a text|some text|a sentence|a string|a paragraph|a document|my text|this text|words]",
    "several": "[two|three|several|many|multiple|more than one|a few|a couple of|different]",
    "people": "[people|users|clients|persons|colleagues|students|customers]",
    "at once": "[at once|at the same time|in parallel|simultaneously|together|side by side|concurrently]",
    "download": "[download|pull|fetch|get|grab|obtain|load down|retrieve]",
    "see": "[see|know|find out|check|look up]",
}


def number(rng, *usual, least=1, digits=5):
    """One of the usual numbers, or any other of up to so many digits, of every length as often."""
    if rng.random() < 0.3:
        return str(rng.choice(usual))
    length = rng.randrange(len(str(least)), digits + 1)
    return str(max(least, rng.randrange(10 ** (length - 1), 10 ** length)))


def heat(rng):
    if rng.random() < 0.5:
        return rng.choice(("0.1", "0.2", "0.3", "0.5", "0.7", "0.8", "0.9", "1.0", "1.2", "1.5"))
    return f"{rng.choice('0001')}.{rng.randrange(1, 100):02d}" if rng.random() < 0.5 else f"{rng.choice('0001')}.{rng.randrange(1, 10)}"


DRAWN = {
    "port": lambda rng: number(rng, 80, 443, 3000, 5000, 8000, 8081, 8443, 8888, 9000, 9090, 11434, least=10),
    "number": lambda rng: number(rng, 1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 64, 100, 128, 200, 256, 500, 512, 1000, digits=4),
    "context": lambda rng: number(rng, 512, 1024, 2048, 4096, 8192, 16384, 32768, 65536, 131072, least=100, digits=6),
    "seed": lambda rng: number(rng, 0, 1, 7, 42, 99, 123, 1234, 12345, digits=6),
    "heat": heat,
    "type": lambda rng: rng.choice(("q4_k_m", "q8_0", "q6_k", "q4_0", "q5_k_m", "q3_k_m", "q5_0", "q2_k", "iq4_xs", "q4_k_m", "q8_0", "q4_k_s")),
    "isa": lambda rng: rng.choice(("scalar", "avx2", "avx512")),
}

FACTS = []


def lines(text):
    text = re.sub(r"<([\w ]+)>", lambda m: MACROS[m[1]], text)
    return [line.strip() for line in text.splitlines() if line.strip()]


def fact(name, must, answers, tasks="", things="", states="", questions=""):
    FACTS.append(dict(name=name, must=must, answers=lines(answers), tasks=lines(tasks), things=lines(things), states=lines(states),
                      questions=lines(questions)))
