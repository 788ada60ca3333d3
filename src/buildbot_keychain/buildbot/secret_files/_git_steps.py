"""The key files of Buildbot's own Git steps, which go through the same ledger.

A Git step writes its key, and what goes with it, into a directory of its own beside the working
directory, and removes that directory at its end, by a command of the step. A step that was stopped
runs no commands, a worker that is lost takes none, and a file counts as written only when all are
(``buildbot/util/git.py``, `GitStepAuth`).

So the files are in the ledger before the step writes them. At its end they are removed here if
Buildbot has not done that; what is left after all is removed when the worker connects again.
"""

from __future__ import annotations

import ntpath
import posixpath
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from twisted.internet import error
from twisted.internet.defer import maybeDeferred
from twisted.logger import Logger
from twisted.python.failure import Failure

from buildbot_keychain.buildbot.secret_files._commands import WorkerCommands
from buildbot_keychain.buildbot.secret_files._files_in_use import ForeignFiles
from buildbot_keychain.buildbot.secret_files._locations import RememberedFile, requested_path
from buildbot_keychain.buildbot.secret_files._registry import SecretFileRegistry
from buildbot_keychain.deferreds import returns_deferred
from buildbot_keychain.errors import safe_summary

_ATTRIBUTE = "buildbot_keychain_files"

_BASEDIRS = {posixpath: "/worker", ntpath: "C:\\worker"}

_log = Logger()


@returns_deferred
async def write_git_files(auth: Any, workdir: str, write: Callable[[], Any]) -> Any:
    """Have Buildbot write the key files of a Git step, and remember them first.

    :param auth: Buildbot's `GitStepAuth`.
    :param workdir: the directory of which Buildbot derives where to put them.
    :param write: Buildbot's way to write them.
    :return: what `write` answers.
    """
    paths = list(_git_files(auth, workdir))
    if paths:
        step = auth.step
        files = ForeignFiles.of(step.worker.workername, step.remote, paths)
        setattr(auth, _ATTRIBUTE, files)
        await SecretFileRegistry.of(step.master).expect(files)
    return await maybeDeferred(write)


@returns_deferred
async def remove_git_files(auth: Any, remove: Callable[[], Any]) -> Any:
    """Have Buildbot remove the key files of a Git step, and remove what it leaves.

    What cannot be removed does not alter how the step ends: it stays in the ledger for the next
    time that the worker connects, and the log says so.

    :param remove: Buildbot's way to remove them.
    :return: what `remove` answers.
    """
    files = vars(auth).pop(_ATTRIBUTE, None)
    if files is None:
        return await maybeDeferred(remove)
    step, removed = auth.step, False
    registry = SecretFileRegistry.of(step.master)
    try:
        result = await maybeDeferred(remove)
        removed = not step.stopped and auth.did_download_auth_files
    finally:
        await _forget_or_clear(registry, files, step, removed=removed)
    return result


async def _forget_or_clear(
    registry: SecretFileRegistry, files: ForeignFiles, step: Any, *, removed: bool
) -> None:
    """Forget files that Buildbot has removed, or remove them; failures are only logged."""
    try:
        if removed:
            await registry.forget(files)
        else:
            # These commands are not stopped with the step.
            commands = WorkerCommands(step.worker, step.remote, step.build.builder.name)
            await registry.clear(files, commands)
    except error.ConnectionLost:
        pass
    except Exception:  # noqa: BLE001 - of a database; the step has its own result
        _log.error(
            "key files of step {step!r} could not be removed from worker {worker}, or from the "
            "list of what is there; the next attempt is when it connects again: {problem}",
            step=step.name,
            worker=files.worker,
            problem=safe_summary(Failure()),
        )


def _git_files(auth: Any, workdir: str) -> Iterator[RememberedFile]:
    """Return the files that a Git step is about to write.

    Nothing is returned for a relative `workdir` that leads out of the worker's directory: where
    that is, is what the worker says, which is not remembered.
    """
    names = list(_git_names(auth))
    if not names:
        return
    windows = auth.step.remote.info.get("system") == "nt"
    flavour = ntpath if windows else posixpath
    workdir = workdir.rstrip("/\\")  # as Buildbot does
    absolute = flavour.isabs(workdir)
    # In place of what the worker calls its directory. No absolute path is below a relative one.
    basedir = "." if absolute else _BASEDIRS[flavour]
    own = flavour.basename(auth._get_auth_data_path(workdir))  # noqa: SLF001 - where it will write
    directory = flavour.join(basedir, flavour.dirname(workdir), own)
    for name in names:
        path = flavour.join(directory, name)
        wanted = requested_path(path, workdir=".", builddir=basedir, windows=windows)
        if absolute:
            # The directory itself is made by the step, and may not be a link.
            yield RememberedFile(replace(wanted, trusted=len(wanted.parts) - 2), made=1)
        elif wanted.start == ".":
            shown = flavour.join(*wanted.parts)
            yield RememberedFile(replace(wanted, path=shown, base="."), made=1)


def _git_names(auth: Any) -> Iterator[str]:
    if auth.ssh_private_key is not None:
        yield "ssh-key"
        if auth.ssh_host_key is not None or auth.ssh_known_hosts is not None:
            yield "ssh-known-hosts"
        if not auth.step.supportsSshPrivateKeyAsEnvOption:
            yield "ssh-wrapper.sh"
    # Unknown to Buildbot 4.0.
    if getattr(auth, "git_credential_options", None) is not None:
        yield ".git-credentials"
        yield ".git-credentials.lock"  # in which git writes a new version of it
