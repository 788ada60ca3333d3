"""``buildbot-keychain policy suggest``: the rules that allow what a master has recorded of its use.

They are for a person to read. Nothing is written but to standard output.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator

from buildbot_keychain.cli import _standard_streams
from buildbot_keychain.cli._command import Command, add_config_argument
from buildbot_keychain.cli._exit import CommandError, ExitStatus
from buildbot_keychain.cli._times import parse_time
from buildbot_keychain.policy import Farm, Question, python_of, suggest, toml_of
from buildbot_keychain.uses import DENIED, Use


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of what is suggested."""
    parser.add_argument(
        "action", choices=["suggest"], help="write rules that allow what was used, and no more"
    )
    add_config_argument(parser)
    parser.add_argument(
        "--since",
        metavar="DATE",
        help="what was used since then, such as 2026-11-01 or 2026-11-01T08:00 "
        "(default: as long as it is recorded)",
    )
    parser.add_argument(
        "--python", action="store_true", help="write them for a master.cfg, not for a policy_file"
    )


def run(arguments: argparse.Namespace) -> ExitStatus:
    """Print the rules."""
    from buildbot_keychain.cli import _master_config  # noqa: PLC0415 - Buildbot takes long to import
    from buildbot_keychain.cli._database import Database  # noqa: PLC0415 - and SQLAlchemy

    since = _seconds(arguments.since)
    config = _master_config.load(arguments.config)
    used: list[tuple[Use, int]] = []

    def names(db_url: str) -> set[str]:
        database = Database(db_url, config.basedir)
        try:
            found = [(Use.read(text), times) for text, times in database.uses(since)]
        finally:
            database.close()
        used.extend((use, n) for use, n in found if use is not None and use.outcome != DENIED)
        return {use.name for use, _ in used}

    asked = config.asked_for(names)
    if not used:
        raise CommandError("it is not recorded that anybody was given a secret: let builds run")
    gone = [f"{name!r}: no provider can have it" for name, q in asked.questions.items() if not q]

    def observed() -> Iterator[tuple[Question, int]]:
        for use, times in used:
            for question in asked.questions[use.name]:
                yield question._replace(requester=use.requester), times

    suggestion = suggest(observed(), Farm(config.builders, asked.providers))
    suggestion = suggestion._replace(unanswered=(*suggestion.unanswered, *sorted(gone)))
    write = python_of if arguments.python else toml_of
    for line in write(suggestion).splitlines():
        _standard_streams.print_line(line)
    return ExitStatus.SUCCESS


def _seconds(date: str | None) -> int:
    """Return a date and time, in UTC by default, in seconds since the epoch."""
    wanted = "a date, such as 2026-11-01 or 2026-11-01T08:00"
    return 0 if date is None else parse_time(date, "--since", wanted)


COMMAND = Command(
    "policy",
    "suggest rules that allow what the builds of a master use",
    """examples:
  buildbot-keychain policy suggest --config /srv/master > policy.toml
  buildbot-keychain policy suggest --since 2026-11-01 --python""",
    add_arguments,
    run,
)
