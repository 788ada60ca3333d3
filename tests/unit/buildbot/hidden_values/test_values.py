"""What builds have declared to be secret."""

from __future__ import annotations

from typing import Any

from twisted.internet import reactor
from twisted.internet.defer import Deferred, succeed
from twisted.trial.unittest import SynchronousTestCase, TestCase

from buildbot_keychain.buildbot import MasterKeychain
from buildbot_keychain.buildbot.builds import Descendants, GivenSecrets
from buildbot_keychain.buildbot.hidden_values import HiddenValues, hide
from buildbot_keychain.errors import HidingError
from buildbot_keychain.redaction import Protection, RedactionPolicy, Redactor
from tests.support.builds import FakeBuild
from tests.support.fake_master import FakeMaster

VALUE = "made-at-run-time"
LONG = "".join(f"{number:07x}" for number in range(1000, 1100))


class HiddenValuesTests(SynchronousTestCase):
    """`HiddenValues`."""

    def setUp(self) -> None:
        master = FakeMaster()
        self.ends: list[Any] = []
        master.mq.startConsuming = lambda callback, _path: self.ends.append(callback)
        self.redactor = Redactor(RedactionPolicy.build_log())
        self.given = GivenSecrets(master)
        self.descendants = Descendants(master)
        self.strict = False
        self.values = HiddenValues(self.redactor, self.given, self.descendants, lambda: self.strict)
        self.build = FakeBuild()

    def shown(self, buildid: int, text: str = VALUE) -> str:
        return self.redactor.redact(text, self.given.of_buildid(buildid))

    def trigger(self, parent: int, request: int) -> None:
        self.descendants.add_buildset(parent, lambda: succeed((9, {1: request})))

    def start(self, request: int, buildid: int) -> None:
        self.descendants.add_build(request, lambda: succeed((buildid, 1)))

    def complete(self, request: int) -> None:
        self.ends[0](None, {"buildrequestid": request})

    def test_it_is_hidden_in_that_build_and_in_the_masters_files(self) -> None:
        self.assertEqual(self.values.hide(self.build, "token", VALUE), Protection.ANYWHERE)
        self.assertEqual(self.shown(17), "<token>")
        self.assertEqual(self.shown(18), VALUE)
        self.assertEqual(self.redactor.redact(VALUE), "<token>")

    def test_descendants_that_began_before_and_after(self) -> None:
        self.trigger(17, 101)
        self.start(101, 18)
        self.values.hide(self.build, "token", VALUE)
        self.trigger(18, 102)
        self.start(102, 19)
        self.trigger(17, 103)
        self.start(103, 20)
        for buildid in (17, 18, 19, 20):
            self.assertEqual(self.shown(buildid), "<token>", buildid)

    def test_what_a_child_hides_is_no_secret_to_its_parent(self) -> None:
        self.trigger(16, 101)
        self.start(101, 17)
        self.values.hide(self.build, "token", VALUE)
        self.assertEqual(self.shown(16), VALUE)

    def test_it_is_forgotten_when_the_last_of_them_has_ended(self) -> None:
        self.trigger(17, 101)
        self.values.hide(self.build, "token", VALUE)
        self.values.end(17)
        self.start(101, 18)
        self.assertEqual(self.shown(18), "<token>")
        self.complete(101)
        self.assertEqual(self.shown(18), VALUE)
        self.assertEqual(self.redactor.redact(VALUE), VALUE)
        self.assertEqual(len(self.redactor), 0)

    def test_it_is_forgotten_when_the_children_end_first(self) -> None:
        self.trigger(17, 101)
        self.values.hide(self.build, "token", VALUE)
        self.complete(101)
        self.assertEqual(self.shown(17), "<token>")
        self.values.end(17)
        self.assertEqual(self.shown(17), VALUE)

    def test_a_second_time_is_no_error(self) -> None:
        """Also when the build is about to end: its properties are stored once more."""
        self.values.hide(self.build, "token", VALUE)
        self.build.finished = True
        self.values.hide(self.build, "token", VALUE)
        self.assertEqual(len(self.redactor), 1)

    def test_a_build_that_does_not_run(self) -> None:
        self.build.finished = True
        self.assertRaises(HidingError, self.values.hide, self.build, "token", VALUE)
        self.assertEqual(len(self.redactor), 0)

    def test_a_hundred_values(self) -> None:
        for number in range(100):
            self.values.hide(self.build, "token", f"{VALUE}-{number:03}")
        error = self.assertRaises(HidingError, self.values.hide, self.build, "token", VALUE)
        self.assertIn("100 values of 65536 bytes", str(error))
        self.assertNotIn(VALUE, str(error))

    def test_sixty_four_kibibytes(self) -> None:
        self.values.hide(self.build, "token", "\n".join(f"{n:07}" for n in range(8_191)))
        self.assertRaises(HidingError, self.values.hide, self.build, "token", "0123456789")

    def test_names(self) -> None:
        for name in ("", " ", "a<b", "a>b", "a\nb", "a\0b", "a" * 201, None, 7):
            self.assertRaises(HidingError, self.values.hide, self.build, name, VALUE)

    def test_a_weak_value(self) -> None:
        self.assertEqual(self.values.hide(self.build, "pin", "abc"), Protection.NONE)
        self.assertEqual(self.values.hide(self.build, "pin", "7342"), Protection.WORDS)
        self.assertEqual(self.values.hide(self.build, "nothing", " "), Protection.BLANK)
        self.strict = True
        error = self.assertRaises(HidingError, self.values.hide, self.build, "pin", "7343")
        self.assertNotIn("7343", str(error))


class HideTests(SynchronousTestCase):
    """`hide`."""

    def setUp(self) -> None:
        self.build: Any = FakeBuild()
        self.build.master = FakeMaster()
        self.keychain = MasterKeychain.of(self.build.master)

    def hide(self, value: object) -> Deferred[None]:
        return Deferred.fromCoroutine(hide(self.build, "token", value))

    def test_texts_in_lists_and_dicts(self) -> None:
        self.successResultOf(self.hide({"a": [VALUE], "b": ("x" + VALUE[::-1], 48_104_711, None)}))
        audience = self.keychain.audiences.of_build(self.build)
        self.assertEqual(
            audience.redact(f"{VALUE} x{VALUE[::-1]} 48104711"), "<token> <token> <token>"
        )

    def test_it_ends_with_the_build(self) -> None:
        self.successResultOf(self.hide(VALUE))
        done = self.keychain.build_scopes.finish(self.build, self.build.finish)
        self.assertEqual(len(self.keychain.redactor), 1)
        self.build.ending.callback(None)
        self.successResultOf(done)
        self.assertEqual(len(self.keychain.redactor), 0)

    def test_what_is_no_text(self) -> None:
        self.failureResultOf(self.hide(object()), HidingError)

    def test_a_master_without_a_keychain(self) -> None:
        self.build.master = FakeMaster()
        self.failureResultOf(self.hide(VALUE), HidingError)


class HideLongTests(TestCase):
    """`hide` of a value that takes long."""

    timeout = 120

    def setUp(self) -> None:
        self.build: Any = FakeBuild()
        self.build.master = FakeMaster()
        self.build.master.reactor = reactor
        self.keychain = MasterKeychain.of(self.build.master)

    def hide(self) -> Deferred[None]:
        hiding = Deferred.fromCoroutine(hide(self.build, "token", LONG))
        self.assertNoResult(hiding)
        return hiding

    async def test_it_is_hidden_when_that_is_done(self) -> None:
        first, second = self.hide(), self.hide()
        await first
        self.assertEqual(self.keychain.audiences.of_build(self.build).redact(LONG), "<token>")
        await second
        self.assertEqual(len(self.keychain.redactor), 1)

    async def test_the_build_ends_first(self) -> None:
        hiding = self.hide()
        self.build.finished = True
        await self.assertFailure(hiding, HidingError)
        self.assertEqual(len(self.keychain.redactor), 0)
