"""``explain --build``: what is recorded of a build, and the policy of a ``master.cfg``."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from dataclasses import replace
from importlib.util import find_spec

from twisted.trial.unittest import SkipTest

from buildbot_keychain.details import Requester, SourceStamp
from buildbot_keychain.policy import Policy, Question, parse_rules, summaries
from buildbot_keychain.uses import DENIED, GIVEN, Use
from tests.support.keychain_command import Ended, SecretFilesTestCase, run, run_here
from tests.support.recorded_uses import write

CONFIG = """
from buildbot_keychain.plugins import secrets
c = BuildmasterConfig = {}
c["secretsProviders"] = [
    secrets.SecretManager(
        providers=[secrets.SecretInAFile("secrets", name="files")], policy_file="policy.toml"
    )
]
"""

RULES = """
[[allow]]
secrets = ["deploy/*"]
builders = ["release-*"]
repositories = ["https://git.example.org/app"]
branches = ["main"]
"""

STAMP = SourceStamp(repository="https://git.example.org/app", branch="wip")
BUILD = Requester(
    "build",
    builder="release-1",
    worker="w",
    scheduler="push",
    owner="alice",
    source_stamps=(STAMP,),
    outside=False,
)


class ExplainBuildTests(SecretFilesTestCase):
    def setUp(self) -> None:
        if find_spec("buildbot") is None:
            raise SkipTest("Buildbot is not installed")
        super().setUp()
        (self.directory / "secrets").mkdir(mode=0o700)
        (self.directory / "master.cfg").write_text(CONFIG)
        self.policy = self.directory / "policy.toml"
        self.policy.write_text(RULES)
        self.policy.chmod(0o600)
        policy = Policy(parse_rules(RULES, str(self.policy)))
        question = Question("files", "deploy/key", BUILD)
        reason = summaries(policy, [(question, policy.decide(*question[:3]))])
        typed = replace(BUILD, source_stamps=(replace(STAMP, revision_chosen=True),))
        denied, given = Use("deploy/key", BUILD, DENIED, reason), Use("ci", typed, GIVEN)
        builds = [(17, "release-1", 3, denied), (18, "release-1", 4, given)]
        write(self.directory / "state.sqlite", [(denied, 1), (given, 1)], builds)

    def explain(self, *arguments: str) -> Ended:
        return run("explain", *arguments, "--config", self.directory / "master.cfg")

    def test_a_build_that_was_denied_something(self) -> None:
        ended = self.explain("--build", "release-1/3")
        self.assertEqual((ended.status, ended.err), (1, ""))
        lines = ended.out.splitlines()
        self.assertEqual(
            lines[0],
            "the build release-1/3 of the builder 'release-1', worker 'w', scheduler 'push', "
            "owner 'alice', from inside, [repository 'https://git.example.org/app', branch 'wip']:",
        )
        self.assertEqual(lines[1], "  'deploy/key': denied")
        self.assertIn(f"({self.policy}:2): branches: the branch is 'wip', and must be", lines[2])
        self.assertEqual(lines[3], "    the policy decides so now, too:")
        self.assertIn("          branches: the branch is 'wip', and must be 'main'", lines)
        self.policy.write_text(RULES.replace('"main"', '"main", "wip"'))
        changed = self.explain("deploy/key", "--build", "17")
        self.assertEqual(changed.status, 1)
        self.assertIn("    the policy has changed since; now:", changed.out.splitlines())
        self.assertIn("      files!deploy/key: allowed", changed.out.splitlines())

    def test_a_build_of_before_there_was_a_policy(self) -> None:
        ended = self.explain("--build", "18")
        self.assertEqual(ended.status, 0)
        self.assertIn("  'ci': given, without a policy", ended.out.splitlines())
        self.assertIn(
            "branch 'wip', as said: no change from inside has brought the revision there]",
            ended.out,
        )
        self.assertIn("      files!ci: denied", ended.out.splitlines())

    def test_what_people_were_asked_to_approve(self) -> None:
        content = {
            "provider": "files",
            "path": "deploy/key",
            "demands": [{"by": ["managers"], "of": 2}],
        }
        vote = {"person": "rita", "approves": True, "at": 0, "reason": "fine"}
        with closing(sqlite3.connect(self.directory / "state.sqlite")) as database, database:
            database.executescript(
                """
                ALTER TABLE builds ADD COLUMN buildrequestid INTEGER;
                UPDATE builds SET buildrequestid = 7 WHERE id = 17;
                CREATE TABLE keychain_approvals
                    (id TEXT, buildrequestid INTEGER, state TEXT, content TEXT);
                CREATE TABLE keychain_votes (approval_id TEXT, number INTEGER, content TEXT);
                INSERT INTO keychain_approvals VALUES ('j', 7, 'released', '[]');
                """
            )
            row = ("i", 7, "waiting", json.dumps(content))
            database.execute("INSERT INTO keychain_approvals VALUES (?, ?, ?, ?)", row)
            row_of_vote = ("i", 0, json.dumps(vote))
            database.execute("INSERT INTO keychain_votes VALUES (?, ?, ?)", row_of_vote)
        lines = self.explain("--build", "17").out.splitlines()
        self.assertEqual(
            lines[-3:],
            [
                "approval:",
                "  files!deploy/key: waiting (asked: 2 people of managers)",
                "    approved by 'rita', 1970-01-01T00:00:00+00:00: 'fine'",
            ],
        )
        self.assertNotIn("approval:", self.explain("--build", "18").out)

    def test_what_is_not_recorded(self) -> None:
        for build in ("release-1/5", "release-1"):
            self.assertMessage(self.explain("--build", build), 4, "there is no such build")
        self.assertMessage(self.explain("x", "--build", "17"), 4, "asked for that secret")

    def test_a_wrong_command_line(self) -> None:
        self.assertMessage(run_here("explain"), 2, "name a SECRET, or a build with --build")
        ended = run_here("explain", "--build", "1", "--builder", "b")
        self.assertMessage(ended, 2, "--build is all")
