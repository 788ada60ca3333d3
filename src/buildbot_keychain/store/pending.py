"""Changes that a second person must confirm. Blocks.

A secret with the tag `TWO_PERSONS` is changed by two: what one asks for waits until another
confirms it. The tag stays until two have taken it away, or removed the secret for good; where they
rename it, it goes with the secret. This holds for those who change secrets through a master's page;
whoever has the keys of the store can do anything with it.

What waits is a secret of the store itself, below `PREFIX`: sealed, in the journal, of both masters
of a database, and given to nobody. Who has asked is what the journal says, which only those with
the keys can write. It is tied to the revision of the secret: if that is changed meanwhile, nobody
can confirm it any more.
"""

from __future__ import annotations

import contextlib
import secrets as random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from buildbot_keychain.approvals import person_key
from buildbot_keychain.errors import (
    NotInStore,
    StoreConflict,
    StoreError,
    StoreTampered,
    StoreUnavailable,
)
from buildbot_keychain.store.changes import PURGE, RENAME, Change, Done, apply
from buildbot_keychain.store.metadata import TWO_PERSONS
from buildbot_keychain.store.names import CHANGES, is_of_change
from buildbot_keychain.store.packed_changes import packed, summary_of, unpacked
from buildbot_keychain.store.store import Description, Store
from buildbot_keychain.store.transaction import NOTHING

PREFIX = CHANGES
LIFE = 7 * 86_400
"""Seconds for which a change waits."""

_OVER = "this change does not wait any more"


@dataclass(frozen=True)
class Pending:
    """A change that waits, without a value.

    :param id: letters and digits.
    :param operation: as in `Change`.
    :param name: of the secret that is to be changed.
    :param asked_by: who has asked for it, as the journal has it.
    :param asked_at: seconds since the epoch.
    :param expires: when it ends (seconds since the epoch).
    :param has_value: whether it has a new value, or makes one.
    :param metadata: of what is known of the secret, what is to be different.
    :param version: the version to roll back to; 0 for none.
    :param new_name: what the secret is to be called; empty for what it is.
    """

    id: str
    operation: str
    name: str
    asked_by: str
    asked_at: int
    expires: int
    has_value: bool = False
    metadata: Mapping[str, Any] = field(default_factory=dict)
    version: int = 0
    new_name: str = ""

    @property
    def ends_two_persons(self) -> bool:
        """Whether one person alone can change the secret after it, or what has its name then."""
        tags = self.metadata.get("tags", (TWO_PERSONS,))
        return self.frees_name or TWO_PERSONS not in tags

    @property
    def frees_name(self) -> bool:
        """Whether anybody can add another secret of the name after it."""
        return self.operation in {PURGE, RENAME}


@dataclass(frozen=True)
class Waiting:
    """What waits.

    :param changes: in no order.
    :param problems: why others cannot be confirmed, by their ids: they are not as they were left,
        or cannot be opened.
    """

    changes: Sequence[Pending] = ()
    problems: Mapping[str, str] = field(default_factory=dict)


def make(store: Store, now: int, change: Change) -> Done:
    """Make a change, or keep it until a second person confirms it, if the secret is such a one.

    What is asked for twice waits once.

    :param now: seconds since the epoch.
    :raise StoreConflict: when the secret is not as whoever asks has seen it.
    :raise StoreError: when it cannot be done, is too long to be kept, or is of what waits.
    """
    for name in (change.name, change.new_name):
        if name.startswith(PREFIX):
            msg = f"names that begin with {PREFIX} are those of changes that wait for confirmation"
            raise StoreError(msg)
    while True:
        known = store.describe(change.name)
        if known is not None and TWO_PERSONS in known.metadata.tags:
            return _keep(store, now, change, known)
        # Of this secret, which one person changes; if it is another one by then, it may not be so.
        seen = _revision(known)
        revision = seen if change.revision is None else change.revision
        try:
            return apply(store, now, replace(change, revision=revision))
        except StoreConflict:
            if change.revision is not None or seen == _revision(store.describe(change.name)):
                raise


def _revision(known: Description | None) -> str:
    return NOTHING if known is None else known.revision


class _Undone(Exception):
    """Ends a transaction without what was done in it."""


def _keep(store: Store, now: int, change: Change, known: Description) -> Done:
    metadata = dict(change.metadata)
    if known.deleted and "tags" in metadata:  # whoever adds it anew need not know that it was there
        metadata["tags"] = {*metadata["tags"], TWO_PERSONS}
    revision = known.revision if change.revision is None else change.revision
    change = replace(change, revision=revision, metadata=metadata)
    with contextlib.suppress(_Undone), store.together(now):  # what cannot be done is not kept
        apply(store, now, change)
        raise _Undone
    version = 0 if known.deleted else known.version
    number = _same_that_waits(store, now, change)
    if number:
        return Done(change.name, version, pending=number)
    number = random.token_hex(8)
    store.set(
        PREFIX + number,
        packed(change),
        now=now,
        expected=0,
        description=summary_of(change),
        allowed=[],
        expires=now + LIFE,
    )
    return Done(change.name, version, pending=number)


def _same_that_waits(store: Store, now: int, change: Change) -> str:
    """Return the id under which the same change waits; empty if it does not.

    One with a value never does: the answer would tell whoever asks that both values are the same.
    """
    if change.value is not None or change.recipe is not None:
        return ""
    wanted, summary = packed(change), summary_of(change)
    for found, same in _found(store, now, {}, summary):
        if packed(same) == wanted:
            return found.id
    return ""


def waiting(store: Store, now: int) -> Waiting:
    """Return what waits.

    :raise StoreUnavailable: when the store cannot be read.
    """
    problems: dict[str, str] = {}
    return Waiting([each for each, _ in _found(store, now, problems)], problems)


def _found(
    store: Store, now: int, problems: dict[str, str], summary: str | None = None
) -> Iterator[tuple[Pending, Change]]:
    """Yield what waits.

    :param problems: where it is noted why some of it cannot be read, by the ids.
    :param summary: of those that are wanted; of all if it is ``None``.
    """
    names = _names(store)
    described = _described(store, names)
    for name in names:
        try:
            known = described.get(name) or store.describe(name)
            if known is None or summary not in {None, known.metadata.description}:
                continue
            found = _read(store, known, now)
        except StoreUnavailable:
            raise
        except StoreError as error:
            problems[name.removeprefix(PREFIX)] = str(error)
        else:
            if found is not None:
                yield found


def remove_expired(store: Store, now: int) -> Iterator[str]:
    """Remove what has waited too long, with its values, and yield the secrets that it was about.

    :raise StoreTampered: at the end, when some of it is not as it was left, or cannot be opened.
    :raise StoreError: when the store cannot be read or written.
    """
    problems: list[str] = []
    for name in _names(store):
        try:
            removed = _removed(store, name, now)
        except NotInStore:  # another master was first
            continue
        except StoreUnavailable:
            raise
        except StoreError as error:
            problems.append(str(error))
            continue
        if removed is not None:
            yield removed
    if problems:
        what = "; ".join(dict.fromkeys(problems))
        msg = f"changes that wait for a second person cannot be gone through: {what}"
        raise StoreTampered(msg)


def _removed(store: Store, name: str, now: int) -> str | None:
    """Remove a change that is over; return the secret that it was about, ``None`` if it waits."""
    known = store.describe(name)
    if known is None or known.metadata.allowed != () or not _is_over(known, now):
        return None
    found = store.get(name)
    store.remove(name, now=now)
    change = None if found is None else unpacked(found.content)
    return "" if change is None else change.name


def _names(store: Store) -> list[str]:
    return list(filter(is_of_change, store.names_below(PREFIX)))


def _described(store: Store, names: Sequence[str]) -> dict[str, Description]:
    """Return what is known of what waits, by name; none if one of them is damaged."""
    try:
        return {each.name: each for each in store.describe_all(names)}
    except StoreUnavailable:
        raise
    except StoreError:
        return {}


def _is_over(known: Description, now: int) -> bool:
    expires = known.metadata.expires
    return bool(known.deleted) or (expires is not None and expires <= now)


def find(store: Store, now: int, number: str) -> Pending:
    """Return what waits under an id.

    :raise NotInStore: when nothing does.
    """
    return _require(store, now, number)[0]


def confirm(store: Store, now: int, number: str, actor: str) -> Done:
    """Make a change that another one has asked for.

    :param actor: who confirms it, as the journal would have it.
    :raise NotInStore: when it does not wait, or no longer.
    :raise StoreConflict: when the secret was changed meanwhile, or it is one's own.
    :raise StoreError: when it cannot be done; it waits on then.
    """
    pending, change = _require(store, now, number)
    if person_key(pending.asked_by) == person_key(actor):
        raise StoreConflict("somebody else than who has asked for a change must confirm it")
    with store.together(now):
        discard(store, now, number)
        return apply(store, now, change)


def discard(store: Store, now: int, number: str) -> None:
    """Forget a change that waits.

    :raise NotInStore: when it does not.
    """
    try:
        store.remove(_name(number), now=now)
    except NotInStore as error:
        raise NotInStore(_OVER) from error


def _require(store: Store, now: int, number: str) -> tuple[Pending, Change]:
    known = store.describe(_name(number))
    found = None if known is None else _read(store, known, now)
    if found is None:
        raise NotInStore(_OVER)
    return found


def _name(number: str) -> str:
    if not (number.isascii() and number.isalnum()):
        raise NotInStore("there is no such change")
    return PREFIX + number


def _read(store: Store, known: Description, now: int) -> tuple[Pending, Change] | None:
    """Return what waits; ``None`` for what does not any more, and what is no change."""
    expires, number = known.metadata.expires, known.name.removeprefix(PREFIX)
    if expires is None or _is_over(known, now):
        return None
    try:
        found, history = store.get(known.name), store.history(known.name)
    except NotInStore:  # somebody has confirmed or discarded it meanwhile
        return None
    operations = [entry.operation for entry in history]
    is_as_asked = operations[0] == f"create {known.name}" and set(operations[1:]) <= {"rekey"}
    change = unpacked(found.content) if found is not None and is_as_asked else None
    if change is None:  # somebody with the keys has put or changed it there
        return None
    pending = Pending(
        number,
        change.operation,
        change.name,
        history[0].actor,
        history[0].time,
        expires,
        change.value is not None or change.recipe is not None,
        change.metadata,
        change.version,
        change.new_name,
    )
    return pending, change
