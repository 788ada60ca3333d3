from __future__ import annotations

from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.store.imports import Entry, ImportedSecret, prepared, read_jenkins
from tests.support.jenkins import (
    element,
    folder,
    leaf,
    make_home,
    secret,
    system,
    user_password,
    xml,
)

CANARY = "s3cr3t-canary"
USER = "com.cloudbees.plugins.credentials.UserCredentialsProvider_-UserCredentialsProperty"


def config(value: str) -> bytes:
    return xml(element("org.example.Config", leaf("password", secret(value))))


class HomeTests(SynchronousTestCase):
    def names(self, files: dict[str, bytes]) -> list[str]:
        self.home = make_home(Path(self.mktemp()), files)
        return [entry.name for entry in self.secrets(read_jenkins(self.home))]

    def secrets(self, entries: object) -> list[ImportedSecret]:
        found: list[Entry] = list(entries)  # type: ignore[call-overload]
        self.assertEqual([e for e in found if not isinstance(e, ImportedSecret)], [])
        return [entry for entry in found if isinstance(entry, ImportedSecret)]

    def test_every_file_and_what_its_names_begin_with(self) -> None:
        names = self.names(
            {
                "credentials.xml": system(user_password("a", "", secret(CANARY))),
                "org.example.Plugin.xml": config(CANARY),
                "config.xml": config(CANARY),
                "jobs/team/config.xml": folder(user_password("a", "", secret(CANARY))),
                "jobs/team/jobs/app/config.xml": config(CANARY),
                "jobs/team/jobs/app/other.xml": config(CANARY),
                "nodes/linux/config.xml": config(CANARY),
                "users/alice_1234567890123/config.xml": folder(
                    user_password("a", "", secret(CANARY))
                ),
            }
        )
        expected = [
            "config/Config/password",
            "a",
            "org.example.Plugin/Config/password",
            "team/a",
            "team/app/Config/password",
            "team/app/other/Config/password",
            "nodes/linux/Config/password",
            "users/alice/a",
        ]
        self.assertEqual(names, expected)

    def test_what_is_never_read(self) -> None:
        names = self.names(
            {
                "jobs/a/builds/1/build.xml": config(CANARY),
                "jobs/a/config.xml.bak": config(CANARY),
                "config-history/config/1/config.xml": config(CANARY),
                "plugins/x/config.xml": config(CANARY),
                ".git/config.xml": config(CANARY),
                "secrets/x.xml": config(CANARY),
            }
        )
        self.assertEqual(names, [])

    def test_a_job_may_be_called_like_such_a_directory(self) -> None:
        self.assertEqual(
            self.names({"jobs/builds/config.xml": config(CANARY)}), ["builds/Config/password"]
        )

    def test_one_file_of_a_home(self) -> None:
        self.names({"credentials.xml": system(user_password("a", "", secret(CANARY)))})
        (found,) = self.secrets(read_jenkins(self.home / "credentials.xml"))
        self.assertEqual((found.name, found.value), ("a", CANARY))

    def test_a_file_and_its_keys_elsewhere(self) -> None:
        self.names({"x.xml": config(CANARY)})
        elsewhere = Path(self.mktemp())
        (self.home / "secrets").rename(elsewhere)
        (found,) = self.secrets(read_jenkins(self.home / "x.xml", elsewhere))
        self.assertEqual((found.name, found.value), ("x/Config/password", CANARY))

    def test_a_file_that_cannot_be_read_does_not_stop_the_others(self) -> None:
        self.names({"c.xml": config(CANARY)})
        (self.home / "a.xml").write_bytes(b"<a>")
        (self.home / "b.xml").symlink_to("c.xml")
        first, second, third = read_jenkins(self.home)
        self.assertIn("a.xml: is not XML", str(first))
        self.assertEqual(str(second), "b.xml: is a link; import what it points to")
        self.assertIsInstance(third, ImportedSecret)

    def test_a_directory_that_is_a_link_is_reported(self) -> None:
        self.names({"jobs/a/config.xml": config(CANARY), "elsewhere/x": b""})
        elsewhere = (self.home / "elsewhere").resolve()
        (self.home / "jobs/b").symlink_to(elsewhere)
        (self.home / "jobs/a/lastStable").symlink_to(elsewhere)
        (self.home / "loop").symlink_to("loop")
        problem, found = read_jenkins(self.home)
        self.assertIsInstance(found, ImportedSecret)
        self.assertEqual(str(problem), "jobs/b: is a link; import what it points to")

    def test_a_path_that_is_missing(self) -> None:
        (problem,) = read_jenkins(Path(self.mktemp()) / "credentials.xml")
        self.assertIn("credentials.xml: does not exist; correct the path", str(problem))

    def test_equal_ids_of_two_users_are_reported(self) -> None:
        one = folder(user_password("a", "", secret(CANARY)))
        self.names({"users/al_12345678/config.xml": one, "users/al_87654321/config.xml": one})
        first, second = prepared(read_jenkins(self.home))
        self.assertIsInstance(first, ImportedSecret)
        self.assertIn("is also that of users/al_12345678/config.xml", str(second))
