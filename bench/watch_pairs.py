#!/usr/bin/env python3
"""How long those who watch a server wait for it while it is busy.

    bench/watch_pairs.py NAME=http://127.0.0.1:8080 [NAME=http://127.0.0.1:8081]

Clients are being answered, and meanwhile /health and /metrics are asked now and then, over a connection that stays open
and over new ones. The servers are asked in turns; told are milliseconds, and the tokens a second that the clients got.
What waits here should wait for the server alone, so this process asks the system to be let in first, where it may.
"""
import argparse
import multiprocessing
import os
import statistics
import sys
import threading
import time

from agent_pairs import stream
from serve_pairs import Server, words

PATHS = ("/health", "/metrics")


def clients(server, options, turn, heard, enough):
    """A process of its own, so that who watches does not wait for it."""
    def client(index):
        def told(_):
            heard[index] += 1
            return enough.is_set()
        while not enough.is_set():
            stream(server, words(20, f"{turn} {index} {heard[index]}"), options.tokens, told)

    threads = [threading.Thread(target=client, args=(i,), daemon=True) for i in range(options.clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def watch(server, options, turn):
    """Seconds that each path took, and the tokens a second meanwhile."""
    heard, enough = multiprocessing.Array("q", options.clients), multiprocessing.Event()
    busy = multiprocessing.Process(target=clients, args=(server, options, turn, heard, enough))
    busy.start()
    while min(heard) == 0 and busy.is_alive():
        time.sleep(0.01)
    taken = {(path, fresh): [] for path in PATHS for fresh in (False, True)}
    kept = server.connect()
    begin, before = time.perf_counter(), sum(heard)
    for _ in range(options.requests):
        for path, fresh in taken:
            time.sleep(options.pause)
            asked = time.perf_counter()
            connection = server.connect() if fresh else kept
            connection.request("GET", path)
            connection.getresponse().read()
            taken[path, fresh].append(time.perf_counter() - asked)
            if fresh:
                connection.close()
    speed = (sum(heard) - before) / (time.perf_counter() - begin)
    if not busy.is_alive():
        sys.exit(f"{server.name}: the clients that were to keep it busy are gone")
    enough.set()
    busy.join()
    return taken, speed


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("servers", nargs="+", metavar="NAME=URL")
    parser.add_argument("--clients", type=int, default=8)
    parser.add_argument("--tokens", type=int, default=400, help="of each answer")
    parser.add_argument("--requests", type=int, default=250, help="of each kind in a turn")
    parser.add_argument("--pause", type=float, default=0.01, metavar="SECONDS", help="before each request")
    parser.add_argument("--turns", type=int, default=4)
    options = parser.parse_args()
    try:
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))  # and all threads that begin after this
    except OSError as error:
        print(f"told with what this process itself waits for a processor: {error}", file=sys.stderr)
    servers = [Server(text) for text in options.servers]
    taken, speeds = {}, {server.name: [] for server in servers}
    for turn in range(options.turns):
        for server in servers if turn % 2 else servers[::-1]:
            times, speed = watch(server, options, turn)
            speeds[server.name].append(speed)
            for kind, seconds in times.items():
                taken.setdefault((server.name, *kind), []).extend(seconds)
            print(f"{server.name}: {speed:.1f} tokens/s", file=sys.stderr)
    print("| server | path | connection | p50 ms | p99 ms | longest ms | tokens/s |\n|---|---|---|---|---|---|---|")
    for server in servers:
        for path in PATHS:
            for fresh in (False, True):
                seconds = sorted(taken[server.name, path, fresh])
                p50, p99 = (1000 * seconds[int(len(seconds) * share)] for share in (0.5, 0.99))
                print(f"| {server.name} | {path} | {'new' if fresh else 'open'} | {p50:.2f} | {p99:.2f} | "
                      f"{1000 * seconds[-1]:.2f} | {statistics.median(speeds[server.name]):.1f} |")


if __name__ == "__main__":
    main()
