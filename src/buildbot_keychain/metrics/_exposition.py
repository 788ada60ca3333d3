"""The text format of Prometheus, version 0.0.4.

https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import accumulate

from buildbot_keychain.metrics.table import METRICS, Histogram, Metric, Sample

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

_ESCAPED = str.maketrans({"\\": "\\\\", "\n": "\\n", '"': '\\"'})


def exposition(samples: Iterable[Sample], *, known: bool = True) -> str:
    """Return samples as text, those of a metric together, in the order of `METRICS`.

    :param known: whether it is known who reads it; see `Metric.guarded`.
    """
    found: dict[Metric, list[Sample]] = {metric: [] for metric in METRICS}
    for sample in samples:
        if known or not sample.metric.guarded:
            found[sample.metric].append(sample)
    lines = [line for metric, values in found.items() if values for line in _lines(metric, values)]
    return "\n".join([*lines, ""])


def _lines(metric: Metric, samples: Iterable[Sample]) -> Iterator[str]:
    yield f"# HELP {metric.name} {metric.text}"
    yield f"# TYPE {metric.name} {metric.kind}"
    for _, value, labels in samples:
        pairs = list(zip(metric.labels, labels, strict=True))
        if not isinstance(value, Histogram):
            yield _line(metric.name, pairs, value)
            continue
        bounds = [*map(_number, value.bounds), "+Inf"]
        counts = list(accumulate(value.counts))
        for bound, count in zip(bounds, counts, strict=True):
            yield _line(f"{metric.name}_bucket", [*pairs, ("le", bound)], count)
        yield _line(f"{metric.name}_sum", pairs, value.total)
        yield _line(f"{metric.name}_count", pairs, counts[-1])


def _line(name: str, labels: Iterable[tuple[str, str]], value: float) -> str:
    pairs = ",".join(f'{label}="{text.translate(_ESCAPED)}"' for label, text in labels)
    return f"{name}{{{pairs}}} {_number(value)}" if pairs else f"{name} {_number(value)}"


def _number(value: float) -> str:
    return str(value) if isinstance(value, int) else repr(float(value))
