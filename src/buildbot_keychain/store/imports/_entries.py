"""What a reader yields: an `ImportedSecret` for what it has read, an `ImportProblem` for the rest.

Its parts raise `NotRead`. A value shows only to code that writes ``.value``.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from buildbot_keychain.secretive import secretive

MAX_VALUE = 1 << 20
"""Bytes of a value, as UTF-8 if it is a text; the limit of the store."""


@secretive
@dataclass(frozen=True)
class ImportedSecret:
    """A secret as it was found.

    :param name: its name, which the place that it comes from suggests.
    :param value: its text, or its bytes where they are not text.
    :param where: where it was found, for a report.
    :param description: what that place says about it.
    :param tags: labels to find it by.
    :param redact: whether it is to be hidden in logs; a user name is not.
    :param allowed: patterns of the builders that may have it; ``None`` where that is left to the
        policy.
    :param expires: seconds since the epoch; ``None`` if it does not.
    :param warning: what is unusual about it, as a sentence; never a value.
    """

    name: str
    value: str | bytes = field(repr=False)
    where: str
    description: str = ""
    tags: tuple[str, ...] = ()
    redact: bool = True
    allowed: tuple[str, ...] | None = None
    expires: int | None = None
    warning: str = ""

    @property
    def kind(self) -> str:
        """``"text"`` or ``"bytes"``."""
        return "text" if isinstance(self.value, str) else "bytes"


class NotRead(Exception):
    """Something that is not read; whoever knows where it is makes an `ImportProblem` of it.

    :param why: why, as the end of a sentence; never a value.
    :param remedy: what to do.
    """

    def __init__(self, why: str, remedy: str) -> None:
        super().__init__(f"{why}; {remedy}")
        self.why = why
        self.remedy = remedy

    def at(self, where: str) -> ImportProblem:
        """Return the problem that it is at a place."""
        return ImportProblem(where, self.why, self.remedy)


@dataclass(frozen=True)
class ImportProblem:
    """Something that was not read.

    :param where: where it is: a file, and the name of an entry in it if that is known.
    :param why: what is wrong with it; never a value.
    :param remedy: what to do about it; empty where `why` says that, too.
    :ivar reason: both.
    """

    where: str
    why: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.where}: {self.reason}"

    @property
    def reason(self) -> str:
        return f"{self.why}; {self.remedy}" if self.remedy else self.why


Entry = ImportedSecret | ImportProblem
