"""List what is shown of secrets by the programs named, or by all: see the package.

Without ``--text`` nothing of a value is printed; the values are made up in any case.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from itertools import groupby

from tests.integration.programs.judging import (
    POLICIES,
    Shown,
    reading,
    redacted,
    shown,
)
from tests.integration.programs.outputs import Output, missing, outputs, programs
from tests.integration.programs.promises import is_promised

_WIDTH = 240  # characters of a line that are printed
_LINES = 3


def main() -> None:
    """Run the programs and print, for each method, the kinds of secrets that it shows."""
    parser = argparse.ArgumentParser(prog=__package__, description=__doc__)
    parser.add_argument("programs", nargs="*", help="names of scripts; all by default")
    parser.add_argument("--all", action="store_true", help="also what nobody promises to hide")
    parser.add_argument("--text", action="store_true", help="print redacted lines that show them")
    parser.add_argument("--chunks", action="store_true", help="all chunks for every output")
    arguments = parser.parse_args()
    for program in arguments.programs or programs():
        if missing(program):
            print(f"{program}: not installed: {', '.join(missing(program))}")
            continue
        found = [
            (one, output)
            for output in outputs(program)
            for one in shown(output, all_chunkings=arguments.chunks)
            if arguments.all or is_promised(f"{program} {one.method}", one.kind, one.policy)
        ]
        found.sort(key=lambda pair: pair[0])
        for method, pairs in groupby(found, key=lambda pair: f"{program} {pair[0].method}"):
            _report(method, list(pairs), text=arguments.text)


def _report(method: str, found: list[tuple[Shown, Output]], *, text: bool) -> None:
    print(method)
    for policy in POLICIES:
        kinds = [f"{one.kind} ({one.reading})" for one, _ in found if one.policy == policy]
        if kinds:
            print(f"  {policy}: {', '.join(dict.fromkeys(kinds))}")
    if text:
        for one, output in found:
            if one.policy == found[0][0].policy:
                for line in _telling_lines(one, output):
                    print(f"    {one.kind:15} | {line[:_WIDTH]}")


def _telling_lines(one: Shown, output: Output) -> Iterator[str]:
    """Yield some lines of a redacted output: those that show the secret, or all if none alone."""
    lines = redacted(output.data, one.policy, one.chunkings[0]).splitlines()
    telling = [line for line in lines if reading(output, line)] or lines
    for line in telling[:_LINES]:
        yield line.decode("utf-8", "backslashreplace")


if __name__ == "__main__":
    main()
