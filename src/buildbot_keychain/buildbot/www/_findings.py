"""What needs attention in a master: `findings_of`, and `gaps_of` what protects its secrets."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timezone
from typing import Any

from buildbot_keychain.attention import SECRET, Attention
from buildbot_keychain.buildbot.patches import PATCHES
from buildbot_keychain.buildbot.state import (
    BuildRow,
    BuildsReader,
    PrintRow,
    PrintsTable,
    StoredUse,
    UsesReader,
)
from buildbot_keychain.policy import described
from buildbot_keychain.uses import DENIED, WOULD_BE_DENIED
from buildbot_keychain.web.host_secrets import Finding, Listed

MOST = 20
"""Findings of each topic."""

_READ = 10 * MOST
"""Rows of what was hidden in the last builds, of which some are of the same log of a step."""


async def findings_of(keychain: Any, unused: Sequence[Listed] = ()) -> list[Finding]:
    """Return what needs attention: at most `MOST` of each topic.

    :param keychain: a `MasterKeychain`.
    :param unused: the secrets that nobody has asked for.
    :raise DatabaseProblemError: when the database cannot be read.
    """
    denied = await UsesReader(keychain.master).refused((DENIED, WOULD_BE_DENIED), MOST)
    printed = await _printed_lately(keychain.master)
    return [
        *map(_expiring, keychain.attention[:MOST]),
        *(_weak(*pair) for pair in list(keychain.weak_secrets.items())[:MOST]),
        *(_printed(*pair) for pair in printed),
        *map(_denied, denied),
        *(Finding("Waiting", f"{sentence}.") for sentence in keychain.waiting_services[:MOST]),
        *_unused(unused),
    ]


def _expiring(item: Attention) -> Finding:
    when = datetime.fromtimestamp(item.when, timezone.utc)
    what = item.kind if item.name in {item.kind, f"the {item.kind}"} else f"{item.kind} {item.name}"
    text = f"{item.provider}, {what}: {item.problem}, {when:%Y-%m-%d %H:%M}Z"
    is_secret = item.kind == SECRET
    secret = Listed(item.provider, item.name) if is_secret else None
    return Finding("Expires or too old", f"{text}; {item.remedy}.", secret, is_secret)


def _weak(name: str, weakness: str) -> Finding:
    return Finding("Weak", f"{name} is {weakness}: logs may show it.", _named(name))


async def _printed_lately(master: Any) -> list[tuple[PrintRow, BuildRow]]:
    """Return what the last builds have printed into logs, each by the last of them alone."""
    rows = [row for row in await PrintsTable(master).of_last_builds(_READ) if row.log is not None]
    builds = await BuildsReader(master).of_ids({row.buildid for row in rows}) if rows else {}
    found: dict[tuple[Any, ...], tuple[PrintRow, BuildRow]] = {}
    for row in rows:
        build = builds.get(row.buildid)
        if build is not None:
            found.setdefault((row.secret, build.builderid, row.step, row.log), (row, build))
    return list(found.values())[:MOST]


def _printed(row: PrintRow, build: BuildRow) -> Finding:
    times = "once" if row.times == 1 else f"{row.times} times"
    where = f"build {build.number} of {build.builder!r}, step {row.step!r}, log {row.log!r}"
    text = f"{row.secret} was printed, and hidden, {times}: {where}."
    return Finding("Printed in logs", text, _named(row.secret))


def _denied(row: StoredUse) -> Finding:
    when = datetime.fromtimestamp(row.last_at, timezone.utc)
    denied = "was denied" if row.use.outcome == DENIED else "would be denied"
    times = "once, at" if row.times == 1 else f"{row.times} times, last at"
    text = f"{row.use.name} {denied} to {described(row.use.requester)}"
    said = f"{text}, {times} {when:%Y-%m-%d %H:%M}Z."
    return Finding("Denied", said, _named(row.use.name))


def _unused(secrets: Sequence[Listed]) -> Iterator[Finding]:
    for secret in secrets[:MOST]:
        yield Finding("Unused", f"{secret.name} was not asked for in a month or more.", secret)
    if len(secrets) > MOST:
        yield Finding("Unused", f"And {len(secrets) - MOST} more.")


def gaps_of(keychain: Any) -> Iterator[Finding]:
    """Yield what is not covered, and what is wrong with the policy, as it is now.

    :param keychain: a `MasterKeychain`.
    """
    for gap in PATCHES.accepted:
        yield Finding("Not covered", f"{gap.patch.gap} (patch {gap.patch.name}).")
    policies = keychain.providers.configuration.policies
    problem = getattr(policies, "problem", "")
    if policies is None:
        yield Finding("Policy", "There is no policy: every build may have every secret.")
    elif problem:
        yield Finding("Policy", f"The newest policy is not in force: {problem}.")
    elif keychain.providers.configuration.reports_only:
        yield Finding("Policy", "The policy only reports: every build may have every secret.")


def _named(name: str) -> Listed | None:
    provider, mark, path = name.partition("|")[0].partition("!")
    return Listed(provider, path) if mark else None
