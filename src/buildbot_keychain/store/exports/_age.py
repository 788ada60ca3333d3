"""`age_file`: a file of age (https://age-encryption.org/v1), which only its recipients can open.

Of the exports, this module alone imports pyrage.
"""

from __future__ import annotations

from collections.abc import Sequence

from buildbot_keychain.store.exports._document import ExportError, Secrets, document
from buildbot_keychain.store.recipients import not_a_recipient

_SSH = "ssh-"


def age_file(secrets: Secrets, recipients: Sequence[str]) -> bytes:
    """Return an armoured file that holds the secrets as an object of JSON.

    :param recipients: ``age1…``, or SSH public keys of a kind that age accepts.
    :raise ExportError: when there is none, or one that age does not accept.
    """
    import pyrage  # noqa: PLC0415 - an optional dependency

    keys = []
    for recipient in recipients:
        parser = pyrage.ssh if recipient.startswith(_SSH) else pyrage.x25519
        try:
            keys.append(parser.Recipient.from_str(recipient))
        except pyrage.RecipientError as error:
            raise ExportError(not_a_recipient(recipient)) from error
    if not keys:
        raise ExportError("an export needs the public key of somebody who can open it")
    return bytes(pyrage.encrypt(document(secrets), keys, armored=True))
