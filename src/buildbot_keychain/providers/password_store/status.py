"""What became of a decryption, from the status lines that gpg writes for programs to read.

The lines are those of GnuPG's doc/DETAILS, "Format of the --status-fd output"; error numbers are
libgpg-error's. What gpg writes for people to read is never looked at. Pure.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum, auto

Status = tuple[str, str]
"""A keyword and what follows it."""

_ERROR_NUMBER = 0xFFFF  # the rest of the number says which program has it
_WRONG = {11, 87}  # bad passphrase, bad PIN
_LOCKED = {85, 99, 198, 62}  # no pinentry, cancelled, fully cancelled, timeout


class Outcome(Enum):
    """What became of it; where several hold, the first one here that does."""

    DECRYPTED = auto()
    NOT_THE_PASSPHRASE = auto()
    """A key is there that the passphrase given, or remembered by the agent, does not open."""
    LOCKED = auto()
    """A key is there that needs a passphrase, and none was given."""
    NO_PRIVATE_KEY = auto()
    DAMAGED = auto()
    """A key was found and opened, but the text behind it is cut or altered."""
    NOT_ENCRYPTED = auto()
    FAILED = auto()
    """Anything else."""


def outcome(statuses: Sequence[Status]) -> Outcome:
    """Tell what became of a decryption that reported `statuses`, in their order."""
    said = {keyword for keyword, _ in statuses}
    errors = set(error_numbers(statuses))
    holds = {
        Outcome.DECRYPTED: "DECRYPTION_OKAY" in said and "DECRYPTION_FAILED" not in said,
        Outcome.NOT_THE_PASSPHRASE: errors & _WRONG,
        Outcome.LOCKED: errors & _LOCKED,
        Outcome.NO_PRIVATE_KEY: "NO_SECKEY" in said and not errors and "DECRYPTION_KEY" not in said,
        Outcome.DAMAGED: "DECRYPTION_KEY" in said or "DECRYPTION_INFO" in said,
        Outcome.NOT_ENCRYPTED: said and "BEGIN_DECRYPTION" not in said,
    }
    return next((which for which, so in holds.items() if so), Outcome.FAILED)


def key_ids(statuses: Sequence[Status]) -> list[str]:
    """Give the ids of the keys that the file is encrypted for, in hexadecimal.

    Those of recipients that are hidden are all zeros, and left out.
    """
    ids = [value.split(" ")[0] for keyword, value in statuses if keyword == "ENC_TO"]
    return [key_id for key_id in dict.fromkeys(ids) if key_id.strip("0")]


def error_numbers(statuses: Sequence[Status]) -> list[int]:
    """Give libgpg-error's numbers of what went wrong with keys."""
    numbers = [
        value.split(" ")[1]
        for keyword, value in statuses
        if keyword == "ERROR" and value.startswith("pkdecrypt_failed ")
    ]
    return [int(number) & _ERROR_NUMBER for number in numbers if number.isdigit()]
