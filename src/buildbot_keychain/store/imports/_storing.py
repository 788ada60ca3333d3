"""`store_entries`: puts what a reader yields into a store, and says what became of each.

**Nothing is lost.** A secret that is there already gets a new version, so the former one stays.
Each secret is a transaction of its own. What fails leaves its secret as it was, and the others go
on. An import that was interrupted is done again: what it had stored is the same then, and left
alone.

What the store says of a secret stays where the source says nothing else: its description, expiry
and builders. Tags are added. Whether it is redacted stays, too. What is deleted in the store is
skipped: somebody wanted that.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from buildbot_keychain.errors import KeyRingError, StoreError, StoreUnavailable
from buildbot_keychain.store.access import Secrets
from buildbot_keychain.store.envelope import Kind
from buildbot_keychain.store.imports._entries import Entry, ImportedSecret, ImportProblem
from buildbot_keychain.store.imports._prepared import prepared
from buildbot_keychain.store.imports._renaming import Renaming
from buildbot_keychain.store.metadata import Metadata, changed
from buildbot_keychain.store.store import Value


class Became(enum.Enum):
    """What became of an entry."""

    NEW = "new"
    CHANGED = "changed"
    SAME = "same"
    SKIPPED = "skipped"
    FAILED = "failed"


@dataclass(frozen=True)
class Outcome:
    """What became of one entry; of a dry run, what would.

    :param name: the name in the store; empty where nothing has one.
    :param where: where it was found.
    :param why: why it was skipped or has failed, or what is unusual about it; never a value.
    :param is_meant: whether it was skipped because somebody said so.
    """

    became: Became
    name: str
    where: str
    why: str = ""
    is_meant: bool = False


def store_entries(
    secrets: Secrets,
    entries: Iterable[Entry],
    renaming: Renaming,
    *,
    now: int,
    dry_run: bool = False,
) -> Iterator[Outcome]:
    """Yield what became of each entry, once that is on the disk.

    :param now: seconds since the epoch.
    :param dry_run: whether nothing is written.
    :raise StoreUnavailable: when the database does not answer; what was yielded is stored.
    :raise KeyRingError: when the keys are missing.
    """
    left_out: list[Outcome] = []

    def rename(entry: ImportedSecret) -> str | None:
        name = renaming.new_name(entry.name)
        if name is None:
            why = "a rule leaves it out"
            left_out.append(Outcome(Became.SKIPPED, entry.name, entry.where, why, is_meant=True))
        return name

    for entry in prepared(entries, rename):
        yield from left_out
        left_out.clear()
        if isinstance(entry, ImportProblem):
            why = entry.reason
            yield Outcome(Became.SKIPPED, "", entry.where, why)
        else:
            yield _stored(secrets, entry, now, dry_run=dry_run)
    yield from left_out


def _stored(secrets: Secrets, entry: ImportedSecret, now: int, *, dry_run: bool) -> Outcome:
    try:
        became, why = _store(secrets, entry, now, dry_run=dry_run)
    except (StoreUnavailable, KeyRingError):
        raise
    except StoreError as error:
        return Outcome(Became.FAILED, entry.name, entry.where, str(error))
    shown = "; ".join(part for part in (why, entry.warning) if part)
    return Outcome(became, entry.name, entry.where, shown)


def _store(
    secrets: Secrets, entry: ImportedSecret, now: int, *, dry_run: bool
) -> tuple[Became, str]:
    known = secrets.describe(entry.name)
    if known is None:
        said = _said(entry, None)
        changed(Metadata(now), said).canonical()  # raises what `set` would
        if not dry_run:
            secrets.set(entry.name, entry.value, now=now, expected=0, **said)
        return Became.NEW, ""
    if known.deleted:
        return Became.SKIPPED, "it was deleted in the store; bring it back, or purge it, first"
    said = _said(entry, known.metadata)
    metadata = changed(known.metadata, said)
    metadata.canonical()
    found = secrets.get(entry.name)
    if found is None or found.version != known.version or not _is_value(found, entry):
        if not dry_run:
            secrets.set(entry.name, entry.value, now=now, expected=known.version, **said)
        return Became.CHANGED, ""
    if metadata != known.metadata:
        if not dry_run:
            secrets.edit(entry.name, now=now, **said)
        return Became.CHANGED, "its value is the same"
    return Became.SAME, ""


def _said(entry: ImportedSecret, known: Metadata | None) -> dict[str, Any]:
    """Return the metadata that a source says anything about."""
    tags = entry.tags if known is None else (*known.tags, *entry.tags)
    said: dict[str, Any] = {"tags": sorted(set(tags))}
    if entry.description:
        said["description"] = entry.description
    if entry.allowed is not None:
        said["allowed"] = entry.allowed
    if entry.expires is not None:
        said["expires"] = entry.expires
    if known is None:
        said["redact"] = entry.redact
    return said


def _is_value(found: Value, entry: ImportedSecret) -> bool:
    kind = Kind.TEXT if isinstance(entry.value, str) else Kind.BYTES
    value = entry.value.encode("utf-8") if isinstance(entry.value, str) else entry.value
    return found.metadata.kind is kind and found.content == value
