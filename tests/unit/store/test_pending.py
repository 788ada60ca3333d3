"""Changes of secrets that two people change."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from buildbot_keychain.errors import InvalidName, NotInStore, StoreConflict, StoreError
from buildbot_keychain.store import pending
from buildbot_keychain.store.changes import Change, Done
from buildbot_keychain.store.generators import Recipe
from buildbot_keychain.store.metadata import TWO_PERSONS
from buildbot_keychain.store.store import Description, Store
from tests.support.store_case import StoreTestCase
from tests.support.store_keys import NOW

ADA, OLGA = "ada (page)", "olga (page)"
CANARY = "kZ4vt9Qw2LmXrTyPs6"


class PendingTestCase(StoreTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.store.set("a", "one", now=NOW, tags=[TWO_PERSONS])

    def ask(self, operation: str, who: str = ADA, **more: Any) -> str:
        with self.store._ledger.acting_as(who):
            done = pending.make(self.store, NOW, Change(operation, "a", **more))
        self.assertNotEqual(done.pending, "")
        return done.pending

    def confirm(self, number: str, who: str = OLGA, now: int = NOW) -> Done:
        return pending.confirm(self.store, now, number, who)

    @property
    def known(self) -> tuple[tuple[str, ...], tuple[str, ...] | None]:
        """The tags and the builders of the secret."""
        found = self.store.describe("a")
        assert found is not None
        return found.metadata.tags, found.metadata.allowed

    @property
    def waiting(self) -> list[pending.Pending]:
        return list(pending.waiting(self.store, NOW).changes)


class TwoPersonTests(PendingTestCase):
    def test_one_asks_and_another_confirms(self) -> None:
        number = self.ask("replace", value=CANARY, metadata={"tags": {"t", TWO_PERSONS}})
        self.assertEqual(self.value("a"), "one")
        (found,) = self.waiting
        self.assertEqual((found.id, found.name, found.asked_by), (number, "a", ADA))
        self.assertTrue(found.has_value)
        self.assertNotIn(CANARY[:6], repr(found))
        self.assertEqual(self.confirm(number), Done("a", 2))
        self.assertEqual((self.value("a"), self.waiting), (CANARY, []))
        self.assertIsNone(self.store.describe(pending.PREFIX + number))

    def test_every_operation(self) -> None:
        steps: tuple[tuple[str, dict[str, Any], Done], ...] = (
            ("replace", {"value": b"\xff"}, Done("a", 2)),
            ("replace", {"recipe": Recipe("token")}, Done("a", 3)),
            ("edit", {"metadata": {"allowed": ("r-*",), "expires": None}}, Done("a", 3)),
            ("rollback", {"version": 1}, Done("a", 1)),
            ("delete", {}, Done("a", 0)),
            ("undelete", {}, Done("a", 1)),
            ("delete", {}, Done("a", 0)),
            ("add", {"value": "anew"}, Done("a", 4)),
        )
        for operation, more, done in steps:
            self.assertEqual(self.confirm(self.ask(operation, **more)), done)
            if operation == "rollback":
                self.assertEqual(self.value("a"), "one")
        self.assertEqual(self.value("a"), "anew")
        self.assertEqual(self.confirm(self.ask("rename", new_name="b")), Done("b", 4))

    def test_no_change_takes_the_second_person_away_unseen(self) -> None:
        self.store.edit("a", now=NOW, tags=[])
        self.store.set("a", "two", now=NOW, tags=[TWO_PERSONS], allowed=["r-*"])
        self.confirm(self.ask("rollback", version=1))
        self.assertEqual(self.known, ((TWO_PERSONS,), ("r-*",)))
        for operation, more in (
            ("replace", {}),
            ("add", {}),
            ("replace", {"metadata": {"description": "d"}}),
            ("add", {"metadata": {"tags": ("t",)}}),
        ):
            self.confirm(self.ask("delete"))
            number = self.ask(operation, value="anew", **more)
            (found,) = self.waiting
            self.assertFalse(found.ends_two_persons)
            self.assertIn(found.metadata.get("tags"), (None, ["t", TWO_PERSONS]))
            self.confirm(number)
            self.assertIn(TWO_PERSONS, self.known[0])
            self.assertEqual(self.known[1], ("r-*",))

    def test_what_takes_the_second_person_away_says_so(self) -> None:
        for operation, more in (
            ("edit", {"metadata": {"tags": []}}),
            ("replace", {"metadata": {"tags": ["t"]}, "value": "x"}),
            ("rename", {"new_name": "b"}),
        ):
            number = self.ask(operation, **more)
            (found,) = self.waiting
            self.assertTrue(found.ends_two_persons)
            pending.discard(self.store, NOW, number)
        self.confirm(self.ask("delete"))
        self.ask("purge")
        self.assertTrue(self.waiting[0].ends_two_persons)

    def test_nobody_confirms_what_they_have_asked_for(self) -> None:
        number = self.ask("edit", metadata={"tags": []})
        error = self.assertRaises(StoreConflict, self.confirm, number, ADA)
        self.assertIn("somebody else than who has asked", str(error))
        self.assertEqual(len(self.waiting), 1)
        for spelling in ("Ada (page)", " ADA  (page)", "\uff41da (page)", "ad\uff21\u3000(page)"):
            self.assertRaises(StoreConflict, self.confirm, number, spelling)
        known = self.store.describe("a")
        assert known is not None
        self.assertEqual(known.metadata.tags, (TWO_PERSONS,))

    def test_it_was_changed_meanwhile(self) -> None:
        numbers = [self.ask("replace", value=value) for value in ("two", "three")]
        self.confirm(numbers[0])
        self.assertRaises(StoreConflict, self.confirm, numbers[1])
        self.assertRaises(NotInStore, self.confirm, numbers[0])
        self.assertEqual(self.value("a"), "two")
        pending.discard(self.store, NOW, numbers[1])
        self.assertEqual(self.waiting, [])

    def test_it_ends_after_a_week(self) -> None:
        number = self.ask("replace", value="two")
        after = NOW + pending.LIFE
        self.assertRaises(NotInStore, self.confirm, number, OLGA, after)
        self.assertEqual(pending.waiting(self.store, after), pending.Waiting([]))

    def test_what_is_asked_for_twice_waits_once(self) -> None:
        changes: tuple[tuple[str, dict[str, Any]], ...] = (
            ("delete", {}),
            ("edit", {"metadata": {"tags": {"t", TWO_PERSONS}, "description": "d"}}),
            ("edit", {"metadata": {"description": "other"}}),
            ("rename", {"new_name": "b"}),
        )
        numbers = [self.ask(operation, **more) for operation, more in changes]
        again = [self.ask(operation, OLGA, **more) for operation, more in changes]
        self.assertEqual((again, len(set(numbers))), (numbers, len(changes)))
        self.assertEqual({each.asked_by for each in self.waiting}, {ADA})
        self.store.edit("a", now=NOW, description="anew")
        self.assertNotEqual(self.ask("delete"), numbers[0])

    def test_nobody_is_told_whether_a_value_is_the_one_that_waits(self) -> None:
        for more in ({"value": CANARY}, {"recipe": Recipe("token")}):
            self.assertNotEqual(self.ask("replace", **more), self.ask("replace", **more))

    def test_one_that_is_damaged_is_withheld_alone(self) -> None:
        numbers = [self.ask("replace", value=value) for value in ("two", "three")]
        with self.sqlite() as connection:
            connection.execute(
                "UPDATE keychain_store_versions SET metadata_digest = zeroblob(32) WHERE uid = "
                "(SELECT uid FROM keychain_store_secrets WHERE name = ?)",
                (pending.PREFIX + numbers[0],),
            )
        found = pending.waiting(self.store, NOW)
        self.assertEqual([each.id for each in found.changes], numbers[1:])
        (problem,) = found.problems.items()
        self.assertEqual(problem[0], numbers[0])
        self.assertIn("its rows were changed", problem[1])
        self.assertEqual(self.ask("delete"), self.ask("delete"))

    def test_what_can_never_be_done_is_not_kept(self) -> None:
        self.store.set("b", "other", now=NOW)
        for kind, operation, more in (
            (StoreError, "replace", {}),
            (StoreError, "replace", {"value": "x" * (900 << 10)}),
            (StoreConflict, "replace", {"value": "x", "expected": 7}),
            (StoreConflict, "replace", {"value": "x", "revision": "1-x"}),
            (StoreConflict, "add", {"value": "x"}),
            (InvalidName, "rename", {"new_name": "a|b"}),
            (StoreConflict, "rename", {"new_name": "b"}),
            (StoreError, "edit", {"metadata": {"description": "x" * (64 << 10)}}),
            (NotInStore, "rollback", {"version": 7}),
            (NotInStore, "undelete", {}),
            (NotInStore, "purge", {}),
        ):
            change = Change(operation, "a", **more)
            error = self.assertRaises(kind, pending.make, self.store, NOW, change)
            self.assertNotIn("xxx", str(error))
        self.assertEqual(self.waiting, [])


class Interrupted(Store):
    """Another process does something once, after this one has read a secret."""

    then: Callable[[], object] = staticmethod(lambda: None)

    def describe(self, name: str, version: int | None = None) -> Description | None:
        found = super().describe(name, version)
        then, self.then = self.then, lambda: None
        then()
        return found


class RaceTests(PendingTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.interrupted = Interrupted(self.ledger("another"))
        self.steps: tuple[tuple[str, dict[str, Any]], ...] = (
            ("replace", {"value": "mine"}),
            ("edit", {"metadata": {"description": "mine"}}),
            ("rename", {"new_name": "mine"}),
            ("delete", {}),
        )

    def test_what_is_discarded_is_not_done(self) -> None:
        number = self.ask("replace", value="two")
        self.interrupted.then = lambda: pending.discard(self.store, NOW, number)
        error = self.assertRaises(NotInStore, pending.confirm, self.interrupted, NOW, number, OLGA)
        self.assertIn("does not wait any more", str(error))
        self.assertEqual(self.value("a"), "one")

    def test_what_is_confirmed_is_done_once_and_not_discarded(self) -> None:
        number = self.ask("replace", value="two")
        self.interrupted.then = lambda: self.confirm(number)
        self.assertRaises(NotInStore, pending.confirm, self.interrupted, NOW, number, OLGA)
        self.assertRaises(NotInStore, pending.discard, self.interrupted, NOW, number)
        self.assertEqual([each.version for each in self.store.versions("a")], [1, 2])

    def test_what_cannot_be_done_waits_on(self) -> None:
        number = self.ask("rename", new_name="b")
        self.store.set("b", "other", now=NOW)
        self.assertRaises(StoreConflict, self.confirm, number)
        self.assertEqual([each.id for each in self.waiting], [number])
        self.store.delete("b", now=NOW)
        self.store.purge("b", now=NOW)
        self.assertEqual(self.confirm(number), Done("b", 1))
        self.assertEqual(self.waiting, [])

    def test_two_people_change_it_from_the_moment_on(self) -> None:
        """Whoever is about to change it alone when it gets the tag does not."""
        for operation, more in self.steps:
            self.store.edit("a", now=NOW, tags=[])
            self.interrupted.then = lambda: self.store.edit("a", now=NOW, tags=[TWO_PERSONS])
            done = pending.make(self.interrupted, NOW, Change(operation, "a", **more))
            self.assertNotEqual(done.pending, "", operation)
        for operation in ("add", "replace"):
            self.interrupted.then = lambda: self.store.set("n", "x", now=NOW, tags=[TWO_PERSONS])
            change = Change(operation, "n", value="mine")
            if operation == "add":
                self.assertRaises(StoreConflict, pending.make, self.interrupted, NOW, change)
            else:
                self.assertNotEqual(pending.make(self.interrupted, NOW, change).pending, "")
            self.assertEqual(self.value("n"), "x")
            self.store.delete("n", now=NOW)
            self.store.purge("n", now=NOW)

    def test_others_may_change_it_meanwhile(self) -> None:
        self.store.edit("a", now=NOW, tags=[])
        self.interrupted.then = lambda: self.store.edit("a", now=NOW, description="d")
        self.assertEqual(
            pending.make(self.interrupted, NOW, Change("replace", "a", value="mine")), Done("a", 2)
        )


class ForgeryTests(PendingTestCase):
    """Nobody makes a change of two people by what one may do."""

    def test_what_waits_is_changed_by_nothing_else(self) -> None:
        number = self.ask("replace", value="two")
        name = pending.PREFIX + number
        for change in (
            Change("add", f"{pending.PREFIX}0", value="{}"),
            Change("replace", name, value="{}"),
            Change("edit", name, metadata={"allowed": None}),
            Change("delete", name),
            Change("undelete", name),
            Change("rollback", name, version=1),
            Change("rename", name, new_name="x"),
            Change("rename", "other", new_name=f"{pending.PREFIX}0"),
        ):
            self.assertRaises(StoreError, pending.make, self.store, NOW, change)
        self.confirm(number)

    def test_what_was_put_there_with_the_keys_does_not_count_if_it_was_changed(self) -> None:
        number = self.ask("replace", value="two")
        name = pending.PREFIX + number
        self.store.edit(name, now=NOW, description="x")
        self.store.set(f"{pending.PREFIX}1", "garbage", now=NOW, expires=NOW + 9)
        self.store.set("x", "{}", now=NOW, expires=NOW + 9)
        self.store.rename("x", f"{pending.PREFIX}2", now=NOW)
        self.store.set(f"{pending.PREFIX}3", "no expiry", now=NOW)
        self.assertEqual(self.waiting, [])
        for each in (number, "1", "2", "3", "4", "", "../a"):
            self.assertRaises(NotInStore, self.confirm, each)

    def test_nobody_is_given_what_waits(self) -> None:
        known = self.store.describe(pending.PREFIX + self.ask("replace", value=CANARY))
        assert known is not None
        self.assertEqual(known.metadata.allowed, ())
        self.assertNotIn(CANARY[:6], repr(known))
