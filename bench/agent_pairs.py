#!/usr/bin/env python3
"""Compares two servers of OpenAI's /v1/completions where prompts are long and mostly known.

    bench/agent_pairs.py hearth=http://127.0.0.1:8080 other=http://127.0.0.1:8081

An agent's loop: a long prompt, and with each turn some more behind it. Told are the milliseconds to the first token of
the first turn and of the later ones (their median), for one loop and for two whose turns alternate. Then company: eight
clients are being answered while a ninth sends a long prompt; told is the longest that any of the eight waited for a
token meanwhile.
"""
import argparse
import json
import statistics
import sys
import threading
import time

from serve_pairs import Server, words


def stream(server, prompt, tokens, heard):
    """Calls `heard` with the moment at which each piece of text came, until it has heard enough."""
    connection = server.connect()
    body = {"model": server.model, "prompt": prompt, "max_tokens": tokens, "temperature": 0, "ignore_eos": True,
            "stream": True}
    connection.request("POST", "/v1/completions", json.dumps(body), {"Content-Type": "application/json"})
    answer = connection.getresponse()
    if answer.status != 200:
        raise RuntimeError(f"{server.name} answers {answer.status}: {answer.read()[:300]}")
    for line in answer:
        if line.startswith(b"data: {") and any(c.get("text") for c in json.loads(line[6:]).get("choices", [])):
            if heard(time.perf_counter()):
                break
    connection.close()


def loops(server, count, options, seed):
    """Milliseconds to the first token: of the first turns, of all later ones."""
    prompts = [words(options.prompt, f"{seed} {i}") for i in range(count)]
    first, later = [], []
    for turn in range(options.turns):
        for i in range(count):
            taken, _, _ = server.ask(prompts[i], options.tokens)
            (later if turn else first).append(1000 * taken)
            prompts[i] += " " + words(options.turn, f"{seed} {i} {turn}")
    return statistics.median(first), statistics.median(later)


def company(server, options, seed):
    """The longest that one of eight waited for a token, in milliseconds: alone, and while a ninth's prompt was read."""
    longest = {"begin": 0.0, "alone": 0.0, "beside": 0.0}  # while they begin they wait for one another's prompts
    phase, heard_by, errors, changed = "begin", [0] * 8, [], threading.Condition()

    def client(index):
        last = None

        def heard(now):
            nonlocal last
            with changed:
                if last is not None and phase != "end":
                    longest[phase] = max(longest[phase], now - last)
                last = now
                heard_by[index] += 1
                changed.notify_all()
                return phase == "end"
        try:
            stream(server, words(20, f"{seed} {index}"), options.most, heard)
            if phase != "end":
                raise RuntimeError(f"{server.name}: an answer was over too soon; --most is what to raise")
        except Exception as error:  # told by who waits
            with changed:
                errors.append(error)
                changed.notify_all()

    def wait_for(pieces):
        with changed:
            changed.wait_for(lambda: errors or min(heard_by) >= pieces)
            if errors:
                raise errors[0]

    threads = [threading.Thread(target=client, args=(i,), daemon=True) for i in range(8)]
    for thread in threads:
        thread.start()
    wait_for(8)
    phase = "alone"
    wait_for(max(heard_by) + 32)
    phase = "beside"
    taken, _, _ = server.ask(words(options.long, f"{seed} long"), 1)
    phase = "end"
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]
    return 1000 * longest["alone"], 1000 * longest["beside"], 1000 * taken


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("servers", nargs=2, metavar="NAME=URL")
    parser.add_argument("--prompt", type=int, default=4000, metavar="WORDS", help="that a loop begins with")
    parser.add_argument("--turn", type=int, default=200, metavar="WORDS", help="that each turn adds")
    parser.add_argument("--turns", type=int, default=20)
    parser.add_argument("--tokens", type=int, default=8, help="of each answer")
    parser.add_argument("--long", type=int, default=8000, metavar="WORDS", help="of the ninth client's prompt")
    parser.add_argument("--most", type=int, default=2000, metavar="TOKENS", help="that each of the eight is sent")
    options = parser.parse_args()
    servers = [Server(text) for text in options.servers]
    print("| what | " + " | ".join(server.name for server in servers) + " |\n|---|" + "---|" * len(servers))

    def rows(names, figures):
        for i, name in enumerate(names):
            print(f"| {name} | " + " | ".join(f"{figure[i]:.0f} ms" for figure in figures) + " |", flush=True)

    rows(["one loop: first turn", "one loop: later turns"], [loops(s, 1, options, "one") for s in servers])
    rows(["two loops: first turns", "two loops: later turns"], [loops(s, 2, options, "two") for s in servers])
    rows(["eight alone: longest wait for a token", "beside a long prompt: longest wait", "the long prompt: its first token"],
         [company(s, options, "company") for s in servers])


if __name__ == "__main__":
    sys.exit(main())
