"""Measures the redactor against Buildbot's own loop and against copying memory.

Run ``python -m tests.benchmarks.redaction`` at the top of the repository; with ``--quick`` it takes
a minute, ``--svg PATH`` writes a chart. Speeds are medians, in megabytes per second of processor
time. What matters are the ratios. "loop" is Buildbot's replacement, ``for value in sorted(values,
key=len, reverse=True): text = text.replace(value, label)``, including the sorting, which Buildbot
does for each text. "copy" is copying memory in pieces of 64 KiB between two buffers that are larger
than the processor's caches. (Within the caches copying is three to five times as fast, but a log
comes from outside them; into memory that the system must first provide it is five times slower.)
The sides that are compared take turns, and a ratio is the median of the ratios of the turns, so
that another program on the machine slows both sides.

The corpus is generated from a seed: lines as compilers, pip, npm, pytest and ``set -x`` write them.
"""

from __future__ import annotations

import argparse
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

from buildbot_keychain.redaction import RedactionPolicy, Redactor, engine

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
    """Return `count` values of 8 to 3,585 characters, the median 64."""
    source = random.Random(seed)
    return [
        "".join(
            source.choices(ALPHABET, k=max(8, min(3585, int(source.lognormvariate(4.16, 0.9)))))
        )
        for _ in range(count)
    ]


def time_turns(
    runs: Sequence[Callable[[], object]],
    seconds: float,
    chunks: Sequence[str] = (),
) -> list[tuple[float, ...]]:
    """Return how long each of `runs` takes, in seconds, in each of several turns.

    It is processor time, which other programs affect less. Each run begins with the chunks in the
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


def pieces(text: str, chunk: int) -> list[str]:
    """Return the text in chunks of `chunk` characters; 0 for lines."""
    if not chunk:
        return text.splitlines(keepends=True)
    return [text[at : at + chunk] for at in range(0, len(text), chunk)]


def loop(values: Sequence[str]) -> Callable[[str], str]:
    """Return Buildbot's replacement (`Properties.cleanupTextFromSecrets`) of `values`."""
    labels = dict.fromkeys(values, "<x>")

    def run(text: str) -> str:
        for value in sorted(labels, key=len, reverse=True):
            text = text.replace(value, labels[value])
        return text

    return run


def feeding(function: Callable[[str], str], chunks: Sequence[str]) -> Callable[[], object]:
    """Return a run that passes the chunks to `function`."""
    return lambda: deque(map(function, chunks), maxlen=0)


def copier() -> Callable[[], object]:
    """Return a run that copies `COPIED` bytes."""
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
        self.copy = copier()

    def measure(self, case: str, values: Sequence[str], text: str, chunk: int) -> None:
        """Measure one case in every tier, next to the loop and a copy."""
        if self.only not in case:
            return
        # The loop is slow: both get the same beginning of the text, the redactor repeatedly.
        text = text[: max(80 * KIB, 400 * MEGABYTE // len(values))]
        chunks, size = pieces(text, chunk), size_of(text)
        again = max(1, self.size // size)
        runs = [feeding(loop(values), chunks), self.copy]
        for tier in engine.TIERS:
            stream = redactor_of(values, tier).stream()
            stream.feed("warm up\n")
            runs.append(feeding(stream.feed, chunks * again))
        turns = time_turns(runs, self.seconds, chunks)
        for place, tier in enumerate(engine.TIERS, 2):
            total = size * again
            speed = statistics.median(total / MEGABYTE / turn[place] for turn in turns)
            by_loop = statistics.median(turn[0] * again / turn[place] for turn in turns)
            by_copy = statistics.median(total / turn[place] * turn[1] / COPIED for turn in turns)
            self.rows.append((case, tier, speed, by_loop, by_copy))
            print(f"{case:44} {tier:7} {speed:9.1f} {by_loop:10.2f} {by_copy:9.4f}")


def redactor_of(
    values: Sequence[str], tier: str, policy: RedactionPolicy | None = None
) -> Redactor:
    """Return a redactor that knows all the values and is ready."""
    redactor = Redactor(policy or RedactionPolicy.raw(), tier=tier)
    for index, value in enumerate(values):
        redactor.add(f"s{index}", value)
    redactor.redact("x")
    return redactor


def throughput(bench: Bench, *, quick: bool) -> None:
    """Measure counts of needles, sizes of chunks, rates of hits."""
    counts = (10, 1000) if quick else (1, 10, 100, 1000, 10_000, 20_000)
    for count in counts:
        values = secrets(count)
        text = corpus(bench.size, values, 0.0001)
        for label, chunk in (("line", 0), ("64 KiB", 64 * KIB)):
            bench.measure(f"{count} needles, {label}", values, text, chunk)
    values = secrets(1000)
    if not quick:
        text = corpus(bench.size, values, 0.0001)
        for label, chunk in (("4 KiB", 4 * KIB), ("1 MiB", KIB * KIB)):
            bench.measure(f"1000 needles, {label}", values, text, chunk)
        for rate in (0.0, 0.01, 0.2):
            text = corpus(bench.size, values, rate)
            bench.measure(f"1000 needles, 64 KiB, {rate:.0%} of lines hit", values, text, 64 * KIB)


def floods(bench: Bench) -> None:
    """Measure texts that consist of values, or of near misses: values with one other character."""
    for count in (1, 2, 10, 17, 40, 64, 65, 100, 200, 300):
        values = secrets(count)
        shortest = min(values, key=len)
        for case, unit in (
            ("every value", "".join(f"{value} " for value in values)),
            ("one value", f"{values[0]} "),
            ("shortest value", f"{shortest} "),
            ("near misses of every value", "".join(f"{value[:-1]}!" for value in values)),
            ("near misses of one value", f"{values[0][:-1]}!"),
            ("beginnings of every value", "".join(f"{value[:7]} " for value in values)),
            ("ends of every value", "".join(f"!{value[1:]}" for value in values)),
        ):
            text = unit * (bench.size // 10 // len(unit) + 1)
            bench.measure(f"{count} needles, flood of {case}", values, text, 64 * KIB)


def adversaries(bench: Bench) -> None:
    """Measure texts that are made to be slow."""
    source = random.Random(5)
    size = bench.size // 4
    noise = "".join(source.choices(string.ascii_letters + string.digits + "+/", k=size))
    many = secrets(1000)
    cases: list[tuple[str, list[str], str]] = [
        ("near misses of one long value", ["a" * 5000], ("a" * 4999 + "b") * (size // 5000)),
        ("one value over and over", ["a" * 8], "a" * size),
        ("periodic value over and over", ["ab" * 20], "ab" * (size // 2)),
        ("near misses of 1000 values", many, "".join(v[:-1] + "!" for v in many * 9)[:size]),
        ("1000 values with one beginning", [f"{'x' * 40}{i:04d}" for i in range(1000)], "x" * size),
        (
            "1000 values nested",
            ["ab" * 8 + "c" * i for i in range(1000)],
            ("ab" * 8 + "c" * 999) * (size // 1015),
        ),
        (
            "1000 values nested, the shortest over and over",
            ["ab" * 8 + "c" * i for i in range(1000)],
            ("ab" * 8 + "x") * (size // 17),
        ),
        (
            "1000 values nested from the left",
            ["c" * i + "ab" * 8 for i in range(1000)],
            ("c" * 999 + "ab" * 8) * (size // 1015),
        ),
        ("near misses of 10 values", many[:10], "".join(v[:-1] + "!" for v in many[:10] * 400)),
        ("one line of base64, 1000 needles", many, noise),
        (
            "CJK, 1000 needles",
            many,
            "".join(chr(source.randint(0x4E00, 0x9FFF)) for _ in range(size // 3)),
        ),
        ("binary, 1000 needles", many, source.randbytes(size).decode("latin-1")),
        ("hits everywhere, 1000 needles", many, "".join(source.choices(many, k=size // 90))),
    ]
    for case, values, text in cases:
        bench.measure(case, values, text, 64 * KIB)


def policies(bench: Bench) -> None:
    """Measure the other policies: 50 secrets in all their forms; the loop knows only the values."""
    values = secrets(50)
    text = corpus(bench.size, values, 0.0001)
    for label, policy in (
        ("default", RedactionPolicy()),
        ("ansi", RedactionPolicy.ansi()),
        ("build log", RedactionPolicy.build_log()),
    ):
        for tier in engine.TIERS:
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
    """Measure building and adding, in processor time of the waiting thread; and memory."""
    print(f"\n{'upkeep':44} {'tier':7} {'build ms':>9} {'add ms':>10} {'needles kB':>11}")
    for count in (1000,) if quick else (1000, 20_000):
        values = secrets(count)
        for tier in engine.TIERS:
            start = time.thread_time()
            redactor = redactor_of(values, tier)
            built = time.thread_time() - start
            stream = redactor.stream()
            added = []
            for value in secrets(15, seed=11):
                start = time.thread_time()
                redactor.add("added", value)
                stream.feed("a line\n")
                added.append(time.thread_time() - start)
            print(
                f"{count} needles{'':32} {tier:7} {built * 1e3:9.1f} {max(added) * 1e3:10.2f}"
                f" {redactor.memory / 1e3:11.0f}"
            )


def chart(rows: Sequence[Row], path: Path) -> None:
    """Write the ratios to the loop as bars on a logarithmic scale, one line per case."""
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
    if not options.quick:
        floods(bench)
    if not options.only:
        policies(bench)
        upkeep(quick=options.quick)
    if options.svg is not None:
        chart(bench.rows[:charted], options.svg)


if __name__ == "__main__":
    main(sys.argv[1:])
