"""`build_parser`: the commands with their options, help and examples.

A wrong command line ends with the usage of the command that was meant, and no argument is repeated
that could be a value put there by mistake.
"""

from __future__ import annotations

import argparse
import difflib
import re
import sys
from collections.abc import Sequence
from typing import Any, NoReturn

from buildbot_keychain import versions
from buildbot_keychain.cli import (
    _audit,
    _completion,
    _evict,
    _explain,
    _man,
    _policy,
    _redact,
    _token,
    check,
    doctor,
    scrub,
    store,
)
from buildbot_keychain.cli._command import Command
from buildbot_keychain.cli._exit import ExitStatus

_REPEATED = (
    (re.compile("(invalid choice): .* (\\(choose from )", re.DOTALL), r"\1 \2"),
    (re.compile("(invalid [a-z]+ value): .*", re.DOTALL), r"\1"),
    (re.compile("ignored explicit argument .*", re.DOTALL), "it takes no value"),
)
"""In argparse's messages: the argument may be a value that was put there by mistake."""

_EXIT_STATUSES = """\
exit status: 0 success; 1 secrets are still stored (scrub), differ (diff), do
not open (verify), are denied (explain), will not work (check) or is wrong
(doctor); 2 wrong command line; 3 some data could not be checked, imported,
opened or sealed again; 4 failed; 130 interrupted"""


_GROUPS = {
    "secrets in a store": store.COMMANDS,
    "before a configuration is deployed": (check.COMMAND,),
    "an installation": (doctor.COMMAND,),
    "who is given a secret": (_explain.COMMAND, _policy.COMMAND, _audit.COMMAND),
    "a master that runs": (_evict.COMMAND,),
    "programs that use the page": (_token.COMMAND,),
    "hiding secrets": (_redact.COMMAND, scrub.COMMAND),
    "your shell": (_completion.COMMAND, _man.COMMAND),
}
"""The commands, under the titles of the help."""


class Parser(argparse.ArgumentParser):
    """A parser whose errors end with where to read on.

    :ivar commands: the parsers of the commands, by name; none in these themselves.
    """

    def __init__(self, **options: Any) -> None:  # noqa: ANN401 - argparse's own
        super().__init__(
            **options, formatter_class=argparse.RawDescriptionHelpFormatter, allow_abbrev=False
        )
        self.commands: dict[str, Parser] = {}

    def error(self, message: str) -> NoReturn:
        """Print the usage and a message, and end the command."""
        self.print_usage(sys.stderr)
        for repeated, kept in _REPEATED:
            message = repeated.sub(kept, message)
        self.exit(int(ExitStatus.USAGE), f"{self.prog}: error: {message}; see {self.prog} --help\n")

    def parse(self, argv: Sequence[str] | None) -> argparse.Namespace:
        """Return the arguments; `command` in it is the parser of the command.

        :raise SystemExit: when something is wrong.
        """
        arguments, unknown = self.parse_known_args(argv)
        unknown = _not_added(unknown, arguments)
        if unknown:
            arguments.command.error(_unknown(unknown, arguments.command))
        return arguments


def build_parser() -> Parser:
    """Return the parser of the command line."""
    parser = Parser(
        prog="buildbot-keychain",
        usage="%(prog)s COMMAND ...",
        description="keep the secrets of Buildbot masters, and hide them in what these write",
        epilog=f"each has more to say: buildbot-keychain COMMAND --help\n\n{_EXIT_STATUSES}",
    )
    parser.add_argument("--version", action=_ShowVersions, help="show what is installed")
    commands = parser.add_subparsers(
        prog=parser.prog, required=True, metavar="COMMAND", help=argparse.SUPPRESS
    )
    for title, group in _GROUPS.items():
        parser.add_argument_group(title, _listed(group))
        for known in group:
            command = commands.add_parser(
                known.name,
                description=known.summary,
                epilog=f"{known.examples}\n\n{_EXIT_STATUSES}",
            )
            known.add_arguments(command)
            command.set_defaults(run=known.run, command=command, parser=parser)
            parser.commands[known.name] = command
    return parser


def _listed(commands: Sequence[Command]) -> str:
    """Return the lines of the help for some commands."""
    width = 12
    return "\n".join(f"{known.name:{width}}{known.summary}" for known in commands)


def _not_added(unknown: list[str], arguments: argparse.Namespace) -> list[str]:
    """Add names that stand behind an option, which argparse overlooks; return what is left."""
    if not unknown or any(word.startswith("-") for word in unknown):
        return unknown
    for action in arguments.command._actions:  # noqa: SLF001 - argparse has no other way
        if not action.option_strings and action.nargs in {"*", "+"} and action.type is None:
            setattr(arguments, action.dest, [*getattr(arguments, action.dest), *unknown])
            return []
    return unknown


def _unknown(unknown: Sequence[str], command: Parser) -> str:
    """Return what is wrong with arguments that nobody knows; only options are named."""
    option = next((word.partition("=")[0] for word in unknown if word.startswith("--")), None)
    if option is None:
        return "it takes no more than that, and a value belongs into a file"
    known = [name for action in command._actions for name in action.option_strings]  # noqa: SLF001
    near = difflib.get_close_matches(option, known, n=1)
    return f"there is no option {option}" + (f", did you mean {near[0]}?" if near else "")


class _ShowVersions(argparse.Action):
    """Prints the versions of what is at work, and ends the command."""

    def __init__(self, option_strings: Sequence[str], dest: str, help: str) -> None:  # noqa: A002
        super().__init__(option_strings, dest, nargs=0, default=argparse.SUPPRESS, help=help)

    def __call__(self, parser: argparse.ArgumentParser, *_others: object) -> None:
        print("\n".join(versions.describe()))
        parser.exit()
