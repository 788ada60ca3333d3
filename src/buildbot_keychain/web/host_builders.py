"""`IBuilders`: which builders of a host may have which secrets, and which had them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from zope.interface import Interface

from buildbot_keychain.policy import Outcome, Rule
from buildbot_keychain.web.host_secrets import Listed

ALLOWED = "allowed"
"""Those that a builder may have, perhaps on conditions, or when people have approved."""

DENIED = "denied"
"""Those that no build of a builder gets."""

REFUSED = "refused"
"""Those that a builder has asked for and not been given."""

DIFFERENCES = "differences"
"""Those that a builder may have and has not had, or has had and may not have."""

ONLY = (ALLOWED, DENIED, REFUSED, DIFFERENCES)
"""What a matrix can be restricted to."""

OF_POLICY = frozenset({ALLOWED, DENIED})
"""Those of them that tell what is decided alone."""

OF_USE = frozenset({REFUSED, DIFFERENCES})
"""Those of them that tell who had what."""


@dataclass(frozen=True)
class Cell:
    """What is foreseen for builds of a builder, of code from inside, that ask for a secret.

    :param rule: a rule that decides; ``None`` where no rule allows it, or there is no policy.
    :param depends: the conditions on which it depends, by the names of the arguments of rules.
    :param denied_by_provider: whether the provider gives it to other builders alone.
    :param given: when the builder was last given it, in seconds since the epoch.
    :param refused: when the builder was last not given it.
    """

    outcome: Outcome
    rule: Rule | None = None
    depends: tuple[str, ...] = ()
    denied_by_provider: bool = False
    given: int | None = None
    refused: int | None = None

    @property
    def is_denied(self) -> bool:
        """Whether no build of the builder gets it."""
        return self.denied_by_provider or self.outcome is Outcome.DENIED

    def is_one_of(self, only: str) -> bool:
        """Return whether it is one of those that `only`, of `ONLY`, says; empty is all."""
        if only == DIFFERENCES:
            return self.is_denied is (self.given is not None)
        if only == REFUSED:
            return self.refused is not None
        return not only or self.is_denied is (only == DENIED)


@dataclass(frozen=True)
class WantedCells:
    """Which part of the matrix is wanted; a search that is empty finds everything.

    :param sees: returns whether the visitor may know of a secret; called in a thread.
    :param builder: what the names of builders must contain, in any case.
    :param tag: a tag that builders must have.
    :param secret: what the names of secrets must contain, in any case.
    :param provider: the name of the only provider.
    :param only: one of `ONLY`: at least one builder that is shown must have such a cell.
    :param uses: whether it is looked at who had what.
    :param after: the name of the secret behind which to begin.
    :param begin: the name of the builder behind which to begin.
    :param limit: how many secrets at most.
    :param columns: how many builders at most.
    """

    sees: Callable[[Listed], bool]
    builder: str = ""
    tag: str = ""
    secret: str = ""
    provider: str = ""
    only: str = ""
    uses: bool = False
    after: str = ""
    begin: str = ""
    limit: int = 25
    columns: int = 10


@dataclass(frozen=True)
class Matrix:
    """A part of the matrix of secrets and builders.

    :param rows: secrets, sorted by name, each with a cell for each builder.
    :param after: the name behind which the next secrets begin; ``None`` if these are the last.
    :param begin: the name behind which the next builders begin; ``None`` if these are the last.
    :param problems: why the secrets of a provider are missing, as a sentence, by its name.
    :param are_uses_known: whether all uses were looked at.
    :param rules: all rules of the policy that decides, in its order.
    """

    builders: tuple[str, ...] = ()
    rows: tuple[tuple[Listed, tuple[Cell, ...]], ...] = ()
    after: str | None = None
    begin: str | None = None
    problems: Mapping[str, str] = field(default_factory=dict)
    are_uses_known: bool = True
    rules: Sequence[Rule] = ()


class IBuilders(Interface):
    """The builders of a host, and what they have to do with its secrets."""

    def matrix(wanted):  # type: ignore[no-untyped-def]  # noqa: ANN201 - zope's spelling
        """Return a Deferred of the `Matrix` that is wanted.

        It fails with a `buildbot_keychain.errors.StoreError` where the database cannot be read.

        :param wanted: `WantedCells`.
        """
