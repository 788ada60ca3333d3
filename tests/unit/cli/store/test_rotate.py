"""``buildbot-keychain rotate`` and ``rekey``."""

from __future__ import annotations

import contextlib
import io
import json
import re
import sqlite3
from contextlib import closing
from unittest import mock

from buildbot_keychain.cli._parser import build_parser
from buildbot_keychain.cli._terminal import Terminal
from buildbot_keychain.cli.store import _rotate
from tests.support.store_commands import StoreCommandCase
from tests.support.store_keys import NOW

DAY = 86_400


class RotateCommandCase(StoreCommandCase):
    def setUp(self) -> None:
        super().setUp()
        self.create()
        for name in ("a", "b", "c"):
            self.set(name, f"value of {name}")

    def said(self, *words: str) -> str:
        """Return the only message of a command that succeeds and prints nothing."""
        ended = self.run_command(*words)
        self.assertEqual((ended.status, ended.out), (0, ""))
        return ended.err

    def uses(self) -> list[str]:
        return [key.use for key in self.open().rotation.known_keys()]

    def damage(self) -> None:
        with closing(sqlite3.connect(self.path)) as connection, connection:
            connection.execute(
                "UPDATE keychain_store_versions SET wrapped = zeroblob(126) WHERE uid = "
                "(SELECT uid FROM keychain_store_secrets WHERE name = 'b')"
            )

    def interrupted(self, *words: str) -> str:
        """Run a command that Ctrl-C ends when it shows its progress, and return its messages."""

        def interrupt(*_: object) -> None:
            raise KeyboardInterrupt

        with mock.patch.object(Terminal, "progress_bar", interrupt):
            err = io.StringIO()
            with contextlib.redirect_stderr(err):
                arguments = build_parser().parse(words)
                self.assertRaises(KeyboardInterrupt, arguments.run, arguments)
        return err.getvalue()


class RotateTests(RotateCommandCase):
    def test_all_at_once(self) -> None:
        self.assertIn("3 versions were sealed again", self.said("rotate"))
        self.assertEqual(self.uses(), ["retired", "primary"])
        self.assertEqual(self.value("b"), "value of b")

    def test_in_steps(self) -> None:
        self.assertIn("copy the file to every master", self.said("rotate", "--start"))
        self.assertEqual(self.uses(), ["primary", "waiting"])
        self.said("rotate", "--start")  # there is one that waits
        self.assertEqual(self.uses(), ["primary", "waiting"])
        self.assertIn("rotate --finish", self.said("rotate", "--promote"))
        self.assertEqual(self.uses(), ["older", "primary"])
        self.assertIn("3 versions were sealed again", self.said("rotate", "--finish"))
        self.assertEqual(self.uses(), ["retired", "primary"])

    def test_a_master_that_lacks_the_key_is_waited_for(self) -> None:
        self.open().rotation.announce("ci-2", NOW)
        self.said("rotate", "--start")
        self.assertFails(4, "is not in the ring of 'ci-2'", "rotate", "--promote")
        self.now += 2 * 3600
        self.assertFails(4, "is not in the ring of 'ci-2'", "rotate", "--promote", "--alive", "3h")
        self.said("rotate", "--promote")

    def test_masters_that_share_the_file_are_waited_for(self) -> None:
        self.open().rotation.announce("ci", NOW)
        pauses: list[int] = []

        def pause(seconds: int) -> None:
            pauses.append(seconds)
            if len(pauses) == 2:
                self.open().rotation.announce("ci", NOW)

        self.patch(_rotate, "pause", pause)
        self.said("rotate")
        self.assertEqual(pauses, [1, 1])
        self.assertEqual(self.uses(), ["retired", "primary"])

    def test_they_are_not_waited_for_for_ever(self) -> None:
        self.open().rotation.announce("ci", NOW)
        self.patch(_rotate, "pause", lambda _: None)
        self.assertFails(4, "is not in the ring of 'ci'", "rotate", "--wait", "3")
        self.assertEqual(self.uses(), ["primary", "waiting"])

    def test_nothing_waits(self) -> None:
        self.assertFails(4, "run buildbot-keychain rotate --start", "rotate", "--promote")

    def test_only_if_it_is_due(self) -> None:
        self.assertIn("nothing was changed", self.said("rotate", "--older-than", "90d"))
        self.now += 91 * DAY
        self.assertIn("sealed again", self.said("rotate", "--older-than", "90d"))
        self.assertIn("nothing was changed", self.said("rotate", "--older-than", "90d"))

    def test_one_that_was_interrupted_is_due(self) -> None:
        self.said("rotate", "--start")
        self.said("rotate", "--promote")
        self.assertIn("3 versions", self.said("rotate", "--older-than", "90d"))

    def test_what_makes_no_sense(self) -> None:
        for step in ("--start", "--promote", "--finish", "--status"):
            words = ("rotate", step, "--older-than", "90d")
            self.assertFails(2, "use it without a step", *words)

    def test_status(self) -> None:
        self.open().rotation.announce("ci-2", NOW)
        self.said("rotate", "--start")
        lines = self.out("rotate", "--status").splitlines()
        self.assertRegex(lines[0], r"^key     [0-9a-f]{16}  primary      0s old  seals 3$")
        self.assertIn("waiting", lines[1])
        self.assertRegex(lines[2], r"^master  ci-2  seen 0s ago  lacks [0-9a-f]{16}$")
        found = [json.loads(line) for line in self.out("rotate", "--status", "--json").splitlines()]
        self.assertEqual([one.get("use") for one in found], ["primary", "waiting", None])
        self.assertEqual(found[2]["lacks"], [found[1]["key"]])

    def test_it_goes_on_after_an_interruption(self) -> None:
        self.assertIn("go on with: buildbot-keychain rotate", self.interrupted("rotate"))
        self.assertEqual(self.uses(), ["older", "primary"])
        self.said("rotate")
        self.assertEqual(self.uses(), ["retired", "primary"])

    def test_what_does_not_open(self) -> None:
        self.damage()
        ended = self.run_command("rotate")
        self.assertEqual(ended.status, 3)
        self.assertIn("secret 'b'", ended.out)
        self.assertIn("2 versions were sealed again; 1 do not open", ended.err)

    def test_json(self) -> None:
        self.assertEqual(json.loads(self.out("rotate", "--json")), {"done": 3, "problems": []})
        words = ("--json", "--quiet")
        found = [
            json.loads(self.out("rotate", *step, *words))
            for step in (["--start"], ["--promote"], ["--finish"], ["--older-than", "90d"])
        ]
        self.assertEqual([one.get("use") for one in found], ["waiting", "primary", None, None])
        self.assertEqual(found[0]["key"], found[1]["key"])
        self.assertEqual(found[2:], [{"done": n, "problems": []} for n in (3, 0)])


class RekeyTests(RotateCommandCase):
    def test_all(self) -> None:
        self.now += 1
        err = self.said("rekey")
        self.assertIn("3 secrets were encrypted again", err)
        self.assertEqual(self.value("a"), "value of a")
        since = re.search(r"rekey --since (\S+)", err)
        assert since is not None
        self.now += 1
        self.assertIn("0 secrets", self.said("rekey", "--since", since[1]))

    def test_it_goes_on_after_an_interruption(self) -> None:
        self.now += 1
        since = re.findall(r"rekey --since (\S+)", self.interrupted("rekey"))[-1]
        self.now += 1
        self.assertIn("2 secrets", self.said("rekey", "--since", since))

    def test_some(self) -> None:
        self.assertIn("1 secrets were encrypted again", self.said("rekey", "b"))
        history = self.open().secrets.history("b")
        self.assertEqual(history[-1].operation, "rekey")
        self.assertFails(2, "leave the names out", "rekey", "b", "--since", "2026-01-01")
        self.assertFails(2, "--since must be like", "rekey", "--since", "yesterday")
        self.assertFails(4, "is not in the store", "rekey", "no")

    def test_what_does_not_open(self) -> None:
        self.now += 1
        self.damage()
        ended = self.run_command("rekey", "--quiet")
        self.assertEqual((ended.status, ended.err), (3, ""))
        self.assertIn("secret 'b'", ended.out)
