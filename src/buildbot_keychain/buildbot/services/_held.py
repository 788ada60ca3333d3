"""`Held`: what one service was last given, without the values."""

from __future__ import annotations

from typing import Any, NamedTuple

from buildbot_keychain.details import Requester

_ATTRIBUTE = "keychain_held"
"""The attribute of a service that keeps what it holds, as long as the service."""


class Answer(NamedTuple):
    """What a service was given for one secret.

    :ivar requester: who asked.
    :ivar digest: of the value; ``None`` if no provider had it.
    :ivar source: the name of the provider that had it.
    """

    requester: Requester
    digest: bytes | None
    source: str = ""


class Problem(NamedTuple):
    """Why a secret is not there, and who asked for it."""

    requester: Requester
    text: str


class Held:
    """The secrets that a service looked up while it was configured, and with which arguments.

    :param insists: whether to ask also a provider that has not answered lately.
    :ivar arguments: those of the last configuration that succeeded; ``None`` if none has.
    :ivar sibling: the service with those arguments that the configuration made.
    :ivar answers: to its lookups, by the names of the secrets.
    :ivar problems: of lookups without an answer, by the names of the secrets.
    """

    def __init__(self, service: Any, *, insists: bool = False) -> None:
        self.insists = insists
        self.arguments: dict[str, Any] | None = None
        self.sibling: Any = None
        self.answers: dict[str, Answer] = {}
        self.problems: dict[str, Problem] = {}
        self._name = service.name
        self._open = True

    @staticmethod
    def of(service: Any) -> Held | None:
        """Return what `service` holds; ``None`` if it has not been configured."""
        return getattr(service, _ATTRIBUTE, None)

    def note(self, name: str, answer: Answer) -> None:
        """Note a lookup, unless it is another service's, or the configuration has ended."""
        if self._open and answer.requester.service in {None, self._name}:
            self.answers[name] = answer

    def note_problem(self, name: str, problem: Problem) -> None:
        """Note why a lookup has failed."""
        if self._open and problem.requester.service in {None, self._name}:
            self.problems[name] = problem

    def close(self, sibling: Any, arguments: dict[str, Any]) -> None:
        """Note that the configuration with the `arguments` of `sibling` has succeeded."""
        self.sibling, self.arguments = sibling, arguments
        self._open = False

    def keep(self, service: Any) -> None:
        """Make this what `service` holds."""
        setattr(service, _ATTRIBUTE, self)

    def changed_since(self, former: Held | None) -> list[str]:
        """Return the names of the secrets whose answers differ from the `former` ones."""
        if former is None:
            return []
        return [
            name
            for name, answer in self.answers.items()
            if name in former.answers and former.answers[name].digest != answer.digest
        ]
