"""`Held`: what one service was last given, without the values."""

from __future__ import annotations

from typing import Any

from buildbot_keychain.details import Requester

_ATTRIBUTE = "keychain_held"
"""The attribute of a service that keeps what it holds, as long as the service."""


class Held:
    """The secrets that a service looked up while it was configured, and with which arguments.

    :ivar arguments: those of the last configuration that succeeded; ``None`` if none has.
    :ivar sibling: the service with those arguments that the configuration made.
    :ivar digests: by name: who asked, and the digest of the answer, ``None`` if there was none.
    :ivar problems: by name: who asked, and why there was no answer.
    """

    def __init__(self, service: Any) -> None:
        self.arguments: dict[str, Any] | None = None
        self.sibling: Any = None
        self.digests: dict[str, tuple[Requester, bytes | None]] = {}
        self.problems: dict[str, tuple[Requester, str]] = {}
        self._name = service.name
        self._open = True

    @staticmethod
    def of(service: Any) -> Held | None:
        """Return what `service` holds; ``None`` if it has not been configured."""
        return getattr(service, _ATTRIBUTE, None)

    def note(self, name: str, requester: Requester, digest: bytes | None) -> None:
        """Note a lookup, unless it is another service's, or the configuration has ended."""
        if self._open and requester.service in {None, self._name}:
            self.digests[name] = (requester, digest)

    def note_problem(self, name: str, requester: Requester, problem: str) -> None:
        """Note why a lookup has failed."""
        if self._open and requester.service in {None, self._name}:
            self.problems[name] = (requester, problem)

    def close(self, sibling: Any, arguments: dict[str, Any]) -> None:
        """Note that the configuration with the `arguments` of `sibling` has succeeded."""
        self.sibling, self.arguments = sibling, arguments
        self._open = False

    def keep(self, service: Any) -> None:
        """Make this what `service` holds."""
        setattr(service, _ATTRIBUTE, self)

    def changed_since(self, former: Held | None) -> list[str]:
        """Return the names of the secrets whose answers differ from the `former` ones."""
        return [
            name
            for name, (_, digest) in self.digests.items()
            if former is not None and name in former.digests and former.digests[name][1] != digest
        ]
