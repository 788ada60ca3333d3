"""`ChangingViews`: the one way in which pages and JSON have a secret changed."""

from __future__ import annotations

from buildbot_keychain.store.changes import Change, Done
from buildbot_keychain.web._permissions import Action
from buildbot_keychain.web._refusals import Refused
from buildbot_keychain.web._stored import done, missing, place_of
from buildbot_keychain.web.host_stores import Stored
from buildbot_keychain.web.views._answers import Call, ViewsOfHost


class ChangingViews(ViewsOfHost):
    """Views by which people and programs change secrets of a store."""

    async def make(self, call: Call, store: str, change: Change) -> Done:
        """Make a change, if the host's own rules do not forbid it for any name that it is about.

        They were asked about the name as it was sent, and are about the one that it means.
        """
        await self.require_allowed(call, store, change.name, change.new_name)
        made: Done = await done(self.host.stores.change(store, call.person.name, change))
        return made

    async def stored(self, call: Call, name: str) -> Stored:
        """Return a secret of a store, if the host's own rules do not forbid it."""
        store, path = place_of(self.host.stores, name)
        await self.require_allowed(call, store, path)
        stored: Stored | None = await done(self.host.stores.find(store, path))
        if stored is None:
            raise missing(name)
        return stored

    async def confirmed(self, call: Call, store: str, number: str) -> Done:
        """Make a change that somebody else has asked for."""
        await self._require_waiting(call, store, number)
        made: Done = await done(self.host.stores.confirm(store, call.person.name, number))
        return made

    async def discarded(self, call: Call, store: str, number: str) -> None:
        """Forget a change that waits."""
        await self._require_waiting(call, store, number)
        await done(self.host.stores.discard(store, call.person.name, number))

    async def _require_waiting(self, call: Call, store: str, number: str) -> None:
        if store not in self.host.stores.names:
            raise Refused(400, "There is no such store.")
        for each in (await done(self.host.stores.waiting(store))).changes:
            if each.id == number:
                await self.require_allowed(call, store, each.name, each.new_name)
                return
        raise Refused(404, "This change does not wait any more.")

    async def require_allowed(self, call: Call, store: str, *paths: str) -> None:
        """Refuse what the host's own rules forbid for the name that is meant."""
        action = call.route.action
        assert action is not None  # noqa: S101 - the table says one
        for path in filter(None, paths):
            if not await self.host.allows(call.visitor, action, f"{store}!{path}"):
                verb = "change" if action is Action.CHANGE else "see"
                raise Refused(403, f"You may not {verb} a secret of that name.")
