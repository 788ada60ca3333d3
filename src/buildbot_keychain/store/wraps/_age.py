"""Wraps for age (https://age-encryption.org/v1): the only module of the store that imports pyrage.

A wrap is a file of age that holds ``store id | ring key``. Nothing in it is bound to the store
but that, as age knows no context. It does not say who made it: whoever has the public key can.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from typing import Any

from buildbot_keychain.errors import KeyRingError
from buildbot_keychain.secretive import secretive
from buildbot_keychain.store.recipients import not_a_recipient

_KIND = "age"
_PEM = "-----BEGIN"
_LONGEST = 200
"""Characters of a label."""


class AgeRecipient:
    """Wraps for a public key.

    :param recipient: ``age1...``, or an SSH public key of a kind that age accepts.
    :param label: whose it is; by default the public key, or the fingerprint of a long one.
    :raise KeyRingError: when age does not accept it.
    """

    kind = _KIND

    def __init__(self, recipient: str, label: str = "") -> None:
        import pyrage  # noqa: PLC0415 - an optional dependency

        parser = pyrage.ssh if recipient.startswith("ssh-") else pyrage.x25519
        try:
            self._recipient = parser.Recipient.from_str(recipient)
        except pyrage.RecipientError as error:
            raise KeyRingError(not_a_recipient(recipient)) from error
        self.label = label or _label(recipient)

    @classmethod
    def of_label(cls, label: str) -> AgeRecipient | None:
        """Return the recipient of a wrap; ``None`` where its label is not the whole public key."""
        try:
            return cls(label.replace(":", " "), label)
        except KeyRingError:
            return None

    def wrap(self, ring_key: bytes, store_id: bytes) -> bytes:
        """Return the ring key, encrypted for the public key."""
        import pyrage  # noqa: PLC0415 - an optional dependency

        return bytes(pyrage.encrypt(store_id + ring_key, [self._recipient]))


@secretive
class AgeIdentity:
    """Opens what is wrapped for a private key. It shows nothing.

    :param identity: ``AGE-SECRET-KEY-1...``, or the text of an SSH private key without passphrase.
    :raise KeyRingError: when it is none.
    """

    kind = _KIND

    def __init__(self, identity: str) -> None:
        import pyrage  # noqa: PLC0415 - an optional dependency

        self._identity: Any
        try:
            if identity.lstrip().startswith(_PEM):
                content = identity.encode("ascii", "replace")
                self._identity = pyrage.ssh.Identity.from_buffer(content)
            else:
                self._identity = pyrage.x25519.Identity.from_str(identity)
        except (pyrage.IdentityError, UnicodeEncodeError):
            msg = (
                "the age identity must be AGE-SECRET-KEY-1..., or an SSH private key of the kinds "
                "ed25519 and rsa, without a passphrase"
            )
            raise KeyRingError(msg) from None  # it may hold the key

    def unwrap(self, label: str, wrapped: bytes, store_id: bytes) -> bytes | None:
        """Return the ring key, or ``None`` where it is for another key, or damaged."""
        import pyrage  # noqa: PLC0415 - an optional dependency

        del label
        try:
            opened = bytes(pyrage.decrypt(wrapped, [self._identity]))
        except pyrage.DecryptError:
            return None
        found, ring_key = opened[: len(store_id)], opened[len(store_id) :]
        return ring_key if hmac.compare_digest(found, store_id) else None


def _label(recipient: str) -> str:
    """Return the label of a public key that age accepts."""
    label = ":".join(recipient.split()[:2])
    if len(label) <= _LONGEST:
        return label
    kind, blob = label.split(":")
    digest = base64.b64encode(hashlib.sha256(base64.b64decode(blob)).digest())
    return f"{kind}:SHA256:{digest.decode('ascii').rstrip('=')}"  # as ssh-keygen -l shows it
