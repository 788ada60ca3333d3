"""How properties of buildsets were made is stored, and resolved in their builds."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

from buildbot.process.properties import Properties
from sqlalchemy.exc import OperationalError
from twisted.internet.defer import Deferred, fail
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.buildbot.references import PROPERTY, Name, References
from buildbot_keychain.errors import KeychainError, SecretNotFound
from tests.support.database_pool import DatabasePool

A, B = Name("a", "files"), Name("b", "vault")
TEMPLATES = {"one": A._asdict(), "two": {"format": "x%s", "values": [B._asdict()]}}


class Build:
    """A build of one request, as Buildbot starts it."""

    do_build = True

    def __init__(self, bsid: int, **properties: Any) -> None:
        received = Properties()
        for name, (value, source) in properties.items():
            received.setProperty(name, value, source)
        self.requests = [SimpleNamespace(bsid=bsid, properties=received)]
        self.properties = Properties()
        self.properties.updateFromProperties(received)

    def getProperties(self) -> Properties:
        return self.properties


class ReferencesTests(SynchronousTestCase):
    """`References`."""

    def setUp(self) -> None:
        self.pool = DatabasePool()
        self.addCleanup(self.pool.engine.dispose)
        self.master = SimpleNamespace(db=SimpleNamespace(pool=self.pool), reactor=Clock())
        self.values = {A: "value-a", B: "value-b"}
        self.asked: list[tuple[Any, Name]] = []
        self.prepared: list[Any] = []
        self.references = References(
            self.master, self.look_up, self.preparing, lambda _name, _value: False
        )

    async def look_up(self, build: Any, name: Name) -> str:
        self.assertIn(build, self.prepared)
        self.asked.append((build, name))
        if name not in self.values:
            raise SecretNotFound(name.secret, (name.provider,))
        return self.values[name]

    @contextmanager
    def preparing(self, build: Any) -> Iterator[None]:
        self.prepared.append(build)
        yield
        self.prepared.remove(build)

    def run_coroutine(self, coroutine: Any) -> Any:
        return self.successResultOf(Deferred.fromCoroutine(coroutine))

    def stored(self, bsid: int | None = 7) -> Any:
        entry = self.run_coroutine(self.references.store(TEMPLATES))
        if bsid is not None:
            self.run_coroutine(self.references.bind(entry, bsid))
        return entry

    def resolved(self, bsid: int, **properties: Any) -> Build:
        build = Build(bsid, **properties)
        self.run_coroutine(self.references.resolve(build))
        return build

    def received(self, entry: Any) -> dict[str, Any]:
        return {"one": ("<a>", "Trigger"), "two": ("x<b>", "Trigger"), PROPERTY: entry}

    def test_the_values_are_put_in(self) -> None:
        build = self.resolved(7, **self.received(self.stored()), other=("<a>", "test"))
        expected = {"one": ("value-a", "Trigger"), "two": ("xvalue-b", "Trigger")}
        self.assertEqual(build.properties.asDict(), {**expected, "other": ("<a>", "test")})
        self.assertEqual(self.asked, [(build, A), (build, B)])
        made = self.references.made.of(build.properties["two"])
        self.assertEqual(made and made.template, TEMPLATES["two"])

    def test_once(self) -> None:
        build = self.resolved(7, **self.received(self.stored()))
        self.run_coroutine(self.references.resolve(build))
        self.run_coroutine(self.references.resolve(None))
        self.assertEqual(len(self.asked), 2)

    def test_a_build_that_is_skipped_is_given_nothing(self) -> None:
        build = Build(7, **self.received(self.stored()))
        build.do_build = False
        self.run_coroutine(self.references.resolve(build))
        self.assertEqual(self.asked, [])
        self.assertEqual(set(build.properties.asDict()), {"one", "two"})

    def test_the_property_of_a_builder_stays(self) -> None:
        build = Build(7, **self.received(self.stored()))
        build.properties.setProperty("one", "<a>", "Builder")
        self.run_coroutine(self.references.resolve(build))
        self.assertEqual(build.properties["one"], "<a>")
        self.assertEqual(self.asked, [(build, B)])

    def test_a_missing_secret_fails_who_reads_it(self) -> None:
        del self.values[A]
        build = self.resolved(7, **self.received(self.stored()))
        self.assertEqual(build.properties["two"], "xvalue-b")
        with self.assertRaises(SecretNotFound):
            build.properties.getProperty("one")

    def unknown(self, bsid: int, entry: Any) -> str:
        build = self.resolved(bsid, **self.received(entry))
        self.assertEqual(self.asked, [])
        with self.assertRaises(KeychainError) as caught:
            build.properties.getProperty("one")
        return str(caught.exception)

    def test_what_belongs_to_another_buildset(self) -> None:
        self.assertIn("how it was made is not known; request", self.unknown(8, self.stored()))

    def test_what_could_not_be_stored(self) -> None:
        self.pool.execute("CREATE TABLE keychain_references (x INTEGER)")
        entry = self.stored()
        self.assertIn("the master's database cannot be read", self.unknown(7, entry))
        copy = self.run_coroutine(self.references.copy(entry, 7))
        self.assertEqual(copy[0]["properties"], ["one", "two"])
        self.successResultOf(self.references.clean_up())

    def test_what_is_no_entry_of_ours(self) -> None:
        for value in ("x", {"id": 1, "properties": ["one"]}, {"id": "x", "properties": "one"}):
            build = self.resolved(7, one=("<a>", "test"), **{PROPERTY: (value, "test")})
            self.assertEqual(build.properties.asDict(), {"one": ("<a>", "test")})

    def test_a_rebuild_has_a_row_of_its_own(self) -> None:
        entry = self.stored()
        copy = self.run_coroutine(self.references.copy(entry, 7))
        self.assertNotEqual(copy[0]["id"], entry[0]["id"])
        self.assertEqual(self.resolved(9, **self.received(copy)).properties["one"], "value-a")
        # Of another buildset there is nothing to copy.
        self.asked.clear()
        self.assertIn(
            "not known", self.unknown(8, self.run_coroutine(self.references.copy(entry, 8)))
        )

    def test_a_copy_that_failed_takes_nothing_from_the_original(self) -> None:
        """Whose master may have stopped before it was bound to its buildset."""
        entry = self.stored(bsid=None)
        with self.failing(OSError("away")):
            copy = self.run_coroutine(self.references.copy(entry, 7))
        self.run_coroutine(self.references.bind(copy, 8))
        self.unknown(8, copy)
        self.assertEqual(self.resolved(7, **self.received(entry)).properties["one"], "value-a")

    @contextmanager
    def failing(self, error: Exception) -> Iterator[None]:
        """Have the database fail with an error that Buildbot's pool does not handle."""
        self.master.db.pool = SimpleNamespace(do=lambda _work: fail(error))
        yield
        self.master.db.pool = self.pool

    def test_whatever_fails_fails_who_reads_the_property(self) -> None:
        """Nothing leaves `resolve`: Buildbot would not end the build."""
        entry = self.stored()
        away = OperationalError("SELECT", {}, Exception("away"))
        for error, retryable in ((OSError("s3cr3t"), False), (away, True)):
            with self.failing(error):
                build = self.resolved(7, **self.received(entry))
            for name in ("one", "two"):
                with self.assertRaises(KeychainError) as caught:
                    build.properties.getProperty(name)
                self.assertEqual(caught.exception.retryable, retryable)
                self.assertIn(f"the property {name!r} holds a secret", str(caught.exception))
                self.assertNotIn("s3cr3t", str(caught.exception))

    def test_a_template_of_another_version(self) -> None:
        """Fails who reads it, and not who reads another property."""
        odd = {"new": {"kind": "new"}, "format": {"format": "%d", "values": [A._asdict()]}}
        templates: dict[str, Any] = {**odd, "list": [1], "one": TEMPLATES["one"]}
        entry = self.run_coroutine(self.references.store(templates))
        names = {name: (f"<{name}>", "Trigger") for name in templates}
        build = self.resolved(7, **names, **{PROPERTY: entry})
        self.assertEqual(build.properties["one"], "value-a")
        for name in ("new", "format", "list"):
            with self.assertRaisesRegex(KeychainError, "cannot be made again"):
                build.properties.getProperty(name)

    def test_a_lookup_that_fails_oddly(self) -> None:
        entry = self.stored()
        self.values = None  # type: ignore[assignment]
        build = self.resolved(7, **self.received(entry))
        with self.assertRaisesRegex(KeychainError, "cannot be made again"):
            build.properties.getProperty("one")

    def test_properties_of_one_secret_agree(self) -> None:
        templates = {"one": A._asdict(), "two": TEMPLATES["two"], "three": A._asdict()}
        entry = self.run_coroutine(self.references.store(templates))
        received = {name: (f"<{name}>", "Trigger") for name in templates}
        build = self.resolved(7, **received, **{PROPERTY: entry})
        self.assertEqual(build.properties["three"], "value-a")
        self.assertEqual(self.asked, [(build, A), (build, B)])
