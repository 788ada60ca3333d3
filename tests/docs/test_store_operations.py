"""`store.md`, `store-backup-and-rotation.md`, `from-jenkins.md` and `from-plain-files.md`.

Their commands are run, in their order.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import textwrap
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.plugins import secrets
from buildbot_keychain.store.creation import create_store
from buildbot_keychain.store.database import Database
from buildbot_keychain.store.opening import OpenStore
from buildbot_keychain.store.ring_file import RingFile
from tests.docs.test_how_to import HOW_TO
from tests.support.jenkins import make_home, secret, system, user_password
from tests.support.keychain_command import COMMAND
from tests.support.pages import blocks_of
from tests.support.real_master import write_secret
from tests.support.store_keys import NOW

FLAGS = re.MULTILINE | re.DOTALL
PLACES = (
    "/var/lib/buildbot",
    "/etc/buildbot-keychain",
    "/etc/buildbot/",
    "/backup",
    "/media/safe",
    "/var/lib/jenkins",
)


class PagesTestCase(SynchronousTestCase):
    """A store, and directories in place of those of the pages."""

    def setUp(self) -> None:
        self.base = Path(self.mktemp()).resolve()
        for name in ("", *PLACES, "/var/lib/buildbot/store", "/bin"):
            path = self.base / name.lstrip("/")
            path.mkdir(mode=0o700, parents=True, exist_ok=True)
            path.chmod(0o700)
        program = self.base / "bin" / "buildbot-keychain"
        program.write_text(f'#!/bin/sh\nexec {shlex.join(COMMAND)} "$@"\n')
        program.chmod(0o700)
        self.store = self.base / "var/lib/buildbot/store"
        self.url = f"sqlite:///{self.store / 'secrets.sqlite'}"
        self.keys = self.base / "etc/buildbot-keychain/ring"
        database = Database(self.url)
        create_store(database, RingFile(self.keys), now=NOW, actor="init")
        database.close()
        self.messages = ""

    def open(self) -> OpenStore:
        store = OpenStore(self.url, self.keys, actor="test")
        self.addCleanup(store.close)
        return store

    def in_place(self, text: str) -> str:
        for place in PLACES:
            text = text.replace(place, f"{self.base}{place}")
        return text

    def run_blocks(self, *blocks: str) -> str:
        """Run blocks of a page in one shell, and return what they print."""
        script = self.in_place("".join(blocks))
        path = f"{self.base / 'bin'}:{os.environ['PATH']}"
        done = subprocess.run(
            ["sh", "-euc", script],
            env={**os.environ, "PATH": path},
            capture_output=True,
            text=True,
            check=False,
        )
        self.assertEqual(done.returncode, 0, done.stderr)
        self.messages = done.stderr
        return done.stdout


class StorePageTests(PagesTestCase):
    def test_the_store_and_its_providers(self) -> None:
        """As it is made, and as `checkconfig` sees each configuration."""
        init = blocks_of("sh", HOW_TO / "store.md")[0]
        shutil.rmtree(self.store)
        shutil.rmtree(self.keys.parent)
        self.run_blocks(init)
        self.open().secrets.set("a", "one", now=NOW)
        write_secret(self.base / "keychain", "correct horse")
        self.patch(os, "environ", {**os.environ, "CREDENTIALS_DIRECTORY": str(self.base)})
        found = [
            eval(provider, {"secrets": secrets})
            for block in blocks_of("python", HOW_TO / "store.md")
            for provider in re.findall(r"^ *(secrets\.SecretInStore\(.*?^ *\)),?$", block, FLAGS)
            for provider in [self.in_place(textwrap.dedent(provider))]
            if "util" not in provider
        ]
        self.assertEqual([type(one).__name__ for one in found], ["SecretInStore"] * 3)


class BackupAndRotationTests(PagesTestCase):
    def test_the_page(self) -> None:
        environment, first, second, restore, rotate, timer = blocks_of(
            "sh", HOW_TO / "store-backup-and-rotation.md"
        )
        self.open().secrets.set("a", "one", now=NOW)
        self.run_blocks(environment, first, second)
        self.assertIn("all of it opens: 1 secrets", self.messages)

        shutil.rmtree(self.store)
        self.store.mkdir(mode=0o700)
        self.keys.unlink()
        self.run_blocks(environment, restore)
        found = self.open().secrets.get("a")
        self.assertEqual(found and found.text, "one")

        self.run_blocks(environment, rotate, timer)
        uses = [key.use for key in self.open().rotation.known_keys()]
        self.assertEqual(uses, ["retired", "primary"])

    def test_the_steps_of_several_masters(self) -> None:
        """The files of the keys are one here, so that nothing has to be copied."""
        page = HOW_TO / "store-backup-and-rotation.md"
        steps = re.findall(r"^\d\..*`(buildbot-keychain [^`]*)`", page.read_text(), re.MULTILINE)
        self.open().secrets.set("a", "one", now=NOW)
        self.run_blocks(blocks_of("sh", page)[0], *(f"{step}\n" for step in steps))
        uses = [key.use for key in self.open().rotation.known_keys()]
        self.assertEqual((len(steps), uses), (4, ["retired", "primary"]))


class FromPlainFilesTests(PagesTestCase):
    def test_the_page(self) -> None:
        environment, dry_run, imported, removed = blocks_of("sh", HOW_TO / "from-plain-files.md")
        files = self.base / "etc/buildbot/secrets"
        files.mkdir(parents=True)
        for name, content in (("token.txt", "one\n"), ("deploy", "two"), (".hidden", "three")):
            (files / name).write_text(content)
        (files.parent / "settings.env").write_text("A=four\n")

        report = self.run_blocks(environment, dry_run.replace("run", "run || test $? = 3"))
        self.assertIn("new     deploy  (", report)
        self.assertEqual(self.open().secrets.page(), [])

        (files / ".hidden").unlink()
        self.run_blocks(environment, imported)
        kept = self.open().secrets
        found = {name: kept.get(name) for name in kept.names()}
        values = {name: value and value.text for name, value in found.items()}
        self.assertEqual(values, {"deploy": "two", "settings/A": "four", "token": "one"})

        self.run_blocks(environment, removed)
        self.assertEqual(list(files.iterdir()), [])


class FromJenkinsTests(PagesTestCase):
    def test_the_page(self) -> None:
        environment, dry_run, imported = blocks_of("sh", HOW_TO / "from-jenkins.md")
        credentials = system(user_password("db", "admin", secret("s3cr3t")))
        user = "users/alice_1234567890/config.xml"
        home = self.base / "var/lib/jenkins"
        home.rmdir()
        make_home(home, {"credentials.xml": credentials, user: credentials})

        report = self.run_blocks(environment, dry_run)
        self.assertIn("new     users/alice/db  (", report)
        self.assertEqual(self.open().secrets.page(), [])

        self.run_blocks(environment, imported)
        page = self.open().secrets.page()
        self.assertEqual([one.name for one in page], ["jenkins/db", "jenkins/db/username"])
        self.assertEqual([one.metadata.redact for one in page], [True, False])
