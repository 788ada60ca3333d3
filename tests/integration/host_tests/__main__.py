"""Run Buildbot's own tests: ``python -m tests.integration.host_tests DIRECTORY [MODULE…]``.

Ends with 1 if one fails that is not among the deliberate differences, or one of those passes.
"""

from __future__ import annotations

import contextlib
import io
import sys
import tempfile
from pathlib import Path
from typing import Any

import buildbot
from twisted.trial.reporter import Reporter
from twisted.trial.runner import TestLoader, TrialRunner

from tests.integration.host_tests.adapters import adapt
from tests.integration.host_tests.differences import DIFFERENCES

MODULES = (
    "unit.process.test_properties",
    "unit.process.test_factory",
    "unit.test_interpolate_secrets",
    "unit.test_secret_rendered_service",
    "unit.test_fake_secrets_manager",
    "unit.test_download_secret_to_worker",
    "integration.test_integration_with_secrets",
    "integration.interop.test_integration_secrets",
    "integration.interop.test_setpropertyfromcommand",
    "integration.test_download_secret_to_worker",
    "integration.test_customservices",
    "integration.test_trigger",
)
"""Those of `buildbot.test` that are about properties, secrets, factories and whole masters.

Tests of Buildbot's own providers are left out: they look at private attributes and at the calls of
libraries, of providers that have no master and answer at once. What ours do instead is tested by
`buildbot_keychain.testing`, and what a migration changes by ``test_migration.py``.
"""


def main(source: Path, modules: tuple[str, ...]) -> int:
    """Run the tests in `source`, print what differs, and return the exit status."""
    here = source / "buildbot" / "test"
    found = [name for name in modules if (here / f"{name.replace('.', '/')}.py").exists()]
    missing = [name for name in modules if name not in found]
    adapt(source)
    result = _run([f"buildbot.test.{name}" for name in found])
    failed = _failures(result)
    expected = {name for name in DIFFERENCES if name.startswith(tuple(found))}
    for name in sorted(failed.keys() - expected):
        print(f"{name}: {failed[name]}")
    for name in sorted(expected - failed.keys()):
        print(f"{name}: passes; it is no difference any more")
    ran = result.testsRun - len(result.skips)
    print(
        f"Buildbot {buildbot.version}: {ran} tests ran, {len(result.skips)} were skipped, "
        f"{len(expected)} deliberate differences"
    )
    if missing:
        print(f"not in {source}: {', '.join(missing)}")
    return 0 if ran and failed.keys() == expected else 1


def _run(names: list[str]) -> Any:
    """Run tests, and return the reporter that has collected their results."""
    with (
        tempfile.TemporaryDirectory(prefix="keychain-host-") as directory,
        # What Buildbot's tests print of a failure: logs of steps with the whole environment.
        contextlib.redirect_stdout(io.StringIO()),
    ):
        runner = TrialRunner(
            _Reporter, workingDirectory=f"{directory}/trial", logfile=f"{directory}/log"
        )
        return runner.run(TestLoader().loadByNames(names))


def _failures(result: Any) -> dict[str, str]:
    """Return why the tests that failed did, by their names in `buildbot.test`."""
    return {
        _name_of(test): f"{failure.type.__name__}: {str(failure.value)[:300]}"
        for test, failure in (*result.failures, *result.errors)
    }


def _name_of(test: Any) -> str:
    # What is not a test is a module that cannot be imported.
    name = test.id() if hasattr(test, "id") else repr(test)
    return str(name).removeprefix("buildbot.test.")


class _Reporter(Reporter):
    """Collects results, and writes none."""

    def done(self) -> None:
        pass


if __name__ == "__main__":
    directory, *chosen = sys.argv[1:]
    sys.exit(main(Path(directory).resolve(), tuple(chosen) or MODULES))
