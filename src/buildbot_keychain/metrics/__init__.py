"""Metrics for Prometheus: plain numbers on lookups, providers and what surrounds them.

The rules:

1. No metric has the name of a secret, a builder, a worker or a person. A label has few values, each
   known beforehand: the names of providers and sinks, classes of errors, outcomes.
2. No number tells whether a guess was right. What is hidden in the files of the master itself,
   where anybody may have something logged, is not counted here; and what any redaction changes is
   kept from readers whom nobody knows.
3. A lookup does nothing for metrics but add to a count or two; all else is collected from what is
   counted anyway, when somebody asks.

`table`         every metric: its name, type and labels, and what it says
`_counts`       how lookups end
`_collecting`   the numbers of a manager
`_exposition`   the text format
`_port`         a port for them, as it is configured
`_server`       answers on it

The text is written here, and not by a library: the format is small and frozen (version 0.0.4), what
is counted is counted elsewhere, and a page of a master must not need another package. In CI,
Prometheus' promtool checks it.
"""

from __future__ import annotations

from buildbot_keychain.metrics._collecting import samples_of_manager
from buildbot_keychain.metrics._counts import LookupCounts
from buildbot_keychain.metrics._exposition import CONTENT_TYPE, exposition
from buildbot_keychain.metrics._port import MetricsPort, checked_port
from buildbot_keychain.metrics._server import MetricsServer
from buildbot_keychain.metrics.table import METRICS, Histogram, Metric, Sample

__all__ = [
    "CONTENT_TYPE",
    "METRICS",
    "Histogram",
    "LookupCounts",
    "Metric",
    "MetricsPort",
    "MetricsServer",
    "Sample",
    "checked_port",
    "exposition",
    "samples_of_manager",
]
