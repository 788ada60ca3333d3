from __future__ import annotations

from twisted.internet.defer import Deferred, FirstError
from twisted.python.failure import Failure
from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.deferreds import returns_deferred, root_error


class Adder:
    def __init__(self) -> None:
        self.started = 0

    @returns_deferred
    async def add(self, one: int, later: Deferred[int], *, more: int = 0) -> int:
        """Add."""
        self.started += 1
        return one + await later + more


class ReturnsDeferredTests(SynchronousTestCase):
    def test_a_call_starts_at_once_and_returns_a_deferred(self) -> None:
        adder, later = Adder(), Deferred[int]()
        result = adder.add(1, later, more=4)
        self.assertEqual(adder.started, 1)
        self.assertNoResult(result)
        later.callback(2)
        self.assertEqual(self.successResultOf(result), 7)

    def test_an_exception_fails_the_deferred(self) -> None:
        later: Deferred[int] = Deferred()
        result = Adder().add(1, later)
        later.errback(ValueError("why"))
        self.assertEqual(str(self.failureResultOf(result, ValueError).value), "why")

    def test_the_function_keeps_its_name_and_docstring(self) -> None:
        self.assertEqual((Adder.add.__name__, Adder.add.__doc__), ("add", "Add."))


class RootErrorTests(SynchronousTestCase):
    def test_lists_in_lists(self) -> None:
        error = ValueError("the first one")
        nested = FirstError(Failure(FirstError(Failure(error), 0)), 0)
        self.assertIs(root_error(nested), error)
        self.assertIs(root_error(error), error)
