"""What the arguments of providers may be: paths, time-outs, URLs, secrets of other providers.

A provider checks its arguments when it is made, so that a wrong one is an error of the
configuration and not of a build. `is_path` and `server_url` judge plain values.
`require_server_url` and `require_timeout` raise for a URL and a time-out that cannot be used, and
`require` for a library that is not installed. `argument_problem` explains a call with other
arguments than a class has.

An argument that is itself a secret (a token, a key, a passphrase) is a `str` or a renderable;
`is_renderable` decides what a renderable is. The provider derives from `RenderedArguments`, makes a
`SecretArgument` of what it was given, with its own check of the text if it has one, and has it
rendered anew for each lookup::

    self._token = SecretArgument(self.name, "token", token, bearer_token_problem)
    ...
    token = await self.render_argument(path, self._token)
"""

from __future__ import annotations

from buildbot_keychain.providers.arguments._checks import (
    LONGEST_TIMEOUT,
    is_path,
    require_server_url,
    require_timeout,
    server_url,
)
from buildbot_keychain.providers.arguments._extras import require
from buildbot_keychain.providers.arguments._secrets import (
    RenderedArguments,
    SecretArgument,
    bearer_token_problem,
    is_renderable,
)
from buildbot_keychain.providers.arguments._signature import argument_problem

__all__ = [
    "LONGEST_TIMEOUT",
    "RenderedArguments",
    "SecretArgument",
    "argument_problem",
    "bearer_token_problem",
    "is_path",
    "is_renderable",
    "require",
    "require_server_url",
    "require_timeout",
    "server_url",
]
