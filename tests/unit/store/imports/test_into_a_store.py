"""What is read can be stored as it is, and read again."""

from __future__ import annotations

from pathlib import Path

from buildbot_keychain.store.imports import (
    MAX_VALUE,
    ImportProblem,
    prepared,
    read_jenkins,
)
from buildbot_keychain.store.store import MAX_SIZE
from tests.support.jenkins import (
    credential,
    leaf,
    make_home,
    secret,
    secret_bytes,
    system,
    user_password,
)
from tests.support.store_case import StoreTestCase
from tests.support.store_keys import NOW

FILE = "org.jenkinsci.plugins.plaincredentials.impl.FileCredentialsImpl"


class IntoAStoreTests(StoreTestCase):
    def test_a_jenkins(self) -> None:
        content = system(
            user_password("db", "admin", secret("s3cr3t"), "Database"),
            user_password("db", "again", secret("twice")),
            credential(FILE, "key", leaf("secretBytes", secret_bytes(b"\xff\x00"))),
        )
        home = make_home(Path(self.mktemp()), {"credentials.xml": content})
        problems = []
        for entry in prepared(read_jenkins(home)):
            if isinstance(entry, ImportProblem):
                problems.append(str(entry))
                continue
            self.store.set(
                entry.name,
                entry.value,
                now=NOW,
                description=entry.description,
                tags=entry.tags,
                redact=entry.redact,
            )
        self.assertEqual(self.value("db"), "s3cr3t")
        found = self.store.get("key")
        assert found
        self.assertEqual(found.content, b"\xff\x00")
        described = self.store.describe("db/username")
        assert described
        metadata = described.metadata
        self.assertEqual((metadata.description, metadata.redact), ("Database", False))
        self.assertEqual(metadata.tags, ("UsernamePasswordCredentialsImpl", "jenkins"))
        self.assertEqual(len(problems), 2)
        for problem in problems:
            self.assertIn("is also that of credentials.xml: 'db'", problem)

    def test_the_limits_are_the_same(self) -> None:
        self.assertEqual(MAX_VALUE, MAX_SIZE)
