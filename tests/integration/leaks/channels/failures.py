"""Secrets in errors: of a step, a renderer, a provider, a summary, an ``extract_fn``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from buildbot.plugins import steps, util
from buildbot.process.buildstep import BuildStepFailed
from twisted.internet import defer

from tests.integration.leaks.canaries import key, spiky
from tests.integration.leaks.channels import PATHS, ChannelTable
from tests.integration.leaks.channels.states import SecretStep

if TYPE_CHECKING:
    from tests.integration.leaks.channels import Kit

CHANNELS = channel = ChannelTable()


class LeakyError(Exception):
    """An error of somebody who did not think: its text, its arguments and its cause tell."""


def _raise(secret: str) -> None:
    try:
        raise KeyError(secret)
    except KeyError as cause:
        raise LeakyError(f"wrong password {secret}", {"password": secret}) from cause


@channel("exception in a step", result="exception")
def step(kit: Kit) -> None:
    async def use(step: Any, secret: str) -> None:
        _raise(secret)

    kit.add(SecretStep(kit, use))


@channel("exception in a step, key", key, result="exception")
def step_key(kit: Kit) -> None:
    async def use(step: Any, secret: str) -> None:
        _raise(secret)

    kit.add(SecretStep(kit, use))


@channel("exception in a step, spiky", spiky, result="exception")
def step_spiky(kit: Kit) -> None:
    async def use(step: Any, secret: str) -> None:
        _raise(secret)

    kit.add(SecretStep(kit, use))


@channel("exception in a later callback", result="exception")
def later(kit: Kit) -> None:
    async def use(step: Any, secret: str) -> None:
        waiting: defer.Deferred[None] = defer.Deferred()
        waiting.addCallback(lambda _: _raise(secret))
        step.build.master.reactor.callLater(0, waiting.callback, None)
        await waiting

    kit.add(SecretStep(kit, use))


@channel("failed step", result="failure")
def failed(kit: Kit) -> None:
    async def use(step: Any, secret: str) -> None:
        raise BuildStepFailed(f"gave up on {secret}")

    kit.add(SecretStep(kit, use))


@channel("addLogWithException")
def log_with_exception(kit: Kit) -> None:
    async def use(step: Any, secret: str) -> None:
        try:
            _raise(secret)
        except LeakyError as error:
            await step.addLogWithException(error)

    kit.add(SecretStep(kit, use))


@channel("exception in a renderer", result="exception")
def renderer(kit: Kit) -> None:
    secret = kit.secret

    @util.renderer
    async def fail(properties: Any) -> None:
        _raise(await properties.render(secret))

    kit.add(steps.ShellCommand(command=["echo", fail]))


@channel("exception in a transform", result="exception")
def transform(kit: Kit) -> None:
    kit.add(steps.ShellCommand(command=["echo", util.Transform(_raise, kit.secret)]))


@channel("exception in doStepIf", result="exception")
def do_step_if(kit: Kit) -> None:
    async def use(step: Any, secret: str) -> None:
        pass

    kit.add(SecretStep(kit, use, doStepIf=lambda step: _raise(step.secret)))


@channel("exception in a summary", alone=True)
def summary(kit: Kit) -> None:
    class Broken(SecretStep):
        def getResultSummary(self) -> dict[str, str]:
            _raise(self.secret)
            return {}

    async def use(step: Any, secret: str) -> None:
        pass

    kit.add(Broken(kit, use))


@channel("exception in extract_fn", result="exception")
def extract(kit: Kit) -> None:
    command = ["cat", kit.payload(kit.canary.value)]
    kit.add(
        steps.SetPropertyFromCommand(
            command=command, extract_fn=lambda code, out, err: _raise(out), doStepIf=kit.read
        )
    )


@channel("exception in a provider", result="failure")
def provider(kit: Kit) -> None:
    # The test's own provider of Buildbot's kind puts the value of this secret in its error.
    kit.add(steps.ShellCommand(command=["true"], doStepIf=kit.read))
    kit.add(steps.ShellCommand(command=["echo", kit.other_secret("broken")]))


@channel("name of a missing secret", result="failure")
def missing(kit: Kit) -> None:
    secret, other = kit.secret, kit.other_secret

    @util.renderer
    async def by_value(properties: Any) -> str:
        return await properties.render(other(await properties.render(secret)))

    kit.add(steps.ShellCommand(command=["echo", by_value]))


@channel("build step's wrong argument", result="failure")
def wrong_argument(kit: Kit) -> None:
    kit.add(steps.ShellCommand(command=[kit.secret, {"not": "a text"}]))


@channel(
    "missing upload",
    result="failure",
    # Buildbot 4.0 makes the file although there is nothing to put into it.
    inherent={"files of the master": "the step was asked to write a file of that name"},
)
def missing_upload(kit: Kit) -> None:
    kit.add(steps.FileUpload(workersrc=kit.text("{}.txt"), masterdest=kit.text("up-{}.txt")))


@channel("missing directory", result="failure", inherent=PATHS)
def missing_directory(kit: Kit) -> None:
    kit.add(steps.FileExists(file=kit.text("dir/{}")))
