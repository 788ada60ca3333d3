"""The age identities that open a file's data key; this is the only module that imports pyrage.

An identity file is what age itself writes: lines of ``AGE-SECRET-KEY-1…``, or an SSH key of a kind
that age accepts (https://age-encryption.org/v1). Identities of plug-ins and of post-quantum
algorithms are not supported: they are left out if there are others, and rejected by name if not.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from buildbot_keychain.errors import quote
from buildbot_keychain.providers.sops._errors import SopsError, SopsKeyMissing
from buildbot_keychain.providers.sops._shamir import combine

Recipient = tuple[str, str]
"""An age public key, and the armoured data key, or a part of it, that is encrypted for it."""

_SSH = "-----BEGIN "
_NATIVE = "AGE-SECRET-KEY-1"
_UNSUPPORTED = {
    "AGE-PLUGIN-": "belongs to a plug-in",
    "AGE-SECRET-KEY-PQ-": "is a post-quantum identity",
}
_LONGEST_LIST = 10


class Identities:
    """Private keys, which show nothing.

    :param text: the content of an identity file.
    :raise SopsError: when it holds no identity, or one that cannot be used; the reason is the end
        of a sentence that begins with where the text is from.
    """

    def __init__(self, text: str) -> None:
        self._unsupported = ""
        if text.lstrip().startswith(_SSH):
            self._keys = [_ssh_key(text.lstrip())]
            return
        self._keys = []
        for number, line in enumerate(map(str.strip, text.splitlines()), 1):
            kinds = (_UNSUPPORTED[start] for start in _UNSUPPORTED if line.startswith(start))
            unsupported = next(kinds, None)
            if unsupported is not None:
                self._unsupported += self._unsupported and ", "
                self._unsupported += f"its line {number} {unsupported}, which is not supported"
            elif line and line[0] != "#":
                self._keys.append(_native_key(line, number))
        if not self._keys and self._unsupported:
            msg = f"cannot be used: {self._unsupported}; add a line {_NATIVE}..."
            raise SopsError(msg)
        if not self._keys:
            raise SopsError("contains no age identity; create one with: age-keygen")

    def __len__(self) -> int:
        return len(self._keys)

    def data_key(self, groups: Sequence[Sequence[Recipient]], threshold: int) -> bytes:
        """Decrypt a data key that was encrypted for each of several recipients.

        :param groups: the recipients, by key group: one group, or several of which each has a part
            of the key.
        :param threshold: how many groups are needed when there are several.
        :raise SopsKeyMissing: when too few identities match; it names the recipients, which are
            public.
        """
        opened = [self._open_any(group) for group in groups]
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
        problem = f"{recipients}; none of the configured age identities ({len(self)}) matches"
        if self._unsupported:
            problem += f" (of the key file, {self._unsupported})"
        if len(groups) > 1:
            problem = (
                f"needs keys of {threshold} of its {len(groups)} key groups, but the configured "
                f"age identities open {len(parts)}; it {recipients}"
            )
        raise SopsKeyMissing(f"{problem}; add the master's key with: sops updatekeys")

    def _open_any(self, group: Sequence[Recipient]) -> bytes | None:
        opened = (self._open(sealed) for _, sealed in group)
        return next((key for key in opened if key is not None), None)

    def _open(self, sealed: str) -> bytes | None:
        import pyrage  # noqa: PLC0415 - an optional dependency

        try:
            return bytes(pyrage.decrypt(sealed.strip().encode("ascii", "replace"), self._keys))
        except pyrage.DecryptError:
            return None


def _ssh_key(text: str) -> Any:  # noqa: ANN401 - an identity of pyrage's
    import pyrage  # noqa: PLC0415 - an optional dependency

    try:
        return pyrage.ssh.Identity.from_buffer(text.encode("ascii", "replace"))
    except pyrage.IdentityError as error:
        raise SopsError(
            "is not an SSH key that age can use: it may have a passphrase; use an age key"
        ) from error


def _native_key(line: str, number: int) -> Any:  # noqa: ANN401 - an identity of pyrage's
    import pyrage  # noqa: PLC0415 - an optional dependency

    cause = None
    if line.startswith(("age-encryption.org/", "-----")):
        problem = "begins an encrypted file, which is not supported"
    elif not line.startswith(_NATIVE):
        problem = "is not an age identity"
    else:
        try:
            return pyrage.x25519.Identity.from_str(line.encode("ascii", "replace").decode())
        except pyrage.IdentityError as error:
            problem = "is an age identity that was cut or mistyped"
            cause = error
    msg = f"cannot be used: its line {number} {problem}; each line must be {_NATIVE}..."
    raise SopsError(msg) from cause
