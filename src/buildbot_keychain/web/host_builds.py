"""`IBuilds`: what the builds of a host had of its secrets. There is no value in any answer."""

from __future__ import annotations

from dataclasses import dataclass

from zope.interface import Interface

from buildbot_keychain.approvals import ApprovalRequest
from buildbot_keychain.web.host_secrets import Listed


@dataclass(frozen=True)
class BuildFacts:
    """A build of a host.

    :param address: its page, from the host's first page.
    """

    id: int
    builder: str
    number: int
    address: str


@dataclass(frozen=True)
class Decided:
    """That a build was given a secret, or not.

    :param name: as it was asked for.
    :param secrets: the secrets that may be called so, of all providers.
    :param at: when, in seconds since the epoch; ``None`` where that is not known.
    :param outcome: what was decided; empty where that is not known.
    :param reason: why, in a line.
    """

    name: str
    secrets: tuple[Listed, ...]
    at: int | None = None
    outcome: str = ""
    reason: str = ""


@dataclass(frozen=True)
class HiddenIn:
    """That a secret was hidden in something of a build.

    :param name: by which the redactor knows it.
    :param secrets: the secrets that may be called so.
    :param sink: in what: ``log``, ``property``, ...
    :param log: the log where it was first.
    :param line: the line of that log, from 1, if it is known.
    :param at: when it was first, in seconds since the epoch.
    """

    name: str
    secrets: tuple[Listed, ...]
    sink: str
    step: str | None
    log: str | None
    line: int | None
    count: int
    at: int


@dataclass(frozen=True)
class BuildRecord:
    """What a build had of secrets, in the order in which that was.

    :param given: what it was given.
    :param refused: what it has asked for and was not given.
    :param hidden: what was hidden in its logs and in what else is stored of it.
    :param approvals: what people were asked to approve for its build request.
    :param most: how many of each kind there are at most.
    """

    build: BuildFacts
    given: tuple[Decided, ...] = ()
    refused: tuple[Decided, ...] = ()
    hidden: tuple[HiddenIn, ...] = ()
    approvals: tuple[ApprovalRequest, ...] = ()
    most: int = 200


class IBuilds(Interface):
    """The builds of a host."""

    def record(build):  # type: ignore[no-untyped-def]  # noqa: ANN201 - zope's spelling
        """Return a Deferred of the `BuildRecord` of a build; ``None`` if there is no such build.

        It fails with a `buildbot_keychain.errors.StoreError` where the database cannot be read.

        :param build: its id (`int`), or its builder, by its name (`str`) or id (`int`), and its
            number there.
        """
