"""The two steps around a ``withSecrets`` block: one writes its files, one removes them.

Their logs, names and states hold paths, never contents. The second step renders nothing: it
removes what the first one remembered, also when the provider is down by then, when the build was
cancelled, when it is cancelled again while the step runs. What it cannot remove stays in the list
of `Leftovers`.
"""

from __future__ import annotations

from typing import Any

from buildbot.process.build import Build
from buildbot.process.buildstep import BuildStep, BuildStepCancelled
from buildbot.process.properties import Properties
from buildbot.process.remotecommand import RemoteCommand
from buildbot.process.results import FAILURE, SKIPPED, SUCCESS
from twisted.internet import defer, error
from twisted.internet.defer import Deferred
from twisted.python.failure import Failure

from buildbot_keychain.buildbot.secret_files.commands import Commands
from buildbot_keychain.buildbot.secret_files.entries import Block, check_path
from buildbot_keychain.buildbot.secret_files.failures import NotCreatedError, SecretFileError
from buildbot_keychain.buildbot.secret_files.files import WorkerFiles, fill
from buildbot_keychain.buildbot.secret_files.leftovers import (
    Leftovers,
    LiveFile,
    files_of,
    in_use,
)
from buildbot_keychain.buildbot.secret_files.places import Place, target_of
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

    def run(self) -> Deferred[int]:
        """Write all, or say what went wrong."""
        return Deferred.fromCoroutine(self._run())

    async def _run(self) -> int:
        written: list[str] = []
        try:
            await self._write(written)
        except SecretFileError as problem:
            if self.stopped:
                raise BuildStepCancelled from None
            self.descriptionDone = str(problem)
            written.append(str(problem))
            return FAILURE
        finally:
            await self.addCompleteLog("files", "".join(f"{line}\n" for line in written))
        count = len(written)
        self.descriptionDone = f"{count} secret file{'' if count == 1 else 's'} written"
        return SUCCESS

    async def _write(self, written: list[str]) -> None:
        commands = Commands(self.worker, self.remote, self.build.builder.name, watch=self._watch)
        commands.refuse_unless_files_arrive()
        leftovers = Leftovers.of(self.master)
        leftovers.start()
        await leftovers.sweep_once(commands)
        wanted = []
        for number, entry in enumerate(self.block.entries, 1):
            path = await self._render_path(entry.path, number, leftovers)
            wanted.append((path, await self._render_content(entry.content, path)))
        for path, content in wanted:
            self._go_on()
            await self._write_one(commands, leftovers, path, content)
            written.append(f"{path}: written, readable by the worker's user alone")
        self._go_on()

    # -------------------------------------------------------------------------------- rendering

    async def _render_path(self, value: object, number: int, leftovers: Leftovers) -> str:
        # Properties of its own tell whether the path itself holds a secret.
        properties = Properties()
        properties.updateFromProperties(self.build.getProperties())
        properties.build = self.build
        path = await self._unless_stopped(properties.render(value))
        if not isinstance(path, str):
            raise SecretFileError(
                f"the path of secret file {number} renders to {type(path).__name__}, not to a str"
            )
        shown = leftovers.redact(properties.cleanupTextFromSecrets(path))
        if shown != path:
            raise SecretFileError(
                f"the path of secret file {number} holds the value of a secret; "
                f"paths are shown and stored, so it is refused"
            )
        try:
            check_path(path)
        except ConfigurationError as problem:
            raise SecretFileError(str(problem)) from None
        return path

    async def _render_content(self, value: object, path: str) -> bytes:
        content = await self._unless_stopped(self.build.render(value))
        if isinstance(content, bytes):
            return content
        if not isinstance(content, str):
            raise SecretFileError(
                f"{path}: its content renders to {type(content).__name__}, not to a str or bytes"
            )
        try:
            return content.encode()
        except UnicodeEncodeError:
            pass
        # Outside of the handler: the error that was caught holds the content.
        raise SecretFileError(f"{path}: its content has characters that UTF-8 cannot hold")

    async def _unless_stopped(self, rendering: Deferred[Any]) -> Any:
        """Wait for a rendering, but no longer than the build is wanted.

        The rendering itself is left alone: others may wait for the same answer of the provider.
        """
        self._go_on()
        waiting: Deferred[Any] = Deferred()

        def tell(result: object) -> None:
            if not waiting.called:
                waiting.callback(result)

        rendering.addBoth(tell)
        self._rendering = waiting
        try:
            return await waiting
        finally:
            self._rendering = None

    # ---------------------------------------------------------------------------------- writing

    async def _write_one(
        self, commands: Commands, leftovers: Leftovers, path: str, content: bytes
    ) -> None:
        files = files_of(commands)
        place = await self._find_place(commands, leftovers, files, path)
        # What removes the file is not to be stopped with this step.
        remover = files_of(Commands(self.worker, self.remote, self.build.builder.name))
        live = LiveFile(self.worker.workername, self.remote, self.build, self.block, place, remover)
        self._go_on()
        await leftovers.claim(live)
        try:
            await files.create(place)
        except NotCreatedError:
            await leftovers.forget(live)
            raise
        self._go_on()
        await fill(commands, files, place, content)

    async def _find_place(
        self, commands: Commands, leftovers: Leftovers, files: WorkerFiles, path: str
    ) -> Place:
        target = target_of(
            path, workdir=self.workdir, builddir=commands.builddir, windows=commands.windows
        )
        place = await files.locate(target)
        if place is None:
            there = await files.place_of(target)
            if there is not None:
                other = leftovers.live_at(self.worker.workername, self.remote, there)
                if other is not None:
                    raise in_use(self.build, other)
                await leftovers.sweep(commands, there)
                place = await files.locate(target)
        if place is None:
            raise SecretFileError(
                f"{path}: something of that name is there already, and is not overwritten; "
                f"remove it on the worker or choose another path"
            )
        return place

    # -------------------------------------------------------------------------------- stopping

    def _go_on(self) -> None:
        if self.stopped:
            raise BuildStepCancelled

    def _watch(self, command: RemoteCommand | None) -> None:
        # Buildbot interrupts the command that it finds here.
        self.cmd = command

    def interrupt(self, reason: str | Failure) -> Deferred[None]:
        """Stop waiting, stop writing; what was written is removed by the other step."""
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
    # The steps that follow are not to see the secret.
    haltOnFailure = True
    description = "removing secret files"

    def __init__(self, block: Block, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.block = block

    def run(self) -> Deferred[int]:
        """Remove all that is there, or say what is left."""
        return Deferred.fromCoroutine(self._run())

    async def _run(self) -> int:
        found = Leftovers.of(self.master).live(self.build, self.block)
        if not found:
            self.descriptionDone = "no secret files to remove"
            return SKIPPED
        lines, problems = await remove_files(self.master, self.build, self.block)
        await self.addCompleteLog("files", "".join(f"{line}\n" for line in (*lines, *problems)))
        if problems:
            self.descriptionDone = "; ".join(problems)
            return FAILURE
        count = len(lines)
        self.descriptionDone = f"{count} secret file{'' if count == 1 else 's'} removed"
        return SUCCESS

    def interrupt(self, reason: str | Failure) -> Deferred[None]:
        """Go on: who cancels a build does not want its secrets to stay. A lost worker ends it."""
        return defer.succeed(None)


async def remove_files(
    master: Any,
    build: Build,
    block: Block | None = None,
) -> tuple[list[str], list[str]]:
    """Remove the files of a build, of one block or all of them, the newest first.

    :return: a line for each that is gone, and one for each that is not.
    :raise twisted.internet.error.ConnectionLost: when the worker is gone.
    """
    leftovers = Leftovers.of(master)
    gone, problems = [], []
    for live in leftovers.live(build, block):
        try:
            await leftovers.remove(live)
        except SecretFileError as problem:  # noqa: PERF203 - each on its own
            problems.append(str(problem))
        else:
            gone.append(f"{live.place.path}: removed")
    return gone, problems
