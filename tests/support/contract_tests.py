"""Tests of the contract for providers that a store of our own cannot be put to.

The contract skips a test whose hook is not overridden, since an author may not have got to it. Here
no test is skipped: what cannot apply is left out by name, and what is forgotten fails in CI.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from buildbot_keychain.testing import ProviderContract

Contract = TypeVar("Contract", bound=type[ProviderContract])


def without(*tests: str) -> Callable[[Contract], Contract]:
    """Return a class decorator that leaves out inherited tests (str, their names).

    Raises `AttributeError` for a test that the class does not have.
    """

    def leave_out(contract: Contract) -> Contract:
        for test in tests:
            getattr(contract, test)
            # Loaders of tests pass over what cannot be called.
            setattr(contract, test, None)
        return contract

    return leave_out
