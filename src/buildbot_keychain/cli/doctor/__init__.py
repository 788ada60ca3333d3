"""``buildbot-keychain doctor``: what is wrong with an installation.

`_command`   the command, its options and how it ends
`_stored`    searches what a master has stored
"""

from __future__ import annotations

from buildbot_keychain.cli.doctor._command import COMMAND

__all__ = ["COMMAND"]
