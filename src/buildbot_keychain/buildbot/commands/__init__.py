"""Secrets in commands: kept out of the worker's own log, and passed on unaltered.

The true command runs; what the worker would log of it is marked, moved or switched off at the last
place on the master that sees a command. `hide_from_worker_log` does that, with a detour for workers
before 4.3; `escape_secrets` protects values from Buildbot's replacement of ``${NAME}``.
"""

from __future__ import annotations

from buildbot_keychain.buildbot.commands._variables import escape_secrets
from buildbot_keychain.buildbot.commands._worker_log import ENVIRONMENT_NOTICE, hide_from_worker_log

__all__ = ["ENVIRONMENT_NOTICE", "escape_secrets", "hide_from_worker_log"]
