"""``buildbot-keychain scrub``: what a Buildbot has stored, searched and, if told so, cleaned.

Without ``--write`` nothing is changed. Database first, table by table, then logs, then text files;
what is done is on disk before the next part begins, so that it can be stopped at any moment and run
again.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from buildbot_keychain.cli import known_secrets
from buildbot_keychain.cli.outcome import Stop
from buildbot_keychain.cli.scrub import command_line, liveness, text_files
from buildbot_keychain.cli.scrub.cells import Cells
from buildbot_keychain.cli.scrub.columns import LOG_CHUNKS
from buildbot_keychain.cli.scrub.database import Database
from buildbot_keychain.cli.scrub.logs import Logs
from buildbot_keychain.cli.scrub.places import Places
from buildbot_keychain.cli.scrub.position import Position
from buildbot_keychain.cli.scrub.report import Report
from buildbot_keychain.cli.scrub.rows import Rows
from buildbot_keychain.cli.terminal import Terminal
from buildbot_keychain.redaction import RedactionPolicy, Redactor

_EVERYONE = "every user of this machine: use --config, or the driver's password file"
_LIVE = "stop the master first, or add --live"


def run(arguments: argparse.Namespace) -> int:
    """Scrub what the command line names."""
    command_line.check(arguments)
    terminal = Terminal()
    configured = []
    basedir, url = arguments.basedir, arguments.db_url
    if arguments.config:
        from buildbot_keychain.cli import master_config  # noqa: PLC0415 - Buildbot is large

        configuration = master_config.load(arguments.config)
        configured = configuration.secrets(arguments.name, terminal.say)
        basedir = basedir or configuration.basedir
        if not arguments.no_database:
            url = url or configuration.db_url
    basedir = (basedir or Path()).absolute()
    redactor = known_secrets.redactor_for(
        arguments, RedactionPolicy.build_log(), configured, terminal.say
    )
    report = Report(terminal, writing=arguments.write)
    if not arguments.no_database:
        _scrub_database(url, basedir, redactor, report, arguments)
    for path in arguments.text:
        _scrub_text(path, redactor, report, arguments)
    return report.end()


def _scrub_database(
    url: str, basedir: Path, redactor: Redactor, report: Report, arguments: argparse.Namespace
) -> None:

    database = Database(url, basedir)
    if arguments.db_url and database.has_password:
        report.terminal.say(f"--db-url shows its password to {_EVERYONE}")
    try:
        if arguments.write and not arguments.live:
            _refuse_live(database, basedir)
        _go_through(database, redactor, report, arguments)
    finally:
        database.close()


def _refuse_live(database: Database, basedir: Path) -> None:
    directories = {basedir, database.path.parent} if database.path else {basedir}
    sign = liveness.live_by_database(database)
    for directory in sorted(directories):
        sign = sign or liveness.live_by_process(directory)
    if sign:
        raise Stop(f"{sign}: {_LIVE}")


def _go_through(
    database: Database, redactor: Redactor, report: Report, arguments: argparse.Namespace
) -> None:

    writing = arguments.write
    position = Position(arguments.resume, database.name, redactor.names)
    places = Places(database, redactor)
    rows = Rows(database, Cells(redactor), places, report, writing=writing)
    logs = Logs(database, redactor, places, report, writing=writing)
    tables = {table.name: table for table in rows.tables()}
    stages = [*tables, LOG_CHUNKS]
    total = sum(database.count(name) for name in stages)
    done = 0
    for name in stages:
        pending, after = position.after(name, stages)
        if not pending:
            done += database.count(name)
            continue

        def progress(count: int, name: str = name) -> None:
            nonlocal done
            done += count
            report.terminal.bar(done, total, name)

        steps = (
            logs.scrub(after, progress)
            if name == LOG_CHUNKS
            else rows.scrub(tables[name], after, progress)
        )
        for number in steps:
            position.reached(name, number)
    if writing:
        report.terminal.show("compacting")
        advice = database.forget(rewritten=bool(report.replaced) or position.resumed)
        if advice:
            report.terminal.say(advice)
    position.done()


def _scrub_text(
    path: Path, redactor: Redactor, report: Report, arguments: argparse.Namespace
) -> None:
    if arguments.write and not arguments.live:
        sign = liveness.live_by_process(path.absolute().parent)
        if sign and path.name == "twistd.log":
            raise Stop(f"{sign} and writes to {path}: {_LIVE}")
    text_files.scrub(path, redactor, report, writing=arguments.write)
