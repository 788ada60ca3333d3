"""What Buildbot's web server loads: the page of secrets, where a configuration asks for it.

Buildbot imports this module in every master that has it installed, whether or not its
``master.cfg`` mentions it, and an error here would keep that master from starting. So it imports
Buildbot's own class and nothing else; the page is imported where it is configured.
"""

from __future__ import annotations

from importlib.metadata import version
from pathlib import Path
from typing import Any

from buildbot.www.plugin import Application
from twisted.web.resource import Resource


class KeychainApplication(Application):  # type: ignore[misc]
    """Makes the page anew at each configuration; its instance is that of all masters."""

    def __init__(self) -> None:
        # Buildbot's constructor reads files of a package that consists of nothing else.
        self.description = "Secrets: approvals"
        self.version = version("buildbot-keychain")
        self.static_dir = Path(__file__).parent / "web" / "static"
        self.resource = Resource()
        self.ui = True

    def setConfiguration(self, config: Any) -> None:
        """Make the page for ``c["www"]["plugins"]["keychain"]``.

        Buildbot calls it twice at a start, at first without a site, and once at each
        reconfiguration, and reads `resource` right after it.
        """
        from buildbot_keychain.buildbot.www import page_for  # noqa: PLC0415 - see above

        super().setConfiguration(config)
        self.resource = page_for(self.master, config)


application = KeychainApplication()
