"""What sops says of a file: its version, for whom it is encrypted, and its MAC.

The rules by which sops chose what to encrypt (``unencrypted_suffix``, ``encrypted_regex`` and their
like) are not evaluated: what is encrypted shows by its form, and nothing else is ever served.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from buildbot_keychain.errors import quote
from buildbot_keychain.providers.sops.refusal import NotForUs, Refused

_COUNT = re.compile(r"[0-9]{1,3}", re.ASCII)
_OTHER_KEYS = ("pgp", "kms", "gcp_kms", "azure_kv", "hc_vault", "hckms")


@dataclass(frozen=True)
class Metadata:
    """The part of sops's metadata that opens a file and verifies it.

    :param groups: for each key group the pairs of age's public key and the data key, or this
        group's part of it, encrypted for it.
    :param threshold: how many groups it takes.
    :param mac: the encrypted MAC.
    :param lastmodified: when sops wrote the file: additional data of the MAC.
    :param mac_only_encrypted: whether the MAC covers what is encrypted alone.
    """

    groups: list[list[tuple[str, str]]] = field(repr=False)
    threshold: int
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
        msg = f"is of version {quote(version)} of sops, which is unknown here; 3 is known"
        raise Refused(msg)
    named = _dicts(found.get("key_groups")) or [found]
    groups = [_recipients(group) for group in named]
    if not any(groups):
        others = [kind for kind in _OTHER_KEYS if any(group.get(kind) for group in named)]
        msg = f"is encrypted for no age key ({', '.join(others) or 'no key at all'} only)"
        raise NotForUs(f"{msg}; add one with: sops rotate --in-place --add-age")
    threshold = str(found.get("shamir_threshold") or "")
    wanted = int(threshold) if _COUNT.fullmatch(threshold) else len(groups)
    only = str(found.get("mac_only_encrypted", "")).lower() == "true"
    mac, lastmodified = _text(found, "mac"), _text(found, "lastmodified")
    return Metadata(groups, max(wanted, 1), mac, lastmodified, only)


def _recipients(group: dict[str, Any]) -> list[tuple[str, str]]:
    return [(_text(key, "recipient"), _text(key, "enc")) for key in _dicts(group.get("age"))]


def _dicts(found: object) -> list[dict[str, Any]]:
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def _text(found: dict[str, Any], key: str) -> str:
    text = found.get(key)
    if not isinstance(text, str) or not text:
        msg = f"lacks {key!r} in its sops metadata; restore it from version control"
        raise Refused(msg)
    return text
