"""Files without data, and the script for the host's own pages."""

from __future__ import annotations

from pathlib import Path

from buildbot_keychain.web._permissions import Action, may
from buildbot_keychain.web.views._answers import CSS, JAVASCRIPT, Answer, Call, ViewsOfHost

_STATIC = Path(__file__).parent.parent / "static"


class FileViews(ViewsOfHost):
    """Styles and scripts."""

    async def styles(self, _call: Call) -> Answer:
        """Return the style of masked fields in the host's own pages, to everybody."""
        return Answer((_STATIC / "mask.css").read_bytes(), CSS)

    async def page_style(self, _call: Call) -> Answer:
        """Return the style of our pages."""
        parts = [(_STATIC / name).read_bytes() for name in ("page.css", "secret_fields.css")]
        return Answer(b"".join(parts), CSS)

    async def theme(self, _call: Call) -> Answer:
        """Return the administrator's colours."""
        return Answer(self.host.theme.encode(), CSS)

    async def scripts(self, call: Call) -> Answer:
        """Return what masks fields and, to those who may open our pages, what leads there."""
        names = ["mask.js"]
        if may(call.roles, Action.OPEN):
            names.append("menu.js")
        if may(call.roles, Action.SEE_SECRETS):
            names.append("build.js")
        return Answer(b"".join((_STATIC / name).read_bytes() for name in names), JAVASCRIPT)
