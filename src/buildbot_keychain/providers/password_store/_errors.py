"""Failures of gpg as a program, as opposed to one entry or key."""

from __future__ import annotations


class GpgError(Exception):
    """gpg could not be run to its end; the message says why and what to do."""


class GpgTimeout(GpgError):
    """gpg was killed at its deadline."""

    def __init__(self) -> None:
        super().__init__("gpg did not finish in time and was killed")


class GpgStopped(GpgError):
    """The provider has been stopped: running programs were killed, and none starts any more."""

    def __init__(self) -> None:
        super().__init__("it has been stopped; start it again")
