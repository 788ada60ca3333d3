"""``buildbot-keychain completion``: prints a script that completes commands and options in a shell.

The script is made of the options that there are. Where an option takes a file or a directory, the
shell completes that. Where a command takes the name of a secret, the shell asks ``list --names``
for those in the store that the command line names, or else the environment. That needs no key:
nobody is asked for a passphrase. Where a configuration names the store, there are none, since that
is a program, and nobody expects one to be run by a key that completes.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

from buildbot_keychain.cli import _standard_streams
from buildbot_keychain.cli._command import Command
from buildbot_keychain.cli._exit import ExitStatus


class _Option(NamedTuple):
    names: tuple[str, ...]
    takes_value: bool
    help: str


class _Known(NamedTuple):
    summary: str
    options: list[_Option]
    takes_secret: bool


Commands = Mapping[str, _Known]

_LIST = "buildbot-keychain list --names"
_QUIETLY = "2> /dev/null < /dev/null"

_STORE = ("--store", "--key-file", "--socket")
"""Options that say which store is meant, each with a value."""

_CONFIG = "--config"

_QUOTED = "'{}=*'"

_COLLECT = (
    '        word="${word/#\\~\\//$HOME/}"',
    '        [[ -z "$option" ]] || store+=("$option" "$word")',
    "        option=''",
    '        case "$word" in',
    f'            {"|".join(_STORE)}) option="$word" ;;',
    f'            {"|".join(f"{name}=*" for name in _STORE)}) store+=("$word") ;;',
    f"            {_CONFIG}|{_CONFIG}=*) return ;;",
    "        esac",
)
"""What is done with each word of a line, in bash and zsh, to find the store that it names."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of this command."""
    parser.add_argument("shell", choices=sorted(_SCRIPTS), help="which shell")


def run(arguments: argparse.Namespace) -> ExitStatus:
    """Print the script for a shell."""
    commands = {
        name: _Known(command.description, [*_options_of(command)], _takes_secret(command))
        for name, command in arguments.parser.commands.items()
    }
    print(_SCRIPTS[arguments.shell](commands), file=_standard_streams.output())
    return ExitStatus.SUCCESS


def _options_of(parser: argparse.ArgumentParser) -> Iterator[_Option]:
    for action in parser._actions:  # noqa: SLF001 - argparse has no other way
        if action.option_strings:
            takes_value = action.nargs != 0
            yield _Option(tuple(action.option_strings), takes_value, action.help or "")


def _takes_secret(parser: argparse.ArgumentParser) -> bool:
    """Return whether a command is given names of secrets, by the names of its arguments."""
    return any(
        not action.option_strings and action.dest.startswith("name")
        for action in parser._actions  # noqa: SLF001 - argparse has no other way
    )


def _bash(commands: Commands) -> str:
    cases = []
    for name, known in commands.items():
        words = " ".join(option_name for option in known.options for option_name in option.names)
        values = "|".join(n for option in known.options if option.takes_value for n in option.names)
        secret = "yes" if known.takes_secret else ""
        cases.append(f"        {name}) words='{words}' values='{values}' secret='{secret}' ;;")
    return "\n".join(
        [
            "_buildbot_keychain_secrets() {",
            "    local word option='' store=()",
            "    while IFS= read -r word; do",
            *_COLLECT,
            # Of what is typed, readline makes other words: it cuts at ':' and '='.
            "    done < <(printf '%s' \"${COMP_LINE:0:COMP_POINT}\" | xargs -n 1 printf '%s\\n')",
            f'    {_LIST} "${{store[@]}}"',
            "}",
            "_buildbot_keychain() {",
            "    local words values secret name",
            '    local current="${COMP_WORDS[COMP_CWORD]}" previous="${COMP_WORDS[COMP_CWORD-1]}"',
            '    case "${COMP_WORDS[1]}" in',
            *cases,
            "    esac",
            '    if [ "$COMP_CWORD" -eq 1 ]; then',
            f"        words='{' '.join(commands)} --help --version'",
            '    elif [[ "|$values|" == *"|$previous|"* ]]; then',
            "        COMPREPLY=()  # bash completes files",
            "        return",
            '    elif [[ "$current" != -* ]]; then',
            "        COMPREPLY=()",
            '        [ -z "$secret" ] || while IFS= read -r name; do',
            '            [[ "$name" != "$current"* ]] || COMPREPLY+=("$(printf %q "$name")")',
            f"        done < <(_buildbot_keychain_secrets {_QUIETLY})",
            "        return",
            "    fi",
            '    COMPREPLY=($(compgen -W "$words" -- "$current"))',
            "}",
            "complete -o default -F _buildbot_keychain buildbot-keychain",
        ]
    )


def _zsh(commands: Commands) -> str:
    cases = []
    for name, known in commands.items():
        specs = [
            f"'{option_name}[{_plain(option.help)}]{':value:_files' if option.takes_value else ''}'"
            for option in known.options
            for option_name in option.names
        ]
        specs += ["'*:secret:_buildbot_keychain_secrets'"] if known.takes_secret else []
        cases.append(f"        {name}) _arguments {' '.join(specs)} ;;")
    described = " ".join(f"'{name}:{_plain(known.summary)}'" for name, known in commands.items())
    return "\n".join(
        [
            "#compdef buildbot-keychain",
            "_buildbot_keychain_secrets() {",
            "    local word option=''",
            "    local -a store=()",
            '    for word in "${(@Q)words}"; do',
            *_COLLECT,
            "    done",
            f'    local -a names=("${{(@f)$({_LIST} "${{store[@]}}" {_QUIETLY})}}")',
            "    compadd -a names",
            "}",
            "_buildbot_keychain() {",
            f"    local -a commands=({described})",
            "    if (( CURRENT == 2 )); then",
            "        _describe command commands",
            "        return",
            "    fi",
            '    local command="$words[2]"',
            '    words=("${(@)words[2,-1]}")',
            "    (( CURRENT-- ))",
            '    case "$command" in',
            *cases,
            "    esac",
            "}",
            # The file may be sourced, or be autoloaded as the function that zsh calls.
            "if [[ $funcstack[1] == _buildbot-keychain ]]; then",
            '    _buildbot_keychain "$@"',
            "else",
            "    compdef _buildbot_keychain buildbot-keychain",
            "fi",
        ]
    )


def _fish(commands: Commands) -> str:
    lines = [
        "function __buildbot_keychain_secrets",
        "    set -l option ''",
        "    set -l store",
        "    for word in (commandline -opc)",
        "        set word (string replace -r '^~/' $HOME/ -- $word)",
        '        test -z "$option"; or set -a store $option $word',
        "        set option ''",
        "        switch $word",
        f"            case {' '.join(_STORE)}",
        "                set option $word",
        f"            case {' '.join(map(_QUOTED.format, _STORE))}",
        "                set -a store $word",
        f"            case {_CONFIG} '{_CONFIG}=*'",
        "                return",
        "        end",
        "    end",
        f"    {_LIST} $store {_QUIETLY}",
        "end",
    ]
    for name, known in commands.items():
        begin = "complete -c buildbot-keychain"
        lines.append(f"{begin} -f -n __fish_use_subcommand -a {name} -d '{_plain(known.summary)}'")
        condition = f"-n '__fish_seen_subcommand_from {name}'"
        if known.takes_secret:
            lines.append(f"{begin} -f {condition} -a '(__buildbot_keychain_secrets)'")
        for option in known.options:
            flags = " ".join(
                f"-l {n[2:]}" if n.startswith("--") else f"-s {n[1:]}" for n in option.names
            )
            value = " -r -F" if option.takes_value else ""
            lines.append(f"{begin} {condition} {flags}{value} -d '{_plain(option.help)}'")
    return "\n".join(lines)


def _plain(text: str) -> str:
    """Return a text without what means something to a shell inside of single quotes, or to zsh."""
    return "".join("" if character in "'[]\\" else character for character in text).replace(
        ":", ","
    )


_SCRIPTS: dict[str, Callable[[Commands], str]] = {"bash": _bash, "fish": _fish, "zsh": _zsh}


COMMAND = Command(
    "completion",
    "print what completes commands and options in a shell",
    """\
examples:
  buildbot-keychain completion bash > ~/.local/share/bash-completion/completions/buildbot-keychain
  buildbot-keychain completion zsh > ~/.zfunc/_buildbot-keychain      (in $fpath)
  buildbot-keychain completion fish > ~/.config/fish/completions/buildbot-keychain.fish""",
    add_arguments,
    run,
)
