"""`guarded`: requests whose session cookies scripts cannot read, and whose bodies cannot grow.

Twisted writes a body of 100,000 bytes or more in plain text to a temporary file before anything of
ours is asked. Below the page's address a body is kept in memory; what is too long is dropped as it
arrives, and refused in the end. A body that has not arrived after a while ends its connection.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any, ClassVar
from urllib.parse import unquote_to_bytes

from twisted.internet.interfaces import IDelayedCall
from twisted.web.server import Request

from buildbot_keychain.web._routes import LONGEST_BODY, find

_SESSIONS = b"TWISTED_SESSION", b"TWISTED_SECURE_SESSION"
_PATIENCE = 30
_PATIENCE_FOR_VALUES = 120
"""Seconds for a body to arrive, and for one that may be long."""

_MOST_LONG = 16
"""Requests at once whose bodies may be long: whoever sends them need not be known yet."""

_QUICK = 5
"""Seconds after which one of these gives way to another."""


@dataclass(frozen=True)
class _Guard:
    path: bytes
    is_https: Callable[[], bool]
    call_later: Callable[..., IDelayedCall]
    long: dict[Any, None] = field(default_factory=dict)
    """Requests whose bodies may be long, in their order."""


class _GuardedRequest(Request):
    guard: ClassVar[_Guard]
    unguarded: ClassVar[type[Request]]

    _deadline: IDelayedCall | None = None
    _held: Any = None
    _is_ours = False
    _longest = LONGEST_BODY
    was_cut = False
    """Whether too many bodies were long."""

    def gotLength(self, length: int | None) -> None:
        channel: Any = self.channel
        # HTTP/1 and HTTP/2 keep it in different places, and only later in the request.
        path = getattr(channel, "_path", None) or getattr(channel, "path", None) or b""
        # Buildbot takes several slashes for one.
        path = re.sub(rb"//+", b"/", unquote_to_bytes(path.partition(b"?")[0]))
        self._is_ours = path.startswith(self.guard.path)
        if not self._is_ours:
            super().gotLength(length)
            return
        self.content = BytesIO()
        parts = path.removeprefix(self.guard.path + b"/").decode("utf-8", "replace").split("/")
        longest = max((each.longest_body for each in find(parts).values()), default=LONGEST_BODY)
        self._deadline = self.guard.call_later(_PATIENCE, channel.loseConnection)
        if longest > LONGEST_BODY and self._has_place():
            self.guard.long[self] = None
            self._longest = longest
            self._deadline.reset(_PATIENCE_FOR_VALUES)
        self.was_cut = longest > self._longest

    def handleContentChunk(self, data: bytes) -> None:
        if self._is_ours and self.content is not None:
            # One byte more shows that it was too long.
            data = data[: max(0, self._longest + 1 - self.content.tell())]
        super().handleContentChunk(data)

    def requestReceived(self, *args: Any) -> None:  # noqa: ANN401 - Twisted's
        self._end_deadline()
        if self._is_ours and self.content is not None:
            self.was_cut = self.was_cut and self.content.tell() > self._longest
            # Twisted would read the form as well, into what lives as long as the request.
            self._held, self.content = self.content, BytesIO()
        super().requestReceived(*args)

    def process(self) -> None:
        if self._held is not None:
            self.content, self._held = self._held, None
        super().process()

    def finish(self) -> None:
        self.guard.long.pop(self, None)
        super().finish()

    def connectionLost(self, reason: Any) -> None:  # noqa: ANN401 - Twisted's
        self._end_deadline()
        self.guard.long.pop(self, None)
        super().connectionLost(reason)

    def addCookie(self, k: bytes | str, v: bytes | str, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - Twisted's
        name = k.encode() if isinstance(k, str) else k
        if name.startswith(_SESSIONS):
            # Behind a proxy that ends TLS, `isSecure` is false.
            secure = bool(kwargs.get("secure")) or self.guard.is_https()
            kwargs.update(httpOnly=True, sameSite="lax", secure=secure)
        super().addCookie(k, v, *args, **kwargs)

    def _has_place(self) -> bool:
        """Return whether this body may be long, after one that is slow has given way if need be."""
        if len(self.guard.long) < _MOST_LONG:
            return True
        assert self._deadline is not None  # noqa: S101 - it has just begun
        latest = self._deadline.getTime() - _PATIENCE + _PATIENCE_FOR_VALUES - _QUICK
        slow = next((each for each in self.guard.long if each.is_slow(latest)), None)
        if slow is not None:
            slow.give_way()
        return slow is not None

    def is_slow(self, latest: float) -> bool:
        """Return whether the body still arrives, and its deadline is no later than that."""
        return self._deadline is not None and self._deadline.getTime() <= latest

    def give_way(self) -> None:
        """Keep nothing of the body, which is refused when it ends."""
        del self.guard.long[self]
        self.content, self._longest, self.was_cut = BytesIO(), -1, True

    def _end_deadline(self) -> None:
        if self._deadline is not None and self._deadline.active():
            self._deadline.cancel()
        self._deadline = None


def guarded(
    factory: type[Request],
    path: bytes,
    is_https: Callable[[], bool],
    call_later: Callable[..., IDelayedCall],
) -> type[Request]:
    """Return a class of requests as `factory` is one, with all of this.

    :param factory: a site's ``requestFactory``; what this has returned is replaced.
    :param path: where the page's address begins.
    :param is_https: whether browsers reach the site by HTTPS, through a proxy or not.
    :param call_later: a reactor's ``callLater``.
    """
    base = factory.unguarded if issubclass(factory, _GuardedRequest) else factory
    members = {"guard": _Guard(path, is_https, call_later), "unguarded": base}
    return type("GuardedRequest", (_GuardedRequest, base), members)
