#!/usr/bin/env python3
"""Holds `hearth debug grammar --json-schema` against the official tests of JSON schema: which schemas are taken, and
whether what is taken lets the right values through.

Development only. SUITE is the folder tests/draft2020-12 of a checkout of JSON-Schema-Test-Suite:

    python tools/json_schema_suite.py build/hearth SUITE                   # a table by keyword
    python tools/json_schema_suite.py build/hearth SUITE allOf --verbose   # one file, and each test that differs
    python tools/json_schema_suite.py build/hearth SUITE --converter json_schema_to_grammar.py
                                # the same of the grammars that llama.cpp's script makes of the schemas

A grammar describes texts, so a value is tried as it would be written: properties in the schema's order, whole numbers
without a point. Values of a type that the schema leaves open are JSON of any kind.
"""

import argparse
import itertools
import json
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path


@dataclass
class Count:
    schemas: int = 0
    taken: int = 0
    right: int = 0
    loose: list = field(default_factory=list)  # wrong values that may be written
    strict: list = field(default_factory=list)  # right values that may not
    reasons: list = field(default_factory=list)  # why schemas are refused


def run(words, text=""):
    done = subprocess.run(words, input=text.encode(), capture_output=True)
    if done.returncode not in (0, 1):
        sys.exit(f"{' '.join(words)}: ended with {done.returncode}")
    return done.returncode, done.stderr.decode().strip() or done.stdout.decode().strip()


def names_in(schema):
    """Names of properties, in the order in which a schema has them."""
    if isinstance(schema, list):
        return list(itertools.chain.from_iterable(map(names_in, schema)))
    if not isinstance(schema, dict):
        return []
    own = schema.get("properties")
    first = list(own) if isinstance(own, dict) else []
    return first + list(itertools.chain.from_iterable(names_in(value) for value in schema.values()))


def written(value, order):
    """The value as a model would write it."""
    if isinstance(value, float) and value == int(value):
        return int(value)
    if isinstance(value, list):
        return [written(each, order) for each in value]
    if isinstance(value, dict):
        place = {name: at for at, name in reversed(list(enumerate(order)))}
        names = sorted(value, key=lambda name: place.get(name, len(order)))
        return {name: written(value[name], order) for name in names}
    return value


def texts_of(value, schema):
    yield json.dumps(written(value, names_in(schema)), ensure_ascii=False)
    yield json.dumps(value, ensure_ascii=False)


def check_file(program, path, converter):
    count = Count()
    for case in json.loads(path.read_text()):
        count.schemas += 1
        schema = {k: v for k, v in case["schema"].items() if k != "$schema"} if isinstance(case["schema"], dict) else case["schema"]
        with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
            json.dump(schema, file)
            file.flush()
            check = [program, "debug", "grammar", "--json-schema", file.name]
            if converter:
                made = subprocess.run([sys.executable, converter, file.name], capture_output=True)
                if made.returncode != 0:
                    count.reasons.append(f"{case['description']}: {made.stderr.decode().strip().splitlines()[-1]}")
                    continue
                Path(file.name).write_bytes(made.stdout)
                check = [program, "debug", "grammar", file.name]
            accepted, messages = [], []
            for test in case["tests"]:
                tried = [run(check, text) for text in texts_of(test["data"], schema)]
                accepted.append(any(status == 0 for status, _ in tried))
                messages.append(tried[0][1])
            refusal = next((m for m in messages if m.startswith("error: ") and file.name in m), None)
            if refusal and not refusal.endswith("matches no text"):  # as where the schema is `false`
                count.reasons.append(f"{case['description']}: {refusal.split(file.name, 1)[1].lstrip(': ')}")
                continue
        count.taken += 1
        for test, took in zip(case["tests"], accepted):
            what = f"{case['description']}: {test['description']}: {json.dumps(test['data'])}"
            if took == test["valid"]:
                count.right += 1
            else:
                (count.loose if took else count.strict).append(what)
    return count


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program")
    parser.add_argument("suite", type=Path)
    parser.add_argument("files", nargs="*", help="names of files of the suite; all if none is given")
    parser.add_argument("--converter", help="a script that prints a grammar of the schema in a file")
    parser.add_argument("--verbose", action="store_true", help="each test that differs, and why schemas are refused")
    args = parser.parse_args()
    paths = [args.suite / f"{name}.json" for name in args.files] or sorted(args.suite.glob("*.json"))
    print("| keyword | schemas | taken | values right | wrong ones let through | right ones refused |\n|---|---|---|---|---|---|")
    total = Count()
    for path in paths:
        count = check_file(args.program, path, args.converter)
        values = count.right + len(count.loose) + len(count.strict)
        print(f"| {path.stem} | {count.schemas} | {count.taken} | {count.right} of {values} | {len(count.loose)} | {len(count.strict)} |", flush=True)
        if args.verbose:
            for title, texts in [("refused", count.reasons), ("let through", count.loose), ("not let through", count.strict)]:
                for text in texts:
                    print(f"    {title}: {text}")
        total.schemas += count.schemas
        total.taken += count.taken
        total.right += count.right
        total.loose += count.loose
        total.strict += count.strict
    values = total.right + len(total.loose) + len(total.strict)
    print(f"| all | {total.schemas} | {total.taken} | {total.right} of {values} | {len(total.loose)} | {len(total.strict)} |")


if __name__ == "__main__":
    sys.exit(main())
