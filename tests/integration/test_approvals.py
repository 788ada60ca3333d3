"""Builds of a real master that people must approve before they are given a secret."""

from __future__ import annotations

from typing import Any

from buildbot_keychain.approvals import Person
from buildbot_keychain.buildbot import MasterKeychain
from buildbot_keychain.errors import ApprovalError
from tests.support.approvals import (
    ALICE,
    BOB,
    OTTO,
    REPOSITORY,
    REVISION,
    RITA,
    WAIT,
    ApprovalTestCase,
)


class ApprovalTests(ApprovalTestCase):
    async def test_a_step_waits_until_somebody_approves(self) -> None:
        await self.begin()
        waits, ends = self.waits(), self.ends()
        await self.commit()
        step = await waits
        self.assertEqual(
            step["state_string"],
            "waiting for approval of `prod`, requested from release-managers",
        )
        request = await self.asked()
        self.assertEqual(
            (request.builder, request.path, request.provider, request.build, request.obstacle),
            ("deploy", "prod", "files", 1, ""),
        )
        (revision,) = request.revisions
        self.assertEqual(
            (revision.repository, revision.branch, revision.revision),
            (REPOSITORY, "main", REVISION),
        )
        self.assertEqual(
            (request.excluded, request.roles), (("Carl <c@x>",), ("release-managers",))
        )
        self.assertIn("#/builders/", request.build_url)
        self.assertEqual(await self.approvals.waiting(self.person(BOB)), [])
        self.assertIn("none of your roles", await self.refused(BOB, request))
        approved = await self.approve(RITA, request)
        self.assertEqual(approved.state, "approved")
        await ends
        build = await self.build(1)
        self.assertEqual(build.result, "success", build.outline())
        self.assertNotIn("waiting", build.steps[-1].state)
        self.assertEqual(self.happened(), ["new", "approved", "released"])
        (recent,) = await self.approvals.recent(self.person(OTTO), 10)
        self.assertEqual((recent.state, recent.votes[0].person), ("released", "rita"))
        self.assertIn("has been given", await self.refused(RITA, recent))

    async def test_nothing_else_is_approved_with_it(self) -> None:
        """A rebuild, another revision, and what an approved build triggers need their own."""
        await self.begin()
        waits, ends = self.waits(), self.ends()
        await self.commit()
        await waits
        await self.approve(RITA, await self.asked())
        await ends

        seen = set()
        for ask, revision, scheduler in (
            (self.rebuild, REVISION, "rebuild"),
            (lambda: self.commit(revision=REVISION[::-1]), REVISION[::-1], "commits"),
        ):
            waits = self.waits()
            await ask()
            await waits
            request = await self.asked()
            self.assertEqual((request.scheduler, request.votes), (scheduler, ()))
            self.assertEqual(request.revisions[0].revision, revision)
            seen.add(request.id)
            ends = self.ends()
            refuse = self.approvals.refuse(request.id, self.person(OTTO), "no", request.digest)
            self.assertEqual((await refuse).state, "refused")
            build = await self.build((await ends)["buildid"])
            self.assertEqual(build.result, "failure", build.outline())
            self.assertIn("'otto' refused to approve it", build.steps[-1].state)
        self.assertEqual(len(seen), 2)

        waits = self.waits()
        await self.force("bob", "parent", revision=REVISION)
        await waits
        child = await self.asked()
        self.assertEqual((child.builder, child.votes), ("deploy", ()))
        self.assertEqual(set(child.excluded), {"Carl <c@x>", "bob"})

    async def rebuild(self) -> None:
        data = self.real.master.data
        first = await data.get(("builds", 1))
        request = await data.get(("buildrequests", first["buildrequestid"]))
        await data.updates.rebuildBuildrequest(request)

    async def test_who_does_not_count(self) -> None:
        await self.begin()
        waits = self.waits()
        await self.commit(author="Alice Archer <alice@example.org>")
        await waits
        request = await self.asked(ALICE)
        self.assertIn("somebody else must approve", request.obstacle)
        self.assertIn("somebody else must approve", await self.refused(ALICE, request))
        self.assertEqual((await self.asked(RITA)).obstacle, "")
        ends = self.ends()
        await self.approve(RITA, request)
        await ends

        waits = self.waits()
        await self.force("rita", revision="f" * 40)
        await waits
        request = await self.asked()
        self.assertEqual((request.owner, request.excluded), ("rita", ("rita",)))
        self.assertIn("somebody else must approve", await self.refused(RITA, request))
        ends = self.ends()
        await self.approve(OTTO, request)
        await ends

        waits = self.waits("waiting for approval of `prod`, requested from 2 people")
        await self.force(None, revision="e" * 40)
        await waits
        request = await self.asked()
        self.assertEqual((request.owner, request.excluded), (None, ()))
        first = await self.approve(RITA, request)
        self.assertEqual(first.state, "waiting")
        self.assertIn("more people must", first.obstacle)
        self.assertIn("more people must", await self.refused(RITA, request))
        ends = self.ends()
        self.assertEqual((await self.approve(ALICE, request)).state, "approved")
        build = await self.build((await ends)["buildid"])
        self.assertEqual(build.result, "success", build.outline())

    async def test_revisions_that_nobody_knows(self) -> None:
        """The newest one, one that a worker has reported, and one that may become another."""
        await self.begin()
        cases: tuple[tuple[Any, str], ...] = (
            (lambda: self.force("bob", "newest", revision=REVISION), "alwaysUseLatest is set"),
            (lambda: self.force("bob"), "whatever revision is the newest"),
            (lambda: self.force("bob", revision="main"), "not the whole id of a commit"),
            (lambda: self.force("bob", revision="1234"), "nobody has asked for it"),
            (lambda: self.force("bob", "forging", revision=REVISION), "a worker may have reported"),
        )
        names = ("deploy", "newest")
        asking = [await self.real.master.data.updates.findBuilderId(name) for name in names]
        for ask, problem in cases:
            ends = self.real.event(
                ("builds", None, "finished"), lambda build: build["builderid"] in asking
            )
            await ask()
            build = await self.build((await ends)["buildid"])
            self.assertEqual(build.result, "failure", build.outline())
            self.assertIn("secret 'prod': nobody can approve it for this build", _text(build))
            self.assertIn(problem, _text(build))
        self.assertEqual(await self.approvals.waiting(self.person(RITA)), [])
        self.assertEqual(self.happened(), [])

    async def test_nobody_decides(self) -> None:
        await self.begin()
        waits, ends = self.waits(), self.ends()
        await self.commit()
        await waits
        request = await self.asked()
        self.seconds += WAIT
        await ends
        build = await self.build(1)
        self.assertEqual(build.result, "failure", build.outline())
        self.assertIn(
            "secret 'prod': it was not approved within 3600 seconds (asked: release-managers)",
            _text(build),
        )
        self.assertIn("nobody has decided in time", await self.refused(RITA, request))
        self.assertEqual(self.happened(), ["new", "expired"])

    async def test_a_build_that_is_cancelled(self) -> None:
        await self.begin()
        waits, ends = self.waits(), self.ends()
        await self.commit()
        await waits
        request = await self.asked()
        ended = self.real.event(("keychain", "approvals", None, "ended"))
        await self.real.master.data.control("stop", {"reason": "enough"}, ("builds", "1"))
        await ends
        await ended
        self.assertEqual((await self.build(1)).result, "cancelled")
        self.assertIn("has ended", await self.refused(RITA, request))
        self.assertEqual(await self.approvals.waiting(self.person(RITA)), [])
        self.assertEqual(MasterKeychain.of(self.real.master).waiting._pauses, {})

    async def test_what_has_changed_meanwhile(self) -> None:
        await self.begin()
        waits = self.waits()
        await self.commit()
        await waits
        request = await self.asked()
        approve = self.approvals.approve(request.id, self.person(RITA), "", "0" * 64)
        error = await self.assertFailure(approve, ApprovalError)
        self.assertIn("no longer what you have seen", str(error))
        error = await self.assertFailure(
            self.approvals.approve("0" * 32, self.person(RITA), "", request.digest), ApprovalError
        )
        self.assertIn("there is no such request", str(error))
        forged = Person("mallory", frozenset({"admins", "release-managers "}))
        error = await self.assertFailure(
            self.approvals.approve(request.id, forged, "", request.digest), ApprovalError
        )
        self.assertIn("none of your roles", str(error))

    async def test_a_restart_in_between(self) -> None:
        await self.begin()
        waits = self.waits()
        await self.commit()
        await waits
        request = await self.asked()
        await self.real.stop()
        config, basedir = self.config(), self.real.basedir
        self.real = await self.start_master(config, basedir=basedir, worker=False)
        await self.watch(self.real)
        ends = self.ends()
        await self.approve(RITA, request)
        build = await self.build((await ends)["buildid"])
        self.assertEqual(build.result, "success", build.outline())


def _text(build: Any) -> str:
    return "\n".join([build.state, *(step.state for step in build.steps)])
