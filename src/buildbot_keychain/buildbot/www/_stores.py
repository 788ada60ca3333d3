"""`BuildbotStores`: the encrypted stores of a master, and who changes what in them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from twisted.python.failure import Failure
from zope.interface import implementer

from buildbot_keychain.audit import Administration, AuditTrail
from buildbot_keychain.buildbot._attached import keychain_of
from buildbot_keychain.deferreds import returns_deferred
from buildbot_keychain.errors import StoreUnavailable, safe_summary
from buildbot_keychain.interfaces import IAdministers
from buildbot_keychain.store import pending
from buildbot_keychain.store.changes import ADD, REPLACE, Change, Done
from buildbot_keychain.store.pending import Pending, Waiting
from buildbot_keychain.store.rotating import KeyStatus, Seen
from buildbot_keychain.store.store import Store
from buildbot_keychain.web.host_stores import Deleted, Description, IStores, Stored

T = TypeVar("T")

_ACTIONS = {ADD: "set", REPLACE: "set"}
"""What the audit trail calls what it calls otherwise of commands."""

_LONGEST = 180
"""Characters of a person's name in the journal."""


@dataclass(frozen=True)
class _Doing:
    """What somebody does, for the audit trail."""

    store: str
    person: str
    action: str
    name: str

    def event(self, outcome: str) -> Administration:
        return Administration(self.action, self.person, self.name, self.store, outcome)


@implementer(IStores)
class BuildbotStores:
    """Those of the providers that are configured now.

    :param changed: called with the name of a store when somebody may have changed it here.
    """

    def __init__(self, master: Any, changed: Callable[[str], None] = lambda _: None) -> None:
        self._master = master
        self._note_change = changed

    @property
    def names(self) -> tuple[str, ...]:
        """The names of their providers, as they are configured."""
        return tuple(self._providers())

    @returns_deferred
    async def find(self, store: str, name: str) -> Stored | None:
        """Return what there is of a secret; ``None`` if there is none."""

        def find(secrets: Store, _now: int) -> Stored | None:
            current = secrets.describe(name)
            if current is None:
                return None
            versions, history = secrets.versions(name), secrets.history(name)
            return Stored(store, current, tuple(versions), tuple(history))

        return await self._in_store(store, "", find)

    @returns_deferred
    async def page(self, store: str, after: str, limit: int) -> Sequence[Description]:
        """Return what is known of the secrets after a name."""
        return await self._in_store(store, "", lambda secrets, _now: secrets.page(after, limit))

    @returns_deferred
    async def deleted(self, store: str, age: int, after: str, limit: int) -> Sequence[Deleted]:
        """Return the secrets after a name that were deleted so many seconds ago at least."""
        return await self._in_store(
            store, "", lambda secrets, now: secrets.deleted(now - age, after, limit)
        )

    @returns_deferred
    async def digests(self, store: str, limit: int) -> dict[str, bytes]:
        """Return what each change of a secret makes another one, by the first names."""
        return await self._in_store(store, "", lambda secrets, _now: secrets.digests(limit))

    @returns_deferred
    async def describe_all(self, store: str, names: Sequence[str]) -> Sequence[Description]:
        """Return what is known of the secrets that some names have."""
        return await self._in_store(store, "", lambda secrets, _now: secrets.describe_all(names))

    @returns_deferred
    async def change(self, store: str, person: str, change: Change) -> Done:
        """Do what `person` wants; the journal and the audit trail say who it was.

        :raise AuditUnavailable: when that cannot be recorded, and nothing may be done without.
        """
        action = _ACTIONS.get(change.operation, change.operation)
        doing = _Doing(store, person, action, change.name)
        return await self._changed(
            doing, _actor(person), lambda secrets, now: pending.make(secrets, now, change)
        )

    @returns_deferred
    async def waiting(self, store: str) -> Waiting:
        """Return the changes that wait for a second person."""
        return await self._in_store(store, "", pending.waiting)

    @returns_deferred
    async def confirm(self, store: str, person: str, number: str) -> Done:
        """Make a change that another one has asked for; the journal has both."""
        found = await self._pending(store, number)
        doing = _Doing(store, person, _ACTIONS.get(found.operation, found.operation), found.name)
        actor = _actor(person)
        return await self._changed(
            doing,
            f"{found.asked_by}, {actor}",
            lambda secrets, now: pending.confirm(secrets, now, number, actor),
        )

    @returns_deferred
    async def discard(self, store: str, person: str, number: str) -> None:
        """Forget a change that waits."""
        found = await self._pending(store, number)

        def discard(secrets: Store, now: int) -> Done:
            pending.discard(secrets, now, number)
            return Done(found.name)

        await self._changed(_Doing(store, person, "discard", found.name), _actor(person), discard)

    async def _pending(self, store: str, number: str) -> Pending:
        return await self._in_store(
            store, "", lambda secrets, now: pending.find(secrets, now, number)
        )

    @returns_deferred
    async def keys(self, store: str) -> KeyStatus:
        """Return the keys of a store, and how far a rotation is."""
        status: KeyStatus = await self._provider(store).keys()
        return status

    @returns_deferred
    async def rotate(self, store: str, person: str, seen: Seen) -> None:
        """Have a new key seal, if the keys are as they were seen; the audit trail has it."""
        doing, actor = _Doing(store, person, "rotate", ""), _actor(person)
        await self._recorded(doing, lambda: self._provider(store).rotate(actor, seen))

    async def _changed(self, doing: _Doing, actor: str, work: Callable[[Store, int], Done]) -> Done:
        """Change something, have it in the audit trail, and keep no answers of what was."""

        async def change() -> Done:
            try:
                return await self._in_store(doing.store, actor, work)
            finally:
                self._note_change(doing.store)

        done = await self._recorded(doing, change)
        for name in {doing.name, done.name} - {""}:
            await self._keychain().evict(name, provider=doing.store)
        return done

    async def _recorded(self, doing: _Doing, do: Callable[[], Awaitable[T]]) -> T:
        """Do something, and have it in the audit trail."""
        trail: AuditTrail = self._keychain().audit
        if trail.fails_closed:
            await trail.require_event(doing.event("begun"), doing.name)
        outcome = "done"
        try:
            done = await do()
            if isinstance(done, Done) and done.pending:
                outcome = "waits for a second person"
        except Exception:
            outcome = safe_summary(Failure())
            raise
        finally:
            trail.record(doing.event(outcome))
        return done

    async def _in_store(self, store: str, actor: str, work: Callable[[Store, int], T]) -> T:
        done: T = await self._provider(store).administer(actor, work)
        return done

    def _provider(self, store: str) -> Any:
        provider = self._providers().get(store)
        if provider is None:
            raise StoreUnavailable("there is no such store in this master's configuration now")
        return provider

    def _providers(self) -> dict[str, Any]:
        keychain = keychain_of(self._master)
        providers = () if keychain is None else keychain.providers.configuration.providers
        known = {each.name: getattr(each, "hosted", each) for each in providers}
        return {name: each for name, each in known.items() if IAdministers.providedBy(each)}

    def _keychain(self) -> Any:
        keychain = keychain_of(self._master)
        if keychain is None:
            raise StoreUnavailable("this master has no secrets of buildbot-keychain")
        return keychain


def _actor(person: str) -> str:
    """Return how the journal names somebody who is logged in: no user of a machine is called so."""
    return "".join(one for one in person if one.isprintable())[:_LONGEST] + " (page)"
