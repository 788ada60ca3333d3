"""Builds and steps that begin and end, for masters with a keychain and for others."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from buildbot.data.base import ListResult
from buildbot.process.results import EXCEPTION, FAILURE, RETRY
from twisted.internet.defer import FirstError, fail, succeed
from twisted.python.failure import Failure

from buildbot_keychain.buildbot.builds import who_asks
from buildbot_keychain.buildbot.patches import replacements
from buildbot_keychain.buildbot.secret_files import SecretFileRegistry
from buildbot_keychain.errors import SecretNotFound
from tests.support.builds import FakeBuild
from tests.support.replacement_case import ReplacementTestCase


class StepTests(ReplacementTestCase):
    """Steps that begin, or fail."""

    def test_what_a_step_starts_is_for_its_build(self) -> None:
        step = SimpleNamespace(build=FakeBuild(), master=self.plain)
        start = replacements.start_step(lambda _self, _remote: who_asks(None))
        self.assertIs(start(step, "remote").build, step.build)
        self.assertIsNone(who_asks(None).build)

    def test_failures_of_lookups_are_one_sentence(self) -> None:
        log_failure = replacements.log_failure(self.original)
        logs: dict[str, str] = {}
        step = SimpleNamespace(
            name="go",
            master=self.kept,
            build=self.build,
            results=None,
            descriptionDone=None,
            updateBuildSummaryPolicy=[],
            addCompleteLog=logs.__setitem__,
        )
        missing = SecretNotFound("nope", ("files",))
        log_failure(step, Failure(FirstError(Failure(missing), 0)), "prefix-")
        other = Failure(ValueError())
        log_failure(step, other)
        self.assertEqual(logs, {"prefix-err.text": f"{missing.page_message}\n"})
        self.assertEqual(step.descriptionDone, missing.page_message)
        self.assertNotIn("asked: files", missing.page_message)
        self.assertEqual(self.calls, [(other, "")])
        self.assertIsNone(step.results)
        step.results = EXCEPTION
        log_failure(step, Failure(missing))
        self.assertEqual(step.results, FAILURE)

    def test_a_log_that_cannot_be_written_does_not_fail_the_step_again(self) -> None:
        step = SimpleNamespace(
            name="go", master=self.plain, addCompleteLog=lambda *_: fail(OSError())
        )
        missing = Failure(SecretNotFound("nope", ("files",)))
        self.successResultOf(replacements.log_failure(self.original)(step, missing))
        self.assertEqual(len(self.flushLoggedErrors(OSError)), 1)


class EndTests(ReplacementTestCase):
    """Builds that end, and workers that connect."""

    def finished(self, master: Any, *, track: bool) -> Any:
        build: Any = FakeBuild()
        build.master = master
        if track:
            self.keychain.build_scopes.track(build)
        return replacements.finish_build(self.original)(build, ["text"], 0)

    def test_a_build_that_looked_something_up(self) -> None:
        self.assertEqual(self.successResultOf(self.finished(self.kept, track=True)), "original")

    def test_other_builds(self) -> None:
        for master in (self.kept, self.plain):
            self.assertEqual(self.finished(master, track=False), "original")
        self.assertEqual(self.calls, [(["text"], 0)] * 2)

    def test_a_worker_that_connects(self) -> None:
        accept = replacements.accept_worker(lambda *_: succeed("yes"))
        answer = accept(SimpleNamespace(master=self.kept), FakeBuild(), "worker")
        self.assertIs(self.successResultOf(answer), True)
        self.assertIn("buildbot_keychain_secret_files", vars(self.kept))
        answer = accept(SimpleNamespace(master=self.plain), FakeBuild(), "worker")
        self.assertEqual(self.successResultOf(answer), "yes")
        self.assertNotIn("buildbot_keychain_secret_files", vars(self.plain))
        self.assertIsNotNone(SecretFileRegistry.of(self.plain))


class OutageTests(ReplacementTestCase):
    """Builds whose secrets cannot be looked up."""

    def test_a_build_that_is_stopped_does_not_wait(self) -> None:
        woken: list[Any] = []
        self.patch(self.keychain.waiting, "wake", woken.append)
        replacements.stop_build(self.original)(self.build, "enough", results=RETRY)
        self.assertEqual(self.calls, [("enough", RETRY)])
        self.assertEqual(self.keychain.waiting.results_of_stopped(self.build), RETRY)
        other: Any = FakeBuild()
        vars(other).update(master=self.kept)
        replacements.lose_worker(self.original)(other, "conn")
        self.assertEqual(self.keychain.waiting.results_of_stopped(other), RETRY)
        self.assertEqual(woken, [self.build, other])

    def test_a_request_that_pauses_is_not_built(self) -> None:
        def requests() -> Any:
            return ListResult([{"buildrequestid": brid} for brid in (4, 5, 6)])

        def ids(master: Any) -> list[int]:
            found = self.successResultOf(fetch(SimpleNamespace(master=master)))
            self.assertIsInstance(found, ListResult)  # of which Buildbot takes the data
            return [request["buildrequestid"] for request in found.data]

        fetch = replacements.fetch_requests(lambda _: succeed(requests()))
        self.assertEqual(ids(self.kept), [4, 5, 6])
        self.patch(self.keychain.retries, "is_paused", lambda brid: brid == 5)
        self.assertEqual(ids(self.kept), [4, 6])
        self.assertEqual(ids(self.plain), [4, 5, 6])

    def test_workers_that_cannot_be_prepared_for_other_reasons(self) -> None:
        fail_preparation = replacements.fail_preparation(self.original)
        for why in (False, Failure(ValueError())):
            self.assertEqual(fail_preparation(self.build, why, "worker_prepare"), "original")
