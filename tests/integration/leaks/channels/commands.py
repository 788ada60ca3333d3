"""Secrets that a command is given: in its arguments, its environment, its standard input."""

from __future__ import annotations

from typing import TYPE_CHECKING

from buildbot.plugins import steps, util

from tests.integration.leaks.canaries import key, spiky
from tests.integration.leaks.channels import PATHS, PYTHON, ChannelTable

if TYPE_CHECKING:
    from tests.integration.leaks.channels import Kit

CHANNELS = channel = ChannelTable()

# Each ends with status 0 if it was given the value whose SHA-256 is its last argument.
_SAME = "import hashlib,os,sys; sys.exit(hashlib.sha256({}).hexdigest() != sys.argv[-1])"
CHECK_ARGUMENT = [*PYTHON, _SAME.format("sys.argv[1].encode()")]
CHECK_ENVIRONMENT = [*PYTHON, _SAME.format("os.environb[b'SECRET']")]
CHECK_INPUT = [*PYTHON, _SAME.format("sys.stdin.buffer.read()")]


@channel("argv as list")
def argv_as_list(kit: Kit) -> None:
    kit.add(steps.ShellCommand(command=[*CHECK_ARGUMENT, kit.secret, kit.canary.digest]))


@channel("argv as list, spiky", spiky)
def argv_as_list_spiky(kit: Kit) -> None:
    kit.add(steps.ShellCommand(command=[*CHECK_ARGUMENT, kit.secret, kit.canary.digest]))


@channel("argv as list, key", key)
def argv_as_list_key(kit: Kit) -> None:
    kit.add(steps.ShellCommand(command=[*CHECK_ARGUMENT, kit.secret, kit.canary.digest]))


@channel("argv as string")
def argv_as_string(kit: Kit) -> None:
    same = f"test $(printf %%s {{}} | sha256sum | cut -c1-64) = {kit.canary.digest}"
    kit.add(steps.ShellCommand(command=kit.text(same)))


@channel("argv as string, nested list")
def argv_nested(kit: Kit) -> None:
    kit.add(steps.ShellCommand(command=[CHECK_ARGUMENT, [kit.secret, [kit.canary.digest]]]))


@channel("argv within a text")
def argv_within_text(kit: Kit) -> None:
    command = ["curl-like", kit.text("--header=Authorization: Bearer {}")]
    kit.add(steps.ShellCommand(command=["sh", "-c", 'test "${#1}" = 63', *command]))


@channel("environment of the step")
def step_environment(kit: Kit) -> None:
    command = [*CHECK_ENVIRONMENT, kit.canary.digest]
    kit.add(steps.ShellCommand(command=command, env={"SECRET": kit.secret}))


@channel("environment of the step, key", key)
def step_environment_key(kit: Kit) -> None:
    command = [*CHECK_ENVIRONMENT, kit.canary.digest]
    kit.add(steps.ShellCommand(command=command, env={"SECRET": kit.secret}))


@channel("environment of the step, spiky, in a text", spiky)
def step_environment_text(kit: Kit) -> None:
    kit.add(steps.ShellCommand(command=["true"], env={"SECRET": kit.text("user:{}@host")}))


@channel("environment of the builder")
def builder_environment(kit: Kit) -> None:
    kit.builder_options["env"] = {"SECRET": kit.secret}
    kit.add(steps.ShellCommand(command=[*CHECK_ENVIRONMENT, kit.canary.digest]))


@channel("environment printed")
def environment_printed(kit: Kit) -> None:
    kit.add(steps.ShellCommand(command=["env"], env={"SECRET": kit.secret}, logEnviron=False))


@channel("standard input")
def standard_input(kit: Kit) -> None:
    command = [*CHECK_INPUT, kit.canary.digest]
    kit.add(steps.ShellCommand(command=command, initialStdin=kit.secret))


@channel("terminal without input")
def terminal(kit: Kit) -> None:
    kit.add(steps.ShellCommand(command=["echo", kit.secret], usePTY=True))


@channel("shell trace")
def shell_trace(kit: Kit) -> None:
    kit.add(steps.ShellCommand(command=["sh", "-xc", 'true "$1"', "sh", kit.secret]))


@channel("shell trace, spiky", spiky)
def shell_trace_spiky(kit: Kit) -> None:
    kit.add(steps.ShellCommand(command=["bash", "-xc", 'true "$1" ab"$1"', "sh", kit.secret]))


@channel("command that does not exist", result="failure")
def missing_command(kit: Kit) -> None:
    kit.add(steps.ShellCommand(command=[kit.text("/nonexistent/{}"), "argument"]))


@channel(
    "working directory",
    inherent={**PATHS, "files of the worker": "the step was asked to work there"},
)
def workdir(kit: Kit) -> None:
    kit.add(steps.ShellCommand(command=["pwd"], workdir=kit.text("build/{}")))


@channel("shell sequence")
def shell_sequence(kit: Kit) -> None:
    commands = [
        util.ShellArg(command=[*CHECK_ARGUMENT, kit.secret, kit.canary.digest], logname="list"),
        util.ShellArg(command=kit.text("echo {}"), logname="string"),
    ]
    kit.add(steps.ShellSequence(commands=commands))


@channel("shell sequence in error", result="exception")
def shell_sequence_in_error(kit: Kit) -> None:
    wrong = util.ShellArg(command=["echo", kit.secret, 1], logname="list")
    kit.add(steps.ShellSequence(commands=[wrong]))


@channel("compile warnings", result="warnings")
def warnings(kit: Kit) -> None:
    command = ["printf", "a.c:1: warning: %s\\n", kit.secret]
    kit.add(steps.WarningCountingShellCommand(command=command))


@channel("master command as list")
def master_command_as_list(kit: Kit) -> None:
    kit.add(steps.MasterShellCommand(command=[*CHECK_ARGUMENT, kit.secret, kit.canary.digest]))


@channel("master command as string")
def master_command_as_string(kit: Kit) -> None:
    same = f"test $(printf %%s {{}} | sha256sum | cut -c1-64) = {kit.canary.digest}"
    kit.add(steps.MasterShellCommand(command=kit.text(same)))


@channel("master command's environment", spiky)
def master_command_environment(kit: Kit) -> None:
    command = [*CHECK_ENVIRONMENT, kit.canary.digest]
    kit.add(steps.MasterShellCommand(command=command, env={"SECRET": kit.secret}))


@channel("master command's output")
def master_command_output(kit: Kit) -> None:
    command = ["cat", kit.payload(kit.canary.value)]
    kit.add(steps.MasterShellCommand(command=command, doStepIf=kit.read))


@channel("property from a command")
def property_from_command(kit: Kit) -> None:
    command = ["cat", kit.payload(kit.canary.value)]
    kit.add(steps.SetPropertyFromCommand(command=command, property="token", doStepIf=kit.read))
    digest = kit.canary.digest
    kit.add(steps.ShellCommand(command=[*CHECK_ARGUMENT, util.Property("token"), digest]))


@channel("property from a command, extracted")
def property_extracted(kit: Kit) -> None:
    def extract(code: int, out: str, err: str) -> dict[str, object]:
        # Buildbot ends the last line, if the command did not.
        return {"token": out.strip(), "list": [err, {"nested": out}]}

    path = kit.payload(kit.canary.value)
    command = ["sh", "-c", f"cat {path}; cat {path} >&2"]
    kit.add(steps.SetPropertyFromCommand(command=command, extract_fn=extract, doStepIf=kit.read))
    digest = kit.canary.digest
    kit.add(steps.ShellCommand(command=[*CHECK_ARGUMENT, util.Property("token"), digest]))
