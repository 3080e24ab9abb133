#!/usr/bin/env python3
"""Refuses an include that points up: each folder of src/ may include itself and what stands below it.

The table is the one of ARCHITECTURE.md. Tests and fuzzers obey it too. Exits 1 with a line for each offence.
"""
import pathlib
import re
import sys

USES = {
    "base": [],
    "tensor": ["base"],
    "tokenizer": ["base"],
    "chat": ["base"],
    "simd": ["tensor"],
    "sample": ["tensor", "tokenizer"],
    "quant": ["simd"],
    "formats": ["tensor"],
    "hub": ["formats"],
    "ops": ["tensor"],
    "backends": ["ops", "quant"],
    "graph": ["ops"],
    "model": ["graph", "formats", "quant", "tokenizer", "chat"],
    "engine": ["model", "sample", "tokenizer"],
    "server": ["engine", "chat", "formats"],
    "cli": ["server", "engine", "hub", "chat", "backends", "formats"],
    "library": ["cli"],
}
# Only the command line and the tests name a concrete backend.
BACKEND_USERS = {"cli"}


def below(layer):
    seen = {layer}
    for used in USES[layer]:
        seen |= below(used)
    return seen


def main():
    root = pathlib.Path(__file__).resolve().parent.parent / "src"
    offences = []
    for path in sorted(root.rglob("*")):
        if path.suffix not in (".h", ".cc", ".inl"):
            continue
        layer = path.relative_to(root).parts[0]
        if layer not in USES:
            offences.append(f"{path.relative_to(root.parent)}: src/{layer} is not a layer; tools/check_layers.py lists them")
            continue
        allowed = below(layer)
        for number, line in enumerate(path.read_text().splitlines(), 1):
            found = re.match(r'\s*#\s*include\s+"([^"]+)"', line)
            if not found:
                continue
            target = found[1].split("/")[0]
            if "/" not in found[1] or target not in USES:
                offences.append(f"{path.relative_to(root.parent)}:{number}: {found[1]}: includes are written from src/")
            elif target not in allowed:
                offences.append(f"{path.relative_to(root.parent)}:{number}: {layer}/ may not include {found[1]}")
            elif layer == "backends" and target == "backends":
                mine, theirs = path.relative_to(root).parts[1], found[1].split("/")[1]
                if mine != theirs and "." not in mine:
                    offences.append(f"{path.relative_to(root.parent)}:{number}: one backend may not include another")
    for line in offences:
        print(line, file=sys.stderr)
    return 1 if offences else 0


if __name__ == "__main__":
    sys.exit(main())
