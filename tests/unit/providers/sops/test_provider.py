from __future__ import annotations

import errno
import json
import os
import shutil
from typing import Any
from unittest import mock

from twisted.internet.defer import gatherResults, succeed
from twisted.trial.unittest import SkipTest

from buildbot_keychain import Interpolate, Secret, SecretManager
from buildbot_keychain.errors import (
    AccessDenied,
    ConfigurationError,
    InvalidSecret,
    ProviderError,
    ProviderUnavailable,
)
from buildbot_keychain.providers.arguments import _extras as extras
from buildbot_keychain.providers.sops import SecretInSops
from tests.support.fakes import DictProvider
from tests.support.sops.case import VALUE, SopsTestCase
from tests.support.sops.writer import SopsWriter


class LookupTests(SopsTestCase):
    async def test_names_are_the_keys_that_lead_there(self) -> None:
        values = {
            "token": VALUE,
            "db": {"users": [{"password": "pw-1"}]},
            "a/b": "slashed",
            "e": "",
        }
        self.write("secrets.json", self.writer.json(values))
        provider = self.provider()
        self.assertEqual(await provider.get("token"), VALUE)
        self.assertEqual(await provider.get("db/users/0/password"), "pw-1")
        self.assertEqual(await provider.get("a/b"), "slashed")
        self.assertEqual(await provider.get("e"), "")
        for missing in (
            "other",
            "db",
            "db/users",
            "db/users/1",
            "token/x",
            "/token",
            "",
            "sops/mac",
        ):
            self.assertIsNone(await provider.get(missing), missing)

    async def test_two_values_of_one_name_are_neither_served(self) -> None:
        self.write("secrets.json", self.writer.json({"a/b": VALUE, "a": {"b": "other"}}))
        told = await self.refusal(self.provider(), "a/b", InvalidSecret)
        self.assertIn("holds two values of that name; rename one", told)

    async def test_what_is_no_text_is_an_error(self) -> None:
        values = {"n": 5, "f": 1.5, "b": True, "binary": b"\xff\xfe", "u_unencrypted": VALUE}
        text = self.writer.json(values, encrypt=lambda path: "_" not in path[-1])
        self.write("secrets.json", text)
        provider = self.provider()
        for name, reason in {
            "n": "a value of type int; write it in quotes",
            "f": "a value of type float",
            "b": "a value of type bool",
            "binary": "are not UTF-8; store them in base64",
            "u_unencrypted": "holds it unencrypted; encrypt it",
        }.items():
            self.assertIn(reason, await self.refusal(provider, name, InvalidSecret))

    async def test_a_changed_file_is_seen_at_the_next_lookup(self) -> None:
        self.write("secrets.json", self.writer.json({"token": "first"}))
        provider = self.provider()
        self.assertEqual(await provider.get("token"), "first")
        self.write("secrets.json", self.writer.json({"token": "second"}))
        self.assertEqual(await provider.get("token"), "second")

    async def test_files_are_asked_in_their_order(self) -> None:
        one = self.write("one.json", self.writer.json({"a": "1a"}))
        two = self.write("two.json", self.writer.json({"a": "2a", "b": "2b"}))
        provider = self.provider(one, str(two))
        self.assertEqual(await provider.get("a"), "1a")
        self.assertEqual(await provider.get("b"), "2b")

    async def test_in_a_directory_the_files_path_begins_the_name(self) -> None:
        self.write("prod.json", self.writer.json({"db": {"password": "prod-pw"}}))
        self.write("team/ci.v2.json", self.writer.json({"token": "ci-token"}))
        self.write("team/key.pem", self.writer.json({"data": "-----BEGIN\n"}))
        self.write("README.md", "nothing secret")
        self.write(".hidden.json", self.writer.json({"a": "x"}))
        provider = self.provider(self.files)
        self.assertEqual(await provider.get("prod/db/password"), "prod-pw")
        self.assertEqual(await provider.get("team/ci.v2/token"), "ci-token")
        self.assertEqual(await provider.get("team/key.pem"), "-----BEGIN\n")
        for missing in (
            *("prod", "prod.json", "db/password", "team", ".hidden/a", "../repository/prod/db"),
            *("/prod/db/password", "team//key.pem", "prod/\0", "x\0/y", "prod/db/password/"),
        ):
            self.assertIsNone(await provider.get(missing), missing)
        told = await self.refusal(provider, "README.md", ProviderError)
        self.assertIn("README.md cannot be read: it is not JSON, at line 1", told)

    async def test_many_at_once(self) -> None:
        values = {f"name-{n}": f"value-{n}" for n in range(50)}
        self.write("secrets.json", self.writer.json(values))
        provider = self.provider()
        found = await gatherResults([provider.get(name) for name in values])
        self.assertEqual(found, list(values.values()))


class RefusalTests(SopsTestCase):
    async def test_what_is_not_encrypted_or_no_such_format(self) -> None:
        for name, text, reason in (
            ("a.json", json.dumps({"token": VALUE}), "is not encrypted by sops; run: sops encrypt"),
            ("b.yaml", f"token: {VALUE}\n", "is not encrypted by sops"),
            ("c.env", f"token={VALUE}\n", "is not encrypted by sops"),
            ("d.ini", f"[a]\ntoken={VALUE}\n", "is not encrypted by sops"),
            ("e.json", f'{{"token": "{VALUE}"', "cannot be read: it is not JSON, at line 1"),
            ("f.yaml", f"token: {VALUE}\n]", "cannot be read: it is not YAML, at line 2"),
            ("g.env", f"a=b\n{VALUE}\n", "cannot be read: it is not dotenv, or has a name twice"),
            (
                "h.ini",
                f"{VALUE}\n",
                "cannot be read: it is not INI, or has a name twice, at line 1",
            ),
            ("i.json", f'["{VALUE}"]', "cannot be read: it has no names at its top"),
            ("j.json", f'{{"a": "{VALUE}", "a": 1}}', "cannot be read: it has a key twice"),
            ("k.json", '{"a":' * 100_000, "cannot be read: it is nested too deeply"),
            ("l.yaml", b"\xff" + VALUE.encode(), "is not UTF-8 text"),
            ("m.yaml", "", "cannot be read: it has no names at its top"),
        ):
            path = self.write(name, text)
            told = await self.refusal(self.provider(path), "token", ProviderError)
            self.assertIn(f"asked for 'token': {path} {reason}", told)

    async def test_metadata_that_is_not_understood(self) -> None:
        for change, kind, reason in (
            (
                {"version": "4.0.0"},
                ProviderError,
                "is of version '4.0.0' of sops, which is unknown",
            ),
            ({"version": ""}, ProviderError, "lacks 'version' in its sops metadata"),
            ({"mac": None}, ProviderError, "lacks 'mac' in its sops metadata"),
            ({"age": [{"enc": "x"}]}, ProviderError, "lacks 'recipient'"),
            (
                {"key_groups": [{}], "age": None},
                AccessDenied,
                "for no age key (no key at all only)",
            ),
            (
                {"age": [], "pgp": [{"fp": "x", "enc": "y"}]},
                AccessDenied,
                "is encrypted for no age key (pgp only); add one with: sops rotate",
            ),
        ):
            self.write("secrets.json", self.writer.json({"token": VALUE}, **change))
            self.assertIn(reason, await self.refusal(self.provider(), "token", kind))

    async def test_a_file_for_others_names_its_recipients(self) -> None:
        other = SopsWriter()
        self.write("secrets.json", other.json({"token": VALUE}))
        told = await self.refusal(self.provider(), "token", AccessDenied)
        self.assertIn(
            f"is encrypted for {other.recipient!r}, and none of our 1 age identities", told
        )
        self.assertIn("add ours with: sops updatekeys", told)

    async def test_a_changed_file(self) -> None:
        tree = self.writer.tree({"token": VALUE, "b": "x"})
        tree["b"] = ""
        self.write("secrets.json", json.dumps(tree))
        told = await self.refusal(self.provider(), "token", AccessDenied)
        self.assertIn("the MAC does not match its values; restore it from version control", told)

    async def test_files_that_are_not_there(self) -> None:
        told = await self.refusal(self.provider(), "token", ProviderUnavailable)
        self.assertIn("No such file or directory; create it or correct files", told)

    async def test_a_file_that_is_no_file(self) -> None:
        os.mkfifo(self.files / "pipe.json")
        told = await self.refusal(self.provider(self.files / "pipe.json"), "a", ProviderError)
        self.assertIn("pipe.json is no regular file", told)

    async def test_a_directory_that_cannot_be_searched_is_no_empty_one(self) -> None:
        self.write("prod.json", self.writer.json({"token": VALUE}))
        real = os.stat

        def stat(path: Any, **kwargs: Any) -> os.stat_result:
            if str(path).startswith(str(self.files / "prod")):
                raise PermissionError(errno.EACCES, "no")
            return real(path, **kwargs)

        with mock.patch.object(os, "stat", stat):
            provider = self.provider(self.files)
            told = await self.refusal(provider, "prod/token", ProviderUnavailable)
        self.assertIn("prod.yaml: Permission denied; give it to the user that runs this", told)

    async def test_a_file_that_is_swapped_while_it_is_read(self) -> None:
        for generation in ("first", "second"):
            text = self.writer.json({"token": generation})
            self.write(f"..{generation}/secrets.json", text)
        link = self.files / "..data"
        link.symlink_to("..first")
        (self.files / "secrets.json").symlink_to("..data/secrets.json")
        real = os.open
        swapped: list[Any] = []

        def open_after_swap(path: Any, *args: Any, **kwargs: Any) -> int:
            if str(path).endswith("secrets.json") and not swapped:
                swapped.append(path)
                (self.files / "..new").symlink_to("..second")
                (self.files / "..new").rename(link)
                shutil.rmtree(self.files / "..first")
            return real(path, *args, **kwargs)

        with mock.patch.object(os, "open", open_after_swap):
            self.assertEqual(await self.provider().get("token"), "second")
        self.assertEqual(len(swapped), 1)

    async def test_a_file_that_goes_away_is_no_absent_secret(self) -> None:
        path = self.write("secrets.json", self.writer.json({"token": VALUE}))
        with mock.patch.object(os, "open", side_effect=FileNotFoundError(errno.ENOENT, "gone")):
            told = await self.refusal(self.provider(path), "token", ProviderUnavailable)
        self.assertIn("cannot be read: No such file or directory", told)

    async def test_a_large_file(self) -> None:
        path = self.write("large.json", b" " * ((4 << 20) + 1))
        told = await self.refusal(self.provider(path), "token", ProviderError)
        self.assertIn("is larger than 4 MiB", told)

    async def test_what_others_can_write_to(self) -> None:
        path = self.write("secrets.json", self.writer.json({"token": VALUE}))
        path.chmod(0o664)
        told = await self.refusal(self.provider(), "token", AccessDenied)
        self.assertIn(f"can be changed by other users; run: chmod go-w {path}", told)
        path.chmod(0o644)
        self.files.chmod(0o777)
        told = await self.refusal(self.provider(), "token", AccessDenied)
        self.assertIn(f"the directory {self.files} (mode 0777", told)
        self.files.chmod(0o1777)
        self.assertEqual(await self.provider().get("token"), VALUE)

    async def test_what_somebody_else_owns(self) -> None:
        if os.geteuid() != 0:
            raise SkipTest("only root can give a file away")
        path = self.write("secrets.json", self.writer.json({"token": VALUE}))
        os.chown(path, 4711, -1)
        told = await self.refusal(self.provider(), "token", AccessDenied)
        self.assertIn(f"run: chown root {path} && chmod go-w {path}", told)


class IdentityTests(SopsTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.write("secrets.json", self.writer.json({"token": VALUE}))

    async def test_the_identity_file_must_be_private(self) -> None:
        self.key_file.chmod(0o644)
        told = await self.refusal(self.provider(), "token", AccessDenied)
        self.assertIn("is open to other users; run: chmod 600", told)
        self.key_file.chmod(0o600)
        self.dir.chmod(0o755)
        if os.geteuid() != 0:
            told = await self.refusal(self.provider(), "token", AccessDenied)
            self.assertIn("is open to other users; run: chmod 700", told)

    async def test_identity_files_that_hold_none(self) -> None:
        for text, reason in {
            "": "holds no age identity; make one with: age-keygen",
            "# only a comment\n": "holds no age identity",
            f"{VALUE}\n": "has a line, number 1, that is no age identity",
            f"#\n{self.writer.identity}x\n": "has a line, number 2, that is an age identity",
            "AGE-PLUGIN-YUBIKEY-1": "has a line, number 1, that is an identity of a plug-in",
            "AGE-SECRET-KEY-PQ-1XYZ": "has a line, number 1, that is a quantum-safe identity",
            "age-encryption.org/v1\n-> scrypt": "has a line, number 1, that is encrypted",
            "-----BEGIN OPENSSH PRIVATE KEY-----\nx\n": "is no SSH key that age can use",
        }.items():
            self.key_file.write_text(text)
            told = await self.refusal(self.provider(), "token", AccessDenied)
            self.assertIn(f"{self.key_file} {reason}", told)
        self.key_file.unlink()
        told = await self.refusal(self.provider(), "token", AccessDenied)
        self.assertIn(f"{self.key_file} is not there; make it with: age-keygen -o", told)

    async def test_one_of_several_identities_fits(self) -> None:
        self.key_file.write_text(SopsWriter().key_file + self.writer.key_file)
        self.assertEqual(await self.provider().get("token"), VALUE)

    async def test_the_key_as_text(self) -> None:
        provider = self.provider(age_key=str(self.writer.identity))
        self.assertEqual(await provider.get("token"), VALUE)
        self.assertNotIn(str(self.writer.identity), repr(provider))

    async def test_the_key_from_another_provider(self) -> None:
        keys = DictProvider("keys", {"age": self.writer.key_file})
        provider = SecretInSops(self.files / "secrets.json", age_key=Secret("keys!age"))
        manager = SecretManager([keys, provider])
        manager.startService()
        self.addCleanup(manager.stopService)
        self.assertEqual((await manager.get("token")).value, VALUE)
        self.assertEqual(list(provider.check_config()), [])

    async def test_a_key_that_renders_to_no_key(self) -> None:
        provider = self.provider(age_key=Interpolate("x"))
        answers: list[Any] = [VALUE, b"\xff", None, " "]
        provider.use_renderer(lambda key: succeed(answers.pop(0)))
        told = await self.refusal(provider, "token", AccessDenied)
        self.assertIn("age_key has a line, number 1, that is no age identity", told)
        for kind in ("a value of type bytes", "a value of type NoneType", "a blank text"):
            told = await self.refusal(provider, "token", ProviderError)
            self.assertIn(f"age_key renders to {kind}", told)

    async def test_a_renderable_without_a_manager(self) -> None:
        told = await self.refusal(self.provider(age_key=Secret("x")), "token", ProviderError)
        self.assertIn("age_key is a renderable; put the provider into a SecretManager", told)


class ConfigurationTests(SopsTestCase):
    def test_wrong_arguments(self) -> None:
        for arguments, reason in (
            ({"files": []}, "files must be the path of a file or directory, or a list of them"),
            ({"files": ["a", 5]}, "files must be"),
            ({"files": "a\0"}, "files must be"),
            ({"files": "a", "age_key_file": 5}, "age_key_file must be the path of a file, not 5"),
            (
                {"files": "a", "age_key_file": "k", "age_key": "x"},
                "left out where age_key is given",
            ),
            ({"files": "a", "name": "a!b"}, "name must be"),
        ):
            error = self.assertRaises(ConfigurationError, SecretInSops, **arguments)
            self.assertIn(reason, str(error))

    def test_what_to_install(self) -> None:
        with mock.patch.object(extras, "find_spec", return_value=None):
            error = self.assertRaises(ConfigurationError, SecretInSops, "a")
        self.assertIn("run: pip install 'buildbot-keychain[sops]'", str(error))

    def test_the_default_key_file_is_that_of_sops(self) -> None:
        provider = SecretInSops("a.yaml")
        self.assertTrue(provider.age_key_file.endswith("/.config/sops/age/keys.txt"))
        self.assertNotIn("~", provider.age_key_file)

    def test_complaints(self) -> None:
        good = self.write("good.json", self.writer.json({"token": VALUE}))
        self.write("notes.txt", "not of sops, and not asked for")
        self.assertEqual(list(self.provider(good, self.files).check_config()), [])
        plain = self.write("sub/plain.json", json.dumps({"token": VALUE}))
        others = self.write("others.json", SopsWriter().json({"token": VALUE}))
        told = list(self.provider(good, self.files, self.files / "gone.json").check_config())
        self.assertEqual(len(told), 3)
        self.assertIn(f"provider 'SecretInSops': {others} is encrypted for", told[0])
        self.assertIn(f"provider 'SecretInSops': {plain} is not encrypted", told[1])
        self.assertIn("gone.json cannot be looked at", told[2])
        self.key_file.chmod(0o640)
        (told_key,) = self.provider(good).check_config()
        self.assertIn("is open to other users", told_key)
