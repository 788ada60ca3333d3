"""The steps that hide a value: of a property, and of what a command prints."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any, ClassVar, NamedTuple

from buildbot import config
from buildbot.interfaces import IRenderable
from buildbot.process.buildstep import BuildStep
from buildbot.process.results import FAILURE, SUCCESS, WARNINGS
from buildbot.steps.shell import SetPropertyFromCommand as BuildbotSetPropertyFromCommand
from twisted.internet.defer import Deferred, maybeDeferred

from buildbot_keychain.buildbot._attached import keychain_of
from buildbot_keychain.buildbot.hidden_values._hidden import Hidden
from buildbot_keychain.buildbot.hidden_values._values import check_name, hide_all, hide_in
from buildbot_keychain.deferreds import returns_deferred
from buildbot_keychain.errors import HidingError
from buildbot_keychain.redaction import Protection
from buildbot_keychain.secretive import secretive

_STDIO = "stdio"


class HideValue(BuildStep):
    """Hides the value of a property as ``<secret>`` from now on.

    A value that cannot be hidden well ends the step with a warning.

    :param secret: what is shown in place of the value (`str`).
    :param property: the name of the property (`str`, or a renderable for it).
    """

    name = "hide value"
    description = "hiding a value"
    haltOnFailure = True
    warnOnWarnings = True
    renderables: ClassVar[list[str]] = ["property"]

    def __init__(self, secret: str, /, property: object, **kwargs: Any) -> None:  # noqa: A002
        _check(secret)
        super().__init__(**kwargs)
        self.secret = secret
        self.property = property

    @returns_deferred
    async def run(self) -> int:
        """Hide the value, or say why it is not hidden."""
        if not self.build.hasProperty(self.property):
            self.descriptionDone = f"the build has no property {self.property!r} to hide"
            return FAILURE
        value = await self.build.render(self.build.getProperty(self.property))
        hidden = await hide_all(self.build, self.secret, value)
        problem = _problem(self.secret, hidden)
        self.descriptionDone = problem or f"property {self.property!r} hidden as {self.secret!r}"
        return WARNINGS if problem else SUCCESS


@secretive
class _ToSet(NamedTuple):
    """A property that is to be set."""

    name: str
    """As what its value is hidden."""
    value: Any
    set_property: Callable[[], object]


class SetPropertyFromCommand(BuildbotSetPropertyFromCommand):
    """Buildbot's step, which can also hide what it sets.

    A value is hidden before its property is set and before it is in a log; that may take a thread.

    :param hide_as: what is shown (`str`) in place of the values that the step sets, and of each
        line that the command prints to standard output, or with `extract_fn` to standard error too.
    """

    def __init__(self, *args: Any, hide_as: str | None = None, **kwargs: Any) -> None:
        if hide_as is not None:
            _check(hide_as)
        super().__init__(*args, **kwargs)
        self.hide_as = hide_as
        self._hidden: list[Protection] = []
        self._to_set: list[_ToSet] = []
        self._runs = False

    def addLog(self, name: str, *args: Any, **kwargs: Any) -> Deferred[Any]:
        """Open a log, in which the output of the command is covered."""
        adding: Deferred[Any] = super().addLog(name, *args, **kwargs)

        def cover(log: Any) -> Any:
            keychain = keychain_of(self.master)
            if keychain is None:
                raise HidingError("the master has no keychain to hide the output of the command")
            letters = "o" if self.extract_fn is None else "oe"
            keychain.updates.cover_log(log.logid, letters, self.hide_as)
            return log

        return adding if self.hide_as is None or name != _STDIO else adding.addCallback(cover)

    def setProperty(self, propname: str, value: Any, *args: Any, **kwargs: Any) -> None:
        """Hide a value, then set the property; while the step runs, before its next log."""
        if isinstance(value, Hidden) and not IRenderable.providedBy(value.value):
            name, value = value.name, value.value
        elif self.hide_as is not None and not IRenderable.providedBy(value):
            name = self.hide_as
        else:
            super().setProperty(propname, value, *args, **kwargs)
            return
        set_property = partial(super().setProperty, propname, value, *args, **kwargs)
        if self._runs:
            self._to_set.append(_ToSet(name, value, set_property))
        else:
            self._note(name, hide_in(self.build, name, value))
            set_property()

    @returns_deferred
    async def addCompleteLog(self, name: str, text: str) -> Any:
        """Add a log, after the values are hidden that may be in it."""
        await self._set_properties()
        return await maybeDeferred(super().addCompleteLog, name, text)

    async def _set_properties(self) -> None:
        while self._to_set:
            each = self._to_set.pop(0)
            self._note(each.name, await hide_all(self.build, each.name, each.value))
            each.set_property()

    def _note(self, name: str, hidden: list[Protection]) -> None:
        if name == self.hide_as:
            self._hidden += hidden

    @returns_deferred
    async def run(self) -> int:
        """Run the command and set the properties; warn of a value that cannot be hidden well."""
        self._runs = True
        try:
            result: int = await maybeDeferred(super().run)
            await self._set_properties()
        finally:
            self._runs = False
        problem = _problem(str(self.hide_as), self._hidden)
        if result == SUCCESS and problem:
            self.descriptionDone = problem
            return WARNINGS
        return result


def _check(name: str) -> None:
    try:
        check_name(name)
    except HidingError as error:
        config.error(str(error))


def _problem(name: str, hidden: Iterable[Protection]) -> str:
    """Return a sentence on the first value that is not hidden wherever it stands, or ``""``."""
    for protection in hidden:
        if protection.weakness:
            return f"the value of {name!r} is {protection.weakness}"
    return ""
