"""The age identities that open a file's data key. This is the one module that knows pyrage.

What is read is what age itself writes: a file of ``AGE-SECRET-KEY-1…`` lines, or an SSH key of a
kind that age accepts (https://age-encryption.org/v1). Identities that need a passphrase, a plug-in
or a quantum-safe key are refused by name.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from buildbot_keychain.errors import quote
from buildbot_keychain.providers.sops.refusal import NotForUs, Refused
from buildbot_keychain.providers.sops.shamir import joined

_SSH = "-----BEGIN "
_NATIVE = "AGE-SECRET-KEY-1"
_LONGEST_LIST = 10


class Identities:
    """Private keys, which show nothing.

    :param text: an identity file's content.
    :raise Refused: when it holds no identity, or one that cannot be used; the reason follows the
        place where the text is from.
    """

    def __init__(self, text: str) -> None:
        import pyrage  # noqa: PLC0415 - an optional dependency

        self._keys: list[Any] = []
        if text.lstrip().startswith(_SSH):
            try:
                self._keys.append(
                    pyrage.ssh.Identity.from_buffer(text.lstrip().encode("ascii", "replace"))
                )
            except pyrage.IdentityError:
                problem = "is no SSH key that age can use: it may have a passphrase; use an age key"
            else:
                return
            raise Refused(problem)
        for number, line in enumerate(text.splitlines(), 1):
            if line.strip() and not line.lstrip().startswith("#"):
                self._keys.append(_native(line.strip(), number))
        if not self._keys:
            msg = "holds no age identity; make one with: age-keygen"
            raise Refused(msg)

    def __len__(self) -> int:
        return len(self._keys)

    def open(self, groups: Sequence[Sequence[tuple[str, str]]], threshold: int) -> bytes:
        """Decrypt a data key that was encrypted for each of some recipients.

        :param groups: the key groups: one, or several of which each holds a part of the key; of
            pairs of public key and armoured ciphertext.
        :param threshold: how many groups it takes, where there are several.
        :raise NotForUs: when too few identities fit; it names the recipients, which are public.
        """
        opened = [self._opened_one(group) for group in groups]
        parts = [part for part in opened if part is not None]
        if len(groups) == 1 and parts:
            return parts[0]
        if len(groups) > 1 and len(parts) >= threshold:
            data_key = joined(parts)
            if data_key is not None:
                return data_key
        names = [quote(name) for group in groups for name, _ in group]
        more = len(names) - _LONGEST_LIST
        names[_LONGEST_LIST:] = [f"{more} more"] if more > 0 else []
        msg = (
            f"is encrypted for {', '.join(names)}, and none of our {len(self)} age identities fits"
        )
        if len(groups) > 1:
            msg = f"takes keys of {threshold} of its {len(groups)} key groups, of which ours open "
            msg += f"{len(parts)}; it is encrypted for {', '.join(names)}"
        raise NotForUs(f"{msg}; add ours with: sops updatekeys")

    def _opened_one(self, recipients: Sequence[tuple[str, str]]) -> bytes | None:
        opened = (self._opened(sealed) for _, sealed in recipients)
        return next((key for key in opened if key is not None), None)

    def _opened(self, sealed: str) -> bytes | None:
        import pyrage  # noqa: PLC0415 - an optional dependency

        try:
            return bytes(pyrage.decrypt(sealed.strip().encode("ascii", "replace"), self._keys))
        except pyrage.DecryptError:
            return None


def _native(line: str, number: int) -> Any:  # noqa: ANN401 - an identity of pyrage's
    import pyrage  # noqa: PLC0415 - an optional dependency

    problem = "is no age identity"
    if line.startswith("AGE-PLUGIN-"):
        problem = "is an identity of a plug-in, which cannot be used here"
    elif line.startswith("AGE-SECRET-KEY-PQ-"):
        problem = "is a quantum-safe identity, which cannot be used here"
    elif line.startswith(("age-encryption.org/", "-----")):
        problem = "is encrypted with a passphrase, which cannot be used here"
    elif line.startswith(_NATIVE):
        try:
            return pyrage.x25519.Identity.from_str(line.encode("ascii", "replace").decode())
        except pyrage.IdentityError:
            problem = "is an age identity that was cut or mistyped"
    msg = f"has a line, number {number}, that {problem}; it takes lines of {_NATIVE}..."
    raise Refused(msg)
