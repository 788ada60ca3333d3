"""What a check has found, for programs: JSON, one object on each line."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING

from buildbot_keychain.cli import _findings

if TYPE_CHECKING:
    from buildbot_keychain.inspection.check import Report


def lines_of(report: Report) -> Iterator[str]:
    """Yield a line for each secret and each finding, and one about all of them."""
    for secret in report.secrets:
        yield json.dumps({"type": "secret", **asdict(secret)})
    yield from _findings.objects_of(report)
    about = {"file": report.file, "builders": report.builders, "places": report.named}
    counts = {"secrets": len(report.secrets), **_findings.count_of(report)}
    yield json.dumps({"type": "summary", **about, **counts})
