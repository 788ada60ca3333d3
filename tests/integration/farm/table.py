"""The figures of several farms as a table: a row for each figure, a column for each farm.

Where masters differ, the larger one counts. All but the last rows are of one master.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from tests.integration.farm.farm import Outcome

Figure = Callable[[dict[str, Any]], float]


def table(outcomes: Sequence[Outcome]) -> Iterator[str]:
    """Yield the lines of a table."""
    settings = [each.settings for each in outcomes]
    yield _line("", ["ours" if each.library else "Buildbot's" for each in settings])
    yield _line("builders", [f"{each.builders:,}" for each in settings])
    yield _line("secrets", [f"{each.secrets:,}" for each in settings])
    yield _line("seconds", [f"{each.seconds:.0f}" for each in settings])
    for name, figure in _FIGURES:
        yield _line(name, [_shown(max(map(figure, each.masters))) for each in outcomes])
    for name, of_farm in _OF_FARMS.items():
        yield _line(name, [_shown(of_farm(each)) for each in outcomes])


def _line(name: str, cells: Sequence[str]) -> str:
    return f"{name:46}" + "".join(f"{cell:>11}" for cell in cells)


def _shown(number: float) -> str:
    return f"{number:,.0f}" if number >= 100 or number == int(number) else f"{number:.3g}"


def _ms(name: str, part: str) -> Figure:
    return lambda figures: 1000 * figures.get(name, {}).get(part, 0.0)


def _seconds(name: str) -> Figure:
    return lambda figures: figures[name]


def _of_steps(name: str) -> Figure:
    return lambda figures: 1000 * figures[name] / max(1, figures["steps"])


def _growth(figures: dict[str, Any]) -> float:
    """Return how much memory grows in the second half of the time, in KiB for each build."""
    samples = figures["memory"]
    half = len(samples) // 2
    return 1024 * (samples[-1][1] - samples[half][1]) / max(1, figures["builds"] / 2)


_FIGURES: tuple[tuple[str, Figure], ...] = (
    ("configuration made, s of CPU", _seconds("configure")),
    ("  loaded and checked", _seconds("check")),
    ("  master started", _seconds("start")),
    ("  configured again", _seconds("reconfigure_again")),
    ("  reactor busy at once then, ms of CPU", lambda f: 1000 * f["reconfigure_again_busy"]),
    ("memory when started, MiB", _seconds("started_memory")),
    ("  at the end", lambda f: f["memory"][-1][1]),
    ("  growth by the end, KiB for each build", _growth),
    ("CPU of a step, ms", _of_steps("build")),
    ("  of the reactor's thread", _of_steps("build_reactor")),
    ("reactor late, ms: median", _ms("lag", "p50")),
    ("  99 %", _ms("lag", "p99")),
    ("  most", _ms("lag", "max")),
    ("reactor busy at once, ms of CPU: 99 %", _ms("busy", "p99")),
    ("  most", _ms("busy", "max")),
    ("  of that at most for garbage", lambda f: 1000 * f["collecting"]),
    ("lookup, ms: median", _ms("lookup", "p50")),
    ("  99 %", _ms("lookup", "p99")),
    ("  most", _ms("lookup", "max")),
    ("build from request to end, s: median", lambda f: f["took"]["p50"]),
    ("  99 %", lambda f: f["took"]["p99"]),
    (
        "our transactions for a build",
        lambda f: sum(count for _, count in f["ours"]) / max(1, f["builds"]),
    ),
    ("audit lag, s", _seconds("audit_lag")),
    ("builds", _seconds("builds")),
    ("  not over when the last one was requested", _seconds("late")),
)

_OF_FARMS: dict[str, Callable[[Outcome], float]] = {
    "transactions of both for a build": lambda outcome: (
        outcome.transactions / max(1, sum(each["builds"] for each in outcome.masters))
    ),
    "secrets in logs and database": lambda outcome: outcome.leaked,
    "texts with the name of one": lambda outcome: outcome.hidden,
    "errors logged": lambda outcome: len(outcome.problems),
}
