"""The JSON of encrypted stores. No value is ever answered."""

from __future__ import annotations

import re
from dataclasses import asdict
from typing import Any

from buildbot_keychain.store.changes import (
    ADD,
    DELETE,
    EDIT,
    PURGE,
    RENAME,
    REPLACE,
    ROLLBACK,
    UNDELETE,
)
from buildbot_keychain.store.rotating import Seen
from buildbot_keychain.web._refusals import Refused
from buildbot_keychain.web._store_json import (
    change_of,
    shown,
    shown_entry,
    shown_keys,
    shown_pending,
)
from buildbot_keychain.web._stored import done, place_of
from buildbot_keychain.web.views._answers import Answer, Call, json_answer
from buildbot_keychain.web.views._changing import ChangingViews

_NUMBER = re.compile(r"[0-9]{1,4}", re.ASCII)
_MOST = 1000
"""Secrets that are described at once."""


class StoreViews(ChangingViews):
    """The stores of a host, for programs."""

    async def list_all(self, call: Call) -> Answer:
        """List the secrets of a store, deleted ones included, by their names."""
        store = self._store(call.query.get("store", ""))
        given = call.query.get("limit", "100")
        if not (_NUMBER.fullmatch(given) and 1 <= int(given) <= _MOST):
            raise Refused(400, f"The limit must be 1 to {_MOST}.")
        found = await done(self.host.stores.page(store, call.query.get("after", ""), int(given)))
        after = found[-1].name if len(found) == int(given) else None
        return json_answer({"store": store, "secrets": map(shown, found), "after": after})

    async def find(self, call: Call) -> Answer:
        """Describe a secret: its versions, and what was done to it."""
        found = await self.stored(call, call.query.get("name", ""))
        versions, history = map(shown, found.versions), map(shown_entry, found.history)
        return json_answer({"store": found.store, "versions": versions, "history": history})

    async def put(self, call: Call) -> Answer:
        """Add a secret, or a version of it."""
        return await self._do(call, ADD if call.fields.get("expected") == 0 else REPLACE)

    async def edit(self, call: Call) -> Answer:
        """Change what is known of a secret, and not its value."""
        return await self._do(call, EDIT)

    async def roll_back(self, call: Call) -> Answer:
        """Make an older version of a secret the current one."""
        return await self._do(call, ROLLBACK)

    async def rename(self, call: Call) -> Answer:
        """Rename a secret, with all its versions."""
        return await self._do(call, RENAME)

    async def delete(self, call: Call) -> Answer:
        """Delete a secret, which can be undone; or remove a deleted one for good."""
        return await self._do(call, PURGE if call.fields.get("purge") else DELETE)

    async def undelete(self, call: Call) -> Answer:
        """Bring a deleted secret back."""
        return await self._do(call, UNDELETE)

    async def waiting(self, call: Call) -> Answer:
        """List the changes that wait for a second person."""
        store = self._store(call.query.get("store", ""))
        found = await done(self.host.stores.waiting(store))
        changes = map(shown_pending, found.changes)
        problems = [{"id": number, "problem": why} for number, why in found.problems.items()]
        return json_answer({"store": store, "changes": changes, "problems": problems})

    async def confirm(self, call: Call) -> Answer:
        """Make a change that somebody else has asked for."""
        store = self._store(call.fields.get("store", ""))
        return json_answer(asdict(await self.confirmed(call, store, call.parameters[0])))

    async def discard(self, call: Call) -> Answer:
        """Forget a change that waits."""
        store = self._store(call.fields.get("store", ""))
        await self.discarded(call, store, call.parameters[0])
        return json_answer({})

    async def keys(self, call: Call) -> Answer:
        """Describe the keys of a store, which masters have them, and how far a rotation is."""
        return await self._keys(self._store(call.query.get("store", "")))

    async def rotate(self, call: Call) -> Answer:
        """Have a new key seal, or go on with a rotation; what older keys seal follows."""
        store = self._store(call.fields.get("store", ""))
        seen = Seen(call.fields["primary"], bool(call.fields.get("interrupted")))
        await done(self.host.stores.rotate(store, call.person.name, seen))
        return await self._keys(store)

    async def _keys(self, store: str) -> Answer:
        return json_answer(shown_keys(store, await done(self.host.stores.keys(store))))

    def _store(self, sent: str) -> str:
        names: tuple[str, ...] = self.host.stores.names
        store = sent or (names[0] if len(names) == 1 else "")
        if store not in names:
            raise Refused(400, f"There is no such store; there is: {', '.join(names) or 'none'}.")
        return store

    async def _do(self, call: Call, operation: str) -> Answer:
        sent: dict[str, Any] = dict(call.fields)
        store, path = place_of(self.host.stores, sent["name"])
        made = await self.make(call, store, change_of(operation, path, sent))
        return json_answer(asdict(made))
