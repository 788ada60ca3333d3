"""Secrets in environment variables, which no child process of the master inherits.

Contract: a variable that is served is in nobody else's reach. It is taken out of ``os.environ``
before anything is started that would inherit it, and wiped from what ``/proc`` shows.

`_provider`  `SecretInEnvironment`
`_initial`   wipes a variable out of the environment that the process was started with
"""

from __future__ import annotations

from buildbot_keychain.providers.environment._provider import SecretInEnvironment

__all__ = ["SecretInEnvironment"]
