"""What a check has found, for programs: JSON, one object on each line."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from buildbot_keychain.inspection.check import Report


def lines_of(report: Report) -> Iterator[str]:
    """Yield a line for each secret and each finding, and one about all of them."""
    for secret in report.secrets:
        yield json.dumps({"type": "secret", **asdict(secret)})
    for finding in report.findings:
        yield json.dumps({"type": "finding", **asdict(finding)})
    counts = {level: report.count(level) for level in ("problem", "unchecked", "note")}
    about = {"file": report.file, "builders": report.builders, "places": report.named}
    yield json.dumps({"type": "summary", **about, "secrets": len(report.secrets), **counts})
