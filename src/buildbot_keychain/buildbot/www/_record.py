"""`record_of`: who uses a secret, who had it, who has it, who names it and where it was printed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeVar

from buildbot_keychain.buildbot.state import BuildsUse, PrintRow, PrintsTable, UsesReader
from buildbot_keychain.buildbot.www._references import ConfiguredReferences
from buildbot_keychain.buildbot.www._spellings import Spellings, plain
from buildbot_keychain.interfaces import IScopeKeeper
from buildbot_keychain.web.host_secrets import (
    BuildUse,
    Holder,
    Printed,
    Record,
    Reference,
    UseRow,
)

T = TypeVar("T")

MOST = 50
"""Rows of each kind."""

_READ = 4 * MOST
"""Rows that are read, of which some may be of other secrets that are called similarly."""


async def record_of(
    keychain: Any,
    provider: Any,
    spellings: Spellings,
    path: str,
    references: ConfiguredReferences,
) -> Record:
    """Return the record of a secret.

    :param keychain: a `MasterKeychain`.
    :param provider: the one that has it.
    :param path: its canonical name there.
    :raise DatabaseProblemError: when the database cannot be read.
    """
    uses = UsesReader(keychain.master)
    stored = await uses.of_names(spellings.usual, _READ)
    builds = await uses.of_builds(spellings.usual, _READ)
    printed = await _printed(keychain, {row.buildid: row for row in builds})
    return Record(
        uses=await _some(stored, spellings, lambda one: one.use.name, lambda one: UseRow(*one)),
        builds=await _some(builds, spellings, lambda one: one.use.name, _build_use),
        printed=await _some(printed, spellings, lambda one: one.name, lambda one: one),
        references=tuple(
            Reference(each.place.report, each.argument, each.name, is_certain)
            for each, is_certain in (await references.of(provider, path))[:MOST]
        ),
        holders=await _some(
            list(_holding(keychain, provider)), spellings, lambda one: one[0], lambda one: one[1]
        ),
    )


async def _some(
    rows: Any, spellings: Spellings, name_of: Callable[[Any], str], made: Callable[[Any], T]
) -> tuple[T, ...]:
    """Return the first of `rows` that are of the secret, as `made` makes them."""
    found: list[T] = []
    for row in rows:
        if len(found) == MOST:
            break
        if await spellings.include(name_of(row)):
            found.append(made(row))
    return tuple(dict.fromkeys(found))


def _build_use(row: Any) -> BuildUse:
    return BuildUse(row.use, row.builder, row.number, _address(row.builderid, row.number), row.at)


def _address(builderid: int, number: int) -> str:
    return f"#/builders/{builderid}/builds/{number}"


async def _printed(keychain: Any, builds: Mapping[int, BuildsUse]) -> list[Printed]:
    """Return where secrets were hidden: in some builds, by their ids, and since the start."""
    rows = await PrintsTable(keychain.master).of_builds(builds, _READ) if builds else []
    found = [_place(row, builds[row.buildid].builder, builds[row.buildid].number) for row in rows]
    others = [one for one in reversed(keychain.hidden_secrets) if one.build not in builds]
    return [*found, *(_place(one, one.builder, one.number) for one in others)]


def _place(one: Any, builder: str | None, number: int | None) -> Printed:
    """Return where a secret was hidden.

    :param one: a `PrintRow` or `HiddenSecret`.
    """
    what = one.sink if one.log is None else f"{one.sink} {one.log}"
    facts = {"builder": builder, "build": number, "step": one.step, "line": one.line}
    known = [f"{name} {fact}" for name, fact in facts.items() if fact is not None]
    count = one.times if isinstance(one, PrintRow) else one.count
    return Printed(", ".join([what, *known]), count, name=one.secret)


def _holding(keychain: Any, provider: Any) -> Iterator[tuple[str, Holder]]:
    """Yield the names of secrets that somebody has now, each with who that is."""
    for service, name, source in keychain.services.held():
        if source == provider.name:
            yield name, Holder(service)
    hosted = getattr(provider, "hosted", provider)
    for builder in keychain.master.botmaster.builders.values():
        for build in builder.building:
            if build.buildid is None or build.finished:
                continue
            leases = IScopeKeeper.providedBy(hosted) and hosted.holds(f"build/{build.buildid}")
            who = f"build {build.number} of {builder.name}"
            holder = Holder(who, f"#/builds/{build.buildid}", bool(leases))
            for key in keychain.given.of_buildid(build.buildid):
                yield plain(key.partition("\0")[0]), holder
