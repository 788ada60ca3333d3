"""No object of the package shows a value that it holds, or a piece of one.

A canary goes through redactors, providers and a manager. Of each class of the package, some of the
objects that are made or passed on meanwhile are printed, and sent as pickle and jelly send them.
"""

from __future__ import annotations

import json
import pickle
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

from buildbot.plugins import schedulers
from buildbot.process.buildstep import BuildStep
from buildbot.process.results import FAILURE, SUCCESS
from twisted.internet.defer import Deferred
from twisted.spread.jelly import jelly

from buildbot_keychain import (
    SecretInAFile,
    SecretInHTTP,
    SecretInOneFile,
    SecretManager,
)
from buildbot_keychain.buildbot.forms import SecretParameter
from buildbot_keychain.buildbot.sealed import SealedState
from buildbot_keychain.details import SecretDetails
from buildbot_keychain.plugins import secrets, util
from buildbot_keychain.providers.service import ProviderService
from buildbot_keychain.providers.store import SecretInStore
from buildbot_keychain.redaction import Audience, RedactionPolicy, Redactor
from buildbot_keychain.store.database import Database
from buildbot_keychain.store.ledger import Ledger
from buildbot_keychain.store.ring_file import RingFile
from buildbot_keychain.store.sealed_values import SealedValues
from buildbot_keychain.store.sealer import Sealer
from buildbot_keychain.store.seen_head import SeenHead
from buildbot_keychain.store.store import Store, Value
from tests.support.key_rings import make_key_file
from tests.support.raw_server import RawServer, answers
from tests.support.real_master import BUILDER_NAME, RealMasterTestCase, write_secret

CANARY = "q8ZkV2mXw4LrT9sYbN6cJ3-eH5"
PIECES = {CANARY[at : at + 8].lower() for at in range(len(CANARY) - 7)}
DOCUMENT = {"user": "ci", "password": CANARY, "list": [CANARY], "port": 5432}

NAMES = (
    *("files!token", "http!x"),
    *("json!password", "dotenv!password", "toml!password", "yaml!password"),
)

MOST = 60
"""Objects that are looked at of each class."""


class Objects:
    """Objects of the package as they are made and passed on."""

    def __init__(self) -> None:
        self.of_class: dict[type, list[Any]] = {}
        self._known: set[int] = set()

    @contextmanager
    def collecting(self) -> Iterator[None]:
        """Look at what functions return, and at whose methods they are.

        Those are the functions of this thread, and of threads that are started meanwhile.
        """
        before = sys.getprofile()
        threading.setprofile(self._profile)
        sys.setprofile(self._profile)
        try:
            yield
        finally:
            sys.setprofile(before)
            threading.setprofile(None)

    def _profile(self, frame: FrameType, event: str, returned: object) -> None:
        if event == "return":
            self._note(returned)
            self._note(frame.f_locals.get("self"))

    def _note(self, made: object) -> None:
        cls = type(made)
        if cls.__module__.partition(".")[0] != "buildbot_keychain":
            return
        kept = self.of_class.setdefault(cls, [])
        if len(kept) < MOST and id(made) not in self._known:
            self._known.add(id(made))
            kept.append(made)  # which keeps the id from being used again

    def problems(self) -> list[str]:
        """Return which classes show something, and how."""
        found = {
            f"{cls.__module__}.{cls.__qualname__}: {name}"
            for cls, objects in self.of_class.items()
            for name, shown in WAYS.items()
            for each in objects
            if not (isinstance(each, str) and name in IS_A_TEXT) and _shows(shown, each)
        }
        return sorted(found)


def _pickled(made: object) -> str:
    return pickle.dumps(made, protocol=4).decode("latin-1")


WAYS: dict[str, Callable[[object], str]] = {
    "repr": repr,
    "str": str,
    "format": format,
    "pickle": _pickled,
    "jelly": lambda made: repr(jelly(made)),
}

IS_A_TEXT = {"str", "format"}
"""What shows a `str`, as which providers answer, whatever else it is."""


def _shows(way: Callable[[object], str], made: object) -> bool:
    try:
        shown = way(made).lower()
    except Exception:  # noqa: BLE001 - it refuses, or cannot be sent
        return False
    return any(piece in shown for piece in PIECES)


class _Use(BuildStep):
    """Succeeds with the right values only, one of which goes through sealed state."""

    renderables = ("values",)

    def __init__(self, *values: Any) -> None:
        super().__init__()
        self.values = values

    def run(self) -> Deferred[int]:
        return Deferred.fromCoroutine(self._run())

    async def _run(self) -> int:
        state = SealedState.of_class(_Use, self.master)
        await state.set("session", self.values[0])
        values = (await state.get("session"), *self.values)
        return int(SUCCESS if set(values) == {CANARY} else FAILURE)


class ObjectsTests(RealMasterTestCase):
    """Objects that hold a value."""

    async def test_none_shows_it(self) -> None:
        """In any of the ways in which an object leaves by mistake."""
        objects, here = Objects(), self.directory()
        with objects.collecting():
            redactor = redactor_of_canaries()
            for given in (None, {"plain", "document"}, set()):
                redact(redactor.seen_by(given))
            manager = SecretManager(providers=self.providers(here))
            manager.startService()
            for name in NAMES:
                self.assertEqual((await manager.get(name)).value, CANARY)
            await manager.stopService()
        for cls in (Redactor, SecretManager, SecretDetails, SecretInAFile, SecretInHTTP):
            self.assertTrue(objects.of_class.get(cls), cls)
        self.assertGreater(len(objects.of_class), 60)
        self.assertEqual(objects.problems(), [])

    async def test_none_of_a_master_does(self) -> None:
        """Values of a store, of sealed state, and typed into forms."""
        objects, here = Objects(), self.directory()
        key_file = make_key_file(here)
        with objects.collecting():
            ring_file = RingFile(key_file)
            database = Database(f"sqlite:///{here / 'store.sqlite'}")
            self.addCleanup(database.close)
            Ledger.create(database, ring_file.read(), int(time.time()), "init")
            store = Store(Ledger(database, ring_file, "test", SeenHead(here / "seen")))
            store.set("token", CANARY, now=int(time.time()), description="of the test")
            master = await self.start_master(self.store_master(here, key_file))
            (force,) = master.master.allSchedulers()
            complete = master.event(("buildsets", None, "complete"))
            await force.force("alice", builderid=None, pw=CANARY)
            self.assertEqual((await complete)["results"], SUCCESS)
            await master.stop()
        for cls in (Value, SecretInStore, SealedValues, SecretParameter, Sealer):
            self.assertTrue(any(issubclass(each, cls) for each in objects.of_class), cls)
        self.assertEqual(objects.problems(), [])

    def store_master(self, here: Path, key_file: Path) -> dict[str, Any]:
        """Return the configuration of a master whose builds use all of them."""
        store = secrets.SecretInStore(
            url=f"sqlite:///{here / 'store.sqlite'}", key_file=key_file, name="store"
        )
        form = schedulers.ForceScheduler(
            "force", [BUILDER_NAME], properties=[util.SecretParameter("pw")]
        )
        factory = util.BuildFactory([_Use(util.Secret("store!token"), util.Secret("form!pw"))])
        manager = secrets.SecretManager(providers=[store], key_file=key_file)
        return self.configuration(factory, secretsProviders=[manager], schedulers=[form])

    def providers(self, here: Path) -> list[ProviderService]:
        """Return providers of the canary."""
        body = json.dumps(DOCUMENT).encode()
        server = RawServer(
            self, answers(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body))
        )
        files = {
            "json": json.dumps(DOCUMENT),
            "dotenv": f"password='{CANARY}'\n",
            "toml": f"password = '{CANARY}'\n",
            "yaml": f"password: '{CANARY}'\n",
        }
        providers: list[ProviderService] = [
            SecretInAFile(str(self.secrets_directory({"token": CANARY})), name="files"),
            SecretInHTTP(server.url(path="/{path}"), field="password", name="http"),
        ]
        for name, content in files.items():
            path = here / f"file.{'env' if name == 'dotenv' else name}"
            write_secret(path, content)
            providers.append(SecretInOneFile(str(path), name=name))
        return providers


def redactor_of_canaries() -> Redactor:
    """Return a redactor that knows the canary by itself and in several structures."""
    redactor = Redactor(RedactionPolicy.build_log())
    for name, value in {
        "plain": CANARY,
        "document": json.dumps(DOCUMENT),
        "address": f"https://ci:{CANARY}@example.org/",
        "lines": f"the first line\n{CANARY}\nthe third line",
    }.items():
        redactor.add(name, value)
    return redactor


def redact(audience: Audience) -> None:
    """Pass the canary through everything that redacts, whole, in pieces and in a dump."""
    audience.redact(f"a {CANARY} z")
    audience.in_html().redact(f"a {CANARY} z")
    audience.find(CANARY)
    audience.redact_torn(CANARY[:12], at_end=4)
    stream = audience.stream()
    for piece in (CANARY[:12], f"{CANARY[12:]}\n00000000: {CANARY.encode().hex(' ', 2)}\n"):
        stream.feed(piece)
    stream.close()
