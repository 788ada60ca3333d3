from __future__ import annotations

import os
from pathlib import Path

import pyrage

from buildbot_keychain.errors import ConfigurationError, KeyRingError
from buildbot_keychain.store import unlocking
from buildbot_keychain.store.ring import KeyRing
from buildbot_keychain.store.unlocking import (
    AgeIdentityFrom,
    PassphraseFrom,
    Unlock,
    require_unlock,
    unwrappers_of,
)
from buildbot_keychain.store.wraps import AgeRecipient, Passphrase
from tests.support.store_keys import CHEAP, StoreFilesTestCase

PASSPHRASE = "correct horse"


class _UnlockingTestCase(StoreFilesTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.patch(unlocking, "_DESCRIPTORS", unlocking._Descriptors())
        self.wrapped = self.ring.wrapped_for([Passphrase(PASSPHRASE, cost=CHEAP)])

    def write(self, content: bytes | str, name: str = "file", mode: int = 0o600) -> Path:
        path = self.directory / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        path.chmod(mode)
        return path

    def pipe(self, content: bytes) -> int:
        reader, writer = os.pipe()
        os.write(writer, content)
        os.close(writer)
        return reader

    def assert_opens(self, unlock: Unlock, ring: KeyRing | None = None) -> None:
        wrapped = ring or self.wrapped
        opened = KeyRing.from_bytes(wrapped.to_bytes(), unwrappers_of([unlock]))
        self.assertEqual(opened, wrapped)

    def problem(self, unlock: Unlock) -> str:
        message = str(self.assertRaises(KeyRingError, unlock.unwrappers))
        self.assertNotIn(PASSPHRASE, message)
        return message


class PassphraseFromTests(_UnlockingTestCase):
    def test_a_file_opens_the_ring(self) -> None:
        for end in ("", "\n", "\r\n"):
            self.assert_opens(PassphraseFrom(file=self.write(PASSPHRASE + end)))

    def test_blanks_count(self) -> None:
        for text in (PASSPHRASE + "\n\n", f" {PASSPHRASE}"):
            unwrappers = PassphraseFrom(file=self.write(text)).unwrappers()
            content = self.wrapped.to_bytes()
            self.assertRaises(KeyRingError, KeyRing.from_bytes, content, unwrappers)

    def test_a_file_that_others_can_read_is_refused(self) -> None:
        unlock = PassphraseFrom(file=self.write(PASSPHRASE, mode=0o640))
        self.assertIn("chmod 600", self.problem(unlock))
        unlock = PassphraseFrom(file=self.write(PASSPHRASE, "other"))
        self.directory.chmod(0o750)
        self.assertIn("chmod 700", self.problem(unlock))

    def test_a_link_is_refused(self) -> None:
        self.write(PASSPHRASE)
        (self.directory / "link").symlink_to("file")
        self.assertIn("is a link", self.problem(PassphraseFrom(file=self.directory / "link")))

    def test_what_is_no_passphrase(self) -> None:
        path = self.directory / "file"
        self.assertEqual(
            self.problem(PassphraseFrom(file=path)),
            f"PassphraseFrom: {path} does not exist; create it, or correct file",
        )
        for content, expected in (
            (b"", "is empty"),
            (b"\n", "is empty"),
            (b"\xff" + PASSPHRASE.encode(), "is not UTF-8 text"),
            (b"a" * 65537, "is longer than"),
        ):
            unlock = PassphraseFrom(file=self.write(content))
            self.assertIn(expected, self.problem(unlock))

    def test_a_descriptor_is_read_once_and_closed(self) -> None:
        descriptor = self.pipe(PASSPHRASE.encode() + b"\n")
        self.assert_opens(PassphraseFrom(descriptor=descriptor))
        self.assertRaises(OSError, os.fstat, descriptor)
        other = self.pipe(b"something else")  # usually of that number
        self.addCleanup(os.close, other)
        self.assert_opens(PassphraseFrom(descriptor=descriptor))

    def test_a_descriptor_that_is_not_open(self) -> None:
        descriptor = self.pipe(b"")
        os.close(descriptor)
        message = self.problem(PassphraseFrom(descriptor=descriptor))
        self.assertIn(f"cannot read the descriptor {descriptor}: Bad file descriptor", message)

    def test_a_credential_of_systemd(self) -> None:
        self.patch(os, "environ", {"CREDENTIALS_DIRECTORY": str(self.directory)})
        self.write(PASSPHRASE, "ring", mode=0o440)
        self.directory.chmod(0o550)
        self.addCleanup(self.directory.chmod, 0o700)
        self.assert_opens(PassphraseFrom(credential="ring"))

    def test_a_credential_that_is_not_passed(self) -> None:
        self.patch(os, "environ", {})
        self.assertIn("LoadCredential=ring:FILE", self.problem(PassphraseFrom(credential="ring")))
        self.patch(os, "environ", {"CREDENTIALS_DIRECTORY": str(self.directory)})
        self.assertIn("LoadCredential=ring:FILE", self.problem(PassphraseFrom(credential="ring")))
        (self.directory / "ring").symlink_to("file")
        self.assertIn("cannot read", self.problem(PassphraseFrom(credential="ring")))
        (self.directory / "folder").mkdir(mode=0o700)
        self.assertIn("cannot read", self.problem(PassphraseFrom(credential="folder")))

    def test_a_credential_that_others_can_read_is_not_systemds(self) -> None:
        self.patch(os, "environ", {"CREDENTIALS_DIRECTORY": str(self.directory)})
        self.write(PASSPHRASE, "ring", mode=0o444)
        self.assertIn("open to other users", self.problem(PassphraseFrom(credential="ring")))
        self.write(PASSPHRASE, "ring", mode=0o400)
        self.directory.chmod(0o770)
        self.assertIn("open to other users", self.problem(PassphraseFrom(credential="ring")))

    def test_wrong_arguments(self) -> None:
        for arguments, expected in (
            ({}, "give one of file, credential and descriptor"),
            ({"file": "a", "descriptor": 3}, "give one of file, credential and descriptor"),
            ({"file": ""}, "file must be the path"),
            ({"file": b"a"}, "file must be the path"),
            ({"file": "a\0"}, "file must be the path"),
            ({"credential": "a/b"}, "credential must be the name"),
            ({"credential": ".."}, "credential must be the name"),
            ({"descriptor": 0}, "descriptor must be an int, 3 or more"),
            ({"descriptor": True}, "descriptor must be an int, 3 or more"),
            ({"descriptor": "3"}, "descriptor must be an int, 3 or more"),
        ):
            error = self.assertRaises(ConfigurationError, PassphraseFrom, **arguments)
            self.assertIn(expected, str(error))

    def test_it_shows_places_and_compares_by_them(self) -> None:
        path = self.write(PASSPHRASE)
        unlock = PassphraseFrom(file=path)
        unlock.unwrappers()
        self.assertIn(str(path), repr(unlock))
        self.assertNotIn(PASSPHRASE, repr(vars(unlock)))
        self.assertEqual(unlock, PassphraseFrom(file=path))
        self.assertNotEqual(unlock, PassphraseFrom(file=path.parent))


class AgeIdentityFromTests(_UnlockingTestCase):
    def test_any_identity_in_the_file_opens_the_ring(self) -> None:
        identity, other = pyrage.x25519.Identity.generate(), pyrage.x25519.Identity.generate()
        ring = self.ring.wrapped_for([AgeRecipient(str(identity.to_public()))])
        text = f"# created: today\n\n{other}\n{identity}\n"
        self.assert_opens(AgeIdentityFrom(file=self.write(text)), ring)

    def test_what_is_no_identity(self) -> None:
        path = self.write("# nothing\n")
        self.assertIn("age-keygen", self.problem(AgeIdentityFrom(file=path)))
        for text in (PASSPHRASE, f"-----BEGIN {PASSPHRASE}"):
            path = self.write(text)
            message = self.problem(AgeIdentityFrom(file=path))
            self.assertIn(f"{path} cannot be used: the age identity must be", message)
        path = self.write(PASSPHRASE, mode=0o604)
        self.assertIn("chmod 600", self.problem(AgeIdentityFrom(file=path)))

    def test_wrong_arguments(self) -> None:
        error = self.assertRaises(ConfigurationError, AgeIdentityFrom, file=None)
        self.assertIn("AgeIdentityFrom: file must be the path", str(error))


class RequireUnlockTests(_UnlockingTestCase):
    def test_a_list_of_declarations(self) -> None:
        unlock = PassphraseFrom(file="a")
        self.assertEqual(require_unlock([unlock]), (unlock,))
        self.assertEqual(require_unlock(()), ())

    def test_anything_else_is_not_quoted(self) -> None:
        for given in (PASSPHRASE, [PASSPHRASE], PassphraseFrom(file="a"), None):
            error = self.assertRaises(ConfigurationError, require_unlock, given)
            self.assertIn("unlock must be a list", str(error))
            self.assertNotIn(PASSPHRASE, str(error))
