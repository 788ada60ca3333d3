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
from typing import Any, NamedTuple, NoReturn

from buildbot_keychain import versions
from buildbot_keychain.cli import _completion, _redact, scrub
from buildbot_keychain.cli._exit import ExitStatus

_INVALID_CHOICE = re.compile("(invalid choice): .* (\\(choose from )", re.DOTALL)
"""In argparse's message: the argument may be a value that was put there by mistake."""

_EXIT_STATUSES = """\
exit status: 0 success; 1 secrets are still stored; 2 wrong command line;
3 some data could not be checked; 4 failed; 130 interrupted"""


class _Command(NamedTuple):
    module: Any
    name: str
    summary: str
    examples: str


_COMMANDS = (
    _Command(
        _redact,
        "redact",
        "copy standard input to standard output with secrets hidden",
        """\
examples:
  pytest 2>&1 | buildbot-keychain redact --file db=/run/secrets/db
  tail -f twistd.log | buildbot-keychain redact --config /srv/master
  curl -s https://ci.example.org/api/v2/logs/17/raw |
      buildbot-keychain redact --build-log --config /srv/master > build.log
  buildbot-keychain redact --config /srv/master --explain deploy/token""",
    ),
    _Command(
        scrub,
        "scrub",
        "find and replace secrets in Buildbot's database and in log files",
        """\
examples:
  buildbot-keychain scrub --config /srv/master
  buildbot-keychain scrub --config /srv/master --text /srv/master/twistd.log*
  buildbot-keychain scrub --file deploy/token=old-token --config /srv/master --write
  buildbot-keychain scrub --file token=old-token --no-database --text build.log --json""",
    ),
    _Command(
        _completion,
        "completion",
        "print what completes commands and options in a shell",
        """\
examples:
  buildbot-keychain completion bash > ~/.local/share/bash-completion/completions/buildbot-keychain
  buildbot-keychain completion zsh > ~/.zfunc/_buildbot-keychain      (in $fpath)
  buildbot-keychain completion fish > ~/.config/fish/completions/buildbot-keychain.fish""",
    ),
)


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
        message = _INVALID_CHOICE.sub(r"\1 \2", message)
        self.exit(int(ExitStatus.USAGE), f"{self.prog}: error: {message}; see {self.prog} --help\n")

    def parse(self, argv: Sequence[str] | None) -> argparse.Namespace:
        """Return the arguments; `command` in it is the parser of the command.

        :raise SystemExit: when something is wrong.
        """
        arguments, unknown = self.parse_known_args(argv)
        if unknown:
            arguments.command.error(_unknown(unknown, arguments.command))
        return arguments


def build_parser() -> Parser:
    """Return the parser of the command line."""
    parser = Parser(
        prog="buildbot-keychain",
        description="hide secrets in text, and replace those that Buildbot has already stored",
        epilog=_EXIT_STATUSES,
    )
    parser.add_argument("--version", action=_ShowVersions, help="show what is installed")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    for module, name, summary, examples in _COMMANDS:
        command = commands.add_parser(
            name, help=summary, description=summary, epilog=f"{examples}\n\n{_EXIT_STATUSES}"
        )
        module.add_arguments(command)
        command.set_defaults(run=module.run, command=command, parser=parser)
        parser.commands[name] = command
    return parser


def _unknown(unknown: Sequence[str], command: Parser) -> str:
    """Return what is wrong with arguments that nobody knows; only options are named."""
    option = next((word.partition("=")[0] for word in unknown if word.startswith("--")), None)
    if option is None:
        return "it takes options only, and a value belongs into a file"
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
