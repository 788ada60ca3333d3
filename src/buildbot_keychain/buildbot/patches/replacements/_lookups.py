"""How secrets are looked up, and what Buildbot does with their values by itself."""

from __future__ import annotations

import sys
from contextvars import ContextVar
from typing import Any

from twisted.internet.defer import Deferred

from buildbot_keychain.buildbot._attached import keychain_of
from buildbot_keychain.buildbot.builds import Asker, who_asks
from buildbot_keychain.buildbot.patches._patches import Function
from buildbot_keychain.buildbot.providers import hide_answers
from buildbot_keychain.buildbot.sinks import Place

OUTPUT_MODULE = "buildbot.process.remotecommand"
"""The module in which Buildbot cleans what a worker sends, before observers see it."""


_asking: ContextVar[tuple[Asker, Any] | None] = ContextVar("asking", default=None)
"""Whom Buildbot's own classes look up for at the moment, and what lives as long as the value."""


def use_secret(original: Function) -> Function:
    """Keep Buildbot from collecting values, which it would replace on their way to their use."""

    def useSecret(self: Any, *args: Any, **kwargs: Any) -> None:
        if keychain_of(self.master) is None:
            original(self, *args, **kwargs)

    return useSecret


def clean_text(original: Function) -> Function:
    """Redact for authors of steps, and keep Buildbot from altering what steps and observers see.

    It is redacted for the readers of the build, as what becomes of the text is shown to them.
    Buildbot replaces the values that `use_secret` let it collect: those that a build looked up
    before its master had a keychain.
    """

    def cleanupTextFromSecrets(self: Any, text: str, *args: Any, **kwargs: Any) -> Any:
        cleaned = original(self, text, *args, **kwargs)
        keychain = keychain_of(self.master)
        if keychain is None or module_of_caller() == OUTPUT_MODULE:
            return cleaned
        # Nobody hides it a second time where Buildbot stores it. That is, nearly always, as the
        # state of the step that runs, or has run.
        runs = getattr(self.build, "currentStep", None) is not None
        sink = "step state" if runs else "build state"
        place = Place(buildid=getattr(self.build, "buildid", None))
        audience = keychain.audiences.of_build(self.build)
        return keychain.reporter.redact(sink, place, audience, cleaned)

    return cleanupTextFromSecrets


def module_of_caller() -> str:
    """Return the name of the module whose code called the function that calls this one."""
    return str(sys._getframe(2).f_globals.get("__name__"))  # noqa: SLF001 - documented in `sys`


def render_secret(original: Function) -> Function:
    """Let `look_up` know for whom Buildbot's ``Secret`` or ``Interpolate`` renders.

    Buildbot calls `SecretManager.get` without the properties, which tell which build it is for.
    """

    def getRenderingFor(self: Any, properties: Any, *args: Any, **kwargs: Any) -> Any:
        asker = who_asks(properties)
        # The lookup has begun when this returns.
        token = _asking.set((asker, asker.build or properties.getProperties()))
        try:
            return original(self, properties, *args, **kwargs)
        finally:
            _asking.reset(token)

    return getRenderingFor


def look_up(original: Function) -> Function:
    """Look up with the master's keychain, whose redactor knows a value before anybody else."""

    def get(self: Any, secret: str, *args: Any, **kwargs: Any) -> Any:
        keychain = keychain_of(self.master)
        if keychain is None:
            return original(self, secret, *args, **kwargs)
        asking = _asking.get()
        if asking is None:
            return keychain.get_for_buildbot(secret, who_asks(None))
        _asking.set(None)  # what the lookup leads to has its own
        # A renderable would say less of a missing secret than the keychain does.
        return Deferred.fromCoroutine(keychain.details_for(secret, *asking))

    return get


def interpolate(original: Function) -> Function:
    """Note how a text with a secret was made."""

    def getRenderingFor(self: Any, build: Any, *args: Any, **kwargs: Any) -> Any:
        properties = build.getProperties()
        keychain = keychain_of(properties.master)
        if keychain is None:
            return original(self, build, *args, **kwargs)
        owner = who_asks(properties).build or properties
        noting = _Noting(properties)

        def note(text: Any) -> Any:
            if noting.values is None:
                return text
            made = keychain.references.made
            return made.formatted(owner, text, self.fmtstring, noting.values)

        return original(self, noting, *args, **kwargs).addCallback(note)

    return getRenderingFor


class _Noting:
    """Buildbot's properties, which note what they render for one format string."""

    def __init__(self, properties: Any) -> None:
        self._properties = properties
        self.values: Any = None

    def __getattr__(self, name: str) -> Any:
        return getattr(self._properties, name)

    def getProperties(self) -> Any:
        return self

    def render(self, value: Any) -> Any:
        return self._properties.render(value).addCallback(self._note)

    def _note(self, values: Any) -> Any:
        self.values = values
        return values


def join_master(original: Function) -> Function:
    """Hide what a provider answers to whoever asks it without the keychain."""

    def setServiceParent(self: Any, *args: Any, **kwargs: Any) -> Any:
        hide_answers(self)
        return original(self, *args, **kwargs)

    return setServiceParent
