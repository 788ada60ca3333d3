"""The passphrase of a private key: which gpg can be given. Pure."""

from __future__ import annotations

from buildbot_keychain.providers.password_store.keyring import LONGEST_PASSPHRASE, ends_early


def problem_of(passphrase: object) -> str:
    """Say, as the end of a sentence on a passphrase, why gpg cannot be given it, or nothing."""
    if not isinstance(passphrase, str):
        return f"must be a str, not of type {type(passphrase).__name__}"
    if ends_early(passphrase):
        return "holds a line end or a NUL, which no passphrase of gpg can; leave it out"
    try:
        length = len(passphrase.encode())
    except UnicodeEncodeError:
        return "holds half of a character, which has no bytes; correct it"
    if length > LONGEST_PASSPHRASE:
        return (
            f"has more than {LONGEST_PASSPHRASE} bytes, the most that gpg-agent takes; shorten it"
        )
    return ""
