"""`IStores`: what the pages that change secrets ask of their host. No value comes back."""

from __future__ import annotations

from dataclasses import dataclass

from zope.interface import Attribute, Interface

from buildbot_keychain.store.journal import Entry
from buildbot_keychain.store.values import Deleted, Description


@dataclass(frozen=True)
class Stored:
    """A secret of an encrypted store, deleted or not.

    :param store: the name of its provider.
    :param current: the version that is current.
    :param versions: all that are kept, the oldest first.
    :param history: what was done to it, the oldest first.
    """

    store: str
    current: Description
    versions: tuple[Description, ...]
    history: tuple[Entry, ...]

    @property
    def name(self) -> str:
        """The name by which that provider alone is asked for it."""
        return f"{self.store}!{self.current.name}"


class IStores(Interface):
    """The encrypted stores of a host. All methods return Deferreds, and do not block.

    They fail with a `buildbot_keychain.errors.KeychainError` when something cannot be done.
    """

    names = Attribute("The names of their providers, as they are configured (`tuple`).")

    def find(store, name):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201 - zope's spelling
        """Return a `Stored`; ``None`` where there is no such secret."""

    def page(store, after, limit):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201
        r"""Return the `Description`\ s of the secrets after a name, sorted by it."""

    def deleted(store, age, after, limit):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201
        r"""Return the `Deleted`\ s after a name, sorted by it.

        :param age: for how many seconds they have been so at least.
        """

    def change(store, person, change):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201
        """Do what `person` wants, and return the `buildbot_keychain.store.changes.Done`.

        :param person: the name of whoever is logged in, or whose token was sent (`str`).
        :param change: a `buildbot_keychain.store.changes.Change`.
        """

    def waiting(store):  # type: ignore[no-untyped-def]  # noqa: ANN201
        """Return the `buildbot_keychain.store.pending.Waiting`."""

    def confirm(store, person, number):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201
        """Make a change that another person has asked for, and return the `Done`.

        :param number: its id (`str`).
        """

    def discard(store, person, number):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201
        """Forget a change that waits."""

    def keys(store):  # type: ignore[no-untyped-def]  # noqa: ANN201
        """Return the `buildbot_keychain.store.rotating.KeyStatus`."""

    def rotate(store, person, seen):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201
        """Have a new key seal, or go on with what was interrupted; what is sealed follows.

        :param seen: what the person has seen of the keys, which must be so still: a
            `buildbot_keychain.store.rotating.Seen`.
        """


__all__ = ["Deleted", "Description", "Entry", "IStores", "Stored"]
