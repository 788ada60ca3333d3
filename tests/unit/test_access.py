from __future__ import annotations

from typing import Any

from twisted.internet.defer import Deferred
from twisted.trial.unittest import TestCase
from zope.interface import implementer

from buildbot_keychain.access import Access, Deciding, Observation
from buildbot_keychain.details import Requester, SourceStamp
from buildbot_keychain.errors import (
    AccessDenied,
    ApprovalRequired,
    DeniedByPolicy,
    InvalidName,
    SecretNotFound,
)
from buildbot_keychain.interfaces import ICanonicalNames
from buildbot_keychain.manager import SecretManager
from buildbot_keychain.policy import Allow, Approval, Deny, Policy
from buildbot_keychain.rendering import Interpolate
from buildbot_keychain.uses import ALLOWED, DENIED, GIVEN, NEEDS_APPROVAL, WOULD_BE_DENIED
from tests.support.fakes import DictProvider, LockedProvider
from tests.support.policies import reasons_logged

VALUE = "tr0ub4dor&3"

STAMP = SourceStamp(repository="https://git.example.org/app", branch="main")
BUILD = Requester(
    "build", builder="release", source_stamps=(STAMP,), outside=False, scheduler="push"
)
OUTSIDE = Requester("build", builder="release", source_stamps=(STAMP,), outside=True)


@implementer(ICanonicalNames)
class CanonicalProvider(DictProvider):
    """Folds case, has fields after a ``|``, and has no secret whose name begins with a dot."""

    def canonical(self, path: str) -> Any:
        if path.startswith("."):
            return None
        return path.partition("|")[0].lower()


class LateProvider(CanonicalProvider):
    """Looks at files to find out what a name means."""

    def canonical(self, path: str) -> Any:
        later: Deferred[Any] = Deferred()
        later.callback(super().canonical(path))
        return later


class ApprovalTests(TestCase):
    """Decisions of which some need an approval."""

    def setUp(self) -> None:
        self.seen: list[Observation] = []
        self.access = Access()
        self.access.observer = self.seen.append
        self.lines = reasons_logged(self)
        self.needs = Approval(["managers"])

    def decide(self, *rules: Any, **how: Any) -> Deferred[Any]:
        async def call(_provider: Any, _path: str, do: Any) -> Any:
            return do()

        providers = [CanonicalProvider(name, {}) for name in ("files", "vault")]
        deciding = Deciding(Policy(rules), call, **how)
        asking = self.access.providers_for(("X", "X", providers), BUILD, deciding)
        return Deferred.fromCoroutine(asking)

    def test_all_that_is_needed_is_said(self) -> None:
        rules = (Allow("x", approval=self.needs), Allow("vault!*"))
        error = self.failureResultOf(self.decide(*rules), ApprovalRequired).value
        self.assertEqual(
            [(question.provider, question.path, demands) for question, demands in error.needed],
            [("files", "x", (self.needs,)), ("vault", "x", (self.needs,))],
        )
        self.assertIn("only steps of builds wait for that", str(error))
        self.assertEqual([one.outcome for one in self.seen], [NEEDS_APPROVAL])
        self.assertIn("files!x: needs approval by Allow('x'", self.seen[0].reasons())

    def test_what_is_approved_is_given(self) -> None:
        rules = (Allow("files!x", approval=self.needs), Allow("vault!x"))
        asked: list[tuple[str, Any]] = []

        def approved(question: Any, approvals: Any) -> bool:
            asked.append((question.provider, approvals))
            return True

        found = self.successResultOf(self.decide(*rules, approved=approved))
        self.assertEqual([provider.name for provider in found], ["files", "vault"])
        self.assertEqual(asked, [("files", (self.needs,))])
        self.assertEqual([one.outcome for one in self.seen], [ALLOWED])

    def test_nobody_approves_what_is_denied(self) -> None:
        rules = (Allow("files!x", approval=self.needs), Deny("vault!x"))
        failure = self.failureResultOf(self.decide(*rules), DeniedByPolicy)
        self.assertNotIsInstance(failure.value, ApprovalRequired)
        self.assertEqual([one.outcome for one in self.seen], [DENIED])

    def test_a_policy_that_only_reports(self) -> None:
        rules = (Allow("*", approval=self.needs),)
        for _ in range(2):
            self.successResultOf(self.decide(*rules, reports_only=True))
        self.assertEqual([one.outcome for one in self.seen], [WOULD_BE_DENIED] * 2)
        (line,) = self.lines
        self.assertIn("the policy would have people approve before it gives the secret 'X'", line)


class PolicyCase(TestCase):
    def setUp(self) -> None:
        self.provider = CanonicalProvider("files", {"x": VALUE, "X": VALUE, "x|user": VALUE})
        self.lines = reasons_logged(self)

    def manager(self, *rules: Any, **arguments: Any) -> SecretManager:
        arguments.setdefault("providers", [self.provider])
        return SecretManager(policy=list(rules), **arguments)

    def assert_given(self, manager: SecretManager, name: str, requester: Any = BUILD) -> None:
        self.assertEqual(self.successResultOf(manager.get(name, requester)).value, VALUE)
        # What has piled up is compiled in a thread, for which these tests do not wait.
        manager.redactor.redact("")

    def assert_denied(self, manager: SecretManager, name: str, requester: Any = BUILD) -> str:
        failure = self.failureResultOf(manager.get(name, requester), DeniedByPolicy)
        return str(failure.value)


class LookupTests(PolicyCase):
    def test_without_a_policy_everybody_is_given_everything(self) -> None:
        manager = SecretManager([self.provider])
        for requester in (BUILD, OUTSIDE, None):
            self.assert_given(manager, "x", requester)

    def test_a_policy_decides_who_is_given_what(self) -> None:
        manager = self.manager(Allow("x", builders=["release"]))
        self.assert_given(manager, "x")
        for requester in (OUTSIDE, None, Requester("unknown"), Requester("service", service="x")):
            self.assert_denied(manager, "x", requester)

    def test_a_denial_asks_no_provider_and_says_nothing_about_what_there_is(self) -> None:
        manager = self.manager(Allow("other"))
        there = self.assert_denied(manager, "x")
        missing = self.assert_denied(manager, "z")
        self.assertEqual(there.replace("'x'", "'z'"), missing)
        self.assertEqual(
            there,
            "secret 'x': the policy does not give the builder 'release' a secret of that name; "
            "see `buildbot-keychain explain`",
        )
        self.assertEqual(self.provider.asked, [])

    def test_a_denial_is_not_a_missing_secret(self) -> None:
        manager = self.manager(Allow("other"))
        rendering = manager.render(Interpolate("%(secret:x:-default)s"), requester=BUILD)
        error = self.failureResultOf(rendering, DeniedByPolicy).value
        self.assertIsInstance(error, AccessDenied)
        self.assertFalse(error.retryable)
        rendering = manager.render(Interpolate("%(secret:other:-default)s"), requester=BUILD)
        self.assertEqual(self.successResultOf(rendering), "default")

    def test_all_spellings_are_decided_alike(self) -> None:
        manager = self.manager(Allow("x", builders=["release"]), Allow("*", services=["*"]))
        for name in ("x", "X", "x|user", "files!X", "files!x|user"):
            self.assert_given(manager, name)
        denying = self.manager(Allow("*"), Deny("x"))
        for name in ("x", "X", "x|user", "files!X", "files!x|user"):
            self.assert_denied(denying, name)
        self.provider = LateProvider("files", self.provider.answers)
        self.assert_given(self.manager(Allow("x")), "X")
        self.assert_denied(self.manager(Allow("X")), "X")

    def test_a_provider_without_canonical_names_serves_what_a_rule_spells(self) -> None:
        provider = DictProvider("plain", {"x": VALUE, "X": VALUE, "é": VALUE})
        manager = self.manager(Allow(["x", "y*", "é"]), providers=[provider])
        self.assert_given(manager, "x")
        for name in ("X", "y1", "é"):
            self.assert_denied(manager, name)

    def test_every_provider_that_would_be_asked_is_decided_on(self) -> None:
        other = CanonicalProvider("vault", {"x": "another"})
        manager = self.manager(Allow("files!x"), providers=[self.provider, other])
        self.assert_denied(manager, "x")
        self.assert_given(manager, "files!x")
        self.assert_denied(manager, "vault!x")
        self.assertEqual(other.asked, [])

    def test_a_deny_without_a_provider_covers_all_of_them(self) -> None:
        other = CanonicalProvider("vault", {"x": VALUE})
        rules = Allow("*"), Deny("x")
        manager = self.manager(*rules, providers=[self.provider, other])
        for name in ("x", "files!x", "vault!X"):
            self.assert_denied(manager, name)

    def test_a_name_that_no_secret_of_a_provider_can_have_is_not_asked_of_it(self) -> None:
        other = DictProvider("plain", {".x": VALUE})
        manager = self.manager(Allow("plain!.x"), providers=[self.provider, other])
        self.assert_given(manager, ".x")
        self.assertEqual(self.provider.asked, [])
        self.failureResultOf(manager.get("files!.x", BUILD), SecretNotFound)

    def test_the_kind_of_a_provider_does_not_stand_for_its_name(self) -> None:
        self.provider.kind = "file"  # type: ignore[attr-defined]
        self.assert_given(SecretManager([self.provider]), "file!x")
        manager = self.manager(Allow("*"))
        self.failureResultOf(manager.get("file!x", BUILD), InvalidName)

    def test_the_arguments_of_a_provider_are_its_own(self) -> None:
        for rule, is_given in (
            (Allow("*"), True),
            (Allow("x", services=["provider/locked"]), True),
            (Allow("x", services=["provider/other"]), False),
            (Allow("x", builders=["release"]), False),
        ):
            locked = LockedProvider("locked", Interpolate("%(secret:x)s"))
            rules = rule, Allow("locked!locked")
            manager = self.manager(*rules, providers=[self.provider, locked])
            lookup = manager.get("locked!locked", BUILD)
            if is_given:
                self.successResultOf(lookup)
            else:
                self.assertIn("the provider 'locked'", str(self.failureResultOf(lookup).value))

    def test_the_log_says_why(self) -> None:
        manager = self.manager(Allow("x", builders=["debug"], location="master.cfg:7"))
        self.assert_denied(manager, "x|user")
        (line,) = self.lines
        self.assertEqual(
            line,
            "the secret 'x|user' was denied to the builder 'release': files!x: denied: no rule "
            "allows it; nearest is Allow('x', builders=['debug']) (master.cfg:7): builders: the "
            "builder is 'release', and must be 'debug'",
        )


class ReportTests(PolicyCase):
    def test_what_would_be_denied_is_given_counted_and_logged_once(self) -> None:
        manager = self.manager(Allow("other"), policy_mode="report")
        for _ in range(3):
            self.assert_given(manager, "x")
        self.assert_given(manager, "X", OUTSIDE)
        self.assertEqual(
            manager.would_deny,
            {("x", "the builder 'release'"): 3, ("X", "the builder 'release'"): 1},
        )
        self.assertEqual(len(self.lines), 2)
        self.assertIn(
            "the policy would deny the secret 'x' to the builder 'release'", self.lines[0]
        )

    def test_what_is_allowed_is_not_counted(self) -> None:
        manager = self.manager(Allow("x"), policy_mode="report")
        self.assert_given(manager, "x")
        self.assertEqual((manager.would_deny, self.lines), ({}, []))

    def test_an_empty_policy_denies_everything(self) -> None:
        self.assert_denied(self.manager(), "x")


class ObserverTests(PolicyCase):
    def observed(self, manager: SecretManager, name: str) -> list[tuple[Any, ...]]:
        found: list[Observation] = []
        manager._lookups.access.observer = found.append
        self.successResultOf(manager.get(name, BUILD).addErrback(lambda _: None))
        return [(seen.name, seen.outcome, seen.reasons()) for seen in found]

    def test_without_a_policy(self) -> None:
        manager = SecretManager([self.provider])
        for name in ("x|user", "missing"):
            self.assertEqual(self.observed(manager, name), [(name, GIVEN, "")])

    def test_what_is_allowed_and_denied(self) -> None:
        rule = Allow("x", builders=["release"], location="policy.toml:1")
        for mode, outcome in (("enforce", DENIED), ("report", WOULD_BE_DENIED)):
            manager = self.manager(rule, policy_mode=mode)
            allowed = f"files!x: allowed by {rule!r} (policy.toml:1)"
            self.assertEqual(self.observed(manager, "X"), [("X", ALLOWED, allowed)])
            denied = "files!z: denied: no rule allows it to anybody"
            self.assertEqual(self.observed(manager, "z"), [("z", outcome, denied)])
