"""`BuildsInMemory`: an `IBuilds` that shows what a test gives it."""

from __future__ import annotations

from twisted.internet.defer import Deferred, succeed
from zope.interface import implementer

from buildbot_keychain.web import IBuilds
from buildbot_keychain.web.host_builds import BuildFacts, BuildRecord

DEPLOY = BuildFacts(1, "deploy", 33, "#/builders/2/builds/33")


@implementer(IBuilds)
class BuildsInMemory:
    """Has one build, of the builder whose id is 2."""

    def __init__(self) -> None:
        self.records = [BuildRecord(DEPLOY)]

    def record(self, build: int | tuple[str | int, int]) -> Deferred[BuildRecord | None]:
        if isinstance(build, tuple) and "\0" in str(build[0]):
            raise ValueError("psycopg2 sends no NUL")
        for each in self.records:
            facts = each.build
            if build in (facts.id, (facts.builder, facts.number), (2, facts.number)):
                return succeed(each)
        return succeed(None)
