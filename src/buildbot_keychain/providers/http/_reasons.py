"""Errors of Twisted and OpenSSL, in plain words: the end of a sentence about the server.

Nothing that an exception says is repeated, but for what OpenSSL and the operating system say of
connections: its text may hold a part of a request or a response.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

from twisted.internet import defer, error
from twisted.python.failure import Failure

from buildbot_keychain.providers.http._messages import Interrupted, NotSent, RequestError
from buildbot_keychain.providers.http._names import NameResolver

TIMED_OUT = "did not answer in time"
NOT_WHOLE = "closed the connection before its response was complete"
NO_CONNECTION = "did not accept a connection in time"

_TIMEOUTS = (error.TimeoutError, error.TCPTimedOutError, defer.TimeoutError)


def not_connected(problem: BaseException, resolver: NameResolver) -> NotSent:
    """Return the error for a connection that could not be made.

    :param resolver: what was to resolve the host's name.
    """
    if isinstance(problem, _TIMEOUTS):
        return NotSent(NO_CONNECTION, timed_out=True)
    if isinstance(problem, error.ConnectionRefusedError):
        return NotSent("refused the connection")
    if isinstance(problem, error.DNSLookupError):
        reason = f"has a host name that cannot be resolved ({resolver.problem})"
        return NotSent(reason, timed_out=resolver.timed_out)
    if isinstance(problem, ValueError):  # of Twisted's endpoint, before it resolves the name
        return NotSent("has a host name that is not valid")
    number = problem.osError if isinstance(problem, error.ConnectError) else None
    why = os.strerror(number) if isinstance(number, int) else type(problem).__name__
    return NotSent(f"cannot be reached ({why})")


def not_secured(failure: Failure | None) -> NotSent:
    """Return the error for a TLS handshake that failed."""
    why = None if failure is None else _openssl_reason(failure.value)
    if why is None:
        return NotSent("closed the connection during the TLS handshake")
    reason = f"did not complete the TLS handshake ({why}); does it speak https there?"
    return NotSent(reason, answered=True)


def no_response(problem: BaseException) -> RequestError:
    """Return the error for a request that was sent and has no whole response."""
    for one in _innermost(problem):
        if isinstance(one, RequestError):
            return one
        why = _openssl_reason(one)
        if why is not None:
            return Interrupted(f"closed the connection ({why})")
        # Twisted has us close the connection where it cannot parse what comes.
        if isinstance(one, error.ConnectionAborted):
            break
        if isinstance(one, (error.ConnectionClosed, error.ConnectError)):
            return Interrupted(NOT_WHOLE)
    return Interrupted(f"sent a response that is not valid HTTP ({type(problem).__name__})")


def _innermost(problem: BaseException) -> Iterator[BaseException]:
    """Yield what is behind an error of Twisted's HTTP client."""
    reasons = getattr(problem, "reasons", None)
    if not reasons:
        yield problem
    for reason in reasons or ():
        yield from _innermost(reason.value)


def _openssl_reason(problem: Any) -> str | None:  # noqa: ANN401 - any exception
    """Return OpenSSL's own words, such as "certificate verify failed"."""
    if not type(problem).__module__.startswith("OpenSSL"):
        return None
    # A list of (library, function, reason), which may be empty.
    entries = problem.args[0] if problem.args else None
    words = [str(entry[-1]) for entry in entries] if isinstance(entries, list) else []
    return ", ".join(dict.fromkeys(words)) or type(problem).__name__
