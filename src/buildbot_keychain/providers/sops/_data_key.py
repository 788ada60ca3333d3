"""A file's data key, which sops has encrypted for each recipient. Pure but for the decryption."""

from __future__ import annotations

from collections.abc import Sequence

from buildbot_keychain.errors import quote
from buildbot_keychain.providers.age import Identities
from buildbot_keychain.providers.sops._errors import SopsKeyMissing
from buildbot_keychain.providers.sops._shamir import combine

Recipient = tuple[str, str]
"""An age public key, and the armoured data key, or a part of it, that is encrypted for it."""

_LONGEST_LIST = 10


def open_data_key(
    identities: Identities, groups: Sequence[Sequence[Recipient]], threshold: int
) -> bytes:
    """Decrypt a data key that was encrypted for each of several recipients.

    :param groups: the recipients, by key group: one group, or several of which each has a part of
        the key.
    :param threshold: how many groups are needed when there are several.
    :raise SopsKeyMissing: when too few identities match; it names the recipients, which are public.
    """
    opened = [_open_any(identities, group) for group in groups]
    parts = [part for part in opened if part is not None]
    if len(groups) == 1 and parts:
        return parts[0]
    if len(groups) > 1 and len(parts) >= threshold:
        data_key = combine(parts)
        if data_key is not None:
            return data_key
    names = [quote(name) for group in groups for name, _ in group]
    more = len(names) - _LONGEST_LIST
    names[_LONGEST_LIST:] = [f"{more} more"] if more > 0 else []
    recipients = f"is encrypted for {', '.join(names)}"
    problem = f"{recipients}; none of the configured age identities ({len(identities)}) matches"
    if identities.unsupported:
        problem += f" (of the key file, {identities.unsupported})"
    if len(groups) > 1:
        problem = (
            f"needs keys of {threshold} of its {len(groups)} key groups, but the configured "
            f"age identities open {len(parts)}; it {recipients}"
        )
    raise SopsKeyMissing(f"{problem}; add the master's key with: sops updatekeys")


def _open_any(identities: Identities, group: Sequence[Recipient]) -> bytes | None:
    opened = (identities.decrypt(sealed.strip().encode("ascii", "replace")) for _, sealed in group)
    return next((key for key in opened if key is not None), None)
