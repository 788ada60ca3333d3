"""The ways in which a provider can fail while it has a value in its hands.

Each kind of error, with each kind of addition that may hold the value, at each time and place.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Coroutine, Iterator
from itertools import product
from typing import Any

from twisted.internet.defer import CancelledError, Deferred, fail, succeed

from buildbot_keychain.errors import (
    AccessDenied,
    ConfigurationError,
    DeadlineExceeded,
    InvalidName,
    InvalidSecret,
    KeychainError,
    ProviderError,
    ProviderUnavailable,
    RenderingError,
    SecretNotFound,
)

Value = Any
Lookup = Callable[[Callable[[float], Deferred[None]]], Coroutine[Any, Any, str | None]]
"""A lookup that fails; it is passed a function that waits for some seconds."""


class KeepsItsValue(ProviderError):
    """Calls its base class, and keeps the value."""

    def __init__(self, value: Value) -> None:
        super().__init__("p", "x", "is down; start it")
        self.value = value
        self.args = (value,)


class ForgetsItsBase(ProviderError):
    """Never calls its base class: its text is made of its arguments."""

    def __init__(self, value: Value) -> None:
        self.value = value


class TellsItsValue(AccessDenied):
    """Computes its text."""

    def __init__(self, value: Value) -> None:
        super().__init__("p", "x", "is locked; unlock it")
        self.value = value

    def __str__(self) -> str:
        return str(self.value)

    __repr__ = __str__


class MakesItself(KeychainError):
    """Cannot be made with a message."""

    def __new__(cls, *values: Value) -> Any:
        made = super().__new__(cls, *values)
        vars(made)["values"] = values
        return made

    def __init__(self, *values: Value) -> None:
        if not values:
            raise TypeError
        super().__init__("is broken; mend it")


ERRORS: dict[str, Callable[[Value], BaseException]] = {
    "ProviderError": lambda _: ProviderError("p", "x", "is down"),
    "ProviderUnavailable": lambda _: ProviderUnavailable("p", "x", "is down"),
    "DeadlineExceeded": lambda _: DeadlineExceeded("p", "x", "is slow"),
    "AccessDenied": lambda _: AccessDenied("p", "x", "is locked"),
    "InvalidSecret": lambda _: InvalidSecret("p", "x", "is a number"),
    "SecretNotFound": lambda _: SecretNotFound("x", ("p",)),
    "InvalidName": lambda _: InvalidName("the name is wrong"),
    "RenderingError": lambda _: RenderingError("the format is wrong"),
    "ConfigurationError": lambda _: ConfigurationError("the configuration is wrong"),
    "KeychainError": lambda _: KeychainError("something is wrong"),
    "subclass that keeps the value": KeepsItsValue,
    "subclass that forgets its base": ForgetsItsBase,
    "subclass that tells the value": TellsItsValue,
    "subclass that makes itself": MakesItself,
    "ValueError": ValueError,
    "KeyError": lambda value: KeyError((value, [value])),
    "UnicodeDecodeError": lambda value: UnicodeDecodeError("utf-8", value.encode(), 0, 1, value),
    "OSError": lambda value: OSError(5, value, value),
    "CancelledError": CancelledError,
    "SystemExit": SystemExit,
}
if sys.version_info >= (3, 11):
    ERRORS["ExceptionGroup"] = lambda value: ExceptionGroup(  # noqa: F821 - not before 3.11
        value, [ValueError(value)]
    )


class Holder:
    """An object that only the garbage collector sees through."""

    def __init__(self, value: Value) -> None:
        self._held = {"value": [value]}


def add_cause(error: Any, value: Value) -> None:
    error.__cause__ = ValueError(value)


def add_context(error: Any, value: Value) -> None:
    error.__context__ = ValueError(Holder(value))


def add_note(error: Any, value: Value) -> None:
    error.__notes__ = [value]


def add_attributes(error: Any, value: Value) -> None:
    error.text, error.holder, error.closure = value, Holder(value), lambda: value


ADDITIONS: dict[str, Callable[[Any, Value], object]] = {
    "nothing": lambda error, value: None,
    "a cause": add_cause,
    "a context": add_context,
    "a note": add_note,
    "attributes": add_attributes,
}


async def at_once(make: Callable[[], BaseException], value: Value, wait: Any) -> str | None:
    """In a frame that holds the value."""
    raise make()


async def while_handling(make: Callable[[], BaseException], value: Value, wait: Any) -> str | None:
    """In a handler of an error that holds it."""
    try:
        {}[value]
    except KeyError as error:
        raise make() from error
    return None


async def after_an_await(make: Callable[[], BaseException], value: Value, wait: Any) -> str | None:
    """After an await that returned it."""
    await wait(1)
    received = await succeed(value)
    raise make() if received else ValueError


async def in_a_deferred(make: Callable[[], BaseException], value: Value, wait: Any) -> str | None:
    """In a Deferred that the lookup awaits."""
    await fail(make())
    return None


async def in_a_later_deferred(
    make: Callable[[], BaseException], value: Value, wait: Any
) -> str | None:
    """In one whose failure runs the rest of the lookup."""
    await Deferred.fromCoroutine(after_an_await(make, value, wait))
    return None


async def in_a_callback(make: Callable[[], BaseException], value: Value, wait: Any) -> str | None:
    """In a callback that gets it."""

    def broken(received: Value) -> str | None:
        raise make()

    waited: Deferred[Any] = wait(1)
    return await waited.addCallback(lambda _: value).addCallback(broken)


TIMES = (
    at_once,
    while_handling,
    after_an_await,
    in_a_deferred,
    in_a_later_deferred,
    in_a_callback,
)


def failing_lookups(value: Value) -> Iterator[tuple[str, Lookup]]:
    """Yield each way to fail with `value` at hand, described."""
    for (kind, new), (addition, add), time in product(ERRORS.items(), ADDITIONS.items(), TIMES):

        def make(new: Any = new, add: Any = add) -> BaseException:
            error: BaseException = new(value)
            add(error, value)
            return error

        def lookup(wait: Any, make: Any = make, time: Any = time) -> Coroutine[Any, Any, Any]:
            running: Coroutine[Any, Any, Any] = time(make, value, wait)
            return running

        yield f"{kind} with {addition}, {time.__name__}", lookup
