"""A large master: 10,000 secrets, 500 builders, 1,000 rules, a million audit events.

Everything is of the kinds that a master writes, and written many at once.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from buildbot.config.builder import BuilderConfig
from buildbot.process.factory import BuildFactory
from buildbot.steps.shell import ShellCommand

from buildbot_keychain.approvals import Demand
from buildbot_keychain.audit import AuditToDatabase, AuditToFile, Record
from buildbot_keychain.audit.events import Decision, Event, Lookup
from buildbot_keychain.audit.form import Form
from buildbot_keychain.details import Requester, SourceStamp
from buildbot_keychain.redaction import Redactor
from buildbot_keychain.store.metadata import Metadata
from buildbot_keychain.uses import ALLOWED, DENIED, Use, key_of
from buildbot_keychain.web.host_inspections import LEVELS, Found
from tests.support import master_tables
from tests.support.approval_requests import NEW
from tests.support.real_master import WORKER_NAME

SECRETS, BUILDERS, RULES = 10_000, 500, 1_000
EVENTS = 1_000_000
BUILDS, OF_BUILD, WAITING = 5_000, 10, 3_000
FINDINGS = 300
_AT_ONCE = 5_000
_DAY = 86_400


def secret(number: int) -> str:
    """Return the name of a secret, as a build asks for it."""
    return f"store!team/{number % SECRETS:06}"


def builder(number: int) -> str:
    """Return the name of a builder."""
    return f"builder-{number % BUILDERS:03}"


def about(number: int) -> Metadata:
    """Return what the store says of a secret: every tenth expires soon, or is for few."""
    now = int(time.time())
    expires = now + _DAY if number % 10 == 0 else None
    allowed = (f"builder-{number % 10}*",) if number % 10 == 1 else None
    tags = ("prod", f"team-{number % 50}")
    return Metadata(now - _DAY, tags=tags, expires=expires, allowed=allowed)


def rules(secrets: Any) -> list[Any]:
    """Return the policy: each rule is about ten secrets and two builders.

    :param secrets: the plug-in's names.
    """
    found: list[Any] = []
    for number in range(RULES):
        path, builders = f"store!team/{number:05}*", [builder(number), builder(number + 1)]
        if number % 10 == 0:
            approval = secrets.Approval(by=["release"])
            found.append(secrets.Allow(path, builders=builders, approval=approval))
        elif number % 10 == 1:
            found.append(secrets.Deny(path, tags=["tag-3"]))
        else:
            found.append(secrets.Allow(path, builders=builders, schedulers=["force"]))
    main = {"repositories": ["https://git.example.org/*"], "branches": ["main"]}
    found.append(secrets.Allow("store!team/*", builders=["builder-0*"], **main))
    found.append(secrets.Allow("store!team/00*", owners=["vera"]))
    return found


def builders(util: Any) -> Iterator[BuilderConfig]:
    """Yield the builders: each has ten steps, of which each names a secret of its own.

    :param util: the plug-in's names.
    """
    for number in range(BUILDERS):
        names = [secret(number * OF_BUILD + step) for step in range(OF_BUILD)]
        steps = [ShellCommand(command=["true", util.Secret(name)]) for name in names]
        tags = [f"tag-{number % 20}"]
        factory = BuildFactory(steps)
        yield BuilderConfig(builder(number), workernames=[WORKER_NAME], factory=factory, tags=tags)


def _requester(number: int) -> Requester:
    stamp = SourceStamp(repository="https://git.example.org/app", branch="main")
    return Requester(
        "build", builder=builder(number), scheduler="force", owner="bob", source_stamps=(stamp,)
    )


def _events() -> Iterator[Event]:
    requesters = [_requester(number) for number in range(BUILDERS)]
    for number in range(EVENTS):
        name = secret(number * 7919 if number % 10 else 0)
        requester = requesters[number * 31 % BUILDERS]
        if number % 50:
            path = name.partition("!")[2]
            yield Lookup(name, requester, provider="store", canonical=path, decision=ALLOWED)
        else:
            yield Decision(name, requester, DENIED, reason="no rule allows it")


def inspected() -> tuple[list[Found], list[tuple[str, ...]]]:
    """Return what a check has found: as many of each level, and places, a row for each."""
    findings = [
        Found(level, "missing", f"{secret(number)} is in no provider", (builder(number),), 3)
        for level in LEVELS
        for number in range(FINDINGS // len(LEVELS))
    ]
    builders = [builder(number // OF_BUILD) for number in range(BUILDERS * OF_BUILD)]
    rows: list[tuple[str, ...]] = [
        (secret(number), "found", "store", "as a word", name, f"step of {name}", "allowed", "", "")
        for number, name in enumerate(builders)
    ]
    return findings, rows


def write_audit(url: str, file: Path | None) -> None:
    """Write the audit trail to a table, and to a file that is rotated."""
    form, begin = Form(Redactor()), time.time() - EVENTS
    records = (
        Record(begin + number, event, form, "master") for number, event in enumerate(_events())
    )
    sinks: list[Any] = [AuditToDatabase(url)]
    if file is not None:
        sinks.append(AuditToFile(file))
    while some := list(islice(records, _AT_ONCE)):
        for sink in sinks:
            sink.write(some)
    for sink in sinks:
        sink.close()


def write_tables(connection: Any, model: Any, retired: int) -> None:
    """Write what a master has of its builds, in a transaction.

    :param model: Buildbot's tables.
    :param retired: the id of a builder that is not configured, of which all requests are that wait.
    """
    now = int(time.time())
    for table in master_tables.TABLES:
        table.create(connection)
    by_name = {
        name: number
        for number, name in connection.execute(sa.text("SELECT id, name FROM builders"))
    }
    _insert(
        connection, model.buildsets, [{"id": 1, "reason": "", "submitted_at": now, "complete": 1}]
    )
    _insert(
        connection,
        model.buildrequests,
        (
            {
                "id": 1 + number,
                "buildsetid": 1,
                "submitted_at": now,
                "priority": 0,
                "complete": int(number < BUILDS),
            }
            | {"builderid": by_name[builder(number)] if number < BUILDS else retired}
            for number in range(BUILDS + WAITING)
        ),
    )
    _insert(
        connection,
        model.builds,
        (
            {
                "id": 1 + number,
                "number": 1 + number // BUILDERS,
                "builderid": by_name[builder(number)],
            }
            | {"buildrequestid": 1 + number, "masterid": 1, "started_at": now, "complete_at": now}
            | {"state_string": "", "results": 0, "locks_duration_s": 0}
            for number in range(BUILDS)
        ),
    )
    _insert(connection, master_tables.USES, _uses(now - 40 * _DAY))
    keys = [row["id"] for row in islice(_uses(now), BUILDS * OF_BUILD)]
    _insert(
        connection,
        master_tables.DECISIONS,
        (
            {
                "buildid": 1 + number % BUILDS,
                "use_id": key,
                "decided_at": now - BUILDS + number % BUILDS,
            }
            for number, key in enumerate(keys)
        ),
    )
    _insert(
        connection,
        master_tables.GIVEN,
        (
            {
                "buildid": 1 + number % BUILDS,
                "number": number // BUILDS,
                "given_at": now,
                "name": secret(number),
            }
            for number in range(BUILDS * OF_BUILD)
        ),
    )
    _insert(
        connection,
        master_tables.PRINTS,
        (
            {"buildid": 1 + number % BUILDS, "id": f"{number:032}", "first_at": now, "times": 1}
            | {"content": f'["{secret(number)}", "log", "shell", "stdio", 3]'}
            for number in range(BUILDS * OF_BUILD)
        ),
    )
    _insert(connection, master_tables.APPROVALS, _approvals(now))
    for table in (model.buildsets, model.buildrequests, model.builds):
        _count_on(connection, table)


def _insert(connection: Any, table: Any, rows: Any) -> None:
    rows = iter(rows)
    while some := list(islice(rows, _AT_ONCE)):
        connection.execute(table.insert(), some)


def _count_on(connection: Any, table: Any) -> None:
    """Have PostgreSQL give the next row of Buildbot's an id that no row has yet."""
    if connection.dialect.name == "postgresql":
        sequence = f"pg_get_serial_sequence('{table.name}', 'id')"
        connection.execute(sa.text(f"SELECT setval({sequence}, max(id)) FROM {table.name}"))


def _uses(begin: int) -> Iterator[dict[str, Any]]:
    """Yield the uses: ten secrets for each builder and build."""
    for number in range(BUILDS * OF_BUILD):
        outcome = DENIED if number % 100 == 0 else ALLOWED
        name, requester = secret(number // BUILDERS + number * OF_BUILD), _requester(number)
        content = Use(name, requester, outcome, "by a rule").stored()
        row = {"id": key_of(content), "content": content, "first_at": begin + number}
        yield row | {"last_at": begin + number, "times": 3}


def _approvals(now: int) -> Iterator[dict[str, Any]]:
    for number in range(WAITING):
        path = secret(number).partition("!")[2]
        request = replace(
            NEW,
            id=f"{number:032x}",
            provider="store",
            path=path,
            name=path,
            builder=builder(number),
            build_request=1 + BUILDS + number,
            demands=(Demand(("release",)),),
            asked_at=now + number,
            expires_at=now + 10 * _DAY,
        )
        yield master_tables.approval_row(request, now)
