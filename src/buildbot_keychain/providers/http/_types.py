"""What is said to an `HttpClient`, and by it; apart from it, as what it connects with is large."""

from __future__ import annotations

from typing import NamedTuple


class Unreachable(Exception):
    """There is no answer, or none that can be used; says why, as the end of a sentence."""


class Answer(NamedTuple):
    """What a server answered.

    :param status: the status code.
    :param body: the content.
    """

    status: int
    body: bytes


class Identity(NamedTuple):
    """Whom we trust and who we are, each in PEM.

    :param authorities: the certificates that servers' must be signed by; those of the system by
        default.
    :param certificate: our own one, followed by those that it was signed by.
    :param key: its private key, not encrypted.
    """

    authorities: bytes | None = None
    certificate: bytes | None = None
    key: bytes = b""
