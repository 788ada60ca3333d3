from __future__ import annotations

import os
import stat
from typing import Any

from twisted.trial.unittest import TestCase

from buildbot_keychain.providers.files._permissions import (
    Reader,
    directory_problem,
    file_problem,
    is_closed,
    is_sealed,
    write_problem,
)

ME, ROOT, OTHER = 1000, 0, 2000
MY_GROUP, THEIR_GROUP = 1000, 2000
READER = Reader(uid=ME, gids=frozenset({MY_GROUP}), credentials="/run/credentials/ci.service")


def found(mode: int, uid: int, gid: int = THEIR_GROUP) -> os.stat_result:
    return os.stat_result((mode, 0, 0, 1, uid, gid, 0, 0, 0, 0))


def problem_of_file(mode: int, uid: int, **kwargs: Any) -> str | None:
    kubernetes = kwargs.pop("kubernetes", False)
    path = kwargs.pop("path", "/srv/secrets/token")
    reader = kwargs.pop("reader", READER)
    sealed = kwargs.pop("sealed", False)
    result = found(stat.S_IFREG | mode, uid, **kwargs)
    return file_problem(path, result, reader, kubernetes=kubernetes, sealed=sealed)


class FileTests(TestCase):
    def test_private_files_are_accepted(self) -> None:
        for uid in (ME, ROOT):
            for mode in (0o600, 0o400, 0o700):
                self.assertIsNone(problem_of_file(mode, uid))

    def test_files_open_to_others_are_rejected(self) -> None:
        for mode in (0o644, 0o640, 0o660, 0o604, 0o602, 0o620, 0o666, 0o444, 0o440):
            self.assertIsNotNone(problem_of_file(mode, ME), oct(mode))

    def test_root_may_share_with_a_group_of_ours(self) -> None:
        self.assertIsNone(problem_of_file(0o640, ROOT, gid=MY_GROUP))
        for mode in (0o660, 0o644, 0o641):
            self.assertIsNotNone(problem_of_file(mode, ROOT, gid=MY_GROUP), oct(mode))
        self.assertIsNotNone(problem_of_file(0o640, ROOT, gid=THEIR_GROUP))

    def test_to_root_a_group_is_other_users(self) -> None:
        root = Reader(uid=ROOT, gids=frozenset({ROOT}), credentials=None)
        self.assertIsNotNone(problem_of_file(0o640, ROOT, gid=ROOT, reader=root))

    def test_docker_secrets_are_accepted_in_roots_own_directories(self) -> None:
        for mode in (0o444, 0o440):
            self.assertIsNone(problem_of_file(mode, ROOT, sealed=True))
            self.assertIsNotNone(problem_of_file(mode, ROOT, sealed=False))
            self.assertIsNotNone(problem_of_file(mode, ME, sealed=True))
        self.assertIsNotNone(problem_of_file(0o644, ROOT, sealed=True))

    def test_systemd_credentials_are_accepted_in_their_directory(self) -> None:
        inside = "/run/credentials/ci.service/token"
        self.assertIsNone(problem_of_file(0o440, ROOT, path=inside))
        self.assertIsNone(problem_of_file(0o440, ME, path=inside))
        self.assertIsNotNone(problem_of_file(0o640, ME, path=inside))
        self.assertIsNotNone(problem_of_file(0o440, ME, path="/run/credentials/ci.service2/t"))

    def test_kubernetes_files_are_accepted_through_their_link(self) -> None:
        self.assertIsNone(problem_of_file(0o644, ROOT, kubernetes=True))
        self.assertIsNone(problem_of_file(0o640, ROOT, kubernetes=True))
        self.assertIsNotNone(problem_of_file(0o664, ROOT, kubernetes=True))
        self.assertIsNotNone(problem_of_file(0o644, ME, kubernetes=True))

    def test_files_of_other_users_are_rejected_whatever_their_mode(self) -> None:
        for mode in (0o600, 0o444, 0o400):
            problem = problem_of_file(mode, OTHER)
            self.assertIn("chown", problem or "")

    def test_the_problem_says_path_mode_owner_and_what_to_run(self) -> None:
        problem = problem_of_file(0o644, ME) or ""
        for expected in ("/srv/secrets/token", "0644", "chmod 600 /srv/secrets/token"):
            self.assertIn(expected, problem)

    def test_the_remedy_for_roots_file_leaves_it_readable_for_us(self) -> None:
        self.assertIn("chown ", problem_of_file(0o644, ROOT) or "")

    def test_the_remedy_can_be_pasted_whatever_the_path(self) -> None:
        problem = problem_of_file(0o644, ME, path="/srv/my secrets/a;b") or ""
        self.assertIn("chmod 600 '/srv/my secrets/a;b'", problem)


class DirectoryTests(TestCase):
    def problem(self, mode: int, uid: int, *, kubernetes: bool = False) -> str | None:
        result = found(stat.S_IFDIR | mode, uid)
        return directory_problem("/srv/secrets", result, READER, kubernetes=kubernetes)

    def test_private_directories_are_accepted(self) -> None:
        for mode in (0o700, 0o500, 0o711):
            self.assertIsNone(self.problem(mode, ME))

    def test_directories_open_to_others_are_rejected(self) -> None:
        for mode in (0o755, 0o770, 0o777, 0o702, 0o1777):
            self.assertIn("chmod 700 /srv/secrets", self.problem(mode, ME) or "", oct(mode))

    def test_directories_that_root_made_may_be_listed_but_not_written(self) -> None:
        self.assertIsNone(self.problem(0o755, ROOT))
        self.assertIsNotNone(self.problem(0o775, ROOT))
        self.assertIsNotNone(self.problem(0o1777, ROOT))

    def test_the_root_of_a_kubernetes_volume_is_accepted(self) -> None:
        self.assertIsNone(self.problem(0o1777, ROOT, kubernetes=True))
        self.assertIsNotNone(self.problem(0o777, ROOT, kubernetes=True))

    def test_directories_of_other_users_are_rejected(self) -> None:
        self.assertIn("chown", self.problem(0o700, OTHER) or "")

    def test_a_sealed_directory_is_roots_and_written_by_nobody_else(self) -> None:
        for mode, uid, sealed in (
            (0o755, ROOT, True),
            (0o700, ROOT, True),
            (0o775, ROOT, False),
            (0o1777, ROOT, False),
            (0o700, ME, False),
            (0o755, OTHER, False),
        ):
            self.assertIs(is_sealed(found(stat.S_IFDIR | mode, uid)), sealed, oct(mode))


class WriterTests(TestCase):
    """Files and directories of encrypted secrets."""

    def problem(self, what: str, mode: int, uid: int) -> str | None:
        kind = stat.S_IFREG if what == "file" else stat.S_IFDIR
        return write_problem(what, "/srv/secrets", found(kind | mode, uid), READER)

    def test_everybody_may_read_what_nobody_else_can_write(self) -> None:
        for uid in (ME, ROOT):
            for mode in (0o600, 0o644, 0o755, 0o444):
                self.assertIsNone(self.problem("file", mode, uid), oct(mode))
                self.assertIsNone(self.problem("directory", mode, uid), oct(mode))

    def test_what_others_can_write_is_rejected_with_the_command(self) -> None:
        for what in ("file", "directory"):
            for mode in (0o664, 0o646, 0o666):
                problem = self.problem(what, mode, ME)
                self.assertIn(f"the {what} /srv/secrets (mode {mode:04o}, owner ", str(problem))
                self.assertIn("can be changed by other users; run: chmod go-w", str(problem))

    def test_what_others_own_is_rejected(self) -> None:
        problem = self.problem("file", 0o644, OTHER)
        self.assertRegex(str(problem), r"run: chown \S+ /srv/secrets && chmod go-w /srv/secrets")

    def test_a_sticky_directory_is_shared_and_a_file_never(self) -> None:
        self.assertIsNone(self.problem("directory", 0o1777, ROOT))
        self.assertIsNotNone(self.problem("file", 0o1777, ROOT))


class ClosedTests(TestCase):
    """Files in a directory that nobody else can enter."""

    def problems(self, mode: int, uid: int) -> tuple[str | None, str | None]:
        file, directory = found(stat.S_IFREG | mode, uid), found(stat.S_IFDIR | mode, uid)
        about = {"kubernetes": False, "closed": True}
        return (
            file_problem("/s/x", file, READER, sealed=False, **about),
            directory_problem("/s", directory, READER, **about),
        )

    def test_a_directory_is_closed_when_it_is_ours_and_nobodys_else(self) -> None:
        for mode, uid, closed in (
            (0o700, ME, True),
            (0o500, ME, True),
            (0o710, ME, False),
            (0o701, ME, False),
            (0o704, ME, False),
            (0o700, ROOT, False),
            (0o700, OTHER, False),
        ):
            self.assertEqual(is_closed(found(stat.S_IFDIR | mode, uid), READER), closed, oct(mode))

    def test_modes_do_not_matter_there_and_owners_do(self) -> None:
        for mode in (0o600, 0o644, 0o755, 0o666, 0o777):
            for uid in (ME, ROOT):
                self.assertEqual(self.problems(mode, uid), (None, None), oct(mode))
            for problem in self.problems(mode, OTHER):
                self.assertIn("run: chown", str(problem))
