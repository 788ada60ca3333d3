"""Changes that wait for a second person, and confirming or discarding them."""

from __future__ import annotations

from buildbot_keychain.store.pending import Pending
from buildbot_keychain.web._refusals import Refused
from buildbot_keychain.web._stored import done
from buildbot_keychain.web.views._answers import Answer, Call, see_other
from buildbot_keychain.web.views._changing import ChangingViews

_DONE = {
    "asked": "Another administrator must confirm this. Nothing is changed until then.",
    "confirmed": "The change is made.",
    "discarded": "The change is discarded.",
}
_FORMS = ("confirm", "discard")
"""Where the forms of a change are sent; the token of one is not good for the other."""

_MOST = 100
"""Changes on the page."""


class PendingViews(ChangingViews):
    """The changes of all stores of a host that wait."""

    async def show(self, call: Call) -> Answer:
        """Return what waits."""
        message = _DONE.get(call.query.get("done", ""), "")
        return await self._page(call, message=message)

    async def confirm(self, call: Call) -> Answer:
        """Confirm what the person saw."""
        store, number = self._sent(call)
        return await self._decide(call, self.confirmed(call, store, number), "confirmed")

    async def discard(self, call: Call) -> Answer:
        """Discard what the person saw."""
        store, number = self._sent(call)
        return await self._decide(call, self.discarded(call, store, number), "discarded")

    async def _decide(self, call: Call, deciding: object, outcome: str) -> Answer:
        try:
            await deciding  # type: ignore[misc]
        except Refused as refused:
            return await self._page(call, refused=refused)
        return see_other(f"changes?done={outcome}")

    def _sent(self, call: Call) -> tuple[str, str]:
        form = call.fields
        purpose = (call.route.path, form["store"], form["id"])
        self.tokens.check(form["token"], call.session, *purpose)
        return form["store"], form["id"]

    async def _page(
        self, call: Call, *, message: str = "", refused: Refused | None = None
    ) -> Answer:
        found: list[tuple[str, Pending]] = []
        problems: list[tuple[str, str]] = []
        for store in self.host.stores.names:
            waiting = await done(self.host.stores.waiting(store))
            changes = sorted(waiting.changes, key=lambda each: each.asked_at)
            found += ((store, each) for each in changes)
            problems += ((store, why) for why in waiting.problems.values())
        shown = [
            (
                store,
                each,
                {form: self.tokens.make(call.session, form, store, each.id) for form in _FORMS},
            )
            for store, each in found[:_MOST]
        ]
        return self.page(
            call,
            "changes.html",
            refused=refused,
            message=message,
            waiting=shown,
            count=len(found),
            problems=problems,
        )
