"""The metadata of a file of sops: its version, for whom it is encrypted, and its MAC.

The rules by which sops chose what to encrypt (``unencrypted_suffix``, ``encrypted_regex`` and
others) are not evaluated: an encrypted value shows by its form, and nothing else is ever served.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from buildbot_keychain.errors import quote
from buildbot_keychain.providers.sops._data_key import Recipient
from buildbot_keychain.providers.sops._errors import SopsError, SopsKeyMissing

_MAJOR_VERSIONS = {"1", "2", "3"}
"""All have this format; sops rewrites a file without changing the version that first wrote it."""
_MOST_RECIPIENTS = 500
"""Each costs an attempt at decryption."""
_COUNT = re.compile(r"[0-9]{1,3}", re.ASCII)
_OTHER_KEYS = ("pgp", "kms", "gcp_kms", "azure_kv", "hc_vault", "hckms")


@dataclass(frozen=True)
class Metadata:
    """The part of sops's metadata that opens a file and verifies it.

    :param groups: the recipients of each key group.
    :param threshold: how many groups are needed.
    :param mac: the encrypted MAC.
    :param lastmodified: when sops wrote the file: additional data of the MAC.
    :param mac_only_encrypted: whether the MAC covers encrypted values only.
    """

    groups: list[list[Recipient]] = field(repr=False)
    threshold: int
    mac: str = field(repr=False)
    lastmodified: str
    mac_only_encrypted: bool


def read_metadata(found: dict[str, Any]) -> Metadata:
    """Return the metadata that a file has under ``sops``.

    :raise SopsError: when its version is unknown, it lacks what every file has, or it has very many
        recipients.
    :raise SopsKeyMissing: when the file is not encrypted for any age key.
    """
    version = _text(found, "version")
    if version.partition(".")[0] not in _MAJOR_VERSIONS:
        msg = f"was written by version {quote(version)} of sops; versions 1 to 3 are supported"
        raise SopsError(msg)
    key_groups = _dicts(found.get("key_groups")) or [found]
    groups = [_recipients(group) for group in key_groups]
    if sum(map(len, groups)) > _MOST_RECIPIENTS:
        msg = f"is encrypted for more than {_MOST_RECIPIENTS} age keys; remove those not needed"
        raise SopsError(msg)
    if not any(groups):
        others = [kind for kind in _OTHER_KEYS if any(group.get(kind) for group in key_groups)]
        kinds = f"only for: {', '.join(others)}" if others else "nor for any other"
        msg = f"is not encrypted for any age key ({kinds}); "
        raise SopsKeyMissing(f"{msg}add one with: sops rotate --in-place --add-age")
    threshold = str(found.get("shamir_threshold") or "")
    needed = int(threshold) if _COUNT.fullmatch(threshold) else len(groups)
    only = str(found.get("mac_only_encrypted", "")).lower() == "true"
    mac, lastmodified = _text(found, "mac"), _text(found, "lastmodified")
    return Metadata(groups, max(needed, 1), mac, lastmodified, only)


def _recipients(group: dict[str, Any]) -> list[Recipient]:
    return [(_text(key, "recipient"), _text(key, "enc")) for key in _dicts(group.get("age"))]


def _dicts(found: object) -> list[dict[str, Any]]:
    return [item for item in found if isinstance(item, dict)] if isinstance(found, list) else []


def _text(found: dict[str, Any], key: str) -> str:
    text = found.get(key)
    if not isinstance(text, str) or not text:
        msg = f"lacks {key!r} in its sops metadata; restore it from version control"
        raise SopsError(msg)
    return text
