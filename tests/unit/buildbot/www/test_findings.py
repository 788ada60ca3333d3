from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from twisted.internet.defer import Deferred
from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.attention import EXPIRES, SECRET, TOKEN, Attention
from buildbot_keychain.buildbot.state import PrintRow, PrintsTable, UseRow, UsesTable
from buildbot_keychain.buildbot.www._findings import MOST, findings_of, gaps_of
from buildbot_keychain.details import Requester
from buildbot_keychain.policy import Policy
from buildbot_keychain.uses import DENIED, Use
from buildbot_keychain.web.host_secrets import Finding, Listed
from tests.support.database_pool import DatabasePool


def hidden(name: str, log: str | None = "stdio", build: int = 1) -> PrintRow:
    return PrintRow(build, name, "log", "shell", log, 4, 100, 2)


class FindingsTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.pool = pool = DatabasePool()
        self.addCleanup(pool.engine.dispose)
        self.configuration = SimpleNamespace(
            policies=SimpleNamespace(policy=Policy([]), problem=""), reports_only=False
        )
        self.keychain: Any = SimpleNamespace(
            master=SimpleNamespace(db=SimpleNamespace(pool=pool)),
            attention=(),
            weak_secrets={},
            waiting_services=(),
            providers=SimpleNamespace(configuration=self.configuration),
        )

    def findings(self) -> list[Finding]:
        found: list[Finding] = self.successResultOf(
            Deferred.fromCoroutine(findings_of(self.keychain))
        )
        return [*found, *gaps_of(self.keychain)]

    def have_printed(self, *rows: PrintRow) -> None:
        """Have three builds of one builder, and what they have printed."""
        self.pool.add_builders("deploy")
        self.pool.execute("ALTER TABLE builds ADD COLUMN buildrequestid INTEGER")
        for number in (1, 2, 3):
            self.pool.execute(f"INSERT INTO builds VALUES ({number}, 1{number}, 1, {number})")
        table = PrintsTable(self.keychain.master)
        self.successResultOf(Deferred.fromCoroutine(table.write(rows)))

    def test_nothing(self) -> None:
        self.assertEqual(self.findings(), [])

    def test_what_ends(self) -> None:
        self.keychain.attention = (
            Attention(SECRET, EXPIRES, "store", "team/app", 1_700_000_000, "set another"),
            Attention(TOKEN, EXPIRES, "vault", "the token", 1_700_000_000, "log in"),
        )
        secret, token = self.findings()
        self.assertEqual((secret.secret, secret.for_viewers), (Listed("store", "team/app"), True))
        self.assertEqual(
            secret.text, "store, secret team/app: expires, 2023-11-14 22:13Z; set another."
        )
        self.assertEqual((token.secret, token.for_viewers), (None, False))
        self.assertEqual(token.text, "vault, token: expires, 2023-11-14 22:13Z; log in.")

    def test_what_is_weak_was_printed_or_waits(self) -> None:
        self.keychain.weak_secrets = {"files!pin|x": "too short", "bare": "a word"}
        self.have_printed(hidden("vault!app"), hidden("x", None))
        self.keychain.waiting_services = ("reporter waits",)
        found = self.findings()
        topics = ["Weak", "Weak", "Printed in logs", "Waiting"]
        self.assertEqual([each.topic for each in found], topics)
        secrets = [Listed("files", "pin"), None, Listed("vault", "app"), None]
        self.assertEqual([each.secret for each in found], secrets)
        self.assertFalse(any(each.for_viewers for each in found))
        self.assertIn("2 times: build 11 of 'deploy', step 'shell', log 'stdio'", found[2].text)

    def test_what_was_printed_is_known_by_the_last_build_that_did(self) -> None:
        self.have_printed(*(hidden("a", build=build) for build in (1, 3, 2, 99)), hidden("b"))
        texts = [each.text for each in self.findings()]
        self.assertEqual([text[:2] for text in texts], ["a ", "b "])
        self.assertIn("build 13 of 'deploy'", texts[0])

    def test_what_was_denied(self) -> None:
        use = Use("app", Requester("build", builder="deploy"), DENIED, "why")
        table = UsesTable(self.keychain.master)
        row = UseRow(None, use.stored(), 0, 1_700_000_000, 3)
        self.successResultOf(Deferred.fromCoroutine(table.write([row])))
        (found,) = self.findings()
        self.assertEqual(
            found.text,
            "app was denied to the builder 'deploy', 3 times, last at 2023-11-14 22:13Z.",
        )

    def test_the_policy(self) -> None:
        self.configuration.policies.problem = "line 3"
        self.assertIn("line 3", self.findings()[0].text)
        self.configuration.policies.problem = ""
        self.configuration.reports_only = True
        self.assertIn("only reports", self.findings()[0].text)
        self.configuration.policies = None
        self.assertIn("There is no policy", self.findings()[0].text)

    def test_what_is_unused(self) -> None:
        unused = [Listed("files", str(number)) for number in range(MOST + 2)]
        found = self.successResultOf(Deferred.fromCoroutine(findings_of(self.keychain, unused)))
        self.assertEqual(len(found), MOST + 1)
        self.assertEqual((found[0].secret, found[0].for_viewers), (unused[0], False))
        self.assertEqual(found[-1].text, "And 2 more.")

    def test_few_of_each(self) -> None:
        item = Attention(SECRET, EXPIRES, "store", "app", 0, "set another")
        self.keychain.attention = (item,) * 100
        self.keychain.weak_secrets = {str(number): "weak" for number in range(100)}
        self.have_printed(*(hidden(str(number)) for number in range(100)))
        self.keychain.waiting_services = ("x",) * 100
        self.assertEqual(len(self.findings()), 4 * MOST)
