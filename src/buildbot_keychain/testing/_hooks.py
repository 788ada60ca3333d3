"""`ProviderHooks`: what the author of a provider overrides to have it tested.

A hook may be a coroutine or return a Deferred. A test whose hook is not overridden is skipped. All
hooks of one test work on the same store: each provider that `make_provider` returns must find what
`store` has put there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any, NoReturn

from twisted.trial.unittest import SkipTest

if TYPE_CHECKING:
    from twisted.trial.unittest import TestCase as _Case
else:
    _Case = object

NAME = "token"
"""The name under which most tests store their secret."""

ODD_NAMES = (
    *("", " ", ".", "..", "/", "//", "~", "-", "--", "*", "?", "[a-z]*", "#", "%", "|", ":", "\\"),
    *("../token", "./token", "/token", "//token", "a/../token", "token/../token", "token/.."),
    *("../../../../../../../../etc/passwd", "/etc/passwd", "file:///etc/passwd", "C:\\token"),
    *("..\\token", "%2e%2e/token", "..%2ftoken", "%74oken", "tok%65n", "token%00", "token%0a"),
    *("token/", "token//", "token/token", "token\\", "token\n", "\ntoken", "token\r\nX-Odd: 1"),
    *("token\0", "\0", "tok\0en", "token ", " token", "token;ls", "token?x=1", "token#x", "token&"),
    *("-n", "--help", "@token", "$token", "${token}", "$(id)", "`id`", "%(token)s", "{token}"),
    *("tok*", "toke?", "toke[n]", "to.en", "t%", "_oken", "' OR ''='", '"token"', "'token'"),
    *(
        "тoken",
        "to\u0308ken",
        "\u202etoken",
        "🔑",
        "\ud800",
        "token\udcff",
        "x" * 5000,
        "a/" * 2000,
    ),
)
"""Names under which nothing is stored while `NAME` is."""


class ProviderHooks(_Case):
    """The hooks and their defaults."""

    timeout: float = 120.0
    """Seconds that one test may take, in place of trial's default, which Buildbot changes."""

    operation_timeout: float = 10.0
    """Seconds that a single lookup or stop of the provider may take."""

    max_length: int = 60_000
    """Characters in the longest value that is tried; limits of stores begin at 64 KiB."""

    odd_names: Sequence[str] = ODD_NAMES
    """Names for which the provider must return ``None`` while only `NAME` is stored."""

    spellings: Sequence[str] = ()
    """Other names by which the provider returns the secret `NAME`, or a field or version of it."""

    def make_provider(self) -> Any:  # noqa: ANN401 - an ISecretProvider
        """Return a new provider that reads from this test's store; the tests start and stop it."""
        raise NotImplementedError

    def store(self, name: str, value: str) -> Any:  # noqa: ANN401 - nothing, or an awaitable
        """Add the secret `name` to the store, or replace its value."""
        raise NotImplementedError

    def remove(self, name: str) -> Any:  # noqa: ANN401 - nothing, or an awaitable
        """Remove the secret `name` from the store."""
        _skip("remove", name)

    def break_store(self, provider: Any) -> Any:  # noqa: ANN401 - nothing, or an awaitable
        """Break the store, so that `provider` cannot read the secret `NAME`, which it holds."""
        _skip("break_store", provider)

    def repair_store(self, provider: Any) -> Any:  # noqa: ANN401 - nothing, or an awaitable
        """Undo `break_store`."""
        _skip("repair_store", provider)

    def make_unreachable_provider(self) -> Any:  # noqa: ANN401 - an ISecretProvider
        """Return a new provider whose server does not listen, such as one at port 1."""
        _skip("make_unreachable_provider")

    def hang(self, provider: Any) -> Any:  # noqa: ANN401 - nothing, or an awaitable
        """Make the store accept lookups and not answer them; undo it with ``self.addCleanup``.

        If the deadline of `provider` is longer than half of `operation_timeout`, shorten it.
        """
        _skip("hang", provider)

    def can_hold(self, value: str) -> bool:
        """Return whether the store can hold `value`, which may have several lines or be empty."""
        del value
        return True

    def wrong_arguments(self) -> Iterable[Callable[[], object]]:
        """Return functions that each construct a provider with one wrong argument."""
        _skip("wrong_arguments")


def _skip(hook: str, *_: object) -> NoReturn:
    msg = f"override {hook}() to run this test"
    raise SkipTest(msg)
