from __future__ import annotations

import json
import time
from importlib.util import find_spec
from typing import Any

from twisted.trial.unittest import SkipTest

from buildbot_keychain.audit import (
    Administration,
    AuditToDatabase,
    Decision,
    Hidden,
    Lookup,
    Rotation,
    Typed,
    Warned,
)
from buildbot_keychain.details import Requester
from tests.support.audit_records import file_sink, record
from tests.support.keychain_command import Ended, SecretFilesTestCase, run, run_here

CONFIG = """
from buildbot_keychain.plugins import secrets
c = BuildmasterConfig = {{}}
c["secretsProviders"] = [secrets.SecretManager(audit=[{sink}])]
"""

BUILD = Requester("build", builder="release", build=7)

EVENTS = [
    Lookup("deploy/key", BUILD, provider="files"),
    Decision("deploy/key\x1b[31m", Requester("build", builder="debug"), "denied", reason="no rule"),
    Lookup("other", Requester("service", service="mail"), decision="would be denied"),
    Hidden("deploy/key", "log", builder="release", number=7, count=2),
    Typed(("form!pw",), "force", "bob"),
]


class AuditTests(SecretFilesTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.path = self.directory / "audit.jsonl"
        sink = file_sink(self.path, max_size=4096)
        now = time.time()
        for number, event in enumerate(EVENTS):
            sink.write([record(event, now - 3600 * (10 - number))])
        sink.close()

    def audit(self, *arguments: Any) -> Ended:
        return run_here("audit", *map(str, arguments))

    def found(self, *arguments: Any) -> list[Any]:
        ended = self.audit("--json", "--event", "lookup", "--event", "decision", *arguments)
        self.assertEqual(ended.status, 0, ended.err)
        return [json.loads(line)["secret"] for line in ended.out.splitlines()]

    def test_events_are_selected(self) -> None:
        file = ("--file", self.path)
        self.assertEqual(len(self.found(*file)), 3)
        self.assertEqual(
            self.found(*file, "--secret", "deploy/*", "--builder", "release"), ["deploy/key"]
        )
        self.assertEqual(len(self.found(*file, "--denied")), 2)
        self.assertEqual(len(self.found(*file, "--since", "9h", "--until", "510m")), 0)
        self.assertEqual(self.found(*file, "--since", "510m"), ["other"])
        self.assertEqual(self.found(*file, "--since", "2099-01-01"), [])

    def test_a_time_without_a_zone_is_in_utc(self) -> None:
        """So are those that are printed."""
        variables = {"TZ": "America/Los_Angeles", "PYTHONSAFEPATH": "1"}
        command = ("audit", "--file", self.path, "--json")
        times = [json.loads(line)["time"] for line in self.audit(*command[1:]).out.splitlines()]
        for since in (max(times), max(times)[:19], f"{max(times)[:19]}+00:00"):
            ended = run(*command, "--since", since, environment=variables)
            found = [json.loads(line)["time"] for line in ended.out.splitlines()]
            self.assertEqual(found, [each for each in times if each[:19] == max(times)[:19]])

    def test_a_person_reads_lines_that_do_nothing_to_a_terminal(self) -> None:
        ended = self.audit("--file", self.path)
        lines = ended.out.splitlines()
        self.assertEqual(len(lines), 6)
        self.assertIn("given  deploy/key  builder release #7  from files", lines[1])
        self.assertIn("denied  deploy/key\\x1b[31m  builder debug  of m1  no rule", lines[2])
        self.assertIn("form!pw  by bob", lines[5])
        self.assertNotIn("\x1b", ended.out)

    def test_what_happens_to_secrets_is_told_in_full(self) -> None:
        path = self.directory / "more.jsonl"
        sink = file_sink(path)
        events = (
            Rotation("x", "vault", 4, 3, "build", ("mail",), "", BUILD),
            Administration("set", "me@host", "x", "store"),
            Administration("rotate", "me@host", "", "store", "there is no key"),
            Warned("too old", "secret", "x", "files", when=1.0, remedy="replace it"),
            Lookup("x", BUILD, provider="vault", version=4),
        )
        sink.write([record(event) for event in events])
        sink.close()
        _, *lines = self.audit("--file", path).out.splitlines()
        for line, expected in zip(
            lines,
            (
                "rotation  x  builder release #7  version 4 after 3  from vault  of m1  mail",
                "set  x  from store  by me@host  of m1",
                "rotate failed  from store  by me@host  of m1  there is no key",
                "secret too old  x  from files  of m1  replace it",
                "given  x  builder release #7  version 4  from vault  of m1",
            ),
            strict=True,
        ):
            self.assertTrue(line.endswith(f"  {expected}"), line)

    def test_what_is_not_as_it_was_written(self) -> None:
        ended = self.audit("verify", "--file", self.path)
        self.assertEqual((ended.status, ended.err), (0, ""))
        self.assertIn("is as it was written: 6 lines, 1 to 6", ended.out)
        self.path.write_bytes(self.path.read_bytes().replace(b'"debug"', b'"other"'))
        ended = self.audit("verify", "--file", self.path)
        self.assertEqual(ended.status, 1)
        self.assertIn("line 4: the line before it, number 3, was changed", ended.err)

    def test_what_was_verified_as_json(self) -> None:
        for changed, expected in ((b"debug", True), (b"other", False)):
            data = self.path.read_bytes().replace(b'"debug"', b'"' + changed + b'"')
            self.path.write_bytes(data)
            ended = self.audit("verify", "--json", "--file", self.path)
            (found,) = map(json.loads, ended.out.splitlines())
            self.assertEqual((ended.status, ended.err), (0 if expected else 1, ""))
            problems = found.pop("problems")
            self.assertEqual(len(problems), found.pop("problem_count"))
            facts = {"file": str(self.path), "as_written": expected}
            self.assertEqual(found, {**facts, "lines": 6, "first": 1, "last": 6})

    def test_a_database(self) -> None:
        (self.directory / "private").mkdir(0o700)
        url = f"sqlite:///{self.directory}/private/audit.sqlite"
        sink = AuditToDatabase(url)
        sink.write([record(event) for event in EVENTS])
        sink.close()
        self.assertEqual(len(self.found("--db-url", url, "--denied")), 2)

    def test_the_configuration_says_where_it_is(self) -> None:
        if find_spec("buildbot") is None:
            raise SkipTest("Buildbot is not installed")
        config = self.directory / "master.cfg"
        config.write_text(CONFIG.format(sink=f"secrets.AuditToFile({str(self.path)!r})"))
        ended = run("audit", "--denied", "--json", "--config", config)
        self.assertEqual(len(ended.out.splitlines()), 2, ended.err)
        config.write_text(CONFIG.format(sink=""))
        ended = run("audit", cwd=self.directory)
        self.assertEqual(ended.status, 4)
        self.assertIn("no AuditToFile or AuditToDatabase", ended.err)

    def test_mistakes(self) -> None:
        for arguments, status, expected in (
            (("--file", "/nowhere/x"), 4, "cannot read /nowhere/x: No such file"),
            (("verify", "--file", "/nowhere/x"), 4, "there is no file /nowhere/x"),
            (("--file", self.path, "--since", "soon"), 2, "--since must be a date"),
            (
                ("--file", self.path, "--since", "0001-01-01T00:00+14:00"),
                2,
                "--since must be a date",
            ),
            (("--file", self.path, "--since", f"{'9' * 5000}d"), 2, "--since must be a date"),
            (("verify", "--db-url", "sqlite:///x"), 2, "verify reads files"),
            (("--db-url", "x"), 4, "the URL must be like"),
        ):
            ended = self.audit(*arguments)
            self.assertEqual(ended.status, status, ended.err)
            self.assertIn(expected, ended.err)
