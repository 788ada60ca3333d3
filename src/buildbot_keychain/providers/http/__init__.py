"""Secrets that an HTTP server returns, and the HTTP client that other providers share."""

from __future__ import annotations

from buildbot_keychain.providers.http._provider import SecretInHTTP

__all__ = ["SecretInHTTP"]
