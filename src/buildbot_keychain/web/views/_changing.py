"""`ChangingViews`: the one way in which pages and JSON have a secret changed."""

from __future__ import annotations

from buildbot_keychain.store.changes import Change, Done
from buildbot_keychain.web._refusals import Refused
from buildbot_keychain.web._stored import done
from buildbot_keychain.web.views._answers import Call, ViewsOfHost


class ChangingViews(ViewsOfHost):
    """Views by which people and programs change secrets of a store."""

    async def make(self, call: Call, store: str, change: Change) -> Done:
        """Make a change, if the host's own rules do not forbid it for any name that it is about.

        They were asked about the name as it was sent, and are about the one that it means.
        """
        for path in filter(None, (change.name, change.new_name)):
            assert call.route.action is not None  # noqa: S101 - the table says one
            if not await self.host.allows(call.visitor, call.route.action, f"{store}!{path}"):
                raise Refused(403, "You may not change a secret of that name.")
        made: Done = await done(self.host.stores.change(store, call.person.name, change))
        return made
