"""Secrets that people and programs change on a real master: they arrive, and are nowhere else."""

from __future__ import annotations

import base64
import json
import tempfile
from collections.abc import Callable, Iterator
from io import StringIO
from pathlib import Path
from secrets import token_hex
from typing import Any

from twisted.internet.threads import deferToThread
from twisted.logger import globalLogPublisher, textFileLogObserver

from buildbot_keychain.audit import AuditToFile
from buildbot_keychain.plugins import secrets
from buildbot_keychain.web import ROUTES, Kind
from tests.support.audit_records import events_in
from tests.support.keychain_command import run
from tests.support.page_client import PageClient, Reply, forms_of
from tests.support.page_master import PageMasterTestCase
from tests.support.page_routes import ABOUT, EXAMPLES, NO_VALUE
from tests.support.real_master import RealMaster

CONTROL = "theNameOfNoSecretAtAll"
NEW = {"store": "store", **NO_VALUE, **ABOUT, "tags": ""}
SECRET = "store!first"


class ChangeTests(PageMasterTestCase):
    async def start_watched(self) -> RealMaster:
        """Start a master of which everything that it writes is kept."""
        self.audit = self.directory() / "audit.jsonl"
        self.temporary = self.directory()
        self.patch(tempfile, "tempdir", str(self.temporary))
        self.files: list[Any] = []
        original = tempfile.TemporaryFile

        def noted(*args: Any, **kwargs: Any) -> Any:
            self.files.append(original(*args, **kwargs))
            return self.files[-1]

        self.patch(tempfile, "TemporaryFile", noted)
        self.log = StringIO()
        observer: Any = textFileLogObserver(self.log)
        globalLogPublisher.addObserver(observer)
        self.addCleanup(globalLogPublisher.removeObserver, observer)
        self.replies: list[Reply] = []
        self.canaries: list[str] = []
        self.stays: dict[str, str] = {}
        self.where = self.directory()
        provider = secrets.SecretInStore(**self.store_in(self.where))
        manager = secrets.SecretManager([provider], audit=[AuditToFile(self.audit)])
        return await self.start_page(secretsProviders=[manager])

    async def test_each_value_arrives_and_is_nowhere_else(self) -> None:
        master = await self.start_watched()
        await deferToThread(self.check_person)
        await deferToThread(self.check_program, master.basedir)
        await deferToThread(self.check_refusals, master.basedir)
        keychain = master.master.buildbot_keychain
        self.assertEqual(await self.value(master, "second"), f"{self.stays['second']}\nand more\n")
        self.assertEqual(await self.value(master, "by command"), self.stays["by command"])
        await keychain.audit.stop()
        self.check_audit()
        self.check_nowhere(master.basedir)

    async def value(self, master: RealMaster, name: str) -> str:
        (provider,) = master.master.buildbot_keychain.providers.configuration.providers
        return str(await provider.hosted.get(name))

    def canary(self) -> str:
        self.canaries.append(f"c{token_hex(12)}")
        return self.canaries[-1]

    def browser(self, person: str = "") -> PageClient:
        client = self.client(person)
        ask = client._ask

        def recorded(*args: Any) -> Reply:
            self.replies.append(ask(*args))
            return self.replies[-1]

        client._ask = recorded
        return client

    # What is sent

    def check_person(self) -> None:
        """Every route of forms that takes a value, by every field that does."""
        ada = self.browser("ada")
        ada.open()
        ways: tuple[dict[str, Callable[[], Any]], ...] = (
            {"line": self.canary},
            {"text": lambda: f"{self.canary()}\r\nand more"},
            {"file": lambda: self.canary().encode()},
        )
        for name, way in zip(("first", "second", "third"), ways, strict=True):
            for changes, status in (({}, 303), ({}, 409), ({"redact": "?"}, 400)):
                (form,) = forms_of(ada.open("add").text, "add")
                given = {field: make() for field, make in way.items()}
                if status == 303:
                    self.stays[name] = self.canaries[-1]
                new = {**form, **NEW, "path": name, **given, **changes}
                self.assertEqual(ada.upload("add", new).status, status)
            self.assertIn(f"store!{name}</bdi>", ada.open().text)
        for way in ways:
            for changes, status in (
                ({}, 303),
                ({"expires": "soon"}, 400),
                ({"revision": "x"}, 403),
            ):
                (form,) = forms_of(ada.open(f"change?name={SECRET}").text, "change")
                given = {field: make() for field, make in way.items()}
                changed = {**form, **NO_VALUE, **ABOUT, **given, **changes}
                self.assertEqual(ada.upload("change", changed).status, status)
        large = f"{self.canary()}{'x' * ((1 << 20) - 25)}"
        (form,) = forms_of(ada.open(f"change?name={SECRET}").text, "change")
        for more, status in (("x", 422), ("", 303)):
            sent = {**form, **NO_VALUE, **ABOUT, "file": (large + more).encode()}
            self.assertEqual(ada.upload("change", sent).status, status)
        self.assertEqual(self.files, [])
        ada.open(f"change?name=store!{CONTROL}")

    def check_program(self, basedir: Path) -> None:
        self.token = self.new_token(basedir, "ada", "secrets:write", "secrets:read")
        program = self.browser()

        def put(**sent: Any) -> int:
            body = json.dumps({"name": SECRET, **sent})
            return int(program.call("PUT", "store/secret", self.token, body).status)

        self.assertEqual(put(value=self.canary()), 200)
        self.assertEqual(put(base64=base64.b64encode(self.canary().encode()).decode()), 200)
        self.assertEqual(put(value=self.canary(), expected=1), 409)
        self.assertEqual(put(value=self.canary(), other=self.canary()), 400)
        self.assertEqual(put(base64=self.canary() + "!"), 400)
        self.assertEqual(put(generate={"kind": self.canary()}), 400)
        self.assertEqual(put(value=self.canary(), redact=self.canary()), 400)
        broken = f'{{"name": "{SECRET}", "value": "{self.canary()}'
        self.assertEqual(program.call("PUT", "store/secret", self.token, broken).status, 400)
        file = self.directory() / "token"
        file.write_text(self.token)
        file.chmod(0o600)
        words = ("--server", f"http://127.0.0.1:{self.port}/", "--token-file", file)
        done = run("set", "by command", *words, text=self.canary().encode())
        self.assertEqual((done.status, done.out), (0, ""))
        self.stays["by command"] = self.canaries[-1]
        self.replies.append(Reply(0, {}, done.err + run("list", *words).out))
        self.assertIn("by command", self.replies[-1].text)
        for path in ("store/secrets", f"store/secret?name={SECRET}"):
            self.assertEqual(program.call("GET", path, self.token).status, 200)
        taking = [r for r in ROUTES if r.kind is Kind.JSON and r.longest_body > 1 << 20]
        self.assertEqual([(r.method, r.path) for r in taking], [("PUT", "api/v1/store/secret")])

    def check_refusals(self, basedir: Path) -> None:
        """A reader, a stranger, a session that there is not, tokens of others."""
        (form,) = forms_of(self.browser("ada").open("add").text, "add")
        for person in ("vera", "nina", "rolf", ""):
            browser = self.browser(person)
            new = {**form, **NEW, "path": "x", "line": self.canary()}
            self.assertEqual(browser.upload("add", new).status, 403, person)
            (fields,) = [EXAMPLES["POST", "change"].fields]
            changed = {
                "token": "1.x",
                "name": SECRET,
                "revision": "1",
                "unchanged": "1.x",
                **fields,
            }
            self.assertEqual(
                browser.upload("change", {**changed, "line": self.canary()}).status, 403
            )
            self.assertEqual(browser.open(f"change?name={SECRET}").status, 403)
        for person, scope, status in (
            ("vera", "secrets:write", 403),
            ("nobody", "secrets:write", 403),
            ("ada", "secrets:read", 403),
            ("", "", 401),
        ):
            token = self.new_token(basedir, person, scope) if person else "bbk_x"
            body = json.dumps({"name": SECRET, "value": self.canary()})
            self.assertEqual(
                self.browser().call("PUT", "store/secret", token, body).status, status, person
            )
        headers = {"Content-Type": "text/plain"}
        for method in ("PATCH", "PUT", "POST"):
            self.browser("ada").ask(method, "/plugins/keychain/none", headers, self.canary())

    # Where it is not

    def check_audit(self) -> None:
        events = [e for e in events_in(self.audit) if e["event"] == "administration"]
        done = [e for e in events if e["outcome"] == "done" and e["action"] == "set"]
        self.assertEqual({event["person"] for event in done}, {"ada"})
        self.assertEqual({event["provider"] for event in done}, {"store"})
        self.assertEqual(len(done), 10)

    def check_nowhere(self, basedir: Path) -> None:
        self.assertGreater(len(self.canaries), 40)
        kept = dict(self.everything(basedir))
        seen = {where.rpartition("/")[2] for where, text in kept.items() if CONTROL in text}
        self.assertIn("http.log", seen)  # so it is looked for where it can be found
        for canary in self.canaries:
            spelled = [canary[:12], base64.b64encode(canary.encode()).decode()[:14]]
            spelled += [canary.encode("utf-16-le").decode("latin-1")[:16], canary[::-1][:12]]
            for where, text in kept.items():
                self.assertFalse(any(each in text for each in spelled), f"it is in {where}")

    def everything(self, basedir: Path) -> Iterator[tuple[str, str]]:
        """Yield what the master has written, by where."""
        for directory in (basedir, self.where, self.audit.parent, self.temporary):
            for path in directory.rglob("*"):
                if path.is_file():
                    yield str(path), path.read_bytes().decode("latin-1")
        for number, reply in enumerate(self.replies):
            yield f"reply {number}", f"{reply.headers} {reply.text}"
        yield "log", self.log.getvalue()
