"""Why a file of sops is not read: the end of a sentence that begins with the file's path."""

from __future__ import annotations


class Refused(Exception):
    """A file that is not read as a whole; the reason holds no value.

    :param reason: what was wrong and what to do.
    """

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


class NotTrusted(Refused):
    """It can be read, but somebody else than its owner may have made or changed it."""


class NotText(Refused):
    """What it holds under a name is no text, or no secret."""


class NotForUs(Refused):
    """None of our keys opens it."""
