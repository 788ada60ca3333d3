"""Secrets in the encrypted store of `buildbot_keychain.store`, for builds and services.

Contract: nothing here reads a key or the database on the reactor's thread; no value is kept; each
lookup sees what was written last, by whatever master or command. A store that is not as it was left
serves nothing: the lookup fails with the store's own sentence, and the next one tries again.

`_provider`     `SecretInStore`
`_answers`      what is served of a value; `_builders`, which builders may have it
`_place`        where the store and its keys are
`_serving`      the store in use, and what is done for it besides lookups
`_opening`      opens the store when it is needed, and again when it must be
`_background`   a thread for what no lookup waits for; `_upkeep`, what that is
`_listener`     does for commands what needs the keys; `_socket_file`, where it listens
`_changes`      a thread that is told when something has changed
"""

from __future__ import annotations

from buildbot_keychain.providers.store._listener import Listener, Perform
from buildbot_keychain.providers.store._provider import SecretInStore
from buildbot_keychain.providers.store._socket_file import problem as socket_problem

__all__ = ["Listener", "Perform", "SecretInStore", "socket_problem"]
