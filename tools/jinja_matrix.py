#!/usr/bin/env python3
"""Checks that src/chat/jinja/matrix.json says what Python's Jinja2 does; with --write, makes it say so.

The file holds templates by feature, each with the text that it renders to, or null where rendering must fail. To add a
case, write [template, null] and run this with --write. It needs the packages jinja2 and markupsafe, which nothing else
here does.
"""
import datetime
import json
import pathlib
import sys

import jinja2
import jinja2.ext
from jinja2.sandbox import ImmutableSandboxedEnvironment

FILE = pathlib.Path(__file__).resolve().parent.parent / "src/chat/jinja/matrix.json"
NOW = datetime.datetime(2026, 1, 15, 9, 30, 0)


def environment():
    """As the templates of released models are tested: transformers sets Jinja2 up like this."""

    def raise_exception(message):
        raise jinja2.exceptions.TemplateError(message)

    def tojson(value, ensure_ascii=False, indent=None, separators=None, sort_keys=False):
        return json.dumps(value, ensure_ascii=ensure_ascii, indent=indent, separators=separators, sort_keys=sort_keys)

    made = ImmutableSandboxedEnvironment(trim_blocks=True, lstrip_blocks=True, extensions=[jinja2.ext.loopcontrols])
    made.filters["tojson"] = tojson
    made.globals["raise_exception"] = raise_exception
    made.globals["strftime_now"] = NOW.strftime
    return made


def render(template, context):
    try:
        return environment().from_string(template).render(**context)
    except Exception:  # whatever it is, the template does not render
        return None


def main():
    matrix = json.loads(FILE.read_text())
    wrong = 0
    for feature, cases in matrix["features"].items():
        for case in cases:
            truth = render(case[0], matrix["context"])
            if truth == case[1]:
                continue
            wrong += 1
            print(f"{feature}: {case[0]!r}\n  file:   {case[1]!r}\n  Python: {truth!r}")
            case[1] = truth
    if wrong and "--write" in sys.argv:
        lines = [f'"context": {json.dumps(matrix["context"], ensure_ascii=False)},', '"features": {']
        groups = []
        for feature, cases in matrix["features"].items():
            rows = ",\n".join("  " + json.dumps(case, ensure_ascii=False) for case in cases)
            groups.append(f"{json.dumps(feature)}: [\n{rows}\n]")
        FILE.write_text("{\n" + "\n".join(lines) + "\n" + ",\n".join(groups) + "\n}\n}\n")
        return 0
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
