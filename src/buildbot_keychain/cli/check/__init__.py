"""``buildbot-keychain check``: what will become of the secrets that a configuration names.

`_command`   the command, its options and how it ends
`_text`      what is found, for people
`_lines`     the same, for programs
"""

from __future__ import annotations

from buildbot_keychain.cli.check._command import COMMAND

__all__ = ["COMMAND"]
