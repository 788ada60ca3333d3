"""`SealedField`: a secret in an attribute of an author's own class, of dataclasses or attrs.

::

    @dataclass
    class Account:
        user: str
        token: SealedField

    account = Account("alice", SealedField(sealer, "token", "s3cr3t"))
    text = json.dumps(asdict(account), default=SealedField.sealed)

    loaded = json.loads(text)
    token = SealedField.load(sealer, "token", loaded["token"])

It compares by its value, and shows it to nobody but who calls `reveal`.
"""

from __future__ import annotations

import hmac
import warnings
from typing import NoReturn

from buildbot_keychain.store.sealer import Sealer, is_sealed

_SHOWN = "<sealed>"
_NOT_PICKLED = "a SealedField must not be pickled or sent: it holds a secret; keep its sealed()"


class SealedFieldWarning(UserWarning):
    """Code makes a text of a `SealedField`, which never is its value."""


class SealedField:
    """A value that is sealed wherever it is kept. It does not change.

    :param sealer: what seals it.
    :param field: the name of the attribute: it opens for no other.
    :param value: its text or bytes.
    :raise TypeError: when it is neither.
    """

    __slots__ = ("_field", "_sealed", "_sealer", "_value")

    def __init__(self, sealer: Sealer, field: str, value: str | bytes) -> None:
        sealer.require_value(field, value)
        self._sealer = sealer
        self._field = field
        self._value = value
        self._sealed: str | None = None

    @classmethod
    def load(cls, sealer: Sealer, field: str, text: str, *, migrate: bool = False) -> SealedField:
        """Return the field that `sealed` returned `text` for.

        :param migrate: whether a plain text is accepted as well, as long as the field has never
            been sealed. It is reported, and sealed when it is saved.
        :raise StoreError: as `Sealer.unseal` does.
        """
        value = sealer.unseal(field, text, migrate=migrate)
        loaded = cls(sealer, field, value)
        if is_sealed(text):
            loaded._sealed = text
        return loaded

    def reveal(self) -> str | bytes:
        """Return the value. There is no other way to it."""
        return self._value

    def sealed(self) -> str:
        """Return the text to keep: sealed, in ASCII, and the same at each call."""
        if self._sealed is None:
            self._sealed = self._sealer.seal(self._field, self._value)
        return self._sealed

    def __repr__(self) -> str:
        return _SHOWN

    def __str__(self) -> str:
        self._warn()
        return _SHOWN

    def __format__(self, spec: str) -> str:
        self._warn()
        return format(_SHOWN, spec)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, SealedField):
            return NotImplemented
        mine, its = self._value, other._value
        return type(mine) is type(its) and hmac.compare_digest(_bytes(mine), _bytes(its))

    def __hash__(self) -> int:
        # Not of the value, of which it would say something.
        return hash((SealedField, self._field))

    def __copy__(self) -> SealedField:
        return self

    def __deepcopy__(self, memo: object) -> SealedField:
        return self  # as dataclasses.asdict makes copies

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise TypeError(_NOT_PICKLED)

    def __getstate__(self) -> NoReturn:
        # Python 3.11 has one for every object, and jelly sends what it returns.
        raise TypeError(_NOT_PICKLED)

    def _warn(self) -> None:
        """Warn about the line that makes a text; Python shows that once for each line."""
        msg = (
            f"the field {self._field!r} of {self._sealer.owner!r} is sealed, and its text is "
            f"{_SHOWN!r}: use reveal() for its value, or sealed() to keep it"
        )
        warnings.warn(msg, SealedFieldWarning, stacklevel=3)


def _bytes(value: str | bytes) -> bytes:
    return value.encode("utf-8", "surrogatepass") if isinstance(value, str) else value
