"""``buildbot-keychain list``."""

from __future__ import annotations

import os
import sqlite3

from buildbot_keychain.cli.store import _access, _list
from buildbot_keychain.store import paging
from tests.support.keychain_command import run_here
from tests.support.store_commands import StoreCommandCase
from tests.support.store_keys import NOW

DAY = 86_400
STRONG = "pB7mZ9qX2vL5nR8tW4yK"


class ListTests(StoreCommandCase):
    def setUp(self) -> None:
        super().setUp()
        self.create()

    def rows(self, *words: str) -> list[list[str]]:
        return [line.split() for line in self.out("list", *words).splitlines()]

    def test_a_line_for_each_secret(self) -> None:
        self.set("deploy/token", STRONG, expires=NOW + 30 * DAY, tags=["prod"])
        self.set("db", "hunter2")
        self.set("db", "hunter3")
        self.set("key", b"\0\1")
        self.open().secrets.note_use("db", NOW)
        self.now += 3 * DAY
        self.assertEqual(
            self.rows(),
            [
                ["VERSION", "AGE", "EXPIRES", "USED", "NAME"],
                ["2", "3d", "-", "3d", "db"],
                ["1", "3d", "2026-10-21", "-", "deploy/token"],
                ["1", "3d", "-", "-", "key"],
            ],
        )
        strengths = [row[-2:] for row in self.rows("--strength")]
        expected = [["STRENGTH", "NAME"], ["weak", "db"], ["strong", "deploy/token"], ["-", "key"]]
        self.assertEqual(strengths, expected)

    def test_no_value_is_opened_for_that(self) -> None:
        self.set("a", STRONG)
        with sqlite3.connect(self.path) as connection:
            connection.execute("UPDATE keychain_store_versions SET payload = zeroblob(9)")
        connection.close()
        self.assertEqual(self.rows()[1][-1], "a")
        self.assertEqual(self.run_command("list", "--strength").status, 4)

    def test_columns_are_aligned(self) -> None:
        self.set("a", STRONG, expires=NOW + DAY)
        self.set("b", "x")
        heading, *lines = self.out("list", "--strength").splitlines()
        at = heading.index("NAME")
        self.assertEqual([line[at:] for line in lines], ["a", "b"])

    def test_a_pattern(self) -> None:
        for name in ("deploy", "deploy/a", "deployment", "test/a"):
            self.set(name, "x")

        def names(*words: str) -> list[str]:
            return [row[-1] for row in self.rows(*words)[1:]]

        self.assertEqual(names("deploy"), ["deploy", "deploy/a"])
        self.assertEqual(names("deploy/"), ["deploy/a"])
        self.assertEqual(names("*/a"), ["deploy/a", "test/a"])

    def test_a_tag(self) -> None:
        self.set("a", "x", tags=["prod", "db"])
        self.set("b", "x", tags=["test"])
        self.assertEqual([row[-1] for row in self.rows("--tag", "db")], ["NAME", "a"])

    def test_deleted_ones(self) -> None:
        self.set("a", "x")
        self.set("b", "x")
        self.open().secrets.delete("a", now=NOW)
        self.assertEqual([row[-1] for row in self.rows()], ["NAME", "b"])
        self.now += 2 * DAY
        shown = [row[-2:] for row in self.rows("--deleted")]
        self.assertEqual(shown, [["DELETED", "NAME"], ["2d", "a"]])

    def test_all_pages(self) -> None:
        self.patch(paging, "PAGE", 2)
        for number in range(5):
            self.set(f"s{number}", "x")
        self.assertEqual([row[-1] for row in self.rows()[1:]], [f"s{n}" for n in range(5)])

    def test_names_alone_need_no_key(self) -> None:
        """As completion needs them."""
        self.patch(_list, "_NAMES", 2)
        for name in ("a", "b", "deploy/c", "deploy/d", "x"):
            self.set(name, "x")
        self.open().secrets.delete("b", now=NOW)
        self.key_file.unlink()
        self.patch(os, "environ", {**os.environ, _access.KEY_FILE: ""})
        self.assertEqual(self.out("list", "--names"), "a\ndeploy/c\ndeploy/d\nx\n")
        self.assertEqual(self.out("list", "--names", "deploy"), "deploy/c\ndeploy/d\n")
        self.assertFails(2, "a PATTERN alone", "list", "--names", "--tag", "x")

    def test_none(self) -> None:
        ended = self.run_command("list")
        self.assertEqual((ended.status, ended.out), (0, ""))
        self.assertEqual(ended.err, "buildbot-keychain: no secret\n")
        self.assertEqual(self.out("list", "--json"), "")
        self.assertEqual(self.out("list", "--quiet"), "")
        self.assertIn("of that kind", self.run_command("list", "x*").err)

    def test_colours_at_a_terminal(self) -> None:
        self.set("a", STRONG, expires=NOW + 1)
        self.set("b", "hunter2")
        self.now += 2
        self.assertEqual(run_here("list", at_terminal=True).out.count("\x1b["), 2)
        self.assertEqual(run_here("list", "--strength", at_terminal=True).out.count("\x1b["), 4)
        self.assertNotIn("\x1b", run_here("list").out)
        self.patch(os, "environ", {**os.environ, "NO_COLOR": "1"})
        self.assertNotIn("\x1b", run_here("list", at_terminal=True).out)
