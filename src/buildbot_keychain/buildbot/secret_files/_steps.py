"""The two steps around a ``withSecrets`` block: one writes its files, one removes them.

Their logs, names and states hold paths, never contents. The second step renders nothing: it removes
what the first one registered, also when the provider is down by then, when the build was cancelled,
and when it is cancelled again while the step runs. What it cannot remove stays registered.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from buildbot.process.build import Build
from buildbot.process.buildstep import BuildStep, BuildStepCancelled
from buildbot.process.remotecommand import RemoteCommand
from buildbot.process.results import FAILURE, SKIPPED, SUCCESS
from twisted.internet import defer, error
from twisted.internet.defer import Deferred
from twisted.python.failure import Failure

from buildbot_keychain import utf8
from buildbot_keychain.audit import Use
from buildbot_keychain.buildbot._attached import keychain_of, record
from buildbot_keychain.buildbot.builds import Asker, Found, collecting
from buildbot_keychain.buildbot.secret_files._blocks import Block, check_path
from buildbot_keychain.buildbot.secret_files._commands import WorkerCommands
from buildbot_keychain.buildbot.secret_files._errors import NotCreatedError, SecretFileError
from buildbot_keychain.buildbot.secret_files._files_in_use import FileInUse, in_use_error
from buildbot_keychain.buildbot.secret_files._locations import (
    FileLocation,
    RequestedPath,
    requested_path,
)
from buildbot_keychain.buildbot.secret_files._registry import SecretFileRegistry, files_over
from buildbot_keychain.buildbot.secret_files._worker_files import WorkerFiles, fill
from buildbot_keychain.deferreds import returns_deferred
from buildbot_keychain.errors import ConfigurationError


class WriteSecretFiles(BuildStep):
    """Writes the files of a block. When one cannot be written, the build halts.

    :param block: what to write.
    """

    name = "write secret files"
    haltOnFailure = True
    description = "writing secret files"

    def __init__(self, block: Block, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.block = block
        self._rendering: Deferred[Any] | None = None

    @returns_deferred
    async def run(self) -> int:
        """Write all files, or report what went wrong."""
        lines: list[str] = []
        try:
            await self._write_all(lines)
        except SecretFileError as problem:
            if self.stopped:
                raise BuildStepCancelled from None
            self.descriptionDone = str(problem)
            lines.append(str(problem))
            return FAILURE
        finally:
            await self.addCompleteLog("files", "".join(f"{line}\n" for line in lines))
        self.descriptionDone = f"{_count(lines)} written"
        return SUCCESS

    async def _write_all(self, lines: list[str]) -> None:
        commands = WorkerCommands(
            self.worker, self.remote, self.build.builder.name, on_command=self._on_command
        )
        commands.check_file_transfer()
        registry = SecretFileRegistry.of(self.master)
        await registry.sweep_once(commands)
        rendered = []
        for number, file in enumerate(self.block.files, 1):
            path = await self._render_path(file.path, number)
            with collecting() as found:
                rendering = self.build.render(file.content)
            content = await self._unless_stopped(rendering)
            self._add_known(found, content)
            rendered.append((path, _content_of(content, path), found))
        for path, content, found in rendered:
            self._raise_if_stopped()
            await self._write(commands, registry, path, content)
            self._record(path, found)
            lines.append(f"{path}: written, readable by the worker's user alone")
        self._raise_if_stopped()

    # -------------------------------------------------------------------------------- rendering

    async def _render_path(self, value: object, number: int) -> str:
        path = await self._unless_stopped(self.build.render(value))
        if not isinstance(path, str):
            raise SecretFileError(
                f"the path of secret file {number} renders to {type(path).__name__}; "
                f"it must render to a str"
            )
        keychain = keychain_of(self.master)
        if keychain is not None and keychain.audiences.of_build(self.build).redact(path) != path:
            raise SecretFileError(
                f"the path of secret file {number} holds the value of a secret; paths are shown "
                f"and stored, so choose one without it"
            )
        try:
            check_path(path)
        except ConfigurationError as problem:
            raise SecretFileError(str(problem)) from None
        return path

    def _add_known(self, found: Found, content: object) -> None:
        """Add the secrets that a content was made of and that were not looked up again."""
        keychain = keychain_of(self.master)
        made = None if keychain is None else keychain.references.made.of(content)
        for name in () if made is None else made.values:
            found.setdefault(name, None)

    def _record(self, path: str, found: Found) -> None:
        """Record in the audit trail that a file has secrets."""
        requester = Asker(self.build).requester
        for (name, provider), version in found.items():
            record(self.master, Use(name, requester, "file", path, provider, version))

    async def _unless_stopped(self, rendering: Deferred[Any]) -> Any:
        """Wait for a rendering, but no longer than the build is wanted.

        The rendering itself goes on: others may wait for the same answer of the provider.
        """
        self._raise_if_stopped()
        waiting: Deferred[Any] = Deferred()

        def rendered(result: object) -> None:
            if not waiting.called:
                waiting.callback(result)

        rendering.addBoth(rendered)
        self._rendering = waiting
        try:
            return await waiting
        finally:
            self._rendering = None

    # ---------------------------------------------------------------------------------- writing

    async def _write(
        self, commands: WorkerCommands, registry: SecretFileRegistry, path: str, content: bytes
    ) -> None:
        files = files_over(commands)
        wanted, location = await self._locate(commands, registry, files, path)
        # What removes the file must not be stopped with this step.
        remover = files_over(WorkerCommands(self.worker, self.remote, self.build.builder.name))
        file = FileInUse(
            self.worker.workername, self.remote, self.build, self.block, wanted, location, remover
        )
        self._raise_if_stopped()
        await registry.claim(file)
        try:
            await files.create(location)
        except NotCreatedError:
            await registry.release(file)
            raise
        self._raise_if_stopped()
        await fill(commands, files, location, content)

    async def _locate(
        self, commands: WorkerCommands, registry: SecretFileRegistry, files: WorkerFiles, path: str
    ) -> tuple[RequestedPath, FileLocation]:
        wanted = requested_path(
            path, workdir=self.workdir, builddir=commands.builddir, windows=commands.windows
        )
        if wanted.start == ".":
            wanted = replace(wanted, base=commands.base)
        location = await files.locate(wanted)
        if location is None:
            existing = await files.existing_file(wanted)
            if existing is not None:
                other = registry.file_at(self.worker.workername, self.remote, existing)
                if other is not None:
                    raise in_use_error(self.build, other)
                await registry.sweep(commands, wanted)
                location = await files.locate(wanted)
        if location is None:
            raise SecretFileError(
                f"{path}: something of that name is there already, and is not overwritten; "
                f"remove it on the worker or choose another path"
            )
        return wanted, location

    # -------------------------------------------------------------------------------- stopping

    def _raise_if_stopped(self) -> None:
        if self.stopped:
            raise BuildStepCancelled

    def _on_command(self, command: RemoteCommand | None) -> None:
        # Buildbot interrupts the command that it finds here.
        self.cmd = command

    def interrupt(self, reason: str | Failure) -> Deferred[None]:
        """Stop waiting and writing; what was written is removed by the other step."""
        stopping: Deferred[None] = super().interrupt(reason)
        waiting, self._rendering = self._rendering, None
        if waiting is not None and not waiting.called:
            lost = isinstance(reason, Failure) and reason.check(error.ConnectionLost)
            waiting.errback(error.ConnectionLost() if lost else BuildStepCancelled())
        return stopping


class RemoveSecretFiles(BuildStep):
    """Removes the files of a block, however the steps in between ended.

    :param block: whose files to remove.
    """

    name = "remove secret files"
    alwaysRun = True
    # The steps that follow must not see the secret.
    haltOnFailure = True
    description = "removing secret files"

    def __init__(self, block: Block, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.block = block

    @returns_deferred
    async def run(self) -> int:
        """Remove all files, or report which remain."""
        if not SecretFileRegistry.of(self.master).files_of(self.build, self.block):
            self.descriptionDone = "no secret files to remove"
            return SKIPPED
        lines, problems = await remove_files(self.master, self.build, self.block)
        await self.addCompleteLog("files", "".join(f"{line}\n" for line in (*lines, *problems)))
        if problems:
            self.descriptionDone = "; ".join(problems)
            return FAILURE
        self.descriptionDone = f"{_count(lines)} removed"
        return SUCCESS

    def interrupt(self, reason: str | Failure) -> Deferred[None]:
        """Go on: a cancelled build must not keep its secrets. A lost worker ends the step."""
        return defer.succeed(None)


async def remove_files(
    master: Any, build: Build, block: Block | None = None
) -> tuple[list[str], list[str]]:
    """Remove the files of a build, of one block or all of them, the newest first.

    :return: a line for each that is gone, and one for each that is not.
    :raise twisted.internet.error.ConnectionLost: when the worker is gone.
    """
    registry = SecretFileRegistry.of(master)
    removed, problems = [], []
    for file in registry.files_of(build, block):
        try:
            await registry.remove(file)
        except SecretFileError as problem:  # noqa: PERF203 - each by itself
            problems.append(str(problem))
        else:
            removed.append(f"{file.location.path}: removed")
    return removed, problems


def _content_of(content: object, path: str) -> bytes:
    """Return the bytes of what a content was rendered to."""
    if isinstance(content, bytes):
        return content
    if not isinstance(content, str):
        raise SecretFileError(
            f"{path}: its content renders to {type(content).__name__}; "
            f"it must render to a str or bytes"
        )
    if not utf8.is_encodable(content):
        raise SecretFileError(
            f"{path}: its content has characters that UTF-8 cannot encode; render it to bytes"
        )
    return content.encode()


def _count(lines: list[str]) -> str:
    return f"{len(lines)} secret file{'' if len(lines) == 1 else 's'}"
