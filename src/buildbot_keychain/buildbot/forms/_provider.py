"""`FormProvider`: answers for what was typed into forms, each build for itself.

It is asked by its name alone, so a bare name never leads to what somebody typed, and what somebody
types never answers for a secret of another provider.
"""

from __future__ import annotations

from typing import Any

from zope.interface import implementer

from buildbot_keychain.deferreds import returns_deferred
from buildbot_keychain.details import Requester
from buildbot_keychain.errors import InvalidName, quote
from buildbot_keychain.interfaces import (
    IAskedByNameOnly,
    ICanonicalNames,
    IHidesAnswers,
    IRequesterAware,
    ISecretProvider,
)
from buildbot_keychain.uses import FORM

NAME = FORM


@implementer(ISecretProvider, IRequesterAware, ICanonicalNames, IAskedByNameOnly, IHidesAnswers)
class FormProvider:
    """The provider.

    :param values: `FormValues`.
    """

    name = kind = NAME

    def __init__(self, values: Any) -> None:
        self._values = values

    def canonical(self, path: str) -> str:
        """Return the name itself: each is spelled in one way."""
        return path

    @returns_deferred
    async def get(self, path: str) -> str | None:
        """Refuse: nobody can tell for which build that is."""
        raise _nobody(path)

    @returns_deferred
    async def get_for(self, path: str, requester: Requester | None) -> str | None:
        """Return what was typed for the build that asks, or for one that has triggered it."""
        scope = None if requester is None or requester.kind != "build" else requester.scope
        kind, _, number = (scope or "").partition("/")
        if kind != "build" or not number.isdigit():
            raise _nobody(path)
        value: str | None = await self._values.find(path, int(number))
        return value


def _nobody(path: str) -> InvalidName:
    name = quote(f"{NAME}!{path}")
    return InvalidName(
        f"secret {name}: it was typed for a build, and only steps of that build, and of those that "
        "it triggers, are given it"
    )
