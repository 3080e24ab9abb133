#!/usr/bin/env python3
"""Compares two servers of OpenAI's /v1/completions: throughput and latency, side by side.

    bench/serve_pairs.py hearth=http://127.0.0.1:8080 other=http://127.0.0.1:8081 [-o table.md]

At 1, 4 and 8 clients, with short and long prompts, that have nothing in common or a long beginning. The two are asked
in turns, so that what else the machine does meets both; each number is the median of the rounds. What is counted is
what comes over the stream: the time to the first token, the time between tokens, and tokens of all clients together.
"""
import argparse
import http.client
import json
import random
import statistics
import sys
import threading
import time
import urllib.parse

WORDS = ("river stone bird cloud apple window garden letter music silver forest candle bridge winter market "
         "shadow mountain paper ocean lantern").split()


def words(count, seed):
    rng = random.Random(seed)
    return " ".join(rng.choice(WORDS) for _ in range(count))


class Server:
    def __init__(self, text):
        self.name, _, url = text.partition("=")
        parts = urllib.parse.urlsplit(url)
        if not url or parts.scheme != "http" or not parts.hostname:
            sys.exit(f"{text}: expected NAME=http://HOST:PORT")
        self.host, self.port = parts.hostname, parts.port or 80
        self.model = self.first_model()

    def connect(self):
        return http.client.HTTPConnection(self.host, self.port, timeout=600)

    def first_model(self):
        connection = self.connect()
        try:
            connection.request("GET", "/v1/models")
            answer = connection.getresponse()
            body = answer.read()
        except OSError as error:
            sys.exit(f"{self.name} at {self.host}:{self.port}: {error}")
        if answer.status != 200:
            sys.exit(f"{self.name}: /v1/models answers {answer.status}: {body[:200]}")
        return json.loads(body)["data"][0]["id"]

    def ask(self, prompt, tokens):
        """Seconds to the first token and to the end, and tokens, as the server counts them."""
        connection = self.connect()
        body = {"model": self.model, "prompt": prompt, "max_tokens": tokens, "temperature": 0, "ignore_eos": True,
                "stream": True, "stream_options": {"include_usage": True}}
        begin = time.perf_counter()
        connection.request("POST", "/v1/completions", json.dumps(body), {"Content-Type": "application/json"})
        answer = connection.getresponse()
        if answer.status != 200:
            raise RuntimeError(f"{self.name} answers {answer.status}: {answer.read()[:300]}")
        first = usage = None
        pieces = 0
        for line in answer:
            if not line.startswith(b"data: ") or line.startswith(b"data: [DONE]"):
                continue
            event = json.loads(line[6:])
            usage = event.get("usage") or usage
            if any(choice.get("text") for choice in event.get("choices", [])):
                pieces += 1
                first = first or time.perf_counter()
        end = time.perf_counter()
        connection.close()
        count = usage["completion_tokens"] if usage else pieces
        return (first or end) - begin, end - begin, count


def run_round(server, clients, requests, prompts, tokens):
    """Each client asks its share, one after the other."""
    results, errors, lock = [], [], threading.Lock()

    def client(index):
        for i in range(requests):
            try:
                result = server.ask(prompts[index * requests + i], tokens)
            except Exception as error:  # one that fails is told of, not counted
                with lock:
                    errors.append(error)
                return
            with lock:
                results.append(result)

    threads = [threading.Thread(target=client, args=(i,)) for i in range(clients)]
    begin = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    seconds = time.perf_counter() - begin
    if errors:
        raise errors[0]
    gaps = [(whole - first) / (count - 1) for first, whole, count in results if count > 1]
    return {"tokens": sum(count for _, _, count in results) / seconds,
            "first": statistics.median(first for first, _, _ in results),
            "gap": statistics.median(gaps) if gaps else 0.0}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("servers", nargs=2, metavar="NAME=URL")
    parser.add_argument("--clients", type=int, nargs="+", default=[1, 4, 8])
    parser.add_argument("--short", type=int, default=20, metavar="WORDS", help="of a short prompt")
    parser.add_argument("--long", type=int, default=600, metavar="WORDS", help="of a long prompt")
    parser.add_argument("--tokens", type=int, default=64, help="of each answer")
    parser.add_argument("--requests", type=int, default=2, help="of each client in a round")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("-o", "--output", help="where the table goes; none: to stdout")
    options = parser.parse_args()
    servers = [Server(text) for text in options.servers]

    table = ["| clients | prompt | beginning | " + " | ".join(
        f"{server.name} tokens/s | first token ms | between tokens ms" for server in servers) + " |",
        "|---|---|---|" + "---|" * 6]
    seed = 0
    for length, count in (("short", options.short), ("long", options.long)):
        for shared in (False, True):
            beginning = words(count * 3 // 4, "beginning") if shared else ""
            for clients in options.clients:
                rounds = {server.name: [] for server in servers}
                for turn in range(options.rounds + 1):
                    # The same prompts for both, and none that was asked before.
                    prompts = []
                    for _ in range(clients * options.requests):
                        seed += 1
                        rest = words(count // 4 if shared else count, seed)
                        prompts.append(f"{beginning} {rest}" if shared else rest)
                    for server in servers if turn % 2 else servers[::-1]:
                        result = run_round(server, clients, options.requests, prompts, options.tokens)
                        if turn > 0:  # the first warms both
                            rounds[server.name].append(result)
                cells = []
                for server in servers:
                    middle = {key: statistics.median(r[key] for r in rounds[server.name])
                              for key in ("tokens", "first", "gap")}
                    cells.append(f"{middle['tokens']:.1f} | {1000 * middle['first']:.0f} | {1000 * middle['gap']:.1f}")
                row = f"| {clients} | {length} | {'shared' if shared else 'none'} | " + " | ".join(cells) + " |"
                table.append(row)
                print(row, file=sys.stderr)
    text = "\n".join(table) + "\n"
    if options.output:
        with open(options.output, "w", encoding="utf-8") as file:
            file.write(text)
    else:
        print(text, end="")


if __name__ == "__main__":
    main()
