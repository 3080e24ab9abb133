#!/usr/bin/env python3
"""Holds the files of deploy/ against the program: they parse, the options exist, the paths answer.

check_deploy.py PROGRAM (build/hearth). Takes Python's yaml. Exits 1 with a line for each offence.
"""
import pathlib
import re
import subprocess
import sys
import urllib.request

import yaml

FOLDER = pathlib.Path(__file__).resolve().parent.parent / "deploy"


def known_options(program):
    text = subprocess.run([program, "serve", "--help"], capture_output=True, text=True, check=True).stdout
    return set(re.findall(r"--[a-z][a-z-]*", text))


def containers(value):
    """Every object with an image, wherever it lies."""
    if isinstance(value, dict):
        if "image" in value:
            yield value
        for inner in value.values():
            yield from containers(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from containers(inner)


def main():
    program = sys.argv[1]
    options = known_options(program)
    offences, paths = [], {"/metrics"}
    for path in sorted(FOLDER.rglob("*.yaml")):
        for document in yaml.safe_load_all(path.read_text()):
            for field in ("apiVersion", "kind", "metadata", "spec"):
                if field not in document:
                    offences.append(f"{path.name}: {document.get('kind')} has no {field}")
            for container in containers(document):
                for word in container.get("args", []):
                    if word.startswith("--") and word not in options:
                        offences.append(f"{path.name}: hearth serve has no option {word}")
                for name in ("startupProbe", "readinessProbe", "livenessProbe"):
                    if name in container:
                        paths.add(container[name]["httpGet"]["path"])
    unit = (FOLDER / "hearth.service").read_text()
    for word in re.findall(r"^ExecStart=.*$", unit, re.M)[0].split():
        if word.startswith("--") and word not in options:
            offences.append(f"hearth.service: hearth serve has no option {word}")
    server = subprocess.Popen([program, "serve", "--port", "0"], stderr=subprocess.PIPE, text=True)
    try:
        address = None
        for line in server.stderr:
            if found := re.search(r"at (http://\S+)", line):
                address = found[1]
                break
        for path in sorted(paths):
            with urllib.request.urlopen(address + path) as answer:
                if answer.status != 200:
                    offences.append(f"{path}: answers {answer.status}")
    finally:
        server.terminate()
        if server.wait() != 0:
            offences.append("SIGTERM: it does not exit with 0")
    print("\n".join(offences), end="\n" if offences else "")
    return 1 if offences else 0


if __name__ == "__main__":
    sys.exit(main())
