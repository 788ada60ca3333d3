"""What is wrong with the rules of a policy: those that can never apply, and those that must not."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from buildbot_keychain.patterns import covers, matches
from buildbot_keychain.policy._conditions import BUILD
from buildbot_keychain.policy._rules import Allow, Rule, SecretPattern


def rule_problems(
    rules: Sequence[Rule],
    providers: Iterable[str] | None = None,
    has_constant_repository: Callable[[Rule], bool] = lambda _: False,
) -> Iterator[str]:
    """Yield a sentence for each mistake in `rules`, which begins with where it is.

    :param providers: the names of all providers; ``None`` where they are not known.
    :param has_constant_repository: returns whether each builder of a rule builds one repository,
        which the configuration names.
    """
    names = None if providers is None else list(providers)
    denies = [rule for rule in rules if rule.denies]
    for rule in rules:
        for problem in _problems(rule, names, denies, has_constant_repository):
            yield f"{rule.location}: {rule!r}: {problem}"


def _problems(
    rule: Rule,
    names: list[str] | None,
    denies: Sequence[Rule],
    has_constant_repository: Callable[[Rule], bool],
) -> Iterator[str]:
    if not rule.kinds:
        given = [check.condition.name for check in rule.checks]
        given += [] if rule.forced is None else ["forced"]
        given += ["outside"] if rule.denies and rule.outside else []
        yield f"it can never match: nobody who asks has all of {', '.join(given)}"
    if rule.patterns_of("branches") and rule.patterns_of("tag_names"):
        yield "it can never match: a tag is not a branch; write a rule for each"
    for secret in rule.secrets:
        if names is not None and not any(_is_in(secret, name) for name in names):
            known = ", ".join(map(repr, names)) or "none"
            yield f"it can never match: no provider is called {secret.provider!r} (but {known})"
    if rule.denies:
        return
    is_anywhere = rule.patterns_of("branches") and not rule.patterns_of("repositories")
    if is_anywhere and not has_constant_repository(rule):
        yield (
            "branches needs repositories, too: anybody can name a branch so in a repository of "
            "their own"
        )
    if rule.approval is not None and rule.kinds and BUILD not in rule.kinds:
        yield "it can never give anything: only builds can wait for an approval"
    for deny in denies:
        if isinstance(rule, Allow) and _swallows(deny, rule):
            yield f"it can never give anything: {deny!r} ({deny.location}) denies all of it"


def _is_in(secret: SecretPattern, provider: str) -> bool:
    return secret.provider is None or matches(secret.provider, provider)


def _swallows(deny: Rule, allow: Allow) -> bool:
    """Return whether `deny` applies wherever `allow` does."""
    return (
        not deny.outside
        and deny.forced in {None, allow.forced}
        and allow.kinds <= deny.kinds
        and all(any(_covers(of_deny, s) for of_deny in deny.secrets) for s in allow.secrets)
        and all(
            _cover(check.patterns, allow.patterns_of(check.condition.name)) for check in deny.checks
        )
    )


def _covers(general: SecretPattern, special: SecretPattern) -> bool:
    in_provider = general.provider is None or (
        special.provider is not None and covers(general.provider, special.provider)
    )
    return in_provider and covers(general.path, special.path)


def _cover(general: Sequence[str], special: Sequence[str]) -> bool:
    return bool(special) and all(any(covers(g, s) for g in general) for s in special)
