"""`BuildbotStores`: the encrypted stores of a master, and who changes what in them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from twisted.python.failure import Failure
from zope.interface import implementer

from buildbot_keychain.audit import Administration
from buildbot_keychain.buildbot._attached import keychain_of
from buildbot_keychain.deferreds import returns_deferred
from buildbot_keychain.errors import StoreUnavailable, safe_summary
from buildbot_keychain.interfaces import IAdministers
from buildbot_keychain.store.changes import ADD, REPLACE, Change, Done, apply
from buildbot_keychain.store.store import Store
from buildbot_keychain.web.host_stores import Description, IStores, Stored

T = TypeVar("T")

_ACTIONS = {ADD: "set", REPLACE: "set"}
"""What the audit trail calls what it calls otherwise of commands."""

_LONGEST = 180
"""Characters of a person's name in the journal."""


@implementer(IStores)
class BuildbotStores:
    """Those of the providers that are configured now."""

    def __init__(self, master: Any) -> None:
        self._master = master

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
    async def change(self, store: str, person: str, change: Change) -> Done:
        """Do what `person` wants; the journal and the audit trail say who it was.

        :raise AuditUnavailable: when that cannot be recorded, and nothing may be done without.
        """
        trail, action = self._keychain().audit, _ACTIONS.get(change.operation, change.operation)
        about = {"person": person, "secret": change.name, "provider": store}
        if trail.fails_closed:
            begun = Administration(action, **about, outcome="begun")
            await trail.require(begun, change.name)
        outcome = "done"
        try:
            done = await self._in_store(
                store, _actor(person), lambda secrets, now: apply(secrets, now, change)
            )
        except Exception:
            outcome = safe_summary(Failure())
            raise
        finally:
            trail.record(Administration(action, **about, outcome=outcome))
        # Answers that are kept may be of what was.
        for name in {change.name, done.name}:
            await self._keychain().evict(name, provider=store)
        return done

    async def _in_store(self, store: str, actor: str, work: Callable[[Store, int], T]) -> T:
        provider = self._providers().get(store)
        if provider is None:
            raise StoreUnavailable("there is no such store in this master's configuration now")
        done: T = await provider.administer(actor, work)
        return done

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
