"""What ``buildbot-keychain import`` reads, one test for each kind."""

from __future__ import annotations

import json

import pyrage

from buildbot_keychain.cli.store import _import_sources
from buildbot_keychain.store.creation import create_store
from buildbot_keychain.store.database import Database
from buildbot_keychain.store.opening import OpenStore
from buildbot_keychain.store.ring_file import RingFile
from tests.support.jenkins import make_home, secret, system, user_password
from tests.support.store_keys import NOW
from tests.unit.cli.store.test_import import CANARY, ImportCommandCase


class OptionTests(ImportCommandCase):
    def test_options_of_other_kinds(self) -> None:
        self.assertFails(2, "not an option for env", "import", "env", "-", "--gnupg-home", "x")
        self.assertFails(2, "cannot come from standard input", "import", "jenkins", "-")
        self.assertFails(2, "add --from-key-file FILE", "import", "store", self.url)
        url = f"postgresql://user:{CANARY}@host/name"
        words = ("import", "store", url, "--from-key-file", self.key_file)
        self.assertNotIn(CANARY, self.assertFails(2, "has a password", *words))

    def test_too_much_of_standard_input(self) -> None:
        text = b"x" * ((1 << 20) + 1)
        self.assertFails(4, "import it in parts", "import", "env", "-", text=text)


class KindTests(ImportCommandCase):
    def test_each_kind_has_a_test(self) -> None:
        tests = " ".join(name for name in dir(self) if name.startswith("test_"))
        self.assertEqual([kind for kind in _import_sources.KINDS if kind not in tests], [])

    def test_env_json_yaml_and_toml(self) -> None:
        forms = {"env": "a=1x", "json": '{"b": "x"}', "yaml": "c: x", "toml": "d = 'x'"}
        for kind, text in forms.items():
            self.imported(kind, "-", text=text.encode())
        self.assertEqual(self.names(), ["a", "b", "c", "d"])

    def test_directory(self) -> None:
        self.file("secrets/team/token", f"{CANARY}\n")
        self.imported("directory", self.base / "secrets")
        self.assertEqual(self.value("team/token"), CANARY)

    def test_kubernetes(self) -> None:
        text = "kind: Secret\nmetadata:\n  name: app\nstringData:\n  key: x\n"
        self.imported("kubernetes", "-", text=text.encode())
        self.assertEqual(self.names(), ["app/key"])

    def test_vault(self) -> None:
        text = json.dumps({"data": {"data": {"value": CANARY}, "metadata": {"version": 1}}})
        self.imported("vault", "-", "--map", "*=app", text=text.encode())
        self.assertEqual(self.value("app"), CANARY)

    def test_jenkins(self) -> None:
        content = system(user_password("db", "admin", secret(CANARY)))
        home = make_home(self.base / "jenkins", {"credentials.xml": content})
        self.imported("jenkins", home)
        self.assertEqual(self.value("db"), CANARY)
        (home / "secrets").rename(self.base / "keys-of-jenkins")
        moved = ("--jenkins-secrets", self.base / "keys-of-jenkins")
        self.assertIn("2 same", self.imported("jenkins", home, *moved).err)

    def test_pass(self) -> None:
        identity = pyrage.x25519.Identity.generate()
        keys = self.file("identities", f"{identity}\n")
        entry = self.file("pass/team/token.age", "")
        entry.write_bytes(pyrage.encrypt(f"{CANARY}\nuser: u\n".encode(), [identity.to_public()]))
        self.imported("pass", self.base / "pass", "--age-key-file", keys)
        self.assertEqual(self.names(), ["team/token", "team/token/user"])

    def test_sops(self) -> None:
        # Its reader has tests of its own: here it is called with the key, and what it says is said.
        identity = pyrage.x25519.Identity.generate()
        keys = self.file("identities", f"{identity}\n")
        path = self.file("app.yaml", "a: x\n")
        ended = self.imported("sops", path, "--age-key-file", keys, status=3)
        self.assertRegex(ended.out, r"^skipped .*app\.yaml")

    def test_store(self) -> None:
        for name in ("other", "other-keys"):
            (self.base / name).mkdir(mode=0o700)
        url, keys = f"sqlite:///{self.base / 'other' / 's'}", self.base / "other-keys" / "ring"
        database = Database(url)
        create_store(database, RingFile(keys), now=NOW, actor="other")
        database.close()
        store = OpenStore(url, keys, actor="other")
        store.secrets.set("a", CANARY, now=NOW, redact=False)
        store.close()
        self.imported("store", url, "--from-key-file", keys)
        described = self.open().secrets.describe("a")
        assert described is not None
        self.assertFalse(described.metadata.redact)
        self.assertIn("1 same", self.imported("store", url, "--from-key-file", keys).err)
