"""``explain --build``: what a build was given and denied, and what the policy decides on it now.

It goes by what the master has recorded: who asked, as it was known then, and the rule that decided.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import fields
from datetime import datetime, timezone
from typing import TYPE_CHECKING

from buildbot_keychain.approvals import Demand, asked_of
from buildbot_keychain.cli import _standard_streams
from buildbot_keychain.cli._exit import CommandError, ExitStatus
from buildbot_keychain.details import Requester
from buildbot_keychain.policy import Explanation, Question, explain, summaries
from buildbot_keychain.uses import GIVEN, NEEDS_APPROVAL, WOULD_BE_DENIED, Use

if TYPE_CHECKING:
    from buildbot_keychain.cli._master_config import MasterConfiguration

_OUTCOMES = {GIVEN: "given, without a policy", WOULD_BE_DENIED: "given, and would be denied"}


def run(config: MasterConfiguration, build: str, secret: str | None) -> ExitStatus:
    """Print what was decided on a build.

    :param build: ``BUILDER/NUMBER``, or the id.
    :param secret: the name of the only secret that is asked about.
    :raise CommandError: if there is no such build, or nothing is recorded of it.
    """
    uses: list[Use] = []
    approvals: list[str] = []

    def names(db_url: str) -> list[str]:
        found, asked = _recorded(config, db_url, build)
        uses.extend(found)
        approvals.extend(asked)
        return [use.name for use in uses if secret in (None, use.name)]

    asked = config.asked_for(names)
    uses = [use for use in uses if secret in (None, use.name)]
    if not uses:
        what = "any secret" if secret is None else "that secret"
        raise CommandError(f"it is not recorded that the build asked for {what}")
    for requester in dict.fromkeys(use.requester for use in uses):
        _print(f"the build {build} of {_facts(requester)}:")
        for use in (use for use in uses if use.requester == requester):
            _print(f"  {use.name!r}: {_OUTCOMES.get(use.outcome, use.outcome)}")
            if use.reason:
                _print(f"    {use.reason}")
            questions = asked.questions[use.name]
            for line in _now(config, use, [q._replace(requester=requester) for q in questions]):
                _print(f"    {line}")
    for line in approvals:
        _print(line)
    return ExitStatus.SUCCESS if all(use.was_given for use in uses) else ExitStatus.DIFFERENT


def lines_of(explanation: Explanation) -> Iterator[str]:
    """Yield lines for what is decided on a secret of one provider, and why."""
    question = explanation.question
    yield f"  {question.provider}!{question.path}: {explanation.decision.outcome.value}"
    if not question.canonical:
        yield "    only a rule that spells the name gives it: the provider knows no canonical names"
    for rule in explanation.matching:
        yield f"    applies: {rule.location}: {rule!r}"
    for rule, reasons in explanation.failing:
        yield f"    does not apply: {rule.location}: {rule!r}"
        yield from (f"      {reason}" for reason in reasons)
    if not explanation.matching and not explanation.failing:
        yield "    no rule is about it"


def _now(config: MasterConfiguration, use: Use, questions: list[Question]) -> Iterator[str]:
    """Yield lines for what the policy of the configuration decides now."""
    if not config.has_policy:
        if use.outcome != GIVEN:
            yield "now there is no policy, and it is given"
        return
    explanations = [explain(config.policy, question) for question in questions]
    decided = [(each.question, each.decision) for each in explanations]
    is_same = summaries(config.policy, decided) in use.reason
    yield "the policy decides so now, too:" if is_same else "the policy has changed since; now:"
    for explanation in explanations:
        yield from lines_of(explanation)
    if not explanations:
        yield "  no provider can have a secret of that name"


def _recorded(config: MasterConfiguration, db_url: str, build: str) -> tuple[list[Use], list[str]]:
    """Return what a build asked for, and lines for what people were asked to approve."""
    from buildbot_keychain.cli._database import Database  # noqa: PLC0415 - SQLAlchemy is slow

    builder, slash, number = build.rpartition("/")
    database = Database(db_url, config.basedir)
    try:
        buildid = None
        if number.isdecimal():
            buildid = database.build(builder if slash else None, int(number))
        if buildid is None:
            raise CommandError("there is no such build: write BUILDER/NUMBER, or its id")
        uses = [use for text in database.uses_of(buildid) if (use := Use.read(text)) is not None]
        asked = database.approvals_of(buildid)
        return _without_waiting(uses), [line for each in asked for line in _approval(*each)]
    finally:
        database.close()


def _without_waiting(uses: list[Use]) -> list[Use]:
    """Return `uses` without those that waited for an approval, and were decided after that."""
    decided = {(use.name, use.requester) for use in uses if use.outcome != NEEDS_APPROVAL}
    return [
        use
        for use in uses
        if use.outcome != NEEDS_APPROVAL or (use.name, use.requester) not in decided
    ]


def _approval(state: str, content: str, votes: list[str]) -> Iterator[str]:
    """Yield lines for what people were asked to approve; nothing for another version's."""
    try:
        asked = json.loads(content)
        demands = [Demand(tuple(each["by"]), each["of"]) for each in asked["demands"]]
        lines = [f"  {asked['provider']}!{asked['path']}: {state} (asked: {asked_of(demands)})"]
        for vote in map(json.loads, votes):
            what = "approved" if vote["approves"] else "refused"
            at = datetime.fromtimestamp(vote["at"], tz=timezone.utc).isoformat()
            lines.append(f"    {what} by {vote['person']!r}, {at}: {vote['reason']!r}")
    except (ValueError, LookupError, TypeError):
        return
    yield "approval:"
    yield from lines


def _facts(requester: Requester) -> str:
    """Return what was known of a build."""
    known = [f"the builder {requester.builder!r}"]
    for field in fields(Requester):
        value = getattr(requester, field.name)
        if field.name in {"worker", "builder_project", "builder_tags", "scheduler", "owner"}:
            known += [f"{field.name} {value!r}"] if value else []
    known += ["forced"] if requester.forced else []
    origin = {True: "from outside", False: "from inside", None: "of unknown origin"}
    known.append(origin[requester.outside])
    for stamp in requester.source_stamps:
        names = ("repository", "branch", "tag_name", "project")
        said = [f"{name} {value!r}" for name in names if (value := getattr(stamp, name))]
        if stamp.revision_chosen:
            said.append("as said: no change from inside has brought the revision there")
        said += ["patched"] if stamp.patched else []
        known.append(f"[{', '.join(said)}]")
    return ", ".join(known).replace("_", " ")


def _print(line: str) -> None:
    _standard_streams.print_line(line)
