"""Compares the decisions of a policy of 1,000 rules with those of a naive matcher.

Run ``python -m tests.benchmarks.policy`` at the top of the repository. The naive matcher compares
each rule with `fnmatch`, one after the other. It fails where the policy is not 200 times as fast.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from fnmatch import fnmatchcase

from buildbot_keychain.details import Requester, SourceStamp
from buildbot_keychain.policy import Allow, Policy

RULES = 1_000
LEAST = 200
"""Times as fast as the naive matcher."""

_HOST = "https://git.example.org"


def rules() -> list[Allow]:
    """Return the rules of a farm: some secrets for the releases of each of its teams."""
    return [
        Allow(
            f"team{number}/deploy/*",
            builders=[f"release-{number}-*"],
            repositories=[f"{_HOST}/team{number}/*"],
            branches=["main", "release/*"],
        )
        for number in range(RULES)
    ]


def questions(count: int) -> list[tuple[str, Requester]]:
    """Return secrets, and who asks for them: half are given them."""
    found = []
    for turn in range(count):
        team = turn * 7919 % RULES
        branch = "main" if turn % 2 else "wip"
        stamp = SourceStamp(repository=f"{_HOST}/team{team}/app", branch=branch)
        build = Requester(
            "build", builder=f"release-{team}-x", source_stamps=(stamp,), outside=False
        )
        found.append((f"team{team}/deploy/token", build))
    return found


def naive(rules: list[Allow]) -> Callable[[str, Requester], bool]:
    """Return a matcher that does as the definition says: it looks at every rule."""

    def decide(path: str, build: Requester) -> bool:
        about = [
            rule
            for rule in rules
            if any(
                fnmatchcase("files", secret.provider or "*") and fnmatchcase(path, secret.path)
                for secret in rule.secrets
            )
        ]
        return any(_applies(rule, build) for rule in about)

    return decide


def _applies(rule: Allow, build: Requester) -> bool:
    return _matches(rule, "builders", build.builder) and all(
        _matches(rule, "repositories", stamp.repository)
        and _matches(rule, "branches", stamp.branch)
        for stamp in build.source_stamps
    )


def _matches(rule: Allow, name: str, text: str | None) -> bool:
    return any(fnmatchcase(text or "", pattern) for pattern in rule.patterns_of(name))


def rate(decide: Callable[[str, Requester], bool], asked: list[tuple[str, Requester]]) -> float:
    """Return decisions per second of the processor, at the best of five times."""
    best = float("inf")
    for _ in range(5):
        began = time.process_time()
        given = sum(decide(path, build) for path, build in asked)
        best = min(best, time.process_time() - began)
        if given != len(asked) // 2:
            sys.exit(f"{given} of {len(asked)} were given a secret, and not half of them")
    return len(asked) / best


def main() -> None:
    written = rules()
    policy = Policy(written)
    slow = rate(naive(written), questions(200))
    fast = rate(
        lambda path, build: policy.decide("files", path, build).is_allowed, questions(50_000)
    )
    print(f"policy: {fast:,.0f} decisions a second; naive: {slow:,.0f}; {fast / slow:.0f} times")
    if fast < LEAST * slow:
        sys.exit(f"it must be {LEAST} times as fast")


if __name__ == "__main__":
    main()
