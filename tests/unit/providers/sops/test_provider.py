from __future__ import annotations

import errno
import json
import os
import shutil
from pathlib import Path
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
from buildbot_keychain.providers.sops import SecretInSops
from tests.support.fakes import DictProvider
from tests.support.sops.case import VALUE, SopsTestCase
from tests.support.sops.writer import SopsWriter


class LookupTests(SopsTestCase):
    async def test_a_name_is_the_path_of_keys_to_a_value(self) -> None:
        values = {
            "token": VALUE,
            "db": {"users": [{"password": "pw-1"}]},
            "a/b": "slashed",
        }
        self.write("secrets.json", self.writer.json(values))
        provider = self.provider()
        self.assertEqual(await provider.get("token"), VALUE)
        self.assertEqual(await provider.get("db/users/0/password"), "pw-1")
        self.assertEqual(await provider.get("a/b"), "slashed")
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

    async def test_two_values_of_one_name_are_an_error(self) -> None:
        self.write("secrets.json", self.writer.json({"a/b": VALUE, "a": {"b": "other"}}))
        message = await self.error_text(self.provider(), "a/b", InvalidSecret)
        self.assertIn("holds two values of that name; rename one", message)

    async def test_a_comment_in_a_list_is_not_an_element(self) -> None:
        tree = self.writer.tree({"tokens": ["one", {"inner": "two"}]})
        for index in (0, 2):
            tree["tokens"].insert(index, self.writer.sealed(b" note", "comment", "tokens:"))
        self.write("secrets.json", json.dumps(tree))
        provider = self.provider()
        self.assertEqual(await provider.get("tokens/0"), "one")
        self.assertEqual(await provider.get("tokens/1/inner"), "two")
        self.assertIsNone(await provider.get("tokens/2"))

    async def test_an_empty_value_is_an_error(self) -> None:
        """Anybody who can change the file can put one in: the MAC is the same."""
        tree = self.writer.tree({"token": VALUE, "list": ["one"]})
        tree["added"] = ""
        tree["list"].append("")
        self.write("secrets.json", json.dumps(tree))
        provider = self.provider()
        self.assertEqual(await provider.get("token"), VALUE)
        for name in ("added", "list/1"):
            message = await self.error_text(provider, name, InvalidSecret)
            self.assertIn("an empty value of that name, which sops does not protect", message)

    async def test_numbers_as_text(self) -> None:
        self.write("secrets.json", self.writer.json({"n": 5432, "f": 1.5, "b": True}))
        provider = self.provider(numbers="text")
        self.assertEqual(await provider.get("n"), "5432")
        self.assertEqual(await provider.get("f"), "1.5")
        message = await self.error_text(provider, "b", InvalidSecret)
        self.assertIn("a value of type bool, not a text; write it in quotes", message)

    async def test_values_that_are_not_encrypted_texts_are_an_error(self) -> None:
        values = {"n": 5, "f": 1.5, "b": True, "binary": b"\xff\xfe", "u_unencrypted": VALUE}
        text = self.writer.json(values, encrypt=lambda path: "_" not in path[-1])
        self.write("secrets.json", text)
        provider = self.provider()
        for name, reason in {
            "n": 'of type int, not a text; write it in quotes, or set numbers="text"',
            "f": "a value of type float",
            "b": "a value of type bool",
            "binary": "are not UTF-8 text; store them in base64",
            "u_unencrypted": "holds that value unencrypted; encrypt it",
        }.items():
            self.assertIn(reason, await self.error_text(provider, name, InvalidSecret))

    async def test_a_changed_file_is_seen_at_the_next_lookup(self) -> None:
        self.write("secrets.json", self.writer.json({"token": "first"}))
        provider = self.provider()
        self.assertEqual(await provider.get("token"), "first")
        self.write("secrets.json", self.writer.json({"token": "second"}))
        self.assertEqual(await provider.get("token"), "second")

    async def test_files_are_searched_in_their_order(self) -> None:
        one = self.write("one.json", self.writer.json({"a": "1a"}))
        two = self.write("two.json", self.writer.json({"a": "2a", "b": "2b"}))
        provider = self.provider(one, str(two))
        self.assertEqual(await provider.get("a"), "1a")
        self.assertEqual(await provider.get("b"), "2b")

    async def test_in_a_directory_the_path_of_a_file_begins_the_name(self) -> None:
        self.write("prod.json", self.writer.json({"db": {"password": "prod-pw"}}))
        self.write("team/ci.v2.json", self.writer.json({"token": "ci-token"}))
        self.write("team/key.pem", self.writer.json({"data": "-----BEGIN\n"}))
        self.write("README.md", "nothing secret")
        self.write("team.yaml", "- of another program\n")
        self.write("team/ci.yaml", "{{ template }}: [\n")
        self.write("team/blob", b"\xff\xfe")
        self.write(".hidden.json", self.writer.json({"a": "x"}))
        provider = self.provider(self.files)
        self.assertEqual(await provider.get("prod/db/password"), "prod-pw")
        self.assertEqual(await provider.get("team/ci.v2/token"), "ci-token")
        self.assertEqual(await provider.get("team/key.pem"), "-----BEGIN\n")
        for missing in (
            *("prod", "prod.json", "db/password", "team", ".hidden/a", "../repository/prod/db"),
            *("/prod/db/password", "team//key.pem", "prod/\0", "x\0/y", "prod/db/password/"),
            *("README.md", "team/ci/token", "team/blob"),
        ):
            self.assertIsNone(await provider.get(missing), missing)

    async def test_a_damaged_file_of_sops_in_a_directory_is_an_error(self) -> None:
        text = self.writer.json({"token": VALUE})
        self.write("prod.json", f"<<<<<<< HEAD\n{text}")
        message = await self.error_text(self.provider(self.files), "prod/token", ProviderError)
        self.assertIn("prod.json cannot be read: it is not JSON, at line 1", message)

    async def test_the_format_of_files_with_other_names(self) -> None:
        text = self.writer.json({"token": VALUE})
        named = {
            "secrets.json.enc": None,
            "secrets": "json",
            "secrets.enc": "yaml",
            "x.env": "json",
        }
        for name, form in named.items():
            path = self.write(name, text.replace("\t", " "))
            provider = self.provider(path, format=form)
            self.assertEqual(await provider.get("token"), VALUE, name)
            self.assertEqual(list(provider.check_config()), [])
        self.write("secrets.yaml.enc", self.writer.json({"data": "whole"}))
        provider = self.provider(self.files)
        self.assertEqual(await provider.get("secrets/token"), VALUE)
        self.assertIsNone(await provider.get("secrets.json.enc"))
        self.assertEqual(await provider.get("secrets.yaml.enc"), "whole")
        self.assertIsNone(await provider.get("secrets/data"))

    async def test_many_at_once(self) -> None:
        values = {f"name-{n}": f"value-{n}" for n in range(50)}
        self.write("secrets.json", self.writer.json(values))
        provider = self.provider()
        found = await gatherResults([provider.get(name) for name in values])
        self.assertEqual(found, list(values.values()))


class RejectedFileTests(SopsTestCase):
    async def test_files_that_are_not_encrypted_or_not_of_their_format(self) -> None:
        for name, text, reason in (
            (
                "a.json",
                json.dumps({"token": VALUE}),
                "is not encrypted by sops; encrypt it with: sops encrypt",
            ),
            ("b.yaml", f"token: {VALUE}\n", "is not encrypted by sops"),
            ("c.env", f"token={VALUE}\n", "is not encrypted by sops"),
            ("d.ini", f"[a]\ntoken={VALUE}\n", "is not encrypted by sops"),
            ("e.json", f'{{"token": "{VALUE}"', "cannot be read: it is not JSON, at line 1"),
            ("f.yaml", f"token: {VALUE}\n]", "cannot be read: it is not YAML, at line 2"),
            ("g.env", f"a=b\n{VALUE}\n", "cannot be read: line 2 is not dotenv, or repeats a name"),
            (
                "h.ini",
                f"{VALUE}\n",
                "cannot be read: line 1 is not INI, or repeats a name",
            ),
            ("i.json", f'["{VALUE}"]', "cannot be read: it is not a mapping of names to values"),
            ("j.json", f'{{"a": "{VALUE}", "a": 1}}', "cannot be read: it has a key twice"),
            ("k.json", '{"a":' * 100_000, "cannot be read: it is nested too deeply"),
            ("l.yaml", b"\xff" + VALUE.encode(), "is not UTF-8 text"),
            ("m.yaml", "", "cannot be read: it is not a mapping of names to values"),
        ):
            path = self.write(name, text)
            message = await self.error_text(self.provider(path), "token", ProviderError)
            self.assertIn(f"'token': provider 'SecretInSops': {path} {reason}", message)

    async def test_metadata_that_cannot_be_used(self) -> None:
        for change, kind, reason in (
            (
                {"version": "4.0.0"},
                ProviderError,
                "was written by version '4.0.0' of sops; versions 1 to 3",
            ),
            ({"version": ""}, ProviderError, "lacks 'version' in its sops metadata"),
            ({"mac": None}, ProviderError, "lacks 'mac' in its sops metadata"),
            ({"age": [{"enc": "x"}]}, ProviderError, "lacks 'recipient'"),
            (
                {"key_groups": [{}], "age": None},
                AccessDenied,
                "is not encrypted for any age key (nor for any other); add",
            ),
            (
                {"age": [], "pgp": [{"fp": "x", "enc": "y"}]},
                AccessDenied,
                "is not encrypted for any age key (only for: pgp); add one with: sops rotate",
            ),
        ):
            self.write("secrets.json", self.writer.json({"token": VALUE}, **change))
            self.assertIn(reason, await self.error_text(self.provider(), "token", kind))

    async def test_files_that_take_much_to_read(self) -> None:
        for values, reason in (
            ({"a" * 1025: VALUE}, "holds a name of more than 100 keys or 1024 characters"),
            ({"a" * 500: {"b" * 500: {"c" * 50: VALUE}}}, "holds a name of more than"),
            ({"a": ["" for _ in range(20_001)]}, "holds more than 20000 values; split it"),
        ):
            self.write("secrets.json", self.writer.json(values))
            self.assertIn(reason, await self.error_text(self.provider(), "a", ProviderError))
        deep = "[" * 101 + "]" * 101
        self.write("secrets.json", f'{{"a": {deep}, "sops": {{"mac": "ENC[AES256_GCM,"}}}}')
        message = await self.error_text(self.provider(), "a", ProviderError)
        self.assertIn("cannot be read: it is nested too deeply", message)
        key = self.writer.tree({"token": VALUE})["sops"]["age"][0]
        self.write("secrets.json", self.writer.json({"token": VALUE}, age=[key] * 501))
        message = await self.error_text(self.provider(), "token", ProviderError)
        self.assertIn("is encrypted for more than 500 age keys", message)

    async def test_every_version_of_the_format(self) -> None:
        for version in ("1.15", "2.0.10", "3.9.4"):
            self.write("secrets.json", self.writer.json({"token": VALUE}, version=version))
            self.assertEqual(await self.provider().get("token"), VALUE)

    async def test_a_file_for_others_names_its_recipients(self) -> None:
        other = SopsWriter()
        self.write("secrets.json", other.json({"token": VALUE}))
        message = await self.error_text(self.provider(), "token", AccessDenied)
        reason = "none of the configured age identities (1) matches"
        self.assertIn(f"is encrypted for {other.recipient!r}; {reason}", message)
        self.assertIn("add the master's key with: sops updatekeys", message)

    async def test_a_changed_file(self) -> None:
        tree = self.writer.tree({"token": VALUE, "b": "x"})
        del tree["b"]
        self.write("secrets.json", json.dumps(tree))
        message = await self.error_text(self.provider(), "token", AccessDenied)
        self.assertIn("the MAC does not match its values; restore it from version control", message)

    async def test_missing_files(self) -> None:
        message = await self.error_text(self.provider(), "token", ProviderUnavailable)
        self.assertIn("No such file or directory; create it or correct files", message)

    async def test_a_pipe(self) -> None:
        os.mkfifo(self.files / "pipe.json")
        message = await self.error_text(self.provider(self.files / "pipe.json"), "a", ProviderError)
        self.assertIn("pipe.json is not a regular file", message)

    async def test_a_directory_that_cannot_be_searched_is_an_error(self) -> None:
        self.write("prod.json", self.writer.json({"token": VALUE}))
        real = os.stat

        def stat(path: Any, **kwargs: Any) -> os.stat_result:
            if str(path).startswith(str(self.files / "prod")):
                raise PermissionError(errno.EACCES, "no")
            return real(path, **kwargs)

        with mock.patch.object(os, "stat", stat):
            provider = self.provider(self.files)
            message = await self.error_text(provider, "prod/token", ProviderUnavailable)
        self.assertIn("prod.yaml: Permission denied; give it to the user that runs this", message)

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

    async def test_a_file_that_is_removed_while_it_is_read_is_an_error(self) -> None:
        path = self.write("secrets.json", self.writer.json({"token": VALUE}))
        with mock.patch.object(os, "open", side_effect=FileNotFoundError(errno.ENOENT, "gone")):
            message = await self.error_text(self.provider(path), "token", ProviderUnavailable)
        self.assertIn("cannot be read: No such file or directory", message)

    async def test_a_large_file(self) -> None:
        path = self.write("large.json", b" " * ((4 << 20) + 1))
        message = await self.error_text(self.provider(path), "token", ProviderError)
        self.assertIn("is larger than 4 MiB", message)

    async def test_a_file_or_directory_that_others_can_write_to(self) -> None:
        path = self.write("secrets.json", self.writer.json({"token": VALUE}))
        path.chmod(0o664)
        message = await self.error_text(self.provider(), "token", AccessDenied)
        self.assertIn(f"can be changed by other users; run: chmod go-w {path}", message)
        path.chmod(0o644)
        self.files.chmod(0o777)
        message = await self.error_text(self.provider(), "token", AccessDenied)
        self.assertIn(f"the directory {self.files} (mode 0777", message)
        self.files.chmod(0o1777)
        self.assertEqual(await self.provider().get("token"), VALUE)

    async def test_a_file_of_another_user(self) -> None:
        if os.geteuid() != 0:
            raise SkipTest("only root can give a file away")
        path = self.write("secrets.json", self.writer.json({"token": VALUE}))
        os.chown(path, 4711, -1)
        message = await self.error_text(self.provider(), "token", AccessDenied)
        self.assertIn(f"run: chown root {path} && chmod go-w {path}", message)


class IdentityTests(SopsTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.write("secrets.json", self.writer.json({"token": VALUE}))

    async def test_the_identity_file_must_be_private(self) -> None:
        self.key_file.chmod(0o644)
        message = await self.error_text(self.provider(), "token", AccessDenied)
        self.assertIn("is open to other users; run: chmod 600", message)
        self.key_file.chmod(0o600)
        self.dir.chmod(0o755)
        if os.geteuid() != 0:
            message = await self.error_text(self.provider(), "token", AccessDenied)
            self.assertIn("is open to other users; run: chmod 700", message)

    async def test_identity_files_that_cannot_be_used(self) -> None:
        for text, reason in {
            "": "contains no age identity; create one with: age-keygen",
            "# only a comment\n": "contains no age identity",
            f"{VALUE}\n": "cannot be used: its line 1 is not an age identity",
            f"#\n{self.writer.identity}x\n": "cannot be used: its line 2 is an age identity",
            "AGE-PLUGIN-YUBIKEY-1": "cannot be used: its line 1 belongs to a plug-in",
            "AGE-SECRET-KEY-PQ-1XYZ": "cannot be used: its line 1 is a post-quantum identity",
            "age-encryption.org/v1\n->": "cannot be used: its line 1 begins an encrypted file",
            "-----BEGIN OPENSSH PRIVATE KEY-----\nx\n": "is not an SSH key that age can use",
        }.items():
            self.key_file.write_text(text)
            message = await self.error_text(self.provider(), "token", AccessDenied)
            self.assertIn(f"{self.key_file} {reason}", message)
        self.key_file.unlink()
        message = await self.error_text(self.provider(), "token", AccessDenied)
        self.assertIn(f"{self.key_file} does not exist; create it with: age-keygen -o", message)

    async def test_one_of_several_identities_matches(self) -> None:
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

    async def test_a_key_that_renders_to_something_else(self) -> None:
        provider = self.provider(age_key=Interpolate("x"))
        answers: list[Any] = [VALUE, b"\xff", None, " "]
        provider.use_renderer(lambda key: succeed(answers.pop(0)))
        message = await self.error_text(provider, "token", AccessDenied)
        self.assertIn("age_key cannot be used: its line 1 is not an age identity", message)
        for kind in ("a value of type bytes", "a value of type NoneType", "a text that is blank"):
            message = await self.error_text(provider, "token", ProviderError)
            self.assertIn(f"age_key renders to {kind}", message)

    async def test_a_renderable_without_a_manager(self) -> None:
        message = await self.error_text(self.provider(age_key=Secret("x")), "token", ProviderError)
        self.assertIn("age_key is a renderable; put the provider into a SecretManager", message)


class ConfigurationTests(SopsTestCase):
    def test_wrong_arguments(self) -> None:
        for arguments, reason in (
            ({"files": []}, "files must be the path of a file or directory, or a list of them"),
            ({"files": ["a", 5]}, "files must be"),
            ({"files": "a\0"}, "files must be"),
            ({"files": "a", "age_key_file": 5}, "age_key_file must be the path of a file, not 5"),
            (
                {"files": "a", "age_key_file": "k", "age_key": "x"},
                "left out when age_key is given",
            ),
            ({"files": "a", "age_key": 5}, "age_key must be a str or a renderable"),
            ({"files": "a", "age_key": b"k"}, "age_key must be a str or a renderable"),
            ({"files": "a", "age_key": " "}, "age_key is blank"),
            ({"files": "a", "name": "a!b"}, "name must be"),
            ({"files": "a", "format": "env"}, "format must be one of 'yaml', 'json', 'binary'"),
        ):
            error = self.assertRaises(ConfigurationError, SecretInSops, **arguments)
            self.assertIn(reason, str(error))

    def test_what_to_install(self) -> None:
        with mock.patch("importlib.util.find_spec", return_value=None):
            error = self.assertRaises(ConfigurationError, SecretInSops, "a")
        self.assertIn("run: pip install 'buildbot-keychain[sops]'", str(error))

    def test_the_default_key_file_is_that_of_sops(self) -> None:
        provider = SecretInSops("a.yaml")
        self.assertTrue(provider.age_key_file.endswith("/.config/sops/age/keys.txt"))
        self.assertNotIn("~", provider.age_key_file)

    def test_home_directories(self) -> None:
        home = Path.home()
        self.assertEqual(SecretInSops(["~/a.yaml", "/b"]).files, (f"{home}/a.yaml", "/b"))

    def test_problems_found_by_check_config(self) -> None:
        good = self.write("good.json", self.writer.json({"token": VALUE}))
        self.write("notes.txt", "not of sops, and not asked for")
        self.assertEqual(list(self.provider(good, self.files).check_config()), [])
        (problem,) = self.provider(good, self.files / "gone.json").check_config()
        self.assertIn("gone.json cannot be accessed", problem)
        self.key_file.chmod(0o640)
        (problem,) = self.provider(good).check_config()
        self.assertIn("is open to other users", problem)

    def test_a_directory_may_hold_files_for_others(self) -> None:
        """A repository of several teams: one file that opens is enough."""
        plain = self.write("sub/plain.json", json.dumps({"token": VALUE}))
        others = self.write("others.json", SopsWriter().json({"token": VALUE}))
        pgp = self.writer.json({"token": VALUE}, age=[], pgp=[{"fp": "x", "enc": "y"}])
        pgp_only = self.write("pgp.json", pgp)
        first, second = self.provider(self.files).check_config()
        self.assertIn(f"provider 'SecretInSops': {others} is encrypted for", first)
        self.assertIn(f"{pgp_only} is not encrypted for any age key (only for: pgp)", second)
        good = self.write("zzz.json", self.writer.json({"token": VALUE}))
        self.assertEqual(list(self.provider(self.files).check_config()), [])
        for named in (plain, others, pgp_only):
            (problem,) = self.provider(self.files, good, named).check_config()
            self.assertIn(f"{named} is ", problem)
