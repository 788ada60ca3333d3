"""Which builders may have a secret, by the patterns that are stored with it. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from buildbot_keychain.details import Requester
from buildbot_keychain.errors import quote
from buildbot_keychain.patterns import matcher


def denial(allowed: Sequence[str] | None, requester: Requester | None) -> str | None:
    """Return why a secret is not for a requester, as the end of a sentence; ``None`` if it is.

    Where builders are named, nothing but a build of one of them gets the secret: no service, and
    nobody who is not known.

    :param allowed: patterns, in which ``*`` stands for any characters; ``None`` for whoever asks.
    """
    if allowed is None:
        return None
    builder = requester.builder if requester is not None and requester.kind == "build" else None
    if builder is not None and matcher(allowed)(builder):
        return None
    names = ", ".join(map(quote, allowed)) or "none"
    asker = "whoever asks is not a build" if builder is None else f"this is {quote(builder)}"
    return f"it is for builds of some builders only ({names}), and {asker}; edit its allowed="
