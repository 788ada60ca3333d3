"""The outcome of a decryption, from the status lines that gpg writes for programs. Pure.

The lines are those of GnuPG's doc/DETAILS, "Format of the --status-fd output"; error numbers are
libgpg-error's. What gpg writes for people is never read.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum, auto

Status = tuple[str, str]
"""A keyword and the rest of its line."""

_ERROR_NUMBER = 0xFFFF  # the other bits of the number identify the program that reports it
_WRONG = {11, 87}  # bad passphrase, bad PIN
_LOCKED = {85, 99, 198, 62}  # no pinentry, cancelled, fully cancelled, timeout


class Outcome(Enum):
    """How a decryption ended; where several apply, the first one in this order counts."""

    DECRYPTED = auto()
    WRONG_PASSPHRASE = auto()
    """There is a key that the passphrase, given or cached by the agent, does not unlock."""
    LOCKED = auto()
    """There is a key that needs a passphrase, and none was given."""
    HIDDEN = auto()
    """No key fits, and whom the file is encrypted for is hidden: one that is locked might."""
    NO_PRIVATE_KEY = auto()
    DAMAGED = auto()
    """A key was found and unlocked, but the text behind it is cut or altered."""
    NOT_ENCRYPTED = auto()
    FAILED = auto()
    """Anything else."""


def outcome(statuses: Sequence[Status]) -> Outcome:
    """Return how a decryption ended that reported `statuses`, in their order."""
    keywords = {keyword for keyword, _ in statuses}
    errors = set(error_numbers(statuses))
    key_used = "DECRYPTION_KEY" in keywords
    no_key = "NO_SECKEY" in keywords and not errors and not key_used
    applies = {
        Outcome.DECRYPTED: "DECRYPTION_OKAY" in keywords and "DECRYPTION_FAILED" not in keywords,
        Outcome.WRONG_PASSPHRASE: errors & _WRONG,
        Outcome.LOCKED: errors & _LOCKED,
        Outcome.HIDDEN: no_key and _has_hidden_recipient(statuses),
        Outcome.NO_PRIVATE_KEY: no_key,
        Outcome.DAMAGED: key_used or "DECRYPTION_INFO" in keywords,
        Outcome.NOT_ENCRYPTED: keywords and "BEGIN_DECRYPTION" not in keywords,
    }
    return next((candidate for candidate, holds in applies.items() if holds), Outcome.FAILED)


def key_ids(statuses: Sequence[Status]) -> list[str]:
    """Return the ids of the keys that the file is encrypted for, in hexadecimal.

    The ids of hidden recipients are left out.
    """
    return [key_id for key_id in dict.fromkeys(_recipients(statuses)) if not _is_hidden(key_id)]


def _has_hidden_recipient(statuses: Sequence[Status]) -> bool:
    return any(map(_is_hidden, _recipients(statuses)))


def _recipients(statuses: Sequence[Status]) -> list[str]:
    return [value.split(" ")[0] for keyword, value in statuses if keyword == "ENC_TO"]


def _is_hidden(key_id: str) -> bool:
    return not key_id.strip("0")


def error_numbers(statuses: Sequence[Status]) -> list[int]:
    """Return libgpg-error's numbers of the failures with keys."""
    numbers = [
        value.split(" ")[1]
        for keyword, value in statuses
        if keyword == "ERROR" and value.startswith("pkdecrypt_failed ")
    ]
    return [int(number) & _ERROR_NUMBER for number in numbers if number.isdigit()]
