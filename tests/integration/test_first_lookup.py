"""What the first lookups of a build cost: counted, not timed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from buildbot.process.buildstep import BuildStep
from buildbot.process.results import SUCCESS
from twisted.internet.defer import (
    Deferred,
    gatherResults,
    inlineCallbacks,
    maybeDeferred,
    succeed,
)

from buildbot_keychain.buildbot import MasterKeychain
from buildbot_keychain.plugins import secrets, util
from tests.support.real_master import BUILDER_NAME, RealMasterTestCase

VALUES = {f"secret-{number}": f"value-{number}-8fK2vQ" for number in range(5)}


class Renders(BuildStep):
    """Has something noted by a test in the middle of a build."""

    def __init__(self, note: Callable[[Any], Any], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.note = note

    @inlineCallbacks
    def run(self) -> Any:
        yield self.note(self.build)
        return SUCCESS


class FirstLookupTests(RealMasterTestCase):
    protocol = "null"

    def setUp(self) -> None:
        super().setUp()
        self.rendered: list[list[str]] = []
        self.uses: list[int] = []
        """How often the database was used until all was rendered and recorded."""
        self.used = 0
        self.is_down_meanwhile = False
        """Whether the database answers nothing until all is rendered."""
        self.up = succeed(None)

    def configured(self) -> dict[str, Any]:
        manager = secrets.SecretManager(
            providers=[
                secrets.SecretInAFile(name="files", dirname=str(self.secrets_directory(VALUES)))
            ],
            policy=[secrets.Allow("secret-*", builders=[BUILDER_NAME], schedulers=["*"])],
            audit=[secrets.AuditToFile(self.directory() / "audit.jsonl")],
        )
        factory = util.BuildFactory([Renders(self.note)])
        return self.configuration(factory, secretsProviders=[manager])

    @inlineCallbacks
    def note(self, build: Any) -> Any:
        keychain = MasterKeychain.of(build.master)
        before = self.used
        if self.is_down_meanwhile:
            self.up = Deferred()
        waiting = [build.render(util.Secret(name)) for name in VALUES]
        waiting += [build.render(util.Interpolate(f"<%(secret:{name})s>")) for name in VALUES]
        self.rendered.append((yield gatherResults(waiting)))
        if self.is_down_meanwhile:
            self.up.callback(None)
        yield keychain.updates._before_the_end()
        self.uses.append(self.used - before)

    def count(self, pool: Any) -> None:
        do = pool.do

        def counting(*args: Any, **kwargs: Any) -> Any:
            self.used += 1
            answer: Deferred[Any] = Deferred()
            self.up.addCallback(lambda _: maybeDeferred(do, *args, **kwargs).chainDeferred(answer))
            return answer

        self.patch(pool, "do", counting)

    async def test_no_wait_for_the_database_and_one_transaction(self) -> None:
        """Once the files have been read: by the first build."""
        running = await self.start_master(self.configured())
        self.count(running.master.db.pool)
        for _ in range(2):
            build = await running.build(scheduler="nightly")
            self.assertEqual(build.result, "success", build.outline())
            self.is_down_meanwhile = True
        self.assertEqual(self.uses[1], 1)
        values = list(VALUES.values())
        self.assertEqual(self.rendered[1], [*values, *(f"<{value}>" for value in values)])
        rows = await running.master.db.pool.do(_rows)
        self.assertEqual(rows, [5, 5])

    async def test_another_master_has_added_the_request(self) -> None:
        """Or the master was started again: the database is asked, twice, for all at once."""
        running = await self.start_master(self.configured())
        self.count(running.master.db.pool)
        keychain = MasterKeychain.of(running.master)
        for _ in range(2):
            self.patch(keychain._requests, "added_here", lambda _: None)
            await running.build(scheduler="nightly")
        self.assertEqual(self.rendered[1], self.rendered[0])
        self.assertEqual(self.uses[1], 2 + 1)


def _rows(connection: Any) -> list[int]:
    """Return how many names each build was given."""
    query = "SELECT count(*) FROM keychain_given GROUP BY buildid ORDER BY buildid"
    return [count for (count,) in connection.exec_driver_sql(query)]
