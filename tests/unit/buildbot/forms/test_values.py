"""What becomes of what is typed, without a master: which buildset has it, and who finds it."""

from __future__ import annotations

from typing import Any

from buildbot.process.buildrequest import BuildRequest
from twisted.internet.defer import Deferred, succeed
from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.buildbot.builds import Descendants, GivenSecrets
from buildbot_keychain.buildbot.forms import PROPERTY, FormValues, HiddenTyped
from buildbot_keychain.buildbot.forms._typed import Typed
from buildbot_keychain.buildbot.forms._values import read_entry
from buildbot_keychain.buildbot.sealed import SealingKeys
from buildbot_keychain.errors import ConfigurationError, InvalidSecret, ProviderError
from buildbot_keychain.redaction import RedactionPolicy, Redactor
from buildbot_keychain.store.derived_keys import DerivedKeys
from tests.support.fake_master import FakeMaster

VALUE = "s3cr3t"

_BUILDSETS = (
    "CREATE TABLE buildsets (id INTEGER, complete INTEGER, parent_buildid INTEGER, reason TEXT,"
    " rebuilt_buildid INTEGER)"
)


class _Keys:
    """The keys of a master, or none."""

    configured = True

    def __init__(self, root_secret: bytes = b"r" * 32) -> None:
        self.keys = SealingKeys(b"s" * 16, DerivedKeys.of(root_secret))

    async def get(self) -> SealingKeys:
        if not self.configured:
            raise ConfigurationError("no key file")
        return self.keys


class _Data:
    """Buildbot's data: build N is of request 10 N, of buildset 100 N."""

    def __init__(self) -> None:
        self.properties: dict[int, dict[str, Any]] = {}
        self.parents: dict[int, int] = {}
        self.reasons: dict[int, str] = {}
        self.rebuilt: dict[int, int] = {}

    def get(self, path: tuple[Any, ...]) -> Any:
        kind, number = path[0], int(path[1])
        if path[2:]:
            return succeed(self.properties.get(number, {}))
        found: dict[str, Any] = {
            "builds": {"buildrequestid": number * 10},
            "buildrequests": {"buildsetid": number * 10},
            "buildsets": {
                "bsid": number,
                "sourcestamps": [],
                "parent_buildid": self.parents.get(number),
                "reason": self.reasons.get(number, ""),
                "rebuilt_buildid": self.rebuilt.get(number),
            },
        }
        return succeed(found[kind])


def _keys() -> Any:
    return _Keys()


def _master() -> Any:
    return FakeMaster()


class FormValuesTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.master = _master()
        self.data = _Data()
        self.master.data = self.data
        self.master.mq.startConsuming = lambda _callback, _path: succeed(None)
        self.addCleanup(self.master.db.pool.engine.dispose)
        for statement in (
            "DROP TABLE builds",
            "CREATE TABLE builds (id INTEGER, buildrequestid INTEGER)",
            "CREATE TABLE buildrequests (id INTEGER, buildsetid INTEGER)",
            _BUILDSETS,
            "INSERT INTO buildsets VALUES (100, 0, NULL, '', NULL), (200, 0, NULL, '', NULL)",
        ):
            self.master.db.pool.execute(statement)
        self.redactor = Redactor(RedactionPolicy.build_log(), apart=True)
        self.given = GivenSecrets(self.master)
        hidden = HiddenTyped(
            self.protect, self.redactor.forget, self.given, Descendants(self.master)
        )
        self.keys: Any = _keys()
        self.values = FormValues(
            self.master, self.keys, hidden, lambda name, _value: f"weak, as {name}"
        )

    async def protect(self, name: str, value: str) -> str:
        return self.redactor.add_passing(name, value)

    def shown(self, buildid: int) -> str:
        return self.redactor.redact(VALUE, self.given.of_buildid(buildid))

    def run_coroutine(self, coroutine: Any) -> Any:
        return self.successResultOf(Deferred.fromCoroutine(coroutine))

    def typed(self) -> Typed:
        typed: Typed = self.run_coroutine(self.values.seal("pw", VALUE))
        return typed

    def store(self, bsid: int, value: Any = None, **options: Any) -> dict[str, Any]:
        """Return the properties with which a buildset is added."""
        properties = {"pw": (value or self.typed(), "Force Build Form"), **options}
        store = self.values.storing(properties, is_rebuild=False)
        assert store is not None
        entry = self.run_coroutine(store())
        self.run_coroutine(self.values.bind(entry, bsid, form="force", owner="alice"))
        self.data.properties[bsid] = {**properties, PROPERTY: entry}
        return properties

    def find(self, buildid: int, name: str = "pw") -> Any:
        return self.run_coroutine(self.values.find(name, buildid))

    def problem(self, buildid: int, kind: type[Exception] = InvalidSecret) -> str:
        finding = Deferred.fromCoroutine(self.values.find("pw", buildid))
        message = str(self.failureResultOf(finding, kind).value)
        self.assertNotIn(VALUE, message)
        return message

    def test_it_is_sealed_at_once_and_hidden_when_a_build_has_it(self) -> None:
        typed = self.typed()
        self.assertEqual(typed, "<form!pw>")
        self.assertNotIn(VALUE.encode(), typed.box)
        self.store(100)
        self.assertEqual(len(self.redactor), 0)
        self.find(1)
        self.find(1)
        self.assertEqual((self.shown(1), self.shown(2)), ("<form!pw>", VALUE))
        self.assertEqual((len(self.redactor), self.redactor.redact(VALUE)), (1, "<form!pw>"))

    def test_its_build_finds_it(self) -> None:
        properties = self.store(100)
        self.assertEqual(properties, {"pw": ("<form!pw>", "Force Build Form")})
        self.assertIs(type(properties["pw"][0]), str)
        self.assertEqual((self.find(1), self.find(1, "other"), self.find(2)), (VALUE, None, None))

    def test_what_it_triggers_finds_it(self) -> None:
        self.store(100)
        self.data.parents = {200: 1, 300: 2}
        self.assertEqual(self.find(3), VALUE)
        self.assertEqual([self.shown(buildid) for buildid in (1, 2, 3)], ["<form!pw>"] * 3)
        self.data.parents = {200: 3, 300: 2}
        self.assertIsNone(self.find(3))

    def test_a_rebuild_does_not(self) -> None:
        self.store(100)
        copied = dict(self.data.properties[100])
        store = self.values.storing(copied, is_rebuild=True)
        assert store is not None
        self.data.properties[200] = copied | {PROPERTY: self.run_coroutine(store())}
        self.data.reasons[200] = "rebuild"
        self.assertIn("type it again", self.problem(2))
        self.data.parents[300] = 2
        self.assertIn("type it again", self.problem(3))

    def test_a_buildset_that_calls_itself_a_rebuild(self) -> None:
        """A form may say the reason alone, as it is typed."""
        self.store(100)
        self.data.reasons[100] = "rebuild"
        self.assertEqual(self.find(1), VALUE)

    def test_requests_with_what_was_typed_are_not_collapsed(self) -> None:
        for bsid in (100, 200):
            self.store(bsid)
        self.assertFalse(self.can_be_collapsed(200, 100))
        self.data.properties[200] = self.data.properties[100]
        self.assertTrue(self.can_be_collapsed(200, 100))
        self.data.properties[200] = {"pw": ("", "Force Build Form")}
        self.assertFalse(self.can_be_collapsed(200, 100))

    def can_be_collapsed(self, newer: int, older: int) -> bool:
        requests = [{"buildsetid": bsid, "buildrequestid": bsid} for bsid in (newer, older)]
        can_be: bool = self.successResultOf(BuildRequest.canBeCollapsed(self.master, *requests))
        return can_be

    def test_the_rebuild_of_a_child_does_not(self) -> None:
        self.store(100)
        self.data.parents[200], self.data.reasons[200] = 1, "rebuild"
        self.assertIn("type it again", self.problem(2))
        self.data.reasons[200], self.data.rebuilt[200] = "once more", 5
        self.assertIn("type it again", self.problem(2))

    def test_an_id_that_is_passed_on_is_of_no_use(self) -> None:
        self.store(100)
        entry = self.data.properties[100][PROPERTY]
        passed = {PROPERTY: entry, "x": ("y", "Trigger")}
        self.assertIsNone(self.values.storing(passed, is_rebuild=False))
        self.assertEqual(passed, {"x": ("y", "Trigger")})
        self.data.properties[200] = {PROPERTY: entry}
        self.problem(2)
        self.assertEqual(self.find(1), VALUE)

    def test_a_row_that_was_changed_or_moved(self) -> None:
        self.store(100)
        self.keys.keys = _Keys(b"other" + b"r" * 27).keys
        self.assertIn("force a new build", self.problem(1, ProviderError))

    def test_it_is_kept_no_longer_than_it_is_needed(self) -> None:
        self.store(100)
        self.values._ended(None, None)
        self.assertEqual(self.find(1), VALUE)
        self.run_coroutine(self.values.settled())
        self.assertEqual(self.shown(1), "<form!pw>")
        self.master.db.pool.execute("UPDATE buildsets SET complete = 1")
        self.values._ended(None, None)
        self.run_coroutine(self.values.settled())
        self.assertEqual((len(self.redactor), self.shown(1)), (0, VALUE))
        self.assertIn("not kept", self.problem(1))
        uses = self.master.db.pool.uses
        self.values._ended(None, None)
        self.assertEqual(self.master.db.pool.uses, uses)

    def test_what_is_too_weak(self) -> None:
        self.assertEqual(self.values.weakness("pw", VALUE), "weak, as form!pw")

    def test_without_keys(self) -> None:
        self.keys.configured = False
        sealing = Deferred.fromCoroutine(self.values.seal("pw", VALUE))
        self.failureResultOf(sealing, ConfigurationError)

    def test_without_keys_what_is_done_is_removed(self) -> None:
        self.store(100)
        self.keys.configured = False
        self.master.db.pool.execute("UPDATE buildsets SET complete = 1")
        self.successResultOf(self.values.clean_up())
        self.assertEqual(self.rows(), 0)

    def test_a_buildset_that_is_complete_at_once(self) -> None:
        self.master.db.pool.execute("UPDATE buildsets SET complete = 1")
        self.store(100)
        self.assertEqual(self.rows(), 0)

    def test_a_buildset_that_cannot_be_added(self) -> None:
        properties = {"pw": (self.typed(), "Force Build Form")}
        store = self.values.storing(properties, is_rebuild=False)
        assert store is not None
        entry = self.run_coroutine(store())
        self.assertEqual(self.rows(), 1)
        self.run_coroutine(self.values.drop(entry))
        self.assertEqual(self.rows(), 0)
        self.master.db.pool.execute("DROP TABLE keychain_form_values")
        self.master.db.pool.execute("CREATE TABLE keychain_form_values (x INTEGER)")
        self.run_coroutine(self.values.drop(entry))
        self.assertEqual(len(self.flushLoggedErrors()), 0)

    def test_of_many_ends_at_once_few_look(self) -> None:
        self.store(100)
        self.master.db.pool.wait = wait = Deferred[None]()
        before = self.master.db.pool.uses
        for _ in range(10):
            self.values._ended(None, None)
        wait.callback(None)
        self.run_coroutine(self.values.settled())
        self.assertLessEqual(self.master.db.pool.uses - before, 2)

    def test_an_end_while_another_one_is_looked_at(self) -> None:
        self.store(100)
        self.values._ended(None, None)
        do = self.master.db.pool.do

        def end_meanwhile(work: Any) -> Any:
            self.master.db.pool.do = do
            result = do(work)
            self.master.db.pool.execute("UPDATE buildsets SET complete = 1")
            self.values._ended(None, None)
            return result

        self.master.db.pool.do = end_meanwhile
        self.values._ended(None, None)
        self.run_coroutine(self.values.settled())
        self.assertEqual(self.rows(), 0)

    def rows(self) -> int:
        ((count,),) = self.master.db.pool.execute("SELECT count(*) FROM keychain_form_values")
        return int(count)

    def test_what_is_none_of_ours(self) -> None:
        for entry in (
            None,
            ({"pw": "key"}, "Trigger"),
            ("pw", "Scheduler"),
            ({"pw": 7}, "Scheduler"),
        ):
            self.assertEqual(read_entry(entry), {})
