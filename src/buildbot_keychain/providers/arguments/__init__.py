"""What the arguments of providers may be: paths, times, URLs, texts that are secrets of others.

A provider checks its arguments when it is made, so that a wrong one is an error of the
configuration and not of a build: `is_path`, `is_timeout` and `server_url` judge plain values,
`require` that an optional library is installed. An argument that is itself a secret (a token, a
passphrase) may be a renderable; `RenderedArguments` renders it anew for each lookup.
"""

from __future__ import annotations

from buildbot_keychain.providers.arguments._checks import (
    LONGEST_TIMEOUT,
    is_path,
    is_timeout,
    server_url,
)
from buildbot_keychain.providers.arguments._extras import require
from buildbot_keychain.providers.arguments._renderables import RenderedArguments, no_text

__all__ = [
    "LONGEST_TIMEOUT",
    "RenderedArguments",
    "is_path",
    "is_timeout",
    "no_text",
    "require",
    "server_url",
]
