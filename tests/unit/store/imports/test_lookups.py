from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial

from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.errors import AccessDenied, KeychainError, ProviderUnavailable
from buildbot_keychain.store.imports import (
    Entry,
    ImportedSecret,
    ImportProblem,
    read_lookups,
    read_password_store,
)

CANARY = "s3cr3t-canary"


Value = str | bytes | None


def items(
    names: Iterable[str], value: Callable[[str], Value]
) -> list[tuple[str, Callable[[], Value]]]:
    return [(name, partial(value, name)) for name in names]


class LookupsTests(SynchronousTestCase):
    def test_each_name_is_read_when_it_is_its_turn(self) -> None:
        read = []

        def value(name: str) -> str:
            read.append(name)
            return f"value of {name}"

        entries = read_lookups(items("ab", value), "vault")
        self.assertEqual(next(entries), ImportedSecret("a", "value of a", "vault: 'a'"))
        self.assertEqual(read, ["a"])
        self.assertEqual([type(entry) for entry in entries], [ImportedSecret])

    def test_bytes(self) -> None:
        self.assertEqual(
            [
                e.kind
                for e in read_lookups([("a", lambda: b"\xff")], "x")
                if isinstance(e, ImportedSecret)
            ],
            ["bytes"],
        )

    def test_an_error_is_the_problem_of_its_entry(self) -> None:
        def value(name: str) -> str | None:
            if name == "denied":
                raise AccessDenied("vault", name, "the policy does not allow it; allow it")
            if name == "told":
                raise ProviderUnavailable("vault", name, "no server answers: start one")
            if name == "plain":
                raise KeychainError("is locked")
            return None if name == "gone" else CANARY

        names = ("denied", "told", "plain", "gone", "good")
        denied, told, plain, gone, good = read_lookups(items(names, value), "vault")
        expected = ImportProblem("vault: 'denied'", "the policy does not allow it", "allow it")
        self.assertEqual(denied, expected)
        self.assertEqual(str(told), "vault: 'told': no server answers: start one")
        remedy = "correct it where it comes from"
        self.assertEqual(plain, ImportProblem("vault: 'plain'", "is locked", remedy))
        self.assertEqual(str(gone), "vault: 'gone': is not there any more; import it again")
        self.assertIsInstance(good, ImportedSecret)

    def test_names_that_cannot_be_listed_to_their_end(self) -> None:
        def names() -> Iterator[tuple[str, Callable[[], str]]]:
            yield "a", lambda: CANARY
            raise KeychainError("the disk fails; replace it")

        first, second = read_lookups(names(), "files")
        self.assertIsInstance(first, ImportedSecret)
        self.assertEqual(str(second), "files: the disk fails; replace it")


class PasswordStoreTests(SynchronousTestCase):
    def entries(self, text: str | bytes) -> dict[str, str | bytes]:
        found: list[Entry] = list(read_password_store([("a", lambda: text)], "pass"))
        secrets = [entry for entry in found if isinstance(entry, ImportedSecret)]
        self.assertEqual(found, secrets)
        return {entry.name: entry.value for entry in secrets}

    def test_the_first_line_is_the_password(self) -> None:
        for text in (CANARY, f"{CANARY}\n", f"{CANARY}\r\n", f"{CANARY}\n\n \n"):
            self.assertEqual(self.entries(text), {"a": CANARY})

    def test_fields(self) -> None:
        text = f"{CANARY}\nuser: alice\nfull name :  Alice A. \nurl: https://x:1/\n"
        expected = {
            "a": CANARY,
            "a/user": "alice",
            "a/full name": "Alice A.",
            "a/url": "https://x:1/",
        }
        self.assertEqual(self.entries(text), expected)

    def test_nothing_is_lost(self) -> None:
        """Where there is anything but fields, the whole entry is there too."""
        for line in (
            "a note",
            "otpauth://totp/x?secret=y",
            "user: again",
            "  indented: x",
            "x:",
            "---",
        ):
            text = f"{CANARY}\nuser: alice\n{line}\n"
            self.assertEqual(self.entries(text), {"a": CANARY, "a/user": "alice", "a/all": text})

    def test_a_key_is_whole(self) -> None:
        text = f"-----BEGIN PRIVATE KEY-----\nx: {CANARY}\n-----END PRIVATE KEY-----\n"
        self.assertEqual(self.entries(text), {"a": text})

    def test_what_is_no_text_is_left_as_it_is(self) -> None:
        self.assertEqual(self.entries(b"\xff\nx: y"), {"a": b"\xff\nx: y"})

    def test_a_long_line_takes_no_time(self) -> None:
        text = "x\n" + "a " * 100_000 + "\n" + " \t" * 100_000
        self.assertEqual(list(self.entries(text)), ["a", "a/all"])
