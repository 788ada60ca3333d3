"""Makes the page of a master, and guards the requests of its site."""

from __future__ import annotations

from typing import Any

from twisted.web.resource import Resource

from buildbot_keychain.buildbot.www._host import BuildbotHost
from buildbot_keychain.buildbot.www._remembered import Remembered
from buildbot_keychain.buildbot.www._settings import settings_of
from buildbot_keychain.web import Page, guarded

_PATH = b"/plugins/keychain"


def page_for(master: Any, config: Any) -> Resource:
    """Return the page of `master`.

    :param config: ``c["www"]["plugins"]["keychain"]``.
    """
    host = BuildbotHost(master, settings_of(config))
    site = master.www.site
    if site is not None:
        # What a master does without its page is guarded, too, until it ends: cookies are of the
        # whole site.
        site.requestFactory = guarded(
            site.requestFactory,
            _PATH,
            lambda: str(master.config.buildbotURL).startswith("https:"),
            master.reactor.callLater,
        )
        host.prepare()
        Remembered.of(master).reconfigured()
    return Page(host, master.reactor.callLater)
