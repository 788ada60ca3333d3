from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from buildbot.process.properties import Properties
from buildbot.steps.source.git import Git
from twisted.internet.defer import Deferred, succeed
from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.approvals import Revision
from buildbot_keychain.buildbot.approvals._subjects import CannotBeApprovedError, Subjects
from buildbot_keychain.buildbot.builds import Origins, Requests
from buildbot_keychain.buildbot.state import RequestRow, RequestsTable
from buildbot_keychain.details import Requester, SourceStamp
from tests.support.approval_requests import ApprovalsMaster

REPOSITORY = "https://git.example.org/app"
COMMIT = "0123456789abcdef0123456789abcdef01234567"


def stamp(ssid: int = 1, **facts: Any) -> dict[str, Any]:
    found = {
        "ssid": ssid,
        "codebase": "",
        "revision": COMMIT,
        "repository": REPOSITORY,
        "branch": "main",
        "project": "app",
        "patch": None,
    }
    return found | facts


def change(**facts: Any) -> dict[str, Any]:
    return {"revision": COMMIT, "repository": REPOSITORY, "author": "Carl <c@x>"} | facts


class SubjectsTests(SynchronousTestCase):
    """The build has the id 5, the number 9 and the request 7, which is of the buildset 3."""

    def setUp(self) -> None:
        self.master: Any = ApprovalsMaster()
        pool = self.master.pool
        self.addCleanup(pool.engine.dispose)
        pool.execute("CREATE TABLE buildsets (id INTEGER, parent_buildid INTEGER)")
        columns = "buildsetid INTEGER, sourcestampid INTEGER"
        pool.execute(f"CREATE TABLE buildset_sourcestamps ({columns})")
        pool.execute("INSERT INTO buildsets VALUES (3, NULL), (4, NULL)")
        self.stamps = [stamp()]
        self.outside: bool | None = False
        self.source_stamps: tuple[SourceStamp, ...] = (SourceStamp(),)
        self.changes = [change()]
        self.found: list[Any] = []
        self.since: list[Any] = []
        self.answers: dict[tuple[Any, ...], Any] = {}
        self.buildset: dict[str, Any] = {"bsid": 3, "submitted_at": 1000, "reason": "why"}
        self.master.data = SimpleNamespace(get=self.get)
        self.master.config = SimpleNamespace(buildbotURL="http://master/")
        requests = Requests(self.master)
        self.subjects = Subjects(self.master, Origins(self.master, requests), requests)
        builder = SimpleNamespace(name="deploy", getBuilderId=lambda: succeed(2))
        request = SimpleNamespace(id=7, bsid=3)
        self.build = SimpleNamespace(
            buildid=5,
            number=9,
            builder=builder,
            requests=[request],
            executedSteps=[],
            steps=[],
            getProperties=Properties,
            getSourceStamp=lambda _: SimpleNamespace(**self.stamps[0]),
        )

    def get(self, path: tuple[Any, ...], filters: Any = ()) -> Deferred[Any]:
        answer = self.answers.get(path)
        if answer is not None:
            return succeed(answer)
        answers: dict[str, Any] = {
            "buildsets": {**self.buildset, "sourcestamps": self.stamps},
            "builds": self.since,
            "changes": self.found,
            "sourcestamps": self.changes,
        }
        return succeed(answers[path[0]])

    def subject(self) -> Any:
        requester = Requester(
            "build",
            owner="bob",
            scheduler="commits",
            outside=self.outside,
            source_stamps=self.source_stamps,
        )
        return self.successResultOf(Deferred.fromCoroutine(self.subjects.of(self.build, requester)))

    def problem(self) -> str:
        asked = Deferred.fromCoroutine(self.subjects.of(self.build, Requester("build")))
        return str(self.failureResultOf(asked, CannotBeApprovedError).value)

    def ask_by_form(self, bsid: int, ssid: int, owner: str | None = None) -> None:
        """Note that a person has asked for a buildset."""
        writing = RequestsTable(self.master).write(bsid, RequestRow("f", owner, forced=True))
        self.successResultOf(Deferred.fromCoroutine(writing))
        self.master.pool.execute(f"INSERT INTO buildset_sourcestamps VALUES ({bsid}, {ssid})")

    def test_what_is_approved(self) -> None:
        self.found = [change(author="", committer="Carla")]
        self.since = [change(author="Cora", revision="other")]
        subject = self.subject()
        revision = Revision("", REPOSITORY, "main", COMMIT, "app", brought=True)
        self.assertEqual((subject.revisions, subject.outside), ((revision,), False))
        self.assertEqual(subject.excluded, ("Carl <c@x>", "Carla", "Cora"))
        self.assertEqual(
            (subject.build_request, subject.build, subject.reason, subject.build_url),
            (7, 9, "why", "http://master/#/builders/2/builds/9"),
        )
        self.assertEqual(self.subject().identity, subject.identity)

    def test_what_nobody_knows(self) -> None:
        """That it is known later does not make it another request."""
        known = self.subject()
        self.outside, self.source_stamps = None, (SourceStamp(revision_chosen=True),)
        subject = self.subject()
        self.assertIsNone(subject.outside)
        self.assertFalse(subject.revisions[0].brought)
        self.assertEqual(subject.identity, known.identity)

    def test_what_is_approved_apart(self) -> None:
        """A number that the database uses again is of another request."""
        identities = {self.subject().identity}
        self.buildset["submitted_at"] = 2000
        identities.add(self.subject().identity)
        self.stamps = [stamp(revision="f" * 40)]
        self.changes = [change(revision="f" * 40)]
        identities.add(self.subject().identity)
        self.build.builder.name = "other"
        identities.add(self.subject().identity)
        self.assertEqual(len(identities), 4)

    def test_revisions_that_nobody_knows(self) -> None:
        for facts, problem in (
            ({"revision": None}, "whatever revision is the newest"),
            ({"revision": ""}, "whatever revision is the newest"),
            ({"revision": "main"}, "not the whole id of a commit"),
            ({"revision": COMMIT[:12] + "a"}, "not the whole id of a commit"),
            ({"patch": {"patchid": 1}}, "the code is patched"),
            ({"revision": "f" * 40}, "a worker may have reported it"),
            ({"repository": "https://elsewhere"}, "a worker may have reported it"),
            ({"codebase": "lib", "revision": ""}, "whatever revision of the codebase 'lib'"),
        ):
            self.stamps = [stamp(), stamp(2, **facts)]
            self.assertIn(problem, self.problem(), facts)
        self.stamps = []
        self.assertIn("nothing says what it builds", self.problem())

    def test_a_step_that_builds_something_else(self) -> None:
        self.build.steps = [Git(repourl=REPOSITORY, alwaysUseLatest=True)]
        self.assertIn("its step Git does not build the revision", self.problem())

    def test_a_revision_that_a_person_has_asked_for(self) -> None:
        self.changes = []
        self.assertIn("a worker may have reported it", self.problem())
        self.ask_by_form(4, 1)
        self.assertEqual(self.subject().excluded, ())
        self.stamps = [stamp(revision="4711")]
        self.assertIn("nobody has asked for it", self.problem())
        self.changes = [change(revision="4711")]
        self.assertEqual(self.subject().revisions[0].revision, "4711")

    def test_a_person_who_has_asked_for_what_another_build_has_triggered(self) -> None:
        self.changes = []
        self.ask_by_form(4, 1)
        self.master.pool.execute("UPDATE buildsets SET parent_buildid = 1")
        self.assertIn("a worker may have reported it", self.problem())

    def test_whoever_asks_does_not_count(self) -> None:
        self.ask_by_form(3, 1, "bob")
        self.assertEqual(self.subject().excluded, ("Carl <c@x>", "bob"))

    def test_whoever_wrote_what_has_triggered_it_does_not_count(self) -> None:
        self.buildset["parent_buildid"] = 4
        self.answers = {
            ("builds", 4): {"buildrequestid": 6},
            ("buildrequests", 6): {"buildsetid": 2},
            ("buildsets", 2): {"bsid": 2, "sourcestamps": [stamp(12)]},
            ("sourcestamps", 12, "changes"): [change(author="Alice")],
        }
        self.assertEqual(self.subject().excluded, ("Alice", "Carl <c@x>"))

    def test_several_build_requests(self) -> None:
        self.build.requests *= 2
        self.assertIn("several build requests", self.problem())

    def test_too_many_authors(self) -> None:
        self.since = [change(author=f"a{number}") for number in range(1001)]
        self.assertIn("more than 1000 authors", self.problem())
