"""``buildbot-keychain import``: puts what other places hold into a store.

Each secret is stored by itself, and those that are there already get a new version: so nothing is
lost, and an import that was interrupted is done again. The report has a line for each entry, and no
value; the import goes on if it cannot be written. If something was not imported, the command ends
with the status 3.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from buildbot_keychain.cli import _standard_streams, _terminal
from buildbot_keychain.cli._command import Command
from buildbot_keychain.cli._exit import CommandError, ExitStatus
from buildbot_keychain.cli._text import printable
from buildbot_keychain.cli.store import _access, _import_sources
from buildbot_keychain.errors import quote

if TYPE_CHECKING:
    from buildbot_keychain.store.imports import Outcome, Renaming

_MOST_RULES = 1 << 20
"""Characters of a file of rules."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of this command."""
    kinds = "; ".join(f"{kind}: {what}" for kind, what in _import_sources.KINDS.items())
    parser.add_argument("kind", metavar="KIND", choices=sorted(_import_sources.KINDS), help=kinds)
    parser.add_argument(
        "source", metavar="SOURCE", help="where it is; for files, '-' is standard input"
    )
    parser.add_argument(
        "--dry-run", action="store_true", help="only report what would become of each entry"
    )
    parser.add_argument("--prefix", metavar="TEXT", default="", help="what names begin with then")
    parser.add_argument(
        "--map",
        action="append",
        default=[],
        metavar="OLD=NEW",
        help="another name; a '*' stands for anything, and nothing after '=' leaves it out; the "
        "first that fits counts; can be repeated",
    )
    parser.add_argument("--map-file", metavar="FILE", help="a file of such rules, one on each line")
    _import_sources.add_arguments(parser)
    _access.add_arguments(parser)
    _terminal.add_arguments(parser)


def run(arguments: argparse.Namespace) -> ExitStatus:
    """Import, and report what became of each entry."""
    _import_sources.check(arguments)
    terminal = _terminal.Terminal(quiet=arguments.quiet)
    counts: Counter[str] = Counter()
    is_complete = True
    unwritten: Exception | None = None
    with ExitStack() as stack:
        store = stack.enter_context(_access.opened(arguments))
        stack.enter_context(_access.opening())
        from buildbot_keychain.store.imports import store_entries  # noqa: PLC0415 - it is slow

        renaming = _renaming(arguments)
        entries = _import_sources.read(arguments, stack)
        outcomes = store_entries(
            store.secrets, entries, renaming, now=_access.now(), dry_run=arguments.dry_run
        )
        try:
            for outcome in outcomes:
                counts[outcome.became.value] += 1
                is_complete = is_complete and _is_good(outcome)
                if unwritten is None:
                    unwritten = _reported(outcome, as_json=arguments.json)
        except KeyboardInterrupt:
            terminal.message("what was reported is stored; run the same command again to go on")
            raise
    for rule in renaming.unused:
        terminal.message(f"the rule {quote(f'{rule.old}={rule.new}')} was for no name")
    terminal.message(_summary(counts, dry_run=arguments.dry_run))
    if isinstance(unwritten, CommandError):
        msg = f"{unwritten}; the report alone is cut off: run the same command again for all of it"
        raise CommandError(msg) from unwritten
    return ExitStatus.SUCCESS if is_complete else ExitStatus.UNCHECKED


def _renaming(arguments: argparse.Namespace) -> Renaming:
    from buildbot_keychain.store.imports import Renaming, Rule, rules_of  # noqa: PLC0415 - slow

    rules = [Rule.parse(text) for text in arguments.map]
    if arguments.map_file:
        try:
            with Path(arguments.map_file).open(encoding="utf-8") as file:
                text = file.read(_MOST_RULES)
        except (OSError, UnicodeDecodeError) as error:
            why = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
            msg = f"cannot read {arguments.map_file}: {why}"
            raise CommandError(msg) from error
        rules += rules_of(text)
    return Renaming(rules, arguments.prefix)


def _is_good(outcome: Outcome) -> bool:
    return outcome.is_meant or outcome.became.value not in {"failed", "skipped"}


def _reported(outcome: Outcome, *, as_json: bool) -> Exception | None:
    """Report, and return why that cannot be done: the import goes on then."""
    try:
        _report(outcome, as_json=as_json)
    except BrokenPipeError as error:  # whoever reads it has seen enough
        _standard_streams.abandon(sys.stdout)
        return error
    except CommandError as error:
        return error
    return None


def _report(outcome: Outcome, *, as_json: bool) -> None:
    if as_json:
        facts = {
            "outcome": outcome.became.value,
            "name": outcome.name or None,
            "where": outcome.where,
            "why": outcome.why or None,
        }
        _standard_streams.print_line(json.dumps(facts))
        return
    what = f"{outcome.name}  ({outcome.where})" if outcome.name else outcome.where
    why = f": {outcome.why}" if outcome.why else ""
    _standard_streams.print_line(printable(f"{outcome.became.value:8}{what}{why}"))


def _summary(counts: Counter[str], *, dry_run: bool) -> str:
    shown = ", ".join(f"{count} {became}" for became, count in counts.items()) or "nothing"
    return f"{shown} (a dry run: nothing was stored)" if dry_run else shown


COMMAND = Command(
    "import",
    "put what other places hold into a store",
    """\
examples:
  buildbot-keychain import jenkins /var/lib/jenkins --dry-run
  buildbot-keychain import directory /run/secrets --prefix old/ --map '*.pem=keys/*'
  kubectl get secrets -o yaml | buildbot-keychain import kubernetes -
  buildbot-keychain import vault https://vault:8200/secret/team --vault-login userpass:alice
  vault kv get -format=json secret/app | buildbot-keychain import vault - --map '*=app'
  buildbot-keychain import pass ~/.password-store --map 'private/*='""",
    add_arguments,
    run,
)
