"""Starts the master of `pages`, with what `world` writes."""

from __future__ import annotations

import gc
import time
from functools import partial
from pathlib import Path
from typing import Any

from buildbot.www.auth import UserPasswordAuth
from twisted.internet.defer import Deferred

from buildbot_keychain.audit import AuditToDatabase, AuditToFile
from buildbot_keychain.bearer_tokens import SCOPES, TokenRow, new_token
from buildbot_keychain.buildbot.state import TokensTable
from buildbot_keychain.plugins import secrets, util
from tests.benchmarks.pages import world
from tests.benchmarks.pages.probe import Probe
from tests.benchmarks.store import new_store
from tests.support.master_tables import TOKENS
from tests.support.page_master import forget_pages, have_inspected, page_www
from tests.support.page_site import PEOPLE
from tests.support.real_master import RealMaster

_BUILT_AT_ONCE = 4


async def start(directory: Path, url: str, password: str) -> tuple[int, str]:
    """Start it, and return its port and a token for everything.

    :param directory: where what was written before is used again.
    :param url: of the master's database and the audit trail; empty for SQLite.
    """
    directory.mkdir(0o700, exist_ok=True)
    audit_url = url or f"sqlite:///{directory}/audit.sqlite"
    audit_file = directory / "audit.jsonl"
    is_new = not (directory / "written").exists()
    if is_new:
        new_store(directory / "store", world.SECRETS, world.about).close()
    if is_new or url:
        world.write_audit(audit_url, audit_file if is_new else None)
    keys = directory / "store" / "keys"
    provider = secrets.SecretInStore(
        f"sqlite:///{directory}/store/data/secrets.sqlite",
        keys / "ring",
        seen_file=keys / "master.seen",
        name="store",
    )
    manager = secrets.SecretManager(
        [provider],
        policy=world.rules(secrets),
        audit=[AuditToFile(audit_file), AuditToDatabase(audit_url)],
    )
    config: dict[str, Any] = {
        "builders": list(world.builders(util)),
        "secretsProviders": [manager],
        "www": page_www(auth=UserPasswordAuth(dict.fromkeys(PEOPLE, password))),
        "buildbotURL": "http://localhost/",
    }
    basedir = directory / "master"
    basedir.mkdir(exist_ok=True)
    running = RealMaster(basedir, config | ({"db_url": url} if url else {}), "null")
    await running.start()
    master = running.master
    port = master.www.getPortnum()
    master.config.buildbotURL = f"http://127.0.0.1:{port}/"
    if is_new or url:
        retired = await master.data.updates.findBuilderId("retired")
        await master.db.pool.do(partial(_write, master, retired))
    (directory / "written").touch()
    have_inspected(master, *world.inspected())
    probe = Probe(
        forget=partial(forget_pages, master), build=partial(_build, running), freeze=_freeze
    )
    master.www.site.resource.putChild(b"probe", probe)
    return port, await _token(master)


def _write(master: Any, retired: int, connection: Any) -> None:
    with connection.begin():
        world.write_tables(connection, master.db.model, retired)


def _freeze() -> None:
    gc.collect()
    gc.freeze()


def _build(running: RealMaster) -> None:
    """Have some builders build again and again."""

    async def build(number: int) -> None:
        while running.running:
            await running.build(world.builder(number * 50 + 7), scheduler="force")

    for number in range(_BUILT_AT_ONCE):
        Deferred.fromCoroutine(build(number))


async def _token(master: Any) -> str:
    table, (token, number, digest) = TokensTable(master), new_token()
    now = int(time.time())
    await table.prepare(now)
    row = TokenRow(number, digest, "ada", frozenset(SCOPES), "", now, now + 86_400).stored()

    def write(connection: Any) -> None:
        with connection.begin():
            connection.execute(TOKENS.insert(), row)

    await master.db.pool.do(write)
    return token
