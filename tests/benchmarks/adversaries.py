"""Searches for texts and secrets that make the redactor slow, beside Buildbot's own loop.

Run ``python -m tests.benchmarks.adversaries`` at the top of the repository. Every family of secrets
(`tests/support/adversarial_values.py`) meets every family of texts (`adversarial_texts.py`), in
builds that were given the secrets and in builds that were not, in chunks of several sizes. All of
that takes hours; ``--values``, ``--texts``, ``--chunks``, ``--counts`` and ``--given`` choose.

A row is the speed in MB/s of processor time, the ratio to the loop of `tests.benchmarks.redaction`
over the raw values in the same chunks, and the *exponent*: by which power of the text's length the
time grows, from ``--size`` to four times as much. 1 is linear. Where it is more than `STEEP`, even
more text is looked at, and the exponent is that of the last step; so a short text, or one that has
just compiled what it shows, counts no more than it should. Printed is what is slower than
``--below`` or grows faster than the text; with ``--all`` everything.

The loop takes longer with each secret, and the redactor does not. So what is printed last is, for
each number of secrets and size of chunks, how many of the texts are slower than ``--below``, and
the median and the least ratio: of a text, that of the audience for which it is the least.
"""

from __future__ import annotations

import argparse
import math
import statistics
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

from buildbot_keychain.redaction import RedactionPolicy, RedactionStream, Redactor
from tests.benchmarks.redaction import loop, pieces, size_of
from tests.support.adversarial_texts import TEXTS, text_of
from tests.support.adversarial_values import VALUES, values_of

MEGABYTE = 1_000_000
KIB = 1024
CHUNKS = {"line": 0, "byte": 1, "1k": KIB, "64k": 64 * KIB, "whole": 1 << 40}
POLICIES = {
    "build_log": RedactionPolicy.build_log,
    "default": RedactionPolicy,
    "ansi": RedactionPolicy.ansi,
}
STEEP = 1.2
"""An exponent that is looked at again with more text."""

LEAST = 0.01
"""Seconds that a measurement takes, so that the clock can tell."""

MOST = 30.0
"""Seconds after which a text is given up: of what it has taken, the rest is estimated."""

LOOP = 0.03
"""Seconds that the loop may take: it takes time by the length of the text, whatever the text."""


class Row(NamedTuple):
    """One case."""

    values: str
    secrets: int
    text: str
    chunk: str
    given: str
    speed: float
    ratio: float
    exponent: float

    @property
    def case(self) -> str:
        """What was measured."""
        return f"{self.values} {self.secrets}: {self.text}, {self.chunk}, {self.given}"


class Search:
    """One family of secrets, known to a redactor."""

    def __init__(self, family: str, count: int, policy: str, tier: str) -> None:
        self.family = family
        self.values = values_of(family, count)
        self._redactor = Redactor(POLICIES[policy](), tier=tier)
        start = time.process_time()
        for index, value in enumerate(self.values):
            self._redactor.add(f"s{index}", value)
        self.names = frozenset(f"s{index}" for index in range(len(self.values)))
        for given in (self.names, frozenset[str](), None):
            self._redactor.redact("x", given)
        self._redactor.settle()
        self.added = time.process_time() - start
        self._loop = loop(self.values)

    def measure(self, text: str, chunk: str, *, given: str, size: int) -> Row:
        """Return how fast one text is redacted.

        :param text: the name of its family; `size`: how many characters of it are looked at first.
        """
        names = {"yes": self.names, "no": frozenset[str](), "all": None}[given]
        sizes: list[int] = []
        times: list[float] = []
        exponent = 9.9
        while exponent > STEEP and len(sizes) < 4 and (not times or times[-1] < MOST / 4):
            for each in (size, 4 * size) if not sizes else (4 * size,):
                chunks = pieces(text_of(text, self.values, each), CHUNKS[chunk], whole_lines=False)
                sizes.append(sum(map(size_of, chunks)))
                times.append(self._own(chunks, names))
            exponent = math.log(times[-1] / times[-2]) / math.log(sizes[-1] / sizes[-2])
            size *= 4
        looped = _speed(self._loop, chunks)
        speed = sizes[-1] / times[-1]
        case = self.family, len(self.values), text, chunk, given
        return Row(*case, speed / MEGABYTE, speed / looped, exponent)

    def _own(self, chunks: Sequence[str], names: frozenset[str] | None) -> float:
        _redacted(self._redactor.stream(names), chunks[:8])
        return _timed(lambda: _redacted(self._redactor.stream(names), chunks))


def _redacted(stream: RedactionStream, chunks: Sequence[str]) -> float:
    """Feed chunks to a stream, and return which part of them has come until it was given up."""
    end = time.process_time() + MOST
    for number, chunk in enumerate(chunks, 1):
        stream.feed(chunk)
        if time.process_time() > end:
            return number / len(chunks)
    stream.close()
    return 1.0


def _timed(run: Callable[[], float]) -> float:
    """Return how long a run takes, in seconds: the least of several, if it is short."""
    least, start = math.inf, time.process_time()
    while True:
        begun = time.process_time()
        done = run()
        least = min(least, (time.process_time() - begun) / done)
        if time.process_time() - start > LEAST:
            return max(least, 1e-6)


def _speed(function: Callable[[str], str], chunks: Sequence[str]) -> float:
    """Return how many bytes a second of texts a function goes through."""
    best = 0.0
    for _ in range(2):
        done, start = 0, time.process_time()
        while True:
            for chunk in chunks:
                function(chunk)
                done += len(chunk) if chunk.isascii() else size_of(chunk)
                if time.process_time() - start > LOOP:
                    break
            if time.process_time() - start > LEAST:
                break
        best = max(best, done / (time.process_time() - start))
    return best


def rows(options: argparse.Namespace) -> Iterator[Row]:
    """Yield all cases that were chosen."""
    for family in _chosen(VALUES, options.values):
        for count in map(int, options.counts.split(",")):
            known = Search(family, count, options.policy, options.tier)
            print(f"# {family}: {len(known.values)} secrets added in {known.added:.1f} s")
            for text in _chosen(TEXTS, options.texts):
                for chunk in options.chunks.split(","):
                    for given in options.given.split(","):
                        yield known.measure(text, chunk, given=given, size=options.size * KIB)


def summary(measured: Iterable[Row], below: float) -> Iterator[str]:
    """Yield the lines of a table: the ratios by number of secrets and size of chunks."""
    heads = "chunks", "texts", "below", "median", "least"
    yield f"{'secrets':>8} " + " ".join(f"{head:>7}" for head in heads) + " exponent"
    groups: dict[tuple[int, str], list[Row]] = {}
    for row in measured:
        groups.setdefault((row.secrets, row.chunk), []).append(row)
    for (secrets, chunk), members in sorted(groups.items(), key=lambda group: group[0][0]):
        texts: dict[tuple[str, str], float] = {}
        for row in members:
            text = row.values, row.text
            texts[text] = min(row.ratio, texts.get(text, row.ratio))
        ratios = texts.values()
        slow = sum(ratio < below for ratio in ratios)
        yield (
            f"{secrets:8} {chunk:>7} {len(texts):7} {slow:7} {statistics.median(ratios):7.2f} "
            f"{min(ratios):7.3f} {max(row.exponent for row in members):8.2f}"
        )


def _chosen(names: Iterable[str], part: str) -> list[str]:
    names = list(names)
    if part in names:
        return [part]
    return [name for name in names if any(each in name for each in part.split("|"))]


def main(arguments: Sequence[str]) -> None:
    """Run the search and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--values", default="ordinary", help="families with this in the name")
    parser.add_argument("--texts", default="", help="the same; a|b for several")
    parser.add_argument("--counts", default="50", help="of secrets, such as 1,50,1000")
    parser.add_argument("--chunks", default="line,64k", help=f"of {','.join(CHUNKS)}")
    parser.add_argument("--given", default="yes,no", help="by the build, or all, without one")
    parser.add_argument("--size", type=int, default=16, help="KiB of the shorter text")
    parser.add_argument("--policy", default="build_log", choices=POLICIES)
    parser.add_argument("--tier", default="native")
    parser.add_argument("--below", type=float, default=0.5, help="the ratio that is printed")
    parser.add_argument("--all", action="store_true", help="print every row")
    options = parser.parse_args(arguments)
    print(f"{'case':76} {'MB/s':>9} {'x loop':>8} {'exponent':>8}")
    measured = []
    for row in rows(options):
        measured.append(row)
        if options.all or row.ratio < options.below or row.exponent > STEEP:
            steep = " steep" if row.exponent > STEEP else ""
            print(
                f"{row.case:76} {row.speed:9.2f} {row.ratio:8.2f} {row.exponent:8.2f}{steep}",
                flush=True,
            )
    print(*summary(measured, options.below), sep="\n")


if __name__ == "__main__":
    main(sys.argv[1:])
