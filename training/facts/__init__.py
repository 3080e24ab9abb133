"""What Hearth's users ask, and what the built-in model answers: the commands are those of the program, and no others."""
from . import running, answers, chatting, serving, files, quantizing, machine, store, trouble, project  # each adds its facts
from .frames import AFTER, ASIDES, BEFORE, FILLERS, SMALL_WORDS, STATE_FRAMES, SYNONYMS, TASK_FRAMES, THING_FRAMES
from .kit import DRAWN, FACTS
