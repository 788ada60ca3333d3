"""The age identities that open a file's data key. This is the one module that knows pyrage.

What is read is what age itself writes: a file of ``AGE-SECRET-KEY-1…`` lines, or an SSH key of a
kind that age accepts (https://age-encryption.org/v1). Identities that need a passphrase, a plug-in
or a quantum-safe key are refused by name.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from buildbot_keychain.errors import shown
from buildbot_keychain.providers.sops.refusal import NotForUs, Refused

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

    def open(self, recipients: Sequence[tuple[str, str]]) -> bytes:
        """Decrypt a data key that was encrypted for each of some recipients.

        :param recipients: pairs of public key and armoured ciphertext.
        :raise NotForUs: when no identity fits; it names the recipients, which are public.
        """
        opened = (self._opened(sealed) for _, sealed in recipients)
        data_key = next((key for key in opened if key is not None), None)
        if data_key is not None:
            return data_key
        names = [shown(name) for name, _ in recipients[:_LONGEST_LIST]]
        if len(recipients) > _LONGEST_LIST:
            names.append(f"{len(recipients) - _LONGEST_LIST} more")
        msg = (
            f"is encrypted for {', '.join(names)}, and none of our {len(self)} age identities fits"
        )
        raise NotForUs(f"{msg}; add ours with: sops updatekeys")

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
