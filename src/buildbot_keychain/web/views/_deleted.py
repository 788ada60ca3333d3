"""Secrets that were deleted, and removing them for good.

What goes is shown first. A form removes what its page has shown, and nothing else: where somebody
has brought a secret back meanwhile, or deleted another one, nothing is done.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from urllib.parse import urlencode

from buildbot_keychain.store.changes import PURGE, Change
from buildbot_keychain.store.metadata import TWO_PERSONS
from buildbot_keychain.web._refusals import Refused
from buildbot_keychain.web._stored import done, place_of
from buildbot_keychain.web.host_stores import Deleted
from buildbot_keychain.web.views._answers import Answer, Call, see_other
from buildbot_keychain.web.views._changing import ChangingViews
from buildbot_keychain.web.views._seen import limited, number_in

_SHOWN = 100
"""Secrets on a page, which are removed at once."""

_DAYS, _MOST_DAYS = 30, 36_500
_DAY = 86_400

_ANOTHER = "What is deleted is not what the page has shown. Look at it again."


class DeletedViews(ChangingViews):
    """The deleted secrets of the stores of a host."""

    async def show(self, call: Call) -> Answer:
        """Return which secrets were deleted a while ago."""
        store = call.query.get("store") or next(iter(self.host.stores.names), "")
        days = number_in(call, "days") if call.query.get("days") else _DAYS
        return await self._page(call, store, days, limited(call, "after"))

    async def purge_all(self, call: Call) -> Answer:
        """Remove what the person saw for good, or ask a second person to."""
        form = call.fields
        store, days, after, digest = (form[name] for name in ("store", "days", "after", "digest"))
        self.tokens.check(form["token"], call.session, "purge", store, days, after, digest)
        removed = waiting = 0
        try:
            _require_sure(call)
            found = await self._deleted(store, int(days), after)
            if _digest(found) != digest:
                raise Refused(409, _ANOTHER)  # noqa: TRY301 - the page shows it
            for each in found:
                change = Change(PURGE, each.known.name, each.known.revision)
                made = await self.make(call, store, change)
                removed, waiting = removed + (not made.pending), waiting + bool(made.pending)
        except Refused as refused:
            return await self._page(call, store, int(days), after, refused=refused, removed=removed)
        done_so = {"store": store, "days": days, "removed": removed, "waiting": waiting}
        return see_other(f"deleted?{urlencode(done_so)}")

    async def show_one(self, call: Call) -> Answer:
        """Return what goes if a deleted secret is removed for good."""
        return await self._one(call, call.query.get("name", ""))

    async def purge(self, call: Call) -> Answer:
        """Remove a deleted secret for good, or ask a second person to."""
        form = call.fields
        name, revision = form["name"], form["revision"]
        self.tokens.check(form["token"], call.session, "purge", name, revision)
        store, path = place_of(self.host.stores, name)
        try:
            _require_sure(call)
            made = await self.make(call, store, Change(PURGE, path, revision))
        except Refused as refused:
            return await self._one(call, name, refused)
        if made.pending:
            return see_other("changes?done=asked")
        return see_other(f"deleted?{urlencode({'store': store, 'removed': 1})}")

    async def _deleted(self, store: str, days: int, after: str) -> Sequence[Deleted]:
        if store not in self.host.stores.names:
            return ()
        if days > _MOST_DAYS:
            raise Refused(400, f"The days must be {_MOST_DAYS} or less.")
        found: Sequence[Deleted] = await done(
            self.host.stores.deleted(store, days * _DAY, after, _SHOWN)
        )
        return found

    async def _page(
        self,
        call: Call,
        store: str,
        days: int,
        after: str,
        *,
        refused: Refused | None = None,
        removed: int = 0,
    ) -> Answer:
        found = await self._deleted(store, days, after)
        digest = _digest(found)
        purpose = ("purge", store, str(days), after, digest)
        more = ""
        if len(found) == _SHOWN:
            query = {"store": store, "days": days, "after": found[-1].known.name}
            more = f"deleted?{urlencode(query)}"
        return self.page(
            call,
            "deleted.html",
            refused=refused,
            removed=removed or number_in(call, "removed"),
            waiting=number_in(call, "waiting"),
            stores=self.host.stores.names,
            store=store,
            days=days,
            after=after,
            found=found,
            versions=sum(each.versions for each in found),
            digest=digest,
            token=self.tokens.make(call.session, *purpose) if found else "",
            more=more,
            is_guarded=any(TWO_PERSONS in each.known.metadata.tags for each in found),
            two_persons=TWO_PERSONS,
        )

    async def _one(self, call: Call, name: str, refused: Refused | None = None) -> Answer:
        stored = await self.stored(call, name)
        seen = stored.name, stored.current.revision
        return self.page(
            call,
            "purge.html",
            refused=refused,
            stored=stored,
            known=stored.current,
            token=self.tokens.make(call.session, "purge", *seen) if stored.current.deleted else "",
            two_persons=TWO_PERSONS,
        )


def _require_sure(call: Call) -> None:
    if call.fields["sure"] != "yes":
        raise Refused(400, "Nothing is removed for good unless you say so.")


def _digest(found: Sequence[Deleted]) -> str:
    """Return what is equal for the same secrets, to which nothing was done meanwhile."""
    lines = (f"{each.known.revision} {each.known.name}" for each in found)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()
