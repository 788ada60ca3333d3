"""Renderables where Buildbot does not render: refused, and never sent as they are.

Buildbot accepts a renderable nearly everywhere, and renders it in some places. In the others a
worker is sent its ``repr``, or a password is compared with an object. So a command that still
contains a renderable is not sent, and the configuration is checked for arguments of which it is
known that Buildbot never renders them.

==================  ===============================================================
`_search`           finds renderables in arguments, and says what to write instead
`_commands`         refuses a command
`_configurations`   checks a configuration; `_table`: the known arguments
==================  ===============================================================
"""

from __future__ import annotations

from buildbot_keychain.buildbot.unrendered._commands import refuse_unrendered
from buildbot_keychain.buildbot.unrendered._configurations import (
    is_rendered_later,
    unrendered_arguments,
)

__all__ = ["is_rendered_later", "refuse_unrendered", "unrendered_arguments"]
