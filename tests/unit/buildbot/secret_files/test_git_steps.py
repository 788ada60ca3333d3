"""Where the key files of Git steps are, which there are, and who removes them."""

from __future__ import annotations

import ntpath
import posixpath
from types import SimpleNamespace
from typing import Any

from twisted.internet.defer import Deferred, fail, succeed
from twisted.internet.error import ConnectionLost
from twisted.logger import capturedLogs, formatEvent
from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.buildbot.secret_files import SecretFileRegistry, _registry
from buildbot_keychain.buildbot.secret_files._errors import SecretFileError
from buildbot_keychain.buildbot.secret_files._git_steps import (
    _git_files,
    remove_git_files,
    write_git_files,
)
from buildbot_keychain.buildbot.secret_files._ledger import Ledger
from tests.support.object_state import MemoryState, master_with


def git_auth(*, windows: bool = False, basedir: str = "/w", **attributes: Any) -> Any:
    """Return what stands for Buildbot's `GitStepAuth`: its directory is beside the `workdir`."""
    flavour = ntpath if windows else posixpath

    def directory(workdir: str) -> str:
        parent, name = flavour.split(workdir.rstrip("/\\"))
        return flavour.join(basedir, parent, f".b.{name}.buildbot")

    step = SimpleNamespace(
        name="git",
        master=master_with(MemoryState()),
        worker=SimpleNamespace(workername="worker", worker_basedir=basedir),
        remote=SimpleNamespace(info={"system": "nt" if windows else "posix"}),
        build=SimpleNamespace(builder=SimpleNamespace(name="b")),
        stopped=False,
        supportsSshPrivateKeyAsEnvOption=True,
    )
    return SimpleNamespace(
        step=step,
        ssh_private_key="key",
        ssh_host_key=None,
        ssh_known_hosts=None,
        _get_auth_data_path=directory,
        **{"did_download_auth_files": True, **attributes},
    )


class GitFilesTests(SynchronousTestCase):
    """`_git_files`."""

    def test_names(self) -> None:
        auth = git_auth(git_credential_options=object())
        auth.ssh_known_hosts = "hosts"
        auth.step.supportsSshPrivateKeyAsEnvOption = False
        self.assertEqual(
            [file.wanted.parts for file in _git_files(auth, "build")],
            [
                (".b.build.buildbot", "ssh-key"),
                (".b.build.buildbot", "ssh-known-hosts"),
                (".b.build.buildbot", "ssh-wrapper.sh"),
                (".b.build.buildbot", ".git-credentials"),
                (".b.build.buildbot", ".git-credentials.lock"),
            ],
        )

    def test_no_keys(self) -> None:
        auth = git_auth()
        auth.ssh_private_key = None
        self.assertEqual(list(_git_files(auth, "build")), [])

    def test_in_the_directory_of_the_worker(self) -> None:
        (file,) = _git_files(git_auth(), "sub/build")
        self.assertEqual((file.wanted.start, file.wanted.base, file.made), (".", ".", 1))
        self.assertEqual(file.path, "sub/.b.build.buildbot/ssh-key")
        self.assertEqual(file.wanted.followed, 0)

    def test_in_the_directory_of_the_builder(self) -> None:
        (file,) = _git_files(git_auth(), "")
        self.assertEqual((file.wanted.start, file.path), (".", ".b..buildbot/ssh-key"))

    def test_in_an_absolute_directory(self) -> None:
        """The administrator's links are followed, but the directory of the key is none."""
        (file,) = _git_files(git_auth(), "/srv/app/build")
        self.assertEqual((file.wanted.start, file.wanted.base), ("/", ""))
        self.assertEqual(file.wanted.parts, ("srv", "app", ".b.build.buildbot", "ssh-key"))
        self.assertEqual(file.wanted.followed, 2)

    def test_on_windows(self) -> None:
        (file,) = _git_files(git_auth(windows=True), "sub\\build")
        self.assertEqual(file.wanted.parts, ("sub", ".b.build.buildbot", "ssh-key"))
        self.assertEqual(list(_git_files(git_auth(windows=True), "..\\build")), [])
        (file,) = _git_files(git_auth(windows=True), "D:\\app\\build")
        self.assertEqual(file.wanted.start, "D:\\")

    def test_what_a_worker_says_of_its_directory(self) -> None:
        for basedir in ("", "w", "/", "/w/../..", "/srv", "C:\\w"):
            (file,) = _git_files(git_auth(basedir=basedir), "sub/build")
            self.assertEqual(file.wanted.parts, ("sub", ".b.build.buildbot", "ssh-key"))
            self.assertEqual((file.wanted.start, file.wanted.base), (".", "."))
            (file,) = _git_files(git_auth(basedir=basedir), "/srv/app/build")
            self.assertEqual(file.wanted.parts, ("srv", "app", ".b.build.buildbot", "ssh-key"))
            self.assertEqual((file.wanted.start, file.wanted.followed), ("/", 2))

    def test_outside_of_the_directory_of_the_worker(self) -> None:
        """Where that is, only the worker knows."""
        self.assertEqual(list(_git_files(git_auth(), "../build")), [])


class RemovalTests(SynchronousTestCase):
    """What happens at the end of a step."""

    def end(self, auth: Any, answer: Any) -> Any:
        """Write, then remove; return what the removal answers."""
        write = write_git_files(auth, "build", lambda: 0)
        self.assertEqual(self.successResultOf(write), 0)
        return remove_git_files(auth, lambda: answer)

    def remembered(self, auth: Any) -> list[str]:
        ledger = Ledger(auth.step.master)
        entries = self.successResultOf(Deferred.fromCoroutine(ledger.entries("worker")))
        return [file.path for file in entries.values()]

    def test_buildbot_has_removed_them(self) -> None:
        auth = git_auth()
        self.assertEqual(self.successResultOf(self.end(auth, succeed(0))), 0)
        self.assertEqual(self.remembered(auth), [])

    def test_nothing_was_written(self) -> None:
        auth = git_auth()
        auth.ssh_private_key = None
        self.assertEqual(self.successResultOf(self.end(auth, succeed(0))), 0)
        self.assertEqual(self.remembered(auth), [])

    def test_buildbot_has_not_and_the_worker_is_lost(self) -> None:
        auth = git_auth(did_download_auth_files=False)
        self.patch(SecretFileRegistry, "clear", lambda *_: fail(ConnectionLost()))
        self.failureResultOf(self.end(auth, fail(ValueError())), ValueError)
        self.assertEqual(self.remembered(auth), [".b.build.buildbot/ssh-key"])

    def test_they_cannot_be_removed(self) -> None:
        """The log says so, and the step ends as it would."""
        auth = git_auth(did_download_auth_files=False)
        self.patch(SecretFileRegistry, "clear", lambda *_: fail(SecretFileError("stays")))
        self.assertEqual(self.successResultOf(self.end(auth, succeed(0))), 0)
        self.assertEqual(self.remembered(auth), [".b.build.buildbot/ssh-key"])

    def test_the_database_is_down(self) -> None:
        """The entries stay for the next time, and the step ends as it would."""
        for downloaded in (True, False):
            auth = git_auth(did_download_auth_files=downloaded)
            if not downloaded:
                self.patch(_registry, "_remove_left", lambda *_: succeed(None))
            with capturedLogs() as events:
                write = write_git_files(auth, "build", lambda: 0)
                self.assertEqual(self.successResultOf(write), 0)
                auth.step.master.db.state.wait = fail(RuntimeError("down at s3cr3t"))
                self.assertEqual(self.successResultOf(remove_git_files(auth, lambda: 7)), 7)
            (said,) = [formatEvent(event) for event in events]
            self.assertIn("of step 'git'", said)
            self.assertNotIn("s3cr3t", repr(events))
            auth.step.master.db.state.wait = succeed(None)
            self.assertEqual(self.remembered(auth), [".b.build.buildbot/ssh-key"])
