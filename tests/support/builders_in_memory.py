"""`BuildersInMemory`: an `IBuilders` of the secrets and the policy of a test."""

from __future__ import annotations

from dataclasses import replace

from twisted.internet.defer import Deferred, succeed
from zope.interface import implementer

from buildbot_keychain.buildbot.www._matrix import BuilderFacts, Limits, Sources, matrix_of
from buildbot_keychain.buildbot.www._names import NameList
from buildbot_keychain.buildbot.www._used import Used
from buildbot_keychain.web import IBuilders
from buildbot_keychain.web.host_builders import Matrix, WantedCells
from tests.support.secrets_in_memory import SecretsInMemory


@implementer(IBuilders)
class BuildersInMemory:
    """Has builders, and the secrets of a `SecretsInMemory`."""

    def __init__(self, secrets: SecretsInMemory) -> None:
        self._secrets = secrets
        self.builders = [BuilderFacts("deploy", tags=("prod",)), BuilderFacts("tests")]
        self.used = Used()
        self.limits: Limits = {}
        self.problem = ""

    def have(self, *names: str) -> None:
        """Have builders without tags."""
        self.builders = [BuilderFacts(name) for name in names]

    def matrix(self, wanted: WantedCells) -> Deferred[Matrix]:
        names: dict[str, list[str]] = {}
        for secret in self._secrets.all:
            names.setdefault(secret.provider, []).append(secret.path)
        lists = {name: NameList(tuple(sorted(each)), self.problem) for name, each in names.items()}
        policy, limits = self._secrets.policy, self.limits
        sources = Sources(self.builders, lists, frozenset(lists), policy, limits)
        used = self.used if wanted.uses else Used()
        return succeed(matrix_of(replace(sources, used=used), wanted))
