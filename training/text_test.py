"""Tests of the text that the model learns from: `python3 training/text_test.py`. They need Python and its package regex."""
import random
import re
import unittest

import bpe
import chats
import stories
from facts import FACTS
from grammar import expand, gerund, third_person
from small_talk import TALK
from unseen import UNSEEN

COMMANDS = set("run serve inspect tokenize detokenize convert quantize importance perplexity divergence bench embed "
               "pull list show rm import plan doctor arch --help".split())


class Grammar(unittest.TestCase):
    def test_choices_nest_and_words_are_replaced(self):
        seen = {expand(random.Random(i), "[{Animal}|a {animal}[|!]]", {"animal": "owl"}) for i in range(50)}
        self.assertEqual(seen, {"Owl", "an owl", "an owl!"})

    def test_unbalanced_brackets_are_refused(self):
        with self.assertRaises(ValueError):
            expand(random.Random(0), "[a|b", {})


    def test_verbs_are_bent(self):
        self.assertEqual(third_person("fetch a file"), "fetches a file")
        self.assertEqual([third_person(v) for v in ("print", "have", "try", "say")], ["prints", "has", "tries", "says"])
        self.assertEqual([gerund(v) for v in ("set it", "make", "see", "run", "lie", "print")], ["setting it", "making", "seeing", "running", "lying", "printing"])


class Facts(unittest.TestCase):
    def test_every_answer_holds_what_a_right_answer_must(self):
        rng = random.Random(1)
        for entry in FACTS:
            words = chats.draw(rng)
            for answer in entry["answers"]:
                self.assertIn(expand(rng, entry["must"], words), expand(rng, answer, words), entry["name"])

    def test_only_commands_that_exist_are_taught(self):
        for name, answers in [(e["name"], e["answers"]) for e in FACTS] + [(n, a) for n, _, _, a in TALK]:
            for answer in answers:
                for command in re.findall(r"`[^`]*?\bhearth (\S+?)[ `]", answer):
                    self.assertIn(command, COMMANDS, name)

    def test_held_out_wordings_are_never_asked_in_training(self):
        rng = random.Random(2)
        for entry in FACTS:
            for _ in range(20):
                self.assertFalse(chats.held_out(chats.ask(rng, entry, chats.draw(rng), False)))
                self.assertTrue(chats.held_out(chats.ask(rng, entry, chats.draw(rng), True)))

    def test_questions_by_hand_belong_to_a_fact(self):
        names = {entry["name"] for entry in FACTS}
        for questions in UNSEEN.values():
            self.assertLessEqual({name for name, _ in questions}, names)


class Numbers(unittest.TestCase):
    def test_no_token_has_two_digits(self):
        tokenizer = bpe.Tokenizer(bpe.learn_merges(["port 8080 and 8080 and q4_k_m"] * 9, 5))
        self.assertEqual([tokenizer.tokens[i] for i in tokenizer.encode("8080")], list("8080"))
        self.assertFalse([t for t in tokenizer.tokens[len(bpe.CONTROL):] if len(t) > 1 and bpe.NUMBER.search(t)])


class Stories(unittest.TestCase):
    def test_the_hero_stays_and_nothing_is_left_to_fill_in(self):
        rng = random.Random(3)
        for _ in range(500):
            story = stories.tell(rng)
            self.assertNotRegex(story.text, r"[\[\]{}|]|  | [.,!?]")
            self.assertRegex(story.text, r"[.!?]\"?$")
            self.assertIn(story.name, story.text[int(len(story.text) * 0.8):], story.text)
            self.assertNotEqual(story.name, story.words.get("fname"))

    def test_the_same_seed_gives_the_same_documents(self):
        self.assertEqual([chats.document(random.Random(4)) for _ in range(3)], [chats.document(random.Random(4)) for _ in range(3)])

    def test_stories_differ(self):
        rng = random.Random(5)
        self.assertGreater(len({stories.tell(rng).text for _ in range(500)}), 498)


if __name__ == "__main__":
    unittest.main()
