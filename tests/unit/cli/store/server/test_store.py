"""Commands that have a master elsewhere do it, through the JSON of its page."""

from __future__ import annotations

import json
from pathlib import Path

from buildbot_keychain.cli.store.server import Server
from buildbot_keychain.errors import InvalidName
from buildbot_keychain.store.values import MAX_SIZE
from tests.support.keychain_command import Ended
from tests.support.page_server import PageServer
from tests.support.page_stores import VALUE
from tests.support.store_commands import PIPED, StoreCommandCase
from tests.support.store_keys import NOW


class ServerCommandCase(StoreCommandCase):
    def setUp(self) -> None:
        super().setUp()
        self.server = PageServer()
        self.addCleanup(self.server.stop)
        self.stores = self.server.host.stores
        self.token = self.server.token_file(self.base / "token")

    def there(self, *words: str | Path) -> list[str | Path]:
        return [*words, "--server", self.server.url, "--token-file", self.token]

    def run_there(self, *words: str | Path, text: bytes = b"") -> Ended:
        ended = self.run_command(*self.there(*words), text=text)
        self.assertNotIn(VALUE[:6], ended.out + ended.err)
        return ended

    def done(self, *words: str | Path, text: bytes = b"") -> str:
        ended = self.run_there(*words, text=text)
        self.assertEqual(ended.status, 0, ended.err)
        return ended.out or ended.err

    def refused(self, status: int, said: str, *words: str | Path, text: bytes = b"") -> str:
        return self.assertFails(status, said, *self.there(*words), text=text)


class LifeTests(ServerCommandCase):
    def test_the_life_of_a_secret(self) -> None:
        self.assertIn(
            "version 1 is set", self.done("set", "a", "--create", "--tag", "t", text=PIPED.encode())
        )
        self.assertEqual(self.stores.value("a"), PIPED.encode())
        self.assertIn("version 2 is set", self.done("generate", "a", "--replace", "--length", "30"))
        self.assertEqual(len(self.stores.value("a")), 30)
        self.assertIn(
            "is edited", self.done("annotate", "a", "--description", "d", "--allowed", "r-*")
        )
        self.assertIn("n, t", self.done("tag", "a", "n"))
        self.assertIn("version 1 is the current one", self.done("rollback", "a", "1"))
        self.assertEqual(self.stores.value("a"), PIPED.encode())
        self.assertIn("a is now b", self.done("rename", "a", "b"))
        self.assertIn("undo brings it back", self.done("rm", "b", "--yes"))
        self.assertIn("it is back", self.done("undo", "b"))
        known = json.loads(self.done("describe", "b", "--json"))
        self.assertEqual(
            (known["versions"], known["tags"], known["allowed"]), ([1, 2], ["t"], ["r-*"])
        )
        history = self.done("history", "b").splitlines()
        self.assertEqual(len(history), 8)
        self.assertIn("ada: create a", history[0])
        self.done("rm", "b", "--purge", "--yes")
        self.assertIsNone(self.stores.opened.secrets.describe("b"))
        paths = {path.partition("?")[2] for method, path in self.server.asked if method != "GET"}
        self.assertEqual(paths, {""})

    def test_lists(self) -> None:
        self.assertIn("deploy/token", self.done("list"))
        (line,) = self.done("list", "--deleted", "--json").splitlines()
        self.assertEqual(json.loads(line)["name"], "gone")
        self.assertIn("deploy/token", self.done("list", "--provider", "store", "--tag", "prod"))

    def test_files(self) -> None:
        path = self.base / "large"
        contents = {
            "bytes": bytes(range(256)) * (MAX_SIZE // 256),
            "text": b'"\n' * (MAX_SIZE // 2),
        }
        for name, content in contents.items():
            path.write_bytes(content)
            self.done("set", name, "--file", path, *(["--bytes"] if name == "bytes" else []))
            self.assertTrue(self.stores.value(name) == content)

    def test_keys_show_their_public_half(self) -> None:
        out = self.done("generate", "key", "--kind", "ssh")
        self.assertRegex(out, r"\Assh-ed25519 \S+ key\n\Z")


class RefusalTests(ServerCommandCase):
    def test_what_two_people_must_change(self) -> None:
        ended = self.run_there("set", "both", "--replace", text=PIPED.encode())
        self.assertEqual((ended.status, ended.out), (4, ""))
        self.assertIn("nothing is changed until another administrator confirms it", ended.err)
        self.assertEqual(self.stores.value("both"), VALUE.encode())
        self.refused(4, "two people change this secret", "rm", "both", "--yes")

    def test_values_do_not_come_out(self) -> None:
        for words in (["get", "deploy/token"], ["edit", "a"], ["rotate"], ["verify"]):
            ended = self.run_there(*words)
            self.assertEqual((ended.status, ended.out), (2, ""))
            self.assertIn("there is no option --server", ended.err)
        self.refused(2, "--strength opens values", "list", "--strength")
        self.refused(2, "--names goes with", "list", "--names")
        self.assertNotIn("strong", self.done("describe", "deploy/token"))

    def test_somebody_else_was_first(self) -> None:
        ended = self.run_there("set", "deploy/token", "--expect", "7", text=b"x")
        self.assertEqual(ended.status, 4)
        self.assertIn("its version is 2, not 7", ended.err)
        self.refused(4, "is not in the store", "describe", "none")
        self.refused(4, "it was deleted", "tag", "gone", "t")
        self.refused(4, "exists already", "rename", "deploy/token", "gone")
        self.refused(4, "has no version 9; it has 1, 2", "rollback", "deploy/token", "9")
        self.refused(4, "no version 9", "describe", "deploy/token@9")

    def test_who_may_not(self) -> None:
        for person, scopes in (
            ("vera", {"secrets:read", "secrets:write"}),
            ("ada", {"secrets:read"}),
        ):
            self.token = self.server.token_file(self.base / "other", person, scopes)
            ended = self.run_there("rm", "deploy/token", "--yes")
            self.assertEqual(ended.status, 4)
            self.assertIn("you may not do that", ended.err)
        self.server.host.tokens.clear()
        self.refused(4, "send a token that is valid", "list")
        self.assertEqual(self.stores.value(), VALUE.encode())

    def test_wrong_lines(self) -> None:
        for more, said in (
            (["--store", "sqlite:///x"], "leave --store, --socket and so on out"),
            (["--socket", "x"], "leave --store, --socket and so on out"),
            (["--config", "."], "leave --store, --socket and so on out"),
        ):
            self.refused(2, said, "list", *more)
        self.refused(2, "are up to the server", "set", "a", "--keep", "3")
        self.assertFails(2, "go together", "list", "--server", self.server.url)
        self.assertFails(2, "go together", "list", "--token-file", self.token)

    def test_what_is_no_server_of_ours(self) -> None:
        for status, content in (
            (200, b"<html>"),
            (404, b"[]"),
            (302, b""),
            (200, b'{"secrets": [{"name": "a"}]}'),
        ):
            other = PageServer(answer=lambda _method, _path: (status, content))  # noqa: B023 - it is asked here
            self.addCleanup(other.stop)
            ended = self.run_command("list", "--server", other.url, "--token-file", self.token)
            self.assertEqual((ended.status, ended.out), (4, ""))
            self.assertRegex(ended.err, "has no page of secrets|another version of")

    def test_answers_of_another_version(self) -> None:
        found = {"store": "s", "versions": [], "history": [{"seq": 1, "other": 2}]}
        for words, answer in (
            (["history", "a"], found),
            (["history", "a"], {**found, "history": [1]}),
            (["history", "a"], {"versions": []}),
            (["history", "a"], {**found, "versions": 1}),
            (["list"], {}),
            (["list"], {"secrets": 1}),
            (["set", "a", "--create"], {**found, "version": None}),
            (["set", "a", "--create"], {**found, "version": "x"}),
        ):
            content = json.dumps(answer).encode()
            other = PageServer(answer=lambda _method, _path: (200, content))  # noqa: B023 - it is asked here
            self.addCleanup(other.stop)
            where: list[str | Path] = ["--server", other.url, "--token-file", self.token]
            ended = self.run_command(*words, *where, text=PIPED.encode())
            self.assertEqual((ended.status, ended.out), (4, ""), answer)
            self.assertIn("another version of", ended.err)

    def test_names_that_are_no_text(self) -> None:
        """As a command line has them that is not UTF-8."""
        for words in (["set", "a\udcff", "--create"], ["set", "a", "--create", "--tag", "\udcff"]):
            ended = self.run_there(*words, text=PIPED.encode())
            self.assertEqual(ended.status, 4, ended.err)
            self.assertRegex(ended.err, "not valid Unicode|must be printable")
            self.assertNotIn(PIPED[:6], ended.err)
        server = Server(self.server.url, "t")
        for sent in ({"query": {"name": "\udcff"}}, {"sent": {"name": "\udcff", "value": PIPED}}):
            error = self.assertRaises(InvalidName, server.ask, "PUT", "secret", **sent)
            while error is not None:
                self.assertNotIn(PIPED, f"{error!r} {vars(error)} {getattr(error, 'object', '')}")
                error = error.__context__

    def test_the_time_of_a_version(self) -> None:
        known = json.loads(self.done("describe", "deploy/token", "--json"))
        self.assertEqual((known["created"], self.now), ("2026-09-21T14:13:20Z", NOW))
