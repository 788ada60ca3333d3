"""The redactor: secrets go in, text goes through, and nothing of the secrets comes out."""

from __future__ import annotations

from collections.abc import Set as AbstractSet

from buildbot_keychain.secretive import secretive

from .audience import Audience, Match
from .compiler import AHEAD
from .fields import secret_bits
from .hiding import Hiding
from .inventory import Inventory
from .matching.scanner import TIERS
from .policy import RedactionPolicy
from .protection import Protection, WeakSecret
from .stream import RedactionStream

__all__ = ["Redactor"]

SHORT = 64
"""Characters of a value that has few forms, where those that are written in many ways count"""

MARK = 4
"""as so many: all but letters and digits."""


@secretive
class Redactor:
    """Hides secrets in text. All methods may be called from any thread at any time.

    In all of them, `given` is the live set of the names that were given to whoever reads the text:
    they are hidden in every form and in pieces, all others only where nobody could have guessed
    them. Where values are given apart, it is what `given_as` returns instead of names. ``None``
    stands for readers to whom everything may be given, such as an administrator.
    """

    def __init__(
        self,
        policy: RedactionPolicy | None = None,
        *,
        tier: str = TIERS[0],
        apart: bool = False,
    ) -> None:
        """Begin without secrets, under a policy, with an engine tier of this machine.

        :param apart: whether each value of a name is given to readers on its own, by `given_as`.
        """
        self._policy = policy if policy is not None else RedactionPolicy()
        self._apart = apart
        self._given_as: dict[tuple[str, str], str] = {}
        self._known: dict[tuple[str, str, bool], Hiding] = {}
        self._inventory = Inventory(self._policy, tier)
        self._everyone = Audience(self._inventory, None)

    @property
    def policy(self) -> RedactionPolicy:
        """The policy in force."""
        return self._policy

    def add(
        self,
        name: str,
        value: str,
        *,
        redact: bool = True,
        plain: bool = False,
        ahead: bool = False,
    ) -> Hiding:
        """Hide a value (str) from now on as ``<name>``, and return how well it can be hidden.

        With ``redact=False`` the value is declared public and left alone; with ``plain=True`` it is
        hidden as it stands and in no other form, which takes little for ever. The same name with
        another value is one more secret: the old value stays hidden. Raises `WeakSecret` under a
        strict policy if the value is too short or too common, `TypeError` if name or value is not
        a `str`. A long value takes time, in which other threads go on redacting without it; so does
        any one if what texts will need of it is compiled `ahead`.
        """
        key = (name, value, redact)
        known = self._known.get(key)
        if known is not None:
            return known
        _require_text(name, value)
        protection = self._policy.protection(value) if redact else Protection.PUBLIC
        if self._policy.strict and protection.is_weak:
            raise WeakSecret(name, protection)
        complete = True
        if redact:
            given, expansion = self._inventory.add(
                name, value, apart=self._apart, plain=plain, ahead=ahead
            )
            self._given_as[name, value] = given
            complete = expansion.complete
        return self._known.setdefault(key, Hiding(protection, secret_bits(value), complete))

    def given_as(self, name: str, value: str) -> str | None:
        """Return what must be in the `given` of readers to whom a value (str) was given.

        It is the name, but where values are given apart and the name had another value before. For
        a value that is not hidden, such as a public one, it is ``None``: no secret was given.
        """
        return self._given_as.get((name, value))

    def is_known(self, name: str, value: str, *, redact: bool = True) -> bool:
        """Return whether `add` has been called with this, so that it returns at once."""
        return (name, value, redact) in self._known

    def takes_long_to_add(self, name: str, value: str, *, redact: bool = True) -> bool:
        """Return whether `add` would take more than a few milliseconds."""
        return redact and not self.is_known(name, value) and _has_many_forms(value)

    def takes_long_to_add_passing(self, value: str) -> bool:
        """Return whether `add_passing` may take more than a few milliseconds."""
        return _has_many_forms(value)

    def takes_long_to_prepare(self, given: AbstractSet[str] | None) -> bool:
        """Return whether the next text for readers would wait more than a few milliseconds."""
        return self._inventory.lag(None if given is None else frozenset(given)) >= AHEAD

    def prepare(self, given: AbstractSet[str] | None) -> None:
        """Compile what the next text for readers needs, to whom all of this was given.

        It may take seconds, in which other threads go on redacting.
        """
        self.seen_by(given).snapshot()

    def add_passing(self, name: str, value: str, known: AbstractSet[str] = frozenset()) -> str:
        """Hide a value (str) for some readers as ``<name>``, until it is forgotten.

        Where it overlaps another secret, only that one is hidden, or the value would tell whoever
        chose it that it holds a right guess.

        :param known: the live set of what was given to whoever chose the value, to whom that is no
            guess.
        :return: what must be in the `given` of these readers. To all others it is no secret.
        """
        _require_text(name, value)
        return self._inventory.add(name, value, passing=True, known=known)[0]

    def forget(self, given: str) -> None:
        """Forget what `add_passing` returned."""
        with self._inventory.lock:
            self._inventory.forget(given)

    def seen_by(self, given: AbstractSet[str] | None) -> Audience:
        """Return the readers of texts, by the live set of names that were given to them."""
        return self._everyone if given is None else Audience(self._inventory, given)

    def redact(self, text: str, given: AbstractSet[str] | None = None) -> str:
        """Return a whole text (str) with every occurrence of every secret hidden."""
        return self.seen_by(given).redact(text)

    def redact_bytes(self, data: bytes, given: AbstractSet[str] | None = None) -> bytes:
        """Return data (bytes) with every occurrence of every secret hidden.

        Secrets are looked for in UTF-8; bytes that are not UTF-8 stay as they are.
        """
        return self.seen_by(given).redact_bytes(data)

    def find(self, text: str, given: AbstractSet[str] | None = None) -> list[Match]:
        """List what `redact` would hide in a text (str): places in characters, in order."""
        return self.seen_by(given).find(text)

    def stream(self, given: AbstractSet[str] | None = None) -> RedactionStream:
        """Begin an independent stream of text."""
        return self.seen_by(given).stream()

    def settle(self) -> None:
        """Wait until what texts have needed is compiled for good; until then, they take longer."""
        self._inventory.settle()

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all secrets, sorted; those declared public are left out."""
        return tuple(
            sorted({each.name for each in self._inventory.secrets if each.key is not None})
        )

    def count(self, name: str) -> int:
        """Return how many values of a name (str) are hidden."""
        return sum(each.name == name and each.key is not None for each in self._inventory.secrets)

    @property
    def in_fewer_forms(self) -> tuple[str, ...]:
        """The names, sorted, of secrets that have too many forms to be hidden in all of them."""
        return tuple(sorted(self._inventory.fewer_forms))

    @property
    def memory(self) -> int:
        """How many bytes the texts that are looked for take, in all."""
        return sum(layer.memory for layer in self._everyone.snapshot().layers)

    def __len__(self) -> int:
        """How many secrets are hidden, each value counted."""
        return sum(secret.key is not None for secret in self._inventory.secrets)

    def __repr__(self) -> str:
        """Return how many secrets there are, and nothing of them."""
        return f"<{type(self).__name__} with {len(self)} secrets>"


def _has_many_forms(value: str) -> bool:
    if len(value) > SHORT:
        return True
    marks = sum(not character.isalnum() for character in value)
    return len(value) + (MARK - 1) * marks > SHORT


def _require_text(name: str, value: str) -> None:
    if not all(isinstance(text, str) for text in (name, value)):
        raise TypeError(f"name and value of a secret must be str: {name!r}")
