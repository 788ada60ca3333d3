"""Who is given which secret: rules, and what they decide. Pure.

A `Policy` is made of `Allow` and `Deny`. It is asked about one secret of one provider, by its
canonical name, and a `Requester`. `explain` says why it decides what it does. `suggest` writes the
rules that allow what was used. `foresee` returns what will be decided on builds that are to come;
`Foresight` does so for many secrets.
"""

from __future__ import annotations

from buildbot_keychain.policy._approval import Approval
from buildbot_keychain.policy._engine import Decision, Outcome, Policy, Question
from buildbot_keychain.policy._explanation import Explanation, described, explain, summaries
from buildbot_keychain.policy._file import parse_rules
from buildbot_keychain.policy._prospects import Foreseen, Foresight, Prospect, foresee
from buildbot_keychain.policy._requests import (
    after_asking,
    after_news,
    after_time,
    after_vote,
    is_news,
    may_use,
)
from buildbot_keychain.policy._rules import Allow, Deny, Rule
from buildbot_keychain.policy._suggestion import Farm, Suggested, Suggestion, suggest
from buildbot_keychain.policy._suggestion_text import python_of, toml_of
from buildbot_keychain.policy._supposed import supposed_build
from buildbot_keychain.policy._validation import rule_problems
from buildbot_keychain.policy._votes import (
    asked_roles,
    demands_of,
    is_approved,
    is_excluded,
)

__all__ = [
    "Allow",
    "Approval",
    "Decision",
    "Deny",
    "Explanation",
    "Farm",
    "Foreseen",
    "Foresight",
    "Outcome",
    "Policy",
    "Prospect",
    "Question",
    "Rule",
    "Suggested",
    "Suggestion",
    "after_asking",
    "after_news",
    "after_time",
    "after_vote",
    "asked_roles",
    "demands_of",
    "described",
    "explain",
    "foresee",
    "is_approved",
    "is_excluded",
    "is_news",
    "may_use",
    "parse_rules",
    "python_of",
    "rule_problems",
    "suggest",
    "summaries",
    "supposed_build",
    "toml_of",
]
