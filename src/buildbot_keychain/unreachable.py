"""`unreachable`: what an error of other code means that a network has caused.

A provider may leave such errors to us: `ProviderUnavailable` says that it may answer later.
"""

from __future__ import annotations

import socket

from twisted.internet.defer import TimeoutError as DeferredTimeout
from twisted.internet.error import (
    ConnectError,
    ConnectionClosed,
    DNSLookupError,
    ProcessDone,
    ProcessTerminated,
)
from twisted.python.failure import Failure

from buildbot_keychain.errors import KeychainError, ProviderUnavailable, safe_summary

_OF_A_NETWORK = (
    ConnectionError,
    TimeoutError,
    socket.gaierror,
    ConnectError,
    ConnectionClosed,
    DNSLookupError,
    DeferredTimeout,
)

_OF_A_PROGRAM = (ProcessDone, ProcessTerminated)
"""How a program ended, perhaps because it denies; to Twisted, a lost connection."""


def unreachable(failure: Failure, provider: str, path: str) -> ProviderUnavailable | None:
    """Return what stands for a failure of a network; ``None`` for any other failure.

    An error of ours says by itself whether the provider may answer later: one that denies never
    does, whatever other class it is of.

    :param provider: the name of the provider that failed.
    :param path: what it was asked for.
    """
    error = failure.value
    if isinstance(error, KeychainError):
        return None
    if _is_of_a_network(error) or _has_such_reasons(error):
        return ProviderUnavailable(provider, path, f"it cannot be reached: {safe_summary(failure)}")
    return None


def _is_of_a_network(error: BaseException | None) -> bool:
    return isinstance(error, _OF_A_NETWORK) and not isinstance(error, _OF_A_PROGRAM)


def _has_such_reasons(error: BaseException | None) -> bool:
    """Return whether `error` has its causes in a list, as those of Twisted's clients for HTTP."""
    reasons = None if error is None else vars(error).get("reasons")
    return isinstance(reasons, list) and any(
        isinstance(each, Failure) and _is_of_a_network(each.value) for each in reasons
    )
