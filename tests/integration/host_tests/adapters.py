"""`adapt`: our classes where Buildbot's tests look for Buildbot's.

It is for a process that does nothing else, and is called before any test is imported.
"""

from __future__ import annotations

import sys
import types
import warnings
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from buildbot import plugins
from buildbot.process import factory, properties
from buildbot.secrets import manager

from buildbot_keychain.plugins import secrets, steps, util


def adapt(source: Path) -> None:
    """Have the tests in `source` importable, and our classes imported by them.

    :param source: the directory with Buildbot's package ``buildbot``.
    """
    import buildbot.test  # noqa: PLC0415 - it makes every warning an error

    warnings.resetwarnings()
    # Twisted and Python have deprecated since what Buildbot uses.
    warnings.simplefilter("ignore")
    buildbot.test.__path__.append(str(source / "buildbot" / "test"))
    ours: Any = util
    properties.Interpolate, properties.Secret = ours.Interpolate, ours.Secret
    factory.BuildFactory = ours.BuildFactory
    for name, namespace in (("util", util), ("secrets", secrets), ("steps", steps)):
        setattr(plugins, name, namespace)
    _complete_fakes()
    sys.modules.setdefault("parameterized", _parameterized())


def _complete_fakes() -> None:
    """Add to Buildbot's fakes what every master and build has, and a keychain needs."""
    from buildbot.test.fake import fakebuild, fakemaster, fakemq  # noqa: PLC0415 - after `adapt`

    make_master = fakemaster.make_master

    def make_complete_master(testcase: Any, **wanted: Any) -> Any:
        return make_master(testcase, **{**wanted, "wantData": True})

    fakemaster.make_master = make_complete_master
    fakemaster.SecretManager = manager.SecretManager = _SecretManager
    fakemq.FakeMQConnector.impl = None
    build: Any = fakebuild.FakeBuild
    build.finished = build.stopped = build._is_substantiating = False
    build.currentStep = build.results = None
    # Later versions have a request, without the buildset that it belongs to.
    build.requests = property(lambda _build: (), lambda _build, _requests: None)
    fakemaster.FakeBuilder.project_name = None


class _SecretManager(manager.SecretManager):
    """Knows providers by their names also if a test assigns them to `services`."""

    def __setattr__(self, name: str, value: Any) -> None:
        super().__setattr__(name, value)
        for provider in value if name == "services" else ():
            provider.name = provider.name or type(provider).__name__
            self.namedServices[provider.name] = provider


def _parameterized() -> types.ModuleType:
    """Return what Buildbot's tests use of https://pypi.org/project/parameterized/."""

    def expand(cases: Iterable[Any]) -> Callable[[Callable[..., Any]], None]:
        def add_tests(function: Callable[..., Any]) -> None:
            methods = sys._getframe(1).f_locals
            for number, case in enumerate(cases):
                arguments = case if isinstance(case, (tuple, list)) else (case,)

                def test(self: Any, *more: Any, _arguments: Any = arguments) -> Any:
                    return function(self, *_arguments, *more)

                methods[f"{function.__name__}_{number}_{arguments[0]}"] = test

        return add_tests

    module: Any = types.ModuleType("parameterized")
    module.parameterized = types.SimpleNamespace(expand=expand)
    result: types.ModuleType = module
    return result
