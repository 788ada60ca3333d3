"""Age identities: the private keys that decrypt; this is the only module that imports pyrage.

An identity file is what age itself writes: lines of ``AGE-SECRET-KEY-1…``, or an SSH key of a kind
that age accepts (https://age-encryption.org/v1). Identities of plug-ins and of post-quantum
algorithms are not supported: they are left out if there are others, and rejected by name if not.
"""

from __future__ import annotations

from typing import Any

_SSH = "-----BEGIN "
_NATIVE = "AGE-SECRET-KEY-1"
_UNSUPPORTED = {
    "AGE-PLUGIN-": "belongs to a plug-in",
    "AGE-SECRET-KEY-PQ-": "is a post-quantum identity",
}


class AgeError(ValueError):
    """A text that is not a usable identity file.

    :param reason: what is wrong and what to do, as the end of a sentence that begins with where the
        text is from.
    """

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


class Identities:
    """Private keys, which show nothing.

    :param text: the content of an identity file.
    :ivar unsupported: which of its lines are left out, and why; mostly empty.
    :raise AgeError: when it holds no identity, or one that cannot be used.
    """

    def __init__(self, text: str) -> None:
        self.unsupported = ""
        if text.lstrip().startswith(_SSH):
            self._keys = [_ssh_key(text.lstrip())]
            return
        self._keys = []
        for number, line in enumerate(map(str.strip, text.splitlines()), 1):
            kinds = (_UNSUPPORTED[start] for start in _UNSUPPORTED if line.startswith(start))
            unsupported = next(kinds, None)
            if unsupported is not None:
                self.unsupported += self.unsupported and ", "
                self.unsupported += f"its line {number} {unsupported}, which is not supported"
            elif line and line[0] != "#":
                self._keys.append(_native_key(line, number))
        if not self._keys and self.unsupported:
            msg = f"cannot be used: {self.unsupported}; add a line {_NATIVE}..."
            raise AgeError(msg)
        if not self._keys:
            raise AgeError("contains no age identity; create one with: age-keygen")

    def __len__(self) -> int:
        return len(self._keys)

    def decrypt(self, encrypted: bytes) -> bytes | None:
        """Return what was encrypted for one of them, armoured or not.

        ``None`` where none of them fits, or what was encrypted is damaged.
        """
        import pyrage  # noqa: PLC0415 - an optional dependency

        try:
            return bytes(pyrage.decrypt(encrypted, self._keys))
        except pyrage.DecryptError:
            return None


def _ssh_key(text: str) -> Any:  # noqa: ANN401 - an identity of pyrage's
    import pyrage  # noqa: PLC0415 - an optional dependency

    try:
        return pyrage.ssh.Identity.from_buffer(text.encode("ascii", "replace"))
    except pyrage.IdentityError as error:
        raise AgeError(
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
    raise AgeError(msg) from cause
