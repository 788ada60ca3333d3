"""Secrets that are stored beside the logs: properties, build data, test results, other builds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from buildbot.plugins import schedulers, steps, util

from tests.integration.leaks.canaries import key, spiky
from tests.integration.leaks.channels import ChannelTable
from tests.integration.leaks.channels.commands import CHECK_ARGUMENT
from tests.integration.leaks.channels.states import SecretStep

if TYPE_CHECKING:
    from tests.integration.leaks.channels import Kit

CHANNELS = channel = ChannelTable()


def _check(kit: Kit, value: Any) -> None:
    kit.add(steps.ShellCommand(command=[*CHECK_ARGUMENT, value, kit.canary.digest]))


@channel("SetProperty")
def set_property(kit: Kit) -> None:
    kit.add(steps.SetProperty(property="token", value=kit.secret))
    _check(kit, util.Property("token"))


@channel("SetProperties, spiky", spiky)
def set_properties(kit: Kit) -> None:
    kit.add(steps.SetProperties(properties={"token": kit.secret, "url": kit.text("x:{}@y")}))
    _check(kit, util.Property("token"))


@channel("setProperty by a step")
def set_property_by_step(kit: Kit) -> None:
    async def use(step: Any, secret: str) -> None:
        step.setProperty("token", secret, f"from {secret}")
        step.setProperty("nested", {"list": [secret, {"deep": secret}], secret: 1}, "step")
        step.build.setProperty("of_build", secret, "build")

    kit.add(SecretStep(kit, use))
    _check(kit, util.Property("of_build"))


@channel("setProperty by a step, key", key)
def set_property_key(kit: Kit) -> None:
    async def use(step: Any, secret: str) -> None:
        step.setProperty("key", secret, "step")
        step.setProperty("base", [secret.splitlines()], "step")

    kit.add(SecretStep(kit, use))
    _check(kit, util.Property("key"))


@channel("property name")
def property_name(kit: Kit) -> None:
    async def use(step: Any, secret: str) -> None:
        step.setProperty(f"of {secret}", "harmless", "step")

    kit.add(SecretStep(kit, use))


@channel("properties of the builder")
def builder_properties(kit: Kit) -> None:
    kit.builder_options["properties"] = {"token": kit.secret}
    _check(kit, util.Property("token"))


@channel("default properties of the builder")
def builder_default_properties(kit: Kit) -> None:
    kit.builder_options["defaultProperties"] = {"token": kit.text("x{}")}
    kit.add(steps.ShellCommand(command=["echo", util.Property("token")]))


@channel("description of the builder")
def builder_description(kit: Kit) -> None:
    async def use(step: Any, secret: str) -> None:
        updates = step.build.master.data.updates
        builderid = await step.build.builder.getBuilderId()
        await updates.updateBuilderInfo(builderid, f"with {secret}", "html", None, None, [secret])

    kit.add(SecretStep(kit, use))


def _child(kit: Kit, *more_steps: Any) -> str:
    """Add a builder that is started by a trigger; return the name of its scheduler."""
    name = f"{kit.canary.secret_name}_child"
    factory = util.BuildFactory(more_steps or [steps.ShellCommand(command=["true"])])
    kit.more_builders.append((name, factory))
    kit.schedulers.append(schedulers.Triggerable(name, [name]))
    return name


@channel("Trigger")
def trigger(kit: Kit) -> None:
    name = _child(kit)
    kit.add(
        steps.Trigger(
            schedulerNames=[name],
            waitForFinish=True,
            set_properties={"token": kit.secret, "url": kit.text("https://u:{}@host/")},
        )
    )


@channel("Trigger that copies properties")
def trigger_copies(kit: Kit) -> None:
    name = _child(kit)
    kit.add(steps.SetProperty(property="token", value=kit.secret))
    kit.add(steps.Trigger(schedulerNames=[name], waitForFinish=True, copy_properties=["token"]))


@channel("Trigger with the secret's name")
def trigger_by_name(kit: Kit) -> None:
    name = _child(kit, steps.ShellCommand(command=[*CHECK_ARGUMENT, kit.secret, kit.canary.digest]))
    kit.add(
        steps.Trigger(
            schedulerNames=[name],
            waitForFinish=True,
            set_properties={"name": kit.canary.secret_name},
        )
    )


@channel("buildset")
def buildset(kit: Kit) -> None:
    name = _child(kit)

    async def use(step: Any, secret: str) -> None:
        master = step.build.master
        builderid = await master.data.updates.findBuilderId(name)
        stamp = {"codebase": "", "repository": f"https://u:{secret}@h/", "branch": "main"}
        await master.data.updates.addBuildset(
            waited_for=False,
            builderids=[builderid],
            sourcestamps=[{**stamp, "revision": None, "project": ""}],
            properties={"token": (secret, "step")},
            reason=f"because of {secret}",
            external_idstring=f"id {secret}",
        )

    kit.add(SecretStep(kit, use))


@channel("change")
def change(kit: Kit) -> None:
    async def use(step: Any, secret: str) -> None:
        await step.build.master.data.updates.addChange(
            files=[f"secrets/{secret}"],
            comments=f"do not commit {secret}",
            author=f"{secret} <a@b>",
            revision="1",
            revlink=f"https://{secret}/",
            properties={"token": secret},
            repository=f"https://u:{secret}@host/",
        )

    kit.add(SecretStep(kit, use))


@channel("build data")
def build_data(kit: Kit) -> None:
    async def use(step: Any, secret: str) -> None:
        await step.setBuildData("data", f"a {secret}".encode(), f"from {secret}")
        await step.setBuildData(f"name {secret}", b"nothing", "step")

    kit.add(SecretStep(kit, use))


@channel("build data, key", key)
def build_data_key(kit: Kit) -> None:
    async def use(step: Any, secret: str) -> None:
        await step.setBuildData("data", secret.encode(), "step")

    kit.add(SecretStep(kit, use))


@channel("test results")
def test_results(kit: Kit) -> None:
    async def use(step: Any, secret: str) -> None:
        number = await step.addTestResultSet(f"tests of {secret}", f"category {secret}", "message")
        step.addTestResult(number, f"failed with {secret}", f"test_{secret}", f"src/{secret}.py")
        step.addTestResult(number, "passed", "test", "src/a.py", line=3)

    kit.add(SecretStep(kit, use))


@channel("worker info")
def worker_info(kit: Kit) -> None:
    async def use(step: Any, secret: str) -> None:
        worker = step.build.workerforbuilder.worker
        # Of a name of its own: every build that follows on this worker has it.
        worker.properties.setProperty("token_of_the_worker", secret, "step")
        await step.build.master.data.updates.set_worker_paused(
            worker.workerid, False, f"because of {secret}"
        )

    kit.add(SecretStep(kit, use))


@channel("description of a project")
def project(kit: Kit) -> None:
    async def use(step: Any, secret: str) -> None:
        updates = step.build.master.data.updates
        projectid = await updates.find_project_id("project")
        await updates.update_project_info(projectid, "slug", f"a {secret}", "html", f"<p>{secret}")

    kit.add(SecretStep(kit, use))


@channel("property of a rebuilt build")
def rebuilt(kit: Kit) -> None:
    # Asked for with a property that the builder gives; the test rebuilds it afterwards.
    kit.builder_options["properties"] = {"token": kit.secret}
    kit.add(steps.SetProperty(property="second", value=kit.text("{}")))
    kit.add(steps.ShellCommand(command=["echo", util.Property("second")]))
