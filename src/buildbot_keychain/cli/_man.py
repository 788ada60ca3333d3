r"""``buildbot-keychain man``: prints the manual page, in the macros of man(7).

The page is made of the commands and options that there are, so it says what ``--help`` says.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator

from buildbot_keychain import versions
from buildbot_keychain.cli import _standard_streams
from buildbot_keychain.cli._command import Command
from buildbot_keychain.cli._exit import ExitStatus

_NAME = "buildbot-keychain"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add no argument: there are none."""
    del parser


def run(arguments: argparse.Namespace) -> ExitStatus:
    """Print the page."""
    for line in _page(arguments.parser):
        _standard_streams.print_line(line)
    return ExitStatus.SUCCESS


def _page(parser: argparse.ArgumentParser) -> Iterator[str]:
    commands: dict[str, argparse.ArgumentParser] = parser.commands  # type: ignore[attr-defined]
    version = versions.version_of(_NAME) or ""
    yield f'.TH {_NAME.upper()} 1 "" "{_NAME} {version}" "User Commands"'
    yield from (".SH NAME", rf"{_escaped(_NAME)} \- {_escaped(parser.description or '')}")
    yield from (".SH SYNOPSIS", rf"\fB{_escaped(_NAME)}\fR \fICOMMAND\fR ...")
    yield ".SH COMMANDS"
    for name, command in commands.items():
        usage = " ".join(command.format_usage().split()).removeprefix(f"usage: {_NAME} {name} ")
        yield from (f".SS {_escaped(name)}", f"{_sentence(command.description)}", ".PP")
        yield rf"\fB{_escaped(f'{_NAME} {name}')}\fR {_escaped(usage)}"
        for action in command._actions:  # noqa: SLF001 - argparse has no other way
            if action.help and action.dest != "help":
                yield from (".TP", _called(action), _escaped(_sentence(action.help)))
        examples = (command.epilog or "").partition("\n\n")[0]
        yield from (".PP", ".nf", *map(_escaped, examples.splitlines()), ".fi")
    yield ".SH EXIT STATUS"
    status = (parser.epilog or "").partition("exit status: ")[2]
    yield _escaped(_sentence(" ".join(status.split())))


def _called(action: argparse.Action) -> str:
    """Return the names of an option, or the name of another argument."""
    if not action.option_strings:
        return rf"\fI{_escaped(str(action.metavar or action.dest))}\fR"
    names = ", ".join(rf"\fB{_escaped(name)}\fR" for name in action.option_strings)
    value = action.metavar or (action.dest.upper() if action.nargs != 0 else "")
    return rf"{names} \fI{_escaped(str(value))}\fR" if value and action.nargs != 0 else names


def _sentence(text: str | None) -> str:
    """Return what a help says as a sentence."""
    text = text or ""
    return f"{text[:1].upper()}{text[1:]}."


def _escaped(text: str) -> str:
    """Return a line of text without what roff would take as its own."""
    text = text.replace("\\", "\\e").replace("-", "\\-")
    return f"\\&{text}" if text.startswith((".", "'")) else text


COMMAND = Command(
    "man",
    "print the manual page",
    """\
examples:
  buildbot-keychain man > ~/.local/share/man/man1/buildbot-keychain.1""",
    add_arguments,
    run,
)
