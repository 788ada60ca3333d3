"""Goes through everything that the command line names: database, then text files.

In the database, table by table, then logs. What is done is on disk before the next part begins, so
that the command can be stopped at any moment and run again.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from buildbot_keychain.cli import _known_secrets
from buildbot_keychain.cli._database import Database
from buildbot_keychain.cli._exit import CommandError, ExitStatus
from buildbot_keychain.cli._terminal import Terminal
from buildbot_keychain.cli.scrub import _arguments, _running_master, _text_files
from buildbot_keychain.cli.scrub._cell_redactor import CellRedactor
from buildbot_keychain.cli.scrub._locations import Locations
from buildbot_keychain.cli.scrub._logs import LogScrubber
from buildbot_keychain.cli.scrub._readers import Readers
from buildbot_keychain.cli.scrub._report import Report
from buildbot_keychain.cli.scrub._resume_file import ResumeFile
from buildbot_keychain.cli.scrub._rows import RowScrubber
from buildbot_keychain.cli.scrub._schema import LOG_CHUNKS
from buildbot_keychain.redaction import RedactionPolicy, Redactor

_STOP_MASTER = "stop the master first, or add --live"


def run(arguments: argparse.Namespace) -> ExitStatus:
    """Scrub what the command line names.

    :raise CommandError: if that cannot be done.
    """
    _arguments.check(arguments)
    terminal = Terminal(quiet=arguments.quiet)
    configuration = _known_secrets.load_configuration(arguments)
    if configuration is not None and not (arguments.no_database or arguments.db_url):
        configuration.render_db_url = True
    redactor = _known_secrets.load_redactor(
        arguments, configuration, RedactionPolicy.build_log(), terminal.message
    )
    report = Report(terminal, writing=arguments.write, as_json=arguments.json)
    if arguments.write and not arguments.live:
        for path in arguments.text:
            _require_closed(path)
    try:
        if not arguments.no_database:
            basedir, url = arguments.basedir, arguments.db_url
            if configuration is not None:
                basedir, url = basedir or configuration.basedir, url or configuration.db_url
            _scrub_database(url, (basedir or Path()).absolute(), redactor, report, arguments)
        for path in arguments.text:
            _text_files.scrub(path, redactor, report)
        return report.finish()
    finally:
        terminal.clear_status()


def _scrub_database(
    url: str, basedir: Path, redactor: Redactor, report: Report, arguments: argparse.Namespace
) -> None:
    database = Database(url, basedir)
    if arguments.db_url and database.has_password:
        report.terminal.message(
            "every user of this machine can read the password in --db-url: "
            "use --config or the driver's password file"
        )
    try:
        if report.writing and not arguments.live:
            _require_no_master(database, basedir, redactor)
        _scrub_tables(database, redactor, report, arguments)
    finally:
        database.close()


def _require_no_master(database: Database, basedir: Path, redactor: Redactor) -> None:
    directories = {basedir, database.path.parent} if database.path else {basedir}
    evidence = _running_master.in_database(database)
    for directory in sorted(directories):
        evidence = evidence or _running_master.in_directory(directory)
    if evidence:
        raise CommandError(f"{redactor.redact(evidence)}: {_STOP_MASTER}")


def _scrub_tables(
    database: Database, redactor: Redactor, report: Report, arguments: argparse.Namespace
) -> None:
    guessable = arguments.guessable
    resume = ResumeFile(arguments.resume, database.name, redactor.names, guessable=guessable)
    locations = Locations(database, redactor)
    readers = Readers(database, redactor, guessable=guessable)
    report.terminal.message(_whom_it_is_hidden_from(database, readers, guessable=guessable))
    rows = RowScrubber(database, CellRedactor(redactor), readers, locations, report)
    logs = LogScrubber(database, readers, locations, report)
    tables = {table.name: table for table in database.tables() if table.name != LOG_CHUNKS}
    stages = [*tables, LOG_CHUNKS]
    total = sum(database.count(name) for name in stages)
    done = 0
    for name in stages:
        pending, after = resume.position_in(name, stages)
        if not pending:
            done += database.count(name)
            continue

        def progress(count: int, name: str = name) -> None:
            nonlocal done
            done += count
            report.terminal.progress_bar(done, total, name)

        steps = (
            logs.scrub(after, progress)
            if name == LOG_CHUNKS
            else rows.scrub(tables[name], after, progress)
        )
        for number in steps:
            resume.note(name, number)
    if report.writing:
        report.terminal.status("compacting")
        advice = database.compact(rewritten=bool(report.replaced) or resume.is_resumed)
        if advice:
            report.terminal.message(advice)
    resume.remove()


def _whom_it_is_hidden_from(database: Database, readers: Readers, *, guessable: bool) -> str:
    if guessable:
        return (
            "warning: what can be guessed is hidden everywhere, which tells whoever printed a "
            "guess that it was right: change these secrets"
        )
    if database.records_given:
        never = ", ".join(readers.never_given())
        known = f"; no build is recorded to have been given {never}" if never else ""
        return f"what can be guessed is hidden only in builds that were given it{known}"
    return (
        "this database does not record which builds were given which secrets: what can be guessed "
        "is not hidden; add --guessable to hide it everywhere"
    )


def _require_closed(path: Path) -> None:
    """Raise `CommandError` if a running master writes to the file at `path`."""
    evidence = _running_master.in_directory(path.absolute().parent)
    if evidence and path.name == "twistd.log":
        raise CommandError(f"{evidence} and writes to {path}: {_STOP_MASTER}")
