"""Turns skipped integration tests into failures where they must run, and keeps the tree clean.

The tests run in a directory of their own, as they do under trial: `mktemp` makes files there.

A test of `tests/integration` or `tests/packaging` may skip on a machine that lacks what it needs,
and says why. With `KEYCHAIN_REQUIRE_INTEGRATION` set to anything but the empty string, as on CI,
there is no such excuse: the skip fails with its own reason.

Redaction of a process's logs lasts as long as the process; each test begins without secrets.
"""

from __future__ import annotations

import gc
import os
import warnings
from collections.abc import Generator
from pathlib import Path
from typing import TypeVar

import pytest
from twisted.logger import globalLogBeginner
from twisted.trial.unittest import TestCase

from buildbot_keychain.buildbot.process_log import every_master

_HAD_MASTERS = pytest.StashKey[bool]()
_REQUIRED = bool(os.environ.get("KEYCHAIN_REQUIRE_INTEGRATION"))
_HERE = Path(__file__).parent
_NEVER_SKIPPED = (_HERE / "docs", _HERE / "integration", _HERE / "packaging")

Report = TypeVar("Report", pytest.TestReport, pytest.CollectReport)


def _insist(report: Report, path: Path) -> Report:
    """Make a failure of `report` if it is the skip of a test that must run."""
    is_expected_failure = hasattr(report, "wasxfail")
    if (
        _REQUIRED
        and report.outcome == "skipped"
        and not is_expected_failure
        and any(path.is_relative_to(folder) for folder in _NEVER_SKIPPED)
    ):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
        report.outcome = "failed"
        report.longrepr = f"must run here, but: {reason}"
    return report


@pytest.fixture(scope="session", autouse=True)
def _scratch_directory(tmp_path_factory: pytest.TempPathFactory) -> Generator[None, None, None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path_factory.mktemp("scratch"))
        yield


@pytest.fixture(scope="session", autouse=True)
def _logging_has_begun() -> None:
    """Until it has, Twisted keeps all that is logged, and with it every failure and master."""
    with warnings.catch_warnings():
        globalLogBeginner.beginLoggingTo([], discardBuffer=True, redirectStandardIO=False)


@pytest.fixture(autouse=True)
def _time_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give a test two minutes; Buildbot's test helpers leave all tests of the process seconds."""
    monkeypatch.setattr(TestCase, "timeout", 120, raising=False)


@pytest.fixture(autouse=True)
def _no_other_master(request: pytest.FixtureRequest) -> Generator[None, None, None]:
    """A test's masters are gone with it: what they hid is not hidden in the next one's logs.

    Buildbot 4.0 drops failures, which Twisted tells when they are collected: that is no error of
    the test that runs by then.
    """
    if request.session.stash.get(_HAD_MASTERS, False):
        gc.collect()
    yield
    request.session.stash[_HAD_MASTERS] = bool(every_master.redactors)
    every_master.redactors.clear()


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A skipped test."""
    return _insist((yield), item.path)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_make_collect_report(
    collector: pytest.Collector,
) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """A module that skips as a whole."""
    return _insist((yield), collector.path)
