"""`Entry`: the text of a decrypted entry, and what a name can ask for in it. Pure.

The first line is the password. Lines such as ``user: alice`` below it are fields, and so are those
of the YAML that gopass puts below ``---`` (pass(1), "Description"; gopass, docs/secrets.md).
"""

from __future__ import annotations

from dataclasses import dataclass

from buildbot_keychain.providers.password_store._one_time import OneTimeCodeError

WHOLE = "*"
"""The field that stands for the whole entry, exactly as it is."""

ONE_TIME = "otp"
"""The field that stands for the current code of the entry's ``otpauth://`` line."""

_GOPASS_MIME = "GOPASS-SECRET-1.0"


@dataclass(frozen=True, repr=False)
class Entry:
    """A decrypted entry.

    :param text: the whole entry.
    :param code: the one-time code at the time of the decryption; ``None`` without a usable
        ``otpauth://`` line.
    :param code_problem: why the ``otpauth://`` line gives no code; empty without such a line.
    """

    text: str
    code: str | None = None
    code_problem: str = ""

    def value(self, field: str | None) -> str | None:
        """Return what a name asks for: the password, or `field`; ``None`` where it is missing.

        :raise OneTimeCodeError: for `ONE_TIME`, when the ``otpauth://`` line gives no code.
        """
        if field is None:
            return self._lines()[0]
        if field == WHOLE:
            return self.text
        if field == ONE_TIME:
            if self.code_problem:
                raise OneTimeCodeError(self.code_problem)
            return self.code
        return self._field(field)

    def has_header(self) -> bool:
        """Return whether a header of gopass 1.10 to 1.12 stands where the password should."""
        return self._lines()[0] == _GOPASS_MIME

    def one_time_uri(self) -> str | None:
        """Return the first line that is an ``otpauth://`` URI, or ``None``."""
        lines = (line.strip() for line in self._lines())
        return next((line for line in lines if line.lower().startswith("otpauth://")), None)

    def _field(self, name: str) -> str | None:
        """Return the text after ``name:`` in the first such line below the password, stripped."""
        for line in self._lines()[1:]:
            key, colon, value = line.partition(":")
            if colon and key.strip() == name:
                return value.strip()
        return None

    def _lines(self) -> list[str]:
        return [line.removesuffix("\r") for line in self.text.split("\n")]
