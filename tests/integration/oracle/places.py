"""Where else somebody can have a master write and show a text that they choose.

Each place takes a text in a build that was given no secret, or from outside of any build. What
becomes of it is read where everybody reads it.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import urlencode

from buildbot.plugins import steps
from buildbot.process.buildstep import BuildStep
from buildbot.process.results import SUCCESS
from twisted.internet.defer import Deferred
from twisted.internet.threads import deferToThread

from tests.integration.oracle.masters import FORCED
from tests.support.master_web import MasterWeb
from tests.support.real_master import RealMaster

InBuild = Callable[[Any, str], Awaitable[Any]]
FromOutside = Callable[[RealMaster, str], Awaitable[Any]]

IN_BUILDS: dict[str, InBuild] = {}
FROM_OUTSIDE: dict[str, FromOutside] = {}


def _in_builds(place: InBuild) -> InBuild:
    IN_BUILDS[place.__name__] = place
    return place


def _from_outside(place: FromOutside) -> FromOutside:
    FROM_OUTSIDE[place.__name__] = place
    return place


class Publish(BuildStep):
    """A step that writes each of some texts by one place.

    Beside it, a build's steps do so by the program that they run: its log stands for all logs.
    """

    name = "publish"

    def __init__(self, place: str, texts: list[str], **more: Any) -> None:
        self._place, self._texts = place, texts
        super().__init__(name=place, **more)

    def run(self) -> Deferred[int]:
        # Buildbot 4.0 takes no coroutine.
        return Deferred.fromCoroutine(self._run())

    async def _run(self) -> int:
        for text in self._texts:
            await IN_BUILDS[self._place](self, text)
        return SUCCESS


@_in_builds
async def log_lines(step: Any, text: str) -> None:
    log = await step.addLog(f"lines {_number(step)}")
    for line in (text, f"a {text} b", text):
        await log.addStdout(f"{line}\n")
        await log.addStderr(f"{line}\n")
        await log.addHeader(f"{line}\n")


@_in_builds
async def typed_over(step: Any, text: str) -> None:
    log = await step.addLog(f"typed over {_number(step)}")
    await log.addStdout(f"{text} xx\b\bab\n{text[:3]}x\b{text[3:]}\nmore\n")


@_in_builds
async def complete_log(step: Any, text: str) -> None:
    await step.addCompleteLog(f"complete {_number(step)}", text)


@_in_builds
async def html_log(step: Any, text: str) -> None:
    await step.addHTMLLog(f"html {_number(step)}", text)


@_in_builds
async def log_name(step: Any, text: str) -> None:
    await step.addCompleteLog(text, "nothing")


@_in_builds
async def url(step: Any, text: str) -> None:
    await step.addURL(text, f"https://host/{text}")


@_in_builds
async def step_state(step: Any, text: str) -> None:
    await step.master.data.updates.setStepStateString(step.stepid, text)


@_in_builds
async def build_state(step: Any, text: str) -> None:
    await step.master.data.updates.setBuildStateString(step.build.buildid, text)


@_in_builds
async def properties(step: Any, text: str) -> None:
    number = _number(step)
    step.setProperty(f"property {number}", text, "a step")
    step.setProperty(f"nested {number}", {"list": [text], text: text}, "a step")
    step.setProperty(text, 1, "a step")
    digits = text.rsplit(" ", 1)[-1]
    if digits.isdigit():
        step.setProperty(f"number {number}", int(digits), "a step")
    await step.master.data.updates.setBuildProperties(step.build.buildid, step.build)


@_in_builds
async def build_data(step: Any, text: str) -> None:
    await step.setBuildData(f"data {_number(step)}", text.encode(), text)


@_in_builds
async def test_results(step: Any, text: str) -> None:
    number = await step.addTestResultSet(text, "category", "message")
    step.addTestResult(number, text, f"test {text}", f"src/{text}.py")


@_in_builds
async def step_name(step: Any, text: str) -> None:
    step.build.addStepsAfterCurrentStep([steps.ShellCommand(name=text, command=["true"])])


@_in_builds
async def arguments(step: Any, text: str) -> None:
    """As a program's arguments and environment, in the log of its step."""
    command = steps.ShellCommand(name="run", command=["true", text], env={"GUESS": text})
    step.build.addStepsAfterCurrentStep([command])


@_in_builds
async def triggered_builds(step: Any, text: str) -> None:
    """As properties of builds that the step triggers."""
    updates = step.master.data.updates
    await updates.addBuildset(
        waited_for=False,
        builderids=[await updates.findBuilderId(FORCED)],
        reason="triggered",
        sourcestamps=[
            {"codebase": "", "repository": "", "branch": None, "revision": None, "project": ""}
        ],
        properties={"property": (text, "test"), "list": ([text], "test")},
        parent_buildid=step.build.buildid,
        parent_relationship="Triggered from",
    )


def _number(step: Any) -> int:
    """Return a number that is new in a build."""
    step.written = getattr(step, "written", 0) + 1
    return int(step.written)


@_from_outside
async def change(master: RealMaster, text: str) -> None:
    """As those who post changes do, and `buildbot sendchange`."""
    await master.master.data.updates.addChange(
        files=[text, f"src/{text}.py"],
        comments=text,
        author=text,
        committer=text,
        revlink=f"https://host/{text}",
        repository=f"https://host/{text}",
        properties={"property": text, text: 1},
        revision="abcdef",
    )


@_from_outside
async def hook(master: RealMaster, text: str) -> None:
    fields = dict.fromkeys(("author", "comments", "revlink", "repository", "who"), text)
    body = urlencode(
        fields
        | {
            "revision": "abcdef",
            "files": json.dumps([text]),
            "properties": json.dumps({"property": text}),
        }
    )
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    web = MasterWeb(master.master.www.getPortnum())
    answer = await deferToThread(web.post, "/change_hook/base", body, headers)
    if answer.status != 200:
        raise RuntimeError(f"the web hook answered {answer.status}")


@_from_outside
async def force(master: RealMaster, text: str) -> None:
    """As those who fill in a form do."""
    web = MasterWeb(master.master.www.getPortnum())
    builderid = await master.master.data.updates.findBuilderId(FORCED)
    params = {
        "reason": text,
        "username": f"{text} <someone@example.org>",
        "note": text,
        "builderid": builderid,
    }
    await deferToThread(web.control, "forceschedulers/force", "force", params)


@_from_outside
async def buildset(master: RealMaster, text: str) -> None:
    builderid = await master.master.data.updates.findBuilderId(FORCED)
    await master.master.data.updates.addBuildset(
        waited_for=False,
        builderids=[builderid],
        reason=text,
        external_idstring=text,
        sourcestamps=[
            {"codebase": "", "repository": text, "branch": None, "revision": None, "project": ""}
        ],
        properties={"property": (text, "test"), "list": ([text], "test")},
    )
