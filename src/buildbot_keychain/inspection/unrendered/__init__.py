"""Renderables where Buildbot does not render.

Buildbot accepts a renderable nearly everywhere, and renders it in some places. In the others a
worker is sent its ``repr``, or a password is compared with an object. So a configuration is checked
for arguments of which it is known that Buildbot never renders them. (A command that still contains
a renderable is not sent: see `buildbot_keychain.buildbot._unrendered`.)

==================  ===============================================================
`_search`           finds renderables in arguments, and says what to write instead
`_configurations`   checks a configuration; `_table`: the known arguments
==================  ===============================================================
"""

from __future__ import annotations

from buildbot_keychain.inspection.unrendered._configurations import (
    is_rendered_later,
    unrendered_arguments,
)
from buildbot_keychain.inspection.unrendered._search import remedy, renderables_in, subject
from buildbot_keychain.inspection.unrendered._table import NUMBERS

__all__ = [
    "NUMBERS",
    "is_rendered_later",
    "remedy",
    "renderables_in",
    "subject",
    "unrendered_arguments",
]
