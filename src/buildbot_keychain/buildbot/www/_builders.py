"""`BuildbotBuilders`: which builders of a master may have which secrets, and which had them."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

from twisted.internet.defer import TimeoutError as DeferredTimeout
from zope.interface import implementer

from buildbot_keychain.buildbot._attached import keychain_of
from buildbot_keychain.buildbot.state import DatabaseProblemError
from buildbot_keychain.buildbot.www._matrix import BuilderFacts, Sources, matrix_of
from buildbot_keychain.buildbot.www._names import NameList, NameLists, with_canonical_names
from buildbot_keychain.buildbot.www._tags import StoreTags
from buildbot_keychain.buildbot.www._used import Used, UsedSecrets
from buildbot_keychain.deferreds import returns_deferred
from buildbot_keychain.errors import StoreUnavailable
from buildbot_keychain.uses import USES
from buildbot_keychain.web.host_builders import IBuilders, Matrix, WantedCells
from buildbot_keychain.workpool import WorkPool

_DEADLINE = 10.0
"""Seconds that a page may take."""


@implementer(IBuilders)
class BuildbotBuilders:
    """The builders of one master.

    :param master: Buildbot's ``BuildMaster``, with a keychain.
    :param names: the names of secrets, as the other pages list them.
    :param tags: what the encrypted stores say of secrets.
    :param used: which secrets builders had.
    :param thread: in which a matrix is made.
    """

    def __init__(
        self, master: Any, names: NameLists, tags: StoreTags, used: UsedSecrets, thread: WorkPool
    ) -> None:
        self._master = master
        self._names = names
        self._tags = tags
        self._used = used
        self._thread = thread

    @returns_deferred
    async def matrix(self, wanted: WantedCells) -> Matrix:
        """Return what is wanted, which is found in a thread."""
        configuration = keychain_of(self._master).providers.configuration
        providers, policies = configuration.providers, configuration.policies
        lists = await self._names.of(providers)
        names = [each.name for each in providers]
        used = await self._current() if wanted.uses else Used()
        unlisted = [name for name in names if name not in lists] if wanted.uses else []
        asked = used.names() if unlisted else []
        sources = Sources(
            [_facts(each) for each in self._master.config.builders],
            {name: self._shown(each) for name, each in lists.items()},
            with_canonical_names(providers),
            None if policies is None else policies.policy,
            await self._tags.allowed(),
            used,
        )

        def work() -> Matrix:
            sources.lists = {**sources.lists, **_asked_for(asked, unlisted)}
            return matrix_of(sources, wanted)

        try:
            found: Matrix = await self._thread.run(_DEADLINE, work)
        except DeferredTimeout:
            msg = f"the matrix of builders took more than {_DEADLINE:g} seconds"
            raise StoreUnavailable(msg) from None
        return found

    async def _current(self) -> Used:
        try:
            return await self._used.current()
        except DatabaseProblemError as problem:
            raise problem.of_table(USES) from None

    def _shown(self, names: NameList) -> NameList:
        """Return a list whose problem may be shown to administrators."""
        redact = keychain_of(self._master).redactor.redact
        return NameList(names.names, str(redact(names.problem)) if names.problem else "")


def _facts(builder: Any) -> BuilderFacts:
    project = getattr(builder, "project", None) or None
    tags, workers = tuple(builder.tags or ()), tuple(getattr(builder, "workernames", None) or ())
    return BuilderFacts(builder.name, project, tags, workers)


def _asked_for(names: Iterable[str], providers: Collection[str]) -> dict[str, NameList]:
    """Return what some providers that list nothing were asked for by their names."""
    paths: dict[str, set[str]] = {provider: set() for provider in providers}
    for name in names:
        provider, mark, path = name.partition("!")
        if mark and path and provider in paths:
            paths[provider].add(path.partition("@")[0].partition("?")[0])
    return {provider: NameList(tuple(sorted(found))) for provider, found in paths.items()}
