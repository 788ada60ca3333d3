"""`PageMasterTestCase`: a real master whose web server has the page of secrets."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from buildbot.www.auth import UserPasswordAuth
from buildbot.www.authz import Authz
from buildbot.www.authz.roles import RolesFromUsername

from buildbot_keychain.bearer_tokens import TokenRow, new_token
from buildbot_keychain.buildbot.www._host import BuildbotHost
from buildbot_keychain.buildbot.www._inspected import Inspected
from buildbot_keychain.buildbot.www._inspections import BuildbotInspections, _Kept
from buildbot_keychain.buildbot.www._remembered import NAME
from buildbot_keychain.buildbot.www._settings import PageSettings
from buildbot_keychain.plugins import util
from buildbot_keychain.store.creation import create_store
from buildbot_keychain.store.database import Database
from buildbot_keychain.store.opening import OpenStore
from buildbot_keychain.store.ring_file import RingFile
from buildbot_keychain.web.host_inspections import LEVELS, TASKS, Begun, Ended, Found
from tests.support.approvals_in_memory import ApprovalsInMemory, request_for
from tests.support.page_client import PageClient, over_http
from tests.support.page_site import PEOPLE
from tests.support.real_master import RealMaster, RealMasterTestCase

PASSWORD = "the password of everybody"


def authz(**without: str) -> Authz:
    """Return the roles of `PEOPLE`; `without` names people with one role less."""
    roles: dict[str, list[str]] = {}
    for person, names in PEOPLE.items():
        for name in names - {without.get(person, "")}:
            roles.setdefault(name, []).append(person)
    return Authz(roleMatchers=[RolesFromUsername([role], who) for role, who in roles.items()])


def page_www(**replaced: Any) -> dict[str, Any]:
    """Return ``c["www"]`` of a master that has the page; `replaced` are other parts of it."""
    usual = {
        "port": "tcp:0:interface=127.0.0.1",
        "allowed_origins": ["http://127.0.0.1:*"],  # the port is known only later
        "auth": UserPasswordAuth(dict.fromkeys(PEOPLE, PASSWORD)),
        "authz": authz(),
        "plugins": {"keychain": {"admin_roles": ["admins"], "viewer_roles": ["viewers"]}},
    }
    return usual | replaced


def new_host(master: Any) -> BuildbotHost:
    """Return a host for the page of a master, which remembers nothing yet."""
    return BuildbotHost(master, PageSettings(frozenset({"admins"}), frozenset({"viewers"})))


def forget_pages(master: Any) -> None:
    """Have the pages of a master remember nothing."""
    master.namedServices[NAME].disownServiceParent()
    page = master.www.site.resource.children[b"plugins"].children[b"keychain"]
    page._host = new_host(master)


def have_inspected(master: Any, findings: Sequence[Found], rows: Sequence[tuple[str, ...]]) -> None:
    """Have a result of each inspection."""
    levels = [each.level for each in findings]
    counts = {level: levels.count(level) for level in LEVELS}
    found = Inspected("/srv/master.cfg", counts, findings, rows, 0, len(rows), len(rows))
    now = time.time()
    for task in TASKS:
        begun = Begun(task, task, "ada", now, offline=True)
        ended = Ended(begun, now, inspected=found.file, counts=counts)
        kept = _Kept(ended, lambda: master.config, found)
        BuildbotInspections.of(master)._kept[task] = kept


class PageMasterTestCase(RealMasterTestCase):
    """Starts one master without a worker, in which one request waits for approval."""

    protocol = "null"
    timeout = 120.0

    def page_configuration(self, factory: Any = None, **www: Any) -> dict[str, Any]:
        """Return the configuration; `www` replaces parts of its own."""
        factory = util.BuildFactory() if factory is None else factory
        return self.configuration(factory, www=page_www(**www), buildbotURL="http://localhost/")

    async def start_page(self, factory: Any = None, **more: Any) -> RealMaster:
        """Start the master; `more` are other keys of its configuration."""
        master = await self.start_master(self.page_configuration(factory) | more)
        self.port = master.master.www.getPortnum()
        self.set_url(master, f"http://127.0.0.1:{self.port}/")
        self.approvals = ApprovalsInMemory(PEOPLE, request_for())
        self.approvals.person_of = self.person_of(master)  # type: ignore[method-assign]
        master.master.buildbot_keychain.approvals = self.approvals
        self.patch(BuildbotHost, "approver_roles", frozenset({"release"}))
        return master

    def person_of(self, master: RealMaster) -> Any:
        """Return a function that knows the roles that the master gives its users."""
        original = self.approvals.person_of

        def person_of(user: Any) -> Any:
            self.approvals.roles = {
                user.get("username", ""): frozenset(master.master.www.authz.getRolesFromUser(user))
            }
            return original(user)

        return person_of

    def new_token(self, basedir: Path, person: str, *scopes: str) -> str:
        """Return a token as the command makes it."""
        token, number, digest = new_token()
        row = TokenRow(number, digest, person, frozenset(scopes), "", 0, 2**40).stored()
        columns, places = ", ".join(row), ", ".join(f":{name}" for name in row)
        with closing(sqlite3.connect(basedir / "state.sqlite")) as connection, connection:
            connection.execute(f"INSERT INTO keychain_tokens ({columns}) VALUES ({places})", row)
        return token

    def store_in(self, directory: Path, *names: str) -> dict[str, Any]:
        """Make an encrypted store with some secrets, and return the arguments of its provider."""
        url, ring = f"sqlite:///{directory / 'secrets.sqlite'}", directory / "ring"
        database = Database(url)
        now = int(time.time())
        create_store(database, RingFile(ring), now=now, actor="init", beside_database=True)
        database.close()
        store = OpenStore(url, ring, actor="init")
        for name in names:
            store.secrets.set(name, "kZ4vt9Qw2LmXrTyPs6", now=now)
        store.close()
        return {"name": "store", "url": url, "key_file": str(ring)}

    def value_in(self, store: dict[str, Any], name: str) -> str | None:
        """Return the value of a secret in a store that `store_in` has made."""
        opened = OpenStore(store["url"], store["key_file"], actor="test")
        try:
            found = opened.secrets.get(name)
            return None if found is None else found.text
        finally:
            opened.close()

    def set_url(self, master: RealMaster, url: str) -> None:
        """Set the address by which browsers reach the master; its port is known only now."""
        master.master.config.buildbotURL = url

    def client(self, person: str = "") -> PageClient:
        """Return a browser in which a person is logged in; blocks."""
        client = PageClient(over_http(self.port), f"http://127.0.0.1:{self.port}")
        return client.log_in(person, PASSWORD) if person else client
