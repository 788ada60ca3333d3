"""Who asks for builds: on a page, or with ``buildbot try``."""

from __future__ import annotations

from functools import partial
from typing import Any

from buildbot_keychain.buildbot._attached import keychain_of
from buildbot_keychain.buildbot.builds import asking, person_of
from buildbot_keychain.buildbot.patches._patches import Function


def control(original: Function) -> Function:
    """Attribute what a page, or a program, asks for to whoever is logged in."""

    def renderJsonRpc(self: Any, request: Any, *args: Any, **kwargs: Any) -> Any:
        act = partial(original, self, request, *args, **kwargs)
        if keychain_of(self.master) is None:
            return act()
        www = self.master.www
        return asking(person_of(www.getUserInfos(request), www.auth), act)

    return renderJsonRpc


def try_out(original: Function) -> Function:
    """Attribute what is tried out to whoever has logged in."""

    def perspective_try(self: Any, *args: Any, **kwargs: Any) -> Any:
        return asking(str(self.username), partial(original, self, *args, **kwargs))

    return perspective_try
