"""Secrets that a step writes itself: into logs by every call, names, states, summaries, links."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from buildbot.plugins import steps
from buildbot.process.buildstep import BuildStep, ShellMixin
from buildbot.process.logobserver import BufferLogObserver, LogLineObserver
from buildbot.process.results import FAILURE, SUCCESS
from twisted.internet.defer import Deferred

from tests.integration.leaks.canaries import key, spiky
from tests.integration.leaks.channels import ChannelTable

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.integration.leaks.channels import Kit

CHANNELS = channel = ChannelTable()


class SecretStep(BuildStep):
    """A step that has the secret in its hands; fails if it is not the true one."""

    name = "own"
    renderables = ("secret",)

    def __init__(self, kit: Kit, use: Callable[[Any, str], Any], **more: Any) -> None:
        self.secret = kit.secret
        self._digest = kit.canary.digest
        self._use = use
        super().__init__(**more)

    def run(self) -> Deferred[int]:
        # Buildbot 4.0 takes no coroutine.
        return Deferred.fromCoroutine(self._run())

    async def _run(self) -> int:
        if hashlib.sha256(self.secret.encode()).hexdigest() != self._digest:
            return FAILURE
        result = await self._use(self, self.secret)
        return SUCCESS if result is None else result


class _Summaries(SecretStep):
    def getCurrentSummary(self) -> dict[str, str]:
        return {"step": f"now {self.secret}"}

    def getResultSummary(self) -> dict[str, str]:
        return {"step": f"done {self.secret}", "build": f"built {self.secret}"}


class _Observed(ShellMixin, BuildStep):
    """Runs a command and says in many ways what it printed."""

    renderables = ("secret",)

    def __init__(self, kit: Kit, **more: Any) -> None:
        self.secret = kit.secret
        self._expected = kit.canary.value.splitlines()
        super().__init__(**self.setupShellMixin(more, prohibitArgs=["secret"]))

    def run(self) -> Deferred[int]:
        # Buildbot 4.0 takes no coroutine.
        return Deferred.fromCoroutine(self._run())

    async def _run(self) -> int:
        whole = BufferLogObserver(wantStderr=True)
        lines: list[str] = []
        each = LogLineObserver()
        each.outLineReceived = lines.append
        self.addLogObserver("stdio", whole)
        self.addLogObserver("stdio", each)
        command = await self.makeRemoteShellCommand(collectStdout=True, collectStderr=True)
        await self.runCommand(command)
        print("observed", whole.getStdout())
        await self.addCompleteLog("observed", whole.getStdout())
        self.descriptionDone = [f"saw {line}" for line in lines[:3]]
        seen = [whole.getStdout(), command.stdout, "\n".join(lines)]
        return SUCCESS if all(text.splitlines() == self._expected for text in seen) else FAILURE


def _own(
    name: str, make_canary: Any = None, **more: Any
) -> Callable[[Callable[[Any, str], Any]], None]:
    """Make a channel of what one step does with its secret."""

    def decorate(use: Callable[[Any, str], Any]) -> None:
        kinds = [make_canary] if make_canary else []
        channel(name, *kinds, **more)(lambda kit: kit.add(SecretStep(kit, use)))

    return decorate


@_own("addStdout")
async def _(step: Any, secret: str) -> None:
    log = await step.addLog("own")
    await log.addStdout(f"a {secret} b\n")


@_own("addStderr without a line end")
async def _(step: Any, secret: str) -> None:
    log = await step.addLog("own")
    await log.addStderr(f"a {secret}")


@_own("addHeader", key)
async def _(step: Any, secret: str) -> None:
    log = await step.addLog("own")
    await log.addHeader(secret)


@_own("addStdout by halves")
async def _(step: Any, secret: str) -> None:
    log = await step.addLog("own")
    await log.addStdout(f"a {secret[:14]}")
    await log.addStdout(f"{secret[14:]} b\n")


@_own("addStdout of a key by halves", key)
async def _(step: Any, secret: str) -> None:
    log = await step.addLog("own")
    middle = len(secret) // 2
    await log.addStdout(secret[:middle])
    await log.addStdout(secret[middle:])


@_own("plain log by halves")
async def _(step: Any, secret: str) -> None:
    log = await step.addLog("own", type="t")
    await log.addContent(f"a {secret[:14]}")
    await log.addContent(f"{secret[14:]} b\n")


@_own("log never finished")
async def _(step: Any, secret: str) -> None:
    log = await step.addLog("own")
    await log.addStdout(f"a {secret}")
    # Left to the build, which finishes it.


@_own("addCompleteLog")
async def _(step: Any, secret: str) -> None:
    await step.addCompleteLog("own", f"a {secret} b")


@_own("addCompleteLog of a key", key)
async def _(step: Any, secret: str) -> None:
    await step.addCompleteLog("own", secret)


@_own("addHTMLLog", spiky)
async def _(step: Any, secret: str) -> None:
    await step.addHTMLLog("own", f"<html><p title='{secret}'>{secret}</p></html>")


@_own("addHTMLLog of a key", key)
async def _(step: Any, secret: str) -> None:
    await step.addHTMLLog("own", f"<pre>{secret}</pre>")


@_own("log name")
async def _(step: Any, secret: str) -> None:
    log = await step.addLog(f"log of {secret}")
    await log.addStdout("nothing here\n")


@_own("addURL")
async def _(step: Any, secret: str) -> None:
    await step.addURL(f"link {secret}", "https://host/")
    await step.addURL("address", f"https://user:{secret}@host/?token={secret}")


@_own("step name set while running")
async def _(step: Any, secret: str) -> None:
    step.name = f"own {secret}"
    step.descriptionDone = [f"done by {secret}"]
    step.updateSummary()


@_own("build's state")
async def _(step: Any, secret: str) -> None:
    await step.build.master.data.updates.setBuildStateString(step.build.buildid, f"at {secret}")


@channel("step name")
def step_name(kit: Kit) -> None:
    kit.add(steps.ShellCommand(command=["true"], name=kit.text("step {}")))


@channel("description")
def description(kit: Kit) -> None:
    kit.add(
        steps.ShellCommand(
            command=["true"],
            description=[kit.text("doing {}")],
            descriptionDone=[kit.text("did {}")],
            descriptionSuffix=[kit.text("with {}")],
        )
    )


@channel("description from the command")
def description_from_command(kit: Kit) -> None:
    # Buildbot shows a command's first words when a step has no description.
    kit.add(steps.ShellCommand(command=[kit.text("echo"), kit.secret]))


@channel("summaries")
def summaries(kit: Kit) -> None:
    async def use(step: Any, secret: str) -> None:
        step.updateSummary()

    kit.add(_Summaries(kit, use))


@channel("log observers")
def observers(kit: Kit) -> None:
    kit.add(_Observed(kit, command=["cat", kit.payload(kit.canary.value + "\n")]))


@channel("log observers, key", key)
def observers_of_a_key(kit: Kit) -> None:
    kit.add(_Observed(kit, command=["cat", kit.payload(kit.canary.value)]))
