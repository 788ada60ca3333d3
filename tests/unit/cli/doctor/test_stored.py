from __future__ import annotations

import io
import os
import sqlite3
from pathlib import Path
from unittest import mock

from buildbot_keychain.cli._findings import progress_at
from buildbot_keychain.cli._terminal import Terminal
from buildbot_keychain.cli.doctor._stored import stored_secrets
from buildbot_keychain.inspection.doctor import Examination
from tests.support.keychain_command import SecretFilesTestCase
from tests.support.small_database import SCHEMA

CANARY = "canary-W7/x+9pQ"

IN_HOUSE = "in-house-7Kp2mQ9wLz4"

CONFIGURATION = """
from buildbot_keychain.plugins import secrets
files = secrets.SecretInAFile(dirname={directory!r}, name="files")
import beside_the_configuration
class InHouse:
    name = "inhouse"

    def get(self, path):
        return {{"a": "in-house-7Kp2mQ9wLz4", "b": "in-house-Xw8cVt3nRf6"}}.get(path)

BuildmasterConfig = {{"secretsProviders": [secrets.SecretManager([files, InHouse()])]}}
"""


class StoredTests(SecretFilesTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.secret("token", CANARY)
        self.basedir = Path(self.mktemp()).resolve()
        self.basedir.mkdir(mode=0o700)
        text = CONFIGURATION.format(directory=str(self.directory))
        (self.basedir / "master.cfg").write_text(text)
        (self.basedir / "beside_the_configuration.py").touch()
        (self.basedir / "twistd.log").write_text("nothing\n")
        connection = sqlite3.connect(self.basedir / "state.sqlite")
        connection.executescript(SCHEMA)
        connection.close()

    def search(
        self, seconds: float = 60, *, files: bool = True, secrets: tuple[str, ...] = ()
    ) -> list[tuple[str, str, str]]:
        logs = tuple(map(str, sorted(self.basedir.glob("twistd.log*"))))
        examined = Examination(str(self.basedir), has_files=files, secrets=secrets, logs=logs)
        stream = io.StringIO()
        with progress_at(Terminal(stream, show_status=True)) as progress:
            found = stored_secrets(examined, str(self.basedir), seconds, progress)
        if files or secrets:
            self.assertIn("searching what is stored", stream.getvalue())
        self.assertNotIn(CANARY, repr(found))
        self.assertEqual({each.kind for each in found} - {"stored-secrets"}, set())
        return [(each.level, each.sentence, each.remedy) for each in found]

    def test_a_log_with_a_secret(self) -> None:
        (self.basedir / "twistd.log.1").write_text(f"a {CANARY}\nb {CANARY}\n")
        (found,) = self.search()
        log = self.basedir / "twistd.log.1"
        scrub = f"buildbot-keychain scrub --config {self.basedir} --text {log}"
        sentence = "'token' stands as it is in 2 places of the logs or the database"
        self.assertEqual(found, ("problem", sentence, f"{scrub} --no-database --write"))

    def test_secrets_of_other_providers(self) -> None:
        log = self.basedir / "twistd.log"
        log.write_text(f"a {IN_HOUSE}\n")
        self.assertEqual(self.search(files=False), [])
        asked = ("inhouse!a", "inhouse!b")
        ((level, sentence, remedy),) = self.search(files=False, secrets=asked)
        self.assertEqual(level, "problem")
        self.assertIn("'inhouse!a' stands as it is in 1 place of", sentence)
        named = f"--config {self.basedir} '--name=inhouse!a' --text {log} --no-database --write"
        self.assertEqual(remedy, f"buildbot-keychain scrub {named}")
        (found,) = self.search(files=False, secrets=("inhouse!gone",))
        self.assertEqual(found[0], "unchecked")

    def test_nothing_is_written(self) -> None:
        before = set(self.basedir.iterdir())
        with mock.patch.dict(os.environ):
            os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
            self.assertEqual(self.search(), [])
        self.assertEqual(set(self.basedir.iterdir()), before)

    def test_what_cannot_be_searched_in_time(self) -> None:
        (found,) = self.search(0.01)
        self.assertEqual(found[0], "unchecked")
        self.assertIn("within 0.01 seconds", found[1])
