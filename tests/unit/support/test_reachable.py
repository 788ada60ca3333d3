from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from tests.support.reachable import reachable_text

CANARY = "canary-0123456789"


class Holder:
    def __init__(self, value: object) -> None:
        self.value = value


class Slotted:
    __slots__ = ("value",)

    def __init__(self, value: object) -> None:
        self.value = value


def caught(work: Callable[[], object]) -> BaseException:
    try:
        work()
    except Exception as error:  # noqa: BLE001 - that is what it is for
        return error
    raise AssertionError


def with_cause(cause: BaseException) -> BaseException:
    error = ValueError("x")
    error.__cause__ = cause
    return error


def with_attribute(value: object) -> BaseException:
    error: Any = ValueError("x")
    error.extra = value
    return error


class ReachableTextTests(SynchronousTestCase):
    def test_every_way_to_a_value_is_found(self) -> None:
        def context() -> None:
            try:
                raise ValueError(CANARY)
            finally:
                raise TypeError

        local = CANARY

        def closure() -> str:
            return local

        for error in (
            ValueError(CANARY),
            ValueError({"a": [(CANARY,)]}),
            ValueError(CANARY.encode()),
            with_cause(ValueError(CANARY)),
            with_attribute(Holder(Slotted({CANARY}))),
            with_attribute(lambda value=CANARY: value),
            with_attribute(closure),
            caught(context),
        ):
            self.assertIn(CANARY, reachable_text(error), repr(error))

    def test_the_variables_of_frames_are_found_but_for_those_of_tests(self) -> None:
        error = caught(lambda: json.loads(f'{{"{CANARY}'))
        error.args = ()
        vars(error).clear()
        self.assertIn(CANARY, reachable_text(error))
        error.__traceback__ = None
        self.assertNotIn(CANARY, reachable_text(error))
        held = CANARY
        error = caught(lambda: int(held[:0]))
        self.assertNotIn(CANARY, reachable_text(error))
