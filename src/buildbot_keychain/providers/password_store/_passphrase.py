"""Which passphrases of a private key gpg accepts. Pure."""

from __future__ import annotations

from buildbot_keychain import utf8

LONGEST_PASSPHRASE = 255
"""Bytes of UTF-8 that gpg-agent accepts (``MAX_PASSPHRASE_LEN`` in its agent.h)."""


def passphrase_problem(passphrase: str) -> str:
    """Return why gpg does not accept a passphrase, as the end of a sentence about it, or ``""``."""
    if has_terminator(passphrase):
        return "contains a line end or a NUL character, which gpg does not accept; remove it"
    if not utf8.is_encodable(passphrase):
        return "contains a lone surrogate, which UTF-8 cannot encode; correct it"
    if len(passphrase.encode()) > LONGEST_PASSPHRASE:
        return f"is longer than {LONGEST_PASSPHRASE} bytes, gpg-agent's limit; use a shorter one"
    return ""


def has_terminator(passphrase: str) -> bool:
    """Return whether gpg, which reads one line, would take a part of the passphrase for all."""
    return not {"\n", "\0"}.isdisjoint(passphrase)
