"""The keys of the encrypted stores, and replacing the one that seals."""

from __future__ import annotations

from dataclasses import dataclass, field

from buildbot_keychain.store.rotating import KeyStatus, Seen
from buildbot_keychain.web._refusals import Refused
from buildbot_keychain.web._stored import done
from buildbot_keychain.web.views._answers import Answer, Call, ViewsOfHost, see_other


@dataclass(frozen=True)
class Shown:
    """The keys of a store, as they are shown.

    :param problem: why they are not known; then there is no `status`.
    :param token: of the form; empty where there is none.
    """

    store: str
    status: KeyStatus | None = None
    problem: str = ""
    token: str = field(default="", repr=False)


class KeyViews(ViewsOfHost):
    """The keys of all stores of a host."""

    async def show(self, call: Call) -> Answer:
        """Return which keys there are, and how far rotations are."""
        return await self._page(call)

    async def rotate(self, call: Call) -> Answer:
        """Replace the key that the person saw as the one that seals, or go on with that."""
        store = call.fields["store"]
        try:
            is_known = store in self.host.stores.names
            status = await done(self.host.stores.keys(store)) if is_known else None
            seen = Seen("", interrupted=False) if status is None else status.seen
            self.tokens.check(call.fields["token"], call.session, *_purpose(store, seen))
            await done(self.host.stores.rotate(store, call.person.name, seen))
        except Refused as refused:
            return await self._page(call, refused)
        return see_other("keys")

    async def _page(self, call: Call, refused: Refused | None = None) -> Answer:
        shown = [await self._shown(call, store) for store in self.host.stores.names]
        return self.page(call, "keys.html", refused=refused, stores=shown)

    async def _shown(self, call: Call, store: str) -> Shown:
        try:
            status = await done(self.host.stores.keys(store))
        except Refused as refused:
            return Shown(store, problem=refused.sentence)
        if status.progress is not None and status.progress.goes_on:
            return Shown(store, status)
        token = self.tokens.make(call.session, *_purpose(store, status.seen))
        return Shown(store, status, token=token)


def _purpose(store: str, seen: Seen) -> tuple[str, ...]:
    """Return what a form is for: one that was sent already begins no other rotation."""
    return "rotate", store, seen.primary, str(seen.interrupted)
