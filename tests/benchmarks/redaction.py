"""Measures the redactor against Buildbot's own loop and against copying memory.

Run ``python -m tests.benchmarks.redaction`` at the top of the repository; ``--quick`` for a
minute's worth, ``--svg PATH`` for a chart. Speeds are medians in megabytes a second of processor
time. What counts are the ratios: "loop" is Buildbot's replacement, ``for value in sorted(values,
key=len, reverse=True): text = text.replace(value, label)``, sorting included, as Buildbot does it
for each text; "copy" is memory copied in pieces of 64 KiB between two buffers that are larger than
the processor's caches. (Within the caches copying is three to five times as fast, but a log comes
from outside them; into memory that the system must first provide it is five times slower.) All that
is compared takes turns, and a ratio is the median of the ratios of the turns, so that another
program on the machine slows both sides.

What is measured is what a master runs: the log of a build that was given three of the secrets, the
policy `RedactionPolicy.build_log()` with all forms, and secrets as masters have them: tokens,
hexadecimal keys, database addresses and, one in twelve, a PEM key. The loop knows the raw values
alone. With 10,000 secrets, which take the best tier two minutes to add, and others much more, a
build was given twenty, and ``twistd.log`` all of them.

The corpus is generated from a seed: lines as compilers, pip, npm, pytest and ``set -x`` write them.
"""

from __future__ import annotations

import argparse
import base64
import math
import random
import re
import statistics
import string
import sys
import time
from collections import deque
from collections.abc import Callable, Sequence
from pathlib import Path

from buildbot_keychain.redaction import RedactionPolicy, Redactor
from buildbot_keychain.redaction.matching.scanner import TIERS
from tests.support.adversarial_values import ordinary

MEGABYTE = 1_000_000
KIB = 1024
COPIED = 128 * KIB * KIB
TURNS = 7
ALPHABET = string.ascii_letters + string.digits + "-_./+="
WORDS = re.findall(
    r"\w+",
    """
    account alias async audio base binary block build callback check class clock collect
    commit context convert core crypto data decode device directory document dump encode entry
    event factory field filter format function graph handler header helper image index
    interface json key layer library link loader lock loop map memory message metric model
    monitor network number offset order package panel path pipe plugin policy port profile
    proxy queue random record registry report resource retry router scale scope search select
    server shape size source state status stream struct symbol table task test thread token
    trace tree unit upload utility vector video visitor widget worker zone
    """,
)
GIVEN = frozenset({"s0", "s1", "s2"})
"""The secrets that a build was given whose log is redacted."""
GIVEN_OF_MANY = frozenset(f"s{index}" for index in range(20))
"""The same, where there are 10,000."""

Row = tuple[str, str, float, float, float]
"""Case, tier, speed in MB/s, ratio to the loop, ratio to a copy."""


def corpus(size: int, values: Sequence[str], rate: float, seed: int = 7) -> str:
    """Return about `size` characters of build log; a share `rate` of the lines has a value."""
    source = random.Random(seed)

    def name() -> str:
        return "_".join(source.choices(WORDS, k=2))

    def number() -> int:
        return source.randint(1, 999)

    templates: list[Callable[[], str]] = [
        lambda: f"gcc -O2 -g -Wall -Iinclude -DNDEBUG -c src/{name()}.c -o build/{name()}.o",
        lambda: f"src/{name()}.c:{number()}:12: warning: unused variable '{name()}'",
        lambda: f"Collecting {name()}==1.{number()} (from -r requirements.txt)",
        lambda: f"npm http fetch GET 200 https://registry.npmjs.org/{name()} {number()}ms",
        lambda: f"tests/unit/test_{name()}.py::test_{name()} PASSED   [{number() // 10:3d}%]",
        lambda: f"+ cp -a build/{name()} /var/lib/{name()}/{source.getrandbits(64):016x}",
        lambda: f"[{number():4d}/999] Building CXX object {name()}/CMakeFiles/{name()}.dir",
    ]
    lines, length = [], 0
    while length < size:
        line = source.choice(templates)()
        if values and source.random() < rate:
            line += f" --token={source.choice(values)}"
        lines.append(line)
        length += len(line) + 1
    return "\n".join(lines)[: size - 1] + "\n"


def secrets(count: int, seed: int = 3) -> list[str]:
    """Return so many values of 8 to 3,585 characters, the median 64."""
    source = random.Random(seed)
    return [
        "".join(
            source.choices(ALPHABET, k=max(8, min(3585, int(source.lognormvariate(4.16, 0.9)))))
        )
        for _ in range(count)
    ]


def long_key(kilobytes: int, seed: int = 13) -> str:
    """Return a PEM text of about that size."""
    source = random.Random(seed)
    lines = (base64.b64encode(source.randbytes(48)).decode() for _ in range(kilobytes * KIB // 65))
    return "\n".join(("-----BEGIN KEY-----", *lines, "-----END KEY-----\n"))


def time_turns(
    runs: Sequence[Callable[[], object]],
    seconds: float,
    chunks: Sequence[str] = (),
) -> list[tuple[float, ...]]:
    """Return how long each of some functions takes, in seconds, in each of several turns.

    It is processor time, which other programs touch less. Each begins with the chunks in the
    processor's caches, as far as they fit.
    """
    turns: list[tuple[float, ...]] = []
    end = time.perf_counter() + seconds
    while len(turns) < TURNS and (not turns or time.perf_counter() < end):
        turn = []
        for run in runs:
            "".join(chunks)
            start = time.process_time()
            run()
            turn.append(time.process_time() - start)
        turns.append(tuple(turn))
    return turns


def size_of(text: str) -> int:
    """Return the size of a text in bytes."""
    return len(text.encode("utf-8", "surrogatepass"))


def pieces(text: str, chunk: int, *, whole_lines: bool = True) -> list[str]:
    """Return the text in chunks of about so many characters, or in lines for 0.

    With `whole_lines`, as a master has them, a chunk ends at the last line end that it has.
    """
    if not chunk:
        return text.splitlines(keepends=True)
    chunks, at = [], 0
    while at < len(text):
        end = at + chunk
        if whole_lines and end < len(text):
            end = text.rfind("\n", at, end) + 1 or end
        chunks.append(text[at:end])
        at = end
    return chunks


def loop(values: Sequence[str]) -> Callable[[str], str]:
    """Buildbot's replacement (`Properties.cleanupTextFromSecrets`), which sorts for each text."""
    labels = dict.fromkeys(values, "<x>")

    def run(text: str) -> str:
        for value in sorted(labels, key=len, reverse=True):
            text = text.replace(value, labels[value])
        return text

    return run


def feeding(function: Callable[[str], str], chunks: Sequence[str]) -> Callable[[], object]:
    """Return a function that feeds the chunks to another one."""
    return lambda: deque(map(function, chunks), maxlen=0)


def streaming(
    redactor: Redactor, given: frozenset[str] | None, chunks: Sequence[str], again: int
) -> Callable[[], object]:
    """Return a function that redacts the chunks so many times, each time as the text of a new log.

    In one log, lines that come again are not looked at again.
    """

    def run() -> None:
        for _ in range(again):
            deque(map(redactor.stream(given).feed, chunks), maxlen=0)

    return run


def copying() -> Callable[[], object]:
    """Return a function that copies `COPIED` bytes."""
    source = memoryview(bytearray(b"x" * COPIED))
    target = memoryview(bytearray(b"y" * COPIED))

    def run() -> None:
        for at in range(0, COPIED, 64 * KIB):
            target[at : at + 64 * KIB] = source[at : at + 64 * KIB]

    return run


class Bench:
    """Collects the rows of the table."""

    def __init__(self, *, quick: bool, only: str = "") -> None:
        self.rows: list[Row] = []
        self.seconds = 0.5 if quick else 5.0
        self.size = (1 if quick else 4) * MEGABYTE
        self.only = only
        self.copy = copying()
        self._values: Sequence[str] = ()
        self._known: dict[str, Redactor] = {}

    def measure(
        self,
        case: str,
        values: Sequence[str],
        text: str,
        chunk: int,
        *,
        whole_lines: bool = True,
        given: frozenset[str] | None = GIVEN,
        tiers: Sequence[str] = TIERS,
    ) -> None:
        """Measure one case in some tiers, beside the loop and a copy."""
        if self.only not in case:
            return
        # The loop is slow: both go through the same beginning of the text, the redactor repeatedly.
        text = text[: max(80 * KIB, 400 * MEGABYTE // len(values))]
        chunks, size = pieces(text, chunk, whole_lines=whole_lines), size_of(text)
        again = max(1, self.size // size)
        runs = [feeding(loop(values), chunks), self.copy]
        runs += [streaming(self._knowing(values, tier), given, chunks, again) for tier in tiers]
        turns = time_turns(runs, self.seconds, chunks)
        for place, tier in enumerate(tiers, 2):
            total = size * again
            speed = statistics.median(total / MEGABYTE / turn[place] for turn in turns)
            by_loop = statistics.median(turn[0] * again / turn[place] for turn in turns)
            by_copy = statistics.median(total / turn[place] * turn[1] / COPIED for turn in turns)
            self.rows.append((case, tier, speed, by_loop, by_copy))
            print(f"{case:44} {tier:7} {speed:9.1f} {by_loop:10.2f} {by_copy:9.4f}")

    def _knowing(self, values: Sequence[str], tier: str) -> Redactor:
        """Return a redactor that knows the values, the last one if it does."""
        if values is not self._values:
            self._values, self._known = values, {}
        if tier not in self._known:
            self._known[tier] = redactor_of(values, tier)
        return self._known[tier]


def redactor_of(
    values: Sequence[str], tier: str, policy: RedactionPolicy | None = None
) -> Redactor:
    """Return a redactor that knows all the values and is ready."""
    redactor = Redactor(policy or RedactionPolicy.build_log(), tier=tier)
    for index, value in enumerate(values):
        redactor.add(f"s{index}", value)
    redactor.redact("x")
    redactor.redact("x", GIVEN)
    redactor.settle()
    return redactor


def throughput(bench: Bench, *, quick: bool) -> None:
    """Measure counts of secrets, sizes of chunks, rates of hits."""
    for count in (50, 1000) if quick else (1, 10, 50, 1000):
        values = ordinary(count)
        text = corpus(bench.size, values, 0.0001)
        for label, chunk in (("line", 0), ("64 KiB", 64 * KIB)):
            bench.measure(f"{count} secrets, {label}", values, text, chunk)
    if not quick:
        very_many(bench)
    values = ordinary(50)
    if not quick:
        text = corpus(bench.size, values, 0.0001)
        for label, chunk in (("4 KiB", 4 * KIB), ("1 MiB", KIB * KIB)):
            bench.measure(f"50 secrets, {label}", values, text, chunk)
        for count in (50, 1000):
            case = f"{count} secrets, 64 KiB, lines cut"
            bench.measure(case, ordinary(count), text, 64 * KIB, whole_lines=False)
        dotted = text.replace(" PASSED ", "... PASSED ")
        bench.measure("50 secrets, 64 KiB, ellipses", values, dotted, 64 * KIB)
        for rate in (0.0, 0.01, 0.2):
            text = corpus(bench.size, values, rate)
            bench.measure(f"50 secrets, 64 KiB, {rate:.0%} of lines hit", values, text, 64 * KIB)


def very_many(bench: Bench) -> None:
    """Measure 10,000 secrets, for a build and for a file of the master."""
    values = ordinary(10_000)
    text = corpus(bench.size, values, 0.0001)
    audiences = {"a build given 20": GIVEN_OF_MANY, "all given": None}
    for label, chunk in (("line", 0), ("64 KiB", 64 * KIB)):
        for audience, given in audiences.items():
            case = f"10000 secrets, {audience}, {label}"
            bench.measure(case, values, text, chunk, given=given, tiers=TIERS[:1])


def adversaries(bench: Bench) -> None:
    """Values and texts made to be slow, beside 50 ordinary secrets; the build was given all."""
    source = random.Random(5)
    size = bench.size // 4
    base = ordinary(50)
    period = "abcdefghij" * 6554
    line = "abcdefgh12345678\n"
    nested = ["ab" * 8 + "c" * i for i in range(300)]
    cases: list[tuple[str, list[str], str, int]] = [
        ("near misses of one long value", ["a" * 5000], ("a" * 4999 + "b") * (size // 5000), 64),
        ("one value over and over", ["a" * 8], "a" * size, 64),
        ("periodic value over and over", ["ab" * 20], "ab" * (size // 2), 64),
        ("long periodic value over and over", [period], period * (size // len(period) + 1), 64),
        ("near misses of it", [period + "X"], period * (size // len(period) + 1), 64),
        ("a value of equal lines", [line * 4000 + "end"], line * (size // len(line)), 0),
        ("a key of 256 KiB", [long_key(256)], long_key(256), 0),
        ("values nested", nested, ("ab" * 8 + "c" * 299) * (size // 315), 64),
        ("values with one beginning", [f"{'x' * 40}{i:04d}" for i in range(300)], "x" * size, 64),
        ("coloured lines", [], "\x1b[32mok\x1b[0m a test passed in 3 ms\n" * (size // 36), 0),
        ("control sequences alone", [], "\x1b[1mx\x1b[0m " * (size // 10), 64),
        ("one line of 4 MiB", [], "x" * 4 * KIB * KIB, 8192),
        ("hits everywhere", [], " ".join(source.choices(base, k=size // 200)), 64),
        ("hits everywhere", [], "\n".join(source.choices(base, k=size // 200)), 0),
        ("near misses", [], "".join(f"{value[:-1]}!" for value in base * 99)[:size], 64),
        ("blanks", [], " " * size, 64),
        ("empty lines", [], "\n" * (size // 10), 0),
        ("base64", [], base64.b64encode(source.randbytes(size)).decode(), 64),
        ("CJK", [], "".join(chr(source.randint(0x4E00, 0x9FFF)) for _ in range(size // 3)), 64),
    ]
    for case, values, text, chunk in cases:
        label = "line" if not chunk else f"{chunk} KiB"
        known = [*base, *values]
        given = frozenset(f"s{index}" for index in range(len(known)))
        bench.measure(f"{case}, {label}", known, text, chunk * KIB, whole_lines=False, given=given)


def policies(bench: Bench) -> None:
    """The other policies, 50 secrets with all their forms; the loop knows the values alone."""
    values = ordinary(50)
    text = corpus(bench.size, values, 0.0001)
    for label, policy in (
        ("default", RedactionPolicy()),
        ("ansi", RedactionPolicy.ansi()),
        ("raw", RedactionPolicy.raw()),
    ):
        for tier in TIERS:
            for size, chunk in (("line", 0), ("64 KiB", 64 * KIB)):
                stream = redactor_of(values, tier, policy).stream()
                chunks = pieces(text, chunk)
                runs = [feeding(loop(values), chunks), feeding(stream.feed, chunks)]
                turns = time_turns(runs, bench.seconds)
                own = len(text) / MEGABYTE / statistics.median(turn[1] for turn in turns)
                ratio = statistics.median(turn[0] / turn[1] for turn in turns)
                case = f"50 secrets, policy {label}, {size}"
                print(f"{case:44} {tier:7} {own:9.1f} {ratio:10.2f}")


def upkeep(*, quick: bool) -> None:
    """Building and adding, in processor time of the thread that waits for it; memory; one text."""
    print(f"\n{'upkeep':32} {'tier':7} {'build ms':>9} {'add ms':>8} {'text us':>8} {'kB':>8}")
    for count in (50,) if quick else (50, 1000):
        values = ordinary(count)
        for tier in TIERS:
            start = time.thread_time()
            redactor = redactor_of(values, tier)
            built = time.thread_time() - start
            stream = redactor.stream()
            added = []
            for value in ordinary(15, seed=11):
                start = time.thread_time()
                redactor.add("added", value)
                stream.feed("a line\n")
                added.append(time.thread_time() - start)
            redactor.settle()
            start = time.thread_time()
            for _ in range(1000):
                redactor.redact("twenty characters xx")
            text = time.thread_time() - start
            print(
                f"{count} secrets{'':22} {tier:7} {built * 1e3:9.1f} {max(added) * 1e3:8.2f}"
                f" {text * 1e3:8.2f} {redactor.memory / 1e3:8.0f}"
            )


def chart(rows: Sequence[Row], path: Path) -> None:
    """Write the ratios to the loop as bars on a logarithmic scale, one line a case."""
    cases: dict[str, dict[str, float]] = {}
    for case, tier, _, ratio, _ in rows:
        cases.setdefault(case, {})[tier] = ratio
    left, decade, step = 330, 105, 30
    height = step * len(cases) + 60
    colours = {"native": "#2b6cb0", "stdlib": "#90aac8"}

    def x(ratio: float) -> float:
        return left + decade * (math.log10(max(ratio, 0.1)) + 1)

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 900 {height}">',
        f'<rect width="900" height="{height}" fill="white"/>',
        '<g font-family="sans-serif" font-size="12" fill="#222">',
        '<text x="10" y="20" font-weight="bold">Times the speed of Buildbot\'s own loop</text>',
    ]
    for at, (tier, colour) in enumerate(colours.items()):
        parts.append(f'<rect x="{left + 90 * at}" y="10" width="12" height="12" fill="{colour}"/>')
        parts.append(f'<text x="{left + 90 * at + 18}" y="20">{tier}</text>')
    for power in range(-1, 4):
        line = x(10.0**power)
        parts.append(f'<path d="M{line} 44V{height - 10}" stroke="#ccc"/>')
        parts.append(f'<text x="{line}" y="40" text-anchor="middle">{10.0**power:g}</text>')
    for index, (case, ratios) in enumerate(cases.items()):
        y = 54 + step * index
        parts.append(f'<text x="10" y="{y + 15}">{case}</text>')
        for at, (tier, ratio) in enumerate(ratios.items()):
            width, top = max(1.0, x(ratio) - left), y + 11 * at
            parts.append(
                f'<rect x="{left}" y="{top}" width="{width:.0f}" height="10"'
                f' fill="{colours[tier]}"/>'
            )
            parts.append(
                f'<text x="{left + width + 4:.0f}" y="{top + 9}" font-size="10">{ratio:,.3g}</text>'
            )
    parts.append("</g></svg>")
    path.write_text("\n".join(parts) + "\n", encoding="utf-8")


def main(arguments: Sequence[str]) -> None:
    """Run everything and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="less text, fewer cases")
    parser.add_argument("--only", metavar="TEXT", default="", help="cases with this in the name")
    parser.add_argument("--svg", type=Path, metavar="PATH", help="write a chart")
    options = parser.parse_args(arguments)
    bench = Bench(quick=options.quick, only=options.only)
    print(f"{'case':44} {'tier':7} {'MB/s':>9} {'x loop':>10} {'x copy':>9}")
    throughput(bench, quick=options.quick)
    adversaries(bench)
    charted = len(bench.rows)
    if not options.only:
        policies(bench)
        upkeep(quick=options.quick)
    if options.svg is not None:
        chart(bench.rows[:charted], options.svg)


if __name__ == "__main__":
    main(sys.argv[1:])
