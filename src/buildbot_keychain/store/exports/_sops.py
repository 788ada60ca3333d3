"""An export with sops: the program encrypts what it is given on its standard input."""

from __future__ import annotations

from collections.abc import Sequence

from buildbot_keychain.store.exports._document import ExportError, Secrets, document
from buildbot_keychain.store.recipients import not_a_recipient

OUTPUTS = ("json", "yaml")

_METADATA = "sops"
_RECIPIENT = ("age1", "ssh-")


def sops_input(secrets: Secrets) -> bytes:
    """Return what the program is given on its standard input: an object of JSON.

    :raise ExportError: when a name is there twice, or is the one that sops uses itself.
    """
    return document(secrets, _METADATA)


def sops_arguments(recipients: Sequence[str], output: str) -> list[str]:
    """Return the arguments of the program, which prints the encrypted file.

    They make it encrypt every value: with others it leaves some as they are, by their names, or by
    what a ``.sops.yaml`` says that it finds.

    :param recipients: public keys of age.
    :param output: one of `OUTPUTS`.
    :raise ExportError: when there is no recipient, or one that is none.
    """
    for recipient in recipients:
        if not recipient.startswith(_RECIPIENT) or "," in recipient:
            raise ExportError(not_a_recipient(recipient))
    if not recipients:
        raise ExportError("an export needs the public key of somebody who can open it")
    return [
        "sops",
        "--config=/dev/null",
        "encrypt",
        f"--age={','.join(recipients)}",
        "--encrypted-regex=.*",
        "--input-type=json",
        f"--output-type={output}",
        f"--filename-override=secrets.{output}",
    ]
