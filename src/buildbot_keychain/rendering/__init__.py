"""Renderables: texts that name secrets now, and become values only when they are needed.

Contract: a renderable keeps names and never a value; what it renders to is passed on and forgotten.
What comes out of a property is data: in a secret's name it is never read as a selector.

`_secret`        `Secret`: the value of one secret
`_interpolate`   `Interpolate`: a format string with parts that are filled in
`_selectors`     what ``prop``, ``src``, ``kw``, ``worker`` and ``secret`` look up in such a part
`_context`       `RenderingContext`: where they look it up when there is no Buildbot
`_identity`      how renderables compare and hash
"""

from __future__ import annotations

from buildbot_keychain.rendering._context import RenderingContext
from buildbot_keychain.rendering._interpolate import Interpolate, secret_names
from buildbot_keychain.rendering._names import expected_shape
from buildbot_keychain.rendering._secret import Secret
from buildbot_keychain.rendering._selectors import wants_hints, with_hints

__all__ = [
    "Interpolate",
    "RenderingContext",
    "Secret",
    "expected_shape",
    "secret_names",
    "wants_hints",
    "with_hints",
]
