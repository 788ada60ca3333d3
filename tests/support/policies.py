"""Requesters and rules for tests of policies, and the definition of what a policy decides."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from buildbot_keychain.details import Requester, SourceStamp
from buildbot_keychain.patterns import matches
from buildbot_keychain.policy import Allow, Approval, Deny, Outcome, Rule
from tests.support.logged import lines_logged

PROVIDERS = ("files", "vault")
PATHS = ("prod/db", "prod/api", "dev/db", "prod")

_TEXTS = ("a", "ab", "b")
_OPTIONAL = st.sampled_from((None, *_TEXTS))
_PATTERNS = st.lists(st.sampled_from(("a", "b", "a*", "*", "*b")), min_size=1, max_size=2)
_SECRETS = st.lists(
    st.sampled_from(("prod/*", "prod/db", "*", "vault!*", "files!prod/db", "*/db", "v*!dev/*")),
    min_size=1,
    max_size=2,
)
_SERVICES = st.lists(
    st.sampled_from(("a", "*", "provider/*", "provider/a", "unknown")), min_size=1, max_size=2
)
NAMES = (
    "builders",
    "projects",
    "tags",
    "workers",
    "schedulers",
    "owners",
    "repositories",
    "branches",
    "tag_names",
    "source_projects",
)

STAMPS = st.builds(
    SourceStamp,
    repository=_OPTIONAL,
    branch=_OPTIONAL,
    tag_name=_OPTIONAL,
    project=_OPTIONAL,
    patched=st.booleans(),
    revision_chosen=st.booleans(),
)

BUILDS = st.builds(
    Requester,
    st.just("build"),
    builder=_OPTIONAL,
    worker=_OPTIONAL,
    builder_project=_OPTIONAL,
    builder_tags=st.lists(st.sampled_from(_TEXTS), max_size=2).map(tuple),
    source_stamps=st.lists(STAMPS, max_size=2).map(tuple),
    outside=st.sampled_from((None, True, False)),
    scheduler=_OPTIONAL,
    owner=_OPTIONAL,
    forced=st.sampled_from((None, True, False)),
)

OTHERS = st.builds(
    Requester,
    st.sampled_from(("service", "provider", "person", "unknown", "something new")),
    service=_OPTIONAL,
    owner=_OPTIONAL,
)

REQUESTERS = BUILDS | OTHERS


def _arguments(approval: bool) -> st.SearchStrategy[dict[str, Any]]:
    lists = dict.fromkeys(NAMES, _PATTERNS)
    lists["services"] = _SERVICES
    few = st.lists(st.sampled_from(sorted(lists)), max_size=2, unique=True)
    conditions = few.flatmap(lambda names: st.fixed_dictionaries({n: lists[n] for n in names}))
    switches = {"outside": st.booleans(), "forced": st.sampled_from((None, None, True, False))}
    if approval:
        switches["approval"] = st.sampled_from((None, None, Approval(["managers"])))
    return st.tuples(conditions, st.fixed_dictionaries(switches)).map(lambda t: {**t[0], **t[1]})


ALLOWS = st.builds(lambda secrets, said: Allow(secrets, **said), _SECRETS, _arguments(True))
DENIES = st.builds(lambda secrets, said: Deny(secrets, **said), _SECRETS, _arguments(False))
RULES = st.lists(ALLOWS | DENIES, max_size=4)

_FACTS = {
    "builders": lambda r, s: r.builder,
    "projects": lambda r, s: r.builder_project or (),
    "tags": lambda r, s: r.builder_tags,
    "workers": lambda r, s: r.worker,
    "schedulers": lambda r, s: r.scheduler,
    "owners": lambda r, s: r.owner,
    "repositories": lambda r, s: s.repository,
    "branches": lambda r, s: None if s.revision_chosen else () if s.tag_name else s.branch,
    "tag_names": lambda r, s: None if s.revision_chosen else () if s.branch else s.tag_name,
    "source_projects": lambda r, s: s.project,
}


def decided(
    rules: list[Rule], provider: str, path: str, requester: Requester, *, canonical: bool = True
) -> Outcome:
    """Return what the rules decide: the definition."""
    about = [rule for rule in rules if _is_about(rule, provider, path, canonical=canonical)]
    allows = [rule for rule in about if not rule.denies and allowed_by(rule, requester)]
    if not allows or any(rule.denies and denied_by(rule, requester) for rule in about):
        return Outcome.DENIED
    if any(rule.approval is not None for rule in allows):
        return Outcome.NEEDS_APPROVAL
    return Outcome.ALLOWED


def _is_about(rule: Rule, provider: str, path: str, *, canonical: bool) -> bool:
    return any(
        matches(secret.provider or "*", provider)
        and matches(secret.path, path)
        and (canonical or rule.denies or (secret.path == path and path.isascii()))
        for secret in rule.secrets
    )


def allowed_by(rule: Rule, requester: Requester) -> bool:
    stamps = requester.source_stamps or (SourceStamp(),)
    is_build, said = requester.kind == "build", _said(rule)
    is_named = {"person": "owners", "unknown": "services"}.get(requester.kind) in {None, *said}
    outside = requester.outside or any(stamp.patched for stamp in stamps)
    says_origin = requester.outside is False or "schedulers" in said or rule.forced
    is_trusted = not is_build or rule.outside or (not outside and says_origin)
    met = [_met(rule, name, requester, stamp) for name in said for stamp in stamps]
    return requester.kind in _KINDS and is_named and bool(is_trusted) and all(met)


def denied_by(rule: Rule, requester: Requester) -> bool:
    stamps = requester.source_stamps or (SourceStamp(),)
    if requester.kind not in _KINDS or requester.kind == "unknown":
        return True
    return any(
        all(_met(rule, name, requester, stamp) is not False for name in _said(rule))
        and (not rule.outside or _may_be_outside(requester, stamp))
        for stamp in stamps
    )


_KINDS = ("build", "service", "provider", "person", "unknown")


def _said(rule: Rule) -> list[str]:
    named = [name for name in (*NAMES, "services") if rule.patterns_of(name)]
    return named if rule.forced is None else [*named, "forced"]


def _may_be_outside(requester: Requester, stamp: SourceStamp) -> bool:
    return requester.kind == "build" and (requester.outside is not False or stamp.patched)


def _met(rule: Rule, name: str, requester: Requester, stamp: SourceStamp) -> bool | None:
    """Return whether a condition is met; ``None`` where that is not known."""
    kind, patterns = requester.kind, rule.patterns_of(name)
    if name == "services":
        wanted = {
            "service": [p for p in patterns if p != "unknown" and not p.startswith("provider/")],
            "provider": [p[len("provider/") :] for p in patterns if p.startswith("provider/")],
            "unknown": ["*"] if "unknown" in patterns else [],
        }.get(kind, [])
        fact: Any = () if kind in {"build", "person"} else requester.service
        fact, patterns = ("" if kind == "unknown" else fact), tuple(wanted)
    elif kind != "build" and not (kind == "person" and name == "owners"):
        return False
    elif name == "forced":
        return None if requester.forced is None else requester.forced is rule.forced
    else:
        fact = _FACTS[name](requester, stamp)
    if fact is None:
        return None
    texts = (fact,) if isinstance(fact, str) else fact
    return any(matches(pattern, text) for pattern in patterns for text in texts)


def reasons_logged(test: Any) -> list[str]:
    """Return the list of what is logged until the end of a test about decisions, as it comes."""
    return lines_logged(test, lambda event: "reasons" in event)
