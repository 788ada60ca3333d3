"""What ``c["www"]["auth"]`` needs before a master lets people log in.

Buildbot looks it up at each login. A master that cannot look it up when it starts does not start:
nobody could log in, and nothing else would say so.
"""

from __future__ import annotations

from typing import Any

from buildbot.interfaces import IRenderable
from buildbot.process.properties import Properties


async def render_all(auth: Any, master: Any) -> None:
    """Render every argument of `auth`, Buildbot's ``AuthBase``, that is a renderable.

    It is the first argument of this function, by which a lookup is known to be for it.
    """
    for argument in list(vars(auth).values()):
        if IRenderable.providedBy(argument):
            properties = Properties()
            properties.master = master
            await properties.render(argument)
