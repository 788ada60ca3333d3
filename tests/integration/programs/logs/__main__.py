"""Report what redaction changes in a log of public tools: see the package."""

from __future__ import annotations

import os
import time
from collections import Counter

from buildbot_keychain.redaction import RedactionPolicy, Redactor
from tests.integration.programs.logs.corpus import MEGABYTE, make
from tests.integration.programs.logs.holdings import HOLDINGS
from tests.integration.programs.logs.reference import Reference, keeps_colours

_SHOWN = 60  # characters on either side


def main() -> None:
    """Make the log, redact it, and print what is wrong; the secrets are made up."""
    log = make(float(os.environ.get("KEYCHAIN_LOGS_MEGABYTES", "20")), network=True)
    redactor = Redactor(RedactionPolicy.build_log())
    for holding in HOLDINGS:
        redactor.add(holding.name, holding.value)
    redactor.settle()
    started = time.process_time()
    redacted = redactor.redact(log)
    took = time.process_time() - started
    reference = Reference(HOLDINGS)
    changes = list(reference.changes(log, redacted))
    lines, altered = log.count("\n"), len({line for change in changes for line in change.lines})
    print(f"{len(log) / MEGABYTE:.1f} MB in {lines} lines, redacted in {took:.1f} s")
    print(f"{altered} lines are changed, {100 * altered / lines:.2f} %")
    print(f"colours are {'kept' if keeps_colours(log, redacted) else 'NOT kept'}")
    for name, count in Counter(change.name for change in changes).most_common():
        print(f"  {count:7} <{name}>")
    wrong = [change for change in changes if not reference.is_right(change)]
    print(f"{len(wrong)} changes are wrong:")
    for (name, covered), count in Counter((c.name, c.covered) for c in wrong).most_common():
        one = next(c for c in wrong if (c.name, c.covered) == (name, covered))
        before, after = one.before[-_SHOWN:], one.after[:_SHOWN]
        print(f"  {count:7} <{name}> covers {covered!r}: {before!r} ... {after!r}")


main()
