"""Secrets in environment variables, which no child process of the master inherits."""

from __future__ import annotations

from buildbot_keychain.providers.environment._provider import SecretInEnvironment

__all__ = ["SecretInEnvironment"]
