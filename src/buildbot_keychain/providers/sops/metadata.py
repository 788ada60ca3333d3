"""What sops says of a file: its version, for whom it is encrypted, and its MAC.

The rules by which sops chose what to encrypt (``unencrypted_suffix``, ``encrypted_regex`` and their
like) are not evaluated: what is encrypted shows by its form, and nothing else is ever served.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from buildbot_keychain.errors import shown
from buildbot_keychain.providers.sops.refusal import NotForUs, Refused

_OTHER_KEYS = ("pgp", "kms", "gcp_kms", "azure_kv", "hc_vault", "hckms")


@dataclass(frozen=True)
class Metadata:
    """The part of sops's metadata that opens a file and verifies it.

    :param recipients: pairs of age's public key and the data key encrypted for it.
    :param mac: the encrypted MAC.
    :param lastmodified: when sops wrote the file: additional data of the MAC.
    :param mac_only_encrypted: whether the MAC covers what is encrypted alone.
    """

    recipients: list[tuple[str, str]] = field(repr=False)
    mac: str = field(repr=False)
    lastmodified: str
    mac_only_encrypted: bool


def metadata_of(found: dict[str, Any]) -> Metadata:
    """Understand what stands under ``sops``.

    :raise Refused: when it is of an unknown version, or lacks what every file has.
    :raise NotForUs: when the file is encrypted for no age key at all.
    """
    version = _text(found, "version")
    if version.partition(".")[0] != "3":
        msg = f"is of version {shown(version)} of sops, which is unknown here; 3 is known"
        raise Refused(msg)
    if "key_groups" in found or any(key.startswith("key_groups__") for key in found):
        msg = "splits its data key between key groups, which cannot be joined here; use one group"
        raise Refused(msg)
    ages = found.get("age")
    keys = [key for key in ages if isinstance(key, dict)] if isinstance(ages, list) else []
    recipients = [(_text(key, "recipient"), _text(key, "enc")) for key in keys]
    if not recipients:
        others = [kind for kind in _OTHER_KEYS if found.get(kind)]
        msg = f"is encrypted for no age key ({', '.join(others) or 'no key at all'} only)"
        raise NotForUs(f"{msg}; add one with: sops rotate --in-place --add-age")
    only = str(found.get("mac_only_encrypted", "")).lower() == "true"
    return Metadata(recipients, _text(found, "mac"), _text(found, "lastmodified"), only)


def _text(found: dict[str, Any], key: str) -> str:
    text = found.get(key)
    if not isinstance(text, str) or not text:
        msg = f"lacks {key!r} in its sops metadata; restore it from version control"
        raise Refused(msg)
    return text
