"""Isolates test processes and tests from each other, and turns forbidden skips into failures.

Several processes can run tests at the same time (``pytest -n 2``). Each has its own working
directory, where `mktemp` creates files as it does under trial, and its own temporary directory, so
that a test can check what is left there. Both are in memory, unless there is none or `TMPDIR` or
``--basetemp`` say where else. `tests.support.ports` keeps their servers apart.

A test may be skipped, with a reason, on a machine that lacks a program. Where
`KEYCHAIN_REQUIRE_INTEGRATION` is set and not empty, as in CI, such a skip is a failure.

Redaction of a process's logs lasts as long as the process, but each test begins without secrets.
"""

from __future__ import annotations

import gc
import importlib.metadata
import os
import signal
import tempfile
import warnings
from collections.abc import Generator
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import pytest
from hypothesis import settings
from twisted.logger import globalLogBeginner
from twisted.trial.unittest import TestCase

from buildbot_keychain.buildbot.patches import gaps_in
from buildbot_keychain.buildbot.patches.table import TABLE
from buildbot_keychain.buildbot.sinks import every_master
from tests.support.ram_disk import in_memory

# How long an example takes depends on what else the machine does.
settings.register_profile("without deadline", deadline=None)
settings.load_profile("without deadline")

# What is imported while tests are collected stays: nothing of it can be garbage.
gc.disable()

_HAD_MASTERS = pytest.StashKey[bool]()
_REQUIRED = bool(os.environ.get("KEYCHAIN_REQUIRE_INTEGRATION"))

_TEST_CASE: Any = TestCase

Report = TypeVar("Report", pytest.TestReport, pytest.CollectReport)


def _fail_if_required(report: Report) -> Report:
    """Return `report`, as a failure if a test was skipped that must run."""
    is_expected_failure = hasattr(report, "wasxfail")
    if _REQUIRED and report.outcome == "skipped" and not is_expected_failure:
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
        report.outcome = "failed"
        report.longrepr = f"must run here, but: {reason}"
    return report


def pytest_configure() -> None:
    """Choose where pytest and the tests create their directories."""
    if "TMPDIR" not in os.environ:
        tempfile.tempdir = in_memory()


@pytest.fixture(scope="session", autouse=True)
def _patched_modules_are_imported() -> None:
    """Import what the patches look at: Buildbot 4.0 imports modules that are deprecated."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        gaps_in(TABLE)


@pytest.fixture(scope="session", autouse=True)
def _programs_can_be_interrupted() -> None:
    """Let programs that tests start end at signals that a shell's background or nohup ignores."""
    handlers = {signal.SIGINT: signal.default_int_handler, signal.SIGHUP: lambda *_: None}
    for number, handler in handlers.items():
        if signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, handler)


@pytest.fixture(scope="session", autouse=True)
def _scratch_directory(tmp_path_factory: pytest.TempPathFactory) -> Generator[None, None, None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path_factory.mktemp("scratch"))
        yield


@pytest.fixture(scope="session", autouse=True)
def _temporary_directory(_scratch_directory: None) -> Generator[None, None, None]:
    """The path is short, for the sockets of agents, and servers that run as other users pass it."""
    with (
        tempfile.TemporaryDirectory(prefix="keychain-") as directory,
        pytest.MonkeyPatch.context() as patch,
    ):
        Path(directory).chmod(0o711)
        patch.setenv("TMPDIR", directory)
        patch.setattr(tempfile, "tempdir", directory)
        yield


@pytest.fixture(scope="session", autouse=True)
def _begin_logging() -> None:
    """Begin logging: until then Twisted keeps all events, and with them failures and masters."""
    with warnings.catch_warnings():
        globalLogBeginner.beginLoggingTo([], discardBuffer=True, redirectStandardIO=False)


@pytest.fixture(scope="session", autouse=True)
def _keep_modules(_patched_modules_are_imported: None) -> None:
    """Leave what was imported out of collections, of which there is one for each master.

    The others are rarer than by default, where they take an eighth of the time of many tests.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 10, 10)
    gc.enable()


@pytest.fixture(scope="module", autouse=True)
def _keep_what_others_left(_keep_modules: None) -> None:
    """Leave out of collections what is there before a module: caches, and what was imported since.

    In a process that has run a thousand tests, a collection would look at all of it again.
    """
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session", autouse=True)
def _versions_are_read_once() -> Generator[None, None, None]:
    """Keep the versions of packages: pytest reads Twisted's, for a millisecond, at each test."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(importlib.metadata, "version", cache(importlib.metadata.version))
        yield


@pytest.fixture(autouse=True)
def _forget_masters(request: pytest.FixtureRequest) -> Generator[None, None, None]:
    """Remove the masters of a test, so that the next test's logs do not hide their secrets.

    Buildbot 4.0 drops failures, which Twisted logs when they are collected. Collect them here: they
    are not errors of the next test. Its test helpers set a timeout of seconds for the process.
    """
    _TEST_CASE.timeout = 120
    if request.session.stash.get(_HAD_MASTERS, False):
        gc.collect()
    yield
    request.session.stash[_HAD_MASTERS] = bool(every_master.redactors)
    every_master.redactors.clear()
    if request.instance is not None:
        _forget_attributes(request.instance)


def _forget_attributes(test: object) -> None:
    """Remove what a test has set on itself.

    It outlives the test, and with a few hundred masters in it each collection takes seconds.
    """
    for name in [name for name in vars(test) if not name.startswith("_")]:
        delattr(test, name)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Check a skipped test."""
    return _fail_if_required((yield))


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """Check a module that is skipped as a whole."""
    return _fail_if_required((yield))
