"""One secret: what is known of it, who may have it, who had it, and asking its provider for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from buildbot_keychain.details import Requester, SourceStamp, facts_of
from buildbot_keychain.patterns import matcher
from buildbot_keychain.policy import Explanation, Outcome, Question, Rule, explain, supposed_build
from buildbot_keychain.web._refusals import Refused
from buildbot_keychain.web._sight import Sight
from buildbot_keychain.web._templates import in_query
from buildbot_keychain.web.host_secrets import Asked, Known, Listed, Record
from buildbot_keychain.web.views._answers import Answer, Call, ViewsOfHost, json_answer, see_other
from buildbot_keychain.web.views._seen import (
    limited,
    missing,
    secrets_of,
    seen_secret,
    stores_for,
)

_TEXTS = "builder", "repository", "branch", "scheduler", "owner"
_OUTSIDE = {"": False, "no": False, "yes": True, "unknown": None}
_FORCED = {"": False, "no": False, "yes": True}


@dataclass(frozen=True)
class Trial:
    """What would be decided on a build.

    :param explanation: ``None`` without a policy.
    :param denied_by_provider: whether the provider gives it to other builders alone.
    """

    explanation: Explanation | None
    denied_by_provider: bool = False

    @property
    def outcome(self) -> str:
        """What is decided."""
        if self.denied_by_provider:
            return Outcome.DENIED.value
        allowed = Outcome.ALLOWED.value
        return allowed if self.explanation is None else self.explanation.decision.outcome.value


class SecretViews(ViewsOfHost):
    """One secret of a host."""

    async def show(self, call: Call) -> Answer:
        """Return the page of a secret."""
        secret, sight, known = await self._seen(call)
        shown: dict[str, Any] = {"record": None, "rules": (), "trial": None, "tokens": {}}
        if sight is Sight.EVERYTHING:
            shown = {
                "record": await secrets_of(self.host).record(secret),
                "rules": self._rules(secret),
                "trial": await self._trial(call, secret, known)
                if call.query.get("builder")
                else None,
                "tokens": {
                    do: self.tokens.make(call.session, do, secret.name) for do in ("ask", "evict")
                },
            }
        has_policy = secrets_of(self.host).policy is not None
        said = {name: call.query.get(name, "") for name in (*_TEXTS, "outside", "forced")}
        now = self.host.now()
        return self.page(
            call,
            "secret.html",
            secret=secret,
            known=known,
            has_policy=has_policy,
            said=said,
            now=now,
            stores=stores_for(self.host, call),
            **shown,
        )

    async def ask(self, call: Call) -> Answer:
        """Ask the provider, and lead back to the page, which says what came of it."""
        secret = await self._of_form(call, "ask")
        await secrets_of(self.host).ask(secret, call.person)
        return see_other(f"secret?name={in_query(secret.name)}#asked")

    async def evict(self, call: Call) -> Answer:
        """Have the provider be asked anew, and lead back to the page."""
        secret = await self._of_form(call, "evict")
        await secrets_of(self.host).evict(secret, call.person)
        return see_other(f"secret?name={in_query(secret.name)}")

    # JSON

    async def describe(self, call: Call) -> Answer:
        """Return what is known of a secret."""
        secret, sight, known = await self._seen(call)
        content: dict[str, Any] = {"name": secret.name, **_known(known, sight)}
        if sight is Sight.EVERYTHING:
            record: Record = await secrets_of(self.host).record(secret)
            content["rules"] = list(map(_rule, self._rules(secret)))
            content |= _record(record)
        return json_answer(content)

    async def ask_for(self, call: Call) -> Answer:
        """Ask the provider of a secret, and return what came of it."""
        secret = await self._whole(call)
        asked: Asked = await secrets_of(self.host).ask(secret, call.person)
        return json_answer({"name": secret.name, "asked": asdict(asked)})

    async def evict_answers(self, call: Call) -> Answer:
        """Have the provider of a secret be asked anew by whoever needs it next."""
        secret = await self._whole(call)
        await secrets_of(self.host).evict(secret, call.person)
        return json_answer({"name": secret.name})

    async def try_out(self, call: Call) -> Answer:
        """Return whether a build would be given a secret, and why."""
        secret, _ = await seen_secret(self.host, call, _name(call))
        known: Known = await secrets_of(self.host).known(secret)
        trial = await self._trial(call, secret, known)
        content: dict[str, Any] = {"name": secret.name, "outcome": trial.outcome}
        content["denied_by_provider"] = trial.denied_by_provider
        explanation = trial.explanation
        content["applies"] = [] if explanation is None else list(map(_rule, explanation.matching))
        failing = () if explanation is None else explanation.failing
        content["does_not_apply"] = [{**_rule(rule), "why": list(why)} for rule, why in failing]
        return json_answer(content)

    # What is behind them

    async def _seen(self, call: Call) -> tuple[Listed, Sight, Known]:
        secret, sight = await seen_secret(self.host, call, _name(call))
        known: Known = await secrets_of(self.host).known(secret)
        if known.exists is False and sight is not Sight.EVERYTHING:
            raise missing()
        return secret, sight, _known_to(sight, known)

    async def _of_form(self, call: Call, purpose: str) -> Listed:
        """Return the secret that a form is about."""
        self.tokens.check(call.fields["token"], call.session, purpose, call.fields["name"])
        return await self._whole(call)

    async def _whole(self, call: Call) -> Listed:
        """Return the secret that a request is about, if its sender sees everything of it."""
        secret, sight = await seen_secret(self.host, call, call.fields["name"])
        if sight is not Sight.EVERYTHING:
            raise missing()
        return secret

    def _rules(self, secret: Listed) -> list[Rule]:
        policy = secrets_of(self.host).policy
        if policy is None:
            return []
        about: list[Rule] = policy.about(
            secret.provider, secret.path, canonical=secret.is_canonical
        )
        return about

    async def _trial(self, call: Call, secret: Listed, known: Known) -> Trial:
        requester = await self._requester(call)
        allowed, builder = known.allowed, requester.builder or ""
        denied = allowed is not None and not matcher(allowed)(builder)
        policy = secrets_of(self.host).policy
        if policy is None:
            return Trial(None, denied)
        question = Question(secret.provider, secret.path, requester, secret.is_canonical)
        return Trial(explain(policy, question), denied)

    async def _requester(self, call: Call) -> Requester:
        """Return the build that the address describes."""
        texts = {name: limited(call, name) or None for name in _TEXTS}
        builder = texts.pop("builder")
        of_builder = None if builder is None else await secrets_of(self.host).builder(builder)
        if builder is None or of_builder is None:
            raise Refused(400, "There is no builder of that name.")
        stamp = SourceStamp(repository=texts.pop("repository"), branch=texts.pop("branch"))
        try:
            forced = _FORCED[limited(call, "forced")]
            outside = _OUTSIDE[limited(call, "outside")]
        except KeyError:
            raise Refused(
                400, "Say yes or no as forced, and yes, no or unknown as outside."
            ) from None
        return supposed_build(builder, of_builder, stamp, forced=forced, outside=outside, **texts)


def _name(call: Call) -> str:
    name = call.query.get("name")
    if name is None:
        raise Refused(400, "The address must say the name of a secret: ?name=provider!path")
    return name


def _known_to(sight: Sight, known: Known) -> Known:
    """Return what somebody may know of what a provider says."""
    if sight is Sight.EVERYTHING:
        return known
    problem = "Its provider does not say more now." if known.problem else ""
    return Known(known.exists, known.description, known.tags, known.versions, problem=problem)


def _known(known: Known, sight: Sight) -> dict[str, Any]:
    names = ["exists", "description", "tags", "versions", "problem"]
    if sight is Sight.EVERYTHING:
        names += ["used", "allowed", "is_hidden"]
    facts = asdict(known)
    return {name: facts[name] for name in names}


def _rule(rule: Rule) -> dict[str, Any]:
    return {"rule": repr(rule), "location": rule.location}


def _record(record: Record) -> dict[str, Any]:
    """Return a record as JSON has it."""
    return {
        "uses": ({**vars(row), "use": _use(row.use)} for row in record.uses),
        "builds": ({**vars(row), "use": _use(row.use)} for row in record.builds),
        "printed": map(asdict, record.printed),
        "references": map(asdict, record.references),
        "holders": map(asdict, record.holders),
        "asked": None if record.asked is None else asdict(record.asked),
        "audit": None if record.audit is None else map(asdict, record.audit),
        "problems": record.problems,
    }


def _use(use: Any) -> Mapping[str, Any]:  # noqa: ANN401 - a Use
    facts = facts_of(use.requester)
    return {"name": use.name, "requester": facts, "outcome": use.outcome, "reason": use.reason}
