"""Run farms by hand: ``python -m tests.integration.farm --seconds 600``.

Prints a table of several sizes, each with our library and with Buildbot's own provider; ends with 1
if a build was not green, a secret was found, or a master has logged an error.
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict
from pathlib import Path

from twisted.internet.defer import Deferred

from tests.integration.farm.farm import Farm, Outcome
from tests.integration.farm.settings import Settings
from tests.integration.farm.table import table
from tests.support.cleanups import Cleanups

SIZES = ((100, 50), (1000, 500), (10_000, 5000))
"""Builders and secrets."""


def _size(text: str) -> tuple[int, int]:
    builders, secrets = text.split("x")
    return int(builders), int(secrets)


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.integration.farm")
    parser.add_argument("--seconds", type=float, default=600.0, help="of the largest farm")
    parser.add_argument("--others", type=float, default=60.0, help="seconds of all other farms")
    parser.add_argument("--steps", type=float, default=50_000.0, help="in an hour")
    parser.add_argument("--size", type=_size, action="append", help="such as 10000x5000")
    parser.add_argument("--only", choices=("ours", "buildbots"))
    parser.add_argument("--json", type=Path, help="a file for all figures")
    return parser.parse_args()


def _settings(chosen: argparse.Namespace) -> list[Settings]:
    found = []
    sizes = chosen.size or SIZES
    for builders, secrets in sizes:
        for library in (False, True):
            if chosen.only is None or library == (chosen.only == "ours"):
                is_largest = library and (builders, secrets) == max(sizes)
                seconds = chosen.seconds if is_largest else chosen.others
                found.append(Settings(library, builders, secrets, chosen.steps, seconds))
    return found


def _is_well(outcome: Outcome) -> bool:
    green = all(set(each["results"]) == {"success"} for each in outcome.masters)
    return green and not outcome.problems and not (outcome.leaked and outcome.settings.library)


def main() -> int:
    """Run, print, and return the status."""
    chosen = _parse()
    cleanups = Cleanups()
    outcomes: list[Outcome] = []
    try:
        farm = Farm(cleanups)
        for settings in _settings(chosen):
            outcomes.append(farm.run(settings))
            if chosen.json is not None:
                chosen.json.write_text(json.dumps([asdict(each) for each in outcomes]))
            print(*table(outcomes), *outcomes[-1].problems[:20], "", sep="\n", flush=True)
    finally:
        Deferred.fromCoroutine(cleanups.run())
    return 0 if all(map(_is_well, outcomes)) else 1


if __name__ == "__main__":
    sys.exit(main())
