"""`Secret` and `Interpolate` as a ``master.cfg`` writes them.

What is wrong with their arguments is an error of the configuration, one of all that ``buildbot
checkconfig`` shows. They render as those of the core do.
"""

from __future__ import annotations

from typing import Any

from buildbot import config
from twisted.internet.defer import Deferred, succeed

from buildbot_keychain import rendering
from buildbot_keychain.buildbot._given_again import given_again
from buildbot_keychain.errors import RenderingError


class Secret(rendering.Secret):
    """The value of the secret called `name`.

    :param name: ``[provider!]path[|field]`` (`str`), or a renderable for it.
    :param allowed: the names that it may have, if builds contribute to it.
    :raise buildbot.config.ConfigErrors: when one of them is wrong.
    """

    def __init__(self, name: object, *, allowed: object = None) -> None:
        try:
            super().__init__(name, allowed=allowed)
        except RenderingError as error:
            # Buildbot may collect the error and go on.
            self.name, self.allowed = name, ()
            config.error(str(error))

    def getRenderingFor(self, context: Any) -> Deferred[str]:
        """Return the value (`str`), at once if the build was given it before."""
        build = getattr(context, "build", None)
        if build is not None and isinstance(self.name, str):
            details = given_again(build, self.name)
            if details is not None:
                return succeed(details.value)
        return super().getRenderingFor(context)


class Interpolate(rendering.Interpolate):
    """The format string `fmtstring`, filled in when it is rendered.

    :param fmtstring: Python ``%`` formatting; with keyword arguments or none, ``%(selector:…)s``;
        with positional arguments, plain ``%s``.
    :param args: the values for ``%s``, in order; may be renderables.
    :param kwargs: the values for ``%(kw:…)s``; may be renderables.
    :raise buildbot.config.ConfigErrors: when the format is wrong.
    """

    def __init__(self, fmtstring: str, *args: object, **kwargs: object) -> None:
        try:
            super().__init__(fmtstring, *args, **kwargs)
        except RenderingError as error:
            self.fmtstring, self.args, self.kwargs = fmtstring, args, kwargs
            self._parts = {}
            config.error(str(error))

    def shortest(self) -> str:
        """Return the text with nothing filled in; ``""`` where the format does not allow that."""
        parts: Any = tuple("" for _ in self.args) if self.args else _Nothing()
        try:
            return self.fmtstring % parts
        except (TypeError, ValueError):
            return ""


class _Nothing(dict[str, str]):
    def __missing__(self, key: str) -> str:
        return ""
